"""The estimator: one network, trained as an experiment trains it, with scikit-learn's manners."""

import numpy as np
import pytest

import initbench
from initbench import MLP
from initbench.data import load_dataset, prepare
from initbench.errors import UsageError
from initbench.initializers import Initializer, bind

X, Y = [[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]], [0, 1, 1, 0]


def prepared(name, **options):
    """Return a data set split and scaled, as an experiment does by default."""
    settings = {"test_fraction": 0.25, "scaling": "standard", "seed": 0, "dtype": np.float32}
    return prepare(load_dataset(name, **options), **settings)


def a_scheme(draw):
    """Return a scheme of one's own."""
    return Initializer(
        name="own",
        draw=draw,
        variance=lambda _layer: 0.0,
        distribution="constant",
        formula="?",
        reference="nobody",
        summary="one of one's own",
    )


@pytest.mark.parametrize(
    ("name", "classes"), [("moons", 2), ("blobs", 3)], ids=["binary", "three classes"]
)
def test_it_learns_and_tells_how_sure_it_is(name, classes):
    """Test accuracy is high, probabilities sum to one, and predictions are the most probable."""
    split = prepared(name)
    model = MLP([16], "he", epochs=50, seed=0).fit(split.X_train, split.y_train)
    assert model.score(split.X_test, split.y_test) > 0.9
    probabilities = model.predict_proba(split.X_test)
    assert probabilities.shape == (len(split.X_test), classes)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1.0)
    np.testing.assert_array_equal(model.predict(split.X_test), probabilities.argmax(axis=1))


@pytest.mark.parametrize(
    ("dataset", "batch_size"),
    [("moons", 32), ({"name": "blobs", "samples": 90}, 7), ("xor", 10_000)],
    ids=["binary", "three classes", "full batches"],
)
def test_it_is_a_run_of_the_experiment_to_the_last_bit(dataset, batch_size, tmp_path):
    """Fitted on an experiment's training part, it is that run of the stack: curves and boundary."""
    settings = {
        "dataset": dataset,
        "network": {"hidden": [6, 5], "activation": "tanh"},
        "training": {
            "optimizer": {"name": "sgd", "learning_rate": 0.05, "momentum": 0.9},
            "epochs": 3,
            "batch_size": batch_size,
        },
        "inits": ["zeros", "random", "he"],
        "seeds": [4, 7],
    }
    run = initbench.run(settings, results=tmp_path / "r", plots=False).run("random", 7)
    split = prepared(**(dataset if isinstance(dataset, dict) else {"name": dataset}))
    model = MLP(
        [6, 5],
        "random",
        activation="tanh",
        learning_rate=0.05,
        momentum=0.9,
        epochs=3,
        batch_size=batch_size,
        seed=7,
    ).fit(split.X_train, split.y_train)
    np.testing.assert_array_equal(model.loss_curve_, run["train_loss"])
    np.testing.assert_array_equal(model.accuracy_curve_, run["train_accuracy"])
    np.testing.assert_array_equal(model.distinct_units_, run["distinct_units"])
    assert model.score(split.X_test, split.y_test) == run["test_accuracy"][-1]
    grid = np.stack(np.meshgrid(run["grid_x"], run["grid_y"]), axis=-1).reshape(-1, 2)
    drawn = run["boundary"][-1].reshape(len(run["boundary"][-1]), -1)
    np.testing.assert_array_equal(
        model.predict_proba(grid)[:, -len(drawn) :].T.astype(np.float16), drawn
    )


def test_zeros_never_become_more_than_one_unit():
    """From zero weights, hidden layers stay one unit, and all samples are answered alike."""
    split = prepared("moons")
    model = MLP([8, 8], "zeros", epochs=20).fit(split.X_train, split.y_train)
    np.testing.assert_array_equal(model.distinct_units_, np.ones((21, 2)))
    assert model.score(split.X_test, split.y_test) == 0.5
    assert not np.ptp(model.predict_proba(split.X_test), axis=0).any()


def test_labels_may_be_words():
    """Classes are the sorted labels, and predictions are labels again."""
    words = np.array(["no", "yes", "maybe"])
    split = prepared("blobs", samples=120)
    model = MLP([8], epochs=20).fit(split.X_train, words[split.y_train])
    by_number = MLP([8], epochs=20).fit(split.X_train, np.array([1, 2, 0])[split.y_train])
    assert model.classes_.tolist() == ["maybe", "no", "yes"]
    assert set(model.predict(split.X_test)) == set(words)
    np.testing.assert_array_equal(model.loss_curve_, by_number.loss_curve_)


def test_lists_do_as_well_as_arrays():
    """Lists of numbers and an array of any type give one model."""
    by_list = MLP([4], epochs=3, batch_size=2).fit(X, Y)
    by_array = MLP([4], epochs=3, batch_size=2).fit(np.array(X, np.int8), np.array(Y, np.uint8))
    np.testing.assert_array_equal(by_list.loss_curve_, by_array.loss_curve_)
    assert by_list.predict(X).shape == (4,)
    assert by_list.score(X, Y) == by_array.score(np.array(X), np.array(Y))


def test_numbers_of_numpy_do_as_well_as_those_of_python():
    """What a notebook takes out of an array is an argument like any other."""
    plain = MLP([4, 3], learning_rate=0.5, epochs=3, batch_size=2, seed=1).fit(X, Y)
    from_numpy = MLP(
        hidden=np.array([4, 3]),
        learning_rate=np.float32(0.5),
        epochs=np.int64(3),
        batch_size=np.uint8(2),
        seed=np.int32(1),
    ).fit(X, Y)
    np.testing.assert_array_equal(plain.loss_curve_, from_numpy.loss_curve_)
    assert plain.hidden == from_numpy.hidden == (4, 3)
    assert all(type(units) is int for units in from_numpy.hidden)


def test_fitting_again_begins_anew():
    """A second fit forgets the first, classes and features included."""
    fresh = MLP([4], epochs=3).fit(X, Y)
    again = MLP([4], epochs=3).fit([[1.0], [2.0], [3.0]], ["a", "b", "c"]).fit(X, Y)
    np.testing.assert_array_equal(again.loss_curve_, fresh.loss_curve_)
    np.testing.assert_array_equal(again.predict_proba(X), fresh.predict_proba(X))


@pytest.mark.parametrize(
    ("samples", "labels"),
    [(X, [1, 1, 1, 1]), ([[0.0], [1.0], [2.0]], [1, 2, 3])],
    ids=["one class", "a scheme that fails"],
)
def test_a_fit_that_fails_leaves_the_model_that_was(samples, labels):
    """After a refused fit, predictions are those of before."""
    picky = a_scheme(lambda _rng, layer: np.full(layer.shape, np.nan if layer.fan_in == 1 else 1))
    model = MLP([4], picky, epochs=3).fit(X, ["a", "b", "b", "a"])
    before = model.predict(X)
    with pytest.raises(UsageError):
        model.fit(samples, labels)
    np.testing.assert_array_equal(model.predict(X), before)


def test_a_scheme_may_be_one_of_ones_own():
    """An initializer, or one with options, does instead of a name."""
    ones = a_scheme(lambda _rng, layer: np.ones(layer.shape))
    for scheme, units in ((ones, 1), (bind("random", std=2), 4)):
        model = MLP([4], scheme, epochs=0).fit(X, Y)
        assert model.distinct_units_.tolist() == [[units]]
    with_options, by_name = (MLP([4], s, epochs=0).fit(X, Y) for s in (bind("he"), "he"))
    np.testing.assert_array_equal(with_options.predict_proba(X), by_name.predict_proba(X))


@pytest.mark.parametrize("labels", [Y, [0, 1, 2, 2]], ids=["binary", "three classes"])
@pytest.mark.parametrize(("std", "epochs"), [(1.0, 5), (1e30, 0), (1e300, 0)])
def test_divergence_is_quiet_and_can_be_seen(labels, std, epochs):
    """A model that diverged says so in its curve, and answers without a warning."""
    scheme = bind("random", std=std)
    model = MLP([8], scheme, learning_rate=1e30, epochs=epochs, batch_size=2, activation="linear")
    model.fit(10 * np.array(X), labels)
    assert np.isfinite(model.loss_curve_[0]) == (epochs > 0)
    assert np.isnan(model.loss_curve_[-1])
    assert model.predict(X).shape == (4,)
    assert model.predict_proba(X).shape == (4, len(set(labels)))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"hidden": 4}, "hidden: must be whole numbers of units, each at least 1, .* not 4"),
        ({"hidden": None}, "hidden: must be whole numbers"),
        ({"hidden": "44"}, "hidden: must be whole numbers"),
        ({"hidden": [4.0]}, "hidden: must be whole numbers"),
        ({"hidden": [True]}, "hidden: must be whole numbers"),
        ({"hidden": [4, 0]}, r"hidden: must be whole numbers .* not \[4, 0\]"),
        ({"hidden": [[4, 4]]}, "hidden: must be whole numbers"),
        ({"initialization": "hee"}, "unknown initializer 'hee'. Did you mean 'he'?"),
        ({"initialization": None}, "unknown initializer None"),
        ({"activation": "ReLu"}, "unknown activation 'ReLu'. Did you mean 'relu'?"),
        ({"activation": None}, "activation: must be text, not None"),
        ({"optimizer": "sdg"}, "unknown optimizer 'sdg'. Did you mean 'sgd'?"),
        ({"optimizer": ["sgd"]}, r"optimizer: must be text, not \['sgd'\]"),
        ({"learning_rate": 0}, "learning_rate: must be greater than 0, not 0"),
        ({"learning_rate": np.nan}, "learning_rate: must be finite, not nan"),
        ({"momentum": 1}, "momentum: must be at least 0 and less than 1, not 1"),
        ({"epochs": 1.5}, "epochs: must be an integer, not 1.5"),
        ({"epochs": -1}, "epochs: must be at least 0, not -1"),
        ({"batch_size": 0}, "batch_size: must be at least 1, not 0"),
        ({"batch_size": "full"}, "batch_size: must be an integer, not 'full'"),
        ({"seed": -1}, "seed: must be at least 0 and at most 9223372036854775807, not -1"),
        ({"seed": 2**63}, "seed: .* not 9223372036854775808"),
        ({"seed": None}, "seed: must be an integer, not None"),
        ({"dtype": "float16"}, "dtype: must be one of float32, float64, not 'float16'"),
        ({"epochs": -1, "seed": True}, "epochs: must be .*; seed: must be an integer, not True"),
    ],
)
def test_a_wrong_argument_is_refused_in_words(arguments, message):
    """The message names the argument, what it must be and what it is."""
    with pytest.raises(UsageError, match=message):
        MLP(**arguments)


@pytest.mark.parametrize(
    ("samples", "labels", "message"),
    [
        (X, [0, 1, 1], "y must have one label for each of the 4 samples"),
        (X, [[0], [1], [1], [0]], r"y must have one label .* not shape \(4, 1\)"),
        (X, [0, 0, 0, 0], "y must have labels of at least two classes"),
        (X, [0, None, 1, 0], "y must have labels that can be sorted"),
        (X, [0.0, np.nan, 1.0, 0.0], "y must have a label for each sample: some are NaN"),
        ([], [], "X must have shape"),
        ([0.0, 1.0], [0, 1], r"X must have shape \(samples, features\), not \(2,\)"),
        ([[], []], [0, 1], "X must have shape"),
        ([["a"], ["b"]], [0, 1], "X must be numbers"),
        ([[1.0, 2.0], [3.0]], [0, 1], "X must be numbers"),
        ([[1j], [2j]], [0, 1], "X must be numbers"),
        ([[np.nan], [1.0]], [0, 1], "X must be finite"),
        ([[np.inf], [1.0]], [0, 1], "X must be finite"),
        ([[1e300], [1.0]], [0, 1], "X must be finite in float32"),
    ],
)
def test_unfit_data_are_refused_in_words(samples, labels, message):
    """What cannot be learned from is told before anything is trained."""
    with pytest.raises(UsageError, match=message):
        MLP([4], epochs=1).fit(samples, labels)


@pytest.mark.parametrize("method", ["predict", "predict_proba"])
@pytest.mark.parametrize(
    ("samples", "message"),
    [
        ([[0.0, 0.0, 0.0]], "X must have 2 features, not 3"),
        ([0.0, 0.0], "X must have shape"),
        ([[np.nan, 0.0]], "X must be finite"),
    ],
)
def test_unfit_samples_are_not_predicted(method, samples, message):
    """Samples must be like those that were learned from."""
    model = MLP([4], epochs=0).fit(X, Y)
    with pytest.raises(UsageError, match=message):
        getattr(model, method)(samples)


@pytest.mark.parametrize("labels", [[0, 1], 0, [[0], [1], [1], [0]]])
def test_a_score_needs_a_label_for_each_sample(labels):
    """Labels of another shape are refused, and not compared with all predictions."""
    model = MLP([4], epochs=0).fit(X, Y)
    with pytest.raises(UsageError, match="y must have one label for each of the 4 samples"):
        model.score(X, labels)


@pytest.mark.parametrize("call", [lambda m: m.predict(X), lambda m: m.score(X, Y)])
def test_what_is_not_fitted_does_not_predict(call):
    """The message says what to do first."""
    with pytest.raises(UsageError, match="not fitted yet: call fit first"):
        call(MLP([4]))
