"""Tokens: the numbers, words, quoted texts and signs that a claim is written with."""

import re
from dataclasses import dataclass
from typing import Final

from initbench.results.claims.syntax import WORD, ClaimError

MAX_TOKENS: Final = 200

_TOKEN: Final = re.compile(
    rf"""(?P<number>(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?)
    |(?P<word>{WORD.pattern})
    |(?P<text>"(?:[^"\\]|\\.)*")
    |(?P<sign><=|>=|==|[-+*/()<>,=])""",
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """A number, a word, a quoted text or a sign, and where it begins."""

    kind: str
    text: str
    at: int


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a claim, and one for its end.

    Raises
    ------
    ClaimError
        It has letters that mean nothing, or too many tokens.
    """
    tokens, at = list[Token](), 0
    while at < len(text):
        if text[at].isspace():
            at += 1
            continue
        match = _TOKEN.match(text, at)
        if match is None:
            raise ClaimError(_stranger(text[at]), at)
        tokens.append(Token(str(match.lastgroup), match.group(), at))
        if len(tokens) > MAX_TOKENS:
            raise ClaimError(f"a claim has at most {MAX_TOKENS} names, numbers and signs", at)
        at = match.end()
    return [*tokens, Token("end", "the end", len(text))]


def _stranger(letter: str) -> str:
    if letter == '"':
        return 'this " has no second one'
    if letter == "'":
        return 'a label stands in double quotes: "large random"'
    return f"{letter!r} means nothing in a claim"
