"""NumPy as a textbook writes it: one model after another, arrays made as they are needed.

It is plain, not slow: nothing is computed twice, and no loss is evaluated on the way.
"""

import numpy as np

from benchmarks.contenders import Turn
from benchmarks.workloads import Job, Weights, by_layer
from initbench.arrays import FloatArray

Layers = list[tuple[FloatArray, FloatArray]]


def loop(job: Job) -> Turn:
    """Get ready to train all runs, one after another, by plain gradient descent."""
    workload = job.workload

    def turn() -> Weights:
        trained = [
            _train(job, run, job.order[:, run // workload.variants]) for run in range(workload.runs)
        ]
        return [
            (np.stack([W for W, _ in layer]), np.stack([b for _, b in layer]))
            for layer in zip(*trained, strict=True)
        ]

    return turn


def _train(job: Job, run: int, order: FloatArray) -> Layers:
    layers = [(W[run], b[run]) for W, b in by_layer(job.weights)]
    for samples in order:
        X, Y = job.X, job.targets
        if len(samples) < len(X):
            X, Y = X[samples], Y[samples]
        signals = _forward(layers, X)
        gradients = _backward(layers, signals, Y)
        for (W, b), (dW, db) in zip(layers, gradients, strict=True):
            np.subtract(W, job.workload.learning_rate * dW, out=W)
            np.subtract(b, job.workload.learning_rate * db, out=b)
    return layers


def _forward(layers: Layers, X: FloatArray) -> list[FloatArray]:
    """Return the signal that each layer is given, and the probabilities at the end."""
    signals = [X]
    for W, b in layers[:-1]:
        signals.append(np.maximum(signals[-1] @ W + b, 0.0))
    W, b = layers[-1]
    logits = signals[-1] @ W + b
    return [*signals, 1.0 / (1.0 + np.exp(-logits))]


def _backward(layers: Layers, signals: list[FloatArray], Y: FloatArray) -> Layers:
    gradients: Layers = []
    delta = (signals[-1] - Y) / len(Y)
    for index in reversed(range(len(layers))):
        gradients.append((signals[index].T @ delta, delta.sum(axis=0)))
        if index:
            delta = (delta @ layers[index][0].T) * (signals[index] > 0.0)
    return gradients[::-1]
