"""Settings with a flag of their own: ``--seeds 5`` is short for ``--set seeds=5``.

Their values are read by the rules of a config. Where one is refused, the message names the flag
that was given and not the setting that it stands for.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar

import click

from initbench.errors import ConfigError, Problem

F = TypeVar("F", bound=Callable[..., Any])


class Setting(NamedTuple):
    """A flag as it was given, ``--seeds 5``, and the override that it stands for."""

    shown: str
    override: str


def setting_option(
    flag: str, path: str, *, is_list: bool = False, **attributes: Any
) -> Callable[[F], F]:
    """Return the decorator that gives a command a flag for a setting of the config.

    Parameters
    ----------
    flag, path : str
        ``--lr`` and ``training.optimizer.learning_rate``.
    is_list : bool
        The value is a list, whose brackets may be left out.
    **attributes
        As `click.option` takes them.
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
    """Order settings so that none replaces a section of which another sets a part."""
    return sorted(settings, key=lambda each: each.override.partition("=")[0].count("."))


@contextlib.contextmanager
def naming_flags(settings: Sequence[Setting]) -> Iterator[None]:
    """Let what is wrong with a config be told of the flags that brought it."""
    from initbench.config.overrides import show_flag

    flags = {show_flag(setting.override): setting.shown for setting in settings}
    try:
        yield
    except ConfigError as error:
        problems = [_renamed(problem, flags) for problem in error.problems]
        raise ConfigError(error.source, problems, error.kind) from None


def _unreadable(setting: Setting) -> str:
    """Say why the value is no YAML, if it is none."""
    from initbench.config.overrides import read_overrides

    _, problems = read_overrides([setting.override])
    return problems[0].message if problems else ""


def _renamed(problem: Problem, flags: dict[str, str]) -> Problem:
    for override, shown in flags.items():
        if f"{problem.path}: ".startswith(f"{override}: "):
            return replace(problem, path=shown + problem.path.removeprefix(override))
    return problem
