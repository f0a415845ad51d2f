"""What the terminal behind a stream supports."""

import os
from typing import TextIO


def can_rewrite(stream: TextIO | None) -> bool:
    """Return whether the stream is a terminal that can rewrite a line."""
    return stream is not None and stream.isatty() and os.environ.get("TERM", "dumb") != "dumb"


def has_colours(stream: TextIO | None) -> bool:
    """Return whether to write colours: on a terminal, unless NO_COLOR is set and not empty.

    References
    ----------
    https://no-color.org
    """
    return can_rewrite(stream) and not os.environ.get("NO_COLOR")
