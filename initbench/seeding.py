"""Named random streams: every draw has a purpose, and every purpose its own generator.

A generator is found by what it is for, never by how many draws came before it. So two schemes see
the same underlying draws for the same layer of the same seed, and adding a scheme, a seed or a
layer moves no other run's numbers.
"""

from enum import IntEnum

import numpy as np

from initbench.errors import UsageError

SEED_LIMIT = 2**63
"""Seeds are integers from 0 up to this, exclusive: what a signed 64-bit integer can store."""


class Stream(IntEnum):
    """What a stream is for.

    The values are part of every run's numbers: a member may be added, never renumbered.
    """

    DATA = 0
    SPLIT = 1
    WEIGHTS = 2
    BIASES = 3
    BATCHES = 4
    PROBE = 5


def generator(seed: int, purpose: Stream, *key: int) -> np.random.Generator:
    """Return the generator of `purpose` for `seed`.

    Parameters
    ----------
    seed : int
        From 0 to ``SEED_LIMIT - 1``.
    purpose : Stream
    *key : int
        What tells streams of one purpose apart: the layer for weights.

    Raises
    ------
    UsageError
        The seed is not one.

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
