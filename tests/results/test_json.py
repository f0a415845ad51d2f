"""JSON that people read too is still JSON."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from initbench.results.metrics import as_json

DOCUMENTS = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=12,
)


@given(DOCUMENTS)
def test_documents_round_trip(document):
    """Whatever a document holds."""
    assert json.loads(as_json(document)) == document


@given(st.dictionaries(st.text(), DOCUMENTS))
def test_keys_are_sorted(document):
    """Equal documents are equal texts."""
    backwards = dict(reversed(document.items()))
    assert as_json(backwards) == as_json(document)


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
@pytest.mark.parametrize("nest", [lambda x: x, lambda x: {"a": [x]}, lambda x: [[{"b": x}]]])
def test_values_outside_of_json_are_refused(number, nest):
    """A NaN is a mistake of the caller, wherever it stands."""
    with pytest.raises(ValueError, match="JSON compliant"):
        as_json(nest(number))


def test_plain_values_of_one_record_are_on_one_line():
    """A summary is a line, and what holds summaries has a line for each."""
    text = as_json({"he": {"loss": {"mean": 0.5, "values": [0.4, 0.6]}}, "n": 2})
    assert text.splitlines() == [
        "{",
        '  "he": {',
        '    "loss": {"mean": 0.5, "values": [0.4, 0.6]}',
        "  },",
        '  "n": 2',
        "}",
    ]
