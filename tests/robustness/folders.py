"""Results folders with any values in their arrays, made from the tables of `results.layout`."""

from dataclasses import replace

import numpy as np

from initbench.report.difference import difference_lines
from initbench.report.exports import TableFormat, export_table
from initbench.report.html import html_report
from initbench.report.markdown import report_markdown
from initbench.report.table import table_lines
from initbench.results import Cell, Claim, Outline, RunId, RunStore, Scheme, Setup, load_results
from initbench.results.difference import as_baseline, differences_between
from initbench.results.layout import OF_PROBES, OF_RUNS
from initbench.results.metrics import metrics_json
from initbench.results.tidy import curves_csv

EXTREME = (
    *(np.nan, np.inf, -np.inf, 1e308, -1e308, 1.7e308, 1e200, -1e160, 5e-324, -5e-324, 1e-300),
    *(0.0, -0.0, 1.0, 0.5, -3.0, 1e-8),
)
LENGTHS = {"T": 4, "H": 2, "L": 3, "M": 1, "G": 6, "F": 3, "P": 5, "N": 7, "J": 2, "K": 3}
PARTS = ("train", "test", "validation")
CLAIMS = (
    "test_loss(he) < test_loss(wide)",
    "test_loss(he) - test_loss(wide)",
    "log(square(train_loss(he, epoch=2))) - variance(test_loss(wide)) > 1",
    "epochs_to_target(he) <= epochs_to_target(wide)",
    "layer_weight_norm(he, layer=1) / layer_delta_rms(wide, layer=2) > 1e300",
)


def lengths_of(setup):
    """Return the length of every axis but the runs."""
    units = {f"U{layer}": size for layer, size in enumerate((setup.features, *setup.hidden, 1))}
    return {**LENGTHS, "C": 1 if setup.classes == 2 else setup.classes or 0, **units}


def setup_of(rng):
    """Return a classification of two or three classes, or a regression."""
    classes = rng.choice([2, 3, None])
    score = "r2" if classes is None else "accuracy"
    about = ("moons", "standard", classes, 2, (4, 3), "relu", "4 epochs of sgd")
    return Setup(*about, epochs=4, score=score, parts=PARTS, baselines=(0.5, 0.4, 0.3))


def extreme_numbers(rng, shape):
    """Return numbers of one kind: all equal, all different, or a run that is out of line."""
    kind = rng.choice(["equal", "any", "any", "one", "usual"])
    usual = np.array([rng.random() for _ in range(int(np.prod(shape)))]).reshape(shape)
    if kind == "equal":
        return np.full(shape, rng.choice(EXTREME))
    if kind == "any":
        return np.array(rng.choices(EXTREME, k=int(np.prod(shape)))).reshape(shape)
    if kind == "one" and usual.ndim and len(usual):
        usual[rng.randrange(len(usual))] = rng.choice(EXTREME)
    return usual


def arrays_of(rng, setup, layouts, runs, *, optional=()):
    """Return arrays of a unit, those of each run and those that all share."""
    lengths = lengths_of(setup) | {"R": runs, "E": 4, "Q": 5}
    found = {}
    for name, layout in layouts.items():
        shape = tuple(lengths.get(axis, 0) or int(axis) for axis in layout.axes)
        if name in {"epochs", "frame_epochs", "boundary_epochs", "grid_x", "grid_y"}:
            found[name] = np.arange(float(shape[0]))
        elif name == "stopped_at":
            found[name] = np.array([rng.randrange(-1, lengths["T"]) for _ in range(runs)])
        elif name == "points":
            found[name] = np.linspace(0, 5, 2 * shape[0]).reshape(shape)
        elif layout.kind == "integer":
            top = {"point_labels": 1, "distinct_units": 3, "magnitudes": 255}.get(name, 9)
            low = 1 if name == "steps_per_epoch" else 0
            found[name] = np.array(
                [rng.randint(low, top) for _ in range(int(np.prod(shape)))], np.int64
            ).reshape(shape)
        else:
            found[name] = extreme_numbers(rng, shape)
    for name in optional:
        if rng.random() < 0.5:
            del found[name]
    per_run = {name for name in found if layouts[name].axes[:1] == ("R",)}
    return (
        {name: found[name] for name in per_run},
        {name: found[name] for name in found if name not in per_run},
    )


def store_extremes(rng, folder):
    """Store an experiment whose arrays have extreme values, some of them left out."""
    setup, seeds = setup_of(rng), rng.choice([1, 2, 3, 6])
    labels = ("he", "wide")
    ids = {
        label: tuple(RunId(seed, f"{label}-{seed}") for seed in range(seeds)) for label in labels
    }
    probes = {label: tuple(f"probe-{run.key}" for run in ids[label]) for label in labels}
    cell = Cell({"network.depth": 2}, setup, ids, probes=probes, correlation_factors={"he": 0.9})
    outline = Outline(
        "extreme",
        "",
        0.9,
        tuple(Scheme(label, "normal", {"std": 1e308}, "N(0, 1)", "–", "a law") for label in labels),
        (cell, replace(cell, settings={"network.depth": 3})),
        tuple(map(Claim, CLAIMS)),
    )
    store = RunStore(folder)
    store.write_outline(outline)
    layouts = {name: layout for name, layout in OF_RUNS.items() if _is_of(name, setup)}
    curves = {"epochs", "distinct_units", "stopped_at", *setup.curves}
    for label in labels:
        keys = [run.key for run in ids[label]]
        optional = sorted(name for name in set(layouts) - curves if not _is_planar(name))
        store.write_unit(keys, *arrays_of(rng, setup, layouts, seeds, optional=optional))
        store.write_unit(list(probes[label]), *arrays_of(rng, setup, OF_PROBES, seeds))


def _is_of(name, setup):
    """Tell whether an array belongs to data of this kind."""
    if _is_planar(name):
        return setup.classes is not None
    return not name.endswith("r2" if setup.classes else ("accuracy", "ece", "log_loss"))


def _is_planar(name):
    """Tell whether an array is of the class probabilities over the plane."""
    return name.startswith(("boundary", "frame", "grid", "point"))


def examine(folder):
    """Open a folder, make all that is said of it, and return the results."""
    results = load_results(folder)
    metrics_json(results.metrics)
    table_lines(results, 80)
    curves_csv(results.outline, results.runs)
    results.to_pandas()
    report_markdown(results, ())
    html_report(results, "")
    for form in TableFormat:
        export_table(results, form)
    same = as_baseline(results.metrics, "this")
    assert not differences_between(same, same).changed
    difference_lines(differences_between(same, same))
    return results
