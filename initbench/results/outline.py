"""The outline: the part of an experiment that is stored beside its runs, to read them by.

It is stored beside the raw runs, and it says of every scheme what the catalogue said when the
experiment ran, so that a folder can be read without the catalogue, the data or the network.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from initbench.claims import Claim, ClaimError, parse_claim
from initbench.errors import StorageError
from initbench.metric import PARTS as ALL_PARTS
from initbench.options import Bound, OptionValue, PositiveInt
from initbench.results.decoding import decode
from initbench.results.files import FORMAT_VERSION, refuse_newer
from initbench.seeding import SEED_LIMIT

PARTS = ("train", "test")
"""The parts of the data that are always recorded, and that tables and figures show."""


ROLES: Final = ("point", "trial", "fixed", "tuned")
"""What a cell is for; see `Cell.role`."""

SCORES: Final = ("accuracy", "r2")
"""What is recorded beside the loss: of classes, and of a regression."""

Share = Annotated[float, Bound(0.0, 1.0, open_minimum=True)]


class DamagedOutlineError(StorageError):
    """A stored outline that cannot be read; running the experiment writes it again."""


@dataclass(frozen=True)
class Scheme:
    """An initialization scheme of the experiment, with its options.

    Attributes
    ----------
    label : str
        What it is called in tables and plots; unique in an experiment.
    name : str
        Canonical name in the catalogue.
    options : mapping of str to value
        Its options, with their values.
    formula, reference, summary : str
        What the catalogue says of it.
    bibtex : str
        Its source for a bibliography; empty where there is none.
    """

    label: str
    name: str
    options: Mapping[str, OptionValue]
    formula: str
    reference: str
    summary: str
    bibtex: str = ""


@dataclass(frozen=True)
class RunId:
    """One run: its seed, and the key under which its numbers are stored."""

    seed: Annotated[int, Bound(0, SEED_LIMIT - 1)]
    key: str


@dataclass(frozen=True)
class Setup:
    """The data, network and training that all runs of a cell share.

    Attributes
    ----------
    dataset, scaling : str
    classes : int or None
        K of the data; None for a regression.
    features : int
        D of the data.
    hidden : tuple of int
        Units of each hidden layer.
    network, training : str
        The rest of what there is to say about either, in a few words.
    epochs : int
    score : str
        What is recorded beside the loss: ``accuracy`` or ``r2``.
    parts : tuple of str
        The parts of the data that are recorded: `PARTS` and, if there is one, ``validation``.
    baselines : tuple of float
        The best score of a constant prediction on each part, in the order of `parts`: the share
        of the part's largest class, or an R² of 0. Empty in folders from before these were stored.
    """

    dataset: str
    scaling: str
    classes: Annotated[int | None, Bound(minimum=1)]
    features: PositiveInt
    hidden: tuple[PositiveInt, ...]
    network: str
    training: str
    epochs: Annotated[int, Bound(minimum=0)]
    score: Annotated[str, SCORES]
    parts: tuple[Annotated[str, ALL_PARTS], ...] = PARTS
    baselines: tuple[Annotated[float, Bound(0.0, 1.0)], ...] = ()

    def baseline(self, part: str) -> float:
        """Return the best score of a constant prediction on a part of the data.

        Where that was not stored, classes are taken to be equally frequent.
        """
        if self.classes is None:
            return 0.0
        known = dict(zip(self.parts, self.baselines, strict=False))
        return known.get(part, 1.0 / self.classes)

    @property
    def chance(self) -> float:
        """The baseline of the test part."""
        return self.baseline("test")

    @property
    def curves(self) -> tuple[str, ...]:
        """The names of the curves, which are recorded at every point."""
        return tuple(f"{part}_{name}" for name in ("loss", self.score) for part in self.parts)


@dataclass(frozen=True)
class Cell:
    r"""One sweep setting with its runs; an experiment without a sweep has one cell.

    Attributes
    ----------
    settings : mapping of str to value
        What the sweep sets at this point, by its path in the config; in a trial, the value that is
        tried too.
    setup : Setup
    runs : mapping of str to tuple of RunId
        By the scheme's label.
    role : str
        ``point``, or, where a key is tuned, ``trial`` for a value that is tried, ``fixed`` for the
        config's own value, and ``tuned`` for each scheme at the best of its trials.
    chosen : mapping of str to value
        By label, the value of the tuned key in a ``tuned`` or a ``fixed`` cell; else empty.
    probes : mapping of str to tuple of str
        By label, the key under which each of its untrained networks was measured, in the order of
        the runs; empty where that was not asked for.
    correlation_factors : mapping of str to float
        By label, what the distance of two inputs' correlation from where it settles is multiplied
        by in each layer of a wide untrained network, :math:`e^{-1 / \xi_c}`: 1 where the network
        is critical. Only of schemes and networks that mean-field theory has something to say of.
    limits : mapping of str to float
        By label, the largest stable learning rate that curvature predicts, in trials whose rates
        were chosen around these.
    activation_notes : tuple of str
        A sentence on each scheme with options that follow those of the activation, and one on the
        schemes that do not depend on them; none where the activation has its default options.
    """

    settings: Mapping[str, OptionValue]
    setup: Setup
    runs: Mapping[str, tuple[RunId, ...]]
    role: Annotated[str, ROLES] = "point"
    chosen: Mapping[str, OptionValue] = field(default_factory=dict)
    probes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    correlation_factors: Mapping[str, Annotated[float, Bound(minimum=0.0)]] = field(
        default_factory=dict
    )
    limits: Mapping[str, Annotated[float, Bound(minimum=0.0)]] = field(default_factory=dict)
    activation_notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Outline:
    """An experiment as it is stored with its results: schemes, cells, claims and run keys.

    Attributes
    ----------
    name, description : str
    target : float
        The test score that counts as having learned.
    schemes : tuple of Scheme
        In the order of the config.
    cells : tuple of Cell
    claims : tuple of Claim
    tuned_key : str
        The path of the key that is tuned; empty where none is.
    equivalence_margin : float or None
        The largest difference of test scores that makes no practical difference.
    """

    name: str
    description: str
    target: Share
    schemes: tuple[Scheme, ...]
    cells: tuple[Cell, ...]
    claims: tuple[Claim, ...] = ()
    tuned_key: str = ""
    equivalence_margin: Annotated[float | None, Bound(0.0, 1.0, open_minimum=True)] = None

    @property
    def labels(self) -> tuple[str, ...]:
        """The schemes' labels, in the order of the config."""
        return tuple(scheme.label for scheme in self.schemes)

    @property
    def keys(self) -> frozenset[str]:
        """The keys of all runs of the experiment."""
        return frozenset(
            run.key for cell in self.cells for runs in cell.runs.values() for run in runs
        )

    @property
    def probe_keys(self) -> frozenset[str]:
        """The keys of all measurements of untrained networks."""
        return frozenset(
            key for cell in self.cells for keys in cell.probes.values() for key in keys
        )

    def to_json(self) -> bytes:
        """Return the stored form of the outline."""
        document = {"format_version": FORMAT_VERSION, **vars(self)}
        text = json.dumps(document, default=_plain, indent=1, sort_keys=True, allow_nan=False)
        return text.encode() + b"\n"

    @classmethod
    def from_json(cls, data: bytes, source: str = "outline.json") -> "Outline":
        """Return the outline that `to_json` wrote.

        Parameters
        ----------
        data : bytes
        source : str
            Where they are from, for messages.

        Raises
        ------
        DamagedOutlineError
            They are not an outline, or no longer.
        StorageError
            A newer initbench wrote them.
        """
        try:
            document = json.loads(data)
            refuse_newer(source, _version_of(document))
            outline: Outline = decode(cls, document, "outline")
            _check(outline)
        except (ValueError, RecursionError) as error:
            raise DamagedOutlineError(
                f"{source} is damaged ({error}): run the experiment again to rewrite it;"
                " finished runs are kept"
            ) from error
        return outline


def _plain(value: Any) -> dict[str, Any]:
    """Return a mapping or a record as a dict for JSON."""
    return dict(value) if isinstance(value, Mapping) else vars(value)


def _version_of(document: Any) -> int:
    version = document.get("format_version") if isinstance(document, dict) else None
    if type(version) is not int:
        raise ValueError("it states no format_version")
    return version


def _check(outline: Outline) -> None:
    """Raise a `ValueError` if parts of an outline contradict each other."""
    labels = set(outline.labels)
    if len(labels) < len(outline.schemes):
        raise ValueError("two schemes have one label")
    if not labels or not outline.cells:
        raise ValueError("it has no schemes or no cells")
    for claim in outline.claims:
        try:
            parse_claim(claim.claim)
        except ClaimError as error:
            raise ValueError(f"the claim {claim.claim!r} cannot be read: {error}") from None
    for number, cell in enumerate(outline.cells):
        try:
            _check_cell(cell, labels, outline.tuned_key)
        except ValueError as error:
            raise ValueError(f"outline.cells[{number}]: {error}") from None


def _check_cell(cell: Cell, labels: set[str], tuned_key: str) -> None:
    setup = cell.setup
    by_label = (cell.chosen, cell.probes, cell.correlation_factors, cell.limits)
    if set(cell.runs) != labels or not all(labels.issuperset(each) for each in by_label):
        raise ValueError("its labels are not those of the schemes")
    for ids in cell.runs.values():
        if len({run.seed for run in ids}) < len(ids):
            raise ValueError("a scheme has two runs of one seed")
    if (setup.score == "r2") != (setup.classes is None):
        raise ValueError(f"the score {setup.score} does not belong to {setup.classes} classes")
    if len(set(setup.parts)) < len(setup.parts) or not set(PARTS).issubset(setup.parts):
        raise ValueError(f"the parts {', '.join(setup.parts)} are not those of any data")
    if len(setup.baselines) not in {0, len(setup.parts)}:
        raise ValueError("it has another number of baselines than of parts")
    if (cell.role == "point") == bool(tuned_key):
        raise ValueError(f"the role {cell.role} does not belong to the tuned key {tuned_key!r}")
    if cell.role == "trial" and tuned_key not in cell.settings:
        raise ValueError("a trial has no value of the tuned key")
    if cell.role == "tuned" and set(cell.chosen) != labels:
        raise ValueError("the tuned key has no value for a scheme")
