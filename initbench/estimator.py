"""A multilayer perceptron with the manners of scikit-learn, one network at a time.

It is trained by the engine that trains a stack, from the same random streams: fitted on an
experiment's training part, it is that experiment's run, to the last bit.
"""

from collections.abc import Sequence
from typing import Annotated, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray
from initbench.errors import UsageError
from initbench.experiment.recording import logits_by_rows, make_task
from initbench.experiment.training import Recipe, train
from initbench.initializers import Initialization, Initializer, bind, layers_of
from initbench.nn import ACTIVATIONS, OPTIMIZERS, StackedMLP
from initbench.nn.losses import loss_for, predict
from initbench.nn.mlp import with_ones
from initbench.options import Bound, NonNegativeInt, Positive, PositiveInt, bind_options
from initbench.seeding import SEED_LIMIT

Momentum = Annotated[float, Bound(0, 1, open_maximum=True)]
Seed = Annotated[int, Bound(0, SEED_LIMIT - 1)]


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
        On the training data, before the first epoch and after each.
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
        self.hidden = tuple(hidden)
        if any(type(units) is not int or units < 1 for units in self.hidden):
            raise UsageError(
                f"hidden: layers have whole numbers of units, at least 1, not {hidden}"
            )
        self.initialization = (
            initialization if isinstance(initialization, Initialization) else bind(initialization)
        )
        checked = {"learning_rate": learning_rate, "momentum": momentum, "epochs": epochs}
        bind_options(
            MLP.__init__, {**checked, "batch_size": batch_size, "seed": seed, "dtype": dtype}
        )
        self.activation = ACTIVATIONS[activation]
        self.recipe = Recipe(
            epochs, batch_size, OPTIMIZERS[optimizer].name, learning_rate, momentum
        )
        self.seed = seed
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
            The shapes do not fit, a feature is not finite, or there is one class alone.
        """
        X, y = _samples(X), np.asarray(y)
        if y.shape != (len(X),):
            raise UsageError(
                f"y must have one label for each of the {len(X)} samples, not {y.shape}"
            )
        self.classes_, labels = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            raise UsageError("y must have labels of at least two classes")
        self._network = self._initial_network(X.shape[1])
        task = make_task({"train": (X, labels)}, len(self.classes_), self.dtype)
        with threadpool_limits(limits=1, user_api="blas"):
            records = train(self._network, task, self.recipe, [self.seed], lambda: None)
        self.loss_curve_ = records["train_loss"][0]
        self.accuracy_curve_ = records["train_accuracy"][0]
        self.distinct_units_ = records["distinct_units"][0]
        return self

    def predict_proba(self, X: ArrayLike) -> FloatArray:
        """Return the probability of each class, ``(N, D)`` to ``(N, K)``."""
        logits = self._logits(X)
        probabilities = loss_for(len(self.classes_)).probabilities(logits).T
        if probabilities.shape[1] == 1:
            return np.hstack([1.0 - probabilities, probabilities])
        return probabilities

    def predict(self, X: ArrayLike) -> Array:
        """Return the most probable label of each sample, ``(N, D)`` to ``(N,)``."""
        return np.asarray(self.classes_[predict(self._logits(X))])

    def score(self, X: ArrayLike, y: ArrayLike) -> float:
        """Return the share of samples whose label is predicted."""
        return float(np.mean(self.predict(X) == np.asarray(y)))

    def _initial_network(self, features: int) -> StackedMLP:
        outputs = 1 if len(self.classes_) == 2 else len(self.classes_)
        sizes = (features, *self.hidden, outputs)
        network = StackedMLP(sizes, self.activation, runs=1, dtype=self.dtype)
        layers = layers_of(sizes, self.activation.name)
        network.set_weights(0, self.initialization.draw(layers, self.seed))
        return network

    def _logits(self, X: ArrayLike) -> FloatArray:
        """Return the logits of samples ``(N, D)``, ``(K, N)``."""
        if not hasattr(self, "_network"):
            raise UsageError("the model is not fitted yet: call fit first")
        inputs = with_ones(_samples(X), self.dtype)
        if inputs.shape[1] - 1 != self._network.sizes[0]:
            raise UsageError(
                f"X must have {self._network.sizes[0]} features, not {inputs.shape[1] - 1}"
            )
        pieces = [logits[0, 0] for _, logits in logits_by_rows(self._network, inputs)]
        return np.concatenate(pieces, axis=-1)


def _samples(X: ArrayLike) -> FloatArray:
    samples = np.asarray(X, np.float64)
    if samples.ndim != 2 or 0 in samples.shape:
        raise UsageError(f"X must have shape (samples, features), not {samples.shape}")
    if not np.isfinite(samples).all():
        raise UsageError("X must be finite: it has NaN or infinite features")
    return samples
