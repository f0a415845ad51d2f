"""Measure initbench beside its peers, and write RESULTS.md.

python -m benchmarks                    everything, about a quarter of an hour
python -m benchmarks small deep         peers on some workloads, printed alone
python -m benchmarks own --turns 11     initbench by itself
"""

import argparse
from pathlib import Path

from benchmarks.machine import pin_to_one_core

RESULTS = Path(__file__).with_name("RESULTS.md")

NAMES = ("small", "deep", "wide", "full", "own")


def main() -> None:
    """Measure, print on the way, and write the file where everything was measured."""
    arguments = _parse()
    pin_to_one_core()
    from threadpoolctl import threadpool_limits

    with threadpool_limits(limits=1):
        document = _measure(arguments.names or NAMES, arguments.turns)
    if arguments.names:
        print(document)
    else:
        RESULTS.write_text(document, encoding="utf-8")


def _measure(names: list[str] | tuple[str, ...], turns: int) -> str:
    from benchmarks import machine, report
    from benchmarks.matches import MATCHES, play
    from benchmarks.own import FIGURES

    outcomes, figures = [], []
    for match in MATCHES:
        if match.workload in names:
            outcomes.append(play(match, turns))
            print(report.summary(outcomes[-1]), flush=True)
    for measure in FIGURES if "own" in names else ():
        for figure in measure(turns):
            figures.append(figure)
            print(f"{figure.workload:6} {figure.what}: {figure.value}", flush=True)
    return report.write(machine.describe(), outcomes, figures, turns)


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
