"""Training a stack: a run is the same run anywhere, and divergence is a finding."""

import numpy as np
import pytest

from initbench.nn import OPTIMIZERS, Residual
from initbench.nn.architecture import Dropout
from initbench.options import options_of
from initbench.training.batches import Masks
from initbench.training.recording import NEVER
from initbench.training.unit import Recording, Stop

SCALES = (0.0, 0.01, 0.7, 30.0)
SEEDS = (0, 5, 9)
ALONE = {"learning_rate": 0.1, "momentum": None, "weight_decay": 0.0}


def assert_same_run(whole, run, alone):
    """Assert that a run of a stack left what it leaves alone, to the last bit."""
    for name, values in alone.items():
        np.testing.assert_array_equal(values[0], whole[name][run], err_msg=name)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("batch_size", [8, 16, None, 1000])
def test_every_run_of_a_stack_is_the_run_alone(
    batch_size, dtype, make_clouds, make_stack, make_recipe, trained
):
    """Records and final weights of twelve runs are bit-identical stacked and one at a time."""
    task, recipe = make_clouds(dtype=dtype), make_recipe(batch_size=batch_size)
    stacked = trained(make_stack(SEEDS, SCALES, dtype), task, recipe, SEEDS)
    pairs = [(seed, scale) for seed in SEEDS for scale in SCALES]
    for run, (seed, scale) in enumerate(pairs):
        alone = trained(make_stack([seed], [scale], dtype), task, recipe, [seed])
        assert_same_run(stacked, run, alone)


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_fifty_runs_of_mixed_hyper_parameters_are_fifty_runs_alone(
    optimizer, make_clouds, make_stack, make_recipe, trained
):
    """Rates, momenta, decays, clipping and factors of parameters are each run's own."""
    rng = np.random.default_rng(6)
    seeds, scales = range(5), np.linspace(0.1, 2.0, 10)
    options = options_of(OPTIMIZERS[optimizer].rule)
    runs = len(seeds) * len(scales)
    each = {
        "learning_rate": 10 ** rng.uniform(-4, 0, runs),
        "momentum": rng.choice([0.0, 0.5, 0.9], runs),
        "weight_decay": rng.choice([0.0, 1e-3, 0.1], runs),
    }
    defaults = {name: option.default for name, option in options.items() if name not in each}
    each = {name: values for name, values in each.items() if name in options}
    each = {**ALONE, **defaults, **each, "clip_norm": 10 ** rng.uniform(-2, 1, runs)}
    factors = 10 ** rng.uniform(-1, 1, (runs, 85))
    recipe = make_recipe(epochs=2, optimizer=optimizer)
    task = make_clouds()
    stacked = trained(make_stack(seeds, scales), task, recipe, seeds, factors=factors, **each)
    for run in range(runs):
        seed, scale = seeds[run // len(scales)], scales[run % len(scales)]
        own = {
            name: value[run] if isinstance(value, np.ndarray) else value
            for name, value in each.items()
        }
        alone = trained(
            make_stack([seed], [scale]),
            task,
            recipe,
            [seed],
            factors=factors[run : run + 1],
            **own,
        )
        assert_same_run(stacked, run, alone)


@pytest.mark.parametrize(
    "settings",
    [
        {"normalization": "batch"},
        {"normalization": "layer", "bias": False},
        {"residual": Residual(1, learned_scale=True, scalar_biases=True)},
        {"activation": "gelu"},
        {"normalization": "weight"},
        {"dropout": Dropout(0.3)},
        {"dropout": Dropout(0.1, "alpha"), "activation": "selu"},
        {"residual": Residual(1, multiplier="1/sqrt(L)")},
    ],
    ids="-".join,
)
def test_networks_of_any_kind_train_alone_as_in_a_stack(
    settings, make_clouds, make_stack, make_recipe, trained
):
    """Normalization, residual blocks and kept preactivations belong to a run alone."""
    sizes = (2, 6, 6, 6, 1)
    task, recipe = make_clouds(), make_recipe(recording=Recording(layers=True))
    network = make_stack(SEEDS, [0.5, 1.0], sizes=sizes, **settings)
    stacked = trained(network, task, recipe, SEEDS)
    for run, (seed, scale) in enumerate((seed, scale) for seed in SEEDS for scale in (0.5, 1.0)):
        alone = make_stack([seed], [scale], sizes=sizes, **settings)
        assert_same_run(stacked, run, trained(alone, task, recipe, [seed]))


@pytest.mark.parametrize("batch_size", [8, None])
def test_masks_of_dropout_are_the_same_when_other_runs_have_left(
    batch_size, make_clouds, make_stack, make_recipe, trained
):
    """Runs that stop or diverge move no mask of the others, with and without batches."""
    task = make_clouds()
    stop = Stop("train_accuracy", target=0.9, patience=None)
    recipe = make_recipe(epochs=10, stop=stop, batch_size=batch_size)
    scales, dropout = (0.05, 0.4, 1.0, 1e12), Dropout(0.4)
    network = make_stack(SEEDS, scales, dropout=dropout)
    records = trained(network, task, recipe, SEEDS, momentum=0.0)
    assert len(set(records["stopped_at"])) > 1
    for run, (seed, scale) in enumerate((seed, scale) for seed in SEEDS for scale in scales):
        alone = make_stack([seed], [scale], dropout=dropout)
        assert_same_run(records, run, trained(alone, task, recipe, [seed], momentum=0.0))


def test_schemes_of_a_seed_share_the_masks_of_dropout(make_stack):
    """One mask a seed and layer, another in each step, each activation dropped at the rate."""
    network = make_stack(SEEDS, [0.5, 1.0], dropout=Dropout(0.25))
    masks = Masks(network, SEEDS, np.repeat(np.arange(len(SEEDS)), 2))
    first, second = masks.draw(40_000), masks.draw(40_000)
    assert [mask.shape for mask in first] == [(3, 1, 8, 40_000), (3, 1, 6, 40_000)]
    assert set(np.unique(first[0])) == {0.0, np.float32(1 / 0.75)}
    kept = np.stack([mask[:, 0, 0] for mask in (*first, *second)]) > 0
    error = (0.25 * 0.75 / 40_000) ** 0.5
    assert np.abs(kept.mean(axis=-1) - 0.75).max() < 5 * error
    scores = np.corrcoef(kept.reshape(12, -1))[np.triu_indices(12, 1)] * 200
    assert np.abs(scores).max() < 5


def test_the_order_of_seeds_does_not_matter(make_clouds, make_stack, make_recipe, trained):
    """A stack of the seeds in another order has the same runs in that order."""
    task, recipe = make_clouds(), make_recipe()
    forwards = trained(make_stack(SEEDS, [0.7]), task, recipe, SEEDS)
    backwards = trained(make_stack(SEEDS[::-1], [0.7]), task, recipe, SEEDS[::-1])
    for name, values in forwards.items():
        np.testing.assert_array_equal(values, backwards[name][::-1], err_msg=name)


def test_a_diverging_run_changes_no_other_run_and_is_reported(
    make_clouds, make_stack, make_recipe, trained
):
    """One run blows up: the other's numbers do not move, and its own curve is kept until then."""
    task, recipe = make_clouds(), make_recipe(epochs=8)
    given = {"learning_rate": 0.3, "momentum": 0.0}
    records = trained(make_stack([0], [0.7, 1e12]), task, recipe, [0], **given)
    assert_same_run(records, 0, trained(make_stack([0], [0.7]), task, recipe, [0], **given))
    curve = records["train_loss"][1]
    assert np.isfinite(curve[0])
    assert np.isnan(curve[-1])
    first = np.flatnonzero(np.isnan(curve))[0]
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy"):
        assert np.isfinite(records[name][1, :first]).all()
        assert np.isnan(records[name][1, first:]).all()
    assert (records["distinct_units"][1, first:] == 0).all()
    assert np.isnan(records["test_log_loss"][1])


@pytest.mark.parametrize("unit", ["epoch", "step"])
def test_a_run_that_is_stopped_leaves_and_those_that_stay_do_not_feel_it(
    unit, make_clouds, make_stack, make_recipe, trained
):
    """Runs stop one by one at a target, some diverge, and each is the run alone."""
    task = make_clouds()
    stop = Stop("train_accuracy", target=0.9, patience=None)
    recipe = make_recipe(epochs=12, recording=Recording(2, unit), stop=stop)
    scales = (0.05, 0.4, 1.0, 1e12)
    records = trained(make_stack(SEEDS, scales), task, recipe, SEEDS, momentum=0.0)
    stopped = records["stopped_at"]
    assert len(set(stopped[stopped != NEVER])) > 1, "they should stop at different points"
    for run, (seed, scale) in enumerate((seed, scale) for seed in SEEDS for scale in scales):
        alone = make_stack([seed], [scale])
        assert_same_run(records, run, trained(alone, task, recipe, [seed], momentum=0.0))


def test_a_stopped_run_keeps_its_last_values(make_clouds, make_stack, make_recipe, trained):
    """From the point at which it stopped, a curve is level, and the weights are those of then."""
    task = make_clouds()
    stop = Stop("train_accuracy", target=0.9, patience=None)
    network = make_stack([0], [0.7])
    records = trained(network, task, make_recipe(epochs=40, stop=stop), [0])
    point = records["stopped_at"][0]
    assert 0 < point < 40
    assert records["train_accuracy"][0, point - 1] < 0.9 <= records["train_accuracy"][0, point]
    for name in ("train_loss", "test_loss", "train_accuracy", "test_accuracy", "distinct_units"):
        at_stop = records[name][0, point : point + 1]
        np.testing.assert_array_equal(records[name][0, point:], np.repeat(at_stop, 41 - point, 0))
    shorter = trained(make_stack([0], [0.7]), task, make_recipe(epochs=int(point)), [0])
    np.testing.assert_array_equal(records["parameters"], shorter["parameters"])


def test_patience_ends_a_run_that_does_not_get_better(
    make_clouds, make_stack, make_recipe, trained
):
    """Zero weights and a rate of nearly nothing: after three points without a better one."""
    stop = Stop("train_accuracy", target=None, patience=3)
    records = trained(
        make_stack([0], [0.0]), make_clouds(), make_recipe(stop=stop), [0], learning_rate=1e-9
    )
    assert records["stopped_at"].tolist() == [3]


def test_all_runs_may_end_before_the_training_does(make_clouds, make_stack, make_recipe, trained):
    """A target that is met at the start leaves every run as it was drawn."""
    stop = Stop("train_loss", target=1e9, patience=None)
    network = make_stack(SEEDS, [0.1, 0.7])
    before = network.parameters.copy()
    records = trained(network, make_clouds(), make_recipe(stop=stop), SEEDS)
    assert (records["stopped_at"] == 0).all()
    np.testing.assert_array_equal(records["parameters"], before)


def test_all_schemes_of_a_seed_see_the_same_batches(make_clouds, make_stack, make_recipe, trained):
    """Two runs that start from the same weights in one stream end at the same weights."""
    network = make_stack(SEEDS, [0.7, 0.7])
    parameters = trained(network, make_clouds(), make_recipe(), SEEDS)["parameters"]
    np.testing.assert_array_equal(parameters[0::2], parameters[1::2])


def test_seeds_see_different_batches(make_clouds, make_stack, make_recipe, trained):
    """The same start under two seeds ends elsewhere, because the batches come in another order."""
    network = make_stack([0, 0], [0.7])
    parameters = trained(network, make_clouds(), make_recipe(), [0, 1])["parameters"]
    assert not np.array_equal(parameters[0], parameters[1])


def test_zero_epochs_record_the_start(make_clouds, make_stack, make_recipe, trained):
    """A curve of a run that is not trained has one point."""
    records = trained(make_stack([0], [0.7]), make_clouds(), make_recipe(epochs=0), [0])
    assert records["train_loss"].shape == (1, 1)
    assert records["distinct_units"].shape == (1, 1, 2)


def test_zeros_stay_at_chance_with_one_unit_a_layer(make_clouds, make_stack, make_recipe, trained):
    """Zero weights learn the share of the classes and nothing else."""
    records = trained(make_stack([0], [0.0]), make_clouds(samples=64), make_recipe(), [0])
    assert records["train_loss"][0, 0] == pytest.approx(np.log(2))
    assert (records["distinct_units"] == 1).all()
    assert records["test_accuracy"][0, -1] == pytest.approx(0.5)


def test_a_plain_loop_finds_the_same_losses(make_clouds, make_stack, make_recipe, trained):
    """A textbook implementation, batch-major and without a stack, agrees to rounding."""
    task, recipe = make_clouds(dtype=np.float64), make_recipe(batch_size=None)
    network = make_stack([1], [0.5], np.float64)
    weights = [[W, b] for W, b in network.weights(0)]
    records = trained(network, task, recipe, [1])
    part = task.parts["train"]
    X, y = part.inputs[:, :-1], part.targets
    velocity = [[0.0, 0.0] for _ in weights]
    for epoch in range(recipe.epochs + 1):
        signals = [X]
        for depth, (W, b) in enumerate(weights):
            z = signals[-1] @ W + b
            signals.append(z if depth == len(weights) - 1 else np.maximum(z, 0))
        loss = np.mean(np.logaddexp(0, signals[-1]) - y * signals[-1])
        assert records["train_loss"][0, epoch] == pytest.approx(loss, rel=1e-10)
        delta = (1 / (1 + np.exp(-signals[-1])) - y) / len(X)
        for depth in reversed(range(len(weights))):
            gradient = [signals[depth].T @ delta, delta.sum(axis=0)]
            delta = (delta @ weights[depth][0].T) * (signals[depth] > 0)
            for kind in (0, 1):
                velocity[depth][kind] = 0.9 * velocity[depth][kind] + gradient[kind]
                weights[depth][kind] = weights[depth][kind] - 0.1 * velocity[depth][kind]


def test_a_linear_network_finds_the_least_squares(make_plane, make_stack, make_recipe, trained):
    """Trained to the end on numbers, a deep linear net is the regression that algebra gives."""
    task = make_plane()
    recipe = make_recipe(epochs=600, batch_size=None)
    network = make_stack([0], [0.5], np.float64, (2, 4, 2), "linear")
    records = trained(network, task, recipe, [0], learning_rate=0.2, momentum=0.5)
    part = task.parts["train"]
    _, [residual, other], *_ = np.linalg.lstsq(part.inputs, part.y)
    assert records["train_loss"][0, -1] == pytest.approx((residual + other) / part.y.size)
    spread = np.square(part.y - part.y.mean(axis=0)).sum()
    assert records["train_r2"][0, -1] == pytest.approx(1 - (residual + other) / spread)
    assert records["train_rmse"][0] == pytest.approx(np.sqrt(records["train_loss"][0, -1]))


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_ten_epochs_of_any_optimizer_decrease_a_convex_problem(
    optimizer, make_plane, make_stack, make_recipe, trained
):
    """One linear layer and a squared loss: the loss after ten epochs is below that of the start."""
    options = options_of(OPTIMIZERS[optimizer].rule)
    defaults = {name: option.default for name, option in options.items()}
    given = {**ALONE, **defaults, "learning_rate": 0.01}
    given["weight_decay"] = 0.0 if "weight_decay" in options else None
    recipe = make_recipe(epochs=10, optimizer=optimizer)
    network = make_stack([0, 1], [1.0], np.float64, (2, 2))
    loss = trained(network, make_plane(), recipe, [0, 1], **given)["train_loss"]
    assert (loss[:, -1] < loss[:, 0]).all()
