"""Layout: the arrays of a unit's file by name, with the kind and the axes of each.

A results folder may be from anyone. A unit is only used if its arrays have the kinds and shapes
that belong to the networks of the outline, and if they agree with those of the other units of the
same cell. Arrays that are in no table here are ignored.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

import numpy as np

from initbench.arrays import Array
from initbench.metric import METRICS
from initbench.results.curvature import NAMES as CURVATURE
from initbench.results.curvature import PER_NETWORK as OF_CURVATURE
from initbench.results.outline import Cell, Outline, Setup
from initbench.results.probes import BINS, BY_LAYER, GRADIENT_COSINE, SPECTRA, THEORY
from initbench.results.unitfile import StoredUnit


class Layout(NamedTuple):
    """What an array holds."""

    kind: str  # one of "number", "integer"
    # ``R`` runs, ``T`` recorded points, ``H`` hidden layers, ``L = H + 1`` layers, ``N`` samples,
    # ``C`` classes whose probability is stored, ``G`` and ``P`` points along the side of a grid,
    # ``F`` frames, ``M`` moments, ``J`` and ``K`` singular values, ``E`` and ``Q`` eigenvalues,
    # ``U0``, ``U1``, … units of each layer from the features on; a number is a length. An axis
    # has one length in a unit.
    axes: tuple[str, ...]


def _numbers(axes: str) -> Layout:
    return Layout("number", tuple(axes.split()))


def _integers(axes: str) -> Layout:
    return Layout("integer", tuple(axes.split()))


_AXES_OF_METRICS: Final = {"epoch": "R T", "final": "R", "layer": "R T L"}

OF_RUNS: Final[Mapping[str, Layout]] = {
    **{name: _numbers(_AXES_OF_METRICS[metric.when]) for name, metric in METRICS.items()},
    "epochs": _numbers("T"),
    "steps_per_epoch": _integers(""),
    "constant_loss": _numbers(""),
    "distinct_units": _integers("R T H"),
    "stopped_at": _integers("R"),
    "dead_at_start": _numbers("R H"),
    "boundary": _numbers("R M C G G"),
    "boundary_epochs": _numbers("M"),
    "frames": _numbers("R F C P P"),
    "frame_epochs": _numbers("F"),
    "grid_x": _numbers("G"),
    "grid_y": _numbers("G"),
    "points": _numbers("N 2"),
    "point_labels": _integers("N"),
}
"""The arrays of runs; `_check` adds their initial weights."""

_OF_THEORY: Final = tuple(f"theory_{name}" for name in THEORY)

OF_PROBES: Final[Mapping[str, Layout]] = {
    **dict.fromkeys(BY_LAYER, _numbers("R L")),
    **dict.fromkeys(
        (
            "expected_preactivation_rms",
            "expected_delta_rms",
            "expected_cosine",
            "preactivation_spread",
            "delta_spread",
        ),
        _numbers("R L"),
    ),
    "loss": _numbers("R"),
    "guess": _numbers("R"),
    **dict.fromkeys(_OF_THEORY, _numbers("R")),
    GRADIENT_COSINE: _numbers("R L"),
    "jacobian": _numbers("R J"),
    "layer_jacobian": _numbers("R K"),
    "magnitudes": _integers(f"R L {BINS}"),
    "hessian_eigenvalues": _numbers("R E"),
    "gauss_newton_eigenvalues": _numbers("R E"),
    "kernel_eigenvalues": _numbers("R Q"),
    **dict.fromkeys(OF_CURVATURE, _numbers("R")),
}
"""The arrays of untrained networks."""

PER_NETWORK: Final = tuple(
    set(OF_PROBES) - {*SPECTRA, *_OF_THEORY, *CURVATURE, GRADIENT_COSINE, "magnitudes"}
)
"""What every measurement of an untrained network has."""

_WITH: Final = {
    "boundary": ("grid_x", "grid_y", "points", "point_labels"),
    "frames": ("boundary", "frame_epochs"),
}
"""What is stored together with an array."""

_EPOCHS: Final = ("epochs", "frame_epochs", "boundary_epochs")
"""What all units of a cell have the same values of."""

_ASCENDING: Final = (*_EPOCHS, "grid_x", "grid_y")

_OF_ITS_SEED: Final = frozenset({"points", "point_labels"})
"""What may have another length in each unit of a cell, where each seed draws its own samples."""


class UnfitError(ValueError):
    """A unit that does not fit the outline, or the other units of a cell."""


class Fitting:
    """Checks units against an outline, and against each other."""

    def __init__(self, outline: Outline) -> None:
        self._cells = outline.cells
        self._places: dict[str, tuple[tuple[int, bool], ...]] = {}
        self._shapes: dict[tuple[int, bool], dict[str, object]] = {}
        for number, cell in enumerate(outline.cells):
            runs = (run.key for ids in cell.runs.values() for run in ids)
            probes = (key for keys in cell.probes.values() for key in keys)
            self._add(runs, (number, False))
            self._add(probes, (number, True))

    def fit(self, unit: StoredUnit) -> StoredUnit:
        """Return a unit without the arrays that are in no table.

        Raises `UnfitError` if an array is missing, or is not of the kind, the shape or the values
        that it should be; or the unit differs in its shape from an earlier unit of one of its
        cells.
        """
        places = {place for key in unit.keys for place in self._places.get(key, ())}
        needs = {_needed(self._cells[number], is_probe=is_probe) for number, is_probe in places}
        names: set[str] = set()
        for setup, needed in needs:
            names |= _check(unit, setup, needed)
        arrays = {
            name: values
            for name, values in {**unit.shared, **unit.per_run}.items()
            if name in names
        }
        shapes: dict[str, object] = {
            name: values.tobytes() if name in _EPOCHS else values.shape[name in unit.per_run :]
            for name, values in arrays.items()
            if name not in _OF_ITS_SEED
        }
        for place in places:
            known = self._shapes.setdefault(place, shapes)
            if differing := [
                name for name in shapes if known.get(name, shapes[name]) != shapes[name]
            ]:
                raise UnfitError(f"{differing[0]} differs from that of other runs of the cell")
            known.update(shapes)
        return StoredUnit(
            unit.keys,
            {name: unit.per_run[name] for name in unit.per_run if name in names},
            {name: unit.shared[name] for name in unit.shared if name in names},
        )

    def _add(self, keys: Iterable[str], place: tuple[int, bool]) -> None:
        alone = (place,)
        for key in keys:
            self._places[key] = (*self._places[key], place) if key in self._places else alone


def _needed(cell: Cell, *, is_probe: bool) -> tuple[Setup, tuple[str, ...]]:
    """Return the setup of a cell's runs or untrained networks, and what all of them must have."""
    if is_probe:
        return cell.setup, PER_NETWORK
    trial = (f"validation_{cell.setup.score}",) if cell.role == "trial" else ()
    return cell.setup, ("epochs", "distinct_units", "stopped_at", *cell.setup.curves, *trial)


def _check(unit: StoredUnit, setup: Setup, needed: tuple[str, ...]) -> set[str]:
    """Return the names of the arrays that are described, or raise an `UnfitError`."""
    arrays = {**unit.shared, **unit.per_run}
    layouts = dict(OF_PROBES if needed is PER_NETWORK else OF_RUNS)
    if needed is not PER_NETWORK:
        for layer in range(1, len(setup.hidden) + 2):
            layouts[f"initial_W{layer}"] = _numbers(f"R U{layer - 1} U{layer}")
            layouts[f"initial_b{layer}"] = _numbers(f"R U{layer}")
    lengths = _lengths(setup) | {"R": len(unit.keys)}
    if missing := [name for name in needed if name not in arrays]:
        raise UnfitError(f"{missing[0]} is missing")
    for name in sorted(arrays.keys() & layouts.keys()):
        values, layout = arrays[name], layouts[name]
        if values.dtype.kind not in ("fiu" if layout.kind == "number" else "iu"):
            raise UnfitError(f"{name} holds {values.dtype} in place of {layout.kind}s")
        if (name in unit.per_run) != (layout.axes[:1] == ("R",)) or values.ndim != len(layout.axes):
            raise UnfitError(f"{name} has shape {values.shape}")
        for axis, length in zip(layout.axes, values.shape, strict=True):
            if length != lengths.setdefault(axis, int(axis) if axis.isdigit() else length):
                raise UnfitError(f"{name} has shape {values.shape} where {axis} is {lengths[axis]}")
        for other in _WITH.get(name, ()):
            if other not in arrays:
                raise UnfitError(f"{name} is there without {other}")
        _check_values(name, values, setup, arrays)
    return set(arrays.keys() & layouts.keys())


def _check_values(name: str, values: Array, setup: Setup, arrays: Mapping[str, Array]) -> None:
    """Raise an `UnfitError` if an array that others depend on has values without a meaning."""
    if name in _ASCENDING:
        is_valid = len(values) > 0 and bool(
            np.isfinite(values).all() and (np.diff(values) > 0).all()
        )
    elif name == "stopped_at":
        is_valid = bool(((values >= -1) & (values < len(arrays["epochs"]))).all())
    elif name == "point_labels":
        is_valid = bool(((values >= 0) & (values < (setup.classes or 0))).all())
    elif name == "points":
        is_valid = len(values) > 0 and bool(np.isfinite(values).all())
    elif name == "steps_per_epoch":
        is_valid = bool(values >= 1)
    elif name == "distinct_units":
        is_valid = bool(((values >= 0) & (values <= setup.hidden)).all())
    else:
        return
    if not is_valid:
        raise UnfitError(f"{name} has values that it cannot have")


def _lengths(setup: Setup) -> dict[str, int]:
    """Return the lengths of axes that the data and the network determine."""
    hidden = len(setup.hidden)
    units = {f"U{layer}": size for layer, size in enumerate((setup.features, *setup.hidden))}
    classes = 0 if setup.classes is None else setup.classes
    return {"H": hidden, "L": hidden + 1, "C": classes if classes > 2 else min(classes, 1), **units}
