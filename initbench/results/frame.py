"""A table of runs for pandas, where that is installed; initbench itself does without."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from initbench.errors import UsageError


def frame_of(metrics: Mapping[str, Any]) -> Any:
    """Return a data frame with a row a run, as `Results.to_pandas` describes it.

    Raises
    ------
    UsageError
        pandas is not installed.
    """
    try:
        import pandas as pd
    except ImportError as error:
        raise UsageError("to_pandas needs pandas: pip install pandas") from error
    return pd.DataFrame(list(run_rows(metrics)))


def run_rows(metrics: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield each run as one flat row."""
    for index, cell in enumerate(metrics["cells"]):
        for label, entry in cell["inits"].items():
            columns = run_columns(entry)
            for place, seed in enumerate(entry["seeds"]):
                yield {
                    "cell": index,
                    **cell["settings"],
                    "init": label,
                    "seed": seed,
                    **{name: values[place] for name, values in columns.items()},
                }


def run_columns(entry: Mapping[str, Any]) -> dict[str, Sequence[Any]]:
    """Return what a scheme's entry says of each of its runs, None where it says nothing.

    These are the metrics by their names, and when the run reached its target, diverged or was
    stopped.
    """
    columns = {
        name: summary["values"]
        for name, summary in entry.items()
        if isinstance(summary, dict) and "values" in summary
    }
    return columns | {name: entry[name] for name in ("diverged_at", "stopped_at")}
