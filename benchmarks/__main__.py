"""Measure initbench beside its peers, and write RESULTS.md.

python -m benchmarks                    everything, some forty minutes
python -m benchmarks small deep         peers on some workloads, printed alone
python -m benchmarks own --turns 11     initbench by itself
python -m benchmarks whole              whole processes, some twenty minutes
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.figure import Figure
from benchmarks.machine import pin_to_one_core
from benchmarks.whole import whole_processes

RESULTS = Path(__file__).with_name("RESULTS.md")

NAMES = ("small", "deep", "wide", "full", "own", "whole")


def main() -> None:
    """Measure, print on the way, and write the file where everything was measured."""
    arguments = _parse()
    names, turns = arguments.names or NAMES, arguments.turns
    figures = _shown(whole_processes(turns)) if "whole" in names else []
    pin_to_one_core()
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        document = _measure(names, turns, figures)
    if arguments.names:
        print(document)
    else:
        RESULTS.write_text(document, encoding="utf-8")


def _measure(names: Sequence[str], turns: int, figures: list[Figure]) -> str:
    from benchmarks import machine, report
    from benchmarks.matches import MATCHES, play
    from benchmarks.own import FIGURES
    from benchmarks.profile import shares_of_a_step

    outcomes = []
    for match in MATCHES:
        if match.workload in names:
            outcomes.append(play(match, turns))
            print(report.summary(outcomes[-1]), flush=True)
    for measure in (*FIGURES, shares_of_a_step) if "own" in names else ():
        figures += _shown(measure(turns))
    return report.write(machine.describe(), outcomes, figures, turns)


def _shown(figures: Iterator[Figure]) -> list[Figure]:
    """Print each as it comes."""
    found = []
    for figure in figures:
        found.append(figure)
        print(f"{figure.workload:6} {figure.what}: {figure.value}", flush=True)
    return found


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="WORKLOAD", help=", ".join(NAMES))
    parser.add_argument("--turns", type=int, default=7, help="pairs of turns that count")
    arguments = parser.parse_args()
    if unknown := set(arguments.names) - set(NAMES):
        parser.error(f"no workload is called {unknown.pop()!r}; there are {', '.join(NAMES)}")
    if arguments.turns < 1:
        parser.error("--turns must be at least 1")
    return arguments


if __name__ == "__main__":
    main()
