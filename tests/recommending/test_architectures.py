"""Networks whose right start is known from theory, and what is recommended for them.

The right answers stand here as theory has them, not as they came out. Which schemes tie depends on
the last digits of a processor's products, so nothing here does: what must win leads by far, and
where any scheme will do, all end within five points of the best. `test_verdict` holds the rule by
which schemes tie to fixed numbers.
"""

from dataclasses import dataclass

import pytest

from initbench.recommending import recommend

SQRT_2 = "orthogonal ×1.414"
RECTIFIED = {"he", "critical", "autoinit", SQRT_2, "lsuv", "looks_linear", "sinusoidal"}
ONE_OVER_N = {
    "lecun_normal",
    "glorot_uniform",
    "lsuv",
    "orthogonal ×1",
    "scaled_orthogonal",
    "deep_narrow",
}
"""Of variance 1 / n in layers of one width, which is critical where the slope at zero is 1."""

ALIKE = 0.05
"""Accuracy by which schemes may differ where theory says that any will do; 0.03 was seen."""


@dataclass(frozen=True)
class Known:
    """An architecture, and what theory says of it.

    Attributes
    ----------
    settings : dict
        As `recommend` takes them.
    right : set of str
        Of which the pick has to be one; empty where any will do.
    wrong : set of str
        Which must not be among the best.
    any_will_do : bool
        Whether no scheme ends more than `ALIKE` below the best.
    budget : str
        A few seconds of one core.
    """

    settings: dict
    right: frozenset = frozenset()
    wrong: frozenset = frozenset()
    any_will_do: bool = False
    budget: str = "18000 steps"


KNOWN = {
    # He et al. (2015): without the factor of two the signal halves from layer to layer.
    "deep relu": Known(
        {"activation": "relu", "depth": 20},
        right=RECTIFIED,
        wrong={"glorot_uniform", "lecun_normal", "torch:linear"},
    ),
    # PyTorch's default takes a sixth: gradients of 1e-8 are below what Adam's epsilon lets through.
    "deep relu, adam": Known(
        {"activation": "relu", "depth": 20, "optimizer": "adam"},
        right=RECTIFIED,
        wrong={"torch:linear"},
    ),
    # Lee et al. (2023): orthonormal and almost the identity, it passes positive signals unchanged.
    "deep leaky relu": Known(
        {"activation": {"name": "leaky_relu", "slope": 0.01}, "depth": 20},
        right={"he", SQRT_2, "lsuv", "deep_narrow", "identity"},
        wrong={"glorot_uniform", "lecun_normal", "torch:linear"},
    ),
    # Schoenholz et al. (2017): variance 1 / n is critical; Lee et al. (2025).
    "deep tanh": Known(
        {"activation": "tanh", "depth": 20},
        right=ONE_OVER_N | {"critical", "tanh_fixed_point"},
        wrong={"torch:linear"},
    ),
    # Klambauer et al. (2017): variance 1 / n keeps mean 0 and variance 1, and He's blows up.
    "deep selu": Known(
        {"activation": "selu", "depth": 20},
        right=ONE_OVER_N | {"salimans_kingma"},
        wrong={"he"},
    ),
    # Sitzmann et al. (2020): other draws saturate the sines. Siren was expected; an orthogonal draw
    # at the critical gain, of which theory says that it keeps gradients too, was better still.
    "sines": Known(
        {
            "activation": {"name": "sin", "omega": 30.0},
            "depth": 3,
            "dataset": "image",
            "optimizer": "adam",
        },
        right={"siren", "orthogonal ×0.03333"},
        wrong={"he", "glorot_uniform", "lecun_normal", "torch:linear"},
        budget="30000 steps",
    ),
    # At zero a sine is the identity: variance 1 / n is critical, as for tanh.
    "deep sin": Known(
        {"activation": "sin", "depth": 20},
        right=ONE_OVER_N | {"critical", "siren", "siren_pytorch"},
        wrong={"torch:linear"},
    ),
    # Zhang et al. (2019): every block of He's doubles the variance, 2^10 in all.
    "residual": Known(
        {"activation": "relu", "depth": 21, "overrides": ["network.residual=true"]},
        right={"fixup", "zero_hadamard", "torch:linear"} | ONE_OVER_N,
        wrong={"he", SQRT_2},
    ),
    # Kumar (2017): the slope of 1/4 takes the signal from all that do not allow for it. Salimans
    # and Kingma (2016) restore it from data.
    "deep sigmoid": Known(
        {"activation": "sigmoid", "depth": 5},
        right={"kumar", "orthogonal ×10.15", "lsuv", "salimans_kingma"},
        wrong={"torch:linear", "lecun_normal", "glorot_uniform"},
        budget="30000 steps",
    ),
    # Saxe et al. (2014): only a product of factors of size one neither vanishes nor explodes.
    "deep linear": Known(
        {"activation": "linear", "depth": 20},
        right=ONE_OVER_N,
        wrong={"he", "torch:linear"},
    ),
    # The textbook's three: zeros cannot train, a small draw loses the signal, He's keeps it.
    "zeros, random, he": Known(
        {"activation": "relu", "depth": 12, "inits": ["zeros", "random", "he"]},
        right={"he"},
        wrong={"random", "zeros"},
    ),
    # One hidden layer has nothing to lose on the way.
    "shallow": Known({"activation": "relu", "depth": 1}, any_will_do=True, budget="30000 steps"),
    # Normalization undoes the scale of a draw; after a few epochs it still shows a little.
    "normalized": Known(
        {"activation": "relu", "depth": 4, "overrides": ["network.normalization=layer"]},
        any_will_do=True,
        budget="60000 steps",
    ),
}


@pytest.mark.slow
@pytest.mark.parametrize("known", KNOWN.values(), ids=KNOWN)
def test_the_right_start_is_recommended(known, tmp_path):
    """The pick is one that theory calls right, and no scheme that it calls wrong ties with it."""
    found = recommend(width=32, budget=known.budget, results=tmp_path, jobs=1, **known.settings)
    assert not known.wrong & set(found.tied)
    if known.any_will_do:
        scores = [entrant.score["mean"] for entrant in found.ranking]
        assert len(scores) >= 7
        assert min(scores) > max(scores) - ALIKE
        assert min(scores) > 0.8
    else:
        assert found.pick in known.right
