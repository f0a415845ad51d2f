"""The building blocks of a config: sections, sections that name an entry, and types of values.

A section is frozen, exact in its types, and closed to unknown keys. Where a section names an entry
of a registry, the entry's options are among its keys and are checked against the signature.
Pydantic checks plain numbers and words; names, seeds and batch sizes are checked here, in
the terms of a config.
"""

import math
import re
from collections.abc import Collection, Mapping
from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    ValidationInfo,
    WithJsonSchema,
    field_validator,
    model_serializer,
    model_validator,
)
from pydantic_core import InitErrorDetails, PydanticCustomError

from initbench.config.validation import KeyPath, show_value, unknown_key
from initbench.options import Option, OptionError, OptionValue, bind_options
from initbench.registry import Registry, did_you_mean
from initbench.seeding import SEED_LIMIT

MAX_SEEDS: Final = 10_000
MAX_LABEL: Final = 80
MAX_DESCRIPTION: Final = 10_000

Problems: TypeAlias = Mapping[KeyPath, str]
"""Messages, by the path of the value within a section."""

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_DEVICES: Final = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\..*)?", re.IGNORECASE)


class Section(BaseModel):
    """A part of an experiment: frozen, exact in its types, and closed to unknown keys."""

    model_config: ClassVar[ConfigDict] = ConfigDict(
        defer_build=True, strict=True, frozen=True, extra="forbid", allow_inf_nan=False
    )


class NamedSection(Section):
    """A section that names an entry of a registry: the name, or a mapping of name and options."""

    registry: ClassVar[Registry[Any]]
    keys: ClassVar[tuple[str, ...]] = ("name",)
    """The keys of the section beside the options."""

    shared_options: ClassVar[Collection[str]] = ()
    """Options that every entry takes; they belong to a choice only where they are given."""

    unnamed: ClassVar[str] = ""
    """The entry of a mapping without a name; empty where a name is required."""

    name: str = Field(description="Name.")
    options: Mapping[str, OptionValue] = Field(description="Options.")

    @model_validator(mode="before")
    @classmethod
    def _read(cls, given: object) -> dict[str, object]:
        section = gather_options(given, cls.registry, cls.keys)
        return {"name": cls.unnamed, **section} if cls.unnamed else section

    @model_serializer
    def _spread(self) -> dict[str, object]:
        """Return the section as a config writes it: the name first, and options among its keys."""
        own = {key: getattr(self, key) for key in self.keys if key != "name"}
        return {"name": self.name, **self.options, **own}

    @field_validator("name")
    @classmethod
    def _canonical(cls, name: str) -> str:
        return str(cls.registry[name].name)

    @classmethod
    def options_of(cls, name: str, given: Collection[str]) -> Mapping[str, Option]:  # noqa: ARG003  # for schemes
        """Return the options of an entry that belong to a choice with these options given."""
        found: Mapping[str, Option] = cls.registry[name].options
        return found

    @field_validator("options", mode="plain")
    @classmethod
    def _complete(cls, given: dict[str, object], info: ValidationInfo) -> dict[str, Any]:
        """Return all options of the entry, or reject what is wrong with the given ones."""
        if "name" not in info.data:
            return given
        options = cls.options_of(info.data["name"], given)
        known = list(dict.fromkeys([*cls.keys, *options, *cls.shared_options]))
        unknown = {(key,): unknown_key(key, known) for key in given if key not in options}
        details = invalid(unknown, given, "unknown_key")
        bound: dict[str, OptionValue] = {}
        try:
            bound = bind_options(options, {key: given[key] for key in given if key in options})
        except OptionError as error:
            details += invalid({(name,): text for name, text in error.problems.items()}, given)
        reject(details)
        return bound


def gather_options(
    given: object, registry: Registry[Any], keys: Collection[str]
) -> dict[str, object]:
    """Return a section with its own keys, and the other keys under ``options``."""
    if isinstance(given, str):
        return {"name": registry[given].name, "options": {}}
    if not isinstance(given, dict):
        raise ValueError(f"must be a name, or a mapping with a name, not {show_value(given)}")  # noqa: TRY004  # pydantic collects ValueErrors alone
    options = {key: value for key, value in given.items() if key not in keys}
    return {key: given[key] for key in keys if key in given} | {"options": options}


def invalid(
    problems: Mapping[Any, str], given: object, kind: str = "problem"
) -> list[InitErrorDetails]:
    """Return problems of a section, by path within the section, for `reject`."""
    return [
        InitErrorDetails(
            type=PydanticCustomError(kind, "{message}", {"message": message}),
            loc=path,
            input=given,
        )
        for path, message in problems.items()
    ]


def reject(details: Collection[InitErrorDetails]) -> None:
    """Raise inside a validator if anything is wrong with parts of its value."""
    if details:
        raise ValidationError.from_exception_data("Experiment", list(details))


def check_name(name: str) -> str:
    """Return the name of an experiment, which is also the name of its folder.

    Raises `ValueError` if the name leads to another folder, or cannot be a folder's on every
    system.
    """
    if not re.fullmatch(_NAME, name):
        raise ValueError(
            "must begin with a letter or digit and go on with at most 63 letters, digits,"
            f" '.', '_' or '-', not {show_value(name)}"
        )
    if _DEVICES.fullmatch(name):
        raise ValueError(f"{name!r} is the name of a device on Windows: choose another")
    return name


def _check_label(label: str) -> str:
    if not label.strip():
        raise ValueError("must not be blank")
    if len(label) > MAX_LABEL:
        raise ValueError(f"must have at most {MAX_LABEL} characters, not {len(label)}")
    if not label.isprintable():
        raise ValueError(f"must be printable text in one line, not {show_value(label)}")
    return label


def _check_description(text: str) -> str:
    if len(text) > MAX_DESCRIPTION:
        raise ValueError(f"must have at most {MAX_DESCRIPTION} characters, not {len(text)}")
    if not text.replace("\n", "").isprintable():
        raise ValueError(f"must be printable text, not {show_value(text)}")
    return text


def _check_batch_size(size: object) -> object:
    if size == "full" or (type(size) is int and size >= 1):
        return size
    advice = did_you_mean(size, ["full"]) if isinstance(size, str) else ""
    raise ValueError(
        f"must be an integer of at least 1, or full, not {show_value(size)}. {advice}".rstrip(". ")
    )


def _check_multiplier(factor: object) -> object:
    if isinstance(factor, str):
        is_valid = factor in {"1/sqrt(L)", "1/L"}
    else:
        is_valid = type(factor) in {int, float} and 0 < factor < math.inf  # type: ignore[operator]
    if not is_valid:
        raise ValueError(f"must be a positive number, 1/sqrt(L) or 1/L, not {show_value(factor)}")
    return factor


def _count_seeds(seeds: object) -> object:
    """Return a list of seeds unchanged, and for a number N the seeds from 0 to N - 1."""
    count = len(seeds) if isinstance(seeds, list | tuple) else seeds
    if type(count) is not int:
        raise ValueError(f"must be a number of seeds or a list of them, not {show_value(seeds)}")
    if not 1 <= count <= MAX_SEEDS:
        raise ValueError(f"must be from 1 to {MAX_SEEDS} seeds, not {show_value(count)}")
    return seeds if isinstance(seeds, list | tuple) else tuple(range(count))


def _distinct_seeds(seeds: tuple[int, ...]) -> tuple[int, ...]:
    first: dict[int, int] = {}
    problems: dict[KeyPath, str] = {}
    for index, seed in enumerate(seeds):
        if first.setdefault(seed, index) != index:
            problems[index,] = f"seed {seed} is seeds[{first[seed]}] already"
    reject(invalid(problems, seeds))
    return seeds


Fraction = Annotated[float, Field(gt=0, lt=1)]
Seed = Annotated[int, Field(ge=0, lt=SEED_LIMIT)]
Units = Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(strict=False)]
ExperimentName = Annotated[
    str, AfterValidator(check_name), WithJsonSchema({"type": "string", "pattern": f"^{_NAME}$"})
]
Label = Annotated[
    str,
    AfterValidator(_check_label),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": MAX_LABEL}),
]
Description = Annotated[
    str,
    AfterValidator(_check_description),
    WithJsonSchema({"type": "string", "maxLength": MAX_DESCRIPTION}),
]
BatchSize = Annotated[
    int | Literal["full"],
    BeforeValidator(_check_batch_size),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"const": "full"}]}),
]
BranchMultiplier = Annotated[
    float | Literal["1/sqrt(L)", "1/L"],
    BeforeValidator(_check_multiplier),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"enum": ["1/sqrt(L)", "1/L"]}]}
    ),
]
Seeds = Annotated[
    tuple[Seed, ...],
    Field(strict=False),
    BeforeValidator(_count_seeds),
    AfterValidator(_distinct_seeds),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "integer", "minimum": 1, "maximum": MAX_SEEDS},
                {
                    "type": "array",
                    "items": {"type": "integer", "minimum": 0, "maximum": SEED_LIMIT - 1},
                    "minItems": 1,
                    "maxItems": MAX_SEEDS,
                    "uniqueItems": True,
                },
            ]
        }
    ),
]
