"""Planning: from an experiment to what was asked for, and to the runs that answer it.

Cells that differ in nothing but schemes and hyper-parameters share a rectangle of runs, and so the
stacks in which they are trained.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import product
from typing import Final, TypeAlias

from initbench.arrays import FloatArray
from initbench.config.claims import check_claims, vocabulary
from initbench.config.experiment import Experiment, InitConfig
from initbench.errors import UsageError
from initbench.experiment.describing import describe_network, describe_training
from initbench.experiment.probes import PREFIX, start_of, untrained
from initbench.experiment.reaching import correlation_factors
from initbench.experiment.settings import (
    check_stop,
    dataset_settings,
    hyperparameters,
    network_settings,
    recipe,
    variant_of,
)
from initbench.experiment.sweep import Point
from initbench.experiment.tuning import Choices, tuned_points
from initbench.experiment.units import (
    Unit,
    Variant,
    load_split,
    parts_of,
    unit_architecture,
)
from initbench.initializers import INITIALIZERS
from initbench.nn.losses import loss_for
from initbench.results import Cell, Claim, Outline, RunId, Scheme, Setup
from initbench.training.evaluation import SCORES, constant_score
from initbench.training.stack import epochs_of_points
from initbench.training.starting import check_rates, specs_of

Part: TypeAlias = tuple[tuple[Unit, ...], Variant]
"""What is trained for one label at one point: on which units' shapes, and which variant."""

DEPTH: Final = "network.depth"
"""The key that is to be compared with how far a signal gets; without it, that is not asked."""

Keys: TypeAlias = Mapping[tuple[int, Variant], str]
"""The key of each run of a rectangle, by seed and variant."""


@dataclass(frozen=True)
class Plan:
    """What was asked for, the rectangles of runs that answer it, and those of networks to probe."""

    outline: Outline
    groups: tuple[Unit, ...]
    probes: tuple[Unit, ...] = ()


def make_plan(experiment: Experiment, choices: Choices | None = None) -> Plan:
    """Return the plan of an experiment. The data are loaded, to learn their shape.

    Parameters
    ----------
    experiment : Experiment
    choices : mapping, optional
        What the trials of a tuned key chose; without, the plan ends with the trials.

    Raises
    ------
    ConfigError
        The experiment is not valid at some point of its sweep.
    UsageError
        The data cannot be had, or a loss, a scheme or a rule does not fit the others.
    """
    return plan_points(experiment, tuned_points(experiment, choices))


def plan_points(experiment: Experiment, at: Sequence[Point]) -> Plan:
    """Return the plan of an experiment at these points; else as `make_plan`."""
    points = [(point, _parts(point)) for point in at]
    groups = _rectangles(parts for _, parts in points)
    probed = [
        _untrained(parts) if experiment.probe and point.role != "trial" else {}
        for point, parts in points
    ]
    probes = _rectangles(probed)
    keys, probe_keys = (
        {shape: _keys(group) for shape, group in each.items()} for each in (groups, probes)
    )
    outline = Outline(
        name=experiment.name,
        description=experiment.description,
        target=experiment.target,
        schemes=tuple(_describe(init) for init in experiment.inits),
        cells=tuple(
            replace(_cell(point, parts, keys), probes=_probes(own, probe_keys))
            for (point, parts), own in zip(points, probed, strict=True)
        ),
        tuned_key="" if experiment.tune is None else experiment.tune.key,
        equivalence_margin=experiment.equivalence_margin,
        claims=tuple(Claim(**claim.model_dump()) for claim in experiment.expect),
    )
    if outline.claims:
        _check_claims(experiment, outline, [point for point, _ in points])
    return Plan(outline, tuple(groups.values()), tuple(probes.values()))


def _rectangles(all_parts: Iterable[Mapping[str, Part]]) -> dict[Unit, Unit]:
    """Return by its shape each unit of all that is asked of runs of that shape."""
    members: dict[Unit, dict[Variant, None]] = {}
    for parts in all_parts:
        for shapes, variant in parts.values():
            for shape in shapes:
                members.setdefault(shape, {})[variant] = None
    return {shape: replace(shape, variants=tuple(own)) for shape, own in members.items()}


def _parts(point: Point) -> dict[str, Part]:
    """Return what is trained for each label."""
    shapes = {id(each): tuple(_shapes(each)) for each in point.experiments.values()}
    return {
        init.label: (
            shapes[id(each)],
            variant_of(init, hyperparameters(each.training)),
        )
        for label, each in point.experiments.items()
        for init in each.inits
        if init.label == label
    }


def _shapes(experiment: Experiment) -> list[Unit]:
    """Return units without any variant: one, or one a seed where each has data of its own."""
    dataset = dataset_settings(experiment.dataset)
    shape = Unit(
        dataset=dataset,
        network=network_settings(experiment.network, experiment.training),
        recipe=recipe(experiment.training, experiment.record),
        variants=(),
        seeds=experiment.seeds,
    )
    if not experiment.dataset.resample:
        return [shape]
    return [
        replace(shape, dataset=replace(dataset, seed=dataset.seed + seed), seeds=(seed,))
        for seed in experiment.seeds
    ]


def _keys(group: Unit) -> Keys:
    return dict(zip(product(group.seeds, group.variants), group.keys, strict=True))


def _untrained(parts: Mapping[str, Part]) -> dict[str, Part]:
    """Return which networks are probed for each label."""
    return {
        label: (tuple(map(untrained, shapes)), start_of(variant))
        for label, (shapes, variant) in parts.items()
    }


def _probes(parts: Mapping[str, Part], keys: Mapping[Unit, Keys]) -> dict[str, tuple[str, ...]]:
    return {
        label: tuple(
            PREFIX + keys[shape][seed, variant] for shape in shapes for seed in shape.seeds
        )
        for label, (shapes, variant) in parts.items()
    }


def _cell(point: Point, parts: Mapping[str, Part], keys: Mapping[Unit, Keys]) -> Cell:
    _check_schemes(point, parts)
    first, _ = next(iter(parts.values()))
    variants = tuple(variant for _, variant in parts.values())
    return Cell(
        settings=point.settings,
        setup=_setup(replace(first[0], variants=variants)),
        runs={
            label: tuple(
                RunId(seed, keys[shape][seed, variant]) for shape in shapes for seed in shape.seeds
            )
            for label, (shapes, variant) in parts.items()
        },
        role=point.role,
        chosen=point.chosen,
        correlation_factors=_correlation_factors(point, parts),
    )


def _correlation_factors(point: Point, parts: Mapping[str, Part]) -> Mapping[str, float]:
    if DEPTH not in point.settings:
        return {}
    return correlation_factors(
        {label: (own[0], variant) for label, (own, variant) in parts.items()}
    )


def _check_claims(experiment: Experiment, outline: Outline, points: Sequence[Point]) -> None:
    """Raise a `UsageError` if a claim speaks of what there will not be."""
    words = vocabulary(
        outline.labels,
        experiment.sweep,
        layers=experiment.record.layers,
        is_tuned=experiment.tune is not None,
    )
    own = [place for place, point in enumerate(points) if point.role in {"point", "fixed"}]
    epochs = [_epochs(next(iter(points[place].experiments.values()))) for place in own]
    check_claims(outline.claims, words, [outline.cells[place] for place in own], epochs)


def _epochs(experiment: Experiment) -> FloatArray:
    """Return the epochs at which runs of a cell are recorded."""
    shape = _shapes(experiment)[0]
    split = load_split(shape.dataset, shape.network.dtype)
    return epochs_of_points(shape.recipe, len(split.X_train))


def _check_schemes(point: Point, parts: Mapping[str, Part]) -> None:
    """Raise a `UsageError` that names all schemes that do not fit the network or the optimizer."""
    problems = []
    for index, (label, (shapes, variant)) in enumerate(parts.items()):
        init = point.experiments[label].inits[index]
        unit = replace(shapes[0], seeds=shapes[0].seeds[:1])
        scheme = replace(variant, hyperparameters=())
        if objection := _objection(unit, scheme, force=init.force):
            problems.append(f"inits[{index}]: {objection}")
    if problems:
        raise UsageError("\n".join(problems))


@lru_cache(maxsize=10_000)
def _objection(shape: Unit, scheme: Variant, *, force: bool) -> str:
    """Return why a scheme does not fit, or nothing. What is not of the catalogue is tried out."""
    layers = specs_of(unit_architecture(shape, load_split(shape.dataset, shape.network.dtype)))
    try:
        bound = scheme.initialization
        bound.check(layers, force=force)
        if scheme.origin is not None:
            bound.draw(layers, shape.seeds[0])
        check_rates(bound, layers, shape.recipe.optimizer)
    except UsageError as error:
        return str(error)
    return ""


def _setup(runs: Unit) -> Setup:
    split = load_split(runs.dataset, runs.network.dtype)
    unit_architecture(runs, split)
    loss = loss_for(split.classes, runs.recipe.loss.name, **dict(runs.recipe.loss.options))
    parts = parts_of(split)
    setup = Setup(
        dataset=runs.dataset.name,
        scaling=runs.dataset.scaling,
        classes=split.classes,
        features=split.X_train.shape[1],
        hidden=runs.network.hidden,
        network=describe_network(runs.network),
        training=describe_training(runs, loss.name),
        epochs=runs.recipe.epochs,
        score=SCORES[loss.task],
        parts=tuple(parts),
        baselines=tuple(constant_score(y, split.classes) for _, y in parts.values()),
    )
    check_stop(runs.recipe.stop, setup.curves)
    return setup


def _describe(init: InitConfig) -> Scheme:
    entry = INITIALIZERS[init.name]
    return Scheme(
        label=init.label,
        name=entry.name,
        options=init.options,
        formula=entry.formula,
        reference=entry.reference,
        summary=entry.summary,
        bibtex=entry.citation.bibtex if entry.citation else "",
    )
