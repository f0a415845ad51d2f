"""A corpus of small checkpoints: publicly reported mistakes of initialization, and correct twins.

Each entry makes one checkpoint from a seed, states what its author claims, and names the mistake;
twins have the same shapes and claim without the mistake. Layouts are those of the frameworks.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import stats

SIZES = (784, 256, 128, 64, 10)


@dataclass(frozen=True)
class Entry:
    """One checkpoint of the corpus.

    Attributes
    ----------
    name : str
    claims : str or mapping
    make : callable (rng) -> dict of arrays
    cause : str
        Words of the likely cause that the audit should name; empty for correct twins.
    report : str
        Where the mistake is known from.
    """

    name: str
    claims: Any
    make: Any
    cause: str = ""
    report: str = ""


def torch_mlp(draw, bias=None, sizes=SIZES):
    """Return a maker of PyTorch's state dict; `draw(rng, shape, fan_in, fan_out)`."""

    def make(rng):
        arrays = {}
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes)):
            weight = draw(rng, (fan_out, fan_in), fan_in, fan_out)
            arrays[f"{2 * index}.weight"] = weight.astype(np.float32)
            values = np.zeros(fan_out) if bias is None else bias(rng, (fan_out,), fan_in, fan_out)
            arrays[f"{2 * index}.bias"] = values.astype(np.float32)
        return arrays

    return make


def numpy_mlp(draw, sizes=SIZES):
    """Return a maker of W1, b1, … of shape (fan_in, fan_out)."""

    def make(rng):
        arrays = {}
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            weight = draw(rng, (fan_in, fan_out), fan_in, fan_out)
            arrays[f"W{index}"] = weight.astype(np.float32)
            arrays[f"b{index}"] = np.zeros(fan_out, np.float32)
        return arrays

    return make


def normal(std):
    """Return a normal draw whose standard deviation is a function of the fans."""
    return lambda rng, shape, fan_in, fan_out: rng.normal(0.0, std(fan_in, fan_out), shape)


def uniform(bound):
    """Return a uniform draw whose bound is a function of the fans."""

    def draw(rng, shape, fan_in, fan_out):
        high = bound(fan_in, fan_out)
        return rng.uniform(-high, high, shape)

    return draw


def truncated(std, cut=2.0):
    """Return a truncated normal draw, `std` being that before truncation."""

    def draw(rng, shape, fan_in, fan_out):
        return stats.truncnorm.rvs(
            -cut, cut, scale=std(fan_in, fan_out), size=shape, random_state=rng
        )

    return draw


def gpt(residual_std, depth=6, width=96):
    """Return a maker of a small GPT-2 in nanoGPT's names; `residual_std(depth)` ends branches."""

    def make(rng):
        arrays = {"transformer.wte.weight": rng.normal(0, 0.02, (500, width))}
        for index in range(depth):
            block = f"transformer.h.{index}"
            for name, shape, std in (
                ("attn.c_attn", (3 * width, width), 0.02),
                ("attn.c_proj", (width, width), residual_std(depth)),
                ("mlp.c_fc", (4 * width, width), 0.02),
                ("mlp.c_proj", (width, 4 * width), residual_std(depth)),
            ):
                arrays[f"{block}.{name}.weight"] = rng.normal(0.0, std, shape)
                arrays[f"{block}.{name}.bias"] = np.zeros(shape[0])
        return {name: array.astype(np.float32) for name, array in arrays.items()}

    return make


def convolutions(std, shape=(64, 32, 3, 3)):
    """Return a maker of PyTorch's convolutions; `std(out, in, positions)`."""

    def make(rng):
        out, channels, *kernel = shape
        scale = std(out, channels, int(np.prod(kernel)))
        return {
            f"features.{index}.weight": rng.normal(0.0, scale, shape).astype(np.float32)
            for index in range(3)
        }

    return make


def changed(make, change):
    """Return a maker whose checkpoint is changed in place after it was made."""

    def changed_make(rng):
        arrays = make(rng)
        change(arrays, rng)
        return arrays

    return changed_make


def reseeded(draw, sizes=SIZES, *, per_layer=True):
    """Return a maker of W1, … for which the generator is seeded again before each layer."""

    def make(rng):
        seed = int(rng.integers(2**31))
        arrays = {}
        for index, (fan_in, fan_out) in enumerate(pairwise(sizes), start=1):
            own = np.random.default_rng(seed if per_layer else seed + index)
            arrays[f"W{index}"] = draw(own, (fan_in, fan_out), fan_in, fan_out).astype(np.float32)
        return arrays

    return make


def orthogonal(gain):
    """Return an orthogonal draw with a gain."""

    def draw(rng, shape, _fan_in, _fan_out):
        values = rng.normal(size=(max(shape), min(shape)))
        columns, upper = np.linalg.qr(values)
        columns *= np.sign(np.diag(upper))
        return gain * (columns if shape[0] >= shape[1] else columns.T)

    return draw


def _duplicate_unit(arrays, _rng):
    arrays["2.weight"][7] = arrays["2.weight"][3]


def _duplicate_layer(arrays, _rng):
    arrays["W3"] = arrays["W2"].copy()


def _unwritten(arrays, rng):
    bits = rng.integers(0, 2**32, arrays["4.weight"].shape, dtype=np.uint32)
    arrays["4.weight"] = bits.view(np.float32)


def _garbage(arrays, _rng):
    arrays["4.weight"][:5] = 1.3e-42
    arrays["4.weight"][5:] = 0.0


def _zero(arrays, _rng):
    arrays["2.weight"][:] = 0.0


def _constant(arrays, _rng):
    arrays["2.weight"][:] = 0.5


def _nan(arrays, _rng):
    arrays["6.weight"][1, 2] = np.nan


def _symmetric(arrays, rng):
    for array in arrays.values():
        if array.ndim == 2:
            array[:] = rng.normal(0, 0.05, (1, array.shape[1]))


HE = normal(lambda fan_in, _: np.sqrt(2 / fan_in))
HE_UNIFORM = uniform(lambda fan_in, _: np.sqrt(6 / fan_in))
GLOROT = normal(lambda fan_in, fan_out: np.sqrt(2 / (fan_in + fan_out)))
GLOROT_UNIFORM = uniform(lambda fan_in, fan_out: np.sqrt(6 / (fan_in + fan_out)))
LINEAR = uniform(lambda fan_in, _: 1 / np.sqrt(fan_in))
LECUN = normal(lambda fan_in, _: 1 / np.sqrt(fan_in))
GPT_CLAIMS = {
    "*c_proj.weight": {"name": "normal", "std": 0.02, "divide_by": "sqrt(2L)"},
    "*.bias": "zeros",
    "*.weight": {"name": "normal", "std": 0.02},
}
KERAS_HE = "keras:he_normal"
TRUNC = 0.87962566103423978

BUGS = (
    Entry(
        "torch default never replaced",
        "he_normal",
        torch_mlp(LINEAR, bias=LINEAR),
        "PyTorch's default",
        "kaiming_uniform_(a=√5) in nn.Linear.reset_parameters",
    ),
    Entry(
        "model.apply without effect",
        "glorot_uniform",
        torch_mlp(LINEAR),
        "PyTorch's default",
        "init function that tests for the wrong class",
    ),
    Entry(
        "keras default never replaced",
        "he_uniform",
        numpy_mlp(GLOROT_UNIFORM),
        "Keras' default",
        "kernel_initializer passed to the wrong layer",
    ),
    Entry(
        "fan_out for fan_in",
        "he_normal",
        torch_mlp(normal(lambda _, fan_out: np.sqrt(2 / fan_out))),
        "swapped fans",
        "kernels that are (in, out) passed to torch.nn.init",
    ),
    Entry(
        "Glorot's mean for fan_in",
        "he_normal",
        torch_mlp(normal(lambda fan_in, fan_out: np.sqrt(4 / (fan_in + fan_out)))),
        "fan_avg in place of fan_in",
        "MSRAPrelu of MXNet averages the fans",
    ),
    Entry(
        "sum of fans for their mean",
        "glorot_normal",
        numpy_mlp(normal(lambda fan_in, fan_out: np.sqrt(1 / (fan_in + fan_out)))),
        "fan_in + fan_out",
        "sqrt(1 / (in + out)) taken for Glorot",
    ),
    Entry(
        "missing square root",
        "he_normal",
        numpy_mlp(normal(lambda fan_in, _: 2 / fan_in)),
        "missing square root",
        "randn(n_in, n_out) * 2 / n_in",
    ),
    Entry(
        "missing square root of a bound",
        "glorot_uniform",
        numpy_mlp(uniform(lambda fan_in, fan_out: 6 / (fan_in + fan_out))),
        "missing square root",
        "bound 6 / (in + out)",
    ),
    Entry(
        "fan squared",
        "he_normal",
        numpy_mlp(normal(lambda fan_in, _: np.sqrt(2) / fan_in)),
        "fan_in² in place of fan_in",
        "randn * sqrt(2) / n_in",
    ),
    Entry(
        "gain of linear",
        "he_normal",
        torch_mlp(LECUN),
        "wrong gain: 1 (linear",
        "kaiming_normal_ with nonlinearity='linear'",
    ),
    Entry(
        "gain of tanh",
        "lecun_normal",
        torch_mlp(normal(lambda fan_in, _: 5 / 3 / np.sqrt(fan_in))),
        "wrong gain: 5/3 (tanh)",
        "calculate_gain('tanh') is not 1",
    ),
    Entry(
        "gain squared twice",
        "he_normal",
        torch_mlp(normal(lambda fan_in, _: 2 / np.sqrt(fan_in))),
        "√2 applied twice",
        "gain multiplied by the framework and by hand",
    ),
    Entry(
        "std for bound",
        "he_uniform",
        torch_mlp(uniform(lambda fan_in, _: np.sqrt(2 / fan_in))),
        "the standard deviation was used as the bound",
        "uniform_(-std, std)",
    ),
    Entry(
        "truncation without correction",
        KERAS_HE,
        numpy_mlp(truncated(lambda fan_in, _: np.sqrt(2 / fan_in))),
        "without dividing",
        "VarianceScaling of Keras before 2.2.3",
    ),
    Entry(
        "truncation missing",
        KERAS_HE,
        numpy_mlp(HE),
        "truncation is missing",
        "trunc_normal_ with a=-2, b=2 as absolute bounds",
    ),
    Entry(
        "truncation too far out",
        {"*weight": {"name": "truncated_normal", "std": 0.02}},
        torch_mlp(truncated(lambda *_: 0.02, 3.0)),
        "truncated at 3",
        "cut at three standard deviations",
    ),
    Entry(
        "rand for randn",
        {"*W*": {"name": "random", "std": 0.01}},
        numpy_mlp(lambda rng, shape, *_: 0.01 * rng.random(shape)),
        "as rand gives",
        "np.random.rand in place of randn",
    ),
    Entry(
        "never centred",
        "he_uniform",
        numpy_mlp(lambda rng, shape, fan_in, _: rng.uniform(0, np.sqrt(6 / fan_in), shape)),
        "the mean is",
        "uniform(0, limit)",
    ),
    Entry(
        "shifted",
        "he_normal",
        numpy_mlp(lambda rng, shape, fan_in, _: rng.normal(0.1, np.sqrt(2 / fan_in), shape)),
        "the mean is 0.1",
        "mean and std of normal_ exchanged",
    ),
    Entry(
        "never scaled",
        "he_normal",
        numpy_mlp(normal(lambda *_: 1.0)),
        "standard normal, never scaled",
        "randn without a factor",
    ),
    Entry(
        "uniform for normal",
        "he_normal",
        torch_mlp(HE_UNIFORM),
        "uniform where normal is claimed",
        "kaiming_uniform_ for kaiming_normal_",
    ),
    Entry(
        "one std for all layers",
        "he_normal",
        numpy_mlp(normal(lambda *_: 0.01)),
        "whatever the fans",
        "0.01 * randn",
    ),
    Entry(
        "convolution without its kernel",
        "he_normal",
        convolutions(lambda _o, channels, _p: np.sqrt(2 / channels)),
        "leave out the size of the kernel",
        "fan_in = in_channels",
    ),
    Entry(
        "convolution by fan_out",
        "he_normal",
        convolutions(lambda out, _c, positions: np.sqrt(2 / (out * positions))),
        "swapped fans",
        "ResNet's mode='fan_out' where fan_in is claimed",
    ),
    Entry(
        "depth scaling missing",
        GPT_CLAIMS,
        gpt(lambda _: 0.02),
        "the division by sqrt(2L) is missing",
        "GPT-2 forks without the residual scaling",
    ),
    Entry(
        "depth scaling by L",
        GPT_CLAIMS,
        gpt(lambda depth: 0.02 / np.sqrt(depth)),
        "divided by sqrt(L), not by sqrt(2L)",
        "one residual branch counted per block",
    ),
    Entry(
        "biases random where zero is claimed",
        "he_normal",
        torch_mlp(HE, bias=LINEAR),
        "PyTorch's default",
        "bias left at nn.Linear's default",
    ),
    Entry(
        "biases one where zero is claimed",
        "he_normal",
        torch_mlp(HE, bias=lambda _r, shape, *_: np.ones(shape)),
        "every bias is 1",
        "forget-gate bias for every layer",
    ),
    Entry(
        "biases zero where random is claimed",
        "torch:linear",
        torch_mlp(LINEAR),
        "every bias is 0",
        "zeros_(bias) where the default is claimed",
    ),
    Entry(
        "zero weights",
        "he_normal",
        changed(torch_mlp(HE), _zero),
        "never initialized",
        "zero_() on weights",
    ),
    Entry(
        "constant weights", "he_normal", changed(torch_mlp(HE), _constant), "constant", "fill_(0.5)"
    ),
    Entry(
        "memory never initialized",
        "he_normal",
        changed(torch_mlp(HE), _unwritten),
        "never initialized",
        "torch.empty without reset_parameters",
    ),
    Entry(
        "denormal garbage",
        "he_normal",
        changed(torch_mlp(HE), _garbage),
        "never initialized",
        "Parameter(torch.Tensor(out, in))",
    ),
    Entry("NaN", "he_normal", changed(torch_mlp(HE), _nan), "never initialized", "torch.empty"),
    Entry(
        "one seed for every layer",
        "he_normal",
        reseeded(HE),
        "seeded again",
        "np.random.seed(0) inside of the layer",
    ),
    Entry(
        "one seed for every layer, uniform",
        "glorot_uniform",
        reseeded(GLOROT_UNIFORM),
        "seeded again",
        "Keras initializer with a fixed seed, shared by layers",
    ),
    Entry(
        "copied layers",
        "he_normal",
        changed(numpy_mlp(HE, (64, 64, 64, 64, 64)), _duplicate_layer),
        "copied",
        "copy.deepcopy of an initialized block",
    ),
    Entry(
        "copied unit",
        "he_normal",
        changed(torch_mlp(HE), _duplicate_unit),
        "",
        "tied rows after resizing",
    ),
    Entry(
        "symmetric units",
        {"*weight": {"name": "random", "std": 0.05}},
        changed(torch_mlp(HE), _symmetric),
        "",
        "one row broadcast to all units",
    ),
    Entry(
        "orthogonal without its gain",
        "{name: orthogonal, gain: 1.4142135623730951}",
        torch_mlp(orthogonal(1.0), sizes=(64, 48, 32, 10)),
        "",
        "orthogonal_ without gain",
    ),
    Entry(
        "normal for orthogonal",
        "orthogonal",
        torch_mlp(LECUN),
        "",
        "orthogonal configured, normal drawn",
    ),
)

TWINS = (
    Entry("he in torch", "he_normal", torch_mlp(HE)),
    Entry("he uniform in torch", "he_uniform", torch_mlp(HE_UNIFORM)),
    Entry("glorot in numpy", "glorot_normal", numpy_mlp(GLOROT)),
    Entry("glorot uniform in numpy", "glorot_uniform", numpy_mlp(GLOROT_UNIFORM)),
    Entry("lecun in torch", "lecun_normal", torch_mlp(LECUN)),
    Entry("default of torch", "torch:linear", torch_mlp(LINEAR, bias=LINEAR)),
    Entry(
        "he in keras", KERAS_HE, numpy_mlp(truncated(lambda fan_in, _: np.sqrt(2 / fan_in) / TRUNC))
    ),
    Entry(
        "truncated normal",
        {"*weight": {"name": "truncated_normal", "std": 0.02}},
        torch_mlp(truncated(lambda *_: 0.02)),
    ),
    Entry("random", {"*W*": {"name": "random", "std": 0.01}}, numpy_mlp(normal(lambda *_: 0.01))),
    Entry(
        "convolutions",
        "he_normal",
        convolutions(lambda _o, channels, positions: np.sqrt(2 / (channels * positions))),
    ),
    Entry("gpt", GPT_CLAIMS, gpt(lambda depth: 0.02 / np.sqrt(2 * depth))),
    Entry("one seed for each layer", "he_normal", reseeded(HE, per_layer=False)),
    Entry("orthogonal", "orthogonal", torch_mlp(orthogonal(1.0), sizes=(64, 48, 32, 10))),
    Entry("small layers", "he_normal", torch_mlp(HE, sizes=(3, 4, 2, 5, 1))),
    Entry(
        "small layers of torch",
        "torch:linear",
        torch_mlp(LINEAR, bias=LINEAR, sizes=(2, 3, 4, 3, 2, 1)),
    ),
)
