"""The page in a real browser: it draws, it answers to mouse and keys, and it asks nobody."""

import json
import os
from pathlib import Path

import pytest

from tests.browser.conftest import HOSTILE, wait_until

pytestmark = pytest.mark.browser

READ_CANVASES = """
return [...document.querySelectorAll(arguments[0])].map((canvas) => {
  const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
  let hash = 0;
  for (let place = 0; place < data.length; place += 4)
    hash = (hash * 31 + data[place] + 3 * data[place + 1] + 7 * data[place + 2]) % 1000000007;
  return hash;
});
"""
COUNT_COLOUR = """
const canvas = document.querySelectorAll(arguments[1] ?? "#curves canvas")[arguments[2] ?? 0];
const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
const wanted = arguments[0];
let lines = 0, bands = 0;
for (let place = 0; place < data.length; place += 4) {
  const isHue = wanted.every((value, channel) => Math.abs(data[place + channel] - value) < 12);
  if (isHue && data[place + 3] > 200) lines++;
  if (isHue && data[place + 3] > 30 && data[place + 3] < 70) bands++;
}
return [lines, bands];
"""
HE, RANDOM = [0xFF, 0xA9, 0x0E], [0xBD, 0x1F, 0x01]


def canvases(browser, selector):
    """Return a number for what each canvas shows."""
    return browser.execute_script(READ_CANVASES, selector)


def all_differ(before, after):
    """Tell whether each canvas shows something else."""
    return all(a != b for a, b in zip(before, after, strict=True))


def find(browser, selector):
    """Return the first element of a kind."""
    return browser.find_element("css selector", selector)


def texts(browser, selector):
    """Return the text of each element of a kind."""
    return [each.text for each in browser.find_elements("css selector", selector)]


def complaints(browser):
    """Return what the page has written to the console."""
    return [entry["message"] for entry in browser.get_log("browser")]


def network(browser, event):
    """Return what has happened on the network, of one kind of event."""
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [each["params"] for each in messages if each["method"] == f"Network.{event}"]


def test_no_request_leaves_the_page_and_nothing_is_complained_of(open_page, small_page):
    """The browser asks for the file itself and for nothing else; the console is empty."""
    browser = open_page(small_page)
    asked = {each["request"]["url"] for each in network(browser, "requestWillBeSent")}
    assert {url for url in asked if not url.startswith("data:")} == {small_page.as_uri()}
    assert complaints(browser) == []


def test_the_policy_stops_what_is_not_of_the_page(open_page, small_page):
    """A script that is put in does not run, and a picture from elsewhere is blocked."""
    browser = open_page(small_page)
    network(browser, "requestWillBeSent")
    browser.execute_script(
        "const script = document.createElement('script');"
        "script.textContent = 'window.hacked = 3';"
        "const image = document.createElement('img');"
        "image.src = 'http://127.0.0.1:9/x.png';"
        "document.body.append(script, image);"
    )
    assert browser.execute_script("return window.hacked ?? null") is None
    assert any("Content Security Policy" in line for line in complaints(browser))
    [blocked] = network(browser, "loadingFailed")
    assert blocked["blockedReason"] == "csp"


def test_hostile_texts_are_shown_as_text(open_page, small_page):
    """A label of markup is on the page to the letter, and no element came of it."""
    browser = open_page(small_page)
    shown = browser.execute_script("return document.body.textContent")
    assert shown.count(HOSTILE) >= 4
    assert "<script>window.hacked = 2</script>" in texts(browser, "#description")
    assert browser.execute_script("return document.images.length") == 0
    assert browser.execute_script("return window.hacked ?? null") is None


def test_curves_are_drawn_and_a_toggle_hides_a_curve_with_its_band(open_page, small_page):
    """Both are in the picture, both go, and both come back."""
    browser = open_page(small_page)
    line, band = browser.execute_script(COUNT_COLOUR, RANDOM)
    assert line > 50
    assert band > 50
    button = browser.find_elements("css selector", "#curves .legend button")[2]
    button.click()
    assert button.get_attribute("aria-pressed") == "false"
    assert browser.execute_script(COUNT_COLOUR, RANDOM) == [0, 0]
    assert browser.execute_script(COUNT_COLOUR, HE)[0] > 50
    button.click()
    assert browser.execute_script(COUNT_COLOUR, RANDOM)[1] > 50


def test_signals_before_training_are_drawn_beside_theory(open_page, small_page):
    """Both charts hold the line of a scheme and its band, and each scheme has its sentence."""
    browser = open_page(small_page)
    for chart in (0, 1):
        line, band = browser.execute_script(COUNT_COLOUR, HE, "#starts canvas", chart)
        assert line > 20
        assert band > 20
    sentences = texts(browser, "#starts li")
    assert len(sentences) == 3
    assert "The signal is zero at layer 1 in 3 of 3 seeds" in sentences[0]
    assert sentences[2].startswith(HOSTILE)
    before = canvases(browser, "#starts canvas")
    find(browser, "#starts .plots").send_keys("+")
    wait_until(lambda: canvases(browser, "#starts canvas") != before)


def test_switches_of_part_and_scale_redraw_the_curves(open_page, small_page):
    """The training part is another picture, and so is the other scale of its loss."""
    browser = open_page(small_page)
    seen = [canvases(browser, "#curves canvas")[0]]
    for group in ("Part of the data", "Scale of the loss"):
        unpressed = f"[aria-label='{group}'] button[aria-pressed=false]"
        find(browser, unpressed).click()
        seen.append(canvases(browser, "#curves canvas")[0])
    assert len(set(seen)) == 3


def test_curves_are_zoomed_with_keys_and_shown_whole_again(open_page, small_page):
    """Plus zooms in on the middle, 0 shows all: the same picture as before, to the pixel."""
    browser = open_page(small_page)
    before = canvases(browser, "#curves canvas")
    plots = find(browser, "#curves .plots")
    plots.send_keys("+")
    wait_until(lambda: all_differ(before, canvases(browser, "#curves canvas")))
    plots.send_keys("0")
    wait_until(lambda: canvases(browser, "#curves canvas") == before)


@pytest.mark.parametrize("column", [0, 3, 6])
def test_a_heading_sorts_up_and_down(open_page, small_page, column):
    """Rows stand in the order of that column, then in the reverse; numbers by size."""
    browser = open_page(small_page)
    heading = browser.find_elements("css selector", "#leaderboard thead button")[column]
    selector = f"#leaderboard tbody tr > :nth-child({column + 1})"

    def values():
        found = texts(browser, selector)
        return found if column == 0 else [float(text.split()[0]) for text in found]

    heading.click()
    upwards = values()
    heading.click()
    assert upwards == sorted(upwards, key=str.lower if column == 0 else None)
    assert values() == upwards[::-1]
    assert find(browser, "#leaderboard th[aria-sort=descending]").text.startswith(heading.text)


def test_one_slider_moves_every_panel(open_page, small_page):
    """An arrow key changes the pixels of all panels but that of zeros, which never learns."""
    browser = open_page(small_page)
    slider = find(browser, "#boundaries input[type=range]")
    end = canvases(browser, "#boundaries canvas")
    assert len(end) == 3
    slider.send_keys("\ue011")  # Home
    start = canvases(browser, "#boundaries canvas")
    slider.send_keys("\ue014")  # right
    second = canvases(browser, "#boundaries canvas")
    assert slider.get_attribute("aria-valuetext") == "epoch 1"
    assert all_differ(start[1:], second[1:])
    assert all_differ(start[1:], end[1:])


@pytest.fixture
def tick(driver):
    """Return a function that moves the page's timers on, which nothing else does."""
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": CLOCK})
    yield lambda: driver.execute_script("[...window.timers].forEach((step) => step());")
    driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", added)


CLOCK = """
window.timers = new Set();
window.setInterval = (step) => { window.timers.add(step); return step; };
window.clearInterval = (step) => window.timers.delete(step);
"""


def test_play_runs_to_the_end_and_pause_stops_it(open_page, small_page, tick):
    """Pressed at the end it begins at the start; pressed again it stands still."""
    browser = open_page(small_page)
    slider = find(browser, "#boundaries input[type=range]")
    play = find(browser, "#boundaries button")
    last = int(slider.get_attribute("value"))

    def state():
        return int(slider.get_attribute("value")), play.get_attribute("aria-pressed")

    play.send_keys(" ")
    assert state() == (0, "true")
    tick()
    tick()
    assert state() == (2, "true")
    play.send_keys(" ")
    tick()
    assert state() == (2, "false")
    play.send_keys(" ")
    for _ in range(last):
        tick()
    assert state() == (last, "false")


def test_a_point_of_the_sweep_is_chosen(open_page, small_page):
    """Findings and table become those of the other point, and a hidden scheme stays hidden."""
    browser = open_page(small_page)
    browser.find_elements("css selector", "#curves .legend button")[2].click()
    before = texts(browser, "#leaderboard tbody tr")
    maps = canvases(browser, "#heatmaps canvas")
    browser.execute_script(
        "const select = document.querySelector('#cell select');"
        "select.value = '2'; select.dispatchEvent(new Event('change'));"
    )
    wait_until(lambda: canvases(browser, "#heatmaps canvas") != maps)  # drawn last
    assert texts(browser, "#leaderboard tbody tr") != before
    assert len(browser.find_elements("css selector", "#sweep canvas")) == 1
    assert browser.execute_script(COUNT_COLOUR, RANDOM) == [0, 0]
    assert complaints(browser) == []


def test_heat_maps_follow_the_chosen_statistic(open_page, small_page):
    """Another statistic is another map, with another scale."""
    browser = open_page(small_page)
    before, scale = canvases(browser, "#heatmaps canvas"), texts(browser, "#heatmaps .scale")
    assert len(before) == 3
    browser.execute_script(
        "const select = document.querySelector('#heatmaps select');"
        "select.value = 'weight norm'; select.dispatchEvent(new Event('change'));"
    )
    wait_until(lambda: texts(browser, "#heatmaps .scale") != scale)
    after = canvases(browser, "#heatmaps canvas")
    assert all_differ(before[1:], after[1:])  # zeros stay zeros


def test_the_theme_can_be_chosen_against_the_system(open_page, small_page):
    """Dark paper under a light system, and the axes are drawn anew in its ink."""
    browser = open_page(small_page, scheme="light")
    paper = "return getComputedStyle(document.body).backgroundColor"
    before, light = canvases(browser, "#curves canvas"), browser.execute_script(paper)
    browser.execute_script(
        "const select = document.getElementById('theme');"
        "select.value = 'dark'; select.dispatchEvent(new Event('change'));"
    )
    assert browser.execute_script(paper) != light
    assert canvases(browser, "#curves canvas") != before


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 768, 1440])
def test_nothing_is_wider_than_the_screen(open_page, small_page, width, scheme):
    """A phone, a tablet and a desk: what is wide scrolls by itself, the page does not."""
    browser = open_page(small_page, width, scheme=scheme)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_nothing_is_cut_off_on_paper(open_page, small_page):
    """A sheet cannot be scrolled: tables and code are as narrow as it is, all at one size."""
    page = open_page(small_page, 720)
    page.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    wide = page.execute_script(
        "return [...document.querySelectorAll('.scroll, pre')]"
        ".filter((each) => each.scrollWidth > each.clientWidth + 1).map((each) => each.outerHTML)"
    )
    assert wide == []


def test_every_control_can_be_reached_with_the_tab_key(open_page, small_page):
    """Walking through the page meets every button, list and slider, and every focus is seen."""
    browser = open_page(small_page)
    wanted = browser.execute_script(
        "return [...document.querySelectorAll('button, select, input')]"
        ".filter((each) => each.checkVisibility()).length"
    )
    met = set()
    for _ in range(3 * wanted):
        browser.switch_to.active_element.send_keys("\ue004")
        active = browser.switch_to.active_element
        if active.tag_name in {"button", "select", "input"}:
            met.add(active.id)
            assert active.value_of_css_property("outline-style") != "none"
    assert len(met) == wanted


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_accessible(open_page, small_page, scheme):
    """A scan by axe finds nothing serious."""
    axe = Path(os.environ.get("AXE_CORE", "axe.min.js"))
    if not axe.is_file():
        pytest.skip("AXE_CORE names no axe.min.js (it is in the npm package axe-core)")
    browser = open_page(small_page, scheme=scheme)
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    browser.execute_script(axe.read_text("utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[0])")
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
    serious = [
        (each["id"], each["nodes"][0]["html"])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ]
    assert serious == []


@pytest.mark.slow
def test_forty_schemes_at_three_points_open_at_once(driver, open_page, large_page):
    """Under 3 MB, and drawn in under two seconds of the processor, however busy the machine is."""
    assert large_page.stat().st_size < 3_000_000
    driver.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
    browser = open_page(large_page)
    metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
    browser.execute_cdp_cmd("Performance.disable", {})
    [seconds] = [each["value"] for each in metrics if each["name"] == "TaskDuration"]
    assert 0.05 < seconds < 2
    assert len(browser.find_elements("css selector", "#boundaries canvas")) == 40
    assert complaints(browser) == []
