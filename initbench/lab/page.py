"""The lab page: scripts, styles and the rules of the report in one file that needs no network."""

from pathlib import Path
from typing import Any, Final

from initbench.curvature.spectrum import MOST_STEPS, TOLERANCE
from initbench.errors import UsageError
from initbench.figures import palette
from initbench.report.html.document import html_document
from initbench.report.html.page import PACKAGE as REPORT
from initbench.results import files
from initbench.results.metrics import OVERSHOT, STALLED
from initbench.results.probes import MANY_SATURATED
from initbench.training.layer_statistics import DEAD, PROBED, ROUNDING, SATURATED

PACKAGE: Final = "initbench.lab"

ENGINE: Final = tuple(
    (PACKAGE, f"{name}.js") for name in ("random", "data", "schemes", "network", "curvature")
)
"""Scripts that draw, train and measure; they need no document."""

PAGE: Final = (
    *((REPORT, f"{name}.js") for name in ("dom", "scales")),
    *((PACKAGE, f"{name}.js") for name in ("lessons", "diagnosis", "drawing", "lab")),
)
"""Scripts of what is seen."""

SCHEMES: Final = (
    "zeros",
    "constant",
    "random",
    "lecun",
    "glorot",
    "he",
    "orthogonal",
    "mirrored",
)
"""The schemes that the page offers, by their names in the package."""

RULES: Final[dict[str, float]] = {
    "dead": DEAD,
    "saturated": SATURATED,
    "manySaturated": MANY_SATURATED,
    "rounding": ROUNDING,
    "stalled": STALLED,
    "overshot": OVERSHOT,
    "probed": PROBED,
    "residual": TOLERANCE,
    "products": MOST_STEPS,
}
"""The thresholds of the report, by which the page diagnoses a network, and those of eigenvalues."""


TITLE: Final = "Initialization lab"


def write_lab(path: Path) -> Path:
    """Write the lab page to a file, and return its path.

    Raises `UsageError` if the file exists and is not a lab page. Raises `StorageError` if it cannot
    be written.
    """
    known = files.read(path)
    if known is not None and f"<title>{TITLE}".encode() not in known:
        raise UsageError(f"{path} exists and is not a lab page: name another file with --output")
    files.make_folder(path.parent)
    files.write_atomically(path, lab_page())
    return path


def lab_page() -> bytes:
    """Return the lab as one HTML file."""
    data: dict[str, Any] = {
        "rules": RULES,
        "palette": palette.to_json(),
        "looks": palette.scheme_looks({name: name for name in SCHEMES}),
    }
    return html_document(
        TITLE,
        template=(PACKAGE, "lab.html"),
        styles=[(REPORT, "report.css"), (PACKAGE, "lab.css")],
        scripts=[*ENGINE, *PAGE],
        data=data,
    )
