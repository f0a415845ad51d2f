"""The document of a probe: plain values, as ``initbench probe --json`` prints them."""

from typing import Any

import numpy as np

from initbench.arrays import FloatArray
from initbench.probing.probing import Probe
from initbench.results.probes import Expected, SchemeProbe
from initbench.results.verdict import verdict
from initbench.stats.summaries import number_or_none, summarise


def probe_document(probe: Probe) -> dict[str, Any]:
    """Return a probe as plain values; what is not finite is None.

    Returns
    -------
    dict
        ``inits``: by label, ``layers`` (an entry a layer from the input on, each number the mean
        over seeds; ``spread``, the standard deviation over seeds of each; ``expected``, None where
        theory has nothing to say), ``verdict``, ``loss``, ``gradient_ratio`` and ``jacobian``
        (singular values of the logits' derivative by the first input, sorted, mean over seeds);
        and ``network``, ``dataset``, ``seeds`` and ``guess``, the loss of an answer that knows
        nothing.
    """
    return {
        "network": {
            "sizes": list(probe.architecture.sizes),
            "activation": probe.architecture.activation.name,
        },
        "dataset": probe.dataset,
        "seeds": list(probe.seeds),
        "guess": probe.guess,
        "inits": {label: _of_scheme(one) for label, one in probe.schemes.items()},
    }


def _of_scheme(scheme: SchemeProbe) -> dict[str, Any]:
    count = next(iter(scheme.layers.values())).shape[1]
    return {
        "verdict": verdict(scheme),
        "loss": summarise(scheme.loss),
        "gradient_ratio": summarise(scheme.gradient_ratio),
        "jacobian": None if scheme.jacobian is None else _numbers(scheme.jacobian.mean(axis=0)),
        "layers": [_of_layer(scheme, layer) for layer in range(count)],
    }


def _of_layer(scheme: SchemeProbe, layer: int) -> dict[str, Any]:
    with np.errstate(all="ignore"):
        means = {name: values[:, layer].mean() for name, values in scheme.layers.items()}
        spread = {name: values[:, layer].std() for name, values in scheme.layers.items()}
    return {
        **{name: number_or_none(value) for name, value in means.items()},
        "spread": {name: number_or_none(value) for name, value in spread.items()},
        "expected": None if scheme.expected is None else _expected(scheme.expected, layer),
    }


def _expected(expected: Expected, layer: int) -> dict[str, Any]:
    return {
        "preactivation_rms": number_or_none(expected.preactivation_rms[layer]),
        "preactivation_rms_band": _numbers(expected.preactivation_band[:, layer]),
        "delta_rms": number_or_none(expected.delta_rms[layer]),
        "delta_rms_band": _numbers(expected.delta_band[:, layer]),
        "cosine": number_or_none(expected.cosine[layer]),
    }


def _numbers(values: FloatArray) -> list[float | None]:
    return [number_or_none(value) for value in values]
