"""The config that ``initbench new`` writes: small, complete, and explained line by line."""

from initbench.config.sections import check_name
from initbench.config.yaml_text import resolve
from initbench.errors import UsageError

_TEMPLATE = """\
# An experiment: one network, trained from each initialization below with each seed.
#   initbench run {name}.yaml
# Valid names: initbench list. All keys but dataset and inits are optional.
# To have an editor check and complete it: initbench schema > experiment.schema.json
# yaml-language-server: $schema=experiment.schema.json
#
# What the run shows, and why: each of the six hidden layers multiplies the signal by a factor that
# depends on the size of the weights, so the factor acts six times.
#   random, std 0.01   too small: the signal vanishes, and the network stays at chance (0.1)
#   random, std 1      too large: the signal and the gradients explode, and training diverges
#   he                 std sqrt(2 / fan_in) keeps the signal's size, and the network learns
# With one or two hidden layers even large weights can be trained, and the difference is small.

name: {setting}
description: One deep network, from weights too small, too large, and scaled to the layer (he).

# The data set: digits of 8 x 8 pixels. A quarter of the samples is kept for testing.
dataset: {{name: digits, test_fraction: 0.25, scaling: standard}}

# The network: units of each hidden layer, and their activation function.
network: {{hidden: [32, 32, 32, 32, 32, 32], activation: relu}}

# Training; the same for every initialization.
training:
  optimizer: {{name: sgd, learning_rate: 0.05, momentum: 0.0}}
  epochs: 20
  batch_size: 32        # or full
  dtype: float32        # or float64

# The initializations that are compared: a name, or a name with options and a label.
inits:
  - {{name: random, std: 0.01, label: small random}}
  - {{name: random, std: 1, label: large random}}
  - he

seeds: 5                # 0 to 4; or a list, as [3, 14, 15]
target: 0.9             # the test accuracy that counts as learned
"""


def starter_config(name: str) -> str:
    """Return the text of a config for a new experiment.

    `name`: the name of the experiment and of its results folder.

    Raises `UsageError` if the name cannot be a folder's.
    """
    try:
        check_name(name)
    except ValueError as error:
        raise UsageError(f"the name {error}") from None
    setting = name if isinstance(resolve(name), str) else f'"{name}"'
    return _TEMPLATE.format(name=name, setting=setting)
