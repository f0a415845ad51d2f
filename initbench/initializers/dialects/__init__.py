"""Dialects: what a framework draws when it is left to itself, to the letter, biases included.

The same name means different laws in different frameworks. A dialect has its framework's name for a
prefix and differs from the canonical scheme in what that framework does otherwise: where it cuts,
which fan it takes, its gain, its bias, its defaults. Where nothing differs, the prefixed name is an
alias of the canonical scheme.
"""
