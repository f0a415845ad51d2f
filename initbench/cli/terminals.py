"""Terminals: what can be shown on a stream."""

import os
from typing import TextIO


def can_rewrite(stream: TextIO | None) -> bool:
    """Tell whether a line can be rewritten there."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def has_colours(stream: TextIO | None) -> bool:
    """Tell whether to colour what is written there: NO_COLOR forbids it, unless it is empty.

    References
    ----------
    https://no-color.org
    """
    return can_rewrite(stream) and not os.environ.get("NO_COLOR")
