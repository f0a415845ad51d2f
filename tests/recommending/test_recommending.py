"""Recommending: reproducible recommendations, and messages where there is none."""

import itertools
import json
import re
from dataclasses import replace
from types import SimpleNamespace

import pytest

import initbench
from initbench.errors import ConfigError, UsageError
from initbench.experiment.progress import Progress
from initbench.recommending.budget import BUDGET_FILE
from initbench.recommending.report import recommendation_document, recommendation_text
from initbench.results.metrics import as_json


def test_the_same_question_and_run_steps_make_the_same_document(quick):
    """Byte for byte, when trained again, with any number of processes."""
    first = as_json(recommendation_document(quick(folder="a")))
    second = as_json(recommendation_document(quick(folder="b", jobs=2)))
    assert first == second


def test_the_same_question_in_the_same_folder_trains_nothing(quick):
    """The runs are in the folder, and the answer is the same."""
    first = quick()
    before = {path: path.stat().st_mtime_ns for path in (first.folder / "runs").glob("*.npz")}
    again = quick()
    assert again == first
    assert before == {
        path: path.stat().st_mtime_ns for path in (first.folder / "runs").glob("*.npz")
    }


def test_the_run_steps_of_a_time_are_stored(quick, monkeypatch):
    """The stored number is used again, and a budget of as many run-steps gives the same result."""
    monkeypatch.setattr("initbench.recommending.recommending.run_steps_in", lambda *_: 5000)
    timed = quick(budget="3s", folder="timed")
    assert json.loads((timed.folder / BUDGET_FILE).read_text())["run_steps"] == 5000
    monkeypatch.setattr("initbench.recommending.recommending.run_steps_in", lambda *_: 1)
    assert quick(budget="3s", folder="timed") == timed
    assert replace(quick(budget=f"{timed.budget} steps"), folder=timed.folder) == timed


def test_the_run_steps_of_a_time_that_was_too_short_are_not_stored(quick, monkeypatch):
    """A machine that was busy may be free the next time."""
    monkeypatch.setattr("initbench.recommending.recommending.run_steps_in", lambda *_: 1)
    with pytest.raises(UsageError, match="too short for 2 schemes on this machine; use at least"):
        quick(budget="3s")
    monkeypatch.setattr("initbench.recommending.recommending.run_steps_in", lambda *_: 5000)
    assert quick(budget="3s").budget == 5000


def test_a_time_that_is_over_before_training_gets_the_advice_of_a_longer_one(quick, monkeypatch):
    """The clock shows two seconds more at each look, and the advised time is accepted."""

    def accepted(*_args, **_options):
        raise KeyboardInterrupt

    def advice(budget):
        ticks = itertools.count(0.0, 2.0)
        clock = SimpleNamespace(perf_counter=lambda: next(ticks))
        monkeypatch.setattr("initbench.recommending.recommending.time", clock)
        with pytest.raises(UsageError, match=r"use at least \d+s") as caught:
            quick(budget=budget)
        return int(re.search(r"at least (\d+)s", str(caught.value))[1])

    monkeypatch.setattr("initbench.recommending.budget.calibrate", lambda _: [100.0])
    monkeypatch.setattr("initbench.recommending.recommending.race", accepted)
    seconds = advice("0.1s")
    assert seconds == advice("2.1s")
    with pytest.raises(KeyboardInterrupt):
        quick(budget=f"{seconds}s")


def test_the_text_says_who_chose_the_schemes(quick):
    """Nothing where the user named them."""
    named = quick()
    assert "Schemes:" not in recommendation_text(named)
    for chosen_by, said in (
        ("atlas", "near networks of the atlas"),
        ("theory", "papers and theory propose"),
    ):
        text = recommendation_text(replace(named, chosen_by=chosen_by))
        assert said in " ".join(text.split())
    assert recommendation_document(named)["chosen_by"] == "user"


def test_an_interrupted_race_is_continued(quick):
    """The recommendation is that of a race without interruption."""

    def interrupt(progress):
        if progress.done > progress.total / 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        quick(progress=interrupt, folder="broken")
    resumed = quick(folder="broken")
    assert replace(quick(folder="whole"), folder=resumed.folder) == resumed


def test_progress_never_decreases_and_ends_at_its_total(quick):
    """The total stays the same, whatever the race leaves out."""
    told = []
    quick(progress=told.append)
    assert all(isinstance(each, Progress) for each in told)
    done = [each.done for each in told]
    assert done == sorted(done)
    assert len({each.total for each in told}) == 1
    assert done[-1] == told[-1].total
    assert {(each.runs, each.runs_done) for each in told} == {(0, 0)}  # only epochs are counted


def test_a_recommendation_has_reason_lines_of_code_and_ranking(quick):
    """The ranking has all schemes of the race, best first; each framework has a line of code."""
    found = quick(inits=["he", "zeros", {"name": "random", "std": 1e-4}])
    assert {entrant.label for entrant in found.ranking} == {"he", "random"}
    assert found.pick == found.ranking[0].label == "he"
    assert found.tied == ("he",)
    assert set(found.lines) == {"torch", "keras", "jax"}
    assert "kaiming_normal_" in found.lines["torch"]
    assert "only biases would move" in found.left_out["zeros"]
    assert found.reason.startswith("he ")
    text = recommendation_text(found)
    assert text.startswith("Start from he: 2-8-8-1 relu on moons, after ")
    assert f'--budget "{found.budget} steps"' in text.replace("\n", " ")
    best, other = found.ranking
    unclear = replace(found, ranking=(best, replace(other, standing="unclear")))
    said = "It has the highest mean; 1 scheme may be as good."
    assert said in recommendation_text(unclear).replace("\n", " ")
    assert said not in text.replace("\n", " ")


def test_the_folder_is_a_results_folder(quick):
    """Its last round can be loaded like any experiment."""
    found = quick()
    results = initbench.load_results(found.folder)
    [cell] = results.metrics["cells"]
    assert cell["ranking"][0] == found.ranking[0].label


def test_no_scheme_is_recommended_if_none_learns(quick):
    """Random labels cannot be learned; the reason says so."""
    noise = {"name": "gaussian", "samples": 200, "dimensions": 4, "classes": 2}
    found = quick(dataset=noise, inits=["he", "lecun_normal"], budget="30000 steps")
    assert found.tied == ()
    assert (found.pick, found.lines) == ("", {})
    assert found.reason.startswith("None of them learns")
    assert recommendation_text(found).startswith("No answer for 4-8-8-1 relu on gaussian after ")


def test_the_reason_names_the_rates_if_all_schemes_diverge(quick):
    """From the lowest to the highest rate that was tried."""
    found = quick(
        dataset={"name": "friedman1", "samples": 80},
        overrides=["training.optimizer.learning_rate=1e30"],
    )
    assert found.tied == ()
    assert found.reason.startswith("All of them diverge at every rate from 3.2e+28 to ")


def test_a_regression_is_scored_by_r2(quick):
    """R² may be negative; in trials a negative score counts as 0."""
    found = quick(dataset={"name": "sine", "samples": 80}, activation="tanh")
    assert found.score == "r2"
    assert "test R²" in recommendation_text(found)


def test_a_config_gives_schemes_data_and_network(quick, tmp_path):
    """Its sweep is ignored."""
    path = tmp_path / "tiny.yaml"
    path.write_text(
        "dataset: {name: moons, samples: 80}\nnetwork: {hidden: [4]}\ninits: [he, random]\n"
        "sweep: {training.epochs: [1, 2]}\n"
    )
    found = quick(inits=(), config=path, depth=None, dataset="digits")
    assert found.network == "2-4-1 relu"
    assert {entrant.label for entrant in found.ranking} == {"he", "random"}


@pytest.mark.parametrize(
    ("given", "error", "said"),
    [
        ({"depth": None}, UsageError, "give depth, with width, or hidden"),
        ({"hidden": [3]}, UsageError, "give depth, with width, or hidden"),
        ({"activation": "tahn"}, ConfigError, "Did you mean 'tanh'?"),
        ({"inits": ["hee"]}, ConfigError, "Did you mean 'he'?"),
        ({"inits": ["zeros"]}, UsageError, "none of the schemes can train this network"),
        ({"budget": "10 steps"}, UsageError, "at least "),
        ({"budget": "soon"}, UsageError, "budget must be"),
        ({"results": 3}, UsageError, "results must be a path"),
        ({"jobs": 0}, UsageError, "jobs must be"),
        ({"overrides": ["training.epochs=0"]}, UsageError, "epochs must be at least 1"),
    ],
)
def test_invalid_arguments_are_refused_with_a_message(quick, given, error, said):
    """With an error of the `InitbenchError` family."""
    with pytest.raises(error, match=said):
        quick(**given)
