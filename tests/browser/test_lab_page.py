"""The lab page: networks train live; every control, lesson, link and key does what it says."""

import json
import os
import re
from pathlib import Path

import numpy as np
import pytest
import yaml

import initbench
from initbench.config.loading import read_experiment
from initbench.curvature.measuring import sharpness_of
from initbench.lab.page import lab_page
from tests.browser.conftest import find, texts, wait_until
from tests.browser.test_lab_engine import measured_samples, numpy_network, settings_of

pytestmark = pytest.mark.browser

LESSONS = ("three", "constant", "size", "depth", "tanh", "rate")
SETTINGS = {
    "data": "circles",
    "noise": "0.1",
    "activation": "tanh",
    "depth": "3",
    "width": "8",
    "optimizer": "momentum",
    "rate": "0.02",
    "batch": "128",
    "seed": "5",
    "lanes": "glorot,random:0.5,orthogonal",
}


@pytest.fixture(scope="module")
def page(tmp_path_factory):
    """Return the page in a file."""
    path = tmp_path_factory.mktemp("lab") / "lab.html"
    path.write_bytes(lab_page())
    return path


class Address:
    """A page with what follows the #, as `open_page` takes it."""

    def __init__(self, page, **settings):
        self.text = page.as_uri() + "#" + "&".join(f"{k}={v}" for k, v in settings.items())

    def as_uri(self):
        """Return the address."""
        return self.text


@pytest.fixture
def open_lab(open_page, page, driver):
    """Return a function that opens the lab with settings."""

    def opened(size=(1200, 900), scheme="light", **settings):
        driver.get("about:blank")  # an address that differs after the # alone is not loaded again
        return open_page(Address(page, **settings), *size, scheme=scheme)

    return opened


def press(browser, selector, times=1):
    """Press a button, as a click does."""
    script = "for (let n = 0; n < arguments[1]; n++) document.querySelector(arguments[0]).click();"
    browser.execute_script(script, selector, times)


def change(browser, selector, value, event="change"):
    """Set a control to a value, as a user does."""
    browser.execute_script(
        "const one = document.querySelector(arguments[0]); one.value = arguments[1];"
        "one.dispatchEvent(new Event(arguments[2], { bubbles: true }));",
        selector,
        str(value),
        event,
    )


def address(browser):
    """Return the settings that stand in the address."""
    return browser.execute_script(
        "return Object.fromEntries(new URLSearchParams(location.hash.slice(1)))"
    )


NEXT_FRAMES = """
const done = arguments[0];
let left = 5;
(function next() { left-- ? requestAnimationFrame(next) : done(); })();
"""


def scores(browser):
    """Return the test accuracy and the training loss of each lane, as shown."""
    browser.execute_async_script(NEXT_FRAMES)
    found = texts(browser, ".lane .scores strong")
    return [tuple(found[place : place + 2]) for place in range(0, len(found), 2)]


def step_to(browser, steps):
    """Train for a number of steps, one by one."""
    press(browser, "#step", steps)
    browser.execute_async_script(NEXT_FRAMES)
    assert find(browser, "#clock").text.endswith(f"step {steps}")


def complaints(browser):
    """Return what the page has written to the console."""
    return [entry["message"] for entry in browser.get_log("browser")]


def test_page_asks_the_network_for_nothing_and_complains_of_nothing(open_lab, page):
    """The browser asks for the file itself alone, through 60 steps of training."""
    browser = open_lab()
    step_to(browser, 60)
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = {
        each["params"]["request"]["url"].partition("#")[0]
        for each in messages
        if each["method"] == "Network.requestWillBeSent"
    }
    assert {url for url in asked if not url.startswith(("data:", "about:"))} <= {page.as_uri()}
    assert complaints(browser) == []


def test_address_holds_every_setting(open_lab):
    """What an address says is what is shown, and stands in the address again."""
    browser = open_lab(**SETTINGS)
    assert address(browser) == SETTINGS
    shown = [
        select.get_attribute("value") for select in browser.find_elements("css selector", "select")
    ]
    assert {"circles", "tanh", "8", "momentum", "128", "glorot", "random", "orthogonal"} <= set(
        shown
    )


@pytest.mark.parametrize(
    "settings",
    [
        {"data": "<img src=x onerror=alert(1)>", "depth": "999", "rate": "-1", "lanes": "a,b:c"},
        {"width": "1e9", "batch": "0", "seed": "-5", "noise": "NaN", "activation": "__proto__"},
        {"lanes": "random:Infinity,constructor,he:3", "optimizer": "toString", "depth": ""},
        {"lanes": ",".join(["he"] * 50), "seed": "1e400"},
    ],
)
def test_senseless_address_gives_a_working_page(open_lab, settings):
    """Whatever is not understood is replaced by a default or the nearest bound."""
    browser = open_lab(**settings)
    step_to(browser, 3)
    found = address(browser)
    assert 1 <= int(found["depth"]) <= 8
    assert 1 <= len(found["lanes"].split(",")) <= 4
    assert complaints(browser) == []


CONTROLS = {
    "data": ("fieldset label:nth-of-type(1) select", "xor", "change"),
    "noise": ("fieldset label:nth-of-type(2) input", "0.3", "input"),
    "activation": ("fieldset label:nth-of-type(3) select", "sigmoid", "change"),
    "depth": ("fieldset label:nth-of-type(4) input", "5", "input"),
    "width": ("fieldset label:nth-of-type(5) select", "4", "change"),
    "optimizer": ("fieldset label:nth-of-type(6) select", "adam", "change"),
    "batch": ("fieldset label:nth-of-type(8) select", "450", "change"),
    "seed": ("#seed", "7", "change"),
}


@pytest.mark.parametrize("name", CONTROLS)
def test_control_changes_the_experiment_and_starts_it_again(open_lab, name):
    """The address follows, and training begins at step 0."""
    browser = open_lab()
    step_to(browser, 2)
    selector, value, event = CONTROLS[name]
    change(browser, selector, value, event)
    assert address(browser)[name] == value
    assert find(browser, "#clock").text == "epoch 0, step 0"


def test_learning_rate_slider_is_logarithmic(open_lab):
    """Its place is the logarithm to base 10."""
    browser = open_lab()
    change(browser, "#rate", "-2", "input")
    assert address(browser)["rate"] == "0.01"
    assert find(browser, "#rate").get_attribute("aria-valuetext") == "0.01"


def limits_of(browser):
    """Return the predicted limits as shown, once all are known."""
    wait_until(lambda: "…" not in find(browser, "#limits").text)
    return texts(browser, "#limits span")


def limit_of(scheme, option=None, factor=2.0, **changes):
    """Return the limit that the package predicts for a scheme on the lab's default network."""
    options = {} if option is None else {"option": option, "optionName": "std"}
    task, network, loss = numpy_network(
        settings_of(scheme=scheme, seed=0, **options, **changes), float
    )
    return factor / float(sharpness_of(network, *measured_samples(task), loss)[0])


def test_predicted_limits_are_those_of_the_package(open_lab):
    """As text that describes the slider, and as marks in the colours and order of the lanes."""
    browser = open_lab(lanes="random:0.5,he,orthogonal", rate=1)
    limits = limit_of("random", 0.5), limit_of("he"), limit_of("orthogonal")
    shown = [f"{limit:.2g}" + " (exceeded)" * (limit < 1) for limit in limits]
    names = "random 0.5", "he", "orthogonal"
    found = [f"{name} {text}" for name, text in zip(names, shown, strict=True)]
    assert limits_of(browser) == found
    assert any("exceeded" in text for text in found)
    slider = find(browser, "#rate")
    assert slider.get_attribute("aria-describedby") == "limits"
    script = """
    const [slider, ...marks] = document.querySelectorAll("#rate, .marks i");
    const lanes = document.querySelectorAll(".lane");
    const look = (element) => element.style.getPropertyValue("--look");
    const { left, width } = slider.getBoundingClientRect();
    return marks.map((mark, at) => {
      const box = mark.getBoundingClientRect();
      const place = (box.left + box.width / 2 - left - 8) / (width - 16); // of a thumb of 16 pixels
      const exponent = Number(slider.min) + place * (slider.max - slider.min);
      return [exponent, look(mark) === look(lanes[at])];
    });
    """
    for (place, is_own_colour), limit in zip(browser.execute_script(script), limits, strict=True):
        assert place == pytest.approx(np.log10(limit), abs=0.03)
        assert is_own_colour


def test_predicted_limits_follow_optimizer_rate_and_scheme(open_lab):
    """Momentum raises them, Adam has none, and what is exceeded changes with the slider."""
    browser = open_lab(lanes="he", optimizer="momentum", rate=0.001)
    [text] = limits_of(browser)
    assert text == f"he {limit_of('he', factor=3.8):.2g}"
    find(browser, "#rate").send_keys("\ue010")  # the key End
    assert find(browser, "#rate").get_attribute("aria-valuetext") == "10"
    assert limits_of(browser) == [f"{text} (exceeded)"]
    change(browser, "fieldset label:nth-of-type(6) select", "adam")
    assert find(browser, "#limits").text == (
        "No largest stable learning rate is predicted for adam."
    )
    assert browser.find_elements("css selector", ".marks i") == []


def test_a_lane_whose_signal_overflows_has_no_limit(open_lab):
    """The text says why, and nothing is marked."""
    lane = {"lanes": "constant:100", "activation": "linear", "depth": 8, "width": 32}
    browser = open_lab(**lane)
    [text] = limits_of(browser)
    assert re.fullmatch(r"constant 100 (\d\S*e-\d+ \(exceeded\)|none, .*)", text)
    assert browser.find_elements("css selector", ".marks i") == []


def test_standard_deviation_of_a_lane_can_be_chosen(open_lab):
    """The slider of the scheme's option changes the initial weights."""
    browser = open_lab(lanes="random:0.01,he")
    before = scores(browser)
    change(browser, ".lane input[type=range]", "0.5", "input")
    assert address(browser)["lanes"] == "random:3.2,he"
    after = scores(browser)
    assert after[0] != before[0]
    assert after[1] == before[1]


def test_lanes_are_added_changed_and_removed(open_lab):
    """From one to four of them."""
    browser = open_lab(lanes="zeros")
    assert not find(browser, ".remove").is_enabled()
    press(browser, "#add", 3)
    assert address(browser)["lanes"] == "zeros,he,he,he"
    assert not find(browser, "#add").is_enabled()
    change(browser, ".lane:nth-child(2) select", "mirrored")
    press(browser, ".lane:nth-child(4) .remove")
    assert address(browser)["lanes"] == "zeros,mirrored,he"
    step_to(browser, 2)


def test_play_trains_until_it_is_paused(open_lab):
    """The clock runs, and stands still after Pause."""
    browser = open_lab()
    press(browser, "#play")
    wait_until(lambda: int(find(browser, "#clock").text.split()[-1]) > 20)
    press(browser, "#play")
    stopped = find(browser, "#clock").text
    browser.execute_async_script(NEXT_FRAMES)
    assert find(browser, "#clock").text == stopped
    assert find(browser, "#play").text == "Play"


def test_restart_gives_the_same_and_a_new_seed_another_network(open_lab):
    """The initial loss tells one network from another."""
    browser = open_lab()
    before = scores(browser)
    step_to(browser, 20)
    assert scores(browser) != before
    press(browser, "#restart")
    assert scores(browser) == before
    press(browser, "#reseed")
    assert address(browser)["seed"] == "1"
    assert scores(browser) != before


def test_keys_play_step_and_restart(open_lab):
    """Space, s and r, where no control has the focus."""
    browser = open_lab()
    script = (
        "const [key] = arguments;"
        "document.body.dispatchEvent(new KeyboardEvent('keydown', { key, bubbles: true }));"
    )
    browser.execute_script(script, "s")
    assert find(browser, "#clock").text == "epoch 0, step 1"
    browser.execute_script(script, "r")
    assert find(browser, "#clock").text == "epoch 0, step 0"
    browser.execute_script(script, " ")
    wait_until(lambda: int(find(browser, "#clock").text.split()[-1]) > 0)
    browser.execute_script(script, " ")


def test_zeros_stay_one_unit_and_he_learns(open_lab):
    """After 500 steps on two moons: one distinct unit a layer with zeros, and He above 0.9."""
    browser = open_lab(data="moons", depth=2, width=16, lanes="zeros,he", rate=0.1, batch=32)
    step_to(browser, 500)
    zeros, he = scores(browser)
    assert float(zeros[0]) == 0.5
    assert float(he[0]) > 0.9
    captions = texts(browser, ".lane:first-child figcaption")
    assert captions == ["layer 1: 1 of 16 distinct", "layer 2: 1 of 16 distinct", "output"]
    assert texts(browser, ".lane:last-child figcaption") == ["layer 1", "layer 2", "output"]


def test_config_repeats_the_lane(open_lab, tmp_path):
    """`initbench run` of the copied config gives the lane's accuracy and loss for its seed."""
    browser = open_lab(data="moons", depth=2, width=8, lanes="he,random:0.3", rate=0.1, batch=128)
    press(browser, "#copy-config")
    config = tmp_path / "lab.yaml"
    config.write_text(find(browser, "#config").text, "utf-8")
    found = initbench.run(config, overrides=["seeds=1"], results=tmp_path / "r", plots=False)
    step_to(browser, 400)  # 100 epochs of four batches
    for (accuracy, loss), label in zip(scores(browser), found.outline.labels, strict=True):
        assert float(accuracy) == pytest.approx(
            found.curves(label, "test_accuracy")[0, -1], abs=0.01
        )
        assert float(loss) == pytest.approx(found.curves(label, "train_loss")[0, -1], abs=0.002)
    assert np.isfinite(found.curves("he", "train_loss")).all()


@pytest.mark.parametrize(
    "lanes",
    [
        "random:0.01,random:2,he,he",
        "constant:0,constant:-1.5,zeros",
        "lecun,glorot,orthogonal,mirrored",
    ],
)
@pytest.mark.parametrize("data", ["moons", "circles", "spirals", "xor", "blobs"])
def test_every_config_of_the_page_is_valid(open_lab, lanes, data):
    """Whatever the lanes and the data, `initbench run` takes it."""
    browser = open_lab(data=data, lanes=lanes, batch=450, optimizer="adam")
    config = read_experiment(yaml.safe_load(find(browser, "#config").text))
    assert len(config.inits) == len(set(lanes.split(",")))


@pytest.mark.parametrize("name", LESSONS)
def test_lesson_sets_the_experiment_and_asks_a_question(open_lab, name):
    """Three sentences, a question, and an answer behind a click; its link opens the same lanes."""
    browser = open_lab()
    press(browser, f"[data-lesson={name}]")
    paragraphs = texts(browser, ".lesson > p")
    assert paragraphs[0].count(". ") == 2
    assert paragraphs[1].startswith("Question: ")
    assert not find(browser, ".lesson details").get_attribute("open")
    kept = address(browser)
    step_to(browser, 3)
    before = scores(browser)
    open_lab(**kept)
    step_to(browser, 3)
    assert scores(browser) == before


def test_every_lesson_is_on_the_worksheet(open_lab):
    """docs/lab.md has each lesson's question, as the page asks it."""
    worksheet = " ".join((Path(__file__).parents[2] / "docs" / "lab.md").read_text("utf-8").split())
    browser = open_lab()
    for name in LESSONS:
        press(browser, f"[data-lesson={name}]")
        assert find(browser, ".lesson h2").text in worksheet
        assert texts(browser, ".lesson > p")[1].removeprefix("Question: ") in worksheet


@pytest.mark.parametrize("width", [360, 768, 1440])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_fits_any_width(open_lab, width, scheme):
    """Nothing is wider than the window, with four lanes of eight layers of 32."""
    browser = open_lab(
        (width, 800), scheme, depth=8, width=32, lanes="zeros,random:0.1,he,orthogonal"
    )
    step_to(browser, 2)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_page_is_accessible(open_lab, scheme):
    """A scan by axe finds nothing serious, with a lesson and the numbers of a layer open."""
    axe = Path(os.environ.get("AXE_CORE", "axe.min.js"))
    if not axe.is_file():
        pytest.skip("AXE_CORE names no axe.min.js (it is in the npm package axe-core)")
    browser = open_lab(scheme=scheme)
    press(browser, "[data-lesson=three]")
    step_to(browser, 5)
    browser.execute_script(
        "document.querySelectorAll('details').forEach((one) => { one.open = true; })"
    )
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": True})
    browser.execute_script(axe.read_text("utf-8"))
    found = browser.execute_async_script("axe.run().then(arguments[0])")
    browser.execute_cdp_cmd("Page.setBypassCSP", {"enabled": False})
    assert [
        (each["id"], each["nodes"][0]["html"])
        for each in found["violations"]
        if each["impact"] in {"serious", "critical"}
    ] == []
