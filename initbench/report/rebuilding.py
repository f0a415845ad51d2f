"""Rebuilding: everything in a results folder that can be made again from its raw runs.

Numbers are written first and pictures last, so a picture that cannot be drawn loses nothing.
Before other numbers are written, the pictures of the old ones go: whoever looks, even after a kill
in the middle, never sees a picture beside numbers that it does not show.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

from initbench.report.markdown import report_markdown
from initbench.report.pictures import (
    DEFAULT,
    EVERY,
    FOLDER,
    Pictures,
    draw_pictures,
    is_ours,
    picture_names,
)
from initbench.results import Results, files
from initbench.results.metrics import metrics_json
from initbench.results.tidy import curves_csv
from initbench.results.weights import weight_files


def write_report(results: Results, *, plots: bool | Pictures = True) -> None:
    """Write metrics, curves, report and pictures of results into their folder.

    Parameters
    ----------
    results : Results
    plots : bool or Pictures
        Whether to draw, or in which formats and sizes. What is not drawn stays if it is there and
        shows these numbers.

    Raises
    ------
    StorageError
        The folder cannot be read or written.
    """
    folder = results.folder
    files.prepare_folder(folder)
    numbers = _numbers(results)
    pictures = _chosen(plots)
    wanted, known = picture_names(results, pictures), picture_names(results, EVERY)
    _remove_pictures(folder, keep=known if _is_written(folder, numbers) else ())
    linked = wanted if plots else _present(folder, wanted)
    for name, data in {**numbers, **_report(results, linked)}.items():
        files.write_atomically(folder / name, data)
    for name, data in weight_files(results.outline, results.runs):
        files.prepare_folder((folder / name).parent)
        files.write_atomically(folder / name, data)
    if plots and wanted:
        files.prepare_folder(folder / FOLDER)
        for name, data in draw_pictures(results, pictures):
            files.write_atomically(folder / name, data)


def report_is_current(results: Results, *, plots: bool | Pictures = True) -> bool:
    """Tell whether `write_report` would change nothing, without drawing.

    The texts are compared with what they would be; pictures must be there.

    Raises
    ------
    StorageError
        The folder cannot be read.
    """
    folder, wanted = results.folder, picture_names(results, _chosen(plots))
    linked = _present(folder, wanted)
    texts = {**_numbers(results), **_report(results, linked)}
    texts |= dict(weight_files(results.outline, results.runs))
    return (linked == wanted or not plots) and _is_written(folder, texts)


def _chosen(plots: object) -> Pictures:
    return plots if isinstance(plots, Pictures) else DEFAULT


def _numbers(results: Results) -> dict[str, bytes]:
    """Return the files that say all that pictures show."""
    return {
        "metrics.json": metrics_json(results.metrics),
        "curves.csv": _encode(curves_csv(results.outline, results.runs)),
    }


def _report(results: Results, pictures: Sequence[str]) -> dict[str, bytes]:
    from initbench.report.html import html_report

    config = (files.read(results.folder / "config.yaml") or b"").decode("utf-8", "replace")
    return {
        "REPORT.md": _encode(report_markdown(results, pictures)),
        "report.html": html_report(results, config),
    }


def _encode(text: str) -> bytes:
    """Return UTF-8; half of a surrogate pair, which a label can hold, has no place in it."""
    return text.encode("utf-8", "replace")


def _is_written(folder: Path, texts: Mapping[str, bytes]) -> bool:
    return all(files.read(folder / name) == data for name, data in texts.items())


def _present(folder: Path, pictures: Sequence[str]) -> tuple[str, ...]:
    """Return the pictures, if all of them are there."""
    return tuple(pictures) if all((folder / name).is_file() for name in pictures) else ()


def _remove_pictures(folder: Path, keep: Sequence[str]) -> None:
    for path in sorted((folder / FOLDER).glob("*")):
        if is_ours(path.name) and f"{FOLDER}/{path.name}" not in keep:
            files.remove(path)
