"""Keeping what was said: on disk as it comes, so that a run's memory stays flat."""

import itertools
import json
import threading
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, BinaryIO, overload

from typing_extensions import override

from conformance.exchange import Exchange, Key, exchange_from

_LEAD = b'{"exchange"'


class Recorder:
    """Writes exchanges and notes to a file as they come, and reads them back.

    Without a file it keeps the exchanges in memory, as a playback does.

    Attributes:
        listeners: Are shown every exchange as it ends.
        units: Names of the units that had an exchange.
    """

    def __init__(self, file: Path | None) -> None:
        self.listeners: list[Callable[[Exchange], None]] = []
        self.units: set[str] = set()
        self._lock = threading.Lock()
        # Counts in one step of the interpreter, so that no thread waits for a number.
        self._numbers = itertools.count(1)
        self._file = file
        self._stream: BinaryIO | None = file.open("wb") if file else None
        self._kept: list[Exchange] = []
        self._size = 0
        # Where the exchange of each number stands in the file, plus one; 0: nowhere.
        self._places = array("Q")
        self._recorded = 0

    @property
    def exchanges(self) -> Sequence[Exchange]:
        """Give every exchange so far, in the order in which they ended."""
        return self._kept if self._file is None else Spilled(self)

    def number(self) -> str:
        """Give the next exchange's id."""
        return f"x{next(self._numbers)}"

    def add(self, exchange: Exchange) -> None:
        """Keep an exchange and show it to the listeners."""
        self.units.add(exchange.key.unit)
        if self._file is None:
            self._kept.append(exchange)
        else:
            line = _line({"exchange": exchange.record()})
            with self._lock:
                self._note_place(int(exchange.id[1:]))
                self._write(line)
        for listener in self.listeners:
            listener(exchange)

    def find(self, ids: Iterable[str]) -> list[Exchange]:
        """Give the exchanges of these ids that there are, in the order asked."""
        asked = list(ids)
        if self._file is None:
            known = {exchange.id: exchange for exchange in self._kept}
            return [known[id_] for id_ in asked if id_ in known]
        return [_exchange(line) for line in self._lines(self._places_of(asked))]

    def records(self, ids: Iterable[str]) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the exchanges of these ids as JSON, in the order they ended."""
        asked = set(ids)
        if self._file is None:
            yield from ((e.id, e.record()) for e in self._kept if e.id in asked)
            return
        for line in self._lines(sorted(self._places_of(asked))):
            record = json.loads(line)["exchange"]
            yield record["id"], record

    def recorded(self, ids: Iterable[str]) -> set[str]:
        """Give those of these ids that an exchange has."""
        if self._file is None:
            known = {exchange.id for exchange in self._kept}
            return known.intersection(ids)
        return {id_ for id_ in ids if self._places_of([id_])}

    def _places_of(self, ids: Iterable[str]) -> list[int]:
        """Give where exchanges begin in the file, those that are there."""
        with self._lock:
            self._flush()
            numbers = (int(id_[1:]) for id_ in ids)
            found = (self._places[n] for n in numbers if n < len(self._places))
            return [place - 1 for place in found if place]

    def _lines(self, places: Iterable[int]) -> Iterator[bytes]:
        assert self._file is not None  # noqa: S101 - there are places in a file alone
        with self._file.open("rb") as stream:
            for place in places:
                stream.seek(place)
                yield stream.readline()

    def __len__(self) -> int:
        """Count the exchanges."""
        return len(self._kept) if self._file is None else self._recorded

    def read(self, holding: bytes = _LEAD) -> Iterator[Exchange]:
        """Read the file's exchanges, one at a time; those alone that hold some text."""
        if self._file is None:
            yield from self._kept
            return
        with self._lock:
            self._flush()
        with self._file.open("rb") as stream:
            for line in stream:
                if line.startswith(_LEAD) and holding in line:
                    yield _exchange(line)

    def add_note(self, key: Key, kind: str, value: object) -> None:
        """Keep a fact of the world."""
        with self._lock:
            self._write(_line({"note": [list(key), kind, value]}))

    def add_header(self, header: dict[str, Any]) -> None:
        """Write what a playback needs to know of the run."""
        with self._lock:
            self._write(_line({"run": header}))

    def _note_place(self, number: int) -> None:
        if self._stream is None:
            return
        while len(self._places) <= number:
            self._places.append(0)
        self._places[number] = self._size + 1
        self._recorded += 1

    def _write(self, line: bytes) -> None:
        if self._stream is not None:
            self._size += self._stream.write(line)

    def _flush(self) -> None:
        if self._stream is not None:
            self._stream.flush()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            if self._stream is not None:
                self._stream.close()
                self._stream = None


class Spilled(Sequence[Exchange]):
    """The exchanges of a file, read when they are asked for."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder = recorder

    @property
    def recorder(self) -> Recorder:
        """Give what reads them."""
        return self._recorder

    @override
    def __len__(self) -> int:
        return len(self._recorder)

    @override
    def __iter__(self) -> Iterator[Exchange]:
        return self._recorder.read()

    @overload
    def __getitem__(self, index: int) -> Exchange: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Exchange]: ...

    @override
    def __getitem__(self, index: int | slice) -> Exchange | Sequence[Exchange]:
        return list(self._recorder.read())[index]


def _line(value: dict[str, Any]) -> bytes:
    return json.dumps(value).encode("ascii") + b"\n"


def _exchange(line: bytes) -> Exchange:
    return exchange_from(json.loads(line)["exchange"])
