"""Untrained networks in the report: told of once, in words that are text, and drawn."""

import json
import re

import numpy as np
import pytest

import initbench
from initbench.plots import render
from initbench.plots.palette import MOST_BANDS
from initbench.report import write_report
from initbench.report.captions import caption
from initbench.report.figures import draw_figure, figure_kinds
from initbench.report.html.payload import payload
from initbench.report.markdown import report_markdown
from initbench.report.pictures import is_ours, picture_names
from initbench.report.starts import shared_settings, starts_of

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


def test_cells_that_differ_in_training_alone_are_told_of_together(results):
    """By what they have in common, which is the depth."""
    groups = starts_of(results)
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


def test_a_page_holds_lines_once_for_all_cells_that_share_them(results):
    """Two starts for four cells; and what is no number is null."""
    document = payload(results, "")
    json.dumps(document, allow_nan=False)
    shallow, deep = document["starts"]
    assert sorted(shallow["cells"] + deep["cells"]) == [0, 1, 2, 3]
    signal, gradient = deep["panels"]
    assert (signal["name"], gradient["name"]) == ("signal", "gradient")
    he, zeros, huge = signal["measured"]
    found = results.probe("he", deep["cells"][0])
    np.testing.assert_allclose(he, np.median(found.layers["preactivation_rms"], axis=0), rtol=1e-3)
    np.testing.assert_allclose(
        signal["expected"][0],
        [
            found.expected.preactivation_band[0],
            found.expected.preactivation_rms,
            found.expected.preactivation_band[1],
        ],
        rtol=1e-3,
    )
    assert zeros == [0.0] * 4
    assert huge[-1] is None
    assert signal["expected"][1][1] == zeros
    assert deep["bands"] == (len(SETTINGS["inits"]) <= MOST_BANDS)
    assert [row["scheme"] for row in deep["rows"]] == [0, 1, 2]


def test_pictures_are_drawn_once_for_all_cells_that_share_them(results):
    """Of the first of them, in all sizes and with captions."""
    first = {str(cells[0]) for cells in starts_of(results)}
    found = {
        (kind, cell)
        for name in picture_names(results)
        for kind, cell in re.findall(r"plots/([a-z]+)_(\d)\.png", name)
    }
    assert {pair for pair in found if pair[0] in KINDS} == {
        (k, cell) for k in KINDS for cell in first
    }
    shared = starts_of(results)[0]
    assert all(set(figure_kinds(results, cell)) >= KINDS for cell in shared)
    assert all(is_ours(name.removeprefix("plots/")) for name in picture_names(results))
    for kind in KINDS:
        text = caption(results, kind, int(min(first)))
        assert "before training" in text
        assert "random" not in text.partition("Schemes:")[0]


def test_what_is_drawn_and_written_is_rebuilt_to_the_byte(results):
    """From the folder alone; and drawing warns of nothing, whatever a signal does."""
    names = ("REPORT.md", "report.html", "metrics.json")
    before = [(results.folder / name).read_bytes() for name in names]
    again = initbench.load_results(results.folder)
    write_report(again, plots=False)
    assert [(results.folder / name).read_bytes() for name in names] == before
    cell = starts_of(results)[1][0]
    for kind in KINDS:
        first, second = (render(draw_figure(each, kind, cell), "png") for each in (results, again))
        assert first == second


def test_a_folder_without_probes_says_nothing_of_them(unprobed):
    """No part of the report, no section, no pictures."""
    assert "Before training" not in report_markdown(unprobed, ())
    assert payload(unprobed, "")["starts"] == []
    assert not any(kind in name for kind in KINDS for name in picture_names(unprobed))
