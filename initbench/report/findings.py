"""Sentences on the numbers of one cell, which claim no more than the numbers show.

Each pair of schemes has a verdict (`results.metrics.verdict_of`): one is significantly better, the
two are equivalent within a margin, or the runs do not decide. Only the first is called a lead, and
no scheme is called first where none is better than the baseline.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from math import isfinite
from statistics import median
from typing import Any, Final

import numpy as np

from initbench.formatting import (
    NONE,
    capitalized,
    compact,
    count_of,
    listing,
    mean_with_interval,
)
from initbench.metric import BASELINES, metric_of
from initbench.stats.comparisons import FEWEST
from initbench.stats.intervals import wilson_interval
from initbench.stats.power import MOST_SEEDS, POWER
from initbench.stats.summaries import groups_of, summarise

MOST_NAMED: Final = 5
"""Schemes that a sentence names; it counts the others."""

Naming = Callable[[str], str]

MOST_IN_HEADLINE: Final = 4
"""Schemes that a part of the headline names; it counts the others."""


def conclusions(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Return what the runs of a cell show, a sentence or two an item.

    `cell`: one of the ``cells`` of the metrics.
    `name`: how a label is to be written.
    """
    each = [(name(label), cell["inits"][label]) for label in cell["ranking"]]
    return [
        *comparison_sentences(cell, name),
        *filter(None, (_collapse(*pair) for pair in each)),
        *filter(None, (_standstill(*pair) for pair in each)),
        *filter(None, (_divergence(*pair) for pair in each)),
        *filter(None, (_stopping(*pair) for pair in each)),
        *(
            f"{label} lacks {entry['missing']} of {entry['missing'] + entry['runs']} runs: run the"
            " experiment again to train them."
            for label, entry in each
            if entry["missing"]
        ),
        *caution_sentences(cell, name),
    ]


def comparison_sentences(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Return how the leading scheme compares with the others, or that no scheme learned."""
    inits, [best, *rivals] = cell["inits"], cell["ranking"]
    if not inits[best]["runs"]:
        return ["No run has finished yet."]
    if not any(entry["learns"] for entry in inits.values()):
        return [_nothing_learned(cell, name)]
    metric = metric_of(f"test_{cell['score']}")
    score = inits[best][metric.name]
    seeds = "one seed" if score["n"] == 1 else f"{score['n']} seeds"
    leads: dict[str, list[tuple[str, dict[str, Any]]]] = {}
    for rival in rivals:
        lead = lead_over(cell, best, rival)
        leads.setdefault(lead["verdict"], []).append((name(rival), lead))
    tested = [pair for pair in leads.get("undecided", []) if pair[1]["p"] is not None]
    better = listing(
        [f"{amount(lead['difference'])} over {rival}" for rival, lead in leads.get("better", [])],
        MOST_NAMED,
    )
    return [
        (
            f"{name(best)}{' ranks first' if rivals else ''}: {metric.label}"
            f" {mean_with_interval(score, metric.written_like)} over {seeds}."
        ),
        *([f"Significant leads, paired by seed, with 95 % intervals: {better}."] if better else []),
        *_equivalents(leads.get("equivalent", []), name(best), cell["equivalence_margin"]),
        *_undecided(tested, name(best)),
        *_lost_runs([pair for each in leads.values() for pair in each], name(best)),
        *power_sentences(cell, name),
    ]


def outcome_sentences(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Say that no scheme learned, or which schemes are equivalent to the best.

    Where neither holds, how many seeds would decide between the first two.
    """
    inits, [best, *rivals] = cell["inits"], cell["ranking"]
    if not inits[best]["runs"]:
        return []
    if not any(entry["learns"] for entry in inits.values()):
        return [_nothing_learned(cell, name)]
    leads = [(name(rival), lead_over(cell, best, rival)) for rival in rivals]
    equivalent = [pair for pair in leads if pair[1]["verdict"] == "equivalent"]
    return [
        *_equivalents(equivalent, name(best), cell["equivalence_margin"]),
        *power_sentences(cell, name),
    ]


def power_sentences(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Return how many seeds would decide between the first two schemes, where these do not.

    At most one sentence; none where the two are equivalent or one is better.
    """
    power = cell["power"]
    if power is None or not power["seeds"] or not any(e["learns"] for e in cell["inits"].values()):
        return []
    lead = lead_over(cell, power["best"], power["second"])
    if lead["verdict"] != "undecided":
        return []
    best, second = name(power["best"]), name(power["second"])
    if power["seeds"] < FEWEST:
        few = count_of(power["seeds"], "seed")
        verb = "is" if power["seeds"] == 1 else "are"
        return [f"{few} {verb} too few to compare {best} with {second}: use at least {FEWEST}."]
    mean, margin = lead["difference"]["mean"], cell["equivalence_margin"]
    if mean is None or not isfinite(mean):
        what = ""
    elif abs(mean) <= margin:
        what = (
            f": their mean difference, {compact(abs(mean), margin)}, is within the margin of"
            f" {margin:g}, and more seeds may show that they are equivalent"
        )
    elif power["needed"] is None:
        what = f": to detect a difference of this size takes more than {MOST_SEEDS:,} seeds"
    else:
        what = (
            f": about {power['needed']:,} seeds{_between(power['needed_ci95'])} would detect a"
            f" difference of this size with {100 * POWER:.0f} % power"
        )
    return [f"{power['seeds']} seeds do not decide between {best} and {second}{what}."]


def caution_sentences(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Say why means of the test score have no interval, or one without width.

    Scores that form two groups have the share of the lower one, and a mean for each.
    """
    metric = metric_of(f"test_{cell['score']}")
    found: dict[str, list[str]] = {}
    sentences = []
    for label in cell["ranking"]:
        summary = cell["inits"][label][metric.name]
        found.setdefault(summary["caution"], []).append(name(label))
        if summary["caution"] == "mixture":
            values = np.sort([value for value in summary["values"] if value is not None])
            low, high = groups_of(values)
            ends = listing(
                [f"{100 * end:.0f} %" for end in wilson_interval(len(low), len(values)) or []]
            )
            lower, upper = (
                mean_with_interval(summarise(group, metric.bounds), metric.written_like)
                for group in (low, high)
            )
            sentences.append(
                f"The {metric.label} of {name(label)} has two groups: {len(low)} of"
                f" {len(values)} runs ({100 * len(low) / len(values):.0f} %; 95 % interval: between"
                f" {ends}) with a mean of {lower}, and the others with {upper}."
                " The mean of all runs has no interval."
            )
    if tied := found.get("tied"):
        sentences.append(
            f"More than two thirds of the runs have the same {metric.label} and the others differ:"
            f" {listing(tied)}. {'This mean has' if len(tied) == 1 else 'These means have'} no"
            " interval."
        )
    if equal := found.get("equal"):
        sentences.append(
            f"{capitalized(metric.label)} is the same in all runs: {listing(equal)}."
            f" {'This interval has' if len(equal) == 1 else 'These intervals have'} no width, and"
            " other seeds may still differ."
        )
    return sentences


def state_sentences(cell: Mapping[str, Any], name: Naming = str) -> list[str]:
    """Return which schemes stalled, had a dead layer, diverged or lack runs, in a line each.

    Schemes are gathered by what happened, so that a terminal has room for them.
    """
    found: dict[str, list[str]] = {}
    for label in cell["ranking"]:
        entry = cell["inits"][label]
        shares, runs = entry["shares"], entry["runs"]
        counts = {
            "No better than a constant prediction (stalled)": shares["stalled"],
            "All units of a hidden layer dead before training": shares["born_dead"],
            "Diverged": {"count": entry["diverged"], "of": runs},
            "Runs not trained yet": {"count": entry["missing"], "of": entry["missing"] + runs},
        }
        for what, share in counts.items():
            if share and share["count"]:
                every = share["count"] == share["of"]
                how_many = "every run" if every else f"{share['count']} of {share['of']} runs"
                found.setdefault(what, []).append(f"{name(label)} ({how_many})")
    return [f"{what}: {listing(labels)}." for what, labels in found.items()]


def lead_over(cell: Mapping[str, Any], best: str, rival: str) -> dict[str, Any]:
    """Return the comparison of two schemes, the first less the second, however it was stored."""
    [found] = [one for one in cell["comparisons"] if {one["a"], one["b"]} == {best, rival}]
    if found["a"] == best:
        return dict(found)
    verdict = {"better": "worse", "worse": "better"}.get(found["verdict"], found["verdict"])
    turned = {key: _turned(found[key]) for key in ("difference", "neither_diverged")}
    return {**found, "verdict": verdict, **turned}


def distinct_units(entry: Mapping[str, Any]) -> str:
    """Return how many distinct units each hidden layer ends with, where one has collapsed.

    `entry`: a scheme's entry in the metrics.

    Returns
    -------
    str
        ``1 of 64 in layers 1–9``; empty where no layer of several units has become one.
    """
    if not collapsed_layers(entry):
        return ""
    units = entry["distinct_units"]
    each = [
        f"{NONE if count is None else f'{count:g}'} of {width}"
        for count, width in zip(units["final"], units["of"], strict=True)
    ]
    parts = []
    for text, group in groupby(enumerate(each, 1), key=lambda pair: pair[1]):
        layers = [layer for layer, _ in group]
        span = f"{layers[0]}–{layers[-1]}" if len(layers) > 1 else f"{layers[0]}"
        parts.append(f"{text} in layer{'s' if len(layers) > 1 else ''} {span}")
    return ", ".join(parts)


def collapsed_layers(entry: Mapping[str, Any]) -> list[int]:
    """Return the hidden layers, from 1, that have several units and end as one."""
    units = entry["distinct_units"]
    return [
        layer
        for layer, (count, width) in enumerate(zip(units["final"], units["of"], strict=True), 1)
        if count == 1 and width > 1
    ]


def headline(cell: Mapping[str, Any], epochs: int, name: Naming = str) -> str:
    """Return from which epoch on each scheme stays at the target; empty where none does.

    `cell`: one of the ``cells`` of the metrics.
    `epochs`: how many are trained.
    `name`: how a label is to be written.
    """
    inits = {label: cell["inits"][label] for label in cell["ranking"]}
    times = {label: entry["epochs_to_target"] for label, entry in inits.items() if entry["runs"]}
    medians = {
        label: float(time["median"]) for label, time in times.items() if time["median"] is not None
    }
    if not medians:
        return ""
    in_order = sorted(medians, key=medians.__getitem__)
    # One scheme more is named rather than counted.
    named = MOST_IN_HEADLINE + (len(in_order) <= MOST_IN_HEADLINE + 1)
    reached = [f"{name(label)} from epoch {medians[label]:g}" for label in in_order[:named]]
    if len(in_order) > named:
        reached.append(f"{len(in_order) - named} others as late or later")
    others = [label for label in times if label not in medians]
    partly = [
        f"{name(label)} in {times[label]['reached']} of {inits[label]['runs']} runs"
        for label in others
        if times[label]["reached"]
    ]
    left = [label for label in others if times[label]["touched"] and not times[label]["reached"]]
    never = [label for label in others if not times[label]["touched"]]
    [target] = {time["target"] for time in times.values()}
    parts = [
        (
            f"Test {metric_of(cell['score']).label} of {target:g}, reached and kept to the end:"
            f" {listing(reached)} (medians)"
        )
    ]
    for what, names in (
        ("no more than half of the runs", partly),
        (f"never within {count_of(epochs, 'epoch')}", [name(label) for label in never]),
        ("reached for a time and lost again", [name(label) for label in left]),
    ):
        if names:
            few = len(names) <= MOST_IN_HEADLINE
            parts.append(f"{what}: {listing(names) if few else f'{len(names)} schemes'}")
    return f"{'; '.join(parts)}."


def _between(interval: Sequence[int | None] | None) -> str:
    """Write the 95 % interval of a number of seeds, where it is known."""
    if interval is None:
        return ""
    fewest, most = interval
    if most is None:
        return f" ({fewest:,} or more)"
    return f" (between {fewest:,} and {most:,})"


def _nothing_learned(cell: Mapping[str, Any], name: Naming) -> str:
    """Say that no scheme is better than the baseline, with the most likely cause."""
    entries = list(cell["inits"].values())
    runs = sum(entry["runs"] for entry in entries)
    diverged = sum(entry["diverged"] for entry in entries)
    metric, best = metric_of(f"test_{cell['score']}"), cell["ranking"][0]
    mean = cell["inits"][best][metric.name]["mean"]
    if diverged == runs:
        return "No scheme learned: every run diverged. Lower the learning rate."
    like = metric.written_like
    highest = "" if mean is None else f", {compact(mean, like)} of {name(best)}"
    worst = ", where a diverged run counts as the worst" if diverged else ""
    aside = f"{highest}{worst}," if highest or worst else ""
    head = (
        f"No scheme learned: the highest mean {metric.label}{aside} is not clearly above"
        f" the {BASELINES[cell['score']]}, {compact(cell['baseline'], like)}."
    )
    stalled, of = _counted(entries, "stalled")
    overshot, known = _counted(entries, "overshot")
    trained = [entry[f"train_{cell['score']}"]["mean"] for entry in entries]
    baseline = cell["baseline"]
    if 2 * diverged >= runs:
        cause = f"{diverged} of {runs} runs diverged. Lower the learning rate."
    elif known and 2 * overshot >= known:
        cause = (
            f"in {overshot} of {known} runs training diverged or ended with more than twice the"
            " loss of a constant prediction. Lower the learning rate."
        )
    elif of and 2 * stalled >= of:
        cause = (
            f"in {stalled} of {of} runs the training loss stayed at that of a constant prediction."
            " Raise the learning rate, train longer, or use schemes whose hidden units differ."
        )
    elif any(mean is not None and mean > (1 + baseline) / 2 for mean in trained):
        cause = (
            "the networks fit the training part and do not generalize. The features may not"
            " predict the target, or the training part is too small."
        )
    else:
        cause = "too little training. Train longer or raise the learning rate."
    return f"{head} Likely cause: {cause}"


def _counted(entries: Sequence[Mapping[str, Any]], kind: str) -> tuple[int, int]:
    """Return in how many runs of all schemes something happened, and of how many it is known."""
    shares = [share for entry in entries if (share := entry["shares"][kind])]
    return sum(share["count"] for share in shares), sum(share["of"] for share in shares)


def _turned(difference: Mapping[str, Any]) -> dict[str, Any]:
    """Return a difference as seen from the other scheme."""
    mean, interval = difference["mean"], difference["ci95"]
    return {
        **difference,
        "mean": None if mean is None else -mean,
        "ci95": None if interval is None else [-interval[1], -interval[0]],
    }


def amount(difference: Mapping[str, Any]) -> str:
    """Write a mean difference with its interval: ``0.400 (0.380 to 0.420)``."""
    mean, interval = difference["mean"], difference["ci95"]
    if interval is None:
        return f"{compact(mean)} (no interval)"
    like = max(map(abs, interval))
    return f"{compact(mean, like)} ({compact(interval[0], like)} to {compact(interval[1], like)})"


def _equivalents(
    leads: Sequence[tuple[str, Mapping[str, Any]]], best: str, margin: float
) -> list[str]:
    if not leads:
        return []
    amounts = [f"{rival}, {amount(lead['difference'])}" for rival, lead in leads]
    return [f"Equivalent to {best} within {margin:g}: {listing(amounts, MOST_NAMED)}."]


def _undecided(leads: Sequence[tuple[str, Mapping[str, Any]]], best: str) -> list[str]:
    """Say from which schemes the best does not differ significantly."""
    if not leads:
        return []
    amounts = [f"{rival}, {amount(lead['difference'])}" for rival, lead in leads]
    outside = any(
        (interval := lead["difference"]["ci95"]) and (interval[0] > 0 or interval[1] < 0)
        for _, lead in leads
    )
    why = (
        " An interval that excludes zero is not significant among so many pairs." if outside else ""
    )
    named = listing(amounts, MOST_NAMED)
    return [f"Undecided, with no significant difference from {best}: {named}.{why}"]


def _lost_runs(leads: Sequence[tuple[str, Mapping[str, Any]]], best: str) -> list[str]:
    """Name the schemes that are ahead where they did not diverge, and rank lower for it."""
    ahead = {
        rival: _turned(lead["neither_diverged"])
        for rival, lead in leads
        if lead["neither_diverged"]["ci95"] and lead["neither_diverged"]["ci95"][1] < 0
    }
    return [
        f"On the seeds where neither diverged, {rival} is ahead of {best} by {amount(difference)};"
        f" {rival} ranks lower because a diverged run counts as the worst."
        for rival, difference in ahead.items()
    ]


def _collapse(label: str, entry: Mapping[str, Any]) -> str:
    """Say in which hidden layers all units have become one."""
    layers, count = collapsed_layers(entry), len(entry["distinct_units"]["of"])
    if not layers:
        return ""
    named = f"layer{'s' if len(layers) > 1 else ''} {listing([str(layer) for layer in layers])}"
    where = (
        ("its hidden layer" if count == 1 else f"each of its {count} hidden layers")
        if len(layers) == count
        else f"hidden {named} of {count}"
    )
    what = "all units of such a layer compute the same value, so it has the capacity of one unit"
    return f"{label} ends with one distinct unit in {where}: {what}."


def _divergence(label: str, entry: Mapping[str, Any]) -> str:
    diverged, runs = entry["diverged"], entry["runs"]
    if not diverged:
        return ""
    if diverged == runs:
        return f"{label} diverged in every run, so it has no final values."
    share = f"{diverged} of {runs} runs, which count as the worst in every comparison"
    return f"{label} diverged in {share}; its means are those of the other runs."


def _standstill(label: str, entry: Mapping[str, Any]) -> str:
    """Say how many runs stalled at chance, and how many began with a dead layer."""
    stalled, dead = entry["shares"]["stalled"], entry["shares"]["born_dead"]
    sentences = []
    if stalled and stalled["count"]:
        share = f"{stalled['count']} of {stalled['of']} runs"
        sentences.append(
            f"{label} stalled in {share}: its training loss is no better than that of a constant"
            " prediction."
        )
    if dead and dead["count"]:
        share = f"{dead['count']} of {dead['of']} runs"
        sentences.append(
            f"In {share}, all units of a hidden layer of {label} are dead before training, so their"
            " weights get no gradient."
        )
    return " ".join(sentences)


def _stopping(label: str, entry: Mapping[str, Any]) -> str:
    epochs = [epoch for epoch in entry["stopped_at"] if epoch is not None]
    if not epochs:
        return ""
    share = f"{len(epochs)} of {entry['runs']} runs"
    when = f"at a median epoch of {median(epochs):g}"
    return f"{label} was stopped early in {share}, {when}; final values are those of that epoch."
