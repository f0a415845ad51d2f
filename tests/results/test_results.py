"""A results folder reads as one value."""

import numpy as np
import pytest

from initbench.errors import UnknownNameError, UsageError
from initbench.results import RunStore, load_results


@pytest.fixture
def results(tmp_path, make_outline, make_runs, fill):
    """Return results of two schemes and three seeds; he's run of seed 5 is not on disk."""
    outline = make_outline(("zeros", "he"), (7, 5, 6))
    store = fill(tmp_path, outline, {"zeros": make_runs([0.5, 0.5, 0.5], [0.7, 0.6, 0.6])})
    he = make_runs([0.9, 0.8])
    store.write_unit(["he-7", "he-6"], he, {"epochs": np.arange(4.0), "grid_x": np.arange(5.0)})
    return load_results(str(tmp_path))


def test_curves_are_in_the_order_of_the_seeds(results):
    """One row a run that is on disk, epoch 0 first."""
    assert results.seeds("zeros") == [7, 5, 6]
    assert results.seeds("he") == [7, 6]
    curves = results.curves("he", "test_accuracy")
    assert curves.shape == (2, 4)
    np.testing.assert_allclose(curves[:, -1], [0.9, 0.8])
    assert results.curves("he", "distinct_units").shape == (2, 4, 2)


def test_points_are_at_their_epochs(tmp_path, make_outline, make_runs, fill):
    """What was recorded every so many steps has points between epochs."""
    fill(tmp_path, make_outline(("he",), (0,)), {"he": make_runs([0.9])}, epochs=(0, 0.4, 0.8, 1))
    assert load_results(tmp_path).epochs().tolist() == [0, 0.4, 0.8, 1]


def test_a_regression_has_its_median_seed_by_r2(
    tmp_path, make_outline, make_runs, fill, make_setup
):
    """Whatever the score is called, it orders the runs."""
    outline = make_outline(("he",), setup=make_setup(classes=None, score="r2"))
    fill(tmp_path, outline, {"he": make_runs([0.9, -0.7, 0.8], score="r2")})
    assert load_results(tmp_path).median_seed("he") == 2


def test_a_run_has_its_arrays_and_those_it_shares(results):
    """A run is found by scheme and seed."""
    run = results.run("he", 6)
    assert run["test_accuracy"][-1] == pytest.approx(0.8)
    assert run["grid_x"].tolist() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize(
    ("use", "message"),
    [
        (lambda results: results.curves("hee", "test_loss"), "unknown scheme 'hee'. Did you mean"),
        (lambda results: results.curves("he", "test_los"), "Did you mean 'test_loss'"),
        (lambda results: results.run("xyz", 7), "Known: zeros, he"),
    ],
)
def test_a_wrong_name_is_answered_with_the_nearest(results, use, message):
    """Names are those of the config and of the arrays."""
    with pytest.raises(UnknownNameError, match=message):
        use(results)


def test_a_run_or_cell_that_is_not_there_is_a_mistake_of_usage(results):
    """The message names what there is."""
    with pytest.raises(UsageError, match=r"no run of seed 5\. Seeds: 7, 6"):
        results.run("he", 5)
    for cell in (1, -1):
        with pytest.raises(UsageError, match="cells are 0 to 0"):
            results.curves("he", "test_loss", cell)


@pytest.mark.parametrize(
    ("accuracy", "loss", "diverged", "median"),
    [
        ([0.9, 0.7, 0.8], None, {}, 2),
        ([0.9, 0.7, 0.8, 0.6], None, {}, 1),
        ([0.9, 0.9, 0.9], [0.3, 0.1, 0.2], {}, 2),
        ([0.9, 0.9, 0.9], [0.1, 0.1, 0.1], {}, 1),
        ([0.9, 0.7, 0.8], None, {0: 1}, 1),
        ([0.9, 0.7, 0.8], None, {0: 1, 1: 1}, 1),
        ([0.9], None, {}, 0),
    ],
)
def test_the_median_seed_has_the_middle_score(
    tmp_path, make_outline, make_runs, fill, accuracy, loss, diverged, median
):
    """Half of the runs are no better and half no worse; diverged ones are the worst."""
    outline = make_outline(("he",), tuple(range(len(accuracy))))
    fill(tmp_path, outline, {"he": make_runs(accuracy, loss, diverged_at=diverged)})
    assert load_results(tmp_path).median_seed("he") == median


def test_a_scheme_without_runs_has_no_median(tmp_path, make_outline):
    """What is not there cannot be shown, and its curves are empty."""
    RunStore(tmp_path).write_outline(make_outline())
    results = load_results(tmp_path)
    with pytest.raises(UsageError, match="'he' has no run yet"):
        results.median_seed("he")
    assert results.curves("he", "train_loss").shape == (0, 1)
    assert results.epochs().tolist() == [0]


def test_results_are_short_to_look_at(results):
    """What a shell prints fits on a line."""
    assert repr(results).endswith("zeros, he; 5 runs>")
