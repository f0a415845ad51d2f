"""An export writes what can be read again, and nothing where it cannot write all."""

from pathlib import Path

import numpy as np
import pytest

from initbench.errors import StorageError, UsageError
from initbench.exporting import FORMATS, draw_start, export_start


@pytest.fixture
def start():
    """Return the start of a small network that no framework draws."""
    return draw_start({"layers": [6, 4, 2], "init": "lsuv"})


def test_weights_are_a_scheme_again(tmp_path, start):
    """A file that is exported and read as a scheme is exported as the same bytes."""
    first, second = tmp_path / "first.npz", tmp_path / "second.npz"
    assert export_start(start, "npz", first).files == (first,)
    init = {"name": "file", "path": str(first)}
    export_start(draw_start({"layers": [6, 4, 2], "init": init}), "npz", second)
    assert first.read_bytes() == second.read_bytes()


def test_weights_lie_as_they_are_documented(tmp_path, start):
    """``W1, b1, …`` of shape (fan_in, fan_out) and (fan_out,), in single precision."""
    export_start(start, "npz", tmp_path / "w.npz")
    arrays = dict(np.load(tmp_path / "w.npz", allow_pickle=False))
    shapes = {name: array.shape for name, array in arrays.items()}
    assert shapes == {"W1": (6, 4), "b1": (4,), "W2": (4, 2), "b2": (2,)}
    assert {array.dtype for array in arrays.values()} == {np.dtype(np.float32)}


def test_a_snippet_that_loads_has_its_weights_beside_it(tmp_path, start):
    """In a folder that is made for them, under the name that the snippet reads."""
    path = tmp_path / "new" / "net.py"
    made = export_start(start, "torch", path)
    assert made.files == (path.with_suffix(".npz"), path)
    assert made.text == ""
    assert "'net.npz'" in path.read_text("utf-8")
    assert sorted(path.parent.iterdir()) == sorted(made.files)


@pytest.mark.parametrize("form", FORMATS[1:])
def test_a_snippet_that_draws_is_text_or_a_file(tmp_path, form):
    """The same either way, and no weights are written."""
    start = draw_start({"layers": [6, 4, 2], "init": "he"})
    made = export_start(start, form)
    assert made.files == ()
    assert export_start(start, form, tmp_path / "net.py").files == (tmp_path / "net.py",)
    assert (tmp_path / "net.py").read_text("utf-8") == made.text


@pytest.mark.parametrize(
    ("form", "output", "message"),
    [
        ("npy", "w.npz", r"unknown format 'npy'. Did you mean 'npz'\?"),
        ("npz", None, "an .npz is binary.*-o start.npz"),
        ("torch", None, "torch has no initializer with the law of lsuv.*-o start.py"),
        ("npz", "w.py", "a file of the format npz must end in .npz"),
        ("keras", "net", "a file of the format keras must end in .py"),
        ("torch", "torch.py", "imported instead of torch"),
        ("jax", "numpy.py", "imported instead of numpy"),
    ],
)
def test_schemes_without_a_spelling_are_refused(tmp_path, start, form, output, message):
    """Before anything is written, with what to do."""
    with pytest.raises(UsageError, match=message):
        export_start(start, form, None if output is None else tmp_path / output)
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path, start):
    """As a failure of storage that names it."""
    (tmp_path / "taken").write_text("")
    with pytest.raises(StorageError, match="taken is a file, not a folder"):
        export_start(start, "npz", Path(tmp_path / "taken" / "w.npz"))
