"""scikit-learn: one `MLPClassifier` a run, with one call to `fit`.

It draws its own start and its own batches, so both are given to it from outside: weights by a warm
start, batches as data in the order in which they are to be read, passed over once. Laying the data
out is not timed.
"""

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.neural_network import MLPClassifier

from benchmarks.contenders import Turn
from benchmarks.workloads import Job, Weights

warnings.simplefilter("ignore", ConvergenceWarning)  # one pass over the data is meant


def classifiers(job: Job) -> Turn:
    """Get ready to fit all runs, one after another."""
    orders = [job.order[:, seed].ravel() for seed in range(job.workload.seeds)]
    data = [(job.X[order], job.labels[order]) for order in orders]
    models = [_model(job) for _ in range(job.workload.runs)]

    def turn() -> Weights:
        for run, model in enumerate(models):
            model.coefs_ = [W[run].copy() for W, _ in job.weights]
            model.intercepts_ = [b[run].copy() for _, b in job.weights]
            model.fit(*data[run // job.workload.variants])
        layers = range(len(job.weights))
        return [
            (
                np.stack([model.coefs_[layer] for model in models]),
                np.stack([model.intercepts_[layer] for model in models]),
            )
            for layer in layers
        ]

    return turn


def _model(job: Job) -> MLPClassifier:
    """Return a model that has been fitted once, so that it takes other weights as its own."""
    model = MLPClassifier(
        hidden_layer_sizes=job.workload.sizes[1:-1],
        solver=job.workload.optimizer,
        alpha=0.0,
        batch_size=job.workload.batch,
        learning_rate_init=job.workload.learning_rate,
        momentum=0.0,
        nesterovs_momentum=False,
        max_iter=1,
        shuffle=False,
        warm_start=True,
    )
    first = slice(job.workload.batch)
    return model.partial_fit(
        job.X[first], job.labels[first], classes=np.arange(job.workload.classes)
    )
