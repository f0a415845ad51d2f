"""Export of initial weights, or of a snippet and the weights it loads, as text or files."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from initbench.errors import UsageError
from initbench.exporting.snippets import redraws, snippet
from initbench.exporting.starts import Start
from initbench.initializers.spellings import FRAMEWORKS
from initbench.initializers.weightfiles import encode_layers
from initbench.registry import did_you_mean
from initbench.results import files

NPZ: Final = "npz"
FORMATS: Final = (NPZ, *FRAMEWORKS)

_SHADOWS: Final = {"jax", "keras", "numpy", "pathlib", "torch"}
"""Modules that a snippet imports; a snippet with such a name would shadow them."""


@dataclass(frozen=True)
class Export:
    """The result of an export.

    Attributes
    ----------
    text : str
        The snippet, if no file was named; else empty.
    files : tuple of Path
        Files that were written.
    """

    text: str
    files: tuple[Path, ...]


def export_start(start: Start, form: str, output: Path | None = None) -> Export:
    """Write the weights of a network, or Python that builds it.

    Parameters
    ----------
    start : Start
    form : {"npz", "torch", "keras", "jax"}
    output : Path, optional
        An ``.npz`` for weights, a ``.py`` for a snippet. A snippet that draws needs none. The
        weights of a snippet that loads them are written beside it, with the suffix ``.npz``.

    Raises
    ------
    UsageError
        The format is unknown, or the output file is missing or has an unsuitable name.
    StorageError
        The file cannot be written.
    """
    if form not in FORMATS:
        advice = did_you_mean(str(form), FORMATS) or f"Known: {', '.join(FORMATS)}."
        raise UsageError(f"unknown format {form!r}. {advice}")
    ending = ".npz" if form == NPZ else ".py"
    if output is not None:
        _check_name(output, form, ending)
    if form != NPZ and redraws(start, form):
        text = snippet(start, form)
        return Export(text, ()) if output is None else _written({output: text.encode()})
    if output is None:
        if form == NPZ:
            reason = "an .npz is binary, so it has to be written to a file"
        else:
            name = start.scheme.initializer.name
            reason = (
                f"{form} has no initializer with the law of {name}, so the weights have"
                " to be written to a file"
            )
        raise UsageError(f"{reason}: say where with --output (-o), as -o start{ending}")
    weights = encode_layers(start.weights)
    if form == NPZ:
        return _written({output: weights})
    beside = output.with_suffix(".npz")
    return _written({beside: weights, output: snippet(start, form, beside.name).encode()})


def _check_name(output: Path, form: str, ending: str) -> None:
    if output.suffix != ending:
        raise UsageError(f"{output}: a file of the format {form} must end in {ending}")
    if ending == ".py" and output.stem in _SHADOWS:
        raise UsageError(
            f"{output}: a file of this name would be imported instead of {output.stem}; choose"
            " another name"
        )


def _written(contents: dict[Path, bytes]) -> Export:
    for path, data in contents.items():
        files.make_folder(path.parent)
        files.write_atomically(path, data)
    return Export("", tuple(contents))
