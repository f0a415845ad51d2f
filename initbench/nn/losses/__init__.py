"""Losses: what training makes small. Arrays are ``(…, K, B)``, one column a sample.

`LOSSES` lists them; `loss_for` chooses the one that fits the data and gives it its options;
`outputs_for` says how many outputs a network needs, and `predict` reads a classifier's.
"""

from initbench.nn.losses.catalogue import LOSSES, loss_for, outputs_for
from initbench.nn.losses.classification import predict
from initbench.nn.losses.entry import BoundLoss, Loss

__all__ = ["LOSSES", "BoundLoss", "Loss", "loss_for", "outputs_for", "predict"]
