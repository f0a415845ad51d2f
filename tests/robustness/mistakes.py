"""Mistakes in configs, overrides, claims and flags, made from what is valid."""

import copy
import datetime as dt

VALUES = (
    *(None, True, False, 0, 1, -1, 2, 1000, 10**9, 2**63, 2**64, 10**30, -(10**30)),
    *(0.0, -0.0, 0.5, 1.5, 1e308, -1e308, 5e-324, float("nan"), float("inf"), -float("inf")),
    *("", " ", "x", "he", "moons", "relu", "adam", "../x", "\uff13", "1e3", "nan", "full", "auto"),
    *("a\nb", "\u202e", "x" * 5000, "file", [], {}, [[]], [1], [0], [-1], ["he"], ["he", "he"]),
    *([1e308], [float("nan")], [3] * 1500, list(range(300)), [None], [[1, 2], [3]], (1, 2), {1, 2}),
    *({"name": "he"}, {"a": 1}, {"name": None}, {1: 2}, {None: 1}, {"zip": {}}, b"x", 1j),
    *(
        {"log": [1, 10, 3]},
        {"log": [0, 1, 3]},
        {"log": [1, 10, 10**9]},
        {"log": [1e-320, 1e308, 5]},
    ),
    *(
        {"linear": [-1e308, 1e308, 5]},
        [{"name": "random", "std": 1e308}],
        dt.date(2024, 1, 1),
    ),
    *(
        "test_accuracy(he) > 1e999",
        [{"claim": "x > "}],
        {"monitor": "train_loss", "patience": 10**9},
    ),
)
KEYS = """
name description dataset network training record probe inits seeds sweep tune target expect
equivalence_margin hidden depth width activation bias normalization residual optimizer
schedule loss epochs batch_size clip_norm stop dtype every unit layers initial_weights samples
noise test_fraction scaling imbalance extra_features validation_fraction folds fold resample
label force key values monitor patience path std learning_rate momentum claim source published
margin network.depth network.width training.epochs dataset.seed dataset.name zip
""".split()  # noqa: SIM905  # a list would be long
TEXTS = (
    *(
        "",
        "0",
        "-1",
        "1",
        "3",
        ".nan",
        ".inf",
        "nan",
        "1e308",
        "-1e308",
        "5e-324",
        "1e400",
        "1e-310",
    ),
    *("9223372036854775808", "1" + "0" * 400, "\uff13", "\u0967", "\u00b2", "\uff11\uff0e\uff15"),
    *(
        "[]",
        "{}",
        "~",
        "2024-01-01",
        "!!binary aGk=",
        "&a [*a]",
        "1_000",
        "0x1F",
        "1:30",
        "- a",
        "'",
    ),
    *(
        '"',
        "\x00",
        "\ud800",
        "[1,2",
        "{a: b",
        "a: b",
        "x" * 3000,
        "he",
        "[he, he]",
        "full",
        "*",
        "%",
    ),
    *("#", "true", "[1e308]", "[[[[]]]]", "{name: random, std: 1e308}", "{log: [1, 10, 3]}", "a=b"),
    *("[1, 2, 3]", "10000", "1000000000", " ", "\n", "\t", "\u202e", "-0", "+1", "1.", ".5"),
)
PATHS = """
training.epochs training.optimizer.learning_rate training.batch_size training.clip_norm
network.hidden network.depth network.width seeds target dataset dataset.samples dataset.noise
dataset.test_fraction dataset.folds dataset.imbalance dataset.extra_features inits inits.0
inits.0.std inits.1.label inits.99 sweep.network.depth sweep.zip.network.width
sweep.dataset.seed tune.values tune.key tune record.every record.layers training.stop
training.stop.patience expect expect.0 name description probe network.activation
network.residual network.normalization training.schedule training.loss training.dtype x
seeds.0 .. a.b.c sweep. network.hidden.0 network.hidden[0] dataset.path training.optimizer
""".split()  # noqa: SIM905  # likewise
CLAIMS = (
    "test_accuracy(he) > 0",
    "test_accuracy(he) - test_accuracy(zeros) > 0.3",
    "mean(train_loss(he, epoch=2)) < 1e308",
    "variance(log(square(test_loss(he)))) > 0.6",
    "epochs_to_target(he) < epochs_to_target(zeros)",
    "best(he, zeros)",
)
PIECES = (
    *("", "(", ")", "1e308", "1e999", "-", "*", "/", ",", "**", "9" * 50, "3", "\u0663", " ", "="),
    *(
        "epoch=-1",
        "layer=0",
        "\x00",
        "<",
        ">",
        "'",
        "nan",
        "inf",
        "log(",
        "sqrt(",
        "or",
        "and",
        "if",
    ),
    *("lambda:0", "[0]", "{", ".x", "he", "\n", "(" * 300, "0/0", "1j", "abs("),
)


def altered(document, rng):
    """Return a config with one to three mistakes."""
    document = copy.deepcopy(document)
    for _ in range(rng.choice([1, 1, 2, 3])):
        places = list(_places(document))
        *way, last = rng.choice(places)
        holder = document
        for key in way:
            holder = holder[key]
        value, how = copy.deepcopy(rng.choice(VALUES)), rng.random()
        if how < 0.1:
            del holder[last]
        elif how < 0.3 and isinstance(holder[last], dict):
            holder[last][rng.choice(KEYS)] = value
        elif how < 0.4 and isinstance(holder, dict):
            holder[f"{str(last)[:-1]}x"] = holder.pop(last)
        else:
            holder[last] = value
        if not document:
            break
    return document


def _places(node, at=()):
    """Yield the way to each part of a document."""
    for key in node if isinstance(node, dict) else range(len(node)):
        yield (*at, key)
        if isinstance(node[key], dict | list):
            yield from _places(node[key], (*at, key))


def altered_text(text, rng):
    """Return a text with one to three pieces replaced."""
    for _ in range(rng.choice([1, 1, 2, 3])):
        start = rng.randrange(len(text) + 1)
        end = min(len(text), start + rng.randrange(4))
        text = text[:start] + rng.choice(PIECES) + text[end:]
    return text
