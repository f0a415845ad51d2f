"""Letters: which of many schemes the data cannot tell apart, as a table can say it.

Schemes that share a letter are not told apart, and those that share none are.

References
----------
Gramm et al., "Algorithms for compact letter displays: comparison and evaluation", Computational
Statistics & Data Analysis 52 (2007), on covering a graph by cliques.
"""

from collections.abc import Collection, Sequence
from itertools import combinations_with_replacement
from string import ascii_lowercase


def letters(labels: Sequence[str], distinct: Collection[frozenset[str]]) -> dict[str, str]:
    """Return each label's letters.

    Each pair that is not told apart and has no letter yet gets one, together with all that are told
    apart from neither of the two nor from one another.

    Parameters
    ----------
    labels : sequence of str
        Best first: the first has an ``a``.
    distinct : collection of pairs of labels
        Those that are told apart.

    Examples
    --------
    >>> letters(["he", "lecun", "zeros"], [frozenset({"he", "zeros"})])
    {'he': 'a', 'lecun': 'ab', 'zeros': 'b'}
    """
    told_apart = set(distinct)
    groups: list[list[str]] = []
    covered: set[frozenset[str]] = set()
    for label, other in combinations_with_replacement(labels, 2):
        pair = frozenset({label, other})
        if pair not in covered and pair not in told_apart:
            groups.append(_grown(label, other, labels, told_apart))
            covered |= {frozenset(pair) for pair in combinations_with_replacement(groups[-1], 2)}
    names = dict.fromkeys(labels, "")
    for index, group in enumerate(groups):
        for label in group:
            names[label] += _letter(index)
    return names


def _grown(
    label: str, other: str, labels: Sequence[str], told_apart: Collection[frozenset[str]]
) -> list[str]:
    """Return the pair and, of all labels in turn, each that is told apart from none before it."""
    group = [label] if label == other else [label, other]
    for each in labels:
        if each not in group and not any(frozenset({each, one}) in told_apart for one in group):
            group.append(each)
    return group


def _letter(index: int) -> str:
    """Return ``a`` to ``z``, then ``a2`` to ``z2`` and so on."""
    turn, place = divmod(index, len(ascii_lowercase))
    return ascii_lowercase[place] + (str(turn + 1) if turn else "")
