"""Compiled kernels may come at any epoch of a training: no record and no weight depends on it."""

import numpy as np
import pytest

from initbench.nn import fast

SCALES, SEEDS = (0.3, 1.0, 30.0), (0, 5)


@pytest.fixture(autouse=True)
def _numba():
    pytest.importorskip("numba")
    yield
    fast.use(False)


@pytest.mark.parametrize(
    "options",
    [
        {"optimizer": "sgd"},
        {"optimizer": "adam", "momentum": None, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8},
    ],
    ids=["sgd", "adam"],
)
@pytest.mark.parametrize("when", ["from the first epoch", "after the first epoch"])
def test_a_training_has_the_same_bits_with_kernels(
    when, options, make_clouds, make_stack, make_recipe, trained, monkeypatch
):
    """Runs that diverge are among them."""
    rates = {name: value for name, value in options.items() if name != "optimizer"}
    task, recipe = make_clouds(), make_recipe(epochs=3, optimizer=options["optimizer"])
    monkeypatch.setattr(fast._State, "trained", 0.0)
    without = trained(make_stack(SEEDS, SCALES), task, recipe, SEEDS, **rates)
    assert not fast._State.is_loaded
    if when == "from the first epoch":
        fast.use(True)
    else:
        monkeypatch.setattr(fast, "LOADING_SECONDS", 0.0)
    found = trained(make_stack(SEEDS, SCALES), task, recipe, SEEDS, **rates)
    assert fast._State.is_loaded
    assert found.keys() == without.keys()
    for name, values in without.items():
        assert np.asarray(found[name]).tobytes() == np.asarray(values).tobytes(), name
