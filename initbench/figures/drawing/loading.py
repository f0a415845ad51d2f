"""Matplotlib's first import, kept quiet.

Matplotlib keeps a cache of fonts below the home directory. Where it may not write there (a
read-only home, a container), it takes a temporary folder, removes it at exit, and says all of that
on standard error. The figures are the same, so these messages are suppressed.
"""

import importlib
import logging

from initbench.errors import StorageError


def load_quietly() -> None:
    """Import Matplotlib and its fonts without a word.

    Raises `StorageError` if there is no folder at all that Matplotlib may write to.
    """
    logger = logging.getLogger("matplotlib")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        importlib.import_module("matplotlib.font_manager")
    except OSError as error:
        raise StorageError(f"figures cannot be drawn: {error}") from error
    finally:
        logger.setLevel(level)


load_quietly()
