"""Closed forms of what theory integrates numerically, and an activation that has them."""

import math
from types import SimpleNamespace

import numpy as np
import pytest
from scipy.special import erf


def linear_pair(q1, q2, c):
    """Return E[u1 u2] and E[1]."""
    return c * math.sqrt(q1 * q2), 1.0


def relu_pair(q1, q2, c):
    """Return the arc-cosine kernels of degree 1 and 0, Cho & Saul (2009), halved."""
    angle = math.acos(c)
    first = math.sqrt(q1 * q2) * (math.sin(angle) + (math.pi - angle) * c) / (2 * math.pi)
    return first, (math.pi - angle) / (2 * math.pi)


def erf_pair(q1, q2, c):
    """Return the arc-sine kernel, Williams (1997), and its derivative by the covariance."""
    covariance = c * math.sqrt(q1 * q2)
    product = (1 + 2 * q1) * (1 + 2 * q2)
    first = 2 / math.pi * math.asin(2 * covariance / math.sqrt(product))
    return first, 4 / math.pi / math.sqrt(product - 4 * covariance**2)


ERF = SimpleNamespace(
    name="erf",
    kinks=(),
    steepest=2 / math.sqrt(math.pi),
    periodic=False,
    values=erf,
    slopes=lambda u: 2 / math.sqrt(math.pi) * np.exp(-np.square(u)),
)


@pytest.fixture
def erf_response():
    """Return the error function as an activation."""
    return ERF


@pytest.fixture(params=["linear", "relu", "erf"])
def oracle(request):
    """Return an activation and the closed form of E[φφ] and E[φ'φ'] over a pair."""
    from initbench.nn import bind_activation

    pair = {"linear": linear_pair, "relu": relu_pair, "erf": erf_pair}[request.param]
    response = ERF if request.param == "erf" else bind_activation(request.param)
    return response, pair
