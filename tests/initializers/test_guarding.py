"""Guarding: a scheme is blamed for what it draws, and not for what other threads draw."""

import random
from concurrent.futures import ThreadPoolExecutor

from initbench.initializers.own import guarded


def test_global_draws_of_other_threads_raise_no_error():
    """As in a Dask worker, which draws from Python's generator while a unit trains in a thread."""

    def draw():
        with guarded("mine", "drawing"), ThreadPoolExecutor(1) as other:
            other.submit(random.random).result()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(draw).result()
