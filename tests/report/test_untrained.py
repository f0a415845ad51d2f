"""Untrained networks in the report: told of once, in words that are text, and drawn."""

import json
import re

import numpy as np
import pytest

import initbench
from initbench.figures.catalogue import drawings
from initbench.figures.files import digest, figure_files
from initbench.figures.untrained import probed_groups, shared_settings
from initbench.report.html.page import payload
from initbench.report.markdown import report_markdown
from initbench.report.rebuilding import write_report

HOSTILE = "</script>|`_a_`"
KINDS = {"signals", "histograms", "jacobians"}
SETTINGS = {
    "name": "probed",
    "dataset": {"name": "moons", "samples": 60},
    "network": {"depth": 3, "width": 6},
    "training": {"epochs": 1},
    "inits": ["he", "zeros", {"name": "random", "std": 1e200, "label": HOSTILE}],
    "seeds": 2,
    "sweep": {"training.optimizer.learning_rate": [0.1, 1.0], "network.depth": [1, 3]},
    "probe": True,
}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """Return results at two rates and two depths; one scheme is hostile and beyond all numbers."""
    return initbench.run(SETTINGS, results=tmp_path_factory.mktemp("probed"), plots=False)


@pytest.fixture(scope="module")
def unprobed(tmp_path_factory):
    """Return results of which nothing was measured before training."""
    settings = {**SETTINGS, "probe": False, "sweep": {}}
    return initbench.run(settings, results=tmp_path_factory.mktemp("unprobed"), plots=False)


def test_cells_with_the_same_untrained_networks_are_reported_once(results):
    """By what they have in common, which is the depth."""
    groups = probed_groups(results)
    assert [len(cells) for cells in groups] == [2, 2]
    names = [shared_settings(results, cells) for cells in groups]
    assert names == ["network.depth = 1", "network.depth = 3"]


def test_the_report_has_a_sentence_and_a_row_for_each_scheme(results):
    """What is measured stands beside what is expected; hostile labels are text."""
    text = report_markdown(results, ())
    part = text[text.index("## Before training") : text.index("## Schemes")]
    assert part.count("### network") == 2
    assert part.count("- **he**: ") == 2
    assert "The signal is zero at layer 1 in 2 of 2 seeds" in part
    assert HOSTILE not in part
    assert r"**&lt;/script&gt;\|\`\_a\_\`**: The signal is not finite in 2 of 2 seeds" in part
    rows = [line.split(" | ") for line in part.splitlines() if line.startswith("| he |")]
    for row in rows:
        middle, low, high = map(float, re.fullmatch(r"(.*) \((.*) to (.*)\)", row[4]).groups())
        assert low < middle < high
        assert low / 2 < float(row[3]) < 2 * high


def test_a_page_has_one_table_for_all_cells_that_share_their_networks(results):
    """Two tables for four cells, with a row for each scheme; and what is no number is null."""
    document = payload({"results": (results, "")})
    json.dumps(document, allow_nan=False)
    shallow, deep = document["sides"][0]["untrained"]
    assert sorted(shallow["cells"] + deep["cells"]) == [0, 1, 2, 3]
    assert len(deep["rows"]) == len(results.outline.labels)
    he, zeros, _ = deep["rows"]
    signal = deep["headings"].index("signal, last hidden layer")
    found = results.probe("he", deep["cells"][0]).layers["preactivation_rms"][:, -2]
    assert float(he[signal]) == pytest.approx(np.median(found), rel=0.01)
    assert float(zeros[signal]) == 0.0


def test_figures_are_built_once_for_all_cells_that_share_their_networks(results):
    """Of the first of them, with a caption that says when it was measured."""
    first = {cells[0] for cells in probed_groups(results)}
    found = [each for each in drawings(results) if each.kind in KINDS]
    assert {(each.kind, each.cell) for each in found} == {
        (k, cell) for k in KINDS for cell in first
    }
    for each in found:
        assert "before training" in each.build().caption


def test_reports_and_figures_are_rebuilt_byte_for_byte(results):
    """From the folder alone; and building figures warns of nothing, whatever a signal does."""
    names = ("REPORT.md", "report.html", "metrics.json")
    before = [(results.folder / name).read_bytes() for name in names]
    again = initbench.load_results(results.folder)
    write_report(again, plots=False)
    assert [(results.folder / name).read_bytes() for name in names] == before
    first, second = (
        {each.name: digest(each.build()) for each in drawings(folder) if each.kind in KINDS}
        for folder in (results, again)
    )
    assert first == second
    assert len(first) == 6


def test_a_folder_without_probes_has_no_section_on_them(unprobed):
    """No part of the report, no section, no figures."""
    assert "Before training" not in report_markdown(unprobed, ())
    assert payload({"a": (unprobed, "")})["sides"][0]["untrained"] == []
    assert not any(kind in name for kind in KINDS for name in figure_files(unprobed))
