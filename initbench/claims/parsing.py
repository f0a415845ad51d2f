"""Parsing: from the text of a claim to its records, with the help of Python's own parser.

A claim has the grammar of a Python expression: numbers, names, calls, ``+ - * /`` and comparisons.
It differs in its words, which may contain ``.`` and ``:`` (``network.depth``, ``torch:linear``) and
may be Python's keywords, and in its quoted texts, which are JSON's. So the text is masked first:
every word becomes underscores, every number ``1.000…`` and every quoted text underscores in quotes,
all of the same length. `ast` parses the mask, and each leaf is read from the claim at the position
of its node. Python therefore sees the structure of a claim alone, and nothing is ever executed.
"""

import ast
import json
import math
import re
from collections.abc import Sequence
from typing import Final, NoReturn

from initbench.claims.expressions import (
    ALONG,
    INIT,
    OVER_SEEDS,
    POINTWISE,
    WORD,
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

MAX_TOKENS: Final = 200
MAX_DEPTH: Final = 30
"""Brackets and signs within one another."""

DIRECTIONS: Final = ("rising", "falling")

_TOKEN: Final = re.compile(
    rf"""(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    |(?P<word>{WORD.pattern})
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<foreign>\*\*|//|<<|>>|<>|->|[-+*/]=)
    |(?P<sign><=|>=|==|[-+*/()<>,=])
    |(?P<space>\s+)""",
    re.VERBOSE,
)

_OPERATORS: Final = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
}


def parse_claim(text: str) -> Statement:
    """Return the record of a claim.

    Raises `ClaimError` if the text is not a claim; the message says where, and what was expected
    there.

    Examples
    --------
    >>> str(parse_claim("test_accuracy(he)-test_accuracy(zeros)>.3"))
    'test_accuracy(he) - test_accuracy(zeros) > 0.3'
    """
    statement = _Reader(text).statement()
    nodes = list(walk(statement))
    sides = getattr(statement, "sides", ())
    if sum(isinstance(node, Share) for node in nodes) > any(isinstance(s, Share) for s in sides):
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
    return statement


def _mask(text: str) -> str:
    """Return the structure of a claim as Python, of the same length.

    Raises `ClaimError` if the text contains a character that no claim has, or it is too long or too
    deep.
    """
    mask, at, tokens, depth, after_operand = "", 0, 0, 0, False
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup == "foreign":
            raise ClaimError(_foreign(match.group() if match else text[at]), at)
        kind, token = match.lastgroup, match.group()
        if kind == "space":
            mask += " " * len(token)
            at = match.end()
            continue
        tokens += 1
        depth += {"(": 1, ")": -1}.get(token, 0)
        if tokens > MAX_TOKENS:
            raise ClaimError(f"a claim has at most {MAX_TOKENS} names, numbers and signs", at)
        if depth > MAX_DEPTH:
            raise ClaimError(f"is nested more than {MAX_DEPTH} deep", at)
        if after_operand and kind != "sign":
            raise ClaimError(f"expected an operator, ',' or the end, not {token}", at)
        after_operand = kind != "sign" or token == ")"  # noqa: S105  # no password
        mask += {
            "number": f"1.{'0' * (len(token) - 2)}" if len(token) > 1 else "1",
            "word": "_" * len(token),
            "text": f'"{"_" * (len(token) - 2)}"',
        }.get(str(kind), token)
        at = match.end()
    return mask


def _foreign(sign: str) -> str:
    if sign == '"':
        return 'this " has no second one'
    if sign == "'":
        return 'a label stands in double quotes: "large random"'
    return f"{sign!r} means nothing in a claim"


class _Reader:
    """Reads the records of a claim from the nodes of its mask."""

    def __init__(self, text: str) -> None:
        self._text = text.rstrip()
        self._mask = _mask(self._text)
        self._start = len(self._mask) - len(self._mask.lstrip())
        try:
            self._root = ast.parse(self._mask[self._start :], mode="eval").body
        except SyntaxError as error:
            self._explain(error)

    def statement(self) -> Statement:
        """Return the claim as a whole."""
        root = self._root
        if isinstance(root, ast.Call) and self._of(root.func) == "monotone":
            self._check_arguments(
                root, "an expression, a key and, if wanted, rising or falling", 2, 3
            )
            direction = self._word(root.args[2], "rising or falling") if root.args[2:] else "rising"
            if direction not in DIRECTIONS:
                raise ClaimError(
                    f"expected rising or falling, not {direction}", self._at(root.args[2])
                )
            of, key = self._expression(root.args[0]), self._word(root.args[1], "a key")
            return Monotone(of, key, direction, self._at(root))
        if not isinstance(root, ast.Compare):
            return Quantity(self._expression(root))
        if isinstance(root.ops[0], ast.Eq) and len(root.ops) == 1:
            choice = self._expression(root.left)
            if isinstance(choice, Along) and choice.name == "argbest":
                return Choice(choice, self._value(root.comparators[0]))
        return self._comparison(root)

    def _comparison(self, node: ast.Compare) -> Comparison:
        nodes, relations = [node.left, *node.comparators], list[str]()
        for left, operator in zip(nodes, node.ops, strict=False):
            relations.append(_OPERATORS[type(operator)])
            if relations[-1][0] != relations[0][0]:
                raise ClaimError(
                    "a row of comparisons goes one way: a < b < c, or a == b == c",
                    self._operator_after(left),
                )
        at = self._operator_after(nodes[0])
        return Comparison(tuple(map(self._expression, nodes)), tuple(relations), at)

    def _expression(self, node: ast.expr) -> Expression:
        match node:
            case ast.UnaryOp(op=ast.USub(), operand=operand):
                return Call("-", (self._expression(operand),))
            case ast.BinOp(left=left, op=operator, right=right):
                sides = (self._expression(left), self._expression(right))
                return Call(_OPERATORS[type(operator)], sides)
            case ast.Constant(value=float() | int()):
                return Number(self._number(node))
            case ast.Name():
                return self._metric(node, [], [])
            case ast.Call(func=ast.Name() as function):
                return self._call(node, self._of(function))
            case ast.Compare(left=left):
                raise ClaimError(
                    "a comparison stands alone or in share(…)", self._operator_after(left)
                )
            case _:
                raise self._unexpected("a number, a metric or a function", node)

    def _call(self, node: ast.Call, name: str) -> Expression:
        """Return a function of expressions or, if `name` is none, a metric."""
        if name == "monotone":
            raise ClaimError("monotone(…) is a claim, and no part of one", self._at(node))
        if name == "share":
            self._check_arguments(node, "one comparison", 1, 1)
            [of] = node.args
            if not isinstance(of, ast.Compare):
                raise ClaimError("share(…) takes a comparison: share(a > b)", self._at(of))
            comparison = self._comparison(of)
            if "==" in comparison.relations:
                raise ClaimError(
                    "a share counts seeds by < or >: share(abs(a - b) < 0.1)", comparison.at
                )
            return Share(comparison)
        if name in ALONG:
            self._check_arguments(node, "an expression and a key", 2, 2)
            key = self._word(node.args[1], "a key")
            return Along(name, self._expression(node.args[0]), key, self._at(node))
        if name in {"min", "max"}:
            self._check_arguments(node, "two numbers or more", 2, MAX_TOKENS)
        elif name in POINTWISE or name in OVER_SEEDS:
            self._check_arguments(node, "one number", 1, 1)
        else:
            return self._metric(node.func, node.args, node.keywords)
        return Call(name, tuple(map(self._expression, node.args)))

    def _check_arguments(self, node: ast.Call, wanted: str, least: int, most: int) -> None:
        name, count = self._of(node.func), len(node.args) + len(node.keywords)
        if node.keywords or not least <= count <= most:
            given = "key=value" if node.keywords else count
            raise ClaimError(f"{name} takes {wanted}, not {given}", self._at(node))

    def _metric(
        self, name: ast.expr, labels: Sequence[ast.expr], keywords: Sequence[ast.keyword]
    ) -> Metric:
        where: dict[str, Value] = {}
        for label in labels:
            if where:
                raise self._unexpected("key=value", label)
            where[INIT] = self._word(label, "a scheme's label or key=value", quoted=True)
        for keyword in keywords:
            at = self._start + keyword.col_offset
            if keyword.arg is None:
                raise ClaimError("'**' means nothing in a claim", at)
            key = self._text[at : at + len(keyword.arg)]
            if key in where:
                raise ClaimError(f"{key} is given twice", at)
            where[key] = self._value(keyword.value)
        if not where and not re.fullmatch(r"\w+", self._of(name)):
            raise self._unexpected("a metric", name)
        return Metric(self._of(name), tuple(where.items()), self._at(name))

    def _value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=float() | int()):
                return self._number(node)
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=float() | int()) as number):
                return -self._number(number)
        word = self._word(node, "a value: a number, a word or a text in quotes", quoted=True)
        return word == "true" if self._of(node) in {"true", "false"} else word

    def _word(self, node: ast.expr, wanted: str, *, quoted: bool = False) -> str:
        if isinstance(node, ast.Name):
            return self._of(node)
        if not (quoted and isinstance(node, ast.Constant) and isinstance(node.value, str)):
            raise self._unexpected(wanted, node)
        try:
            return str(json.loads(self._of(node)))
        except ValueError:
            raise ClaimError(
                "this text in quotes is not as JSON writes one", self._at(node)
            ) from None

    def _number(self, node: ast.expr) -> float:
        value = float(self._of(node))
        if math.isinf(value):
            raise ClaimError(f"{self._of(node)} is too large", self._at(node))
        return value

    def _at(self, node: ast.expr) -> int:
        return self._start + node.col_offset

    def _of(self, node: ast.expr) -> str:
        """Return the text of the claim that a node stands for."""
        return self._text[self._at(node) : self._start + (node.end_col_offset or 0)]

    def _operator_after(self, left: ast.expr) -> int:
        match = re.compile("[<>=]").search(self._mask, self._start + (left.end_col_offset or 0))
        return match.start() if match else len(self._text)

    def _unexpected(self, wanted: str, node: ast.expr) -> ClaimError:
        at = self._at(node)
        return ClaimError(f"expected {wanted}, not {self._token(at)}", at)

    def _token(self, at: int) -> str:
        match = _TOKEN.match(self._text, at)
        return match.group() if match else "the end"

    def _explain(self, error: SyntaxError) -> NoReturn:
        """Raise a ClaimError for what Python found wrong with the mask."""
        if self._mask[-1:] in {"", *"-+*/<>=,("}:
            wanted = "expected a number, a metric or a function, not the end"
            raise ClaimError(wanted, len(self._text)) from None
        at = self._start + (error.offset or 1) - 1
        if "never closed" in error.msg:
            message = "this ( is never closed"
        elif "follows keyword" in error.msg:
            message = "a scheme's label stands before key=value"
        else:
            message = f"{self._token(at)} is out of place"
        raise ClaimError(message, at) from None
