"""The engine of the lab page follows NumPy's: the same draws, data, batches and training."""

from itertools import islice

import numpy as np
import pytest

from initbench.curvature.measuring import SAMPLES, evenly_spaced, sharpness_of
from initbench.curvature.products import Linearization
from initbench.curvature.stability import stability_factor
from initbench.data import DATASETS, load_dataset, prepare
from initbench.initializers import INITIALIZERS, bind
from initbench.lab.page import ENGINE, RULES, SCHEMES
from initbench.nn import OPTIMIZERS, Architecture
from initbench.nn.activations import bind_activation
from initbench.nn.losses import loss_for
from initbench.report.html.document import join_scripts
from initbench.seeding import Stream, generator
from initbench.training.batches import Batches
from initbench.training.evaluation import evaluate, make_task
from initbench.training.initial_weights import initial_network
from initbench.training.layer_statistics import distinct_units, layer_statistics
from initbench.training.update import Update

pytestmark = pytest.mark.browser

STEPS = 200
BATCH, SEED = 32, 3

TRAIN = """
const { data, hidden, activation, optimizer, scheme, option, seed, rules } = arguments[0];
const { train, test, classes } = loadData(data, DATASETS[data].noise);
const network = new Network([2, ...hidden, classes === 2 ? 1 : classes], activation, optimizer);
network.initialize(scheme, option, seed);
const flat = () => network.layers.map((layer) => [...layer.values]);
const initial = flat();
const probe = { points: train.points.subarray(0, 2 * 128), labels: train.labels.subarray(0, 128) };
const before = network.measure(probe, rules);
const batches = batchOrder(train.labels.length, arguments[0].batchSize, seed);
for (let step = 0; step < arguments[0].steps; step++) {
  const { rows } = batches.next().value;
  const points = rows.flatMap((row) => [train.points[2 * row], train.points[2 * row + 1]]);
  const labels = Uint8Array.from(rows, (row) => train.labels[row]);
  network.train(Float64Array.from(points), labels, arguments[0].rate);
}
const [final, after] = [flat(), network.measure(probe, rules)];
return { initial, final, before, after, test: network.evaluate(test) };
"""


@pytest.fixture(scope="module")
def engine(driver, tmp_path_factory):
    """Return a function that evaluates a script beside the page's engine."""
    page = tmp_path_factory.mktemp("engine") / "engine.html"
    page.write_text(f"<!DOCTYPE html><script>{join_scripts(ENGINE)}</script>", "utf-8")

    def evaluate_script(script, *arguments):
        if driver.current_url != page.as_uri():
            driver.get(page.as_uri())
        return driver.execute_script(script, *arguments)

    return evaluate_script


def numpy_split(data, dtype):
    """Return a data set as an experiment prepares it by default."""
    return prepare(load_dataset(data), test_fraction=0.25, scaling="standard", seed=0, dtype=dtype)


def numpy_network(settings, dtype):
    """Return the data, the untrained network and the loss of a lane in the NumPy engine."""
    split = numpy_split(settings["data"], dtype)
    loss = loss_for(split.classes)
    samples = {"train": (split.X_train, split.y_train), "test": (split.X_test, split.y_test)}
    task = make_task(samples, split.classes, loss, dtype)
    outputs = 1 if split.classes == 2 else split.classes
    sizes = (2, *settings["hidden"], outputs)
    architecture = Architecture(sizes, bind_activation(settings["activation"]))
    options = {} if settings["option"] is None else {settings["optionName"]: settings["option"]}
    scheme = bind(settings["scheme"], **options)
    return task, initial_network(architecture, [scheme], [settings["seed"]], dtype), loss


def measured_samples(task):
    """Return the inputs and targets on which the package measures curvature."""
    part = task.parts["train"]
    rows = evenly_spaced(len(part.inputs), SAMPLES)
    return part.inputs[rows], part.targets[rows]


def train_numpy(settings, dtype):
    """Return what the NumPy engine gives for the settings of a lane."""
    task, network, loss = numpy_network(settings, dtype)
    found = {"initial": [layer[0].copy() for layer in network.layers]}
    found["before"] = layer_statistics(network, task, None)
    options = OPTIMIZERS[settings["optimizer"]].options
    values = {name: option.default for name, option in options.items()}
    values["learning_rate"] = settings["rate"]
    update = Update(
        network,
        settings["optimizer"],
        {name: np.array([value]) for name, value in values.items()},
        np.ones(settings["steps"]),
    )
    batches = Batches(
        task.parts["train"], settings["batchSize"], [settings["seed"]], np.zeros(1, np.intp)
    )
    steps = (batch for _ in iter(int, 1) for batch in batches.epoch())
    for step, (inputs, targets) in enumerate(islice(steps, settings["steps"]), 1):
        logits = network.forward(inputs, training=True)
        loss.gradient(logits, targets, deltas := network.deltas_for(logits))
        network.backward(deltas)
        update.apply(step)
    found["final"] = [layer[0].copy() for layer in network.layers]
    found["after"] = layer_statistics(network, task, None)
    found["distinct"] = [int(distinct_units(layer)[0]) for layer in network.layers[:-1]]
    found["test"] = [float(value[0]) for value in evaluate(network, task.parts["test"], loss)]
    return found


def settings_of(**changes):
    """Return the settings of a lane: two hidden layers of 16 ReLU units on two moons."""
    return {
        "data": "moons",
        "hidden": [16, 16],
        "activation": "relu",
        "optimizer": "sgd",
        "rate": 0.1,
        "scheme": "he",
        "option": None,
        "optionName": None,
        "seed": SEED,
        "batchSize": BATCH,
        "steps": STEPS,
        "rules": RULES,
        **changes,
    }


CASES = {
    **{
        f"scheme {name}": {"scheme": name}
        for name in ("zeros", "lecun", "glorot", "he", "orthogonal", "mirrored")
    },
    "scheme random": {"scheme": "random", "option": 0.5, "optionName": "std"},
    "scheme constant": {"scheme": "constant", "option": 0.3, "optionName": "value"},
    **{
        f"activation {name}": {"activation": name}
        for name in ("leaky_relu", "tanh", "sigmoid", "linear")
    },
    "optimizer momentum": {"optimizer": "momentum", "rate": 0.02},
    "optimizer adam": {"optimizer": "adam", "rate": 0.003},
    **{f"data {name}": {"data": name} for name in ("circles", "spirals", "xor", "blobs")},
    "full batches": {"batchSize": 450},
    "eight layers of 32": {"hidden": [32] * 8},
}


@pytest.mark.parametrize("case", CASES)
def test_training_agrees_with_numpy_in_double_precision(engine, case):
    """After 200 steps weights, loss, accuracy and statistics of layers agree to 1e-10."""
    settings = settings_of(**CASES[case])
    page, numpy = engine(TRAIN, settings), train_numpy(settings, np.float64)
    for name in ("initial", "final"):
        for ours, theirs in zip(page[name], numpy[name], strict=True):
            np.testing.assert_allclose(np.reshape(ours, theirs.shape), theirs, atol=1e-10)
    found = page["test"]["loss"], page["test"]["accuracy"]
    np.testing.assert_allclose(found, numpy["test"], atol=1e-10)
    assert [layer["distinct"] for layer in page["after"][:-1]] == numpy["distinct"]
    for when in ("before", "after"):
        statistics = numpy[when]
        signal = np.hypot(statistics["preactivation_mean"], statistics["preactivation_std"])
        for name, values in {
            "signal": signal,
            "gradient": statistics["delta_rms"],
            "dead": statistics["dead_fraction"],
            "saturated": statistics["saturated_fraction"],
        }.items():
            ours = [layer[name] for layer in page[when]]
            np.testing.assert_allclose(ours, values[0], rtol=1e-9, atol=1e-12, err_msg=name)


CURVATURE = """
const { data, hidden, activation, optimizer, scheme, option, seed, rules } = arguments[0];
const { train, classes } = loadData(data, DATASETS[data].noise);
const network = new Network([2, ...hidden, classes === 2 ? 1 : classes], activation, optimizer);
network.initialize(scheme, option, seed);
const part = evenlySpaced(train, rules.probed);
const random = new Generator(1, STREAM.probe);
const hessian = new Hessian(network, part);
const direction = hessian.gradient.map(() => random.normal());
return { gradient: [...hessian.gradient], product: [...hessian.product(direction)],
         sharpness: sharpness(network, part, rules) };
"""


@pytest.mark.parametrize("case", [case for case in CASES if not case.startswith(("opt", "full"))])
def test_curvature_is_that_of_numpy(engine, case):
    """Gradient and product with a vector to 1e-10, the largest eigenvalue to 1e-8."""
    settings = settings_of(**CASES[case])
    found = engine(CURVATURE, settings)
    task, network, loss = numpy_network(settings, np.float64)
    linear = Linearization(network, *measured_samples(task), loss)
    direction = generator(1, Stream.PROBE).standard_normal((1, network.parameters.shape[1]))
    np.testing.assert_allclose(found["gradient"], linear.gradient[0], rtol=1e-9, atol=1e-12)
    expected = linear.hessian_product(direction)[0]
    np.testing.assert_allclose(found["product"], expected, atol=1e-10 * max(1, abs(expected).max()))
    largest = float(sharpness_of(network, *measured_samples(task), loss)[0])
    assert found["sharpness"] == pytest.approx(largest, rel=1e-8)


def test_sharpness_of_a_signal_that_overflows_is_not_finite(engine):
    """The page then has no limit to show, as the package has none."""
    changes = {"scheme": "constant", "optionName": "value", "option": 1e200, "activation": "linear"}
    assert engine(CURVATURE, settings_of(**changes))["sharpness"] is None


@pytest.mark.parametrize("scheme", ["he", "orthogonal"])
def test_training_agrees_with_numpy_in_single_precision(engine, scheme):
    """The package trains in float32 unless told; after 200 steps weights agree to 1e-5."""
    settings = settings_of(scheme=scheme, activation="tanh")
    page, numpy = engine(TRAIN, settings), train_numpy(settings, np.float32)
    for ours, theirs in zip(page["final"], numpy["final"], strict=True):
        np.testing.assert_allclose(np.reshape(ours, theirs.shape), theirs, atol=1e-5)


@pytest.mark.parametrize("seed", [0, 7, 2**32 + 5, 2**53 - 1])
def test_random_numbers_are_those_of_numpy(engine, seed):
    """For small and large seeds: bits, uniform and normal numbers, and permutations."""
    script = """
    const [seed, key] = arguments;
    const [normals, uniforms, orders] = [1, 2, 3].map(() => new Generator(seed, ...key));
    return { normals: Array.from({ length: 20000 }, () => normals.normal()),
             uniforms: Array.from({ length: 100 }, () => uniforms.uniform()),
             orders: [orders.permutation(450), orders.permutation(450)] };
    """
    found = engine(script, seed, [Stream.WEIGHTS, 5])
    make = lambda: generator(seed, Stream.WEIGHTS, 5)  # noqa: E731  # a fresh one each time
    np.testing.assert_allclose(found["normals"], make().standard_normal(20000), rtol=1e-14)
    assert found["uniforms"] == make().uniform(size=100).tolist()
    rng = make()
    assert found["orders"] == [rng.permutation(450).tolist() for _ in range(2)]


@pytest.mark.parametrize("data", ["moons", "circles", "spirals", "xor", "blobs"])
def test_data_sets_are_those_of_the_package(engine, data):
    """Points, labels and split, scaled as for training."""
    script = """
    const { train, test } = loadData(arguments[0], DATASETS[arguments[0]].noise);
    return [train, test].map(({ points, labels }) => [[...points], [...labels]]);
    """
    split = numpy_split(data, np.float64)
    parts = (split.X_train, split.y_train), (split.X_test, split.y_test)
    for (points, labels), (X, y) in zip(engine(script, data), parts, strict=True):
        np.testing.assert_allclose(np.reshape(points, X.shape), X, atol=1e-12)
        assert labels == y.tolist()


def test_engine_offers_the_package_defaults(engine):
    """Noise, options of schemes and learning rates are the defaults of the package."""
    script = """
    const each = (entries, read) =>
      Object.fromEntries(Object.entries(entries).map(([name, entry]) => [name, read(entry)]));
    return {
      data: each(DATASETS, (entry) => [entry.option ?? "noise", entry.noise]),
      schemes: each(SCHEMES, (entry) => entry.option ?? null),
      rates: each(OPTIMIZERS, (entry) => entry.rate),
      stability: each(OPTIMIZERS, (entry) => entry.stability ?? null),
    };
    """
    found = engine(script)
    for name, (option, value) in found["data"].items():
        assert DATASETS[name].options[option].default == value
    for name, option in found["schemes"].items():
        assert name in INITIALIZERS
        if option is not None:
            assert INITIALIZERS[name].options[option["name"]].default == option["default"]
    assert set(found["schemes"]) == set(SCHEMES)
    assert found["rates"] == {
        name: OPTIMIZERS[name].options["learning_rate"].default for name in found["rates"]
    }
    for name, factor in found["stability"].items():
        options = {key: each.default for key, each in OPTIMIZERS[name].options.items()}
        assert factor == stability_factor(name, options)
