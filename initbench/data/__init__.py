"""Data: toy sets, real sets, files, and how they are split, filled in and scaled."""

from initbench.data.catalogue import DATASETS, dataset_digest, load_dataset
from initbench.data.dataset import Dataset, DatasetEntry
from initbench.data.preparation import Split, prepare
from initbench.data.summary import DatasetSummary, dataset_summary

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetEntry",
    "DatasetSummary",
    "Split",
    "dataset_digest",
    "dataset_summary",
    "load_dataset",
    "prepare",
]

_RENAMED = {"describe": "dataset_summary", "Description": "DatasetSummary"}


def __getattr__(name: str) -> object:
    if name in _RENAMED:
        raise AttributeError(f"initbench.data.{name} is now initbench.data.{_RENAMED[name]}")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
