"""Initialize: what each kind of parameter gets, for every scheme, reproducibly and in place."""

import copy
import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.utils import parametrizations, parametrize

from initbench.errors import UsageError
from initbench.initializers import INITIALIZERS, Batch, bind, layers_of
from initbench.nn import LOSSES, Architecture, BoundLoss, StackedMLP, bind_activation
from initbench.nn.mlp import with_ones
from initbench.torch import initialize_
from tests.initializers.battery import required_of

pytestmark = pytest.mark.frameworks


def perceptron(sizes=(6, 16, 16, 4), activation=nn.ReLU):
    """Return a chain of linear layers."""
    layers = []
    for fan_in, fan_out in itertools.pairwise(sizes):
        layers += [nn.Linear(fan_in, fan_out), activation()]
    return nn.Sequential(*layers[:-1])


def state(model):
    """Return a copy of all parameters."""
    return {name: tensor.detach().clone() for name, tensor in model.named_parameters()}


def changed(before, model):
    """Return the names of the parameters that differ from a copy."""
    return {name for name, tensor in model.named_parameters() if not tensor.equal(before[name])}


PLAIN = [
    name for name, each in INITIALIZERS.items() if each.adapt is None and "path" not in each.options
]


def fitting(name):
    """Return an activation that a scheme is for."""
    wanted = (*INITIALIZERS[name].requires.activations, "relu")[0]
    module = {"relu": nn.ReLU, "tanh": nn.Tanh, "selu": nn.SELU, "sigmoid": nn.Sigmoid}.get(wanted)
    return wanted, module


@pytest.mark.parametrize("name", PLAIN)
def test_weights_of_linear_networks_are_those_of_the_numpy_engine(name):
    """To the last bit in float32, for every scheme of the catalogue that draws, biases included."""
    wanted, module = fitting(name)
    if module is None:

        class Module(nn.Module):
            def forward(self, x):
                return torch.sin(x)

        module = Module
    model = perceptron(activation=module)
    options = required_of(INITIALIZERS[name])
    initialize_(model, {"name": name, **options}, seed=5, activation=wanted, force=True)
    expected = bind(name, **options).draw(layers_of([6, 16, 16, 4], wanted), seed=5)
    for layer, (weights, biases) in zip(model[::2], expected, strict=True):
        assert np.array_equal(layer.weight.detach().numpy().T, weights.astype(np.float32))
        assert np.array_equal(layer.bias.detach().numpy(), biases.astype(np.float32))


class Backwards(nn.Module):
    """A perceptron whose layers are registered from the output to the input."""

    def __init__(self, size):
        super().__init__()
        self.last = nn.Linear(size, 4)
        self.middle = nn.Linear(size, size)
        self.first = nn.Linear(size, size)

    def forward(self, x):
        return self.last(torch.relu(self.middle(torch.relu(self.first(x)))))


def test_the_order_of_registration_does_not_matter():
    """A chain of linear layers has the streams of its data flow, even if all sizes are equal."""
    model = Backwards(8)
    report = initialize_(model, "he", seed=1)
    drawn = bind("he").draw(layers_of([8, 8, 8, 4], "relu"), seed=1)
    for layer, (weights, _) in zip((model.first, model.middle, model.last), drawn, strict=True):
        assert np.array_equal(layer.weight.detach().numpy().T, weights.astype(np.float32))
    assert (report.activation, report.is_assumed) == ("relu", False)


def test_a_parameter_name_determines_its_weights():
    """In other networks a weight depends on seed and name alone."""
    conv, head = nn.Conv2d(3, 8, 3), nn.Linear(8, 5)
    one = nn.ModuleDict({"conv": conv, "head": head})
    other = nn.ModuleDict(
        {"extra": nn.Conv2d(1, 1, 1), "head": nn.Linear(8, 5), "conv": nn.Conv2d(3, 8, 3)}
    )
    for model in (one, other):
        initialize_(model, "he", seed=2)
    assert one["conv"].weight.equal(other["conv"].weight)
    assert one["head"].weight.equal(other["head"].weight)
    before = state(one)
    initialize_(one, "he", seed=3)
    assert changed(before, one) == {"conv.weight", "head.weight"}
    initialize_(one, "he", seed=2)
    assert not changed(before, one)


def test_a_compiled_model_gets_the_same_weights():
    """It holds the model as ``_orig_mod``, which is no part of the names that streams go by."""
    model = nn.Sequential(nn.Conv1d(2, 4, 3), nn.Flatten(), nn.Linear(8, 2))
    inside = copy.deepcopy(model)
    initialize_(nn.ModuleDict({"_orig_mod": model}), "he", seed=4)
    initialize_(inside, "he", seed=4)
    assert all(a.equal(b) for a, b in zip(model.parameters(), inside.parameters(), strict=True))


MAPS = {
    # From a module to the inputs that one output sums, and the outputs that one input reaches.
    "conv1d": (nn.Conv1d(16, 24, 5), 80, 120),
    "conv2d": (nn.Conv2d(16, 24, 3), 144, 216),
    "conv3d": (nn.Conv3d(8, 16, 3), 216, 432),
    "grouped": (nn.Conv2d(32, 64, 3, groups=4), 72, 144),
    "depthwise": (nn.Conv2d(256, 256, 3, groups=256), 9, 9),
    "transposed": (nn.ConvTranspose2d(32, 16, 4, stride=2), 128, 256),
    "transposed, groups": (nn.ConvTranspose1d(32, 16, 4, stride=1, groups=2), 64, 32),
    "linear": (nn.Linear(100, 50), 100, 50),
    "bilinear": (nn.Bilinear(8, 9, 40), 72, 40),
    "embedding": (nn.Embedding(200, 32), 1, 32),
}


@pytest.mark.parametrize("kind", MAPS)
@pytest.mark.parametrize("scheme", ["he", "he_uniform", "glorot_normal", "glorot_uniform"])
def test_fans_count_connections(kind, scheme):
    """The mean square of the weights is that of the law, to five standard errors."""
    module, fan_in, fan_out = MAPS[kind]
    model = nn.ModuleList([module])
    [found, *_] = initialize_(model, scheme, seed=0).parameters
    assert (found.fan_in, found.fan_out) == (fan_in, fan_out)
    expected = 2.0 / fan_in if scheme.startswith("he") else 2.0 / (fan_in + fan_out)
    square = module.weight.detach().double().square()
    error = float(square.std()) / math.sqrt(square.numel())
    assert abs(float(square.mean()) - expected) < 5.0 * error


def test_a_transposed_convolution_sums_as_many_inputs_as_stated():
    """An output of all-one weights and inputs is the number of terms, in the middle."""
    layer = nn.ConvTranspose2d(6, 2, 4, stride=2, bias=False)
    [found] = initialize_(nn.ModuleList([layer]), "ones", seed=0).parameters
    made = layer(torch.ones(1, 6, 9, 9)).detach()
    assert float(made[0, 0, 8, 8]) == found.fan_in == 24


@pytest.mark.parametrize("dimensions", [1, 2, 3])
def test_orthogonal_convolutions_have_orthonormal_units(dimensions):
    """As torch.nn.init.orthogonal_ makes them: of the flattened kernel."""
    layer = getattr(nn, f"Conv{dimensions}d")(8, 12, 3)
    initialize_(nn.ModuleList([layer]), "orthogonal", seed=0)
    units = layer.weight.detach().flatten(1).double()
    assert torch.allclose(units @ units.T, torch.eye(12, dtype=torch.double), atol=1e-6)


def test_an_identity_passes_channels_through_a_convolution():
    """The identity stands at the centre of the kernel."""
    layer = nn.Conv2d(4, 4, 3, padding=1)
    initialize_(nn.ModuleList([layer]), "identity", seed=0)
    images = torch.randn(2, 4, 5, 5)
    assert torch.allclose(layer(images), images)


def test_the_projections_of_attention_are_drawn_one_by_one():
    """Each has the fans of its own matrix; the output projection too."""
    layer = nn.MultiheadAttention(64, 4)
    report = initialize_(nn.ModuleDict({"attention": layer}), "orthogonal", seed=0)
    for matrix in [*layer.in_proj_weight.detach().split(64), layer.out_proj.weight.detach()]:
        assert torch.allclose(matrix @ matrix.T, torch.eye(64), atol=1e-5)
    first, second, _ = layer.in_proj_weight.detach().split(64)
    assert not torch.allclose(first, second)
    found = {each.name: each for each in report.parameters}["attention.in_proj_weight"]
    assert (found.fan_in, found.fan_out, found.kind) == (64, 64, "attention")
    assert not layer.in_proj_bias.any()


def test_projections_of_different_sizes_have_their_own_fans():
    """Keys and values of other sizes are projected by separate parameters."""
    layer = nn.MultiheadAttention(16, 2, kdim=24, vdim=40)
    found = initialize_(nn.ModuleDict({"a": layer}), "he", seed=0).parameters
    fans = {each.name: each.fan_in for each in found if each.fan_in}
    assert fans == {
        "a.q_proj_weight": 16,
        "a.k_proj_weight": 24,
        "a.v_proj_weight": 40,
        "a.out_proj.weight": 16,
    }


def test_the_gates_of_recurrent_modules_are_drawn_one_by_one():
    """Each gate of the recurrent weights of an LSTM is orthogonal."""
    layer = nn.LSTM(12, 8)
    initialize_(nn.ModuleDict({"rnn": layer}), "orthogonal", seed=0)
    for gate in layer.weight_hh_l0.detach().split(8):
        assert torch.allclose(gate @ gate.T, torch.eye(8), atol=1e-5)


def test_normalizations_and_biases_start_as_their_sources_say():
    """Factors are one, shifts and biases zero, and running statistics fresh."""
    model = nn.Sequential(
        nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 8, 3), nn.GroupNorm(2, 8)
    )
    for parameter in model.parameters():
        nn.init.normal_(parameter)
    model(torch.randn(4, 3, 9, 9))
    initialize_(model, "he", seed=0)
    assert float(model[1].running_mean.abs().sum()) == 0.0
    assert model[1].num_batches_tracked == 0
    for norm in (model[1], model[4]):
        assert (norm.weight == 1.0).all()
        assert not norm.bias.any()
    assert not model[0].bias.any()


def test_biases_of_pytorch_s_own_layer_are_drawn():
    """torch:linear states U(±1 / sqrt(fan_in)) for the biases of any layer."""
    layer = nn.Conv2d(4, 500, 3)
    initialize_(nn.ModuleList([layer]), "torch:linear", seed=0)
    bound = 1.0 / math.sqrt(36)
    assert 0.9 * bound < float(layer.bias.detach().abs().max()) <= bound


def test_a_tied_weight_is_that_of_the_output_layer():
    """It is drawn once, with the fans of the linear layer, and stays tied."""
    model = nn.ModuleDict({"embed": nn.Embedding(50, 16), "head": nn.Linear(16, 50, bias=False)})
    model["head"].weight = model["embed"].weight
    [found] = initialize_(model, "lecun_normal", seed=0).parameters
    assert (found.kind, found.fan_in, found.fan_out) == ("linear", 16, 50)
    assert "embed.weight" in found.why
    assert model["head"].weight is model["embed"].weight


def test_the_row_of_padding_stays_zero():
    """An embedding's padding is no word."""
    table = nn.Embedding(10, 4, padding_idx=3)
    initialize_(nn.ModuleList([table]), "he", seed=0)
    assert not table.weight[3].any()
    assert table.weight[2].all()


def test_a_parametrized_weight_is_set_through_its_parametrization():
    """Weight normalization gives the drawn weight; spectral normalization scales it."""
    plain, normed = nn.Linear(8, 6), parametrizations.weight_norm(nn.Linear(8, 6))
    for layer in (plain, normed):
        initialize_(nn.ModuleDict({"a": layer}), "he", seed=0)
    assert torch.allclose(plain.weight, normed.weight, atol=1e-6)
    assert parametrize.is_parametrized(normed)


def test_a_parametrization_that_cannot_be_set_is_said_to_be_left_alone():
    """With its reason."""

    class Doubled(nn.Module):
        def forward(self, x):
            return 2.0 * x

    layer = nn.Linear(4, 4)
    parametrize.register_parametrization(layer, "weight", Doubled())
    report = initialize_(nn.ModuleDict({"a": layer}), "he", seed=0)
    found = {each.name: each for each in report.parameters}["a.weight"]
    assert found.is_left_alone
    assert "Doubled" in found.why


def test_lazy_modules_need_a_batch():
    """It gives them their shapes."""
    model = nn.Sequential(nn.LazyLinear(8), nn.ReLU(), nn.LazyLinear(2))
    with pytest.raises(UsageError, match="pass a batch"):
        initialize_(model, "he")
    initialize_(model, "he", seed=0, batch=torch.randn(3, 5))
    expected = bind("he").draw(layers_of([5, 8, 2], "relu"), seed=0)
    assert np.array_equal(model[0].weight.detach().numpy().T, np.float32(expected[0][0]))


def test_tensors_without_data_are_refused():
    """With the call that gives them data."""
    with pytest.raises(UsageError, match="to_empty"):
        initialize_(nn.Linear(2, 2, device="meta"), "he")


@pytest.mark.parametrize("dtype", [torch.float64, torch.float16, torch.bfloat16])
def test_weights_are_rounded_to_the_type_of_the_parameter(dtype):
    """From one draw in double precision."""
    model = perceptron().to(dtype)
    initialize_(model, "he", seed=0)
    drawn = bind("he").draw(layers_of([6, 16, 16, 4], "relu"), seed=0)[0][0]
    assert model[0].weight.equal(torch.from_numpy(drawn.T.copy()).to(dtype))
    assert model[0].weight.dtype is dtype


def test_gradients_stay_as_they_are_and_no_history_is_kept():
    """Weights are changed in place, and are still leaves that require gradients."""
    model = perceptron()
    model(torch.randn(3, 6)).sum().backward()
    gradient, same = model[0].weight.grad.clone(), model[0].weight
    initialize_(model, "he", seed=0)
    assert model[0].weight is same
    assert same.is_leaf
    assert same.requires_grad
    assert same.grad.equal(gradient)


def test_frozen_and_unknown_parameters_are_left_alone():
    """And said to be, with the reason."""

    class Tokens(nn.Module):
        def __init__(self):
            super().__init__()
            self.tokens = nn.Parameter(torch.randn(3, 4))
            self.linear = nn.Linear(4, 4)
            self.frozen = nn.Linear(4, 4)

    model = Tokens()
    model.frozen.requires_grad_(requires_grad=False)
    before = state(model)
    report = initialize_(model, "he", seed=0)
    assert changed(before, model) == {"linear.weight", "linear.bias"}
    assert set(report.left_alone) == {"tokens", "frozen.weight", "frozen.bias"}
    assert "use overrides" in str(report)
    report = initialize_(model, "he", seed=0, overrides={"tok*": {"name": "normal", "std": 0.02}})
    assert float(model.tokens.detach().std()) < 0.05
    assert "tokens" not in report.left_alone


def test_overrides_go_by_name_and_the_first_that_matches():
    """None leaves a parameter alone; a pattern without a parameter is an error."""
    model = perceptron()
    before = state(model)
    overrides = {"4.*": "zeros", "2.weight": None, "*.weight": "ones"}
    initialize_(model, "he", seed=0, overrides=overrides)
    assert not model[4].weight.any()
    assert model[2].weight.equal(before["2.weight"])
    assert (model[0].weight == 1.0).all()
    with pytest.raises(UsageError, match="matches no parameter"):
        initialize_(model, "he", overrides={"head.*": "zeros"})


class Block(nn.Module):
    """A residual block of two layers, with a learned factor."""

    def __init__(self, width):
        super().__init__()
        self.one, self.two = nn.Linear(width, width), nn.Linear(width, width)
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x):
        return x + self.scale * self.two(torch.relu(self.one(torch.relu(x))))


class Residual(nn.Module):
    """Residual blocks between two linear layers."""

    def __init__(self, width=32, blocks=4):
        super().__init__()
        self.stem = nn.Linear(8, width)
        self.blocks = nn.ModuleList([Block(width) for _ in range(blocks)])
        self.head = nn.Linear(width, 3)

    def forward(self, x):
        x = self.stem(x)
        for block in self.blocks:
            x = block(x)
        return self.head(torch.relu(x))


@pytest.mark.parametrize("told", [{"batch": torch.randn(4, 8)}, {"branches": ["blocks.?"]}])
def test_fixup_finds_residual_branches_or_takes_patterns(told):
    """The last layer of each branch and the head are zero, the first L^(-1/2) of He's."""
    model = Residual()
    report = initialize_(model, "fixup", seed=0, **told)
    assert report.branches == tuple((f"blocks.{k}.one", f"blocks.{k}.two") for k in range(4))
    assert not model.head.weight.any()
    assert not model.blocks[2].two.weight.any()
    std = float(model.blocks[1].one.weight.detach().std())
    assert abs(std / math.sqrt(2.0 / 32 / 4) - 1.0) < 5.0 / math.sqrt(2 * 32 * 32)


def test_rezero_takes_patterns_of_the_learned_factors():
    """They start at zero."""
    model = Residual()
    batch = torch.randn(4, 8)
    with pytest.raises(UsageError, match="branch_scales"):
        initialize_(model, "rezero", batch=batch)
    initialize_(model, "rezero", batch=batch, branch_scales="blocks.*.scale")
    assert all(float(block.scale.detach()) == 0.0 for block in model.blocks)


@pytest.mark.parametrize(
    ("scheme", "model", "said"),
    [
        ("fixup", perceptron(), "no residual branches"),
        ("looks_linear", perceptron(activation=nn.Tanh), "networks of relu"),
        (
            "sinusoidal",
            nn.ModuleList([nn.Conv2d(3, 8, 3)]),
            "no meaning for the kernel of 0.weight",
        ),
        ("lsuv", perceptron(), "pass a batch"),
        ("hee", perceptron(), "Did you mean"),
    ],
)
def test_a_scheme_that_cannot_apply_says_so_and_changes_nothing(scheme, model, said):
    """Before any parameter is touched."""
    before = state(model)
    with pytest.raises(UsageError, match=said):
        initialize_(model, scheme)
    assert not changed(before, model)


@pytest.mark.parametrize(
    ("model", "said"),
    [
        (3, "model must be a torch.nn.Module, not int"),
        (None, "model must be a torch.nn.Module, not NoneType"),
        ("net", "model must be a torch.nn.Module, not str"),
        (nn.Linear, "model must be a torch.nn.Module, not the class Linear"),
        (perceptron, "model must be a torch.nn.Module, not function"),
        (nn.Linear(2, 3).state_dict(), "model must be a torch.nn.Module, not OrderedDict"),
        (nn.ReLU(), "the model has no parameters"),
        (nn.Sequential(), "the model has no parameters"),
    ],
)
def test_what_is_no_model_is_refused(model, said):
    """With a `UsageError` that says what was expected."""
    with pytest.raises(UsageError, match=said):
        initialize_(model)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scheme": ["he"]}, r"unknown initializer \['he'\]"),
        ({"overrides": "head.*"}, "overrides must be a mapping from patterns to schemes"),
        ({"branches": "blocks.*"}, "branches must be a list of patterns, not 'blocks"),
    ],
)
def test_invalid_arguments_are_refused(options, said):
    """Letters of a text are no patterns."""
    with pytest.raises(UsageError, match=said):
        initialize_(perceptron(), **options)


def test_groups_are_made_for_a_model_and_a_known_optimizer():
    """With a `UsageError` otherwise."""
    model = perceptron()
    report = initialize_(model)
    with pytest.raises(UsageError, match="not float"):
        report.parameter_groups(0.1, model)
    with pytest.raises(UsageError, match="optimizer must be one of sgd, adam, not 'adamw'"):
        report.parameter_groups(model, 0.1, "adamw")


@pytest.mark.parametrize("bias", [True, False])
def test_lsuv_gives_every_layer_outputs_of_variance_one(bias):
    """In convolutions, attention and linear layers alike."""

    class Mixed(nn.Module):
        def __init__(self):
            super().__init__()
            self.conv = nn.Conv1d(3, 16, 3, padding=1, bias=bias)
            self.attention = nn.MultiheadAttention(16, 2, batch_first=True, bias=bias)
            self.head = nn.Linear(16, 4, bias=bias)

        def forward(self, x):
            x = torch.relu(self.conv(x)).mT
            return self.head(x + self.attention(x, x, x)[0])

    model, batch = Mixed(), 3.0 * torch.randn(32, 3, 10)
    initialize_(model, "lsuv", seed=0, batch=batch)
    made = {}
    for name in ("conv", "head", "attention"):
        module = getattr(model, name)
        module.register_forward_hook(lambda _m, i, out, name=name: made.update({name: (i, out)}))
    with torch.no_grad():
        model(batch)
    inputs, outputs = made["attention"]
    projections = model.attention.in_proj_weight.detach().chunk(3)
    for found in (
        made["conv"][1],
        made["head"][1],
        outputs[0],
        *(inputs[0] @ each.T for each in projections),
    ):
        assert abs(float(found.var(correction=0)) - 1.0) < 0.03


@pytest.mark.parametrize("variance", [0.25, 2.0])
def test_lsuv_divides_by_the_standard_deviation_of_the_outputs(variance):
    """That of an orthogonal layer's outputs is that of its inputs, which are uncorrelated."""
    signs = torch.tensor(list(itertools.product((-1.0, 1.0), repeat=4)))
    model = nn.Linear(4, 4, bias=False)
    initialize_(model, "lsuv", seed=0, batch=variance**0.5 * signs)
    lengths = model.weight.detach().norm(dim=1)
    np.testing.assert_allclose(lengths, np.full(4, variance**-0.5), rtol=1e-5)


def adapted_by_numpy(name, sizes, inputs, labels, seed, **options):
    """Return the weights that the NumPy engine adapts to these samples, in double precision."""
    scheme = bind(name, **options)
    architecture = Architecture(sizes, bind_activation("relu"))
    network = StackedMLP(architecture, runs=1, dtype=np.float64)
    network.set_weights(0, scheme.draw(layers_of(sizes, "relu"), seed))
    targets = np.eye(sizes[-1])[labels].T[np.newaxis, np.newaxis]
    loss = BoundLoss(LOSSES["softmax_cross_entropy"], {})
    batch = Batch(with_ones(inputs, np.float64)[np.newaxis], targets, loss, (seed,))
    scheme.adapt(network, batch)
    return network.weights(0)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("lsuv", {}),
        ("krahenbuhl", {}),
        ("metainit", {"steps": 8}),
        ("gradinit", {"steps": 8}),
        ("gradinit", {"steps": 8, "gamma": 100.0}),
    ],
)
def test_data_driven_schemes_agree_with_the_numpy_engine(name, options):
    """On a perceptron, with the same samples, to the rounding of differences of gradients."""
    sizes, rng = (6, 16, 12, 4), np.random.default_rng(0)
    inputs, labels = rng.standard_normal((64, 6)), rng.integers(0, 4, 64)
    model = perceptron(sizes).double()
    batch = (torch.from_numpy(inputs), torch.from_numpy(labels))
    initialize_(model, {"name": name, **options}, seed=3, batch=batch)
    expected = adapted_by_numpy(name, sizes, inputs, labels, 3, **options)
    for layer, (weights, biases) in zip(model[::2], expected, strict=True):
        np.testing.assert_allclose(layer.weight.detach().numpy().T, weights, rtol=1e-6, atol=1e-9)
        np.testing.assert_allclose(layer.bias.detach().numpy(), biases, rtol=1e-6, atol=1e-9)


def test_the_scheme_s_own_learning_rates_are_groups_for_an_optimizer():
    """As the table of muP has them for gradient descent: fan_out, 1 and 1 / fan_in."""
    model = perceptron((6, 16, 16, 4))
    report = initialize_(model, "mup", seed=0)
    groups = report.parameter_groups(model, 0.1)
    torch.optim.SGD(groups)
    rate = {id(p): group["lr"] for group in groups for p in group["params"]}
    assert rate[id(model[0].weight)] == pytest.approx(1.6)
    assert rate[id(model[2].weight)] == pytest.approx(0.1)
    assert rate[id(model[4].weight)] == pytest.approx(0.1 / 16)
    assert sum(len(group["params"]) for group in groups) == 6


def test_a_custom_scheme_is_a_function():
    """As everywhere."""

    def own(_rng, layer):
        return np.full(layer.shape, 0.5)

    model = nn.Sequential(nn.Conv2d(2, 3, 3))
    initialize_(model, own)
    assert (model[0].weight == 0.5).all()
