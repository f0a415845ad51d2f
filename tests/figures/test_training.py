"""Learning curves of loss and score, and the small figure of one scheme on the page."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.figures.catalogue import cell_drawings
from initbench.figures.records import Line, Message, Rule
from initbench.figures.training import (
    has_sharpness,
    loss_curves,
    score_curves,
    sharpness_curves,
)
from initbench.figures.untrained import constant_loss, why
from initbench.results.probes import SchemeProbe

NAN = float("nan")


def test_score_curves_are_medians_with_quartiles_of_both_parts(make_results):
    """Five runs end at 0.5 to 0.9: the median is 0.7, the quartiles are 0.6 and 0.8."""
    figure = score_curves(make_results({"he": [0.5, 0.7, 0.9, 0.6, 0.8]}), 0)
    assert [panel.title for panel in figure.panels] == ["Training part", "Test part"]
    for panel in figure.panels:
        rule, line = panel.marks
        assert (rule.label, rule.at) == ("majority class", 0.5)
        assert (line.low[-1], line.y[-1], line.high[-1]) == pytest.approx((0.6, 0.7, 0.8))
        assert line.y[0] == pytest.approx(0.5)


def test_score_curves_mark_where_a_run_diverges(make_results):
    """A run that is not finite from epoch 2 is last seen at epoch 1."""
    figure = score_curves(make_results({"he": [0.9, NAN, 0.8]}), 0)
    line = figure.panels[1].marks[1]
    assert line.x[line.crosses].tolist() == [1.0]
    assert figure.note.endswith("Cross: a run diverges.")


def test_learning_curves_have_a_panel_for_each_part_of_the_data(make_results, make_setup):
    """Data with a validation part have three panels of loss and of score, named in the caption."""
    setup = make_setup(parts=("train", "test", "validation"))
    results = make_results({"he": [0.9, 0.8]}, setup=setup, extra_part=True, planar=False)
    for build in (loss_curves, score_curves):
        figure = build(results, 0)
        titles = [panel.title for panel in figure.panels]
        assert titles == ["Training part", "Validation part", "Test part"]
        assert figure.columns == 3
        assert "on the training part, on the validation part and on the test part" in figure.caption


@pytest.mark.parametrize(
    ("limits", "rules"), [((40.0, 40.0), [40.0]), ((40.0, 20.0), []), ((NAN, NAN), [])]
)
def test_sharpness_curves_show_the_limit_that_all_runs_have(make_results, limits, rules):
    """Medians over seeds; a line where rates agree, and the caption says how far each comes."""
    results = make_results({"he": [0.9, 0.8, 0.7]})
    assert not has_sharpness(results, 0)
    keys = [run.key for run in results.outline.cells[0].runs["he"]]
    runs = {
        key: {
            **results.runs[key],
            "sharpness": factor * np.linspace(10.0, 20.0, 5),
            "stable_sharpness": np.array(limits[place > 0]),
        }
        for place, (key, factor) in enumerate(zip(keys, (1.0, 2.0, 3.0), strict=True))
    }
    sharp = replace(results, runs=runs)
    assert has_sharpness(sharp, 0)
    figure = sharpness_curves(sharp, 0)
    [panel] = figure.panels
    *found, line = panel.marks
    np.testing.assert_allclose(line.y, np.linspace(20.0, 40.0, 5))
    assert [rule.at for rule in found] == rules
    assert ("the median goes he from 0.50 to 1.00" in figure.caption) == bool(rules)
    assert "sharpness_curves" in {each.kind for each in cell_drawings(sharp, 0)}


def test_the_constant_loss_is_that_of_equally_probable_classes(make_results, make_setup):
    """That is ln 2 and ln 10; of a regression nothing is known without a measurement."""
    results = make_results({"he": [0.9]})
    assert constant_loss(results, 0, None) == pytest.approx(0.693147, abs=1e-6)
    ten = make_results({"he": [0.9]}, setup=make_setup(classes=10), planar=False)
    assert constant_loss(ten, 0, None) == pytest.approx(2.302585, abs=1e-6)


def test_a_scheme_without_runs_has_a_message(make_results):
    """Instead of an empty panel."""
    results = make_results({"he": [0.9], "none": []})
    assert why(results, "none", 0).panels[0].marks == (Message("no runs yet"),)
    rule, line = why(results, "he", 0).panels[0].marks
    assert isinstance(rule, Rule)
    assert isinstance(line, Line)


def probe_of(signal, gradient):
    """Return the measurements of networks whose signal and gradient are given, ``(S, L)``."""
    layers = {"preactivation_rms": np.array(signal), "delta_rms": np.array(gradient)}
    return SchemeProbe(layers, np.array([0.7]), 0.69, None, None, None, None)


def test_signal_and_gradient_are_medians_over_seeds(make_results, monkeypatch):
    """Of three networks the middle one, layer by layer; zero has no place on a log axis."""
    results = make_results({"he": [0.9]})
    probe = probe_of([[1, 4, 0], [2, 5, 0], [3, 9, 0]], [[1, 1, 8], [1, 1, 8], [1, 1, 8]])
    monkeypatch.setattr(type(results), "probe", lambda *_: probe)
    signal, gradient = why(results, "he", 0).panels[0].marks
    assert signal.y[:2].tolist() == [2.0, 5.0]
    assert np.isnan(signal.y[2])
    assert (gradient.y.tolist(), gradient.label) == ([1.0, 1.0, 8.0], "gradient")


def test_networks_without_any_signal_have_a_message(make_results, monkeypatch):
    """Where all is zero there is no line to draw."""
    results = make_results({"zeros": [0.5]})
    monkeypatch.setattr(type(results), "probe", lambda *_: probe_of([[0.0, 0.0]], [[0.0, 0.0]]))
    assert why(results, "zeros", 0).panels[0].marks == (Message("zero in every layer"),)
