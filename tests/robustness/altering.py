"""Alter a results folder as damage, another program or a stranger might."""

import io
import json
import os
import shutil
import zipfile

import numpy as np

VALUES = (
    *(None, True, False, 0, 1, -1, 2, 7, 2**31, 2**63, 10**400, -(10**30)),
    *(0.5, -0.0, 1e308, -1e308, 1e-320, float("nan"), float("inf"), -float("inf")),
    *("", "x", "he", "test", "accuracy", "r2", "point", "trial", "tuned", "../x", "a\0b", "\ud800"),
    *("</script>", "\u202e", "9" * 500, "=cmd()", "x" * 20_000, "test_loss(he) > 0"),
    *([], {}, [[]], [0], [-1], ["train"], ["test", "train"], [10**9], [2] * 50),
    *({"a": 1}, {"": None}, {"a": float("nan")}, [0.5, 0.5], [float("nan")]),
)


class Evil:
    """A pickle of this writes a file."""

    def __reduce__(self):
        return os.mkdir, ("executed",)


def alter(folder, rng):
    """Alter the outline, a unit or another file of a results folder, and say how."""
    kind = rng.choice([_alter_outline] * 5 + [_alter_unit] * 5 + [_alter_files] * 2)
    return kind(folder, rng)


def _alter_outline(folder, rng):
    path = folder / "runs" / "outline.json"
    document = json.loads(path.read_bytes())
    groups = {}
    for place in _places(document):
        groups.setdefault(tuple("#" if type(key) is int else key for key in place), []).append(
            place
        )
    *way, last = rng.choice(groups[rng.choice(sorted(groups))])
    holder = document
    for key in way:
        holder = holder[key]
    old = holder[last]
    alike = [value for value in VALUES if type(value) is type(old)]
    value = rng.choice(alike if alike and rng.random() < 0.6 else VALUES)
    if rng.random() < 0.15:
        del holder[last]
    elif isinstance(holder, list) and rng.random() < 0.2:
        holder.insert(last, old)
    else:
        holder[last] = value
    path.write_text(json.dumps(document))
    return f"outline {way} {last}: {str(value)[:40]!r}"


def _places(node, at=()):
    """Yield the way to each part of a document."""
    for key in node if isinstance(node, dict) else range(len(node)):
        yield (*at, key)
        if isinstance(node[key], dict | list):
            yield from _places(node[key], (*at, key))


def _alter_unit(folder, rng):
    path = rng.choice(sorted((folder / "runs").glob("*.npz")))
    members, raw = dict(np.load(path)), {}
    name = rng.choice(sorted(members))
    how = rng.choice(["array"] * 12 + ["missing"] * 4 + [*_OF_ARCHIVES])
    if how == "array":
        change = rng.choice(_CHANGES)
        with np.errstate(all="ignore"):
            members[name] = change(members[name])
        how = f"{name} {change.__name__}"
    elif how == "missing":
        del members[name]
    else:
        _OF_ARCHIVES[how](members, raw, name)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each, values in members.items():
            buffer = io.BytesIO()
            np.lib.format.write_array(buffer, np.asarray(values), allow_pickle=True)
            archive.writestr(f"{each}.npy", buffer.getvalue())
        for each, data in raw.items():
            archive.writestr(each, data)
    return f"unit {how} {name}"


def _header(shape, descr):
    buffer = io.BytesIO()
    fields = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(buffer, fields)
    return buffer.getvalue()


def text(values):
    """Return text of the same shape."""
    return np.full(values.shape, "x")


def imaginary(values):
    """Return complex numbers, or a complex zero."""
    return values.astype(complex) if values.dtype.kind in "fiu" else np.zeros(3, complex)


def objects(values):
    """Return an array that can only be unpickled."""
    return np.array([Evil()] * max(values.size, 1), object)


def records(values):
    """Return records of the same shape."""
    return np.zeros(values.shape, [("a", "f8"), ("b", "i4")])


def dates(values):
    """Return dates of the same shape."""
    return np.zeros(values.shape, "M8[s]")


def longer(values):
    """Return one more of the last axis."""
    return np.concatenate([values, values[..., -1:]], -1) if values.ndim else np.zeros(2)


def shorter(values):
    """Return one less of the last axis."""
    return values[..., :-1] if values.ndim else np.zeros(0)


def deeper(values):
    """Return another axis."""
    return values[..., np.newaxis]


def turned(values):
    """Return the axes in the other order."""
    return values.T


def a_number(values):
    """Return one number."""
    return np.array(values.size)


def halves(values):
    """Return numbers of half precision, or of none."""
    return values.astype(np.float16) if values.dtype.kind in "fiu" else values


def constant(number):
    """Return a change that makes all numbers one, as far as the type has it."""

    def change(values):
        return np.full(values.shape, number).astype(values.dtype)

    change.__name__ = f"all {number}"
    return change


_CHANGES = (
    *(text, imaginary, objects, records, dates, longer, shorter, deeper, turned, a_number, halves),
    *(constant(number) for number in (0, -1, 7, 2**62, 1e308, -1e308, 5e-324, np.nan, np.inf)),
)

_OF_ARCHIVES = {
    "bomb": lambda members, raw, name: raw.update(
        {f"{name}.npy": _header((25 * 10**6,), "<f8") + bytes(2 * 10**8)}
        if members.pop(name) is not None
        else {}
    ),
    "lie": lambda members, raw, name: raw.update(
        {f"{name}.npy": _header((10**15,), "<f8")} if members.pop(name) is not None else {}
    ),
    "keys of no width": lambda members, raw, _: raw.update(
        {"keys.npy": _header((10**9,), "<U0")} if members.pop("keys") is not None else {}
    ),
    "one key": lambda members, _, __: members.update(
        keys=np.array([members["keys"][0]] * len(members["keys"]))
    ),
    "all shared": lambda members, _, name: members.update(
        shared=np.array([*members["shared"], name])
    ),
    "unknown arrays": lambda members, _, __: members.update(
        {f"m{number}": np.zeros(len(members["keys"])) for number in range(100)}
    ),
    "outside": lambda _, raw, __: raw.update({"../../evil.npy": _header((3,), "<f8") + bytes(24)}),
    "no array": lambda _, raw, __: raw.update({"note.txt": b"hello", "folder/": b""}),
}


def _alter_files(folder, rng):
    runs, outside = folder / "runs", folder.parent / "outside"
    outside.mkdir(exist_ok=True)
    outline = runs / "outline.json"
    how = rng.choice(
        [
            "truncated",
            "flipped",
            "note",
            "device",
            "pipe",
            "deep",
            "plots",
            "weights",
            "runs",
            "loop",
        ]
    )
    [unit, *_] = sorted(runs.glob("*.npz"))
    data = bytearray(unit.read_bytes())
    if how == "truncated":
        unit.write_bytes(data[: rng.randrange(len(data))])
    elif how == "flipped":
        for _ in range(5):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        unit.write_bytes(data)
    elif how == "note":
        texts = ("{", "[]", '{"keys": 3, "reason": 4}', "[" * 100_000, '"x"')
        (runs / "x.crashed.json").write_text(rng.choice(texts))
    elif how == "device":
        outline.unlink()
        outline.symlink_to("/dev/zero")
    elif how == "pipe":
        os.mkfifo(runs / "zz.npz")
    elif how == "deep":
        outline.write_text('{"a":' * 100_000)
    elif how == "loop":
        (runs / "zz.npz").symlink_to("zz.npz")
    elif how == "runs":
        shutil.move(runs, outside / "runs")
        runs.symlink_to(outside / "runs")
    else:
        link = folder / {"plots": "plots", "weights": "initial_weights"}[how]
        shutil.rmtree(link, ignore_errors=True)
        link.symlink_to(outside)
    return how
