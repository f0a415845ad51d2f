"""What holds for all tests: skips are loud in CI, and BLAS computes in one thread.

A test that needs a package, a driver or a browser skips on a machine without it, which is right for
a person who has not installed it and wrong for CI, which would pass without testing anything. Where
the variable CI is set, a test that is skipped therefore fails, or has a reason here.
"""

import math
import os

import pytest
from threadpoolctl import threadpool_limits

MAY_BE_SKIPPED = {
    "needs /proc": "only Linux lists processes and their memory there",
}
"""The reasons to skip that are accepted under CI, and why CI cannot remove them."""


@pytest.hookimpl(wrapper=True)
def pytest_runtestloop():
    """Run the tests with one thread for each process, as training does.

    The products of the tests' networks are so small that a second thread mostly waits, and where
    every core has a process that waiting takes most of the time.
    """
    with threadpool_limits(limits=1, user_api="blas"):
        return (yield)


@pytest.fixture(autouse=True, scope="session")
def _no_kernels_unasked():
    """Train with NumPy: compiled kernels would come in the middle of whichever test is long."""
    from initbench.nn import fast

    fast._State.trained = -math.inf


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport():
    """Fail a test that was skipped under CI."""
    return _loud((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report():
    """Fail a module that was skipped as a whole under CI."""
    return _loud((yield))


def _loud(report):
    """Return the report, as a failure if it is a skip that CI does not accept."""
    if report.skipped and not hasattr(report, "wasxfail") and os.environ.get("CI"):
        _, _, reason = report.longrepr
        if reason.removeprefix("Skipped: ") not in MAY_BE_SKIPPED:
            report.outcome = "failed"
            report.longrepr = f"{reason}, but CI is set: install what is missing, do not skip"
    return report
