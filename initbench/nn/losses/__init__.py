"""Losses: what training makes small. Arrays are ``(…, K, B)``, one column a sample.

`LOSSES` lists them; `loss_for` chooses the one that fits the data and gives it its options;
`predict` and `probabilities` read a classifier's logits.
"""

from initbench.nn.losses.catalogue import LOSSES, loss_for, outputs_for
from initbench.nn.losses.classification import predict, probabilities
from initbench.nn.losses.entry import BoundLoss, Loss, Task

__all__ = [
    "LOSSES",
    "BoundLoss",
    "Loss",
    "Task",
    "loss_for",
    "outputs_for",
    "predict",
    "probabilities",
]
