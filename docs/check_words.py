"""Check the words of what users read: ``python docs/check_words.py``.

Two checks, on pages, on the texts of the package (help, messages, docstrings), on its web pages and
on the comments of configs:

- No phrase of `PHRASES`. Each is one that readers stumbled over, with what to write instead.
- In the prose of pages, no sentence of more than `MOST_WORDS` words, and on average no more than
  `MOST_WORDS_ON_AVERAGE`.
"""  # noqa: INP001  # a script, not a package

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]

PAGES: Final = ("*.md", "docs/*.md", "docs/reference/*.md", "notebooks/*.md", "paper/*.md")
OTHERS: Final = (
    "configs/**/*.yaml",
    "initbench/**/*.html",
    "initbench/**/*.js",
    "notebooks/*.ipynb",
    "action.yml",
    "Makefile",
)

PHRASES: Final = {
    r"told apart|tell .{0,20} apart": "(not) significantly different",
    r"stands? first": "rank first, lead",
    r"\banew\b": "again; rebuild, regenerate",
    r"what (came|comes) of": "the results of",
    r"\ba guess\b|\bguesses\b": "a constant prediction, the majority-class baseline",
    r"(may|can) be left out": "optional",
    r"(must|has to|have to) be given": "required",
    r"points? of the sweep": "setting of the sweep",
    r"for want of": "name what is missing",
    r"nothing (but|more|else)": "only; name the thing",
    r"as many as wanted": "a given number of",
    r"to the letter": "exactly",
    r"answers? nothing": "gets the worst score; does not converge",
    r"gets? there": "reaches the target",
    r"for good\b": "until the end of training",
    r"\btells? of\b": "say what the function returns",
    r"\bmend(s|ed)\b": "fix",
    r"living units?|units? that lives?": "a unit whose output is not zero",
    r"edge of the grid": "endpoint of the grid",
    r"share of right answers": "test accuracy",
    r"right answers?": "correct predictions",
    r"ranges over": "give the range",
    r"\bneither\b[^.]*\bnor\b": "say what it does before what it does not",
    r"what else (stands|there is)": "name the thing",
    r"\bof (a|another) make\b": "with other versions",
    r"\bto be had\b": "available",
    r"\ball the same\b": "nevertheless; or leave it out",
    r"\bthe likes? of\b": "such as",
    r"\b(thereof|therein|whereby|hereby|lest|albeit)\b": "a modern word",
    r"\bis loud\b|\bquiet layers?\b": "the signal is large (small)",
    r"\bone's own\b": "your own",
}
"""Regular expressions of phrases, and what to write instead."""

MOST_WORDS: Final = 45
MOST_WORDS_ON_AVERAGE: Final = 20


def main() -> None:
    """Print what is found, and fail if anything is."""
    found = list(problems())
    if found:
        sys.exit("\n".join([*found, f"{len(found)} phrases or sentences to rewrite"]))


def problems() -> Iterator[str]:
    """Yield a line for each phrase, with its file and line, and for each sentence."""
    for path in _files(*PAGES):
        text = path.read_text("utf-8")
        yield from phrases(text, _name(path))
        yield from long_sentences(text, _name(path))
    for path in _files(*OTHERS):
        yield from phrases(path.read_text("utf-8"), _name(path))
    for path in _files("initbench/**/*.py"):
        yield from phrases_of_code(path.read_text("utf-8"), _name(path))


def phrases(text: str, name: str, first_line: int = 1) -> Iterator[str]:
    """Yield the phrases in a text, with line numbers."""
    # Over the ends of lines: a phrase may be broken there.
    flat = re.sub(r"\n[#*/ ]*", lambda found: "\n" + " " * (len(found[0]) - 1), text)
    for phrase, instead in PHRASES.items():
        pattern = phrase.replace(" ", r"\s+")
        for found in re.finditer(pattern, flat, re.IGNORECASE):
            line = first_line + flat[: found.start()].count("\n")
            shown = " ".join(found[0].split())
            yield f"{name}:{line}: {shown!r}; write: {instead}"


def phrases_of_code(code: str, name: str) -> Iterator[str]:
    """Yield the phrases in the texts of a module, docstrings included."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from phrases(node.value, name, node.lineno)


def long_sentences(text: str, name: str) -> Iterator[str]:
    """Yield the sentences of a page that are too long, and the page if its average is."""
    lengths = []
    for sentence in sentences(text):
        lengths.append(len(sentence.split()))
        if lengths[-1] > MOST_WORDS:
            yield f"{name}: {lengths[-1]} words, more than {MOST_WORDS}: {sentence[:80]} …"
    if lengths and sum(lengths) / len(lengths) > MOST_WORDS_ON_AVERAGE:
        yield f"{name}: sentences of {sum(lengths) / len(lengths):.1f} words on average"


def sentences(text: str) -> list[str]:
    """Return the sentences of a page's paragraphs and lists, without code, tables and headings."""
    text = re.sub(r"^---\n.*?^---\n", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"^```.*?^```$", "", text, flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"<!--.*?-->|\$\$.*?\$\$", "", text, flags=re.DOTALL)
    text = re.sub(r"^(\||#|:::|    |!\[).*$", "", text, flags=re.MULTILINE)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)  # a link reads as its text
    text = re.sub(r"`[^`]*`", "Code", text)
    paragraphs = re.split(r"\n\s*\n|^\s*(?:[-*]|\d+\.) |[:;]$", text, flags=re.MULTILINE)
    found = []
    for paragraph in paragraphs:
        flat = re.sub(
            r"\b(et al|e\.g|i\.e|eqs?|vs|pp|Fig|no)\.", r"\1", " ".join(paragraph.split())
        )
        found += [each for each in re.split(r"(?<=[.!?:])\s+(?=[A-Z\"'*(\[])", flat) if each]
    return found


def _files(*patterns: str) -> Iterator[Path]:
    """Yield the files of the repository that match, in order, without generated results."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout.splitlines()
    known = {ROOT / each for each in listed}
    for pattern in patterns:
        yield from (path for path in sorted(ROOT.glob(pattern)) if path in known)


def _name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


if __name__ == "__main__":
    main()
