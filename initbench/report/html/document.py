"""Documents: a template, styles, scripts and data in one file under a strict policy.

The content-security-policy allows only the scripts and styles of the file, by their hashes: no
request leaves the page, and no text of an experiment can become a script.
"""

import base64
import hashlib
import html
import json
import re
from collections.abc import Iterable
from importlib.resources import files
from typing import Any, TypeAlias

Asset: TypeAlias = tuple[str, str]
"""A package, and the name of a file in its folder ``assets``."""


def html_document(
    title: str, *, template: Asset, styles: Iterable[Asset], scripts: Iterable[Asset], data: Any
) -> bytes:
    """Return an HTML page that is complete in itself.

    `template`: HTML with a comment ``<!--part-->`` in the place of each part: policy, title, style,
    data and script.
    `styles`, `scripts`: joined in this order.
    """
    script, style = join_scripts(scripts), "".join(map(read_asset, styles))
    parts = {
        "policy": (
            "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:;"
            f" script-src {_digest(script)}; style-src {_digest(style)}"
        ),
        "title": html.escape(f"{title} · initbench"),
        "style": f"<style>{style}</style>",
        "data": embed_json(data),
        "script": f'<script type="module">{script}</script>',
    }
    document = read_asset(template)
    for part, text in parts.items():
        document = document.replace(f"<!--{part}-->", text, 1)
    return document.encode()


def join_scripts(scripts: Iterable[Asset]) -> str:
    """Return scripts as one, without the lines that are comments."""
    text = "".join(map(read_asset, scripts))
    return re.sub(r"^\s*(//|/\*\*| \*).*\n", "", text, flags=re.MULTILINE)


def embed_json(document: Any) -> str:
    r"""Return JSON that no HTML parser can mistake for markup.

    >>> embed_json("</script>")
    '"\\u003c/script>"'
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c")


def read_asset(asset: Asset) -> str:
    """Return the text of an asset."""
    package, name = asset
    return files(package).joinpath("assets", name).read_text("utf-8")


def _digest(text: str) -> str:
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return f"'sha256-{digest}'"
