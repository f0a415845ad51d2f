"""Large experiments: what is done for every run and unit stays in proportion to their number."""

from benchmarks.scale import measure


def test_an_experiment_is_planned_cut_stored_and_resumed_without_training(tmp_path):
    """Ten thousand runs have keys, units and files; the second half follows the first."""
    stages = {stage.name: stage.count for stage in measure(10_000, tmp_path)}
    assert stages["plan and key"] == stages["find that all is there"] == 10_000
    halves = stages["store the first half"], stages["store the second half"]
    assert sum(halves) == stages["cut"] == len(list(tmp_path.glob("runs/*.npz")))
    assert halves[1] == stages["read what is there, and cut the rest"]
