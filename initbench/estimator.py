"""A multilayer perceptron with the manners of scikit-learn, one network at a time.

It is trained by the engine that trains a stack, from the same random streams: fitted on an
experiment's training part, it is that experiment's run, to the last bit.
"""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray, IntArray
from initbench.config.experiment import RecordConfig
from initbench.config.loading import make_learner, with_options
from initbench.errors import UsageError
from initbench.experiment.settings import (
    check_stop,
    hyperparameters,
    network_settings,
    recipe,
)
from initbench.initializers import Initialization, Initializer, bind
from initbench.initializers.weightfiles import encode_layers
from initbench.nn.losses import loss_for, outputs_for, predict
from initbench.nn.mlp import with_ones
from initbench.results import files
from initbench.training.evaluation import logits_by_rows, make_task
from initbench.training.stack import train
from initbench.training.starting import (
    adapt_network,
    initial_network,
    rate_factors,
    specs_of,
)
from initbench.training.unit import architecture_of

Choice = str | Mapping[str, Any]
"""A name, or a mapping of a name and options, as in a config."""

CURVES = ("train_loss", "train_accuracy")
"""What is recorded of a model, and can stop it."""


class MLP:
    """A multilayer perceptron whose initialization is an argument.

    Arguments are called as in a config, and take what stands there.

    Parameters
    ----------
    hidden : sequence of int
        Units of each hidden layer.
    initialization : str, Initializer, callable or Initialization
        ``"zeros"``, ``"random"``, ``"he"`` or another name of the catalogue; a scheme of one's own;
        or a scheme with its options, from ``initbench.initializers.bind``.
    activation : str or mapping
        ``"tanh"``, or ``{"name": "leaky_relu", "slope": 0.1}``.
    bias : bool
    normalization : {"none", "layer", "batch"}
    residual : bool or mapping
    optimizer, schedule : str or mapping
        ``"adam"``, or ``{"name": "adam", "beta1": 0.8}``.
    learning_rate, momentum : float, optional
        Of the optimizer; its own defaults if not given.
    epochs : int
    batch_size : int or "full"
        A batch larger than the data is all of the data.
    clip_norm : float, optional
    stop : mapping, optional
        ``{"monitor": "train_accuracy", "target": 1.0}``.
    seed : int
        Of the weights and of the order of batches.
    dtype : {"float32", "float64"}

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The labels, sorted; set by `fit`, as are the following.
    loss_curve_, accuracy_curve_ : ndarray of shape (E + 1,)
        On the training data, before the first epoch and after each; NaN from where it diverged.
    distinct_units_ : ndarray of shape (E + 1, L - 1)
        Units of each hidden layer that differ from one another.
    initialization_epochs_ : float
        What the scheme's look at the data cost, in epochs of training; zero for most.

    Raises
    ------
    UsageError
        An argument is not one that initbench can use.

    Examples
    --------
    >>> model = MLP([8], "he", epochs=200, batch_size=4, seed=0)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["even", "odd", "odd", "even"]
    >>> model.fit(X, y).score(X, y)
    1.0
    """

    def __init__(
        self,
        hidden: Sequence[int] = (32, 32),
        initialization: str | Initializer | Initialization | Callable[..., FloatArray] = "he",
        *,
        activation: Choice = "relu",
        bias: bool = True,
        normalization: Literal["none", "layer", "batch"] = "none",
        residual: bool | Mapping[str, Any] = False,
        optimizer: Choice = "sgd",
        learning_rate: float | None = None,
        momentum: float | None = None,
        schedule: Choice = "constant",
        epochs: int = 100,
        batch_size: int | Literal["full"] = 32,
        clip_norm: float | None = None,
        stop: Mapping[str, Any] | None = None,
        seed: int = 0,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> None:
        self.initialization = (
            initialization if isinstance(initialization, Initialization) else bind(initialization)
        )
        network = {"hidden": hidden, "activation": activation, "bias": bias}
        network |= {"normalization": normalization, "residual": residual}
        rates = {"learning_rate": learning_rate, "momentum": momentum}
        training = {
            "optimizer": with_options(optimizer, **rates),
            "schedule": schedule,
            "epochs": epochs,
            "batch_size": batch_size,
            "clip_norm": clip_norm,
            "stop": stop,
            "dtype": dtype,
        }
        learner = make_learner({"network": network, "training": training, "seed": seed})
        self.hidden = learner.network.widths
        self.seed = learner.seed
        self._settings = network_settings(learner.network, learner.training)
        self._recipe = recipe(learner.training, RecordConfig())
        check_stop(self._recipe.stop, CURVES)
        self._hyperparameters = {
            name: np.array([value], np.float64) for name, value in hyperparameters(learner.training)
        }

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Draw the initial weights and train them.

        Parameters
        ----------
        X : array of shape (N, D)
            As the network shall see it: nothing is scaled.
        y : array of shape (N,)
            Labels of at least two classes, of any kind that sorts.

        Raises
        ------
        UsageError
            The shapes do not fit, a feature is not finite, a label is missing, or there is one
            class alone.
        """
        X = _samples(X, self._dtype)
        classes, labels = _classes(_labels(y, len(X)))
        loss = loss_for(len(classes))
        task = make_task({"train": (X, labels)}, len(classes), loss, self._dtype)
        architecture = architecture_of(
            self._settings, X.shape[1], outputs_for(len(classes), labels)
        )
        schemes = [self.initialization]
        self.initialization.check(specs_of(architecture))
        with threadpool_limits(limits=1, user_api="blas"):
            network = initial_network(architecture, schemes, [self.seed], self._dtype)
            [cost] = adapt_network(network, schemes, [self.seed], task)
            factors = rate_factors(network, schemes, self._recipe.optimizer)
            records = train(
                network, task, self._recipe, self._hyperparameters, [self.seed], factors=factors
            )
        self._network, self.classes_ = network, classes
        self.loss_curve_ = records["train_loss"][0]
        self.accuracy_curve_ = records["train_accuracy"][0]
        self.initialization_epochs_ = float(cost)
        self.distinct_units_ = records["distinct_units"][0]
        return self

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Return the probability of each class, ``(N, D)`` to ``(N, K)``."""
        logits = self._logits(X)
        with np.errstate(invalid="ignore"):
            found = loss_for(len(self.classes_)).probabilities(logits).T
        return np.hstack([1.0 - found, found]) if found.shape[1] == 1 else found

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable label of each sample, ``(N, D)`` to ``(N,)``."""
        winners = predict(self._logits(X))
        return np.asarray(self.classes_[winners])

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of samples whose label is predicted."""
        predicted = self.predict(X)
        return float(np.mean(predicted == _labels(y, len(predicted))))

    def save_weights(self, path: Path | str) -> None:
        """Write the weights and biases of each layer to an ``.npz``: ``W1, b1, W2, b2, …``.

        ``{name: file, path: …}`` starts from them. Where there are no biases, zeros are written;
        gains of normalization and scales of blocks are not.

        Raises
        ------
        UsageError
            The model is not fitted.
        StorageError
            The file cannot be written.
        """
        self._check_fitted()
        files.write_atomically(Path(path), encode_layers(self._network.weights(0)))

    @property
    def _dtype(self) -> np.dtype[np.floating[Any]]:
        return np.dtype(self._settings.dtype)

    def _check_fitted(self) -> None:
        if not hasattr(self, "_network"):
            raise UsageError("the model is not fitted yet: call fit first")

    def _logits(self, X: ArrayLike) -> FloatArray:
        """Return the logits of samples ``(N, D)``, ``(K, N)``."""
        self._check_fitted()
        samples, features = _samples(X, self._dtype), self._network.architecture.sizes[0]
        if samples.shape[1] != features:
            raise UsageError(f"X must have {features} features, not {samples.shape[1]}")
        inputs = with_ones(samples, self._dtype)
        with np.errstate(all="ignore"):  # a model that diverged has said so in its curve
            pieces = [logits[0, 0] for _, logits in logits_by_rows(self._network, inputs)]
        return np.concatenate(pieces, axis=-1)


def _samples(X: ArrayLike, dtype: np.dtype[np.floating[Any]]) -> FloatArray:
    try:
        samples = np.asarray(X, np.float64)
    except (TypeError, ValueError):
        raise UsageError("X must be numbers, as many in each row") from None
    if samples.ndim != 2 or 0 in samples.shape:
        raise UsageError(f"X must have shape (samples, features), not {samples.shape}")
    with np.errstate(over="ignore"):
        rounded = samples.astype(dtype)
    if not np.isfinite(rounded).all():
        raise UsageError(f"X must be finite in {dtype}: it has NaN, infinite or too large features")
    return rounded


def _labels(y: ArrayLike, count: int) -> Array:
    labels = np.asarray(y)
    if labels.shape != (count,):
        raise UsageError(
            f"y must have one label for each of the {count} samples, not shape {labels.shape}"
        )
    return labels


def _classes(y: Array) -> tuple[Array, IntArray]:
    """Return the labels that there are, sorted, and the place of each sample's among them."""
    try:
        classes, places = np.unique(y, return_inverse=True)
    except TypeError:
        raise UsageError(
            "y must have labels that can be sorted: all numbers, or all text"
        ) from None
    if np.not_equal(classes, classes).any():  # as only NaN is
        raise UsageError("y must have a label for each sample: some are NaN")
    if len(classes) < 2:
        raise UsageError("y must have labels of at least two classes")
    return classes, places
