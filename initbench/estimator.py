"""A multilayer perceptron with the manners of scikit-learn, one network at a time.

It is trained by the engine that trains a stack, from the same random streams: fitted on an
experiment's training part, it is that experiment's run, to the last bit.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray, IntArray
from initbench.errors import UsageError
from initbench.experiment.recording import logits_by_rows, make_task
from initbench.experiment.training import Recipe, train
from initbench.initializers import Initialization, Initializer, bind, layers_of
from initbench.nn import ACTIVATIONS, OPTIMIZERS, StackedMLP
from initbench.nn.losses import loss_for, predict
from initbench.nn.mlp import with_ones
from initbench.options import Bound, NonNegativeInt, Option, Positive, PositiveInt, bind_options
from initbench.seeding import SEED_LIMIT

Momentum = Annotated[float, Bound(0, 1, open_maximum=True)]
Seed = Annotated[int, Bound(0, SEED_LIMIT - 1)]
UNITS = Option("hidden", int, bound=Bound(1))


class MLP:
    """A multilayer perceptron whose initialization is an argument.

    Parameters
    ----------
    hidden : sequence of int
        Units of each hidden layer.
    initialization : str, Initializer or Initialization
        ``"zeros"``, ``"random"``, ``"he"`` or another name of the catalogue; a scheme of one's own;
        or a scheme with its options, from ``initbench.initializers.bind``.
    activation, optimizer : str
    learning_rate, momentum : float
    epochs, batch_size : int
        A batch larger than the data is all of the data.
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
        initialization: str | Initializer | Initialization = "he",
        *,
        activation: str = "relu",
        optimizer: str = "sgd",
        learning_rate: Positive = 0.1,
        momentum: Momentum = 0.0,
        epochs: NonNegativeInt = 100,
        batch_size: PositiveInt = 32,
        seed: Seed = 0,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> None:
        self.hidden = _widths(hidden)
        self.initialization = (
            initialization if isinstance(initialization, Initialization) else bind(initialization)
        )
        settings = {"activation": activation, "optimizer": optimizer, "momentum": momentum}
        settings |= {"learning_rate": learning_rate, "epochs": epochs, "batch_size": batch_size}
        options = bind_options(MLP.__init__, {**settings, "seed": seed, "dtype": dtype})
        self.activation = ACTIVATIONS[activation]
        self.recipe = Recipe(
            epochs=int(options["epochs"]),
            batch_size=int(options["batch_size"]),
            optimizer=OPTIMIZERS[optimizer].name,
            learning_rate=float(options["learning_rate"]),
            momentum=float(options["momentum"]),
        )
        self.seed = int(options["seed"])
        self.dtype = np.dtype(dtype)

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
        X = _samples(X, self.dtype)
        classes, labels = _classes(_labels(y, len(X)))
        network = self._initial_network(X.shape[1], len(classes))
        task = make_task({"train": (X, labels)}, len(classes), self.dtype)
        with threadpool_limits(limits=1, user_api="blas"):
            records = train(network, task, self.recipe, [self.seed], lambda: None)
        self._network, self.classes_ = network, classes
        self.loss_curve_ = records["train_loss"][0]
        self.accuracy_curve_ = records["train_accuracy"][0]
        self.distinct_units_ = records["distinct_units"][0]
        return self

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Return the probability of each class, ``(N, D)`` to ``(N, K)``."""
        logits = self._logits(X)
        with np.errstate(invalid="ignore"):
            probabilities = loss_for(len(self.classes_)).probabilities(logits).T
        if probabilities.shape[1] == 1:
            return np.hstack([1.0 - probabilities, probabilities])
        return probabilities

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable label of each sample, ``(N, D)`` to ``(N,)``."""
        winners = predict(self._logits(X))
        return np.asarray(self.classes_[winners])

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of samples whose label is predicted."""
        predicted = self.predict(X)
        return float(np.mean(predicted == _labels(y, len(predicted))))

    def _initial_network(self, features: int, classes: int) -> StackedMLP:
        outputs = 1 if classes == 2 else classes
        sizes = (features, *self.hidden, outputs)
        network = StackedMLP(sizes, self.activation, runs=1, dtype=self.dtype)
        layers = layers_of(sizes, self.activation.name)
        network.set_weights(0, self.initialization.draw(layers, self.seed))
        return network

    def _logits(self, X: ArrayLike) -> FloatArray:
        """Return the logits of samples ``(N, D)``, ``(K, N)``."""
        if not hasattr(self, "_network"):
            raise UsageError("the model is not fitted yet: call fit first")
        samples = _samples(X, self.dtype)
        if samples.shape[1] != self._network.sizes[0]:
            raise UsageError(
                f"X must have {self._network.sizes[0]} features, not {samples.shape[1]}"
            )
        inputs = with_ones(samples, self.dtype)
        with np.errstate(all="ignore"):  # a model that diverged has said so in its curve
            pieces = [logits[0, 0] for _, logits in logits_by_rows(self._network, inputs)]
        return np.concatenate(pieces, axis=-1)


def _widths(hidden: Sequence[int]) -> tuple[int, ...]:
    try:
        return tuple(int(UNITS.check(units)) for units in hidden)
    except (TypeError, ValueError):
        raise UsageError(
            "hidden: must be whole numbers of units, each at least 1, such as [32, 32], not"
            f" {hidden!r}"
        ) from None


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
