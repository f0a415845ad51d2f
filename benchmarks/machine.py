"""The machine: one core, one thread, what it is, and how fast it multiplies."""

import json
import os
import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version
from typing import Final

PEERS: Final = ("jax", "jaxlib", "torch", "scikit-learn")

ORDER: Final = 2048
"""Of the matrices that tell the core's rate."""


def pin_to_one_core() -> None:
    """Keep this process on one core and its libraries in one thread; before they are imported."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        os.environ.pop(name, None)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = "1"
    os.environ["XLA_FLAGS"] = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"


def multiply_rate(seconds: float = 1.0) -> float:
    """Return the multiplications a second in large float32 products: the median of some."""
    import numpy as np

    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, ORDER, ORDER), np.float32)
    out, times, end = a @ b, [], time.process_time() + seconds
    while time.process_time() < end:
        start = time.process_time()
        np.matmul(a, b, out=out)
        times.append(time.process_time() - start)
    return float(ORDER**3 / np.median(times))


def describe() -> Sequence[str]:
    """Return a line each on the machine, its libraries and its matrix kernels."""
    from initbench.experiment.session import manifest

    found = json.loads(manifest(runs_trained=0, runs_reused=0, seconds=0.0))
    ours = [f"{name} {found[name]}" for name in ("python", "numpy", "scipy")]
    kernels = {
        f"{library['internal_api']} {library['version']} ({library['architecture']} kernels)"
        for library in found["blas"]
    }
    return (
        f"{found['processor']}, {os.cpu_count()} cores, of which one is used; {found['platform']}",
        ", ".join([*ours, *filter(None, map(_version, PEERS))]),
        "NumPy and SciPy multiply with " + " and ".join(sorted(kernels)),
    )


def _version(package: str) -> str | None:
    try:
        return f"{package} {version(package)}"
    except PackageNotFoundError:
        return None
