"""Contenders: ways to train all runs of a job.

A contender is a function that gets ready for a job and returns a turn: a function that trains from
the job's start and returns the final weights. What a turn does is timed; getting ready is not.
"""

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from typing import Final

from benchmarks.workloads import Job, Weights

Turn = Callable[[], Weights]


@dataclass(frozen=True)
class Contender:
    """Who trains, and where its code is.

    Attributes
    ----------
    label : str
    module, function : str
        Below `benchmarks.contenders`; imported when it is its turn, since peers are optional.
    needs : str
        The package that it is about.
    """

    label: str
    module: str
    function: str
    needs: str = "numpy"

    @property
    def is_installed(self) -> bool:
        """Whether the package is there."""
        return find_spec(self.needs) is not None

    def get_ready(self, job: Job) -> Turn:
        """Return a turn."""
        module = import_module(f"benchmarks.contenders.{self.module}")
        turn: Turn = getattr(module, self.function)(job)
        return turn


CONTENDERS: Final = {
    "stacked": Contender("initbench", "stacked", "in_stacks"),
    "compiled": Contender("initbench[fast]", "stacked", "compiled", "numba"),
    "alone": Contender("initbench, one run at a time", "stacked", "one_at_a_time"),
    "jax": Contender("JAX, vmap in scan", "jax_", "whole_stack", "jax"),
    "jax_by_seed": Contender("JAX, one seed's runs after another's", "jax_", "by_seed", "jax"),
    "jax_compiling": Contender("JAX, with its compile time", "jax_", "compiling", "jax"),
    "torch": Contender("PyTorch, stacked, by hand", "torch_", "by_hand", "torch"),
    "torch_autograd": Contender("PyTorch, stacked, autograd", "torch_", "autograd", "torch"),
    "torch_loop": Contender("PyTorch, one model at a time", "torch_", "loop", "torch"),
    "sklearn": Contender("scikit-learn MLPClassifier", "sklearn_", "classifiers", "sklearn"),
    "numpy_loop": Contender("NumPy, one model at a time", "numpy_loop", "loop"),
}
