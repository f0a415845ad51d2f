"""Frameworks' own names of initializers, which mean the same scheme wherever a scheme is named."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

import initbench
from initbench.cli.program import cli
from initbench.config.loading import make_experiment
from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, bind
from tests.initializers.battery import CASES

# As PyTorch, Keras, JAX and Flax document them, and the scheme whose law they draw from.
OWN_NAMES = {
    "torch.nn.init.uniform_": "torch:uniform",
    "torch.nn.init.normal_": "normal",
    "torch.nn.init.ones_": "ones",
    "torch.nn.init.zeros_": "zeros",
    "torch.nn.init.eye_": "torch:eye",
    "torch.nn.init.xavier_uniform_": "glorot_uniform",
    "torch.nn.init.xavier_normal_": "glorot_normal",
    "torch.nn.init.kaiming_uniform_": "torch:kaiming_uniform",
    "torch.nn.init.kaiming_normal_": "torch:kaiming_normal",
    "torch.nn.init.trunc_normal_": "torch:trunc_normal",
    "torch.nn.init.orthogonal_": "orthogonal",
    "nn.init.kaiming_normal_": "torch:kaiming_normal",
    "kaiming_uniform_": "torch:kaiming_uniform",
    "torch:kaiming_normal_": "torch:kaiming_normal",
    "keras.initializers.RandomNormal": "keras:random_normal",
    "keras.initializers.RandomUniform": "keras:random_uniform",
    "keras.initializers.TruncatedNormal": "keras:truncated_normal",
    "keras.initializers.Zeros": "zeros",
    "keras.initializers.GlorotNormal": "keras:glorot_normal",
    "keras.initializers.GlorotUniform": "keras:dense",
    "keras.initializers.HeNormal": "keras:he_normal",
    "keras.initializers.HeUniform": "keras:he_uniform",
    "keras.initializers.LecunNormal": "keras:lecun_normal",
    "keras.initializers.LecunUniform": "lecun_uniform",
    "keras.initializers.Orthogonal": "orthogonal",
    "keras.initializers.Identity": "identity",
    "keras.initializers.VarianceScaling": "keras:variance_scaling",
    "tf.keras.initializers.HeNormal": "keras:he_normal",
    "keras:HeNormal": "keras:he_normal",
    "HeNormal": "keras:he_normal",
    "jax.nn.initializers.glorot_normal": "keras:glorot_normal",
    "jax.nn.initializers.glorot_uniform": "keras:dense",
    "jax.nn.initializers.xavier_normal": "keras:glorot_normal",
    "jax.nn.initializers.he_normal": "keras:he_normal",
    "jax.nn.initializers.kaiming_normal": "keras:he_normal",
    "jax.nn.initializers.he_uniform": "keras:he_uniform",
    "jax.nn.initializers.lecun_normal": "keras:lecun_normal",
    "jax.nn.initializers.normal": "jax:normal",
    "jax.nn.initializers.uniform": "jax:uniform",
    "jax.nn.initializers.truncated_normal": "jax:truncated_normal",
    "jax.nn.initializers.orthogonal": "jax:orthogonal",
    "jax.nn.initializers.zeros": "zeros",
    "jax.nn.initializers.ones": "ones",
    "flax.linen.initializers.lecun_normal": "keras:lecun_normal",
    "He": "he_normal",
    "Xavier": "glorot_uniform",
    "LSUV": "lsuv",
}

EXPORTED = {
    call.partition("(")[0]
    for initialization in (case.values[0] for case in CASES)
    for call in initialization.spellings.values()
}


@pytest.mark.parametrize(("own", "scheme"), OWN_NAMES.items(), ids=OWN_NAMES)
def test_a_frameworks_name_is_a_name_of_its_scheme(own, scheme):
    """A config takes it with and without options, and keeps it as the label."""
    experiment = make_experiment({"dataset": "moons", "inits": [own]}, "x")
    assert experiment == make_experiment({"dataset": "moons", "inits": [{"name": own}]}, "x")
    assert (experiment.inits[0].name, experiment.inits[0].label) == (scheme, own)
    assert bind(own) == bind(scheme)


@pytest.mark.parametrize("name", sorted(EXPORTED))
def test_every_function_that_export_writes_is_understood(name):
    """What a user copies from an exported start names a scheme."""
    assert name in INITIALIZERS


def test_framework_names_draw_the_same_weights_in_python():
    """`initialize` takes them as a config does."""
    ours = initbench.initialize("glorot_uniform", fan_in=5, fan_out=4)
    theirs = initbench.initialize("torch.nn.init.xavier_uniform_", fan_in=5, fan_out=4)
    np.testing.assert_array_equal(ours, theirs)


def test_a_misspelled_framework_name_suggests_the_nearest():
    """A spelling that no framework has is refused."""
    with pytest.raises(UsageError, match="Did you mean 'torch:kaiming_normal'"):
        bind("torch:kaiming_norml_")
    assert "torch.nn.init.dirac_" not in INITIALIZERS


TEXT = "{name: torch.nn.init.kaiming_uniform_, a: 2.236}"
COMMANDS = {
    "explain": ("explain", TEXT, "--json"),
    "compare": (
        "compare",
        "--inits",
        TEXT,
        "--epochs",
        "0",
        "--seeds",
        "1",
        "--no-plots",
        "--json",
    ),
    "set": (
        *("compare", "--inits", "he", "--set", f"inits.0={TEXT}", "--epochs", "0", "--seeds", "1"),
        *("--no-plots", "--json"),
    ),
    "probe": ("probe", "--inits", TEXT, "--depth", "2", "--width", "4", "--seeds", "1", "--json"),
}


@pytest.mark.parametrize("arguments", COMMANDS.values(), ids=COMMANDS)
def test_a_name_with_options_is_read_alike_by_every_command(arguments, monkeypatch, tmp_path):
    """One text, wherever a command line names a scheme."""
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(cli, list(arguments))
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)


def test_explain_uses_the_options_of_a_scheme():
    """With a slope of √5, kaiming_uniform has the variance 1 / (3 fan_in) of nn.Linear."""
    arguments = ["explain", "{name: torch:kaiming_uniform, a: 2.2360679}", "--shape", "300x10"]
    found = json.loads(CliRunner().invoke(cli, [*arguments, "--json"]).stdout)
    assert found["std"] == pytest.approx((1 / 900) ** 0.5, rel=1e-6)


@pytest.mark.parametrize(("lower", "is_spelled"), [(2.0, True), (2.1, False)])
def test_pytorch_draws_what_is_cut_at_most_two_deviations_from_its_mean(lower, is_spelled):
    """Where the cut is further away, PyTorch warns that its law may be wrong."""
    spellings = bind("jax:truncated_normal", lower=lower, upper=4.0).spellings
    assert bool(spellings.get("torch")) == is_spelled


@pytest.mark.parametrize("law", ["normal", "uniform"])
@pytest.mark.parametrize("name", ["lecun", "glorot", "he"])
def test_a_scheme_that_every_framework_has_is_spelled_for_each(name, law):
    """The initializers that PyTorch, Keras and JAX all document."""
    assert set(bind(f"{name}_{law}").spellings) == {"torch", "keras", "jax"}
