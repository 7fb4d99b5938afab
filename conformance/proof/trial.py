"""One trial: the reference with faults or variants on, judged once."""

import tempfile
import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from conformance.embedded import reference_in_thread
from conformance.options import Options
from conformance.plan import Plan
from conformance.proof.aim import Aim
from conformance.report.document import document, exit_code
from conformance.run import Bench, Run

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


def judged(trial: Trial, plan: Plan, aim: Aim, seed: int) -> Outcome:
    """Judge the reference with what the trial switches on.

    Raises:
        ConformanceError: The suite could not do its work.
    """
    clock = time.perf_counter()
    bench = Bench(serve=reference_in_thread, plan=plan, keeping=False)
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
            told = _told(run, aim)
        finally:
            run.close()
    rows = told["checks"]
    return Outcome(
        trial.kind,
        trial.name,
        exit_code(told),
        told["reason"],
        _accused(rows),
        _undecided(rows),
        _troubles(told),
        tuple(sorted(run.session.tripped)),
        told["requests"],
        len(rows),
        round(time.perf_counter() - clock, 2),
    )


def _told(run: Run, aim: Aim) -> dict[str, Any]:
    run.open()
    run.engine.shrinking = False
    run.selected = list(aim.rows)
    run.count = aim.count
    run.start()
    run.finish()
    return document(run)


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


def _troubles(told: Mapping[str, Any]) -> tuple[str, ...]:
    own = {
        f"{row['row']}: {row['cause']}"[:400]
        for row in told["checks"]
        if (row["cause"] or "").startswith(OWN_ERROR)
    }
    run = told["run"]
    if run["unattributed"]:
        own.add(f"no row owns {', '.join(run['unattributed'][:NAMED])}")
    if run["forgotten"]:
        own.add(f"left behind: {', '.join(run['forgotten'][:NAMED])}")
    return tuple(sorted(own)[:NAMED])
