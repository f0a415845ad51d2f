"""The payload: what the page gets is what the runs say, thinned and packed."""

import base64
import json
import zlib

import numpy as np
import pytest

from initbench.report.html.fields import boundary_field, encode, levels_of
from initbench.report.html.layers import layer_maps
from initbench.report.html.lines import curve_lines
from initbench.report.html.packing import UNKNOWN, pack, quantise
from initbench.report.html.payload import payload
from initbench.results import Cell, RunId, RunStore, load_results

NAN = float("nan")


def unpack(text):
    """Return the bytes of a packed text, as the page reads it."""
    return np.frombuffer(zlib.decompress(base64.b64decode(text)), np.uint8)


def test_a_payload_is_plain_json(make_results):
    """Diverged runs, missing runs and no runs are values that JSON has."""
    results = make_results({"he": [0.9, NAN], "zeros": [0.5], "lost": [NAN, NAN], "none": []})
    document = payload(results, "")
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    assert document["asked"] == 8
    assert document["runs"] == 5


def test_rows_stand_in_the_order_of_the_ranking(make_results):
    """The label of each row is that of the scheme that the ranking names."""
    document = payload(make_results({"zeros": [0.5], "he": [0.9]}), "")
    [cell] = document["cells"]
    labels = [document["schemes"][place]["label"] for place in cell["ranking"]]
    assert labels == [row[0] for row in cell["rows"]] == ["he", "zeros"]


def test_lines_are_the_quartiles_of_the_runs(make_results):
    """Low, median and high of each scheme; where all diverged there is nothing."""
    results = make_results({"he": [0.5, 0.7, 0.9, 0.6, 0.8], "lost": [NAN] * 5, "none": []})
    lines = curve_lines(results, 0)
    assert lines["parts"] == ["train", "test"]
    accuracy = lines["measures"][1]
    assert accuracy["name"] == "accuracy"
    he, lost, none = accuracy["lines"]["test"]
    assert [line[-1] for line in he] == [0.6, 0.7, 0.8]
    assert lost[1] == [0.5, 0.375, None, None, None]
    assert none is None


def test_long_curves_are_thinned_and_keep_their_ends(make_results, monkeypatch):
    """Of five points, three are shown: the first, the middle and the last."""
    for name in ("FEWEST", "MOST"):
        monkeypatch.setattr(f"initbench.report.html.lines.{name}", 3)
    assert curve_lines(make_results({"he": [0.9]}), 0)["epochs"] == [0, 2, 4]


def test_a_byte_holds_a_class_and_how_sure_it_is():
    """Of two classes and of three: a guess is level 0, certainty the last; NaN is unknown."""
    two = encode(np.array([0.5, 1.0, 0.0, NAN]).reshape(1, 1, 2, 2))
    assert two.ravel().tolist() == [0, 127 + 126, 126, UNKNOWN]
    three = np.array([[1, 1 / 3], [0, 1 / 3], [0, 1 / 3]]).reshape(1, 3, 1, 2)
    assert encode(three).ravel().tolist() == [levels_of(3) - 1, 0]


@pytest.mark.parametrize("classes", [2, 3, 10, 255])
def test_no_class_is_taken_for_another_or_for_unknown(classes):
    """Whatever the count, the highest byte of certainty is below that for unknown."""
    certain = np.eye(classes)[np.newaxis, :, :, np.newaxis]
    if classes == 2:
        certain = certain[:, 1:]
    codes = encode(certain).ravel()
    assert (codes // levels_of(classes) == np.arange(classes)).all()
    assert codes.max() < UNKNOWN


def test_a_field_is_that_of_the_run_in_the_middle(make_results):
    """Frames unpack to bytes of (F, G, G); a diverged run has frames until then."""
    field = boundary_field(make_results({"he": [0.9, 0.7, 0.8], "lost": [NAN] * 3, "none": []}), 0)
    assert field["epochs"] == [0, 1, 3, 4]
    he, lost = field["panels"]
    assert (he["scheme"], he["seed"], lost["scheme"]) == (0, 2, 1)
    assert he["scores"] == [0.5, 0.575, 0.725, 0.8]
    frames = unpack(he["frames"]).reshape(4, field["side"], field["side"])
    levels = [126, int(0.6 * 127), int(0.2 * 127)]  # of p = 0, 0.2, 0.4, as certain as 1, 0.6, 0.2
    assert frames[3, 0].tolist() == [*levels, *(127 + level for level in reversed(levels))]
    lost_frames = unpack(lost["frames"]).reshape(4, -1)
    assert (lost_frames[:2] != UNKNOWN).all()
    assert (lost_frames[2:] == UNKNOWN).all()


def test_fields_are_thinned_to_a_budget(make_results, monkeypatch):
    """Every other point of the grid, and as many frames as there is room for."""
    monkeypatch.setattr("initbench.report.html.fields.BYTES", 60)
    field = boundary_field(make_results({"he": [0.9], "zeros": [0.5]}), 0)
    assert field["side"] == 3
    assert field["epochs"] == [0, 3, 4]
    assert len(unpack(field["panels"][0]["frames"])) == 3 * 9


def test_without_a_plane_there_is_no_field(make_results):
    """Nor are there maps of layers that were not recorded."""
    results = make_results({"he": [0.9]}, planar=False)
    assert boundary_field(results, 0) is None
    assert layer_maps(results, 0) is None


def test_bytes_are_between_the_ends_of_a_scale():
    """The ends are 0 and 254, what lies beyond is at them, what is not finite is unknown."""
    found = quantise(np.array([-1.0, 0.0, 1.0, 2.0, 9.0, NAN, np.inf]), 0.0, 2.0)
    assert found.tolist() == [0, 0, 127, 254, 254, UNKNOWN, UNKNOWN]
    assert quantise(np.array([3.0]), 3.0, 3.0).tolist() == [0]
    assert unpack(pack(found)).tolist() == found.tolist()


@pytest.fixture
def layered(make_results):
    """Return results with one statistic that spans powers of ten, and one that has negatives."""
    results = make_results({"he": [0.9, 0.8], "zeros": [0.5, 0.5]})
    for number, label in enumerate(("he", "zeros")):
        keys = [run.key for run in results.outline.cells[0].runs[label]]
        arrays = {
            name: np.stack([results.runs[key][name] for key in keys]) for name in _own(results)
        }
        size = 10.0 ** (-3 * number) * np.ones((2, 5, 3), np.float32)
        size[:, :, 1] *= 0.1
        if number:
            size[:, 2] = np.nan
        arrays |= {"layer_gradient_rms": size, "layer_activation_mean": size - 0.5}
        RunStore(results.folder).write_unit(keys, arrays, {"epochs": np.arange(5.0)})
    return load_results(results.folder)


def _own(results):
    return [
        name
        for name in next(iter(results.runs.values()))
        if name.startswith(("train", "test", "distinct", "stopped"))
    ]


def test_maps_of_all_schemes_share_a_scale(layered):
    """Logarithmic from the least to the largest of all; linear where there are negatives."""
    layers = layer_maps(layered, 0)
    assert layers["layers"] == 3
    mean, rms = sorted(layers["statistics"], key=lambda each: each["name"])
    assert (mean["name"], mean["log"], mean["high"]) == ("activation mean", False, 0.5)
    assert rms["log"]
    assert (rms["low"], rms["high"]) == pytest.approx((1e-4, 1.0))
    he, zeros = (unpack(each).reshape(5, 3) for each in rms["maps"])
    assert he[0].tolist() == [254, pytest.approx(190, abs=1), 254]
    assert zeros[0].tolist() == [pytest.approx(64, abs=1), 0, pytest.approx(64, abs=1)]
    assert (zeros[2] == UNKNOWN).all()


def test_every_point_of_a_sweep_has_a_cell(make_results, make_setup):
    """With its settings, and a title that says them."""
    runs = {"he": (RunId(0, "he-0"),)}
    cells = tuple(Cell({"training.epochs": epochs}, make_setup(), runs) for epochs in (4, 8))
    document = payload(make_results({"he": [0.9]}, cells=cells), "")
    assert [cell["settings"] for cell in document["cells"]] == [
        {"training.epochs": 4},
        {"training.epochs": 8},
    ]
    assert document["cells"][1]["title"] == "training.epochs = 8"
