"""Plant small faults in the package, one at a time, and list those that no test notices.

``make mutants`` draws a seeded sample of mutants over all packages of ``initbench``, as many of
each package as its size allows for. A mutant is a copy of the source with one change: a comparison
flipped, two operators swapped, a constant moved by one, a condition negated, a value that is
returned replaced by None, a statement deleted, a minimum made a maximum. The tests near the changed
module run first: those in the folder that mirrors its own, and those that import it. Slow ones and
all others run only if these pass. A mutant is *killed* if a test fails that passes without it, or
if a test hangs that does not hang without it; otherwise it *survived*.

Each outcome is kept in ``build/mutants.jsonl`` as soon as it is known. After an interruption, or
after writing a test for a survivor, ``make mutants ARGS=--resume`` tries neither the mutants that
were killed before nor those that are listed as equivalent.

``tests/survivors.toml`` lists survivors, each with a reason: ``equivalent: ...`` where no test can
notice the change, ``gap: ...`` where one should. A survivor is known by its file, its function and
the text of the mutation, so that it is found again on another line. The job ends with 1 if a
survivor is not listed, or if less than 95 % of the mutants that are not equivalent were killed.
"""

import argparse
import ast
import copy
import hashlib
import json
import math
import os
import queue
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import tomllib
from collections import Counter, defaultdict
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SURVIVORS = ROOT / "tests" / "survivors.toml"
TABLE = ROOT / "build" / "mutants.md"
OUTCOMES = ROOT / "build" / "mutants.jsonl"

LEAST = 50
"""A package has at least one mutant for each of so many in the whole sample."""

KILL_RATE = 0.95
MOST = 100
"""Characters of the statement around a constant or a name by which a mutation is known."""

PATIENCE = 300
"""Seconds after which a test that has not ended hangs."""

QUICK = "not (slow or cluster)"
"""The tests that run first: those without these marks."""

LEFT_OUT = {"browser", "frameworks", "test_mutants.py"}
"""Tests that need more than the package, and those of this job."""

COMPARISONS = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
ARITHMETIC = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.Div,
    ast.Div: ast.Mult,
    ast.FloorDiv: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
}
NAMES = {
    "min": "max",
    "max": "min",
    "minimum": "maximum",
    "maximum": "minimum",
    "argmin": "argmax",
    "argmax": "argmin",
    "any": "all",
    "all": "any",
}


@dataclass(frozen=True)
class Mutant:
    """One change of one file: what `text` says, at bytes `start` to `stop`."""

    file: str
    line: int
    function: str
    text: str
    start: int
    stop: int
    new: bytes

    @property
    def key(self) -> tuple[str, str, str]:
        """What a survivor is known by."""
        return self.file, self.function, self.text


@dataclass(frozen=True)
class Outcome:
    """A mutant and the test that killed it; empty if none did."""

    mutant: Mutant
    killer: str
    seconds: float = 0


def mutants_of(file: str, source: bytes) -> list[Mutant]:
    """Return all mutants of a file, in the order of its lines."""
    starts = [0]
    for line in source.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    found: list[Mutant] = []
    seen: Counter[tuple[str, str]] = Counter()
    for node, function, statement in _nodes(ast.parse(source), "", None):
        start = starts[node.lineno - 1] + node.col_offset
        stop = starts[node.end_lineno - 1] + node.end_col_offset
        for new in _changes(node):
            before, after = _text(node), _text(new)
            text = f"{before} -> {after}"
            if isinstance(node, ast.Constant | ast.Name | ast.Attribute):
                text += f" in: {ast.unparse(statement).splitlines()[0][:MOST]}"
            seen[function, text] += 1
            if (number := seen[function, text]) > 1:
                text += f" (no. {number})"
            code = after if isinstance(node, ast.stmt) else f"({after})"
            found.append(Mutant(file, node.lineno, function, text, start, stop, code.encode()))
    return sorted(found, key=lambda each: (each.start, each.text))


def _text(node: ast.AST) -> str:
    return " ".join(ast.unparse(node).split())


def _nodes(
    node: ast.AST, function: str, statement: ast.stmt | None
) -> Iterator[tuple[ast.expr | ast.stmt, str, ast.stmt]]:
    """Yield the nodes that run, each with its function or class and its statement."""
    for name, value in ast.iter_fields(node):
        if name in {"annotation", "returns", "decorator_list", "bases"}:
            continue
        for child in value if isinstance(value, list) else [value]:
            if not isinstance(child, ast.AST) or isinstance(child, ast.JoinedStr):
                continue  # parts of an f-string have no places of their own before Python 3.12
            if isinstance(child, ast.If) and _text(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.FunctionDef | ast.ClassDef):
                yield from _nodes(child, f"{function}.{child.name}".lstrip("."), child)
                continue
            own = child if isinstance(child, ast.stmt) else statement
            if isinstance(child, ast.expr | ast.stmt):
                yield child, function, own
            yield from _nodes(child, function, own)


def _changes(node: ast.expr | ast.stmt) -> Iterator[ast.AST]:  # a table
    """Yield what may stand in the place of a node."""
    match node:
        case ast.Compare(ops=operators):
            for place, operator in enumerate(operators):
                for other in COMPARISONS[type(operator)]:
                    changed = copy.deepcopy(node)
                    changed.ops[place] = other()
                    yield changed
        case ast.BinOp(left, operator, right) if type(operator) in ARITHMETIC:
            if not _is_text(left) and not _is_text(right):
                yield ast.BinOp(left, ARITHMETIC[type(operator)](), right)
        case ast.BoolOp(operator, values):
            yield ast.BoolOp(ast.Or() if isinstance(operator, ast.And) else ast.And(), values)
        case ast.UnaryOp(ast.Not(), operand):
            yield operand
        case ast.UnaryOp(ast.USub(), operand):
            yield operand
        case ast.Constant(bool() as value):
            yield ast.Constant(not value)
        case ast.Constant(int() | float() as value) if value + 1 != value:
            yield ast.Constant(value + 1)
            yield ast.Constant(value - 1)
        case ast.IfExp(test, body, orelse):
            yield ast.IfExp(ast.UnaryOp(ast.Not(), test), body, orelse)
        case ast.Name(name, context) if name in NAMES and isinstance(context, ast.Load):
            yield ast.Name(NAMES[name], context)
        case ast.Attribute(value, name, context) if name in NAMES:
            yield ast.Attribute(value, NAMES[name], context)
        case ast.Return(value) if value is not None and _text(value) != "None":
            yield ast.Return(ast.Constant(None))
        case ast.Expr(ast.Call()) | ast.AugAssign() | ast.Continue() | ast.Raise():
            yield ast.Pass()
        case ast.Assign([ast.Attribute() | ast.Subscript()]):
            yield ast.Pass()


def _is_text(node: ast.expr) -> bool:
    is_literal = isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    return is_literal or isinstance(node, ast.JoinedStr)


def sample(count: int, seed: int, within: str) -> list[Mutant]:
    """Return about as many mutants as asked for, of each package in proportion to its lines."""
    packages: defaultdict[str, list[Mutant]] = defaultdict(list)
    lines: Counter[str] = Counter()
    for path in sorted((ROOT / "initbench").rglob("*.py")):
        file = path.relative_to(ROOT).as_posix()
        if not file.startswith(within):
            continue
        source = path.read_bytes()
        package = file.split("/")[1] if file.count("/") > 1 else ""
        lines[package] += source.count(b"\n")
        packages[package] += mutants_of(file, source)
    chosen = []
    for package, mutants in sorted(packages.items()):
        share = max(round(count * lines[package] / lines.total()), count // LEAST)
        chosen += sorted(mutants, key=lambda each: _draw(seed, each))[:share]
    return chosen


@cache
def imports() -> dict[str, set[str]]:
    """Return, for each file of the package and of the tests, the files whose names it imports."""
    trees = {
        path.relative_to(ROOT).as_posix(): ast.parse(path.read_bytes())
        for top in ("initbench", "tests")
        for path in sorted((ROOT / top).rglob("*.py"))
    }
    return {
        file: {_defining(name, trees) for node in ast.walk(tree) for name in _imported(node)}
        for file, tree in trees.items()
    }


def _imported(node: ast.AST) -> list[str]:
    match node:
        case ast.Import(names):
            return [each.name for each in names]
        case ast.ImportFrom(str() as module, names):
            return [f"{module}.{each.name}" for each in names]
    return []


def _defining(name: str, trees: dict[str, ast.Module]) -> str:
    """Return the file that defines a dotted name, through what packages import from their modules.

    A name of another library has none.
    """
    path = name.replace(".", "/")
    for file in (f"{path}.py", f"{path}/__init__.py"):
        if file in trees:
            return file
    package = name.rpartition(".")[0]
    file = f"{package.replace('.', '/')}/__init__.py"
    if file not in trees:
        return _defining(package, trees) if package else ""
    last = name.rpartition(".")[2]
    named = {each for node in ast.walk(trees[file]) for each in _imported(node)}
    for other in named - {name}:
        if other.rpartition(".")[2] == last:
            return _defining(other, trees)
    return file


def groups_of(file: str) -> tuple[list[str], list[str], list[str]]:
    """Return the nearest tests of a module, others that are near, and the rest, from near to far.

    The nearest are the file of tests that mirrors the module, or another named after it, and the
    examples in the module. Near are the tests in the folder that mirrors the module's, and those
    that import the module.
    The number of imports between a test and the module is their distance.
    """
    distances, reached = {file: 0}, [file]
    for module in reached:
        for importer, imported in imports().items():
            if module in imported and importer not in distances:
                distances[importer] = distances[module] + 1
                reached.append(importer)
    path = Path(file).relative_to("initbench")
    folder = Path("tests", path.parent)
    while not (ROOT / folder).is_dir():
        folder = folder.parent
    mirror = folder / f"test_{path.stem}.py"

    def rank(test: Path) -> tuple[bool, bool, float, bool]:
        distance, is_far = distances.get(test.as_posix(), math.inf), folder not in test.parents
        if folder == Path("tests"):
            is_far = test != mirror
        is_other = is_far or path.stem not in test.stem
        return test != mirror, is_other, distance if is_far else min(distance, 2), is_far

    tests = [Path(each) for each in imports() if Path(each).match("test_*.py")]
    found = sorted((each for each in tests if each.parts[1] not in LEFT_OUT), key=rank)
    near = [each for each in found if rank(each) < (True, True, 2, True)]
    doctests = [file] if ">>>" in (ROOT / file).read_text("utf-8") else []
    names = [each.as_posix() for each in found]
    return [*names[:1], *doctests], names[1 : len(near)], names[max(len(near), 1) :]


def _draw(seed: int, mutant: Mutant) -> bytes:
    """Return a number of a mutant's own, so that a change of the source moves no other draw."""
    return hashlib.sha256(repr((seed, *mutant.key)).encode()).digest()


class Copy:
    """A copy of the repository in which mutants are planted."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._times = count(1)
        command = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        listed = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
        for name in filter(None, listed.stdout.split("\0")):
            if (ROOT / name).is_file():
                (folder / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, folder / name)

    def killer(self, tests: list[str]) -> str:
        """Return the first test that fails, or that hangs; nothing where all pass."""
        command = [sys.executable, "-m", "pytest", "-v", "-x", "--tb=no"]
        environment = {
            **os.environ,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",  # most of the time that pytest takes to start
            "PYTHONPATH": str(self.folder),
            "PYTHONUNBUFFERED": "1",
            "OMP_NUM_THREADS": "1",
        }
        with tempfile.NamedTemporaryFile("w+") as output:
            process = subprocess.Popen(
                [*command, "-p", "no:cacheprovider", "-p", "_hypothesis_pytestplugin", *tests],
                cwd=self.folder,
                env=environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
            try:
                while (status := process.poll()) is None:
                    if time.time() - Path(output.name).stat().st_mtime > PATIENCE:
                        break
                    time.sleep(0.1)
            finally:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait()
            output.seek(0)
            text = output.read()
        if status is None:
            return f"{text.splitlines()[-1].split()[0]} hangs"
        if status in {0, 5}:  # 5: there are no tests here
            return ""
        failed = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", text, re.MULTILINE)
        return failed[1] if failed else f"{tests[0]} cannot start"

    @contextmanager
    def planted(self, mutant: Mutant) -> Iterator[None]:
        """Put a mutant in the place of the original within a block.

        Each has a time of change of its own, by which Python tells compiled modules apart, so that
        none is taken for that of another source, whoever wrote it and when.
        """
        path = self.folder / mutant.file
        source, before = path.read_bytes(), path.stat()
        path.write_bytes(source[: mutant.start] + mutant.new + source[mutant.stop :])
        os.utime(path, (0, next(self._times)))
        try:
            yield
        finally:
            path.write_bytes(source)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


class Job:
    """Mutants, tried one at a time in each copy of the repository."""

    def __init__(self, copies: list[Copy], *, is_near: bool) -> None:
        self.red: set[str] = set()
        """Tests that fail without a mutant too, which therefore kill none."""
        self._green: set[str] = set()
        self._is_near = is_near
        self._pool = ThreadPoolExecutor(len(copies))
        self._idle: queue.Queue[Copy] = queue.Queue()
        for each in copies:
            self._idle.put(each)

    def outcomes(self, mutants: list[Mutant]) -> Iterator[Outcome]:
        """Yield what came of each mutant, as soon as it is known.

        All are tried by their nearest tests first, and by the next only if these pass.
        """
        groups = 2 if self._is_near else 4
        seconds: Counter[Mutant] = Counter()
        with self._pool:
            try:
                for group in range(groups):
                    left = []
                    tries = [self._pool.submit(self._try, each, group) for each in mutants]
                    for future in as_completed(tries):
                        outcome = future.result()
                        seconds[outcome.mutant] += outcome.seconds
                        if outcome.killer or group == groups - 1:
                            yield replace(outcome, seconds=seconds[outcome.mutant])
                        else:
                            left.append(outcome.mutant)
                    mutants = left
            finally:
                self._pool.shutdown(cancel_futures=True)

    def _try(self, mutant: Mutant, group: int) -> Outcome:
        copied, start = self._idle.get(), time.monotonic()
        nearest, near, far = groups_of(mutant.file)
        tests, marks = [
            (nearest, QUICK),
            (near, QUICK),
            ([*nearest, *near], f"not ({QUICK})"),
            (far, ""),
        ][group]
        try:
            while True:
                left_out = [f"--deselect={each}" for each in self.red]
                with copied.planted(mutant):
                    killer = copied.killer([*tests, "-m", marks, *left_out]) if tests else ""
                test = re.sub(" (hangs|cannot start)$", "", killer)
                if test in self.red:
                    sys.exit(f"pytest cannot run without {test}, which fails without a mutant")
                if killer and test not in self._green and copied.killer([test]):
                    print(f"{test} fails without a mutant too: left out", flush=True)
                    self.red.add(test)
                    continue
                if killer:
                    self._green.add(test)
                return Outcome(mutant, killer, time.monotonic() - start)
        finally:
            self._idle.put(copied)


def table(outcomes: list[Outcome], reasons: dict[tuple[str, str, str], str]) -> str:
    """Return the outcomes as Markdown, a row a mutant."""
    rows = ["| file | line | function | mutation | killed by |", "|---|---|---|---|---|"]
    for outcome in outcomes:
        mutant = outcome.mutant
        killer = outcome.killer or f"**survived** {reasons.get(mutant.key, '')}".strip()
        cells = (mutant.file, mutant.line, mutant.function, f"`{mutant.text}`", killer)
        rows.append(f"| {' | '.join(str(cell).replace('|', chr(92) + '|') for cell in cells)} |")
    return "\n".join(rows) + "\n"


def read_reasons() -> dict[tuple[str, str, str], str]:
    """Return the reasons of the survivors that are listed."""
    listed = tomllib.loads(SURVIVORS.read_text(encoding="utf-8")).get("survivor", [])
    return {(each["file"], each["function"], each["mutation"]): each["reason"] for each in listed}


def read_killers() -> dict[tuple[str, str, str], str]:
    """Return the tests that killed mutants in the jobs since the last that did not resume."""
    if not OUTCOMES.exists():
        return {}
    lines = [json.loads(line) for line in OUTCOMES.read_text(encoding="utf-8").splitlines()]
    return {tuple(key): killer for *key, killer in lines if killer}


def main(arguments: list[str] | None = None) -> int:
    """Try a sample of mutants, and return 0 if all survivors are listed and they are few."""
    parser = argparse.ArgumentParser(
        description=__doc__.splitlines()[0],
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--count", type=int, default=180, help="mutants, about")
    parser.add_argument("--seed", type=int, default=0, help="of the sample")
    parser.add_argument("--within", default="", help="begin of the path, such as initbench/nn/")
    parser.add_argument("--copies", type=int, default=2, help="mutants at a time")
    parser.add_argument(
        "--nearest",
        action="store_true",
        help="run only the quick tests near the module",
    )
    parser.add_argument(
        "--resume", action="store_true", help="try only what earlier jobs have not killed"
    )
    options = parser.parse_args(arguments)
    imports()  # before the copies are made, so that each test that is known is in them
    mutants, reasons = sample(options.count, options.seed, options.within), read_reasons()
    OUTCOMES.parent.mkdir(exist_ok=True)
    known = {}
    if options.resume:
        equivalent = [key for key, reason in reasons.items() if reason.startswith("equivalent")]
        known = {**dict.fromkeys(equivalent, ""), **read_killers()}
    else:
        OUTCOMES.unlink(missing_ok=True)
    outcomes = [Outcome(each, known[each.key]) for each in mutants if each.key in known]
    left = [each for each in mutants if each.key not in known]
    with tempfile.TemporaryDirectory() as folder:
        copies = [Copy(Path(folder, str(place))) for place in range(options.copies)]
        job = Job(copies, is_near=options.nearest)
        for outcome in job.outcomes(left):
            outcomes.append(outcome)
            mutant = outcome.mutant
            with OUTCOMES.open("a", encoding="utf-8") as file:
                print(json.dumps([*mutant.key, outcome.killer]), file=file)
            print(
                f"{len(outcomes)}/{len(mutants)} {mutant.file}:{mutant.line} {mutant.text}:"
                f" {outcome.killer or 'SURVIVED'} ({outcome.seconds:.0f} s)",
                flush=True,
            )
    TABLE.write_text(table(outcomes, reasons), encoding="utf-8")
    survived = [each.mutant for each in outcomes if not each.killer]
    equivalent = [each for each in survived if reasons.get(each.key, "").startswith("equivalent")]
    judged = len(outcomes) - len(equivalent)
    killed = len(outcomes) - len(survived)
    print(f"{killed} of {judged} mutants killed, {len(equivalent)} equivalent; see {TABLE}")
    unlisted = [each for each in survived if each.key not in reasons]
    for mutant in unlisted:
        values = zip(("file", "function", "mutation"), mutant.key, strict=True)
        entry = [f"{name} = {json.dumps(value, ensure_ascii=False)}" for name, value in values]
        print("\n[[survivor]]", *entry, 'reason = ""', sep="\n")
    return int(bool(unlisted or job.red) or killed < KILL_RATE * judged)


if __name__ == "__main__":
    sys.exit(main())
