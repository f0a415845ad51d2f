"""Options for the batch of a PyTorch model: shapes of random inputs, or a batch in a file."""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final, TypeVar

import click

if TYPE_CHECKING:
    from initbench.torch.passes import Batch

F = TypeVar("F", bound=Callable[..., Any])

_OPTIONS: Final = (
    click.option(
        "--input",
        "inputs",
        metavar="SHAPE",
        multiple=True,
        help="Shape of a random input of MODEL, such as 32x3x32x32, or 8x16:1000 for integers below"
        " 1000; with a name, ids=8x16:1000; repeatable.",
    ),
    click.option(
        "--batch",
        metavar="FILE:NAME",
        help="Instead of --input, a batch (inputs, target) or a function that returns it.",
    ),
    click.option(
        "--loss",
        type=click.Choice(["cross_entropy", "binary_cross_entropy", "mse"]),
        help="Loss of MODEL.  [default: by the target]",
    ),
    click.option(
        "--classes",
        metavar="K",
        type=click.IntRange(min=2),
        help="Number of classes of random targets.  [default: the outputs of MODEL]",
    ),
)


def BATCHES(function: F) -> F:  # noqa: N802  # as PLUGINS, an option that several commands have
    """Add the options for a batch to a command."""
    decorated: Any = function
    for option in reversed(_OPTIONS):
        decorated = option(decorated)
    result: F = decorated
    return result


def batch_for(
    model: Any,
    inputs: Sequence[str],
    batch: str | None,
    loss: str | None,
    classes: int | None,
) -> "Batch":
    """Return the batch that the options describe."""
    from initbench.torch.loading import batch_of_shapes, load_batch

    if bool(inputs) == (batch is not None):
        raise click.UsageError("MODEL needs either --input or --batch.")
    if batch is not None:
        return load_batch(batch)
    return batch_of_shapes(model, inputs, classes=classes, loss=loss)
