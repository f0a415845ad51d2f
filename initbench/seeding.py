"""Named random streams: each purpose has its own generator.

A generator depends on seed and purpose, never on the number of draws before. Two schemes therefore
see the same underlying draws for the same layer and seed, and adding a scheme, a seed or a layer
changes no other run's numbers.
"""

from enum import IntEnum

import numpy as np

from initbench.errors import UsageError

SEED_LIMIT = 2**63
"""Seeds are integers from 0 up to this, exclusive: the range of a signed 64-bit integer."""


class Stream(IntEnum):
    """The purpose of a random stream.

    The values determine the numbers of all runs: members may be added, never renumbered.
    """

    DATA = 0
    SPLIT = 1
    WEIGHTS = 2
    BIASES = 3
    BATCHES = 4
    PROBE = 5
    DROPOUT = 6


def generator(seed: int, purpose: Stream, *key: int) -> np.random.Generator:
    """Return the random generator for a seed and a purpose.

    `seed`: from 0 to ``SEED_LIMIT - 1``.
    `key`: index within the purpose, such as the layer for weights.

    Raises `UsageError` if the seed is not an integer in this range.

    Examples
    --------
    >>> first = generator(0, Stream.WEIGHTS, 3).standard_normal()
    >>> first == generator(0, Stream.WEIGHTS, 3).standard_normal()
    True
    """
    if not _is_seed(seed):
        raise UsageError(f"seed: must be an integer from 0 to {SEED_LIMIT - 1}, not {seed!r}")
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(purpose, *key)))


def _is_seed(seed: object) -> bool:
    if isinstance(seed, bool) or not isinstance(seed, int | np.integer):
        return False
    return 0 <= int(seed) < SEED_LIMIT
