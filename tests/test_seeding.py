"""Random streams: found by what they are for, independent of one another, and never renumbered."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.errors import UsageError
from initbench.seeding import SEED_LIMIT, Stream, generator

SEEDS = st.integers(0, SEED_LIMIT - 1)
PURPOSES = st.sampled_from(Stream)
KEYS = st.lists(st.integers(0, 2**32 - 1), max_size=3)

# The first integer below 2**63 of each stream for seed 0. A change moves every run's numbers.
FIRST = {
    "DATA": 8697063857760222071,
    "SPLIT": 6246038554070098266,
    "WEIGHTS": 7731686665370224177,
    "BIASES": 3361305138638366626,
    "BATCHES": 6022608996314427920,
    "PROBE": 2419227188910700932,
    "DROPOUT": 1064126842570841979,
}


@pytest.mark.parametrize("name", FIRST)
def test_the_numbers_of_a_stream_never_change(name):
    """Each stream begins with the number that it has always begun with."""
    assert generator(0, Stream[name]).integers(2**63) == FIRST[name]


def test_every_stream_is_pinned():
    """A new stream has its first number written down here."""
    assert [stream.name for stream in Stream] == list(FIRST)


def test_a_key_is_part_of_the_address():
    """The stream of layer 3 for seed 7 begins with the number that it has always begun with."""
    first = generator(7, Stream.WEIGHTS, 3).random()
    assert first == pytest.approx(0.5676245348009825, abs=1e-15)


def first_numbers(*address):
    """Return what a stream begins with."""
    return tuple(generator(*address).integers(2**63, size=2))


@given(SEEDS, PURPOSES, KEYS)
def test_the_same_address_is_the_same_stream(seed, purpose, key):
    """A stream depends on nothing but its address, so not on what was drawn before."""
    before = first_numbers(seed, purpose, *key)
    generator(seed, purpose, *key, 0).standard_normal(5)
    assert first_numbers(seed, purpose, *key) == before


def test_no_two_addresses_share_a_stream():
    """Seeds, purposes and keys of one or two numbers all lead to streams of their own."""
    keys = [(), *((layer,) for layer in range(20)), *product(range(3), repeat=2)]
    addresses = list(product((0, 1, 2, 2**32, SEED_LIMIT - 1), Stream, keys))
    starts = {first_numbers(seed, purpose, *key) for seed, purpose, key in addresses}
    assert len(starts) == len(addresses)


@pytest.mark.parametrize(
    "other", [(1, Stream.WEIGHTS, 0), (0, Stream.BIASES, 0), (0, Stream.WEIGHTS, 1)]
)
def test_neighbouring_streams_are_uncorrelated(other):
    """Normal draws of neighbours correlate by less than five standard errors, 1 / sqrt(n)."""
    draws = 100_000
    own = generator(0, Stream.WEIGHTS, 0).standard_normal(draws)
    neighbour = generator(*other).standard_normal(draws)
    assert abs(np.corrcoef(own, neighbour)[0, 1]) < 5 / np.sqrt(draws)


@given(SEEDS, PURPOSES)
def test_a_seed_of_numpy_is_the_seed(seed, purpose):
    """An integer of any type leads to one stream."""
    assert first_numbers(np.int64(seed), purpose) == first_numbers(seed, purpose)


@pytest.mark.parametrize("seed", [0, SEED_LIMIT - 1])
def test_the_limits_belong_to_the_seeds(seed):
    """The smallest and the largest seed have streams, and fit in a signed 64-bit integer."""
    assert generator(int(np.int64(seed)), Stream.DATA).random() < 1


@pytest.mark.parametrize("seed", [-1, SEED_LIMIT, 1.5, 1.0, True, None, "0", [0], np.float64(1)])
def test_an_invalid_seed_raises_with_a_message(seed):
    """A stream that nobody could find again, or that two seeds would share, does not exist."""
    with pytest.raises(UsageError, match="seed: must be an integer from 0 to 9223372036854775807"):
        generator(seed, Stream.DATA)
