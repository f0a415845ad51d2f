"""Weights in files: ``.npz`` with ``W1, b1, W2, b2, …``, of shape (fan_in, fan_out) and (fan_out,).

The same format is read, audited and written, so that what another program has made can be a start,
and any start can be looked at elsewhere.
"""

import functools
import io
import re
import zipfile
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from typing import Final

import numpy as np

from initbench.arrays import Array, FloatArray
from initbench.data.reading import (
    blaming,
    check_unpacking,
    digest,
    members_of,
    read_array,
    read_member,
    require_file,
)
from initbench.errors import UsageError
from initbench.formatting import count_of
from initbench.initializers import laws
from initbench.initializers.citations import Citation
from initbench.initializers.draws import scaled_normal
from initbench.initializers.entry import Bias, Initializer
from initbench.initializers.laws import Law
from initbench.initializers.layers import LayerSpec
from initbench.initializers.own import Origin

FROM_A_FILE: Final = ("file", "weight_selection")
"""The schemes whose option ``path`` names a file of weights."""


def file(_rng: np.random.Generator, layer: LayerSpec, *, path: str) -> FloatArray:
    """Return the weights and biases that a file holds for a layer, whatever the seed.

    Returns
    -------
    ndarray of shape (fan_in + 1, fan_out)
        The last row is the bias, zero where the file has none.

    Raises
    ------
    UsageError
        The file cannot be read, or is of another network.
    """
    weights, biases = _layers_of(path, digest([Path(path)]))
    if len(weights) != layer.depth:
        layers = count_of(len(weights), "layer")
        raise UsageError(f"{path} has {layers}, and this network has {layer.depth}")
    matrix, bias = weights[layer.index], biases[layer.index]
    if matrix.shape != layer.shape:
        raise UsageError(
            f"{path}: W{layer.index + 1} has shape {matrix.shape}, and layer {layer.index + 1} of"
            f" this network takes {layer.shape}; weights are (fan_in, fan_out)"
        )
    return np.vstack([matrix, np.zeros(layer.fan_out) if bias is None else bias])


def weight_selection(rng: np.random.Generator, layer: LayerSpec, *, path: str) -> FloatArray:
    r"""Select evenly spaced units of a larger network of which a file holds the weights.

    Hidden layer l takes rows and columns of the file's layer l: every k-th where the larger width
    is k times the smaller one, else those nearest to even steps from the first to the last. The
    output layer is not selected, as in the paper, but drawn from :math:`N(0, 1 / n_\text{in})`.

    Returns
    -------
    ndarray of shape (fan_in + 1, fan_out)
        The last row is the bias, zero where the file has none.

    Raises
    ------
    UsageError
        The file cannot be read, or its network has fewer layers or narrower ones.

    References
    ----------
    Xu, Chen, Vishniakov, Yin, Shen, Darrell, Liu, Liu, "Initializing models with larger ones", ICLR
    2024; ``uniform_element_selection`` in the authors' ``weight_selection.py``, whose last step,
    where widths do not divide, would leave the array.
    """
    weights, biases = _layers_of(path, digest([Path(path)]))
    if layer.is_last:
        drawn = scaled_normal(rng, layer, variance=1.0 / layer.fan_in)
        return np.vstack([drawn, np.zeros(layer.fan_out)])
    if layer.index >= len(weights) - 1:
        raise UsageError(
            f"{path} has {len(weights) - 1} hidden layers, and this network has {layer.depth - 1}"
        )
    matrix, bias = weights[layer.index], biases[layer.index]
    if any(theirs < ours for theirs, ours in zip(matrix.shape, layer.shape, strict=True)):
        raise UsageError(
            f"{path}: W{layer.index + 1} has shape {matrix.shape}, and layer {layer.index + 1} of"
            f" this network is larger, {layer.shape}: weights are selected from a larger network"
        )
    if layer.is_first and len(matrix) != layer.fan_in:
        raise UsageError(f"{path} is of {len(matrix)} features, and these data have {layer.fan_in}")
    rows, columns = (
        np.arange(smaller) * (larger // smaller)
        if larger % smaller == 0
        else np.round(np.linspace(0, larger - 1, smaller)).astype(np.intp)
        for larger, smaller in zip(matrix.shape, layer.shape, strict=True)
    )
    chosen = np.zeros(layer.fan_out) if bias is None else bias[columns]
    return np.vstack([matrix[np.ix_(rows, columns)], chosen])


def origin_of(path: str) -> Origin:
    """Return where weights come from, with the digest of the file as it is.

    Raises
    ------
    UsageError
        It cannot be read.
    """
    return Origin("weights", path, digest([Path(path)]))


def check_digest(origin: Origin) -> None:
    """Raise a `UsageError` if a file is no longer what it was."""
    if digest([Path(origin.place)]) != origin.digest:
        raise UsageError(
            f"{origin.place} has changed since the experiment was planned: run it again"
        )


def load_arrays(path: Path | str) -> dict[str, Array]:
    """Return the arrays of an ``.npz``; nothing in it is ever unpickled.

    Raises
    ------
    UsageError
        It cannot be read, is something else, or would unpack to far more than it takes.
    """
    path = Path(path)
    require_file(path)
    with blaming(path), path.open("rb") as file:
        if not zipfile.is_zipfile(file):
            raise UsageError("is no archive of arrays: layers are W1, b1, W2, b2, … of an .npz")
        with zipfile.ZipFile(file) as archive:
            members = members_of(archive)
            unpacked = sum(info.file_size for info in members.values())
            check_unpacking(path.stat().st_size, unpacked)
            return {name: read_member(archive, info, path) for name, info in members.items()}


def load_array(path: Path | str) -> Array:
    """Return the array of an ``.npy``; nothing in it is ever unpickled.

    Raises
    ------
    UsageError
        It cannot be read, or is something else.
    """
    path = Path(path)
    require_file(path)
    with blaming(path), path.open("rb") as file:
        return read_array(file, path.stat().st_size)


def read_layers(
    arrays: Mapping[str, FloatArray],
) -> tuple[list[FloatArray], list[FloatArray | None]]:
    """Return the weights and biases of a network, in order, in double precision.

    Raises
    ------
    UsageError
        A layer is missing, has another shape than its neighbours ask for, or is not finite.
    """
    unknown = sorted(name for name in arrays if not re.fullmatch(r"[Wb][1-9]\d*", name))
    if unknown:
        raise UsageError(f"unknown array {unknown[0]!r}: layers are W1, b1, W2, b2, …")
    depth = max((int(name[1:]) for name in arrays), default=0)
    missing = [f"W{n}" for n in range(1, depth + 1) if f"W{n}" not in arrays]
    if missing or not depth:
        raise UsageError(f"there is no {(missing or ['W1'])[0]}: layers are W1, b1, W2, b2, …")
    weights = [_numbers(f"W{n}", arrays, dimensions=2) for n in range(1, depth + 1)]
    for n, (left, right) in enumerate(pairwise(weights), start=1):
        if left.shape[1] != right.shape[0]:
            raise UsageError(
                f"W{n} of shape {left.shape} has {left.shape[1]} units and W{n + 1} of shape"
                f" {right.shape} takes {right.shape[0]}: weights are (fan_in, fan_out), so those"
                " of PyTorch have to be transposed"
            )
    biases: list[FloatArray | None] = []
    for n, each in enumerate(weights, start=1):
        bias = _numbers(f"b{n}", arrays, dimensions=1) if f"b{n}" in arrays else None
        biases.append(bias)
        if bias is not None and len(bias) != each.shape[1]:
            raise UsageError(f"b{n} has {len(bias)} biases for the {each.shape[1]} units of W{n}")
    return weights, biases


def encode_layers(layers: Sequence[tuple[FloatArray, FloatArray]]) -> bytes:
    """Return the bytes of a file of weights and biases; the same arrays make the same bytes."""
    arrays: dict[str, FloatArray] = {}
    for n, (weights, biases) in enumerate(layers, start=1):
        arrays |= {f"W{n}": weights, f"b{n}": biases}
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]  # its stub takes the names for its own
    return buffer.getvalue()


@functools.lru_cache(maxsize=8)
def _layers_of(path: str, content: str) -> tuple[list[FloatArray], list[FloatArray | None]]:  # noqa: ARG001  # other bytes, other layers
    try:
        return read_layers(load_arrays(path))
    except UsageError as error:
        text = str(error)
        raise UsageError(text if text.startswith(path) else f"{path}: {text}") from None


def _numbers(name: str, arrays: Mapping[str, FloatArray], *, dimensions: int) -> FloatArray:
    array = np.asarray(arrays[name])
    if array.ndim != dimensions or not array.size:
        shape = "(fan_in, fan_out)" if dimensions == 2 else "(fan_out,)"
        raise UsageError(f"{name} has shape {array.shape} and should have {shape}")
    if array.dtype.kind not in "fiu" or not np.isfinite(array).all():
        raise UsageError(f"{name} holds something else than finite numbers")
    return array.astype(np.float64)


def _weights_of(draw: Callable[..., FloatArray], layer: LayerSpec, path: str) -> FloatArray:
    """Return the weights of a layer that a file holds, without the biases."""
    return draw(np.random.default_rng(0), layer, path=path)[:-1]


def _bias_law(draw: Callable[..., FloatArray], layer: LayerSpec, path: str) -> Law:
    biases = draw(np.random.default_rng(0), layer, path=path)[-1]
    return laws.mixture(*((1.0 / len(biases), laws.constant(float(each))) for each in biases))


def _selected(moment: Callable[[FloatArray], float], drawn: float) -> Callable[..., float]:
    """Return the function of a moment of selected weights, and of the drawn output layer."""
    return lambda layer, path: (
        drawn / layer.fan_in
        if layer.is_last
        else float(moment(_weights_of(weight_selection, layer, path)))
    )


FROM_FILES = (
    Initializer(
        name="file",
        draw=file,
        draws_bias=True,
        variance=lambda layer, path: float(_weights_of(file, layer, path).var()),
        mean=lambda layer, path: float(_weights_of(file, layer, path).mean()),
        distribution="deterministic",
        formula="W1, b1, W2, b2, … of an .npz, as they stand",
        reference="yours",
        summary="the weights of a file, the same for every seed",
        bias=Bias(
            draw=file,
            distribution="mixture",
            law=functools.partial(_bias_law, file),
            formula="as in the file",
        ),
        recommended_for="weights of another program, or of a run that was saved",
    ),
    Initializer(
        name="weight_selection",
        draw=weight_selection,
        draws_bias=True,
        variance=_selected(np.var, 1.0),
        mean=_selected(np.mean, 0.0),
        distribution=lambda layer, **_: "normal" if layer.is_last else "deterministic",
        formula="evenly spaced units of a larger network; last layer N(0, 1 / fan_in)",
        reference="Xu et al. (2024)",
        summary="evenly spaced units of a larger network's file; random output layer",
        bias=Bias(
            draw=weight_selection,
            distribution="mixture",
            law=functools.partial(_bias_law, weight_selection),
            formula="as in the file",
        ),
        recommended_for="small networks, if a larger one was trained on similar data",
        citation=Citation(
            "Zhiqiu Xu and Yanjie Chen and Kirill Vishniakov and Yida Yin and Zhiqiang Shen"
            " and Trevor Darrell and Lingjie Liu and Zhuang Liu",
            "Initializing models with larger ones",
            "ICLR",
            2024,
        ),
    ),
)
