"""Event files hold what the folder holds, as TensorBoard itself reads them."""

import numpy as np
import pytest
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
from tensorboard.plugins.hparams import metadata

from initbench.errors import StorageError, UsageError
from initbench.tracking.tensorboard import EVENTS, export_to_tensorboard


@pytest.fixture
def logs(tmp_path):
    """Return the folder of logs, which is not there yet."""
    return tmp_path / "logs"


def contents(folder):
    """Return the bytes of all files below a folder."""
    return {
        path.relative_to(folder): path.read_bytes()
        for path in folder.rglob("*.*")
        if path.is_file()
    }


def read(folder):
    """Return what TensorBoard reads in a run's folder, and in no other."""
    accumulator = EventAccumulator(str(folder), size_guidance={"scalars": 0})
    accumulator.Reload()
    return accumulator


def test_tensorboard_reads_the_curves(make_results, logs):
    """Every point is there once, NaN included, in single precision, its step its epoch."""
    results = make_results(diverged=["he"])
    assert export_to_tensorboard(results, logs) == (logs / "moons", 4)
    for label in results.outline.labels:
        for number, seed in enumerate(results.seeds(label)):
            events = read(logs / "moons" / label / f"seed-{seed}")
            for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
                points = events.Scalars(name)
                assert [point.step for point in points] == [0, 1, 2, 3]
                expected = results.curves(label, name)[number].astype(np.float32)
                np.testing.assert_array_equal([point.value for point in points], expected)
            assert events.Tags()["scalars"].count("layer_activation_std/layer_3") == 1
    assert read(logs / "moons" / "he" / "seed-0").Scalars("final/diverged_at")[0].value == 2


def test_a_second_export_makes_the_same_bytes(make_results, with_report, logs):
    """Nothing is doubled, and no time of day is written."""
    results = make_results()
    with_report(results)
    export_to_tensorboard(results, logs)
    first = contents(logs)
    export_to_tensorboard(results, logs)
    assert contents(logs) == first
    assert len(first) == 5


def test_own_stale_files_are_removed_and_others_stay(make_results, logs):
    """Only event files of this name and below this folder are touched."""
    export_to_tensorboard(make_results(("zeros", "he")), logs)
    export_to_tensorboard(make_results(("he",)), logs, name="other")
    note = logs / "moons" / "zeros" / "seed-0" / "note.txt"
    note.write_text("mine")
    export_to_tensorboard(make_results(("he",)), logs)
    assert [path.name for path in (logs / "moons" / "zeros").rglob("*.*")] == ["note.txt"]
    assert (logs / "moons" / "he" / "seed-3" / EVENTS).is_file()
    assert (logs / "other" / "he" / "seed-3" / EVENTS).is_file()


def test_event_files_of_others_are_not_mixed_with_ours(make_results, logs):
    """TensorBoard would take both for one run, so nothing is written."""
    theirs = logs / "moons" / "he" / "seed-3" / "events.out.tfevents.1700000000.host"
    theirs.parent.mkdir(parents=True)
    theirs.write_bytes(b"theirs")
    with pytest.raises(UsageError, match=r"seed-3 holds events\.out\.tfevents\.1700000000\.host"):
        export_to_tensorboard(make_results(), logs)
    assert list(contents(logs).values()) == [b"theirs"]


@pytest.mark.parametrize(
    "label", ["../../x", "/etc/x", "a/b\\c", "..", "\x1b[31m\n", "\u202eab", "x" * 300]
)
def test_a_label_moves_no_file_and_is_kept(make_results, logs, label):
    """Runs lie where they belong, and the label stands in the parameters as it was."""
    export_to_tensorboard(make_results((label,)), logs, name=label)
    assert {len(path.parts) for path in contents(logs)} == {2, 4}
    run = next(path for path in logs.rglob("seed-3"))
    content = read(run).SummaryMetadata(metadata.SESSION_START_INFO_TAG).plugin_data.content
    parameters = metadata.parse_session_start_info_plugin_data(content).hparams
    assert parameters["init"].string_value == label
    assert parameters["init.std"].number_value == 0.5


def test_figures_are_exported_and_other_files_are_left_out(make_results, with_report, logs):
    """A damaged file in plots/ harms no export."""
    results = make_results()
    with_report(results)
    export_to_tensorboard(results, logs)
    images = read(logs / "moons")
    assert images.Tags()["images"] == ["plots/scores"]
    [image] = images.Images("plots/scores")
    assert (image.width, image.height) == (1, 1)


def test_a_place_that_cannot_be_written_to_is_an_error(make_results, logs):
    """A file in the way is named."""
    logs.mkdir()
    (logs / "moons").write_text("")
    with pytest.raises(StorageError, match="moons"):
        export_to_tensorboard(make_results(), logs)
