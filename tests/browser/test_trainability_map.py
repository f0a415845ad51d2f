"""The trainability map in a real browser: the cell that is chosen there is shown below."""

import pytest

from tests.browser.conftest import HOSTILE, SMALL, choose, find, paths, report_of, texts, wait_until

pytestmark = pytest.mark.browser

MAP = "#trainability-map"
FOCUSED = """
return document.activeElement.getAttribute("aria-label");
"""


@pytest.fixture(scope="module")
def map_page(tmp_path_factory):
    """Return the page of three schemes, one of them hostile, over depths, rates and names."""
    config = {
        **SMALL,
        "name": "mapped",
        "network": {"depth": 2, "width": 8, "activation": "tanh"},
        "training": {"epochs": 3},
        "record": {},
        "seeds": 2,
        "target": 0.5,
        "sweep": {
            "network.depth": [2, 4, 8],
            "training.optimizer.learning_rate": [0.01, 0.1, 1.0],
            "network.normalization": ["none", "layer"],
        },
    }
    return report_of(config, tmp_path_factory.mktemp("mapped") / "results")


def cells(browser, panel=1):
    """Return the cells of a panel, the lowest depth and learning rate first."""
    return browser.find_elements("css selector", f"{MAP} .panel:nth-child({panel}) .cell")


def shown(browser):
    """Return the title of the cell that the page shows."""
    return find(browser, "#results .of-cell").text


def test_each_scheme_has_a_map_for_each_normalization(open_page, map_page):
    """Six panels of nine cells, each with its value in words."""
    browser = open_page(map_page)
    assert len(browser.find_elements("css selector", f"{MAP} .panel")) == 6
    labels = [cell.get_attribute("aria-label") for cell in cells(browser, 2)]
    assert len(labels) == 9
    assert labels[0].startswith("he, normalization = none: learning_rate 0.01, depth 2: 0.")
    assert browser.get_log("browser") == []


def test_a_cell_that_is_pressed_is_shown_below_and_keeps_the_focus(open_page, map_page):
    """The results are those of the cell, and the cell says that it is pressed."""
    browser = open_page(map_page)
    cells(browser, 2)[5].click()
    wait_until(lambda: "network.depth = 4" in shown(browser))
    wait_until(lambda: "learning_rate 1," in (browser.execute_script(FOCUSED) or ""))
    assert "learning_rate = 1.0" in shown(browser)
    pressed = [cell.get_attribute("aria-pressed") for cell in cells(browser, 2)]
    assert pressed.index("true") == 5
    assert browser.execute_script(FOCUSED).startswith("he, normalization = none: ")


def test_cells_are_reached_by_arrow_keys_and_chosen_by_enter(open_page, map_page):
    """Up is a larger depth and right a larger rate; at an end of the map the focus stays."""
    browser = open_page(map_page)
    start = cells(browser)[0]
    assert start.get_attribute("tabindex") == "0"
    start.send_keys("\ue013")  # up
    browser.switch_to.active_element.send_keys("\ue014")  # right
    browser.switch_to.active_element.send_keys("\ue014", "\ue014")
    assert "learning_rate 1, depth 4:" in browser.execute_script(FOCUSED)
    browser.switch_to.active_element.send_keys("\ue007")  # enter
    wait_until(lambda: "network.depth = 4" in shown(browser))


def test_a_value_is_beside_the_title_and_in_a_table(open_page, map_page):
    """The value under the pointer is written; a table has all without one."""
    browser = open_page(map_page)
    note = find(browser, f"{MAP} .panel:nth-child(2) .panel-note")
    browser.execute_script(
        "arguments[0].dispatchEvent(new PointerEvent('pointerenter'))", cells(browser, 2)[8]
    )
    assert note.text.startswith("learning_rate 1, depth 8: ")
    table = browser.execute_script(
        f"return document.querySelectorAll('{MAP} table')[1].textContent"
    )
    assert note.text.rpartition(": ")[2].partition(",")[0] in table


def test_another_quantity_is_another_map(open_page, map_page):
    """Epochs to the target have a scale of their own."""
    browser = open_page(map_page)
    before = texts(browser, f"{MAP} .scale")
    browser.execute_script(
        f"document.querySelector('{MAP} .tabs button[aria-pressed=false]').click()"
    )
    wait_until(lambda: texts(browser, f"{MAP} .scale") != before)
    assert "epochs" in texts(browser, f"{MAP} .scale")[0]


def test_a_line_is_over_the_maps_of_which_there_is_a_theory(open_page, map_page):
    """Each scheme without normalization has one, and normalized networks have none."""
    browser = open_page(map_page)
    assert len(paths(browser, f"{MAP} .plot path.rule.over")) == 3


def test_a_hostile_label_is_text_and_nothing_is_wider_than_a_phone(open_page, map_page):
    """To the letter, and the page does not scroll sideways."""
    browser = open_page(map_page, 360, scheme="dark")
    assert HOSTILE in browser.execute_script(f"return document.querySelector('{MAP}').textContent")
    assert browser.execute_script("return window.hacked ?? null") is None
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def test_a_sweep_of_one_key_has_no_map(open_page, small_page):
    """There is no such section."""
    browser = open_page(small_page)
    assert browser.find_elements("css selector", MAP) == []


def test_a_cell_of_the_list_is_marked_in_the_map(open_page, map_page):
    """The cell that is chosen from the list is the one that is pressed in its own panels."""
    browser = open_page(map_page)
    choose(browser, "#settings select", "5")
    wait_until(lambda: "learning_rate = 1.0" in shown(browser))
    pressed = browser.find_elements("css selector", f"{MAP} .cell[aria-pressed=true]")
    assert len(pressed) == 3
    assert all("normalization = layer" in one.get_attribute("aria-label") for one in pressed)
