"""An initialization: a scheme with its options, which draws the weights of a whole network.

Layer l of seed s is always drawn from the stream that belongs to (s, l), so two schemes that scale
a normal draw scale the same draw, and what one scheme takes from a stream moves no other.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import isfinite
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from initbench.arrays import FloatArray
from initbench.errors import SchemeError, UsageError
from initbench.initializers.adapting import Batch, Passes
from initbench.initializers.biases import bias_of, shared_options
from initbench.initializers.catalogue import INITIALIZERS
from initbench.initializers.entry import Bias, Initializer, OptimizerFamily, Parameters
from initbench.initializers.laws import Distribution, Law, constant, standard_law
from initbench.initializers.layers import LayerSpec
from initbench.initializers.own import Draw, as_initializer, guarded
from initbench.initializers.spellings import Spellings
from initbench.nn import BoundActivation
from initbench.options import OptionError, OptionValue, bind_options
from initbench.seeding import Stream, generator

if TYPE_CHECKING:
    from initbench.nn import StackedMLP
    from initbench.theory import WideLayer


@dataclass(frozen=True)
class Initialization:
    """A scheme and all of its options; made by `bind`.

    Attributes
    ----------
    initializer : Initializer
    options : mapping of str to value
        All options of the initializer, and those of `biases.SHARED` that were given.
    """

    initializer: Initializer
    options: Mapping[str, OptionValue]

    @property
    def shared_options(self) -> dict[str, OptionValue]:
        """The options that any scheme takes, where they were given."""
        own = self.initializer.options
        return {name: value for name, value in self.options.items() if name not in own}

    @property
    def changed_options(self) -> dict[str, OptionValue]:
        """The options that are not at their defaults, shared ones included."""
        known = self.initializer.options
        return {
            name: value
            for name, value in self.options.items()
            if name not in known or value != known[name].default
        }

    @property
    def bias(self) -> Bias | None:
        """How biases start; None where at zero."""
        given = self.shared_options.get("bias")
        return self.initializer.bias if given is None else bias_of(given)

    @property
    def is_of_the_catalogue(self) -> bool:
        """Whether the scheme is one of the catalogue."""
        return INITIALIZERS.is_listed(self.initializer)

    @property
    def draw_options(self) -> dict[str, OptionValue]:
        """Those of the options that drawing takes; laws are functions of them."""
        return {name: self.options[name] for name in self.initializer.draw_options}

    @property
    def spellings(self) -> Spellings:
        """The initializers of frameworks that draw weights from the same law, by framework."""
        if self.shared_options:
            return {}  # they belong to biases or to one layer, and not to every weight
        return self.initializer.spellings(**self.draw_options)

    @property
    def states_law(self) -> bool:
        """Whether the scheme says anything of what it draws."""
        return self.initializer.variance is not None

    def for_activation(self, activation: BoundActivation) -> "Initialization":
        """Return the scheme with the options that follow those of the network's activation.

        An option that is set to another value than its default stays.
        """
        followed = {
            option: activation.options[theirs]
            for option, (name, theirs) in self.initializer.follows.items()
            if name == activation.name
            and self.options[option] == self.initializer.options[option].default
        }
        return replace(self, options={**self.options, **followed})

    def options_for(self, layer: LayerSpec) -> dict[str, OptionValue]:
        """Return the options with which a layer is drawn; laws are functions of them."""
        if not self.initializer.follows:
            return self.draw_options
        return self.for_activation(layer.bound_activation).draw_options

    def revision(self, activation: BoundActivation) -> int:
        """Return the version of what the scheme draws for this activation; 0 is the first."""
        if self.for_activation(activation).options != self.options:
            return 1  # options have followed the activation since that version
        return self.initializer.revision(activation, **self.draw_options)

    def distribution(self, layer: LayerSpec) -> Distribution:
        """Return the family of the law that a drawn entry of `layer` obeys."""
        if self._is_zeroed(layer):
            return "constant"
        stated = self.initializer.distribution
        return stated if isinstance(stated, str) else stated(layer, **self.options_for(layer))

    def mean(self, layer: LayerSpec) -> float:
        """Return the mean that the scheme states for a drawn entry of `layer`."""
        if self._is_zeroed(layer):
            return 0.0
        return self.initializer.mean(layer, **self.options_for(layer))

    def variance(self, layer: LayerSpec) -> float:
        """Return the variance that the scheme states for a drawn entry of `layer`.

        Raises
        ------
        UsageError
            It states none.
        """
        if self.initializer.variance is None:
            raise UsageError(
                f"initializer {self.initializer.name!r} states no law: give it a variance and a"
                " distribution"
            )
        if self._is_zeroed(layer):
            return 0.0
        return self.initializer.variance(layer, **self.options_for(layer))

    @np.errstate(over="ignore", invalid="ignore")  # refused below
    def law(self, layer: LayerSpec) -> Law | None:
        """Return the law of a drawn entry picked at random, or None where there is none stated.

        Raises
        ------
        UsageError
            The square of its variance, which tests of the law use, is too large or too small.
        """
        if self._is_zeroed(layer):
            return constant(0.0)
        if self.initializer.law is None and not self.states_law:
            return None
        try:
            if self.initializer.law is not None:
                law = self.initializer.law(layer, **self.options_for(layer))
            else:
                moments = self.mean(layer), self.variance(layer)
                law = standard_law(self.distribution(layer), *moments, layer.shape)
            if law is None or (
                isfinite((law.mean**2 + law.variance) ** 2)
                and (law.variance == 0.0 or law.variance**2 > 0.0)
            ):
                return law
        except OverflowError:
            pass
        raise UsageError(
            f"initializer {self.initializer.name!r} with these options draws numbers that are too"
            " large or too small to compute the moments of their law"
        )

    def bias_law(self, layer: LayerSpec) -> Law:
        """Return the law of a bias of `layer`."""
        bias = self.bias
        if bias is None:
            return constant(0.0)
        if bias.law is not None:
            return bias.law(layer, **self.options_for(layer))
        law = standard_law(bias.distribution, *self.bias_moments(layer), (1, layer.fan_out))
        if law is None:
            raise TypeError(f"{self.initializer.name!r} has to state the law of its biases")
        return law

    def bias_moments(self, layer: LayerSpec) -> tuple[float, float]:
        """Return mean and variance of a bias of `layer`, without the law where that can be."""
        bias = self.bias
        if bias is None:
            return 0.0, 0.0
        if bias.law is not None:
            law = bias.law(layer, **self.options_for(layer))
            return law.mean, law.variance
        return bias.mean(layer, **self.options_for(layer)), bias.variance(
            layer, **self.options_for(layer)
        )

    def learning_rate_factor(
        self, layer: LayerSpec, optimizer: OptimizerFamily, part: Parameters = "weights"
    ) -> float:
        """Return what the scheme multiplies the learning rate of a layer's parameters by.

        Raises
        ------
        UsageError
            The scheme has learning rates, and none for this family of optimizers.
        """
        return self.initializer.learning_rate_factor(
            layer, optimizer, part, **self.options_for(layer)
        )

    def check(self, layers: Sequence[LayerSpec], *, force: bool = False) -> None:
        """See that the network is one that the scheme is for.

        Raises
        ------
        UsageError
            It is not, and `force` is not given; or the scheme of the catalogue has no law for one
            of its layers, as `critical` where the activation has no stable critical point.
        """
        requires = self.initializer.requires
        if not force and (missing := requires.missing(layers)):
            raise UsageError(
                f"initializer {self.initializer.name!r} is for {missing}: {requires.why}. Say"
                " 'force: true' to use it anyway"
            )
        if self.is_of_the_catalogue and self.states_law and not force:
            for layer in layers:
                if self.variance(layer) == self.mean(layer) == 0.0 and layer.weight_norm:
                    raise UsageError(
                        f"initializer {self.initializer.name!r} starts layer {layer.index + 1} at"
                        " zero, and weight normalization divides by the length of a unit's weights:"
                        " use another scheme or normalization"
                    )

    def draw(self, layers: Sequence[LayerSpec], seed: int) -> list[tuple[FloatArray, FloatArray]]:
        """Draw the initial weights and biases of a network.

        Returns
        -------
        list of (W (fan_in, fan_out), b (fan_out,))
            In float64.

        Raises
        ------
        SchemeError
            The scheme drew another shape, or numbers that are not finite; or it is user-defined,
            and fails, or draws from a generator of the whole process.
        """
        return [self.draw_layer(layer, seed, (layer.index,)) for layer in layers]

    def draw_layer(
        self, layer: LayerSpec, seed: int, key: tuple[int, ...]
    ) -> tuple[FloatArray, FloatArray]:
        """Draw the weights (fan_in, fan_out) and biases (fan_out,) of one layer.

        Parameters
        ----------
        layer : LayerSpec
        seed : int
        key : tuple of int
            What tells the random stream of this layer from others of the same seed; the index of
            the layer in the networks of this package.

        Raises
        ------
        SchemeError
            As `draw`.
        """
        initializer = self.initializer
        weights = self._call(initializer.draw, layer, generator(seed, Stream.WEIGHTS, *key))
        if initializer.draws_bias:
            self._check_drawn(
                weights, "weights and biases", (layer.fan_in + 1, layer.fan_out), layer
            )
            weights, biases = weights[:-1], weights[-1]
        else:
            self._check_drawn(weights, "weights", layer.shape, layer)
            biases = np.zeros(layer.fan_out)
        if self._is_zeroed(layer):
            weights = np.zeros(layer.shape)
        bias = self.bias
        if bias is None or (initializer.draws_bias and bias is initializer.bias):
            return weights, biases
        rng = generator(seed, Stream.BIASES, *key)
        biases = self._call(bias.draw, layer, rng)
        self._check_drawn(biases, "biases", (layer.fan_out,), layer)
        return weights, biases

    def adapt(self, network: "StackedMLP", batch: Batch) -> Passes:
        """Change the weights of a stack that were drawn, and return what that took.

        Parameters
        ----------
        network : StackedMLP
            S runs of this scheme in float64, one a seed.
        batch : Batch

        Raises
        ------
        SchemeError
            The scheme is user-defined, and fails.
        TypeError
            The scheme only draws.
        """
        adapt = self.initializer.adapt
        if adapt is None:
            raise TypeError(f"{self.initializer.name!r} only draws")
        options = {name: self.options[name] for name in self.initializer.adapt_options}
        if self.is_of_the_catalogue:
            return adapt(network, batch, **options)
        with guarded(self.initializer.name, "adapting"):
            passes = adapt(network, batch, **options)
        if not isinstance(passes, Passes):
            raise SchemeError(
                f"initializer {self.initializer.name!r} must return Passes from adapting, not"
                f" {passes!r}"
            )
        return passes

    def _call(
        self, draw: Callable[..., FloatArray], layer: LayerSpec, rng: np.random.Generator
    ) -> FloatArray:
        with np.errstate(all="ignore"):  # the check for finite weights says it better
            if self.is_of_the_catalogue:
                return np.asarray(draw(rng, layer, **self.options_for(layer)), np.float64)
            with guarded(self.initializer.name, f"drawing {layer.fan_in} × {layer.fan_out}"):
                drawn = np.asarray(draw(rng, layer, **self.options_for(layer)))
                if drawn.dtype.kind not in "biuf":
                    raise TypeError(f"it drew {drawn.dtype} numbers; weights are real")
                return drawn.astype(np.float64, copy=False)

    def _is_zeroed(self, layer: LayerSpec) -> bool:
        return layer.is_last and bool(self.shared_options.get("zero_output"))

    def _check_drawn(
        self, drawn: FloatArray, what: str, shape: tuple[int, ...], layer: LayerSpec
    ) -> None:
        if drawn.shape != shape:
            raise SchemeError(
                f"initializer {self.initializer.name!r} drew {what} of shape {drawn.shape} for a"
                f" layer that takes {shape}; weights are (fan_in, fan_out)"
            )
        if not np.isfinite(drawn).all():
            raise SchemeError(
                f"initializer {self.initializer.name!r} drew NaN or infinite {what}"
                f" for layer {layer.index}, {layer.fan_in} × {layer.fan_out}"
            )


def bind(initializer: str | Initializer | Draw, /, **options: Any) -> Initialization:
    """Return a scheme with its options, those that are not given at their defaults.

    Parameters
    ----------
    initializer : str, Initializer or callable
        A name or alias of the catalogue, a user-defined scheme, or a function that draws a layer.
    **options
        As the scheme's functions take them.

    Raises
    ------
    UsageError
        There is no such scheme, or it does not take these options.

    Examples
    --------
    >>> bind("random", std=10).options
    {'std': 10.0}
    """
    if isinstance(initializer, Initializer) or callable(initializer):
        entry = as_initializer(initializer)
    else:
        entry = INITIALIZERS[initializer]
    shared = shared_options(set(entry.options))
    given = {name: option for name, option in shared.items() if name in options}
    try:
        bound = bind_options({**entry.options, **given}, options)
    except OptionError as error:
        raise UsageError(f"initializer {entry.name!r}: {error}") from None
    if not bound.get("zero_output", True):
        del bound["zero_output"]
    return Initialization(entry, bound)


_SPREAD_OUT: Final[frozenset[Distribution]] = frozenset(
    {"normal", "uniform", "truncated_normal", "orthogonal", "unit_norm", "mixture"}
)
"""Laws under which a unit sums many inputs with weights of its own, so that it becomes normal."""


def wide_layers(scheme: Initialization, layers: Sequence[LayerSpec]) -> "list[WideLayer] | None":
    """Return a network's layers as mean-field theory sees them.

    Returns
    -------
    list of WideLayer, or None
        Where theory has nothing to say of the scheme: weights or biases have a mean, weights are
        copies of one another or not random at all, or they look at data, or no law is stated.
    """
    from initbench.theory import WideLayer

    if scheme.initializer.adapt is not None or not scheme.states_law:
        return None
    found = []
    for layer in layers:
        bias_mean, bias_variance = scheme.bias_moments(layer)
        is_zero = scheme.variance(layer) == 0.0
        if bias_mean != 0.0 or scheme.mean(layer) != 0.0:
            return None
        if not is_zero and scheme.distribution(layer) not in _SPREAD_OUT:
            return None
        found.append(
            WideLayer(
                layer.fan_in,
                layer.fan_out,
                weight_variance=scheme.variance(layer),
                bias_variance=bias_variance,
            )
        )
    return found
