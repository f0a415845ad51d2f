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
    """The name, look and note that marks of one series share.

    Attributes
    ----------
    name : str
        What marks refer to: a scheme's label, or the name of a class.
    look : int
        Index of its colour, dashes and marker in the palette.
    note : str
        What the legend says beside the name, such as ``"2 of 10 diverged"``.
    """

    name: str
    look: int
    note: str = ""


FARTHEST: Final = 1e300
"""Where an axis ends at most: its length has to be a number, too."""


@dataclass(frozen=True)
class Axis:
    """One axis of a panel.

    Attributes
    ----------
    label : str
        The quantity with its unit, as ``"Mean loss (nats)"``.
    scale : {"linear", "log", "category"}
        Categories are numbered from 0 and named by `ticks`.
    limits : (float, float) or None
        Where the axis ends, at most at `FARTHEST`; None to fit what is drawn.
    ticks : tuple of (float, str) or None
        Where ticks stand and what they say; None for the renderer's choice.
    is_reversed : bool
        Whether values grow downwards or to the left.
    break_at : (float, float) or None
        A stretch of the axis that is left out.
    """

    label: str
    scale: Literal["linear", "log", "category"] = "linear"
    limits: tuple[float, float] | None = None
    ticks: tuple[tuple[float, str], ...] | None = None
    is_reversed: bool = False
    break_at: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.limits is not None:
            low, high = (min(max(end, -FARTHEST), FARTHEST) for end in self.limits)
            object.__setattr__(self, "limits", (low, high))


@dataclass(frozen=True)
class Line:
    """A line through points, with an optional band.

    Attributes
    ----------
    series : str
    x, y : ndarray of shape (n,)
    low, high : ndarray of shape (n,) or None
        The band, such as the quartiles over seeds or a 95 % confidence interval.
    style : {"solid", "dashed", "steps", "markers"}
        ``markers`` are open markers without a line, as theory beside a measurement; their band is
        drawn as whiskers.
    is_marked : bool
        Whether each point has a marker.
    crosses : ndarray of int
        Indices of the points at which a run diverges.
    label : str
        What the legend says, once for all series, of lines that are not the series' own, such as
        ``"mean-field theory"``.
    """

    series: str
    x: FloatArray
    y: FloatArray
    low: FloatArray | None = None
    high: FloatArray | None = None
    style: Literal["solid", "dashed", "steps", "markers"] = "solid"
    is_marked: bool = False
    crosses: IntArray | None = None
    label: str = ""


@dataclass(frozen=True)
class Strip:
    """The values of one series on its row, with their mean and its interval.

    Attributes
    ----------
    series : str
    row : int
        Its place on the category axis `Panel.y`, from 0.
    values : ndarray of shape (n,)
        One value a run.
    mean : float or None
    interval : (float, float) or None
    """

    series: str
    row: int
    values: FloatArray
    mean: float | None = None
    interval: tuple[float, float] | None = None


@dataclass(frozen=True)
class ColourScale:
    """The colour scale that all maps of a figure share.

    Attributes
    ----------
    label : str
    low, high : float
        Ends of the scale; values beyond have the colour of the end.
    is_log : bool
    is_reversed : bool
        Whether the lowest value has the lightest colour.
    colours : {"sequential", "diverging", "grey"}
        Diverging colours are white half way between the ends.
    no_number : str
        What a cell without a number means, where it has runs.
    """

    label: str
    low: float
    high: float
    is_log: bool = False
    is_reversed: bool = False
    colours: Literal["sequential", "diverging", "grey"] = "sequential"
    no_number: str = ""


@dataclass(frozen=True)
class Map:
    """Cells coloured by value.

    Attributes
    ----------
    x_edges : ndarray of shape (X + 1,)
    y_edges : ndarray of shape (Y + 1,)
    values : ndarray of shape (Y, X)
        NaN where there is no number.
    missing, crossed : ndarray of shape (Y, X) or None
        Cells without runs (hatched), and cells in which every run diverged (crossed out).
    """

    x_edges: FloatArray
    y_edges: FloatArray
    values: FloatArray
    missing: BoolArray | None = None
    crossed: BoolArray | None = None


@dataclass(frozen=True)
class Field:
    """Class probabilities over the plane, at one or more moments of training.

    Attributes
    ----------
    x, y : ndarray of shape (G,)
        The grid, evenly spaced.
    frames : ndarray of shape (F, C, G, G)
        Probabilities ``[…, y, x]``; of class 1 alone (C = 1) where there are two classes.
    epochs : ndarray of shape (F,)
        The epoch of each frame; a figure without animation shows the last.
    titles : tuple of str
        What stands below the panel's title at each frame, such as ``"accuracy 0.93"``.
    """

    x: FloatArray
    y: FloatArray
    frames: FloatArray
    epochs: FloatArray
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
    """A histogram above a base line; several with different bases make ridges.

    Attributes
    ----------
    series : str
    edges : ndarray of shape (n + 1,)
    heights : ndarray of shape (n,)
        In units of the panel's y axis.
    base : float
    """

    series: str
    edges: FloatArray
    heights: FloatArray
    base: float = 0.0


@dataclass(frozen=True)
class Rule:
    """A reference, such as chance: a straight line across the panel, or a curve over it.

    Attributes
    ----------
    label : str
        What it is, for the legend or beside the line.
    at : float or None
        Where a straight line crosses the axis that `along` does not name.
    along : {"x", "y"}
    points : ndarray of shape (P, 2) or None
        A curve, or with `is_marked` single points, in place of a straight line.
    """

    label: str
    at: float | None = None
    along: Literal["x", "y"] = "x"
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
    """One figure.

    Attributes
    ----------
    name : str
        The stem of its file: ``"final_scores-depth8-tuned"``.
    title : str
    note : str
        How to read it, in one or two sentences.
    caption : str
        What it shows, for a paper: data, network, number of runs, what line and band are.
    panels : tuple of Panel
    series : tuple of Series
        In the order of the legend; empty for no legend.
    colours : ColourScale or None
        Of the maps.
    columns : int or None
        Panels beside each other on a wide page; None for the renderer's choice.
    """

    name: str
    title: str
    panels: tuple[Panel, ...]
    note: str = ""
    caption: str = ""
    series: tuple[Series, ...] = ()
    colours: ColourScale | None = None
    columns: int | None = None
