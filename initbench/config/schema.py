"""The JSON Schema of a config, for editors that complete and check YAML.

Sections come from the config classes; names, aliases and the options of entries, with their types,
ranges and defaults, come from the registries.
"""

import math
from collections.abc import Mapping
from typing import Any, TypeAlias

from pydantic.json_schema import GenerateJsonSchema

from initbench.config.experiment import Experiment
from initbench.config.sections import NamedSection
from initbench.data.files import ENDINGS
from initbench.initializers import Initializer
from initbench.initializers.biases import FORMS
from initbench.options import Option

Schema: TypeAlias = dict[str, Any]

_TYPES: Mapping[type, str] = {bool: "boolean", int: "integer", float: "number", str: "string"}
_NAMES: Schema = {"type": ["integer", "string"]}
"""A name or a number, as of a column; an option of type tuple has one or a list of them."""

_SHORTHANDS: Mapping[tuple[str, str], Schema] = {
    ("NetworkConfig", "residual"): {"type": "boolean"},
    ("NetworkConfig", "dropout"): {"type": "number", "minimum": 0, "exclusiveMaximum": 1},
    ("TrainingConfig", "loss"): {"const": "auto"},
    ("Experiment", "probe"): {"type": "boolean"},
}
"""Short forms of sections, by class and key."""

_SHARED_BY_SCHEMES: Mapping[str, Schema] = {
    "bias": {
        "description": f"How biases start: {FORMS}.",
        "anyOf": [
            {"type": "number"},
            {"type": "string", "pattern": r"^(fan_in|(normal|uniform)\(.*\))$"},
        ],
    },
    "zero_output": {
        "description": "Whether the weights of the output layer start at zero.",
        "type": "boolean",
        "default": False,
    },
}

_FILE_NAME = "|".join(ending.replace(".", r"\.") for ending in ENDINGS)


def experiment_schema() -> Schema:
    """Return the JSON Schema (draft 2020-12) of an experiment's YAML.

    Examples
    --------
    >>> experiment_schema()["required"]
    ['dataset', 'inits']
    """
    schema = Experiment.model_json_schema(schema_generator=_Untitled)
    definitions = schema["$defs"]
    for each in NamedSection.__subclasses__():
        definitions[each.__name__] = _named_section(definitions[each.__name__], each)
    definitions["ClaimConfig"] = {"anyOf": [{"type": "string"}, definitions["ClaimConfig"]]}
    definitions["DatasetConfig"]["anyOf"].append({"type": "string", "pattern": f"({_FILE_NAME})$"})
    probe = schema["properties"]["probe"]
    probe |= {"anyOf": [{"$ref": probe.pop("$ref")}], "default": False}
    for (section, key), form in _SHORTHANDS.items():
        owner = schema if section == "Experiment" else definitions[section]
        owner["properties"][key]["anyOf"].append(form)
    return {"$schema": GenerateJsonSchema.schema_dialect, **schema}


class _Untitled(GenerateJsonSchema):
    """Omits titles, which would repeat the keys."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002  # Pydantic's signature
        return False


def _named_section(section: Schema, section_type: type[NamedSection]) -> Schema:
    """Return the schema of a name, or of a mapping with a name and the entry's options."""
    own = {key: each for key, each in section["properties"].items() if key != "options"}
    registry = section_type.registry
    alone = [name for name in registry.all_names if not _required(registry[name])]
    families = registry.families.items()
    return {
        "description": section["description"],
        "anyOf": [
            {"enum": alone},
            *(
                _entry(
                    entry,
                    own,
                    {"enum": [name, *entry.aliases]},
                    is_unnamed=name == section_type.unnamed,
                )
                for name, entry in registry.items()
            ),
            *(_of_form(form) for form, _ in families),
            *(_entry(entry, own, _of_form(form)) for form, entry in families),
        ],
    }


def _of_form(pattern: str) -> Schema:
    return {"type": "string", "pattern": f"^{pattern}$"}


def _entry(
    entry: Any, own: Mapping[str, Schema], names: Schema, *, is_unnamed: bool = False
) -> Schema:
    name = {**names, "description": own["name"]["description"]}
    taken = entry.options.values()
    options = {option.name: _option(option) for option in taken}
    if isinstance(entry, Initializer):
        options = {**_SHARED_BY_SCHEMES, **options}
    return {
        "type": "object",
        "description": entry.summary,
        "properties": {**own, "name": name, **options},
        "required": [*([] if is_unnamed else ["name"]), *_required(entry)],
        "additionalProperties": False,
    }


def _required(entry: Any) -> list[str]:
    """Return the names of the required options of an entry."""
    return [option.name for option in entry.options.values() if option.default is None]


def _option(option: Option) -> Schema:
    if option.type is tuple:
        return {"anyOf": [_NAMES, {"type": "array", "items": _NAMES}], "default": []}
    first, *others = (_TYPES[each] for each in option.types)
    schema: Schema = {"type": [first, *others] if others else first}
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
