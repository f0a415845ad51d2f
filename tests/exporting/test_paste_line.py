"""Lines to paste: every scheme has one in every framework, with numbers for its options.

That lines draw from the law that they are for is tested where the frameworks are installed, in
``tests/frameworks``.
"""

import ast
import shlex

import pytest

from initbench.errors import UsageError
from initbench.exporting import FRAMEWORKS, paste_line
from initbench.initializers import INITIALIZERS, bind
from initbench.initializers.spellings import SPELLINGS
from tests.initializers.battery import CASES, required_of

LAWS = [case.values[0] for case in CASES]


def names_read(line):
    """Return the names that a line reads or calls, dotted names by their first part."""
    return {node.id for node in ast.walk(ast.parse(line)) if isinstance(node, ast.Name)}


def test_schemes_that_are_spelled_are_of_the_catalogue():
    """No spelling is kept for a scheme that has gone."""
    assert set(SPELLINGS) <= set(INITIALIZERS)


@pytest.mark.parametrize("framework", FRAMEWORKS)
@pytest.mark.parametrize("law", LAWS, ids=[case.id for case in CASES])
def test_every_scheme_has_one_line(law, framework):
    """It is one statement on `w` whose values are literals, or a command that names the scheme."""
    line = paste_line(law, framework)
    assert "\n" not in line
    if framework in law.spellings:
        assert law.spellings[framework] in line
        assert names_read(line) <= {framework, "w", "key"}
        assert len(ast.parse(line).body) == 1
    else:
        words = shlex.split(line)
        assert words[:3] == ["initbench", "export", "--init"]
        assert law.initializer.name in words[3]
        assert words[-4:] == ["--format", framework, "-o", "start.py"]


@pytest.mark.parametrize("name", SPELLINGS)
def test_a_spelling_is_for_some_framework(name):
    """With the options at their defaults, at least one framework draws it."""
    assert bind(name, **required_of(INITIALIZERS[name])).spellings


@pytest.mark.parametrize(
    ("scheme", "framework", "line"),
    [
        (bind("random", std=0.05), "torch", "torch.nn.init.normal_(w, std=0.05)"),
        (
            bind("he", negative_slope=0.2),
            "torch",
            "torch.nn.init.kaiming_normal_(w, a=0.2, mode='fan_in', nonlinearity='leaky_relu')",
        ),
        (bind("keras:he_normal"), "keras", "w.assign(keras.initializers.HeNormal()(w.shape))"),
        (bind("keras:he_normal"), "jax", "w = jax.nn.initializers.he_normal()(key, w.shape)"),
        (
            bind("he_normal"),
            "keras",
            (
                "w.assign(keras.initializers.VarianceScaling(scale=2.0, mode='fan_in',"
                " distribution='untruncated_normal')(w.shape))"
            ),
        ),
        (bind("orthogonal", gain=1.5), "torch", "torch.nn.init.orthogonal_(w, gain=1.5)"),
        (
            bind("torch:linear"),
            "torch",
            "torch.nn.init.kaiming_uniform_(w, a=2.23606797749979)",
        ),
    ],
)
def test_options_are_written_as_numbers(scheme, framework, line):
    """And the name is that of the law, not of the sound."""
    assert paste_line(scheme, framework) == line


@pytest.mark.parametrize(
    ("scheme", "framework"),
    [
        (bind("normal", mean=1.0), "jax"),
        (bind("uniform", mean=0.1), "jax"),
        (bind("truncated_normal", cut=3.0), "keras"),
        (bind("truncated_normal", std=0.0), "torch"),
        (bind("identity", gain=2.0), "torch"),
        (bind("variance_scaling", scale=3.0, distribution="uniform"), "torch"),
        (bind("keras:he_normal"), "torch"),
        (bind("jax:truncated_normal", lower=3.0, upper=4.0), "torch"),
        (bind("glorot_normal", gain=1e200), "keras"),
        (bind("he_normal", negative_slope=1e200), "torch"),
        (bind("variance_scaling", scale=5e-324, distribution="normal"), "torch"),
        (bind("lsuv"), "torch"),
        (bind("critical"), "keras"),
    ],
)
def test_a_law_that_a_framework_has_not_is_no_line_of_it(scheme, framework):
    """What a framework draws otherwise, or only for other options, is exported."""
    assert paste_line(scheme, framework).startswith("initbench export --init ")


def test_the_command_has_the_options_that_were_given():
    """Quoted for a shell, whatever a text holds."""
    hostile = "a'b\"; rm -rf $HOME\n.npz"
    [*_, choice] = shlex.split(paste_line(bind("file", path=hostile), "torch"))[:4]
    assert choice == '{name: file, path: "a\'b\\"; rm -rf $HOME\\n.npz"}'


def test_a_custom_scheme_asks_for_its_file():
    """Without which the command would not know it."""

    def own(rng, layer):
        return rng.standard_normal(layer.shape)

    line = paste_line(bind(own), "jax")
    assert line.startswith("initbench export --init own ")
    assert "--plugin … --format jax" in line
    assert "--plugin own.py --format jax" in paste_line(bind(own), "jax", plugins=["own.py"])


def test_the_data_of_a_scheme_that_looks_at_them_are_named():
    """Of other schemes they are not."""
    assert "--dataset digits" in paste_line(bind("lsuv"), "jax", dataset="digits")
    assert "--dataset" not in paste_line(bind("critical"), "jax", dataset="digits")


def test_another_framework_is_refused():
    """With the nearest name."""
    with pytest.raises(UsageError, match=r"unknown framework 'kears'. Did you mean 'keras'\?"):
        paste_line(bind("he"), "kears")
