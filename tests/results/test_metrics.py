"""Metrics say what came of every scheme, the runs that diverged or are missing among them."""

import json

import numpy as np
import pytest
from statsmodels.stats.proportion import proportion_confint

from initbench.results import Cell, RunId, RunStore, load_results
from initbench.results.metrics import make_metrics, metrics_json, rank, reported_cells, verdict_of
from initbench.results.outline import PARTS


@pytest.fixture
def metrics_of(tmp_path, make_outline, fill):
    """Return a function from schemes' arrays to the metrics of their only cell."""

    def make(arrays, epochs=(0, 1, 2, 3), **changes):
        seeds = range(max(len(each["test_loss"]) for each in arrays.values()))
        outline = make_outline(tuple(arrays), tuple(seeds), **changes)
        fill(tmp_path, outline, arrays, epochs)
        return load_results(tmp_path).metrics["cells"][0]

    return make


def test_final_values_are_those_after_the_last_epoch(metrics_of, make_runs):
    """Each metric is summarised over the seeds, in their order."""
    cell = metrics_of({"he": make_runs([0.9, 0.8, 1.0], [0.3, 0.5, 0.1])})
    entry = cell["inits"]["he"]
    assert entry["seeds"] == [0, 1, 2]
    assert (entry["runs"], entry["missing"], entry["diverged"]) == (3, 0, 0)
    assert entry["test_accuracy"]["values"] == pytest.approx([0.9, 0.8, 1.0])
    assert entry["train_loss"]["mean"] == pytest.approx(0.3)
    assert entry["test_loss"]["n"] == 3


def test_a_run_that_diverges_is_counted_and_has_no_numbers(metrics_of, make_runs):
    """Its epoch is kept, its values are null, and the others are summarised without it."""
    cell = metrics_of({"he": make_runs([0.9, 0.8, 1.0], diverged_at={1: 2})})
    entry = cell["inits"]["he"]
    assert entry["diverged"] == 1
    assert entry["diverged_at"] == [None, 2, None]
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert entry[name]["values"][1] is None
        assert entry[name]["n"] == 2
    assert entry["distinct_units"]["final"] == [4, 3]


def test_where_every_run_diverges_nothing_is_known_and_nothing_fails(metrics_of, make_runs):
    """Statistics are null, and the document is still JSON."""
    diverged = dict.fromkeys(range(3), 0)
    cell = metrics_of({"he": make_runs([0.9] * 3, diverged_at=diverged)})
    entry = cell["inits"]["he"]
    assert entry["diverged_at"] == [0, 0, 0]
    assert entry["test_accuracy"]["mean"] is None
    assert entry["epochs_to_target"]["median"] is None
    assert entry["distinct_units"]["final"] == [None, None]
    assert b"NaN" not in metrics_json(cell)


def test_epochs_to_the_target_are_the_first_at_which_it_is_met(metrics_of, make_runs):
    """Test accuracy at or above the target counts, and half of the runs is not most of them."""
    arrays = {"he": make_runs([0.9, 0.8, 1.0, 1.0]), "meh": make_runs([0.9, 0.8, 0.7, 0.95])}
    cell = metrics_of(arrays, target=0.8)
    assert cell["inits"]["he"]["epochs_to_target"]["values"] == [3, 3, 2, 2]
    assert cell["inits"]["he"]["epochs_to_target"]["median"] == 2.5
    cell = metrics_of(arrays, target=0.9)
    meh = cell["inits"]["meh"]["epochs_to_target"]
    assert (meh["target"], meh["reached"], meh["median"]) == (0.9, 2, None)
    assert meh["values"] == [3, None, None, 3]
    assert meh["restricted_mean"] == 3


def test_a_target_is_reached_from_when_on_the_score_stays_there(metrics_of, make_runs):
    """A score that falls below again has only touched it; one that diverges never reaches it."""
    arrays = make_runs([0.9, 0.9, 0.9, 0.9], diverged_at={3: 3})
    arrays["test_accuracy"] = np.array(
        [
            [0.5, 0.9, 0.8, 0.9],  # lost again, then held from the last epoch on
            [0.5, 0.9, 0.9, 0.8],  # lost in the end
            [0.9, 0.9, 0.9, 0.9],
            [0.9, 0.9, 0.9, np.nan],
        ]
    )
    times = metrics_of({"he": arrays})["inits"]["he"]["epochs_to_target"]
    assert times["values"] == [3, None, 0, None]
    assert (times["reached"], times["touched"]) == (2, 3)


@pytest.mark.parametrize(
    ("baselines", "chance", "reached", "learns"),
    [
        ((0.9, 0.9), 0.9, [None, 3], False),
        ((0.8, 0.75), 0.75, [3, 3], True),
        ((), 0.5, [3, 3], True),
    ],
)
def test_the_baseline_is_the_share_of_the_largest_class(
    metrics_of, make_runs, make_setup, baselines, chance, reached, learns
):
    """A run at the baseline has not reached the target, and a scheme within 5 % has not learned.

    Folders from before that was stored take classes to be equally frequent.
    """
    setup = make_setup(baselines=baselines)
    cell = metrics_of({"he": make_runs([0.9, 0.905])}, setup=setup)
    assert cell["baseline"] == chance
    assert cell["inits"]["he"]["epochs_to_target"]["values"] == reached
    assert cell["inits"]["he"]["learns"] is learns


@pytest.mark.parametrize(
    ("mean", "ends", "n", "is_distinct", "verdict"),
    [
        (0.02, (0.005, 0.035), 5, True, "better"),
        (-0.02, (-0.035, -0.005), 5, True, "worse"),
        (0.02, (-0.005, 0.045), 5, False, "undecided"),
        (0.0, (-0.01, 0.01), 5, False, "equivalent"),
        (0.0, (-0.01, 0.0101), 5, False, "undecided"),
        (0.005, (0.001, 0.009), 5, True, "equivalent"),
        (0.0, (0.0, 0.0), 3, False, "equivalent"),
        (0.0, (0.0, 0.0), 2, False, "undecided"),
        (0.4, None, 1, False, "undecided"),
        (None, None, 0, False, "undecided"),
    ],
)
def test_a_verdict_is_better_worse_equivalent_or_undecided(mean, ends, n, is_distinct, verdict):
    """The whole interval within the margin is an equivalence, even of a significant difference."""
    difference = {"mean": mean, "ci95": ends and list(ends), "n": n}
    assert verdict_of(difference, 0.01, is_distinct=is_distinct) == verdict


def test_comparisons_have_a_verdict_at_the_margin_of_the_experiment(metrics_of, make_runs):
    """One accuracy point if the config names none."""
    arrays = {"a": make_runs([0.90, 0.91, 0.92, 0.93]), "b": make_runs([0.91, 0.90, 0.93, 0.92])}
    cell = metrics_of(arrays)
    assert (cell["equivalence_margin"], cell["comparisons"][0]["verdict"]) == (0.01, "undecided")
    cell = metrics_of(arrays, equivalence_margin=0.05)
    assert (cell["equivalence_margin"], cell["comparisons"][0]["verdict"]) == (0.05, "equivalent")


@pytest.mark.parametrize("seeds", [3, 12])
def test_values_whose_sums_overflow_give_a_document(metrics_of, make_runs, make_setup, seeds):
    """Losses of 1e308 and R² of -1.7e308 are finite; what is computed of them is null if not."""
    huge = make_runs([0.5] * seeds, [1e308] * seeds, score="r2")
    huge["test_r2"][:, -1] = -1.7e308
    setup = make_setup(classes=None, score="r2")
    cell = metrics_of({"huge": huge, "he": make_runs([0.9] * seeds, score="r2")}, setup=setup)
    assert cell["ranking"] == ["he", "huge"]
    assert b"NaN" not in metrics_json(cell)
    assert b"Infinity" not in metrics_json(cell)


def test_epochs_are_those_of_the_points(metrics_of, make_runs):
    """Where points lie between epochs or epochs apart, what happens is told in epochs."""
    cell = metrics_of(
        {"he": make_runs([0.9, 0.9], diverged_at={1: 1})}, epochs=(0, 0.3125, 0.625, 2), target=0.6
    )
    entry = cell["inits"]["he"]
    assert entry["diverged_at"] == [None, 0.3125]
    assert entry["epochs_to_target"]["values"] == [0.3125, None]


def test_a_stopped_run_has_its_epoch(metrics_of, make_runs):
    """Its epoch is told, its last values are its final ones, and it has not diverged."""
    arrays = make_runs([0.9, 0.8])
    arrays["stopped_at"][1] = 2
    entry = metrics_of({"he": arrays}, epochs=(0, 10, 20, 30))["inits"]["he"]
    assert entry["stopped_at"] == [None, 20]
    assert entry["diverged"] == 0
    assert entry["test_accuracy"]["n"] == 2


@pytest.mark.parametrize(
    ("score", "names"),
    [("accuracy", ("log_loss", "ece", "balanced_accuracy")), ("r2", ("rmse",))],
)
def test_final_metrics_are_summarised(metrics_of, make_runs, make_setup, score, names):
    """A classification has its log loss and calibration error, a regression its typical error."""
    arrays = make_runs([0.9, 0.8], score=score)
    arrays |= {f"{part}_{name}": np.array([0.5, 0.25]) for part in PARTS for name in names}
    setup = make_setup(score=score, classes=2 if score == "accuracy" else None)
    entry = metrics_of({"he": arrays}, setup=setup)["inits"]["he"]
    for part in PARTS:
        for name in names:
            assert entry[f"{part}_{name}"]["mean"] == pytest.approx(0.375)


def test_a_regression_has_r2_where_a_classification_has_accuracy(metrics_of, make_runs, make_setup):
    """It is summarised, compared, waited for and ranked by, and the cell says so."""
    arrays = {
        "he": make_runs([0.9, 0.95], score="r2"),
        "zeros": make_runs([-0.1, -0.2], score="r2"),
    }
    cell = metrics_of(arrays, setup=make_setup(classes=None, score="r2"))
    assert (cell["score"], cell["ranking"]) == ("r2", ["he", "zeros"])
    assert [one["metric"] for one in cell["comparisons"]] == ["test_r2"]
    entry = cell["inits"]["he"]
    assert entry["test_r2"]["values"] == pytest.approx([0.9, 0.95])
    assert entry["epochs_to_target"]["reached"] == 2
    assert not any("accuracy" in name for name in entry)


def test_a_diverged_regression_ranks_no_better_than_the_worst_one(
    metrics_of, make_runs, make_setup
):
    """An R² can be below zero: a run that is lost must not be better than one that is bad."""
    arrays = {
        "lost": make_runs([0.9, 0.9], score="r2", diverged_at={0: 1, 1: 1}),
        "bad": make_runs([-3.0, -3.0], score="r2"),
        "sound": make_runs([0.1, 0.1], score="r2"),
    }
    cell = metrics_of(arrays, setup=make_setup(classes=None, score="r2"))
    assert cell["ranking"] == ["sound", "bad", "lost"]


def test_a_layer_of_one_distinct_unit_is_counted(metrics_of, make_runs):
    """Distinct units stand layer by layer beside the layer's width."""
    units = make_runs([0.5, 0.5], units=(1, 1))
    units["distinct_units"][:, 0] = [4, 3]
    entry = metrics_of({"zeros": units})["inits"]["zeros"]
    assert entry["distinct_units"] == {"initial": [4, 3], "final": [1, 1], "of": [4, 3]}


def test_a_network_without_hidden_layers_has_no_units(metrics_of, make_runs, make_setup):
    """A linear model is no special case."""
    setup = make_setup(hidden=())
    entry = metrics_of({"he": make_runs([0.9], units=())}, setup=setup)["inits"]["he"]
    assert entry["distinct_units"] == {"initial": [], "final": [], "of": []}


def test_pairs_are_compared_and_get_letters(metrics_of, make_runs):
    """Comparisons, the test they rest on, letters by rank and the power of the lead are there."""
    cell = metrics_of(
        {
            "zeros": make_runs([0.5, 0.5, 0.5, 0.5]),
            "ones": make_runs([0.5, 0.5, 0.5, 0.5]),
            "he": make_runs([0.9, 0.91, 0.89, 0.9]),
        }
    )
    assert [(one["a"], one["b"]) for one in cell["comparisons"]] == [
        ("zeros", "ones"),
        ("zeros", "he"),
        ("ones", "he"),
    ]
    assert cell["test"] == "student"
    assert {label: entry["group"] for label, entry in cell["inits"].items()} == {
        "he": "a",
        "zeros": "b",
        "ones": "b",
    }
    assert cell["power"]["distinct"]
    assert (cell["power"]["best"], cell["power"]["second"]) == ("he", "zeros")


def test_schemes_have_no_letters_where_none_learned_and_runs_diverged(metrics_of, make_runs):
    """Their scores then differ by the number of diverged runs alone, which is no ranking."""
    diverging = make_runs([0.5] * 8, diverged_at=dict.fromkeys(range(7), 2))
    cell = metrics_of({"zeros": make_runs([0.5] * 8), "he": diverging})
    assert [pair["distinct"] for pair in cell["comparisons"]] == [True]
    assert {label: entry["group"] for label, entry in cell["inits"].items()} == {
        "zeros": "",
        "he": "",
    }
    cell = metrics_of({"zeros": make_runs([0.9] * 8), "he": diverging})
    assert [cell["inits"][label]["group"] for label in ("zeros", "he")] == ["a", "b"]


def test_a_diverged_run_loses_against_all_others(metrics_of, make_runs):
    """In comparisons as in the ranking, it counts as the worst."""
    cell = metrics_of(
        {"he": make_runs([0.7] * 3), "wild": make_runs([0.9] * 3, diverged_at={0: 1, 1: 1})}
    )
    [one] = cell["comparisons"]
    assert (one["wins"], one["losses"], one["difference"]["n"]) == (2, 1, 3)
    assert one["neither_diverged"]["n"] == 1


def test_one_seed_gives_no_interval(metrics_of, make_runs):
    """Neither a value nor a difference of one seed has a spread, and nothing is tested."""
    cell = metrics_of({"he": make_runs([0.9]), "zeros": make_runs([0.5])})
    assert cell["inits"]["he"]["test_accuracy"]["ci95"] is None
    assert cell["comparisons"][0]["difference"]["ci95"] is None
    assert cell["comparisons"][0]["difference"]["mean"] == pytest.approx(0.4)
    assert (cell["test"], cell["power"]["needed"]) == (None, None)


def test_a_scheme_alone_is_compared_with_none(metrics_of, make_runs):
    """No pair, no power, and the letter a."""
    cell = metrics_of({"he": make_runs([0.9, 0.8])})
    assert (cell["comparisons"], cell["power"]) == ([], None)
    assert cell["inits"]["he"]["group"] == "a"


def test_curves_have_a_best_and_an_area(metrics_of, make_runs):
    """The best of all points, and the mean over training, which uneven points do not move."""
    arrays = make_runs([0.9])
    arrays["test_accuracy"][0] = [0.5, 0.9, 0.7, 0.8]
    arrays["test_loss"][0] = [1.0, 0.2, 0.4, 0.3]
    entry = metrics_of({"he": arrays}, epochs=(0, 1, 2, 4))["inits"]["he"]
    assert entry["test_accuracy_best"]["mean"] == 0.9
    assert entry["test_loss_best"]["mean"] == 0.2
    assert entry["test_accuracy_area"]["mean"] == pytest.approx((0.7 + 0.8 + 1.5) / 4)


def test_intervals_end_where_a_metric_does(metrics_of, make_runs):
    """No accuracy above one, no loss below zero."""
    entry = metrics_of({"he": make_runs([1.0, 1.0, 0.9])})["inits"]["he"]
    assert entry["test_accuracy"]["ci95"][1] == 1.0
    assert entry["test_loss"]["ci95"][0] == 0.0


def test_stalled_runs_are_counted(metrics_of, make_runs):
    """A loss of the best constant prediction or worse is stalled; diverged runs are counted apart.

    Twice that loss, 1.3862, or more, and divergence, are overshooting.
    """
    arrays = make_runs([0.5] * 4, [0.69, 1.39, 0.5, 0.5], diverged_at={3: 1})
    arrays |= {"dead_at_start": np.array([[1.0, 0.2], [0.9, 1.0], [0.9, 0.9], [0.0, 0.0]])}
    arrays |= {"constant_loss": np.array(0.6931)}
    shares = metrics_of({"he": arrays})["inits"]["he"]["shares"]
    assert {name: (one["count"], one["of"]) for name, one in shares.items()} == {
        "diverged": (1, 4),
        "stalled": (2, 4),
        "overshot": (2, 4),
        "born_dead": (2, 4),
    }
    expected = proportion_confint(1, 4, method="wilson")
    assert shares["diverged"]["ci95"] == pytest.approx(list(expected), abs=1e-12)


def test_quantities_that_older_runs_lack_are_unknown(metrics_of, make_runs):
    """Folders from before say so, and have all the rest."""
    entry = metrics_of({"he": make_runs([0.9, 0.9])})["inits"]["he"]
    assert entry["shares"]["stalled"] is None
    assert entry["shares"]["born_dead"] is None
    assert entry["shares"]["diverged"]["of"] == 2
    assert entry["steps_to_target"] is None


def test_steps_to_the_target_are_those_of_the_epochs(metrics_of, make_runs):
    """Where the steps of an epoch were recorded."""
    arrays = make_runs([0.9, 0.6]) | {"steps_per_epoch": np.array(15)}
    entry = metrics_of({"he": arrays})["inits"]["he"]
    assert entry["steps_to_target"]["values"] == [45.0, None]
    assert entry["steps_to_target"]["restricted_mean"] == 45.0


def test_a_stopped_run_waited_no_longer_than_it_ran(metrics_of, make_runs):
    """It is censored where it stopped, and a diverged one at the end.

    Of three runs, one reaches the target at epoch 2 of 4, one at 4 and one never. If the last waits
    to the end, the shares 2/3 and 1/3 still wait after epochs 2 and 4; if it stopped at epoch 1,
    only the others are at risk, and the shares are 1/2 and 0.
    """
    waited = make_runs([0.9, 0.9, 0.6], epochs=4)
    waited["test_accuracy"][:] = [[0.5, 0.7, 0.9, 0.9, 0.9], [0.5, 0.6, 0.7, 0.8, 0.9], [0.6] * 5]
    stopped = {name: values.copy() for name, values in waited.items()}
    stopped["stopped_at"][2] = 1
    diverged = {name: values.copy() for name, values in waited.items()}
    for name in ("test_accuracy", "test_loss"):
        diverged[name][2, 1:] = np.nan
    runs = {"waited": waited, "stopped": stopped, "diverged": diverged}
    inits = metrics_of(runs, epochs=range(5))["inits"]
    found = {label: inits[label]["epochs_to_target"] for label in runs}
    for entry in found.values():
        assert (entry["target"], entry["reached"]) == (0.9, 2)
        assert entry["values"] == [2.0, 4.0, None]
    assert found["waited"]["median"] == 4.0
    assert found["waited"]["restricted_mean"] == pytest.approx(2.0 + 2.0 * 2 / 3)
    assert found["stopped"]["median"] == (2.0 + 4.0) / 2
    assert found["stopped"]["restricted_mean"] == pytest.approx(2.0 + 2.0 / 2)
    assert found["diverged"] == found["waited"]


def test_schemes_are_ranked_by_accuracy_then_loss_then_config(metrics_of, make_runs):
    """Better accuracy goes first; equals by lower loss; what is the same stays as asked."""
    cell = metrics_of(
        {
            "zeros": make_runs([0.5, 0.5], [0.7, 0.7]),
            "b": make_runs([0.8, 0.8], [0.4, 0.4]),
            "a": make_runs([0.8, 0.8], [0.4, 0.4]),
            "sharp": make_runs([0.8, 0.8], [0.3, 0.3]),
            "he": make_runs([0.9, 0.8]),
        }
    )
    assert cell["ranking"] == ["he", "sharp", "b", "a", "zeros"]


def test_diverged_runs_do_not_improve_the_rank_of_a_scheme(metrics_of, make_runs):
    """Half diverged and the rest perfect ranks below a sound scheme, all diverged below chance."""
    cell = metrics_of(
        {
            "gone": make_runs([1.0, 1.0], diverged_at={0: 1, 1: 1}),
            "lucky": make_runs([1.0, 1.0], diverged_at={0: 1}),
            "sound": make_runs([0.7, 0.7]),
            "chance": make_runs([0.5, 0.5]),
        }
    )
    assert cell["ranking"][0] == "sound"
    assert cell["ranking"][-1] == "gone"


def test_the_ranking_of_no_schemes_is_empty():
    """No scheme, no order."""
    assert rank({}, "accuracy") == []


def test_absent_runs_count_as_missing_and_enter_no_metric(tmp_path, make_outline, make_runs, fill):
    """A folder of which the half is trained can be read, and a scheme without runs comes last."""
    outline = make_outline(("he", "zeros", "bad"), (0, 1))
    fill(tmp_path, outline, {"zeros": make_runs([0.5, 0.5]), "bad": make_runs([0.3, 0.3])})
    cell = load_results(tmp_path).metrics["cells"][0]
    assert (cell["inits"]["he"]["runs"], cell["inits"]["he"]["missing"]) == (0, 2)
    assert cell["inits"]["he"]["test_loss"]["values"] == []
    assert cell["ranking"] == ["zeros", "bad", "he"]


def test_cells_are_described_one_by_one(tmp_path, make_outline, make_runs, make_setup):
    """Each point of a sweep has its settings and its own runs."""
    cells = tuple(
        Cell({"rate": rate}, make_setup(), {"he": (RunId(0, f"he-{rate}"),)}) for rate in (0.1, 1.0)
    )
    store = RunStore(tmp_path)
    store.write_outline(make_outline(("he",), cells=cells))
    store.write_unit(["he-0.1", "he-1.0"], make_runs([0.9, 0.6]), {"epochs": np.arange(4.0)})
    first, second = load_results(tmp_path).metrics["cells"]
    assert (first["settings"], second["settings"]) == ({"rate": 0.1}, {"rate": 1.0})
    assert second["inits"]["he"]["test_accuracy"]["values"] == pytest.approx([0.6])


def test_the_document_is_json_that_says_its_version(make_outline):
    """Any program can read it; keys are sorted, and it ends as text files end."""
    data = metrics_json(make_metrics(make_outline(), {}))
    document = json.loads(data)
    assert (document["format_version"], document["name"]) == (2, "moons")
    assert list(document) == sorted(document)
    assert data.endswith(b"}\n")


@pytest.mark.parametrize(
    ("tuned_key", "roles", "reported"),
    [
        ("", ["point", "point"], [0, 1]),
        ("rate", ["trial", "trial", "fixed", "tuned"], [3]),
        ("rate", ["trial", "trial"], []),
    ],
)
def test_cells_that_only_try_a_value_are_not_looked_across(
    tuned_key, roles, reported, make_outline, make_setup
):
    """Where a key is tuned, the tuned cells are what was asked for."""
    cells = tuple(Cell({}, make_setup(), {"he": ()}, role=role) for role in roles)
    outline = make_outline(("he",), cells=cells, tuned_key=tuned_key)
    assert reported_cells(outline) == reported


def test_a_cell_in_which_a_constant_answer_is_perfect_is_not_looked_across(
    tmp_path, make_outline, make_runs, make_setup, fill
):
    """A test part of one class has a baseline of 1, on which no score can be normalised."""
    setups = [make_setup(baselines=(0.6, share)) for share in (1.0, 0.6, 0.6)]
    ids = {label: (RunId(0, f"{label}-0"),) for label in ("he", "zeros")}
    cells = tuple(Cell({"n": n}, setup, ids) for n, setup in enumerate(setups))
    fill(
        tmp_path,
        make_outline(("he", "zeros"), cells=cells),
        {"he": make_runs([0.9]), "zeros": make_runs([0.6])},
    )
    metrics = load_results(tmp_path).metrics
    assert metrics["across"]["cells"] == 2
    assert metrics["cells"][0]["inits"]["he"]["learns"] is False
