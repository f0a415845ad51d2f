"""An export: weights, or a snippet and the weights that it loads, as text or in files."""

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
"""What a snippet imports, and so must not be called."""


@dataclass(frozen=True)
class Export:
    """What came of an export.

    Attributes
    ----------
    text : str
        The snippet, where it was not to be written; else empty.
    files : tuple of Path
        What was written.
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
        An ``.npz`` for weights, a ``.py`` for a snippet. A snippet that draws needs none. One that
        loads has its weights beside it, in a file of the same name that ends in ``.npz``.

    Raises
    ------
    UsageError
        There is no such format, or the file must be named, or otherwise.
    StorageError
        It cannot be written.
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
        raise UsageError(
            f"{_reason(start, form)}: say where with --output (-o), as -o start{ending}"
        )
    weights = encode_layers(start.weights)
    if form == NPZ:
        return _written({output: weights})
    beside = output.with_suffix(".npz")
    return _written({beside: weights, output: snippet(start, form, beside.name).encode()})


def _reason(start: Start, form: str) -> str:
    if form == NPZ:
        return "an .npz is no text, so it has to be written to a file"
    name = start.scheme.initializer.name
    return f"{form} does not draw what {name} does, so the weights have to be written to a file"


def _check_name(output: Path, form: str, ending: str) -> None:
    if output.suffix != ending:
        raise UsageError(f"{output}: what is exported as {form} must end in {ending}")
    if ending == ".py" and output.stem in _SHADOWS:
        raise UsageError(
            f"{output}: a file of this name would be imported in the place of {output.stem}; give"
            " it another"
        )


def _written(contents: dict[Path, bytes]) -> Export:
    for path, data in contents.items():
        files.make_folder(path.parent)
        files.write_atomically(path, data)
    return Export("", tuple(contents))
