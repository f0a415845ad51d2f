"""Initial weights of single runs, written in the format that a scheme reads from a file.

They are kept with the raw runs, where that was asked for, and written out a file a run.
"""

import io
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Final

import numpy as np

from initbench.arrays import Array
from initbench.results.outline import Outline
from initbench.results.store import Records

FOLDER: Final = "initial_weights"
"""Where they are written, in the results folder."""

_PREFIX: Final = "initial_"


def initial_weights(record: Records) -> dict[str, Array]:
    """Return the initial weights and biases of a run, ``W1``, ``b1`` and so on, if recorded."""
    return {
        name.removeprefix(_PREFIX): values
        for name, values in record.items()
        if name.startswith(_PREFIX) and re.fullmatch(r"[Wb]\d+", name.removeprefix(_PREFIX))
    }


def weight_files(outline: Outline, runs: Mapping[str, Records]) -> Iterator[tuple[str, bytes]]:
    """Yield the name, relative to the results folder, and the bytes of each run's file.

    A scheme is named by its place in the config and its label, as far as that can be part of a
    file's name on every system: ``initial_weights/2-he-seed-7.npz``.
    """
    for cell_number, cell in enumerate(outline.cells):
        cells = f"cell-{cell_number}" if len(outline.cells) > 1 else ""
        for place, label in enumerate(outline.labels):
            stem = f"{place}-{re.sub(r'[^A-Za-z0-9]+', '-', label).strip('-')}".strip("-")
            for run in cell.runs[label]:
                arrays = initial_weights(runs.get(run.key, {}))
                if arrays:
                    name = PurePosixPath(FOLDER, cells, f"{stem}-seed-{run.seed}.npz")
                    yield str(name), _encode(arrays)


def _encode(arrays: Mapping[str, Array]) -> bytes:
    buffer = io.BytesIO()
    np.savez(buffer, **dict(sorted(arrays.items())))  # type: ignore[arg-type]  # names are not its own
    return buffer.getvalue()
