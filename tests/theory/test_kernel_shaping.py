"""Constants of DKS and TAT: those of the authors' code, and the kernels that they are made for."""

import math

import numpy as np
import pytest
from scipy import integrate, stats

from initbench.errors import UsageError
from initbench.nn import bind_activation
from initbench.nn.activations import transformation

# Printed by ``_get_activations_params`` of google-deepmind/dks (commit c9cf37b) for a plain network
# of so many hidden layers, whose ``subnet_max_func`` applies its function that many times, with the
# default targets: input scale and shift, output shift and scale.
OFFICIAL = [
    ("dks", "tanh", 10, (0.2966500988, 0.6528036088, -0.5424961621, 4.9646001672)),
    ("dks", "softplus", 10, (0.8102795425, 0.4190004083, -0.9981736048, 2.0465172220)),
    ("dks", "tanh", 50, (0.1284404787, 0.5707795475, -0.5098072417, 10.6044476247)),
    ("dks", "softplus", 50, (0.3266251734, 0.4093739677, -0.9312843020, 5.0948428869)),
    ("tat", "tanh", 10, (0.1846384037, -0.5573665827, 0.5105445077, 7.2349564765)),
    ("tat", "softplus", 10, (0.4962030120, 0.5600071642, -1.0009797482, 3.1538852404)),
    ("tat", "tanh", 50, (0.0816552350, 0.5258489445, -0.4831889547, 15.9416336757)),
    ("tat", "softplus", 50, (0.2121012164, 0.5400250750, -0.9970455849, 7.4557362722)),
]
OFFICIAL_LEAKY = [
    ("dks", 10, 0.5898066802, -0.1636434591, 1.2430690338),
    ("dks", 50, 0.7963707059, -0.0812363353, 1.1107657246),
    ("tat", 50, 0.4305229485, 0.0, 1.2989477863),
]


def normal_mean(function):
    """Return the mean of a function of a standard normal number."""
    weighted = lambda z: function(np.array([z]))[0] * stats.norm.pdf(z)  # noqa: E731
    return integrate.quad(weighted, -12, 12, points=[0], epsabs=1e-11, limit=200)[0]


@pytest.mark.parametrize(("name", "base", "layers", "expected"), OFFICIAL)
def test_constants_are_those_of_the_authors_code(name, base, layers, expected):
    """Its search ends within 1e-8 of the targets, so its constants have some seven digits."""
    _, found = transformation(bind_activation(name, base=base, depth=layers))
    assert (
        found.input_scale,
        found.input_shift,
        found.output_shift,
        found.output_scale,
    ) == pytest.approx(expected, rel=2e-6)


@pytest.mark.parametrize(("name", "layers", "negative", "shift", "scale"), OFFICIAL_LEAKY)
def test_leaky_relus_are_those_of_the_authors_code(name, layers, negative, shift, scale):
    """The negative slope is solved for; inputs are neither scaled nor shifted."""
    base, found = transformation(bind_activation(name, base="leaky_relu", depth=layers))
    assert base.options["slope"] == pytest.approx(negative, rel=1e-7)
    assert (found.input_scale, found.input_shift) == (1.0, 0.0)
    assert (found.output_shift, found.output_scale) == pytest.approx((shift, scale), rel=1e-7)


@pytest.mark.parametrize("base", ["tanh", "softplus", "leaky_relu"])
def test_dks_multiplies_small_distances_by_the_slope_in_all(base):
    """Lengths of one stay, uncorrelated inputs too, and ten layers have a slope of 1.5."""
    activation = bind_activation("dks", base=base)
    values, slopes = activation.values, activation.slopes
    assert normal_mean(lambda z: values(z) ** 2) == pytest.approx(1.0, abs=1e-7)
    assert normal_mean(lambda z: z * values(z) * slopes(z)) == pytest.approx(1.0, abs=1e-7)
    assert normal_mean(values) == pytest.approx(0.0, abs=1e-7)
    assert normal_mean(lambda z: slopes(z) ** 2) ** 10 == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize("base", ["tanh", "softplus"])
def test_tat_keeps_small_distances_and_has_the_curvature_in_all(base):
    """The second derivative by Hermite's coefficients: E[φ''²] = Σ k (k - 1) a_k²."""
    activation = bind_activation("tat", base=base, depth=20, curvature=0.5)
    slopes = activation.slopes
    assert normal_mean(lambda z: slopes(z) ** 2) == pytest.approx(1.0, abs=1e-7)
    points, weights = np.polynomial.hermite_e.hermegauss(100)
    weights = weights / math.sqrt(2 * math.pi)
    curvature = sum(
        k * (k - 1) / math.factorial(k) * (weights @ (activation.values(points) * hermite)) ** 2
        for k, hermite in (
            (k, np.polynomial.hermite_e.hermeval(points, np.eye(25)[k])) for k in range(2, 25)
        )
    )
    assert 20 * curvature == pytest.approx(0.5, abs=1e-5)


def test_tat_leaves_uncorrelated_inputs_as_similar_as_asked():
    """Fifty leaky ReLU layers map a correlation of 0 to 0.8, by sampling pairs layer by layer."""
    activation = bind_activation("tat", base="leaky_relu", depth=50, similarity=0.8)
    z = np.random.default_rng(0).standard_normal((2, 200_000))
    correlation = 0.0
    for _ in range(50):
        second = correlation * z[0] + math.sqrt(1.0 - correlation**2) * z[1]
        correlation = float(np.mean(activation.values(z[0]) * activation.values(second)))
    assert correlation == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize(
    ("name", "options", "message"),
    [
        ("tat", {"base": "leaky_relu", "depth": 3}, "the largest is 0.604826: use more layers"),
        ("dks", {"base": "leaky_relu", "depth": 1}, "the largest is 1.46694: use more layers"),
    ],
)
def test_a_target_out_of_reach_is_refused_at_once(name, options, message):
    """Even ReLU is too linear for so few layers; 1 / (1 - 1/π) = 1.46694."""
    with pytest.raises(UsageError, match=message):
        bind_activation(name, **options)
