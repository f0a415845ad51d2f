"""Results that show themselves: what `initbench.run` returns, in a notebook and elsewhere.

`Results` knows how to read a folder and nothing of pictures; here both meet.
"""

from dataclasses import dataclass, fields
from typing import Any

from initbench.errors import UsageError
from initbench.figures.catalogue import cell_drawings
from initbench.report.glance import glance
from initbench.results import Results


@dataclass(frozen=True, repr=False)
class ShownResults(Results):
    """Results with pictures: ``results.plot.loss_curves()``, and a table where they stand last."""

    @property
    def plot(self) -> "Plots":
        """The pictures of these results, as functions that return Matplotlib figures."""
        return Plots(self)

    def _repr_html_(self) -> str:
        return glance(self)


@dataclass(frozen=True)
class Plots:
    """Pictures of results; each is of one point of the sweep, the first unless `cell` says which.

    Attributes
    ----------
    results : Results
    """

    results: Results

    def loss_curves(self, cell: int = 0) -> Any:
        """Draw each scheme's median loss per epoch with the band between its quartiles."""
        return self._draw("loss_curves", cell)

    def final_scores(self, cell: int = 0) -> Any:
        """Draw every seed's test score, with mean and interval of each scheme."""
        return self._draw("final_scores", cell)

    def decision_boundaries(self, cell: int = 0) -> Any:
        """Draw what each scheme's median run says of the plane, where the data lie in one.

        Raises
        ------
        UsageError
            They do not.
        """
        return self._draw("decision_boundaries", cell)

    def signals(self, cell: int = 0) -> Any:
        """Draw the signal and the gradient in every layer before training, beside theory.

        Raises
        ------
        UsageError
            They were not measured: the config has to say ``probe: true``.
        """
        return self._draw("signals", cell)

    def histograms(self, cell: int = 0) -> Any:
        """Draw how preactivations are spread before training; as `signals`."""
        return self._draw("histograms", cell)

    def jacobians(self, cell: int = 0) -> Any:
        """Draw the singular values of Jacobians before training; as `signals`."""
        return self._draw("jacobians", cell)

    def _draw(self, kind: str, cell: int) -> Any:
        self.results.epochs(cell)  # refuses a cell that there is none of
        found = {
            each.kind: each for each in cell_drawings(self.results, cell) if not each.is_animated
        }
        if kind not in found:
            known = ", ".join(found) or "none, because no run has finished"
            raise UsageError(f"these results have no figure {kind}. Figures: {known}.")
        from initbench.figures.drawing import draw

        return draw(found[kind].build())


def shown(results: Results) -> ShownResults:
    """Return results that show themselves."""
    return ShownResults(**{field.name: getattr(results, field.name) for field in fields(results)})
