"""``initbench list``: list the names that a config accepts."""

import textwrap
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Any, Final

import click

from initbench.cli.options import JSON, PLUGINS
from initbench.cli.output import json_text

if TYPE_CHECKING:
    from initbench.registry import Registry

INITS: Final = "inits"
KINDS: Final = (INITS, "datasets", "activations", "optimizers", "losses", "schedules")
WIDTH: Final = 80


@click.command("list")
@click.argument("kind", required=False, type=click.Choice(KINDS), metavar=f"[{'|'.join(KINDS)}]")
@JSON
@PLUGINS
def command(*, kind: str | None, as_json: bool, plugins: Sequence[str]) -> None:
    """List schemes, data sets and other names.

    Schemes are grouped by family; `initbench explain NAME` describes one of them. An alias is
    accepted wherever the name is.
    """
    from initbench.initializers import INITIALIZERS

    with INITIALIZERS.including(plugins):
        entries = {
            each: [_describe(entry) for entry in _entries(each, registry)]
            for each, registry in _registries().items()
            if kind in {None, each}
        }
    if as_json:
        click.echo(json_text(entries))
        return
    column = max(len(entry["name"]) for each in entries.values() for entry in each)
    sections = []
    for each, found in entries.items():
        lines = _families(found, column) if each == INITS else _lines(found, column)
        sections.append("\n".join([each, *lines]))
    click.echo("\n\n".join(sections))


def _entries(kind: str, registry: "Registry[Any]") -> Iterator[Any]:
    """Yield the entries of a registry, its families of names, and schemes of installed packages."""
    from initbench.initializers.catalogue import offered_schemes

    yield from registry.values()
    yield from registry.families.values()
    if kind == INITS:
        yield from offered_schemes()


def _registries() -> Mapping[str, "Registry[Any]"]:
    from initbench.data import DATASETS
    from initbench.initializers import INITIALIZERS
    from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES

    registries = (INITIALIZERS, DATASETS, ACTIVATIONS, OPTIMIZERS, LOSSES, SCHEDULES)
    return dict(zip(KINDS, registries, strict=True))


def _describe(entry: Any) -> dict[str, Any]:
    """Return the description of an entry, including the default of every option."""
    described = {
        "name": entry.name,
        "aliases": list(entry.aliases),
        "summary": entry.summary,
        "reference": entry.reference,
    }
    keys = ("family", "formula", "task", "recommended_for")
    described |= {key: getattr(entry, key) for key in keys if hasattr(entry, key)}
    if hasattr(entry, "options"):
        described["options"] = {name: each.default for name, each in entry.options.items()}
    return described


def _families(entries: Sequence[Mapping[str, Any]], column: int) -> Iterator[str]:
    """Yield schemes by family, one line each."""
    from initbench.initializers.explain import OWN

    for family, members in groupby(entries, key=lambda entry: entry["family"] or OWN):
        yield f"\n  {family}"
        for entry in members:
            summary = textwrap.shorten(entry["summary"], WIDTH - column - 6, placeholder=" …")
            yield f"    {entry['name']:{column}}  {summary}"


def _lines(entries: Sequence[Mapping[str, Any]], column: int) -> Iterator[str]:
    """Yield the lines of entries: the name, and beside it the summary, options and aliases."""
    for entry in entries:
        options = ", ".join(f"{name}={value}" for name, value in entry.get("options", {}).items())
        parts = [
            entry["summary"],
            f"for: {entry['task']}" if "task" in entry else "",
            f"options: {options}" if options else "",
            f"also: {', '.join(entry['aliases'])}" if entry["aliases"] else "",
        ]
        name = entry["name"]
        for part in filter(None, parts):
            for line in textwrap.wrap(part, WIDTH - column - 4):
                yield f"  {name:{column}}  {line}"
                name = ""
