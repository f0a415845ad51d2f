"""Hand-written digits: one real problem that comes with the install.

1,797 pictures of 8 × 8 pixels with values 0 to 16, from the test part of E. Alpaydin and
C. Kaynak's "Optical Recognition of Handwritten Digits" (UCI Machine Learning Repository, 1998,
https://doi.org/10.24432/C50P49), licensed CC BY 4.0; see ``digits.LICENSE.txt``. The numbers are
those of scikit-learn's ``load_digits``, and a test compares them.
"""

from importlib.resources import files

import numpy as np

from initbench.arrays import FloatArray, IntArray
from initbench.data.dataset import DatasetEntry


def digits(_rng: np.random.Generator) -> tuple[FloatArray, IntArray]:
    """Return the pictures, row by row, and the digits that they show.

    Returns
    -------
    X : ndarray of shape (1797, 64)
    y : ndarray of shape (1797,)
    """
    with files("initbench.data").joinpath("digits.npz").open("rb") as file:
        arrays = np.load(file, allow_pickle=False)
        return arrays["X"].astype(np.float64), arrays["y"].astype(np.intp)


DIGITS = DatasetEntry(
    name="digits",
    make=digits,
    summary="1,797 hand-written digits of 8 × 8 pixels",
    reference="Alpaydin & Kaynak (1998), UCI Machine Learning Repository, CC BY 4.0",
)
