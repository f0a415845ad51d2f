"""Changes: which settings differ between the configs of two results folders."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from initbench.config.yaml_text import read_yaml, write_value
from initbench.errors import UsageError

ABSENT = "(not set)"


def changed_settings(old: Path, new: Path) -> dict[str, tuple[str, str]]:
    """Return each setting that differs, by its path, with both values as YAML.

    Schemes are compared by label. A folder stores its config with every default, so that a setting
    that one side leaves out counts as its default. Where a config is missing or cannot be read,
    nothing is compared.

    `old`, `new`: results folders; for a ``metrics.json``, the config beside it.
    """
    sides: list[dict[str, Any]] = []
    for path in (old, new):
        config = (path if path.is_dir() else path.parent) / "config.yaml"
        try:
            document = read_yaml(config.read_bytes(), str(config))
        except (OSError, UsageError):
            return {}
        if document.problems or not document.value:
            return {}
        sides.append(document.value)
    return differences(*sides)


def differences(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Return each setting of two configs that differs, by its path, with both values as YAML."""
    a, b = dict(_flat(old, "")), dict(_flat(new, ""))
    return {
        name: (a.get(name, ABSENT), b.get(name, ABSENT))
        for name in dict.fromkeys([*a, *b])
        if a.get(name) != b.get(name)
    }


def _flat(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if path == "inits" and isinstance(value, list):
        value = {
            str(each.get("label", each.get("name"))) if isinstance(each, Mapping) else str(each): (
                {name: one for name, one in each.items() if name != "label"}
                if isinstance(each, Mapping)
                else each
            )
            for each in value
        }
    if isinstance(value, Mapping) and value:
        for key, each in value.items():
            yield from _flat(each, f"{path}.{key}" if path else str(key))
    else:
        yield path, write_value(value).strip()
