"""The document: a template, styles, scripts and data in one file under a strict policy.

The content-security-policy allows the scripts and styles that stand in the file, by their hashes,
and nothing else: no request leaves the page, and no text of an experiment can become a script.
"""

import base64
import hashlib
import html
import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any, Final

from initbench.formatting import printable
from initbench.report.html.payload import payload
from initbench.results import Results

SCRIPTS: Final = ("dom", "unpack", "scales", "marks", "figure", "tables", "texts", "main")
"""Files of ``assets/`` in the order in which they are joined to one module."""


def html_report(results: Results, config: str = "") -> bytes:
    """Return the page of one results folder.

    Parameters
    ----------
    results : Results
    config : str
        The text of ``config.yaml``.
    """
    name = printable(results.outline.name)
    return _document(name, payload({name: (results, config)}))


def html_comparison(
    first: tuple[Results, str], second: tuple[Results, str], difference: str
) -> bytes:
    """Return the page of two results folders, side by side.

    Parameters
    ----------
    first, second : (Results, str)
        Each with the text of its ``config.yaml``.
    difference : str
        How the second differs from the first, in words.
    """
    names = distinct_names(first[0].folder, second[0].folder)
    return _document(
        f"{printable(names[0])} and {printable(names[1])}",
        payload(dict(zip(names, (first, second), strict=True)), difference),
    )


def distinct_names(first: Path, second: Path) -> tuple[str, str]:
    """Return the shortest ends of two paths that differ.

    >>> distinct_names(Path("a/moons"), Path("b/moons")), distinct_names(Path("a"), Path("b"))
    (('a/moons', 'b/moons'), ('a', 'b'))
    """
    one, other = first.resolve().parts, second.resolve().parts
    count = 1
    while one[-count:] == other[-count:] and count < max(len(one), len(other)):
        count += 1
    names = "/".join(one[-count:]), "/".join(other[-count:])
    return names if names[0] != names[1] else (names[0], f"{names[1]} (second)")


def _document(name: str, data: dict[str, Any]) -> bytes:
    script, style = _script(), _asset("report.css")
    parts = {
        "policy": (
            "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:;"
            f" script-src {_digest(script)}; style-src {_digest(style)}"
        ),
        "title": html.escape(f"{name} · initbench"),
        "style": f"<style>{style}</style>",
        "data": embed_json(data),
        "script": f'<script type="module">{script}</script>',
    }
    document = _asset("report.html")
    for part, text in parts.items():
        document = document.replace(f"<!--{part}-->", text, 1)
    return document.encode()


def embed_json(document: Any) -> str:
    r"""Return JSON that no HTML parser can mistake for markup.

    >>> embed_json("</script>")
    '"\\u003c/script>"'
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _script() -> str:
    """Return all scripts as one, without the lines that are comments."""
    text = "".join(_asset(f"{name}.js") for name in SCRIPTS)
    return re.sub(r"^\s*(//|/\*\*| \*).*\n", "", text, flags=re.MULTILINE)


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"


def _asset(name: str) -> str:
    return files("initbench.report.html").joinpath("assets", name).read_text("utf-8")
