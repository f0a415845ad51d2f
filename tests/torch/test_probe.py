"""Probe: the numbers of the NumPy probe on perceptrons, and arithmetic elsewhere."""

import itertools
import math
import re
from collections import OrderedDict

import numpy as np
import pytest
import torch
from torch import nn

import initbench
from initbench.config.loading import read_experiment
from initbench.errors import UsageError
from initbench.experiment.units import probe_unit, unit_of
from initbench.probing.measuring import subject_of
from initbench.results.probes import verdict
from initbench.torch import preflight, probe

pytestmark = pytest.mark.frameworks

MODULES = {
    "relu": lambda: nn.ReLU(inplace=True),
    "leaky_relu": nn.LeakyReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "selu": nn.SELU,
    "elu": nn.ELU,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "mish": nn.Mish,
    "hard_tanh": nn.Hardtanh,
}


def data_of(**settings):
    """Return the inputs and labels that the NumPy probe passes through its networks."""
    experiment = read_experiment({"inits": ["he"], "dataset": "gaussian", **settings}, ())
    part = subject_of(probe_unit(unit_of(experiment))).task.parts["train"]
    return torch.from_numpy(part.inputs[:, :-1].copy()), torch.from_numpy(np.asarray(part.y)).long()


def perceptron(features, width, depth, outputs, activation):
    """Return a perceptron, whose layers are told apart by a maker of activations."""
    sizes = [features, *[width] * depth]
    layers = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), activation()]
    return nn.Sequential(*layers, nn.Linear(width, outputs)).double()


@pytest.mark.parametrize("activation", MODULES)
@pytest.mark.parametrize("scheme", ["he", "lecun_normal", "torch:linear"])
def test_the_numbers_of_a_perceptron_are_those_of_the_numpy_probe(activation, scheme):
    """Statistics, forecasts of theory, loss and verdict agree to 1e-6 of the largest value."""
    inputs, labels = data_of()
    expected = initbench.probe([scheme], depth=5, width=24, activation=activation, seeds=2)
    one = expected.schemes[scheme]
    outputs = expected.architecture.sizes[-1]
    model = perceptron(inputs.shape[1], 24, 5, outputs, MODULES[activation])
    found = probe(model, (inputs, labels), init=scheme, seeds=2, halves=())
    assert found.layers[0].activation == activation
    for name, values in one.layers.items():
        np.testing.assert_allclose(
            found.measured.layers[name],
            values,
            rtol=1e-6,
            atol=1e-6 * np.abs(values).max(),
            err_msg=name,
        )
    np.testing.assert_allclose(found.measured.loss, one.loss, rtol=1e-6)
    assert found.guess == pytest.approx(expected.guess)
    theory = one.expected
    for name in ("preactivation_rms", "preactivation_band", "delta_rms", "delta_band", "cosine"):
        np.testing.assert_allclose(
            getattr(found.measured.expected, name), getattr(theory, name), rtol=1e-6, atol=1e-9
        )
    assert found.verdict == verdict(one)


def test_theory_is_given_for_chains_only():
    """It is silent behind a normalization, beside a skip connection, and of convolutions."""

    class Skip(nn.Module):
        def __init__(self):
            super().__init__()
            self.one, self.two = nn.Linear(6, 6), nn.Linear(6, 6)

        def forward(self, x):
            return self.two(x + torch.relu(self.one(x)))

    batch = torch.randn(8, 6), torch.arange(8) % 3
    chain = nn.Sequential(nn.Linear(6, 9), nn.Tanh(), nn.Dropout(0.5), nn.Linear(9, 3))
    normed = nn.Sequential(nn.Linear(6, 9), nn.LayerNorm(9), nn.ReLU(), nn.Linear(9, 3))
    mixed = nn.Sequential(nn.Linear(6, 9), nn.ReLU(), nn.Linear(9, 9), nn.Tanh(), nn.Linear(9, 3))
    assert probe(chain, batch, halves=()).measured.expected is not None
    for model in (normed, Skip(), mixed):
        assert probe(model, batch, halves=()).measured.expected is None


def test_the_model_stays_as_it_is():
    """Parameters, gradients, running statistics, mode and random numbers."""
    model = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4), nn.ReLU(), nn.Flatten())
    model.append(nn.Linear(4 * 36, 3)).eval()
    model[0].weight.grad = torch.ones_like(model[0].weight)
    before = {name: value.clone() for name, value in model.state_dict().items()}
    torch.manual_seed(7)
    expected = torch.rand(3)
    torch.manual_seed(7)
    probe(model, (torch.randn(6, 1, 8, 8, generator=torch.Generator().manual_seed(0)),), seeds=2)
    assert torch.rand(3).equal(expected)
    assert all(value.equal(before[name]) for name, value in model.state_dict().items())
    assert (model[0].weight.grad == 1.0).all()
    assert not model.training
    assert not model[0]._forward_hooks


def test_dead_units_gradients_and_steps_are_those_of_arithmetic():
    """A layer with two dead units of four, and a squared error whose gradients are written out."""
    model = nn.Sequential(nn.Linear(2, 4, bias=False), nn.ReLU(), nn.Linear(4, 1, bias=False))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[1.0, 1.0], [1.0, 0.0], [-1.0, -1.0], [0.0, -1.0]]))
        model[2].weight.copy_(torch.tensor([[1.0, 2.0, 3.0, 4.0]]))
    inputs = torch.tensor([[1.0, 2.0], [3.0, 4.0]])  # all positive
    found = probe(model, (inputs, torch.zeros(2, 1)), "mse", learning_rate=0.01, halves=())
    layers = {name: values[0] for name, values in found.measured.layers.items()}
    assert layers["dead_fraction"].tolist() == [0.5, 0.0]
    outputs = np.array([3.0 + 2.0, 7.0 + 6.0])
    np.testing.assert_allclose(layers["preactivation_rms"][1], np.sqrt((outputs**2).mean()))
    assert found.initial_loss == pytest.approx((outputs**2).mean())
    slopes = 2.0 * outputs  # of one sample's loss by its output
    np.testing.assert_allclose(layers["delta_rms"][1], np.sqrt((slopes**2).mean()))
    hidden = np.array([[3.0, 1.0, 0.0, 0.0], [7.0, 3.0, 0.0, 0.0]])
    gradient = (slopes[:, np.newaxis] * hidden).mean(axis=0)
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    ratio = np.sqrt((gradient**2).mean() / (weights**2).mean())
    np.testing.assert_allclose(found.gradient_to_weight[0, 1], ratio)
    np.testing.assert_allclose(found.update_ratio[0, 1], 0.01 * ratio)
    steps = probe(model, (inputs, torch.zeros(2, 1)), "mse", optimizer="adam", halves=())
    np.testing.assert_allclose(steps.update_ratio[0, 1], 1e-3 / np.sqrt((weights**2).mean()))


def test_saturated_units_of_an_unknown_function_are_seen():
    """ReLU6 is not in the catalogue; beyond 6 it has no slope."""
    model = nn.Sequential(nn.Linear(1, 2, bias=False), nn.ReLU6(), nn.Linear(2, 1))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[100.0], [0.1]]))
    found = probe(model, torch.tensor([[1.0], [2.0]]), halves=())
    assert found.measured.layers["dead_fraction"][0, 0] == 0.5


def test_a_parameter_without_gradient_is_named():
    """One that the loss does not depend on, and one behind dead units."""

    class Partly(nn.Module):
        def __init__(self):
            super().__init__()
            self.used, self.dead, self.idle = (nn.Linear(3, 3) for _ in range(3))

        def forward(self, x):
            return self.used(x) + torch.relu(self.dead(x) - 1e6)

    found = probe(Partly(), (torch.randn(4, 3), torch.tensor([0, 1, 2, 0])), halves=())
    assert found.unused == ("idle.weight", "idle.bias")
    assert found.without_gradient == ("dead.weight", "dead.bias", "idle.weight", "idle.bias")
    assert "dead.weight" in str(found)


def test_overflow_and_underflow_in_half_precision_are_found():
    """float16 ends at 65,504 and loses gradients below 3e-8; bfloat16 does not."""
    large = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2))
    with torch.no_grad():
        large[1].weight.fill_(30_000.0)
        large[0].weight.fill_(1.0)
    found = probe(large, (torch.ones(4, 4), torch.tensor([0, 1, 0, 1])))
    halves = {half.dtype: half for half in found.halves}
    assert halves["float16"].overflow == "1"
    assert halves["bfloat16"].overflow == ""
    assert "In float16 the output of 1 is not finite." in str(found)
    tiny = nn.Sequential(nn.Linear(4, 4), nn.Linear(4, 4), nn.Linear(4, 2))
    with torch.no_grad():
        for layer in tiny[1:]:
            layer.weight.mul_(1e-5)
    found = probe(tiny, (torch.ones(4, 4), torch.tensor([0, 1, 0, 1])))
    halves = {half.dtype: half for half in found.halves}
    assert halves["float16"].underflow[0] == 1.0
    assert halves["bfloat16"].underflow[0] == 0.0


@pytest.mark.parametrize(
    ("target", "loss", "guess"),
    [
        (torch.tensor([0, 0, 0, 1]), None, -(0.75 * math.log(0.75) + 0.25 * math.log(0.25))),
        (torch.tensor([0, 1, 2, 0]), "cross_entropy", 1.5 * math.log(2.0)),
        (torch.tensor([0, 1, 2, 0]), nn.CrossEntropyLoss(), 1.5 * math.log(2.0)),
        (torch.tensor([[1.0], [3.0], [1.0], [3.0]]), None, 1.0),
    ],
)
def test_the_loss_of_a_guess_is_that_of_the_class_shares(target, loss, guess):
    """The entropy for classes and the variance for numbers."""
    model = nn.Linear(5, 1 if target.is_floating_point() else 3)
    assert probe(model, (torch.randn(4, 5), target), loss, halves=()).guess == pytest.approx(guess)


def test_a_function_makes_a_model_for_each_seed():
    """With PyTorch's generator seeded, so that a seed has the same numbers in any company."""

    def make():
        return nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 3))

    batch = torch.randn(6, 4), torch.tensor([0, 1, 2, 0, 1, 2])
    both, one = (
        probe(make, batch, seeds=[0, 4], halves=()),
        probe(make, batch, seeds=[4], halves=()),
    )
    rms = both.measured.layers["preactivation_rms"]
    assert rms[0, 0] != rms[1, 0]
    np.testing.assert_array_equal(rms[1], one.measured.layers["preactivation_rms"][0])
    torch.manual_seed(4)
    model = make().double()
    expected = model[0](batch[0].double()).detach().square().mean().sqrt()
    np.testing.assert_allclose(rms[1, 0], float(expected))


@pytest.mark.parametrize(
    ("model", "batch", "said"),
    [
        (nn.Linear(3, 2), torch.randn(4, 5), "the model fails with this batch"),
        (nn.Linear(3, 2), "text", "a batch must be a tensor"),
        (nn.Linear(3, 2), torch.randn(1, 3), "at least two samples"),
        (nn.Linear(3, 2).requires_grad_(requires_grad=False), torch.randn(4, 3), "no parameter"),
        (nn.Identity(), torch.randn(4, 3), "no parameter"),
        (lambda: 3, torch.randn(4, 3), "must return a torch.nn.Module"),
        (3, torch.randn(4, 3), "model must be a torch.nn.Module or a function .* not int"),
        (None, torch.randn(4, 3), "model must be a torch.nn.Module or a function .* not NoneType"),
        ("net", torch.randn(4, 3), "model must be a torch.nn.Module or a function .* not str"),
        (nn.Linear, torch.randn(4, 3), "the function that makes the model fails: Linear"),
    ],
)
def test_models_that_cannot_be_measured_are_refused(model, batch, said):
    """With a `UsageError`, by every function that measures a model."""
    with pytest.raises(UsageError, match=said):
        probe(model, batch)
    with pytest.raises(UsageError, match=said):
        preflight(model, batch)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"seeds": "12"}, "seeds must be a number of seeds or a list of them, not '12'"),
        ({"seeds": 1.5}, "seeds must be a number of seeds or a list of them, not 1.5"),
        ({"seeds": [3, 3]}, r"seeds must be different, not \[3, 3\]"),
        ({"seeds": []}, "seeds must name at least one seed"),
        ({"halves": "float16"}, "halves must be a list of float16 and bfloat16, not 'float16'"),
        ({"halves": ["float8"]}, "halves must be a list of float16 and bfloat16"),
        ({"learning_rate": "0.1"}, "learning_rate must be a number, not '0.1'"),
        ({"init": ["he"]}, r"unknown initializer \['he'\]"),
    ],
)
def test_invalid_arguments_of_a_probe_are_refused(options, said):
    """With a `UsageError` that says what was expected."""
    with pytest.raises(UsageError, match=said):
        probe(nn.Linear(3, 2), torch.randn(4, 3), **{"init": "he", **options})


def test_names_of_up_to_eighteen_characters_are_shown_in_full():
    """A longer name of a layer is cut."""
    layers = {"n" * 18: nn.Linear(4, 3), "m" * 19: nn.Linear(3, 2)}
    batch = (torch.randn(8, 4), torch.arange(8) % 2)
    text = str(probe(nn.Sequential(OrderedDict(layers)), batch, halves=()))
    assert f"  1  {'n' * 18}   " in text
    assert f"  2  …{'m' * 17}   " in text


def test_a_report_has_a_table_a_document_figures_and_a_page():
    """All of them name the layers; the page asks for nothing from outside."""
    from initbench.torch.report import probe_document, probe_page, probe_pictures

    model = nn.Sequential(nn.Conv1d(2, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(24, 3))
    found = probe(model, (torch.randn(8, 2, 8), torch.arange(8) % 3))
    document = probe_document(found)
    assert [layer["name"] for layer in document["layers"]] == ["0", "3"]
    assert document["verdict"] == found.verdict
    pictures = dict(probe_pictures(found))
    assert pictures["signals.png"].startswith(b"\x89PNG")
    page = probe_page(found).decode()
    assert found.verdict.rstrip(".") in page.replace("&#x27;", "'")
    assert "default-src 'none'" in page
    assert not re.search(r"(src|href)=[\"']http|<script", page)
