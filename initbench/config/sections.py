"""Sections: what all parts of a config have in common, and those that name a registry's entry.

A config class is frozen, exact in its types, and closed to keys that it lacks. Where it names an
entry, the entry's own options stand among its keys, and the entry's signature checks them.
"""

from collections.abc import Collection, Mapping
from typing import Any, ClassVar

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
    model_serializer,
    model_validator,
)

from initbench.config.field_types import invalid, reject
from initbench.config.wording import KeyPath, show_value, unknown_key
from initbench.options import Option, OptionError, OptionValue, bind_options
from initbench.registry import Registry


class Section(BaseModel):
    """A part of an experiment: frozen, exact in its types, and closed to keys that it lacks."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid", allow_inf_nan=False)


class Choice(Section):
    """An entry of a registry: by its name, or by a mapping of the name and the entry's options."""

    registry: ClassVar[Registry[Any]]
    keys: ClassVar[tuple[str, ...]] = ("name",)
    """What the section holds beside those options."""

    unnamed: ClassVar[str] = ""
    """The entry that is meant where a mapping names none; empty where a name is required."""

    name: str = Field(description="Which one.")
    options: Mapping[str, OptionValue] = Field(description="What it is given.")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> dict[str, object]:
        section = gather_options(given, cls.registry, cls.keys)
        return {"name": cls.unnamed, **section} if cls.unnamed else section

    @model_serializer
    def _spread(self) -> dict[str, object]:
        """Return the section as one writes it, the name first and options among its keys."""
        own = {key: getattr(self, key) for key in self.keys if key != "name"}
        return {"name": self.name, **self.options, **own}

    @field_validator("name")
    @classmethod
    def _canonical(cls, name: str) -> str:
        return str(cls.registry[name].name)

    @field_validator("options", mode="plain")
    @classmethod
    def _complete(cls, given: dict[str, object], info: ValidationInfo) -> dict[str, Any]:
        if "name" not in info.data:
            return given
        entry = cls.registry[info.data["name"]]
        return _complete_options(given, entry.options, cls.keys)


def gather_options(
    given: object, registry: Registry[Any], keys: Collection[str]
) -> dict[str, object]:
    """Tell a section's own keys from the options of the entry that it names."""
    if isinstance(given, str):
        return {"name": registry[given].name, "options": {}}
    if not isinstance(given, dict):
        raise ValueError(f"must be a name, or a mapping with a name, not {show_value(given)}")  # noqa: TRY004  # pydantic collects ValueErrors alone
    options = {key: value for key, value in given.items() if key not in keys}
    return {key: given[key] for key in keys if key in given} | {"options": options}


def _complete_options(
    given: Mapping[str, object], options: Mapping[str, Option], keys: Collection[str]
) -> dict[str, OptionValue]:
    """Return all options of an entry, or reject what is wrong with those that are given."""
    known = [*keys, *options]
    strangers: dict[KeyPath, str] = {
        (key,): unknown_key(key, known) for key in given if key not in options
    }
    details = invalid(strangers, given, "unknown_key")
    bound: dict[str, OptionValue] = {}
    try:
        bound = bind_options(options, {key: given[key] for key in given if key in options})
    except OptionError as error:
        unfit: dict[KeyPath, str] = {(name,): text for name, text in error.problems.items()}
        details += invalid(unfit, given)
    reject(details)
    return bound
