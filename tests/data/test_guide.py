"""The page on data lists what there is."""

import re
from pathlib import Path

from initbench.data import DATASETS

GUIDE = (Path(__file__).parents[2] / "docs" / "data.md").read_text(encoding="utf-8")


def table():
    """Return the table of all data sets, from the registry."""
    lines = ["| name | what it is | options | source |", "|---|---|---|---|"]
    for entry in DATASETS.values():
        options = ", ".join(
            f"`{option.name}`"
            + (f" {option.default}" if option.default not in {None, "", ()} else "")
            for option in entry.options.values()
        )
        lines.append(f"| `{entry.name}` | {entry.summary} | {options} | {entry.reference} |")
    return "\n".join(lines)


def test_the_table_lists_every_data_set():
    """It is what the registry says; where it is not, put this in its place."""
    [shown] = re.findall(r"<!-- table -->\n(.*?)\n<!-- end -->", GUIDE, re.DOTALL)
    assert shown == table()
