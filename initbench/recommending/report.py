"""Reports of a recommendation: the text for a terminal and the document for JSON."""

import textwrap
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from initbench.formatting import NONE, count_of, listing, mean_with_interval
from initbench.metric import metric_of
from initbench.recommending.candidates import Chooser
from initbench.recommending.verdict import Entrant
from initbench.tables import as_lines, plain, table_of

WIDTH: Final = 80
"""Columns of the text."""

NAMES: Final = {"torch": "PyTorch", "keras": "Keras", "jax": "JAX"}

STANDINGS: Final = {
    "tied": "best",
    "unclear": "unclear",
    "behind": "behind",
    "left": "left the race",
}


CHOICES: Final[Mapping[Chooser, str]] = {
    "user": "",
    "atlas": "Schemes: defaults of frameworks, what papers propose for this kind of network, and"
    " what loses least in near networks of the atlas. --inits names others.",
    "theory": "Schemes: defaults of frameworks, and what papers and theory propose, since the atlas"
    " has no such networks. --inits names others.",
}
"""Which schemes are compared, by who chose them."""


@dataclass(frozen=True)
class Recommendation:
    """The initializations that are recommended for a network.

    Attributes
    ----------
    ranking : tuple of Entrant
        Every scheme of the race, best first.
    tied : tuple of str
        Labels of the recommended schemes; empty if no scheme learns.
    pick : str
        The simplest of them: what the frameworks have built in comes before what needs this
        package or data. Empty if no scheme learns.
    reason : str
        The reason, in a sentence.
    lines_of : mapping of label to mapping of str to str
        For each recommended scheme, the code to paste, by framework: it initializes the network,
        biases included, and sets the learning rate.
    notes : tuple of str
        Limits of the recommendation.
    left_out : mapping of label to str
        Schemes that were not raced, with the reason.
    chosen_by : str
        Who chose the schemes: ``user``, ``atlas`` or ``theory``.
    network, dataset, training, score : str
    target : float
        The score that `Entrant.epochs_to_target` refers to.
    epochs, seeds : int
        Of the last round.
    asked_epochs : int
        The number of epochs that a larger budget would train.
    budget : int
        Run-steps that give the same recommendation again.
    run_steps : int
        Run-steps that were trained.
    folder : Path
        The results folder.
    """

    ranking: tuple[Entrant, ...]
    tied: tuple[str, ...]
    pick: str
    reason: str
    lines_of: Mapping[str, Mapping[str, str]]
    notes: tuple[str, ...]
    left_out: Mapping[str, str]
    chosen_by: Chooser
    network: str
    dataset: str
    training: str
    score: str
    target: float
    epochs: int
    asked_epochs: int
    seeds: int
    budget: int
    run_steps: int
    folder: Path

    @property
    def lines(self) -> Mapping[str, str]:
        """The lines of code for the pick, by framework."""
        return self.lines_of.get(self.pick, {})


def recommendation_document(found: Recommendation) -> dict[str, Any]:
    """Return a recommendation as plain values, without times and paths.

    The same question with the same run-steps gives the same document.

    Returns
    -------
    dict
        The attributes of `Recommendation` except ``folder``, with ``lines_of`` named ``lines``.
    """
    document = {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in asdict(found).items()
    }
    document["lines"] = document.pop("lines_of")
    del document["folder"]
    return document


def recommendation_text(found: Recommendation) -> str:
    """Return the text of a recommendation: answer, reason, table and lines of code to paste."""
    subject = f"{found.network} on {found.dataset}"
    length = f"after {count_of(found.epochs, 'epoch')}"
    if found.epochs < found.asked_epochs:
        length += f" of {found.asked_epochs}, which is what {found.budget:,} run-steps allow"
    else:
        length += f", with {found.budget:,} run-steps"
    if not found.tied:
        answer = f"No answer for {subject} {length}."
    elif len(found.tied) == 1:
        answer = f"Start from {found.pick}: {subject}, {length}."
        unclear = sum(each.standing == "unclear" for each in found.ranking)
        if unclear:
            answer += f" It has the highest mean; {count_of(unclear, 'scheme')} may be as good."
    else:
        any_of = listing(found.tied).replace(" and ", " or ")
        answer = (
            f"A tie: start from any of {any_of}: {subject}, {length}. {found.pick} is the simplest."
        )
    score, epochs = f"test {metric_of(found.score).label}", f"epochs to {found.target:g}"
    rows = []
    for each in found.ranking:
        standing = STANDINGS[each.standing] if found.tied else NONE
        rows.append(
            (
                each.label,
                mean_with_interval(each.score),
                NONE if each.difference is None else mean_with_interval(each.difference),
                NONE if each.epochs_to_target is None else f"{each.epochs_to_target:.3g}",
                f"{each.learning_rate:g}",
                f"{standing}, {each.diverged} diverged" if each.diverged else standing,
            )
        )
    names = ("scheme", score, "behind by", epochs, "rate", "")
    lines, _ = as_lines(table_of(names, rows, left=(0, 5)))
    effort = (
        f"{found.training}; {found.seeds} seeds in the last round. {found.run_steps:,} run-steps"
        f' were trained; for the same answer again: --budget "{found.budget} steps"'
    )
    blocks = [
        textwrap.fill(answer, WIDTH),
        textwrap.fill(f"{found.reason}.", WIDTH),
        textwrap.indent(plain(lines), "  "),
        "\n".join(map(_bullet, found.notes)),
        *(f"{NAMES[name]}, {found.pick}:\n\n{code}" for name, code in found.lines.items()),
        "\n".join(_bullet(f"{label} left out: {why}") for label, why in found.left_out.items()),
        textwrap.fill(CHOICES[found.chosen_by], WIDTH, break_on_hyphens=False),
        textwrap.fill(effort, WIDTH),
    ]
    return "\n\n".join(filter(None, blocks))


def _bullet(text: str) -> str:
    return textwrap.fill(text, WIDTH, initial_indent="- ", subsequent_indent="  ")
