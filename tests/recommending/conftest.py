"""Small questions, and races that take a moment."""

import pytest

from initbench.recommending import recommend
from initbench.recommending.candidates import read_question


@pytest.fixture
def make_question():
    """Return a maker of questions on few samples."""

    def make(activation="relu", depth=2, width=8, inits=(), overrides=(), **network):
        return read_question(
            {"depth": depth, "width": width, "activation": activation, **network},
            dataset={"name": "moons", "samples": 80},
            optimizer="sgd",
            inits=inits,
            config=None,
            overrides=overrides,
        )

    return make


@pytest.fixture
def quick(tmp_path):
    """Return a recommender whose races take a moment, each in a folder of its own."""

    def make(inits=("he", "random"), budget="5000 steps", folder="race", **given):
        settings = {"depth": 2, "width": 8, "dataset": {"name": "moons", "samples": 80}, "jobs": 1}
        settings |= {"inits": inits, "budget": budget, "results": tmp_path / folder, **given}
        return recommend(**settings)

    return make
