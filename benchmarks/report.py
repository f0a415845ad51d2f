"""The report: Markdown that says on what was measured, how, and whether targets were reached."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from benchmarks.contenders import CONTENDERS
from benchmarks.figure import Figure, spread
from benchmarks.matches import Outcome
from benchmarks.workloads import WORKLOADS

METHOD = """\
Every contender trains the same networks from the same initial weights on the same batches, in one
thread on one core, and records nothing. Before a comparison both train for a few steps, and their
weights are compared (distance between them over distance moved): in float64 for every run, and for
the median run in the precision that is timed. Where they disagree, nothing is timed.

Contenders take turns, A B A B, each of about a second, after one turn that does not count; a ratio
is taken turn by turn, and its median and range over {turns} turns are given. **Ratios say how many
times as much as initbench a peer needs for one step of one run**: above 1, initbench is faster.
They are of processor time, which other programs on the machine disturb less; those of the clock on
the wall stand beside them. Getting ready (compiling, laying out data) is not timed unless a row
says so; initbench draws and gathers its batches while it is timed.

Not compared is scikit-learn's Adam, which adds epsilon at another place and ends elsewhere.

Whole processes train each workload for 100 epochs, on one core or on all with their own default of
threads, and are timed by the clock on the wall from the start of a program to its results on disk.
initbench's are `initbench run` without pictures: imports, workers, training, evaluation on both
parts of the data before and after it, metrics and reports. A peer's are its imports, making the
data, compiling, training, and storing the weights.

[What is in the way](TRIED.md) of the targets that are missed, and what was tried, is written down.
`make bench` makes this file again.
"""


def write(
    machine: Sequence[str], outcomes: Sequence[Outcome], figures: Sequence[Figure], turns: int
) -> str:
    """Return the document."""
    lines = ["# Benchmarks", "", *(f"- {line}" for line in machine), "", METHOD.format(turns=turns)]
    for name, group in groupby(outcomes, key=lambda outcome: outcome.match.workload):
        outcome_rows = list(group)
        lines += [
            f"## {name}: {WORKLOADS[name].title}",
            "",
            *_table(_HEADS, map(_row, outcome_rows)),
            "",
            *break_even(outcome_rows),
        ]
    if figures:
        cells = ((f.workload, f.what, f.value, f.target, _verdict(f.reached)) for f in figures)
        lines += ["## initbench by itself", "", *_table(_OWN_HEADS, cells)]
    return "\n".join(lines).rstrip() + "\n"


def break_even(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Say after how many run-steps a peer's compile time is earned back, where it is faster."""
    steady = {each.match.peer: each for each in outcomes if each.match.ours == "stacked"}
    whole, jax = steady.get("jax_compiling"), steady.get("jax")
    if whole is None or jax is None or whole.pair is None or jax.pair is None:
        return
    workload = WORKLOADS[whole.match.workload]
    run_steps = workload.runs * workload.steps_per_epoch * workload.epochs
    each, ours, theirs = (
        spread([cost.processor for cost in costs]).median
        for costs in (whole.pair.theirs, jax.pair.ours, jax.pair.theirs)
    )
    compiling = (each - theirs) * run_steps
    found = f"Compiling takes JAX {compiling:.2g} s of processor time"
    if ours > theirs:
        found += f", which it earns back after {compiling / (ours - theirs):,.0f} run-steps"
    yield from (f"{found}.", "")


_HEADS = (
    "peer",
    "µs a run-step",
    "initbench",
    "ratio, processor",
    "ratio, wall",
    "target",
    "reached",
    "same work",
)
_OWN_HEADS = ("workload", "what", "measured", "target", "reached")


def summary(outcome: Outcome) -> str:
    """Return an outcome in a line."""
    label, *cells = _row(outcome)
    return f"{outcome.match.workload:6} {label:38} " + "  ".join(filter(None, cells))


def _row(outcome: Outcome) -> Sequence[str]:
    match, pair = outcome.match, outcome.pair
    ours, peer = CONTENDERS[match.ours], CONTENDERS[match.peer]
    target = "" if match.target is None else f"≥ {match.target:g}"
    if outcome.agreement is None:
        missing = " or ".join(each.needs for each in (ours, peer) if not each.is_installed)
        return peer.label, "", ours.label, f"{missing} is not installed", "", target, "", ""
    if pair is None:
        return peer.label, "", ours.label, "", "", target, "", str(outcome.agreement)
    ratio = pair.ratio()
    reached = None if match.target is None else ratio.median >= match.target
    return (
        peer.label + (f" ({WORKLOADS[match.workload].epochs} epochs)" if match.whole else ""),
        _microseconds([cost.processor for cost in pair.theirs]),
        _microseconds([cost.processor for cost in pair.ours])
        + (" with `[fast]`" if match.ours == "compiled" else ""),
        f"{ratio}",
        f"{pair.ratio('wall')}",
        target,
        _verdict(reached),
        str(outcome.agreement),
    )


def _microseconds(costs: Sequence[float]) -> str:
    return f"{1e6 * spread(costs).median:.4g}"


def _verdict(reached: bool | None) -> str:  # noqa: FBT001  # a verdict is what it is about
    return {None: "", True: "yes", False: "**no**"}[reached]


def _table(
    heads: Sequence[str], rows: "Iterator[Sequence[str]] | map[Sequence[str]]"
) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|" + "---|" * len(heads)
    for row in rows:
        yield f"| {' | '.join(row)} |"
