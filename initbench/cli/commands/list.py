"""``initbench list``: the names that a config can use."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import click

from initbench.cli.messages import as_json

if TYPE_CHECKING:
    from initbench.registry import Registry

KINDS: Final = ("inits", "datasets", "activations", "optimizers", "losses", "schedules")
WIDTH: Final = 80


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(KINDS))
@click.option("--json", "is_json", is_flag=True, help="Print JSON.")
def command(*, kind: str | None, is_json: bool) -> None:
    """List schemes, data sets and all else that has a name.

    Aliases can be used as well as the name.
    """
    entries = {
        each: [_describe(entry) for entry in [*registry.values(), *registry.families.values()]]
        for each, registry in _registries().items()
        if kind in {None, each}
    }
    if is_json:
        click.echo(as_json(entries))
        return
    column = max(len(entry["name"]) for each in entries.values() for entry in each)
    click.echo("\n\n".join(_section(each, found, column) for each, found in entries.items()))


def _registries() -> Mapping[str, "Registry[Any]"]:
    from initbench.data import DATASETS
    from initbench.initializers import INITIALIZERS
    from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES

    registries = (INITIALIZERS, DATASETS, ACTIVATIONS, OPTIMIZERS, LOSSES, SCHEDULES)
    return dict(zip(KINDS, registries, strict=True))


def _describe(entry: Any) -> dict[str, Any]:
    """Return what there is to say of an entry, its default of every option included."""
    described = {
        "name": entry.name,
        "aliases": list(entry.aliases),
        "summary": entry.summary,
        "reference": entry.reference,
    }
    described |= {key: getattr(entry, key) for key in ("formula", "task") if hasattr(entry, key)}
    if hasattr(entry, "options"):
        described["options"] = {name: each.default for name, each in entry.options.items()}
    return described


def _section(kind: str, entries: Sequence[Mapping[str, Any]], column: int) -> str:
    return "\n".join([kind, *(line for entry in entries for line in _lines(entry, column))])


def _lines(entry: Mapping[str, Any], column: int) -> Iterator[str]:
    """Yield the name with what is said of it, each part on lines of its own beside the name."""
    options = ", ".join(f"{name}={value}" for name, value in entry.get("options", {}).items())
    parts = [
        entry["summary"],
        f"law: {entry['formula']}" if "formula" in entry else "",
        f"for: {entry['task']}" if "task" in entry else "",
        f"options: {options}" if options else "",
        f"also: {', '.join(entry['aliases'])}" if entry["aliases"] else "",
    ]
    name = entry["name"]
    for part in filter(None, parts):
        for line in textwrap.wrap(part, WIDTH - column - 4):
            yield f"  {name:{column}}  {line}"
            name = ""
