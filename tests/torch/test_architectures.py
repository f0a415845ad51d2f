"""Architectures of many kinds are probed and initialized as they are, in seconds."""

import time

import numpy as np
import pytest
import torch

from initbench.torch import initialize_, probe
from tests.torch.architectures import ARCHITECTURES

pytestmark = pytest.mark.frameworks

SECONDS = 10.0
"""Of processor time; each takes less than one on a machine of 2024."""


def test_there_are_twenty():
    """At least."""
    assert len(ARCHITECTURES) >= 20


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_is_probed_as_it_is(name):
    """Every number of every layer is finite, and the sentence says something."""
    make, batch = ARCHITECTURES[name]
    start = time.process_time()
    found = probe(make, batch, seeds=2)
    assert time.process_time() - start < SECONDS
    assert len(found.layers) >= 3
    assert found.dtype == "float64"
    for statistic, values in found.measured.layers.items():
        if statistic not in {"effective_rank", "cosine", "gradient_rms"}:
            assert np.isfinite(values).all(), statistic
    assert found.verdict
    assert np.isfinite(found.initial_loss)
    assert all(not half.problem for half in found.halves)


@pytest.mark.parametrize("name", ARCHITECTURES)
def test_an_architecture_is_initialized_as_it_is(name):
    """Every weight of a layer is drawn, tied ones once, and all is finite."""
    make, batch = ARCHITECTURES[name]
    model = make()
    start = time.process_time()
    report = initialize_(model, "lecun_normal", seed=0, batch=batch)
    assert time.process_time() - start < SECONDS
    names = {name for name, _ in model.named_parameters(remove_duplicate=False)}
    assert {each.name for each in report.parameters} <= names
    assert len(report.parameters) == len(list(model.parameters()))
    kinds = {each.kind for each in report.parameters if each.is_left_alone}
    assert kinds <= {"other"}
    assert all(torch.isfinite(parameter).all() for parameter in model.parameters())


RESIDUAL = {
    "bert": 4,
    "gpt2": 4,
    "llama": 4,
    "vit": 4,
    "t5": 10,
    "resnet": 4,
    "mixer": 2,
    "convnext": 2,
    "convolutional": 0,
    "u-net": 0,
    "lstm": 0,
}
"""Residual branches that each architecture has by its definition: two a block of a transformer."""


@pytest.mark.parametrize("name", RESIDUAL)
def test_residual_branches_are_found(name):
    """Of T5's four blocks, the two of the decoder have a third branch."""
    make, batch = ARCHITECTURES[name]
    report = initialize_(make(), "he", seed=0, batch=batch)
    assert len(report.branches) == RESIDUAL[name]
