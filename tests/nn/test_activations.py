"""Activations: the stated derivative is the function's, everywhere, and nothing else is touched."""

import tracemalloc
from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate, special, stats

from initbench.errors import UsageError
from initbench.nn.activations import ACTIVATIONS, bind_activation

OPTIONS = [
    *((name, {}) for name in ACTIVATIONS),
    ("leaky_relu", {"slope": 0.0}),
    ("leaky_relu", {"slope": 0.3}),
    ("leaky_relu", {"slope": 1.0}),
    ("elu", {"alpha": 0.25}),
    ("elu", {"alpha": 3.0}),
    ("sin", {"omega": 30.0}),
    ("dks", {"base": "softplus"}),
    ("dks", {"base": "leaky_relu"}),
    ("tat", {"base": "softplus"}),
    ("tat", {"base": "leaky_relu", "depth": 50}),
]
KINKS = {
    **dict.fromkeys(["relu", "leaky_relu", "elu", "selu", "abs", "softsign"], (0,)),
    "hard_tanh": (-1, 1),
}
"""Where a derivative may jump, or bend as elu's with an alpha of 1 and softsign's do."""

FORMULAS = {
    "linear": lambda z: z,
    "relu": lambda z: np.where(z > 0, z, 0),
    "leaky_relu": lambda z: np.where(z > 0, z, 0.01 * z),
    "hard_tanh": lambda z: np.where(z > 1, 1, np.where(z < -1, -1, z)),
    "abs": np.abs,
    "elu": lambda z: np.where(z > 0, z, np.exp(np.minimum(z, 0)) - 1),
    "selu": lambda z: (
        1.0507009873554805 * np.where(z > 0, z, 1.6732632423543772 * (np.exp(np.minimum(z, 0)) - 1))
    ),
    "softplus": lambda z: np.log1p(np.exp(z)),
    "tanh": np.tanh,
    "scaled_tanh": lambda z: 1.7159 * np.tanh(2 * z / 3),
    "sigmoid": lambda z: 1 / (1 + np.exp(-z)),
    "softsign": lambda z: z / (1 + np.abs(z)),
    "gelu": lambda z: z / 2 * (1 + special.erf(z / np.sqrt(2))),
    "silu": lambda z: z / (1 + np.exp(-z)),
    "mish": lambda z: z * np.tanh(np.log1p(np.exp(z))),
    "sin": np.sin,
    # Constants of ten layers, printed by the authors' code: tests/theory/test_kernel_shaping.py
    "dks": lambda z: (
        4.9646001672111675
        * (np.tanh(0.2966500987504146 * z + 0.6528036088092675) - 0.5424961621452087)
    ),
    "tat": lambda z: (
        7.234956476483339
        * (np.tanh(0.18463840373815482 * z - 0.557366582720441) + 0.5105445077051065)
    ),
}


def apply(activation, z):
    """Return the activations of z."""
    out = np.empty_like(z)
    activation.function(z, out, np.full_like(z, np.nan))
    return out


def slope(activation, z):
    """Return the derivative at z, by way of what the activation keeps."""
    kept = apply(activation, z) if activation.keeps == "output" else z
    out = np.full_like(z, np.nan)
    activation.derivative(kept, out, np.full_like(z, np.nan))
    return out


def a_stack(dtype, scale=3.0):
    """Return preactivations (R, units, B) of odd sizes, zeros among them."""
    z = scale * np.random.default_rng(0).standard_normal((7, 5, 13))
    z[:, 2, ::4] = 0.0
    return z.astype(dtype)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_function_is_the_formula(name):
    """The textbook's expression gives the same, to the precision of the array."""
    z = np.linspace(-30, 30, 4001)
    expected = FORMULAS[name](z)
    is_printed = name in {"dks", "tat"}
    limits = {"rtol": 1e-7, "atol": 1e-7} if is_printed else {"rtol": 1e-13, "atol": 1e-14}
    np.testing.assert_allclose(apply(bind_activation(name), z), expected, **limits)
    single = apply(bind_activation(name), z.astype(np.float32))
    atol = 4e-7 * (10.0 if is_printed else 1.0)  # a difference is multiplied by 5 or 7
    np.testing.assert_allclose(single, FORMULAS[name](z.astype(np.float32)), rtol=1e-6, atol=atol)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_the_derivative_is_that_of_the_function(name, options):
    """Central differences agree with the derivative away from kinks, and close to them."""
    activation, step = bind_activation(name, **options), 1e-6
    kinks = np.array((0,) if options.get("base") == "leaky_relu" else KINKS.get(name, ()), float)
    z = np.concatenate([np.linspace(-12, 12, 481), *(kinks + d for d in (-1e-5, 1e-5))])
    z = z[np.abs(z[:, np.newaxis] - kinks).min(axis=1, initial=np.inf) > 2 * step]
    measured = (apply(activation, z + step) - apply(activation, z - step)) / (2 * step)
    curvature = options.get("omega", 1.0) ** 3
    np.testing.assert_allclose(slope(activation, z), measured, atol=2e-9 + 1e-12 * curvature)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_the_second_derivative_is_that_of_the_slope(name, options):
    """Central differences of the derivative agree with it away from kinks, extrapolated to 1e-9."""
    activation, step = bind_activation(name, **options), 1e-3 / options.get("omega", 1.0)
    kinks = np.array(KINKS.get(name, ()), float)
    z = np.linspace(-12, 12, 482)
    z = z[np.abs(z[:, np.newaxis] - kinks).min(axis=1, initial=np.inf) > 3 * step]

    def difference(step):
        return (slope(activation, z + step) - slope(activation, z - step)) / (2 * step)

    measured = (4 * difference(step) - difference(2 * step)) / 3
    found = activation.second_derivative(z)
    scale = options.get("omega", 1.0) ** 2
    np.testing.assert_allclose(
        np.zeros_like(z) if found is None else found, measured, atol=2e-10 * scale
    )


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_second_derivative_keeps_the_type_and_vanishes_far_from_zero(name, dtype):
    """Far from zero it is finite and no larger than that of softsign, which decays last."""
    z = np.array([-1e4, -90, 0.0, 90, 1e4], dtype)
    found = bind_activation(name).second_derivative(z)
    if found is not None:
        assert found.dtype == dtype
        assert np.abs(found[[0, 1, 3, 4]]).max() <= (1.0 if name == "sin" else 2 / 90**3)


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_single_precision_has_the_slope_of_double(name, options):
    """The derivative in float32 is that in float64 to a few units in the seventh digit."""
    activation = bind_activation(name, **options)
    z = a_stack(np.float32)
    expected = slope(activation, z.astype(np.float64))
    largest = activation.steepest * (1 + options.get("omega", 1.0))
    np.testing.assert_allclose(slope(activation, z), expected, rtol=1e-6, atol=1e-6 * largest)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_extremes_are_finite_and_quiet(name, options, dtype):
    """At ±1e4 neither value nor derivative overflows or warns, and the slope has levelled off."""
    activation = bind_activation(name, **options)
    z = np.array([-1e4, -800, -90, -20, 0.0, 20, 90, 800, 1e4], dtype)
    values, slopes = apply(activation, z), slope(activation, z)
    assert np.isfinite(values).all()
    assert np.isfinite(slopes).all()
    assert np.abs(slopes).max() <= activation.steepest * (1 + 1e-6)
    if name in {"relu", "elu", "softplus", "gelu", "silu", "mish"}:
        assert values[-1] == 1e4
        assert slopes[-1] == 1.0
        assert slopes[0] == 0.0


@pytest.mark.parametrize(
    ("name", "at", "expected"),
    [
        ("relu", 0.0, 0.0),
        ("leaky_relu", 0.0, 0.01),
        ("elu", 0.0, 1.0),
        ("selu", 0.0, 1.0507009873554805 * 1.6732632423543772),
        ("hard_tanh", 1.0, 0.0),
        ("hard_tanh", -1.0, 0.0),
        ("abs", 0.0, 0.0),
    ],
)
def test_the_derivative_at_a_kink_is_as_stated(name, at, expected):
    """A rectifier takes the left slope, so a dead start stays dead; hard_tanh and abs take 0."""
    assert slope(bind_activation(name), np.array([at])) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_output_may_overwrite_the_input_where_the_output_is_kept(name, dtype):
    """In place gives what out of place gives, to the last bit, or leaves the input as it was."""
    activation, z = bind_activation(name), a_stack(dtype)
    given, expected = z.copy(), apply(activation, z)
    np.testing.assert_array_equal(z, given)
    if activation.keeps == "output":
        activation.function(z, z, np.empty_like(z))
        np.testing.assert_array_equal(z, expected)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_derivative_does_not_change_its_input(name):
    """The way back may read the activations again after the derivative."""
    activation, kept = bind_activation(name), a_stack(np.float32)
    given = kept.copy()
    activation.derivative(kept, np.empty_like(kept), np.empty_like(kept))
    np.testing.assert_array_equal(kept, given)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_a_run_of_a_stack_is_the_run_alone(name, options, dtype):
    """Values and derivatives of a slice are bit-identical in the stack and by themselves."""
    activation, z = bind_activation(name, **options), a_stack(dtype)
    values, slopes = apply(activation, z), slope(activation, z)
    for run, alone in enumerate(z):
        np.testing.assert_array_equal(apply(activation, alone.copy()), values[run])
        np.testing.assert_array_equal(slope(activation, alone.copy()), slopes[run])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_nothing_is_allocated(name):
    """Neither function takes memory of the order of its arrays."""
    activation = bind_activation(name)
    z, out, scratch = (np.ones((64, 64, 64), np.float32) for _ in range(3))
    tracemalloc.start()
    try:
        activation.function(z, out, scratch)
        activation.derivative(z, out, scratch)
        assert tracemalloc.get_traced_memory()[1] < z.nbytes / 8
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(("name", "options"), OPTIONS)
def test_the_gain_is_that_of_adaptive_integration(name, options):
    """SciPy's quad over each side of the normal law finds the same second moment."""
    activation = bind_activation(name, **options)

    def integrand(z):
        return apply(activation, np.array([z]))[0] ** 2 * stats.norm.pdf(z)

    edges = [-12, -1, 0, 1, 12]
    moments = [
        integrate.quad(integrand, a, b, epsabs=1e-12, limit=400)[0] for a, b in pairwise(edges)
    ]
    assert activation.gain == pytest.approx(sum(moments) ** -0.5, rel=1e-9)


def test_gains_are_the_published_ones():
    """√2 and √(2 / (1 + a²)) by He et al. (2015), and selu's fixed point, 1."""
    assert bind_activation("relu").gain == pytest.approx(np.sqrt(2), rel=1e-12)
    leaky = bind_activation("leaky_relu", slope=0.3)
    assert leaky.gain == pytest.approx(np.sqrt(2 / 1.09), rel=1e-12)
    assert bind_activation("selu").gain == pytest.approx(1, rel=1e-12)
    sine = bind_activation("sin", omega=30.0)
    assert sine.gain == pytest.approx(np.sqrt(2 / (1 - np.exp(-2 * 30.0**2))), rel=1e-9)


@pytest.mark.parametrize(
    ("name", "steepest"),
    [("sigmoid", 0.25), ("tanh", 1), ("gelu", 1.128904), ("silu", 1.099839), ("mish", 1.088498)],
)
def test_the_steepest_slope_is_the_maximum(name, steepest):
    """A maximizer finds the same largest slope, to what a grid of thousandths can miss."""
    assert bind_activation(name).steepest == pytest.approx(steepest, abs=1e-6)


@pytest.mark.parametrize(
    ("alias", "name"), [("logistic", "sigmoid"), ("swish", "silu"), ("hardtanh", "hard_tanh")]
)
def test_other_names_find_the_same_activation(alias, name):
    """What people type finds what they mean."""
    assert ACTIVATIONS[alias] is ACTIVATIONS[name]


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_function_and_derivative_take_the_same_options(name):
    """The derivative takes all options of the function, and no other."""
    options = bind_activation(name).options
    arrays = np.linspace(-0.5, 0.5, 5), np.empty(5), np.empty(5)
    ACTIVATIONS[name].derivative(*arrays, **options)
    with pytest.raises(TypeError):
        ACTIVATIONS[name].derivative(*arrays, **options, unknown=1.0)


def test_invalid_options_raise_with_a_message():
    """A slope above 1 and an unknown option name the activation and what is wrong."""
    with pytest.raises(UsageError, match=r"'leaky_relu': slope: must be at least 0 and at most 1"):
        bind_activation("leaky_relu", slope=2)
    with pytest.raises(UsageError, match=r"'relu': alpha: unknown option. It takes none"):
        bind_activation("relu", alpha=1)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_kinks_are_where_the_slope_or_the_curvature_jumps(name):
    """Both are measured on either side of every quarter from -8 to 8."""
    activation, step = bind_activation(name), 1e-4
    z = np.arange(-32, 33) / 4
    far_left, left, right, far_right = (
        slope(activation, z + distance * step) for distance in (-2, -1, 1, 2)
    )
    curvatures = (far_right - right) / step, (left - far_left) / step
    jumps = (np.abs(right - left) > 0.01) | (np.abs(np.subtract(*curvatures)) > 0.01)
    assert z[jumps].tolist() == list(activation.kinks)
