"""The trainability map in a real browser: what is chosen there is shown below."""

import pytest

from tests.browser.conftest import HOSTILE, SMALL, report_of, wait_until

pytestmark = pytest.mark.browser

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
    """Return the cells of a scheme's map."""
    return browser.find_elements(
        "css selector", f"#trainability figure:nth-child({panel}) rect[role]"
    )


def shown(browser):
    """Return the title of the point that the page shows."""
    return browser.execute_script(
        "const list = document.querySelector('#cell select');"
        "return list.options[list.selectedIndex].text"
    )


def test_each_scheme_has_a_map_of_the_cells_that_the_chosen_one_belongs_to(open_page, map_page):
    """Nine cells of eighteen, with colours, and nothing is complained of."""
    browser = open_page(map_page)
    assert len(browser.find_elements("css selector", "#trainability figure")) == 3
    fills = {rect.get_attribute("fill") for rect in cells(browser, 2)}
    assert len(cells(browser, 2)) == 9
    assert len(fills) > 2
    assert browser.get_log("browser") == []


def test_a_cell_that_is_pressed_is_shown_below_and_keeps_the_focus(open_page, map_page):
    """The list of points follows, and the cell says that it is pressed."""
    browser = open_page(map_page)
    cells(browser, 2)[5].click()
    wait_until(lambda: "network.depth = 4" in shown(browser))
    assert "learning_rate = 1.0" in shown(browser)
    pressed = [rect.get_attribute("aria-pressed") for rect in cells(browser, 2)]
    assert pressed.index("true") == 5
    assert "learning_rate 1:" in browser.execute_script(FOCUSED)


def test_cells_are_reached_by_arrow_keys_and_chosen_by_enter(open_page, map_page):
    """Up is a larger depth and right a larger rate; at an edge nothing moves."""
    browser = open_page(map_page)
    start = cells(browser)[0]
    assert start.get_attribute("tabindex") == "0"
    start.send_keys("\ue013")  # up
    browser.switch_to.active_element.send_keys("\ue014")  # right
    browser.switch_to.active_element.send_keys("\ue014", "\ue014")
    assert browser.execute_script(FOCUSED).startswith(
        "network.depth 4, training.optimizer.learning_rate 1:"
    )
    browser.switch_to.active_element.send_keys("\ue007")  # enter
    wait_until(lambda: "network.depth = 4" in shown(browser))


def test_a_value_stands_beside_the_label_and_in_a_table(open_page, map_page):
    """What the pointer is on is told; all numbers are there without one."""
    browser = open_page(map_page)
    note = browser.find_element("css selector", "#trainability figure:nth-child(2) .faint")
    before = note.text
    browser.execute_script(
        "arguments[0].dispatchEvent(new PointerEvent('pointerenter'))", cells(browser, 2)[8]
    )
    assert note.text != before
    assert note.text.startswith("network.depth 8, training.optimizer.learning_rate 1:")
    table = browser.execute_script(
        "return document.querySelectorAll('#trainability table')[1].textContent"
    )
    assert note.text.rpartition(": ")[2].partition(",")[0] in table


def test_another_quantity_is_another_map(open_page, map_page):
    """Epochs to the target have a scale of their own."""
    browser = open_page(map_page)
    browser.execute_script("document.querySelector('#trainability').scrollIntoView()")
    buttons = browser.find_elements("css selector", "#trainability .choice button")
    before = browser.find_element("css selector", "#trainability .scale").text
    browser.execute_script("arguments[0].click()", buttons[1])
    assert browser.find_element("css selector", "#trainability .scale").text != before


def test_a_line_lies_over_maps_of_schemes_that_theory_knows(open_page, map_page):
    """Dark on white; normalized networks have none."""
    browser = open_page(map_page)
    lines = "return document.querySelectorAll('#trainability polyline.line').length"
    assert browser.execute_script(lines) == 3
    browser.execute_script(
        "const select = document.querySelector('#cell select');"
        "select.value = '1'; select.dispatchEvent(new Event('change'));"
    )
    wait_until(lambda: browser.execute_script(lines) == 0)
    assert "layer" in shown(browser)


def test_a_hostile_label_is_text_and_nothing_is_wider_than_a_phone(open_page, map_page):
    """To the letter, and the page does not scroll sideways."""
    browser = open_page(map_page, 360, scheme="dark")
    assert HOSTILE in browser.execute_script(
        "return document.querySelector('#trainability').textContent"
    )
    assert browser.execute_script("return window.hacked ?? null") is None
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 360


def test_a_sweep_of_one_key_has_no_map(open_page, small_page):
    """The section is not there."""
    browser = open_page(small_page)
    assert not browser.find_element("css selector", "#trainability").is_displayed()


def test_names_are_not_joined_by_lines(open_page, map_page):
    """Along names the chart has bars and points, and between two of them nothing is drawn."""
    browser = open_page(map_page)
    count = """
const canvas = document.querySelector("#sweep canvas");
const { width, height } = canvas;
const { data } = canvas.getContext("2d").getImageData(Math.round(width / 2), 0, 1, height);
let found = 0;
for (let y = 0; y < height; y++) {
  const colour = [...data.slice(4 * y, 4 * y + 3)];
  if (Math.max(...colour) - Math.min(...colour) > 60 && data[4 * y + 3] > 100) found++;
}
return found;
"""
    assert browser.execute_script(count) > 0
    browser.execute_script(
        "const select = document.querySelector('#sweep select');"
        "select.value = 'network.normalization'; select.dispatchEvent(new Event('change'));"
    )
    wait_until(lambda: browser.execute_script(count) == 0)
