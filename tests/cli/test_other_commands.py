"""``list``, ``new``, ``schema`` and ``report``."""

import json
import shutil
from pathlib import Path

import pytest

from initbench.config.schema import experiment_schema
from initbench.data import DATASETS
from initbench.initializers import INITIALIZERS
from initbench.nn import ACTIVATIONS, LOSSES, OPTIMIZERS, SCHEDULES

REGISTRIES = {
    "inits": INITIALIZERS,
    "datasets": DATASETS,
    "activations": ACTIVATIONS,
    "optimizers": OPTIMIZERS,
    "losses": LOSSES,
    "schedules": SCHEDULES,
}


@pytest.mark.parametrize("kind", REGISTRIES)
def test_a_list_has_every_name(invoke, kind):
    """In 80 columns, in the list of its kind and of all; aliases are where there is room."""
    text = invoke("list", kind).stdout
    assert max(map(len, text.splitlines())) <= 80
    words = text.replace(",", " ").split()
    names = REGISTRIES[kind] if kind == "inits" else REGISTRIES[kind].all_names
    assert set(names) <= set(words)
    everything = json.loads(invoke("list", "--json").stdout)
    assert list(json.loads(invoke("list", kind, "--json").stdout)) == [kind]
    families = [each.name for each in REGISTRIES[kind].families.values()]
    assert [each["name"] for each in everything[kind]] == [*REGISTRIES[kind], *families]


def test_the_list_says_that_openml_has_more(invoke):
    """What is listed nowhere has a line that says how to name it."""
    text = " ".join(invoke("list", "datasets").stdout.split())
    assert text.endswith(
        "openml:NAME NAME of OpenML; needs scikit-learn, and the network once options: version=1,"
        " target="
    )


def test_a_list_of_all_is_grouped(invoke):
    """Without a kind all kinds come, each under its heading."""
    lines = invoke("list").stdout.splitlines()
    assert [line for line in lines if line and not line.startswith(" ")] == list(REGISTRIES)


def test_a_scheme_is_listed_with_its_law_and_options(invoke):
    """What `he` stands for can be read from the list by a program."""
    [entry] = [
        each
        for each in json.loads(invoke("list", "--json").stdout)["inits"]
        if "he" in each["aliases"]
    ]
    assert entry["options"] == {"mode": "fan_in", "negative_slope": 0.0}
    assert entry["formula"] == "N(0, 2 / fan_in)"


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        (
            "activations",
            "max(z, slope z): a rectifier with a small slope for negative values options: slope",
        ),
        (
            "optimizers",
            "options: learning_rate=0.001, beta1=0.9, beta2=0.999, epsilon=1e-08, weight",
        ),
        ("schedules", "options: every=30, factor=0.1, warmup=0.0"),
        ("losses", "with one logit, for two classes for: classification"),
        ("losses", "for: regression options: delta=1.0"),
    ],
)
def test_options_and_uses_of_an_entry_are_listed(invoke, kind, text):
    """Nobody has to look up the options of an optimizer, or which losses are a regression's."""
    assert text in " ".join(invoke("list", kind).stdout.split())


def test_the_task_of_a_loss_is_in_the_json(invoke):
    """Each loss has its task, and its options with their defaults."""
    losses = json.loads(invoke("list", "losses", "--json").stdout)["losses"]
    found = {each["name"]: (each["task"], each["options"]) for each in losses}
    assert found["huber"] == ("regression", {"delta": 1.0})
    assert found["binary_cross_entropy"] == ("classification", {})


def test_the_schema_is_the_librarys(invoke):
    """It is JSON, and ends with a newline."""
    text = invoke("schema").stdout
    assert json.loads(text) == json.loads(json.dumps(experiment_schema()))
    assert text.endswith("}\n")


@pytest.mark.parametrize("name", ["mine", "mine.yaml"])
def test_a_new_config_can_be_run(invoke, name):
    """The file is written, and what to do next is said and works."""
    done = invoke("new", name)
    assert "initbench run mine.yaml" in done.stdout
    done = invoke("run", "mine.yaml", "--no-plots", "--seeds", "1", "--set", "training.epochs=1")
    assert done.exit_code == 0
    assert Path("results/mine/metrics.json").is_file()


def test_a_new_config_overwrites_nothing(invoke):
    """Neither a file nor a link, were it to nothing."""
    Path("mine.yaml").write_text("precious", encoding="utf-8")
    Path("link.yaml").symlink_to("nothing")
    assert invoke("new", "mine").exit_code == invoke("new", "link").exit_code == 2
    assert Path("mine.yaml").read_text(encoding="utf-8") == "precious"
    assert not Path("nothing").exists()


def test_a_report_prints_the_table_of_the_run(invoke, config):
    """Text and JSON are the run's, and derived files come back to the byte."""
    shown = {flag: invoke("run", config(), "--no-plots", flag).stdout for flag in ("-q", "--json")}
    folder = Path("results/tiny")
    metrics = (folder / "metrics.json").read_bytes()
    (folder / "metrics.json").unlink()
    for flag, text in shown.items():
        done = invoke("report", folder, "--no-plots", flag)
        assert (done.stdout, done.stderr, done.exit_code) == (text, "", 0)
    assert (folder / "metrics.json").read_bytes() == metrics
    assert not (folder / "plots").exists()
    assert "Figures" in invoke("report", folder).stdout


def test_a_report_warns_of_damaged_files(invoke, config):
    """A file that cannot be trusted is named on standard error; the rest is shown."""
    invoke("run", config(inits="[zeros]"), "--no-plots")
    invoke("run", config(), "--no-plots")
    path = min(Path("results/tiny/runs").glob("*.npz"))
    shutil.copyfile("tiny.yaml", path)
    done = invoke("report", "results/tiny", "--no-plots")
    assert done.exit_code == 0
    assert f"WARNING: {path} is damaged" in done.stderr


def test_a_report_draws_in_the_formats_and_sizes_that_are_asked_for(invoke, config):
    """A PDF for a column, and no PNG; what is no format is a mistake in the command."""
    assert invoke("run", config(), "--no-plots").exit_code == 0
    done = invoke("report", "results/tiny", "--formats", "pdf", "--sizes", "column, slide")
    assert done.exit_code == 0
    names = {path.name for path in Path("results/tiny/plots").iterdir()}
    assert {"loss_curves-column.pdf", "loss_curves-slide.pdf", "loss_curves.txt"} <= names
    assert not any(name.endswith(".png") for name in names)
    refused = invoke("report", "results/tiny", "--formats", "pdf,jpg")
    assert refused.exit_code == 2
    assert "unknown format of figures: 'jpg'. Known: png, svg, pdf." in refused.stderr
