"""Explanations say what is measured, and comparisons what differs."""

import numpy as np
import pytest

from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, LayerSpec, bind
from initbench.initializers.explain import (
    BINS,
    compare,
    comparison_text,
    explain,
    explanation_text,
)
from tests.initializers.battery import NAMES

LAYER = LayerSpec(64, 16, 1, 3, "relu", "relu")


def layer_for(scheme):
    """Return a layer of a network that the scheme is for."""
    activation = (*scheme.requires.activations, "relu")[0]
    return LayerSpec(64, 16, 1, 3, activation, activation)


@pytest.mark.parametrize("scheme", [INITIALIZERS[name] for name in NAMES], ids=NAMES)
def test_every_scheme_can_be_explained(scheme):
    """Record and text name the law, the deviation, the source and what it is good for."""
    explanation = explain(bind(scheme.name), layer_for(scheme))
    text = explanation_text(explanation)
    for part in (scheme.name, scheme.formula, scheme.reference, scheme.recommended_for):
        assert part in text
    assert f"{explanation.std:.4g}" in text
    assert explanation.counts.shape == (BINS,)
    assert explanation.counts.sum() == 64 * 16
    assert all(len(line) < 160 for line in text.splitlines())


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("random", "no fan"),
        ("he", "fan_in"),
        ("glorot", "fan_in and fan_out"),
        ("orthogonal", "fan_in"),
        ("spectral", "fan_in and fan_out"),
    ],
)
def test_an_explanation_names_the_fans_of_the_variance(name, expected):
    """What a variance depends on is measured; an orthogonal layer's on the longer side."""
    assert explain(bind(name), LAYER).scales_with == expected


def test_the_histogram_counts_the_drawn_weights():
    """Bars count the weights of the seed, over a range that is symmetric around zero."""
    explanation = explain(bind("he"), LAYER, seed=3)
    [(weights, _)] = bind("he").draw([LAYER], seed=3)
    counts, _ = np.histogram(weights, bins=explanation.edges)
    assert np.array_equal(explanation.counts, counts)
    assert explanation.edges[0] == -explanation.edges[-1]


def test_an_explanation_shows_the_pytorch_spelling():
    """Spellings stand in the text, under the framework's name."""
    assert "torch       torch.nn.init.kaiming_normal_" in explanation_text(
        explain(bind("he"), LAYER)
    )


def test_schemes_that_scale_the_same_draw_are_reported_as_proportional():
    """He's variance is twice LeCun's, and with one seed they are in proportion."""
    comparison = compare(bind("he"), bind("lecun"), LAYER)
    assert comparison.variance_ratio == pytest.approx(2.0)
    assert comparison.same_draw
    assert set(comparison.differences) == {"std"}
    assert "he_normal has 2 times the variance of lecun_normal" in comparison_text(comparison)


def test_comparing_a_dialect_lists_truncation_and_biases():
    """PyTorch's layer differs from He's in its shape, its range, its size and its biases."""
    comparison = compare(bind("torch:linear"), bind("he"), LAYER)
    assert comparison.variance_ratio == pytest.approx(1 / 6)
    assert {"weights", "range", "biases", "std"} == set(comparison.differences)
    assert not comparison.same_draw


def test_the_range_of_a_truncated_scheme_is_bounded():
    """Keras' He has bounds where the untruncated one has none."""
    differences = compare(bind("keras:he_normal"), bind("he"), LAYER).differences
    assert differences["range"] == ("from -0.4019 to 0.4019", "no bounds")
    assert "std" not in differences


def test_comparing_a_scheme_with_itself_lists_no_difference():
    """Nothing is listed, and the text says so."""
    comparison = compare(bind("he"), bind("kaiming"), LAYER)
    assert not comparison.differences
    assert "nothing that is stated of them differs" in comparison_text(comparison)


def test_the_variance_ratio_to_a_constant_scheme_is_none():
    """The ratio is left out, not infinite."""
    assert compare(bind("he"), bind("zeros"), LAYER).variance_ratio is None


def test_explaining_an_unsupported_layer_raises():
    """The error is the scheme's own, in words."""
    with pytest.raises(UsageError, match="do not pair"):
        explain(bind("looks_linear"), LayerSpec(3, 5, 1, 3, "relu", "relu"))
