"""The lab page as a file: complete, small, under a locked policy, and never in another's place."""

from pathlib import Path

import pytest

from initbench.errors import StorageError, UsageError
from initbench.lab.page import lab_page, write_lab

GALLERY = Path(__file__).parents[2] / "results" / "gallery" / "lab.html"


def test_page_is_one_small_file_under_a_locked_policy():
    """Below 400 kB; scripts and styles by their hashes alone; nothing from another address."""
    page = lab_page()
    text = page.decode()
    assert len(page) < 400_000
    assert "default-src 'none'" in text
    assert "unsafe" not in text
    assert "http" not in text.replace("http://www.w3.org/2000/svg", "").replace("http-equiv", "")


def test_page_in_the_gallery_is_current():
    """`make results/gallery/lab.html` writes it."""
    assert GALLERY.read_bytes() == lab_page()


def test_page_replaces_an_older_lab_page(tmp_path):
    """In a folder that is made where it is missing."""
    path = tmp_path / "class" / "lab.html"
    assert write_lab(path) == path
    path.write_bytes(path.read_bytes() + b"<!-- older -->")
    write_lab(path)
    assert path.read_bytes() == lab_page()


def test_page_replaces_no_other_file(tmp_path):
    """What is not a lab page stays as it is."""
    path = tmp_path / "report.html"
    path.write_text("<title>mine</title>", "utf-8")
    with pytest.raises(UsageError, match="not a lab page: name another file with --output"):
        write_lab(path)
    assert path.read_text("utf-8") == "<title>mine</title>"


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path):
    """As for every output."""
    (tmp_path / "file").write_text("", "utf-8")
    with pytest.raises(StorageError, match="file"):
        write_lab(tmp_path / "file" / "lab.html")
