"""The mutation job changes what runs, one thing at a time, and knows a mutant on another line."""

import ast
import shutil
import subprocess
from itertools import chain
from pathlib import Path

import pytest

from tests import mutants
from tests.mutants import groups_of, mutants_of, sample

ROOT = Path(__file__).parents[1]

SOURCE = '''"""Doc."""

LIMIT: int | None = 2


def f(x: int = 1, *, is_on: bool = True) -> float:
    """Doc 1."""
    if not x < LIMIT and is_on:
        x["é"] = 1.5 if x else 1e30
        x.log("é", f"{x + 1}")
    return min(x, -y)


class C:
    def g(self):
        raise ValueError("a" + "b")
'''

MUTATIONS = {
    ("", "2 -> 3 in: LIMIT: int | None = 2"),
    ("", "2 -> 1 in: LIMIT: int | None = 2"),
    ("f", "1 -> 2 in: def f(x: int=1, *, is_on: bool=True) -> float:"),
    ("f", "1 -> 0 in: def f(x: int=1, *, is_on: bool=True) -> float:"),
    ("f", "True -> False in: def f(x: int=1, *, is_on: bool=True) -> float:"),
    ("f", "not x < LIMIT and is_on -> not x < LIMIT or is_on"),
    ("f", "not x < LIMIT -> x < LIMIT"),
    ("f", "x < LIMIT -> x <= LIMIT"),
    ("f", "x < LIMIT -> x >= LIMIT"),
    ("f", "x['é'] = 1.5 if x else 1e+30 -> pass"),
    ("f", "1.5 if x else 1e+30 -> 1.5 if not x else 1e+30"),
    ("f", "1.5 -> 2.5 in: x['é'] = 1.5 if x else 1e+30"),
    ("f", "1.5 -> 0.5 in: x['é'] = 1.5 if x else 1e+30"),
    ("f", "x.log('é', f'{x + 1}') -> pass"),
    ("f", "return min(x, -y) -> return None"),
    ("f", "min -> max in: return min(x, -y)"),
    ("f", "-y -> y"),
    ("C.g", "raise ValueError('a' + 'b') -> pass"),
}


def test_every_kind_of_statement_and_expression_has_its_mutants():
    """Annotations, docstrings, texts, what stands in an f-string and huge numbers have none."""
    found = [(each.function, each.text) for each in mutants_of("f.py", SOURCE.encode())]
    assert len(found) == len(set(found))
    assert set(found) == MUTATIONS


def test_a_mutant_is_the_source_with_one_change():
    """Letters of several bytes before it move nothing."""
    source = SOURCE.encode()
    for mutant in mutants_of("f.py", source):
        changed = source[: mutant.start] + mutant.new + source[mutant.stop :]
        before, after = ast.unparse(ast.parse(source)), ast.unparse(ast.parse(changed))
        lines = zip(before.splitlines(), after.splitlines(), strict=True)
        assert sum(old != new for old, new in lines) == 1


def test_a_mutant_is_known_on_another_line():
    """Lines above it do not count."""
    moved = b"# more\n" * 5 + SOURCE.encode()
    keys = [[each.key for each in mutants_of("f.py", text)] for text in (SOURCE.encode(), moved)]
    assert keys[0] == keys[1]


def test_a_sample_has_mutants_of_every_package():
    """At least 150, no two of them alike."""
    chosen = sample(180, 0, "")
    assert len({each.key for each in chosen}) == len(chosen) >= 150
    packages = {path.parent.name for path in (ROOT / "initbench").glob("*/__init__.py")}
    assert {Path(each.file).parts[1] for each in chosen} >= packages


def test_a_sample_is_the_same_again():
    """Another seed draws others."""
    draws = [{each.key for each in sample(20, seed, "initbench/theory/")} for seed in (0, 0, 1)]
    assert draws[0] == draws[1] != draws[2]


def test_a_change_of_the_source_moves_no_other_mutant_of_a_sample(project):
    """Mutants are drawn each by itself."""
    before = {each.key for each in sample(4, 0, "")}
    path = project / "initbench" / "ending.py"
    path.write_text(path.read_text() + "\n\ndef more(): print(1 + 2)\n")
    after = {each.key for each in sample(4, 0, "")}
    assert len(before) == len(after) == 4
    assert all(function == "more" for _, function, _ in after - before)


def test_every_listed_survivor_is_a_mutant_of_the_source():
    """A line about code that has changed is gone, and each has a reason of a known kind."""
    for (file, function, text), reason in mutants.read_reasons().items():
        keys = {each.key for each in mutants_of(file, (ROOT / file).read_bytes())}
        assert (file, function, text) in keys
        assert reason.startswith(("equivalent: ", "gap: "))


def test_the_tests_near_a_module_run_first():
    """Its own come first, then those that import it, by way of a package too, then its folder's."""
    nearest, near, far = groups_of("initbench/nn/mlp.py")
    assert nearest == ["tests/nn/test_mlp.py"]
    assert near.index("tests/training/test_update.py") < near.index("tests/nn/test_schedules.py")
    assert "tests/test_estimator.py" in far
    named = groups_of("initbench/cli/commands/explain.py")[0]
    assert named == ["tests/cli/test_explain_and_audit.py"]
    beside = ["tests/test_formatting.py", "initbench/formatting.py"]
    assert groups_of("initbench/formatting.py")[0] == beside


def test_every_test_runs_against_a_mutant():
    """Each once, but for those that need a browser."""
    every = {path.relative_to(ROOT).as_posix() for path in ROOT.glob("tests/**/test_*.py")}
    left_out = ("tests/browser/", "tests/test_mutants.py")
    expected = sorted(each for each in every if not each.startswith(left_out))
    assert sorted(chain(*groups_of("initbench/training/update.py"))) == expected


PROJECT = {
    "initbench/__init__.py": "",
    "initbench/ending.py": """
def last(items):
    while len(items) > 1:
        items = items[1:]
    return items

def greet():
    print(str(), "hello")
""",
    "tests/test_ending.py": """
from initbench.ending import greet, last

def test_the_last_is_left():
    assert last('abcd') == 'd'

def test_it_greets():
    greet()
""",
    "tests/test_far.py": """
def test_nothing():
    import initbench.ending
    assert initbench.ending.last('') == ''

def test_that_fails_anyway():
    assert False
""",
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    """Make a small project, and mutate it in the place of this one."""
    for name, text in PROJECT.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    git = shutil.which("git")
    subprocess.run([git, "init", "--quiet"], cwd=tmp_path, check=True)
    monkeypatch.setattr(mutants, "ROOT", tmp_path)
    monkeypatch.setattr(mutants, "SURVIVORS", tmp_path / "tests" / "survivors.toml")
    monkeypatch.setattr(mutants, "TABLE", tmp_path / "build" / "mutants.md")
    monkeypatch.setattr(mutants, "OUTCOMES", tmp_path / "build" / "mutants.jsonl")
    monkeypatch.setattr(mutants, "PATIENCE", 10)
    mutants.SURVIVORS.write_text("")
    mutants.imports.cache_clear()
    yield tmp_path
    mutants.imports.cache_clear()


@pytest.mark.slow
def test_the_job_tells_what_killed_each_mutant_and_what_survived(project, capsys):
    """A test that hangs kills; one that fails anyway does not; a survivor needs a reason."""
    assert mutants.main(["--count", "100"]) == 1
    told = capsys.readouterr().out
    assert "1 -> 0 in: items = items[1:]: tests/test_ending.py::test_the_last_is_left hangs" in told
    assert "return items -> return None: tests/test_ending.py::test_the_last_is_left (" in told
    assert "print(str(), 'hello') -> pass: SURVIVED" in told
    assert "test_far.py::test_that_fails_anyway fails without a mutant too" in told
    kept = mutants.OUTCOMES.read_text().splitlines()

    entry = told[told.index("[[survivor]]") :]
    mutants.SURVIVORS.write_text(entry.replace('reason = ""', 'reason = "equivalent: unseen"'))
    (project / "tests" / "test_far.py").unlink()
    mutants.imports.cache_clear()
    assert mutants.main(["--count", "100", "--resume"]) == 0
    killed = len(kept) - 1
    assert f"{killed} of {killed} mutants killed, 1 equivalent" in capsys.readouterr().out
    assert mutants.OUTCOMES.read_text().splitlines() == kept
