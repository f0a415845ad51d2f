"""Curvature of the loss at initialization, and the learning rates that it predicts."""
