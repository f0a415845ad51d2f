"""All but the raw runs can be deleted, rebuilt to the byte, and is never a lie in between."""

import json
import os
import shutil

import numpy as np
import pytest

import initbench.figures.drawing
from initbench.errors import StorageError, UsageError
from initbench.figures.files import Pictures
from initbench.report import report_is_current, write_report
from initbench.results import Claim, load_results

TEXTS = ["REPORT.md", "curves.csv", "metrics.json", "report.html"]
ACCURACIES = {"zeros": [0.5, 0.5, 0.5], "he": [0.9, np.nan, 0.8]}

pytestmark = pytest.mark.usefixtures("quick_drawing")


def rebuild(folder, **plots):
    """Read a folder, and write its report."""
    results = load_results(folder)
    write_report(results, **plots)
    return results


def is_current(folder, **plots):
    """Tell whether that would change nothing."""
    return report_is_current(load_results(folder), **plots)


@pytest.fixture
def folder(make_results):
    """Return a results folder with raw runs alone."""
    return make_results(ACCURACIES).folder


def contents(folder):
    """Return every derived file with its bytes."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "runs" not in path.relative_to(folder).parts
    }


def test_everything_derived_is_rebuilt_to_the_byte(folder):
    """Deleted or not, a second report makes the same files."""
    rebuild(folder)
    before = contents(folder)
    assert sorted(name for name in before if "/" not in name) == TEXTS
    assert len(before) == len(TEXTS) + 11
    rebuild(folder)
    assert contents(folder) == before
    for name in TEXTS:
        (folder / name).unlink()
    shutil.rmtree(folder / "plots")
    rebuild(folder)
    assert contents(folder) == before


def test_a_report_does_not_depend_on_the_order_of_units(make_results, tmp_path):
    """How runs were spread over files leaves no trace."""
    rebuild(make_results(ACCURACIES, folder=tmp_path / "a").folder)
    runs = tmp_path / "b" / "runs"
    shutil.copytree(tmp_path / "a" / "runs", runs)
    for number, path in enumerate(sorted(runs.glob("*.npz"), reverse=True)):
        path.rename(runs / f"{number}.npz")
    rebuild(tmp_path / "b")
    assert contents(tmp_path / "a") == contents(tmp_path / "b")


def test_a_report_returns_its_results(folder):
    """The results are those of the folder."""
    assert rebuild(folder, plots=False).folder == folder


def test_a_report_is_current_until_something_changes(make_results):
    """A file that is gone or other than it would be made, or a new run, calls for a report."""
    folder = make_results({"he": [0.9]}).folder
    assert not is_current(folder)
    rebuild(folder)
    assert is_current(folder)
    for name in ("metrics.json", "REPORT.md", "report.html", "plots/loss_curves.png"):
        (folder / name).unlink()
        assert not is_current(folder)
        rebuild(folder)
    (folder / "curves.csv").write_text("something else")
    assert not is_current(folder)
    rebuild(folder)
    make_results({"he": [0.9], "zeros": [0.5]})
    assert not is_current(folder)


def test_a_report_without_figures_is_current_if_no_figures_are_wanted(folder):
    """It links none, and is made again when figures are wanted."""
    rebuild(folder, plots=False)
    assert not (folder / "plots").exists()
    assert b"![" not in (folder / "REPORT.md").read_bytes()
    assert is_current(folder, plots=False)
    assert not is_current(folder)


def test_figures_stay_where_only_other_numbers_changed(folder, make_results):
    """A claim that is added changes the metrics and no figure: all files of figures stay."""
    rebuild(folder)
    before = contents(folder / "plots")
    make_results(ACCURACIES, claims=(Claim("test_accuracy(he) > 0.9"),))
    rebuild(folder, plots=False)
    assert contents(folder / "plots") == before
    assert b"loss_curves.png" in (folder / "REPORT.md").read_bytes()
    assert is_current(folder, plots=False)


def test_stale_figures_that_are_not_drawn_are_set_aside_and_named(folder, make_results, caplog):
    """They are in plots/stale/, out of the report, and one warning names them."""
    rebuild(folder)
    drawn = contents(folder / "plots")
    make_results({**ACCURACIES, "ones": [0.5, 0.5, 0.5]})
    rebuild(folder, plots=False)
    assert {name for name in contents(folder / "plots") if not name.startswith("stale/")} == set()
    for name in ("loss_curves.png", "boundary.gif", "final_scores.txt"):
        assert (folder / "plots" / "stale" / name).read_bytes() == drawn[name]
    [warning] = caplog.messages
    assert warning.startswith("figures of other results were moved to plots/stale/: boundary,")
    assert b"![" not in (folder / "REPORT.md").read_bytes()
    caplog.clear()
    rebuild(folder)
    assert caplog.messages == []
    assert is_current(folder)


def test_a_change_of_one_figure_leaves_the_others(folder):
    """Scores that were drawn from another record go; the loss curves beside them stay."""
    rebuild(folder)
    manifest = json.loads((folder / "plots" / "figures.json").read_bytes())
    manifest["final_scores"] = "0" * 16  # as if it had been drawn from other scores
    (folder / "plots" / "figures.json").write_text(json.dumps(manifest))
    rebuild(folder, plots=False)
    assert (folder / "plots" / "loss_curves.png").exists()
    assert not (folder / "plots" / "final_scores.png").exists()
    assert (folder / "plots" / "stale" / "final_scores.svg").exists()


def test_figures_in_other_formats_stay_while_they_are_true(folder, make_results):
    """Figures for a paper stay when a report draws others, and not when the runs are others."""
    rebuild(folder, plots=Pictures(("pdf",), ("column",)))
    assert is_current(folder, plots=Pictures(("pdf",), ("column",)))
    assert not is_current(folder)
    rebuild(folder)
    assert (folder / "plots" / "loss_curves-column.pdf").exists()
    make_results({**ACCURACIES, "ones": [0.5, 0.5, 0.5]})
    rebuild(folder)
    assert not (folder / "plots" / "loss_curves-column.pdf").exists()
    assert (folder / "plots" / "stale" / "loss_curves-column.pdf").exists()


def test_numbered_figures_of_an_older_version_go_and_other_files_stay(folder):
    """They have other names now; files that somebody put beside them are not touched."""
    (folder / "plots").mkdir()
    for name in ("loss_curves_7.png", "mine.png", "loss_curves_mine.png"):
        (folder / "plots" / name).write_bytes(name.encode())
    rebuild(folder)
    names = {path.name for path in (folder / "plots").iterdir()}
    assert {"mine.png", "loss_curves_mine.png", "loss_curves.png"} <= names
    assert "loss_curves_7.png" not in names
    assert (folder / "plots" / "stale" / "loss_curves_7.png").exists()


def test_a_figure_that_cannot_be_drawn_loses_no_numbers(folder, monkeypatch):
    """Numbers and report are there before the first figure is drawn."""

    def refuse(*_args):
        raise MemoryError

    monkeypatch.setattr(initbench.figures.drawing, "render", refuse)
    with pytest.raises(MemoryError):
        rebuild(folder)
    assert sorted(contents(folder)) == TEXTS
    assert not is_current(folder)


@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_wherever_a_report_stops_the_next_one_mends_it(make_results, tmp_path, failure):
    """Stopped at the n-th sync, for every n: no file is half, and the next report is whole."""
    old = make_results({"he": [0.9]}, folder=tmp_path / "old").folder
    rebuild(old)
    new = make_results(ACCURACIES, folder=tmp_path / "new").folder
    rebuild(new)
    wanted, before = contents(new), contents(old)
    for stop in range(2 * len(wanted)):
        folder = tmp_path / f"stopped-{stop}"
        shutil.copytree(old, folder)
        shutil.rmtree(folder / "runs")
        shutil.copytree(new / "runs", folder / "runs")
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", _failing_at(stop, failure))
            with pytest.raises((StorageError, KeyboardInterrupt)):
                rebuild(folder)
        for name, data in contents(folder).items():
            assert data in {wanted.get(name), before.get(name)}, name
        assert not is_current(folder) or contents(folder) == wanted
        rebuild(folder)
        assert contents(folder) == wanted


def _failing_at(stop, failure):
    """Return an fsync that works `stop` times."""
    left = iter(range(stop))

    def fsync(_descriptor):
        if next(left, None) is None:
            raise failure

    return fsync


@pytest.mark.parametrize("name", TEXTS)
def test_a_link_in_a_files_place_is_replaced(folder, tmp_path, name):
    """What it points to keeps its bytes."""
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    (folder / name).symlink_to(target)
    rebuild(folder, plots=False)
    assert target.read_bytes() == b"precious"
    assert not (folder / name).is_symlink()


def test_a_file_in_the_place_of_the_figures_folder_is_an_error_after_the_numbers_are_written(
    folder,
):
    """The message names it, and the numbers are written."""
    (folder / "plots").write_bytes(b"")
    with pytest.raises(StorageError, match="plots is a file, not a folder"):
        rebuild(folder)
    assert (folder / "metrics.json").exists()


def test_a_folder_without_results_is_refused(tmp_path):
    """Neither a report nor an answer about one comes of nothing."""
    for use in (rebuild, is_current):
        with pytest.raises(UsageError, match="initbench run CONFIG"):
            use(tmp_path / "nowhere")


@pytest.mark.parametrize("label", ["\ud800", "</script>", "=cmd()", "a\x00b", "x" * 300])
def test_any_label_can_be_reported(make_results, label):
    """Half a surrogate pair, markup, a formula, NUL or length: the files are written, and UTF-8."""
    folder = make_results({label: [0.9, 0.8], "zeros": [0.5, 0.5]}).folder
    rebuild(folder)
    for name in TEXTS:
        (folder / name).read_bytes().decode("utf-8")
    assert is_current(folder)
