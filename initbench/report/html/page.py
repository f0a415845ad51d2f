"""The document: a template, styles, scripts and data in one file under a strict policy.

The content-security-policy allows the scripts and styles that stand in the file, by their hashes,
and nothing else: no request leaves the page, and no text of an experiment can become a script.
"""

import base64
import hashlib
import html
import json
from collections.abc import Sequence
from importlib.resources import files
from typing import Any, Final

from initbench.formatting import printable
from initbench.report.html.payload import payload
from initbench.results import Results

SCRIPTS: Final = (
    "dom",
    "unpack",
    "chart",
    "leaderboard",
    "curves",
    "boundaries",
    "heatmaps",
    "starts",
    "sweep",
    "trainability",
    "texts",
    "main",
)
"""Files of ``assets/`` in the order in which they are joined to one module."""

UPLOT_SCRIPT: Final = "vendor/uPlot.iife.min.js"
UPLOT_STYLE: Final = "vendor/uPlot.min.css"
UPLOT_LICENCE: Final = "vendor/uPlot.LICENSE.txt"


def html_report(results: Results, config: str = "") -> bytes:
    """Return the document.

    Parameters
    ----------
    results : Results
    config : str
        The text of ``config.yaml``.
    """
    licence = f"/*!\nuPlot\n{_asset(UPLOT_LICENCE)}*/\n"
    scripts = [licence + _asset(UPLOT_SCRIPT), _own_script()]
    styles = [_asset(UPLOT_STYLE), _asset("assets/report.css")]
    parts = {
        "policy": _policy(scripts, styles),
        "title": html.escape(f"{printable(results.outline.name)} · initbench"),
        "styles": "\n".join(f"<style>{style}</style>" for style in styles),
        "data": embed_json(payload(results, config)),
        "uplot": f"<script>{scripts[0]}</script>",
        "script": f'<script type="module">{scripts[1]}</script>',
    }
    document = _asset("assets/report.html")
    for name, text in parts.items():
        document = document.replace(f"<!--{name}-->", text, 1)
    return document.encode()


def embed_json(document: Any) -> str:
    r"""Return JSON that no HTML parser can mistake for markup.

    >>> embed_json("</script>")
    '"\\u003c/script>"'
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def _own_script() -> str:
    return "".join(_asset(f"assets/{name}.js") for name in SCRIPTS)


def _policy(scripts: Sequence[str], styles: Sequence[str]) -> str:
    return (
        "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:;"
        f" script-src {_sources(scripts)}; style-src {_sources(styles)}"
    )


def _sources(texts: Sequence[str]) -> str:
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts]
    return " ".join(f"'sha256-{digest}'" for digest in digests)


def _asset(name: str) -> str:
    return files("initbench.report.html").joinpath(name).read_text("utf-8")
