"""Parsing: from the text of a claim to what it is made of.

The grammar is small, and written out below as one function a rule::

    claim       comparison | monotone | choice | quantity
    comparison  sum (("<" | "<=") sum)+ | sum ((">" | ">=") sum)+
    monotone    "monotone" "(" sum "," key ["," ("rising" | "falling")] ")"
    choice      "argbest" "(" metric "," key ")" "==" value
    quantity    sum
    sum         product (("+" | "-") product)*
    product     factor (("*" | "/") factor)*
    factor      "-" factor | number | "(" sum ")" | function | metric
    function    name "(" sum ("," sum)* ")" | name "(" sum "," key ")" | "share" "(" comparison ")"
    metric      name ["(" [label] ("," key "=" value)* ")"]

A label or a value that is no plain word stands in quotes, which are JSON's. Nothing in a claim is
ever executed.
"""

import json
import math
from collections.abc import Callable
from typing import Final, NoReturn, TypeVar

from initbench.results.claims.syntax import (
    ALONG,
    INIT,
    OVER_SEEDS,
    POINTWISE,
    Along,
    Call,
    Choice,
    ClaimError,
    Comparison,
    Expression,
    Metric,
    Monotone,
    Number,
    Quantity,
    Share,
    Statement,
    Value,
    better,
    walk,
)
from initbench.results.claims.tokens import Token, tokens_of

MAX_DEPTH: Final = 30
"""Brackets and signs within one another."""

RELATIONS: Final = ("<", "<=", ">", ">=")
DIRECTIONS: Final = ("rising", "falling")


T = TypeVar("T")


def parse_claim(text: str) -> Statement:
    """Return what a claim says.

    Raises
    ------
    ClaimError
        It is not a claim; the message says where it goes wrong, and what was expected.

    Examples
    --------
    >>> str(parse_claim("test_accuracy(he)-test_accuracy(zeros)>.3"))
    'test_accuracy(he) - test_accuracy(zeros) > 0.3'
    """
    parser = _Parser(tokens_of(text))
    statement = parser.statement()
    parser.expect_end()
    _check(statement)
    return statement


def _check(statement: Statement) -> None:
    """Refuse what reads well and has no meaning."""
    nodes = list(walk(statement))
    alone = [side for side in getattr(statement, "sides", ()) if isinstance(side, Share)]
    shares = [node for node in nodes if isinstance(node, Share)]
    if len(shares) > len(alone) or len(shares) > 1:
        raise ClaimError(
            "share(…) is one side of a claim, and no part of a sum: share(a > b) > 0.9"
        )
    if not any(isinstance(node, Metric) for node in nodes):
        raise ClaimError("a claim is about a metric, as in test_accuracy(he) > 0.9")
    for node in nodes:
        if isinstance(node, Along) and node.name in {"best", "argbest"}:
            if not isinstance(node.of, Metric):
                raise ClaimError(f"{node.name}(…, {node.key}) takes a metric, not a sum", node.at)
            better(node.of)


class _Parser:
    """Reads tokens from first to last, a method a rule."""

    def __init__(self, tokens: list[Token]) -> None:
        self._tokens, self._place, self._depth = tokens, 0, 0

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def expect_end(self) -> None:
        """Raise unless everything is read."""
        if self._next.kind != "end":
            self._refuse("<, <=, >, >= or the end")

    def statement(self) -> Statement:
        """Read a claim."""
        if self._next.text == "monotone" and self._is_call():
            return self._monotone()
        first = self._sum()
        if self._next.text == "==":
            return self._choice(first)
        return self._comparison(first) if self._next.text in RELATIONS else Quantity(first)

    def _comparison(self, first: Expression) -> Comparison:
        sides, relations = [first], list[str]()
        while self._next.text in RELATIONS:
            token = self._take()
            if relations and token.text[0] != relations[0][0]:
                raise ClaimError("a row of comparisons goes one way: a < b < c", token.at)
            relations.append(token.text)
            sides.append(self._sum())
        if not relations:
            self._refuse("<, <=, > or >=")
        return Comparison(tuple(sides), tuple(relations))

    def _choice(self, first: Expression) -> Choice:
        if not isinstance(first, Along) or first.name != "argbest":
            raise ClaimError(
                "== follows argbest(metric, key) only: numbers are compared by < and >",
                self._next.at,
            )
        self._take()
        return Choice(first, self._value())

    def _monotone(self) -> Monotone:
        at = self._take().at
        self._sign("(")
        of = self._sum()
        self._sign(",")
        key, direction = self._word("a key").text, "rising"
        if self._next.text == ",":
            self._take()
            token = self._word("rising or falling")
            if token.text not in DIRECTIONS:
                raise ClaimError(f"expected rising or falling, not {token.text}", token.at)
            direction = token.text
        self._sign(")")
        return Monotone(of, key, direction, at)

    def _sum(self) -> Expression:
        return self._chain(("+", "-"), lambda: self._chain(("*", "/"), self._factor))

    def _chain(self, operators: tuple[str, ...], part: Callable[[], Expression]) -> Expression:
        left = part()
        while self._next.text in operators:
            operator = self._take().text
            left = Call(operator, (left, part()))
        return left

    def _factor(self) -> Expression:
        token = self._next
        if token.text == "-":
            self._take()
            return Call("-", (self._within(self._factor),))
        if token.text == "(":
            self._take()
            inner = self._within(self._sum)
            self._sign(")")
            return inner
        if token.kind == "number":
            return Number(self._number(self._take()))
        if token.kind != "word":
            self._refuse("a number, a metric or a function")
        return self._within(self._named)

    def _named(self) -> Expression:
        """Read what begins with a name: a function of something, or a metric."""
        name, is_call = self._next.text, self._is_call()
        known: dict[str, Callable[[], Expression]] = {"share": self._share}
        known |= dict.fromkeys(ALONG, self._along)
        known |= dict.fromkeys((*POINTWISE, *OVER_SEEDS), self._call)
        return known[name]() if is_call and name in known else self._metric()

    def _share(self) -> Share:
        self._take()
        self._sign("(")
        of = self._comparison(self._sum())
        self._sign(")")
        return Share(of)

    def _along(self) -> Along:
        name = self._take()
        self._sign("(")
        of = self._sum()
        self._sign(",")
        key = self._word("a key that runs through its values").text
        self._sign(")")
        return Along(name.text, of, key, name.at)

    def _call(self) -> Call:
        name = self._take()
        self._sign("(")
        arguments = [self._sum()]
        while self._next.text == ",":
            self._take()
            arguments.append(self._sum())
        self._sign(")")
        takes_several = name.text in {"min", "max"}
        if takes_several != (len(arguments) > 1):
            wanted = "two numbers or more" if takes_several else "one number"
            raise ClaimError(f"{name.text} takes {wanted}, not {len(arguments)}", name.at)
        return Call(name.text, tuple(arguments))

    def _metric(self) -> Metric:
        name = self._take()
        where: dict[str, Value] = {}
        if self._next.text == "(":
            self._take()
            while self._next.text != ")":
                self._setting(where)
                if self._next.text == ",":
                    self._take()
                elif self._next.text != ")":
                    self._refuse("',' or ')'")
            self._take()
        elif "." in name.text or ":" in name.text:
            raise ClaimError(f"expected a metric, not {name.text}", name.at)
        return Metric(name.text, tuple(where.items()), name.at)

    def _setting(self, where: dict[str, Value]) -> None:
        """Read ``key=value``, or a scheme's label, which stands first."""
        token = self._next
        is_key = token.kind == "word" and self._tokens[self._place + 1].text == "="
        if not is_key and where:
            self._refuse("key=value")
        key = INIT
        if is_key:
            key = self._take().text
            self._take()
        if key in where:
            raise ClaimError(f"{key} is given twice", token.at)
        where[key] = self._value() if is_key else self._label()

    def _label(self) -> str:
        if self._next.kind not in {"word", "text"}:
            self._refuse("a scheme's label or key=value")
        return self._text(self._take())

    def _value(self) -> Value:
        token = self._take()
        if token.text == "-" and self._next.kind == "number":
            return -self._number(self._take())
        if token.kind == "number":
            return self._number(token)
        if token.text in {"true", "false"}:
            return token.text == "true"
        if token.kind not in {"word", "text"}:
            self._place -= 1
            self._refuse("a value: a number, a word or a text in quotes")
        return self._text(token)

    def _text(self, token: Token) -> str:
        if token.kind == "word":
            return token.text
        try:
            return str(json.loads(token.text))
        except ValueError:
            raise ClaimError("this text in quotes is not as JSON writes one", token.at) from None

    def _number(self, token: Token) -> float:
        value = float(token.text)
        if math.isinf(value):
            raise ClaimError(f"{token.text} is too large", token.at)
        return value

    def _within(self, rule: Callable[[], T]) -> T:
        """Read something that stands within something, not too deep."""
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise ClaimError(f"is nested more than {MAX_DEPTH} deep", self._next.at)
        inner = rule()
        self._depth -= 1
        return inner

    def _is_call(self) -> bool:
        return self._tokens[self._place + 1].text == "("

    def _take(self) -> Token:
        token = self._next
        self._place += token.kind != "end"
        return token

    def _word(self, wanted: str) -> Token:
        if self._next.kind != "word":
            self._refuse(wanted)
        return self._take()

    def _sign(self, sign: str) -> None:
        if self._next.text != sign:
            self._refuse(repr(sign))
        self._take()

    def _refuse(self, wanted: str) -> NoReturn:
        raise ClaimError(f"expected {wanted}, not {self._next.text}", self._next.at)
