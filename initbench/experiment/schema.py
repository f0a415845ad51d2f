"""The JSON Schema of a config as one writes it, for editors that complete and check YAML.

Sections come from the config classes. What names a registry's entry is spelled out from the
registry: every name and alias, and each entry's options with their types, ranges and defaults.
"""

import math
from collections.abc import Iterable, Mapping
from typing import Any, TypeAlias

from pydantic.json_schema import GenerateJsonSchema

from initbench.data import DATASETS
from initbench.experiment.config import Experiment
from initbench.initializers import INITIALIZERS
from initbench.options import Option
from initbench.registry import Registry

Schema: TypeAlias = dict[str, Any]

_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}


def experiment_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of an experiment's YAML.

    Examples
    --------
    >>> experiment_schema()["required"]
    ['dataset', 'inits']
    """
    schema = Experiment.model_json_schema(schema_generator=_Untitled)
    definitions = schema["$defs"]
    for section, registry in (("DatasetConfig", DATASETS), ("InitConfig", INITIALIZERS)):
        definitions[section] = _named_section(definitions[section], registry)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


class _Untitled(GenerateJsonSchema):
    """Leaves out titles, which would repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # Pydantic's signature
        return False


def _named_section(section: Schema, registry: Registry[Any]) -> Schema:
    """Return the schema of a name, or of a mapping with a name and the entry's options."""
    own = {key: each for key, each in section["properties"].items() if key != "options"}
    alone = [name for name in registry.all_names if not _required(registry[name].options.values())]
    return {
        "description": section["description"],
        "anyOf": [
            {"enum": alone},
            *(_entry(registry[name], own) for name in registry),
        ],
    }


def _entry(entry: Any, own: Mapping[str, Schema]) -> Schema:
    name = {"enum": [entry.name, *entry.aliases], "description": own["name"]["description"]}
    options = {option.name: _option(option) for option in entry.options.values()}
    return {
        "type": "object",
        "description": entry.summary,
        "properties": {**own, "name": name, **options},
        "required": ["name", *_required(entry.options.values())],
        "additionalProperties": False,
    }


def _required(options: Iterable[Option]) -> list[str]:
    return [option.name for option in options if option.default is None]


def _option(option: Option) -> Schema:
    schema: Schema = {"type": _TYPES[option.type]}
    bound = option.bound
    if bound.minimum > -math.inf:
        schema["exclusiveMinimum" if bound.open_minimum else "minimum"] = bound.minimum
    if bound.maximum < math.inf:
        schema["exclusiveMaximum" if bound.open_maximum else "maximum"] = bound.maximum
    if option.choices:
        schema["enum"] = list(option.choices)
    if option.default is not None:
        schema["default"] = option.default
    return schema
