"""The page of the config is that of its classes."""

import re
import runpy
from pathlib import Path

import pytest

from initbench.config.experiment import Experiment

DOCS = Path(__file__).parents[2] / "docs"
BUILDER = runpy.run_path(str(DOCS / "build_config.py"))
PAGE = BUILDER["config_page"]()


def keys_of(path):
    """Return the keys in the table of the section at a path."""
    section = sections()[path] if path else PAGE.partition("\n## ")[0]
    return re.findall(r"^\| \[?`(\w+)`(?:\]\(#\w+\))? \|(?:[^|]*\|){3}$", section, re.MULTILINE)


def sections():
    """Return the text of each section by its path."""
    parts = re.split(r"^## `(.*)`\n", PAGE, flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))


def parts_of(annotation):
    """Yield the classes with fields in an annotation."""
    if hasattr(annotation, "model_fields"):
        yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from parts_of(argument)


def test_the_page_is_current():
    """``python docs/build_config.py`` would change nothing."""
    assert (DOCS / "config.md").read_text("utf-8") == PAGE, "run: python docs/build_config.py"


@pytest.mark.parametrize("path", ["", "network", "training", "record", "tune", "expect"])
def test_every_key_of_a_section_has_a_row(path):
    """As many as the class has fields, in their order."""
    fields = Experiment.model_fields
    model = next(parts_of(fields[path].annotation)) if path else Experiment
    assert keys_of(path) == list(model.model_fields)


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"type": "integer", "minimum": 0}, "integer, at least 0"),
        ({"type": "number", "exclusiveMinimum": 0, "maximum": 1}, "number, above 0 and at most 1"),
        ({"type": "number", "minimum": 0, "maximum": 1}, "number, from 0 to 1"),
        (
            {"anyOf": [{"type": "integer"}, {"const": "full"}, {"type": "null"}]},
            "integer; or `full`",
        ),
        ({"type": ["integer", "string"]}, "integer or text"),
        ({"type": "array", "items": {"type": "number"}}, "list of numbers"),
        ({"type": "string", "enum": ["a", "b"]}, "`a`, `b`"),
        ({"anyOf": [{"$ref": "#/$defs/StopConfig"}, {"type": "null"}]}, "section"),
    ],
)
def test_types_have_readable_names(form, words):
    """Each form that the schema uses."""
    assert BUILDER["kind_of"](form) == words


def test_options_are_listed_with_their_entry():
    """An option's type and default are those of its entry, and not another's."""
    rows = sections()["training.optimizer"].splitlines()
    [adam] = [row for row in rows if row.startswith("| `adam` |")]
    [momentum] = [row for row in rows if row.startswith("| `momentum` ")]
    assert "`learning_rate`: number, above 0; `0.001`" in adam
    assert "`momentum`: number, at least 0 and below 1; `0.9`" in momentum
