"""The answer: who was in a race and what came of it, put together."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from initbench.config.experiment import Experiment
from initbench.errors import UsageError
from initbench.exporting import FRAMEWORKS, paste_line
from initbench.probing.text import shape
from initbench.recommending.candidates import Candidate, fitting
from initbench.recommending.question import Question
from initbench.recommending.race import Outcome
from initbench.recommending.sizes import Sizes
from initbench.recommending.striking import Signals, objection, probe_candidates
from initbench.recommending.verdict import Entrant, judge, learns, quickest
from initbench.recommending.wording import notes, reason


@dataclass(frozen=True)
class Field:
    """Who is in a race, and who is not.

    Attributes
    ----------
    question : Question
    runners : tuple of Candidate
    left_out : mapping of label to str
        Why each of the others is left out.
    signals : mapping of label to Signals
        Of all that apply to the network.
    """

    question: Question
    runners: tuple[Candidate, ...]
    left_out: Mapping[str, str]
    signals: Mapping[str, Signals]

    @property
    def experiment(self) -> Experiment:
        """What was asked, with those schemes alone that are in the race."""
        inits = tuple(runner.config for runner in self.runners)
        return self.question.experiment.model_copy(update={"inits": inits})


@dataclass(frozen=True)
class Recommendation:
    """Which schemes a network may start from.

    Attributes
    ----------
    ranking : tuple of Entrant
        Every scheme that was raced, best first.
    tied : tuple of str
        Labels of the best: any of these. Empty where none of them learns.
    pick : str
        The one of these that learns quickest; empty likewise.
    reason : str
        Why, in a sentence.
    lines_of : mapping of label to mapping of str to str
        Of all that are tied, what to paste, by framework.
    notes : tuple of str
        What else one has to know.
    left_out : mapping of label to str
        Schemes that were not raced, and why.
    network, dataset, training, score : str
    target : float
        What `Entrant.epochs_to_target` is the time to.
    epochs, seeds : int
        Of the last round.
    budget : int
        Run-steps: with as many, the answer is the same.
    run_steps : int
        Those that were trained.
    folder : Path
        Where the runs are.
    """

    ranking: tuple[Entrant, ...]
    tied: tuple[str, ...]
    pick: str
    reason: str
    lines_of: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...]
    left_out: Mapping[str, str]
    network: str
    dataset: str
    training: str
    score: str
    target: float
    epochs: int
    seeds: int
    budget: int
    run_steps: int
    folder: Path

    @property
    def lines(self) -> Mapping[str, str]:
        """What to paste for the pick, by framework."""
        return self.lines_of.get(self.pick, {})


def field_of(question: Question) -> Field:
    """Return who is to race: what applies to the network, and can train it.

    Raises
    ------
    UsageError
        Nobody.
    """
    candidates, left_out = fitting(question.experiment, question.architecture)
    _refuse_none(candidates, left_out)
    signals, failed = probe_candidates(question, candidates)
    dtype = question.experiment.training.dtype
    struck = {label: objection(found, dtype) for label, found in signals.items()}
    left_out |= failed | {label: why for label, why in struck.items() if why}
    runners = tuple(each for each in candidates if each.label not in left_out)
    _refuse_none(runners, left_out)
    return Field(question, runners, left_out, signals)


def answer(field: Field, outcome: Outcome, sizes: Sizes, folder: Path) -> Recommendation:
    """Return what came of a race."""
    entrants = judge(outcome)
    learn = learns(outcome, entrants[0])
    tied = [each.label for each in entrants if learn and each.standing == "tied"]
    pick = quickest(outcome, tied) if tied else ""
    schemes = {runner.label: runner.scheme for runner in field.runners}
    [cell] = outcome.outline.cells
    return Recommendation(
        ranking=entrants,
        tied=tuple(tied),
        pick=pick,
        reason=reason(outcome, entrants, field.signals, pick),
        lines_of={
            label: {
                framework: paste_line(schemes[label], framework, field.question.architecture)
                for framework in FRAMEWORKS
            }
            for label in tied
        },
        notes=tuple(notes(entrants)),
        left_out=field.left_out,
        network=f"{shape(field.question.architecture.sizes)} {cell.setup.network}",
        dataset=cell.setup.dataset,
        training=cell.setup.training,
        score=cell.setup.score,
        target=outcome.outline.target,
        epochs=sizes.epochs,
        seeds=len(next(iter(cell.runs.values()))),
        budget=sizes.budget,
        run_steps=outcome.runs * sizes.steps,
        folder=folder,
    )


def _refuse_none(candidates: Sequence[Candidate], left_out: Mapping[str, str]) -> None:
    """Raise a `UsageError` that says why of every scheme, if none is left."""
    if not candidates:
        reasons = "".join(f"\n  {label}: {why}" for label, why in left_out.items())
        raise UsageError(f"none of the schemes can train this network:{reasons}")
