"""Data: toy sets, real sets, files, and how they are split, filled in and scaled."""

from typing import TYPE_CHECKING

from initbench.lazy import lazy_names

if TYPE_CHECKING:
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

_find = lazy_names(
    __name__,
    {
        "DATASETS": "catalogue",
        "Dataset": "dataset",
        "DatasetEntry": "dataset",
        "DatasetSummary": "summary",
        "Split": "preparation",
        "dataset_digest": "catalogue",
        "dataset_summary": "summary",
        "load_dataset": "catalogue",
        "prepare": "preparation",
    },
)
_RENAMED = {"describe": "dataset_summary", "Description": "DatasetSummary"}


def __getattr__(name: str) -> object:
    if name in _RENAMED:
        raise AttributeError(f"initbench.data.{name} is now initbench.data.{_RENAMED[name]}")
    return _find(name)
