"""Click group that imports a command only when it is called, so that ``--help`` is fast."""

import io
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from importlib.metadata import version
from types import FrameType
from typing import Any, Final

import click

from initbench.cli.failures import LISTED, Terminated, reports_errors
from initbench.registry import nearest

SECTIONS: Final[Mapping[str, Sequence[str]]] = {
    "Experiment": ("run", "compare", "verify", "recommend"),
    "Understand": (
        "probe",
        "preflight",
        "theory",
        "explain",
        "audit",
        "describe",
        "list",
        "lab",
        "atlas",
    ),
    "Results": ("report", "diff", "track", "export"),
    "Set up": ("new", "schema", "doctor"),
}
"""Commands by section of ``--help``. Each is a module of the same name in `commands`."""

MEANT: Final[Mapping[str, str]] = {
    **dict.fromkeys(("data", "dataset"), "describe"),
    **dict.fromkeys(("train", "sweep", "tune"), "run"),
    **dict.fromkeys(("plot", "plots", "figures"), "report"),
    **dict.fromkeys(("schemes", "initializers"), "list inits"),
    **{name: f"list {name}" for name in LISTED.values()},
    "claims": "verify",
    "help": "--help",
    "version": "--version",
}
"""What words that are no command mean."""

EXAMPLES: Final = """\
Compare weight initializations by training the same network from each.

Compare three schemes on two half-moons, in seconds:
  initbench compare --inits zeros,random,he

Find the initialization for a network, and the code for PyTorch, Keras and JAX:
  initbench recommend --activation relu --depth 10

Write an example config, and run it:
  initbench new mine && initbench run mine.yaml

All commands: initbench --help"""
"""What `initbench` without a command prints."""


class Commands(click.Group):
    """A group that imports the command that is called."""

    @reports_errors
    def make_context(self, *args: Any, **kwargs: Any) -> click.Context:
        """Parse the options before the command."""
        return super().make_context(*args, **kwargs)

    @reports_errors
    def invoke(self, ctx: click.Context) -> Any:
        """Parse and run a command."""
        return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002  # Click's signature
        """Return the names of all commands in the order of the sections."""
        return [name for names in SECTIONS.values() for name in names]

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in self.list_commands(ctx):
            return None
        command: click.Command = import_module(f"initbench.cli.commands.{cmd_name}").command
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Return the command, or raise an error that suggests the nearest name."""
        name, known = args[0], self.list_commands(ctx)
        if name not in known and not ctx.resilient_parsing:
            near = nearest(name, [*known, *MEANT])
            advice = f"Did you mean {MEANT.get(near, near)!r}?" if near else "See initbench --help."
            ctx.fail(f"No such command {name!r}. {advice}")
        return super().resolve_command(ctx, args)

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """List the commands by section."""
        width = max(map(len, self.list_commands(ctx)))
        for title, names in SECTIONS.items():
            commands = {name: self.get_command(ctx, name) for name in names}
            with formatter.section(title):
                formatter.write_dl(
                    [
                        (name.ljust(width), command.get_short_help_str(formatter.width))
                        for name, command in commands.items()
                        if command is not None
                    ]
                )


def _show_version(ctx: click.Context, _param: click.Parameter, wanted: bool) -> None:  # noqa: FBT001
    """Print the versions of initbench, NumPy and its BLAS, and exit."""
    if not wanted or ctx.resilient_parsing:
        return
    from initbench.cli.commands.doctor import numpy_and_blas

    click.echo(f"initbench {version('initbench')}, NumPy {numpy_and_blas()}")
    ctx.exit()


@click.group(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
    invoke_without_command=True,
)
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the versions of initbench, NumPy and BLAS, and exit.",
)
@click.pass_context
def cli(ctx: click.Context) -> None:
    """Compare weight initializations by training the same network from each.

    All runs of a seed have the same data, batches and network; only the initial weights differ.
    To begin: initbench compare --inits zeros,random,he

    Exit codes: 0 success (diverged runs included); 1 a claim failed, results differ, or a bug;
    2 invalid usage or config; 3 some runs crashed; 4 a problem of the machine or cluster;
    130 and 143 stopped by a signal.
    """
    if ctx.invoked_subcommand is None:
        click.echo(EXAMPLES)


def main() -> None:
    """Run the command line as a program."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")  # characters outside the encoding become "?"
    signal.signal(signal.SIGTERM, _terminate)
    signal.signal(signal.SIGINT, _interrupt)
    # To look for plugins, pydantic reads the metadata of every installed package.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    cli(prog_name="initbench")


def _terminate(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a second one ends at once
    raise Terminated


def _interrupt(_signal: int, _frame: FrameType | None) -> None:
    signal.signal(signal.SIGINT, signal.SIG_DFL)  # likewise
    raise KeyboardInterrupt
