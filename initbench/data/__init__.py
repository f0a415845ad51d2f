"""Data: toy sets, one real set, and how they are split and scaled."""

from initbench.data.catalogue import DATASETS, load_dataset
from initbench.data.dataset import Dataset, DatasetEntry
from initbench.data.preparation import Split, prepare

__all__ = ["DATASETS", "Dataset", "DatasetEntry", "Split", "load_dataset", "prepare"]
