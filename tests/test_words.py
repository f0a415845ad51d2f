"""The check of words finds phrases that readers stumbled over, and long sentences."""

import runpy
from pathlib import Path

import pytest

CHECK = runpy.run_path(str(Path(__file__).parents[1] / "docs" / "check_words.py"))


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("The schemes are not told apart.", "page:1: 'told apart'"),
        ("First line.\n\nThe schemes are told\napart.", "page:3: 'told apart'"),
        ("A note that\n# stands\n# first in a comment", "page:2: 'stands first'"),
        ("A Guess has loss 0.7.", "page:1: 'A Guess'"),
    ],
)
def test_a_phrase_is_found_with_its_line(text, place):
    """In upper and lower case, and over the end of a line."""
    [found] = CHECK["phrases"](text, "page")
    assert found.startswith(place)
    assert "write: " in found


def test_only_the_texts_of_code_are_checked():
    """Names of code are not sentences; docstrings and messages are."""
    code = 'def anew(mended):\n    """Build it anew."""\n    raise ValueError(f"{mended} anew")\n'
    assert [found.partition(": ")[0] for found in CHECK["phrases_of_code"](code, "m")] == [
        "m:2",
        "m:3",
    ]


@pytest.mark.parametrize(("words", "count"), [(45, 0), (46, 1)])
def test_a_sentence_has_a_limit(words, count):
    """Code, links and tables do not count as sentences."""
    short = "Two words. " * words  # keeps the average low
    sentence = " ".join(["word"] * (words - 2)) + " `a b c` [x](y.md)."
    code = f"```\n{'word ' * 99}\n```\n\n| {'word ' * 99} |\n"
    found = list(CHECK["long_sentences"](f"{short}\n\n{sentence}\n\n{code}", "page"))
    assert len(found) == count


def test_a_page_of_long_sentences_is_found():
    """Its average is more than the limit, though no sentence is too long."""
    sentence = "Word " * 24 + "end."
    [found] = CHECK["long_sentences"](f"{sentence} {sentence}", "page")
    assert "25.0 words on average" in found


def test_a_full_stop_in_an_abbreviation_ends_no_sentence():
    """As in citations and examples."""
    text = "He et al. (2015) say it in eq. 10. Others agree."
    assert len(CHECK["sentences"](text)) == 2
