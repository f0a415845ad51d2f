"""Candidates: the default schemes of a network, those that apply, and those that cannot train."""

import pytest

from initbench.atlas.recommendation import shortlist
from initbench.initializers import specs_of
from initbench.nn import ACTIVATIONS
from initbench.recommending.candidates import FAMILIAR, applicable
from initbench.recommending.screening import MEASURED, objection, screen


def labels_of(question):
    """Return the labels of the schemes that apply, and why the others do not."""
    found, unfit = applicable(question.experiment, question.architecture)
    return list(found), unfit


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_candidates_that_can_train_it(make_question, activation):
    """The frameworks' defaults are among them, and no network has less than six."""
    labels = list(screen(make_question(activation)).schemes)
    assert labels[:3] == list(FAMILIAR)
    assert len(labels) >= 6


def test_networks_like_those_of_the_atlas_have_its_shortlist(make_question):
    """After defaults and what papers propose, in its order, and nothing twice under two names."""
    question = make_question("sigmoid", depth=5)
    near = shortlist(question.experiment, specs_of(question.architecture))
    labels = [init.label for init in question.experiment.inits]
    first = [*FAMILIAR, "kumar"]
    assert labels == [*first, *(name for name in near if name not in ("he_normal", *first))]
    assert "salimans_kingma" in near
    assert question.chosen_by == "atlas"


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_networks_of_another_kind_have_schemes_from_theory(make_question, activation):
    """The other framework's default, a data-driven scheme and an orthogonal one."""
    question = make_question(activation, normalization="batch")
    labels = set(screen(question).schemes)
    assert question.chosen_by == "theory"
    assert {*FAMILIAR, "lecun_normal", "lsuv"} <= labels
    assert any(label.startswith("orthogonal ×") for label in labels)


@pytest.mark.parametrize(
    ("activation", "own"),
    [
        ("relu", {"looks_linear", "sinusoidal"}),
        ("tanh", {"tanh_fixed_point"}),
        ("sigmoid", {"kumar"}),
        ("sin", {"siren"}),
    ],
)
def test_schemes_proposed_for_an_activation_are_candidates_for_it(make_question, activation, own):
    """And not for other activations."""
    for normalization in ("none", "batch"):  # measured in the atlas, and not
        question = make_question(activation, normalization=normalization)
        assert own <= set(labels_of(question)[0])
        assert "siren" not in labels_of(make_question("relu", normalization=normalization))[0]


def test_siren_has_the_frequency_of_the_network(make_question):
    """Its bounds depend on the omega of sin(omega z)."""
    question = make_question({"name": "sin", "omega": 7.0})
    [siren] = [init for init in question.experiment.inits if init.name == "siren"]
    assert siren.options["omega"] == 7.0


def test_residual_networks_have_additional_candidates(make_question):
    """Rezero needs learned scales; without them it is left out with that reason."""
    fits, unfit = labels_of(make_question(depth=3, residual=True))
    assert {"fixup", "zero_hadamard"} <= set(fits)
    assert "learned_scale" in unfit["rezero"]
    fits, unfit = labels_of(make_question(depth=3, residual={"learned_scale": True}))
    assert "rezero" in fits


def test_only_the_schemes_that_the_user_names_are_candidates(make_question):
    """Whether they are named by an argument or by an override."""
    question = make_question(inits=["he", "zeros"])
    assert labels_of(question)[0] == ["he", "zeros"]
    assert question.chosen_by == "user"
    assert labels_of(make_question(overrides=["inits=[lsuv]"]))[0] == ["lsuv"]


def test_of_schemes_that_draw_the_same_weights_only_the_first_is_kept(make_question):
    """Critical weights of tanh are LeCun's; lsuv adapts to data and mup sets learning rates."""
    fits, unfit = labels_of(
        make_question("tanh", inits=["lecun_normal", "critical", "orthogonal", "lsuv", "mup"])
    )
    assert fits == ["lecun_normal", "orthogonal", "lsuv", "mup"]
    assert unfit == {"critical": "on this network it draws what lecun_normal does"}


def test_schemes_with_tiny_weights_of_different_scale_are_different(make_question):
    """Weights are compared by their ratio, however small they are."""
    faint = [{"name": "random", "std": std, "label": f"{std}"} for std in (1e-12, 2e-12)]
    assert labels_of(make_question(inits=["zeros", *faint]))[1] == {}


def test_a_scheme_for_another_activation_is_left_out_with_the_reason(make_question):
    """Unless the config forces it."""
    fits, unfit = labels_of(make_question(inits=["he", "siren"]))
    assert fits == ["he"]
    assert unfit["siren"].startswith("is for networks of sin, not of relu")
    forced = {"name": "siren", "force": True}
    assert labels_of(make_question(inits=["he", forced]))[0] == ["he", "siren"]


def objections(question, dtype="float32"):
    """Return by label what the screening says against each scheme; empty if nothing."""
    signals = screen(question).signals
    assert all(set(found) == set(MEASURED) for found in signals.values())
    return {label: objection(found, dtype) for label, found in signals.items()}


def test_screening_finds_schemes_that_cannot_train(make_question):
    """All gradients underflow or the signal overflows in float32; float64 has a larger range."""
    large = {"name": "random", "std": 1e10, "label": "large"}
    faint = {"name": "random", "std": 1e-12, "label": "faint"}
    question = make_question(depth=5, inits=["zeros", large, faint, "he"])
    found = objections(question)
    assert "only biases would move" in found["zeros"]
    assert "beyond what float32 can hold, from layer 4 on" in found["large"]
    assert "no weight has a gradient" in found["faint"]
    assert found["he"] == ""
    in_double = objections(question, "float64")
    assert in_double["large"] == in_double["faint"] == ""
    assert in_double["zeros"]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_screening_keeps_schemes_that_are_merely_bad(make_question, activation):
    """Small weights, and constant weights that keep all units of a layer equal, enter the race."""
    schemes = ["random", {"name": "constant", "value": 0.1}, "torch:linear"]
    assert set(objections(make_question(activation, depth=8, inits=schemes)).values()) == {""}


def test_screening_measures_the_network_with_its_normalization(make_question):
    """Weights that would overflow without normalization are kept."""
    large = {"name": "random", "std": 1e10, "label": "large"}
    question = make_question(depth=5, inits=[large], normalization="layer")
    assert objections(question) == {"large": ""}


@pytest.mark.parametrize("activation", ["gelu", "silu", "mish"])
def test_the_half_stable_initialization_is_a_candidate(make_question, activation):
    """It draws biases too, so it differs from all others."""
    fits, _ = labels_of(make_question(activation, normalization="batch"))
    assert "half-stable" in fits
