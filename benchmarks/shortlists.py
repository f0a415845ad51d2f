"""Race the held-out networks of the atlas from its shortlists, and from schemes of theory instead.

python -m benchmarks.shortlists > races.jsonl           a quarter of an hour of one core
python -m benchmarks.shortlists report races.jsonl      the table, as Markdown

Held-out networks are used for no shortlist. Both races of a network have the same budget, data,
epochs and seeds, and both include defaults of frameworks and what papers propose.
"""

import json
import sys
import tempfile
from pathlib import Path
from typing import Any

from initbench.atlas import AtlasCell, read_atlas
from initbench.config.loading import load_experiment
from initbench.recommending import recommend
from initbench.recommending.candidates import (
    FAMILIAR,
    proposed_schemes,
    read_question,
    theory_schemes,
)

CONFIGS = Path(__file__).parents[1] / "configs" / "atlas"
BUDGET = "40000 steps"
NETWORKS = {"plain": {}, "layer": {"normalization": "layer"}, "residual": {"residual": True}}


def races(cell: AtlasCell) -> dict[str, Any]:
    """Return the result of both races of a network."""
    config = load_experiment(CONFIGS / f"{cell.first.cell}.yaml")
    network = {"depth": cell.first.depth, "width": cell.first.width}
    network |= {"activation": cell.first.activation, **NETWORKS[cell.first.structure]}
    asked = {
        "dataset": {"name": config.dataset.name, **config.dataset.options},
        "optimizer": cell.first.optimizer,
        "overrides": [
            f"training.epochs={config.training.epochs}",
            *(f"network.{name}={value}" for name, value in NETWORKS[cell.first.structure].items()),
        ],
    }
    question = read_question(network, **asked, inits=(), config=None)
    lists: dict[str, Any] = {
        "atlas": (),
        "theory": [
            *FAMILIAR,
            *proposed_schemes(question.architecture),
            *theory_schemes(question.architecture),
        ],
    }
    result: dict[str, Any] = {"cell": cell.first.cell}
    for source, inits in lists.items():
        with tempfile.TemporaryDirectory() as folder:
            found = recommend(
                cell.first.activation,
                depth=cell.first.depth,
                width=cell.first.width,
                **asked,
                inits=inits,
                budget=BUDGET,
                jobs=1,
                results=folder,
            )
        best = found.ranking[0]
        result[source] = {"best": best.label, "score": best.score["mean"], "pick": found.pick}
    return result


def report(lines: list[str]) -> None:
    """Print the table, and in how many networks which list holds the better scheme."""
    rows = [json.loads(line) for line in lines]
    print("| network | from the atlas | | from theory | |")
    print("|---|---|--:|---|--:|")
    for row in rows:
        cells = (f"`{row[s]['best']}` | {row[s]['score']:.3f}" for s in ("atlas", "theory"))
        print(f"| {row['cell'].removeprefix('atlas-held-out-')} | {' | '.join(cells)} |")
    gains = [row["atlas"]["score"] - row["theory"]["score"] for row in rows]
    print(f"\nOn average {sum(gains) / len(gains):+.3f}.", file=sys.stderr)


if __name__ == "__main__":
    if sys.argv[1:2] == ["report"]:
        report(Path(sys.argv[2]).read_text("utf-8").splitlines())
    else:
        for held_out in (cell for cell in read_atlas() if cell.first.held_out):
            print(json.dumps(races(held_out)), flush=True)
