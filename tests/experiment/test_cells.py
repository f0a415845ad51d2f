"""Cells: each setting of a sweep is an experiment of its own."""

import pytest

import initbench
from initbench.config.axes import AxisError, axes_of
from initbench.config.loading import make_experiment
from initbench.errors import ConfigError
from initbench.experiment.cells import expand_cells
from initbench.experiment.plan import make_plan, remaining_units

RATE = "training.optimizer.learning_rate"
SETTINGS = {
    "dataset": {"name": "moons", "samples": 80},
    "network": {"hidden": [4]},
    "training": {"epochs": 2},
    "inits": ["zeros", {"name": "random", "label": "small one"}, "he"],
    "seeds": 2,
}


def swept(sweep, **changes):
    """Return an experiment with a sweep."""
    return make_experiment({**SETTINGS, **changes, "sweep": sweep}, "the test")


@pytest.mark.parametrize(
    ("given", "values"),
    [
        ([1, 2.5], [1, 2.5]),
        ({"log": [0.001, 1, 4]}, [0.001, 0.01, 0.1, 1.0]),
        ({"log": [10, 0.1, 3]}, [10.0, 1.0, 0.1]),
        ({"linear": [0, 1, 5]}, [0.0, 0.25, 0.5, 0.75, 1.0]),
    ],
)
def test_values_are_listed_or_evenly_spaced(given, values):
    """Spaced values are the round numbers that one would write."""
    [axis] = axes_of({RATE: given})
    assert [value for (value,) in axis.values] == values


def test_every_combination_is_a_cell_and_the_last_key_moves_first():
    """Two keys of two and three values make six cells."""
    cells = expand_cells(swept({RATE: [0.1, 1], "training.epochs": [1, 2, 3]}))
    settings = [tuple(cell.settings.values()) for cell in cells]
    assert settings == [(0.1, 1), (0.1, 2), (0.1, 3), (1, 1), (1, 2), (1, 3)]
    last = cells[-1].experiments["he"]
    assert last.training.optimizer.options["learning_rate"] == 1.0
    assert last.training.epochs == 3


def test_keys_that_are_zipped_move_together():
    """Depth and width move in step, and replace the hidden layers of the config."""
    sweep = {"zip": {"network.depth": [1, 2], "network.width": [8, 4]}}
    widths = [cell.experiments["he"].network.widths for cell in expand_cells(swept(sweep))]
    assert widths == [(8,), (4, 4)]


def test_a_schemes_option_is_found_by_its_label():
    """Only the runs of that scheme change from cell to cell."""
    plan = make_plan(swept({"inits.small one.std": [0.1, 0.2]}))
    first, second = plan.outline.cells
    assert first.runs["he"] == second.runs["he"]
    assert first.runs["small one"] != second.runs["small one"]


def test_cells_of_one_shape_share_a_rectangle_of_runs():
    """Rates share stacks; another depth needs another."""
    rates = make_plan(swept({RATE: [0.1, 1, 10]}))
    [group] = rates.groups
    assert len(group.variants) == 9
    [unit] = remaining_units(rates.groups, ())
    assert unit == group
    assert len(make_plan(swept({"network.hidden": [[4], [4, 4]]})).groups) == 2


def test_a_cell_has_the_runs_of_the_experiment_without_a_sweep():
    """Run keys are those of the single experiment, so one may grow out of the other."""
    [_, cell] = make_plan(swept({RATE: [0.1, 0.3]})).outline.cells
    training = {"epochs": 2, "optimizer": {"learning_rate": 0.3}}
    single = make_plan(make_experiment({**SETTINGS, "training": training}, "the test"))
    assert cell.runs == single.outline.cells[0].runs


def test_a_whole_section_may_be_swept():
    """An optimizer with its options is a value, which the settings show as YAML."""
    sweep = {"training.optimizer": ["sgd", {"name": "adam", "learning_rate": 0.01}]}
    cells = expand_cells(swept(sweep))
    assert [cell.experiments["he"].training.optimizer.name for cell in cells] == ["sgd", "adam"]
    assert cells[1].settings == {"training.optimizer": "{name: adam, learning_rate: 0.01}"}


def test_a_sweep_runs_and_grows(tmp_path):
    """Another value trains only the new runs."""
    folder = tmp_path / "swept"
    initbench.run({**SETTINGS, "sweep": {RATE: [0.1]}}, results=folder, plots=False)
    before = {path: path.read_bytes() for path in (folder / "runs").glob("*.npz")}
    sweep = {RATE: [0.1, 1.0]}
    results = initbench.run({**SETTINGS, "sweep": sweep}, results=folder, plots=False)
    assert [cell["settings"] for cell in results.metrics["cells"]] == [{RATE: 0.1}, {RATE: 1.0}]
    assert {path: path.read_bytes() for path in before} == before
    assert len(list((folder / "runs").glob("*.npz"))) == len(before) + 1


def test_each_seed_draws_samples_of_its_own_where_asked(tmp_path):
    """With resample, every seed is a rectangle of its own, and data seeds follow the seeds."""
    dataset = {**SETTINGS["dataset"], "resample": True}
    plan = make_plan(make_experiment({**SETTINGS, "dataset": dataset}, "the test"))
    assert [(group.dataset.seed, group.seeds) for group in plan.groups] == [(0, (0,)), (1, (1,))]
    results = initbench.run({**SETTINGS, "dataset": dataset}, results=tmp_path / "r", plots=False)
    points = [results.run("he", seed)["points"] for seed in (0, 1)]
    assert not (points[0] == points[1]).all()


@pytest.mark.parametrize(
    ("sweep", "place", "words"),
    [
        ({RATE: 3}, (RATE,), "must be a list"),
        ({RATE: []}, (RATE,), "1 to 10000 values"),
        ({RATE: {"log": [0, 1, 3]}}, (RATE,), "above 0"),
        ({RATE: {"log": [1, 2]}}, (RATE,), "first, last, steps"),
        ({RATE: {"log": [1, 2, 1]}}, (RATE,), "2 to 10000 steps"),
        ({RATE: {"cubic": [1, 2, 3]}}, (RATE,), "{log:"),
        ({"seeds": [1, 2]}, ("seeds",), "belongs to the experiment"),
        ({"training.optimizer.name": ["sgd"]}, ("training.optimizer.name",), "sweep training.opt"),
        ({"inits.he": ["zeros"]}, ("inits.he",), "label and one of its options"),
        ({"zip": 3}, ("zip",), "a mapping or a list"),
        ({"zip": {"a.b": [1], "a.c": [1, 2]}}, ("zip",), "as many values"),
        ({RATE: [1], "zip": {RATE: [1]}}, (RATE,), "twice"),
        ({RATE: [0.1, 0.2, 1e-1]}, (RATE,), "repeats 0.1: list each value once"),
        ({RATE: [1, 1.0, 2]}, (RATE,), "repeats 1"),
        ({RATE: {"log": [0.1, 0.1, 3]}}, (RATE,), "repeats 0.1"),
        ({"network.hidden": [[8, 8], [4], [8, 8]]}, ("network.hidden",), "repeats [8, 8]"),
        ({"network.bias": [True, True]}, ("network.bias",), "repeats true"),
        ({"zip": {"a.b": [1, 1], "a.c": [2, 2]}}, ("zip",), "repeats 1, 2"),
        ({"zip": [{"a.b": [1, 1], "a.c": [2, 2]}]}, ("zip", 0), "repeats 1, 2"),
    ],
)
def test_an_invalid_sweep_is_reported_at_its_key(sweep, place, words):
    """Each problem has the path of its key below ``sweep``."""
    with pytest.raises(AxisError) as caught:
        axes_of(sweep)
    assert words in caught.value.problems[place]


def test_values_that_only_look_alike_are_different():
    """1 and true, 1 and "1", and keys that move together of which one changes."""
    swept = {"a.b": [1, True, "1"], "zip": {"a.c": [1, 1], "a.d": [2, 3]}}
    assert [len(axis.values) for axis in axes_of(swept)] == [3, 2]


@pytest.mark.parametrize(
    ("sweep", "shown"),
    [
        ({RATE: [0.1, 0.2, 0.3], "network.depth": [2, 3]}, ["sweep: network"]),
        ({RATE: [0.1, -1], "training.epochs": [1, 2]}, [f"sweep at {RATE} = -1: {RATE}"]),
        (
            {RATE: [-2, -1], "training.epochs": [1, 2]},
            [f"sweep at {RATE} = -1: {RATE}", f"sweep at {RATE} = -2: {RATE}"],
        ),
        ({RATE: [-1]}, [f"sweep at {RATE} = -1: {RATE}"]),
    ],
)
def test_a_problem_of_several_cells_is_reported_once(sweep, shown):
    """Six cells with one mistake are one line; two mistakes are two."""
    with pytest.raises(ConfigError) as caught:
        expand_cells(swept(sweep))
    assert [problem.path for problem in caught.value.problems] == shown


@pytest.mark.parametrize(
    ("sweep", "words"),
    [
        ({RATE: [0.1, -1]}, "sweep at training.optimizer.learning_rate = -1"),
        ({"training.epoch": [1]}, "Did you mean 'epochs'?"),
        ({"inits.large.std": [1]}, "no scheme is labelled 'large'"),
        ({"inits.he.std": [1]}, "unknown key"),
        ({"network.hidden.0.x": [1]}, "network.hidden"),
        (
            {"training.epochs": {"linear": [1, 9999, 9999]}, RATE: {"log": [1, 2, 99]}},
            "989,901 settings",
        ),
    ],
)
def test_an_invalid_cell_is_an_error_that_names_key_and_value(sweep, words):
    """The message names the key and the value."""
    with pytest.raises(ConfigError) as caught:
        expand_cells(swept(sweep), force=True)
    assert words in str(caught.value)
