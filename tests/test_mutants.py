"""Mutants of the checks: drawn, put in place, and judged."""

import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from typer.testing import CliRunner

from conformance.cli import app
from conformance.proof import mutation
from conformance.proof.mutants import (
    Mutant,
    drawn,
    files,
    function_of,
    install,
    mutants_in,
)
from conformance.proof.mutation import Judged, judge


def one(file: str, before: str) -> Mutant:
    """Give the mutant of a file that changes a piece."""
    [path] = [path for path in files() if path.as_posix().endswith(file)]
    return next(mutant for mutant in mutants_in(path) if mutant.before == before)


def test_the_same_seed_draws_the_same_mutants() -> None:
    """Drawn from all, once each."""
    found = drawn(200, 7)

    assert found == drawn(200, 7)
    assert found != drawn(200, 8)
    assert len(set(found)) == 200


def test_every_mutant_has_its_function() -> None:
    """None is drawn that could not be judged."""
    for path in files():
        for mutant in mutants_in(path):
            assert function_of(mutant).__name__ == mutant.function.rpartition(".")[2]


@pytest.fixture
def changed() -> Iterator[Mutant]:
    """A mutant in place, taken away afterwards."""
    mutant = one("verdict.py", "count < ATTEMPTS")
    function = function_of(mutant)
    code = function.__code__
    install(mutant)
    yield mutant
    function.__code__ = code


def test_a_mutant_changes_what_its_function_does(changed: Mutant) -> None:
    """The same function object has other code."""
    assert changed.after == "count <= ATTEMPTS"
    assert "again" in changed.words


def test_a_mutant_that_accuses_nobody_is_killed_by_a_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without its insisting a check sees nothing; a fault of its clause shows that."""
    # Tests within a fork of a process that runs tests, with its threads, may hang.
    monkeypatch.setattr(mutation, "TESTS", tmp_path)
    monkeypatch.setattr(mutation, "OWN_TESTS", tmp_path)
    words = "GET of an item that is not there"
    gone = f"refused(target.get(target.missing(item.place)), {words!r})"
    mutant = one("checks/verbs_get.py", gone)
    [judged] = judge([mutant], 1, 1, lambda _done, _total: None)

    assert judged.killed_by is not None
    assert judged.killed_by != "the clean reference"
    assert judged.clauses == ("verbs.get.missing",)


def test_judging_goes_on_where_it_was_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was judged is not judged again, and a line cut short is."""
    asked: list[int] = []

    def judged(mutants: Sequence[Mutant], *_: object) -> Iterator[Judged]:
        asked.append(len(mutants))
        return (Judged(mutant, "a fault", ("a.clause",)) for mutant in mutants)

    monkeypatch.setattr("conformance.commands.mutants.judge", judged)
    words = ["mutants", "--count", "5", "--seed", "00000007", "--out", str(tmp_path)]
    first = CliRunner().invoke(app, words)
    [kept] = (tmp_path / "judged").iterdir()
    kept.write_text(kept.read_text("utf-8")[:-9], encoding="utf-8")
    second = CliRunner().invoke(app, words)

    assert asked == [5, 1]
    assert (first.exit_code, second.exit_code) == (0, 0), first.output
    assert "5 of 5 mutants killed, 100.0%; seed 00000007;" in second.output


def test_what_survived_can_be_judged_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Tests may have been written for it; what was killed stays killed."""
    ends: list[str | None] = [None, "a fault", None, "a fault", "a fault"]
    asked: list[int] = []

    def judged(mutants: Sequence[Mutant], *_: object) -> Iterator[Judged]:
        asked.append(len(mutants))
        return (Judged(mutant, ends.pop(0)) for mutant in mutants)

    monkeypatch.setattr("conformance.commands.mutants.judge", judged)
    words = ["mutants", "--count", "5", "--seed", "00000007", "--out", str(tmp_path)]
    first = CliRunner().invoke(app, words)
    ends += ["a test", None]
    second = CliRunner().invoke(app, [*words, "--again"])

    assert asked == [5, 2]
    assert (first.exit_code, second.exit_code) == (1, 1)
    assert "3 of 5 mutants killed" in first.output
    assert "4 of 5 mutants killed" in second.output


#: Runs files of tests as a mutant's are: forked, after payloads were drawn.
DRAWN_AND_RUN = """
import sys
from pathlib import Path
from conformance.proof.mutation import _failing, _plan
from conformance.proof.pool import each
_plan("reference").draw(1, lambda row: 2, "")
for [path], made in each([(Path(one),) for one in sys.argv[1:]], _failing, 2, 60.0):
    print(path.stem, made)
"""


def test_tests_are_run_after_payloads_were_drawn(tmp_path: Path) -> None:
    """They notice a mutant, or not; where they can't be run, nothing is known."""
    lines = {"kept": "def test_a():\n    assert True\n", "unread": "assert False\n"}
    lines["broken"] = "def test_b():\n    assert False\n"
    files = {name: tmp_path / f"test_{name}.py" for name in (*lines, "nowhere")}
    for name, text in lines.items():
        files[name].write_text(text, encoding="utf-8")

    words = [sys.executable, "-c", DRAWN_AND_RUN, *map(str, files.values())]
    told = subprocess.run(words, capture_output=True, check=True, text=True, timeout=90)
    found = dict(line.split(" ", 1) for line in told.stdout.splitlines())

    assert found["test_kept"] == "None"
    assert found["test_broken"] == "tests: test_broken.py"
    assert found["test_unread"] == "tests: test_unread.py"
    assert "HarnessError" in found["test_nowhere"]
