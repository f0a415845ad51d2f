"""Custom schemes: an initializer made from a function and its docstring."""

import inspect
from collections.abc import Callable
from typing import Any, overload

from initbench.arrays import FloatArray
from initbench.errors import UsageError
from initbench.initializers.entry import Initializer

Draw = Callable[..., FloatArray]


@overload
def scheme(draw: Draw, /) -> Initializer: ...


@overload
def scheme(**fields: Any) -> Callable[[Draw], Initializer]: ...


def scheme(
    draw: Draw | None = None, /, **fields: Any
) -> Initializer | Callable[[Draw], Initializer]:
    """Make an initializer of a function that draws one layer; a decorator.

    The name is the function's, the summary the first line of its docstring, and its keyword-only
    parameters are the options.

    Parameters
    ----------
    draw : callable (rng, layer, *, options…) -> ndarray of shape (fan_in, fan_out)
    **fields
        Of `Initializer`, such as ``variance``, ``distribution`` and ``formula``. Without a
        variance, the scheme states no law.

    Raises
    ------
    UsageError
        The function has no name, draws with other arguments, or has options without a type.

    Examples
    --------
    >>> import numpy as np
    >>> @scheme
    ... def sixteenth(rng, layer):
    ...     '''A sixteenth of the inputs at random.'''
    ...     return 4.0 * rng.standard_normal(layer.shape) / np.sqrt(layer.fan_in)
    >>> sixteenth.name, sixteenth.summary
    ('sixteenth', 'A sixteenth of the inputs at random.')
    """
    if draw is None:
        return lambda function: _entry(function, fields)
    return _entry(draw, fields)


def as_initializer(given: Initializer | Draw) -> Initializer:
    """Return an initializer unchanged, or make one of a function."""
    return given if isinstance(given, Initializer) else _entry(given, {})


def _entry(draw: Draw, fields: dict[str, Any]) -> Initializer:
    name = fields.get("name", getattr(draw, "__name__", ""))
    if not isinstance(name, str) or not name.isidentifier():
        raise UsageError(f"a scheme needs a name: define {draw!r} with def, or give it one")
    _check_signature(name, draw)
    documented = (inspect.getdoc(draw) or "").partition("\n")[0]
    summary = documented or "a scheme of one's own"
    try:
        return Initializer(**{"name": name, "draw": draw, "summary": summary, **fields})
    except TypeError as error:
        raise UsageError(f"scheme {name!r}: {error}") from None


def _check_signature(name: str, draw: Draw) -> None:
    try:
        inspect.signature(draw).bind(None, None)
    except (TypeError, ValueError):
        raise UsageError(
            f"scheme {name!r} must be a function (rng, layer, *, options with defaults)"
        ) from None
