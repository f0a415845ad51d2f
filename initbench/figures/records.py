"""Records of figures: what is drawn, as plain data.

A `Figure` has panels, a `Panel` has two axes and marks, and a mark is one of a few kinds: `Line`,
`Strip`, `Map`, `Field`, `Points`, `Bars`, `Rule`, `Span` and `Message`. A renderer has one
function for each kind of mark and knows nothing of metrics, schemes or results.

Marks name the series that they belong to; `Figure.series` says how a series is labelled. How a
series looks is a property of the scheme (`initbench.figures.palette`) and the same in every figure.
Numbers that are not finite are gaps.
"""

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from initbench.arrays import Array, BoolArray, FloatArray, IntArray


@dataclass(frozen=True)
class Series:
    """The name, look and note that marks of one series share."""

    name: str  # what marks refer to: a scheme's label, or the name of a class
    look: int  # index of its colour, dashes and marker in the palette
    note: str = ""  # what the legend says beside the name, such as ``"2 of 10 diverged"``


FARTHEST: Final = 1e300
"""Where an axis ends at most: its length has to be a number, too."""


@dataclass(frozen=True)
class Axis:
    """One axis of a panel."""

    label: str  # the quantity with its unit, as ``"Mean loss (nats)"``
    # categories are numbered from 0 and named by `ticks`
    scale: Literal["linear", "log", "category"] = "linear"
    # where the axis ends, at most at `FARTHEST`; None to fit what is drawn
    limits: tuple[float, float] | None = None
    # where ticks stand and what they say; None for the renderer's choice
    ticks: tuple[tuple[float, str], ...] | None = None
    is_reversed: bool = False  # whether values grow downwards or to the left
    break_at: tuple[float, float] | None = None  # a stretch of the axis that is left out

    def __post_init__(self) -> None:
        if self.limits is not None:
            low, high = (min(max(end, -FARTHEST), FARTHEST) for end in self.limits)
            object.__setattr__(self, "limits", (low, high))


@dataclass(frozen=True)
class Line:
    """A line through points, with an optional band."""

    series: str
    # x, y: shape (n,)
    x: FloatArray
    y: FloatArray
    # low, high: shape (n,): the band, such as the quartiles over seeds or a 95 % confidence
    # interval
    low: FloatArray | None = None
    high: FloatArray | None = None
    # ``markers`` are open markers without a line, as theory beside a measurement; their band is
    # drawn as whiskers
    style: Literal["solid", "dashed", "steps", "markers"] = "solid"
    is_marked: bool = False  # whether each point has a marker
    crosses: IntArray | None = None  # indices of the points at which a run diverges
    # what the legend says, once for all series, of lines that are not the series' own, such as
    # ``"mean-field theory"``
    label: str = ""


@dataclass(frozen=True)
class Strip:
    """The values of one series on its row, with their mean and its interval."""

    series: str
    row: int  # its place on the category axis `Panel.y`, from 0
    values: FloatArray  # shape (n,): one value a run
    mean: float | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ColourScale:
    """The colour scale that all maps of a figure share."""

    label: str
    # low, high: ends of the scale; values beyond have the colour of the end
    low: float
    high: float
    is_log: bool = False
    is_reversed: bool = False  # whether the lowest value has the lightest colour
    # diverging colours are white half way between the ends
    colours: Literal["sequential", "diverging", "grey"] = "sequential"
    no_number: str = ""  # what a cell without a number means, where it has runs


@dataclass(frozen=True)
class Map:
    """Cells coloured by value."""

    x_edges: FloatArray  # shape (X + 1,)
    y_edges: FloatArray  # shape (Y + 1,)
    values: FloatArray  # shape (Y, X): NaN where there is no number
    # missing, crossed: shape (Y, X): cells without runs (hatched), and cells in which every run
    # diverged (crossed out)
    missing: BoolArray | None = None
    crossed: BoolArray | None = None


@dataclass(frozen=True)
class Field:
    """Class probabilities over the plane, at one or more moments of training."""

    # x, y: shape (G,): the grid, evenly spaced
    x: FloatArray
    y: FloatArray
    # shape (F, C, G, G): probabilities ``[…, y, x]``; of class 1 alone (C = 1) where there are two
    # classes
    frames: FloatArray
    # shape (F,): the epoch of each frame; a figure without animation shows the last
    epochs: FloatArray
    # what stands below the panel's title at each frame, such as ``"accuracy 0.93"``
    titles: tuple[str, ...] = ()


@dataclass(frozen=True)
class Points:
    """Points in the plane of a panel, in the colour of their series or of their values."""

    series: str
    x: FloatArray
    y: FloatArray
    values: FloatArray | None = None


@dataclass(frozen=True)
class Bars:
    """A histogram above a base line; several with different bases make ridges."""

    series: str
    edges: FloatArray  # shape (n + 1,)
    heights: FloatArray  # shape (n,): in units of the panel's y axis
    base: float = 0.0


@dataclass(frozen=True)
class Rule:
    """A reference, such as chance: a straight line across the panel, or a curve over it."""

    label: str  # what it is, for the legend or beside the line
    at: float | None = None  # where a straight line crosses the axis that `along` does not name
    along: Literal["x", "y"] = "x"
    # shape (P, 2): a curve, or with `is_marked` single points, in place of a straight line
    points: Array | None = None
    is_marked: bool = False


@dataclass(frozen=True)
class Span:
    """A stretch of the x axis, such as the learning rates with which a scheme works."""

    series: str
    low: float
    high: float
    label: str


@dataclass(frozen=True)
class Message:
    """Text in the middle of a panel, such as ``"diverged"``."""

    text: str


Mark: TypeAlias = Line | Strip | Map | Field | Points | Bars | Rule | Span | Message


@dataclass(frozen=True)
class Panel:
    """Two axes and the marks between them, drawn in order."""

    x: Axis
    y: Axis
    marks: tuple[Mark, ...]
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """One figure."""

    name: str  # the stem of its file: ``"final_scores-depth8-tuned"``
    title: str
    panels: tuple[Panel, ...]
    note: str = ""  # how to read it, in one or two sentences
    # what it shows, for a paper: data, network, number of runs, what line and band are
    caption: str = ""
    series: tuple[Series, ...] = ()  # in the order of the legend; empty for no legend
    colours: ColourScale | None = None  # of the maps
    # panels beside each other on a wide page; None for the renderer's choice
    columns: int | None = None
