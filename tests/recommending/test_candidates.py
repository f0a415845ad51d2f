"""Candidates: which schemes are raced where nobody names any, and which do not apply."""

import pytest

from initbench.nn import ACTIVATIONS
from initbench.recommending.answer import field_of
from initbench.recommending.candidates import fitting
from initbench.recommending.striking import MEASURED, objection, probe_candidates


def labels_of(question):
    """Return the labels of what applies, and why the others do not."""
    found, unfit = fitting(question.experiment, question.architecture)
    return [each.label for each in found], unfit


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_has_candidates_that_can_train_it(make_question, activation):
    """Each framework's default is among them, or another that draws the same."""
    field = field_of(make_question(activation))
    labels = {runner.label for runner in field.runners}
    assert {"he", "glorot_uniform", "lecun_normal", "torch:linear", "lsuv"} <= labels
    assert any(label.startswith("orthogonal ×") for label in labels)


@pytest.mark.parametrize(
    ("activation", "own"),
    [
        ("relu", {"looks_linear", "sinusoidal", "orthogonal ×1.414"}),
        ("tanh", {"tanh_fixed_point", "orthogonal ×1"}),
        ("sigmoid", {"kumar"}),
        ("sin", {"siren"}),
    ],
)
def test_what_papers_offer_for_an_activation_is_among_them(make_question, activation, own):
    """And nowhere else."""
    assert own <= set(labels_of(make_question(activation))[0])
    assert "siren" not in labels_of(make_question("relu"))[0]


def test_siren_has_the_frequency_of_the_network(make_question):
    """Its bounds are for sin(omega z), whatever omega is."""
    question = make_question({"name": "sin", "omega": 7.0})
    [siren] = [init for init in question.experiment.inits if init.name == "siren"]
    assert siren.options["omega"] == 7.0


def test_residual_networks_have_candidates_of_their_own(make_question):
    """Rezero needs learned scales, and is left out in words without them."""
    fits, unfit = labels_of(make_question(depth=3, residual=True))
    assert {"fixup", "zero_hadamard"} <= set(fits)
    assert "learned_scale" in unfit["rezero"]
    fits, unfit = labels_of(make_question(depth=3, residual={"learned_scale": True}))
    assert "rezero" in fits


def test_schemes_that_are_named_are_the_only_ones(make_question):
    """By argument or by an override."""
    assert labels_of(make_question(inits=["he", "zeros"]))[0] == ["he", "zeros"]
    assert labels_of(make_question(overrides=["inits=[lsuv]"]))[0] == ["lsuv"]


def test_of_two_that_draw_the_same_one_is_left(make_question):
    """Critical weights of tanh are LeCun's; what looks at data or has its rates is another."""
    fits, unfit = labels_of(
        make_question("tanh", inits=["lecun_normal", "critical", "orthogonal", "lsuv", "mup"])
    )
    assert fits == ["lecun_normal", "orthogonal", "lsuv", "mup"]
    assert unfit == {"critical": "on this network it draws what lecun_normal does"}


def test_faint_draws_are_told_apart(make_question):
    """What matters is their ratio, not how small they are."""
    faint = [{"name": "random", "std": std, "label": f"{std}"} for std in (1e-12, 2e-12)]
    assert labels_of(make_question(inits=["zeros", *faint]))[1] == {}


def test_a_scheme_for_another_activation_is_left_out_in_words(make_question):
    """Unless it is forced."""
    fits, unfit = labels_of(make_question(inits=["he", "siren"]))
    assert fits == ["he"]
    assert unfit["siren"].startswith("is for networks of sin, not of relu")
    forced = {"name": "siren", "force": True}
    assert labels_of(make_question(inits=["he", forced]))[0] == ["he", "siren"]


def struck(question, dtype="float32"):
    """Return what the probe says against each scheme."""
    signals, failed = probe_candidates(question, fitting(*fitting_of(question))[0])
    assert not failed
    assert all(set(found) == set(MEASURED) for found in signals.values())
    return {label: objection(found, dtype) for label, found in signals.items()}


def fitting_of(question):
    """Return what `fitting` takes."""
    return question.experiment, question.architecture


def test_the_probe_strikes_what_cannot_train(make_question):
    """No gradient by any weight, or a signal beyond float32; float64 can hold more."""
    large = {"name": "random", "std": 1e10, "label": "large"}
    faint = {"name": "random", "std": 1e-12, "label": "faint"}
    question = make_question(depth=5, inits=["zeros", large, faint, "he"])
    found = struck(question)
    assert "only biases would move" in found["zeros"]
    assert "beyond what float32 can hold, from layer 4 on" in found["large"]
    assert "no weight has a gradient" in found["faint"]
    assert found["he"] == ""
    in_double = struck(question, "float64")
    assert in_double["large"] == in_double["faint"] == ""
    assert in_double["zeros"]


@pytest.mark.parametrize("activation", ["relu", "tanh", "sigmoid"])
def test_the_probe_leaves_what_is_only_bad(make_question, activation):
    """A small draw, or one that keeps all units of a layer alike, is for the race to judge."""
    schemes = ["random", {"name": "constant", "value": 0.1}, "torch:linear"]
    assert set(struck(make_question(activation, depth=8, inits=schemes)).values()) == {""}


def test_normalization_mends_what_would_overflow(make_question):
    """The probe measures the network as it will be trained."""
    large = {"name": "random", "std": 1e10, "label": "large"}
    question = make_question(depth=5, inits=[large], normalization="layer")
    assert struck(question) == {"large": ""}
