"""The JSON Schema: current, and in agreement with what loading accepts."""

import json
import re
from pathlib import Path

import pytest

from initbench.config.loading import dump_experiment, load_experiment, make_experiment
from initbench.config.schema import experiment_schema
from initbench.config.template import starter_config
from initbench.config.yaml_text import read_yaml
from initbench.data import DATASETS
from initbench.errors import ConfigError
from initbench.initializers import INITIALIZERS
from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES

CONFIGS = Path(__file__).parents[2] / "configs"
SHIPPED = sorted(CONFIGS.rglob("*.yaml"))
TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float)}
TYPES |= {"boolean": bool, "null": type(None)}


def types_of(schema):
    """Return the names of the types that a schema allows."""
    return schema["type"] if isinstance(schema["type"], list) else [schema["type"]]


def is_a(value, name):
    """Tell whether a value is of a type of JSON, of which true and false are no numbers."""
    return isinstance(value, TYPES[name]) and isinstance(value, bool) == (name == "boolean")


def accepts(schema, value, root):
    """Tell whether a schema accepts a value, by the keywords that ours uses."""
    if "$ref" in schema:
        return accepts(root["$defs"][schema["$ref"].rpartition("/")[2]], value, root)
    if "anyOf" in schema and not any(accepts(each, value, root) for each in schema["anyOf"]):
        return False
    if "type" in schema and not any(is_a(value, name) for name in types_of(schema)):
        return False
    ranges = {
        "enum": lambda limit: value in limit,
        "const": lambda limit: value == limit,
        "minimum": lambda limit: value >= limit,
        "maximum": lambda limit: value <= limit,
        "exclusiveMinimum": lambda limit: value > limit,
        "exclusiveMaximum": lambda limit: value < limit,
        "pattern": lambda limit: re.search(limit, value),
        "minItems": lambda limit: len(value) >= limit,
        "maxItems": lambda limit: len(value) <= limit,
        "minLength": lambda limit: len(value) >= limit,
        "maxLength": lambda limit: len(value) <= limit,
        "uniqueItems": lambda _: len(set(value)) == len(value),
        "required": lambda keys: all(key in value for key in keys),
        "items": lambda each: all(accepts(each, item, root) for item in value),
        "properties": lambda each: all(
            key in each and accepts(each[key], item, root) for key, item in value.items()
        ),
    }
    return all(test(schema[keyword]) for keyword, test in ranges.items() if keyword in schema)


@pytest.fixture(scope="module")
def schema():
    """Return the schema."""
    return experiment_schema()


def test_the_shipped_schema_is_current(schema):
    """``initbench schema > configs/experiment.schema.json`` would change nothing."""
    shipped = (CONFIGS / "experiment.schema.json").read_text(encoding="utf-8")
    assert shipped == json.dumps(schema, indent=2) + "\n"


def test_sections_are_closed(schema):
    """An editor marks an unknown key wherever it stands."""
    sections = [*schema["$defs"].values(), schema]
    objects = [each for each in sections if "properties" in each]
    choices = [each for section in sections for each in section.get("anyOf", [])]
    objects += [each for each in choices if "properties" in each]
    assert objects
    assert all(each["additionalProperties"] is False for each in objects)


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_shipped_configs_point_to_the_schema_and_obey_it(path, schema):
    """Each begins with the line that editors look for; it and what it resolves to are accepted."""
    text = path.read_text(encoding="utf-8")
    lines = text.splitlines()
    place = "../" * (len(path.relative_to(CONFIGS).parts) - 1)
    assert lines[0] == f"# yaml-language-server: $schema={place}experiment.schema.json"
    assert lines[1].startswith("# ")
    assert lines[2].startswith("#")
    assert accepts(schema, read_yaml(text, "x").value, schema)
    assert accepts(schema, read_yaml(dump_experiment(load_experiment(path)), "x").value, schema)


def test_the_starter_obeys_the_schema(schema):
    """What ``initbench new`` writes shows no mistake in an editor."""
    assert accepts(schema, read_yaml(starter_config("x"), "x").value, schema)


TARGETS = (0, -1, "species", True, 0.5, [0], None)
CASES = [
    *({"inits": [name]} for name in INITIALIZERS.all_names),
    *({"inits": [{"name": name, "label": "x"}]} for name in INITIALIZERS.all_names),
    *({"dataset": name} for name in DATASETS.all_names),
    *({"dataset": {"name": "file", "path": "x.csv", "target": each}} for each in TARGETS),
    *({"dataset": f"openml:{name}"} for name in ("credit-g", "", "a/b", "x" * 129)),
    {"dataset": {"name": "openml:credit-g", "version": 2, "target": "age", "fold": 0}},
    {"dataset": {"name": "openml:credit-g", "version": 0}},
    {"dataset": {"name": "openml:", "version": 1}},
    {"inits": [{"name": "random", "std": 1}]},
    {"inits": [{"name": "random", "std": -1}]},
    {"inits": [{"name": "random", "sd": 1}]},
    {"inits": [{"name": "zeros", "std": 1}]},
    {"inits": [{"std": 1}]},
    {"inits": ["hee"]},
    {"inits": []},
    {"inits": "he"},
    {"dataset": "mons"},
    {"dataset": {"name": "moons", "noise": 0}},
    {"dataset": {"name": "moons", "factor": 0.5}},
    {"dataset": {"name": "moons", "options": {}}},
    {"dataset": {"name": "moons", "test_fraction": 0}},
    {"dataset": {"name": "moons", "scaling": "minmax"}},
    {"seeds": 3},
    {"seeds": 0},
    {"seeds": [1, 2]},
    {"seeds": [1, 1]},
    {"seeds": []},
    {"seeds": True},
    {"seeds": [2**63]},
    {"training": {"batch_size": "full"}},
    {"training": {"batch_size": 0}},
    {"training": {"epochs": 0}},
    {"training": {"epoch": 1}},
    {"training": {"optimizer": {"momentum": 1}}},
    {"training": {"dtype": "float16"}},
    {"network": {"hidden": []}},
    {"network": {"hidden": [0]}},
    {"network": {"activation": "logistic"}},
    {"network": {"activation": "rleu"}},
    *({"network": {"activation": name}} for name in ACTIVATIONS.all_names),
    *({"training": {"optimizer": name}} for name in OPTIMIZERS.all_names),
    *({"training": {"schedule": name}} for name in SCHEDULES.all_names),
    *({"training": {"loss": name}} for name in LOSSES.all_names),
    {"network": {"activation": {"name": "leaky_relu", "slope": 1}}},
    {"network": {"activation": {"name": "leaky_relu", "slope": 2}}},
    {"network": {"activation": {"name": "relu", "slope": 1}}},
    {"network": {"activation": {"slope": 1}}},
    {"network": {"depth": 3, "width": 4}},
    {"network": {"depth": -1, "width": 4}},
    {"network": {"depth": 3, "width": 0}},
    {"network": {"bias": False}},
    {"network": {"bias": 1}},
    {"network": {"normalization": "batch"}},
    {"network": {"normalization": "batsh"}},
    {"network": {"depth": 3, "width": 4, "residual": True}},
    {"network": {"residual": False}},
    {"network": {"residual": None}},
    {"network": {"residual": 2}},
    {"network": {"depth": 3, "width": 4, "residual": {"layers": 1}}},
    {"network": {"depth": 3, "width": 4, "residual": {"layers": 0}}},
    {"training": {"optimizer": {"learning_rate": 0.3}}},
    {"training": {"optimizer": {"name": "adam", "beta1": 0.5}}},
    {"training": {"optimizer": {"name": "adam", "beta1": 1}}},
    {"training": {"optimizer": {"beta1": 0.5}}},
    {"training": {"optimizer": None}},
    {"training": {"schedule": {"warmup": 2}}},
    {"training": {"schedule": {"warmup": -2}}},
    {"training": {"schedule": {"every": 2}}},
    {"training": {"loss": None}},
    {"training": {"loss": "auto"}},
    {"training": {"loss": {"name": "huber", "delta": 1}}},
    {"training": {"loss": {"delta": 1}}},
    {"training": {"clip_norm": 1}},
    {"training": {"clip_norm": 0}},
    {"training": {"stop": {"target": 0.1}}},
    {"training": {"stop": {"patience": 0}}},
    {"training": {"stop": None}},
    {"training": {"stop": 5}},
    {"record": {"every": 5, "unit": "step", "layers": True}},
    {"record": {"every": 0}},
    {"record": {"unit": "stp"}},
    {"record": {"layers": 1}},
    {"expect": ["test_accuracy(he) > 0.9"]},
    {"expect": [{"claim": "test_accuracy(he) > 0.9", "published": "all", "source": "x"}]},
    {"expect": [{"claim": "test_accuracy(he)", "published": 1, "margin": 0.1, "note": "x"}]},
    {"expect": [{"source": "x"}]},
    {"expect": [{"claim": 3}]},
    {"expect": [{"claim": "test_accuracy(he) > 0.9", "threshold": 1}]},
    {"expect": "test_accuracy(he) > 0.9"},
    {"expect": None},
    {"name": "../x"},
    {"target": 1},
    {"target": 0},
]


@pytest.mark.parametrize("settings", CASES, ids=str)
def test_schema_and_loading_accept_the_same(settings, schema):
    """An editor and the program agree."""
    values = {"dataset": "moons", "inits": ["he"], **settings}
    try:
        make_experiment(values, "x")
    except ConfigError:
        is_valid = False
    else:
        is_valid = True
    assert bool(accepts(schema, values, schema)) == is_valid
