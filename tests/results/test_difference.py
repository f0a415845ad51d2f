"""A difference is what chance does not explain, and a baseline is read with care."""

import json

import numpy as np
import pytest
from scipy import stats

from initbench.errors import StorageError, UsageError
from initbench.results import load_results
from initbench.results.difference import as_baseline, differences_between, read_baseline, welch
from initbench.results.metrics import metrics_json


@pytest.fixture
def make_folder(tmp_path, make_outline, make_runs, fill):
    """Return a maker of results folders from each scheme's final scores; None: it diverged."""

    def make(name, scores, seeds=None, **changes):
        count = len(next(iter(scores.values())))
        outline = make_outline(tuple(scores), tuple(seeds or range(count)), **changes)
        arrays = {
            label: make_runs(
                [0.5 if score is None else score for score in finals],
                diverged_at={run: 1 for run, score in enumerate(finals) if score is None},
            )
            for label, finals in scores.items()
        }
        fill(tmp_path / name, outline, arrays)
        return tmp_path / name

    return make


def between(old, new):
    """Return the difference of two folders or files."""
    return differences_between(read_baseline(old), read_baseline(new))


def changed(difference):
    """Return which figures have changed."""
    return {(figure.init, figure.metric) for figure in difference.changed}


HE = [0.9, 0.91, 0.88, 0.9, 0.92, 0.9]


def test_a_result_does_not_differ_from_itself(make_folder):
    """Nothing changes, and all runs have the same keys."""
    folder = make_folder("a", {"he": HE, "zeros": [0.5] * 6})
    difference = between(folder, folder)
    assert difference.figures
    assert not difference.changed
    assert difference.same_runs == 12
    assert not difference.only_old
    assert not difference.only_new


def test_a_change_beyond_chance_is_found_seed_by_seed(make_folder):
    """A shift of every seed is one, however much seeds differ among themselves."""
    seeds = np.linspace(0.5, 0.8, 8)
    noise = 0.004 * np.cos(np.arange(8))
    old = make_folder("a", {"he": list(seeds), "zeros": [0.5] * 8})
    new = make_folder("b", {"he": list(seeds + 0.05 + noise), "zeros": [0.5] * 8})
    difference = between(old, new)
    assert ("he", "test_accuracy") in changed(difference)
    assert not any(init == "zeros" for init, _ in changed(difference))
    [figure] = [one for one in difference.changed if one.metric == "test_accuracy"]
    assert figure.is_paired
    assert figure.difference["n"] == 8
    assert figure.difference["mean"] == pytest.approx(0.05 + noise.mean())
    assert figure.new - figure.old == pytest.approx(figure.difference["mean"])


def test_rounding_is_no_change(make_folder):
    """What another machine's last digits do is not told, however sure it is."""
    old = make_folder("a", {"he": HE})
    new = make_folder("b", {"he": [score - 1e-6 for score in HE]})
    assert not between(old, new).changed


def test_chance_is_rarely_called_a_change(make_folder):
    """Of sixty pairs of like results at most one in twenty differs, to three errors."""
    rng = np.random.default_rng(0)
    wrong = 0
    for place in range(60):
        old, new = (
            make_folder(f"{side}{place}", {"he": list(rng.beta(30, 3, 6))}) for side in "ab"
        )
        wrong += bool(between(old, new).changed)
    assert wrong <= 60 * 0.05 + 3 * np.sqrt(60 * 0.05 * 0.95)


def test_other_seeds_are_compared_as_two_samples(make_folder):
    """Welch's test, where too few seeds are shared to pair them."""
    old = make_folder("a", {"he": HE})
    new = make_folder("b", {"he": [score - 0.3 for score in HE]}, seeds=range(10, 16))
    difference = between(old, new)
    assert ("he", "test_accuracy") in changed(difference)
    assert not any(figure.is_paired for figure in difference.figures)


def test_welch_is_scipys():
    """Difference, interval and p, of samples that differ in size and spread."""
    rng = np.random.default_rng(0)
    old, new = rng.normal(0, 1, 7), rng.normal(1, 3, 12)
    described, p = welch(old, new)
    expected = stats.ttest_ind(new, old, equal_var=False)
    assert p == pytest.approx(expected.pvalue)
    assert described["ci95"] == pytest.approx(list(expected.confidence_interval()))
    assert described["mean"] == pytest.approx(new.mean() - old.mean())


@pytest.mark.parametrize(("shift", "p"), [(0.0, 1.0), (0.2, 0.0)])
def test_samples_that_do_not_vary_differ_or_not(shift, p):
    """There is nothing to be unsure of."""
    _, found = welch(np.full(3, 0.5), np.full(3, 0.5 + shift))
    assert found == pytest.approx(p, abs=1e-12)


def test_runs_that_begin_to_diverge_are_a_change(make_folder):
    """They are counted, and as scores they are the worst."""
    old = make_folder("a", {"he": HE})
    new = make_folder("b", {"he": [None] * 6})
    assert {("he", "diverged"), ("he", "test_accuracy")} <= changed(between(old, new))


def test_too_few_seeds_are_not_tested(make_folder):
    """Two can agree by chance."""
    difference = between(make_folder("a", {"he": [0.9, 0.9]}), make_folder("b", {"he": [0.1, 0.1]}))
    assert not difference.changed
    assert all(figure.p_holm is None for figure in difference.figures)


def test_parts_of_one_side_only_are_named(make_folder):
    """Schemes and cells; they are compared with nothing."""
    old = make_folder("a", {"he": HE, "zeros": [0.5] * 6})
    new = make_folder("b", {"he": HE, "ones": [0.5] * 6})
    difference = between(old, new)
    assert difference.only_old == (({}, "zeros"),)
    assert difference.only_new == (({}, "ones"),)
    assert {figure.init for figure in difference.figures} == {"he"}
    document = load_results(old).metrics
    [cell] = document["cells"]
    moved = {**document, "cells": [{**cell, "settings": {"rate": 0.1}}]}
    other = differences_between(as_baseline(document, "a"), as_baseline(moved, "b"))
    assert not other.figures
    assert other.only_old == (({}, None),)
    assert other.only_new == (({"rate": 0.1}, None),)


def test_a_tuned_cell_is_not_taken_for_the_one_it_was_tuned_from(make_folder):
    """Both have the settings of their point, and each is compared with its like."""
    document = load_results(make_folder("a", {"he": HE})).metrics
    [cell] = document["cells"]
    roles = {**document, "cells": [{**cell, "role": role} for role in ("fixed", "tuned")]}
    difference = differences_between(as_baseline(roles, "a"), as_baseline(roles, "b"))
    assert len(difference.figures) == 12
    assert not difference.changed


def test_a_kept_file_equals_its_folder(make_folder, tmp_path):
    """What metrics.json says is compared as the runs would be."""
    folder = make_folder("a", {"he": HE, "zeros": [0.5, None, 0.5, 0.5, 0.5, 0.5]})
    path = tmp_path / "baseline.json"
    path.write_bytes(metrics_json(load_results(folder).metrics))
    difference = between(path, folder)
    assert not difference.changed
    assert difference.same_runs == 12
    assert json.loads(json.dumps(difference.to_json()))["changed"] == 0


def test_a_file_of_an_older_version_is_read(make_folder):
    """It has neither keys nor areas, and the rest is compared."""
    document = load_results(make_folder("a", {"he": HE})).metrics
    old = json.loads(json.dumps(document)) | {"format_version": 1}
    del old["across"]
    [cell] = old["cells"]
    for name in ("keys", "test_accuracy_area", "test_accuracy_best", "shares", "group"):
        del cell["inits"]["he"][name]
    difference = differences_between(as_baseline(old, "old"), as_baseline(document, "new"))
    assert difference.same_runs == 0
    assert {figure.metric for figure in difference.figures} >= {"test_accuracy", "train_loss"}
    assert not difference.changed


def document_of(entry):
    """Return the text of a document that knows this of one scheme."""
    cell = {"settings": {}, "score": "r2", "inits": {"a": entry}}
    return json.dumps({"format_version": 2, "cells": [cell]})


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[1]",
        "{}",
        '{"format_version": 2}',
        '{"format_version": 2, "cells": [3]}',
        '{"format_version": 2, "cells": [{"settings": {}, "score": "r2"}]}',
        '{"format_version": 2, "cells": [{"settings": {}, "score": "r2", "inits": {"a": 1}}]}',
        '{"format_version": 2, "cells": [{"settings": {}, "score": "r2", "inits": {"a": {}}}]}',
        document_of({"seeds": [0], "diverged_at": [None], "test_loss": {"values": ["x"]}}),
        document_of({"seeds": [0], "diverged_at": [], "test_loss": {"values": [1.0]}}),
        document_of({"seeds": [0, 1], "keys": ["k"], "diverged_at": [None, None]}),
        "[" * 100_000,
        "\x80",
    ],
)
def test_a_file_that_is_no_baseline_is_an_error(tmp_path, text):
    """A message names the file; nothing falls over."""
    path = tmp_path / "metrics.json"
    path.write_bytes(text.encode("latin-1"))
    with pytest.raises(UsageError, match=r"metrics\.json is no metrics\.json"):
        read_baseline(path)


def test_a_newer_file_is_refused(tmp_path):
    """It may mean something else by the same words."""
    path = tmp_path / "metrics.json"
    path.write_text('{"format_version": 99, "cells": []}')
    with pytest.raises(StorageError, match="newer"):
        read_baseline(path)


def test_a_place_without_results_is_refused(tmp_path):
    """Neither a file that is not there nor a folder without runs is a result."""
    with pytest.raises(UsageError, match="does not exist"):
        read_baseline(tmp_path / "nowhere.json")
    with pytest.raises(UsageError, match="holds no results"):
        read_baseline(tmp_path)


@pytest.mark.parametrize(
    ("change", "verdicts"),
    [
        (0.2, {"test_accuracy": "better", "test_loss": "better"}),
        (-0.2, {"test_accuracy": "worse", "test_loss": "worse"}),
        (0.0005, {"test_accuracy": "equivalent", "test_loss": "equivalent"}),
        (0.005, {"test_accuracy": "equivalent", "test_loss": "better"}),
    ],
)
def test_a_change_has_a_verdict_by_a_margin(make_folder, change, verdicts):
    """One accuracy point, or a tenth of a loss's standard deviation, here 0.0013.

    Every run changes alike, so that each change is significant.
    """
    old = make_folder("a", {"he": HE})
    new = make_folder("b", {"he": [score + change for score in HE]})
    found = {figure.metric: figure.verdict for figure in between(old, new).figures}
    assert {name: found[name] for name in verdicts} == verdicts
