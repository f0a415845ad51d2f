"""Probes stored with the results: once for every network, whatever else the config changes."""

import json
import logging
from pathlib import Path

import numpy as np
import pytest

import initbench
from initbench.config.loading import make_experiment
from initbench.errors import UsageError
from initbench.experiment.plan import make_plan
from initbench.experiment.units import PREFIX
from initbench.probing import measuring as recording
from initbench.results import RunStore
from initbench.results.curvature import NAMES
from initbench.results.probes import BY_LAYER

SETTINGS = {
    "name": "probed",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"depth": 3, "width": 12},
    "training": {"epochs": 1},
    "inits": ["he", {"name": "random", "std": 0.01, "label": "small"}],
    "seeds": 3,
    "probe": True,
}


class Killed(BaseException):
    """Stands for the end of the process."""


def run(folder, settings=SETTINGS, **changes):
    """Run the experiment, and return the results that are loaded from its folder."""
    initbench.run({**settings, **changes}, results=folder, plots=False)
    return initbench.load_results(folder)


@pytest.fixture
def measured(monkeypatch):
    """Return a list of all (scheme, seed) that are measured from now on."""
    found = []
    measure = recording._measure

    def watched(unit, **settings):
        found.extend((each.scheme.name, seed) for each in unit.variants for seed in unit.seeds)
        return measure(unit, **settings)

    monkeypatch.setattr(recording, "_measure", watched)
    return found


def files_of(folder):
    """Return the raw files with their bytes."""
    return {path.name: path.read_bytes() for path in (Path(folder) / "runs").iterdir()}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"network": {"depth": 3, "width": 12, "normalization": "batch"}},
        {"network": {"hidden": []}, "dataset": "sine"},
        {"inits": ["lsuv", "torch:linear"], "dataset": "digits"},
    ],
)
def test_stored_probes_equal_a_probe_of_the_config(tmp_path, changes):
    """Bit for bit in any stack: measurements, spectra and forecasts."""
    results = run(tmp_path, **changes)
    asked = initbench.probe(config={**SETTINGS, **changes})
    for label, expected in asked.schemes.items():
        found = results.probe(label)
        for name in BY_LAYER:
            np.testing.assert_array_equal(found.layers[name], expected.layers[name])
        for name in ("loss", "guess", "jacobian", "layer_jacobian", "magnitudes"):
            np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))
        assert (found.expected is None) == (expected.expected is None)
        if expected.expected is not None:
            for name, values in vars(expected.expected).items():
                np.testing.assert_array_equal(getattr(found.expected, name), values)


def test_a_network_is_measured_once(tmp_path, measured):
    """A second run measures no network; a third measures only a new scheme and a new seed."""
    run(tmp_path)
    assert sorted(measured) == [
        (name, seed) for name in ("he_normal", "random") for seed in range(3)
    ]
    before = files_of(tmp_path)
    measured.clear()
    run(tmp_path)
    assert measured == []
    assert files_of(tmp_path) == before
    results = run(tmp_path, inits=[*SETTINGS["inits"], "zeros"], seeds=4)
    assert sorted(measured) == sorted(
        [("he_normal", 3), ("random", 3), *(("zeros", seed) for seed in range(4))]
    )
    assert results.probe("he").loss.shape == (4,)


def test_added_networks_have_the_numbers_of_a_run_of_all_at_once(tmp_path):
    """Seeds and schemes that are added later give the same metrics."""
    run(tmp_path / "grown", inits=["he"], seeds=1)
    grown, whole = run(tmp_path / "grown"), run(tmp_path / "whole")
    assert grown.metrics == whole.metrics


def test_settings_that_differ_only_in_training_share_their_networks(tmp_path, measured):
    """A sweep over learning rates and data types measures as many networks as one setting."""
    sweep = {
        "training.optimizer.learning_rate": [0.1, 1.0],
        "training.dtype": ["float32", "float64"],
    }
    results = run(tmp_path, sweep=sweep)
    assert len(measured) == 6
    assert len({id(each) for each in results.probes}) == 6
    entries = [cell["inits"]["he"]["probe"] for cell in results.metrics["cells"]]
    assert entries == [entries[0]] * 4
    run(tmp_path, sweep={"network.width": [12, 13]})
    assert len(measured) == 12


def test_each_tuned_scheme_is_probed_and_no_trial_is(tmp_path, measured):
    """Trials have other seeds; the tuned cells share the networks of the config."""
    tune = {"values": [0.1, 1.0], "seeds": 2}
    results = run(tmp_path, tune=tune)
    assert {seed for _, seed in measured} == {0, 1, 2}
    known = {cell.role: bool(cell.probes) for cell in results.outline.cells}
    assert known == {"trial": False, "fixed": True, "tuned": True}


def test_the_networks_of_tuned_cells_are_measured(tmp_path, measured):
    """If the tuned key changes the initial weights, the chosen value has a probe too."""
    tune = {"key": "inits.small.std", "values": [0.5, 2.0], "seeds": 2}
    results = run(tmp_path, tune=tune)
    tuned = next(place for place, cell in enumerate(results.outline.cells) if cell.role == "tuned")
    assert results.probe("small", tuned).loss.shape == (3,)
    assert len(measured) == 9


def test_each_seed_is_measured_on_its_own_samples(tmp_path):
    """With ``resample``, every seed draws its own data."""
    dataset = {**SETTINGS["dataset"], "resample": True}
    results = run(tmp_path, dataset=dataset)
    third = {**SETTINGS, "dataset": {**SETTINGS["dataset"], "seed": 2}, "seeds": [2]}
    alone = initbench.probe(config=third).schemes["he"]
    assert results.probe("he").loss[2] == alone.loss[0]
    assert len(set(results.probe("he").loss)) == 3


def test_a_killed_process_loses_only_the_unit_being_measured(tmp_path, monkeypatch):
    """Earlier units are on disk, and the next run writes the bytes of an uninterrupted run."""
    monkeypatch.setattr("initbench.experiment.plan.UNIT_SECONDS", 0.0)
    run(tmp_path / "clean")
    measure, left = recording._measure, [4]

    def mortal(unit, **settings):
        left[0] -= 1
        if not left[0]:
            raise Killed
        return measure(unit, **settings)

    monkeypatch.setattr(recording, "_measure", mortal)
    with pytest.raises(Killed):
        run(tmp_path / "killed")
    keys = RunStore(tmp_path / "killed").keys()
    assert sum(key.startswith(PREFIX) for key in keys) == 3
    run(tmp_path / "killed")
    assert left[0] == -3
    assert files_of(tmp_path / "killed") == files_of(tmp_path / "clean")
    for name in ("metrics.json", "REPORT.md", "report.html"):
        ours, theirs = (tmp_path / folder / name for folder in ("killed", "clean"))
        assert ours.read_bytes() == theirs.read_bytes()


def test_a_folder_without_probes_opens_and_gets_them_without_training(tmp_path, measured):
    """Turning probes on trains no run again, and turning them off removes no probe."""
    before = run(tmp_path, probe=False)
    assert before.probe("he") is None
    assert before.metrics["cells"][0]["inits"]["he"]["probe"] is None
    after = run(tmp_path)
    assert after.runs.keys() == before.runs.keys()
    assert json.loads((tmp_path / "manifest.json").read_text())["runs_trained"] == 6
    assert len(measured) == 6
    run(tmp_path, probe=False)
    run(tmp_path)
    assert len(measured) == 6


def test_an_outline_of_an_older_version_opens(tmp_path):
    """It has no probes, and neither have its results."""
    run(tmp_path)
    path = tmp_path / "runs" / "outline.json"
    document = json.loads(path.read_text())
    for cell in document["cells"]:
        del cell["probes"]
    path.write_text(json.dumps(document))
    assert initbench.load_results(tmp_path).probe("he") is None


def test_fresh_sets_probes_aside(tmp_path, measured):
    """They are measured again, with the same bytes."""
    run(tmp_path)
    before = files_of(tmp_path)
    initbench.run(SETTINGS, results=tmp_path, plots=False, fresh=True)
    assert len(measured) == 12
    assert files_of(tmp_path) == before
    assert list(tmp_path.glob("runs.aside-1/*.npz"))


def test_a_damaged_file_is_measured_again(tmp_path, measured):
    """It is set aside, as files of runs are."""
    run(tmp_path)
    for path in tmp_path.glob("runs/*.npz"):
        path.write_bytes(path.read_bytes()[:-30])
    results = run(tmp_path)
    assert len(measured) == 12
    assert len(results.probes) == 6


def test_numbers_do_not_depend_on_how_networks_are_cut_into_units(tmp_path, monkeypatch):
    """One network at a time or all at once."""
    together = run(tmp_path / "together")
    monkeypatch.setattr("initbench.experiment.plan.UNIT_SECONDS", 0.0)
    apart = run(tmp_path / "apart")
    assert len(list(tmp_path.glob("apart/runs/*.npz"))) == 12
    assert apart.metrics == together.metrics


def test_an_error_of_one_scheme_does_not_affect_the_others(tmp_path, measured, monkeypatch, caplog):
    """The rest of its unit is measured, the error is logged, and the next run tries again."""
    stack = recording.measure_stack

    def picky(subject, schemes, *rest, **options):
        if any(scheme.initializer.name == "random" for scheme in schemes):
            raise ZeroDivisionError("no luck")
        return stack(subject, schemes, *rest, **options)

    with monkeypatch.context() as patch:
        patch.setattr(recording, "measure_stack", picky)
        with caplog.at_level(logging.ERROR):
            results = run(tmp_path)
    assert results.probe("small") is None
    assert results.probe("he").loss.shape == (3,)
    assert "3 networks of random could not be probed: ZeroDivisionError: no luck" in caplog.text
    assert results.metrics["cells"][0]["inits"]["small"]["probe"] is None
    measured.clear()
    assert run(tmp_path).probe("small").loss.shape == (3,)
    assert {name for name, _ in measured} == {"random"}


def test_an_error_of_the_data_is_not_blamed_on_a_scheme(tmp_path, monkeypatch):
    """The run ends with it, since no other network could be measured either."""

    def fail(_unit, **_options):
        raise UsageError("the samples have changed")

    monkeypatch.setattr(recording, "_measure", fail)
    with pytest.raises(UsageError, match="the samples have changed"):
        run(tmp_path)


def test_overflowing_signals_are_findings(tmp_path):
    """No warning, null in the metrics, and a verdict."""
    inits = [{"name": "random", "std": 1e200, "label": "huge"}, "zeros"]
    entries = run(tmp_path, inits=inits).metrics["cells"][0]["inits"]
    assert "not finite in 3 of 3 seeds" in entries["huge"]["probe"]["verdict"]
    assert entries["huge"]["probe"]["initial_loss"]["values"] == [None] * 3
    assert entries["zeros"]["probe"]["signal_factor"]["mean"] is None
    json.dumps(entries, allow_nan=False)


def test_too_few_samples_are_refused_before_training(tmp_path):
    """A probe needs two samples."""
    dataset = {"name": "sine", "samples": 2, "test_fraction": 0.5}
    with pytest.raises(UsageError, match="a probe needs at least two samples to train on"):
        run(tmp_path, dataset=dataset)
    assert not list(tmp_path.iterdir())


def test_probes_do_not_change_run_keys():
    """Keys of runs are the same with and without probes."""
    with_probe, without = (
        make_plan(make_experiment({**SETTINGS, "probe": probe}, "x")) for probe in (True, False)
    )
    assert with_probe.outline.keys == without.outline.keys
    assert (len(with_probe.probes), without.probes) == (1, ())
    assert not with_probe.outline.keys & with_probe.outline.probe_keys


def test_claims_read_probes_and_theory(tmp_path):
    """Values are those of the records: He's law, its loss and its singular values."""
    claims = [
        {"claim": "theory_weight_variance(he) == 2", "margin": 1e-9},
        {"claim": "theory_chi_1(he) == 1", "margin": 1e-9},
        "theory_q_star(small) < 1e-3",
        "probe_preactivation_rms(small, layer=3) < probe_preactivation_rms(he, layer=3)",
        "probe_jacobian(small, singular_value=1) < lowest(probe_jacobian(he), singular_value)",
        "probe_jacobian(he, singular_value=2) > 0",
        "probe_cosine(he, layer=4) <= 1.001",  # rounding aside, a cosine is at most 1
    ]
    found = run(tmp_path, expect=claims).metrics["claims"]
    verdicts = [each["verdict"] for each in found]
    assert verdicts == ["PASS"] * 5 + ["INCONCLUSIVE", "PASS"]
    assert "has 1 singular value, and no singular value 2" in found[5]["finding"]
    loss = np.mean([record["loss"] for record in load_probes(tmp_path, "he")])
    [judged] = run(tmp_path, expect=["probe_loss(he) > 0"]).metrics["claims"]
    assert judged["measured"] == pytest.approx(loss)


def load_probes(folder, label):
    """Return the records of a scheme's untrained networks."""
    results = initbench.load_results(folder)
    return [results.probes[key] for key in results.outline.cells[0].probes[label]]


def test_claims_about_probes_need_probes(tmp_path):
    """The error names the key of the config, and the character of the claim."""
    with pytest.raises(UsageError, match=r"probe_ need probe: true.*character 5"):
        run(tmp_path, probe=False, expect=["1 < probe_loss(he)"])
    with pytest.raises(UsageError, match="has 4 layers, and no layer 9"):
        run(tmp_path, expect=["probe_cosine(he, layer=9) > 0"])


def test_curvature_is_stored_claimed_and_measured_once(tmp_path, measured):
    """A probe that had none is measured again, and then no more; JSON has the limits."""
    run(tmp_path)
    assert len(measured) == 6
    settings = {"probe": {"curvature": True}}
    claim = "curvature_hessian_eigenvalues(he, singular_value=1) > curvature_hessian_trace(small)"
    results = run(tmp_path, **settings, expect=[claim])
    assert len(measured) == 12
    again = run(tmp_path, **settings, expect=[claim])
    assert len(measured) == 12
    curvature = results.probe("he").curvature
    for name in NAMES:
        np.testing.assert_array_equal(
            curvature.arrays[name], again.probe("he").curvature.arrays[name]
        )
    entry = results.metrics["cells"][0]["inits"]["he"]["probe"]["curvature"]
    assert entry["limits"]["sgd"]["n"] == 3
    [judgement] = results.metrics["claims"]
    assert judgement["seeds"] == 3
    assert "SGD is stable up to about" in (tmp_path / "REPORT.md").read_text("utf-8")


def test_curvature_is_counted_and_takes_longer(tmp_path):
    """The estimate grows by what is measured."""
    estimates = [
        initbench.estimate({**SETTINGS, "probe": probe}, results=tmp_path)
        for probe in (True, {"curvature": True})
    ]
    assert estimates[1].probe_seconds > estimates[0].probe_seconds
    assert estimates[1].result_bytes > estimates[0].result_bytes
