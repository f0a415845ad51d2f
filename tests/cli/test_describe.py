"""``describe``: a data set in numbers and as a picture, whatever it is."""

import json
from pathlib import Path

import numpy as np
import pytest

from initbench.data import DATASETS, dataset_summary, load_dataset

AT_HAND = [name for name, entry in DATASETS.items() if not entry.files]


@pytest.mark.parametrize("name", AT_HAND)
def test_every_data_set_can_be_described_and_drawn(invoke, name):
    """Numbers are those of the library; the picture is where it is said to be."""
    done = invoke("describe", name, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    document, seen = json.loads(done.stdout), dataset_summary(load_dataset(name))
    assert document["samples"] == seen.samples
    assert [each["maximum"] for each in document["features"]] == list(seen.feature_moments.maximum)
    assert [each["samples"] for each in document["classes"]] == list(seen.class_counts)
    assert bool(document["targets"]) != bool(document["classes"])
    assert Path(document["picture"]).read_bytes().startswith(b"\x89PNG")


def test_options_are_given_as_in_a_config(invoke):
    """A mapping may hold all that a config's may; splitting and scaling change nothing."""
    asked = "{name: blobs, samples: 90, imbalance: 3, extra_features: 2, scaling: none, folds: 3}"
    done = invoke("describe", asked, "--no-plots")
    assert not list(Path().iterdir())
    lines = done.stdout.splitlines()
    assert lines[0] == "blobs: a given number of Gaussian clusters"
    assert lines[3] == "4 features (float64)"
    assert "0           30  52.6%" in lines
    assert "balance 0.333, the smallest class by the largest" in lines


def test_a_file_is_described_by_the_names_in_it(invoke):
    """Classes have their names; the picture is called as the file is, or as one wants."""
    Path("flowers.csv").write_text("a,b,kind\n1,2,rose\n3,4,lily\n5,7,rose\n", encoding="utf-8")
    file = "{name: file, path: flowers.csv, target: 2}"
    done = invoke("describe", file)
    assert "rose         2  66.7%" in done.stdout
    assert done.stdout.endswith("\n\nFigure  results/datasets/flowers.png\n")
    invoke("describe", file, "--picture", "deep/er/mine.svg")
    assert "<svg" in Path("deep/er/mine.svg").read_text(encoding="utf-8")


def test_many_features_are_summarised(invoke):
    """Features and classes above twenty are told by what they range over."""
    rng = np.random.default_rng(0)
    np.savez("wide.npz", X=rng.uniform(0, 1, (90, 30)), y=np.arange(90) % 30)
    text = " ".join(invoke("describe", "{name: file, path: wide.npz}").stdout.split())
    assert text.startswith("wide.npz 90 samples 30 features (float64) Note: y holds 30 different")
    assert "over 30 features lowest highest minimum" in text
    assert "30 classes of 3 to 3 samples; balance 1.000" in text


def test_numbers_too_large_to_square_are_described(invoke):
    """What overflows has no number, in text and in JSON."""
    np.savez("large.npz", X=np.array([[1e300, 1], [-1e300, 2], [0, 3]]), y=np.array([0, 1, 1]))
    file = "{name: file, path: large.npz}"
    row, *_ = [line for line in invoke("describe", file).stdout.splitlines() if line[:2] == "1 "]
    assert row.endswith("–")
    assert json.loads(invoke("describe", file, "--json").stdout)["features"][0]["std"] is None


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "Missing argument 'DATASET'"),
        (["mons"], "Error: mons is not a valid data set\n  unknown data set 'mons'. Did"),
        (["{name: moons, noise: -1, nose: 1}"], "noise: must be at least 0, not -1"),
        (["{name: moons, nose: 1}"], "nose: unknown key. Did you mean 'noise'?"),
        (["{name: moons"], "Error: {name: moons is not a valid data set\n  line 2, column "),
        ([""], "Error: '' is not a valid data set\n  must be a name"),
        (["a\x1b[31m"], r"Error: 'a\x1b[31m' is not a valid data set"),
        (["3"], "must be a name, or a mapping with a name, not 3"),
        (
            ["{name: file, path: nowhere.csv}"],
            "Error: data set 'file': nowhere.csv: does not exist",
        ),
        ([__file__], "test_describe.py: must end in one of .npz, .parquet, .csv"),
        (["x" * 5000], "unknown data set 'xxx"),
        (["moons", "--picture", "x.jpg"], "x.jpg: a picture must end in one of .png, .svg"),
        (["moons", "--picture", "x.png", "--no-plots"], "exclude each other"),
    ],
)
def test_invalid_data_are_refused_with_a_message(invoke, arguments, words):
    """Nothing is written."""
    done = invoke("describe", *arguments)
    assert (done.exit_code, done.stdout) == (2, "")
    assert words in done.stderr
    assert not list(Path().iterdir())


def test_an_unwritable_picture_is_an_error_with_a_message(invoke):
    """What the machine refuses has an exit code of its own."""
    Path("file").touch()
    done = invoke("describe", "moons", "--picture", "file/x.png")
    assert done.exit_code == 4
    assert "Traceback" not in done.stderr


def test_the_working_directory_has_a_picture_name(invoke):
    """The folder `.` has no name of its own, so the figure is called after the data set."""
    done = invoke("describe", "{name: mnist, path: .}")
    assert done.exit_code == 2
    assert "picture" not in done.stderr
    assert "data set 'mnist'" in done.stderr
