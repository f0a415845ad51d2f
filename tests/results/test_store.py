"""The store keeps every finished run, and trusts no file that it cannot vouch for."""

import io
import logging
import os
import zipfile

import numpy as np
import pytest

from initbench.errors import StorageError, UsageError
from initbench.results import RunStore
from initbench.results.files import FORMAT_VERSION
from initbench.results.unitfile import DamagedFileError, encode_unit, read_unit

KEYS = ("a", "b", "c")
SHARED = {"grid_x": np.linspace(0, 1, 5)}


def per_run(seed=0):
    """Return arrays of three runs, of the kinds that units have."""
    rng = np.random.default_rng(seed)
    return {
        "train_loss": rng.standard_normal((3, 4)),
        "distinct_units": np.ones((3, 4, 2), np.int32),
        "boundary": rng.uniform(size=(3, 1, 1, 5, 5)).astype(np.float16),
    }


@pytest.fixture
def store(tmp_path, make_outline):
    """Return a store that is ready to be written to."""
    store = RunStore(tmp_path)
    store.write_outline(make_outline())
    return store


def test_runs_are_read_back_with_shared_arrays(store):
    """Each run has its own row of every array, bit by bit, and the shared arrays whole."""
    arrays = per_run()
    arrays["train_loss"][1, 2:] = [np.nan, np.inf]
    store.write_unit(KEYS, arrays, SHARED)
    runs = store.read_runs(KEYS)
    assert sorted(runs) == sorted(KEYS)
    for row, key in enumerate(KEYS):
        for name, values in arrays.items():
            np.testing.assert_array_equal(runs[key][name], values[row], strict=True)
        np.testing.assert_array_equal(runs[key]["grid_x"], SHARED["grid_x"], strict=True)


def test_runs_are_found_in_whichever_file_they_are(store):
    """Keys of several files are one set, and only those that are asked for are returned."""
    store.write_unit(KEYS, per_run(), SHARED)
    store.write_unit(("d", "e", "f"), per_run(1), {})
    assert store.keys() == frozenset("abcdef")
    assert sorted(store.read_runs(["b", "e", "nowhere"])) == ["b", "e"]


def test_the_same_unit_makes_the_same_bytes_in_the_same_place(store, monkeypatch):
    """Writing again, whatever the order of its arrays, changes nothing: no date is in the file."""
    path = store.write_unit(KEYS, per_run(), SHARED)
    before = path.read_bytes()
    monkeypatch.setattr("time.time", lambda: 2e9)
    backwards = dict(reversed(per_run().items()))
    assert store.write_unit(KEYS, backwards, SHARED) == path
    assert path.read_bytes() == before


def test_numpy_opens_a_unit_by_itself(store):
    """A reader without initbench finds plain arrays by their names."""
    path = store.write_unit(KEYS, per_run(), SHARED)
    with np.load(path, allow_pickle=False) as arrays:
        np.testing.assert_array_equal(arrays["train_loss"], per_run()["train_loss"])
        assert arrays["keys"].tolist() == list(KEYS)


def test_compressible_arrays_are_compressed_and_noise_is_not(store):
    """Constant arrays take little room, and noise is not squeezed in vain."""
    noise = np.random.default_rng(0).random((3, 9000))
    path = store.write_unit(KEYS, per_run() | {"noise": noise}, SHARED)
    with zipfile.ZipFile(path) as archive:
        kinds = {member.filename: member.compress_type for member in archive.infolist()}
    assert kinds["distinct_units.npy"] == zipfile.ZIP_DEFLATED
    assert kinds["noise.npy"] == zipfile.ZIP_STORED


def foreign(path):
    """Put an archive there that is not a unit."""
    np.savez(path, a=np.zeros(3))


def pickled(path):
    """Put a unit there that would have to be unpickled."""
    np.savez(path, format_version=1, keys=np.array(KEYS, object), shared=np.array([], str))


def truncated(path):
    """Cut the end off."""
    path.write_bytes(path.read_bytes()[:-30])


def altered(path):
    """Flip one bit in the middle of an array."""
    data = bytearray(path.read_bytes())
    data[data.index(b"grid_x") + 150] ^= 1
    path.write_bytes(bytes(data))


def of_other_runs(path):
    """Put a unit there whose arrays have not one row a run."""
    np.savez(path, format_version=1, keys=np.array(KEYS), shared=np.array([], str), x=np.zeros(2))


def boastful(path):
    """Put a unit there whose header promises more numbers than any memory holds."""
    header = io.BytesIO()
    lie = {"descr": "<f8", "fortran_order": False, "shape": (3, 2**55)}
    np.lib.format.write_array_header_1_0(header, lie)
    np.savez(path, format_version=1, keys=np.array(KEYS), shared=np.array([], str))
    with zipfile.ZipFile(path, "a") as archive:
        archive.writestr("x.npy", header.getvalue())


def emptied(path):
    """Leave nothing."""
    path.write_bytes(b"")


def text(path):
    """Put words there."""
    path.write_bytes(b"not an archive at all")


@pytest.mark.parametrize(
    "damage", [foreign, pickled, truncated, altered, of_other_runs, boastful, emptied, text]
)
def test_a_damaged_file_is_set_aside_and_its_runs_are_to_be_trained_again(store, caplog, damage):
    """It is warned of and renamed, the other files count, and the unit can be written again."""
    store.write_unit(("d", "e", "f"), per_run(1), SHARED)
    path = store.write_unit(KEYS, per_run(), SHARED)
    damage(path)
    with caplog.at_level(logging.WARNING):
        assert store.keys() == frozenset("def")
    assert "set aside" in caplog.text
    assert str(path) in caplog.text
    assert not path.exists()
    assert path.with_name(f"{path.name}.damaged").exists()
    store.write_unit(KEYS, per_run(), SHARED)
    assert store.keys() == frozenset("abcdef")


def test_no_altered_byte_goes_unnoticed_or_ends_in_a_traceback(tmp_path):
    """Every byte of an array is guarded; elsewhere a change is refused or changes nothing."""
    arrays = {name: values for name, values in per_run().items() if name != "boundary"}
    data = encode_unit(KEYS, arrays, SHARED)
    path = tmp_path / "unit.npz"
    path.write_bytes(data)
    guarded = set()
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            begin = member.header_offset + 30 + len(member.filename)  # 30 bytes of other fields
            end_mark = 2 if member.compress_type else 0  # is not needed to unpack the array
            guarded.update(range(begin, begin + member.compress_size - end_mark))
    assert len(guarded) > len(data) / 4
    for place in range(len(data)):
        path.write_bytes(data[:place] + bytes([data[place] ^ 0xFF]) + data[place + 1 :])
        try:
            unit = read_unit(path)
        except (DamagedFileError, StorageError):
            continue
        assert place not in guarded
        assert unit.keys == KEYS
        for found, written in ((unit.per_run, arrays), (unit.shared, SHARED)):
            assert found.keys() == written.keys()
            for name, values in written.items():
                np.testing.assert_array_equal(found[name], values, strict=True)


def test_a_newer_format_is_refused_and_left_where_it_is(store):
    """Both versions are named, and the file is not set aside."""
    path = store.write_unit(KEYS, per_run(), SHARED)
    np.savez(path, format_version=FORMAT_VERSION + 5, surprise=np.zeros(2))
    for use in (store.keys, lambda: store.read_runs(KEYS)):
        with pytest.raises(
            StorageError, match=rf"format {FORMAT_VERSION + 5}, .* up to {FORMAT_VERSION}"
        ):
            use()
    assert path.exists()


def test_a_file_that_cannot_be_read_is_not_taken_for_damaged(store, monkeypatch):
    """An error of the disk is said; the file may be whole."""
    path = store.write_unit(KEYS, per_run(), SHARED)

    def refuse(*_args):
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("zipfile.ZipFile.infolist", refuse)
    with pytest.raises(StorageError, match="Input/output error"):
        store.keys()
    assert path.exists()


def test_damage_in_a_folder_that_cannot_be_changed_is_only_warned_of(store, monkeypatch, caplog):
    """The other runs of a read-only folder can still be read."""
    store.write_unit(("d", "e", "f"), per_run(1), SHARED)
    emptied(store.write_unit(KEYS, per_run(), SHARED))

    def refuse(*_args):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("os.replace", refuse)
    with caplog.at_level(logging.WARNING):
        assert store.keys() == frozenset("def")
    assert "could not be renamed" in caplog.text


def test_a_unit_whose_bytes_did_not_reach_the_disk_is_not_done(store, monkeypatch):
    """A failed fsync is an error that names the file, and the run counts as not there."""

    def refuse(_descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", refuse)
    with pytest.raises(StorageError, match=r"runs/[0-9a-f]{16}\.npz: No space left"):
        store.write_unit(KEYS, per_run(), SHARED)
    assert store.keys() == frozenset()


@pytest.mark.parametrize("keys", [(), ("a", "a", "b"), ("a", "b")])
def test_arrays_that_do_not_fit_their_keys_are_a_mistake(store, keys):
    """A caller's mistake is found before anything is written."""
    with pytest.raises(ValueError, match="runs"):
        store.write_unit(keys, per_run(), SHARED)


def test_a_folder_that_is_not_there_has_no_runs(tmp_path):
    """Before the first run nothing is on disk, and asking makes nothing."""
    store = RunStore(tmp_path / "moons")
    assert store.keys() == frozenset()
    store.set_aside()
    assert not (tmp_path / "moons").exists()


def test_writing_an_outline_tells_whether_it_is_another(store, tmp_path, make_outline):
    """The same outline again is not written; another is."""
    path = tmp_path / "runs" / "outline.json"
    before = path.stat()
    assert not store.write_outline(make_outline())
    assert path.stat().st_ino == before.st_ino
    assert store.write_outline(make_outline(seeds=(0,)))
    assert store.read_outline() == make_outline(seeds=(0,))


def test_a_damaged_outline_is_written_anew_and_a_newer_one_is_not(store, tmp_path, make_outline):
    """What can be made again is; what a newer initbench made is left alone."""
    path = tmp_path / "runs" / "outline.json"
    path.write_bytes(b"{")
    with pytest.raises(StorageError, match=r"runs/outline\.json is damaged"):
        store.read_outline()
    assert store.write_outline(make_outline())
    newer = f'{{"format_version": {FORMAT_VERSION + 1}}}'.encode()
    path.write_bytes(newer)
    with pytest.raises(StorageError, match="newer"):
        store.write_outline(make_outline())
    assert path.read_bytes() == newer


@pytest.mark.parametrize("kind", ["missing", "empty", "file"])
def test_a_folder_without_results_is_refused(tmp_path, kind):
    """A folder that is missing, empty or a file is a mistake of usage, exit 2."""
    folder = tmp_path / "moons"
    if kind == "empty":
        folder.mkdir()
    if kind == "file":
        folder.write_bytes(b"")
    with pytest.raises(UsageError, match=r"moons .*initbench run CONFIG"):
        RunStore(folder).read_outline()


def test_fresh_starts_set_all_runs_aside_and_lose_none(store, tmp_path, make_outline):
    """Old runs keep their bytes under another name, however often that happens."""
    for number in (1, 2):
        data = store.write_unit(KEYS, per_run(number), SHARED).read_bytes()
        store.set_aside()
        assert store.keys() == frozenset()
        [kept] = tmp_path.glob(f"runs.aside-{number}/*.npz")
        assert kept.read_bytes() == data
        store.write_outline(make_outline())
