"""Reports of a probe: the text for a terminal, the document for JSON, and the figures."""

import textwrap
from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from initbench.formatting import NONE
from initbench.probing.untrained import Probe
from initbench.report.untrained import CURVATURE_READING, curvature_table
from initbench.results.curvature import curvature_sentence, describe_curvature
from initbench.results.probes import SchemeProbe, curvatures_of, verdict
from initbench.stats.summaries import number_or_none, numbers_or_none, summarise
from initbench.tables import as_lines, plain, table_of

WIDTH: Final = 80
"""Columns of the text."""

MOST_ROWS: Final = 7
"""Layers in the table of a deep network."""


def probe_text(probe: Probe) -> str:
    """Return the text of a probe: a table of layers and a sentence for each scheme.

    Signal and gradient are root mean squares, averaged over seeds, of the preactivations and of the
    derivatives of the loss by them.
    """
    network = f"{shape(probe.architecture.sizes)} {probe.architecture.activation.name}"
    subject = f"{network} on {probe.dataset}, {len(probe.seeds)} seeds, untrained"
    heading = f"{subject}; a constant prediction has loss {probe.guess:.3g}"
    blocks = [textwrap.fill(heading, WIDTH)]
    for label, scheme in probe.schemes.items():
        count = scheme.layers["cosine"].shape[1]
        layers = list(range(count))
        if count > MOST_ROWS:
            some = np.linspace(0, count - 2, MOST_ROWS - 1).round().astype(int).tolist()
            layers = sorted({*some, count - 1})
        names = ("layer", "signal", "theory", "gradient", "theory", "cosine", "dead", "rank")
        numbers = ["out" if layer == count - 1 else str(layer + 1) for layer in layers]
        pairs = zip(numbers, layers, strict=True)
        rows = [(number, *layer_numbers(scheme, layer)) for number, layer in pairs]
        lines, _ = as_lines(table_of(names, rows, left=()))
        sentence = textwrap.fill(f"{verdict(scheme)}.", WIDTH)
        blocks.append(f"{label}\n{textwrap.indent(plain(lines), '  ')}\n{sentence}")
    if curvatures := curvatures_of(probe.schemes):
        heading = "Curvature of the loss on these samples, and the learning rates that it predicts"
        said = [f"{label}: {curvature_sentence(each)}." for label, each in curvatures.items()]
        filled = [textwrap.fill(each, WIDTH, subsequent_indent="  ") for each in said]
        lines, _ = as_lines(curvature_table(curvatures))
        reading = textwrap.fill(CURVATURE_READING, WIDTH)
        blocks.append("\n".join([heading, *filled, textwrap.indent(plain(lines), "  "), reading]))
    return "\n\n".join(blocks)


def probe_document(probe: Probe) -> dict[str, Any]:
    """Return a probe as plain values, with None for numbers that are not finite.

    Returns
    -------
    dict
        ``network``, ``dataset``, ``seeds``; ``guess``, the loss of the best prediction that ignores
        the features; and ``inits``, by label: ``layers`` (an entry for each layer, in order: the
        mean over seeds of each number; ``spread``, its standard deviation over seeds;
        ``expected``, the forecast or None), ``verdict``, ``loss``, ``gradient_ratio``,
        ``curvature`` if it was measured (`describe_curvature`), and ``jacobian`` (singular values
        of the derivative of the logits by the first input, in descending order, averaged over
        seeds).
    """
    return {
        "network": {
            "sizes": list(probe.architecture.sizes),
            "activation": probe.architecture.activation.name,
        },
        "dataset": probe.dataset,
        "seeds": list(probe.seeds),
        "guess": probe.guess,
        "inits": {
            label: {
                "verdict": verdict(scheme),
                "loss": summarise(scheme.loss),
                "gradient_ratio": summarise(scheme.gradient_ratio),
                **({"curvature": describe_curvature(scheme.curvature)} if scheme.curvature else {}),
                "jacobian": None
                if scheme.jacobian is None
                else numbers_or_none(scheme.jacobian.mean(axis=0)),
                "layers": [
                    layer_document(scheme, layer)
                    for layer in range(scheme.layers["cosine"].shape[1])
                ],
            }
            for label, scheme in probe.schemes.items()
        },
    }


def probe_pictures(probe: Probe) -> Iterator[tuple[str, bytes]]:
    """Draw the figures of a probe; yield the file name of each, ``signals.png``, and its bytes."""
    from initbench.figures.untrained import untrained_pictures

    subject = f"{probe.architecture.activation.name} network on {probe.dataset}"
    return untrained_pictures(probe.schemes, subject)


def shape(sizes: Sequence[int]) -> str:
    """Return the sizes of a network as text, with more than four hidden layers in brackets.

    >>> shape([2, 8, 8, 1]), shape([64, *[256] * 30, 10])
    ('2-8-8-1', '64-(256×30)-10')
    """
    first, *hidden, last = sizes
    if len(hidden) <= 4:
        return "-".join(map(str, sizes))
    least, most = min(hidden), max(hidden)
    return f"{first}-({least if least == most else f'{least}…{most}'}×{len(hidden)})-{last}"


def layer_numbers(scheme: SchemeProbe, layer: int) -> tuple[str, ...]:
    """Return the numbers of one layer as text, means over the seeds.

    They are the signal, its forecast, the gradient, its forecast, the cosine, the share of dead
    units and the effective rank.
    """

    def mean(name: str) -> float | None:
        """Return the mean over the seeds whose value is finite."""
        values = scheme.layers[name][:, layer]
        finite = values[np.isfinite(values)]
        return float(finite.mean()) if finite.size else None

    def number(value: float | None, form: str = "") -> str:
        if value is None or not np.isfinite(value):
            return NONE
        if not form:
            form = ".3f" if 0.0095 < abs(value) < 999.5 or value == 0.0 else ".1e"
        return f"{value:{form}}"

    found = scheme.expected
    return (
        number(mean("preactivation_rms")),
        number(None if found is None else found.preactivation_rms[layer]),
        number(mean("delta_rms")),
        number(None if found is None else found.delta_rms[layer]),
        number(mean("cosine"), ".2f"),
        number(mean("dead_fraction"), ".0%"),
        number(mean("effective_rank"), ".1f"),
    )


def layer_document(scheme: SchemeProbe, layer: int) -> dict[str, Any]:
    """Return the numbers of one layer as plain values: means, spread over seeds, and forecast."""
    with np.errstate(all="ignore"):
        means = {name: values[:, layer].mean() for name, values in scheme.layers.items()}
        spread = {name: values[:, layer].std() for name, values in scheme.layers.items()}
    expected = scheme.expected
    return {
        **{name: number_or_none(value) for name, value in means.items()},
        "spread": {name: number_or_none(value) for name, value in spread.items()},
        "expected": None
        if expected is None
        else {
            "preactivation_rms": number_or_none(expected.preactivation_rms[layer]),
            "preactivation_rms_band": numbers_or_none(expected.preactivation_band[:, layer]),
            "delta_rms": number_or_none(expected.delta_rms[layer]),
            "delta_rms_band": numbers_or_none(expected.delta_band[:, layer]),
            "cosine": number_or_none(expected.cosine[layer]),
        },
    }
