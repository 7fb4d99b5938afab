"""Calls at one moment: connections opened before, then released together."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from conformance.errors import Disturbed
from conformance.exchange import Exchange

if TYPE_CHECKING:
    from conformance.caller import Caller

RACERS = 16
#: Seconds for a racer's connection: a server that holds few leaves the rest waiting.
CONNECTING_S = 10.0
#: Seconds until all connections must be open.
GATHERING_S = 30.0


class Races:
    """Runs races, one at a time."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._racers: ThreadPoolExecutor | None = None

    def run(
        self, calls: Sequence[Callable[[], Exchange]], lanes: Sequence["Caller"]
    ) -> list[Exchange | Disturbed]:
        """Run calls at one moment, each on its lane's connection."""
        with self._lock:
            if self._racers is None:
                self._racers = ThreadPoolExecutor(RACERS, "racer")
            gate = threading.Barrier(len(calls))
            waiting = [
                self._racers.submit(_released, gate, call, lane)
                for call, lane in zip(calls, lanes, strict=True)
            ]
            return [future.result() for future in waiting]

    def close(self) -> None:
        """End the racers."""
        if self._racers is not None:
            self._racers.shutdown()


def _released(
    gate: threading.Barrier, call: Callable[[], Exchange], lane: "Caller"
) -> Exchange | Disturbed:
    """Open a connection, wait for the others, then call."""
    path = lane.profile.base_path + "/"
    try:
        lane.anonymous.send("GET", path, operation="look", deadline_s=CONNECTING_S)
    except Disturbed as trouble:
        gate.abort()
        return trouble
    try:
        gate.wait(timeout=GATHERING_S)
    except threading.BrokenBarrierError:
        return Disturbed("not all simultaneous connections could be opened")
    try:
        return call()
    except Disturbed as trouble:
        return trouble
