"""A film: a GIF with a picture an epoch, whose panels and title move and nothing else does."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from initbench.plots import BoundaryPanel, boundary_film

AXIS = np.linspace(-2, 2, 8)
EPOCHS = [0.0, 1.0, 7.0]


def film(shifts, labels=("he", "</b>$x$")):
    """Return a film in which the boundary of each scheme moves by these shifts."""
    x, _ = np.meshgrid(AXIS, AXIS)
    frames = [
        [
            BoundaryPanel(label, 0, np.nan if np.isnan(shift) else 0.5, 1 / (1 + np.exp(shift - x)))
            for label in labels
        ]
        for shift in shifts
    ]
    frames = [
        [
            BoundaryPanel(each.label, 0, each.accuracy, each.probabilities[np.newaxis])
            for each in panels
        ]
        for panels in frames
    ]
    points, classes = np.array([[-1.0, 0.0], [1.0, 0.0]]), np.array([0, 1])
    return boundary_film(
        frames, AXIS, AXIS, points, classes, epochs=EPOCHS, title="Film", scaling="none"
    )


def pictures(data):
    """Return the pictures of a GIF as arrays (height, width, 3)."""
    with Image.open(BytesIO(data)) as image:
        found = []
        for place in range(image.n_frames):
            image.seek(place)
            found.append(np.asarray(image.convert("RGB")).astype(int))
        return found


def test_a_film_has_a_picture_an_epoch_that_differ_in_the_panels_and_the_title():
    """The foot of the page, with the key to the colours, is the same in all."""
    first, second, third = pictures(film([-1.0, 0.0, 1.0]))
    height = len(first)
    assert (first[:40] != second[:40]).any()
    assert (first[height // 2] != second[height // 2]).any()
    assert (second[height // 2] != third[height // 2]).any()
    foot = slice(int(0.93 * height), None)
    np.testing.assert_array_equal(first[foot], third[foot])


def test_paper_is_white():
    """The corners have no tint, whatever colours the palette has to share."""
    for picture in pictures(film([-1.0, 0.0, 1.0])):
        assert (picture[:5, :5] == 255).all()


def test_the_same_film_has_the_same_bytes():
    """A second one does not differ, and it is small."""
    first = film([-1.0, 0.0, 1.0])
    assert film([-1.0, 0.0, 1.0]) == first
    assert len(first) < 400_000


def test_a_run_that_diverges_in_the_middle_is_shown_until_then():
    """From there on its panel is empty and grey."""
    first, _, last = pictures(film([0.0, 0.0, np.nan], labels=("lost",)))
    grey = np.abs(last - 204).max(axis=-1) <= 6
    assert grey.mean() > 0.3
    assert (np.abs(first - 204).max(axis=-1) <= 6).mean() < 0.05


@pytest.mark.parametrize("epoch", [0, 1, 2])
def test_every_picture_holds_the_points(epoch):
    """They lie above the field, in the colours of their classes."""
    picture = pictures(film([-1.0, 0.0, 1.0]))[epoch]
    for colour in ((0x3F, 0x90, 0xDA), (0xFF, 0xA9, 0x0E)):
        assert (np.abs(picture - colour).max(axis=-1) < 16).sum() > 10
