"""Means over normal preactivations agree with closed forms and with adaptive integration."""

import math
from itertools import pairwise

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from initbench.nn import ACTIVATIONS, bind_activation
from initbench.theory import normal_mean
from initbench.theory.quadrature import pair_mean

LENGTHS = [1e-6, 0.3, 1.0, 7.0, 400.0]
APERIODIC = [name for name, entry in ACTIVATIONS.items() if not entry.periodic]
STDS = [0.01, 1.0, 50.0, 1000.0]
CORRELATIONS = [-1.0, -0.999, -0.4, 0.0, 0.3, 0.9, 0.999, 1 - 1e-5, 1 - 1e-9, 1.0]


def mean_by_adaptive_rule(function, length, kinks):
    """Return E[f(sqrt(q) z)] by SciPy's adaptive rule, split at the kinks."""
    std = math.sqrt(length)
    splits = sorted({-10.0, 10.0, 0.0, *(k / std for k in kinks if abs(k / std) < 10)})

    def integrand(z):
        return function(np.array([std * z]))[0] * math.exp(-z * z / 2) / math.sqrt(2 * math.pi)

    return sum(
        quad(integrand, *pair, epsabs=1e-13, epsrel=1e-12, limit=500)[0]
        for pair in pairwise(splits)
    )


def fine_edges(centres, nearest):
    """Return where panels meet that double in width away from each of some places, ``(n, …)``."""
    offsets = nearest * 2.0 ** np.arange(math.ceil(math.log2(max(10 / nearest, 1))))
    around = np.add.outer(centres, [0.0, *offsets, *-offsets]).reshape(len(centres), -1)
    even = np.tile(np.linspace(-10, 10, 21), (len(centres), 1))
    return np.sort(np.clip(np.hstack([around, even]), -10, 10), axis=-1)


def nodes_between(edges):
    """Return nodes and weights of the normal law on panels, ``(n, …)``."""
    nodes, weights = np.polynomial.legendre.leggauss(16)
    half = np.diff(edges)[..., np.newaxis] / 2
    points = (edges[:, :-1, np.newaxis] + half * (1 + nodes)).reshape(len(edges), -1)
    return points, (half * weights).reshape(len(edges), -1) * norm.pdf(points)


def pair_by_conditioning(activation, stds, correlation):
    """Return E[φφ] and E[φ'φ'] as a mean over u1 of the mean over u2 given u1, by many panels.

    These are not the package's axes, so that integrands bend in other places.
    """
    bends = np.array([0.0, *activation.kinks])
    rest = math.sqrt((1 - correlation) * (1 + correlation))
    centres = np.unique([*bends / stds[0], *bends / (stds[1] * correlation)])
    scale = max(activation.steepest, 1.0)
    nearest = min(1 / (scale * max(stds)), rest)
    z, outer = nodes_between(fine_edges(centres.reshape(1, -1), nearest))
    given = (bends / stds[1] - correlation * z.T) / rest
    w, inner = nodes_between(fine_edges(given, 1 / (scale * stds[1] * rest)))
    second = stds[1] * (correlation * z.T + rest * w)
    return [
        float((outer * f(stds[0] * z) * (inner * f(second)).sum(axis=-1)).sum())
        for f in (activation.values, activation.slopes)
    ]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize("length", [0.04, 1.0, 9.0])
def test_a_mean_is_that_of_adaptive_integration(name, length):
    """Squares of every activation and of its slope, to ten digits."""
    activation = bind_activation(name)
    for part in (activation.values, activation.slopes):
        expected = mean_by_adaptive_rule(lambda u, f=part: f(u) ** 2, length, activation.kinks)
        found = normal_mean(activation, lambda u, f=part: f(u) ** 2, np.array(length))
        assert found == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("correlation", CORRELATIONS)
@pytest.mark.parametrize("length", LENGTHS)
def test_a_mean_over_a_pair_is_the_closed_form(oracle, length, correlation):
    """Kernels of linear, ReLU and erf units to 1e-8, near and at total correlation as well."""
    response, closed = oracle
    lengths = (length, 1.7 * length)
    values, slopes = closed(*lengths, correlation)
    scale = math.sqrt(closed(lengths[0], lengths[0], 1)[0] * closed(lengths[1], lengths[1], 1)[0])
    found = pair_mean(response, response.values, lengths, correlation)
    assert found == pytest.approx(values, abs=1e-8 * scale)
    found = pair_mean(response, response.slopes, lengths, correlation)
    assert found == pytest.approx(slopes, abs=1e-8)


@pytest.mark.parametrize("correlation", [-0.99, 0.5, 0.999999])
@pytest.mark.parametrize("std", STDS)
@pytest.mark.parametrize("name", APERIODIC)
def test_a_mean_over_a_pair_has_twelve_digits_however_large_it_is(name, std, correlation):
    """Values and slopes of two lengths agree with many more panels on other axes."""
    activation, stds = bind_activation(name), (std, 1.3 * std)
    expected = pair_by_conditioning(activation, stds, correlation)
    lengths = (std**2, (1.3 * std) ** 2)
    for part, mean in zip((activation.values, activation.slopes), expected, strict=True):
        squares = normal_mean(activation, lambda u, f=part: f(u) ** 2, np.array(lengths))
        found = pair_mean(activation, part, lengths, correlation)
        assert found == pytest.approx(mean, rel=0, abs=1e-12 * math.sqrt(squares.prod()))


@pytest.mark.parametrize("correlation", [-0.99, 0.5, 0.999999])
@pytest.mark.parametrize("std", [0.01, 1.0, 50.0, 100.0])
def test_a_mean_over_a_pair_of_sines_has_twelve_digits_up_to_a_hundred(std, correlation):
    """The closed form is (exp(-V(u1 - u2) / 2) - exp(-V(u1 + u2) / 2)) / 2."""
    sine, other = bind_activation("sin"), 1.3 * std
    terms = [
        math.exp(-(std**2 + other**2 - 2 * sign * correlation * std * other) / 2)
        for sign in (1, -1)
    ]
    found = pair_mean(sine, sine.values, (std**2, other**2), correlation)
    assert found == pytest.approx((terms[0] - terms[1]) / 2, rel=0, abs=1e-12)


@pytest.mark.parametrize("std", STDS)
@pytest.mark.parametrize("oracle", ["linear", "relu", "erf"], indirect=True)
def test_closed_forms_are_met_to_twelve_digits_however_large_the_std(oracle, std):
    """Kernels of linear, ReLU and erf units at all correlations, of equal and unequal lengths."""
    response, closed = oracle
    for correlation in (-0.99, 0.0, 0.5, 0.999, 0.999999):
        for other in (std, 1.3 * std):
            lengths = (std**2, other**2)
            scale = math.sqrt(closed(*lengths[:1] * 2, 1)[0] * closed(*lengths[1:] * 2, 1)[0])
            found = pair_mean(response, response.values, lengths, correlation)
            expected = closed(*lengths, correlation)[0]
            assert found == pytest.approx(expected, rel=0, abs=1e-12 * scale)


@pytest.mark.parametrize("correlation", [-0.99, 0.5, 0.999999])
@pytest.mark.parametrize("name", APERIODIC)
def test_a_large_signal_takes_few_nodes(name, correlation):
    """A pair at 1000 asks for 600,000 values of each, where even panels a unit wide need 1e11."""
    activation, counts = bind_activation(name), []

    def counted(preactivations):
        counts.append(preactivations.size)
        return activation.values(preactivations)

    pair_mean(activation, counted, (1e6, 1.2e6), correlation)
    assert sum(counts) < 2 * 600_000
    counts.clear()
    normal_mean(activation, counted, np.array([1e6]))
    assert sum(counts) < 1000


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_lengths_of_all_sizes_are_integrated_together(name):
    """From nothing to 1e200, a mean is finite, and that beside others as that alone."""
    activation = bind_activation(name)
    lengths = np.array([0.0, 1e-200, 1.0, 1e6, 1e200])
    together = normal_mean(activation, activation.values, lengths)
    alone = [float(normal_mean(activation, activation.values, np.array(q))) for q in lengths]
    assert np.isfinite(together).all()
    if not activation.periodic:
        scale = np.sqrt(1 + lengths)
        np.testing.assert_allclose(together / scale, alone / scale, rtol=0, atol=1e-12)
        assert math.isfinite(pair_mean(activation, activation.slopes, (0.0, 1e200), 0.5))


def test_lengths_may_have_any_shape():
    """A mean is taken for each, whether they come together or one by one."""
    relu = bind_activation("relu")
    lengths = np.array([[0.0, 1.0, 2.0], [3.0, 40.0, 5.0]])
    means = normal_mean(relu, lambda u: relu.values(u) ** 2, lengths)
    np.testing.assert_allclose(means, lengths / 2, rtol=1e-12)


def test_a_sharp_step_is_seen():
    """A tanh that is nearly a sign still has the mean square that adaptive integration gives."""
    tanh = bind_activation("tanh")
    expected = mean_by_adaptive_rule(lambda u: np.tanh(u) ** 2, 1e4, ())
    found = normal_mean(tanh, lambda u: np.tanh(u) ** 2, np.array(1e4))
    assert found == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("omega", [1.0, 30.0])
def test_a_sine_is_integrated_over_all_of_its_waves(omega):
    """The mean square of sin(omega u) is (1 - exp(-2 omega² q)) / 2."""
    sine = bind_activation("sin", omega=omega)
    for length in (0.001, 1.0, 4.0):
        found = normal_mean(sine, lambda u: sine.values(u) ** 2, np.array(length))
        expected = (1 - math.exp(-2 * omega**2 * length)) / 2
        assert found == pytest.approx(expected, rel=1e-10)
