"""Tracking: the runs of a results folder as experiment trackers show them.

Nothing here trains. A second export brings what the first one wrote up to date.
"""

from initbench.tracking.mlflow import export_to_mlflow
from initbench.tracking.tensorboard import export_to_tensorboard

__all__ = ["export_to_mlflow", "export_to_tensorboard"]
