"""Verdicts: what holds passes, what does not fails, and what seeds cannot tell is said to be."""

from dataclasses import replace

import numpy as np
import pytest

from initbench.results import Cell, Claim, RunId, load_results

RNG_SEED = 7


@pytest.fixture
def judged(tmp_path, make_outline, make_setup, make_runs, fill):
    """Return a judge of one claim over two schemes, given the final scores of their runs."""

    def judge(
        text, zeros=(0.5,) * 10, he=(0.9,) * 10, *, asked=None, runs=None, setup=None, **claim
    ):
        outline = make_outline(
            seeds=range(asked or len(he)),
            claims=(Claim(text, **claim),),
            setup=make_setup(**(setup or {})),
        )
        arrays = {
            "zeros": make_runs(zeros, **(runs or {})),
            "he": make_runs(he, **(runs or {})),
        }
        stored = replace(
            outline,
            cells=tuple(
                replace(cell, runs={label: ids[: len(he)] for label, ids in cell.runs.items()})
                for cell in outline.cells
            ),
        )
        fill(tmp_path, stored, arrays).write_outline(outline)
        [found] = load_results(tmp_path).metrics["claims"]
        return found

    return judge


@pytest.fixture
def noisy():
    """Return a maker of scores around a mean."""
    rng = np.random.default_rng(RNG_SEED)
    return lambda mean, std=0.02, n=10: mean + std * rng.standard_normal(n)


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("test_accuracy(he) > 0.8", "PASS"),
        ("test_accuracy(he) < 0.8", "FAIL"),
        ("0.8 < test_accuracy(he)", "PASS"),
        ("0.8 < test_accuracy(he) < 0.85", "FAIL"),
        ("0.8 <= test_accuracy(he) <= 1", "PASS"),
        ("test_accuracy(he) > test_accuracy(zeros)", "PASS"),
        ("test_accuracy(he) - test_accuracy(zeros) > 0.3", "PASS"),
        ("test_accuracy(he) - test_accuracy(zeros) > 0.5", "FAIL"),
        ("test_accuracy(he) / test_accuracy(zeros) > 1.5", "PASS"),
        ("argbest(test_accuracy, init) == he", "PASS"),
        ("argbest(test_accuracy, init) == zeros", "FAIL"),
        ("argbest(test_loss, init) == he", "PASS"),
        ("median(test_accuracy(he)) > 0.8", "PASS"),
        ("variance(test_accuracy(he)) < 0.01", "PASS"),
        ("best(test_accuracy, init) > 0.8", "PASS"),
        ("share(test_accuracy(he) > 0.8) > 0.6", "PASS"),
        ("share(test_accuracy(he) > 0.8) > 0.9", "INCONCLUSIVE"),
        ("monotone(test_accuracy(he), epoch)", "PASS"),
        ("monotone(test_accuracy(he), epoch, falling)", "FAIL"),
        ("highest(test_accuracy(he), epoch) > 0.8", "PASS"),
        ("test_accuracy(he, epoch=0) > 0.8", "FAIL"),
        ("epochs_to_target(zeros) > 3", "PASS"),
    ],
)
def test_a_claim_holds_or_does_not(judged, noisy, text, verdict):
    """Far from the threshold ten seeds decide, and a claim made false on purpose fails."""
    found = judged(text, noisy(0.5), noisy(0.9))
    assert found["verdict"] == verdict
    assert found["seeds"] == 10


def test_a_small_difference_is_inconclusive_with_the_number_of_seeds_that_would_decide(
    judged, noisy
):
    """Where the mean lies a fifth of the interval above the threshold, 25 times the seeds do."""
    scores = noisy(0.9)
    summary = judged("test_accuracy(he) > 0", he=scores)
    mean, (low, _) = summary["measured"], summary["ci95"]
    threshold = mean - (mean - low) / 5
    found = judged(f"test_accuracy(he) > {threshold!r}", he=scores)
    assert found["verdict"] == "INCONCLUSIVE"
    assert found["finding"] == "about 240 more seeds would decide"


def test_the_number_of_seeds_that_is_named_decides(judged, noisy):
    """With as many more seeds of the same law, the verdict is no longer open."""
    scores = noisy(0.9, 0.05)
    threshold = float(np.mean(scores)) - 0.01
    few = judged(f"test_accuracy(he) > {threshold}", he=scores)
    more = int(few["finding"].split()[1])
    repeated = np.resize(scores, 10 * round((10 + more * 1.1) / 10))
    many = judged(f"test_accuracy(he) > {threshold}", (0.5,) * len(repeated), repeated)
    assert few["verdict"] == "INCONCLUSIVE"
    assert many["verdict"] == "PASS"


def test_differences_are_paired(judged, noisy):
    """A small lead that every seed has passes, though the seeds differ by more."""
    zeros = noisy(0.7, 0.1)
    found = judged("test_accuracy(he) > test_accuracy(zeros)", zeros, zeros + noisy(0.02, 0.002))
    assert found["verdict"] == "PASS"
    assert found["measured"] == pytest.approx(0.02, abs=0.002)


def test_a_quantity_passes_within_the_tolerance(judged, noisy):
    """It has to lie within the margin with its whole interval."""
    scores = noisy(0.9, 0.01)
    verdicts = [
        judged("test_accuracy(he)", he=scores, published=value, margin=0.03)["verdict"]
        for value in (0.9, 0.93, 0.95)
    ]
    assert verdicts == ["PASS", "INCONCLUSIVE", "FAIL"]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("test_accuracy(he) > 0.85", "FAIL"),
        ("test_loss(he) < 100", "FAIL"),
        ("test_loss(he) > 0.05", "PASS"),
        ("test_loss(he) > 0.2", "INCONCLUSIVE"),
        ("median(test_loss(he)) < 100", "INCONCLUSIVE"),
        ("share(test_loss(he) > 100) > 0.1", "PASS"),
    ],
)
def test_a_run_that_diverged_counts_against_its_scheme(judged, text, verdict):
    """Its accuracy is zero and its loss infinite, so a claim of a small one fails."""
    runs = {"diverged_at": {0: 2, 1: 2, 2: 2, 3: 2, 4: 2}}
    found = judged(text, (0.5,) * 10, (0.9,) * 10, runs=runs)
    assert found["verdict"] == verdict


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("test_r2(he) > 0.85", "FAIL"),
        ("test_r2(he) < 0.95", "PASS"),
        ("share(test_r2(he) < -100) > 0.1", "PASS"),
    ],
)
def test_the_r2_of_a_run_that_diverged_is_minus_infinity(judged, text, verdict):
    """Five good runs of ten are no evidence for a scheme whose other five diverged."""
    diverged = {"diverged_at": dict.fromkeys(range(5), 2), "score": "r2"}
    setup = {"classes": None, "score": "r2"}
    found = judged(text, (0.5,) * 10, (0.9,) * 10, runs=diverged, setup=setup)
    assert found["verdict"] == verdict


@pytest.mark.parametrize(
    ("name", "measured"), [("median", 0.55), ("variance", 0.09166666666666667)]
)
def test_a_number_of_all_seeds_has_an_interval_with_a_width(judged, name, measured):
    """Ten scores 0.1, 0.2, …, 1.0 leave a median and a variance uncertain on both sides."""
    scores = [place / 10 for place in range(1, 11)]
    found = judged(f"{name}(test_accuracy(he)) > 0", he=scores)
    low, high = found["ci95"]
    assert found["measured"] == pytest.approx(measured)
    assert low < 0.8 * measured
    assert high > 1.2 * measured
    wide = judged(f"{name}(test_accuracy(he)) > {0.9 * measured}", he=scores)
    assert wide["verdict"] == "INCONCLUSIVE"


def test_seeds_without_runs_keep_a_claim_from_passing(judged, noisy):
    """What is not on disk may say another thing."""
    found = judged("test_accuracy(he) > 0.8", noisy(0.5), noisy(0.9), asked=12)
    assert found["verdict"] == "INCONCLUSIVE"
    assert found["finding"] == "2 of 12 seeds have no value"
    found = judged("test_accuracy(he) < 0.8", noisy(0.5), noisy(0.9), asked=12)
    assert found["verdict"] == "FAIL"


def test_one_seed_gives_no_verdict(judged):
    """It has no interval."""
    found = judged("test_accuracy(he) > 0.8", (0.5,), (0.9,))
    assert (found["verdict"], found["ci95"]) == ("INCONCLUSIVE", None)


def test_a_claim_that_cannot_be_checked_has_a_reason(judged):
    """A folder without the metric of a claim can be read; the claim is inconclusive."""
    found = judged("layer_activation_std(he, layer=1) > 0")
    assert found["verdict"] == "INCONCLUSIVE"
    assert "record.layers" in found["finding"]


@pytest.fixture
def swept(tmp_path, make_outline, make_setup, make_runs, fill):
    """Return a judge of one claim over a sweep of depths, given the scores at each of them."""

    def judge(text, scores, key="network.depth"):
        cells = tuple(
            Cell(
                {key: depth},
                make_setup(),
                {"he": tuple(RunId(s, f"{depth}-{s}") for s in range(10))},
            )
            for depth in scores
        )
        outline = make_outline(labels=("he",), cells=cells, claims=(Claim(text),))
        store = fill(tmp_path, outline, {})
        for cell, final in zip(cells, scores.values(), strict=True):
            keys = [run.key for run in cell.runs["he"]]
            store.write_unit(keys, make_runs(final), {"epochs": np.arange(4.0)})
        [found] = load_results(tmp_path).metrics["claims"]
        return found

    return judge


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("test_accuracy(he, network.depth=3) > test_accuracy(he, depth=30)", "PASS"),
        ("monotone(test_accuracy(he), depth, falling)", "PASS"),
        ("monotone(test_accuracy(he), depth)", "FAIL"),
        ("argbest(test_accuracy(he), depth) == 3", "PASS"),
        ("argbest(test_accuracy(he), depth) == 10", "FAIL"),
        ("log10(argbest(test_accuracy(he), depth)) < 0.5", "PASS"),
        ("best(test_accuracy(he), depth) > 0.85", "PASS"),
        ("lowest(test_accuracy(he), depth) < 0.6", "PASS"),
        ("average(test_accuracy(he), depth) > 0.85", "FAIL"),
    ],
)
def test_claims_can_name_points_of_a_sweep(swept, noisy, text, verdict):
    """A key names a point, or is run through."""
    scores = {3: noisy(0.9), 10: noisy(0.7), 30: noisy(0.5)}
    assert swept(text, scores)["verdict"] == verdict


def test_a_run_that_touches_the_target_and_diverges_never_reaches_it(judged):
    """At epoch 2 all are at 0.967, above the target of 0.9, and at epoch 3 none has a loss."""
    lost = {"diverged_at": dict.fromkeys(range(10), 3)}
    assert judged("epochs_to_target(he) > 3", he=(1.2,) * 10, runs=lost)["verdict"] == "PASS"
