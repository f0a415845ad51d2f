"""The mutation job changes what runs, one thing at a time, and knows a mutant on another line."""

import ast
from pathlib import Path

from tests.mutants import mutants_of, sample

ROOT = Path(__file__).parents[1]

SOURCE = '''"""Doc."""

LIMIT: int | None = 2


def f(x: int = 1, *, is_on: bool = True) -> float:
    """Doc 1."""
    if not x < LIMIT and is_on:
        x["é"] = 1.5
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
    ("f", "x['é'] = 1.5 -> pass"),
    ("f", "1.5 -> 2.5 in: x['é'] = 1.5"),
    ("f", "1.5 -> 0.5 in: x['é'] = 1.5"),
    ("f", "x.log('é', f'{x + 1}') -> pass"),
    ("f", "return min(x, -y) -> return None"),
    ("f", "min -> max in: return min(x, -y)"),
    ("f", "-y -> y"),
    ("C.g", "raise ValueError('a' + 'b') -> pass"),
}


def test_every_kind_of_statement_and_expression_has_its_mutants():
    """Annotations, docstrings, texts and what stands in an f-string have none."""
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
