"""Results with figures: a notebook shows their table and loss curves, and ``plot`` draws more.

`initbench.run` and `initbench.load_results` return them.
"""

import base64
from dataclasses import dataclass, fields
from html import escape
from typing import Any, Final

from initbench.errors import UsageError
from initbench.figures.catalogue import cell_drawings
from initbench.figures.describing import labels_of
from initbench.figures.training import loss_curves
from initbench.formatting import printable
from initbench.report.table import LEGEND, columns, settings_line
from initbench.results import Results
from initbench.results.metrics import leading_cells
from initbench.tables import as_html

MOST_CELLS: Final = 6
"""Settings of a sweep whose tables a notebook shows; the report shows all."""


@dataclass(frozen=True, repr=False)
class ShownResults(Results):
    """Results with figures: ``results.plot.loss_curves()``; a notebook shows them as a table."""

    @property
    def plot(self) -> "Plots":
        """The figures of these results, as methods that return Matplotlib figures."""
        return Plots(self)

    def _repr_html_(self) -> str:
        """Return the tables of the first cells and the loss curves of the first, as plain HTML.

        It has no script and requests nothing; what a user has named is escaped.
        """
        from initbench.figures.drawing import draw, render

        cells = leading_cells(self.outline)
        tables = "".join(
            as_html(columns(self, cell), settings_line(self, cell)) for cell in cells[:MOST_CELLS]
        )
        hidden = len(cells) - MOST_CELLS
        more = f"<p>The report has the tables of {hidden} more settings.</p>" if hidden > 0 else ""
        curves = ""
        if cells and labels_of(self, cells[0]):
            data = base64.b64encode(render(draw(loss_curves(self, cells[0])), "png", 100)).decode()
            curves = f'<img alt="Loss curves" src="data:image/png;base64,{data}">'
        name = escape(printable(self.outline.name))
        return f"<div><h4>{name}</h4>{tables}{more}<p>{LEGEND}</p>{curves}</div>"


@dataclass(frozen=True, repr=False)
class Plots:
    """Matplotlib figures of results, each of one setting of the sweep, by default the first.

    Attributes
    ----------
    results : Results
    """

    results: Results

    def __dir__(self) -> list[str]:
        """Return the figures that these results have, for completion with the tab key."""
        return sorted({each.kind for each in self._drawings(0) if hasattr(type(self), each.kind)})

    def __repr__(self) -> str:
        return f"<Figures of {str(self.results.folder)!r}: {', '.join(dir(self))}>"

    def loss_curves(self, cell: int = 0) -> Any:
        """Draw the median loss of each scheme per epoch, with the band between its quartiles."""
        return self._draw("loss_curves", cell)

    def sharpness_curves(self, cell: int = 0) -> Any:
        """Draw the median sharpness of each scheme per epoch, with the largest that is stable.

        Raises
        ------
        UsageError
            It was not recorded; this needs ``record: {sharpness: true}`` in the config.
        """
        return self._draw("sharpness_curves", cell)

    def final_scores(self, cell: int = 0) -> Any:
        """Draw the test score of every seed, with the mean and interval of each scheme."""
        return self._draw("final_scores", cell)

    def decision_boundaries(self, cell: int = 0) -> Any:
        """Draw the decision boundary of each scheme's median run, for data with two features.

        Raises
        ------
        UsageError
            The data have another number of features.
        """
        return self._draw("decision_boundaries", cell)

    def signals(self, cell: int = 0) -> Any:
        """Draw signal and gradient in every layer before training, with the forecast of theory.

        Raises
        ------
        UsageError
            They were not measured; this needs ``probe: true`` in the config.
        """
        return self._draw("signals", cell)

    def histograms(self, cell: int = 0) -> Any:
        """Draw histograms of the preactivations before training; needs a probe as `signals`."""
        return self._draw("histograms", cell)

    def jacobians(self, cell: int = 0) -> Any:
        """Draw the singular values of Jacobians before training; needs a probe as `signals`."""
        return self._draw("jacobians", cell)

    def stable_rates(self, cell: int = 0) -> Any:
        """Draw the predicted largest stable learning rate of each scheme.

        Raises
        ------
        UsageError
            Curvature was not measured; this needs ``probe: {curvature: true}`` in the config.
        """
        return self._draw("stable_rates", cell)

    def spectra(self, cell: int = 0) -> Any:
        """Draw eigenvalues of Hessian and tangent kernel; needs a probe as `stable_rates`."""
        return self._draw("spectra", cell)

    def _drawings(self, cell: int) -> list[Any]:
        return [each for each in cell_drawings(self.results, cell) if not each.is_animated]

    def _draw(self, kind: str, cell: int) -> Any:
        self.results.epochs(cell)  # raises a UsageError if there is no such cell
        found = {each.kind: each for each in self._drawings(cell)}
        if kind not in found:
            known = ", ".join(found) or "none, because no run has finished"
            raise UsageError(f"these results have no figure {kind}. Figures: {known}.")
        from initbench.figures.drawing import draw

        return draw(found[kind].build())


def shown(results: Results) -> ShownResults:
    """Return results with figures."""
    return ShownResults(**{field.name: getattr(results, field.name) for field in fields(results)})
