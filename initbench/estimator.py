"""A multilayer perceptron that follows scikit-learn's conventions: one network, one `fit`.

The network is trained by the engine that trains an experiment, from the same random streams: an
`MLP` that is fitted on an experiment's training part equals that experiment's run, bit for bit.

scikit-learn itself is not imported: `get_params`, `set_params` and the tags that scikit-learn asks
for are written out here, so that initbench does not require it. tests/test_estimator.py runs
scikit-learn's own checks, and lists those that fail with the reason.
"""

import inspect
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from threadpoolctl import threadpool_limits

from initbench.arrays import Array, FloatArray, IntArray
from initbench.config.experiment import Learner, RecordConfig
from initbench.config.loading import validated, with_options
from initbench.errors import UsageError
from initbench.experiment.units import (
    check_stop,
    hyperparameters,
    network_settings,
    recipe,
)
from initbench.initializers import Initialization, Initializer, bind, specs_of
from initbench.initializers.weightfiles import encode_layers
from initbench.nn import StackedMLP
from initbench.nn.losses import loss_for, outputs_for, predict
from initbench.nn.mlp import with_ones
from initbench.optional import require
from initbench.registry import advice_for
from initbench.results import files
from initbench.training.evaluation import logits_by_rows, make_task
from initbench.training.initial_weights import (
    adapt_network,
    initial_network,
    rate_factors,
)
from initbench.training.stack import train
from initbench.training.unit import architecture_of

NameOrOptions = str | Mapping[str, Any]
"""A name, or a mapping of a name and options, as in a config."""

CURVES = ("train_loss", "train_accuracy")
"""The curves that are recorded while a model is fitted; `stop` can monitor them."""


class MLP:
    """A multilayer perceptron classifier whose weight initialization is a parameter.

    Parameters have the names and values that they have in a config. They are stored as given and
    validated by `fit`, as in scikit-learn.

    Parameters
    ----------
    hidden : sequence of int, default=(32, 32)
        Units of each hidden layer.
    initialization : str, Initializer, callable or Initialization, default="he"
        The name of a scheme, such as ``"zeros"``, ``"random"`` or ``"he"``; a scheme of your own;
        or a scheme with its options, from ``initbench.initializers.bind``.
    activation : str or mapping, default="relu"
        ``"tanh"``, or ``{"name": "leaky_relu", "slope": 0.1}``.
    bias : bool, default=True
        Whether layers have biases.
    normalization : {"none", "layer", "batch", "weight"}, default="none"
        Normalization of the preactivations, or of the weights of each unit.
    residual : bool or mapping, default=False
        Skip connections around blocks of hidden layers.
    dropout : float or mapping, default=0.0
        Probability that a hidden activation is dropped in training, or
        ``{"rate": 0.05, "kind": "alpha"}``.
    optimizer : str or mapping, default="sgd"
        ``"adam"``, or ``{"name": "adam", "beta1": 0.8}``.
    learning_rate, momentum : float, optional
        Options of the optimizer; the optimizer's own defaults if not given.
    schedule : str or mapping, default="constant"
        How the learning rate changes during training.
    epochs : int, default=100
        Passes over the training data.
    batch_size : int or "full", default=32
        Samples in a batch. A batch size larger than the data takes all data at once.
    clip_norm : float, optional
        Largest norm of the gradient.
    stop : mapping, optional
        Early stopping: ``{"monitor": "train_accuracy", "target": 1.0}``.
    seed : int, default=0
        Seed of the initial weights and of the order of the batches.
    dtype : {"float32", "float64"}, default="float32"
        Precision of the network.

    Attributes
    ----------
    classes_ : ndarray of shape (K,)
        The labels, sorted.
    n_features_in_ : int
        Number of features seen by `fit`.
    feature_names_in_ : ndarray of shape (D,)
        Column names seen by `fit`; set only if `X` is a data frame whose column names are strings.
    loss_curve_, accuracy_curve_ : ndarray of shape (E + 1,)
        Training loss and accuracy before the first epoch and after each epoch; NaN once the
        training has diverged.
    distinct_units_ : ndarray of shape (E + 1, L - 1)
        Number of units of each hidden layer that differ from one another.
    initialization_epochs_ : float
        Cost of an initialization that looks at the data, in epochs of training; zero for most
        schemes.

    Examples
    --------
    >>> model = MLP([8], "he", epochs=200, batch_size=4, seed=0)
    >>> X, y = [[0, 0], [0, 1], [1, 0], [1, 1]], ["even", "odd", "odd", "even"]
    >>> model.fit(X, y).score(X, y)
    1.0
    >>> model
    MLP(hidden=[8], epochs=200, batch_size=4)
    """

    def __init__(
        self,
        hidden: Sequence[int] = (32, 32),
        initialization: str | Initializer | Initialization | Callable[..., FloatArray] = "he",
        *,
        activation: NameOrOptions = "relu",
        bias: bool = True,
        normalization: Literal["none", "layer", "batch", "weight"] = "none",
        residual: bool | Mapping[str, Any] = False,
        dropout: float | Mapping[str, Any] = 0.0,
        optimizer: NameOrOptions = "sgd",
        learning_rate: float | None = None,
        momentum: float | None = None,
        schedule: NameOrOptions = "constant",
        epochs: int = 100,
        batch_size: int | Literal["full"] = 32,
        clip_norm: float | None = None,
        stop: Mapping[str, Any] | None = None,
        seed: int = 0,
        dtype: Literal["float32", "float64"] = "float32",
    ) -> None:
        self.hidden = hidden
        self.initialization = initialization
        self.activation = activation
        self.bias = bias
        self.normalization = normalization
        self.residual = residual
        self.dropout = dropout
        self.optimizer = optimizer
        self.learning_rate = learning_rate
        self.momentum = momentum
        self.schedule = schedule
        self.epochs = epochs
        self.batch_size = batch_size
        self.clip_norm = clip_norm
        self.stop = stop
        self.seed = seed
        self.dtype = dtype

    def get_params(self, deep: bool = True) -> dict[str, Any]:  # noqa: ARG002, FBT001, FBT002
        """Return the parameters by name, as they were given.

        Parameters
        ----------
        deep : bool, default=True
            Accepted for scikit-learn; no parameter is an estimator with parameters of its own.

        Returns
        -------
        dict
        """
        return {name: getattr(self, name) for name in inspect.signature(type(self)).parameters}

    def set_params(self, **params: Any) -> Self:
        """Set parameters by name; `fit` validates their values.

        Raises
        ------
        UsageError
            There is no parameter of this name.
        """
        known = self.get_params()
        for name in params:
            if name not in known:
                raise UsageError(f"MLP has no parameter {name!r}. {advice_for(name, known)}")
        for name, value in params.items():
            setattr(self, name, value)
        return self

    def __repr__(self) -> str:
        """Return the call that makes this model, without the parameters at their defaults."""
        defaults = inspect.signature(type(self)).parameters
        changed = [
            f"{name}={value!r}"
            for name, value in self.get_params().items()
            if repr(value) != repr(defaults[name].default)
        ]
        return f"{type(self).__name__}({', '.join(changed)})"

    def __sklearn_tags__(self) -> Any:
        """Return what scikit-learn needs to know of the estimator; only scikit-learn calls this."""
        utils = require("sklearn.utils", "datasets")
        return utils.Tags(
            estimator_type="classifier",
            target_tags=utils.TargetTags(required=True),
            transformer_tags=None,
            classifier_tags=utils.ClassifierTags(),
            regressor_tags=None,
        )

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether `fit` has been called."""
        return hasattr(self, "_network")

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Draw the initial weights and train them.

        Parameters
        ----------
        X : array of shape (N, D)
            Samples; features are not scaled.
        y : array of shape (N,)
            Labels of at least two classes: integers, text, or anything else that can be sorted.

        Returns
        -------
        MLP
            The model itself, fitted.

        Raises
        ------
        UsageError
            A parameter is not valid; the shapes of `X` and `y` do not fit; a feature is not finite;
            a label is missing; labels are continuous; or there is only one class.
        """
        initialization = (
            self.initialization
            if isinstance(self.initialization, Initialization)
            else bind(self.initialization)
        )
        rates = {"learning_rate": self.learning_rate, "momentum": self.momentum}
        learner = validated(
            Learner,
            {
                "network": {
                    "hidden": self.hidden,
                    "activation": self.activation,
                    "bias": self.bias,
                    "normalization": self.normalization,
                    "residual": self.residual,
                    "dropout": self.dropout,
                },
                "training": {
                    "optimizer": with_options(self.optimizer, **rates),
                    "schedule": self.schedule,
                    "epochs": self.epochs,
                    "batch_size": self.batch_size,
                    "clip_norm": self.clip_norm,
                    "stop": self.stop,
                    "dtype": self.dtype,
                },
                "seed": self.seed,
            },
            "this",
            noun="model",
        )
        settings = network_settings(learner.network, learner.training)
        training = recipe(learner.training, RecordConfig())
        check_stop(training.stop, CURVES)
        rates_of_runs = {
            name: np.array([value], np.float64) for name, value in hyperparameters(learner.training)
        }

        names, dtype = _feature_names(X), np.dtype(settings.dtype)
        samples = _samples(X, dtype)
        classes, labels = _classes(_labels(y, len(samples)))
        loss = loss_for(len(classes))
        task = make_task({"train": (samples, labels)}, len(classes), loss, dtype)
        architecture = architecture_of(
            settings, samples.shape[1], outputs_for(len(classes), labels)
        )
        schemes, seeds = [initialization], [learner.seed]
        initialization.check(specs_of(architecture))
        with threadpool_limits(limits=1, user_api="blas"):
            network = initial_network(architecture, schemes, seeds, dtype)
            [cost] = adapt_network(network, schemes, seeds, task)
            factors = rate_factors(network, schemes, training.optimizer)
            records = train(network, task, training, rates_of_runs, seeds, factors=factors)

        self._network = network
        self.classes_: Array = classes
        self.n_features_in_: int = samples.shape[1]
        if names is not None:
            self.feature_names_in_ = names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
        self.loss_curve_: FloatArray = records["train_loss"][0]
        self.accuracy_curve_: FloatArray = records["train_accuracy"][0]
        self.initialization_epochs_: float = float(cost)
        self.distinct_units_: Array = records["distinct_units"][0]
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
        """Return the accuracy: the proportion of samples whose label is predicted."""
        predicted = self.predict(X)
        return float(np.mean(predicted == _labels(y, len(predicted))))

    def save_weights(self, path: Path | str) -> None:
        """Write the weights and biases of each layer to an ``.npz``: ``W1, b1, W2, b2, …``.

        The scheme ``{name: file, path: …}`` starts from them. A network without biases is written
        with biases of zero; gains of normalization and scales of residual blocks are not written.

        Raises
        ------
        UsageError
            The model is not fitted.
        StorageError
            The file cannot be written.
        """
        self._check_fitted()
        files.write_atomically(Path(path), encode_layers(self._network.weights(0)))

    def _check_fitted(self) -> None:
        if not self.__sklearn_is_fitted__():
            raise UsageError("the model is not fitted yet: call fit first")

    def _logits(self, X: ArrayLike) -> FloatArray:
        """Return the logits of samples ``(N, D)``, ``(K, N)``."""
        self._check_fitted()
        names = _feature_names(X)
        fitted = getattr(self, "feature_names_in_", None)
        if names is not None and fitted is not None and not np.array_equal(names, fitted):
            raise UsageError(
                f"X must have the columns of fit, in their order: {_list(fitted)}; not"
                f" {_list(names)}"
            )
        samples = _samples(X, self._network.dtype)
        if samples.shape[1] != self.n_features_in_:
            raise UsageError(
                f"X has {samples.shape[1]} features, but MLP is expecting {self.n_features_in_}"
                " features as input"
            )
        # In float64, so that a prediction does not depend on the samples beside it: matrix products
        # in float32 round differently for another number of rows.
        network = StackedMLP(self._network.architecture, runs=1, dtype=np.float64)
        network.put(np.arange(1), self._network)
        with np.errstate(all="ignore"):  # a model that diverged shows it in its curve
            pieces = [
                logits[0, 0]
                for _, logits in logits_by_rows(network, with_ones(samples, np.float64))
            ]
        return np.concatenate(pieces, axis=-1)


def _samples(X: ArrayLike, dtype: np.dtype[np.floating[Any]]) -> FloatArray:
    """Return samples as a finite array ``(N, D)``, or raise a `UsageError`.

    Where scikit-learn has a usual phrase for a mistake, the message contains it, so that it can be
    searched for.
    """
    if hasattr(X, "toarray"):
        raise UsageError("X must be a dense array, not a sparse one: pass X.toarray()")
    try:
        given = np.asarray(X)
        samples = given.astype(np.float64) if not np.iscomplexobj(given) else None
    except (TypeError, ValueError):
        raise UsageError("X must be numbers, as many in each row") from None
    if samples is None:
        raise UsageError("X must be real numbers. Complex data not supported.")
    if samples.ndim != 2:
        raise UsageError(
            f"X must have shape (samples, features), not {samples.shape}. Reshape your data:"
            " X.reshape(-1, 1) if it has one feature, X.reshape(1, -1) if it is one sample"
        )
    if 0 in samples.shape:
        part = "sample" if len(samples) == 0 else "feature"
        raise UsageError(
            f"X has 0 {part}(s) (shape={samples.shape}) while a minimum of 1 is required."
        )
    with np.errstate(over="ignore"):
        rounded = samples.astype(dtype)
    if not np.isfinite(rounded).all():
        raise UsageError(f"X must be finite in {dtype}: it has NaN, infinite or too large features")
    return rounded


def _feature_names(X: ArrayLike) -> Array | None:
    """Return the column names of a data frame, if all of them are strings."""
    names = np.asarray(getattr(X, "columns", []), object)
    return names if len(names) and all(isinstance(name, str) for name in names) else None


def _labels(y: ArrayLike, count: int) -> Array:
    """Return labels as an array ``(count,)``, or raise a `UsageError`."""
    if y is None:
        raise UsageError("MLP requires y to be passed, but the target y is None")
    labels = np.asarray(y)
    if labels.shape != (count,):
        raise UsageError(
            f"y must have one label for each of the {count} samples, not shape {labels.shape}"
        )
    return labels


def _classes(y: Array) -> tuple[Array, IntArray]:
    """Return the sorted distinct labels, and the index of each sample's label among them."""
    try:
        classes, indices = np.unique(y, return_inverse=True)
    except TypeError:
        raise UsageError(
            "y must have labels that can be sorted: all numbers, or all text"
        ) from None
    if np.not_equal(classes, classes).any():  # only NaN differs from itself
        raise UsageError("y must have a label for each sample: some are NaN")
    if classes.dtype.kind == "f" and (classes != np.rint(classes)).any():
        raise UsageError("y must have labels of classes, not continuous values")
    if classes.dtype.kind == "f" and np.isinf(classes).any():
        raise UsageError("y must have labels of classes: some are infinity")
    if len(classes) < 2:
        raise UsageError("y must have labels of at least two classes: all samples have one class")
    return classes, indices


def _list(names: Array) -> str:
    """Return column names for a message, the first ten of them."""
    return ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
