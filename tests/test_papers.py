"""Published claims: their configs can be run, and the page says what was verified last."""

import importlib.util
import json
from pathlib import Path

import pytest

from initbench.config.loading import load_experiment
from initbench.experiment.plan import make_plan

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "configs" / "papers").glob("*.yaml"))
RECORD = json.loads((ROOT / "docs" / "papers.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def builder():
    """Return the script that writes the page, as a module."""
    spec = importlib.util.spec_from_file_location("builder", ROOT / "docs" / "build_papers.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_each_config_is_planned_with_its_claims(path):
    """What it claims is about metrics, schemes and points that it has."""
    experiment = load_experiment(path)
    assert experiment.name == path.stem
    assert experiment.description
    assert make_plan(experiment).outline.claims


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_each_config_begins_with_its_source(path, builder):
    """Who said it, where and when."""
    assert any(year in builder.citation_of(path) for year in map(str, range(2010, 2027)))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_verdicts_are_of_the_claims_as_they_stand(path):
    """A claim that is changed has to be verified again, and each has a published source."""
    claims = [claim.model_dump() for claim in load_experiment(path).expect]
    recorded = [{key: claim[key] for key in claims[0]} for claim in RECORD[path.stem]]
    assert recorded == claims
    assert all(claim["seeds"] >= 10 for claim in RECORD[path.stem])


def test_the_page_is_current(builder):
    """``python docs/build_papers.py`` would change nothing, and a dozen papers are on it."""
    assert (ROOT / "docs" / "papers.md").read_text("utf-8") == builder.papers_page(RECORD)
    assert len(RECORD) >= 12


def test_failed_claims_have_a_reason():
    """A FAIL stays with a sentence beside its figures."""
    failed = [claim for claims in RECORD.values() for claim in claims if claim["verdict"] == "FAIL"]
    assert all(claim["note"] for claim in failed)
