"""The types of a config's values: what each may be, and the words for what it may not.

Pydantic checks plain numbers and words. What it cannot say in a config's own terms (names, seeds,
batch sizes) is checked here.
"""

import re
from collections.abc import Collection, Mapping
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, WithJsonSchema
from pydantic_core import InitErrorDetails, PydanticCustomError

from initbench.config.wording import KeyPath, show_value
from initbench.registry import did_you_mean
from initbench.seeding import SEED_LIMIT

MAX_SEEDS: Final = 10_000
MAX_LABEL: Final = 80
MAX_DESCRIPTION: Final = 10_000

Problems: TypeAlias = Mapping[KeyPath, str]

_NAME: Final = r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}"
_DEVICES: Final = re.compile(r"(CON|PRN|AUX|NUL|COM[0-9]|LPT[0-9])(\..*)?", re.IGNORECASE)


def check_name(name: str) -> str:
    """Return the name of an experiment, which is also that of its folder.

    Raises
    ------
    ValueError
        It could mean another place, or cannot be a folder on every system.
    """
    if not re.fullmatch(_NAME, name):
        raise ValueError(
            "must begin with a letter or digit and go on with at most 63 letters, digits,"
            f" '.', '_' or '-', not {show_value(name)}"
        )
    if _DEVICES.fullmatch(name):
        raise ValueError(f"{name!r} is the name of a device on Windows: choose another")
    return name


def invalid(problems: Problems, given: object, kind: str = "problem") -> list[InitErrorDetails]:
    """Return problems of a section, by path within it, for `reject`."""
    return [
        InitErrorDetails(
            type=PydanticCustomError(kind, "{message}", {"message": message}),
            loc=path,
            input=given,
        )
        for path, message in problems.items()
    ]


def reject(details: Collection[InitErrorDetails]) -> None:
    """Raise, inside a validator, what is wrong with parts of its value, if anything is."""
    if details:
        raise ValidationError.from_exception_data("Experiment", list(details))


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


def _count_seeds(seeds: object) -> object:
    """Read a number N as the seeds from 0 to N - 1."""
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
