"""Decision boundaries: recording them changes no other number of a run."""

import numpy as np
import pytest

from initbench.nn.losses import loss_for
from initbench.training.decision_boundary import FRAME_SIDE, BoundaryGrid, frame_epochs
from initbench.training.unit import Stop

SEEDS, SCALES = (0, 5), (0.01, 0.7, 1e30)
DIVERGES = [2, 5]


@pytest.fixture
def train_with_frames(make_clouds, make_stack, make_recipe, trained):
    """Return a function that trains six runs, two of which diverge, with or without frames."""

    def train(*, with_grid=True, **changes):
        task = make_clouds()
        points = task.parts["train"].inputs[:, :-1]
        grid = BoundaryGrid(points, task.loss) if with_grid else None
        network = make_stack(SEEDS, SCALES)
        records = trained(network, task, make_recipe(**changes), SEEDS, grid=grid)
        return records, network, grid

    return train


@pytest.mark.parametrize("classes", [2, 3])
def test_grid_holds_the_class_probabilities_of_the_network(classes, make_clouds, make_stack):
    """The probability at each grid point is that of the network, indexed by y before x."""
    task = make_clouds(classes)
    network = make_stack([0], [0.7], sizes=(2, 5, 1 if classes == 2 else classes))
    points = task.parts["train"].inputs[:, :-1]
    grid = BoundaryGrid(points, task.loss)
    grid_x, grid_y = grid.axes(80)
    logits = network.forward(np.array([[[grid_x[7], grid_y[60], 1.0]]], np.float32))
    expected = task.loss.probabilities(logits)[0, 0, :, 0]
    np.testing.assert_allclose(grid.probabilities(network, 80)[0, :, 60, 7], expected, atol=1e-3)
    assert grid_x[0] < points[:, 0].min() < points[:, 0].max() < grid_x[-1]


@pytest.mark.parametrize("epochs", [1, 2, 7, 30, 100, 5000])
def test_frames_are_dense_at_the_start_and_few(epochs):
    """Frames go from 0 over 1 to the last epoch; only the last gap may be shorter than others."""
    frames = frame_epochs(epochs)
    gaps = np.diff(frames)
    assert frames[0] == 0
    assert frames[1] == 1
    assert frames[-1] == epochs
    assert (np.diff(gaps[:-1]) >= 0).all()
    assert len(frames) <= 40


@pytest.mark.parametrize("batch_size", [8, None])
def test_recording_frames_changes_no_other_record(train_with_frames, batch_size):
    """Records and final weights are the same to the last bit, frames aside."""
    plain, _, _ = train_with_frames(with_grid=False, batch_size=batch_size)
    seen, _, _ = train_with_frames(batch_size=batch_size)
    assert seen.keys() - plain.keys() == {"frames"}
    for name, values in plain.items():
        np.testing.assert_array_equal(values, seen[name], err_msg=name)


def test_first_and_last_frame_show_the_untrained_and_trained_network(train_with_frames, make_stack):
    """The frames between them differ from both."""
    records, network, grid = train_with_frames()
    frames = records["frames"]
    assert frames.shape == (6, len(frame_epochs(5)), 1, FRAME_SIDE, FRAME_SIDE)
    with np.errstate(all="ignore"):
        start = grid.probabilities(make_stack(SEEDS, SCALES), FRAME_SIDE)
        end = grid.probabilities(network, FRAME_SIDE)
    np.testing.assert_array_equal(frames[:, 0], start)
    sound = [run for run in range(6) if run not in DIVERGES]
    np.testing.assert_array_equal(frames[sound, -1], end[sound])
    assert (frames[1, 1] != frames[1, 0]).any()
    assert (frames[1, 1] != frames[1, -1]).any()


def test_frames_of_a_diverged_run_are_nan(train_with_frames):
    """The last frame is NaN; the frames of the other runs are finite."""
    records, _, _ = train_with_frames()
    assert np.isnan(records["train_loss"][DIVERGES, -1]).all()
    assert np.isnan(records["frames"][DIVERGES, -1]).all()
    assert np.isfinite(np.delete(records["frames"], DIVERGES, axis=0)).all()


def test_a_stopped_run_keeps_its_last_frame(train_with_frames):
    """All frames after the stopping point are equal."""
    records, network, grid = train_with_frames(epochs=20, stop=Stop("train_loss", 0.3, None))
    stopped = records["stopped_at"][1]
    assert 0 < stopped < 15
    later = records["frames"][1, frame_epochs(20) > stopped]
    with np.errstate(all="ignore"):
        last = grid.probabilities(network, FRAME_SIDE)[1]
    assert len(later) > 1
    assert (later == last).all()


def test_grid_around_points_on_a_line_has_two_dimensions():
    """An axis along which all points agree spans two units."""
    x, y = BoundaryGrid(np.array([[0.0, 3.0], [1.0, 3.0]]), loss_for(2)).axes(5)
    assert (x[0], x[-1]) == (-0.15, 1.15)
    assert (y[0], y[-1]) == (2.0, 4.0)
