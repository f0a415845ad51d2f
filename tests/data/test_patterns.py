"""Patterns: without noise they lie exactly where their geometry says."""

import numpy as np
import pytest

from initbench.data import load_dataset


@pytest.mark.parametrize("cells", [2, 3, 8])
def test_fields_of_a_checkerboard_alternate(cells):
    """A sample's class is the parity of its column plus its row, and every field has samples."""
    board = load_dataset("checkerboard", samples=2000, cells=cells)
    fields = np.floor((board.X + 1) / 2 * cells).astype(int)
    np.testing.assert_array_equal(fields.sum(axis=1) % 2, board.y)
    assert len(np.unique(fields, axis=0)) == cells**2


def test_fields_of_a_checkerboard_are_equally_likely():
    """Counts of the fields of one colour differ by no more than chance allows."""
    board = load_dataset("checkerboard", samples=18_000, cells=3)
    fields = np.floor((board.X + 1) / 2 * 3).astype(int)
    counts = np.bincount(fields[:, 0] * 3 + fields[:, 1], minlength=9)
    for colour, number in ((0, 5), (1, 4)):
        expected = 9000 / number
        same = counts[np.arange(9) % 2 == colour]
        assert (np.abs(same - expected) < 5 * np.sqrt(expected)).all()


def test_rings_have_evenly_spaced_radii():
    """Class k lies at (k + 1) / rings from the centre."""
    rings = load_dataset("rings", samples=500, rings=5, noise=0)
    np.testing.assert_allclose(np.hypot(*rings.X.T), (rings.y + 1) / 5)


def test_quantiles_of_a_cloud_are_shells():
    """No sample of a class is nearer to the centre than one of the class before."""
    cloud = load_dataset("gaussian_quantiles", samples=1000, classes=4, dimensions=3)
    radii = np.linalg.norm(cloud.X, axis=1)
    for label in range(3):
        assert radii[cloud.y == label].max() <= radii[cloud.y == label + 1].min()


def test_the_cloud_of_quantiles_is_normal():
    """Its mean is 0 and its variance 1, within five standard errors."""
    X = load_dataset("gaussian_quantiles", samples=20_000).X
    assert np.abs(X.mean(axis=0)).max() < 5 / np.sqrt(20_000)
    assert np.abs(X.var(axis=0) - 1).max() < 5 * np.sqrt(2 / 20_000)


@pytest.mark.parametrize(("bits", "samples"), [(2, 4), (10, 600), (10, 1024), (60, 100)])
def test_parity_counts_minuses(bits, samples):
    """Strings are distinct, and their class is whether they hold an odd number of -1."""
    strings = load_dataset("parity", bits=bits, samples=samples)
    assert strings.X.shape == (samples, bits)
    assert set(np.unique(strings.X)) == {-1.0, 1.0}
    assert len(np.unique(strings.X, axis=0)) == samples
    np.testing.assert_array_equal((strings.X < 0).sum(axis=1) % 2, strings.y)


def test_no_bits_but_all_tell_the_parity():
    """Any one bit is as often set in one class as in the other, over all strings."""
    strings = load_dataset("parity", bits=6, samples=64)
    for label in (0, 1):
        np.testing.assert_array_equal(strings.X[strings.y == label].mean(axis=0), 0)
