"""Files of figures: a folder knows which it has, and draws just those."""

import json

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.figures.catalogue import drawings
from initbench.figures.files import digest, draw_figures, figure_files
from initbench.figures.pictures import Pictures
from initbench.figures.records import Field, Line
from initbench.figures.serializing import to_json
from initbench.results import Cell, RunId, RunStore, load_results
from tests.report.conftest import quick_drawing  # noqa: F401 - a fixture

OWN = (
    "train_accuracy",
    "test_accuracy",
    "train_loss",
    "test_loss",
    "distinct_units",
    "stopped_at",
)
ALL = ("loss_curves", "decision_boundaries", "final_scores")


def named(*names):
    """Return the files of figures, both formats and the caption."""
    return [f"plots/{name}.{form}" for name in names for form in ("png", "svg", "txt")]


def test_every_file_that_is_named_is_drawn(make_results):
    """Names are known without drawing, and drawing makes just those, of their formats."""
    results = make_results({"zeros": [0.5, 0.5], "he": [0.9, 0.8]})
    assert list(figure_files(results)) == [*named(*ALL), "plots/boundary.gif"]
    drawn = dict(draw_figures(results))
    assert list(drawn) == list(figure_files(results))
    assert drawn["plots/loss_curves.png"].startswith(b"\x89PNG")
    assert b"<svg" in drawn["plots/loss_curves.svg"]
    assert drawn["plots/boundary.gif"].startswith(b"GIF8")


@pytest.mark.usefixtures("quick_drawing")
def test_formats_sizes_and_titles_can_be_chosen(make_results):
    """Each size has a name of its own; the caption is one."""
    results = make_results({"he": [0.9, 0.8]}, planar=False)
    pictures = Pictures(("pdf",), ("column", "slide"), titles=False)
    drawn = dict(draw_figures(results, pictures))
    assert tuple(drawn) == figure_files(results, pictures)
    assert list(drawn)[:3] == [
        "plots/loss_curves-column.pdf",
        "plots/loss_curves-slide.pdf",
        "plots/loss_curves.txt",
    ]
    assert drawn["plots/loss_curves-slide.pdf"].endswith(b"slide False pdf 300")


@pytest.mark.parametrize(
    ("formats", "sizes", "message"),
    [
        (("gif",), ("page",), r"unknown format of figures: 'gif'\. Known: png, svg, pdf"),
        (("png", ""), ("page",), "unknown format of figures: ''"),
        (("png",), ("poster",), r"'poster'\. Known: page, column, slide"),
        ((), ("page",), "nothing"),
    ],
)
def test_an_unknown_format_or_size_is_refused(formats, sizes, message):
    """The message says which there are."""
    with pytest.raises(UsageError, match=message):
        Pictures(formats, sizes)


@pytest.mark.parametrize(("size", "is_log"), [(1.0, False), (1e3, True)])
def test_layer_statistics_have_a_figure_each(make_results, size, is_log):
    """Medians over seeds, layers over epochs; colours are on a log scale over many decades."""
    results = make_results({"he": [0.9, 0.8]}, planar=False)
    keys = [run.key for run in results.outline.cells[0].runs["he"]]
    arrays = {name: np.stack([results.runs[key][name] for key in keys]) for name in OWN}
    rms = np.arange(15.0).reshape(5, 3)
    rms[-1] *= size
    arrays["layer_gradient_rms"] = np.stack([rms, rms + 2]).astype(np.float32)
    RunStore(results.folder).write_unit(keys, arrays, {"epochs": np.arange(5.0)})
    layered = load_results(results.folder)
    figure = {each.name: each for each in drawings(layered)}["layer_gradient_rms"].build()
    np.testing.assert_array_equal(figure.panels[0].marks[0].values, (rms + 1).T)
    assert figure.caption.startswith("The gradient RMS of each layer, the first on top")
    assert figure.panels[0].y.is_reversed
    document = json.loads(json.dumps(to_json(figure)))
    assert document["colours"].get("is_log", False) is is_log


def test_a_caption_names_the_figure_its_data_and_its_schemes(make_results, make_setup):
    """Schemes with their runs, those that diverged, data and training; a hostile label is text."""
    results = make_results(
        {"he\u202e": [0.9, np.nan]}, planar=False, setup=make_setup(dataset="m\noons"), name="moons"
    )
    captions = {each.name: each.build().caption for each in drawings(results)}
    for text in captions.values():
        assert "Experiment moons. Schemes: he\ufffd (2 runs, 1 diverged)." in text
        assert "\n" not in text
    assert "band" not in captions["final_scores"]
    assert captions["loss_curves"].startswith("Mean loss per epoch")


def test_an_animation_has_the_frames_of_the_median_seeds(make_results):
    """A panel a scheme, with the accuracy of each moment."""
    results = make_results({"zeros": [0.5] * 3, "he": [0.9, 0.7, 0.8]})
    figure = {each.kind: each for each in drawings(results)}["boundary"].build()
    assert [panel.title for panel in figure.panels] == ["zeros", "he"]
    field = figure.panels[1].marks[0]
    assert isinstance(field, Field)
    assert field.epochs.tolist() == [0, 1, 3, 4]
    accuracies = ("0.500", "0.575", "0.725", "0.800")
    assert field.titles == tuple(f"accuracy {each}, seed 2" for each in accuracies)


def test_many_schemes_have_no_animation(make_results):
    """Thirteen panels are too many for a slide."""
    results = make_results({f"he {number}": [0.9] for number in range(13)})
    assert "plots/boundary.gif" not in figure_files(results)


def test_a_boundary_needs_a_plane(make_results):
    """Where the data have more than two features there is none."""
    results = make_results({"he": [0.9]}, planar=False)
    assert list(figure_files(results)) == named("loss_curves", "final_scores")


def test_a_scheme_without_runs_is_not_drawn(make_results):
    """What is not trained yet has no curve, and a folder without runs no figure."""
    figure = drawings(make_results({"zeros": [0.5], "he": []}, planar=False))[0].build()
    series = {mark.series for mark in figure.panels[0].marks if isinstance(mark, Line)}
    assert series == {"zeros"}
    assert figure_files(make_results({"he": []}, planar=False)) == ()


def test_each_point_of_a_sweep_has_its_figures(make_results, make_setup):
    """Names and titles say the settings; a cell without runs has none."""
    keys = {0.1: "he-0", 1.0: "he-0", 10.0: "nowhere"}
    cells = tuple(
        Cell({"rate": rate}, make_setup(), {"he": (RunId(0, key),)}) for rate, key in keys.items()
    )
    found = drawings(make_results({"he": [0.9]}, cells=cells, planar=False))
    assert [each.name for each in found] == [
        "loss_curves-rate0.1",
        "final_scores-rate0.1",
        "loss_curves-rate1.0",
        "final_scores-rate1.0",
    ]
    assert found[2].build().title == "Loss: moons (rate = 1.0)"


@pytest.mark.parametrize(
    "values", [("a/b", "a:b"), ("x" * 90, "x" * 89 + "y"), ("../../etc", "..\\..")]
)
def test_settings_that_cannot_name_a_file_are_numbers(make_results, make_setup, values):
    """Names stay in the folder, and no two cells have the same."""
    runs = {"he": (RunId(0, "he-0"),)}
    cells = tuple(Cell({"kind": value}, make_setup(), runs) for value in values)
    names = figure_files(make_results({"he": [0.9]}, cells=cells, planar=False))
    assert len(set(names)) == len(names) == 12
    assert all(name.count("/") == 1 and ".." not in name and "\\" not in name for name in names)


def test_a_digest_is_that_of_the_content(make_results):
    """Equal records have one, in whatever order they are built; another number has another."""
    first, second = (make_results({"he": [0.9, 0.8]}), make_results({"he": [0.9, 0.8]}))
    assert [digest(each.build()) for each in drawings(first)] == [
        digest(each.build()) for each in drawings(second)
    ]
    other = make_results({"he": [0.9, 0.81]})
    assert digest(drawings(first)[0].build()) != digest(drawings(other)[0].build())
