"""``initbench verify``: claims checked end to end, and exit codes that a script can trust."""

import json
from pathlib import Path

import pytest

HOLDS = "train_loss(zeros) < 0.7"
FAILS = "test_accuracy(zeros) > 0.9"
OPEN = "share(train_loss(he) > 0) > 0.9"


@pytest.fixture
def claiming(config):
    """Return a maker of a small config with these claims."""
    return lambda *claims, **settings: config(expect=json.dumps(claims), **settings)


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ([HOLDS], 0),
        ([FAILS], 1),
        ([OPEN], 0),
        ([HOLDS, OPEN, FAILS], 1),
    ],
)
def test_a_claim_that_fails_is_exit_code_one(invoke, claiming, claims, code):
    """Too few seeds are no failure."""
    result = invoke("verify", claiming(*claims), "--no-plots")
    assert result.exit_code == code, result.output


def test_each_claim_is_shown_with_measured_and_published_values(invoke, claiming):
    """The verdict stands beside the claim, and below it the figures."""
    claim = {"claim": "train_loss(zeros)", "published": 0.6931, "margin": 0.01, "note": "As ln 2."}
    result = invoke("verify", claiming(claim, FAILS), "--no-plots")
    assert "PASS          train_loss(zeros)\n" in result.stdout
    assert "measured 0.693 (0.693 to 0.693), published 0.6931 ± 0.01\n" in result.stdout
    assert "              As ln 2.\n" in result.stdout
    assert f"FAIL          {FAILS}\n" in result.stdout
    assert "\n1 PASS and 1 FAIL\n" in result.stdout


def test_json_is_one_document_with_all_verdicts(invoke, claiming):
    """Of one config a mapping, of several a list; it agrees with ``metrics.json``."""
    first, second = claiming(HOLDS), claiming(FAILS, name="other")
    document = json.loads(invoke("verify", first, "--no-plots", "--json", "-q").stdout)
    assert document["name"] == "tiny"
    assert [claim["verdict"] for claim in document["claims"]] == ["PASS"]
    metrics = json.loads(Path("results/tiny/metrics.json").read_text())
    assert metrics["claims"] == document["claims"]
    result = invoke("verify", first, second, "--no-plots", "--json", "-q")
    assert result.exit_code == 1
    verdicts = [[claim["verdict"] for claim in one["claims"]] for one in json.loads(result.stdout)]
    assert verdicts == [["PASS"], ["FAIL"]]


def test_a_config_without_claims_is_refused_before_it_is_run(invoke, config):
    """There is nothing to verify, and the message says how to claim something."""
    result = invoke("verify", config())
    assert result.exit_code == 2
    assert "has no claims" in result.stderr
    assert "expect: [" in result.stderr
    assert not Path("results").exists()


def test_only_missing_runs_are_trained(invoke, claiming, stamps):
    """A new claim over runs that are on disk trains nothing, and one more seed trains that seed."""
    invoke("run", claiming(), "--no-plots")
    before = {name for name in stamps("results/tiny/runs") if name.endswith(".npz")}
    result = invoke("verify", claiming(HOLDS), "--no-plots")
    assert result.exit_code == 0
    assert "were already on disk" in result.stderr
    assert {name for name in stamps("results/tiny/runs") if name.endswith(".npz")} == before
    assert "verify" not in Path("results/tiny/config.yaml").read_text()
    result = invoke("verify", claiming(HOLDS), "--no-plots", "--seeds", "3")
    assert len(list(Path("results/tiny/runs").glob("*.npz"))) > len(before)


def test_the_report_tells_the_verdicts_and_is_rebuilt_from_the_folder(invoke, claiming, stamps):
    """Claims are stored with the runs; the config need not be there any more."""
    invoke("verify", claiming(HOLDS, FAILS), "--no-plots")
    folder = Path("results/tiny")
    before = stamps(folder)
    report = (folder / "REPORT.md").read_text()
    assert "## Claims" in report
    assert "| FAIL |" in report
    for name in ("REPORT.md", "metrics.json", "curves.csv", "config.yaml"):
        (folder / name).unlink()
    assert invoke("report", folder, "--no-plots").exit_code == 0
    after = stamps(folder)
    assert after["REPORT.md"][1] == before["REPORT.md"][1]
    assert after["metrics.json"][1] == before["metrics.json"][1]


def test_a_claim_can_use_every_metric_of_a_part(invoke, claiming):
    """Balanced accuracy too; with two classes of one size it is 0.5 for a constant answer."""
    result = invoke("verify", claiming("0.49 < test_balanced_accuracy(zeros) < 0.51"))
    assert result.exit_code == 0, result.output
    assert "metric is called" not in result.stderr


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("test_acuracy(he) > 1", "no metric is called test_acuracy. Did you mean 'test_accuracy'?"),
        ("test_accuracy(hee) > 1", "no scheme is labelled hee. Did you mean 'he'?"),
        ("test_accuracy(he", "this ( is never closed (at character 14)"),
        ("test_accuracy(he, depth=3) > 1", "depth is no key"),
        ("test_accuracy > 1", "test_accuracy of which scheme? Schemes: zeros, he"),
        ("layer_activation_std(he, layer=1) > 1", "record.layers"),
        ("distinct_units(he) > 1", "at which layer?"),
        ("test_ece(he, epoch=1) > 1", "is measured once"),
        ("test_accuracy(he, layer=1) > 1", "has no layer: leave out layer"),
        ("test_accuracy(he)", "compares nothing"),
        ({"claim": HOLDS, "margin": 1}, "takes no margin"),
        ({"claim": HOLDS, "sourc": "x"}, "Did you mean 'source'?"),
        ({"claim": HOLDS, "published": [1]}, "published: must be a number or text, not a list"),
        ({"source": "x"}, "is required"),
        (3, "must be a claim, or a mapping with one, not 3"),
    ],
)
def test_an_unverifiable_claim_is_reported_with_its_line(invoke, claiming, claim, words):
    """Before anything is trained, with the line and the nearest right name."""
    result = invoke("verify", claiming(claim))
    assert result.exit_code == 2
    assert "line 6, column " in result.stderr
    assert "expect[0]" in result.stderr
    assert words in result.stderr
    assert not Path("results").exists()


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        ("test_r2(he) > 0", "test_r2 is not recorded here: the score is accuracy"),
        ("test_accuracy(he, epoch=1.5) > 0", "the nearest is 1"),
        ("distinct_units(he, layer=2) > 0", "has 1 layer, and no layer 2"),
    ],
)
def test_claims_about_unrecorded_quantities_are_refused_before_training(
    invoke, claiming, claim, words
):
    """The data and the recipe say what there will be."""
    result = invoke("verify", claiming(claim))
    assert result.exit_code == 2
    assert words in result.stderr


def test_points_of_a_sweep_are_named_by_their_keys(invoke, claiming):
    """In full or by the last word of the key; one that is left out is asked for."""
    sweep = "{training.optimizer.learning_rate: [0.01, 0.1]}"
    text = "train_loss(he, learning_rate={}) < train_loss(he, epoch=0, learning_rate=0.01)"
    result = invoke("verify", claiming(text.format(0.1), sweep=sweep), "--no-plots")
    assert result.exit_code in {0, 1}
    result = invoke("verify", claiming(text.format(1), sweep=sweep))
    assert "training.optimizer.learning_rate is never 1: its values are 0.01, 0.1" in " ".join(
        result.stderr.split()
    )
    result = invoke("verify", claiming("train_loss(he) < 1", sweep=sweep))
    assert "at which training.optimizer.learning_rate?" in result.stderr


def test_a_tuned_scheme_is_named_by_how_it_is_tuned(invoke, claiming):
    """The config's own value and the best of the trials are two points."""
    tune = "{values: [0.01, 1.0], seeds: 2}"
    claim = "train_loss(zeros, tune=tuned) - train_loss(zeros, tune=fixed) < 0.1"
    result = invoke("verify", claiming(claim, tune=tune), "--no-plots")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("PASS")
    result = invoke("verify", claiming("train_loss(zeros) < 1", tune=tune))
    assert result.exit_code == 2
    assert "train_loss(zeros) at which tune?" in result.stderr
