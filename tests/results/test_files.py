"""Files are in their place whole or not at all, and what the disk refuses is said in words."""

import errno
import os

import pytest

from initbench.errors import StorageError
from initbench.results.files import TEMPORARY_SUFFIX, prepare_folder, read, remove, write_atomically


def failing(*_args, **_options):
    """Refuse as a full disk does."""
    raise OSError(errno.ENOSPC, "No space left on device")


def names(folder):
    """Return what is in a folder, hidden files included."""
    return sorted(entry.name for entry in folder.iterdir())


def test_a_file_is_replaced_as_a_whole(tmp_path):
    """The new bytes are there, and nothing else is."""
    path = tmp_path / "metrics.json"
    for data in (b"old", b"new and longer", b""):
        write_atomically(path, data)
        assert path.read_bytes() == data
    assert names(tmp_path) == ["metrics.json"]


@pytest.mark.parametrize(
    ("owner", "operation"), [(os, each) for each in ("open", "write", "fsync", "replace")]
)
def test_a_failed_write_names_the_path_and_leaves_no_file(tmp_path, monkeypatch, owner, operation):
    """Whichever operation fails: the path and the reason are said, no temporary file stays."""
    path = tmp_path / "metrics.json"
    monkeypatch.setattr(owner, operation, failing)
    with pytest.raises(StorageError, match=r"metrics\.json: No space left on device") as caught:
        write_atomically(path, b"new")
    monkeypatch.undo()
    assert caught.value.exit_code == 4
    assert [name for name in names(tmp_path) if name.endswith(TEMPORARY_SUFFIX)] == []


@pytest.mark.parametrize(("owner", "operation"), [(os, "fsync"), (os, "write"), (os, "replace")])
def test_a_failed_write_keeps_the_old_file(tmp_path, monkeypatch, owner, operation):
    """A write that fails before its rename leaves what stood there."""
    path = tmp_path / "metrics.json"
    write_atomically(path, b"old")
    monkeypatch.setattr(owner, operation, failing)
    with pytest.raises(StorageError):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"


def test_an_interrupted_write_leaves_the_old_file_alone(tmp_path, monkeypatch):
    """An interrupt in the middle of writing passes on, and the folder is as before."""
    path = tmp_path / "metrics.json"
    write_atomically(path, b"old")

    def interrupt(_descriptor):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", interrupt)
    with pytest.raises(KeyboardInterrupt):
        write_atomically(path, b"new")
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["metrics.json"]


def test_a_link_is_replaced_and_its_target_is_not(tmp_path):
    """What a link points to keeps its bytes."""
    target, link = tmp_path / "precious", tmp_path / "metrics.json"
    target.write_bytes(b"precious")
    link.symlink_to(target)
    write_atomically(link, b"new")
    assert target.read_bytes() == b"precious"
    assert not link.is_symlink()
    assert link.read_bytes() == b"new"


def test_a_removed_link_leaves_its_target(tmp_path):
    """Removing goes no further than the name."""
    target, link = tmp_path / "precious", tmp_path / "old.png"
    target.write_bytes(b"precious")
    link.symlink_to(target)
    remove(link)
    assert names(tmp_path) == ["precious"]


def test_files_can_be_read_by_others_as_the_system_allows(tmp_path):
    """Results have the mode of any new file, not that of a secret."""
    write_atomically(tmp_path / "ours", b"")
    (tmp_path / "any").write_bytes(b"")
    assert (tmp_path / "ours").stat().st_mode == (tmp_path / "any").stat().st_mode


def test_files_of_a_killed_process_are_removed(tmp_path):
    """Unfinished files go when a folder is opened for writing; all others stay."""
    (tmp_path / f".metrics.json.0123abcd{TEMPORARY_SUFFIX}").write_bytes(b"half")
    for name in (".hidden", "notes.txt"):
        (tmp_path / name).write_bytes(b"mine")
    prepare_folder(tmp_path)
    assert names(tmp_path) == [".hidden", "notes.txt"]


def test_folders_are_made_with_all_above_them(tmp_path):
    """A results folder need not exist, nor what is above it."""
    prepare_folder(tmp_path / "a" / "b")
    prepare_folder(tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b").is_dir()


def test_a_file_is_no_folder(tmp_path):
    """A file in the place of the folder, or above it, is refused in words."""
    (tmp_path / "moons").write_bytes(b"")
    with pytest.raises(StorageError, match="moons is a file, not a folder"):
        prepare_folder(tmp_path / "moons")
    with pytest.raises(StorageError, match="Not a directory"):
        prepare_folder(tmp_path / "moons" / "runs")


def test_a_link_to_nothing_is_no_folder(tmp_path):
    """A dangling link is refused; a link to a folder is as good as the folder."""
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    (tmp_path / "there").mkdir()
    (tmp_path / "good").symlink_to(tmp_path / "there")
    with pytest.raises(StorageError, match="is a link to nothing"):
        prepare_folder(tmp_path / "dangling")
    prepare_folder(tmp_path / "good")
    assert not (tmp_path / "nowhere").exists()


def test_a_folder_that_cannot_be_written_to_is_refused(tmp_path, monkeypatch):
    """What counts is whether a file can be made there, which rights alone do not tell."""
    monkeypatch.setattr(os, "open", failing)
    with pytest.raises(StorageError, match="cannot write to the folder"):
        prepare_folder(tmp_path)


def test_a_missing_file_reads_as_none_and_an_unreadable_one_is_named(tmp_path):
    """That there is no file is an answer; that it cannot be read is an error."""
    assert read(tmp_path / "nowhere" / "x") is None
    with pytest.raises(StorageError, match="cannot read"):
        read(tmp_path)
