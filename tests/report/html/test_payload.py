"""The payload: the page gets the figures of the folder, once each, and tables in a fixed order."""

import json

import numpy as np
import pytest

from initbench.figures.catalogue import Drawing, drawings
from initbench.figures.records import Axis, Figure, Line, Panel
from initbench.report.html import figures
from initbench.report.html.page import payload
from initbench.results import Cell, RunId

NAN = float("nan")


def side_of(results, config=""):
    """Return the payload's only side."""
    [side] = payload({"folder": (results, config)})["sides"]
    return side


def titles_of(cell):
    """Return the headings of a cell's sections of figures."""
    return [section["title"] for section in cell["sections"]]


def test_a_payload_is_plain_json(make_results):
    """Diverged runs, missing runs and no runs are values that JSON has."""
    results = make_results({"he": [0.9, NAN], "zeros": [0.5], "lost": [NAN, NAN], "none": []})
    document = payload({"folder": (results, "")})
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    [side] = document["sides"]
    assert (side["asked"], side["runs"]) == (8, 5)


def test_rows_are_in_the_order_of_the_ranking_and_the_test_score_is_first(make_results):
    """After the scheme comes its test accuracy, whatever the order of the terminal's table."""
    side = side_of(make_results({"zeros": [0.5], "he": [0.9]}))
    [cell] = side["cells"]
    labels = [side["schemes"][place]["label"] for place in cell["ranking"]]
    assert labels == [row[0] for row in cell["rows"]] == ["he", "zeros"]
    assert cell["headings"][:2] == ["scheme", "test accuracy"]
    assert [row[1].split()[0] for row in cell["rows"]] == ["0.900", "0.500"]


def test_figures_are_in_sections_of_several_to_choose_from(make_results):
    """Loss and score are two figures of one section; the film replaces its last frame."""
    side = side_of(make_results({"zeros": [0.5, 0.5], "he": [0.9, 0.8]}))
    [cell] = side["cells"]
    assert titles_of(cell) == [
        "Final scores",
        "Learning curves",
        "Decision boundaries through training",
    ]
    names = [
        [(tab["name"], side["figures"][tab["figure"]]["name"]) for tab in section["tabs"]]
        for section in cell["sections"]
    ]
    assert names[1] == [("loss", "loss_curves"), ("score", "score_curves")]
    assert names[2] == [("Decision boundaries through training: moons", "boundary")]


def test_the_page_has_every_figure_of_the_folder(make_results):
    """All that Matplotlib draws is there, but the last frame of a film, which the film has."""
    results = make_results({"zeros": [0.5, 0.5], "he": [0.9, 0.8]})
    drawn = {each.kind for each in drawings(results)}
    assert {"loss_curves", "final_scores", "boundary"} < drawn
    shown = {figure["name"] for figure in side_of(results)["figures"]}
    assert drawn - shown == {"decision_boundaries"}


def test_without_a_plane_there_are_no_boundaries(make_results):
    """Nor is there a section of layers that were not recorded."""
    [cell] = side_of(make_results({"he": [0.9]}, planar=False))["cells"]
    assert titles_of(cell) == ["Final scores", "Learning curves"]


def test_a_new_kind_of_figure_has_a_section_of_its_own(make_results, monkeypatch):
    """Nothing but its builder says how it is drawn."""
    line = Line("he", np.arange(2.0), np.arange(2.0))
    record = Figure("spectrum", "Spectrum: moons", (Panel(Axis("x"), Axis("y"), (line,)),))
    known = figures.cell_drawings

    def with_one_more(results, cell):
        yield from known(results, cell)
        yield Drawing("spectrum", "spectrum", cell, lambda: record)

    monkeypatch.setattr(figures, "cell_drawings", with_one_more)
    side = side_of(make_results({"he": [0.9]}))
    [section] = [each for each in side["cells"][0]["sections"] if each["title"] == "Spectrum"]
    [tab] = section["tabs"]
    assert side["figures"][tab["figure"]]["title"] == "Spectrum: moons"


def test_arrays_that_lines_share_are_there_once():
    """Two lines over one x have the same place, a third has its own; y may share too."""
    x, other = np.arange(5.0), np.arange(5.0) + 0.25
    lines = tuple(Line(name, at, x**2) for name, at in (("a", x), ("b", x), ("c", other)))
    document = figures.page_figure(Figure("f", "t", (Panel(Axis("x"), Axis("y"), lines),)))
    marks = document["panels"][0]["marks"]
    assert [document["shared"][mark["x"]] for mark in marks] == [
        [0, 1, 2, 3, 4],
        [0, 1, 2, 3, 4],
        [0.25, 1.25, 2.25, 3.25, 4.25],
    ]
    assert marks[0]["x"] == marks[1]["x"]
    assert [document["shared"][mark["y"]] for mark in marks] == [[0, 1, 4, 9, 16]] * 3
    assert len(document["shared"]) == 3


@pytest.fixture
def make_sweep(make_results, make_setup):
    """Return a maker of results over a rate and a depth, with the same runs everywhere."""

    def make(scores):
        runs = {label: (RunId(0, f"{label}-0"), RunId(1, f"{label}-1")) for label in scores}
        cells = tuple(
            Cell({"rate": rate, "network.depth": depth}, make_setup(), runs)
            for rate in (0.01, 0.1, 1.0)
            for depth in (5, 10)
        )
        return make_results(scores, cells=cells, planar=False)

    return make


def test_every_cell_of_a_sweep_is_there_with_its_settings(make_sweep):
    """In the order of the outline."""
    side = side_of(make_sweep({"he": [0.9, 0.8]}))
    titles = [cell["title"] for cell in side["cells"]]
    assert titles[:2] == ["network.depth = 5, rate = 0.01", "network.depth = 10, rate = 0.01"]
    assert len(titles) == 6


def test_the_cells_of_a_map_name_the_settings_that_they_show(make_sweep):
    """Rates go to the right and depths upwards, so that rows are depths."""
    side = side_of(make_sweep({"he": [0.9, 0.8], "zeros": [0.5, 0.5]}))
    [section] = [each for each in side["summaries"] if each["title"] == "Trainability map"]
    for tab in section["tabs"]:
        panels = side["figures"][tab["figure"]]["panels"]
        assert [panel["cells"] for panel in panels] == [[[0, 2, 4], [1, 3, 5]]] * 2


@pytest.fixture
def tuned_side(make_results, make_setup):
    """Return the side of a tuned experiment, with what its trials came to."""
    scores = {"he": [0.9, 0.8], "zeros": [0.5, 0.5]}
    runs = {label: (RunId(0, f"{label}-0"), RunId(1, f"{label}-1")) for label in scores}
    key = "training.optimizer.learning_rate"
    tried = {label: (RunId(9, f"{label}-9"),) for label in scores}
    cells = (
        Cell({key: 0.1}, make_setup(), tried, role="trial"),
        Cell({}, make_setup(), runs, role="fixed"),
        Cell({}, make_setup(), runs, role="tuned", chosen=dict.fromkeys(scores, 0.1)),
    )
    results = make_results(scores, planar=False, cells=cells, tuned_key=key)
    tuning = {"settings": {}, "values": [0.01, 0.1], "best": 0.1, "at_edge": True, "learns": True}
    tuning |= {"scores": [0.6, 0.9], "band": [0.1, 0.1], "band_factor": 1.0}
    tuning |= {"limit": None, "outside_range": ""}
    failed = tuning | {"learns": False, "at_edge": False, "scores": [0.5, 0.5]}
    results.metrics["tuning"] = {"he": [tuning], "zeros": [failed]}
    return side_of(results)


def test_tuned_cells_come_first_and_trials_are_no_cells(tuned_side):
    """The tuned cell, then the config's own value."""
    assert [cell["title"] for cell in tuned_side["cells"]] == [
        "Each scheme at its own best learning rate",
        "All schemes at the config's learning rate",
    ]


def test_the_page_opens_on_each_scheme_at_its_own_best_value(tuned_side):
    """With a mark where that is an endpoint; the cell at the config's value follows."""
    tuned, fixed = tuned_side["cells"]
    assert tuned["title"] == "Each scheme at its own best learning rate"
    assert fixed["title"].startswith("All schemes at the config's learning rate")
    assert "learning rate" in tuned["headings"]
    he = dict(zip(tuned["headings"], tuned["rows"][0], strict=True))
    assert he["learning rate"] == "0.1 (endpoint)"
    assert tuned_side["tuned"] is None  # one setting has no table of settings by schemes


def test_tuned_and_fixed_values_are_no_settings_of_a_sweep(tuned_side, make_sweep, make_results):
    """What the cells of the page are is said in words, of a single one nothing."""
    assert tuned_side["settings"] == (
        "with each scheme's own best learning rate and with the config's"
    )
    assert side_of(make_sweep({"he": [0.9, 0.8]}))["settings"] == "6 settings of a sweep"
    assert side_of(make_results({"he": [0.9, 0.8]}))["settings"] == ""


def test_trials_are_a_table_of_validation_scores(tuned_side):
    """A row for each scheme, a column for each value."""
    shown = tuned_side["trials"]
    assert shown["headings"][:4] == ["scheme", "0.01", "0.1", "best"]
    assert shown["rows"][0][:4] == ["he", "0.600", "0.900", "0.1 (endpoint)"]
    assert shown["rows"][0][4] == "0.1"  # a working band of one value
    assert shown["rows"][1][:3] == ["zeros", "0.500", "0.500"]
    assert shown["note"].startswith("A value marked (endpoint) is the lowest or the highest")


def test_claims_are_written_as_in_the_report(make_results):
    """With the margin of a comparison, the published value, and small numbers in full."""
    results = make_results({"he": [0.9], "zeros": [0.5]})
    claim = {"claim": "test_loss(he) <= test_loss(zeros)", "margin": 0.02, "published": "as good"}
    claim |= {"measured": 0.00053, "ci95": [0.000526, 0.000534], "verdict": "PASS"}
    results.metrics["claims"] = [claim | {"source": "a paper", "finding": "", "note": "a note"}]
    assert side_of(results)["claims"] == [
        {
            "verdict": "PASS",
            "claim": "test_loss(he) <= test_loss(zeros) within 0.02",
            "measured": "0.000530 (0.000526 to 0.000534)",
            "published": "as good",
            "notes": "a paper; a note",
        }
    ]


def test_reasons_state_the_measured_values(make_results):
    """Collapsed layers, runs at chance, the initial and the constant loss, divergence."""
    scores = {"he": [0.9, 0.8], "zeros": [0.5, 0.5], "lost": [NAN, NAN]}
    results = make_results(scores, units={"zeros": (1, 1)})
    shares = results.metrics["cells"][0]["inits"]["zeros"]["shares"]
    shares["stalled"] = {"count": 2, "of": 2}
    [cell] = side_of(results)["cells"]
    he, zeros, lost = (dict(each["facts"]) for each in cell["why"])
    assert he["Identical hidden units"] == "none"
    assert (he["Diverged"], lost["Diverged"]) == ("0 of 2 runs", "2 of 2 runs")
    assert (
        zeros["Identical hidden units"]
        == "1 of 4 in layer 1, 1 of 3 in layer 2 distinct after training"
    )
    assert zeros["At chance"] == "2 of 2 runs"
    # Made results begin with a training loss of 0.7; ln 2 = 0.693.
    assert zeros["Initial training loss"] == "0.700; a constant prediction has 0.693"


def test_the_small_figure_has_the_training_loss_and_the_loss_of_a_constant_prediction(make_results):
    """A rule at ln 2 and one line, where untrained networks were not measured."""
    [cell] = side_of(make_results({"he": [0.9, 0.8]}))["cells"]
    [panel] = cell["why"][0]["figure"]["panels"]
    rule, line = panel["marks"]
    assert rule["at"] == pytest.approx(0.6931, abs=1e-4)
    assert (line["kind"], line["series"]) == ("line", "he")
