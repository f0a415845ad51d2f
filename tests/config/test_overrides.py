"""Overrides: a place, a value by the rules of the config, and words for what is wrong."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initbench.config.loading import load_experiment, make_experiment
from initbench.errors import ConfigError

SETTINGS = {
    "dataset": "moons",
    "inits": ["zeros", "random", {"name": "random", "std": 1, "label": "x"}],
    "training": {"epochs": 5},
}


def made(*overrides):
    """Return the experiment of the settings with these overrides."""
    return make_experiment(SETTINGS, "x.yaml", overrides)


def test_values_are_replaced_where_they_stand():
    """Every kind of place can be set, and its neighbours stay."""
    experiment = made(
        "training.optimizer.learning_rate=1e-3",
        "inits.2.std=10",
        "seeds=[3, 4]",
        "network.hidden=[8, 9]",
        "network.hidden.1=7",
        "name=other",
        "target=0.5",
    )
    assert experiment.training.optimizer.options["learning_rate"] == 0.001
    assert experiment.training.epochs == 5
    assert experiment.inits[2].options == {"std": 10.0}
    assert experiment.inits[2].label == "x"
    assert experiment.seeds == (3, 4)
    assert experiment.network.hidden == (8, 7)
    assert (experiment.name, experiment.target) == ("other", 0.5)


def test_a_plain_name_takes_options():
    """A name alone becomes a section with that name and the option."""
    experiment = made("dataset.noise=0.5", "inits[1].std=10", "inits.0=he")
    assert experiment.dataset.options["noise"] == 0.5
    assert [init.name for init in experiment.inits] == ["he_normal", "random", "random"]
    assert experiment.inits[1].options == {"std": 10.0}


@pytest.mark.parametrize(
    ("section", "key", "name", "override", "option"),
    [
        ("network", "activation", "leaky_relu", "network.activation.slope=0.1", ("slope", 0.1)),
        ("training", "optimizer", "adam", "training.optimizer.beta1=0.5", ("beta1", 0.5)),
        ("training", "schedule", "step", "training.schedule.every=7", ("every", 7)),
        ("training", "loss", "huber", "training.loss.delta=3", ("delta", 3.0)),
    ],
)
def test_a_choice_of_the_config_takes_options(section, key, name, override, option):
    """The name of the config stays."""
    experiment = make_experiment({**SETTINGS, section: {key: name}}, "x.yaml", [override])
    chosen = getattr(getattr(experiment, section), key)
    assert (chosen.name, chosen.options[option[0]]) == (name, option[1])


def test_a_default_takes_options():
    """Where the config names no optimizer or schedule, it is the default that is given them."""
    training = made("training.optimizer.learning_rate=0.3", "training.schedule.warmup=2").training
    assert training.optimizer.name == "sgd"
    assert training.optimizer.options["learning_rate"] == 0.3
    assert (training.schedule.name, training.schedule.options) == ("constant", {"warmup": 2.0})


def test_new_sections_come_into_being():
    """What a config lacks can be added part by part."""
    experiment = made(
        "training.stop.patience=3",
        "record.unit=step",
        "record.every=5",
        "network.residual.layers=1",
        "training.clip_norm=1",
    )
    assert experiment.training.stop.patience == 3
    assert (experiment.record.every, experiment.record.unit) == (5, "step")
    assert experiment.network.blocks.layers == 1
    assert experiment.training.clip_norm == 1


def test_layers_can_be_counted_where_they_were_listed():
    """A list that is set to nothing makes way for a depth and a width."""
    settings = {**SETTINGS, "network": {"hidden": [8]}}
    overrides = ["network.hidden=", "network.depth=3", "network.width=5"]
    assert make_experiment(settings, "x", overrides).network.widths == (5, 5, 5)


def test_the_last_override_counts():
    """Two for one place: the second wins."""
    assert made("training.epochs=1", "training.epochs=2").training.epochs == 2


@pytest.mark.parametrize(
    ("sweep", "override", "swept"),
    [
        ({"training.epochs": [1]}, "sweep.training.epochs=[3, 4]", {"training.epochs": [3, 4]}),
        ({}, "sweep.training.batch_size=[8]", {"training.batch_size": [8]}),
        (
            {"training.epochs": [1]},
            "sweep.inits.large random.std={log: [1, 10, 2]}",
            {"training.epochs": [1], "inits.large random.std": {"log": [1, 10, 2]}},
        ),
        (
            {"zip": {"training.epochs": [1, 2], "training.batch_size": [4, 8]}},
            "sweep.zip.training.batch_size=[2, 3]",
            {"zip": {"training.epochs": [1, 2], "training.batch_size": [2, 3]}},
        ),
        (
            {"zip": [{"training.epochs": [1, 2]}]},
            "sweep.zip[0].training.epochs=[5]",
            {"zip": [{"training.epochs": [5]}]},
        ),
    ],
)
def test_a_key_of_the_sweep_is_one_key(sweep, override, swept):
    """Its dots are its own, as in the config; keys that move together are below zip."""
    inits = [*SETTINGS["inits"], {"name": "random", "std": 1.0, "label": "large random"}]
    settings = {**SETTINGS, "inits": inits, "sweep": sweep}
    assert make_experiment(settings, "x", [override]).sweep == swept


def test_settings_are_left_as_they_were():
    """An override changes the experiment, not the mapping that was passed."""
    before = repr(SETTINGS)
    made("inits.2.std=10", "training.epochs=1")
    assert repr(SETTINGS) == before


def test_one_of_two_aliased_values_is_replaced(tmp_path):
    """What an alias repeats is overridden in one place alone."""
    path = tmp_path / "x.yaml"
    path.write_text("dataset: moons\ninits: [&a {name: random, std: 1, label: a}, *a]\n")
    experiment = load_experiment(path, ["inits.1.std=2", "inits.1.label=b"])
    assert [init.options["std"] for init in experiment.inits] == [1.0, 2.0]


PROBLEMS = [
    ("training.epoch=3", "--set training.epoch=3: unknown key. Did you mean 'epochs'?"),
    ("trainig.epochs=3", "--set trainig.epochs=3: trainig: unknown key. Did you mean 'training'?"),
    ("training.epochs=ten", "--set training.epochs=ten: must be an integer, not 'ten'"),
    ("training.epochs=", "--set training.epochs=: must be an integer, not null"),
    ("network.hidden=[1, x]", "--set network.hidden=[1, x]: network.hidden[1]: must be an integer"),
    ("dataset=mons", "--set dataset=mons: unknown data set 'mons'. Did you mean 'moons'?"),
    ("inits.0=hee", "--set inits.0=hee: unknown initializer 'hee'. Did you mean 'he'?"),
    (
        "inits.0.std=3",
        "--set inits.0.std=3: unknown key. Known: name, label, force, bias, zero_output.",
    ),
    ("inits.3=he", "--set inits.3=he: inits is a list: name one of its 3 items by its number"),
    ("inits.std=3", "--set inits.std=3: inits is a list"),
    ("training.0=3", "--set training.0=3: training is a mapping: name one of its keys"),
    ("training.epochs.x=3", "--set training.epochs.x=3: training.epochs is 5, which has no parts"),
    ("network.hidden.0=3", "--set network.hidden.0=3: network.hidden is not set, so it has no"),
    (
        "network.activation.slope=0.1",
        "--set network.activation.slope=0.1: network.activation.name: is required",
    ),
    ("training.loss.delta=1", "--set training.loss.delta=1: training.loss.name: is required"),
    ("training.optimizer=adm", "--set training.optimizer=adm: unknown optimizer 'adm'. Did you"),
    ("training.optimizer.beta1=1", "--set training.optimizer.beta1=1: unknown key. Known: name, "),
    ("network.depth=3", "--set network.depth=3: network: depth and width go together"),
    ("network.residual=true", "--set network.residual=true: network: residual blocks of 2 need"),
    ("record.every=0", "--set record.every=0: must be at least 1, not 0"),
    ("sweep.=[1]", "--set sweep.=[1]: the key must be names"),
    ("sweep.training.epochs=7", "--set sweep.training.epochs=7: must be a list of 1 to"),
    ("sweep.seeds=[1]", "--set sweep.seeds=[1]: seeds belongs to the experiment"),
    ("sweep.zip.0.training.epochs=[1]", "--set sweep.zip.0.training.epochs=[1]: sweep.zip is not"),
    ("name=../x", "--set name=../x: must begin with a letter or digit"),
    ("name=", "--set name=: must be text, not null"),
    ("training.epochs", "--set training.epochs: must be KEY=VALUE, as training.epochs=50"),
    ("", "--set : must be KEY=VALUE"),
    ("=3", "--set =3: the key must be names and numbers with dots, as inits.1.std"),
    ("training..epochs=3", "--set training..epochs=3: the key must be"),
    (".x=3", "--set .x=3: the key must be"),
    ("0=3", "--set 0=3: the key must be"),
    ("inits.-1=he", "--set inits.-1=he: the key must be"),
    ("inits.9999999999=he", "--set inits.9999999999=he: the key must be"),
    ("a b=3", "--set a b=3: the key must be"),
    ("inits=[he", "--set inits=[he: is not YAML: "),
    ("inits={a: 1, a: 2}", "--set inits={a: 1, a: 2}: this key occurs twice"),
    ("inits=[&a he, *b]", "--set inits=[&a he, *b]: *b refers to no value"),
    ("seeds=" + "9" * 5_000, "--set seeds=99999"),
    ("name=!!str x", "--set name=!!str x: tags are not supported"),
    ("name=\x1b[2J", r"--set 'name=\x1b[2J': has a character that YAML bars: U+001B"),
]


@pytest.mark.parametrize(
    ("override", "words"), PROBLEMS, ids=[words[6:60] for _, words in PROBLEMS]
)
def test_errors_name_the_override(override, words):
    """The flag is quoted as it was typed, and there is no line to look up."""
    with pytest.raises(ConfigError) as caught:
        made(override)
    problem = next(each for each in caught.value.problems if str(each).startswith(words))
    assert (problem.line, problem.column) == (0, 0)
    assert str(caught.value).startswith("x.yaml is not a valid experiment\n  --set ")
    assert len(str(caught.value)) < 500


def test_problems_of_flags_and_file_come_together(tmp_path):
    """Who mistyped both learns of both."""
    path = tmp_path / "x.yaml"
    path.write_text("dataset: mons\ninits: [hee]\n")
    with pytest.raises(ConfigError) as caught:
        load_experiment(path, ["inits.0=zeros", "seeds=0", "foo"])
    assert [str(problem).split(": ")[0] for problem in caught.value.problems] == [
        "--set foo",
        "--set seeds=0",
        "line 1, column 10",
    ]


PLACES = st.from_regex(r"(training|inits|dataset|x)([.\[](epochs|std|name|[0-9])\]?){0,3}")


@settings(deadline=None)
@given(st.text() | st.builds("{}={}".format, PLACES, st.text(max_size=8)))
def test_arbitrary_overrides_are_applied_or_refused(text):
    """Any text is an override or a ConfigError."""
    try:
        made(text)
    except ConfigError as error:
        problems = error.problems
    else:
        problems = ()
    assert all(problem.line == 0 for problem in problems)
