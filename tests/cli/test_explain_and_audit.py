"""``explain`` says what a scheme is, and ``audit`` whether weights are of it."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from initbench.initializers import INITIALIZERS, bind, layers_of
from initbench.initializers.weightfiles import encode_layers


@pytest.fixture
def weights(tmp_path):
    """Return a maker of files of weights that a scheme draws."""

    def make(name, **options):
        drawn = bind(name, **options).draw(layers_of([30, 40, 20], "relu"), seed=1)
        path = tmp_path / "weights.npz"
        path.write_bytes(encode_layers(drawn))
        return path

    return make


def test_a_scheme_is_explained_at_given_fans(invoke):
    """Law, source, spellings and a draw of that shape."""
    shown = invoke("explain", "he", "--shape", "50x20").stdout
    assert shown.startswith("he_normal (he, kaiming")
    for part in ("N(0, 2 / fan_in)", "He et al. (2015)", "kaiming_normal_", "50 inputs, 20 units"):
        assert part in shown


def test_two_schemes_are_compared_as_their_frameworks_write_them(invoke):
    """The names of torch and Keras are understood, and the difference is said."""
    shown = invoke("explain", "torch:kaiming_normal_", "keras:HeNormal").stdout
    assert "torch:kaiming_normal and keras:he_normal have the same variance." in shown
    assert "truncated normal" in shown


@pytest.mark.parametrize("names", [["he"], ["he", "zeros"], ["lsuv"], ["irnn", "looks_linear"]])
def test_explanations_are_json_for_programs(invoke, names):
    """With the names and the numbers of the text."""
    found = json.loads(invoke("explain", *names, "--json").stdout)
    assert (found.get("first") or found)["name"] == bind(names[0]).initializer.name


def test_weights_are_audited_against_a_frameworks_name_with_options(invoke, weights):
    """Drawn with a slope of 2, they are not of the default slope."""
    drawn = weights("torch:kaiming_uniform", a=2.0)
    claim = "{{name: torch.nn.init.kaiming_uniform_, a: {}}}"
    assert invoke("audit", drawn, "--claims", claim.format(2)).exit_code == 0
    assert invoke("audit", drawn, "--claims", claim.format(0)).exit_code == 1


def test_citations_are_printed_once(invoke):
    """Two schemes of one paper have one citation; a scheme without a paper has none."""
    shown = invoke("explain", "he_normal", "he_uniform", "--bibtex").stdout
    assert shown.count("@inproceedings{he2015") == 1
    refused = invoke("explain", "zeros", "--bibtex")
    assert refused.exit_code == 2
    assert "no paper to cite for zeros" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["hee"], "unknown initializer 'hee'. Did you mean 'he'?"),
        (["he", "zeros", "ones"], "give one name, or two"),
        (["he", "--shape", "784"], "'784' is not a shape: write inputs and units, such as 784x256"),
        (["he", "--shape", "0x3"], "is not a shape"),
        (["he", "--activation", "rely"], "Did you mean 'relu'?"),
        (["file"], "path: is required"),
    ],
)
def test_invalid_questions_are_refused_with_a_message(invoke, arguments, message):
    """Exit 2, and no traceback."""
    result = invoke("explain", *arguments)
    assert result.exit_code == 2
    assert message in result.stderr


def test_every_scheme_has_a_line_in_the_list(invoke):
    """By family, in the order of the catalogue."""
    lines = invoke("list", "inits").stdout.splitlines()
    names = [line.split()[0] for line in lines if line.startswith("    ")]
    assert names == list(INITIALIZERS)
    assert all(len(line) <= 80 for line in lines)


def test_a_true_claim_passes(invoke, weights):
    """Exit 0, a verdict for each tensor."""
    result = invoke("audit", weights("he"), "--claims", "he_normal")
    assert result.exit_code == 0, result.output
    assert result.stdout.count("  consistent\n") == 4
    assert "No finding against he_normal." in result.stdout


@pytest.mark.parametrize(
    ("drawn", "claim", "finding", "cause"),
    [
        ("lecun_normal", "he_normal", "variance", "wrong gain: 1 (linear, sigmoid)"),
        ("he_normal", "keras:he_normal", "range", "the truncation is missing"),
        ("he_uniform", "he_normal", "distribution", "uniform where normal is claimed"),
        ("torch:linear", "he_uniform", "variance", "PyTorch's default, U(±1/√fan_in)"),
    ],
)
def test_a_false_claim_fails_with_its_cause(invoke, weights, drawn, claim, finding, cause):
    """Exit 1, the test that it fails, and the likely cause, in text and in JSON."""
    path = weights(drawn)
    result = invoke("audit", path, "--claims", claim)
    assert result.exit_code == 1
    assert "not as claimed" in result.stdout
    assert f"      {finding}: " in result.stdout
    assert f"      likely cause: {cause}" in result.stdout
    found = json.loads(invoke("audit", path, "--claims", claim, "--json").stdout)
    assert not found["consistent"]
    assert any(cause in tensor["cause"] for tensor in found["tensors"])


def test_claims_have_options(invoke, weights):
    """A mapping with a name is one scheme."""
    path = weights("normal", std=0.3)
    assert invoke("audit", path, "--claims", "{name: normal, std: 0.3}").exit_code == 0
    assert invoke("audit", path, "--claims", "{name: normal, std: 0.5}").exit_code == 1


def test_claims_are_read_from_a_file(invoke, tmp_path):
    """Patterns with schemes; what is wrong in the file is said with its line."""
    rng = np.random.default_rng(0)
    arrays = {f"h.{n}.mlp.c_proj.weight": rng.normal(0, 0.01, (20, 80)) for n in range(2)}
    np.savez(tmp_path / "gpt.npz", **arrays)
    claims = tmp_path / "claims.yaml"
    claims.write_text('"*.c_proj.weight": {name: normal, std: 0.02, divide_by: sqrt(2L)}\n')
    assert invoke("audit", tmp_path / "gpt.npz", "--claims", claims).exit_code == 0
    claims.write_text('"*.c_proj.weight": {name: normal, std: 0.02}\n')
    refused = invoke("audit", tmp_path / "gpt.npz", "--claims", claims)
    assert refused.exit_code == 1
    assert "divided by sqrt(2L), which is not claimed" in refused.stdout
    missing = invoke("audit", tmp_path / "gpt.npz", "--claims", tmp_path / "none.yaml")
    assert missing.exit_code == 2
    assert "none.yaml: does not exist" in missing.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('"W*": he\n"b*": zeross\n', "line 2, column 7: 'b*': unknown initializer 'zeross'"),
        (
            '"W*": he\n"b*":\n  {name: zeros, foo: 2}\n',
            "line 3, column 3: 'b*': initializer 'zeros': foo: unknown option",
        ),
        ('"W*": lsuv\n', "line 1, column 7: 'W*': initializer 'lsuv' changes what it draws"),
        ('"W*": 3\n', "line 1, column 7: 'W*': must be a scheme's name"),
        (
            '"W*": {name: he, divide_by: 0}\n',
            "line 1, column 7: 'W*': divide_by must be a positive number",
        ),
        ("name: hee\n", "line 1, column 1: unknown initializer 'hee'. Did you mean 'he'?"),
        ("- he\n", "line 1, column 1: must be a scheme's name"),
        ('"W*": he\n"kernel*": he\n', "line 2, column 12: 'kernel*': matches no tensor"),
        ('"W*": he\n"W*": he\n', "line 2, column 1: 'W*': this key occurs twice"),
        ("a: [\n", "line 2, column 1: is not YAML"),
        ("", "there is no pattern: write PATTERN: SCHEME"),
    ],
)
def test_mistakes_in_a_file_of_claims_have_a_line(invoke, weights, text, message):
    """As mistakes in a config have; the file is named, and no example of an experiment advised."""
    Path("claims.yaml").write_text(text, encoding="utf-8")
    refused = invoke("audit", weights("he"), "--claims", "claims.yaml")
    assert refused.exit_code == 2
    head, found, *rest = refused.stderr.splitlines()
    assert head == "Error: claims.yaml is not a valid set of claims"
    assert found.startswith(f"  {message}")
    assert not [line for line in rest if "initbench new" in line]


def test_all_mistakes_in_a_file_of_claims_are_named(invoke, weights):
    """In the order of their lines."""
    Path("claims.yaml").write_text('"W1": hee\n"W2": he\n"b*": 3\n', encoding="utf-8")
    refused = invoke("audit", weights("he"), "--claims", "claims.yaml").stderr.splitlines()
    assert [line[:8] for line in refused if "column" in line] == ["  line 1", "  line 3"]


def test_a_p_value_too_small_for_a_number_is_below_the_smallest(invoke):
    """Zero is no probability of what has happened."""
    np.savez("w.npz", W1=np.random.default_rng(0).normal(0, 3, (40, 50)))
    found = invoke("audit", "w.npz", "--claims", "{name: random, std: 0.1}").stdout
    assert "(p < 1e-300)" in found
    assert not re.search(r"\(p (= )?0\)", found)


def test_without_claims_schemes_are_proposed(invoke, weights):
    """Exit 0 and the schemes that each tensor may be of; exit 1 if something stands out."""
    result = invoke("audit", weights("he_uniform"))
    assert result.exit_code == 0
    assert "may be he_uniform" in result.stdout
    assert "No findings in 4 tensors." in result.stdout
    result = invoke("audit", weights("zeros"))
    assert result.exit_code == 1
    assert "constant: every entry is 0 (an exact fact)" in result.stdout
    assert "zero on purpose, or never initialized" in result.stdout


def test_a_layer_a_file_is_taken_in_order(invoke):
    """Arrays of weights alone need no archive."""
    for number, (matrix, _) in enumerate(bind("he").draw(layers_of([30, 40, 20], "relu"), 0)):
        np.save(f"layer{number}.npy", matrix)
    assert invoke("audit", "layer0.npy", "layer1.npy", "--claims", "he").exit_code == 0


def test_the_layout_can_be_given(invoke):
    """The same matrix is right in one layout and has swapped fans in the other."""
    [(matrix, _)] = bind("he").draw(layers_of([300, 40], "relu"), 0)
    np.save("w.npy", matrix)
    assert invoke("audit", "w.npy", "--claims", "he", "--layout", "in,out").exit_code == 0
    swapped = invoke("audit", "w.npy", "--claims", "he", "--layout", "out,in")
    assert swapped.exit_code == 1
    assert "swapped fans" in swapped.stdout


@pytest.mark.parametrize(
    ("claim", "message"),
    [
        ("hee", "unknown initializer 'hee'"),
        ("{name: random, sd: 1}", "sd: unknown option. Did you mean 'std'?"),
        ("[he]", "must be a scheme's name, or a mapping with one, not ['he']"),
        ("{name: [", "--claims {name: ["),
        ("lsuv", "changes what it draws by looking at data"),
    ],
)
def test_a_claim_that_cannot_be_read_is_refused(invoke, weights, claim, message):
    """Exit 2, which is not the exit of a claim that fails."""
    result = invoke("audit", weights("he"), "--claims", claim)
    assert result.exit_code == 2
    assert message in result.stderr


def test_a_file_of_claims_that_is_empty_is_an_error(invoke):
    """A file that was emptied by mistake does not pass every checkpoint."""
    np.savez("model.npz", W1=np.ones((4, 4)))
    Path("claims.yaml").write_text("# nothing yet\n", encoding="utf-8")
    done = invoke("audit", "model.npz", "--claims", "claims.yaml")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "there is no pattern: write PATTERN: SCHEME" in done.stderr
