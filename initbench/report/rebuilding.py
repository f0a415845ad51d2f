"""Write what can be derived from the raw runs of results folders: reports, and a comparison page.

Numbers are written first and figures last, so that a figure that cannot be drawn loses nothing.
Before other numbers are written, the figures that do not show them are removed or set aside: after
a kill in the middle, no figure is beside numbers that it does not show. Figures that are still true
stay.
"""

import logging
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from initbench.errors import UsageError
from initbench.figures.files import (
    STALE,
    draw_figures,
    figure_digests,
    figure_files,
    read_manifest,
    set_aside,
    stale_figures,
    write_manifest,
)
from initbench.figures.pictures import DEFAULT, FOLDER, Pictures
from initbench.formatting import listing
from initbench.report.difference import difference_lines
from initbench.report.html import html_comparison, html_report
from initbench.report.markdown import report_markdown
from initbench.results import Results, files, load_results
from initbench.results.difference import differences_between, read_baseline
from initbench.results.locking import locked
from initbench.results.metrics import metrics_json
from initbench.results.tidy import curves_csv
from initbench.results.weights import weight_files
from initbench.tables import plain

logger: logging.Logger = logging.getLogger(__name__)

_WIDTH = 100


def write_report(results: Results, *, plots: bool | Pictures = True) -> None:
    """Write metrics, curves, report and figures of results into their folder.

    Figures that are not drawn now stay where they still show the results, and are set aside in
    ``plots/stale/`` where they do not, with one warning that names them.

    `plots`: whether to draw, or in which formats and sizes.

    Raises `StorageError` if the folder cannot be read or written.
    """
    folder = results.folder
    files.prepare_folder(folder)
    files.remove_link(folder / FOLDER)  # else figures where it points to would be removed
    numbers, digests = _numbers(results), figure_digests(results)
    options = _chosen(plots)
    wanted = figure_files(results, options)
    stale = stale_figures(folder, digests, has_changed=not _is_written(folder, numbers))
    redrawn = [path for path in stale if plots and f"{FOLDER}/{path.name}" in wanted]
    for path in redrawn:
        files.remove(path)
    if aside := [path for path in stale if path not in redrawn]:
        set_aside(folder, aside)
        names = listing(sorted({path.stem for path in aside}))
        logger.warning("figures of other results were moved to %s/%s/: %s", FOLDER, STALE, names)
    linked = wanted if plots else _present(folder, wanted)
    for name, data in {**numbers, **_report(results, linked)}.items():
        files.write_atomically(folder / name, data)
    for name, data in weight_files(results.outline, results.runs):
        files.prepare_derived_folder(folder, str(PurePosixPath(name).parent))
        files.write_atomically(folder / name, data)
    if plots and wanted:
        files.prepare_derived_folder(folder, FOLDER)
        for name, data in draw_figures(results, options):
            files.write_atomically(folder / name, data)
    if (folder / FOLDER).is_dir():
        write_manifest(folder, digests)


def report_is_current(results: Results, *, plots: bool | Pictures = True) -> bool:
    """Tell whether `write_report` would change nothing, without drawing.

    The texts are compared with what they would be; of figures, the files must be there and their
    records must be those that they were drawn from.

    Raises `StorageError` if the folder cannot be read.
    """
    folder, wanted = results.folder, figure_files(results, _chosen(plots))
    linked = _present(folder, wanted)
    texts = {**_numbers(results), **_report(results, linked)}
    texts |= dict(weight_files(results.outline, results.runs))
    if not _is_written(folder, texts):
        return False
    manifest, digests = read_manifest(folder) or {}, figure_digests(results)
    if plots:
        return linked == wanted and manifest == digests
    return all(digests.get(name) == each for name, each in manifest.items())


def write_comparison(first: Path, second: Path) -> Path:
    """Write the page of two results folders into the first, and return its path.

    All other files of both folders stay as they are.

    Raises `UsageError` if one of them is not a results folder, or both are the same. Raises
    `StorageError` if a folder cannot be read or written.
    """
    if first.resolve() == second.resolve():
        raise UsageError(f"{first} and {second} are the same folder: name two that differ")
    sides = [(load_results(folder), _config(folder)) for folder in (first, second)]
    difference = differences_between(read_baseline(first), read_baseline(second))
    words = plain(difference_lines(difference, _WIDTH)) if difference.figures else ""
    page = first / f"comparison-with-{second.resolve().name}.html"
    with locked(first):
        files.write_atomically(page, html_comparison(sides[0], sides[1], words))
    return page


def _chosen(plots: object) -> Pictures:
    return plots if isinstance(plots, Pictures) else DEFAULT


def _numbers(results: Results) -> dict[str, bytes]:
    """Return the files with all numbers that figures show."""
    return {
        "metrics.json": metrics_json(results.metrics),
        "curves.csv": _encode(curves_csv(results.outline, results.runs)),
    }


def _report(results: Results, figures: Sequence[str]) -> dict[str, bytes]:
    return {
        "REPORT.md": _encode(report_markdown(results, figures)),
        "report.html": html_report(results, _config(results.folder)),
    }


def _config(folder: Path) -> str:
    """Return the text of the config in a folder; empty where there is none."""
    return (files.read(folder / "config.yaml") or b"").decode("utf-8", "replace")


def _encode(text: str) -> bytes:
    """Return UTF-8; half of a surrogate pair, which a label can hold, has no place in it."""
    return text.encode("utf-8", "replace")


def _is_written(folder: Path, texts: Mapping[str, bytes]) -> bool:
    return all(files.holds(folder / name, data) for name, data in texts.items())


def _present(folder: Path, figures: Sequence[str]) -> tuple[str, ...]:
    """Return the figures, if all of them are there."""
    return tuple(figures) if all((folder / name).is_file() for name in figures) else ()
