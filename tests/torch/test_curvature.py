"""Curvature of modules: autograd and the NumPy engine have the same products and numbers."""

import itertools
import re

import numpy as np
import pytest
import torch
from torch import nn

from initbench.curvature.measuring import measure_curvature
from initbench.curvature.products import Linearization
from initbench.errors import UsageError
from initbench.nn import Architecture, StackedMLP, bind_activation
from initbench.nn.losses import loss_for
from initbench.torch import probe
from initbench.torch.curvature import ModuleCurvature
from initbench.torch.passes import Batch
from initbench.training.evaluation import make_task

pytestmark = pytest.mark.frameworks

ACTIVATIONS = {
    "relu": nn.ReLU,
    "tanh": nn.Tanh,
    "sigmoid": nn.Sigmoid,
    "gelu": nn.GELU,
    "silu": nn.SiLU,
    "elu": nn.ELU,
    "selu": nn.SELU,
    "softplus": nn.Softplus,
    "softsign": nn.Softsign,
    "mish": nn.Mish,
    "hard_tanh": nn.Hardtanh,
    "leaky_relu": nn.LeakyReLU,
}
SIZES = (4, 6, 6, 3)
LOSSES = ("cross_entropy", "mse")


def a_task(loss, samples=40):
    """Return a task of the NumPy engine and the batch of a module for the same data."""
    rng = np.random.default_rng(0)
    X = rng.standard_normal((samples, SIZES[0]))
    if loss == "mse":
        y = rng.standard_normal((samples, SIZES[-1]))
        bound, classes, target = loss_for(None), None, torch.from_numpy(y)
    else:
        y = np.arange(samples) % SIZES[-1]
        bound, classes, target = loss_for(SIZES[-1]), SIZES[-1], torch.from_numpy(y)
    task = make_task({"train": (X, y)}, classes, bound, np.float64)
    return task, Batch(torch.from_numpy(X), target)


def a_pair(activation="tanh", normalization="none"):
    """Return a network of the NumPy engine, and the same as a module."""
    architecture = Architecture(SIZES, bind_activation(activation), normalization=normalization)
    network = StackedMLP(architecture, runs=1, dtype=np.float64)
    rng = np.random.default_rng(1)
    weights = [
        (0.6 * rng.standard_normal(fans), 0.3 * rng.standard_normal(fans[1]))
        for fans in architecture.layers
    ]
    network.set_weights(0, weights)
    modules = []
    norms = {"layer": nn.LayerNorm, "batch": nn.BatchNorm1d}
    for (matrix, bias), last in zip(weights, (False, False, True), strict=True):
        modules.append(nn.Linear(*matrix.shape, dtype=torch.float64))
        with torch.no_grad():
            modules[-1].weight.copy_(torch.from_numpy(matrix.T))
            modules[-1].bias.copy_(torch.from_numpy(bias))
        if not last:
            if normalization in norms:
                modules.append(norms[normalization](matrix.shape[1], dtype=torch.float64))
            modules.append(ACTIVATIONS[activation]())
    return network, nn.Sequential(*modules)


def to_stack(network, vectors):
    """Return vectors (n, P) in the order of a module as those of the stack."""
    runs = network.take(np.zeros(len(vectors), int))
    found = np.zeros_like(runs.parameters)
    start = 0
    for views in runs.views(found):
        for view in views:
            if view.shape[1] == 2 and view.ndim == 3 and len(views) == 1 and view.shape[2] == 6:
                stop = start + 12
                view[:] = vectors[:, start:stop].reshape(-1, 2, 6)
                start = stop
                continue
            rows, columns = view.shape[1] - 1, view.shape[2]
            stop = start + rows * columns
            view[:, :rows] = vectors[:, start:stop].reshape(-1, columns, rows).mT
            view[:, rows] = vectors[:, stop : stop + columns]
            start = stop + columns
    return found


@pytest.mark.parametrize(
    ("activation", "normalization", "loss"),
    [
        *itertools.product(ACTIVATIONS, ["none"], LOSSES),
        *itertools.product(["tanh"], ["layer", "batch"], LOSSES),
    ],
)
def test_the_products_are_those_of_autograd(activation, normalization, loss):
    """Whole matrices of the Hessian and of the Gauss–Newton matrix agree to 1e-10."""
    network, module = a_pair(activation, normalization)
    task, batch = a_task(loss)
    part = task.parts["train"]
    linear = Linearization(network, part.inputs, part.targets, task.loss)
    curved = ModuleCurvature(module.train(), batch, loss)
    np.testing.assert_allclose(
        to_stack(network, curved.gradient), linear.gradient, rtol=1e-10, atol=1e-13
    )
    units = np.eye(curved.gradient.shape[1])
    for name in ("hessian_product", "gauss_newton_product"):
        columns = np.concatenate([getattr(curved, name)(unit[np.newaxis]) for unit in units])
        ours = [getattr(linear, name)(to_stack(network, unit[np.newaxis]))[0] for unit in units]
        np.testing.assert_allclose(to_stack(network, columns), ours, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
def test_a_module_has_the_numbers_of_the_stack(loss):
    """Eigenvalues agree to the tolerance of both; kernel and gradients to single precision."""
    network, module = a_pair("relu")
    task, batch = a_task(loss)
    part = task.parts["train"]
    ours = measure_curvature(network, part.inputs, part.targets, task.loss)
    theirs = probe(module, batch, loss, curvature=True).measured.curvature.arrays
    assert set(ours) == set(theirs)
    for name in ("kernel_eigenvalues", "kernel_alignment", "gradient_confusion", "noise_scale"):
        np.testing.assert_allclose(theirs[name], ours[name], rtol=1e-8, atol=1e-10)
    for name in ("hessian_eigenvalues", "gauss_newton_eigenvalues"):
        np.testing.assert_allclose(theirs[name][:, 0], ours[name][:, 0], rtol=1e-2)


def test_a_probe_says_the_limit_only_where_it_is_asked_to():
    """The sentence is the last of the text."""
    _, module = a_pair()
    _, batch = a_task("mse")
    text = " ".join(str(probe(module, batch, curvature=True)).split())
    assert re.search(
        r"\. SGD is stable up to about [^.]*\.[^;]*; at half of that rate, [^;]*\.$", text
    )
    assert probe(module, batch).measured.curvature is None


def test_batch_normalization_leaves_samples_without_gradients():
    """Kernel and noise are NaN, and the sharpness is not."""
    _, module = a_pair(normalization="batch")
    _, batch = a_task("cross_entropy")
    found = probe(module, batch, curvature=True).measured.curvature
    assert np.isfinite(found.sharpness).all()
    assert np.isnan(found.arrays["kernel_eigenvalues"]).all()


def test_a_loss_without_parameters_is_refused():
    """A constant loss has no curvature."""
    _, module = a_pair()
    _, batch = a_task("mse")
    with pytest.raises(UsageError, match="depends on no parameter"):
        ModuleCurvature(module, batch, lambda _, target: target.sum())
