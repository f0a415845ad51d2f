"""The catalogue: every scheme that a config can name."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from initbench.initializers.activation_aware import ACTIVATION_AWARE
from initbench.initializers.classic import CLASSIC
from initbench.initializers.constant import CONSTANT
from initbench.initializers.data_driven import DATA_DRIVEN
from initbench.initializers.dialects.jax import JAX
from initbench.initializers.dialects.keras import KERAS
from initbench.initializers.dialects.mxnet import MXNET
from initbench.initializers.dialects.playground import PLAYGROUND
from initbench.initializers.dialects.sklearn import SKLEARN
from initbench.initializers.dialects.torch import TORCH
from initbench.initializers.entry import Initializer
from initbench.initializers.gradient_driven import GRADIENT_DRIVEN
from initbench.initializers.mean_field import MEAN_FIELD
from initbench.initializers.orthogonal import ORTHOGONAL
from initbench.initializers.patterns import PATTERNS
from initbench.initializers.rectifiers import RECTIFIERS
from initbench.initializers.registering import InitializerRegistry
from initbench.initializers.residual import RESIDUAL
from initbench.initializers.scaling import SCALING
from initbench.initializers.sparse import SPARSE
from initbench.initializers.spellings import SPELLINGS, no_spellings
from initbench.initializers.unscaled import UNSCALED
from initbench.initializers.weightfiles import FROM_FILES
from initbench.initializers.width import WIDTH

FAMILIES: Final[Mapping[str, tuple[Initializer, ...]]] = {
    "Constant": CONSTANT,
    "One size for all layers": UNSCALED,
    "Scaled by fans": SCALING,
    "Orthogonal": ORTHOGONAL,
    "Sparse": SPARSE,
    "Classic": CLASSIC,
    "For one activation": ACTIVATION_AWARE,
    "For rectifiers": RECTIFIERS,
    "Mean-field theory": MEAN_FIELD,
    "Deterministic patterns": PATTERNS,
    "Residual networks": RESIDUAL,
    "Width and learning rate": WIDTH,
    "Adapted to data": DATA_DRIVEN,
    "Adapted to gradients": GRADIENT_DRIVEN,
    "Given weights": FROM_FILES,
    "PyTorch": TORCH,
    "Keras": KERAS,
    "JAX and Flax": JAX,
    "scikit-learn": SKLEARN,
    "MXNet": MXNET,
    "TensorFlow Playground": PLAYGROUND,
}
"""Title and table of each family, in the order in which they are listed."""

INITIALIZERS: Final = InitializerRegistry(
    "initializer",
    [
        replace(entry, family=family, spellings=SPELLINGS.get(entry.name, no_spellings))
        for family, table in FAMILIES.items()
        for entry in table
    ],
)
