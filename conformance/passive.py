"""Passive checks: every exchange of the run is shown to them, as it happens."""

import threading
from dataclasses import dataclass, field

from conformance.errors import Breach, Disturbed, HarnessError, Waits
from conformance.exchange import Exchange
from conformance.plan import Plan, Row
from conformance.requirement import Level
from conformance.session import Session, Unit, current_unit
from conformance.verdict import Result, Verdict

#: Failing exchanges that a row cites; all are counted.
CITED = 10


@dataclass
class _Tally:
    """What a passive row has seen so far."""

    row: Row
    seen: int = 0
    broken: list[tuple[str, str]] = field(default_factory=list)
    soft: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)


class PassiveJury:
    """Shows every exchange to the passive rows of its operation."""

    def __init__(self, session: Session, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        self._tallies: dict[str, _Tally] = {}
        self._by_operation: dict[str, list[_Tally]] = {}

    def watch(self, selected: set[str]) -> None:
        """Begin to watch, for the selected rows and their edges."""
        for row in self._plan.rows:
            if not row.passive or not row.claimed or row.edge_of is not None:
                continue
            edges = (r.id for r in self._plan.rows if r.edge_of is row)
            if row.id in selected or not selected.isdisjoint(edges):
                tally = self._tallies[row.id] = _Tally(row)
                name = row.operation or "elsewhere"
                self._by_operation.setdefault(name, []).append(tally)
        self._session.line.recorder.listeners.append(self.see)

    def see(self, exchange: Exchange) -> None:
        """Show one exchange to the rows that it concerns."""
        if exchange.answer is None:
            return
        for tally in self._by_operation.get(exchange.operation, ()):
            concerned = tally.row.check.requirement.of
            if concerned is None or concerned(exchange):
                self._judge(tally, exchange)

    def _judge(self, tally: _Tally, exchange: Exchange) -> None:
        unit = Unit(self._session, tally.row.id, tally.row)
        token = current_unit.set(unit)
        try:
            known = {"exchange": exchange, "profile": self._session.profile}
            check = tally.row.check
            check.function(**{name: known[name] for name in check.arguments})
        except (Breach, AssertionError) as breach:
            with tally.lock:
                tally.broken.append((exchange.id, str(breach)))
        except (Waits, Disturbed):
            return
        except Exception as error:  # noqa: BLE001 - our own bug is no verdict
            with tally.lock:
                tally.errors.append(f"{type(error).__name__}: {error}")
        finally:
            current_unit.reset(token)
        with tally.lock:
            tally.seen += 1
            tally.soft += [(exchange.id, words) for words in unit.edges]
            if len(tally.first) < CITED:
                tally.first.append(exchange.id)

    def result(self, row: Row) -> Result:
        """Give the verdict on a passive row, all exchanges being made."""
        tally = self._tallies.get((row.edge_of or row).id)
        if tally is None:
            raise HarnessError(f"nobody watched for {row.id}")
        if tally.errors:
            return Result(
                Verdict.INCONCLUSIVE,
                cause=f"the suite's own error: {tally.errors[0]}",
                seen=tally.seen,
            )
        if not tally.seen:
            return Result(Verdict.INCONCLUSIVE, cause=self._why_unseen())
        if row.edge_of is not None and tally.broken:
            return Result(
                Verdict.INCONCLUSIVE,
                cause="the row that it belongs to did not pass",
                waits_for=row.edge_of.id,
                seen=tally.seen,
            )
        found = tally.soft if row.edge_of is not None else tally.broken
        if not found:
            return Result(
                Verdict.PASS, seen=tally.seen, exchanges=tuple(tally.first[:2])
            )
        ids = tuple(dict.fromkeys(id_ for id_, _ in found))
        return Result(
            Verdict.FAIL if row.level is Level.MUST else Verdict.WARN,
            found[0][1],
            attempts=f"{len(ids)} of {tally.seen}",
            exchanges=ids[:CITED],
            seen=tally.seen,
        )

    def _why_unseen(self) -> str:
        dead = self._session.line.dead
        return f"no verdict from the target: {dead}" if dead else (
            "no exchange of this kind was made"
        )
