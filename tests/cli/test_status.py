"""The status line: it fits, and what matters most stays longest."""

import pytest
from tqdm.utils import disp_len

from initbench.cli.status import Pace, status_line
from initbench.experiment.progress import Progress

BEST = {"zeros": 0.693, "he": 0.092, "random": 0.27}
PACE = Pace(runs_a_second=85.2, seconds_left=65)
WIDTHS = [40, 60, 80, 120, 200]


def line(width, pace=PACE, **changes):
    """Return the line of an experiment that is nearly half done."""
    settings = {"runs": 900, "runs_done": 420.5, "unit": 3, "units": 12, "best": BEST, **changes}
    return status_line(Progress(4500, 10_000, **settings), pace, width)


def test_a_wide_terminal_shows_everything():
    """Unit, what it is, share, bar, runs, pace, time left, and all losses, the lowest first."""
    shown = line(200, labels=("he", "zeros"), settings={"network.depth": 10})
    start, bar, end = shown.split("|")
    assert start == "unit  3 of 12 (depth 10, he, zeros) ·  45 % "
    assert set(bar) == {"#"}
    assert end == (
        " 420 of 900 runs,  85 runs/s, 1:05 left"
        " · lowest test loss: he 0.092, random 0.270, zeros 0.693"
    )


@pytest.mark.parametrize(
    ("width", "expected"),
    [
        (80, "unit  3 of 12 ·  45 % |######|  85 runs/s, 1:05 left · he 0.092, random 0.270 +1"),
        (60, "unit  3 of 12 ·  45 % ·  85 runs/s, 1:05 left · he 0.092 +2"),
        (40, " 3/12  85/s  1:05 left  he 0.092 +2"),
    ],
)
def test_a_narrow_terminal_keeps_unit_pace_time_and_the_best(width, expected):
    """The least telling is left out first."""
    assert line(width) == expected


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize(
    "labels",
    [
        [f"scheme {number} with a rather long label" for number in range(50)],
        ["l" * 300],
        ["\N{CJK UNIFIED IDEOGRAPH-6F22}" * 30, "he"],
        ["\x1b[31mred\x1b[0m\r\n\t", "\N{RIGHT-TO-LEFT OVERRIDE}he{0}%s"],
        [],
    ],
    ids=["many", "long", "wide letters", "hostile", "none"],
)
def test_whatever_the_labels_the_line_fits_and_steers_no_terminal(width, labels):
    """It has one line, of printable letters, and names the unit, the pace and the time left."""
    best = {label: 0.5 + place / 100 for place, label in enumerate(labels)}
    shown = line(width, best=best, labels=tuple(labels), settings={"a.\x07b": "\x1b[2J"})
    assert disp_len(shown) <= width
    assert shown.isprintable()
    for part in ("3", "12", "85", "1:05 left"):
        assert part in shown


@pytest.mark.parametrize("width", range(30))
def test_no_terminal_is_too_narrow(width):
    """What there is no room for is cut."""
    assert disp_len(line(width)) <= width


def test_what_is_left_out_grows_as_the_terminal_shrinks():
    """Of so many schemes, fewer are named, and the others are counted."""
    best = {f"net{number}": number / 10 for number in range(1, 21)}
    named = [line(width, best=best).count("net") for width in WIDTHS]
    assert named == sorted(named)
    assert (named[0], named[-1]) == (1, 6)
    assert line(200, best=best).endswith("net6 0.600 +14")


def test_what_is_not_known_yet_is_a_question_mark():
    """Before the first epoch there is neither a pace nor a time."""
    assert line(80, Pace(), best={}).endswith("420 of 900 runs,   ? runs/s, ? left")


@pytest.mark.parametrize(
    ("pace", "expected"), [(0.0123, "0.012 runs/s"), (2.34, "2.3 runs/s"), (9.96, " 10 runs/s")]
)
def test_a_pace_has_two_digits(pace, expected):
    """However slow it is."""
    assert expected in line(120, Pace(pace, 1e5))
    assert "27:46:40 left" in line(120, Pace(pace, 1e5))


def test_while_pictures_are_drawn_nothing_is_left_to_train():
    """There is no pace, and no unit."""
    shown = line(80, stage="drawing")
    assert shown.startswith("drawing · ")
    assert "left" not in shown
    assert "runs/s" not in shown


def test_progress_that_counts_no_runs_has_share_and_time():
    """Whoever tells of epochs alone is shown no units and no runs."""
    shown = status_line(Progress(45, 100), PACE, 60)
    assert shown == f"training ·  45 % |{'#' * 30}| 1:05 left"
