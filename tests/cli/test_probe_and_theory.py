"""``probe`` and ``theory``: their tables, JSON documents, figures and error messages."""

import json
import re
from pathlib import Path

import pytest

from initbench import mean_field_theory
from initbench.initializers import INITIALIZERS
from initbench.results.probes import BY_LAYER

pytestmark = pytest.mark.usefixtures("_coarse")

SMALL = ("--depth", 3, "--width", 8, "--seeds", 2)


@pytest.fixture
def _coarse(monkeypatch):
    """Draw phase diagrams with few points."""
    monkeypatch.setattr(mean_field_theory, "PHASE_POINTS", (6, 4))


def test_a_probe_prints_layers_theory_and_a_sentence_for_each_scheme(invoke):
    """Each scheme has a row for every layer and a verdict."""
    result = invoke("probe", "--inits", "he,torch:linear", *SMALL)
    assert result.exit_code == 0
    head, *blocks = result.stdout.split("\n\n")
    assert head.startswith("256-8-8-8-10 relu on gaussian, 2 seeds, untrained")
    assert [block.partition("\n")[0] for block in blocks] == ["he", "torch:linear"]
    for block in blocks:
        lines = block.strip().split("\n")
        assert max(map(len, lines)) <= 80
        _, headings, *rows = lines[:6]
        sentence = " ".join(lines[6:])
        assert headings.split()[:3] == ["layer", "signal", "theory"]
        assert [row.split()[0] for row in rows] == ["1", "2", "3", "out"]
        assert sentence.startswith("The signal ")
        assert sentence.endswith(".")


def test_a_probe_prints_a_json_document(invoke):
    """With an entry for each layer, a verdict, and numbers that are finite or null."""
    result = invoke("probe", "--inits", "he,zeros,looks_linear", *SMALL, "--json")
    document = json.loads(result.stdout)
    he, zeros, mirrored = (document["inits"][label] for label in ("he", "zeros", "looks_linear"))
    assert len(he["layers"]) == 4
    assert set(BY_LAYER) <= set(he["layers"][0])
    names = ("preactivation_std", "activation_mean", "activation_std", "gradient_rms")
    assert all(isinstance(he["layers"][0][name], float) for name in names)
    assert he["layers"][0]["expected"]["preactivation_rms"] > 0
    assert mirrored["layers"][0]["expected"] is None
    assert zeros["layers"][0]["effective_rank"] is None
    assert zeros["loss"]["mean"] == pytest.approx(document["guess"])
    assert all(isinstance(one["verdict"], str) for one in (he, zeros, mirrored))
    assert document["seeds"] == [0, 1]


def test_a_config_is_probed_and_flags_change_it(invoke, moons):
    """With its schemes and data, fewer seeds, and another activation."""
    plain = json.loads(invoke("probe", moons, "--seeds", 2, "--json").stdout)
    assert list(plain["inits"]) == ["he", "random", "zeros"]
    assert plain["network"] == {"sizes": [2, 32, 32, 1], "activation": "relu"}
    changed = invoke("probe", moons, "--seeds", 2, "--activation", "tanh", "--json")
    assert json.loads(changed.stdout)["network"]["activation"] == "tanh"


@pytest.mark.slow
def test_every_scheme_of_the_catalogue_can_be_probed(invoke):
    """It is measured, or refused with a message; there is never a traceback."""
    for name in INITIALIZERS:
        result = invoke("probe", "--inits", f"{{name: {name}, force: true}}", *SMALL, "--json")
        assert result.exit_code in {0, 2}, (name, result.output)
        assert result.exit_code == 0 or result.stderr.startswith("Error: ")


def test_born_dead_networks_are_counted_with_remedies(invoke):
    """Each scheme has its probability with an interval, and remedies."""
    shape = ("--depth", 4, "--width", 3, "--seeds", 2, "--set", "dataset.dimensions=2")
    text = invoke("probe", "--inits", "he,rai", *shape, "--born-dead").stdout
    lines = text.partition(" training inputs, 95 % interval:\n")[2].splitlines()
    assert [line.split(":")[0].strip() for line in lines] == ["he", "rai"]
    assert "remedy: widen to" in lines[0]
    document = json.loads(invoke("probe", "--inits", "he", *shape, "--born-dead", "--json").stdout)
    low, high = document["inits"]["he"]["born_dead"]["ci95"]
    assert 0 < low < document["inits"]["he"]["born_dead"]["probability"] < high < 1
    cube = invoke("probe", "--inits", "he", *shape, "--born-dead", "--born-dead-inputs", "cube")
    assert "born dead on 128 points of the cube from -1 to 1, 95 %" in cube.stdout


def test_theory_names_class_stability_and_both_susceptibilities(invoke):
    """For gelu at its half-stable point, and at the unstable one without biases."""
    found = json.loads(invoke("theory", "--activation", "gelu", "--json").stdout)
    assert (found["universality"], found["stability"]) == ("half-stable", "half-stable")
    assert (found["phase"], found["chi_1"], found["chi_parallel"]) == (
        "critical",
        pytest.approx(1.0),
        pytest.approx(1.0),
    )
    without = ("theory", "--activation", "gelu", "--bias-var", 0, "--weight-var", 4)
    assert "σw² 4, q 0, χ∥ 1, unstable" in invoke(*without).stdout
    refused = invoke("theory", "--activation", "gelu", "--bias-var", 0)
    assert refused.exit_code == 2
    assert "half-stable one at bias_variance 0.172922" in refused.stderr


def test_born_dead_refuses_data_driven_schemes_before_the_probe(invoke, monkeypatch):
    """The error comes before any network is measured."""
    monkeypatch.setattr("initbench.probing.untrained.probe_experiment", None)
    result = invoke("probe", "--inits", "he,lsuv", *SMALL, "--born-dead")
    assert result.exit_code == 2
    assert result.stderr.startswith("Error: lsuv looks at data: leave it out")


def test_plots_draws_the_figures_into_a_folder(invoke):
    """Three figures in two formats each; missing folders are made."""
    result = invoke("probe", "--inits", "he,zeros", *SMALL, "--plots", "deep/pictures")
    assert result.exit_code == 0, result.output
    names = {path.name for path in Path("deep/pictures").iterdir()}
    kinds = ("signals", "histograms", "jacobians")
    assert names == {f"{kind}.{form}" for kind in kinds for form in ("png", "svg")}
    assert "pictures/signals.png" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["probe"], "Missing option '--inits', or a CONFIG"),
        (["probe", "--inits", "hee"], "--inits hee: inits[0]: unknown initializer 'hee'."),
        (["probe", "--inits", "he", "--depth", "x"], "--depth x: "),
        (["probe", "--inits", "he", "--depth", "-1"], "--depth -1: "),
        (["probe", "--inits", "he", "--width", "0"], "--width 0: "),
        (["probe", "--inits", "he", "--seeds", "0"], "--seeds 0: "),
        (["probe", "--inits", "he", "--dataset", "moon"], "Did you mean 'moons'?"),
        (["probe", "--inits", "selu_lecun", *SMALL], "is for networks of selu"),
        (["probe", "nowhere.yaml"], "there is no config nowhere.yaml"),
        (
            ["probe", "--inits", "he", *SMALL, "--activation", "tanh", "--born-dead"],
            "only networks",
        ),
        (["theory"], "Missing option '--activation'"),
        (["theory", "--activation", "tahn"], "Did you mean 'tanh'?"),
        (["theory", "--activation", "["], "--activation [ is not a valid activation"),
        (["theory", "--activation", "3"], "must be a name, or a mapping with a name, not 3"),
        (["theory", "--activation", "{slope: 1}"], "name: is required"),
        (["theory", "--activation", "{name: relu, slope: 1}"], "slope"),
        (["theory", "--activation", "tanh", "--bias-var", "-1"], "bias_variance must be a number"),
        (["theory", "--activation", "tanh", "--weight-var", "nan"], "weight_variance must be a"),
        (["theory", "--activation", "relu", "--bias-var", "0.1"], "critical with bias_variance 0"),
        (
            ["theory", "--activation", "tanh", "--plot", "x.bmp"],
            "figures cannot be written as 'bmp'",
        ),
    ],
)
def test_invalid_arguments_are_refused_with_a_message(invoke, arguments, said):
    """With exit code 2, a message that names the argument, and an empty standard output."""
    result = invoke(*arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert "Traceback" not in result.stderr
    assert result.stdout == ""


def test_theory_prints_a_table_and_its_document(invoke):
    """The table has the numbers of the document, rounded."""
    arguments = ("theory", "--activation", "tanh", "--bias-var", 0.05, "--weight-var", 1.5)
    text = invoke(*arguments).stdout
    document = json.loads(invoke(*arguments, "--json").stdout)
    assert text.startswith("tanh: ordered\n")
    assert f"{document['xi_c']:.6g}" in text
    assert document["critical_weight_var"] == pytest.approx(1.76, abs=0.005)
    assert document["trainable_depth"] == pytest.approx(6 * document["xi_c"])
    assert {"q_star", "c_star", "chi_1", "xi_q"} <= set(document)


def test_the_default_weight_variance_is_the_critical_one(invoke):
    """For ReLU it is 2, and the trainable depth is infinite: null in JSON, a dash in the table."""
    document = json.loads(invoke("theory", "--activation", "relu", "--json").stdout)
    assert (document["weight_var"], document["phase"]) == (2.0, "critical")
    assert document["xi_c"] is None
    assert "ξ_c of correlations   –" in invoke("theory", "--activation", "relu").stdout


def test_a_phase_diagram_is_drawn(invoke):
    """Into the given file, in the format of its extension."""
    result = invoke("theory", "--activation", "tanh", "--plot", "a/phase.png")
    assert result.exit_code == 0, result.output
    assert Path("a/phase.png").read_bytes().startswith(b"\x89PNG")


def test_a_probe_with_curvature_prints_limits_and_puts_them_into_json_and_figures(invoke):
    """A sentence and a row for each scheme, the same numbers in JSON, and two more figures."""
    arguments = ("probe", "--inits", "he,zeros", *SMALL, "--curvature")
    text = invoke(*arguments, "--plots", "pictures").stdout
    sentence = r"^he: SGD is stable up to about \S+ \(\S+ to \S+ over \d+ seeds\)"
    assert re.search(sentence, text, re.MULTILINE)
    assert max(map(len, text.splitlines())) <= 80
    assert Path("pictures/stable_rates.png").stat().st_size > 1000
    assert Path("pictures/spectra.png").exists()
    document = json.loads(invoke(*arguments, "--json").stdout)
    curvature = document["inits"]["he"]["curvature"]
    assert curvature["limits"]["sgd"]["rate"] > 0
    assert curvature["limits"]["momentum"]["rate"] == pytest.approx(
        1.9 * curvature["limits"]["sgd"]["rate"]
    )
    assert f"{curvature['limits']['sgd']['rate']:.2g}" in text


def test_a_config_may_ask_for_curvature(invoke, moons):
    """``probe: {curvature: true}`` measures it, and ``probe: true`` does not."""
    for setting, is_measured in (("{curvature: true}", True), ("true", False)):
        result = invoke("probe", moons, "--seeds", 2, "--set", f"probe={setting}", "--json")
        assert ("curvature" in json.loads(result.stdout)["inits"]["he"]) == is_measured
