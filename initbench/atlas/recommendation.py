"""Recommendations from the atlas: the schemes that lose least in the cells near a network.

The expected regret of a scheme is the mean of its regrets in measured cells, with weights that
halve with each unit of distance. Nothing is trained. `docs/atlas.md` fixed the distance before any
held-out cell was measured.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.atlas.answers import MARGIN, ROUNDING, learned
from initbench.atlas.table import AtlasCell, Row, factors_of, read_atlas
from initbench.config.experiment import Experiment
from initbench.config.loading import read_experiment
from initbench.data import load_dataset
from initbench.errors import InitbenchError, UsageError
from initbench.exporting import FRAMEWORKS, paste_code
from initbench.initializers import LayerSpec, bind, specs_of
from initbench.nn import Architecture, bind_activation
from initbench.nn.losses import outputs_for
from initbench.stats.intervals import wilson_interval

DISTANCES: Final[Mapping[str, float]] = {
    "activation": 2.0,
    "structure": 2.0,
    "optimizer": 1.0,
    "dataset": 0.5,
}
"""Distance of two levels that differ."""

LOGARITHMIC: Final[Mapping[str, float]] = {"depth": 1 / math.log(2.5), "width": 0.5 / math.log(4.0)}
"""Distance of two numbers that differ by a factor of e."""

FARTHEST: Final = 3.0
"""Distance of the nearest cell up to which a network is in the range of the atlas."""

PRIOR: Final = 0.25
"""Weight of the mean regret of all schemes, so that one good cell far away decides nothing."""

NEAREST: Final = 3
"""Cells that an answer names."""

SHORTLIST: Final = 6
"""Schemes that are recommended together for a network that is not measured itself."""


@dataclass(frozen=True)
class Expected:
    """What is expected of one scheme: its regret, and its learning rate in near cells."""

    scheme: str
    regret: float
    learning_rate: float


@dataclass(frozen=True)
class Neighbour:
    """A measured cell near a network.

    Attributes
    ----------
    cell : str
    distance : float
    differs : tuple of str
        The factors in which it differs.
    leader : str
    regret : float or None
        Of the recommended scheme there; None if it does not apply there.
    """

    cell: str
    distance: float
    differs: tuple[str, ...]
    leader: str
    regret: float | None


@dataclass(frozen=True)
class Hits:
    """How many recommendations were within a margin of the best, and the interval of the share."""

    hits: int
    cells: int
    ci95: Sequence[float] | None


@dataclass(frozen=True)
class Advice:
    """A recommendation from the atlas.

    Attributes
    ----------
    factors : mapping
        The network, its data and its optimizer, by the factors of the atlas.
    ranking : tuple of Expected
        All schemes, lowest expected regret first.
    nearest : tuple of Neighbour
    cells : int
        Number of measured cells.
    left_out, held_out : Hits
        Of recommendations for cells that were left out one by one, and for cells held out.
    shortlist_left_out, shortlist_held_out : Hits
        Of the first `SHORTLIST` schemes: cells in which one of these is within the margin.
    """

    factors: Mapping[str, Any]
    ranking: tuple[Expected, ...]
    nearest: tuple[Neighbour, ...]
    cells: int
    left_out: Hits
    held_out: Hits
    shortlist_left_out: Hits
    shortlist_held_out: Hits

    @property
    def pick(self) -> str:
        """The scheme with the lowest expected regret."""
        return self.ranking[0].scheme

    @property
    def is_measured(self) -> bool:
        """Whether the network itself is a cell of the atlas."""
        return self.nearest[0].distance == 0.0


def why_outside(experiment: Experiment, cells: Sequence[AtlasCell] | None = None) -> str:
    """Return why the atlas has no answer for an experiment; empty if it has one.

    Parameters
    ----------
    experiment : Experiment
        Its schemes, epochs and seeds are ignored.
    cells : sequence of AtlasCell, optional
        The measured cells; by default those that come with the package.
    """
    measured = _measured(read_atlas() if cells is None else cells)
    if not measured:
        return "no cell is measured"
    try:
        factors = factors_of(experiment)
    except UsageError as error:
        return str(error)
    for name in DISTANCES:
        if factors[name] not in (known := {getattr(cell.first, name) for cell in measured}):
            return f"{name} {factors[name]} is not measured, but {', '.join(sorted(known))}"
    if odd := _unusual(experiment):
        return f"the atlas has no networks with another {odd}"
    for name in LOGARITHMIC:
        sizes = [getattr(cell.first, name) for cell in measured]
        if not min(sizes) <= factors[name] <= max(sizes):
            return f"{name} {factors[name]} is not between {min(sizes)} and {max(sizes)}"
    nearest = min(distance(factors, cell.first) for cell in measured)
    if nearest > FARTHEST:
        return f"the nearest measured cell has distance {nearest:.1f}, more than {FARTHEST:g}"
    return ""


def advise(
    experiment: Experiment,
    layers: Sequence[LayerSpec],
    cells: tuple[AtlasCell, ...] | None = None,
) -> Advice:
    """Return the recommendation for a network.

    Parameters
    ----------
    experiment : Experiment
        In the range of the atlas, as `why_outside` says.
    layers : sequence of LayerSpec
        Of its network: schemes that do not apply to them are left out.
    cells : tuple of AtlasCell, optional
        The measured cells; by default those that come with the package.
    """
    factors = factors_of(experiment)
    everything = read_atlas() if cells is None else cells
    measured = _measured(everything)
    distances = _distances(factors, measured)
    names, regrets = regret_table(measured)
    ranking = _ranking(factors, layers, measured)
    pick = names.index(ranking[0].scheme)
    nearest = [
        Neighbour(
            measured[place].first.cell,
            float(distances[place]),
            tuple(
                name
                for name in ("activation", *LOGARITHMIC, "structure", "optimizer", "dataset")
                if factors[name] != getattr(measured[place].first, name)
            ),
            names[int(np.nanargmin(regrets[place]))],
            float(regrets[place, pick]) if np.isfinite(regrets[place, pick]) else None,
        )
        for place in np.argsort(distances, kind="stable")[:NEAREST].tolist()
    ]
    return Advice(
        dict(factors),
        ranking,
        tuple(nearest),
        len(measured),
        left_out_hits(everything),
        held_out_hits(everything),
        left_out_hits(everything, first=SHORTLIST),
        held_out_hits(everything, first=SHORTLIST),
    )


def shortlist(
    experiment: Experiment,
    layers: Sequence[LayerSpec],
    cells: Sequence[AtlasCell] | None = None,
) -> tuple[str, ...]:
    """Return the schemes that are worth comparing on a network, lowest expected regret first.

    Data, training and sizes may be others than in the atlas, since a race is to decide: they only
    make every cell more distant.

    Parameters
    ----------
    experiment : Experiment
        Its schemes are ignored.
    layers : sequence of LayerSpec
        Of its network: schemes that do not apply to them are left out.
    cells : sequence of AtlasCell, optional
        The measured cells; by default those that come with the package.

    Returns
    -------
    tuple of str
        At most `SHORTLIST` names; none if the activation or structure is not measured.
    """
    measured = _measured(read_atlas() if cells is None else cells)
    try:
        factors = factors_of(experiment, one_width=False)
    except UsageError:
        return ()
    levels = {
        name: {getattr(cell.first, name) for cell in measured}
        for name in ("activation", "structure")
    }
    if any(factors[name] not in known for name, known in levels.items()):
        return ()
    if _unusual(experiment) in ("residual block", "activation option"):
        return ()
    return tuple(each.scheme for each in _ranking(factors, layers, measured)[:SHORTLIST])


def distance(factors: Mapping[str, Any], row: Row) -> float:
    """Return the distance of a network from a cell."""
    levels = sum(each for name, each in DISTANCES.items() if factors[name] != getattr(row, name))
    return levels + sum(
        each * abs(math.log(factors[name] / getattr(row, name)))
        for name, each in LOGARITHMIC.items()
    )


def regret_table(cells: Sequence[AtlasCell]) -> tuple[list[str], FloatArray]:
    """Return all schemes, and the regret of each in each cell (N, k), NaN where not measured."""
    names = sorted({row.scheme for cell in cells for row in cell.rows})
    places = {name: place for place, name in enumerate(names)}
    means = np.full((len(cells), len(names)), np.nan)
    for number, cell in enumerate(cells):
        for row in cell.rows:
            means[number, places[row.scheme]] = row.mean
    return names, np.nanmax(means, axis=1, keepdims=True) - means


def expected_regrets(distances: FloatArray, regrets: FloatArray) -> FloatArray:
    """Return the expected regret of each scheme (k,), infinite where it is measured nowhere near.

    In a measured cell itself, the answer is what was measured there.
    """
    if (distances == 0.0).any():
        there = regrets[int(np.argmin(distances))]
        return np.where(np.isfinite(there), there, np.inf)
    weights = np.where(np.isfinite(regrets), 2.0 ** -distances[:, np.newaxis], 0.0)
    totals = weights.sum(axis=0)
    mean = float(np.nanmean(regrets))
    expected = (np.nansum(weights * regrets, axis=0) + PRIOR * mean) / (totals + PRIOR)
    return np.where(totals > 0.0, expected, np.inf)


def recommendations(
    asked: Sequence[AtlasCell], known: Sequence[AtlasCell]
) -> list[tuple[str, tuple[tuple[str, float], ...]]]:
    """Return what is recommended for each cell from all other cells.

    Returns
    -------
    list of (cell, ((scheme, regret), …))
        The schemes that are measured in the cell, lowest expected regret first, with their regrets
        in the cell itself.
    """
    names, regrets = regret_table(known)
    found = []
    for cell in asked:
        others = [place for place, other in enumerate(known) if other is not cell]
        factors = {name: getattr(cell.first, name) for name in (*DISTANCES, *LOGARITHMIC)}
        distances = _distances(factors, [known[place] for place in others])
        order = np.argsort(expected_regrets(distances, regrets[others]), kind="stable")
        means = {row.scheme: row.mean for row in cell.rows}
        best = max(means.values())
        ranked = [(name, best - means[name]) for place in order if (name := names[place]) in means]
        found.append((cell.first.cell, tuple(ranked)))
    return found


def left_out_hits(cells: tuple[AtlasCell, ...], margin: float = MARGIN, first: int = 1) -> Hits:
    """Return the hits of recommendations for measured cells that are left out one by one.

    A recommendation of the first schemes is a hit if one of them is within the margin of the best.
    """
    return _hits(_tested(cells)[0], margin, first)


def held_out_hits(cells: tuple[AtlasCell, ...], margin: float = MARGIN, first: int = 1) -> Hits:
    """Return the hits of recommendations for the held-out cells, as `left_out_hits` counts them."""
    return _hits(_tested(cells)[1], margin, first)


def advise_on(experiment: Experiment) -> tuple[Advice, dict[str, str]]:
    """Return the recommendation for a network, and code to paste by framework.

    A network that is not measured itself has no code, since the best scheme for it is not known.
    """
    dataset, network = experiment.dataset, experiment.network
    options: dict[str, Any] = dict(dataset.options)
    samples = load_dataset(dataset.name, seed=dataset.seed, **options)
    architecture = Architecture(
        (samples.X.shape[1], *network.widths, outputs_for(samples.classes, samples.y)),
        bind_activation(network.activation.name, **network.activation.options),
        bias=network.bias,
        normalization=network.normalization,
        residual=network.blocks,
    )
    found = advise(experiment, specs_of(architecture))
    if not found.is_measured:
        return found, {}
    rate = found.ranking[0].learning_rate
    codes = {
        framework: paste_code(
            bind(found.pick),
            framework,
            architecture,
            optimizer=experiment.training.optimizer.name,
            learning_rate=rate
            if math.isfinite(rate)
            else float(experiment.training.optimizer.options["learning_rate"]),
            dataset=experiment.dataset.name,
        )
        for framework in FRAMEWORKS
    }
    return found, {framework: code for framework, code in codes.items() if code}


def read_network(
    network: Mapping[str, Any],
    overrides: Sequence[str] = (),
    *,
    dataset: Any = "digits",
    optimizer: Any = "sgd",
) -> Experiment:
    """Return the experiment that settings of ``recommend`` describe.

    Raises
    ------
    ConfigError
        The experiment is not valid; the message names all mistakes.
    """
    settings = {
        "name": "recommend",
        "dataset": dataset,
        "network": network,
        "training": {"optimizer": optimizer},
        "inits": ["he"],
    }
    return read_experiment(settings, overrides)


def _ranking(
    factors: Mapping[str, Any], layers: Sequence[LayerSpec], cells: Sequence[AtlasCell]
) -> tuple[Expected, ...]:
    """Return what is expected of each scheme that applies to a network, lowest regret first.

    Where cells with the network's optimizer are measured, only schemes that are measured in one.
    """
    distances = _distances(factors, cells)
    names, regrets = regret_table(cells)
    expected = expected_regrets(distances, regrets)
    ranking = [
        Expected(name, float(expected[place]), _rate(name, factors["optimizer"], distances, cells))
        for place in np.argsort(expected, kind="stable").tolist()
        if np.isfinite(expected[place]) and _applies(name := names[place], layers)
    ]
    return tuple([each for each in ranking if math.isfinite(each.learning_rate)] or ranking)


def _distances(factors: Mapping[str, Any], cells: Sequence[AtlasCell]) -> FloatArray:
    return np.array([distance(factors, cell.first) for cell in cells])


def _applies(scheme: str, layers: Sequence[LayerSpec]) -> bool:
    """Return whether the catalogue has a scheme, and it is for such a network."""
    try:
        bind(scheme).check(layers)
    except InitbenchError:
        return False
    return True


def _measured(cells: Sequence[AtlasCell]) -> list[AtlasCell]:
    """Return the cells from which recommendations are made."""
    return learned([cell for cell in cells if not cell.first.held_out])


@lru_cache(maxsize=4)
def _tested(cells: tuple[AtlasCell, ...]) -> tuple[list[list[float]], list[list[float]]]:
    """Return the regrets of recommendations for cells left out, and for cells held out."""
    known = _measured(cells)
    asked = known if len(known) > 1 else []
    held_out = learned([cell for cell in cells if cell.first.held_out]) if known else []
    left, held = (
        [[regret for _, regret in ranked] for _, ranked in recommendations(each, known)]
        for each in (asked, held_out)
    )
    return left, held


def _hits(regrets: Sequence[Sequence[float]], margin: float, first: int) -> Hits:
    hits = sum(min(each[:first]) <= margin + ROUNDING for each in regrets)
    return Hits(hits, len(regrets), wilson_interval(hits, len(regrets)) if regrets else None)


def _rate(scheme: str, optimizer: str, distances: FloatArray, cells: Sequence[AtlasCell]) -> float:
    """Return the learning rate of a scheme: the weighted geometric mean in cells of the optimizer.

    NaN if the scheme is not measured with the optimizer.
    """
    logs, weights = [], []
    for far, cell in zip(distances.tolist(), cells, strict=True):
        row = cell.by_scheme.get(scheme)
        if row is not None and row.optimizer == optimizer and not row.failure:
            if far == 0.0:
                return row.rate
            logs.append(math.log(row.rate))
            weights.append(2.0**-far)
    if not logs:
        return math.nan
    return float(f"{math.exp(float(np.average(logs, weights=weights))):.1g}")


def _unusual(experiment: Experiment) -> str:
    """Return the first setting in which an experiment differs from all cells of the atlas."""
    usual = read_network(
        {"depth": 1, "width": 1, "activation": experiment.network.activation.name},
        dataset={"name": "spirals", "arms": 3, "turns": 1.5}
        if experiment.dataset.name == "spirals"
        else experiment.dataset.name,
        optimizer=experiment.training.optimizer.name,
    )
    residual = experiment.network.residual
    if residual is not None and residual.model_dump() != type(residual)().model_dump():
        return "residual block"
    pairs = {
        "activation option": (experiment.network.activation, usual.network.activation),
        "bias": (experiment.network.bias, usual.network.bias),
        "dropout": (experiment.network.dropout, usual.network.dropout),
        "data set": (experiment.dataset, usual.dataset),
        "schedule": (experiment.training.schedule, usual.training.schedule),
        "loss": (experiment.training.loss, usual.training.loss),
        "batch size": (experiment.training.batch_size, usual.training.batch_size),
        "clip_norm": (experiment.training.clip_norm, usual.training.clip_norm),
        "optimizer option": (
            {**experiment.training.optimizer.options, "learning_rate": 0},
            {**usual.training.optimizer.options, "learning_rate": 0},
        ),
    }
    return next((name for name, (own, other) in pairs.items() if own != other), "")
