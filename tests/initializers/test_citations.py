"""Citations: BibTeX entries have the type and the fields of what they are."""

import re

import pytest

from initbench.initializers import INITIALIZERS

EVERY = {name: entry.citation for name, entry in INITIALIZERS.items() if entry.citation}
REQUIRED = {  # as in the BibTeX manual (Patashnik 1988, section 3.1), and of arXiv for preprints
    "inproceedings": {"author", "title", "booktitle", "year"},
    "incollection": {"author", "title", "booktitle", "year"},
    "misc": {"author", "title", "eprint", "archiveprefix", "year"},
}
PUBLISHED = {
    "he_normal": "inproceedings",
    "glorot_uniform": "inproceedings",
    "nguyen_widrow": "inproceedings",
    "lecun_normal": "incollection",
    "irnn": "misc",
    "spectral": "misc",
}


@pytest.mark.parametrize("name", EVERY)
def test_every_entry_has_the_fields_of_its_type(name):
    """A preprint has its number, a paper and a chapter have the title of their book."""
    kind, key = re.match(r"@(\w+)\{(\w+),", EVERY[name].bibtex).groups()
    fields = dict(re.findall(r"^  (\w+) = \{(.+)\},$", EVERY[name].bibtex, re.MULTILINE))
    assert set(fields) == REQUIRED[kind]
    assert key.endswith(fields["year"])
    if kind == "misc":
        assert re.fullmatch(r"\d{4}\.\d{4,5}", fields["eprint"])


@pytest.mark.parametrize(("name", "kind"), PUBLISHED.items())
def test_the_bibtex_type_follows_the_venue(name, kind):
    """Conferences, a chapter of a book, and papers that are on arXiv alone."""
    assert EVERY[name].bibtex.startswith(f"@{kind}{{")
