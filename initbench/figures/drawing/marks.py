"""Draw marks with Matplotlib: one function for each kind of mark."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt
from typing import Any, Final

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, LogNorm, Normalize, to_rgb
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle
from matplotlib.patheffects import Normal, Stroke
from PIL import Image

from initbench.arrays import FloatArray
from initbench.figures.decision_boundaries import class_probabilities
from initbench.figures.drawing.style import FAINT_INK, INK, NOTHING
from initbench.figures.drawing.text import wrap
from initbench.figures.palette import COLOURS, RAMPS, Look
from initbench.figures.records import (
    Axis,
    Bars,
    ColourScale,
    Field,
    Line,
    Map,
    Mark,
    Message,
    Points,
    Rule,
    Span,
    Strip,
)

BAND: Final = 0.18
"""Opacity of bands."""

DASHED: Final = (0, (4, 2))
HATCH: Final = "////"

STRENGTH: Final = 0.5
"""Share of a class's colour where the network is certain; that class's points still stand out."""

_RASTER_SIDE: Final = 256
"""Pixels of a field along either axis, before it is fitted to the page."""

_RASTER: Final = 2_000
"""Cells of a map from which on an SVG holds it as pixels."""


@dataclass(frozen=True)
class Context:
    """What the marks of one panel share: their looks, colours, axes and size."""

    looks: Mapping[str, Look]  # by series
    colours: ColourScale | None
    x: Axis
    y: Axis
    # width, height: of the panel, about, in inches
    width: float
    height: float
    scale: float  # of lines and markers, by the size of the page

    def look(self, series: str) -> Look:
        """Return the look of a series; of none, that of ink."""
        return self.looks.get(series) or Look(INK, "solid", "o")


def place_on(axis: Axis, values: FloatArray) -> FloatArray:
    """Return where values are along an axis with limits, from 0 to 1."""
    if axis.limits is None:
        return np.zeros(np.shape(values))
    low, high = axis.limits
    places: FloatArray
    if axis.break_at is not None:
        places = np.interp(values, *break_points(axis))
    elif axis.scale == "log":
        with np.errstate(all="ignore"):
            places = np.log(np.asarray(values) / low) / np.log(np.divide(high, low))
    else:
        places = (np.asarray(values) - low) / (high - low)
    return 1 - places if axis.is_reversed else places


def break_points(axis: Axis) -> tuple[list[float], list[float]]:
    """Return the values at which a broken axis changes its slope, and their places from 0 to 1."""
    low, high = axis.limits or (0.0, 1.0)
    left, right = axis.break_at or (low, high)
    share = float(np.clip((left - low) / (left - low + high - right), 0.12, 0.5)) * 0.96
    return [low, left, right, high], [0.0, share, share + 0.04, 1.0]


def colour_map(colours: ColourScale) -> Colormap:
    """Return the colours of maps, grey where there is no number."""
    stops = RAMPS[colours.colours][:: -1 if colours.is_reversed else 1]
    nothing = "white" if colours.colours == "grey" else NOTHING
    ramp: Colormap = LinearSegmentedColormap.from_list(colours.colours, stops)
    return ramp.with_extremes(bad=nothing)


def norm_of(colours: ColourScale) -> Normalize:
    """Return the function from numbers to places on the scale of colours."""
    kind = LogNorm if colours.is_log else Normalize
    return kind(colours.low, colours.high, clip=True)


def field_colours(probabilities: FloatArray) -> FloatArray:
    """Return the colours of class probabilities: the most probable class, paler where less sure.

    `probabilities`: shape (C, …); of class 1, or of each of K > 2 classes.

    Returns
    -------
    ndarray of shape (…, 3)
        Red, green and blue, from 0 to 1; `NOTHING` where a probability is not finite.

    Examples
    --------
    >>> field_colours(np.array([[0.5]]))
    array([[1., 1., 1.]])
    """
    each = class_probabilities(probabilities)
    chance = 1 / len(each)
    known = np.asarray(np.isfinite(each).all(axis=0))
    sound = np.where(known, each, chance)
    certainty = np.asarray(np.clip((sound.max(axis=0) - chance) / (1 - chance), 0, 1))
    colours = np.array([to_rgb(COLOURS[place % len(COLOURS)]) for place in range(len(each))])
    strength = STRENGTH * certainty[..., np.newaxis]
    mixed = 1 - strength * (1 - colours[sound.argmax(axis=0)])
    return np.where(known[..., np.newaxis], mixed, to_rgb(NOTHING))


def draw_mark(axes: Axes, mark: Mark, context: Context) -> None:
    """Draw a mark of any kind."""
    _DRAW[type(mark)](axes, mark, context)


def line_artist(look: Look, style: str, *, is_marked: bool, scale: float = 1.0) -> Line2D:
    """Return a line in the look of its series, without points; legends show it too."""
    if style == "markers":
        return Line2D(
            [],
            [],
            color=look.colour,
            linestyle="none",
            marker=look.marker,
            markersize=5.5 * scale,
            markerfacecolor="white",
            markeredgewidth=1.2 * scale,
        )
    return Line2D(
        [],
        [],
        color=look.colour,
        linestyle=DASHED if style == "dashed" else look.dashes,
        linewidth=1.8 * scale,
        drawstyle="steps-post" if style == "steps" else "default",
        marker=look.marker if is_marked else "",
        markersize=5.0 * scale,
        markeredgecolor="white",
        markeredgewidth=0.5 * scale,
    )


def rule_artist(rule: Rule, scale: float = 1.0) -> Line2D:
    """Return a reference line or marks, without points, seen on any colour."""
    border = [Stroke(linewidth=4.0 * scale, foreground="white"), Normal()]
    if rule.is_marked:
        return Line2D(
            [],
            [],
            linestyle="none",
            marker="o",
            color="white",
            markeredgecolor=INK,
            markersize=6.5 * scale,
            clip_on=False,
            zorder=5,
        )
    if rule.points is None:
        return Line2D([], [], color=FAINT_INK, linewidth=1.2 * scale, linestyle=DASHED, zorder=1)
    return Line2D([], [], color=INK, linewidth=2.0 * scale, path_effects=border)


def cross_artist(scale: float = 1.0) -> Line2D:
    """Return crosses, without points, over the cells in which every run diverged."""
    border = [Stroke(linewidth=3.2 * scale, foreground="white"), Normal()]
    return Line2D(
        [],
        [],
        linestyle="none",
        marker="x",
        color=INK,
        markersize=6.0 * scale,
        markeredgewidth=1.4 * scale,
        path_effects=border,
    )


def look_of_missing() -> dict[str, Any]:
    """Return how a patch over a cell without runs looks."""
    return {"facecolor": "white", "edgecolor": FAINT_INK, "hatch": HATCH, "linewidth": 0.0}


def swarm_offsets(positions: FloatArray, diameter: float, height: float) -> FloatArray:
    """Return how far from the middle of its row each point is put.

    Points lie on lanes one diameter apart, which close up where they would leave the row; even then
    no two points coincide.

    `positions`: shape (S,); where along the row the points are.
    `diameter`: of a point, in units of `positions`.
    `height`: of the row, in the same units.

    Returns
    -------
    ndarray of shape (S,)

    Examples
    --------
    >>> swarm_offsets(np.array([1.0, 5.0, 1.0, 1.0]), diameter=2.0, height=10.0)
    array([ 0.,  0.,  2., -2.])
    """
    if not positions.size:
        return np.zeros(0)
    # The lane of each point is the innermost on which it touches no point to its left.
    order = np.argsort(positions, kind="stable")
    innermost_first = np.array([0, *((i + 1) // 2 * (-1) ** (i + 1) for i in range(1, order.size))])
    ends = np.full(order.size, -np.inf)
    lanes = np.empty(order.size, dtype=np.int64)
    for point in order:
        free = int(np.argmax(positions[point] - ends >= diameter))
        ends[free] = positions[point]
        lanes[point] = innermost_first[free]
    outermost = np.abs(lanes).max()
    room = max(height - diameter, 0.0) / 2
    offsets: FloatArray = lanes * min(diameter, room / max(outermost, 1))
    return offsets


def _draw_line(axes: Axes, line: Line, context: Context) -> None:
    look = context.look(line.series)
    y = _visible(line.y, context.y)
    if line.low is not None and line.high is not None:
        low, high = (_visible(each, context.y) for each in (line.low, line.high))
        if line.style == "markers":
            axes.vlines(line.x, low, high, color=look.colour, linewidth=1.0 * context.scale)
        else:
            axes.fill_between(line.x, low, high, color=look.colour, alpha=BAND, linewidth=0)
    artist = line_artist(look, line.style, is_marked=line.is_marked, scale=context.scale)
    artist.set_data(line.x, y)
    axes.add_line(artist)
    axes.update_datalim(np.column_stack([line.x, np.where(np.isfinite(y), y, np.nan)]))
    if line.crosses is not None and len(line.crosses):
        axes.plot(
            line.x[line.crosses],
            np.clip(line.y[line.crosses], *(context.y.limits or (-np.inf, np.inf))),
            "x",
            color=look.colour,
            markersize=7 * context.scale,
            markeredgewidth=2 * context.scale,
            clip_on=False,
        )


def _draw_strip(axes: Axes, strip: Strip, context: Context) -> None:
    """Draw a row: its points moved aside where they overlap, and mean and interval below them."""
    look = context.look(strip.series)
    row = context.height / max(len(context.y.ticks or ()), 1)
    has_values = bool(strip.values.size)
    if has_values:
        diameter = float(np.clip(row / 6, 0.05, 0.085)) * context.scale
        places = context.width * place_on(context.x, strip.values)
        offsets = swarm_offsets(places, diameter, 0.6 * row) / row
        distance = np.diff(np.unique(offsets)).min(initial=diameter / row) * row
        axes.plot(
            strip.values,
            strip.row - 0.12 - offsets,
            linestyle="none",
            marker=look.marker,
            color=look.colour,
            markersize=diameter * 72,
            markeredgecolor="white",
            markeredgewidth=0.5 * distance / diameter,
        )
    height = strip.row + (0.32 if has_values else 0.0)
    colour = INK if has_values else look.colour
    width = (1.6 if has_values else 2.2) * context.scale
    if strip.interval is not None:
        axes.plot(strip.interval, (height, height), color=colour, lw=width, solid_capstyle="butt")
    if strip.mean is not None:
        axes.plot(
            strip.mean,
            height,
            "d" if has_values else look.marker,
            color=colour,
            markersize=(4.5 if has_values else 6.5) * context.scale,
            markeredgecolor=INK,
            markeredgewidth=0.0 if has_values else 0.8,
            clip_on=False,
            zorder=3,
        )


def _draw_map(axes: Axes, mark: Map, context: Context) -> None:
    colours = context.colours or ColourScale("", 0.0, 1.0)
    shades = axes.pcolormesh(
        mark.x_edges,
        mark.y_edges,
        np.ma.masked_invalid(mark.values),
        cmap=colour_map(colours),
        norm=norm_of(colours),
        shading="flat",
        rasterized=mark.values.size > _RASTER,
    )
    shades.set_zorder(0.8)
    if mark.missing is not None:
        for y, x in np.argwhere(mark.missing):
            corner = (mark.x_edges[x], mark.y_edges[y])
            size = (mark.x_edges[x + 1] - corner[0], mark.y_edges[y + 1] - corner[1])
            axes.add_patch(Rectangle(corner, *size, **look_of_missing()))
    if mark.crossed is not None and mark.crossed.any():
        places = np.argwhere(mark.crossed)
        crosses = cross_artist(context.scale)
        crosses.set_data(
            [_middle(mark.x_edges, x, context.x) for _, x in places],
            [_middle(mark.y_edges, y, context.y) for y, _ in places],
        )
        axes.add_line(crosses)
    axes.grid(visible=False)
    axes.set_facecolor(NOTHING if colours.colours != "grey" else "white")


def _draw_field(axes: Axes, field: Field, _context: Context) -> None:
    x, y, last = field.x, field.y, field.frames[-1]
    half_x, half_y = (x[1] - x[0]) / 2, (y[1] - y[0]) / 2
    colours = np.rint(255 * field_colours(last)).astype(np.uint8)
    axes.imshow(
        Image.fromarray(colours).resize((_RASTER_SIDE, _RASTER_SIDE), Image.Resampling.BILINEAR),
        extent=(x[0] - half_x, x[-1] + half_x, y[0] - half_y, y[-1] + half_y),
        origin="lower",
        aspect="auto",
        interpolation="bilinear",
    )
    if len(last) == 1 and last.min() < 0.5 < last.max():
        axes.contour(x, y, last[0], levels=[0.5], colors=INK, linewidths=1.0)
    axes.grid(visible=False)
    axes.spines[:].set_visible(True)


def _draw_points(axes: Axes, points: Points, context: Context) -> None:
    """Draw points, smaller where they are many."""
    area = context.width * context.height
    size = float(np.clip(0.4 * 72 * sqrt(area / max(2 * len(points.x), 50)), 2.0, 5.0))
    size *= context.scale
    if points.values is not None:
        colours = context.colours or ColourScale("", 0.0, 1.0)
        axes.scatter(
            points.x,
            points.y,
            c=points.values,
            cmap=colour_map(colours),
            norm=norm_of(colours),
            s=size**2,
            linewidths=0,
        )
        return
    look = context.look(points.series)
    axes.plot(
        points.x,
        points.y,
        linestyle="none",
        marker=look.marker,
        color=look.colour if points.series else COLOURS[0],
        markersize=size,
        markeredgecolor="white",
        markeredgewidth=0.1 * size,
    )


def _draw_bars(axes: Axes, bars: Bars, context: Context) -> None:
    axes.fill_between(
        bars.edges,
        bars.base,
        bars.base + np.append(bars.heights, bars.heights[-1:]),
        step="post",
        facecolor=context.look(bars.series).colour,
        edgecolor="white",
        alpha=0.8,
        linewidth=0.6,
    )
    axes.grid(visible=False, axis="y")


def _draw_rule(axes: Axes, rule: Rule, context: Context) -> None:
    artist, at = rule_artist(rule, context.scale), rule.at or 0.0
    if rule.points is not None:
        artist.set_data(*rule.points.T)
    elif rule.along == "x":
        artist.set_data([0, 1], [at, at])
        artist.set_transform(axes.get_yaxis_transform())
    else:
        artist.set_data([at, at], [0, 1])
        artist.set_transform(axes.get_xaxis_transform())
        axes.annotate(
            rule.label,
            (at, 1),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha=_side(float(place_on(context.x, np.array(at)))),
            size="small",
            color=FAINT_INK,
        )
    axes.add_line(artist)


def _draw_span(axes: Axes, span: Span, context: Context) -> None:
    look = context.look(span.series)
    axes.axvspan(span.low, span.high, color=look.colour, alpha=0.6 * BAND, linewidth=0)
    axes.plot(
        (span.low, span.high),
        (0, 0),
        color=look.colour,
        linewidth=5 * context.scale,
        marker="o",  # a band of one value is a dot
        markersize=5 * context.scale,
        transform=axes.get_xaxis_transform(),
    )


def _draw_message(axes: Axes, message: Message, context: Context) -> None:
    """Write in the middle of an empty panel, or at the foot of one that has a field."""
    lines = wrap(message.text, _small(), 0.9 * context.width)
    if len(lines) > 3:  # no room for more than what is before the colon
        lines = wrap(message.text.partition(":")[0], _small(), 0.9 * context.width)
    is_empty = not axes.images
    axes.text(
        0.5,
        0.5 if is_empty else 0.04,
        "\n".join(lines),
        transform=axes.transAxes,
        ha="center",
        va="center" if is_empty else "bottom",
        size="small",
        bbox={
            "boxstyle": "round,pad=0.4",
            "facecolor": "white",
            "edgecolor": "none",
            "alpha": 0.85,
        },
        zorder=6,
    )


def _visible(values: FloatArray, axis: Axis) -> FloatArray:
    """Return values to draw: NaN where not finite or, on a log axis, not positive."""
    sound = np.isfinite(values) & ((values > 0) if axis.scale == "log" else True)
    return np.where(sound, values, np.nan)


def _middle(edges: FloatArray, place: int, axis: Axis) -> float:
    low, high = float(edges[place]), float(edges[place + 1])
    return float(np.sqrt(low * high)) if axis.scale == "log" else (low + high) / 2


def _small() -> float:
    return 0.83 * float(mpl.rcParams["font.size"])


def _side(place: float) -> str:
    return "left" if place < 0.1 else "right" if place > 0.9 else "center"


_DRAW: Final[Mapping[type, Callable[[Axes, Any, Context], None]]] = {
    Line: _draw_line,
    Strip: _draw_strip,
    Map: _draw_map,
    Field: _draw_field,
    Points: _draw_points,
    Bars: _draw_bars,
    Rule: _draw_rule,
    Span: _draw_span,
    Message: _draw_message,
}
