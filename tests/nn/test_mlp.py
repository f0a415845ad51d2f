"""The stacked network: its gradients, its views, and that runs do not feel one another."""

import itertools

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from initbench.errors import UsageError
from initbench.nn import ACTIVATIONS, LOSSES, Architecture, Residual, StackedMLP, bind_activation
from initbench.nn.mlp import parameter_count, with_ones

SHAPES = [(2, 5, 4, 1), (3, 1, 1), (1, 4, 4, 4, 3), (5, 1), (4, 3)]
ODD_SHAPES = {"narrow": (3, 1, 1, 1, 1), "wide": (2, 3, 3, 3, 3)}
RESIDUALS = {
    "plain": None,
    "skip": Residual(2),
    "rezero": Residual(1, learned_scale=True),
    "fixup": Residual(2, learned_scale=True, scalar_biases=True),
    "multiplied": Residual(1, multiplier="1/sqrt(L)"),
}
NETWORKS = [
    (activation, residual, normalization, list(LOSSES)[(i + j + k) % len(LOSSES)])
    for i, activation in enumerate(ACTIVATIONS)
    for j, residual in enumerate(RESIDUALS)
    for k, normalization in enumerate(["none", "layer", "batch", "weight"])
]
"""Every activation in every structure; every loss meets each level of the three."""

FUNCTIONS = {
    "linear": lambda z: z,
    "relu": lambda z: anp.maximum(z, 0.0),
    "tanh": anp.tanh,
    "sigmoid": lambda z: 1 / (1 + anp.exp(-z)),
    "softplus": lambda z: anp.logaddexp(0.0, z),
    "sin": anp.sin,
}


def measured_gradients(network, inputs, targets, loss, step=1e-6):
    """Return the slope of each run's mean loss by each parameter, (R, P), by differences."""
    slopes = np.empty_like(network.parameters)
    for index in range(slopes.shape[1]):
        means = []
        for shift in (step, -2 * step, step):
            network.parameters[:, index] += shift
            logits = network.forward(inputs, training=True)
            means.append(loss.values(logits, targets).mean(axis=-1).ravel())
        slopes[:, index] = (means[0] - means[1]) / (2 * step)
    return slopes


@pytest.mark.parametrize(("activation", "residual", "normalization", "loss"), NETWORKS)
def test_gradients_agree_with_central_differences(
    activation, residual, normalization, loss, make_network, make_batch, gradients_of
):
    """Every parameter's gradient is the measured slope of the mean loss, at odd shapes too."""
    outputs = {"binary_cross_entropy": 1, "mean_squared_error": 2}.get(loss, 3)
    for hidden, batch, bias in (((1, 1, 1), 1, True), ((3, 3, 3), 4, False)):
        sizes = (2, *hidden, outputs)
        network = make_network(
            sizes,
            activation,
            runs=2,
            bias=bias,
            normalization=normalization,
            residual=RESIDUALS[residual],
        )
        inputs, targets, bound = make_batch(sizes, 2, batch, loss=loss)
        stated = gradients_of(network, inputs, targets, bound)
        measured = measured_gradients(network, inputs, targets, bound)
        scale = max(1.0, np.abs(measured).max())
        np.testing.assert_allclose(stated / scale, measured / scale, atol=3e-7)


@pytest.mark.parametrize("activation", FUNCTIONS)
@pytest.mark.parametrize("sizes", SHAPES)
def test_gradients_agree_with_automatic_differentiation(
    sizes, activation, make_network, make_batch, gradients_of
):
    """HIPS autograd on the textbook's batch-major formula finds the same gradients."""
    network = make_network(sizes, activation, runs=1)
    inputs, targets, loss = make_batch(sizes, 1, 6)
    samples, wanted = inputs[0, :, :-1].copy(), targets[0, 0].T.copy()
    start = [(matrix.copy(), bias.copy()) for matrix, bias in network.weights(0)]
    stated = gradients_of(network, inputs, targets, loss)

    def mean_loss(weights):
        signal = samples
        for depth, (matrix, bias) in enumerate(weights):
            signal = anp.dot(signal, matrix) + bias
            if depth < len(weights) - 1:
                signal = FUNCTIONS[activation](signal)
        if signal.shape[1] == 1:
            return anp.mean(anp.logaddexp(0.0, signal) - wanted * signal)
        highest = anp.max(signal, axis=1, keepdims=True)
        log_sum = anp.log(anp.sum(anp.exp(signal - highest), axis=1)) + highest[:, 0]
        return anp.mean(log_sum - anp.sum(wanted * signal, axis=1))

    found = autograd.grad(mean_loss)(start)
    flat = np.concatenate([np.vstack([matrix, bias]).ravel() for matrix, bias in found])
    np.testing.assert_allclose(stated[0], flat, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("normalization", ["none", "layer", "batch"])
@pytest.mark.parametrize("residual", RESIDUALS)
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_pass_leaves_inputs_targets_and_parameters_as_they_were(
    activation, residual, normalization, dtype, make_network, make_batch, gradients_of
):
    """Whoever hands over a batch can use it again."""
    for hidden, loss in (((4, 4, 4), "softmax_cross_entropy"), ((), "mean_squared_error")):
        sizes = (2, *hidden, 3)
        network = make_network(
            sizes,
            activation,
            runs=2,
            dtype=dtype,
            normalization=normalization,
            residual=RESIDUALS[residual] if hidden else None,
        )
        inputs, targets, bound = make_batch(sizes, 2, 5, loss=loss, dtype=dtype)
        given = (inputs, targets, network.parameters)
        before = [each.copy() for each in given]
        gradients_of(network, inputs, targets, bound)
        network.forward(inputs)
        list(network.signals(inputs))
        for after, kept in zip(given, before, strict=True):
            np.testing.assert_array_equal(after, kept)


@settings(max_examples=60, deadline=None)
@given(
    width=st.integers(1, 40),
    blocks=st.integers(0, 3),
    outputs=st.sampled_from([1, 3, 10]),
    features=st.integers(1, 33),
    batch=st.integers(1, 70),
    streams=st.integers(1, 3),
    each=st.integers(1, 5),
    dtype=st.sampled_from([np.float32, np.float64]),
    activation=st.sampled_from(list(ACTIVATIONS)),
    bias=st.booleans(),
    normalization=st.sampled_from(["none", "layer", "batch"]),
    residual=st.sampled_from(list(RESIDUALS)),
)
def test_a_run_of_a_stack_is_the_run_alone(
    width,
    blocks,
    outputs,
    features,
    batch,
    streams,
    each,
    dtype,
    activation,
    bias,
    normalization,
    residual,
):
    """Logits, gradients and statistics of each run are bit-identical in the stack and by itself."""
    residual = RESIDUALS[residual] if blocks else None
    hidden = (width,) * (1 + blocks * (1 if residual is None else residual.layers))
    sizes = (features, *hidden, outputs)
    architecture = Architecture(sizes, bind_activation(activation), bias, normalization, residual)
    rng = np.random.default_rng(0)
    stack = StackedMLP(architecture, runs=streams * each, dtype=dtype)
    stack.parameters[:] = rng.standard_normal(stack.parameters.shape)
    inputs = with_ones(rng.standard_normal((streams, batch, features)), dtype)
    deltas = rng.standard_normal((streams, each, outputs, batch)).astype(dtype)

    def passed(network, inputs, deltas):
        with np.errstate(all="ignore"):
            logits = network.forward(inputs, training=True).copy()
            network.backward(deltas)
            answers = network.forward(inputs).copy()
        return logits, network.gradients, network.statistics, answers

    whole = passed(stack, inputs, deltas)
    for run in range(stack.runs):
        stream, place = divmod(run, each)
        alone = StackedMLP(architecture, runs=1, dtype=dtype)
        alone.parameters[:] = stack.parameters[run]
        single = passed(alone, inputs[stream : stream + 1], deltas[stream, place][None, None])
        for all_runs, one in zip(whole, single, strict=True):
            np.testing.assert_array_equal(all_runs.reshape(stack.runs, -1)[run], one.ravel())


def test_a_run_does_not_feel_a_neighbour_of_infinite_weights(
    make_network, make_batch, gradients_of
):
    """NaN and inf stay in the run that made them."""
    sizes = (2, 8, 8, 1)
    network = make_network(sizes, "relu", runs=3, dtype=np.float32)
    inputs, targets, loss = make_batch(sizes, 1, 5, dtype=np.float32)
    before = gradients_of(network, inputs, targets, loss)
    network.parameters[1] = np.inf
    with np.errstate(all="ignore"):
        after = gradients_of(network, inputs, targets, loss)
    np.testing.assert_array_equal(after[[0, 2]], before[[0, 2]])
    assert not np.isfinite(after[1]).all()


def test_streams_that_read_the_same_may_share_one_batch(make_network, make_batch, gradients_of):
    """One batch for all streams gives what a copy for each, or for each run, gives."""
    sizes = (2, 6, 1)
    network = make_network(sizes)
    inputs, targets, loss = make_batch(sizes, 1, 5)
    shared = gradients_of(network, inputs, targets, loss)
    for copies in (3, 6):
        copied = gradients_of(
            network, np.repeat(inputs, copies, 0), np.repeat(targets, copies, 0), loss
        )
        np.testing.assert_array_equal(shared, copied)


@pytest.mark.parametrize("normalization", ["none", "batch"])
@pytest.mark.parametrize("runs", [[4], [0, 3, 5]])
def test_a_part_of_a_stack_goes_on_as_in_the_whole(
    runs, normalization, make_network, make_batch, gradients_of
):
    """What `take` takes gives the same gradients, and `put` brings its numbers back."""
    sizes = (2, 6, 6, 1)
    network = make_network(sizes, normalization=normalization)
    inputs, targets, loss = make_batch(sizes, 1, 5)
    before = gradients_of(network, inputs, targets, loss)
    part = network.take(np.array(runs))
    np.testing.assert_array_equal(part.statistics, network.statistics[runs])
    np.testing.assert_array_equal(gradients_of(part, inputs, targets, loss), before[runs])
    part.parameters += 1.0
    others = np.delete(np.arange(network.runs), runs)
    kept = network.parameters[others].copy()
    network.put(np.array(runs), part)
    np.testing.assert_array_equal(network.parameters[runs], part.parameters)
    np.testing.assert_array_equal(network.parameters[others], kept)


@pytest.mark.parametrize("bias", [True, False])
def test_weights_come_back_as_they_were_set(bias, make_network):
    """set_weights and weights are each other's inverse, and touch one run alone."""
    network = make_network((3, 4, 2), bias=bias)
    others = network.parameters[1:].copy()
    rng = np.random.default_rng(5)
    weights = [
        (rng.standard_normal((3, 4)), rng.standard_normal(4) * bias),
        (rng.standard_normal((4, 2)), rng.standard_normal(2) * bias),
    ]
    network.set_weights(0, weights)
    for (matrix, vector), (got_matrix, got_vector) in zip(weights, network.weights(0), strict=True):
        np.testing.assert_array_equal(got_matrix, matrix)
        np.testing.assert_array_equal(got_vector, vector)
    np.testing.assert_array_equal(network.parameters[1:], others)


@pytest.mark.parametrize(
    ("settings", "count"),
    [
        ({}, 1185),
        ({"bias": False}, 2 * 32 + 32 * 32 + 32),
        ({"normalization": "layer"}, 1185 + 2 * 2 * 32),
        ({"residual": Residual(1, learned_scale=True)}, 1185 + 1),
        ({"residual": Residual(1, scalar_biases=True)}, 1185 + 2),
    ],
)
def test_parameters_are_counted(settings, count):
    """2-32-32-1 has 1,185 parameters, and whatever is added has its own."""
    architecture = Architecture((2, 32, 32, 1), bind_activation("relu"), **settings)
    assert parameter_count(architecture) == count
    assert StackedMLP(architecture, runs=1).parameters.shape == (1, count)


def test_a_large_random_start_has_a_finite_loss(make_network, make_batch):
    """Weights of standard deviation 10 give a float32 loss of hundreds, not infinity."""
    sizes = (2, 32, 32, 1)
    network = make_network(sizes, "relu", runs=1, dtype=np.float32)
    network.parameters *= 10
    inputs, targets, loss = make_batch(sizes, 1, 64, dtype=np.float32)
    assert 100 < loss.values(network.forward(inputs), targets).mean() < np.inf


def test_a_block_whose_scale_is_zero_is_not_there(make_network, make_batch):
    """With learned scales of zero a residual network is its first and last layer."""
    rezero = Residual(1, learned_scale=True)
    deep = make_network((3, 4, 4, 4, 2), runs=2, residual=rezero)
    for scale in deep.scales:
        scale[:] = 0.0
    shallow = make_network((3, 4, 2), runs=2)
    for run in range(2):
        first, *_, last = deep.weights(run)
        shallow.set_weights(run, [first, last])
    inputs, _, _ = make_batch((3, 4, 2), 1, 5)
    np.testing.assert_allclose(deep.forward(inputs), shallow.forward(inputs), rtol=1e-12)


def test_learned_scales_start_at_one(make_batch):
    """With the same weights, a network answers as it would without scales to learn."""
    sizes, runs = (3, 4, 4, 4, 2), 2
    learned, plain = (
        StackedMLP(
            Architecture(
                sizes, bind_activation("tanh"), residual=Residual(1, learned_scale=scales)
            ),
            runs=runs,
            dtype=np.float64,
        )
        for scales in (True, False)
    )
    rng = np.random.default_rng(0)
    for run in range(runs):
        weights = [
            (rng.standard_normal((fan_in, fan_out)), rng.standard_normal(fan_out))
            for fan_in, fan_out in itertools.pairwise(sizes)
        ]
        learned.set_weights(run, weights)
        plain.set_weights(run, weights)
    inputs, _, _ = make_batch(sizes, 1, 5)
    np.testing.assert_allclose(learned.forward(inputs), plain.forward(inputs), rtol=1e-12)


def test_normalized_preactivations_have_mean_zero_and_variance_one(make_network, make_batch):
    """Over the units for each sample, or over the batch for each unit, before gain and shift."""
    inputs, _, _ = make_batch((3, 50, 2), 1, 40)
    for normalization, axis in (("layer", 0), ("batch", 1)):
        network = make_network((3, 50, 2), "linear", runs=1, normalization=normalization)
        [step] = [each for each in network._steps if hasattr(each, "gain")]
        step.gain[:], step.shift[:] = 1.0, 0.0
        network.forward(inputs, training=True)
        hat = step._hat[0]
        np.testing.assert_allclose(hat.mean(axis=axis), 0.0, atol=1e-12)
        np.testing.assert_allclose(hat.var(axis=axis), 1.0, atol=1e-3)


def test_batch_statistics_are_remembered_for_evaluation(make_network, make_batch):
    """After many passes over one batch, evaluation answers as training does."""
    network = make_network((3, 6, 2), runs=2, normalization="batch")
    inputs, _, _ = make_batch((3, 6, 2), 1, 500)
    for _ in range(200):
        trained = network.forward(inputs, training=True).copy()
    np.testing.assert_allclose(network.forward(inputs), trained, atol=0.02)
    remembered = network.statistics.copy()
    network.forward(inputs)
    np.testing.assert_array_equal(network.statistics, remembered)


def test_signals_yields_inputs_and_outputs_of_each_layer(make_network, make_batch):
    """Preactivations and activations of every layer come by in order, the logits last."""
    network = make_network((3, 4, 5, 2), runs=2)
    inputs, _, _ = make_batch((3, 4, 5, 2), 1, 6)
    signals = [(before.copy(), after.copy()) for before, after in network.signals(inputs)]
    assert [before.shape for before, _ in signals] == [(2, 4, 6), (2, 5, 6), (2, 2, 6)]
    for before, after in signals[:-1]:
        np.testing.assert_allclose(after, np.tanh(before))
    np.testing.assert_array_equal(signals[-1][0], network.forward(inputs)[0])


@pytest.mark.parametrize(
    ("hidden", "layers", "words"),
    [
        ((4, 4), 2, "need 1 + 2 n hidden layers, not 2: use 3"),
        ((4, 4, 4, 4), 2, "not 4: use 3 or 5"),
        ((), 1, "not 0: use 2"),
        ((4, 3, 5), 2, "4, 5 units"),
    ],
)
def test_hidden_layers_that_form_no_residual_blocks_are_refused(hidden, layers, words):
    """The message says which numbers of layers do."""
    with pytest.raises(UsageError, match=words.replace("+", r"\+")):
        Architecture((2, *hidden, 1), bind_activation("relu"), residual=Residual(layers))


def test_backward_reads_its_argument():
    """Gradients are linear in the derivative given, whichever array holds it."""
    network = StackedMLP(Architecture((2, 3, 1), bind_activation("tanh")), runs=2, dtype=float)
    rng = np.random.default_rng(0)
    network.parameters[:] = rng.standard_normal(network.parameters.shape)
    inputs = with_ones(rng.standard_normal((1, 5, 2)), float)
    deltas = rng.standard_normal((1, 2, 1, 5))

    def gradients(deltas):
        network.forward(inputs, training=True)
        network.backward(deltas)
        return network.gradients.copy()

    once, twice = gradients(deltas.copy()), gradients(2 * deltas)
    assert np.abs(once).min() > 0
    np.testing.assert_array_equal(twice, 2 * once)  # doubling is exact in binary
    buffer = network.deltas_for(deltas)
    buffer[:] = deltas
    np.testing.assert_array_equal(gradients(buffer), once)
