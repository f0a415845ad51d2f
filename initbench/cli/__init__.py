"""The command line: parse, one library call, print.

Each command is a module of `initbench.cli.commands`. What they share is here: the group that knows
them all, how errors become words and exit codes, options that several take, and where output goes.
"""

from initbench.cli.program import main

__all__ = ["main"]
