"""What records of single networks come to, scheme by scheme."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.results import load_results
from initbench.results.probes import BY_LAYER, describe_probe, probe_of, scheme_probe


def record_of(sizes, *, gradient=None, expected=None, loss=2.0, guess=2.0):
    """Return the record of a network with these sizes of the signal, the logits' the last."""
    sizes = np.asarray(sizes, float)
    layers = {name: np.ones_like(sizes) for name in BY_LAYER}
    gradient = np.ones_like(sizes) if gradient is None else np.asarray(gradient, float)
    none = np.full_like(sizes, np.nan)
    known = none if expected is None else np.asarray(expected, float)
    return {
        **layers,
        "preactivation_rms": sizes,
        "delta_rms": gradient,
        "loss": np.array(loss),
        "guess": np.array(guess),
        "magnitudes": np.zeros((len(sizes), 60), np.uint8),
        "expected_preactivation_rms": known,
        "expected_delta_rms": known,
        "expected_cosine": known,
        "preactivation_spread": known * 0 + 0.5,
        "delta_spread": known * 0,
    }


def test_the_signal_factor_is_per_layer_and_the_gradient_ratio_from_end_to_end():
    """The logits are no part of either."""
    found = scheme_probe([record_of([8.0, 4.0, 2.0, 99.0], gradient=[1.0, 3.0, 4.0, 99.0])])
    assert found.signal_factor == pytest.approx([0.5])
    assert found.gradient_ratio == pytest.approx([0.25])


@pytest.mark.parametrize("sizes", [[1.0], [1.0, 2.0]])
def test_a_network_of_one_hidden_layer_has_no_factor(sizes):
    """Neither has one without, and neither says that it had."""
    found = describe_probe(scheme_probe([record_of(sizes)]))
    assert found["signal_factor"]["mean"] is None
    assert found["gradient_ratio"]["mean"] == 1.0


def test_a_zero_signal_has_no_factor_and_no_warning():
    """Zero over zero is unknown, and null where it is stored."""
    found = describe_probe(scheme_probe([record_of([0.0, 0.0, 0.0], gradient=[0.0, 0.0, 0.0])]))
    assert found["signal_factor"]["values"] == found["gradient_ratio"]["values"] == [None]


def test_mean_squares_agree_with_the_forecast():
    """Where each has data of its own, theory expects of all the mean of what it expects of each."""
    found = scheme_probe(
        [record_of([1.0, 1.0], expected=each) for each in ([3.0, 1.0], [4.0, 1.0])]
    )
    np.testing.assert_allclose(found.expected.preactivation_rms, [np.sqrt(12.5), 1.0])
    np.testing.assert_allclose(
        found.expected.delta_band, found.expected.delta_rms[np.newaxis].repeat(2, 0)
    )


def test_a_band_holds_95_percent_of_log_normal_squares():
    """Of draws with that mean and that spread, within five standard errors."""
    found = scheme_probe([record_of([1.0, 1.0], expected=[2.0, 2.0])]).expected
    draws = np.random.default_rng(0).normal(np.log(4.0) - 0.5**2 / 2, 0.5, 20_000)
    sizes = np.exp(draws / 2)
    assert np.square(sizes).mean() == pytest.approx(4.0, rel=0.03)
    low, high = found.preactivation_band[:, 0]
    share = ((low <= sizes) & (sizes <= high)).mean()
    assert abs(share - 0.95) < 5 * np.sqrt(0.95 * 0.05 / 20_000)


def test_where_theory_is_silent_nothing_is_expected():
    """NaN in every layer is no forecast."""
    assert scheme_probe([record_of([1.0, 1.0])]).expected is None


def test_magnitudes_are_those_of_the_first_network_where_all_were_counted():
    """Histograms of different networks are not mixed."""
    first, second = record_of([1.0]), record_of([1.0])
    first["magnitudes"][0, 7] = 255
    found = scheme_probe([first, second]).magnitudes
    np.testing.assert_array_equal(found, first["magnitudes"])
    del second["magnitudes"]
    assert scheme_probe([first, second]).magnitudes is None


def test_records_that_are_missing_are_left_out(make_outline):
    """Those that are there count; where none is, nothing is known."""
    [cell] = make_outline().cells
    cell = replace(cell, probes={"he": ("a", "b", "c")})
    records = {"a": record_of([1.0]), "c": record_of([1.0], loss=3.0)}
    assert probe_of(cell, "he", records).loss.tolist() == [2.0, 3.0]
    assert probe_of(cell, "he", {}) is None
    assert probe_of(cell, "zeros", records) is None


def test_results_tell_of_probes_and_count_them_as_no_runs(tmp_path, make_outline, make_runs, fill):
    """A label or a cell that there is none of is refused, as everywhere."""
    outline = make_outline(("he",), (0, 1))
    [cell] = outline.cells
    outline = replace(outline, cells=(replace(cell, probes={"he": ("a", "b")}),))
    store = fill(tmp_path, outline, {"he": make_runs([0.9, 0.8])})
    each = [record_of([4.0, 2.0, 1.0]) for _ in range(2)]
    store.write_unit(
        ["a", "b"], {name: np.stack([one[name] for one in each]) for name in each[0]}, {}
    )
    results = load_results(tmp_path)
    assert results.probe("he").signal_factor.tolist() == [0.5, 0.5]
    assert (set(results.runs), set(results.probes)) == ({"he-0", "he-1"}, {"a", "b"})
    entry = results.metrics["cells"][0]["inits"]["he"]
    assert (entry["runs"], entry["probe"]["guess"]) == (2, 2.0)
    with pytest.raises(UsageError, match="unknown scheme 'hee'"):
        results.probe("hee")
    with pytest.raises(UsageError, match="there is no cell 1"):
        results.probe("he", 1)
