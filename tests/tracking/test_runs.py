"""A folder falls into runs, each with a place of its own and all that was recorded of it."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.tracking.runs import artifacts, folder_names, tracked_name, tracked_runs


def test_every_run_has_its_curves_to_the_last_bit(make_results):
    """What a tracker gets is what `Results.curves` returns, layers apart."""
    results = make_results(diverged=["he"])
    runs = list(tracked_runs(results))
    assert [run.place for run in runs] == [
        *("zeros/seed-0", "zeros/seed-3", "he/seed-0", "he/seed-3")
    ]
    for run in runs:
        number = (0, 3).index(run.parameters["seed"])
        for name, curve in run.curves.items():
            recorded, _, layer = name.partition("/layer_")
            expected = results.curves(run.parameters["init"], recorded)[number]
            np.testing.assert_array_equal(curve, expected.T[int(layer) - 1] if layer else expected)
        assert {"test_loss", "distinct_units/layer_2", "layer_activation_std/layer_3"} <= set(
            run.curves
        )


def test_final_metrics_are_numbers_and_say_when_a_run_diverged(make_results):
    """What a diverged run has not is left out, and a curve's end is not told twice."""
    runs = list(tracked_runs(make_results(diverged=["he"])))
    lost, kept = (run.finals for run in runs[2:])
    assert lost["diverged_at"] == 2
    assert "diverged_at" not in kept
    assert "test_loss_best" in kept
    assert "test_loss_best" not in lost
    assert "test_loss" not in kept


def test_parameters_name_scheme_and_settings(make_results):
    """The label, the options and what the sweep sets are among them."""
    cells = ({"training.epochs": 3}, {"network.hidden": "[8, 8]"})
    first, second = tracked_runs(make_results(("a:b",), (3,), cells=cells))
    assert first.parameters["init"] == "a:b"
    assert first.parameters["init.std"] == 0.5
    assert first.parameters["training.epochs"] == 3
    assert first.parameters["seed"] == 3
    assert first.place == "cell-0-epochs=3/a-b~0/seed-3"
    assert second.place == "cell-1-hidden=8-8/a-b~0/seed-3"


def test_a_tuned_scheme_has_the_value_that_was_chosen(make_results, with_outline):
    """The parameter is that of the scheme, and the place tells the cell's role."""
    results = make_results(("he",), (0,), cells=({}, {}))
    cells = [replace(cell, role="tuned", chosen={"he": 0.3}) for cell in results.outline.cells]
    tuned = with_outline(results, cells=tuple(cells), tuned_key="training.learning_rate")
    run, _ = tracked_runs(tuned)
    assert run.parameters["training.learning_rate"] == 0.3
    assert run.place == "cell-0-tuned/he/seed-0"


@pytest.mark.parametrize(
    ("epochs", "shared", "steps"),
    [
        ((0, 1, 5), {}, [0, 1, 5]),
        ((0, 1 / 3, 1), {"steps_per_epoch": np.array(15)}, [0, 5, 15]),
        ((0, 1 / 3, 1), {}, [0, 1, 2]),
    ],
)
def test_steps_are_whole(make_results, epochs, shared, steps):
    """They are epochs, updates where points lie between epochs, or else the points' numbers."""
    runs = tracked_runs(make_results(epochs=epochs, **shared))
    assert {tuple(run.steps) for run in runs} == {tuple(steps)}


def test_a_scheme_without_runs_is_left_out(make_results):
    """There is nothing to say of it."""
    assert list(tracked_runs(make_results(seeds=()))) == []


@given(labels=st.lists(st.text(min_size=1), unique=True))
def test_every_label_has_a_folder_of_its_own(labels):
    """Whatever it says, its folder lies beside the others, even where case does not count."""
    names = folder_names(labels)
    assert len({name.casefold() for name in names}) == len(labels)
    for name in names:
        assert not set(name) & set('/\\:*?"<>|\0\n\u202e')
        assert name not in {"", ".", ".."}
        assert len(name.encode("utf-8", "replace")) < 255


@pytest.mark.parametrize("label", ["he", "large_random", "he-2", "σ=0.1"])
def test_a_plain_label_is_its_folder(label):
    """Nothing is changed that need not be."""
    assert folder_names([label]) == [label]


def test_artifacts_are_those_that_there_are(make_results, with_report):
    """A folder of which no report was written has none."""
    results = make_results()
    assert artifacts(results) == {"": [], "plots": []}
    with_report(results)
    found = {folder: [path.name for path in paths] for folder, paths in artifacts(results).items()}
    assert found == {"": ["REPORT.md"], "plots": ["broken.png", "scores.png"]}


def test_results_are_called_as_their_folder(make_results, monkeypatch):
    """That holds within the folder too."""
    results = make_results()
    monkeypatch.chdir(results.folder)
    assert tracked_name(replace(results, folder=results.folder / ".")) == "moons"
