"""Page assembly: panels, axes, legend and title of a figure, at the size of a page or a slide.

Matplotlib's constrained layout puts everything in its place. What it does not do is done here: the
height of a page from the number and kind of its panels, titles and notes that are wrapped to its
width, ticks thinned until their labels fit, and labels at the ends of lines where they have room.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import Any, Final
from warnings import catch_warnings, filterwarnings, simplefilter, warn

import numpy as np
from matplotlib.axes import Axes
from matplotlib.cm import ScalarMappable
from matplotlib.figure import Figure as Page
from matplotlib.patches import Patch
from matplotlib.ticker import FixedLocator, MaxNLocator, NullLocator

from initbench.figures.axes import log_ticks, written
from initbench.figures.drawing.marks import (
    BAND,
    Context,
    break_points,
    colour_map,
    cross_artist,
    draw_mark,
    line_artist,
    look_of_missing,
    norm_of,
    place_on,
    rule_artist,
)
from initbench.figures.drawing.style import FAINT_INK, GRID_INK, INK, NOTHING, house_style
from initbench.figures.drawing.text import printable, shorten, width_of, wrap
from initbench.figures.palette import Look, look
from initbench.figures.records import (
    Axis,
    Bars,
    ColourScale,
    Field,
    Figure,
    Line,
    Map,
    Panel,
    Points,
    Rule,
    Series,
    Span,
    Strip,
)


@dataclass(frozen=True)
class Size:
    """The size of a drawn figure."""

    width: float  # inches
    height: float | None  # inches; None for as many as the panels need
    # lowest, highest: inches at least and at most, where `height` is None
    lowest: float
    highest: float
    dpi: int  # pixels an inch
    text: float  # points of most texts
    # whether title and note are drawn; a column of a paper has a caption instead
    has_title: bool = True


SIZES: Final[Mapping[str, Size]] = {
    "page": Size(9.6, None, 1.0, 24.0, 150, 9.0),
    "column": Size(3.5, None, 2.1, 2.6, 300, 6.5, has_title=False),
    "slide": Size(6.4, 3.6, 3.6, 3.6, 300, 7.0),
}
"""For a page, for one of two columns of a paper, and for a slide of 1920 × 1080 pixels."""

_MARGIN: Final = 0.08
"""Inches between the edge of a page and its contents."""

_WIDEST: Final = 5.0
"""Inches that a panel of a map, a field or ridges is wide at most on a page."""

_HANDLE: Final = 3.6
"""Widths of a letter that a handle of the legend and its gaps take."""

_LABEL_ROOM: Final = 0.24
"""Share of the width of a page that a label of a series may take."""

_STEPS: Final = (1, 2, 2.5, 5, 10)
"""Between ticks, times a power of ten."""

_NO_ROOM: Final = "constrained_layout not applied"
"""How Matplotlib's warning begins that titles and labels leave no room for the panels."""

_LEAST_HEIGHT: Final = 0.3
"""Inches that a panel is high at least."""

_SHRINK: Final = (1.0, 0.8, 0.65, 0.5)
"""Shares of the size of texts that are tried, one after another, until the panels have room."""

_END_LABELS: Final = 8
"""Lines up to which labels stand at their ends."""


def draw(figure: Figure, size: str = "page", *, titles: bool = True) -> Page:
    """Draw a figure record.

    `size`: {"page", "column", "slide"}.
    `titles`: whether title and note are drawn, where the size has them.

    Returns
    -------
    matplotlib.figure.Figure
    """
    paper = SIZES[size]
    if not titles:
        paper = replace(paper, has_title=False)
    for share in _SHRINK[:-1]:
        try:
            with catch_warnings():
                filterwarnings("error", _NO_ROOM, UserWarning)
                return _draw(figure, replace(paper, text=share * paper.text))
        except UserWarning:
            continue
    with catch_warnings():
        simplefilter("ignore", UserWarning)
        return _draw(figure, replace(paper, text=_SHRINK[-1] * paper.text))


def _draw(figure: Figure, paper: Size) -> Page:
    with house_style(paper.text):
        heading = _heading(figure, paper) if paper.has_title else []
        columns = _columns(figure, paper)
        rows = ceil(len(figure.panels) / columns)
        width, panel_size = _panel_size(figure, paper, columns)
        around = _around(figure, paper, panel_size[0])
        heading_height = sum(_line_height(points) for _, points, _ in heading)
        heading_height += _MARGIN + 0.06 if heading else 0.0
        foot = _foot_height(figure, paper, width)
        needed = heading_height + rows * (panel_size[1] + around) + foot
        lowest = min(needed + 0.2, paper.lowest) if _has(figure, Field) else paper.lowest
        height = paper.height or float(np.clip(needed, lowest, paper.highest))
        page = Page(figsize=(width, height))
        page.set_layout_engine(
            "constrained",
            w_pad=_MARGIN,
            h_pad=_MARGIN,
            rect=(0, 0, 1, 1 - heading_height / height),
        )
        _write_heading(page, heading)
        free = height - heading_height - foot - rows * around
        _fill(page, figure, paper, columns, (panel_size[0], max(free / rows, 0.4)))
        # Once is enough for all formats, and for every frame of an animation.
        engine = page.get_layout_engine()
        if engine is not None:
            engine.execute(page)
        page.set_layout_engine("none")
        _fix_labels(page)
        if min(axes.get_position().height for axes in page.axes) * height < _LEAST_HEIGHT:
            warn(_NO_ROOM, UserWarning, stacklevel=2)  # as Matplotlib does where nothing is left
    return page


def _fix_labels(page: Page) -> None:
    """Fix the labels of axes where the layout has put them, which each drawing computes again."""
    for axes in page.axes:
        if axes.get_box_aspect() is not None:
            continue  # its axes move once more when they are drawn
        for axis in (axes.xaxis, axes.yaxis):
            place = axes.transAxes.inverted().transform(
                axis.label.get_transform().transform(axis.label.get_position())
            )
            axis.set_label_coords(*place)


def _fill(
    page: Page, figure: Figure, paper: Size, columns: int, panel_size: tuple[float, float]
) -> None:
    looks = {one.name: look(one.look) for one in figure.series}
    scale = paper.text / SIZES["page"].text
    grid = page.add_gridspec(ceil(len(figure.panels) / columns), columns)
    at_ends: set[str] = set()
    every: list[Axes] = []
    for place, panel in enumerate(figure.panels):
        axes = page.add_subplot(grid[place // columns, place % columns])
        every.append(axes)
        context = Context(looks, figure.colours, panel.x, panel.y, *panel_size, scale)
        axes.set_title(_title_of(panel, panel_size[0], paper), size="medium")
        _set_axes(axes, panel, panel_size, paper)
        for mark in panel.marks:
            draw_mark(axes, mark, context)
        _limit(axes, panel)
        if _has(figure, Field):
            axes.set_box_aspect(_aspect(panel))
        if place == len(figure.panels) - 1 or (place + 1) % columns == 0:
            at_ends |= _label_ends(axes, panel, figure.series, context, paper)
    _name_axes(page, figure, every, columns, paper)
    if _has(figure, Map) or any(
        isinstance(mark, Points) and mark.values is not None
        for panel in figure.panels
        for mark in panel.marks
    ):
        _add_bar(page, figure.colours, every)
    entries = [*_series_entries(figure, paper, looks, at_ends), *_other_entries(figure, scale)]
    if entries:
        _add_legend(page, entries, paper)


def _name_axes(
    page: Page, figure: Figure, every: Sequence[Axes], columns: int, paper: Size
) -> None:
    """Name the axes; of axes that are alike, those at the left and at the foot of the page."""
    count = len(every)
    width, height = page.get_size_inches()
    if _has(figure, Field) and _is_tiny(width / columns, paper):
        for axes in every:
            axes.tick_params(labelbottom=False, labelleft=False)
        return
    across, up = width / columns, height / ceil(count / columns)
    is_same_x, is_same_y = (
        len({getattr(panel, name) for panel in figure.panels}) == 1 for name in ("x", "y")
    )
    if is_same_y and count > columns:
        page.supylabel(printable(figure.panels[0].y.label), size="medium")
    for place, (axes, panel) in enumerate(zip(every, figure.panels, strict=True)):
        is_lowest, is_first = place + columns >= count, place % columns == 0
        if is_lowest or not is_same_x:
            axes.set_xlabel(shorten(panel.x.label, paper.text, 0.85 * across))
        if not is_same_y or (is_first and count <= columns):
            axes.set_ylabel(shorten(panel.y.label, paper.text, 0.8 * up))
        axes.tick_params(
            labelbottom=is_lowest or not is_same_x, labelleft=is_first or not is_same_y
        )


def _columns(figure: Figure, paper: Size) -> int:
    count = len(figure.panels)
    if figure.columns is not None:
        return min(figure.columns, count)
    if _has(figure, Field):
        wanted = count if count <= 4 else 3 if count <= 6 else 4 if count <= 12 else 5
    else:
        wanted = {1: 1, 2: 2, 4: 2}.get(count, 3 if count <= 9 else 4)
    if paper.height is not None:  # a slide is wide
        wanted = min(count, max(wanted, ceil(count / 2)))
    return wanted


def _panel_size(figure: Figure, paper: Size, columns: int) -> tuple[float, tuple[float, float]]:
    """Return the width of the page, and the size of a panel without what is around it."""
    # Tick labels and the label of the y axis stand to the left of a panel.
    ticks = [text for panel in figure.panels for _, text in panel.y.ticks or ()]
    longest = max((width_of(_short(text, paper), paper.text) for text in ticks), default=0.35)
    has_label = any(panel.y.label for panel in figure.panels)
    beside = longest + (0.35 if has_label else 0.15) + 0.3
    own_y = len({panel.y for panel in figure.panels}) > 1
    gaps = (columns - 1) * (0.2 + (beside - 0.3 if own_y else 0.0))
    width = (paper.width - beside - gaps) / columns
    is_compact = _has(figure, Map, Field, Bars) and not _is_mosaic(figure)
    if is_compact and paper.height is None:
        width = min(width, _WIDEST)
    page_width = paper.width
    if is_compact and paper.height is None:
        page_width = min(paper.width, beside + gaps + columns * width)
    return page_width, (width, _panel_height(figure, width))


def _panel_height(figure: Figure, width: float) -> float:
    panel = figure.panels[0]
    if _has(figure, Strip):
        rows = sum(isinstance(mark, Strip) for mark in panel.marks)
        least, most = (0.26, 0.3) if figure.name == "mean_ranks" else (0.34, 0.9)
        return rows * float(np.clip(4.5 / rows, least, most)) + 0.2
    if _has(figure, Field):
        return width * _aspect(panel)
    if _is_mosaic(figure):
        x, y = panel.x.limits or (0, 1), panel.y.limits or (0, 1)
        return width * (y[1] - y[0]) / (x[1] - x[0])
    if _has(figure, Bars) or panel.y.label == "Layer":
        low, high = panel.y.limits or (0, 1)
        return float(np.clip(0.24 * (high - low), 1.0, 2.8))
    if _has(figure, Map):
        return float(np.clip(0.7 * width, 1.2, 3.4))
    return min(0.8 * width, 3.3)


def _aspect(panel: Panel) -> float:
    """Return the height of a panel of a field over its width: that of the plane, within limits."""
    x, y = panel.x.limits or (0, 1), panel.y.limits or (0, 1)
    return float(np.clip((y[1] - y[0]) / (x[1] - x[0]), 0.6, 1.2))


def _around(figure: Figure, paper: Size, width: float) -> float:
    """Return the height of titles, ticks and gaps around a row of panels of a width."""
    titles = max(_title_of(panel, width, paper).count("\n") for panel in figure.panels)
    lines = 1.0 + titles + any(panel.title for panel in figure.panels)
    if len({panel.x for panel in figure.panels}) > 1:
        lines += 2.5
    return lines * paper.text * 1.25 / 72 + 2 * _MARGIN


def _heading(figure: Figure, paper: Size) -> list[tuple[str, float, str]]:
    """Return the lines of title and note, with their size in points and colour."""
    width = _panel_size(figure, paper, _columns(figure, paper))[0] - 3 * _MARGIN
    title, note = paper.text * 1.3, paper.text * 0.92
    lines = [(line, title, INK) for line in wrap(figure.title, title, width)]
    return lines + [(line, note, FAINT_INK) for line in wrap(figure.note, note, width)]


def _write_heading(page: Page, heading: Sequence[tuple[str, float, str]]) -> None:
    """Write the title and the note from the upper left corner; the title is the page's own."""
    width, height = page.get_size_inches()
    top = height - _MARGIN
    titles = [line for line, _, colour in heading if colour == INK]
    if titles:
        place = {"x": 1.5 * _MARGIN / width, "y": top / height, "ha": "left", "va": "top"}
        title = page.suptitle("\n".join(titles), size=heading[0][1], linespacing=1.2, **place)
        title.set_in_layout(False)
    for line, points, colour in heading:
        if colour != INK:
            place = {"x": 1.5 * _MARGIN / width, "y": top / height, "ha": "left", "va": "top"}
            page.text(s=line, size=points, color=colour, **place)
        top -= _line_height(points)


def _line_height(points: float) -> float:
    return 1.32 * points / 72


def _title_of(panel: Panel, width: float, paper: Size) -> str:
    """Return a panel's title, with the result of its run on a line of its own."""
    lines = wrap(panel.title, paper.text, width)
    if len(lines) > 2:
        lines = [lines[0], shorten(" ".join(lines[1:]), paper.text, width)]
    results = [mark.titles[-1] for mark in panel.marks if isinstance(mark, Field) and mark.titles]
    if results and _is_tiny(width, paper):
        return shorten(panel.title, paper.text, width)
    return "\n".join([*lines, *(shorten(each, paper.text, width) for each in results)])


def _is_tiny(width: float, paper: Size) -> bool:
    """Tell whether a panel of a width is too narrow for more than a label above it."""
    return width < 11 * paper.text / 72


def _set_axes(axes: Axes, panel: Panel, size: tuple[float, float], paper: Size) -> None:
    for axis, name, length in ((panel.x, "x", size[0]), (panel.y, "y", size[1])):
        matplotlib_axis = axes.xaxis if name == "x" else axes.yaxis
        if axis.break_at is not None:
            values, places = break_points(axis)
            axes.set_xscale(
                "function",
                functions=(
                    lambda x, v=values, p=places: np.interp(x, v, p),
                    lambda x, v=values, p=places: np.interp(x, p, v),
                ),
            )
            _mark_break(axes, axis)
        elif axis.scale == "log":
            (axes.set_xscale if name == "x" else axes.set_yscale)("log", nonpositive="mask")
        ticks = _ticks(axis, length, paper, is_upright=name == "y")
        if ticks is None:
            span = abs(axis.limits[1] - axis.limits[0]) if axis.limits else 0.0
            most = int(np.clip(length / (0.45 if name == "y" else 0.6), 2, 8))
            matplotlib_axis.set_major_locator(MaxNLocator(most, steps=_STEPS, integer=span >= 6))
        else:
            matplotlib_axis.set_major_locator(FixedLocator([value for value, _ in ticks]))
            matplotlib_axis.set_ticklabels([text for _, text in ticks])
        matplotlib_axis.set_minor_locator(NullLocator())
    if panel.y.scale == "category":
        axes.tick_params(axis="y", length=0, labelsize=paper.text, pad=0.7 * paper.text)
        axes.grid(visible=False, axis="y")
        for row in range(1, len(panel.y.ticks or ())):
            axes.axhline(row - 0.5, color=GRID_INK, linewidth=0.7, zorder=0.5)


def _ticks(
    axis: Axis, length: float, paper: Size, *, is_upright: bool
) -> list[tuple[float, str]] | None:
    """Return the ticks whose labels do not overlap; None for Matplotlib's choice."""
    if axis.ticks is None:
        return None
    ticks = [(value, _short(text, paper)) for value, text in axis.ticks]
    if axis.scale == "category":
        return ticks
    points = paper.text * 0.83
    places = length * place_on(axis, np.array([value for value, _ in ticks]))
    shown: list[tuple[float, str]] = []
    free = -np.inf
    for place, index in sorted((place, index) for index, place in enumerate(places)):
        text = ticks[index][1]
        half = (points / 72 if is_upright else width_of(text, points)) / 2
        if place - half >= free:
            shown.append(ticks[index])
            free = place + half + (0.02 if is_upright else 0.07)
    return shown


def _mark_break(axes: Axes, axis: Axis) -> None:
    """Mark where an axis is broken, with two strokes on it and a white gap above."""
    left, right = axis.break_at or (0.0, 1.0)
    axes.axvspan(left, right, color="white", zorder=0.9, linewidth=0)
    for value in (left, right):
        axes.plot(
            [value],
            [0],
            marker=[(-0.5, -1.0), (0.5, 1.0)],
            markersize=8,
            color=FAINT_INK,
            linestyle="none",
            clip_on=False,
            transform=axes.get_xaxis_transform(),
            zorder=4,
        )


def _limit(axes: Axes, panel: Panel) -> None:
    axes.autoscale_view()
    if panel.y.scale == "category":
        rows = len(panel.y.ticks or ())
        axes.set_ylim(rows - 0.5, -0.5)
    elif panel.y.limits is not None:
        low, high = panel.y.limits
        axes.set_ylim((high, low) if panel.y.is_reversed else (low, high))
    if panel.x.limits is not None:
        axes.set_xlim(panel.x.limits)


def _label_ends(
    axes: Axes, panel: Panel, series: Sequence[Series], context: Context, paper: Size
) -> set[str]:
    """Write the labels of series at the right ends of their lines where all have room.

    Returns the names of the series that are labelled so.
    """
    shown = {one.name for one in series}
    ends: dict[str, float] = {}
    for mark in panel.marks:
        if isinstance(mark, Line) and not mark.label and mark.series in shown:
            last = float(mark.y[-1])
            if mark.style == "steps" or not np.isfinite(last) or panel.y.limits is None:
                return set()
            ends[mark.series] = float(place_on(panel.y, np.array(last))) * context.height
    if not 1 < len(ends) <= _END_LABELS or set(ends) != shown:
        return set()
    gap = 1.15 * paper.text / 72
    names = sorted(ends, key=ends.__getitem__)
    places = _spread([ends[name] for name in names], gap, context.height)
    if places is None:
        return set()
    for name, place in zip(names, places, strict=True):
        axes.annotate(
            _short(name, paper),
            (1, place / context.height),
            xycoords="axes fraction",
            xytext=(4, 0),
            textcoords="offset points",
            va="center",
            color=_darker(context.look(name)),
        )
    return set(ends)


def _spread(places: Sequence[float], gap: float, height: float) -> list[float] | None:
    """Return places moved apart to a gap, or None where one would have to be moved too far."""
    moved = np.array(places)
    for _ in range(50):
        overlaps = gap - np.diff(moved)
        if (overlaps <= 1e-9).all():
            break
        for index in np.flatnonzero(overlaps > 0):
            moved[index] -= overlaps[index] / 2
            moved[index + 1] += overlaps[index] / 2
    else:
        return None
    moved += max(0.0, -float(moved.min())) - max(0.0, float(moved.max()) - height)
    return moved.tolist() if np.abs(moved - places).max() <= 2 * gap else None


def _darker(style: Look) -> tuple[float, float, float]:
    """Return a colour as text can have it: dark enough to be read on white."""
    from matplotlib.colors import to_rgb

    red, green, blue = to_rgb(style.colour)
    luminance = 0.3 * red + 0.59 * green + 0.11 * blue
    share = min(1.0, 0.5 / luminance)
    return (red * share, green * share, blue * share)


def _add_bar(page: Page, colours: ColourScale | None, axes: Sequence[Axes]) -> None:
    """Add the colour bar that all panels share."""
    if colours is None or colours.colours == "grey":
        return
    bar = page.colorbar(
        ScalarMappable(norm_of(colours), colour_map(colours)),
        ax=list(axes),
        location="right",
        pad=0.02,
        fraction=0.04,
        aspect=24,
        shrink=0.95,
    )
    ticks = (
        log_ticks(colours.low, colours.high)
        if colours.is_log
        else np.linspace(colours.low, colours.high, 5).tolist()
    )
    bar.set_ticks(ticks, labels=[written(float(f"{tick:.3g}")) for tick in ticks])
    bar.minorticks_off()
    bar.set_label(printable(colours.label), size="medium")
    bar.outline.set_visible(False)


def _add_legend(page: Page, entries: Sequence[tuple[Any, str]], paper: Size) -> None:
    width = page.get_size_inches()[0] - 4 * _MARGIN
    labels = [shorten(label, paper.text, width - _HANDLE * paper.text / 72) for _, label in entries]
    page.legend(
        [handle for handle, _ in entries],
        labels,
        loc="outside lower left",
        ncols=_legend_shape(labels, paper, width)[0],
        handlelength=2.4,
        handletextpad=0.6,
        columnspacing=1.4,
        labelspacing=0.35,
        borderpad=0.2,
    )


def _series_entries(
    figure: Figure, paper: Size, looks: Mapping[str, Look], at_ends: set[str]
) -> Iterator[tuple[Any, str]]:
    """Yield the handle and the label of each series that is not labelled elsewhere."""
    marks = [mark for panel in figure.panels for mark in panel.marks]
    scale = paper.text / SIZES["page"].text
    for one in figure.series:
        handle = _handle(one.name, looks[one.name], marks, scale)
        if handle is not None and (one.name not in at_ends or one.note):
            short = _short(one.name, paper)
            yield handle, f"{short} ({one.note})" if one.note else short


def _other_entries(figure: Figure, scale: float) -> Iterator[tuple[Any, str]]:
    """Yield the handle and the label of all else that is drawn and needs to be named."""
    marks = [mark for panel in figure.panels for mark in panel.marks]
    neutral = Look(FAINT_INK, "solid", "o")
    for label, mark in {mark.label: mark for mark in marks if isinstance(mark, Line)}.items():
        if label:
            yield line_artist(neutral, mark.style, is_marked=mark.is_marked, scale=scale), label
    for label in {mark.label: None for mark in marks if isinstance(mark, Span)}:
        yield Patch(color=FAINT_INK, alpha=2 * BAND, linewidth=0), label
    for label, rule in {mark.label: mark for mark in marks if isinstance(mark, Rule)}.items():
        if rule.points is not None or rule.along == "x":
            yield rule_artist(rule, scale), label
    maps = [mark for mark in marks if isinstance(mark, Map)]
    if any(mark.crossed is not None and mark.crossed.any() for mark in maps):
        yield cross_artist(scale), "every run diverged"
    if figure.colours is not None and figure.colours.no_number and any(map(_has_gap, maps)):
        yield Patch(facecolor=NOTHING, linewidth=0), figure.colours.no_number
    if any(mark.missing is not None and mark.missing.any() for mark in maps):
        yield Patch(**look_of_missing()), "no runs yet"


def _has_gap(mark: Map) -> bool:
    """Tell whether a map has cells without a number of which there are runs."""
    gaps = np.isnan(mark.values)
    for known in (mark.missing, mark.crossed):
        if known is not None:
            gaps = gaps & ~known
    return bool(gaps.any())


def _handle(name: str, style: Look, marks: Sequence[Any], scale: float) -> Any:
    """Return the legend handle of a series, or None if the legend does not name it."""
    for mark in marks:
        if getattr(mark, "series", None) != name:
            continue
        if isinstance(mark, Line) and not mark.label:
            line = line_artist(style, mark.style, is_marked=mark.is_marked, scale=scale)
            if mark.low is None:
                return line
            return Patch(color=style.colour, alpha=BAND, linewidth=0), line
        if isinstance(mark, Points):
            solid = replace(style, dashes="solid")
            artist = line_artist(solid, "solid", is_marked=True, scale=scale)
            artist.set_linestyle("none")
            return artist
    return None


def _foot_height(figure: Figure, paper: Size, width: float) -> float:
    """Return about how high the legend and the label of the x axis are."""
    looks = {one.name: look(one.look) for one in figure.series}
    entries = [*_series_entries(figure, paper, looks, set()), *_other_entries(figure, 1.0)]
    labels = [label for _, label in entries]
    rows = _legend_shape(labels, paper, width - 4 * _MARGIN)[1] if labels else 0
    return (rows * 1.4 + 3.0) * paper.text / 72 + _MARGIN


def _legend_shape(labels: Sequence[str], paper: Size, width: float) -> tuple[int, int]:
    """Return the columns and rows of a legend of at most a width in inches."""
    letter = paper.text / 72
    widest = max(width_of(label, paper.text) for label in labels) + _HANDLE * letter
    columns = min(len(labels), max(1, int((width + letter) / (widest + 0.6 * letter))))
    rows = ceil(len(labels) / columns)
    return ceil(len(labels) / rows), rows


def _short(label: str, paper: Size) -> str:
    """Return a label shortened to its share of the page."""
    return shorten(label, paper.text, _LABEL_ROOM * paper.width)


def _is_mosaic(figure: Figure) -> bool:
    return figure.colours is not None and figure.colours.colours == "grey"


def _has(figure: Figure, *kinds: type) -> bool:
    return any(isinstance(mark, kinds) for panel in figure.panels for mark in panel.marks)
