"""Pictures of layers show the numbers that they are given."""

import numpy as np
import pytest
from matplotlib.colors import LogNorm

from initbench.plots import LayerLine, LinePanel, layer_histograms, layer_lines, layer_map
from initbench.plots.grids import some_layers
from initbench.plots.phases import phase_diagram
from initbench.plots.size_axis import size_limits, size_ticks


def panel_of(**lines):
    """Return a panel of lines."""
    return LinePanel("Signal", "Layer", "Size", lines)


def test_a_line_is_the_median_and_dashes_are_the_theory():
    """Points lie where the numbers are, over layers counted from 1."""
    measured = np.array([[1.0, 0.5, 0.2], [3.0, 0.7, 0.4], [2.0, 0.6, 0.3]])
    expected = np.array([2.1, 0.7, 0.25])
    panel = panel_of(he=LayerLine(measured, expected))
    page = layer_lines([panel, panel], ["he"], title="x", note="y")
    line, dashed = page.axes[0].lines
    np.testing.assert_array_equal(line.get_xdata(), [1, 2, 3])
    np.testing.assert_allclose(line.get_ydata(), [2.0, 0.6, 0.3])
    np.testing.assert_allclose(dashed.get_ydata(), expected)
    assert line.get_color() == dashed.get_color()
    assert dashed.get_linestyle() == "--"
    assert page.axes[0].get_yscale() == "log"


@pytest.mark.parametrize(("schemes", "bands"), [(1, 1), (3, 3), (4, 0)])
def test_bands_are_drawn_while_they_can_be_told_apart(schemes, bands):
    """With more than three schemes they would cover one another."""
    line = LayerLine(np.ones((2, 3)), np.ones(3), np.array([[0.5] * 3, [2.0] * 3]))
    labels = [f"scheme {place}" for place in range(schemes)]
    panel = panel_of(**dict.fromkeys(labels, line))
    page = layer_lines([panel, panel], labels, title="x", note="y")
    filled = [each for each in page.axes[0].collections if each.get_alpha() is not None]
    assert len(filled) == bands


def test_what_no_line_can_show_stands_in_the_legend():
    """A scheme without a number, without a signal, or beyond all numbers."""
    lines = {
        "none": LayerLine(np.zeros((2, 3))),
        "huge": LayerLine(np.array([[1.0, np.inf, np.inf]])),
        "he": LayerLine(np.ones((2, 3))),
    }
    page = layer_lines([panel_of(**lines)] * 2, [*lines, "absent"], title="x", note="y")
    said = [text.get_text() for text in page.legends[0].get_texts()]
    assert said == ["none (zero)", "huge (not finite)", "he", "absent (not known)"]


def test_an_axis_of_sizes_shows_all_that_is_positive_and_a_decade_at_least():
    """Zero, NaN and infinity have no place on it."""
    low, high = size_limits([np.array([0.0, np.nan, np.inf, 2.0, 3e-9])])
    assert low < 3e-9
    assert high > 2.0
    low, high = size_limits([np.array([1.0, 1.01])])
    assert high / low >= 10
    assert size_limits([np.zeros(3)]) == (0.1, 10.0)


@pytest.mark.parametrize("decades", [1, 1.5, 2, 3, 7, 20, 60, 300, 550])
def test_an_axis_of_sizes_has_a_few_ticks(decades):
    """Two at least and eight at most, however many decades there are."""
    ticks = size_ticks(10 ** (-decades / 2), 10 ** (decades / 2))
    assert 2 <= len(ticks) <= 8
    assert ticks == sorted(ticks)


def test_ridges_stand_where_preactivations_are():
    """The first layer is on top, and a narrow law makes a narrow ridge."""
    places = np.linspace(-4, 4, 60)
    heights = np.exp(-np.square(places / np.array([[1.0], [0.2], [2.0]])) / 2)
    page = layer_histograms({"he": heights}, reach=4.0, title="x")
    ridges = [line.get_ydata() + place for place, line in enumerate(page.axes[0].lines)]
    widths = [(ridge > ridge.max() / 2).sum() for ridge in ridges]
    assert widths[1] < widths[0] < widths[2]
    assert [tick.get_text() for tick in page.axes[0].get_yticklabels()] == ["1", "2", "3"]


def test_a_map_has_the_first_layer_on_top_and_medians_as_colours():
    """Seeds that have diverged are left out, and grey is where none is left."""
    values = np.ones((3, 5, 4))
    values[0] = np.nan
    values[:, 3:, 2] = np.nan
    page = layer_map({"he": values}, np.arange(5.0), statistic="Weight norm", title="x")
    axes = page.axes[0]
    [image] = axes.images
    assert image.get_extent() == [-0.5, 4.5, 4.5, 0.5]
    shades = image.get_array()
    assert shades.shape == (4, 5, 4)
    assert (shades[2, 3:] == shades[2, 3]).all()
    assert (shades[2, 3] != shades[0, 0]).any()


@pytest.mark.parametrize(
    ("low", "options", "is_log"),
    [(1e-6, {}, True), (0.5, {}, False), (1e-6, {"is_share": True}, 0)],
)
def test_colours_are_logarithmic_where_sizes_differ_much(low, options, is_log, monkeypatch):
    """A share is always from 0 to 1."""
    seen = []
    monkeypatch.setattr(
        "initbench.plots.layer_maps.draw_map", lambda *arguments: seen.append(arguments[-1])
    )
    values = np.array([[[low, 1.0]]])
    layer_map({"he": values}, np.zeros(1), statistic="x", title="x", **options)
    assert isinstance(seen[0], LogNorm) == is_log
    if options:
        assert (seen[0].vmin, seen[0].vmax) == (0.0, 1.0)


@pytest.mark.parametrize("count", [1, 2, 8, 9, 10, 11, 17, 60, 61, 1000])
def test_some_layers_stand_for_all(count):
    """The first and the last are among them, none twice, and not too many."""
    shown = some_layers(count, 10)
    assert (shown[0], shown[-1]) == (0, count - 1)
    assert shown == sorted(set(shown))
    assert len(shown) <= 10


def test_a_phase_diagram_has_its_critical_line_where_chi_is_one():
    """Order to the left of it, chaos to the right, and a dot where one asked."""
    weights, biases = np.linspace(0.5, 3, 20), np.linspace(0, 1, 10)
    chi = np.tile(weights / 2, (10, 1))
    page = phase_diagram(weights, biases, chi, point=(1.5, 0.5), title="x")
    axes = page.axes[0]
    [contour] = [each for each in axes.collections if each.get_linewidths().max() > 1]
    path = contour.get_paths()[0].vertices
    np.testing.assert_allclose(path[:, 0], 2.0, atol=0.01)
    np.testing.assert_allclose(axes.lines[0].get_xydata(), [[1.5, 0.5]])
    flat = phase_diagram(weights, biases, chi * 0.1, point=None, title="x")
    assert not flat.axes[0].lines
