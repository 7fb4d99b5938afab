"""One trial: the reference with faults or variants on, judged once."""

import contextlib
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.exchange import Exchange
from conformance.options import Options
from conformance.plan import Plan, Row
from conformance.proof.aim import Aim
from conformance.proof.direct import reference_at_hand
from conformance.report.document import forgotten, unattributed
from conformance.report.ruling import exit_code, ruling
from conformance.run import Bench, Run, Serve
from conformance.verdict import Result

#: Exit code of a run whose verdicts are in doubt.
OWN_FAULT = 4
#: Begins the cause of a row that our own error left undecided.
OWN_ERROR = "the suite's own error"


@dataclass(frozen=True, slots=True)
class Accused:
    """A check that accused the target.

    Attributes:
        verdict: fail or warn.
        rows: How many of its rows did.
        message: What the first said.
    """

    check: str
    clause: str
    verdict: str
    rows: int
    message: str


@dataclass(frozen=True, slots=True)
class Trial:
    """What was tried: a fault, a variant or a combination of variants."""

    kind: str
    name: str
    faults: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of a trial.

    Attributes:
        code: Exit code of the run.
        reason: The run's, in a sentence.
        accused: Checks that accused, in the plan's order.
        undecided: Rows of level MUST that were inconclusive, at most a few.
        troubles: Our own errors; no trial with one proves anything.
        tripped: Lines of checks that accused.
        profile: The one that the reference served.
        seconds: Wall clock.
    """

    kind: str
    name: str
    code: int
    reason: str
    accused: tuple[Accused, ...] = ()
    undecided: tuple[str, ...] = ()
    troubles: tuple[str, ...] = ()
    tripped: tuple[str, ...] = ()
    requests: int = 0
    rows: int = 0
    profile: str = ""
    seconds: float = 0.0

    def as_json(self) -> dict[str, Any]:
        """Give the outcome as JSON values."""
        return asdict(self)

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> "Outcome":
        """Read what `as_json` gave.

        Raises:
            TypeError: It has other members.
        """
        accused = tuple(Accused(**one) for one in told["accused"])
        lists = {k: tuple(v) for k, v in told.items() if isinstance(v, list)}
        return cls(**{**told, **lists, "accused": accused})

    def accusing(self) -> dict[str, list[Accused]]:
        """Give clause → the checks that accuse by it."""
        found: dict[str, list[Accused]] = {}
        for one in self.accused:
            found.setdefault(one.clause, []).append(one)
        return found


#: Undecided rows that an outcome names.
NAMED = 5


@contextlib.contextmanager
def ran(  # noqa: PLR0913 - what a trial is made of
    trial: Trial,
    plan: Plan,
    aim: Aim,
    seed: int,
    *,
    serve: Serve = reference_at_hand,
    listener: Callable[[Exchange], None] | None = None,
) -> Iterator[Run]:
    """Give a finished run against the reference with what the trial switches on.

    Args:
        trial: What is switched on.
        plan: Of the profile that is served.
        aim: The rows that judge it.
        seed: What is drawn follows from it.
        serve: Starts the reference.
        listener: Is shown every exchange, on the threads that send.

    Raises:
        ConformanceError: The suite could not do its work.
    """
    bench = Bench(serve=serve, plan=plan, keeping=False)
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        options = Options(
            target="reference",
            out=Path(folder),
            profile=str(plan.profile.path),
            faults=trial.faults,
            variants=trial.variants,
            seed=seed,
        )
        run = Run(options, bench=bench)
        try:
            _run(run, aim, listener)
        finally:
            run.close()
        yield run


def judged(
    trial: Trial, plan: Plan, aim: Aim, seed: int, serve: Serve = reference_at_hand
) -> Outcome:
    """Judge the reference with what the trial switches on; arguments as for `ran`.

    Raises:
        ConformanceError: The suite could not do its work.
    """
    clock = time.perf_counter()
    with ran(trial, plan, aim, seed, serve=serve) as run:
        rows = [_row(row, run.results[row.id]) for row in run.selected]
        partial = len(rows) < len(plan.rows)
        absent = run.config.absent
        verdict, reason = ruling(rows, absent, partial=partial, read_only=False)
        about = {"unattributed": unattributed(run), "forgotten": forgotten(run)}
        code = exit_code({"verdict": verdict, "run": about})
        return Outcome(
            trial.kind,
            trial.name,
            code,
            reason,
            _accused(rows),
            _undecided(rows),
            _troubles(rows, about if code == OWN_FAULT else {}),
            tuple(sorted(run.session.tripped)),
            run.line.sent,
            len(rows),
            plan.profile.name,
            round(time.perf_counter() - clock, 2),
        )


def _run(run: Run, aim: Aim, listener: Callable[[Exchange], None] | None) -> None:
    run.open()
    run.recorder.listeners += [listener] if listener else []
    run.engine.shrinking = False
    run.selected = list(aim.rows)
    run.count = aim.count
    run.start()
    run.finish()


def _row(row: Row, result: Result) -> dict[str, Any]:
    """Tell of a row what a report does, without its exchanges."""
    return {
        "id": row.check.id,
        "row": row.id,
        "clause": row.clause,
        "chapter": row.check.chapter,
        "level": row.level.value,
        "verdict": result.verdict.value,
        "message": result.message,
        "cause": result.cause,
        "means": result.means,
    }


def _accused(rows: Iterable[Mapping[str, Any]]) -> tuple[Accused, ...]:
    found: dict[tuple[str, str, str], list[str]] = {}
    for row in rows:
        if row["verdict"] in ("fail", "warn"):
            key = (row["id"], row["clause"], row["verdict"])
            found.setdefault(key, []).append(row["message"])
    return tuple(Accused(*key, len(said), said[0][:200]) for key, said in found.items())


def _undecided(rows: Iterable[Mapping[str, Any]]) -> tuple[str, ...]:
    found = [
        f"{row['row']}: {row['cause']}"[:300]
        for row in rows
        if row["verdict"] == "inconclusive" and row["level"] == "MUST"
    ]
    return tuple(found[:NAMED])


def _troubles(
    rows: Iterable[Mapping[str, Any]], about: Mapping[str, list[str]]
) -> tuple[str, ...]:
    own = {
        f"{row['row']}: {row['cause']}"[:400]
        for row in rows
        if (row["cause"] or "").startswith(OWN_ERROR)
    }
    told = {
        f"{what}: {', '.join(names[:NAMED])}" for what, names in about.items() if names
    }
    return tuple(sorted(own | told)[:NAMED])
