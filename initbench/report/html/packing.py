"""Packing: many small numbers as a short text, which the page unpacks."""

import base64
import zlib

import numpy as np
from numpy.typing import NDArray

from initbench.arrays import FloatArray

UNKNOWN = 255
"""The byte that stands for what is not known."""


def pack(values: NDArray[np.uint8]) -> str:
    """Return bytes, compressed and in base64."""
    return base64.b64encode(zlib.compress(np.ascontiguousarray(values).tobytes(), 9)).decode()


def quantise(values: FloatArray, low: float, high: float) -> NDArray[np.uint8]:
    """Return values between two limits as 0 to 254, and what is not finite as `UNKNOWN`.

    >>> quantise(np.array([0.0, 0.5, 1.0, np.nan]), 0.0, 1.0).tolist()
    [0, 127, 254, 255]
    """
    known = np.isfinite(values)
    scaled = np.clip((np.where(known, values, low) - low) / ((high - low) or 1.0), 0, 1)
    return np.where(known, np.rint(scaled * (UNKNOWN - 1)), UNKNOWN).astype(np.uint8)


def rounded(values: FloatArray, digits: int = 4) -> list[float | None]:
    """Return numbers with so many digits, None for what is not finite.

    >>> rounded(np.array([0.123456, 12345.6, np.nan]))
    [0.1235, 12350.0, None]
    """
    return [float(f"{value:.{digits}g}") if np.isfinite(value) else None for value in values]


def evenly(length: int, most: int) -> NDArray[np.int64]:
    """Return at most so many indices, evenly spaced, the first and the last among them.

    >>> evenly(100, 4).tolist(), evenly(3, 10).tolist()
    ([0, 33, 66, 99], [0, 1, 2])
    """
    return np.unique(np.linspace(0, length - 1, min(length, most)).round().astype(np.int64))
