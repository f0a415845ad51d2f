"""The document: one file, a policy that names its scripts, and data that is never markup."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

import initbench
from initbench.report.html import html_report
from initbench.report.html.document import embed_json
from initbench.report.html.page import SCRIPTS, distinct_names

HOSTILE = "</script><!--<script>--><img src=x onerror=alert(1)>\u202e\ud800"


class Reader(HTMLParser):
    """Collects each element with its attributes and text."""

    def __init__(self, document):
        super().__init__()
        self.found = []
        self.feed(document)

    def handle_starttag(self, tag, attrs):  # noqa: D102 - HTMLParser's
        self.found.append((tag, dict(attrs), ""))

    def handle_endtag(self, tag):  # noqa: D102 - HTMLParser's
        self.found.append((f"/{tag}", {}, ""))

    def handle_data(self, data):  # noqa: D102 - HTMLParser's
        tag, attributes, text = self.found.pop() if self.found else ("", {}, "")
        self.found.append((tag, attributes, text + data))

    def all(self, tag):
        """Return attributes and text of each element of a kind."""
        return [(attributes, text) for name, attributes, text in self.found if name == tag]


@pytest.fixture
def read_page(make_results):
    """Return a function from final scores to the elements of the page."""

    def read(scores, config="", **changes):
        return Reader(html_report(make_results(scores, **changes), config).decode())

    return read


def test_the_policy_names_every_script_and_style_and_nothing_else(read_page):
    """Their hashes are those of what stands in the file; all other sources are shut."""
    page = read_page({"he": [0.9, 0.8]})
    [policy] = [
        attributes["content"]
        for attributes, _ in page.all("meta")
        if attributes.get("http-equiv") == "Content-Security-Policy"
    ]
    texts = [text for attributes, text in page.all("script") if "json" not in str(attributes)]
    texts += [text for _, text in page.all("style")]
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts}
    assert set(re.findall(r"'sha256-([^']+)'", policy)) == digests
    assert len(digests) == 2
    assert policy.startswith("default-src 'none';")
    assert "unsafe" not in policy


def test_nothing_is_loaded_from_anywhere(read_page):
    """No element names an address but its own data."""
    page = read_page({"he": [0.9, 0.8]})
    addresses = [
        value
        for _, attributes, _ in page.found
        for name, value in attributes.items()
        if name in {"src", "href", "action", "srcset"}
    ]
    assert set(addresses) <= {"data:,", "#content"}


def test_hostile_texts_stay_in_the_data(read_page, make_setup):
    """Labels, names, descriptions and configs add no element to the page."""
    plain = read_page({"he": [0.9], "zeros": [0.5]})
    hostile = read_page(
        {HOSTILE: [0.9], "zeros": [0.5]},
        config=HOSTILE,
        name=HOSTILE,
        description=HOSTILE,
        setup=make_setup(dataset=HOSTILE, network=HOSTILE),
    )
    assert [tag for tag, _, _ in hostile.found] == [tag for tag, _, _ in plain.found]
    [data] = [json.loads(text) for attributes, text in hostile.all("script") if "id" in attributes]
    [side] = data["sides"]
    assert side["schemes"][0]["label"].startswith("</script><!--<script>-->")
    assert side["config"] == HOSTILE


def test_the_same_results_make_the_same_bytes(make_results):
    """Twice, and after another page was made."""
    results = make_results({"he": [0.9, float("nan")], "zeros": [0.5, 0.5]})
    first = html_report(results, "seeds: 2")
    assert html_report(results) != first
    assert html_report(results, "seeds: 2") == first


def test_scripts_have_no_comments_and_keep_their_code(make_results):
    """A comment line of the last script is gone, and its last statement is there."""
    document = html_report(make_results({"he": [0.9]})).decode()
    assert "// The page: shows a cell" not in document
    assert 'document.documentElement.dataset.ready = "true";' in document


@pytest.mark.parametrize(
    ("first", "second", "names"),
    [
        ("a/moons", "b/moons", ("a/moons", "b/moons")),
        ("x/a", "x/b", ("a", "b")),
        ("x/a/r/s", "x/b/r/s", ("a/r/s", "b/r/s")),
    ],
)
def test_two_folders_have_names_that_differ(first, second, names):
    """As short as they can be."""
    assert distinct_names(Path(first), Path(second)) == names


@pytest.mark.parametrize("text", ["</script>", "<!--", "\u2028", "\ud800", '"', "\\u003c"])
def test_embedded_texts_come_back_as_they_went(text):
    """JSON reads what was written, and no bracket opens a tag."""
    embedded = embed_json({"text": text})
    assert json.loads(embedded) == {"text": text}
    assert "<" not in embedded


def test_every_script_of_the_folder_is_part_of_the_page(pytestconfig):
    """No file is left out, and none is named that is not there."""
    folder = pytestconfig.rootpath / "initbench" / "report" / "html" / "assets"
    assert {path.stem for path in folder.glob("*.js")} == set(SCRIPTS)


@pytest.mark.slow
def test_the_page_of_the_demo_is_small(tmp_path, pytestconfig):
    """At most 150 kB, scripts and styles included."""
    config = pytestconfig.rootpath / "configs" / "moons.yaml"
    results = initbench.run(config, results=tmp_path / "moons", plots=False)
    assert (results.folder / "report.html").stat().st_size <= 150_000
