"""Write ``docs/papers.md`` from the last verification: ``python docs/build_papers.py [RESULTS]``.

``docs/papers.json`` holds what the last verification of each config under ``configs/papers`` found,
so that the page can be made without the runs. Given a folder of results folders, whose names are
those of the configs, what they say is put into it first.
"""  # noqa: INP001  # a script, not a package

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import click

from initbench.config.loading import load_experiment
from initbench.formatting import escape
from initbench.report.claims import measured, published, remarks, stated, tally

ROOT = Path(__file__).parents[1]
CONFIGS = ROOT / "configs" / "papers"
RECORD = Path(__file__).with_name("papers.json")
PAGE = Path(__file__).with_name("papers.md")

OPENING = """# Published claims

What papers and courses say about initialization, as experiments that anyone can run:

```sh
initbench verify configs/papers/{example}.yaml
```

Each config has the citation, the differences from the original set-up, and the claims with their
margins. A threshold is the published number with a tolerance that follows from the differences, or
a direction with a margin of practical importance. [Claims](claims.md) defines the language and the
verdicts. A claim that does not hold stays, with the measured interval and the reason.
`python docs/build_papers.py` generates this page.

How to read the tables:

- *published* is a number of the source with the tolerance of the claim, or what the source says in
  words. A dash means that the source does not state it: the claim follows from the source or checks
  the set-up.
- *measured* is the quantity that the claim compares with a number. If a claim compares two
  quantities, it is the left one minus the right one; with several comparisons, the numbers of the
  weakest one. Diverged runs count as accuracy 0.

Last verified: {count} configs with {claims} claims, {tally}.

| source | summary | verdicts |
|---|---|---|
{contents}
"""


@click.command()
@click.argument("results", nargs=-1, type=click.Path(exists=True, file_okay=False, path_type=Path))
def main(results: tuple[Path, ...]) -> None:
    """Put the claims that RESULTS hold into the record, and write the page."""
    record = json.loads(RECORD.read_text("utf-8")) if RECORD.exists() else {}
    for folder in results:
        record |= read_results(folder)
    RECORD.write_text(json.dumps(record, indent=1, sort_keys=True) + "\n", "utf-8")
    PAGE.write_text(papers_page(record), "utf-8")


def read_results(folder: Path) -> dict[str, Any]:
    """Return the claims of all results folders that are those of a paper's config."""
    return {
        path.stem: json.loads((folder / path.stem / "metrics.json").read_text("utf-8"))["claims"]
        for path in sorted(CONFIGS.glob("*.yaml"))
        if (folder / path.stem / "metrics.json").exists()
    }


def papers_page(record: Mapping[str, Any]) -> str:
    """Return the page, in Markdown."""
    paths = [path for path in sorted(CONFIGS.glob("*.yaml")) if path.stem in record]
    every = [claim for path in paths for claim in record[path.stem]]
    contents = [
        f"| [{path.stem}](#{path.stem}) | {escape(load_experiment(path).description)} |"
        f" {tally(record[path.stem])} |"
        for path in paths
    ]
    opening = OPENING.format(
        example=paths[0].stem,
        count=len(paths),
        claims=len(every),
        tally=tally(every),
        contents="\n".join(contents),
    )
    return "\n".join([opening, *(_paper(path, record[path.stem]) for path in paths)])


def citation_of(path: Path) -> str:
    """Return the first paragraph of a config's comments, in which its source stands."""
    lines = path.read_text("utf-8").splitlines()[1:]
    end = next(index for index, line in enumerate(lines) if line == "#")
    return " ".join(line.removeprefix("# ") for line in lines[:end])


def _paper(path: Path, claims: list[dict[str, Any]]) -> str:
    experiment = load_experiment(path)
    rows = [_row(claim) for claim in claims]
    place = f"configs/papers/{path.name}"
    link = f"Verified over {claims[0]['seeds']} seeds: [`{place}`](../{place})."
    head = "| claim | published | measured (95 % interval) | verdict | source |"
    notes = [
        f"- `{claim['claim']}`: {escape(remarks(claim))}" for claim in claims if remarks(claim)
    ]
    return "\n".join(
        [
            f"## {path.stem}",
            "",
            escape(citation_of(path)),
            "",
            f"{escape(experiment.description)} {link}",
            "",
            head,
            "|---" * 5 + "|",
            *rows,
            "",
            *([*notes, ""] if notes else []),
            *(_picture(path, experiment.description)),
        ]
    )


def _picture(path: Path, description: str) -> list[str]:
    """Return the lines that show a config's picture, if it has one."""
    name = f"papers/{path.stem}.png"
    return [f"![{escape(description)}]({name})", ""] if (PAGE.parent / name).exists() else []


def _row(claim: Mapping[str, Any]) -> str:
    cells = [
        f"`{stated(claim)}`",
        escape(published(claim)),
        escape(measured(claim)),
        claim["verdict"],
        escape(claim["source"]),
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    main()
