"""The files of figures in ``plots/``: their formats and sizes, and which of them are stale.

Each figure is drawn in the chosen sizes and formats, with its caption in a text file. The file
``figures.json`` has a digest of the record of each figure: a figure whose record has not changed
still shows the results.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from pathlib import Path
from typing import Final

import numpy as np

from initbench.figures.catalogue import KINDS, drawings
from initbench.figures.pictures import DEFAULT, FOLDER, FORMATS, SIZE_NAMES, Pictures
from initbench.results import Results, files

STALE: Final = "stale"
"""Where in `FOLDER` figures are kept that no longer show the results."""

MANIFEST: Final = "figures.json"

_SUFFIXES: Final = {*(f".{form}" for form in FORMATS), ".txt", ".gif"}


def figure_files(results: Results, options: Pictures = DEFAULT) -> tuple[str, ...]:
    """Return the names, relative to the results folder, of all files of figures that it has."""
    names: list[str] = []
    for drawing in drawings(results):
        stem = f"{FOLDER}/{drawing.name}"
        if drawing.is_animated:
            names.append(f"{stem}.gif")
            continue
        for size in options.sizes:
            names += [f"{stem}{_of_size(size)}.{form}" for form in options.formats]
        names.append(f"{stem}.txt")
    return tuple(names)


def draw_figures(results: Results, options: Pictures = DEFAULT) -> Iterator[tuple[str, bytes]]:
    """Draw all figures, one after another.

    Yields
    ------
    name : str
        Relative to the results folder, as in `figure_files`.
    data : bytes
    """
    from initbench.figures.drawing import SIZES, animate, draw, render

    for drawing in drawings(results):
        figure, stem = drawing.build(), f"{FOLDER}/{drawing.name}"
        if drawing.is_animated:
            yield f"{stem}.gif", animate(figure)
            continue
        for size in options.sizes:
            page = draw(figure, size, titles=options.titles)
            for form in options.formats:
                yield f"{stem}{_of_size(size)}.{form}", render(page, form, SIZES[size].dpi)
        yield f"{stem}.txt", f"{figure.caption}\n".encode("utf-8", "replace")


def figure_digests(results: Results) -> dict[str, str]:
    """Return a digest of every figure's record, by its name."""
    return {each.name: digest(each.build()) for each in drawings(results)}


def digest(value: object) -> str:
    """Return a digest of a record: the same for equal records, in every process."""
    state = hashlib.sha256()
    for part in _parts(value):
        state.update(part)
    return state.hexdigest()[:16]


def stale_figures(folder: Path, digests: Mapping[str, str], *, has_changed: bool) -> list[Path]:
    """Return the files of figures that do not show the results, in order.

    `folder`: the results folder.
    `digests`: as `figure_digests` returns them.
    `has_changed`: whether the numbers of the results differ from those on disk. Without a manifest,
    as in a folder of an older initbench, it decides, except that numbered files are always stale:
    cells are named now.
    """
    manifest = read_manifest(folder)
    found = []
    for path in sorted((folder / FOLDER).glob("*.*")):
        name = _figure_of(path)
        if manifest is None:
            kind, _, number = name.rpartition("_")
            is_numbered = number.isdecimal() and kind in KINDS
            if is_numbered or (has_changed and name in KINDS):
                found.append(path)
        elif name in manifest and manifest[name] != digests.get(name):
            found.append(path)
    return found


def set_aside(folder: Path, paths: list[Path]) -> None:
    """Move files of figures into ``plots/stale/``, in the place of older ones."""
    place = files.prepare_derived_folder(folder, f"{FOLDER}/{STALE}")
    for path in paths:
        files.write_atomically(place / path.name, files.read(path) or b"")
        files.remove(path)


def read_manifest(folder: Path) -> dict[str, str] | None:
    """Return the digests of the figures in a folder; None where none were written."""
    found = files.read_json(folder / FOLDER / MANIFEST)
    return {str(k): str(v) for k, v in found.items()} if isinstance(found, dict) else None


def write_manifest(folder: Path, digests: Mapping[str, str]) -> None:
    """Write the digests of the figures that have files; without figures, remove the manifest."""
    names = {_figure_of(path) for path in (folder / FOLDER).glob("*.*")}
    kept = {name: digests[name] for name in sorted(digests) if name in names}
    path = folder / FOLDER / MANIFEST
    if kept:
        files.write_atomically(path, f"{json.dumps(kept, indent=1)}\n".encode())
    elif path.is_file():
        files.remove(path)


def _of_size(size: str) -> str:
    return "" if size == "page" else f"-{size}"


def _figure_of(path: Path) -> str:
    """Return the name of the figure of a file; empty for a file that is no figure or caption."""
    stem = path.stem
    for size in SIZE_NAMES[1:]:
        stem = stem.removesuffix(f"-{size}")
    return stem if path.suffix in _SUFFIXES else ""


def _parts(value: object) -> Iterator[bytes]:
    if is_dataclass(value):
        yield type(value).__name__.encode()
        for each in fields(value):
            yield from _parts(getattr(value, each.name))
    elif isinstance(value, np.ndarray):
        yield f"{value.dtype.str}{value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, tuple | list):
        yield f"[{len(value)}".encode()
        for item in value:
            yield from _parts(item)
    else:
        yield (repr(float(value)) if isinstance(value, np.floating) else repr(value)).encode(
            "utf-8", "replace"
        )
