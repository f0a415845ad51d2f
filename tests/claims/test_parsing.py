"""The text of a claim: which texts are claims, how they are read, and messages for the others."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from initbench.claims import ClaimError, parse_claim
from initbench.claims.expressions import (
    ALONG,
    POINTWISE,
    Along,
    Call,
    Comparison,
    Metric,
    Monotone,
    Number,
    Quantity,
    Share,
)

WORDS = st.from_regex(r"[a-z]{1,6}(\.[a-z]{1,6})?", fullmatch=True)
LABELS = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=12)
NUMBERS = st.floats(0, 1e300, allow_nan=False).map(Number)
VALUES = st.floats(allow_nan=False, allow_infinity=False) | LABELS | st.booleans()
METRICS = st.builds(
    Metric,
    st.just("test_accuracy") | st.just("layer_activation_std"),
    st.tuples(LABELS, st.dictionaries(WORDS.filter(lambda word: word != "init"), VALUES)).map(
        lambda pair: (("init", pair[0]), *pair[1].items())
    ),
)


def calls(expressions):
    """Return expressions that are made of others."""
    pairs = st.tuples(expressions, expressions)
    return st.one_of(
        st.builds(Call, st.sampled_from("+-*/"), pairs),
        st.builds(Call, st.just("-"), st.tuples(expressions)),
        st.builds(Call, st.sampled_from(("min", "max")), pairs),
        st.builds(
            Call,
            st.sampled_from([name for name in POINTWISE if name not in {"min", "max"}]),
            st.tuples(expressions),
        ),
        st.builds(
            Along,
            st.sampled_from([name for name in ALONG if "best" not in name]),
            expressions,
            WORDS,
        ),
    )


EXPRESSIONS = st.recursive(NUMBERS | METRICS, calls, max_leaves=6)
COMPARISONS = st.builds(
    lambda metric, right, relation: Comparison((metric, right), (relation,)),
    METRICS,
    EXPRESSIONS,
    st.sampled_from(("<", "<=", ">", ">=", "==")),
)
INEQUALITIES = COMPARISONS.filter(lambda comparison: "==" not in comparison.relations)
STATEMENTS = st.one_of(
    COMPARISONS,
    st.builds(
        lambda comparison: Comparison((Share(comparison), Number(0.5)), (">",)), INEQUALITIES
    ),
    st.builds(Monotone, METRICS, WORDS, st.sampled_from(("rising", "falling"))),
    METRICS.map(Quantity),
)


@given(STATEMENTS)
def test_claims_round_trip_through_their_text(statement):
    """A statement and its text are two forms of one thing."""
    try:
        assert parse_claim(str(statement)) == statement
    except ClaimError as error:
        assert "at most" in str(error) or "nested" in str(error)  # noqa: PT017  # or it is too long


@given(st.text(max_size=60))
@example("(" * 500)
@example("-" * 500 + "a > 1")
@example("1+" * 500 + "a > 1")
@example('a("\\ud800") > 1')
@example('a("\\x") > 1')
@example("a(b) > 1e999")
def test_any_text_is_a_claim_or_a_claim_error(text):
    """Any text is parsed or is a ClaimError with its position."""
    try:
        parse_claim(text)
    except ClaimError as error:
        assert 0 <= error.at <= len(text)  # noqa: PT017  # most texts are none, and some are


PIECES = ["he", "(", ")", ",", "=", "==", "<", ">=", "+", "-", "*", "1", ".5", "share", "argbest"]
PIECES += ["monotone", "test_accuracy", '"a b"', "rising", "min", "log", "median", "network.depth"]


@given(st.lists(st.sampled_from(PIECES), max_size=20))
def test_any_sequence_of_tokens_is_a_claim_or_a_claim_error(pieces):
    """Any sequence of valid tokens is parsed and written back, or is a ClaimError."""
    try:
        statement = parse_claim(" ".join(pieces))
    except ClaimError:
        return
    assert parse_claim(str(statement)) == statement


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("a(x)-b(x)-c(x) > 0", "a(x) - b(x) - c(x) > 0"),
        ("a(x)-(b(x)-c(x)) > 0", "a(x) - (b(x) - c(x)) > 0"),
        ("a(x)+b(x)*2 > 0", "a(x) + b(x) * 2 > 0"),
        ("(a(x)+b(x))*2 > 0", "(a(x) + b(x)) * 2 > 0"),
        ("a(torch:linear) > -1", "a(torch:linear) > -1"),
        ('a("x") > .5', "a(x) > 0.5"),
        ("0 < a(x) <= 1", "0 < a(x) <= 1"),
        ("monotone(a(x), depth)", "monotone(a(x), depth, rising)"),
        ("argbest(test_loss, init) == he", "argbest(test_loss, init) == he"),
        ("a(x, depth = 3, activation=tanh) < 1", "a(x, depth=3, activation=tanh) < 1"),
        ("a(x, network.depth=3) < 1", "a(x, network.depth=3) < 1"),
        ("a(None, is=lambda) > 1", "a(None, is=lambda) > 1"),
        (" a(x)\n  > 1 ", "a(x) > 1"),
        ("a(x)==b(x) == c(x)", "a(x) == b(x) == c(x)"),
        ("average(a(x), singular_value) == 1", "average(a(x), singular_value) == 1"),
    ],
)
def test_a_claim_reads_as_in_mathematics(text, reading):
    """Products bind before sums, and both from the left."""
    assert str(parse_claim(text)) == reading


@pytest.mark.parametrize(
    ("text", "words", "at"),
    [
        ("", "expected a number, a metric or a function, not the end", 0),
        ("test_accuracy(he", "this ( is never closed", 13),
        ("test_accuracy(he) >", "not the end", 19),
        ("test_accuracy(he) > 1 2", "expected an operator, ',' or the end, not 2", 22),
        ("test_accuracy(he) == 1 > 0", "goes one way", 23),
        ("share(a(he) == 1) > 0.5", "a share counts seeds by < or >", 12),
        ("test_accuracy(he, he) > 1", "expected key=value, not he", 18),
        ("test_accuracy(he, depth=1, depth=2) > 1", "depth is given twice", 27),
        ("a(he) < 1 > 0", "goes one way", 10),
        ("a('he') < 1", "double quotes", 2),
        ('a("he) < 1', "has no second one", 2),
        ("a(he) < 1 & b", "'&' means nothing", 10),
        ("1 < 2", "is about a metric", 0),
        ("share(a(he) > 1) + 1 > 0", "one side of a claim", 0),
        ("min(a(he)) > 0", "takes two numbers or more", 0),
        ("log(a(he), 2) > 0", "takes one number", 0),
        ("monotone(a(he), depth, up)", "expected rising or falling", 23),
        ("argbest(a(he) + 1, depth) > 1", "takes a metric, not a sum", 0),
        ("argbest(weight(he), depth) > 1", "which weight is best is not known", 8),
        ("__import__(os).system > 1", "'.' means nothing", 14),
        ("a(he) ** 2 > 1", "'**' means nothing", 6),
        ("0x1F < a(he)", "expected an operator, ',' or the end, not x1F", 1),
        ("a(he)(he) > 1", "expected a number, a metric or a function, not a", 0),
        ("+a(he) > 1", "expected a number, a metric or a function, not +", 0),
        ("(a(he), 1) > 1", "expected a number, a metric or a function, not (", 0),
        ("a(*he) > 1", "expected a scheme's label or key=value, not *", 2),
        ("a(**he) > 1", "'**' means nothing", 2),
        ("log(a(he) > 1) > 1", "a comparison stands alone or in share", 10),
        ("monotone(a(he), depth) > 1", "is a claim, and no part of one", 0),
        ("a(he)) > 1", ") is out of place", 5),
    ],
)
def test_an_error_has_its_position(text, words, at):
    """The message says what was expected, and at which character."""
    with pytest.raises(ClaimError) as caught:
        parse_claim(text)
    assert words in str(caught.value)
    assert caught.value.at == at


def test_a_label_after_a_key_is_refused():
    """The order is Python's, and the message says so in the words of a claim."""
    with pytest.raises(ClaimError, match="a scheme's label stands before key=value"):
        parse_claim("test_accuracy(depth=1, he) > 1")


def test_a_claim_has_at_most_two_hundred_tokens():
    """The 201st is where the message points."""
    sums = "+1" * 97
    parse_claim(f"a(b){sums}>1")
    with pytest.raises(ClaimError, match="at most 200 names, numbers and signs") as caught:
        parse_claim(f"a(b){sums}>-1")
    assert caught.value.at == len(f"a(b){sums}>-")


def test_parentheses_are_nested_thirty_deep_at_most():
    """Those of a metric count, and closed ones do not."""
    before = "(a(b))+" * 3
    parse_claim(f"{before}{'(' * 29}a(b){')' * 29} > 1")
    with pytest.raises(ClaimError, match="nested more than 30 deep") as caught:
        parse_claim(f"{before}{'(' * 30}a(b){')' * 30} > 1")
    assert caught.value.at == len(f"{before}{'(' * 30}a")
