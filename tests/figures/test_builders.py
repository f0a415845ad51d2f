"""Builders turn the numbers of results into records, with an expected value from arithmetic."""

import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from initbench.figures.dataset import dataset_figure
from initbench.figures.decision_boundaries import decision_boundaries, thin
from initbench.figures.phase_diagram import phase_diagram
from initbench.figures.records import Field, Line, Map, Message, Points, Rule, Series, Strip
from initbench.figures.training import final_scores, loss_curves
from initbench.figures.untrained import histograms, jacobians, signals
from initbench.results.probes import Expected, SchemeProbe


def marks_of(figure, kind):
    """Return all marks of a kind."""
    return [mark for panel in figure.panels for mark in panel.marks if isinstance(mark, kind)]


def test_loss_curves_are_medians_and_quartiles(make_results):
    """Of runs that end at losses 1.3 less their score; the first of them starts at 0.8."""
    results = make_results({"he": [0.9, 0.8, 0.6]}, planar=False)
    train, test = marks_of(loss_curves(results, 0), Line)
    assert test.x.tolist() == [0, 1, 2, 3, 4]
    assert test.y == pytest.approx([0.8, 0.725, 0.65, 0.575, 0.5])
    assert test.low[-1] == pytest.approx(0.45)  # half way from 0.4 to 0.5
    assert test.high[-1] == pytest.approx(0.6)  # half way from 0.5 to 0.7
    assert train.y[-1] == pytest.approx(0.4)


def test_a_run_that_diverges_is_crossed_and_counted(make_results):
    """It leaves the median where it is last finite, at epoch 1."""
    figure = loss_curves(make_results({"he": [0.9, np.nan]}, planar=False), 0)
    assert figure.series[0].note == "1 of 2 diverged"
    for line in marks_of(figure, Line):
        assert line.x[line.crosses].tolist() == [1.0]
    assert "Cross: a run diverges." in figure.note


def test_more_schemes_than_colours_have_a_row_for_each_ten(make_results):
    """In no panel has a colour two schemes."""
    figure = loss_curves(make_results({f"s{n}": [0.9, 0.8] for n in range(23)}, planar=False), 0)
    assert len(figure.panels) == 6
    looks = {one.name: one.look for one in figure.series}
    for panel in figure.panels:
        colours = [looks[mark.series] % 10 for mark in panel.marks]
        assert len(set(colours)) == len(colours)
    assert len({mark.series for mark in marks_of(figure, Line)}) == 23


def test_every_run_has_its_final_score(make_results):
    """Diverged runs have no point and are counted; one run has no interval."""
    results = make_results({"zeros": [0.5] * 3, "he": [0.9, 0.8, np.nan], "one": [0.7]})
    zeros, he, one = marks_of(final_scores(results, 0), Strip)
    assert he.values.tolist() == pytest.approx([0.9, 0.8])
    assert he.mean == pytest.approx(0.85)
    assert (zeros.interval, one.interval) == ((0.5, 0.5), None)
    [panel] = final_scores(results, 0).panels
    assert [text for _, text in panel.y.ticks] == ["zeros", "he (1 of 3 diverged)", "one"]
    [chance] = marks_of(final_scores(results, 0), Rule)
    assert (chance.label, chance.at) == ("majority class: 0.5", 0.5)


def test_an_empty_stretch_does_not_squeeze_the_scores(make_results, make_setup, tmp_path):
    """With chance at 0.1 and scores from 0.93 on, the axis is broken between; else it is whole."""
    ten = make_setup(classes=10)
    figure = final_scores(make_results({"he": [0.93, 0.95]}, setup=ten, planar=False), 0)
    axis = figure.panels[0].x
    left, right = axis.break_at
    assert 0.1 < left < right < 0.93
    assert all(value <= left or value >= right for value, _ in axis.ticks)
    others = {"setup": ten, "planar": False, "folder": tmp_path / "spread"}
    spread = make_results({"he": [0.3, 0.5, 0.7, 0.95]}, **others)
    assert final_scores(spread, 0).panels[0].x.break_at is None


def test_scores_below_the_axis_are_at_its_end_and_counted(make_results, make_setup):
    """R² has no lowest value."""
    setup = make_setup(classes=None, score="r2")
    results = make_results({"he": [0.9, -7.0]}, setup=setup, planar=False)
    figure = final_scores(results, 0)
    [strip] = marks_of(figure, Strip)
    assert strip.values.tolist() == pytest.approx([0.9, -1.0])
    assert figure.series[0].note == "1 of 2 below -1"
    assert figure.panels[0].x.label == "Test R²"
    assert loss_curves(results, 0).panels[0].y.label == "Mean loss"


def test_boundaries_are_of_the_median_run_with_messages_for_constant_and_diverged_runs(
    make_results,
):
    """A network that answers 0.5 everywhere says so, and one that diverged has no points."""
    results = make_results({"zeros": [0.5, 0.5, 0.5], "he": [np.nan] * 3})
    zeros, gone = decision_boundaries(results, 0).panels
    assert zeros.title == "zeros"
    assert zeros.marks[0].titles == ("accuracy 0.500, seed 1",)
    assert [mark.text for mark in zeros.marks if isinstance(mark, Message)] == [
        "constant prediction: 0.50 for every class"
    ]
    assert sum(len(mark.x) for mark in zeros.marks if isinstance(mark, Points)) == 5
    assert [mark.text for mark in gone.marks if isinstance(mark, Message)] == ["diverged"]
    assert not any(isinstance(mark, Points) for mark in gone.marks)
    assert isinstance(gone.marks[0], Field)


def test_thinned_points_keep_every_class():
    """A class of one keeps its point; the shares of others stay."""
    labels = np.repeat([0, 1, 2], [1000, 500, 1])
    kept = labels[thin(labels, 150)]
    assert np.bincount(kept).tolist() == [100, 50, 1]


@pytest.fixture
def probe():
    """Return measurements of 12 layers in which the signal falls by ten a layer."""
    rms = np.tile(np.logspace(0, -11, 12), (3, 1))
    magnitudes = np.zeros((12, 60), np.uint8)
    magnitudes[:, 47] = 255
    layers = dict.fromkeys(("preactivation_rms", "delta_rms"), rms)
    theory = Expected(rms[0], np.stack([rms[0] / 2, 2 * rms[0]]), rms[0], rms[:2], rms[0])
    return SchemeProbe(layers, np.ones(3), 1.0, None, None, magnitudes, theory)


def test_theory_is_open_markers_beside_the_measurement(probe):
    """With a name for the legend, and whiskers over what single networks have."""
    figure = signals({"he": probe}, (Series("he", 0),))
    theory = [mark for mark in marks_of(figure, Line) if mark.label]
    assert {mark.style for mark in theory} == {"markers"}
    assert {mark.label for mark in theory} == {"mean-field theory"}
    assert (theory[0].low < theory[0].y).all()
    assert figure.panels[0].y.scale == "log"


def test_signals_of_many_schemes_have_a_row_of_panels_for_each_ten(probe):
    """No colour occurs twice in a panel, and the rows of one quantity share their axes."""
    series = tuple(Series(f"scheme {place}", place) for place in range(13))
    spectra = replace(probe, jacobian=np.ones((3, 2)), layer_jacobian=np.ones((3, 4)))
    probes = {one.name: spectra for one in series}
    for build in (signals, jacobians):
        figure = build(probes, series)
        assert len(figure.panels) == 4
        assert [panel.y for panel in figure.panels[:2]] == [panel.y for panel in figure.panels[2:]]
        shown = [{mark.series for mark in panel.marks} for panel in figure.panels]
        assert [len(names) for names in shown] == [10, 10, 3, 3]


def test_the_line_of_a_spectrum_ends_where_singular_values_are_zero_but_for_rounding(probe):
    """Zero are those below 1e-12 of the largest of the same seed, in every seed alike."""
    values = np.array([[4.0, 2.0, 1e-15], [40.0, 20.0, 1e-14]])
    spectra = replace(probe, jacobian=values, layer_jacobian=values[:, :2])
    line, _ = marks_of(jacobians({"he": spectra}, (Series("he", 0),)), Line)
    assert line.y[:2].tolist() == [22.0, 11.0]
    assert np.isnan(line.y[2])


def test_histograms_follow_a_fall_over_eleven_decades(probe):
    """The mode of each ridge is at the layer's size, which is within the axis."""
    figure = histograms({"he": probe}, (Series("he", 0),))
    [panel] = figure.panels
    first, *_, last = panel.marks
    modes = [bars.edges[np.argmax(bars.heights)] for bars in (first, last)]
    assert np.log10(modes[0] / modes[1]) == pytest.approx(11)
    low, high = panel.x.limits
    assert low < modes[1] < modes[0] < high


def test_a_phase_diagram_marks_its_point_and_the_critical_line():
    """With a factor of a half of the weight variance, the line is at two for every bias."""
    weights, biases = np.linspace(0.1, 4, 6), np.linspace(0, 1, 4)
    figure = phase_diagram(
        weights,
        biases,
        np.tile(np.exp(weights - 2), (4, 1)),
        point=(1.5, 0.05),
        point_label="σw² = 1.5",
        title="t",
    )
    critical, point = marks_of(figure, Rule)
    assert critical.label == "critical: χ₁ = 1"
    assert critical.points[:, 0] == pytest.approx([2.0] * 4)
    assert critical.points[:, 1].tolist() == biases.tolist()
    assert (point.label, point.is_marked) == ("σw² = 1.5", True)
    assert figure.colours.low * figure.colours.high == pytest.approx(1)


@pytest.mark.parametrize(
    ("features", "classes", "kind", "panels"),
    [
        (2, 3, Points, 1),
        (4, 3, Line, 4),
        (30, 3, Points, 1),
        (64, 3, Map, 1),
        (2, 0, Points, 2),
        (5, 0, Points, 5),
        (30, 0, Points, 2),
    ],
)
def test_a_data_set_is_drawn_as_images_a_plane_or_a_panel_for_each_feature(
    features, classes, kind, panels
):
    """A plane, histograms, principal components, images, and targets over features."""
    rng = np.random.default_rng(0)
    X = rng.uniform(0, 1, (50, features))
    y = np.arange(50) % classes if classes else rng.normal(size=(50, 2))
    names = [f"c{place}" for place in range(classes)]
    figure = dataset_figure(X, y, names, title="t")
    assert len(figure.panels) == panels
    assert all(isinstance(mark, kind) for panel in figure.panels for mark in panel.marks)


def test_records_are_built_without_matplotlib():
    """Drawing alone needs it."""
    code = (
        "import sys, initbench.figures.catalogue, initbench.figures.files,"
        " initbench.figures.serializing, initbench.figures.dataset, initbench.report;"
        " print([name for name in sys.modules if name.startswith(('matplotlib', 'PIL'))])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
