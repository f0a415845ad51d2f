"""The manifest: the machine and the versions with which results were computed.

The same run has the same numbers on the same machine and build. Elsewhere a processor or a matrix
library may round otherwise, so whoever compares two folders should be able to tell.
"""

import json
import platform
from importlib.metadata import version
from pathlib import Path

import numpy as np
from threadpoolctl import threadpool_info

from initbench.training.unit import NUMERIC_FORMAT


def manifest(*, runs_trained: int, runs_reused: int, seconds: float) -> bytes:
    """Return the contents of ``manifest.json``, which the program itself never reads.

    Parameters
    ----------
    runs_trained, runs_reused : int
        Runs of the latest session that were trained, and that were on disk.
    seconds : float
        Training time.
    """
    document = {
        "initbench": version("initbench"),
        "numeric_format": NUMERIC_FORMAT,
        "python": platform.python_version(),
        "numpy": np.__version__,
        "scipy": version("scipy"),
        "blas": [
            {name: library.get(name) for name in ("internal_api", "version", "architecture")}
            for library in threadpool_info()
            if library.get("user_api") == "blas"
        ],
        "platform": platform.platform(),
        "processor": _processor(),
        "runs_trained": runs_trained,
        "runs_reused": runs_reused,
        "training_seconds": round(seconds, 3),
    }
    return json.dumps(document, indent=2, sort_keys=True).encode() + b"\n"


def _processor() -> str:
    """Return the name of the processor."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        lines = []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
