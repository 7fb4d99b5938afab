"""The line that answers from a record, with no network. No verdicts here."""

import json
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

from conformance.errors import Disturbed, UsageError
from conformance.exchange import Exchange, Key, exchange_from
from conformance.line import RESENDINGS, Request, resent_after
from conformance.recorder import Recorder
from conformance.vault import Vault


class PlayedLine:
    """Answers from a record, with no network."""

    def __init__(self, vault: Vault, recorder: Recorder, lines: Iterable[str]) -> None:
        self.vault = vault
        self.recorder = recorder
        self.header: dict[str, Any] = {}
        self.stop = threading.Event()
        self.dead: str | None = None
        self.sent = 0
        self._exchanges: dict[Key, Exchange] = {}
        self._notes: dict[tuple[Key, str], Any] = {}
        for number, line in enumerate(lines, start=1):
            try:
                self._take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                words = f"line {number} of the record: not as a run writes it"
                raise UsageError(words) from error

    def _take(self, entry: dict[str, Any]) -> None:
        if "exchange" in entry:
            exchange = exchange_from(entry["exchange"])
            self._exchanges[exchange.key] = exchange
        elif "note" in entry:
            key, kind, value = entry["note"]
            self._notes[Key(*key), kind] = value
        else:
            self.header = entry["run"]

    def http(self, key: Key, request: Request) -> Exchange:
        """Give what was recorded under the key.

        Raises:
            Disturbed: As it was when recorded.
            NotRecorded: The record has no such event.
        """
        for sending in range(RESENDINGS + 1):
            exchange = self._exchanges.get(key._replace(sending=sending))
            if exchange is None:
                raise NotRecorded(f"the record has nothing under {key}")
            self.sent += 1
            exchange = replace(exchange, notes=request.notes)
            self.recorder.add(exchange)
            if resent_after(request, exchange) is None:
                return exchange
        raise Disturbed("throttled to the end")

    def note(self, key: Key, kind: str, learn: Callable[[], Any]) -> Any:  # noqa: ARG002
        """Give the fact that was recorded."""
        if (key, kind) not in self._notes:
            raise NotRecorded(f"the record has no {kind} under {key}")
        return self._notes[key, kind]

    def wait(self, seconds: float) -> None:
        """Let no time pass: it has passed already."""

    def close(self) -> None:
        """Close nothing."""


class NotRecorded(Disturbed):
    """A check asked for what the record lacks: it is not judged again."""
