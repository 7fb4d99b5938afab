"""Leaving no trace: what a unit made is removed, newest first, and looked for."""

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from itertools import groupby, zip_longest

from conformance.errors import ConformanceError, Disturbed, NotProvided, Waits
from conformance.exchange import GATEWAY, Exchange
from conformance.line import lost
from conformance.places import Item
from conformance.session import Session, Unit, current_unit

#: How often an item's deletion is sent, at most, in each of two rounds.
DELETIONS = 3


@dataclass(frozen=True, slots=True)
class Leftover:
    """An item of ours that may still be on the target."""

    path: str
    why: str
    refused: bool


class Cleaner:
    """Removes what units made."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._lock = threading.Lock()
        self._pending: list[tuple[Unit, Item, str, bool]] = []
        self.leftovers: list[Leftover] = []

    def clean(self, unit: Unit) -> None:
        """Remove what a unit made, newest first."""
        if not unit.created:
            return
        janitor = Unit(
            self._session, f"clean {unit.name}", None, unit.attempt, unit.payload
        )
        token = current_unit.set(janitor)
        try:
            for item in reversed(unit.created):
                if item.path not in unit.gone:
                    self._remove(janitor, unit, item)
                else:
                    self._session.ledger.gone(item.path)
        finally:
            current_unit.reset(token)
            unit.created.clear()

    def _remove(self, janitor: Unit, unit: Unit, item: Item) -> None:
        if "DELETE" not in item.resource.verbs:
            self._put_off(unit, item, "the resource has no DELETE", refused=True)
            return
        try:
            answer = _deleted(janitor, item)
            if not answer.success and answer.status != 404:
                self._put_off(unit, item, answer.words, refused=True)
            elif item.place.fresh or "GET" not in item.resource.verbs:
                self._session.ledger.gone(item.path)
            elif janitor.target.get(item).success:
                self._put_off(unit, item, "GET still serves it", refused=False)
            else:
                self._session.ledger.gone(item.path)
        except (ConformanceError, Waits, NotProvided) as trouble:
            self._put_off(unit, item, str(trouble), refused=False)

    def _put_off(self, unit: Unit, item: Item, why: str, *, refused: bool) -> None:
        with self._lock:
            self._pending.append((unit, item, why, refused))

    def finish(self) -> None:
        """Remove what rows share, then try once more what did not go at once.

        Children go before parents, those of one collection side by side.
        """
        left = [unit for unit in self._session.units if unit.created]
        depths = {len(item.place.parents) for unit in left for item in unit.created}
        with ThreadPoolExecutor(self._session.config.concurrency, "clean") as pool:
            for depth in sorted(depths, reverse=True):
                for wave in zip_longest(*(_groups(unit, depth) for unit in left)):
                    parts = [part for group in wave for part in group or ()]
                    list(pool.map(self.clean, parts))
            pending, self._pending = self._pending, []
            list(pool.map(self._again, pending))
        for _, item, why, refused in self._pending:
            self.leftovers.append(Leftover(item.path, why, refused=refused))
        self._session.ledger.close(clean=not self.leftovers)

    def _again(self, put_off: tuple[Unit, Item, str, bool]) -> None:
        unit, item, why, refused = put_off
        if "DELETE" not in item.resource.verbs:
            with self._lock:
                self._pending.append((unit, item, why, refused))
            return
        # By its path: what was put off first is another item in every playback.
        name = f"again {item.path} {unit.name}"
        again = Unit(self._session, name, None, unit.attempt, unit.payload)
        again.created = [item]
        self.clean(again)


def _deleted(janitor: Unit, item: Item) -> Exchange:
    """Delete an item, again where a gateway or a lost connection ended it."""
    for _ in range(DELETIONS - 1):
        try:
            answer = janitor.target.delete(item)
        except Disturbed as trouble:
            if not lost(str(trouble)):
                raise
        else:
            if answer.status not in GATEWAY:
                return answer
    return janitor.target.delete(item)


def _groups(unit: Unit, depth: int) -> Iterator[list[Unit]]:
    """Part what a unit made at some depth into collections, the newest first.

    Each item has a unit of its own, so that a playback finds what became of it.
    """
    # What was made at once is noted in any order, and numbered in one.
    paths = sorted(item.path for item in unit.created)
    numbered = [
        (paths.index(item.path) + 1, item)
        for item in unit.created
        if len(item.place.parents) == depth
    ]
    for _, group in groupby(reversed(numbered), lambda one: one[1].place):
        yield [_part(unit, number, item) for number, item in group]


def _part(unit: Unit, number: int, item: Item) -> Unit:
    part = Unit(unit.session, unit.name, payload=number, gone=unit.gone)
    part.created = [item]
    return part
