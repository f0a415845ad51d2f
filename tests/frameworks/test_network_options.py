"""Networks with weight normalization, dropout and branch factors train as PyTorch's do."""

import numpy as np
import pytest

from initbench.initializers import bind, layers_of
from initbench.nn import Architecture, Residual, StackedMLP, bind_activation, loss_for
from initbench.nn.architecture import Dropout
from initbench.nn.layers import kept_factor
from initbench.nn.mlp import with_ones

pytestmark = pytest.mark.frameworks

SIZES = (5, 8, 8, 8, 3)
STEPS, RATE = 20, 0.05


@pytest.fixture(scope="module")
def torch():
    """Return PyTorch."""
    return pytest.importorskip("torch")


def linears(torch, weights):
    """Return PyTorch's layers with these weights, in double precision."""
    found = []
    for matrix, bias in weights:
        layer = torch.nn.Linear(*matrix.shape).double()
        with torch.no_grad():
            layer.weight.copy_(torch.from_numpy(matrix.T))
            layer.bias.copy_(torch.from_numpy(bias))
        found.append(layer)
    return found


def trained(network, samples, targets, masks):
    """Take steps of descent on the squared error; return the losses."""
    loss, losses = loss_for(None), []
    inputs, wanted = with_ones(samples, np.float64)[np.newaxis], targets.T[np.newaxis, np.newaxis]
    for mask in masks:
        logits = network.forward(inputs, training=True, masks=mask)
        losses.append(float(np.square(logits - wanted).mean()))
        loss.gradient(logits, wanted, deltas := network.deltas_for(logits))
        network.backward(deltas)
        network.parameters -= RATE * network.gradients
    return losses


@pytest.mark.parametrize(
    ("settings", "activation"),
    [
        ({"normalization": "weight"}, "tanh"),
        ({"residual": Residual(1, multiplier="1/L")}, "relu"),
        ({"residual": Residual(2, multiplier="1/sqrt(L)"), "normalization": "weight"}, "tanh"),
        ({"dropout": Dropout(0.4)}, "relu"),
        ({"dropout": Dropout(0.2, "alpha")}, "selu"),
    ],
    ids=str,
)
def test_twenty_steps_are_those_of_pytorch(settings, activation, torch):
    """The same losses, step by step, from the same weights, data and masks."""
    rng = np.random.default_rng(0)
    samples, targets = rng.standard_normal((12, 5)), rng.standard_normal((12, 3))
    architecture = Architecture(SIZES, bind_activation(activation), **settings)
    weights = bind("he", bias="fan_in").draw(layers_of(SIZES, activation), 0)
    network = StackedMLP(architecture, runs=1, dtype=np.float64)
    network.set_weights(0, weights)
    dropout = architecture.dropout
    kept = [
        [rng.random((8, 12)) >= (dropout.rate if dropout else 0.0) for _ in SIZES[1:-1]]
        for _ in range(STEPS)
    ]
    factor = kept_factor(dropout) if dropout else 1.0
    masks = [
        [factor * mask[np.newaxis, np.newaxis] for mask in each] if dropout else () for each in kept
    ]
    ours = trained(network, samples, targets, masks)

    layers = linears(torch, weights)
    if architecture.normalization == "weight":
        layers = [torch.nn.utils.parametrizations.weight_norm(layer) for layer in layers]
    function = {"tanh": torch.tanh, "relu": torch.relu, "selu": torch.selu}[activation]
    parameters = [each for layer in layers for each in layer.parameters()]
    optimizer = torch.optim.SGD(parameters, RATE)
    residual = architecture.residual

    def drop(signal, mask):
        d = torch.from_numpy(mask.T.astype(np.float64))
        if dropout.kind == "standard":
            return signal * d / (1 - dropout.rate)
        alpha, q = -1.7580993408473766, 1 - dropout.rate  # as torch.nn.AlphaDropout documents it
        a = (q + alpha**2 * q * (1 - q)) ** -0.5
        return a * (signal * d + alpha * (1 - d)) - a * (1 - q) * alpha

    theirs = []
    for each in kept:
        signal = layers[0](torch.from_numpy(samples))
        start = signal
        for index, layer in enumerate(layers[1:]):
            if residual is not None and index % residual.layers == 0:
                start = signal
            given = function(signal)
            signal = layer(drop(given, each[index]) if dropout else given)
            is_end = residual is not None and (index + 1) % residual.layers == 0
            if is_end and index < len(layers) - 2:
                signal = start + architecture.multiplier * signal
        loss = torch.mean((signal - torch.from_numpy(targets)) ** 2)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        theirs.append(loss.item())
    np.testing.assert_allclose(ours, theirs, rtol=1e-9)
    assert ours[-1] < ours[0] or dropout


def test_alpha_dropout_has_the_moments_of_pytorch(torch):
    """The factor of what is kept, and the value of what is dropped, are PyTorch's."""
    dropout = Dropout(0.3, "alpha")
    torch.manual_seed(0)
    found = torch.nn.AlphaDropout(0.3)(torch.ones(4000, dtype=torch.float64)).numpy()
    network = StackedMLP(
        Architecture((1, 1, 1), bind_activation("linear"), dropout=dropout),
        runs=1,
        dtype=np.float64,
    )
    for layer in network.layers:
        layer[0, 0] = 1.0
    inputs = np.ones((1, 2, 2))
    mask = kept_factor(dropout) * np.array([0.0, 1.0]).reshape(1, 1, 1, 2)
    made = network.forward(inputs, training=True, masks=[mask])[0, 0, 0]
    np.testing.assert_allclose(np.sort(made), np.unique(found.round(12)), rtol=1e-9)
