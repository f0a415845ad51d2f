"""Matches: who is compared with whom on what, and what is hoped for."""

from dataclasses import dataclass
from typing import Final

from benchmarks.agreement import Agreement, agreement
from benchmarks.contenders import CONTENDERS
from benchmarks.pairing import Pair, ready, take_turns, timed
from benchmarks.workloads import WORKLOADS, make_job


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
    ours : str
        The contender of initbench: ``stacked``, or ``compiled`` with the extra ``fast``.
    """

    workload: str
    peer: str
    target: float | None = None
    whole: bool = False
    ours: str = "stacked"


@dataclass(frozen=True)
class Outcome:
    """What came of a match; neither agreement nor pair where the peer is not installed."""

    match: Match
    agreement: Agreement | None = None
    pair: Pair | None = None


MATCHES: Final = (
    Match("small", "jax", 0.85),
    Match("small", "jax", 0.95, ours="compiled"),
    Match("small", "jax_by_seed", 0.85),
    Match("small", "jax_by_seed", 0.95, ours="compiled"),
    Match("small", "jax_compiling", whole=True),
    Match("small", "torch", 1.0),
    Match("small", "torch", 1.0, ours="compiled"),
    Match("small", "torch_autograd", 1.0),
    Match("small", "torch_loop"),
    Match("small", "sklearn"),
    Match("small", "alone"),
    Match("deep", "jax", 0.85),
    Match("deep", "jax", 0.95, ours="compiled"),
    Match("deep", "jax_by_seed", 0.85),
    Match("deep", "jax_by_seed", 0.95, ours="compiled"),
    Match("deep", "jax_compiling", whole=True),
    Match("deep", "torch", 1.0),
    Match("deep", "torch", 1.0, ours="compiled"),
    Match("deep", "torch_autograd", 1.0),
    Match("deep", "torch_loop"),
    Match("deep", "sklearn"),
    Match("deep", "alone"),
    Match("wide", "jax"),
    Match("wide", "jax", 1.15, ours="compiled"),
    Match("wide", "jax_by_seed"),
    Match("wide", "jax_by_seed", 1.15, ours="compiled"),
    Match("wide", "jax_compiling", whole=True),
    Match("wide", "torch", 1.0),
    Match("wide", "torch", 1.15, ours="compiled"),
    Match("wide", "torch_autograd", 1.0),
    Match("wide", "torch_loop"),
    Match("wide", "alone"),
    Match("full", "numpy_loop"),
    Match("full", "alone"),
)


def play(match: Match, turns: int) -> Outcome:
    """Check that both do the same work, and time them if they do."""
    workload = WORKLOADS[match.workload]
    ours, peer = CONTENDERS[match.ours], CONTENDERS[match.peer]
    if not (ours.is_installed and peer.is_installed):
        return Outcome(match)
    agreed = agreement(ours, peer, workload)
    if not agreed.holds:
        return Outcome(match, agreed)
    if match.whole:
        job = make_job(workload, workload.epochs)
        pair = take_turns(ready(ours, job), ready(peer, job), turns)
    else:
        pair = take_turns(timed(ours, workload), timed(peer, workload), turns)
    return Outcome(match, agreed, pair)
