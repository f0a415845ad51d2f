"""Write ``docs/config.md`` from the config's JSON Schema: ``python docs/build_config.py``."""  # noqa: INP001  # a script, not a package

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final, TypeAlias

from initbench.config.loading import load_experiment
from initbench.config.schema import experiment_schema
from initbench.config.yaml_text import write_value
from initbench.formatting import escape

Schema: TypeAlias = Mapping[str, Any]

PAGE: Final = Path(__file__).with_name("config.md")
CONFIGS: Final = PAGE.parents[1] / "configs"

OPENING: Final = """# Config

All keys of a config, with their types and defaults. Only `dataset` and `inits` are required.
Unknown keys are errors; the message has the position and suggests the nearest valid key.
`initbench new NAME` writes a commented example config, and `initbench schema` the JSON Schema
with which editors complete and check it. On the command line, `--set training.epochs=50` sets a key
by its path. This page is made by `python docs/build_config.py`.

```yaml
{example}```

{keys}

[Sweeps](sweeps.md) describes `sweep` and `tune`, [Claims](claims.md) describes `expect`, and
[Add a scheme](add-a-scheme.md) explains how to name your own scheme.
"""

SHIPPED: Final = """## Example configs

Run one with `initbench run configs/moons.yaml`. Each runs as it is, with two exceptions:
`wine.yaml` needs scikit-learn (`pip install 'initbench[datasets]'`), and `mnist.yaml` needs the
folder of the files of MNIST (`--set dataset.path=FOLDER`). After a change, only new runs are
trained. [Published claims](papers.md) have configs too.

| config | what it shows |
|---|---|
{rows}
"""

ELSEWHERE: Final = {
    "dataset": "[Data](data.md) lists all data sets; these take options of their own:",
    "inits": "[Schemes](schemes.md) lists all schemes. A framework's own name does as well:"
    " `torch.nn.init.xavier_uniform_`, `keras:HeNormal`. These take options of their own:",
}
"""Sections whose names have a page. Here, those without options are left out."""

_KINDS: Final = {"object": "mapping", "string": "text", "boolean": "true or false"}
"""Types for which a JSON Schema has another word."""

_BOUNDS: Final = {
    "minimum": "at least {}",
    "exclusiveMinimum": "above {}",
    "maximum": "at most {}",
    "exclusiveMaximum": "below {}",
}

_LARGE: Final = {2**63 - 1: "2⁶³ − 1", 2**63: "2⁶³"}


def main() -> None:
    """Write the page."""
    PAGE.write_text(config_page(), "utf-8")


def config_page() -> str:
    """Return the page, in Markdown."""
    schema = experiment_schema()
    parts = schema["$defs"]
    example = (CONFIGS / "moons.yaml").read_text("utf-8").partition("\n")[2]
    rows = [
        f"| [{path.name}](../configs/{path.name}) | {escape(load_experiment(path).description)} |"
        for path in sorted(CONFIGS.glob("*.yaml"))
    ]
    return "\n".join(
        [
            OPENING.format(example=example, keys=_table_of_keys("", schema, parts)),
            *(_section(*each, parts) for each in sections_below(schema, parts)),
            SHIPPED.format(rows="\n".join(rows)),
        ]
    )


def sections_below(section: Schema, parts: Schema, path: str = "") -> Iterator[tuple[str, Schema]]:
    """Yield the path and the schema of each section in another, and of those in it."""
    for key, each in own_keys(section).items():
        if part := section_name(each):
            yield path + key, parts[part]
            yield from sections_below(parts[part], parts, f"{path}{key}.")


def own_keys(section: Schema) -> Schema:
    """Return the keys of a section, without the options of an entry, which have no description."""
    keys = _forms(section)[0]["properties"]
    return {key: each for key, each in keys.items() if "description" in each or section_name(each)}


def section_name(key: Schema) -> str:
    """Return the name of the section that a key holds, or a list of; empty if it is none."""
    forms = [key, key.get("items", {}), *key.get("anyOf", [])]
    return next((form["$ref"].rpartition("/")[2] for form in forms if "$ref" in form), "")


def kind_of(key: Schema) -> str:
    """Return in words what a key may be."""
    if "anyOf" in key:
        kinds = [kind_of(form) for form in key["anyOf"] if form.get("type") != "null"]
        return "; or ".join(dict.fromkeys(kinds))
    if "$ref" in key:
        return "section"
    if "enum" in key or "const" in key:
        return ", ".join(f"`{value}`" for value in key.get("enum") or [key["const"]])
    if key.get("type") == "array":
        kind, comma, bounds = kind_of(key["items"]).partition(",")
        return f"list of {kind}s{comma}{bounds}"
    given = key.get("type", "anything")
    kinds = [_KINDS.get(each, each) for each in (given if isinstance(given, list) else [given])]
    return ", ".join([" or ".join(kinds), *_bounds(key)])


def _bounds(key: Schema) -> list[str]:
    """Return the limits of a number, as one text, or none."""
    limits = {name: _LARGE.get(key[name], key[name]) for name in _BOUNDS if name in key}
    if limits.keys() == {"minimum", "maximum"}:
        return [f"from {limits['minimum']} to {limits['maximum']}"]
    said = [_BOUNDS[name].format(limit) for name, limit in limits.items()]
    return [" and ".join(said)] if said else []


def _forms(section: Schema) -> list[Schema]:
    """Return the forms in which a section is a mapping: one, or one for each entry."""
    return [form for form in section.get("anyOf", [section]) if "properties" in form]


def _section(path: str, section: Schema, parts: Schema) -> str:
    blocks = [f"## `{path}`", _description(section), _table_of_keys(f"{path}.", section, parts)]
    if len(_forms(section)) > 1:
        blocks += [ELSEWHERE.get(path, ""), _table_of_names(path, section)]
    return "\n\n".join(filter(None, blocks)) + "\n"


def _description(section: Schema) -> str:
    """Return what a section is, and how else than as a mapping it can be written."""
    text = section.get("description") or _forms(section)[0]["description"]
    return f"{text} A name alone will do." if len(_forms(section)) > 1 else text


def _table_of_keys(path: str, section: Schema, parts: Schema) -> str:
    """Return the table of a section's own keys; a name is in the table of names."""
    forms = _forms(section)
    rows = [
        f"| {_link(path + name, key)} | {_text(key, parts)} | {kind_of(key)}"
        f" | {_default(name, key, forms[0])} |"
        for name, key in own_keys(section).items()
        if len(forms) == 1 or name != "name"
    ]
    head = ["| key | meaning | type | default |", "|---|---|---|---|"]
    return "\n".join([*head, *rows]) if rows else ""


def _table_of_names(path: str, section: Schema) -> str:
    own = own_keys(section)
    rows = []
    for form in _forms(section):
        options = {name: key for name, key in form["properties"].items() if name not in own}
        if options or path not in ELSEWHERE:
            said = "<br>".join(_option(name, key, form) for name, key in options.items())
            names = " ".join(f"`{name}`" for name in _names(form))
            rows.append(f"| {names} | {escape(form['description'])} | {said} |")
    return "\n".join(["| name | meaning | options |", "|---|---|---|", *rows])


def _option(name: str, key: Schema, form: Schema) -> str:
    default = _default(name, key, form)
    return f"`{name}`: {kind_of(key)}{f'; {default}' if default else ''}"


def _names(form: Schema) -> list[str]:
    name = form["properties"]["name"]
    return name.get("enum") or [name["pattern"].strip("^").partition("[")[0] + "NAME"]


def _link(path: str, key: Schema) -> str:
    """Return a key by its own name; one that is a section leads to it."""
    name = f"`{path.rpartition('.')[2]}`"
    return f"[{name}](#{path.replace('.', '')})" if section_name(key) else name


def _text(key: Schema, parts: Schema) -> str:
    """Return what a key is; a section that says the same of itself says it for the key."""
    return escape(key.get("description") or parts[section_name(key)]["description"])


def _default(name: str, key: Schema, form: Schema) -> str:
    """Return a key's default as one writes it."""
    if name in form.get("required", ()):
        return "required"
    value = key.get("default")
    if isinstance(value, dict) and "name" in value:
        return f"`{value['name']}`"
    if value in (None, "", [], {}) or isinstance(value, dict):
        return ""
    if value == list(range(10)):
        return "`10`"
    return f"`{write_value(value)}`"


if __name__ == "__main__":
    main()
