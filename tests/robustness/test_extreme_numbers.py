"""Numbers that are infinite, NaN, denormal or too large to be squared never stop a report."""

import random

import pytest

from initbench.figures.files import draw_figures
from initbench.figures.pictures import Pictures
from tests.robustness.folders import examine, store_extremes


@pytest.mark.parametrize("seed", range(24))
def test_extreme_numbers_pass_through_everything_that_is_derived(tmp_path, seed):
    """Metrics, claims, tables, sentences, page and differences accept them; no run is lost."""
    rng = random.Random(f"extreme {seed}")  # noqa: S311  # no secret
    store_extremes(rng, tmp_path)
    results = examine(tmp_path)
    assert set(results.runs) == results.outline.keys
    assert set(results.probes) == results.outline.probe_keys


@pytest.mark.parametrize("seed", [3, 7])
def test_extreme_numbers_can_be_drawn(tmp_path, seed):
    """Every figure has a file."""
    rng = random.Random(f"extreme {seed}")  # noqa: S311  # no secret
    store_extremes(rng, tmp_path)
    assert all(data for _, data in draw_figures(examine(tmp_path), Pictures(("png",))))
