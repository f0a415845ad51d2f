"""Choices that depend on the kernels with which NumPy multiplies matrices.

The kernels of one machine are always the same, so its choices are too, and with them the numbers of
a run. `python -m benchmarks own` checks each choice on the machine that it runs on.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

COPIES_TRANSPOSED: Final[Mapping[str, bool]] = {
    "Haswell": False,  # GFLOP/s with and without: 38 and 46 at 33 × 32 × 32, 58 and 66 at
    "Zen": False,  # 65 × 64 × 64, 70 and 87 at 257 × 256 × 128; Zen has the same kernels
    "SkylakeX": True,  # microseconds with and without: 7.9 and 9.5 at 65 × 64 × 64
}
"""By kernel, as threadpoolctl names it, whether a product with the transpose of a small matrix is
faster with a copy of it. The numbers are those of AMD EPYC, Milan for AVX2, with OpenBLAS 0.3.31.

With the kernels of AVX2 and of older processors both ways give the same bits."""

OTHERS_COPY: Final = True
"""The choice for kernels that nobody has measured."""


@cache
def copies_transposed() -> bool:
    """Return whether products with the transpose of a small matrix take a copy of it here."""
    return COPIES_TRANSPOSED.get(kernel_name(), OTHERS_COPY)


@cache
def kernel_name() -> str:
    """Return the kernel of NumPy's BLAS, such as ``Haswell``; empty if that is not known."""
    from threadpoolctl import threadpool_info

    found = [each for each in threadpool_info() if each["user_api"] == "blas"]
    numpys = [each for each in found if "numpy" in each["filepath"]] or found
    return str(numpys[0].get("architecture", "")) if numpys else ""
