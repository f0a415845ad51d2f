"""A run says which options of its schemes follow the activation, and which schemes ignore them."""

import pytest

from initbench import api


def notes_of(tmp_path, activation, inits, **network):
    """Return the notes that a run of no epochs stores and reports."""
    settings = {
        "dataset": {"name": "moons", "samples": 40},
        "network": {"hidden": [4, 4], "activation": activation, **network},
        "training": {"epochs": 0},
        "inits": inits,
        "seeds": 1,
    }
    results = api.run(settings, results=tmp_path / "x", plots=False)
    [cell] = results.outline.cells
    report = (results.folder / "REPORT.md").read_text(encoding="utf-8").replace("\\", "")
    assert all(note in report for note in cell.activation_notes)
    return cell.activation_notes


def test_options_that_follow_the_activation_are_reported(tmp_path):
    """The slope that `he` takes is stated; a slope that was set and a law without one ignore it."""
    inits = ["he", {"name": "he", "negative_slope": 0.1, "label": "set"}, "keras:he_uniform"]
    assert notes_of(tmp_path, {"name": "leaky_relu", "slope": 0.3}, inits) == (
        "`he` has negative_slope = 0.3, from slope 0.3 of leaky_relu.",
        "`set` and `keras:he_uniform` do not depend on slope 0.3 of leaky_relu.",
    )


def test_a_scheme_that_sees_the_activation_itself_is_not_said_to_ignore_it(tmp_path):
    """Its variance is another with the default slope, and `lsuv` measures what layers make."""
    assert notes_of(tmp_path, {"name": "leaky_relu", "slope": 0.3}, ["critical", "lsuv"]) == ()


@pytest.mark.parametrize(
    "activation", ["leaky_relu", "relu", {"name": "leaky_relu", "slope": 0.01}]
)
def test_default_options_need_no_note(tmp_path, activation):
    """There is nothing that a scheme could ignore."""
    assert notes_of(tmp_path, activation, ["he", "glorot"]) == ()
