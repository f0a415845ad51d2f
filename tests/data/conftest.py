"""Files of a user's own, written for a test and read back."""

import gzip

import pytest

from initbench.data import load_dataset
from initbench.errors import UsageError


@pytest.fixture
def read(tmp_path):
    """Return a function that writes text, or bytes, to a file and reads a data set from it."""

    def write_and_read(text, ending=".csv", **options):
        data = text if isinstance(text, bytes) else text.encode()
        path = tmp_path / f"table{ending}"
        path.write_bytes(gzip.compress(data) if ending.lower().endswith(".gz") else data)
        return load_dataset("file", path=str(path), **options)

    return write_and_read


@pytest.fixture
def refusal(read):
    """Return a function that returns what is said of a file after its path."""

    def refused(text, ending=".csv", **options):
        with pytest.raises(UsageError) as caught:
            read(text, ending, **options)
        return str(caught.value).partition(f"table{ending}")[2].removeprefix("'").removeprefix(": ")

    return refused
