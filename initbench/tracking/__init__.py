"""Tracking: export of a results folder to experiment trackers.

Nothing here trains. A second export updates what the first one wrote.
"""

from initbench.tracking.mlflow import export_to_mlflow
from initbench.tracking.tensorboard import export_to_tensorboard

__all__ = ["export_to_mlflow", "export_to_tensorboard"]
