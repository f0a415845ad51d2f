"""What an experiment is: defaults, canonical names, complete options, and limits in words."""

import pytest
from pydantic import ValidationError

from initbench.data import DATASETS
from initbench.errors import ConfigError
from initbench.experiment.config import Experiment, InitConfig
from initbench.experiment.field_types import MAX_SEEDS
from initbench.experiment.loading import make_experiment
from initbench.initializers import INITIALIZERS
from initbench.nn import ACTIVATIONS, OPTIMIZERS
from initbench.seeding import SEED_LIMIT

LEAST = {"dataset": "moons", "inits": ["he"]}


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
    assert experiment.network.activation == "relu"
    assert experiment.training.optimizer.name == "sgd"
    assert experiment.training.optimizer.learning_rate == 0.1
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


@pytest.mark.parametrize("name", INITIALIZERS.all_names)
def test_every_scheme_is_complete_under_every_name(name):
    """A scheme's alias becomes its name, its options are all there, its label is as written."""
    entry = INITIALIZERS[name]
    [init] = made(inits=[{"name": name}]).inits
    assert init == made(inits=[name]).inits[0]
    assert (init.scheme, init.label) == (entry.name, name)
    assert init.options == {option.name: option.default for option in entry.options.values()}


@pytest.mark.parametrize("name", [name for name in DATASETS.all_names if not DATASETS[name].files])
def test_every_data_set_is_complete_under_every_name(name):
    """A data set's alias becomes its name, and its options are all there."""
    entry = DATASETS[name]
    dataset = made(dataset=name).dataset
    assert dataset == made(dataset={"name": name}).dataset
    assert dataset.name == entry.name
    assert dataset.options == {option.name: option.default for option in entry.options.values()}


@pytest.mark.parametrize("registry", [ACTIVATIONS, OPTIMIZERS], ids=lambda each: each.kind)
def test_activations_and_optimizers_get_their_canonical_names(registry):
    """Whoever reads an experiment never meets an alias."""
    for name in registry.all_names:
        network, training = {}, {}
        (network if registry is ACTIVATIONS else training)[registry.kind] = (
            name if registry is ACTIVATIONS else {"name": name}
        )
        experiment = made(network=network, training=training)
        found = {
            "activation": experiment.network.activation,
            "optimizer": experiment.training.optimizer.name,
        }
        assert found[registry.kind] == registry[name].name


def test_one_scheme_may_stand_twice_under_two_labels():
    """Options and labels tell them apart."""
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


def test_whole_numbers_serve_as_real_ones():
    """Nobody has to write 1.0."""
    optimizer = {"learning_rate": 1, "momentum": 0}
    experiment = made(training={"optimizer": optimizer}, target=1)
    assert type(experiment.training.optimizer.learning_rate) is float
    assert type(experiment.target) is float


def test_the_edges_of_what_makes_sense_are_allowed():
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
    sections = [Experiment]
    while sections:
        section = sections.pop()
        for field in section.model_fields.values():
            assert field.description
            if hasattr(field.annotation, "model_fields"):
                sections.append(field.annotation)
    assert all(field.description for field in InitConfig.model_fields.values())
