"""What cannot be exported is refused in words, whether the trackers are installed or not."""

import sys

import pytest

from initbench.errors import StorageError, UsageError
from initbench.tracking import export_to_mlflow, export_to_tensorboard


@pytest.mark.parametrize("library", ["mlflow", "sqlalchemy", "alembic"])
def test_without_mlflow_it_is_asked_for(make_results, tmp_path, monkeypatch, library):
    """The message says how it is installed, whatever of it is missing."""
    for name in ("mlflow", "sqlalchemy", "alembic"):
        monkeypatch.setitem(sys.modules, name, None if name == library else sys)
    with pytest.raises(UsageError, match=rf"{library}.*pip install 'initbench\[mlflow\]'"):
        export_to_mlflow(make_results(), f"sqlite:///{tmp_path}/m.db")


def test_without_tensorboard_it_is_asked_for(make_results, tmp_path, monkeypatch):
    """Nothing is written before it is known that all of it can be."""
    monkeypatch.setitem(sys.modules, "tensorboard", None)
    with pytest.raises(UsageError, match=r"pip install 'initbench\[tensorboard\]'"):
        export_to_tensorboard(make_results(), tmp_path / "logs")
    assert not (tmp_path / "logs").exists()


@pytest.mark.parametrize(
    "uri",
    ["", "m.db", "file:///m.db", "sqlite://", "sqlite:///", "sqlite:///m.db?mode=ro", "ftp://x"],
)
def test_an_invalid_store_is_refused(make_results, uri):
    """The message shows how a store is written."""
    with pytest.raises(UsageError, match=r"as sqlite:///mlflow\.db"):
        export_to_mlflow(make_results(), uri)


def test_a_file_that_is_no_database_is_not_changed(make_results, tmp_path):
    """MLflow would try for minutes; here it is told at once."""
    file = tmp_path / "notes.txt"
    file.write_text("not a database, but a text of some length\n" * 100)
    before = file.read_bytes()
    with pytest.raises(StorageError, match=r"notes\.txt: file is not a database"):
        export_to_mlflow(make_results(), f"sqlite:///{file}")
    assert file.read_bytes() == before


def test_a_file_where_a_folder_should_be_is_an_error(make_results, tmp_path):
    """It is named."""
    (tmp_path / "file").write_text("")
    with pytest.raises(StorageError, match="file is a file, not a folder"):
        export_to_mlflow(make_results(), f"sqlite:///{tmp_path}/file/m.db")
