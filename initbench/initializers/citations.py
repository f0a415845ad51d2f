"""Where schemes come from, in a form that can be printed or put into a bibliography."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Citation:
    """A paper."""

    authors: str  # as BibTeX separates them: ``First Author and Second Author``
    title: str
    venue: str
    year: int

    @property
    def key(self) -> str:
        """First author and year, ``glorot2010``."""
        surname = self.authors.split(" and ")[0].split()[-1]
        return f"{''.join(filter(str.isalpha, surname)).lower()}{self.year}"

    @property
    def bibtex(self) -> str:
        """A BibTeX entry: a preprint, a chapter of a book, or a paper of a conference.

        Examples
        --------
        >>> title = "Deep learning via Hessian-free optimization"
        >>> print(Citation("James Martens", title, "ICML", 2010).bibtex)
        @inproceedings{martens2010,
          author = {James Martens},
          title = {Deep learning via Hessian-free optimization},
          booktitle = {ICML},
          year = {2010},
        }
        >>> title = "On weight initialization in deep neural networks"
        >>> print(Citation("Siddharth Krishna Kumar", title, "arXiv:1704.08863", 2017).bibtex)
        @misc{kumar2017,
          author = {Siddharth Krishna Kumar},
          title = {On weight initialization in deep neural networks},
          eprint = {1704.08863},
          archiveprefix = {arXiv},
          year = {2017},
        }
        """
        archive, is_preprint, number = self.venue.partition("arXiv:")
        if is_preprint and not archive:
            kind, published = "misc", {"eprint": number, "archiveprefix": "arXiv"}
        elif self.venue in _BOOKS:
            kind, published = "incollection", {"booktitle": self.venue}
        else:
            kind, published = "inproceedings", {"booktitle": self.venue}
        fields = {"author": self.authors, "title": self.title, **published, "year": str(self.year)}
        lines = "\n".join(f"  {name} = {{{value}}}," for name, value in fields.items())
        return f"@{kind}{{{self.key},\n{lines}\n}}"


_BOOKS = frozenset({"Neural Networks: Tricks of the Trade"})
"""Venues that are books of chapters; all others are conferences or preprints."""
