"""Small tables of the atlas, written out by hand."""

from initbench.atlas.table import AtlasCell, Row

USUAL = {
    "held_out": False,
    "activation": "relu",
    "depth": 5,
    "width": 64,
    "structure": "plain",
    "optimizer": "sgd",
    "dataset": "digits",
    "score": "accuracy",
    "baseline": 0.1,
    "rate": 0.1,
    "low": 0.03,
    "high": 0.3,
    "rates": (0.01, 0.03, 0.1, 0.3),
    "validation": (0.1, 0.5, 0.9, 0.8),
    "default_scores": (0.5,) * 5,
    "diverged": 0,
    "xi_c": float("inf"),
    "failure": "",
}


def make_cell(schemes, name="atlas-a", failing=(), **changes):
    """Return a cell: scores by scheme, one for all seeds or a list, in the usual network."""
    return AtlasCell(
        tuple(
            Row(
                **USUAL
                | changes
                | {
                    "cell": name,
                    "scheme": scheme,
                    "scores": tuple(scores) if isinstance(scores, list) else (scores,) * 5,
                    "failure": "vanished" if scheme in failing else "",
                }
            )
            for scheme, scores in schemes.items()
        )
    )
