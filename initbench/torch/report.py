"""What was measured of a module, and its reports: text, document for JSON, figures and page."""

import html
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.formatting import NONE, count_of, listing
from initbench.probing.report import WIDTH, layer_document, layer_numbers
from initbench.results.curvature import curvature_sentence, describe_curvature
from initbench.results.probes import SchemeProbe, verdict
from initbench.stats.summaries import number_or_none, summarise
from initbench.tables import as_lines, plain, table_of

MOST_ROWS: Final = 14
"""Layers in the table of a deep network."""

LONGEST: Final = 18
"""Characters of the name of a layer in the text; of a longer name, its end."""

UNDERFLOWS: Final = 0.1
"""Share of lost gradients of a layer from which on they are reported."""


@dataclass(frozen=True)
class Layer:
    """One use of a weight in the forward pass.

    Attributes
    ----------
    name : str
        Of the module; with the number of the use if there are several.
    weight : str
        Name of the parameter; empty if the module holds several.
    activation : str
        Behind the layer, or an empty string.
    """

    name: str
    weight: str
    kind: str
    activation: str


@dataclass(frozen=True)
class Half:
    """What a type of half precision makes of the forward and backward pass of the first seed.

    Attributes
    ----------
    overflow : str
        The first layer whose output is not finite; empty if all are.
    underflow : tuple of float
        For each layer, the share of the gradients by its signal, none of them zero in higher
        precision, that are zero in this type. Loss scaling avoids it.
    problem : str
        Why the module could not be computed in this type; empty if it could.
    """

    dtype: str
    overflow: str
    is_loss_finite: bool
    underflow: tuple[float, ...]
    problem: str = ""


@dataclass(frozen=True)
class ModelProbe:
    """Measurements of a module before training.

    Attributes
    ----------
    name : str
        Class of the module.
    scheme : str
        What the weights were drawn from; empty for the module's own initialization.
    seeds : tuple of int
    layers : tuple of Layer
        In the order of their use.
    measured : SchemeProbe
        The statistics of each layer and seed; `SchemeProbe.expected` is set if the module is a
        chain of linear layers and known activations.
    gradient_to_weight : ndarray of shape (S, L)
        Root mean square of the gradient over that of the weight; NaN where a layer has no weight of
        its own.
    update_ratio : ndarray of shape (S, L)
        The norm of the first step of the optimizer over that of the weight.
    gradient_size : ndarray of shape (S,)
        The sum of the magnitudes of the gradient by all weights: by how much a step of Adam with a
        rate of one would change the loss, to first order.
    repeated : ndarray of shape (S, L)
        Share of the units of a layer that have the weights and the gradients of another unit, so
        that training keeps them equal.
    optimizer : str
    learning_rate : float
    without_gradient : tuple of str
        Trainable parameters whose gradient is zero or missing for every seed.
    unused : tuple of str
        Those of them that the loss does not depend on.
    halves : tuple of Half
    dtype : str
        Precision in which the module was measured.
    """

    name: str
    scheme: str
    seeds: tuple[int, ...]
    layers: tuple[Layer, ...]
    measured: SchemeProbe
    gradient_to_weight: FloatArray
    update_ratio: FloatArray
    gradient_size: FloatArray
    repeated: FloatArray
    optimizer: str
    learning_rate: float
    without_gradient: tuple[str, ...]
    unused: tuple[str, ...]
    halves: tuple[Half, ...]
    dtype: str

    @property
    def verdict(self) -> str:
        """A sentence on the signal, the gradients, the units and the loss."""
        return verdict(self.measured)

    @property
    def initial_loss(self) -> float:
        """Median over the seeds of the loss before training."""
        return float(np.median(self.measured.loss))

    @property
    def guess(self) -> float:
        """Loss of the best constant output, the entropy of the class shares; NaN if unknown."""
        return self.measured.guess

    def __str__(self) -> str:
        """Return the text of the probe: a table of layers, and sentences."""
        lines, _ = as_lines(table_of(columns(self), rows(self, MOST_ROWS, LONGEST), left=(1,)))
        return "\n\n".join(
            [
                textwrap.fill(heading(self), WIDTH),
                textwrap.indent(plain(lines), "  "),
                "\n".join(textwrap.fill(each, WIDTH) for each in sentences(self)),
            ]
        )


def heading(found: ModelProbe) -> str:
    """Return what was measured."""
    origin = found.scheme or "its own initialization"
    known = (
        f"; a constant prediction has loss {found.guess:.3g}" if np.isfinite(found.guess) else ""
    )
    return (
        f"{found.name} with {origin}, {count_of(len(found.seeds), 'seed')},"
        f" {count_of(len(found.layers), 'layer')}; loss {found.initial_loss:.3g}{known}"
    )


def columns(found: ModelProbe) -> tuple[str, ...]:
    """Return the headings of the table of layers."""
    theory = () if found.measured.expected is None else ("theory",)
    head = ("", "layer", "signal", *theory, "gradient", *theory)
    return (*head, "dead", "rank", "grad/weight", "update")


def rows(found: ModelProbe, most: int, longest: int) -> list[tuple[str, ...]]:
    """Return at most `most` rows of the table of layers, with names of at most `longest`."""
    count = len(found.layers)
    places = np.linspace(0, count - 1, min(count, most)).round().astype(int).tolist()
    table = []
    for layer in places:
        name = found.layers[layer].name
        short = name if len(name) <= longest else f"…{name[1 - longest :]}"
        numbers = list(layer_numbers(found.measured, layer))
        del numbers[4]  # the cosine
        if found.measured.expected is None:
            del numbers[3], numbers[1]  # forecasts
        for values in (found.gradient_to_weight, found.update_ratio):
            mean = _mean(values[:, layer])
            numbers.append(NONE if mean is None else f"{mean:.2g}")
        table.append((str(layer + 1), short, *numbers))
    return table


def sentences(found: ModelProbe) -> list[str]:
    """Return the verdict, and what stands out besides."""
    said = [f"{verdict(found.measured)}."]
    if found.without_gradient:
        count, shown = len(found.without_gradient), list(found.without_gradient[:5])
        names = listing(shown) if count <= len(shown) else f"{', '.join(shown)}, …"
        why = " (the loss does not depend on them)" if found.unused else ""
        said.append(f"No gradient reaches {count_of(count, 'parameter')}{why}: {names}.")
    worst = np.nanmax(np.median(found.update_ratio, axis=0), initial=0.0)
    if np.isfinite(worst) and worst > 0.0:
        medians = np.median(found.update_ratio, axis=0)
        place = int(np.nanargmax(medians))
        said.append(
            f"The first step of {found.optimizer} at a rate of {found.learning_rate:g} changes the"
            f" weights of layer {found.layers[place].name} most, by a relative {worst:.2g}."
        )
    if found.measured.curvature is not None:
        said.append(f"{curvature_sentence(found.measured.curvature)}.")
    for half in found.halves:
        lost = np.array(half.underflow)
        if half.problem:
            said.append(f"In {half.dtype} the model could not be computed: {half.problem}.")
        elif half.overflow:
            said.append(f"In {half.dtype} the output of {half.overflow} is not finite.")
        elif not half.is_loss_finite:
            said.append(f"In {half.dtype} the output or the loss is not finite.")
        elif lost.size and lost.max() > UNDERFLOWS:
            said.append(
                f"In {half.dtype} {lost.max():.0%} of the gradients at layer"
                f" {found.layers[int(lost.argmax())].name} underflow to zero without loss scaling."
            )
    return said


def probe_document(found: ModelProbe) -> dict[str, Any]:
    """Return a probe as plain values, with None for numbers that are not finite.

    Returns
    -------
    dict
        ``model``, ``scheme``, ``seeds``, ``guess``, ``loss``, ``verdict``, ``sentences``,
        ``curvature`` if it was measured (`describe_curvature`), ``layers`` (an entry for each, in
        order: ``name``, ``kind``, ``activation``, the mean over seeds of each number, ``spread``
        and ``expected``), ``without_gradient``, ``half`` and the rate of ``update_ratio``.
    """
    curved = found.measured.curvature
    return {
        "model": found.name,
        "scheme": found.scheme,
        "seeds": list(found.seeds),
        "dtype": found.dtype,
        "guess": number_or_none(found.guess),
        "loss": summarise(found.measured.loss),
        "gradient_ratio": summarise(found.measured.gradient_ratio),
        "verdict": verdict(found.measured),
        **({"curvature": describe_curvature(curved)} if curved is not None else {}),
        "sentences": sentences(found),
        "optimizer": found.optimizer,
        "learning_rate": found.learning_rate,
        "without_gradient": list(found.without_gradient),
        "half": [{**asdict(half), "underflow": list(half.underflow)} for half in found.halves],
        "layers": [
            {
                "name": layer.name,
                "kind": layer.kind,
                "activation": layer.activation,
                **layer_document(found.measured, place),
                "gradient_to_weight": _mean(found.gradient_to_weight[:, place]),
                "update_ratio": _mean(found.update_ratio[:, place]),
            }
            for place, layer in enumerate(found.layers)
        ],
    }


def probe_pictures(found: ModelProbe) -> Iterator[tuple[str, bytes]]:
    """Draw the figures of a probe; yield the file name of each, ``signals.png``, and its bytes."""
    from initbench.figures.untrained import untrained_pictures

    measured = {found.scheme or found.name: found.measured}
    return untrained_pictures(measured, found.name, ("signals", "histograms"))


PAGE: Final = """\
<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · initbench</title>
<style>
body {{ font: 1rem/1.5 system-ui, sans-serif; max-width: 70rem; margin: auto; padding: 0 1rem }}
table {{ border-collapse: collapse; font-variant-numeric: tabular-nums }}
td, th {{ padding: .2rem .7rem; text-align: right; border-bottom: 1px solid #ccc }}
td:nth-child(2), th:nth-child(2) {{ text-align: left }}
div {{ overflow-x: auto }}
svg {{ max-width: 100%; height: auto }}
</style>
</head>
<body>
<h1>{title}</h1>
<p>{heading}</p>
<ul>{sentences}</ul>
{figures}
<h2>Layers</h2>
<div><table><thead><tr>{columns}</tr></thead><tbody>{rows}</tbody></table></div>
</body>
</html>
"""


def probe_page(found: ModelProbe) -> bytes:
    """Return a page with the sentences, the figures and the table of all layers."""
    figures = [data.decode() for name, data in probe_pictures(found) if name.endswith(".svg")]
    drawn = [text[text.index("<svg") :] for text in figures]

    def row(tag: str, cells: Sequence[str]) -> str:
        return "".join(f"<{tag}>{html.escape(cell)}</{tag}>" for cell in cells)

    return PAGE.format(
        title=html.escape(found.name),
        heading=html.escape(heading(found)),
        sentences="".join(f"<li>{html.escape(each)}</li>" for each in sentences(found)),
        figures="\n".join(drawn),
        columns=row("th", columns(found)),
        rows="".join(
            f"<tr>{row('td', each)}</tr>" for each in rows(found, len(found.layers), 1000)
        ),
    ).encode()


def _mean(values: FloatArray) -> float | None:
    finite = values[np.isfinite(values)]
    return float(finite.mean()) if finite.size else None
