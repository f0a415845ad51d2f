"""Schemes for residual, weight-normalized and smaller networks do what their papers say."""

import numpy as np
import pytest

from initbench.data import load_dataset, prepare
from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, LayerSpec, bind, layers_of, specs_of
from initbench.initializers.weightfiles import encode_layers
from initbench.nn import Architecture, Residual, bind_activation, loss_for
from initbench.training.evaluation import make_task
from initbench.training.initial_weights import adapt_network, initial_network
from initbench.training.samples import parts_of

SEEDS = (0, 3)


@pytest.fixture(scope="module")
def task():
    """Return the digits as a task in double precision."""
    split = prepare(
        load_dataset("digits"), test_fraction=0.25, scaling="standard", dtype=np.float64, seed=0
    )
    return make_task(parts_of(split), 10, loss_for(10), np.float64)


def adapted(name, task, *, hidden=(24, 16), activation="relu", **settings):
    """Return the adapted stack of a scheme on the digits, and what it drew."""
    architecture = Architecture((64, *hidden, 10), bind_activation(activation), **settings)
    schemes = [bind(name)]
    network = initial_network(architecture, schemes, SEEDS, np.float64)
    drawn = [network.weights(run) for run in range(len(SEEDS))]
    adapt_network(network, schemes, SEEDS, task)
    return network, drawn


def batch_of(task, seed, samples=256):
    """Return the training samples that a scheme of this seed looks at."""
    from initbench.seeding import Stream, generator

    inputs = task.parts["train"].inputs
    return inputs[generator(seed, Stream.PROBE).permutation(len(inputs))[:samples]]


@pytest.mark.parametrize("normalization", ["none", "weight"])
def test_salimans_kingma_standardises_every_unit(normalization, task):
    """Each unit's outputs have mean 0 and deviation 1 on the samples; directions stay as drawn."""
    network, drawn = adapted("salimans_kingma", task, normalization=normalization)
    for run, seed in enumerate(SEEDS):
        signal = batch_of(task, seed)[:, :-1]
        for (matrix, bias), (before, _) in zip(network.weights(run), drawn[run], strict=True):
            made = signal @ matrix + bias
            np.testing.assert_allclose(made.mean(axis=0), 0.0, atol=1e-9)
            np.testing.assert_allclose(made.std(axis=0), 1.0, rtol=1e-9)
            unit = before / np.linalg.norm(before, axis=0)
            np.testing.assert_allclose(matrix / np.linalg.norm(matrix, axis=0), unit, atol=1e-12)
            signal = np.maximum(made, 0.0)
        if normalization == "weight":  # v as drawn, N(0, 0.05²), and not as long as the weights
            views = network.layer_views(network.parameters)
            np.testing.assert_allclose(views[0][run, :64], drawn[run][0][0], rtol=1e-12)


def test_the_first_layer_of_krahenbuhl_pca_has_uncorrelated_units(task):
    """Principal components of the samples have no correlation on them, and are NumPy's."""
    network, _ = adapted("krahenbuhl_pca", task)
    for run, seed in enumerate(SEEDS):
        samples = batch_of(task, seed)[:, :-1]
        matrix, _ = network.weights(run)[0]
        made = samples @ matrix
        correlations = np.corrcoef(made.T) - np.eye(24)
        assert np.abs(correlations).max() < 1e-8
        _, _, rows = np.linalg.svd(samples - samples.mean(axis=0))
        overlap = np.abs((matrix / np.linalg.norm(matrix, axis=0)).T @ rows[:24].T)
        np.testing.assert_allclose(np.diag(overlap), 1.0, atol=1e-8)


def test_units_beyond_the_number_of_components_keep_their_draw(task):
    """A first layer wider than the inputs keeps random directions for the rest."""
    network, drawn = adapted("krahenbuhl_pca", task, hidden=(80, 16))
    matrix, before = network.weights(0)[0][0], drawn[0][0][0]
    ratio = matrix[:, 70:] / before[:, 70:]
    np.testing.assert_allclose(ratio, np.broadcast_to(ratio[0], ratio.shape), rtol=1e-9)


def test_krahenbuhl_kmeans_finds_the_centres_of_clusters():
    """Of inputs in two clusters, two first-layer units see one each: opposite directions."""
    rng = np.random.default_rng(0)
    labels = np.arange(400) % 2
    apart = np.array([0.6, 0.8])
    X = np.outer(2.0 * labels - 1.0, 5 * apart) + 0.3 * rng.standard_normal((400, 2))
    task = make_task({"train": (X, labels), "test": (X, labels)}, 2, loss_for(2), np.float64)
    schemes = [bind("krahenbuhl_kmeans")]
    network = initial_network(
        Architecture((2, 2, 1), bind_activation("relu")), schemes, SEEDS, np.float64
    )
    adapt_network(network, schemes, SEEDS, task)
    components = np.linalg.svd(X - X.mean(axis=0))[2]
    for run in range(len(SEEDS)):
        along, across = components @ network.weights(run)[0][0] * [[5.0], [0.3]]
        assert np.abs(across).max() < 0.2 * np.abs(along).min()
        assert along[0] * along[1] < 0.0


def test_adapting_one_seed_is_independent_of_other_seeds(task):
    """What one seed's samples do, another's do not feel."""
    for name in ("salimans_kingma", "krahenbuhl_pca", "krahenbuhl_kmeans"):
        both, _ = adapted(name, task)
        architecture = both.architecture
        alone = initial_network(architecture, [bind(name)], SEEDS[1:], np.float64)
        adapt_network(alone, [bind(name)], SEEDS[1:], task)
        np.testing.assert_array_equal(alone.parameters[0], both.parameters[1])


def test_arpit_keeps_the_norm_of_a_signal():
    """Through thirty weight-normalized ReLU layers of unequal widths, as in the paper."""
    rng = np.random.default_rng(0)
    sizes = [400, *([300, 500] * 15), 10]
    signal = rng.standard_normal((20, 400))
    start = np.linalg.norm(signal, axis=1)
    for matrix, _ in bind("arpit").draw(layers_of(sizes, "relu"), 0)[:-1]:
        signal = np.maximum(signal @ matrix, 0.0)
    ratios = np.linalg.norm(signal, axis=1) / start
    assert 0.5 < np.median(ratios) < 2.0


@pytest.mark.parametrize(
    ("name", "multiplier", "power"), [("depth_mup", "1/sqrt(L)", -0.5), ("completep", "1/L", 0.0)]
)
def test_depth_parametrizations_state_their_rates(name, multiplier, power):
    """Within branches Adam's rates go as a power of their number; elsewhere they are mup's."""
    architecture = Architecture(
        (8, *[32] * 5, 3), bind_activation("relu"), residual=Residual(1, multiplier=multiplier)
    )
    scheme, mup, layers = bind(name), bind("mup"), specs_of(architecture)
    scheme.check(layers)
    for layer in layers:
        for part in ("weights", "biases"):
            usual = mup.learning_rate_factor(layer, "adam", part)
            factor = 4.0**power if layer.branch_layers else 1.0
            assert scheme.learning_rate_factor(layer, "adam", part) == pytest.approx(usual * factor)
    with pytest.raises(UsageError, match="for Adam alone"):
        scheme.learning_rate_factor(layers[0], "sgd")
    plain = specs_of(Architecture((8, *[32] * 5, 3), bind_activation("relu"), residual=Residual(1)))
    with pytest.raises(UsageError, match="multiplier: 1/"):
        scheme.check(plain)


def test_branches_of_gpt2_add_the_variance_of_one():
    """The ends of four branches have a quarter of the variance each."""
    layers = layers_of([4, *[64] * 5, 2], "gelu", branch_layers=1)
    variances = [bind("gpt2").variance(layer) for layer in layers]
    assert variances == pytest.approx([4e-4, 1e-4, 1e-4, 1e-4, 1e-4, 4e-4])


@pytest.fixture
def large(tmp_path):
    """Return the file of a larger network, and its weights."""
    layers = [(np.arange(5 * 12).reshape(5, 12) * 1.0, np.arange(12.0))]
    layers += [
        (np.arange(12 * 9).reshape(12, 9) * 1.0, np.arange(9.0)),
        (np.ones((9, 2)), np.ones(2)),
    ]
    path = tmp_path / "large.npz"
    path.write_bytes(encode_layers(layers))
    return str(path), layers


def test_weight_selection_takes_evenly_spaced_units(large):
    """Every second of twelve; of nine, the first, the last and those between, rounded."""
    path, layers = large
    scheme = bind("weight_selection", path=path)
    drawn = scheme.draw(layers_of([5, 6, 4, 3], "relu"), 0)
    np.testing.assert_array_equal(drawn[0][0], layers[0][0][:, ::2])
    np.testing.assert_array_equal(drawn[0][1], [0, 2, 4, 6, 8, 10])
    columns = [0, 3, 5, 8]  # 8/3 and 16/3 rounded
    np.testing.assert_array_equal(drawn[1][0], layers[1][0][::2][:, columns])
    assert drawn[2][0].shape == (4, 3)
    assert not np.array_equal(drawn[2][0], scheme.draw(layers_of([5, 6, 4, 3], "relu"), 1)[2][0])


@pytest.mark.parametrize(
    ("sizes", "words"),
    [
        ([5, 13, 4, 2], "selected from a larger network"),
        ([4, 6, 4, 2], "is of 5 features"),
        ([5, 6, 4, 4, 2], "has 2 hidden layers"),
    ],
)
def test_weight_selection_from_a_smaller_network_raises(sizes, words, large):
    """A wider, a deeper network, or other data."""
    with pytest.raises(UsageError, match=words):
        bind("weight_selection", path=large[0]).draw(layers_of(sizes, "relu"), 0)


def test_autoinit_gives_every_layer_outputs_of_unit_variance():
    """By Monte Carlo, for an activation with options, within sampling error."""
    activation = bind_activation("elu", alpha=0.5)
    layers = layers_of([400] * 6, activation)
    signal = np.random.default_rng(1).standard_normal((400, 400))
    for matrix, _ in bind("autoinit").draw(layers, 0):
        made = signal @ matrix
        assert made.var() == pytest.approx(1.0, rel=0.1)
        signal = activation.values(made)


def test_siren_pytorch_is_siren_with_the_biases_of_pytorch():
    """Weights are those of `siren`, which follow omega; the name of the framework finds it."""
    layers = layers_of([3, 16, 16, 1], bind_activation("sin", omega=20.0))
    ours, plain = bind("torch:siren").draw(layers, 1), bind("siren").draw(layers, 1)
    default = bind("torch:linear").draw(layers, 1)
    for (weights, biases), (others, _), (_, theirs) in zip(ours, plain, default, strict=True):
        np.testing.assert_array_equal(weights, others)
        np.testing.assert_array_equal(biases, theirs)


def test_weight_normalization_refuses_schemes_with_learning_rates():
    """No scheme states a rate for lengths."""
    layer = LayerSpec(8, 8, 1, 3, weight_norm=True)
    from initbench.training.initial_weights import check_rates

    with pytest.raises(UsageError, match="lengths and directions"):
        check_rates(bind("mup"), [layer], "adam")
    check_rates(bind("he"), [layer], "adam")


@pytest.mark.parametrize("name", ["zeros", "fixup"])
def test_weight_normalization_refuses_layers_of_zeros(name):
    """A layer that starts at zero is refused in words, and so is a zero output layer."""
    layers = layers_of([4, 8, 8, 8, 2], "relu", branch_layers=2, weight_norm=True)
    with pytest.raises(UsageError, match="length of a unit's weights"):
        bind(name).check(layers)
    with pytest.raises(UsageError, match="length of a unit's weights"):
        bind("he", zero_output=True).check(layers)
    assert INITIALIZERS["he"].name == "he_normal"
