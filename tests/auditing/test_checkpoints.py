"""Checkpoints of every kind are read, with the right names, numbers and fans."""

import json
import struct
import zipfile

import h5py
import numpy as np
import pytest
from safetensors.numpy import save_file

from initbench.auditing import audit, read_checkpoint
from initbench.auditing.checkpoints import Tensor, tensors_of
from initbench.auditing.layouts import LIMIT, place, read_sample
from initbench.errors import UsageError

RNG = np.random.default_rng(5)
WEIGHT = RNG.normal(0, 0.1, (8, 16)).astype(np.float32)
BIAS = RNG.normal(0, 0.1, 8).astype(np.float32)


def contents(path):
    """Return what a checkpoint holds, by name."""
    return {
        tensor.name: tensor.read(0, tensor.size).reshape(tensor.shape)
        for tensor in read_checkpoint([path])
    }


def same(found, expected):
    """Tell whether two checkpoints hold the same, in the same order."""
    return list(found) == list(expected) and all(
        np.array_equal(found[name], expected[name]) for name in expected
    )


def safetensors_of(path, header, data):
    """Write a safetensors file byte by byte."""
    text = json.dumps(header).encode() if isinstance(header, dict) else header
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    return path


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16])
def test_safetensors_of_its_own_library(tmp_path, dtype):
    """Numbers are those that were saved; integers are left out; layer 10 follows layer 2."""
    arrays = {f"layers.{n}.weight": WEIGHT.astype(dtype) + n for n in (0, 2, 10)}
    save_file({**arrays, "steps": np.arange(3)}, tmp_path / "a.safetensors")
    assert same(contents(tmp_path / "a.safetensors"), arrays)


def test_bfloat16_in_safetensors(tmp_path):
    """A bfloat16 number is the upper half of the float32 number."""
    bits = (WEIGHT.view(np.uint32) >> 16).astype("<u2")
    header = {"w": {"dtype": "BF16", "shape": [8, 16], "data_offsets": [0, 256]}}
    path = safetensors_of(tmp_path / "a.safetensors", header, bits.tobytes())
    [tensor] = read_checkpoint([path])
    assert tensor.dtype == "bfloat16"
    expected = (WEIGHT.view(np.uint32) & 0xFFFF0000).view(np.float32)
    np.testing.assert_array_equal(tensor.read(16, 48), expected.reshape(-1)[16:48])


@pytest.mark.parametrize("kind", ["F8_E4M3", "F8_E5M2", "F8_E8M0", "F4", "F6_E2M3"])
def test_coarse_numbers_are_refused_by_name(tmp_path, kind):
    """Also beside tensors that can be tested, whose audit would pass for that of the weights."""
    header = {
        "norm.weight": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]},
        "w": {"dtype": kind, "shape": [2, 4], "data_offsets": [8, 16]},
    }
    path = safetensors_of(tmp_path / "a.safetensors", header, bytes(16))
    with pytest.raises(UsageError, match=rf"a\.safetensors: tensor 'w' holds {kind} numbers"):
        read_checkpoint([path])


def test_integers_alone_are_refused(tmp_path):
    """A quantized network has no weights to test."""
    save_file({"w": np.ones((2, 3), np.int8)}, tmp_path / "a.safetensors")
    with pytest.raises(UsageError, match="quantized"):
        read_checkpoint([tmp_path / "a.safetensors"])


@pytest.mark.parametrize("given", ["folder", "index", "no index"])
def test_shards_are_one_checkpoint(tmp_path, given):
    """The index says which file has which tensor; without one, all files of the folder count."""
    arrays = {f"layers.{n}.weight": WEIGHT + n for n in range(4)}
    names = list(arrays)
    for shard, part in enumerate((names[2:], names[:2])):
        save_file({name: arrays[name] for name in part}, tmp_path / f"m-{shard}.safetensors")
    index = tmp_path / "model.safetensors.index.json"
    if given != "no index":
        places = {name: f"m-{int(name in names[:2])}.safetensors" for name in names}
        index.write_text(json.dumps({"weight_map": places}))
    assert same(contents(index if given == "index" else tmp_path), arrays)


def test_npz_and_npy_in_any_naming(tmp_path):
    """Names are those of the archive, of the files of a folder, or of the files that are given."""
    for names in (["W1", "b1"], ["arr_0", "arr_1"], ["0.weight", "0.bias"], ["any", "thing"]):
        arrays = dict(zip(names, (WEIGHT, BIAS), strict=True))
        np.savez(tmp_path / "a.npz", **arrays)
        assert same(contents(tmp_path / "a.npz"), arrays)
    folder = tmp_path / "folder"
    folder.mkdir()
    for number in (1, 2, 10):
        np.save(folder / f"W{number}.npy", WEIGHT + number)
    assert same(contents(folder), {f"W{number}": WEIGHT + number for number in (1, 2, 10)})
    given = read_checkpoint([folder / "W10.npy", folder / "W2.npy"])
    assert {tensor.name for tensor in given} == {"W10", "W2"}


def test_hdf5_as_keras_writes_it(tmp_path):
    """Data sets by path; no optimizer, no links to other files."""
    path = tmp_path / "a.weights.h5"
    with h5py.File(path, "w") as file:
        file["layers/dense/vars/0"] = WEIGHT
        file["layers/dense/vars/1"] = RNG.normal(size=16).astype(np.float32)
        file["optimizer/vars/0"] = WEIGHT
        file["other"] = h5py.ExternalLink("/etc/other.h5", "/x")
        file["soft"] = h5py.SoftLink("/layers/dense/vars/0")
    weights, biases = read_checkpoint([path])
    assert (weights.name, biases.name) == ("layers/dense/vars/0", "layers/dense/vars/1")
    np.testing.assert_array_equal(weights.read(20, 50), WEIGHT.reshape(-1)[20:50])
    with zipfile.ZipFile(tmp_path / "a.keras", "w") as archive:
        archive.write(path, "model.weights.h5")
    assert same(contents(tmp_path / "a.keras"), contents(path))
    [placed, _] = place([weights, biases])
    assert (placed.layout, placed.fans, placed.bias) == ("in_out", (8, 16), "layers/dense/vars/1")


@pytest.mark.parametrize(
    ("arrays", "layouts", "fans"),
    [
        ({"W1": (5, 7), "b1": (7,)}, ["in_out"], [(5, 7)]),
        ({"W1": (5, 7), "b1": (5,)}, ["out_in"], [(7, 5)]),
        ({"arr_0": (5, 7), "arr_1": (7,)}, ["in_out"], [(5, 7)]),
        ({"fc.weight": (5, 7), "fc.bias": (5,)}, ["out_in"], [(7, 5)]),
        ({"fc.weight": (5, 7)}, ["out_in"], [(7, 5)]),
        ({"Dense_0/kernel": (5, 7)}, ["in_out"], [(5, 7)]),
        ({"W1": (5, 7), "W2": (3, 5)}, ["out_in"] * 2, [(7, 5), (5, 3)]),
        ({"W1": (5, 7), "W2": (7, 3)}, ["in_out"] * 2, [(5, 7), (7, 3)]),
        ({"conv.weight": (8, 4, 3, 3)}, ["out_in"], [(36, 72)]),
        ({"conv/kernel": (3, 3, 4, 8)}, ["in_out"], [(36, 72)]),
        # GPT-2 of transformers: Conv1D stores (in, out) under the name weight
        (
            {
                "h.0.attn.c_attn.weight": (6, 18),
                "h.0.attn.c_attn.bias": (18,),
                "h.0.attn.c_proj.weight": (6, 6),
                "h.0.attn.c_proj.bias": (6,),
            },
            ["in_out", "in_out"],
            [(6, 18), (6, 6)],
        ),
        ({"mha/query/kernel": (12, 2, 5)}, ["in_out"], [(12, 10)]),
        ({"mha/attention_output/kernel": (2, 5, 12)}, ["in_out"], [(10, 12)]),
        ({"mlp.experts.down_proj.weight": (4, 6, 9)}, ["out_in"], [(9, 6)]),
    ],
)
def test_layouts_and_fans_are_recognised(arrays, layouts, fans):
    """By the bias, by the other layers, by the name, by the neighbours, in this order."""
    placed = [
        each
        for each in place(tensors_of({name: np.zeros(shape) for name, shape in arrays.items()}))
        if len(each.tensor.shape) > 1
    ]
    assert [each.layout for each in placed] == layouts
    assert [each.fans for each in placed] == fans


def test_the_layout_that_is_given_overrides():
    """``--layout`` decides for every matrix, whatever its bias says."""
    arrays = {"fc.weight": np.zeros((5, 7)), "fc.bias": np.zeros(5)}
    assert place(tensors_of(arrays), "in_out")[0].fans == (5, 7)


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("model.embed_tokens.weight", "embedding"),
        ("transformer.wpe.weight", "embedding"),
        ("layers.0.self_attn.q_proj.weight", "attention"),
        ("encoder.in_proj_weight", "attention"),
        ("mlp.fc1.weight", "linear"),
    ],
)
def test_roles_come_from_names(name, role):
    """Embeddings and attention are recognised by what frameworks call them."""
    assert place(tensors_of({name: np.zeros((6, 4))}))[0].role == role


def test_large_tensors_are_sampled_in_whole_rows():
    """No more than the limit is read, from the first row to the last."""
    rows, columns = 4000, 700
    spans = []

    def read(start, stop):
        spans.append((start, stop))
        return np.arange(start, stop, dtype=float)

    tensor = Tensor("fc.weight", (rows, columns), "float32", read, "out_in")
    sample = read_sample(place([tensor])[0])
    assert sample.values.size <= LIMIT
    assert sum(stop - start for start, stop in spans) == sample.values.size
    assert not sample.is_whole
    assert spans[0][0] == 0
    assert spans[-1][1] == rows * columns
    first = sample.rows[:, 0]
    np.testing.assert_array_equal(sample.rows, first[:, None] + np.arange(columns))


@pytest.mark.parametrize(
    ("rows", "columns", "places", "height"),
    [(4000, 700, 16, 11), (4000, 2**14, 4, 2), (3, 2**17, 1, 2), (9, 2**15, 2, 2)],
)
def test_rows_of_a_large_tensor_are_read_in_many_places(rows, columns, places, height):
    """Of 2**17 numbers at most, in 16 places or in as many as have two rows each.

    Where a row is too long for two, two rows are read in part.
    """
    tensor = Tensor(
        *("fc.weight", (rows, columns), "float32"),
        lambda start, stop: np.arange(start, stop, dtype=float),
        "out_in",
    )
    sample = read_sample(place([tensor])[0])
    read = sample.rows[:, 0] // columns
    assert len(read) == places * height
    begins = read[::height]
    assert begins.tolist() == np.linspace(0, rows - height, places).astype(int).tolist()
    assert (read.reshape(places, height) == begins[:, None] + np.arange(height)).all()


def test_correct_weights_in_bfloat16_are_consistent(tmp_path):
    """Normal, uniform and truncated draws and orthogonal matrices, rounded to nearest."""
    from initbench.initializers import bind, layers_of

    for name in ("he_normal", "glorot_uniform", "keras:he_normal", "orthogonal"):
        [(weights, _), *_] = bind(name).draw(layers_of([300, 200, 10], "relu"), 0)
        bits = np.ascontiguousarray(weights.T, np.float32).view(np.uint32)
        half = ((bits + 0x7FFF + ((bits >> 16) & 1)) >> 16).astype("<u2")
        header = {"w": {"dtype": "BF16", "shape": [200, 300], "data_offsets": [0, 120_000]}}
        path = safetensors_of(tmp_path / "a.safetensors", header, half.tobytes())
        result = audit(read_checkpoint([path]), name)
        assert result.consistent, (name, [tensor.findings for tensor in result.tensors])
        assert not audit(read_checkpoint([path]), {"*": {"name": "random", "std": 0.01}}).consistent


def test_files_that_are_no_checkpoints_are_refused(tmp_path):
    """The message names the file and what is wrong; nothing outside of the folder is read."""
    entry = {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}
    cases = {
        "short.safetensors": b"\1\2",
        "huge.safetensors": struct.pack("<Q", 2**60) + b"{}",
        "text.safetensors": struct.pack("<Q", 4) + b"nope",
        "a.h5": b"no HDF5",
        "a.keras": b"no zip",
        "a.npz": b"no zip",
        "a.bin": b"x",
    }
    for name, data in cases.items():
        path = tmp_path / name
        path.write_bytes(data)
        with pytest.raises(UsageError, match=name):
            read_checkpoint([path])
    for wrong in ({"data_offsets": [0, 15]}, {"shape": [-2, 2]}, {"shape": "ab"}, {"dtype": None}):
        path = safetensors_of(tmp_path / "b.safetensors", {"w": entry | wrong}, bytes(16))
        with pytest.raises(UsageError, match=r"b\.safetensors"):
            read_checkpoint([path])
    path = safetensors_of(tmp_path / "b.safetensors", {"w": entry}, bytes(15))
    with pytest.raises(UsageError, match="truncated at 'w'"):
        read_checkpoint([path])
    index = tmp_path / "model.safetensors.index.json"
    index.write_text(json.dumps({"weight_map": {"w": "../b.safetensors"}}))
    with pytest.raises(UsageError, match="is no file beside it"):
        read_checkpoint([index])
    objects = np.array([{}], object)
    np.savez(tmp_path / "o.npz", w=objects)
    with pytest.raises(UsageError, match="never unpickled"):
        read_checkpoint([tmp_path / "o.npz"])
    (tmp_path / "empty").mkdir()
    with pytest.raises(UsageError, match=r"has no \.safetensors and no \.npy"):
        read_checkpoint([tmp_path / "empty"])


@pytest.mark.parametrize("kind", ["h5", "safetensors", "npz"])
def test_damaged_files_end_in_a_message(tmp_path, kind):
    """However bytes are changed or cut off, a file is read or refused, and nothing else raises."""
    rng = np.random.default_rng(0)
    whole, path = tmp_path / f"whole.{kind}", tmp_path / f"damaged.{kind}"
    arrays = {"W1": WEIGHT, "b1": RNG.normal(size=16).astype(np.float32)}
    if kind == "h5":
        with h5py.File(whole, "w") as file:
            file.create_dataset("dense/kernel", data=WEIGHT, compression="gzip")
            file["dense/bias"] = arrays["b1"]
    elif kind == "npz":
        np.savez(whole, **arrays)
    else:
        save_file(arrays, whole)
    data = whole.read_bytes()
    refused = 0
    for trial in range(150):
        changed = bytearray(data if trial % 5 else data[: rng.integers(len(data))])
        for place_ in rng.integers(min(len(changed), (300, len(data))[trial % 2]) or 1, size=3):
            if changed:
                changed[place_] = rng.integers(256)
        path.write_bytes(changed)
        try:
            audit(read_checkpoint([path]), "he")
        except UsageError:
            refused += 1
    assert refused > 30


def test_a_data_set_that_unpacks_to_far_more_is_refused(tmp_path):
    """A few bytes that promise gigabytes are not read."""
    path = tmp_path / "a.h5"
    with h5py.File(path, "w") as file:
        file.create_dataset("w", shape=(2, 10**10), dtype="f4", chunks=(1, 10**6))
    with pytest.raises(UsageError, match=r"a\.h5: would unpack from"):
        read_checkpoint([path])


@pytest.mark.frameworks
@pytest.mark.parametrize("kind", ["meta", "sparse"])
def test_a_tensor_of_pytorch_without_entries_is_an_error(tmp_path, kind):
    """It is named, with what to save instead."""
    torch = pytest.importorskip("torch")
    dense = torch.eye(3)
    path = tmp_path / "model.pt"
    torch.save({"fc.weight": dense.to("meta") if kind == "meta" else dense.to_sparse()}, path)
    with pytest.raises(UsageError, match=rf"model\.pt: tensor 'fc.weight' is .*{kind}.*: save the"):
        read_checkpoint([path])


@pytest.mark.parametrize("name", ["model.npz", "model.npy"])
def test_a_damaged_file_is_named_once(tmp_path, name):
    """The place of an error is not repeated."""
    path = tmp_path / name
    path.write_bytes(b"no array")
    with pytest.raises(UsageError) as caught:
        read_checkpoint([path])
    assert str(caught.value).count(name) == 1
