"""Loading: positions of problems, files that cannot be read, and what is written back."""

import errno
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initbench.config.loading import (
    MAX_PROBLEMS,
    dump_experiment,
    load_experiment,
    make_experiment,
)
from initbench.config.yaml_text import read_value, read_yaml, write_yaml
from initbench.errors import ConfigError, UsageError
from initbench.initializers import INITIALIZERS
from initbench.nn import LOSSES, OPTIMIZERS, SCHEDULES
from initbench.seeding import SEED_LIMIT
from tests.initializers.battery import required_of

WITHOUT_FILES = [
    name for name in INITIALIZERS.all_names if "path" not in INITIALIZERS[name].options
]
"""Names of schemes that read no file of weights."""

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(CONFIGS.glob("*.yaml"))

WRONG = """\
name: moons
dataset: {name: moons, nois: 0.2}
network:
  hidden: [32, wide]
training:
  epoch: 3
  epochs: 1
  epochs: 2
inits:
  - zeros
  - {name: random, std: ten}
  - he_norml
  - !!python/name:os.system he
seeds: [0, -1]
"""

WRONG_IN_WORDS = """\
{path} is not a valid experiment
  line 2, column 24: dataset.nois: unknown key. Did you mean 'noise'?
  line 4, column 16: network.hidden[1]: must be an integer, not 'wide'
  line 6, column 3: training.epoch: unknown key. Did you mean 'epochs'?
  line 8, column 3: training.epochs: this key occurs twice, first in line 7
  line 11, column 25: inits[1].std: must be a number, not 'ten'
  line 12, column 5: inits[2]: unknown initializer 'he_norml'. Did you mean 'he_normal'?
  line 13, column 5: inits[3]: tags are not supported: leave out\
 'tag:yaml.org,2002:python/name:os.system'
  line 14, column 12: seeds[1]: must be at least 0, not -1"""


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a config and returns its path."""

    def write_config(content, name="moons.yaml"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write_config


def test_each_mistake_has_its_line_and_column(write):
    """Unknown and duplicate keys, tags and wrong values come at once, in the order of the text."""
    path = write(WRONG)
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert str(caught.value) == WRONG_IN_WORDS.format(path=path)


WRONG_NETWORK = """\
dataset: moons
network:
  depth: 3
training:
  optimizer:
    name: adam
    beta_1: 0.9
  loss: {name: huber, delta: -1}
  stop:
    patience: 0
record: {unit: batch}
inits: [he]
"""

WRONG_NETWORK_IN_WORDS = """\
{path} is not a valid experiment
  line 3, column 3: network: depth and width go together: give both
  line 7, column 5: training.optimizer.beta_1: unknown key. Did you mean 'beta1'?
  line 8, column 30: training.loss.delta: must be greater than 0, not -1
  line 10, column 15: training.stop.patience: must be at least 1, not 0
  line 11, column 16: record.unit: must be one of epoch, step, not 'batch'"""


def test_mistakes_in_networks_and_training_have_lines_and_columns(write):
    """Options stand beside the name of what they are given to, and so do their mistakes."""
    path = write(WRONG_NETWORK)
    with pytest.raises(ConfigError) as caught:
        load_experiment(path)
    assert str(caught.value) == WRONG_NETWORK_IN_WORDS.format(path=path)


def test_a_missing_key_has_the_position_of_its_section(write):
    """A key that is not there has the position of what should hold it."""
    with pytest.raises(ConfigError) as caught:
        load_experiment(write("# a comment\ndataset: moons\ntraining: {}\n"))
    assert str(caught.value).endswith("\n  line 2, column 1: inits: is required")


def test_a_mistake_behind_an_alias_has_the_position_of_the_alias(write):
    """What an alias brings in has the position of the alias."""
    with pytest.raises(ConfigError) as caught:
        load_experiment(
            write("dataset: moons\ninits:\n  - &a {name: random, std: x}\n  - {<<: 1}\n  - *a\n")
        )
    lines = [problem.line for problem in caught.value.problems if "std" in problem.path]
    assert lines == [3, 5]


def test_at_most_fifty_mistakes_are_listed(write):
    """A list of thousands of wrong items does not fill a screen with thousands of lines."""
    with pytest.raises(ConfigError) as caught:
        load_experiment(write(f"dataset: moons\ninits: [he]\nseeds: [{'x,' * 5_000}]\n"))
    assert len(caught.value.problems) == MAX_PROBLEMS
    assert caught.value.problems[-1].message.endswith(
        f"(and {5_000 - MAX_PROBLEMS} more like these)"
    )


def test_the_name_is_the_files_unless_the_file_gives_one(write):
    """A config without a name is named after its file."""
    assert load_experiment(write("dataset: moons\ninits: [he]\n", "my-net.yaml")).name == "my-net"
    named = write("name: moons\ndataset: moons\ninits: [he]\n", "my-net.yaml")
    assert load_experiment(named).name == "moons"


def test_a_file_whose_name_cannot_be_the_experiments_is_refused(write):
    """The message asks for a name that can be a folder's."""
    with pytest.raises(ConfigError, match=r"name: must begin with .*, not 'my net'"):
        load_experiment(write("dataset: moons\ninits: [he]\n", "my net.yaml"))


def test_a_missing_file_is_named(write):
    """A mistyped path brings the nearest config beside it."""
    path = write("")
    with pytest.raises(
        UsageError, match=r"there is no config .*mons\.yaml\. Did you mean '.*moons"
    ):
        load_experiment(path.with_name("mons.yaml"))


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (Path(), "is a folder, not a config file"),
        (Path("nowhere") / "x.yaml", "there is no config"),
        (Path("x\0.yaml"), "cannot be read: "),
        (Path("x" * 5_000), "cannot be read: "),
    ],
)
def test_paths_that_are_no_regular_file_are_refused(path, words):
    """No path leads to a traceback."""
    with pytest.raises(UsageError, match=words):
        load_experiment(path)


def test_a_file_without_read_permission_is_refused(write, monkeypatch):
    """The system's reason is passed on; root, who may read all files, sees it here too."""
    path = write("dataset: moons\n")

    def refuse(self, *_arguments, **_options):
        raise PermissionError(errno.EACCES, "Permission denied", str(self))

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(UsageError, match="cannot be read: Permission denied"):
        load_experiment(path)


def test_numpy_values_and_tuples_equal_their_yaml():
    """A caller in Python need not convert what an array held."""
    experiment = make_experiment(
        {
            "dataset": {"name": "moons", "noise": np.float64(0.1), "samples": np.int64(100)},
            "inits": ("he", np.str_("zeros")),
            "seeds": np.arange(3),
            "network": {"hidden": range(3, 5)},
        },
        "x",
    )
    assert experiment.dataset.options == {"samples": 100, "noise": 0.1}
    assert (experiment.seeds, experiment.network.hidden) == ((0, 1, 2), (3, 4))


@pytest.mark.parametrize("value", [object(), {1, 2}, b"x", 1j, None, [[]], np.datetime64])
@pytest.mark.parametrize(
    "key", ["dataset", "network", "training", "record", "inits", "seeds", "target"]
)
def test_values_of_other_types_are_refused(key, value):
    """What no YAML could hold is refused like any wrong value."""
    with pytest.raises(ConfigError, match=rf"{key}(\[0\])?: must "):
        make_experiment({"dataset": "moons", "inits": ["he"], key: value}, "x")


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configs_round_trip(path, write):
    """Each loads, and what it resolves to loads as the same experiment."""
    experiment = load_experiment(path)
    assert experiment.name == path.stem
    assert experiment.description
    assert load_experiment(write(dump_experiment(experiment), "config.yaml")) == experiment


LABELS = st.text(min_size=1, max_size=20).filter(lambda text: text.isprintable() and text.strip())
NAMES = st.from_regex(r"[0-9A-Za-z][0-9A-Za-z._-]{0,20}", fullmatch=True)
POSITIVE = st.floats(0, exclude_min=True, allow_infinity=False)
LAYERS = st.sampled_from(
    [
        {},
        {"hidden": []},
        {"hidden": [5, 10**6, 1]},
        {"depth": 0, "width": 3},
        {"depth": 3, "width": 4, "residual": True},
        {"hidden": [4, 9, 4], "residual": {"layers": 2, "learned_scale": True}},
        {"hidden": [4, 4], "residual": {"layers": 1, "scalar_biases": True}},
        {"residual": False},
    ]
)
VALID = st.fixed_dictionaries(
    {
        "name": NAMES.map(lambda name: f"x{name}"),
        "description": st.lists(LABELS | st.just("")).map("\n".join),
        "dataset": st.sampled_from(["moons", {"name": "circles", "noise": 1e-9, "seed": 5}]),
        "network": st.fixed_dictionaries(
            {},
            optional={
                "activation": st.sampled_from(["tanh", {"name": "leaky_relu", "slope": 0.3}]),
                "bias": st.booleans(),
                "normalization": st.sampled_from(["none", "layer", "batch"]),
            },
        ).flatmap(lambda network: LAYERS.map(lambda layers: {**network, **layers})),
        "training": st.fixed_dictionaries(
            {
                "optimizer": st.fixed_dictionaries({"learning_rate": POSITIVE})
                | st.sampled_from([*OPTIMIZERS, {"name": "adam", "beta1": 0.5}]),
                "batch_size": st.integers(1) | st.just("full"),
            },
            optional={
                "schedule": st.sampled_from([*SCHEDULES, {"name": "step", "every": 3}]),
                "loss": st.sampled_from(["auto", *LOSSES, {"name": "huber", "delta": 2}]),
                "clip_norm": st.none() | POSITIVE,
                "stop": st.sampled_from([None, {"target": -1}, {"monitor": "x", "patience": 2}]),
            },
        ),
        "record": st.fixed_dictionaries(
            {},
            optional={
                "every": st.integers(1, 10**6),
                "unit": st.sampled_from(["epoch", "step"]),
                "layers": st.booleans(),
            },
        ),
        "inits": st.lists(
            st.builds(
                lambda name, label: {
                    "name": name,
                    "label": label,
                    **required_of(INITIALIZERS[name]),
                },
                st.sampled_from(WITHOUT_FILES),
                LABELS | NAMES | st.sampled_from(["1e-3", "no", "~", "0o17", ".5", "<<", "# x"]),
            ),
            min_size=1,
            max_size=4,
            unique_by=lambda init: init["label"],
        ),
        "seeds": st.integers(1, 50)
        | st.lists(st.integers(0, SEED_LIMIT - 1), min_size=1, max_size=9, unique=True),
    }
)


@settings(deadline=None)
@given(VALID)
def test_a_written_config_loads_as_the_same_experiment(values):
    """Any valid experiment survives being written and read."""
    experiment = make_experiment(values, "x")
    written = read_yaml(dump_experiment(experiment), "x").value
    assert make_experiment(written, "x") == experiment


@given(LABELS | NAMES | st.from_regex(r"[-+.0-9a-fA-FeEox_]+", fullmatch=True))
def test_text_is_written_so_that_it_is_read_as_text(text):
    """No text that a config can hold turns into a number or a word on its way through a file."""
    assert read_value(write_yaml({"a": text}), "x").value == {"a": text}


ANY_KEYS = ["name", "std", "label", "hidden", "epochs", "optimizer", "noise", "x", "depth", "width"]
ANY_KEYS += [
    "activation",
    "slope",
    "bias",
    "residual",
    "layers",
    "schedule",
    "stop",
    "loss",
    "every",
]
ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=5)
    | st.sampled_from(["moons", "he", "random", "full", "sgd", "relu", "float32", "auto", "huber"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(ANY_KEYS) | st.text(max_size=3),
            inner,
            max_size=3,
        )
    ),
    max_leaves=12,
)
KEYS = ["name", "description", "dataset", "network", "training", "record", "inits", "seeds"]
KEYS += ["target", "probe", "sweep", "tune", "expect", "x"]


@settings(deadline=None)
@given(st.dictionaries(st.sampled_from(KEYS), ANYTHING))
def test_arbitrary_settings_make_an_experiment_or_words(values):
    """Any settings give an experiment or a ConfigError, whose words are not Pydantic's."""
    try:
        make_experiment(values, "x")
    except ConfigError as error:
        words = "\n".join(problem.message for problem in error.problems)
    else:
        words = ""
    assert not any(
        jargon in words for jargon in ("Input", "Value error", "valid ", "tuple", "dict")
    )
