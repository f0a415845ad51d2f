r"""Stability: up to which curvature an optimizer of gradient descent converges.

Gradient descent on a quadratic diverges along an eigenvector of its Hessian whose eigenvalue is
above :math:`2 / \eta`; with momentum :math:`\mu`, above :math:`2 (1 + \mu) / \eta`, and with
Nesterov's, above that over :math:`1 + 2 \mu`.

References
----------
Cohen, Kaur, Li, Kolter, Talwalkar, "Gradient descent on neural networks typically occurs at the
edge of stability", ICLR 2021.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np

from initbench.arrays import FloatArray


def stability_factor(optimizer: str, options: Mapping[str, Any]) -> float | None:
    """Return the largest stable learning rate times the sharpness of a quadratic; None if unknown.

    `options`: with ``momentum``, if the optimizer has it.

    Examples
    --------
    >>> stability_factor("sgd", {}), stability_factor("momentum", {"momentum": 0.5})
    (2.0, 3.0)
    """
    momentum = float(options.get("momentum", 0.0))
    if optimizer in {"sgd", "momentum"}:
        return 2.0 * (1.0 + momentum)
    return 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum) if optimizer == "nesterov" else None


def stable_sharpness(optimizer: str, options: Mapping[str, FloatArray]) -> FloatArray:
    """Return the largest sharpness at which each run's steps are stable, ``(R,)``; NaN if unknown.

    `options`: by name, of shape (R,); the ``learning_rate``, and ``momentum`` if the optimizer has
    it.

    Examples
    --------
    >>> stable_sharpness("sgd", {"learning_rate": np.array([0.1, 0.5])}).tolist()
    [20.0, 4.0]
    """
    runs = [dict(zip(options, each, strict=True)) for each in zip(*options.values(), strict=True)]
    factors = [stability_factor(optimizer, run) for run in runs]
    known = np.array([np.nan if factor is None else factor for factor in factors])
    return np.asarray(known / options["learning_rate"])
