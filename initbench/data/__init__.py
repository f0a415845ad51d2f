"""Data: toy sets, real sets, files, and how they are split and scaled."""

from initbench.data.catalogue import DATASETS, dataset_digest, load_dataset
from initbench.data.dataset import Dataset, DatasetEntry
from initbench.data.description import Description, describe
from initbench.data.preparation import Split, prepare

__all__ = [
    "DATASETS",
    "Dataset",
    "DatasetEntry",
    "Description",
    "Split",
    "dataset_digest",
    "describe",
    "load_dataset",
    "prepare",
]
