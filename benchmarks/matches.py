"""Matches: who is compared with whom on what, and what is hoped for."""

from dataclasses import dataclass
from typing import Final

from benchmarks.agreement import Agreement, agreement
from benchmarks.contenders import CONTENDERS
from benchmarks.pairing import Pair, ready, take_turns, timed
from benchmarks.workloads import WORKLOADS, make_job

OURS: Final = CONTENDERS["stacked"]


@dataclass(frozen=True)
class Match:
    """A peer on a workload.

    Attributes
    ----------
    workload, peer : str
    target : float or None
        How many times as much as initbench's the peer's run-step should cost.
    whole : bool
        Whether a turn is the whole experiment, because the peer pays once for all of it.
    """

    workload: str
    peer: str
    target: float | None = None
    whole: bool = False


@dataclass(frozen=True)
class Outcome:
    """What came of a match; neither agreement nor pair where the peer is not installed."""

    match: Match
    agreement: Agreement | None = None
    pair: Pair | None = None


MATCHES: Final = (
    Match("small", "jax", 1.15),
    Match("small", "jax_by_seed", 1.15),
    Match("small", "jax_compiling", 3.0, whole=True),
    Match("small", "torch", 2.0),
    Match("small", "torch_autograd", 2.0),
    Match("small", "torch_loop"),
    Match("small", "sklearn", 40.0),
    Match("small", "alone"),
    Match("deep", "jax", 1.15),
    Match("deep", "jax_by_seed", 1.15),
    Match("deep", "torch"),
    Match("deep", "torch_autograd"),
    Match("deep", "torch_loop"),
    Match("deep", "sklearn", 3.0),
    Match("deep", "alone"),
    Match("wide", "jax", 1.3),
    Match("wide", "jax_by_seed", 1.3),
    Match("wide", "torch", 1.3),
    Match("wide", "torch_autograd", 1.3),
    Match("wide", "torch_loop", 1.3),
    Match("wide", "alone"),
    Match("full", "numpy_loop", 5.0),
    Match("full", "alone"),
)


def play(match: Match, turns: int) -> Outcome:
    """Check that both do the same work, and time them if they do."""
    workload, peer = WORKLOADS[match.workload], CONTENDERS[match.peer]
    if not peer.is_installed:
        return Outcome(match)
    agreed = agreement(OURS, peer, workload)
    if not agreed.holds:
        return Outcome(match, agreed)
    if match.whole:
        job = make_job(workload, workload.epochs)
        pair = take_turns(ready(OURS, job), ready(peer, job), turns)
    else:
        pair = take_turns(timed(OURS, workload), timed(peer, workload), turns)
    return Outcome(match, agreed, pair)
