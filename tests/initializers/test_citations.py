"""Citations: BibTeX entries have the type and the fields of what they are."""

import re

import pytest

from initbench.initializers import citations
from initbench.initializers.citations import Citation

EVERY = {name: each for name, each in vars(citations).items() if isinstance(each, Citation)}
REQUIRED = {  # as in the BibTeX manual (Patashnik 1988, section 3.1), and of arXiv for preprints
    "inproceedings": {"author", "title", "booktitle", "year"},
    "incollection": {"author", "title", "booktitle", "year"},
    "misc": {"author", "title", "eprint", "archiveprefix", "year"},
}
PUBLISHED = {
    "HE_2015": "inproceedings",
    "GLOROT_2010": "inproceedings",
    "NGUYEN_1990": "inproceedings",
    "LECUN_1998": "incollection",
    "LE_2015": "misc",
    "YANG_2023": "misc",
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
def test_the_type_is_where_it_was_published(name, kind):
    """Conferences, a chapter of a book, and papers that are on arXiv alone."""
    assert EVERY[name].bibtex.startswith(f"@{kind}{{")
