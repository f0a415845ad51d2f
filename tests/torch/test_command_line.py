"""``initbench probe`` and ``preflight`` of a model in a Python file."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from initbench.cli.program import cli

pytestmark = pytest.mark.frameworks

MODEL = """
import torch
from torch import nn
import helper

def make_model(width=helper.WIDTH):
    return nn.Sequential(nn.Linear(6, width), nn.ReLU(), nn.Linear(width, 3))

class Words(nn.Module):
    def __init__(self):
        super().__init__()
        self.table, self.head = nn.Embedding(20, 8), nn.Linear(8, 3)

    def forward(self, ids):
        return {"logits": self.head(self.table(ids).mean(dim=1))}

def ones():
    model = make_model()
    for layer in (model[0], model[2]):
        nn.init.ones_(layer.weight)
        nn.init.zeros_(layer.bias)
    return model

def batch():
    return torch.randn(16, 6), torch.arange(16) % 3

number = 3
"""


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    """Work beside a file of models, which imports its neighbour."""
    monkeypatch.chdir(tmp_path)
    Path("model.py").write_text(MODEL)
    Path("helper.py").write_text("WIDTH = 24\n")


def invoke(*arguments):
    """Run a command."""
    return CliRunner().invoke(cli, list(map(str, arguments)))


def test_a_model_is_probed():
    """With its own weights, in a table of at most 80 columns and sentences."""
    result = invoke("probe", "model.py:make_model", "--input", "32x6", "--seeds", 2)
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("Sequential with its own initialization, 2 seeds, 2 layers;")
    assert all(len(line) <= 80 for line in result.stdout.splitlines())


def test_schemes_are_probed_on_a_model():
    """One document each."""
    arguments = ("--input", "32x6", "--inits", "he,{name: random, std: 1}", "--json")
    result = invoke("probe", "model.py:make_model", *arguments)
    documents = json.loads(result.stdout)
    assert [each["scheme"] for each in documents] == ["he_normal", "random(std=1.0)"]


def test_integers_names_and_batches_are_inputs():
    """As a shape with a limit and a name, or from the file."""
    result = invoke("probe", "model.py:Words", "--input", "ids=16x5:20", "--seeds", 1)
    assert result.exit_code == 0, result.output
    result = invoke("probe", "model.py:make_model", "--batch", "model.py:batch", "--seeds", 1)
    assert result.exit_code == 0, result.output


def test_figures_and_a_page_are_written():
    """Into the folder that is named."""
    result = invoke("probe", "model.py:make_model", "--input", "16x6", "--plots", "out")
    assert result.exit_code == 0, result.output
    names = {path.name for path in Path("out").iterdir()}
    assert {"signals.png", "histograms.svg", "probe.html"} <= names


def test_preflight_passes_or_ends_with_exit_code_1():
    """With the finding and its likely cause; the document says the same."""
    result = invoke("preflight", "model.py:make_model", "--input", "32x6")
    assert result.exit_code == 0, result.output
    assert "0 findings" in result.stdout
    result = invoke("preflight", "model.py:ones", "--input", "32x6", "--json")
    assert result.exit_code == 1
    document = json.loads(result.stdout)
    assert not document["passed"]
    assert "symmetry" in {each["name"] for each in document["checks"] if each["is_finding"]}
    result = invoke("preflight", "model.py:ones", "--input", "32x6")
    assert result.exit_code == 1
    assert "Likely cause: weights that are constant" in " ".join(result.stdout.split())


@pytest.mark.parametrize("command", ["probe", "preflight"])
@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["model.py:make_modle", "--input", "4x6"], "Did you mean 'make_model'?"),
        (["nowhere.py:make", "--input", "4x6"], "there is no file nowhere.py"),
        (["model.py:number", "--input", "4x6"], "not a model or a function"),
        (["model.py:make_model"], "either --input or --batch"),
        (["model.py:make_model", "--input", "4x7"], "the model fails with inputs 4x7"),
        (["model.py:make_model", "--input", "4by6"], "is no shape"),
        (["model.py:make_model", "--input", "0x6"], "is no shape"),
        (["broken.py:make", "--input", "4x6"], "broken.py fails: ZeroDivisionError"),
    ],
)
def test_invalid_calls_are_refused_with_a_message(command, arguments, said):
    """Exit code 2, and nothing on standard output."""
    Path("broken.py").write_text("1 / 0\n")
    result = invoke(command, *arguments)
    assert result.exit_code == 2, result.output
    assert said in result.stderr
    assert result.stdout == ""


def test_options_for_a_model_are_for_a_model_alone():
    """And the other way round."""
    assert "are for a MODEL" in invoke("probe", "--inits", "he", "--input", "4x6").stderr
    arguments = ("model.py:make_model", "--input", "4x6", "--depth", 3)
    assert "MODEL takes no --depth" in invoke("probe", *arguments).stderr
