"""Toy sets: without noise they lie exactly where their geometry says."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import datasets as sklearn_datasets

from initbench.data import load_dataset


def radii(X, center=(0.0, 0.0)):
    """Return each sample's distance from a point."""
    return np.hypot(*(X - np.array(center)).T)


def test_moons_are_half_circles_of_radius_one():
    """One is the upper half around the origin, the other the lower half around (1, 1/2)."""
    moons = load_dataset("moons", samples=200, noise=0)
    upper, lower = moons.X[moons.y == 0], moons.X[moons.y == 1]
    np.testing.assert_allclose(radii(upper), 1.0)
    np.testing.assert_allclose(radii(lower, (1.0, 0.5)), 1.0)
    assert upper[:, 1].min() > -1e-12
    assert lower[:, 1].max() < 0.5 + 1e-12


def test_circles_have_radius_one_and_the_factor():
    """The outer circle is class 0, and both are gone round once, evenly."""
    circles = load_dataset("circles", samples=200, noise=0, factor=0.3)
    for label, radius in ((0, 1.0), (1, 0.3)):
        ring = circles.X[circles.y == label]
        np.testing.assert_allclose(radii(ring), radius)
        angles = np.sort(np.arctan2(*ring.T) % (2 * np.pi))
        np.testing.assert_allclose(np.diff(angles), 2 * np.pi / 100)


@pytest.mark.parametrize(
    ("name", "theirs"),
    [
        ("moons", sklearn_datasets.make_moons(100, shuffle=False)),
        ("circles", sklearn_datasets.make_circles(100, shuffle=False, factor=0.5)),
    ],
)
def test_geometry_is_that_of_scikit_learn(name, theirs):
    """Without noise and shuffling, samples and labels agree one by one."""
    ours = load_dataset(name, samples=100, noise=0)
    np.testing.assert_allclose(ours.X, theirs[0], atol=1e-12)
    np.testing.assert_array_equal(ours.y, theirs[1])


def test_blobs_without_spread_are_their_centres():
    """Centres stand at the corners of a regular polygon of the radius that was asked for."""
    blobs = load_dataset("blobs", samples=20, centers=4, spread=0, radius=3)
    corners = [(3, 0), (0, 3), (-3, 0), (0, -3)]
    np.testing.assert_allclose(blobs.X, np.array(corners)[blobs.y], atol=1e-12)


def test_spirals_wind_as_often_as_asked():
    """An arm goes from radius 0.1 to 1, and its angle turns in step with its radius."""
    spirals = load_dataset("spirals", samples=600, arms=3, turns=2, noise=0)
    for label in range(3):
        arm = spirals.X[spirals.y == label]
        np.testing.assert_allclose(radii(arm), np.linspace(0.1, 1, 200))
        turned = np.unwrap(np.arctan2(arm[:, 1], arm[:, 0])) / (2 * np.pi)
        np.testing.assert_allclose(turned[-1] - turned[0], 2 * 0.9)
        np.testing.assert_allclose(np.diff(turned), 2 * 0.9 / 199)


def test_arms_of_spirals_are_one_arm_turned():
    """Each arm is the first, turned by its share of a full turn."""
    spirals = load_dataset("spirals", samples=300, arms=3, noise=0)
    first, second, third = (spirals.X[spirals.y == label] @ [1, 1j] for label in range(3))
    np.testing.assert_allclose(second, first * np.exp(2j * np.pi / 3))
    np.testing.assert_allclose(third, first * np.exp(4j * np.pi / 3))


def test_xor_is_the_product_of_the_signs():
    """Class 1 has coordinates of opposite signs; quadrants share the square evenly."""
    xor = load_dataset("xor", samples=400, noise=0)
    np.testing.assert_array_equal(xor.y, (xor.X[:, 0] * xor.X[:, 1] < 0).astype(int))
    assert np.abs(xor.X).max() <= 1
    quadrants = np.bincount((xor.X > 0) @ [1, 2], minlength=4)
    assert np.abs(quadrants - 100).max() < 5 * np.sqrt(200 / 4)  # of each class, a fair coin


NOISY = [("moons", "noise"), ("circles", "noise"), ("blobs", "spread"), ("spirals", "noise")]


@pytest.mark.parametrize(("name", "option"), [*NOISY, ("xor", "noise")])
def test_noise_is_normal_of_the_stated_deviation(name, option):
    """What noise adds has mean 0 and the stated deviation, within five standard errors."""
    samples, std = 5_000, 0.25
    noisy, exact = (load_dataset(name, samples=samples, **{option: s}).X for s in (std, 0))
    added = (noisy - exact).ravel()
    assert abs(added.mean()) < 5 * std / np.sqrt(added.size)
    assert abs(added.std() / std - 1) < 5 / np.sqrt(2 * added.size)


@given(st.floats(0, 10), st.integers(0, 2**63 - 1))
def test_noise_scales_one_draw(std, seed):
    """More noise moves every sample further along the way that it was moved already."""
    exact, once, scaled = (
        load_dataset("moons", samples=20, noise=noise, seed=seed).X for noise in (0, 1, std)
    )
    np.testing.assert_allclose(scaled - exact, std * (once - exact), atol=1e-12)
