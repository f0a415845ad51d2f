"""Recommend an initialization for a module: a race of schemes on the module itself.

The rounds and the rules of evidence are those of `initbench.recommending`: every scheme finds its
own learning rate with the same number of trials, on a validation part and on seeds that are not
reported; the schemes that are not clearly behind are then compared with fresh seeds on a test part.
The module's own initialization is one of the schemes.
"""

import copy
import math
import textwrap
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import torch
from torch import nn

from initbench.curvature.measuring import SAMPLES
from initbench.curvature.stability import stability_factor
from initbench.errors import UsageError
from initbench.formatting import NONE, count_of, listing, mean_with_interval
from initbench.nn import bind_activation
from initbench.probing.report import WIDTH
from initbench.recommending import verdict
from initbench.recommending.budget import (
    EXTENSIONS,
    KEPT,
    MORE_SEEDS,
    TRAINING_SHARE,
    BudgetError,
    RaceSize,
    parse_budget,
    race_size,
)
from initbench.recommending.candidates import FOR_ACTIVATION
from initbench.recommending.race import Trials, clearly_behind, first_rates, next_rates
from initbench.recommending.report import STANDINGS
from initbench.recommending.verdict import Entrant, lead, standing_of
from initbench.results.curvature import limit_of
from initbench.results.tuning import learns, limit_note
from initbench.stats.comparisons import compare_all
from initbench.stats.summaries import summarise
from initbench.tables import as_lines, plain, table_of
from initbench.torch.curvature import sharpness_of
from initbench.torch.initialize import Scheme, described, initialize_, scheme_of
from initbench.torch.modules import require_model
from initbench.torch.network import network_of
from initbench.torch.passes import Batch, Loss, call, check_numbers, logits_of, loss_of, rows_of
from initbench.torch.probe import Maker, model_for
from initbench.torch.watching import tensors_in

DEFAULT: Final = "default"
"""The label of the module's own initialization."""

FIRST_SEED: Final = 10_000
"""First seed of the trials; seeds of the last round count from 0."""

EPOCHS: Final = 30

PARTS: Final = (0.6, 0.2, 0.2)
"""Shares of the training, validation and test part."""

CENTRES: Final = {"sgd": 0.1, "adam": 0.01}
"""Learning rates around which the rates lie that are tried first, where no limit is predicted."""

TIMED_STEPS: Final = 8


@dataclass(frozen=True)
class ModelRecommendation:
    """The initializations that are recommended for a module.

    Attributes
    ----------
    model : str
        Class of the module.
    ranking : tuple of Entrant
        Every scheme of the race, best first.
    tied : tuple of str
        Labels of the schemes that tie for best, the simplest first: the module's own
        initialization, then what PyTorch has built in, then others. Empty if none learns.
    pick : str
        The first of them.
    lines_of : mapping of label to str
        Code that initializes `model` and makes its optimizer, for each of them.
    left_out : mapping of label to str
        Schemes that were not raced, with the reason.
    score : str
        ``accuracy`` or ``r2``.
    baseline : float
        Score of the best constant output.
    epochs, steps, seeds : int
        Length of a run, and seeds of the last round.
    budget : int
        Training steps of single runs that give the same recommendation again.
    run_steps : int
        Those that were trained.
    optimizer : str
    limits : mapping of label to float
        The predicted largest stable learning rates around which each scheme's first rates lie;
        empty where a rate was named, and for Adam.
    """

    model: str
    ranking: tuple[Entrant, ...]
    tied: tuple[str, ...]
    pick: str
    lines_of: Mapping[str, str]
    left_out: Mapping[str, str]
    score: str
    baseline: float
    epochs: int
    steps: int
    seeds: int
    budget: int
    run_steps: int
    optimizer: str
    limits: Mapping[str, float]

    @property
    def lines(self) -> str:
        """The code for the pick; empty if no scheme learns."""
        return self.lines_of.get(self.pick, "")

    def __str__(self) -> str:
        """Return the answer, a table, and the code for the pick."""
        length = f"after {count_of(self.epochs, 'epoch')} ({self.steps} steps)"
        if not self.tied:
            answer = f"No answer for {self.model} {length}: no scheme is clearly above a constant."
        elif len(self.tied) == 1:
            answer = f"Use {self.pick} for {self.model}: best {length}."
        else:
            tie = f"A tie for {self.model} {length}: {listing(self.tied)}."
            answer = f"{tie} The simplest is {self.pick}."
        answer += f" Budget {self.budget:,} steps of single runs."
        rows = []
        for each in self.ranking:
            standing = STANDINGS[each.standing] if self.tied else NONE
            rows.append(
                (
                    each.label,
                    mean_with_interval(each.score),
                    NONE if each.difference is None else mean_with_interval(each.difference),
                    f"{each.learning_rate:g}",
                    f"{standing}, {each.diverged} diverged" if each.diverged else standing,
                )
            )
        effort = (
            f"{self.optimizer}, {count_of(self.seeds, 'seed')} in the last round;"
            f" {self.run_steps:,} steps were trained. The same answer again: budget="
            f'"{self.budget} steps"'
        )
        if self.limits:
            effort += (
                ". The first rates lie around the limits that curvature before training predicts"
            )
        note = limit_note({each.label: each.learning_rate for each in self.ranking}, self.limits)
        names = ("scheme", f"test {self.score}", "behind by", "rate", "")
        lines, _ = as_lines(table_of(names, rows, left=(0, 4)))
        blocks = [
            textwrap.fill(answer, WIDTH),
            textwrap.indent(plain(lines), "  "),
            self.lines,
            "\n".join(
                textwrap.fill(f"- {label} left out: {why}", WIDTH, subsequent_indent="  ")
                for label, why in self.left_out.items()
            ),
            textwrap.fill(f"- {note}", WIDTH, subsequent_indent="  ") if note else "",
            textwrap.fill(effort, WIDTH),
        ]
        return "\n\n".join(filter(None, blocks))


@dataclass(frozen=True)
class _Outcome:
    """The end of one run: validation score and loss, and test score; None if it diverged."""

    validation: float | None
    loss: float
    test: float | None


@dataclass
class _Race:
    """What all runs of a race share, and the runs that are done."""

    make: Maker
    parts: tuple[Batch, Batch, Batch]
    loss: Loss
    optimizer: str
    batch_size: int
    schemes: Mapping[str, Scheme | None]
    steps: int = 0
    done: dict[tuple[str, float, int], _Outcome] = field(default_factory=dict)

    def run(self, label: str, rate: float, seed: int) -> _Outcome:
        """Train one run, unless it has been trained."""
        key = (label, rate, seed)
        if key not in self.done:
            self.done[key] = self._train(label, rate, seed)
        return self.done[key]

    def _train(self, label: str, rate: float, seed: int) -> _Outcome:
        model = _initialized(self.make, self.schemes[label], seed, self.parts[0], self.loss)
        train, validation, test = self.parts
        kind = torch.optim.Adam if self.optimizer == "adam" else torch.optim.SGD
        update = kind(model.parameters(), lr=rate)
        order = torch.Generator().manual_seed(seed)
        rows = torch.empty(0, dtype=torch.long)
        with torch.random.fork_rng():
            torch.manual_seed(seed)
            model.train()
            for _ in range(self.steps):
                if len(rows) < self.batch_size:
                    rows = torch.randperm(train.size, generator=order)
                chosen, rows = rows[: self.batch_size], rows[self.batch_size :]
                batch = rows_of(train, chosen)
                value = loss_of(self.loss, call(model, batch.inputs), batch.target)
                if not torch.isfinite(value):
                    return _Outcome(None, math.inf, None)
                update.zero_grad()
                value.backward()
                update.step()
        model.eval()
        with torch.no_grad():
            score, loss = _scored(model, validation, self.loss)
            final, _ = _scored(model, test, self.loss)
        if score is None or not math.isfinite(loss):
            return _Outcome(None, math.inf, None)
        return _Outcome(score, loss, final)


def recommend(
    model: Maker,
    data: tuple[Any, Any],
    *,
    budget: str = "2m",
    loss: Loss = None,
    optimizer: str = "adam",
    learning_rate: float | None = None,
    inits: Sequence[Scheme] = (),
    epochs: int = EPOCHS,
    batch_size: int = 32,
    seeds: int | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> ModelRecommendation:
    """Compare initializations on a model by short training runs, and recommend the simplest best.

    Parameters
    ----------
    model : callable or nn.Module
        A function that makes the model, called once for each run after `torch.manual_seed`; or a
        model, whose modules are reset by their own ``reset_parameters`` for each run.
    data : (inputs, targets)
        Tensors or arrays of all samples; inputs may be a tuple or a mapping of tensors. They are
        split into parts for training, validation and test. Integers are classes.
    budget : str
        ``"30s"``, ``"2m"``, or ``"20000 steps"``, which are training steps of single runs.
    loss : str or callable, optional
        As in `probe`.
    optimizer : {"adam", "sgd"}
    learning_rate : float, optional
        The centre of the rates that every scheme tries first. By default 0.01 for Adam, and for SGD
        each scheme's own limit 2 / λ, with λ the largest eigenvalue of the Hessian of the model's
        loss before training, at most 1; where that is not defined, 0.1.
    inits : sequence of schemes
        Instead of a short list of usual schemes. The module's own initialization is always raced.
    epochs : int
        The largest number of epochs of a run.
    batch_size : int
    seeds : int, optional
        Seeds of the last round; by default 5 to 20, depending on the budget.
    progress : callable (done, total)
        Called with training steps.

    Returns
    -------
    ModelRecommendation

    Raises
    ------
    UsageError
        The budget is too small, the data do not fit the model, or an argument is unknown.
    """
    start = time.perf_counter()
    if optimizer not in CENTRES:
        raise UsageError(f"optimizer must be one of {', '.join(CENTRES)}, not {optimizer!r}")
    check_numbers(seeds=seeds, epochs=epochs, batch_size=batch_size, learning_rate=learning_rate)
    if isinstance(inits, str):  # a sequence of letters
        raise UsageError(f"inits must be a list of schemes, not {inits!r}")
    allowed = parse_budget(budget)
    whole = _batch_of_data(data)
    parts = _split(whole)
    make = _maker(model)
    schemes, left_out = _candidates(make, parts[0], loss, inits)
    race = _Race(make, parts, loss, optimizer, min(batch_size, parts[0].size), schemes)
    limits = _limits(race) if learning_rate is None else {}
    first = first_rates(schemes, limits, learning_rate or CENTRES[optimizer])
    per_epoch = math.ceil(parts[0].size / race.batch_size)
    run_steps, per_second = allowed.steps, 0.0
    if run_steps is None:
        per_second = TRAINING_SHARE / _seconds_per_step(race)
        left = (allowed.seconds or 0.0) - (time.perf_counter() - start)
        run_steps = max(1, int(float(f"{max(left, 0.0) * per_second:.2g}")))
    try:
        size = race_size(run_steps, len(schemes), steps_per_epoch=per_epoch, epochs=epochs)
    except BudgetError as error:
        if not per_second:
            raise
        seconds = math.ceil(error.needed / per_second + (time.perf_counter() - start))
        raise UsageError(
            f"{budget} is too short to race {len(schemes)} schemes here: give at least {seconds}s,"
            " or fewer schemes with inits"
        ) from None
    race.steps = size.steps
    trials, rates, dropped = _trials(race, size, first, progress)
    last = [label for label in schemes if label not in dropped]
    count = seeds or size.seeds_left(len(race.done), len(last))
    for label in last:
        for seed in range(count):
            race.run(label, rates[label], seed)
            progress(len(race.done) * size.steps, size.most_runs * size.steps)
    return _judged(
        race,
        size,
        trials=trials,
        rates=rates,
        dropped=dropped,
        left_out=left_out,
        limits=limits,
        last=last,
        count=count,
    )


def _judged(
    race: _Race,
    size: RaceSize,
    *,
    trials: Mapping[str, Trials],
    rates: Mapping[str, float],
    dropped: Mapping[str, float],
    left_out: Mapping[str, str],
    limits: Mapping[str, float],
    last: Sequence[str],
    count: int,
) -> ModelRecommendation:
    """Return the recommendation of a race that is over."""
    target = race.parts[2].target
    is_classes = not target.is_floating_point()
    baseline = _share_of_largest(target) if is_classes else 0.0
    scores = {
        label: {seed: race.run(label, rates[label], seed).test for seed in range(count)}
        for label in last
    }
    floor = min(0.0, *(value for each in scores.values() for value in each.values() if value))
    filled = {
        label: [floor if value is None else value for value in each.values()]
        for label, each in scores.items()
    }
    comparisons, _ = compare_all(scores, (-1.0, 1.0))
    ranking = sorted(last, key=lambda label: -float(np.mean(filled[label])))
    found = []
    for label in ranking:
        difference, is_distinct = lead(comparisons, ranking[0], label)
        summary = summarise(filled[label], (0.0, 1.0) if is_classes else (-math.inf, 1.0))
        found.append(
            Entrant(
                label=label,
                standing=standing_of(difference, is_distinct=is_distinct),
                learning_rate=rates[label],
                edge="",
                score={name: summary[name] for name in ("mean", "ci95", "n")},
                difference=difference,
                diverged=sum(value is None for value in scores[label].values()),
            )
        )
    for label, mean in sorted(dropped.items(), key=lambda each: -each[1]):
        tried = len(trials[label].scores[rates[label]])
        score = {"mean": mean, "ci95": None, "n": tried}
        found.append(Entrant(label, "left", rates[label], "", score))
    tied: list[str] = []
    if learns(found[0].score["mean"], baseline):
        tied = [each.label for each in found if each.standing == "tied"]
        tied.sort(key=lambda label: effort_of(race.schemes[label]))
    return ModelRecommendation(
        model=type(model_for(race.make, 0)).__name__,
        ranking=tuple(found),
        tied=tuple(tied),
        pick=tied[0] if tied else "",
        lines_of={
            label: code_for(race.schemes[label], race.optimizer, rates[label]) for label in tied
        },
        left_out=left_out,
        score="accuracy" if is_classes else "r2",
        baseline=baseline,
        epochs=size.epochs,
        steps=size.steps,
        seeds=count,
        budget=size.budget,
        run_steps=len(race.done) * size.steps,
        optimizer=race.optimizer,
        limits=limits,
    )


def effort_of(scheme: Scheme | None) -> int:
    """Return what a scheme needs: 0 nothing, 1 a function of PyTorch, 2 this package, 3 data."""
    if scheme is None:
        return 0
    bound = scheme_of(scheme)
    known = verdict.effort_of(bound)
    return known if "torch" in bound.spellings else max(known, 2)


def code_for(scheme: Scheme | None, optimizer: str, rate: float) -> str:
    """Return code that initializes `model` and makes its optimizer.

    >>> print(code_for("he", "sgd", 0.1))
    import torch
    import initbench.torch
    <BLANKLINE>
    initbench.torch.initialize_(model, 'he', seed=0)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    """
    kind = {"adam": "Adam", "sgd": "SGD"}[optimizer]
    update = f"optimizer = torch.optim.{kind}(model.parameters(), lr={rate:g})"
    if scheme is None:
        return f"import torch\n\n# model keeps its own initialization.\n{update}"
    bound = scheme_of(scheme)
    options = bound.changed_options
    name = scheme if isinstance(scheme, str) else bound.initializer.name
    named: Any = {"name": name, **options} if options else name
    more = ""
    comment = ""
    if bound.initializer.adapt is not None:
        more = ", batch=batch"
        comment = "# batch: inputs of your training data, such as the first 256 samples.\n"
    return (
        f"import torch\nimport initbench.torch\n\n{comment}"
        f"initbench.torch.initialize_(model, {named!r}, seed=0{more})\n{update}"
    )


def _maker(model: Maker) -> Callable[[], nn.Module]:
    """Return a function that makes the model with fresh weights."""
    require_model(model, or_maker=True)
    if not isinstance(model, nn.Module):
        return model
    if not any(hasattr(module, "reset_parameters") for module in model.modules()):
        raise UsageError(
            "no module of the model can draw its weights again with reset_parameters: pass a"
            " function that makes the model"
        )

    def make() -> nn.Module:
        made = copy.deepcopy(model)
        for module in made.modules():
            if hasattr(module, "reset_parameters"):
                module.reset_parameters()
        return made

    return make


def _initialized(
    make: Maker, scheme: Scheme | None, seed: int, data: Batch, loss: Loss
) -> nn.Module:
    """Return the model of a run before training."""
    model = model_for(make, seed)
    if scheme is not None:
        initialize_(
            model, scheme, seed=seed, batch=rows_of(data, torch.arange(_looked_at(data))), loss=loss
        )
    return model


def _looked_at(data: Batch) -> int:
    """Return how many samples schemes that look at data are given."""
    return min(data.size, 256)


def _candidates(
    make: Maker, data: Batch, loss: Loss, inits: Sequence[Scheme]
) -> tuple[dict[str, Scheme | None], dict[str, str]]:
    """Return the schemes of the race by label, and why others are left out."""
    if inits:
        wanted: list[Scheme] = list(inits)
    else:
        few = rows_of(data, torch.arange(min(data.size, 8)))
        activation = network_of(model_for(make, 0), few).activation
        gain = float(f"{bind_activation(activation.name, **activation.options).gain:.4g}")
        wanted = ["he", "glorot_uniform", "lecun_normal", "lsuv"]
        wanted += [{"name": "orthogonal", "gain": gain}]
        wanted += [
            {name: value for name, value in each.items() if name != "label"}
            if isinstance(each, Mapping)
            else each
            for each in FOR_ACTIVATION.get(activation.name, ())
        ]
    schemes: dict[str, Scheme | None] = {DEFAULT: None}
    left_out: dict[str, str] = {}
    for scheme in wanted:
        bound = scheme_of(scheme)  # an unknown name is an error, and no reason to leave it out
        label = scheme if isinstance(scheme, str) else described(bound)
        try:
            _initialized(make, scheme, 0, data, loss)
        except UsageError as error:
            left_out[label] = str(error)
            continue
        schemes[label] = scheme
    return schemes, left_out


def _limits(race: _Race) -> dict[str, float]:
    """Return the predicted largest stable learning rate of each scheme that has one.

    One network of each is measured, since the rates of a grid differ by a factor of three.
    """
    factor = stability_factor(race.optimizer, {})
    if factor is None:
        return {}
    train = race.parts[0]
    rows = torch.linspace(0, train.size - 1, min(SAMPLES, train.size)).round().long()
    limits = {}
    for label, scheme in race.schemes.items():
        model = _initialized(race.make, scheme, FIRST_SEED, train, race.loss).train()
        try:
            limit = limit_of(factor, sharpness_of(model, rows_of(train, rows), race.loss))
        except (RuntimeError, UsageError):  # an operation without a second derivative
            continue
        if limit.defined:
            limits[label] = limit.rate
    return limits


def _trials(
    race: _Race,
    size: RaceSize,
    first: Mapping[str, Sequence[float]],
    progress: Callable[[int, int], None],
) -> tuple[dict[str, Trials], dict[str, float], dict[str, float]]:
    """Find the learning rate of each scheme; return trials, rates and the schemes that leave."""
    trials = {label: Trials() for label in race.schemes}

    def add(label: str, rate: float, seed: int) -> None:
        outcome = race.run(label, rate, seed)
        score = 0.0 if outcome.validation is None else max(outcome.validation, 0.0)
        trials[label].scores.setdefault(rate, []).append(score)
        trials[label].losses.setdefault(rate, []).append(outcome.loss)
        progress(len(race.done) * size.steps, size.most_runs * size.steps)

    for label, rates_of_label in first.items():
        for rate in rates_of_label:
            add(label, rate, FIRST_SEED)
    for _ in range(EXTENSIONS):
        if not (further := next_rates(trials)):
            break
        for label, rate in further.items():
            add(label, rate, FIRST_SEED)
    for label, own in trials.items():
        for rate in own.best(KEPT):
            for seed in range(FIRST_SEED + 1, FIRST_SEED + 1 + MORE_SEEDS):
                add(label, rate, seed)
    rates = {label: own.best()[0] for label, own in trials.items()}
    return trials, rates, clearly_behind(trials)


def _seconds_per_step(race: _Race) -> float:
    """Return how long a step of the module's own initialization takes, evaluation included."""
    trial = _Race(
        race.make, race.parts, race.loss, race.optimizer, race.batch_size, {DEFAULT: None}, 2
    )
    trial.run(DEFAULT, 1e-4, FIRST_SEED)
    trial.steps = TIMED_STEPS
    start = time.perf_counter()
    trial.run(DEFAULT, 1e-4, FIRST_SEED + 1)
    return (time.perf_counter() - start) / TIMED_STEPS


def _batch_of_data(data: Any) -> Batch:
    """Return all samples as a batch of tensors."""
    if not isinstance(data, tuple | list) or len(data) != 2:
        raise UsageError("data must be (inputs, targets)")
    inputs, targets = (_tensors(each) for each in data)
    if not isinstance(targets, torch.Tensor):
        raise UsageError("targets must be one tensor or array")
    found = Batch(inputs, targets)
    if any(len(tensor) != len(targets) for tensor in tensors_in(inputs)):
        raise UsageError("inputs and targets must have the same number of samples")
    if found.size < 20:
        raise UsageError(f"data must have at least 20 samples, not {found.size}")
    return found


def _tensors(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {name: _tensors(each) for name, each in value.items()}
    if isinstance(value, tuple):
        return tuple(_tensors(each) for each in value)
    tensor = torch.as_tensor(value)
    if tensor.dtype == torch.float64:
        tensor = tensor.float()
    return tensor.long() if tensor.dtype in {torch.int32, torch.uint8} else tensor


def _split(whole: Batch) -> tuple[Batch, Batch, Batch]:
    """Return the training, validation and test part, the same each time."""
    order = torch.randperm(whole.size, generator=torch.Generator().manual_seed(0))
    first = int(PARTS[0] * whole.size)
    second = first + int(PARTS[1] * whole.size)
    train, validation, test = (
        rows_of(whole, part) for part in (order[:first], order[first:second], order[second:])
    )
    return train, validation, test


def _scored(model: nn.Module, part: Batch, loss: Loss) -> tuple[float | None, float]:
    """Return accuracy or R², and the loss; None if the outputs are not finite."""
    output = call(model, part.inputs)
    logits = logits_of(output)
    value = float(loss_of(loss, output, part.target))
    if not torch.isfinite(logits).all():
        return None, value
    if part.target.is_floating_point():
        target = part.target.reshape(logits.shape).double()
        error = (logits.double() - target).square().mean()
        variance = target.var(dim=0, correction=0).mean()
        return float(1.0 - error / variance), value
    if logits.shape[-1] == 1 or logits.ndim == part.target.ndim:
        return float(((logits > 0).reshape(part.target.shape) == part.target).float().mean()), value
    return float((logits.argmax(dim=-1) == part.target).float().mean()), value


def _share_of_largest(target: torch.Tensor) -> float:
    _, counts = torch.unique(target, return_counts=True)
    return float(counts.max() / counts.sum())
