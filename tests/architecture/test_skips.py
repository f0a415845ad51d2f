"""A skipped test is a failure where CI is set, unless its reason is listed."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

CONFTEST = Path(__file__).parents[1] / "conftest.py"
MODULE = """
import pytest

@pytest.mark.skipif(True, reason="no browser")
def test_skipped_by_a_mark(): pass

def test_skipped_by_a_call(): pytest.skip("no driver")

@pytest.fixture
def missing(): pytest.importorskip("no_such_package")

def test_skipped_by_a_fixture(missing): pass

@pytest.mark.skipif(True, reason="needs /proc")
def test_skipped_for_a_listed_reason(): pass

@pytest.mark.xfail(reason="known", strict=True)
def test_expected_to_fail(): assert False

def test_that_passes(): pass
"""
WHOLE = 'import pytest\npytest.importorskip("no_such_package")\n'


@pytest.fixture
def outcomes(tmp_path):
    """Return a function that runs two modules with skips, and returns pytest's closing counts."""
    (tmp_path / "conftest.py").write_text(CONFTEST.read_text("utf-8"), "utf-8")
    (tmp_path / "test_module.py").write_text(MODULE, "utf-8")
    (tmp_path / "test_whole.py").write_text(WHOLE, "utf-8")

    def run(**variables):
        environment = {name: value for name, value in os.environ.items() if name != "CI"}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "--continue-on-collection-errors"],
            env=environment | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"} | variables,
            cwd=tmp_path,
            capture_output=True,
            text=True,
            check=False,
        )
        return set(done.stdout.splitlines()[-1].rpartition(" in ")[0].split(", "))

    return run


def test_a_person_may_skip(outcomes):
    """Without CI, four tests and a module are skipped, and nothing fails."""
    assert outcomes() == {"1 passed", "5 skipped", "1 xfailed"}


def test_ci_may_skip_only_for_a_listed_reason(outcomes):
    """The call fails; the mark, the fixture and the module are errors of what is around a test."""
    assert outcomes(CI="1") == {"1 failed", "3 errors", "1 passed", "1 skipped", "1 xfailed"}
