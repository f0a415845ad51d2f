"""What an experiment is: defaults, canonical names, complete options, and limits in words."""

from typing import get_args

import pytest
from pydantic import ValidationError

from initbench.config.experiment import Experiment, RecordConfig
from initbench.config.loading import make_experiment
from initbench.config.sections import MAX_SEEDS
from initbench.data import DATASETS
from initbench.errors import ConfigError
from initbench.initializers import INITIALIZERS
from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES, Residual
from initbench.seeding import SEED_LIMIT
from tests.initializers.battery import required_of

LEAST = {"dataset": "moons", "inits": ["he"]}

WITHOUT_FILES = [
    name for name in INITIALIZERS.all_names if "path" not in INITIALIZERS[name].options
]
"""Names of schemes that read no file of weights."""


def made(**settings):
    """Return the experiment of the least settings and these."""
    return make_experiment({**LEAST, **settings}, "x")


def refused(**settings):
    """Return the one problem that such an experiment has."""
    with pytest.raises(ConfigError) as caught:
        made(**settings)
    [problem] = caught.value.problems
    return f"{problem.path}: {problem.message}"


def test_dataset_and_inits_are_enough():
    """Everything else has the default that the documentation states."""
    experiment = made()
    assert experiment.network.hidden == (32, 32)
    assert experiment.network.activation.name == "relu"
    assert experiment.network.bias
    assert experiment.network.normalization == "none"
    assert experiment.network.residual is None
    assert experiment.training.optimizer.name == "sgd"
    assert experiment.training.optimizer.options["learning_rate"] == 0.1
    assert experiment.training.optimizer.options["momentum"] == 0
    assert experiment.training.schedule.name == "constant"
    assert experiment.training.schedule.options == {"warmup": 0}
    assert experiment.training.loss is None
    assert experiment.training.clip_norm is None
    assert experiment.training.stop is None
    assert experiment.record == RecordConfig(every=1, unit="epoch", layers=False)
    assert experiment.training.epochs == 100
    assert experiment.training.batch_size == 32
    assert experiment.training.dtype == "float32"
    assert experiment.dataset.test_fraction == 0.25
    assert experiment.dataset.scaling == "standard"
    assert experiment.seeds == tuple(range(10))
    assert experiment.target == 0.9


@pytest.mark.parametrize("missing", LEAST)
def test_dataset_and_inits_are_required(missing):
    """Without one of them there is nothing to compare."""
    with pytest.raises(ConfigError, match=f"{missing}: is required"):
        make_experiment({key: LEAST[key] for key in LEAST if key != missing}, "x")


@pytest.mark.parametrize("name", WITHOUT_FILES)
def test_every_scheme_is_complete_under_every_name(name):
    """A scheme's alias becomes its name, its options are all there, its label is as written."""
    entry = INITIALIZERS[name]
    required = required_of(entry)
    [init] = made(inits=[{"name": name, **required}]).inits
    assert (init.name, init.label) == (entry.name, name)
    defaults = {option.name: option.default for option in entry.options.values()}
    assert init.options == {**defaults, **required}
    if not required:
        assert init == made(inits=[name]).inits[0]


@pytest.mark.parametrize("name", [name for name in DATASETS.all_names if not DATASETS[name].files])
def test_every_data_set_is_complete_under_every_name(name):
    """A data set's alias becomes its name, and its options are all there."""
    entry = DATASETS[name]
    dataset = made(dataset=name).dataset
    assert dataset == made(dataset={"name": name}).dataset
    assert dataset.name == entry.name
    assert dataset.options == {option.name: option.default for option in entry.options.values()}


CHOICES = {
    ("network", "activation"): ACTIVATIONS,
    ("training", "optimizer"): OPTIMIZERS,
    ("training", "schedule"): SCHEDULES,
    ("training", "loss"): LOSSES,
}


@pytest.mark.parametrize(("place", "registry"), CHOICES.items(), ids=".".join)
def test_a_choice_is_complete_under_every_name(place, registry):
    """Whoever reads an experiment meets no alias, and every option of what was chosen."""
    section, key = place
    for name in registry.all_names:
        chosen = getattr(getattr(made(**{section: {key: name}}), section), key)
        assert chosen == getattr(getattr(made(**{section: {key: {"name": name}}}), section), key)
        entry = registry[name]
        assert chosen.name == entry.name
        assert chosen.options == {each.name: each.default for each in entry.options.values()}


@pytest.mark.parametrize(
    ("section", "key", "given", "name", "option"),
    [
        ("network", "activation", {"name": "leaky_relu", "slope": 1}, "leaky_relu", ("slope", 1)),
        ("training", "optimizer", {"learning_rate": 0.3}, "sgd", ("learning_rate", 0.3)),
        ("training", "optimizer", {"name": "adam", "beta1": 0.5}, "adam", ("beta1", 0.5)),
        ("training", "schedule", {"warmup": 3}, "constant", ("warmup", 3)),
        ("training", "schedule", {"name": "step", "every": 7}, "step", ("every", 7)),
        ("training", "loss", {"name": "huber", "delta": 2}, "huber", ("delta", 2)),
    ],
)
def test_a_choice_takes_options(section, key, given, name, option):
    """Options stand beside the name, which may be left out where the default is meant."""
    chosen = getattr(getattr(made(**{section: {key: given}}), section), key)
    assert chosen.name == name
    assert chosen.options[option[0]] == option[1]


@pytest.mark.parametrize(
    ("network", "widths"),
    [
        ({}, (32, 32)),
        ({"activation": "tanh"}, (32, 32)),
        ({"hidden": [3, 5]}, (3, 5)),
        ({"hidden": []}, ()),
        ({"depth": 3, "width": 7}, (7, 7, 7)),
        ({"depth": 0, "width": 7}, ()),
    ],
)
def test_layers_are_listed_or_counted(network, widths):
    """Thirty equal layers are a depth and a width."""
    assert made(network=network).network.widths == widths


@pytest.mark.parametrize(
    ("residual", "blocks"),
    [
        (False, None),
        (None, None),
        (True, Residual(2)),
        ({}, Residual(2)),
        ({"layers": 1, "learned_scale": True}, Residual(1, learned_scale=True)),
        ({"scalar_biases": True}, Residual(2, scalar_biases=True)),
    ],
)
def test_residual_blocks_are_true_or_described(residual, blocks):
    """The usual ones need no more than a word."""
    assert made(network={"hidden": [4] * 5, "residual": residual}).network.blocks == blocks


def test_the_loss_may_be_left_to_the_data():
    """``auto`` says what saying nothing says."""
    assert made(training={"loss": "auto"}) == made(training={"loss": None}) == made()


def test_one_scheme_can_have_two_labels():
    """Options and labels distinguish them."""
    small, large = made(inits=["random", {"name": "random", "std": 10, "label": "large"}]).inits
    assert (small.options, small.label) == ({"std": 0.01}, "random")
    assert (large.options, large.label) == ({"std": 10.0}, "large")


def test_two_aliases_of_a_scheme_are_two_labels():
    """The same scheme may be asked for under two of its names."""
    assert [init.label for init in made(inits=["he", "he_normal"]).inits] == ["he", "he_normal"]


def test_an_experiment_cannot_be_changed():
    """It is what was validated, for good."""
    with pytest.raises(ValidationError):
        made().seeds = (1,)


@pytest.mark.parametrize(
    ("settings", "read"),
    [
        ({"seeds": 3}, (0, 1, 2)),
        ({"seeds": [7, 3]}, (7, 3)),
        ({"seeds": (SEED_LIMIT - 1,)}, (SEED_LIMIT - 1,)),
        ({"seeds": MAX_SEEDS}, tuple(range(MAX_SEEDS))),
    ],
)
def test_seeds_are_a_number_or_a_list(settings, read):
    """N means 0 to N - 1; a list is taken as it is."""
    assert made(**settings).seeds == read


def test_integers_are_accepted_as_floats():
    """Nobody has to write 1.0."""
    optimizer = {"learning_rate": 1, "momentum": 0}
    experiment = made(training={"optimizer": optimizer}, target=1)
    assert type(experiment.training.optimizer.options["learning_rate"]) is float
    assert type(experiment.target) is float


@pytest.mark.parametrize(
    "stop", [{"target": 0.1}, {"patience": 5}, {"monitor": "test_accuracy", "target": -1.0}]
)
def test_a_run_may_stop_at_a_target_or_when_it_is_patient_no_more(stop):
    """One of the two is enough; what is watched is the training loss unless said otherwise."""
    read = made(training={"stop": stop}).training.stop
    assert read.monitor == stop.get("monitor", "train_loss")
    assert (read.target, read.patience) == (stop.get("target"), stop.get("patience"))


def test_limits_of_the_ranges_are_allowed():
    """No epochs, no hidden layers, one batch of everything."""
    experiment = made(training={"epochs": 0, "batch_size": "full"}, network={"hidden": []})
    assert experiment.training.epochs == 0
    assert experiment.training.batch_size == "full"
    assert experiment.network.hidden == ()


@pytest.mark.parametrize("name", ["a", "moons", "2d", "A.b-c_d", "x" * 64, "console", "com10"])
def test_names_of_folders_are_allowed(name):
    """A name is what a folder may be called on every system."""
    assert made(name=name).name == name


@pytest.mark.parametrize(
    "name",
    [
        "",
        "../x",
        "/abs",
        ".",
        "..",
        "-rf",
        "x" * 65,
        "x" * 300,
        "a b",
        "a/b",
        "a\\b",
        "a\0",
        "é",
        "a\n",
        "a\u200f",
        "CON",
        "con",
        "nul.txt",
        "COM1",
        "lpt9.a.b",
        "Aux",
    ],
)
def test_names_that_could_be_another_place_are_refused(name):
    """No name leads out of the results folder, looks like a flag or means a device."""
    assert refused(name=name).startswith("name: ")


@pytest.mark.parametrize("label", ["he", "σ = 10", "</script><img onerror>", "=cmd()", "x" * 80])
def test_labels_are_any_printable_text(label):
    """A label is only ever text, so it may look like anything."""
    assert made(inits=[{"name": "he", "label": label}]).inits[0].label == label


@pytest.mark.parametrize("label", ["", " ", "x" * 81, "a\nb", "\x1b[2J", "a\u202eb", "\ud800"])
def test_labels_that_cannot_be_shown_are_refused(label):
    """Nothing that moves the cursor, turns the text round or takes a page."""
    assert refused(inits=[{"name": "he", "label": label}]).startswith("inits[0].label: must ")


def test_every_field_is_described():
    """The manual and the schema are made from descriptions."""
    sections, seen = [Experiment], set()
    while sections:
        section = sections.pop()
        seen.add(section.__name__)
        for field in section.model_fields.values():
            assert field.description
            kinds = (field.annotation, *get_args(field.annotation))
            sections += [kind for kind in kinds if hasattr(kind, "model_fields")]
    assert {"InitConfig", "ResidualConfig", "StopConfig", "LossConfig", "RecordConfig"} <= seen
