"""What the frameworks call the schemes of the catalogue, where they have them.

A spelling draws from the same law. Where a framework's name of the same sound draws from another,
the catalogue has it under ``framework:name``.
"""

import re
from collections.abc import Mapping
from typing import Final

SPELLINGS: Final[Mapping[str, Mapping[str, str]]] = {
    "zeros": {
        "torch": "torch.nn.init.zeros_(w)",
        "keras": "keras.initializers.Zeros()",
        "jax": "jax.nn.initializers.zeros",
    },
    "ones": {
        "torch": "torch.nn.init.ones_(w)",
        "keras": "keras.initializers.Ones()",
        "jax": "jax.nn.initializers.ones",
    },
    "constant": {
        "torch": "torch.nn.init.constant_(w, value)",
        "keras": "keras.initializers.Constant(value)",
        "jax": "jax.nn.initializers.constant(value)",
    },
    "identity": {
        "torch": "torch.nn.init.eye_(w)",
        "keras": "keras.initializers.Identity(gain)",
    },
    "random": {
        "torch": "torch.nn.init.normal_(w, std=0.01)",
        "keras": "keras.initializers.RandomNormal(stddev=0.01)",
        "jax": "jax.nn.initializers.normal(0.01)",
    },
    "normal": {
        "torch": "torch.nn.init.normal_(w, mean, std)",
        "keras": "keras.initializers.RandomNormal(mean, std)",
    },
    "uniform": {
        "torch": "torch.nn.init.uniform_(w, mean - bound, mean + bound)",
        "keras": "keras.initializers.RandomUniform(mean - bound, mean + bound)",
    },
    "truncated_normal": {
        "torch": "torch.nn.init.trunc_normal_(w, mean, std, mean - cut * std, mean + cut * std)",
        "keras": "keras.initializers.TruncatedNormal(mean, std)",
        "jax": "jax.nn.initializers.truncated_normal(std, lower=-cut, upper=cut)",
    },
    "variance_scaling": {
        "keras": "keras.initializers.VarianceScaling(scale, mode, distribution)",
        "jax": "jax.nn.initializers.variance_scaling(scale, mode, distribution)",
    },
    "lecun_normal": {
        "torch": "torch.nn.init.kaiming_normal_(w, nonlinearity='linear')",
        "keras": "keras.initializers.VarianceScaling(1, 'fan_in', 'untruncated_normal')",
        "jax": "jax.nn.initializers.variance_scaling(1, 'fan_in', 'normal')",
    },
    "lecun_uniform": {
        "torch": "torch.nn.init.kaiming_uniform_(w, nonlinearity='linear')",
        "keras": "keras.initializers.LecunUniform()",
        "jax": "jax.nn.initializers.lecun_uniform()",
    },
    "glorot_normal": {
        "torch": "torch.nn.init.xavier_normal_(w, gain)",
        "keras": "keras.initializers.VarianceScaling(gain**2, 'fan_avg', 'untruncated_normal')",
        "jax": "jax.nn.initializers.variance_scaling(gain**2, 'fan_avg', 'normal')",
    },
    "glorot_uniform": {
        "torch": "torch.nn.init.xavier_uniform_(w, gain)",
        "keras": "keras.initializers.GlorotUniform()",
        "jax": "jax.nn.initializers.glorot_uniform()",
    },
    "he_normal": {
        "torch": "torch.nn.init.kaiming_normal_(w, negative_slope, mode)",
        "keras": "keras.initializers.VarianceScaling(2, 'fan_in', 'untruncated_normal')",
        "jax": "jax.nn.initializers.variance_scaling(2, 'fan_in', 'normal')",
    },
    "he_uniform": {
        "torch": "torch.nn.init.kaiming_uniform_(w, negative_slope, mode)",
        "keras": "keras.initializers.HeUniform()",
        "jax": "jax.nn.initializers.he_uniform()",
    },
    "orthogonal": {
        "torch": "torch.nn.init.orthogonal_(w, gain)",
        "keras": "keras.initializers.Orthogonal(gain)",
        "jax": "jax.nn.initializers.orthogonal(gain)",
    },
    "sparse": {"torch": "torch.nn.init.sparse_(w, sparsity, std)"},
}


def as_spelled_here(name: str) -> str:
    """Return the name that a dialect has here, from how its framework writes it.

    Examples
    --------
    >>> as_spelled_here("keras:HeNormal"), as_spelled_here("torch:kaiming_normal_")
    ('keras:he_normal', 'torch:kaiming_normal')
    """
    framework, colon, own = name.partition(":")
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", own).lower().strip("_")
    return f"{framework.lower()}:{words}" if colon else name
