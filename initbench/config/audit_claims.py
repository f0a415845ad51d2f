"""The claims of an audit, from a YAML file or a text, with the line of each mistake in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from initbench.auditing.claims import ClaimsError
from initbench.config.loading import MAX_MESSAGE
from initbench.config.validation import shorten, show_path
from initbench.config.yaml_text import MAX_BYTES, read_whole
from initbench.data.reading import blaming, require_file
from initbench.errors import ConfigError, Problem

NOUN: Final = "set of claims"


@contextmanager
def claims_of(text: str) -> Iterator[Any]:
    """Yield the plain values of claims, and give the errors of an audit of them their positions.

    `text`: the name of a YAML file, or claims as such a file states them.

    Raises `ConfigError` if they cannot be read or tested; the message names all mistakes.
    """
    path = Path(text)
    is_file = path.suffix in {".yaml", ".yml"}
    source = text if is_file else f"--claims {shorten(text, 120)}"
    content: str | bytes = text
    if is_file:
        require_file(path)
        with blaming(path), path.open("rb") as file:
            content = file.read(MAX_BYTES + 1)
    document = read_whole(content, source, NOUN)
    try:
        yield {} if document.value is None else document.value
    except ClaimsError as error:
        paths = {(name,) if name else (): message for name, message in error.problems.items()}
        problems = [
            Problem(*document.position(path), show_path(path), shorten(message, MAX_MESSAGE))
            for path, message in paths.items()
        ]
        raise ConfigError(source, problems, NOUN) from None
