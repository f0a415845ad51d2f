"""Write the exercise's own draw of weights as files: ``python deeplearning_ai_draw.py [FOLDER]``.

deeplearning.ai's exercise on initialization draws from NumPy's legacy ``RandomState(3)``, layer
after layer, weights as (out, in), and starts biases at zero. Each file holds ``W1, b1, W2, b2, …``,
weights as (in, out). Trained as the exercise says, the large random draw ends at an accuracy of
0.83 on the training part and 0.86 on the test part, and He's at 0.9933 and 0.96.
"""  # noqa: INP001  # a script, not a package

import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import numpy as np

SIZES = (2, 10, 5, 1)

SCALES: dict[str, Callable[[int], float]] = {
    "large_random": lambda _fan_in: 10.0,
    "he": lambda fan_in: float(np.sqrt(2.0 / fan_in)),
}


def main() -> None:
    """Write one file a scheme."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    for name, scale in SCALES.items():
        np.savez(folder / f"deeplearning_ai_{name}.npz", **draw(scale))


def draw(scale: Callable[[int], float]) -> dict[str, np.ndarray]:
    """Return the weights and biases of all layers."""
    rng = np.random.RandomState(3)  # the exercise's own
    arrays: dict[str, np.ndarray] = {}
    for layer, (fan_in, fan_out) in enumerate(pairwise(SIZES), 1):
        arrays[f"W{layer}"] = rng.randn(fan_out, fan_in).T * scale(fan_in)
        arrays[f"b{layer}"] = np.zeros(fan_out)
    return arrays


if __name__ == "__main__":
    main()
