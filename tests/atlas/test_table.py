"""The table of the atlas: derived from raw runs, merged from folders, read as it was written."""

import json
import math
import shutil
from pathlib import Path

import numpy as np
import pytest

import initbench
from initbench.atlas.adding import SOURCES, add_results, failure_of
from initbench.atlas.table import (
    FAILURES,
    TABLE,
    read_atlas,
    read_rows,
    read_table,
    write_rows,
)
from initbench.config.loading import read_experiment
from initbench.errors import UsageError
from initbench.results.probes import BY_LAYER, SchemeProbe
from tests.atlas.cells import make_cell

SETTINGS = {
    "name": "atlas-tiny",
    "dataset": {"name": "moons", "samples": 80},
    "network": {"depth": 2, "width": 4, "activation": "relu"},
    "training": {"optimizer": {"name": "sgd", "learning_rate": 0.1}, "epochs": 4},
    "record": {"every": 2},
    "probe": True,
    "inits": ["he_normal", "zeros"],
    "tune": {"values": [0.01, 0.1, 1], "seeds": 2},
    "seeds": 3,
}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return the results of a small cell."""
    path = tmp_path_factory.mktemp("atlas") / "tiny"
    initbench.run(SETTINGS, results=path, plots=False, jobs=1)
    return path


@pytest.fixture
def table(folder, tmp_path):
    """Return the folder of the table of the small cell."""
    assert add_results([folder], tmp_path / "table") == (1, 2)
    return tmp_path / "table"


def test_rows_are_what_the_raw_runs_say(folder, table):
    """Scores by seed, the best rate by validation score, and the band around it."""
    results = initbench.load_results(folder)
    [number] = [n for n, cell in enumerate(results.outline.cells) if cell.role == "tuned"]
    [cell] = read_table(table)
    for label, row in cell.by_scheme.items():
        final = results.curves(label, "test_accuracy", number)[:, -1]
        assert row.scores == pytest.approx(tuple(final), rel=1e-4)
        [tuning] = results.metrics["tuning"][label]
        assert row.rate == tuning["best"]
        assert [row.low, row.high] == tuning["band"]
        assert row.validation == pytest.approx(tuple(tuning["scores"]), rel=1e-4)
    assert (cell.first.depth, cell.first.width, cell.first.structure) == (2, 4, "plain")
    assert cell.by_scheme["zeros"].failure == "dead"
    assert cell.by_scheme["he_normal"].failure == ""
    assert cell.by_scheme["he_normal"].xi_c > 1e3 or math.isinf(cell.by_scheme["he_normal"].xi_c)


def test_the_sources_name_runs_versions_and_config(folder, table):
    """The digest changes with the raw runs alone."""
    [[source]] = [each.values() for each in json.loads((table / SOURCES).read_text()).values()]
    results = initbench.load_results(folder)
    assert source["runs"] == len(results.outline.keys)
    assert source["versions"]["numpy"] == np.__version__
    assert source["schemes"] == ["he_normal", "zeros"]
    before = (table / SOURCES).read_bytes()
    add_results([folder], table)
    assert (table / SOURCES).read_bytes() == before


def test_another_scheme_adds_to_the_rows_that_are_there(folder, table, tmp_path):
    """The same cell with one new scheme trains that scheme alone, and the others stay."""
    copy = tmp_path / "again"
    shutil.copytree(folder, copy)
    files = set((copy / "runs").glob("*.npz"))
    old = {path: path.read_bytes() for path in files}
    initbench.run({**SETTINGS, "inits": ["orthogonal"]}, results=copy, plots=False, jobs=1)
    assert {path: path.read_bytes() for path in files} == old
    assert add_results([copy], table) == (1, 3)
    [cell] = read_table(table)
    assert list(cell.by_scheme) == ["he_normal", "orthogonal", "zeros"]
    assert len(json.loads((table / SOURCES).read_text())["atlas-tiny"]) == 2


def test_results_of_another_kind_are_refused(folder, tmp_path):
    """With what to do; nothing is written."""
    other = tmp_path / "other"
    initbench.run({**SETTINGS, "name": "tiny", "inits": ["he"]}, results=other, plots=False, jobs=1)
    with pytest.raises(UsageError, match="does not hold results of a config in configs/atlas"):
        add_results([folder, other], tmp_path / "table")
    assert not (tmp_path / "table").exists()
    with pytest.raises(UsageError, match=f"holds no {TABLE}"):
        read_table(tmp_path)


def test_a_table_is_read_as_it_was_written():
    """To five digits, infinite and missing numbers included."""
    rows = [
        *make_cell({"a": [0.1, 0.2, 1 / 3], "b": 0.5}, "atlas-1", xi_c=math.inf).rows,
        *make_cell({"a": 0.7}, "atlas-2", held_out=True, failing=["a"]).rows,
    ]
    text = write_rows(rows)
    again = read_rows(text)
    assert write_rows(again) == text
    assert [row.scheme for row in again] == ["a", "b", "a"]
    assert again[0].scores == (0.1, 0.2, 0.33333)
    assert (again[2].held_out, again[2].failure, again[0].xi_c) == (True, "vanished", math.inf)


@pytest.mark.parametrize(("old", "new"), [("0.1,a", "x,a"), (",a,", ","), ("scheme", "schema")])
def test_a_damaged_table_is_an_error_in_words(old, new):
    """Another type, a missing field, another column: the line is named."""
    text = write_rows(make_cell({"a": 0.5}).rows)
    assert old in text
    with pytest.raises(UsageError, match="line 2 of the table is damaged"):
        read_rows(text.replace(old, new))


def probe(**layers):
    """Return measurements of two networks of three layers, all ones but for some."""
    values = {name: np.ones((2, 3)) for name in BY_LAYER} | {"dead_fraction": np.zeros((2, 3))}
    values |= {name: np.array([each, each], float) for name, each in layers.items()}
    return SchemeProbe(values, np.ones(2), 1.0, None, None, None, None)


@pytest.mark.parametrize(
    ("diverged", "layers", "reason"),
    [
        (0.6, {}, "diverged"),
        (0.4, {}, "other"),
        (0.0, {"dead_fraction": [0, 1, 0]}, "dead"),
        (0.0, {"preactivation_rms": [1, 1e-5, 1]}, "vanished"),
        (0.0, {"preactivation_rms": [0, 0, 0]}, "vanished"),
        (0.0, {"preactivation_rms": [1, 1e5, 1]}, "exploded"),
        (0.0, {"delta_rms": [1e-5, 1, 1]}, "vanished"),
        (0.0, {"delta_rms": [1e5, 1, 1]}, "exploded"),
    ],
)
def test_the_reason_of_a_failure(diverged, layers, reason):
    """Divergence first, then dead layers, then signals and gradients; the output layer is apart."""
    assert failure_of(diverged, probe(**layers)) == reason
    assert reason in FAILURES


def test_the_committed_table_is_sound():
    """Each row has five fresh seeds, seven rates, and a rate among them."""
    for cell in read_atlas():
        for row in cell.rows:
            assert len(row.scores) == len(row.default_scores) == 5
            assert len(row.rates) == len(row.validation) == 7
            assert row.low <= row.rate <= row.high
            assert row.rate in row.rates
            assert row.failure in FAILURES
            assert 0.0 <= min(row.scores) <= max(row.scores) <= 1.0
        path = Path(__file__).parents[2] / "configs" / "atlas" / f"{cell.first.cell}.yaml"
        inits = [init.label for init in read_experiment(path, ()).inits]
        assert set(cell.by_scheme) <= set(inits)
