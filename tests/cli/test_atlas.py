"""``atlas`` and the answers that ``recommend`` takes from it."""

import json
import re

import pytest

from initbench.atlas import recommendation
from initbench.atlas.table import read_atlas, write_rows
from tests.atlas.cells import make_cell


@pytest.fixture
def measured(monkeypatch):
    """Return small cells that stand for the package's own."""
    cells = (
        make_cell(
            {"he_normal": 0.9, "looks_linear": 0.95, "zeros": 0.1}, "atlas-1", failing=["zeros"]
        ),
        make_cell({"he_normal": 0.8, "looks_linear": 0.9}, "atlas-2", depth=50),
    )
    monkeypatch.setattr(recommendation, "read_atlas", lambda: cells)
    return cells


def test_the_summary_says_what_is_measured(invoke):
    """A line for each scheme, in a terminal's columns."""
    result = invoke("atlas")
    assert result.exit_code == 0, result.output
    design = [cell for cell in read_atlas() if not cell.first.held_out]
    assert f"{len(design)} cells of the design" in " ".join(result.stdout.split())
    assert "he_normal" in result.stdout
    assert "`" not in result.stdout


def test_cells_are_shown_by_their_names(invoke):
    """As text and as JSON; a name that no cell has is an error."""
    name = read_atlas()[0].first.cell
    assert invoke("atlas", "--cell", name).stdout.startswith(f"{name}: ")
    document = json.loads(invoke("atlas", "--cell", name, "--json").stdout)
    assert [each["cell"] for each in document["by_cell"]] == [name]
    result = invoke("atlas", "--cell", "nowhere")
    assert result.exit_code == 2
    assert "no measured cell has 'nowhere' in its name" in result.stderr


def test_a_page_is_one_file_that_loads_nothing(invoke, tmp_path):
    """And no other file is overwritten."""
    assert invoke("atlas", "--page", "atlas.html").exit_code == 0
    page = (tmp_path / "atlas.html").read_text("utf-8")
    assert "default-src 'none'" in page
    assert not re.search(r'(src|href)="(?!data:|#)', page)
    assert read_atlas()[0].first.cell in page
    assert invoke("atlas", "--page", "atlas.html").exit_code == 0
    (tmp_path / "mine.html").write_text("mine")
    result = invoke("atlas", "--page", "mine.html")
    assert (result.exit_code, (tmp_path / "mine.html").read_text()) == (2, "mine")


def test_results_are_added_to_a_table_of_one_s_own(invoke, config):
    """What is no result of the atlas is refused, with exit code 2."""
    invoke("run", config(), "--no-plots", "-q")
    result = invoke("atlas", "results/tiny")
    assert (result.exit_code, "name its folder with --table" in result.stderr) == (2, True)
    result = invoke("atlas", "results/tiny", "--table", "mine")
    assert (result.exit_code, "does not hold results of a config" in result.stderr) == (2, True)
    result = invoke("atlas", "--table", "mine")
    assert (result.exit_code, "holds no atlas.csv" in result.stderr) == (2, True)


def test_a_table_in_a_folder_is_shown(invoke, tmp_path):
    """In place of the package's."""
    rows = make_cell({"a": 0.9, "b": 0.5}, "atlas-mine").rows
    (tmp_path / "atlas.csv").write_text(write_rows(rows))
    result = invoke("atlas", "--table", tmp_path, "--cell", "mine")
    assert result.stdout.startswith(
        "atlas-mine: 5 hidden layers of 64 relu units, on digits, by sgd\n"
    )


@pytest.mark.usefixtures("measured")
def test_a_measured_network_is_answered_without_training(invoke, tmp_path):
    """With the nearest cells and code to paste; nothing is written."""
    result = invoke("recommend", "--activation", "relu", "--depth", 5, "--width", 64)
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert text.startswith(
        "Start from looks_linear: 5 hidden layers of 64 relu units, on digits, by sgd."
    )
    assert "nothing was trained" in text
    assert "atlas-1: this network; looks_linear leads" in text
    assert "for all schemes: initbench atlas --cell atlas-1" in text
    assert "PyTorch, looks_linear:\n\nimport torch\nimport initbench.torch" in result.stdout
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("measured")
def test_a_network_in_range_has_a_shortlist(invoke, tmp_path):
    """With the nearest cells and how sure the answer is, and no code: that is for a race to say."""
    result = invoke("recommend", "--activation", "relu", "--depth", 20, "--width", 64)
    assert result.exit_code == 0, result.output
    text = " ".join(result.stdout.split())
    assert text.startswith("Try looks_linear or he_normal: 20 hidden layers of 64 relu units")
    assert "nothing was trained" in text
    assert "atlas-1: differs in depth; looks_linear leads" in text
    assert "in 2 of 2 networks left out one by one" in text
    assert "no held-out network is measured" in text
    assert "with --race, short training runs" in text
    assert "PyTorch" not in text
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("measured")
def test_the_answer_as_json(invoke):
    """The same, with its source."""
    result = invoke("recommend", "--depth", 5, "--json")
    document = json.loads(result.stdout)
    assert (document["source"], document["pick"]) == ("atlas", "looks_linear")
    assert document["nearest"][0] == {
        "cell": "atlas-1",
        "differs": [],
        "distance": 0.0,
        "leader": "looks_linear",
        "regret": 0.0,
    }
    assert document["left_out"]["cells"] == 2


@pytest.mark.usefixtures("measured")
@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--race"], ""),
        (["--inits", "he,zeros"], ""),
        (["--set", "training.epochs=3"], ""),
        (["--activation", "tanh"], "activation tanh is not measured"),
    ],
)
def test_what_is_outside_or_asked_for_is_raced(invoke, monkeypatch, more, said):
    """A network outside the range of the atlas, with the reason; or one with what a race takes."""
    monkeypatch.setattr("initbench.recommending.recommend", _stand_in)
    result = invoke("recommend", "--depth", 5, *more)
    assert isinstance(result.exception, _RacedError)
    assert said in result.stderr
    assert bool(said) == ("The atlas has no answer for this network: " in result.stderr)


class _RacedError(Exception):
    """A race would begin."""


def _stand_in(**_):
    raise _RacedError
