"""The page of the atlas: what is chosen decides what its map, ranking and measurements show."""

import pytest

from initbench.atlas.page import atlas_page
from tests.atlas.cells import make_cell
from tests.browser.conftest import choose, find, texts, wait_until

pytestmark = pytest.mark.browser


@pytest.fixture
def page(tmp_path):
    """Return the page of three cells, one of them held out."""
    cells = (
        make_cell({"he_normal": 0.9, "zeros": 0.1}, "atlas-1", failing=["zeros"]),
        make_cell({"he_normal": 0.5, "orthogonal": 0.9}, "atlas-2", activation="tanh", depth=50),
        make_cell({"he_normal": 0.9, "<b>": 0.8}, "atlas-held-out-1", depth=1, held_out=True),
    )
    path = tmp_path / "atlas.html"
    path.write_bytes(atlas_page(cells))
    return path


def test_map_ranking_and_measurements_follow_the_choice(open_page, page):
    """All cells first; then those of one activation; a field of the map chooses its cell."""
    browser = open_page(page)
    assert texts(browser, "#map button") == ["he_normal", "he_normal", "orthogonal"]
    assert texts(browser, "#ranking tbody th") == ["orthogonal", "he_normal", "zeros"]
    assert len(texts(browser, "#evidence details")) == 3
    choose(browser, "#settings select", "tanh")
    assert texts(browser, "#ranking tbody th") == ["orthogonal", "he_normal"]
    assert "50 hidden layers of 64 tanh units" in find(browser, "#evidence summary").text
    assert "worse" in find(browser, "#evidence table").text
    find(browser, "#settings button").click()
    find(browser, "#map button").click()
    assert len(texts(browser, "#evidence details")) == 1
    assert not [log for log in browser.get_log("browser") if log["level"] == "SEVERE"]


def test_a_name_is_text_on_a_narrow_page_too(open_page, page):
    """Nothing that a table holds becomes markup, and the page does not scroll sideways."""
    browser = open_page(page, width=360)
    find(browser, "#evidence details:last-child summary").click()
    wait_until(lambda: any("<b>" in each for each in texts(browser, "#evidence details table")))
    script = "return document.documentElement.scrollWidth <= window.innerWidth"
    assert browser.execute_script(script)
