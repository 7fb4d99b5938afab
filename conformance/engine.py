"""The engine: every unit queued at the start, longest first; verdicts in order.

No pytest here. Rows ask for their `Result` with `Engine.result`.
"""

import inspect
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from conformance.blame import Blame
from conformance.caller import After
from conformance.cleanup import Cleaner
from conformance.contract.fetching import document_of
from conformance.ending import outcome_of
from conformance.errors import (
    Disturbed,
    NotProvided,
    Stopped,
    Waits,
)
from conformance.exchange import GATEWAY, age_of
from conformance.line import lost
from conformance.passive import PassiveJury
from conformance.plan import Plan, Row, sending
from conformance.requirement import asserts_last
from conformance.session import Session, Unit, current_unit
from conformance.shrinking import Shrinker, Smaller, shrinkable
from conformance.tripped import raised_at
from conformance.verdict import (
    CITED_PASS,
    SHRINK_ATTEMPT,
    Kind,
    Outcome,
    Result,
    Verdict,
    again,
    edge_result,
    first_broken,
    result_of,
    settled,
)

LATE_POOL = 32
#: Units more than requests in flight: some wait for what another makes, or for a race.
WAITING = 64
#: Seconds that the first request may take.
LOOK_S = 10.0
#: What is kept of the units of a row that holds.
_HELD = [[Outcome(Kind.HELD)]]
#: The verdict on a row that the run ended before.
NOT_EXECUTED = Result(Verdict.INCONCLUSIVE, cause="not executed: the run was stopped")


class Engine:
    """Runs the rows of a plan against a target.

    Attributes:
        progress: Called with (done, total) units after each unit.
        shrinking: Look for smaller payloads of what failed, after the run.
        smallest: Row id → the ways in which it failed, each with its payloads.
        gone: Why nobody was there from the beginning, so that no row is judged.
    """

    def __init__(
        self,
        session: Session,
        plan: Plan,
        *,
        concurrency: int,
        progress: Callable[[int, int], None] = lambda _done, _total: None,
    ) -> None:
        self.session = session
        self.plan = plan
        self.cleaner = Cleaner(session)
        self.jury = PassiveJury(session, plan)
        self.progress = progress
        # Where a grant ends the token before, rows must not grant side by side.
        alone = session.config.single_session or concurrency == 1
        workers = 1 if alone else concurrency + WAITING
        self._workers = workers
        self._pool = ThreadPoolExecutor(workers, "unit")
        self._late = ThreadPoolExecutor(LATE_POOL, "late")
        # What waits for a worker; of each a future would hold twenty times as much.
        self._jobs: deque[tuple[Row, int]] = deque()
        self._outcomes: dict[str, list[list[Outcome]]] = {}
        self._blame = Blame(session, plan, self.jury, self._outcomes)
        # Rows that somebody waits for, and of each the units that are not done.
        self._awaited: dict[str, threading.Event] = {}
        self._open: dict[str, int] = {}
        self._results: dict[str, Result] = {}
        self._lock = threading.Lock()
        self._all_done = threading.Event()
        self._units = self._units_done = 0
        # How many units are left that wait for no moment, and that none is.
        self._prompt = 0
        self._quiet = threading.Event()
        self._finished = threading.Event()
        self._rows = {row.id: row for row in plan.rows}
        self._channel: Waits | None = None
        self._abandoned = False
        self.gone: str | None = None
        self.shrinking = True
        self.smallest: dict[str, tuple[Smaller, ...]] = {}
        session.plan = plan

    # ------------------------------------------------------------------------ start

    def watch(self, rows: Iterable[Row]) -> None:
        """Show rows every exchange from now on, and look if the target is there."""
        self.jury.watch({row.id for row in rows})
        self._look()

    def start(self, rows: Iterable[Row]) -> None:
        """Queue every unit of the rows; none, where the target is not there."""
        active = [] if self.gone else sending(rows)
        jobs = [(row, n) for row in active for n in range(len(row.payloads))]
        jobs.sort(key=lambda job: -job[0].check.requirement.cost)
        for row in active:
            self._outcomes[row.id] = [[] for _ in row.payloads]
            self._open[row.id] = len(row.payloads)
        self._units = len(jobs)
        self._prompt = sum(not _late(row) for row, _ in jobs)
        if not jobs:
            self._all_done.set()
        if not self._prompt:
            self._quiet.set()
        for row, number in jobs:
            if _late(row):
                self._late.submit(self._run, row, number)
            else:
                self._jobs.append((row, number))
        for _ in range(min(self._workers, len(self._jobs))):
            self._pool.submit(self._work)

    def _look(self) -> None:
        """Send one request, to see whether there is somebody to talk to."""
        unit = Unit(self.session, "look")
        base_path = self.session.profile.base_path
        try:
            unit.target.anonymous.send(
                "GET", base_path + "/", operation="look", deadline_s=LOOK_S
            )
        except Stopped:
            return
        except Disturbed as trouble:
            words = str(trouble)
            if "CERTIFICATE_VERIFY_FAILED" in words:
                owner = self.plan.owner("https.certificate")
                cause = f"no trusted channel: {words}"
                self._channel = Waits(owner, cause, shared=True)
            elif words.startswith("Connect") or "Timeout" in words:
                self.gone = self.session.line.dead = f"the target is not there: {words}"

    # ------------------------------------------------------------------------ units

    def _work(self) -> None:
        """Run what is queued, one unit after another."""
        while True:
            try:
                row, number = self._jobs.popleft()
            except IndexError:
                return
            self._run(row, number)

    def _run(self, row: Row, number: int) -> None:
        outcomes: list[Outcome] = []
        try:
            while True:
                outcomes.append(self._attempt(row, number, len(outcomes)))
                if not again(outcomes):
                    break
                if _late(row) and outcomes[-1].kind is Kind.DISTURBED:
                    # What came too late may come in time when nobody else asks.
                    self._quiet.wait()
        except BaseException:  # noqa: BLE001 - the row must not be waited for in vain
            outcomes.append(Outcome(Kind.ERROR, traceback.format_exc(limit=8)))
        with self._lock:
            self._outcomes[row.id][number] = settled(outcomes)
            if self._open[row.id] == 1 and all(map(_held, self._outcomes[row.id])):
                self._settle(row)
            self._open[row.id] -= 1
            self._units_done += 1
            self._prompt -= not _late(row)
            if not self._prompt:
                self._quiet.set()
            row_done = self._open[row.id] == 0
            awaited = self._awaited.pop(row.id, None) if row_done else None
            all_done = self._units_done == self._units
        self.progress(self._units_done, self._units)
        if awaited is not None:
            awaited.set()
        if all_done:
            self._all_done.set()

    def _settle(self, row: Row) -> None:
        """Keep of a row that holds its verdict alone; most rows of a run do."""
        result = self._judged(row)
        if not result.edges:
            # By age: what was sent side by side ends in another order when played.
            every = [o for attempts in self._outcomes[row.id] for o in attempts]
            ids = [id_ for o in every for id_ in sorted(o.exchanges, key=age_of)]
            result = replace(result, exchanges=tuple(ids[:CITED_PASS]))
        self._results[row.id] = result
        self._outcomes[row.id] = _HELD
        row.payloads = row.drawn = ()

    def _attempt(self, row: Row, number: int, attempt: int) -> Outcome:
        return self._try(row, row.payloads[number], number, attempt)

    def _try(self, row: Row, payload: Any, number: int, attempt: int) -> Outcome:
        unit = Unit(self.session, row.id, row, attempt, number)
        clock = time.perf_counter()
        token = current_unit.set(unit)
        try:
            outcome = self._judge(unit, row, payload)
        finally:
            current_unit.reset(token)
            self.cleaner.clean(unit)
        ids = tuple(exchange.id for exchange in unit.exchanges)
        shaken = any(exchange.status in GATEWAY for exchange in unit.exchanges)
        shaken |= outcome.kind is Kind.DISTURBED and lost(outcome.words)
        # The record has them; what still knows this unit need not hold them.
        unit.exchanges.clear()
        return replace(
            outcome,
            exchanges=ids,
            edges=tuple(unit.edges),
            noted=tuple(unit.noted),
            shaken=shaken,
            duration_s=time.perf_counter() - clock,
        )

    def _judge(self, unit: Unit, row: Row, payload: Any) -> Outcome:
        """Run a check's body once, and say how it ended."""
        try:
            if self.session.line.stop.is_set():
                raise Stopped("the run was stopped")  # noqa: TRY301 - as any other end
            self._insist_on_channel(row)
            self._insist_on_means(row)
            self._call(unit, row, payload)
        except Exception as ended:  # noqa: BLE001 - whatever it is, it has an outcome
            if isinstance(ended, AssertionError):
                self.session.tripped |= raised_at(ended)
            return outcome_of(ended, row, dead=self.session.line.dead is not None)
        if not unit.asserted and not asserts_last(row.check.function):
            return Outcome(Kind.ERROR, "the check made no assertion")
        return Outcome(Kind.HELD)

    def _insist_on_channel(self, row: Row) -> None:
        if row.check.requirement.wire:
            if self.session.line.dead is not None:
                raise Disturbed(self.session.line.dead)
        elif self._channel is not None:
            raise Waits(self._channel.row, self._channel.cause, shared=True)

    def _insist_on_means(self, row: Row) -> None:
        for means in row.check.requirement.needs:
            if means in self.session.config.absent:
                raise NotProvided(means)

    def _call(self, unit: Unit, row: Row, payload: Any) -> None:
        known = {
            "target": unit.target,
            "profile": self.session.profile,
            "payload": payload,
            **row.arguments,
        }
        given = {name: known[name] for name in row.check.arguments}
        step = row.check.function(**given)
        if inspect.isgenerator(step):
            for pause in step:
                if isinstance(pause, After):
                    self.session.line.wait(pause.seconds)

    # --------------------------------------------------------------------- verdicts

    def result(self, row: Row) -> Result:
        """Give the verdict on a row, waiting for it."""
        if row.id not in self._results:
            self._results[row.id] = self._result(row)
        return self._results[row.id]

    def _result(self, row: Row) -> Result:
        if not row.claimed:
            return Result(Verdict.NOT_APPLICABLE, "the profile does not claim it")
        if self.gone is not None:
            return Result(Verdict.INCONCLUSIVE, self.gone, cause=self.gone)
        if self._abandoned and not self._seen(row):
            return NOT_EXECUTED
        if row.passive:
            self.finish()
            result = self.jury.result(row, lambda: self._waited_for(row))
            return result if result.seen else self._blame.for_want_of_means(row, result)
        if row.edge_of is not None:
            return edge_result(row.level, row.edge_of.id, self.result(row.edge_of))
        self._wait_for(row)
        return self._results.get(row.id) or self._judged(row)

    def _judged(self, row: Row) -> Result:
        """Give the verdict on a row, its units being done."""
        outcomes = self._yielded(self._outcomes[row.id])
        noted = [w for attempts in outcomes for o in attempts for w in o.noted]
        result = result_of(row.level, outcomes)
        result = replace(result, notes=tuple(dict.fromkeys(noted)))
        if result.means in self.session.config.absent:
            result = replace(result, cause=f"not provided: {result.means}")
        return result

    def _wait_for(self, row: Row) -> None:
        with self._lock:
            if self._abandoned or not self._open[row.id]:
                return
            done = self._awaited.setdefault(row.id, threading.Event())
        done.wait()

    def _yielded(self, payloads: list[list[Outcome]]) -> list[list[Outcome]]:
        """Turn a breach that another clause's own rows met too into waiting."""
        if not any(o.owners for attempts in payloads for o in attempts):
            return payloads
        self.finish()
        return self._blame.own(payloads)

    def _waited_for(self, row: Row) -> str | None:
        """Name the row that a passive one waits for, which nothing was shown."""
        return self._channel.row if self._channel else self._blame.most_waited_for(row)

    def _seen(self, row: Row) -> bool:
        """Say whether anything came of a row before the run was given up."""
        watched = row.passive and self.jury.watches(row)
        return watched or any(self._outcomes.get((row.edge_of or row).id, ()))

    def finish(self) -> None:
        """Wait for every unit, remove what rows share, and close the line."""
        if self._finished.is_set():
            return
        self._all_done.wait()
        self._pool.shutdown()
        self._late.shutdown()
        if self.shrinking and not self.session.line.stop.is_set():
            self._shrink()
        self.cleaner.finish()
        self.session.close()
        self.jury.finish()
        self._finished.set()

    def _shrink(self) -> None:
        """Look for the smallest payloads that fail, for one row of each clause."""
        chosen: dict[str, Row] = {}
        for id_, payloads in self._outcomes.items():
            row = self._rows[id_]
            known = chosen.get(row.clause)
            # A case that was written down has nothing to be made smaller by.
            better = known is None or (shrinkable(row) and not shrinkable(known))
            if row.drawn and better and first_broken(self._blame.own(payloads)):
                chosen[row.clause] = row
        if not chosen:
            return
        shrinker = Shrinker(
            self.session, document_of(self.session), self._attempt_smaller
        )
        for row in chosen.values():
            own = self._blame.own(self._outcomes[row.id])
            self.smallest[row.id] = shrinker.of(row, own)

    def _attempt_smaller(self, row: Row, payload: Any, number: int) -> Outcome:
        return self._blame.owned(self._try(row, payload, number, SHRINK_ATTEMPT))

    def forget(self) -> None:
        """Let go of what verdicts are made from, once there is one on every row."""
        self._outcomes.clear()
        self.jury.forget()
        self.plan.forget()

    def abandon(self) -> None:
        """Give up what was not queued yet; what is under way ends, then clean-up."""
        self.stop()
        with self._lock:
            self._abandoned = True
            awaited = list(self._awaited.values())
        for event in (*awaited, self._all_done, self._quiet):
            event.set()

    def stop(self) -> None:
        """Let nothing new begin; what is under way ends, then clean-up goes."""
        self.session.line.stop.set()


def _late(row: Row) -> bool:
    """Say whether a row waits for a moment, as its check yields until then."""
    return inspect.isgeneratorfunction(row.check.function)


def _held(attempts: list[Outcome]) -> bool:
    return all(outcome.kind is Kind.HELD for outcome in attempts)
