"""Passive checks: every exchange of the run is shown to them, one after another."""

import functools
import math
import threading
import time
from bisect import insort
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import SimpleQueue

from conformance.errors import (
    Breach,
    Disturbed,
    HarnessError,
    NotClaimed,
    NotJudged,
    Waits,
)
from conformance.exchange import GATEWAY, Exchange, Key, age_of
from conformance.line import retry_after
from conformance.plan import Plan, Row
from conformance.requirement import Level, asserts_last
from conformance.session import Session, Unit, current_unit
from conformance.tokens import GRANTED_AGAIN
from conformance.tripped import raised_at
from conformance.verdict import ATTEMPTS, SHRINK_ATTEMPT, Result, Verdict

NO_5XX = "errors.no_5xx"
LIFETIME = "oauth.lifetime"
#: Chapters whose rows don't see what was generated from the target's document.
HIDDEN = ("errors", "json")
#: Clauses of those chapters that no other row judges there.
SHOWN = ("errors.no_leak", "json.unique_names")
#: Failing exchanges that a row cites; all are counted.
CITED = 10
#: Seconds in which exchanges gather: to be woken by each would cost the senders.
GATHERED_S = 0.02


@dataclass(slots=True)
class _Tally:
    """What a passive row has seen so far.

    Attributes:
        show: The check, which is called with an exchange.
        seen: How many exchanges it had something to say about.
        owing_nothing: Whether it was shown one that it had nothing to say about.
        newest: Number of the last of `first`, once there are as many as are cited.
        tokens: Broken exchange → the mark of the token that it was sent with.
    """

    row: Row
    show: Callable[..., object]
    seen: int = 0
    owing_nothing: bool = False
    broken: list[tuple[str, str]] = field(default_factory=list)
    soft: list[tuple[str, str]] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    waiting: list[tuple[str, Waits]] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    newest: float = math.inf
    noted: dict[str, None] = field(default_factory=dict)
    succeeded: int = 0
    unclaimed: str = ""
    gateway: dict[Key, dict[int, Exchange]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    def note_gateway(self, exchange: Exchange) -> None:
        """Count the attempts in which one request met a gateway's status.

        One request in many may meet it in every scope; the same one does not.
        """
        self.succeeded += exchange.success
        answer = exchange.answer
        if answer and answer.status in GATEWAY and retry_after(answer) is None:
            request = exchange.key._replace(attempt=0, sending=0)
            self.gateway.setdefault(request, {})[exchange.key.attempt] = exchange

    def accuse(self, exchange: Exchange, words: str) -> None:
        """Keep what is broken, and by which token, where that matters."""
        self.broken.append((exchange.id, words))
        if self.row.clause == LIFETIME:
            self.tokens[exchange.id] = _token(exchange)

    def saw(self, id_: str, age: int, unit: Unit) -> None:
        """Count an exchange that the check had something to say about."""
        self.seen += 1
        if age < self.newest:
            self._keep(id_)
        if unit.edges or unit.noted:
            self.soft += [(id_, words) for words in unit.edges]
            self.noted |= dict.fromkeys(unit.noted)

    def _keep(self, id_: str) -> None:
        """Keep the oldest exchanges as evidence of a pass."""
        insort(self.first, id_, key=age_of)
        del self.first[CITED:]
        if len(self.first) == CITED:
            self.newest = age_of(self.first[-1])

    def persistent(self) -> list[tuple[str, str]]:
        """Give gateway answers that came in every attempt, while others succeeded."""
        return [
            (found[min(found)].id, f"in each scope: {found[min(found)].words}")
            for found in list(self.gateway.values())
            if len(found) >= ATTEMPTS and self.succeeded
        ]


class PassiveJury:
    """Shows every exchange to the passive rows of its operation.

    On a thread of its own: those that talk to the target only hand exchanges over.
    """

    def __init__(self, session: Session, plan: Plan) -> None:
        self._session = session
        self._plan = plan
        # What the words of checks count on, one exchange and row after another.
        self._unit = Unit(session, "jury")
        self._tallies: dict[str, _Tally] = {}
        self._by_operation: dict[str, list[_Tally]] = {}
        self._generating: set[str] = set()
        # Operation → why the first exchange without an answer had none.
        self._silent: dict[str, str] = {}
        self._answered = False
        self._waiting: SimpleQueue[Exchange | None] = SimpleQueue()
        self._thread: threading.Thread | None = None

    def watch(self, selected: set[str]) -> None:
        """Begin to watch, for the selected rows and their edges."""
        chosen = {row.edge_of or row for row in self._plan.rows if row.id in selected}
        self._generating = {
            row.id for row in self._plan.rows if row.check.requirement.generated
        }
        for row in self._plan.rows:
            if row.passive and row.claimed and row in chosen:
                tally = _Tally(row, self._shown_to(row))
                self._tallies[row.id] = tally
                name = row.operation or "elsewhere"
                self._by_operation.setdefault(name, []).append(tally)
        self._session.line.recorder.listeners.append(self._waiting.put)
        self._thread = threading.Thread(target=self._work, name="jury", daemon=True)
        self._thread.start()

    def _shown_to(self, row: Row) -> Callable[..., object]:
        """Give a row's check with everything but the exchange filled in."""
        check = row.check.function
        if "profile" in row.check.arguments:
            return functools.partial(check, profile=self._session.profile)
        return check

    def finish(self) -> None:
        """Judge what is still waiting; nothing more is sent."""
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join()
            self._thread = None

    def _work(self) -> None:
        current_unit.set(self._unit)
        for exchange in iter(self._waiting.get, None):
            self._see(exchange)
            if self._waiting.empty():
                time.sleep(GATHERED_S)

    def watches(self, row: Row) -> bool:
        """Say whether a row watches already: Ctrl-C may come while they begin to."""
        return (row.edge_of or row).id in self._tallies

    def _see(self, exchange: Exchange) -> None:
        """Show one exchange to the rows that it concerns."""
        if exchange.key.attempt >= SHRINK_ATTEMPT:
            # Such attempts look for a smaller payload, which a playback does not.
            return
        if exchange.answer is None:
            self._silent.setdefault(exchange.operation, exchange.trouble or "no answer")
            return
        self._answered = True
        generated = exchange.key.unit in self._generating
        age = age_of(exchange.id)
        for tally in self._by_operation.get(exchange.operation, ()):
            if generated and _hidden(tally.row):
                continue
            if tally.row.clause == NO_5XX:
                tally.note_gateway(exchange)
            concerned = tally.row.check.requirement.of
            if concerned is None or concerned(exchange):
                self._judge(tally, exchange, age)

    def _judge(self, tally: _Tally, exchange: Exchange, age: int) -> None:
        unit = self._unit
        unit.name, unit.row = tally.row.id, tally.row
        unit.asserted = unit.edges_seen = 0
        if unit.edges or unit.noted:
            unit.edges.clear()
            unit.noted.clear()
        try:
            tally.show(exchange=exchange)
        except (Breach, AssertionError) as breach:
            self._session.tripped |= raised_at(breach)
            tally.accuse(exchange, str(breach))
            unit.asserted += 1
        except Waits as waiting:
            tally.waiting.append((exchange.id, waiting))
            return
        except NotClaimed as silent:
            tally.unclaimed = str(silent)
            return
        except (Disturbed, NotJudged):
            return
        except Exception as error:  # noqa: BLE001 - our own bug is no verdict
            tally.errors.append(f"{type(error).__name__}: {error}")
        said = unit.asserted or unit.edges_seen
        if not said and not asserts_last(tally.row.check.function):
            tally.owing_nothing = True
        else:
            tally.saw(exchange.id, age, unit)

    def accuses(self, row: Row) -> bool:
        """Say whether a row found something, all exchanges being made."""
        tally = self._tallies.get(row.id)
        return tally is not None and bool(self._broken(tally))

    def _broken(self, tally: _Tally) -> list[tuple[str, str]]:
        """Give what accuses: not the end of a token that others were granted too."""
        own = [
            one
            for one in tally.broken
            if not self._session.tokens.granted_again(tally.tokens.get(one[0], ""))
        ]
        return own + tally.persistent()

    def forget(self) -> None:
        """Let go of what was seen, once there is a verdict on every row."""
        self._tallies.clear()
        self._by_operation.clear()

    def result(self, row: Row, waits_for: Callable[[], str | None]) -> Result:
        """Give the verdict on a passive row, all exchanges being made.

        Args:
            row: The row.
            waits_for: Asked what stood in the way, when no exchange was made.
        """
        tally = self._tallies.get((row.edge_of or row).id)
        if tally is None:
            raise HarnessError(f"nobody watched for {row.id}")
        return self._unjudged(row, tally, waits_for) or self._judged(row, tally)

    def _unjudged(
        self, row: Row, tally: _Tally, waits_for: Callable[[], str | None]
    ) -> Result | None:
        """Give the verdict on a row that nothing was shown to; None otherwise."""
        if tally.errors:
            return Result(
                Verdict.INCONCLUSIVE,
                cause=f"the suite's own error: {tally.errors[0]}",
                seen=tally.seen,
            )
        if not tally.seen:
            return self._unseen(tally, waits_for())
        if row.edge_of is not None and tally.broken:
            return Result(
                Verdict.INCONCLUSIVE,
                cause="the row that it belongs to did not pass",
                waits_for=row.edge_of.id,
                seen=tally.seen,
            )
        return None

    def _judged(self, row: Row, tally: _Tally) -> Result:
        """Give the verdict on what a row found."""
        broken = self._broken(tally)
        if tally.broken and not broken and row.edge_of is None:
            return Result(Verdict.INCONCLUSIVE, cause=GRANTED_AGAIN, seen=tally.seen)
        found = tally.soft if row.edge_of is not None else broken
        # By age, not by arrival: a playback then cites what the run cited.
        found = sorted(found, key=lambda one: age_of(one[0]))
        if row.check.requirement.yields and found:
            owners = self._owners(row)
            first_id, words = found[0]
            found = [one for one in found if one[0] not in owners]
            if not found:
                return Result(
                    Verdict.INCONCLUSIVE,
                    cause=f"waits for {owners[first_id]}: {words}",
                    waits_for=owners[first_id],
                    seen=tally.seen,
                )
        if not found:
            return Result(
                Verdict.PASS,
                seen=tally.seen,
                exchanges=tuple(tally.first[:2]),
                notes=tuple(tally.noted),
            )
        ids = tuple(dict.fromkeys(id_ for id_, _ in found))
        return Result(
            Verdict.FAIL if row.level is Level.MUST else Verdict.WARN,
            found[0][1],
            attempts=f"{len(ids)} of {tally.seen}",
            exchanges=ids[:CITED],
            seen=tally.seen,
            notes=tuple(tally.noted),
        )

    def _owners(self, row: Row) -> dict[str, str]:
        """Give exchange → a row of another clause, as grave, that accuses it."""
        owners = dict(self._session.met)
        for tally in self._tallies.values():
            graver = tally.row.level is Level.MUST or row.level is Level.SHOULD
            if tally.row.clause == row.clause or not graver:
                continue
            soft = tally.soft if row.level is Level.SHOULD else []
            for id_, _ in [*tally.broken, *soft]:
                owners.setdefault(id_, tally.row.id)
        return owners

    def _unseen(self, tally: _Tally, waits_for: str | None) -> Result:
        dead = self._session.line.dead
        if not tally.owing_nothing:
            dead = dead or self._trouble(tally.row)
        cause = "no exchange of this kind was made"
        if tally.unclaimed:
            return Result(Verdict.NOT_APPLICABLE, tally.unclaimed)
        if dead is not None:
            return Result(
                Verdict.INCONCLUSIVE, cause=f"no verdict from the target: {dead}"
            )
        if tally.waiting and (waits_for is None or tally.owing_nothing):
            _, first = min(tally.waiting, key=lambda one: age_of(one[0]))
            return Result(Verdict.INCONCLUSIVE, cause=str(first), waits_for=first.row)
        if tally.owing_nothing:
            words = "no answer held anything that it judges"
            return Result(Verdict.NOT_APPLICABLE, words)
        if waits_for is not None:
            cause = f"waits for {waits_for}: {cause}"
        return Result(Verdict.INCONCLUSIVE, cause=cause, waits_for=waits_for)

    def _trouble(self, row: Row) -> str | None:
        """Say why nothing of a row's kind was answered, if something was asked."""
        if self._answered:
            return self._silent.get(row.operation or "elsewhere")
        return next(iter(self._silent.values()), None)


def _hidden(row: Row) -> bool:
    """Say whether a row does not see what was generated from the document."""
    return row.check.chapter in HIDDEN and row.clause not in SHOWN


def _token(exchange: Exchange) -> str:
    """Give the mark of the token that was sent."""
    sent = {name.lower(): value for name, value in exchange.sent.headers}
    return sent.get("authorization", "").removeprefix("Bearer ")
