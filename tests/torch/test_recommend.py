"""Recommend: the race on a module, its rules of evidence, and the code that it gives."""

import sys

import pytest
import torch
from torch import nn

from initbench.errors import UsageError
from initbench.recommending.race import rate_grid
from initbench.torch import recommend
from initbench.torch.probe import model_for
from initbench.torch.recommend import (
    FIRST_SEED,
    _batch_of_data,
    _Race,
    _split,
    code_for,
    effort_of,
)

pytestmark = pytest.mark.frameworks

DRAW = torch.Generator().manual_seed(0)
INPUTS = torch.randn(200, 6, generator=DRAW)
LABELS = (INPUTS[:, 0] + INPUTS[:, 1] > 0).long()
DATA = INPUTS, LABELS


def deep(activation=nn.ReLU, depth=12):
    """Return a maker of deep perceptrons with PyTorch's own initialization."""

    def make():
        layers = [nn.Linear(6, 24), activation()]
        for _ in range(depth - 1):
            layers += [nn.Linear(24, 24), activation()]
        return nn.Sequential(*layers, nn.Linear(24, 2))

    return make


def shallow():
    """Return a perceptron that any scheme trains."""
    return nn.Sequential(nn.Linear(6, 32), nn.ReLU(), nn.Linear(32, 2))


def race(make, inits=("he",), runs=16, steps=100, **options):
    """Recommend with the smallest budget for these schemes."""
    budget = f"{(1 + len(inits)) * runs * steps} steps"
    return recommend(make, DATA, budget=budget, inits=inits, batch_size=30, **options)


def test_a_scheme_that_trains_a_deep_network_beats_a_default_that_does_not():
    """PyTorch's default keeps a sixth of the variance that twenty ReLU layers need."""
    found = race(deep(depth=20))
    assert found.ranking[0].label == "he"
    standings = {each.label: each.standing for each in found.ranking}
    assert standings["default"] in {"behind", "left"}
    assert found.tied == ("he",)
    assert "after 25 epochs (100 steps)" in " ".join(str(found).split())


def test_of_schemes_that_tie_the_simplest_comes_first():
    """The module's own initialization asks for nothing."""
    found = race(shallow, inits=("lsuv", "he_uniform"), optimizer="sgd")
    order = [effort_of(None if each == "default" else each) for each in found.tied]
    assert order == sorted(order)
    assert found.pick == found.tied[0]


def test_the_same_question_has_the_same_answer():
    """With a budget in steps, and that of the answer."""
    first = race(shallow)
    again = recommend(shallow, DATA, budget=f"{first.budget} steps", inits=("he",), batch_size=30)
    assert again == first


def test_the_number_of_seeds_is_that_of_the_last_round():
    """All schemes that are left have as many."""
    found = race(shallow, seeds=3)
    assert found.seeds == 3
    assert {each.score["n"] for each in found.ranking if each.standing != "left"} == {3}


def test_every_scheme_has_the_same_trials():
    """Progress counts them, and never goes back."""
    told = []
    race(
        shallow,
        inits=("he", "lecun_normal"),
        progress=lambda done, total: told.append((done, total)),
    )
    done = [each for each, _ in told]
    assert done == sorted(done)
    assert len({total for _, total in told}) == 1


def test_schemes_that_cannot_apply_are_left_out_with_the_reason():
    """And the race goes on without them."""
    found = race(deep(nn.Tanh, 2), inits=("looks_linear", "glorot_uniform"))
    assert "looks_linear" in found.left_out
    assert {each.label for each in found.ranking} == {"default", "glorot_uniform"}


def test_noise_has_no_answer():
    """No scheme is clearly above the majority class."""
    labels = torch.randint(2, (200,), generator=torch.Generator().manual_seed(1))
    found = recommend(shallow, (INPUTS, labels), budget="3200 steps", inits=("he",), batch_size=30)
    assert found.tied == ()
    assert found.lines == ""
    assert str(found).startswith("No answer for Sequential after ")


def tried(monkeypatch):
    """Return the rates that each scheme tries in the first round, in order, as they are trained."""
    found = {}
    train = _Race._train

    def watched(self, label, rate, seed):
        if seed == FIRST_SEED:
            found.setdefault(label, []).append(rate)
        return train(self, label, rate, seed)

    monkeypatch.setattr(_Race, "_train", watched)
    return found


def test_first_rates_of_sgd_lie_around_the_limits_of_the_module(monkeypatch):
    """From 0.03 to 3.2 times 2 / λ, with λ by the full Hessian of autograd, and said so."""
    rates = tried(monkeypatch)
    found = race(shallow, inits=("he",), optimizer="sgd")
    model = model_for(shallow, FIRST_SEED)
    train = _split(_batch_of_data(DATA))[0]
    rows = torch.linspace(0, train.size - 1, min(128, train.size)).round().long()
    names = [name for name, _ in model.named_parameters()]

    def loss_at(*values):
        output = torch.func.functional_call(
            model, dict(zip(names, values, strict=True)), (train.inputs[rows],)
        )
        return nn.functional.cross_entropy(output, train.target[rows])

    parameters = tuple(each.detach() for each in model.parameters())
    blocks = torch.autograd.functional.hessian(loss_at, parameters)
    sizes = [each.numel() for each in parameters]
    hessian = torch.cat(
        [
            torch.cat(
                [each.reshape(rows_, columns) for each, columns in zip(row, sizes, strict=True)], 1
            )
            for row, rows_ in zip(blocks, sizes, strict=True)
        ]
    )
    limit = 2.0 / float(torch.linalg.eigvalsh(hessian)[-1])
    assert found.limits["default"] == pytest.approx(limit, rel=0.02)
    assert rates["default"][:5] == pytest.approx(
        [min(limit, 1.0) * 10 ** (place / 2) for place in range(-3, 2)], rel=0.05
    )
    assert "The first rates lie around the limits" in " ".join(str(found).split())


@pytest.mark.parametrize(
    ("options", "centre"), [({"optimizer": "sgd", "learning_rate": 0.1}, 0.1), ({}, 0.01)]
)
def test_first_rates_lie_around_a_named_rate_and_for_adam_around_its_own(
    monkeypatch, options, centre
):
    """The same for every scheme, and no limit is predicted."""
    rates = tried(monkeypatch)
    found = race(shallow, inits=("he",), **options)
    assert rates["default"][:5] == rates["he"][:5] == rate_grid(centre)
    assert found.limits == {}
    assert "limits" not in str(found)


def test_a_module_without_second_derivatives_tries_the_usual_rates(monkeypatch):
    """Its curvature is not known, and the race goes on."""

    def refuse(*_):
        raise RuntimeError("derivative for aten::_some_backward is not implemented")

    monkeypatch.setattr(sys.modules[recommend.__module__], "sharpness_of", refuse)
    rates = tried(monkeypatch)
    found = race(shallow, inits=("he",), optimizer="sgd")
    assert found.limits == {}
    assert rates["default"][:5] == rate_grid(0.1)


def test_numbers_are_scored_by_r2():
    """A linear function is fitted."""

    def make():
        return nn.Linear(6, 1)

    targets = INPUTS @ torch.arange(6.0).reshape(6, 1)
    found = recommend(
        make,
        (INPUTS, targets),
        budget="3200 steps",
        inits=("zeros",),
        batch_size=30,
        optimizer="sgd",
    )
    assert found.score == "r2"
    assert found.ranking[0].score["mean"] > 0.99


def test_a_single_logit_answers_by_its_sign():
    """A linear model separates the two classes."""

    def make():
        return nn.Linear(6, 1)

    found = recommend(
        make,
        DATA,
        budget="3200 steps",
        inits=("zeros",),
        batch_size=30,
        optimizer="sgd",
        loss="binary_cross_entropy",
    )
    assert found.score == "accuracy"
    assert found.ranking[0].score["mean"] > 0.9


def test_a_model_is_made_anew_by_its_modules():
    """Its parameters stay as they are."""
    model = shallow()
    before = {name: each.clone() for name, each in model.state_dict().items()}
    found = race(model)
    assert found.model == "Sequential"
    assert all(each.equal(before[name]) for name, each in model.state_dict().items())


def test_mappings_are_inputs():
    """As keyword arguments."""

    class Named(nn.Module):
        def __init__(self):
            super().__init__()
            self.inside = shallow()

        def forward(self, features):
            return {"logits": self.inside(features)}

    found = recommend(
        Named, ({"features": INPUTS}, LABELS), budget="3200 steps", inits=("he",), batch_size=30
    )
    assert found.model == "Named"


@pytest.mark.parametrize(
    ("scheme", "optimizer", "kind"),
    [
        (None, "adam", "Adam"),
        ("he", "sgd", "SGD"),
        ("lsuv", "adam", "Adam"),
        ({"name": "orthogonal", "gain": 1.414}, "sgd", "SGD"),
    ],
)
def test_the_code_runs_as_printed(scheme, optimizer, kind):
    """On names that the reader has: a model and a batch."""
    names = {"model": shallow(), "batch": INPUTS}
    exec(code_for(scheme, optimizer, 0.02), names)  # noqa: S102 - the code is ours
    assert type(names["optimizer"]).__name__ == kind
    assert names["optimizer"].param_groups[0]["lr"] == 0.02


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"budget": "10 steps"}, "give '"),
        ({"budget": "1s"}, "give at least "),
        ({"budget": "soon"}, "budget must be"),
        ({"optimizer": "adamw"}, "optimizer must be one of"),
        ({"seeds": 1}, "seeds must be at least 2"),
        ({"seeds": "5"}, "seeds must be an integer, not '5'"),
        ({"epochs": 0}, "epochs must be at least 1, not 0"),
        ({"batch_size": 0}, "batch_size must be at least 1, not 0"),
        ({"batch_size": "full"}, "batch_size must be an integer, not 'full'"),
        ({"learning_rate": "0.1"}, "learning_rate must be a number, not '0.1'"),
        ({"inits": "he"}, "inits must be a list of schemes, not 'he'"),
        ({"learning_rate": 0.0}, "learning_rate must be greater than 0"),
        ({"inits": ["hee"]}, "Did you mean"),
    ],
)
def test_invalid_arguments_raise_with_a_message(options, said):
    """Before anything is trained."""
    with pytest.raises(UsageError, match=said):
        recommend(shallow, DATA, **options)


def test_data_that_do_not_fit_are_refused():
    """Of different lengths, or too few."""
    with pytest.raises(UsageError, match="same number of samples"):
        recommend(shallow, (INPUTS, LABELS[:-1]))
    with pytest.raises(UsageError, match="at least 20 samples"):
        recommend(shallow, (INPUTS[:5], LABELS[:5]))
