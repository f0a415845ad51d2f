"""Letters: a compact display of which schemes differ significantly.

Schemes with a common letter do not differ significantly; schemes without one do.

References
----------
Gramm et al., "Algorithms for compact letter displays: comparison and evaluation", Computational
Statistics & Data Analysis 52 (2007), on covering a graph by cliques.
"""

from collections.abc import Collection, Sequence
from itertools import combinations_with_replacement
from string import ascii_lowercase


def letters(labels: Sequence[str], distinct: Collection[frozenset[str]]) -> dict[str, str]:
    """Return the letters of each label.

    Each pair that does not differ significantly and has no common letter yet gets a new one,
    together with all labels that differ significantly from none in its group.

    Parameters
    ----------
    labels : sequence of str
        Best first: the first has an ``a``.
    distinct : collection of pairs of labels
        Pairs that differ significantly.

    Examples
    --------
    >>> letters(["he", "lecun", "zeros"], [frozenset({"he", "zeros"})])
    {'he': 'a', 'lecun': 'ab', 'zeros': 'b'}
    """
    distinct_pairs = set(distinct)
    groups: list[list[str]] = []
    covered: set[frozenset[str]] = set()
    for label, other in combinations_with_replacement(labels, 2):
        pair = frozenset({label, other})
        if pair not in covered and pair not in distinct_pairs:
            groups.append(_grown(label, other, labels, distinct_pairs))
            covered |= {frozenset(pair) for pair in combinations_with_replacement(groups[-1], 2)}
    names = dict.fromkeys(labels, "")
    for index, group in enumerate(groups):
        for label in group:
            names[label] += _letter(index)
    return names


def _grown(
    label: str, other: str, labels: Sequence[str], distinct_pairs: Collection[frozenset[str]]
) -> list[str]:
    """Return the pair and, in order, each label that differs from none of the group."""
    group = [label] if label == other else [label, other]
    for each in labels:
        if each not in group and not any(frozenset({each, one}) in distinct_pairs for one in group):
            group.append(each)
    return group


def _letter(index: int) -> str:
    """Return ``a`` to ``z``, then ``a2`` to ``z2`` and so on."""
    turn, place = divmod(index, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(turn + 1) if turn else "")
