"""The progress line: what it says, the most important first."""

import pytest

from initbench.cli.progress import status
from initbench.experiment.progress import Progress

BEST = {"zeros": 0.693, "he": 0.092, "random": 0.27}


def texts(**changes):
    """Return both texts of an experiment that is nearly half done."""
    settings = {"runs": 900, "runs_done": 420.5, "unit": 3, "units": 12, "best": BEST, **changes}
    return status(Progress(4500, 10_000, **settings))


def test_the_line_has_unit_losses_runs_and_scheme():
    """Losses are in increasing order; a sweep setting has the last word of its key."""
    assert texts(labels=("he", "zeros"), settings={"network.depth": 10}) == (
        "unit  3 of 12",
        (
            "test loss: he 0.092, random 0.270, zeros 0.693, 420 of 900 runs,"
            " training depth 10, he, zeros"
        ),
    )


def test_schemes_beyond_the_third_are_counted():
    """Of twenty schemes, the best three are named."""
    best = {f"net{number}": number / 10 for number in range(20, 0, -1)}
    _, end = texts(best=best)
    assert end == "test loss: net1 0.100, net2 0.200, net3 0.300 +17, 420 of 900 runs"


@pytest.mark.parametrize(
    "labels",
    [
        [f"scheme {number} with a rather long label" for number in range(50)],
        ["l" * 300],
        ["\x1b[31mred\x1b[0m\r\n\t", "\N{RIGHT-TO-LEFT OVERRIDE}he{0}%s"],
        [],
    ],
    ids=["many", "long", "hostile", "none"],
)
def test_no_label_steers_the_terminal(labels):
    """Texts have one line of printable letters."""
    best = {label: 0.5 + place / 100 for place, label in enumerate(labels)}
    for text in texts(best=best, labels=tuple(labels), settings={"a.\x07b": "\x1b[2J"}):
        assert text.isprintable()


def test_later_stages_have_a_name_alone():
    """While figures are drawn, no unit trains."""
    assert texts(stage="drawing") == ("drawing …", "")


def test_progress_that_counts_no_runs_names_no_unit():
    """A race reports epochs alone."""
    assert status(Progress(45, 100)) == ("training", "")
