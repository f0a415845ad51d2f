"""Write ``docs/schemes.md`` from the catalogue: ``python docs/build_schemes.py``."""  # noqa: INP001  # a script, not a package

from pathlib import Path

from initbench.initializers import FAMILIES, INITIALIZERS, Initializer, LayerSpec, bind
from initbench.initializers.explain import KINDS

PAGE = Path(__file__).with_name("schemes.md")
PICTURES = Path(__file__).with_name("schemes")

OPENING = """# Schemes

{count} schemes and {aliases} other names for them. `python docs/build_schemes.py` makes this page
from the catalogue. `initbench explain NAME` describes one scheme and shows a draw.

A dialect, `framework:name`, draws exactly what that framework draws, with its truncation, fans,
gain, defaults and biases. If a framework's name means exactly a scheme of the catalogue, the
prefixed name is an alias of the scheme. `std` is the standard deviation of a weight between two
hidden layers, with 64 inputs, 256 units and default options. Biases are zero unless stated. The
figures show the weights of such a layer and, where they matter, the singular values of a square
layer. `python docs/build_scheme_pictures.py` draws them.

Every scheme takes two more options: `bias`, a number, `normal(std)`, `uniform(bound)` or `fan_in`
(PyTorch's law), and `zero_output: true`, which sets the initial weights of the output layer to
zero.
"""

LEFT_OUT = """
## Schemes that are not included

The formulas of these schemes could not be checked in the paper or in code of its authors:

- IDInit (Pan et al., ICLR 2025, arXiv:2503.04626): the padding of its identities could not be
  checked;
- the initialization for odd sigmoids (Lee, Choi & Kim, 2025, arXiv:2509.23085): the scale of its
  noise could not be checked; `tanh_fixed_point` is its predecessor for tanh;
- the orthogonal initialization for ReLU on the Stiefel manifold (Lee, Kim & Choi, 2025,
  arXiv:2509.00362): its closed form could not be checked.

DKS and TAT (Martens et al., 2021; Zhang, Botev & Martens, 2022; google-deepmind/dks) change the
activation: `{name: dks, base: tanh, depth: 20}` and `{name: tat, base: leaky_relu, depth: 40}`,
`depth` being the number of hidden layers. Their weights are those of `scaled_orthogonal` or
`lecun_normal`. Per-location normalization of the data is left out.

u-μP (Blake et al., 2024; graphcore-research/unit-scaling) multiplies products and activations by
factors. `u_mup` has the same factors in its weights and in Adam's rates, with which six steps of a
network agree with the authors' package to 15 digits.

Learning rates that a source does not state are not added: `spectral` has none for Adam, and
`u_mup`, `depth_mup` and `completep` have none for gradient descent. `siren` starts biases at
zero, because its theorem has no biases; its code uses the biases of PyTorch, as `siren_pytorch`
does.

The formulas of `random_walk`, `sparse_martens`, `rai`, `deep_narrow`, `spectral` and `irnn` come
from code by other authors; the docstrings name it. `nguyen_widrow` has the lengths of one
implementation and the uniform biases of another. `sinusoidal` has the scale of its official code.
`kumar` has the formula of the paper as others reproduce it; the author's script for figure 3 has
a smaller variance. `looks_linear` comes from reviews of its paper.

`lsuv`, `krahenbuhl` and its variants, `salimans_kingma`, `metainit` and `gradinit` draw weights,
and then adapt them to training samples. Law and `std` are those of the draw. Reports state the
cost in epochs of training. MetaInit and GradInit need products with the Hessian, which are
computed as central differences of gradients, correct to eight digits.
"""


def main() -> None:
    """Write the page."""
    PAGE.write_text(schemes_page(), encoding="utf-8")


def schemes_page() -> str:
    """Return the page, in Markdown."""
    opening = OPENING.format(
        count=len(INITIALIZERS), aliases=len(INITIALIZERS.all_names) - len(INITIALIZERS)
    )
    return "\n".join([opening, *(_family(title) for title in FAMILIES), LEFT_OUT.strip(), ""])


def _family(title: str) -> str:
    schemes = [scheme for scheme in INITIALIZERS.values() if scheme.family == title]
    rows = [_row(scheme) for scheme in schemes]
    head = "| name | law | weights | std | biases | good for | source |"
    picture = PICTURES / f"{title.lower().replace(' ', '_')}.png"
    shown = [f"![{title}]({PICTURES.name}/{picture.name})", ""] if picture.exists() else []
    return "\n".join([f"## {title}", "", head, "|---" * 7 + "|", *rows, "", *shown])


def _row(scheme: Initializer) -> str:
    aliases = "".join(f"<br>`{alias}`" for alias in scheme.aliases)
    cells = [
        f"**`{scheme.name}`**{aliases}",
        f"{scheme.formula}<br>{scheme.summary}",
        *_kind_and_std(scheme),
        scheme.bias.formula if scheme.bias else "",
        scheme.recommended_for,
        scheme.reference,
    ]
    return f"| {' | '.join(cell.replace('|', '∣') for cell in cells)} |"


def _kind_and_std(scheme: Initializer) -> tuple[str, str]:
    if any(option.default is None for option in scheme.options.values()):
        return "as given", ""
    activation = (*scheme.requires.activations, "relu")[0]
    layer = LayerSpec(64, 256, 1, 3, activation, activation)
    initialization = bind(scheme.name)
    kind = KINDS[initialization.distribution(layer)]
    return kind, f"{initialization.variance(layer) ** 0.5:.4g}"


if __name__ == "__main__":
    main()
