"""Judges mutants of the checks: by a clean reference, by faults, by the tests."""

import contextlib
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import CodeType, FunctionType
from typing import Any

from conformance.errors import HarnessError
from conformance.options import DEPTHS, provoking
from conformance.plan import Plan, shipped_checks
from conformance.profile import load_profile
from conformance.proof.aim import Aim
from conformance.proof.mutants import Mutant, function_of, install
from conformance.proof.pool import DIED, Failed, each
from conformance.proof.trial import Outcome, Trial, judged
from conformance.reference.faults import all_faults
from conformance.tripped import PACKAGE

PROFILE = "reference"
#: Clauses by which a mutant of what many share is judged, and faults of each.
CLAUSES, FAULTS = 3, 12
#: Clauses that judge what no check reaches: the verdict model.
EVERYWHERE = ("verbs.patch.merges", "json.content_type", "verbs.patch.null")
LIMIT_S = 300.0
TESTS = PACKAGE.parent / "tests"
#: Tests of the parts that mutants change; each is run as a whole.
MODEL_TESTS = ("test_verdict.py", "report/test_ruling.py")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a mutant.

    Attributes:
        killed_by: The trial or the test that noticed; None for a survivor.
        clauses: By which it was judged.
    """

    mutant: Mutant
    killed_by: str | None
    clauses: tuple[str, ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Give it as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Judged":
        """Read it back.

        Raises:
            KeyError, TypeError: It is none.
        """
        mutant = Mutant(**told["mutant"])
        return cls(mutant, told["killed_by"], tuple(told["clauses"]))


#: A trial, by the rows of clauses, and what it must end in.
_Key = tuple[tuple[str, ...], str]
_Ends = dict[_Key, frozenset[tuple[str, str]] | None]
TWICE = 2


def judge(
    mutants: Sequence[Mutant],
    seed: int,
    jobs: int,
    progress: Callable[[int, int], None],
) -> Iterator[Judged]:
    """Judge each mutant in a process of its own.

    Args:
        mutants: What to judge.
        seed: Of what is drawn.
        jobs: Processes side by side.
        progress: Called with (done, total), what is tried before included.

    Raises:
        HarnessError: What is compared with could not be tried.
    """
    reached = _reached()
    by = {mutant: _clauses_of(mutant, reached) for mutant in mutants}
    keys = list(dict.fromkeys(k for found in by.values() for k in _keys(found)))
    total = TWICE * len(keys) + len(mutants)
    ends: _Ends = {}
    done = 0
    for key, made in each(keys * TWICE, lambda key: _end(key, seed), jobs, LIMIT_S):
        if isinstance(made, Failed):
            raise HarnessError(f"{key[1] or 'the clean reference'}: {made.words}")
        # What does not end alike twice by itself can't tell that a mutant was seen.
        ends[key] = made if ends.get(key, made) == made else None
        progress(done := done + 1, total)

    def work(mutant: Mutant) -> Judged:
        return _judged(mutant, by[mutant], seed, ends)

    for mutant, one in each(mutants, work, jobs, LIMIT_S):
        progress(done := done + 1, total)
        yield _overlooked_by_nobody(mutant, one) if isinstance(one, Failed) else one


def _overlooked_by_nobody(mutant: Mutant, made: Failed) -> Judged:
    """Take a process that hung, or died of its mutant, for one who noticed.

    Raises:
        HarnessError: It was our own work that failed.
    """
    if not made.words.startswith(DIED):
        raise HarnessError(f"{mutant.words}: {made.words}")
    return Judged(mutant, made.words)


def _clauses_of(mutant: Mutant, reached: dict[CodeType, set[str]]) -> tuple[str, ...]:
    own = reached.get(function_of(mutant).__code__, set())
    return tuple(sorted(own)[:CLAUSES]) or EVERYWHERE


def _keys(clauses: tuple[str, ...]) -> Iterator[_Key]:
    """Name the clean reference, then the faults of the clauses."""
    yield clauses, ""
    for clause in clauses:
        faults = sorted(name for name, f in all_faults().items() if f.breaks == clause)
        for name in faults[:FAULTS]:
            yield (clause,), name


def _judged(mutant: Mutant, clauses: tuple[str, ...], seed: int, ends: _Ends) -> Judged:
    install(mutant)
    for key in _keys(clauses):
        if ends[key] is not None and _end(key, seed) != ends[key]:
            noticed = f"fault {key[1]}" if key[1] else "the clean reference"
            return Judged(mutant, noticed, clauses)
    return Judged(mutant, _failing_tests(mutant), clauses)


def _end(key: _Key, seed: int) -> frozenset[tuple[str, str]]:
    """Give which checks accuse how, and what else is not as it should be."""
    clauses, fault = key
    plan = Plan(load_profile(PROFILE), shipped_checks())
    own = [row for row in plan.rows if row.clause in clauses]
    chosen = {row.id for row in (*own, *provoking(plan, own))}
    rows = tuple(row for row in plan.rows if row.id in chosen)
    trial = Trial("fault", fault or "none", faults=(fault,) if fault else ())
    try:
        outcome = judged(trial, plan, Aim(rows, lambda _row: DEPTHS["standard"]), seed)
    except Exception as error:  # noqa: BLE001 - a mutant may break anything
        return frozenset({("", type(error).__name__)})
    accused = {(one.check, one.verdict) for one in outcome.accused}
    return frozenset(accused | {("", kind) for kind in _else(outcome)})


def _else(outcome: Outcome) -> Iterator[str]:
    if outcome.troubles:
        yield "trouble"
    if outcome.undecided:
        yield "undecided"


def _failing_tests(mutant: Mutant) -> str | None:
    """Run the tests of the mutated part, where there is a checkout with tests."""
    stem = Path(mutant.file).stem.strip("_")
    named = [*(MODEL_TESTS if stem == "verdict" else ()), f"test_{stem}.py"]
    found = [str(TESTS / name) for name in named if (TESTS / name).is_file()]
    if not found:
        return None
    import pytest  # noqa: PLC0415 - only here, in a process of its own

    words = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly"]
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        code = pytest.main([*words, "--rootdir", str(TESTS.parent), *found])
    return f"tests: {', '.join(named)}" if code == 1 else None


def _reached() -> dict[CodeType, set[str]]:
    """Give code of a function → the clauses of the checks that may come to it."""
    found: dict[CodeType, set[str]] = {}
    for check in shipped_checks():
        draws = check.requirement.draws
        for start in (check.function, draws):
            if isinstance(start, FunctionType):
                for function in _called(start):
                    clause = check.requirement.clause.replace("{flow}", "password")
                    found.setdefault(function.__code__, set()).add(clause)
    return found


def _called(start: FunctionType) -> list[FunctionType]:
    """List a function and what of ours it calls by name, and so on."""
    found: dict[FunctionType, None] = {}
    waiting: list[object] = [start]
    while waiting:
        one = waiting.pop()
        if isinstance(one, type):
            waiting.extend(vars(one).values())
            continue
        one = getattr(one, "__wrapped__", getattr(one, "fget", one))
        if not isinstance(one, FunctionType) or one in found or not _ours(one):
            continue
        found[one] = None
        names = _names(one.__code__)
        waiting.extend(one.__globals__.get(name) for name in names)
    return list(found)


def _names(code: CodeType) -> set[str]:
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*(_names(part) for part in inner))


def _ours(function: FunctionType) -> bool:
    module = sys.modules.get(function.__module__)
    file = getattr(module, "__file__", None) or ""
    return file.startswith(str(PACKAGE / "checks")) or file == str(
        PACKAGE / "expect.py"
    )
