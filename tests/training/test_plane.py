"""The plane: what networks say of it, at the end and on the way, and no number feels it."""

import numpy as np
import pytest

from initbench.nn.losses import loss_for
from initbench.training.plane import FRAME_SIDE, Plane, frame_epochs
from initbench.training.recording import Stop

SEEDS, SCALES = (0, 5), (0.01, 0.7, 1e30)
DIVERGES = [2, 5]


@pytest.fixture
def filmed(make_clouds, make_stack, make_recipe, trained):
    """Return a function that trains six runs, two of which diverge, with or without frames."""

    def train(*, with_plane=True, **changes):
        task = make_clouds()
        points = task.parts["train"].inputs[:, :-1]
        plane = Plane(points, task.loss) if with_plane else None
        network = make_stack(SEEDS, SCALES)
        records = trained(network, task, make_recipe(**changes), SEEDS, plane=plane)
        return records, network, plane

    return train


@pytest.mark.parametrize("classes", [2, 3])
def test_opinions_are_the_networks_probabilities(classes, make_clouds, make_stack):
    """Each grid point's probability is the network's at that point, y before x."""
    task = make_clouds(classes)
    network = make_stack([0], [0.7], sizes=(2, 5, 1 if classes == 2 else classes))
    points = task.parts["train"].inputs[:, :-1]
    plane = Plane(points, task.loss)
    grid_x, grid_y = plane.axes(80)
    logits = network.forward(np.array([[[grid_x[7], grid_y[60], 1.0]]], np.float32))
    expected = task.loss.probabilities(logits)[0, 0, :, 0]
    np.testing.assert_allclose(plane.opinions(network, 80)[0, :, 60, 7], expected, atol=1e-3)
    assert grid_x[0] < points[:, 0].min() < points[:, 0].max() < grid_x[-1]


@pytest.mark.parametrize("epochs", [1, 2, 7, 30, 100, 5000])
def test_frames_are_dense_at_the_start_and_few(epochs):
    """From 0 over 1 to the last epoch, and no gap but the last is shorter than one before it."""
    frames = frame_epochs(epochs)
    gaps = np.diff(frames)
    assert frames[0] == 0
    assert frames[1] == 1
    assert frames[-1] == epochs
    assert (np.diff(gaps[:-1]) >= 0).all()
    assert len(frames) <= 40


@pytest.mark.parametrize("batch_size", [8, None])
def test_filming_moves_no_number(filmed, batch_size):
    """Records and final weights are the same to the last bit, frames aside."""
    plain, _, _ = filmed(with_plane=False, batch_size=batch_size)
    seen, _, _ = filmed(batch_size=batch_size)
    assert seen.keys() - plain.keys() == {"frames"}
    for name, values in plain.items():
        np.testing.assert_array_equal(values, seen[name], err_msg=name)


def test_first_and_last_frame_are_the_untrained_and_the_trained_network(filmed, make_stack):
    """What lies between them is another opinion again."""
    records, network, plane = filmed()
    frames = records["frames"]
    assert frames.shape == (6, len(frame_epochs(5)), 1, FRAME_SIDE, FRAME_SIDE)
    with np.errstate(all="ignore"):
        start = plane.opinions(make_stack(SEEDS, SCALES), FRAME_SIDE)
        end = plane.opinions(network, FRAME_SIDE)
    np.testing.assert_array_equal(frames[:, 0], start)
    sound = [run for run in range(6) if run not in DIVERGES]
    np.testing.assert_array_equal(frames[sound, -1], end[sound])
    assert (frames[1, 1] != frames[1, 0]).any()
    assert (frames[1, 1] != frames[1, -1]).any()


def test_a_run_that_diverged_says_nothing_from_there_on(filmed):
    """Its last frame is NaN; the frames of its neighbours are finite."""
    records, _, _ = filmed()
    assert np.isnan(records["train_loss"][DIVERGES, -1]).all()
    assert np.isnan(records["frames"][DIVERGES, -1]).all()
    assert np.isfinite(np.delete(records["frames"], DIVERGES, axis=0)).all()


def test_a_stopped_run_says_to_the_end_what_it_said_last(filmed):
    """All frames from the point at which it was stopped are one."""
    records, network, plane = filmed(epochs=20, stop=Stop("train_loss", 0.3, None))
    stopped = records["stopped_at"][1]
    assert 0 < stopped < 15
    later = records["frames"][1, frame_epochs(20) > stopped]
    with np.errstate(all="ignore"):
        last = plane.opinions(network, FRAME_SIDE)[1]
    assert len(later) > 1
    assert (later == last).all()


def test_points_on_a_line_have_a_plane_around_them():
    """An axis along which nothing varies is two long."""
    x, y = Plane(np.array([[0.0, 3.0], [1.0, 3.0]]), loss_for(2)).axes(5)
    assert (x[0], x[-1]) == (-0.15, 1.15)
    assert (y[0], y[-1]) == (2.0, 4.0)
