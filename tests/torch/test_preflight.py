"""Pre-flight: each fault has its finding and its cause, and sound models have none."""

import pytest
import torch
from torch import nn

from initbench.torch import initialize_, preflight
from tests.torch.architectures import ARCHITECTURES

pytestmark = pytest.mark.frameworks

INPUTS = torch.randn(64, 8, generator=torch.Generator().manual_seed(0))
BATCH = INPUTS, torch.arange(64) % 4


def perceptron(depth=3, width=32, activation=nn.ReLU):
    """Return a maker of perceptrons with He's weights."""

    def make():
        layers = [nn.Linear(8, width), activation()]
        for _ in range(depth - 1):
            layers += [nn.Linear(width, width), activation()]
        model = nn.Sequential(*layers, nn.Linear(width, 4))
        initialize_(model, "he", seed=torch.initial_seed() % 1000)
        return model

    return make


def names(found):
    """Return the names of the checks with a finding."""
    return [check.name for check in found.findings]


@pytest.mark.parametrize("name", ["convolutional", "mixer", "resnet", "gpt2", "bert", "vit"])
def test_sound_architectures_pass(name):
    """As their packages initialize them."""
    assert preflight(*ARCHITECTURES[name]).passed


def changed(change):
    """Return a perceptron after a change of its layers."""

    def make():
        model = perceptron()()
        with torch.no_grad():
            change([layer for layer in model if isinstance(layer, nn.Linear)], model)
        return model

    return make


def zero(layers, _model):
    """Set all weights to zero."""
    for layer in layers:
        layer.weight.zero_()


def constant(layers, _model):
    """Give all units the same weights."""
    for layer in layers:
        layer.weight.fill_(0.1)


def copied(layers, _model):
    """Copy one layer to another."""
    layers[1].weight.copy_(layers[2].weight)


def huge(layers, _model):
    """Scale the output layer by a thousand."""
    layers[-1].weight.mul_(1e3)


def dying(layers, _model):
    """Give a hidden layer biases that no input outweighs."""
    layers[1].bias.fill_(-1e3)


def uninitialized(layers, _model):
    """Leave numbers as memory holds them."""
    layers[1].weight[0, 0] = 1e-42
    layers[1].weight[0, 1] = 3e12


def unused(_layers, model):
    """Add a layer that the forward pass does not use."""
    model[0].register_parameter("idle", nn.Parameter(torch.ones(3)))


@pytest.mark.parametrize(
    ("change", "check", "cause"),
    [
        (zero, "gradients", "zero weights"),
        (constant, "symmetry", "equal units stay equal"),
        (copied, "tensors", "copied"),
        (huge, "loss", "too large"),
        (dying, "dead units", "negative biases"),
        (uninitialized, "tensors", "never initialized"),
        (unused, "gradients", "not used in the forward pass"),
    ],
    ids=lambda each: getattr(each, "__name__", None),
)
def test_a_fault_is_found_with_its_cause(change, check, cause):
    """Where the sound network passes."""
    assert preflight(perceptron(), BATCH).passed
    found = preflight(changed(change), BATCH)
    assert check in names(found)
    causes = {each.name: each.cause for each in found.findings}
    assert cause in causes[check]


def test_a_signal_that_vanishes_or_explodes_with_depth_is_found():
    """Thirty tanh layers of a tenth of LeCun's deviation, and of three times of it for ReLU."""

    def scaled(factor, activation):
        def make():
            model = perceptron(30, 32, activation)()
            with torch.no_grad():
                for layer in model:
                    if isinstance(layer, nn.Linear):
                        layer.weight.mul_(factor)
            return model

        return make

    assert not preflight(scaled(0.1, nn.Tanh), BATCH).passed
    assert not preflight(scaled(3.0, nn.ReLU), BATCH).passed


def test_widths_are_compared_if_the_function_takes_one():
    """Weights of N(0, 1) grow as the root of the width; LeCun's do not."""

    def make(scheme):
        def model(width=16):
            made = nn.Sequential(nn.Linear(8, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
            made.append(nn.Linear(width, 4))
            initialize_(made, scheme, seed=torch.initial_seed() % 1000)
            return made

        return model

    assert "widths" not in names(preflight(make("lecun_normal"), BATCH))
    found = preflight(make({"name": "random", "std": 1.0}), BATCH, widths=[16, 32, 64])
    [width] = [check for check in found.findings if check.name == "widths"]
    assert 0.3 < width.value < 0.7
    assert "fan-in" in width.cause


def test_a_zero_output_layer_is_no_fault():
    """Its units get different gradients, and training begins at the loss of a guess."""

    def make():
        model = perceptron()()
        nn.init.zeros_(model[-1].weight)
        return model

    assert preflight(make, BATCH).passed


def test_zero_weights_are_no_cause_where_there_are_none():
    """Behind a function whose slope is zero everywhere, gradients are zero with any weights."""

    class Rounded(nn.Linear):
        def forward(self, inputs):
            return super().forward(inputs).round()

    model = nn.Sequential(nn.Linear(8, 32), nn.ReLU(), Rounded(32, 32), nn.Linear(32, 4))
    [check] = [each for each in preflight(model, BATCH).findings if each.name == "gradients"]
    assert "round()" in check.cause
    assert "zero weights" not in check.cause


def test_a_small_model_is_measured_on_one_thread():
    """Threads that wait for each other take longer than the passes; afterwards all are back."""
    seen = set()

    class Counted(nn.Linear):
        def forward(self, inputs):
            seen.add(torch.get_num_threads())
            return super().forward(inputs)

    torch.set_num_threads(2)
    preflight(lambda: nn.Sequential(Counted(8, 16), nn.ReLU(), nn.Linear(16, 4)), BATCH)
    assert seen == {1}
    assert torch.get_num_threads() == 2


def test_the_cause_of_a_signal_that_changes_with_the_width_is_checked():
    """PyTorch's default weights scale with the fan-in; its biases shrink with it, and outweigh.

    With a factor in the forward pass, neither the weights nor the biases are to blame.
    """

    class Scaled(nn.Linear):
        def forward(self, inputs):
            return super().forward(inputs) * self.out_features**-0.5

    def default(width=16):
        layers = [nn.Linear(8, width), nn.ReLU()]
        for _ in range(7):
            layers += [nn.Linear(width, width), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(width, 4))

    def scaled(width=64):
        model = nn.Sequential(Scaled(8, width), nn.Tanh(), nn.Linear(width, 4))
        initialize_(model, "lecun_normal", seed=torch.initial_seed() % 1000)
        return model

    for make, cause, exponent in ((default, "biases", -0.5), (scaled, "forward pass", -0.5)):
        [check] = [each for each in preflight(make, BATCH).findings if each.name == "widths"]
        assert cause in check.cause
        assert "fan-in" not in check.cause
        assert check.value == pytest.approx(-exponent, abs=0.2)
