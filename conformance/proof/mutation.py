"""Judges mutants of the checks: by clean and freer references, by faults, by tests."""

import contextlib
import functools
import itertools
import os
import re
import sys
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import TYPE_CHECKING, Any, NamedTuple

from conformance.errors import HarnessError
from conformance.options import DEPTHS, provoking
from conformance.plan import Plan, Row, shipped_checks
from conformance.profile import load_profile
from conformance.proof.aim import Aim
from conformance.proof.combine import combined
from conformance.proof.mutants import Mutant, function_of, install
from conformance.proof.pool import DIED, Failed, each
from conformance.proof.prove import breakable
from conformance.proof.trial import Trial, ran
from conformance.reference.faults import all_faults
from conformance.reference.variants import all_variants
from conformance.requirement import Check, Level
from conformance.tripped import PACKAGE
from conformance.verdict import Result, Verdict

if TYPE_CHECKING:
    from conformance.exchange import Exchange

PROFILE = "reference"
#: Another vendor's names, and freedoms: what accuses these is wrong.
FOREIGN = "example-vendor"
COMBINATIONS = 3
#: Clauses by which a mutant of what many share is judged, and faults in sum.
CLAUSES, FAULTS = 8, 24
#: Clauses that judge what no check reaches: the verdict model.
EVERYWHERE = ("verbs.patch.merges", "json.content_type", "verbs.patch.null")
LIMIT_S = 600.0
TESTS = PACKAGE.parent / "tests"
#: Those of single checks, and of what checks share.
OWN_TESTS = TESTS / "checks"
#: Tests of the parts that mutants change; each is run as a whole.
MODEL_TESTS = ("test_verdict.py", "report/test_ruling.py")


@dataclass(frozen=True, slots=True)
class Judged:
    """What became of a mutant.

    Attributes:
        killed_by: In what a trial ended otherwise, and which, or the tests that
            failed; None for a survivor.
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


class _Try(NamedTuple):
    """One trial of some clauses' rows."""

    clauses: tuple[str, ...]
    fault: str = ""
    variants: tuple[str, ...] = ()
    profile: str = PROFILE

    @property
    def clean(self) -> bool:
        return not (self.fault or self.variants)

    @property
    def words(self) -> str:
        if self.fault:
            return f"fault {self.fault}"
        if self.variants:
            return f"{len(self.variants)} variants at once"
        return f"the clean reference, {self.profile}"


@dataclass(slots=True)
class _Reach:
    """How checks come to a function.

    Attributes:
        steps: Clause → calls between its nearest check and the function.
        early: A plan or its payloads are made by it.
    """

    steps: dict[str, int] = field(default_factory=dict)
    early: bool = False


#: What a trial is compared by → what it ended in.
_End = Mapping[str, frozenset[Any]]
_PORT = re.compile(r"localhost:\d+")


class _Bench:
    """What each process inherits: plans with their payloads, and what is expected."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.reached = _reached()
        self.combined = combined(all_variants(), COMBINATIONS)
        self.plans = {name: _plan(name) for name in (PROFILE, FOREIGN)}
        self.expected: dict[_Try, _End] = {}

    def draw(self) -> None:
        """Draw what mutants that draw nothing are judged with."""
        for plan in self.plans.values():
            plan.draw(self.seed, lambda _row: DEPTHS["standard"], "")

    def clauses_of(self, mutant: Mutant) -> tuple[str, ...]:
        """Name the clauses whose checks come to a mutant, nearest first."""
        reach = self.reached.get(function_of(mutant).__code__, _Reach())

        def place(clause: str) -> tuple[int, int]:
            # Among equals no clause is first for every mutant.
            return reach.steps[clause], zlib.crc32(f"{mutant}{clause}".encode())

        return tuple(sorted(reach.steps, key=place)[:CLAUSES]) or EVERYWHERE

    def faulty(self, clauses: Sequence[str]) -> list[_Try]:
        """Give faults of the clauses, of each in turn."""
        plan = self.plans[PROFILE]
        by_clause = [
            [
                _Try((clause,), name)
                for name, fault in sorted(all_faults().items())
                if fault.breaks == clause and breakable(plan, fault)
            ]
            for clause in clauses
        ]
        turns = itertools.chain.from_iterable(itertools.zip_longest(*by_clause))
        return list(itertools.islice((one for one in turns if one), FAULTS))

    def tries(self, clauses: tuple[str, ...]) -> list[_Try]:
        """List what judges mutants by some clauses, in turn."""
        freer = [_Try(clauses, variants=found) for found in self.combined]
        clean = [_Try(clauses), _Try(clauses, profile=FOREIGN)]
        return [*clean, *self.faulty(clauses), *freer]

    def end(self, one: _Try, *, anew: bool = False) -> _End:
        """Judge a trial.

        Args:
            one: What to try.
            anew: Make plan and payloads once more.

        Returns:
            What each row ended in, what was said of it, and how many requests each
            check sent; of references with variants, only what is not green.
        """
        try:
            return self._end(one, anew=anew)
        except Exception as error:  # noqa: BLE001 - a mutant may break anything
            return {"error": frozenset({type(error).__name__})}

    def _end(self, one: _Try, *, anew: bool) -> _End:
        plan = _plan(one.profile) if anew else self.plans[one.profile]
        own = [row for row in plan.rows if row.clause in one.clauses]
        chosen = {row.id for row in (*own, *provoking(plan, own))}
        rows = tuple(row for row in plan.rows if row.id in chosen)
        faults = (one.fault,) if one.fault else ()
        trial = Trial("fault", one.fault or "none", faults, one.variants)
        aim = Aim(rows, lambda _row: DEPTHS["standard"])
        sent: list[Exchange] = []
        with ran(trial, plan, aim, self.seed, listener=sent.append) as run:
            ends = [(row, run.results[row.id]) for row in run.selected]
            if one.variants:
                red = {(row.id, r.verdict) for row, r in ends if _red(row, r)}
                return {"verdicts": frozenset(red)}
            told = {
                (row.id, _PORT.sub("", words.replace(run.prefix, "")))
                for row, r in ends
                for words in (r.message, r.cause or "", *r.notes, *r.edges)
                if words
            }
        found: dict[str, frozenset[Any]] = {
            "verdicts": frozenset((row.id, result.verdict) for row, result in ends),
            "words": frozenset(told),
        }
        if not one.fault:
            units = Counter(one.key.unit.partition("[")[0] for one in sent)
            found["requests"] = frozenset(units.items())
        return found


def _plan(profile: str) -> Plan:
    return Plan(load_profile(profile), shipped_checks())


#: How references end on which only freedoms are taken.
_GREEN: _End = {"verdicts": frozenset()}


def _red(row: Row, result: Result) -> bool:
    """Say whether a row of a conforming server ended as none should."""
    open_ = result.verdict is Verdict.INCONCLUSIVE and row.level is Level.MUST
    return open_ or result.verdict in (Verdict.FAIL, Verdict.WARN)


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
    bench = _Bench(seed)
    bench.draw()
    tries = [one for m in mutants for one in bench.tries(bench.clauses_of(m))]
    faulty = list(dict.fromkeys(one for one in tries if one.fault))
    suites = list(dict.fromkeys(map(_tests_of, mutants)))
    total, done = len(faulty) + len(suites) + len(mutants), 0
    for one, made in each(faulty, bench.end, jobs, LIMIT_S):
        if isinstance(made, Failed):
            raise HarnessError(f"{one.words}: {made.words}")
        bench.expected[one] = made
        progress(done := done + 1, total)
    for tests, words in each(suites, _failing, jobs, LIMIT_S):
        if words is not None:
            told = words.words if isinstance(words, Failed) else words
            raise HarnessError(f"without a mutant, too, these fail: {told} {tests}")
        progress(done := done + 1, total)
    work = functools.partial(_judged, bench)
    for mutant, found in each(mutants, work, jobs, LIMIT_S):
        progress(done := done + 1, total)
        if isinstance(found, Failed):
            yield _overlooked_by_nobody(mutant, found)
        else:
            yield found


def _overlooked_by_nobody(mutant: Mutant, made: Failed) -> Judged:
    """Take a process that hung, or died of its mutant, for one who noticed.

    Raises:
        HarnessError: It was our own work that failed.
    """
    if not made.words.startswith(DIED):
        raise HarnessError(f"{mutant.words}: {made.words}")
    return Judged(mutant, made.words)


def _judged(bench: _Bench, mutant: Mutant) -> Judged:
    """Say who notices a mutant, if anybody does."""
    function = function_of(mutant)
    right = function.__code__
    early = bench.reached.get(right, _Reach(early=True)).early
    clauses = bench.clauses_of(mutant)
    tries = bench.tries(clauses)
    expected = {one: bench.end(one) for one in tries if one.clean}
    install(mutant)
    wrong = function.__code__
    for one in tries:
        wanted = bench.expected.get(one) or expected.get(one) or _GREEN
        found = _unlike(wanted, bench.end(one, anew=early))
        if not found:
            continue
        # What does not end alike by itself can't tell that a mutant was seen.
        function.__code__ = right
        found -= _unlike(wanted, bench.end(one, anew=early))
        function.__code__ = wrong
        found &= _unlike(wanted, bench.end(one, anew=early))
        if found:
            return Judged(mutant, f"{', '.join(sorted(found))}: {one.words}", clauses)
    return Judged(mutant, _failing(_tests_of(mutant)), clauses)


def _unlike(one: _End, other: _End) -> set[str]:
    """Name in what two trials ended otherwise."""
    return {part for part in {*one, *other} if one.get(part) != other.get(part)}


def _tests_of(mutant: Mutant) -> tuple[Path, ...]:
    """List the tests of the mutated part, where there is a checkout with tests."""
    stem = Path(mutant.file).stem.strip("_")
    named = [TESTS / name for name in MODEL_TESTS if stem == "verdict"]
    named += sorted({*TESTS.glob(f"test_{stem}.py"), *OWN_TESTS.glob(f"test_{stem}*")})
    return tuple(path for path in named if path.is_file())


def _failing(tests: tuple[Path, ...]) -> str | None:
    """Run tests in this process, whose code may be changed; say which files fail.

    Raises:
        HarnessError: They could not be run, so that nothing is known.
    """
    if not tests:
        return None
    import pytest  # noqa: PLC0415 - only here, in a process of its own

    words = ["-q", "-x", "-p", "no:cacheprovider", "-p", "no:randomly"]
    # It minds that payloads were drawn before it came.
    words += ["-p", "no:hypothesispytest"]
    # The mutant is in what is imported already.
    words += ["-W", "ignore::pytest.PytestAssertRewriteWarning"]
    with (
        Path(os.devnull).open("w", encoding="utf-8") as nowhere,
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
    ):
        found = [str(path) for path in tests]
        code = pytest.main([*words, "--rootdir", str(TESTS.parent), *found])
    names = ", ".join(path.name for path in tests)
    if code == pytest.ExitCode.OK:
        return None
    # What a mutant breaks may be met when a file is read.
    if code in (pytest.ExitCode.TESTS_FAILED, pytest.ExitCode.INTERRUPTED):
        return f"tests: {names}"
    raise HarnessError(f"pytest ended with {code} for {names}")


# --------------------------------------------------------------------- what is reached


def _reached() -> dict[CodeType, _Reach]:
    """Give code of a function → the clauses of the checks that may come to it."""
    found: dict[CodeType, _Reach] = {}
    for check in shipped_checks():
        [clause] = _filled((check.requirement.clause,))
        for start, early in _starts(check):
            for function, steps in _called(start).items():
                reach = found.setdefault(function.__code__, _Reach())
                reach.steps[clause] = min(steps, reach.steps.get(clause, steps))
                reach.early |= early
    return found


def _filled(clauses: Sequence[str]) -> tuple[str, ...]:
    return tuple(clause.replace("{flow}", "password") for clause in clauses)


def _starts(check: Check) -> Iterator[tuple[object, bool]]:
    """Give the functions of a check, and whether a plan is made by them."""
    asked = check.requirement
    yield check.function, False
    yield asked.of, False
    for early in (asked.draws, asked.only, asked.when):
        yield early, True


def _called(start: object) -> dict[FunctionType, int]:
    """Give a function and what of ours it calls by name, and so on, with the steps."""
    found: dict[FunctionType, int] = {}
    waiting: list[tuple[object, int]] = [(start, 0)]
    for one, steps in waiting:
        if isinstance(one, type):
            waiting += [(part, steps) for part in vars(one).values()]
            continue
        function = getattr(one, "func", getattr(one, "fget", one))
        function = getattr(function, "__wrapped__", function)
        if not isinstance(function, FunctionType) or function in found:
            continue
        if _ours(function.__module__):
            found[function] = steps
            waiting += [(named, steps + 1) for named in _named(function)]
    return found


def _named(function: FunctionType) -> Iterator[object]:
    """Give what stands behind the names in a function, also in modules of ours."""
    names = _names(function.__code__)
    known = [function.__globals__.get(name) for name in names]
    yield from known
    for module in known:
        if isinstance(module, ModuleType) and _ours(module.__name__):
            yield from (vars(module).get(name) for name in names)


def _names(code: CodeType) -> set[str]:
    inner = (part for part in code.co_consts if isinstance(part, CodeType))
    return set(code.co_names).union(*(_names(part) for part in inner))


def _ours(name: str) -> bool:
    file = getattr(sys.modules.get(name), "__file__", None) or ""
    ours = tuple(str(PACKAGE / file) for file in ("checks", "expect.py", "values.py"))
    return file.startswith(ours)
