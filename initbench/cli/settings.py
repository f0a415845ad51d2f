"""Options for settings of the config: ``--seeds 5`` is short for ``--set seeds=5``.

Values are parsed and validated as in a config. An error names the option that was given instead of
the setting.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import click

from initbench.errors import ConfigError, Problem

F = TypeVar("F", bound=Callable[..., Any])


class Setting(NamedTuple):
    """An option as given, ``--seeds 5``, and its override, ``seeds=5``."""

    shown: str
    override: str


def setting_option(
    flag: str, path: str, *, is_list: bool = False, **attributes: Any
) -> Callable[[F], F]:
    """Return a decorator that adds an option for a setting of the config.

    Parameters
    ----------
    flag, path : str
        ``--lr`` and ``training.optimizer.learning_rate``.
    is_list : bool
        Whether the value is a list, whose brackets are optional.
    **attributes
        Passed to `click.option`.
    """

    def convert(ctx: click.Context, param: click.Parameter, value: str | None) -> Setting | None:
        if value is None:
            return None
        is_open = is_list and not value.lstrip().startswith("[")
        setting = Setting(f"{flag} {value}", f"{path}={f'[{value}]' if is_open else value}")
        if problem := _unreadable(setting):
            raise click.BadParameter(f"{value!r} {problem}", ctx, param)
        return setting

    return click.option(flag, callback=convert, **attributes)


def sections_first(settings: Sequence[Setting]) -> list[Setting]:
    """Sort settings so that a section is set before the keys inside it."""
    return sorted(settings, key=lambda each: each.override.partition("=")[0].count("."))


@contextlib.contextmanager
def naming_flags(settings: Sequence[Setting]) -> Iterator[None]:
    """Name the options, not the settings, in validation errors of the config."""
    from initbench.config.overrides import show_flag

    flags = {show_flag(setting.override): setting.shown for setting in settings}
    try:
        yield
    except ConfigError as error:
        problems = [_renamed(problem, flags) for problem in error.problems]
        raise ConfigError(error.source, problems, error.kind) from None


def _unreadable(setting: Setting) -> str:
    """Return why the value is not valid YAML, or an empty string."""
    from initbench.config.overrides import read_overrides

    _, problems = read_overrides([setting.override])
    return problems[0].message if problems else ""


def _renamed(problem: Problem, flags: dict[str, str]) -> Problem:
    for override, shown in flags.items():
        if f"{problem.path}: ".startswith(f"{override}: "):
            return replace(problem, path=shown + problem.path.removeprefix(override))
    return problem
