"""The design of the atlas: what its cells cover, and that the committed configs are those of it."""

import importlib.util
from itertools import combinations, product
from pathlib import Path

import pytest

from initbench.atlas.page import DEPTHS
from initbench.atlas.table import STRUCTURES, factors_of
from initbench.config.loading import load_experiment

ROOT = Path(__file__).parents[2]
CONFIGS = sorted((ROOT / "configs" / "atlas").glob("*.yaml"))


@pytest.fixture(scope="module")
def builder():
    """Return the script that writes the configs, as a module."""
    path = ROOT / "docs" / "build_atlas_configs.py"
    spec = importlib.util.spec_from_file_location("builder", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def design(builder):
    """Return the cells of the design."""
    return builder.covering_design()


def test_every_possible_pair_of_levels_is_covered(builder, design):
    """Counted here from the levels; one hidden layer holds no residual block."""
    levels = list(builder.FACTORS.values())
    names = list(builder.FACTORS)
    wanted = {
        (a, x, b, y)
        for a, b in combinations(range(len(levels)), 2)
        for x, y in product(levels[a], levels[b])
        if {(names[a], x), (names[b], y)} != {("depth", 1), ("structure", "residual")}
    }
    covered = {
        (a, cell[a], b, cell[b]) for cell in design for a, b in combinations(range(len(cell)), 2)
    }
    assert wanted == covered
    assert len(design) == len(builder.FACTORS["activation"]) * len(builder.FACTORS["depth"])


def test_held_out_cells_are_not_in_the_design(builder, design):
    """And they are cheap."""
    cells = builder.held_out_cells(design)
    assert len(set(cells)) == builder.HELD_OUT
    assert not set(cells) & set(design)
    assert max(map(builder.weights, cells)) <= builder.CHEAP


def test_the_committed_configs_are_those_of_the_design(builder, design):
    """All names, and the texts of the cheapest cell and a held-out one."""
    held_out = builder.held_out_cells(design)
    names = {builder.name_of(cell, "") for cell in design}
    names |= {builder.name_of(cell, "held-out-") for cell in held_out}
    assert {path.stem for path in CONFIGS} == names
    for cell, kind in ((min(design, key=builder.weights), ""), (held_out[0], "held-out-")):
        path = ROOT / "configs" / "atlas" / f"{builder.name_of(cell, kind)}.yaml"
        assert path.read_text("utf-8") == builder.config_of(cell, kind, tuple(builder.INITIALIZERS))


def test_writing_the_core_configs_removes_no_other_files(builder, tmp_path):
    """A folder of one's own may hold other configs."""
    other = tmp_path / "mine.yaml"
    other.write_text("name: mine\n")
    builder.main.callback(tmp_path)
    assert other.exists()
    assert {path.stem for path in tmp_path.glob("*.yaml")} == {path.stem for path in CONFIGS} | {
        "mine"
    }
    assert len(load_experiment(tmp_path / CONFIGS[0].name).inits) < len(
        load_experiment(CONFIGS[0]).inits
    )


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_each_config_is_what_its_name_says(path):
    """Name, factors, and what the design fixes for all cells."""
    experiment = load_experiment(path)
    assert experiment.name == path.stem
    factors = factors_of(experiment)
    assert factors["structure"] in STRUCTURES
    near = [each for each in DEPTHS if factors["depth"] in {each, each + 1}]
    assert near
    words = path.stem.split("-")
    assert words[-2:] == [factors["structure"], factors["optimizer"]]
    assert f"x{factors['width']}" in words[-3]
    assert factors["activation"] == words[-4]
    assert len(experiment.seeds) == 5
    assert experiment.tune.seeds == 2
    assert len(experiment.tune.values) == 7
    assert (experiment.equivalence_margin, experiment.probe.signals) == (0.02, True)
