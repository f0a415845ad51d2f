"""A real browser without a window, and pages of small experiments for it to open."""

import shutil
import time

import pytest

import initbench
from initbench.report.rebuilding import write_comparison

HOSTILE = '</script><img src=x onerror="window.hacked = 1"> & <b>bold</b>'
SMALL = {
    "name": "small",
    "description": "<script>window.hacked = 2</script>",
    "dataset": {"name": "moons", "samples": 160},
    "network": {"hidden": [8, 8]},
    "training": {"epochs": 12},
    "record": {"layers": True},
    "probe": True,
    "inits": ["zeros", "he", {"name": "random", "std": 0.5, "label": HOSTILE}],
    "seeds": 3,
    "sweep": {"training.optimizer.learning_rate": [0.01, 0.1, 1.0]},
}
LARGE = {
    **SMALL,
    "name": "large",
    "training": {"epochs": 100, "batch_size": "full"},
    "inits": [
        {"name": "random", "std": 0.05 * (1 + place), "label": f"random {place}"}
        for place in range(40)
    ],
    "seeds": 2,
}
TUNED = {
    "name": "tuned",
    "dataset": {"name": "moons", "samples": 160},
    "network": {"depth": 2, "width": 8},
    "training": {"epochs": 5},
    "inits": ["zeros", "he", "random"],
    "seeds": 3,
    "tune": {"values": [0.001, 0.1, 1.0], "seeds": 2},
    "sweep": {"network.depth": [1, 2]},
}
QUIET = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


SECONDS = 20
"""How long a test waits for a page on a busy machine before it fails."""


def wait_until(condition):
    """Return when a condition holds; one that does not within seconds fails the test."""
    end = time.monotonic() + SECONDS
    while not condition():
        assert time.monotonic() < end, "the page never showed what the test waits for"
        time.sleep(0.01)


def report_of(config, folder):
    """Run an experiment without pictures, and return its page."""
    return initbench.run(config, results=folder, plots=False).folder / "report.html"


@pytest.fixture(scope="session")
def small_page(tmp_path_factory):
    """Return the page of three schemes, one of them hostile, at three points of a sweep."""
    return report_of(SMALL, tmp_path_factory.mktemp("small") / "results")


@pytest.fixture(scope="session")
def tuned_page(tmp_path_factory):
    """Return the page of three schemes that are tuned at two depths."""
    return report_of(TUNED, tmp_path_factory.mktemp("tuned") / "results")


@pytest.fixture(scope="session")
def two_page(small_page, tuned_page):
    """Return the page that shows the folders of both side by side."""
    return write_comparison(small_page.parent, tuned_page.parent)


@pytest.fixture(scope="session")
def large_page(tmp_path_factory):
    """Return the page of forty schemes at three points of a sweep."""
    return report_of(LARGE, tmp_path_factory.mktemp("large") / "results")


@pytest.fixture(scope="session")
def driver(tmp_path_factory):
    """Return a Chromium that a program drives, or skip where there is none."""
    webdriver = pytest.importorskip("selenium.webdriver")
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    chromedriver = shutil.which("chromedriver")
    if browser is None or chromedriver is None:
        pytest.skip("no Chromium with its driver is installed (chromium, chromium-driver)")
    options = webdriver.ChromeOptions()
    options.binary_location = browser
    for argument in (*QUIET, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(argument)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    service = webdriver.ChromeService(executable_path=chromedriver)
    started = webdriver.Chrome(options=options, service=service)
    started.set_script_timeout(SECONDS)
    yield started
    started.quit()


@pytest.fixture
def open_page(driver):
    """Return a function that opens a page at a size, and returns the browser once it is drawn."""

    def open_at(page, width=1200, height=900, *, scheme="light"):
        size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 500}
        media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
        driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
        driver.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
        for kind in ("browser", "performance"):
            driver.get_log(kind)
        driver.get(page.as_uri())
        driver.execute_async_script(WAIT_UNTIL_READY)
        return driver

    return open_at


def find(browser, selector):
    """Return the first element of a kind."""
    return browser.find_element("css selector", selector)


def texts(browser, selector):
    """Return the text of each element of a kind."""
    return [each.text for each in browser.find_elements("css selector", selector)]


def paths(browser, selector):
    """Return the geometry of each path of a kind."""
    script = (
        "return [...document.querySelectorAll(arguments[0])].map((one) => one.getAttribute('d'))"
    )
    return browser.execute_script(script, selector)


def choose(browser, selector, value):
    """Choose from a list, as a user does, and wait until the page has redrawn."""
    browser.execute_script(
        "const select = document.querySelector(arguments[0]); select.value = arguments[1];"
        "select.dispatchEvent(new Event('change'));",
        selector,
        value,
    )
    browser.execute_async_script(WAIT_UNTIL_READY)


WAIT_UNTIL_READY = """
const done = arguments[arguments.length - 1];
(function look() {
  if (document.documentElement.dataset.ready === "true") done(performance.now());
  else requestAnimationFrame(look);
})();
"""
