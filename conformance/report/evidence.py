"""The exchanges that a report holds: which, and how much of each."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from typing_extensions import override

from conformance.exchange import Exchange
from conformance.recorder import Recorder, Spilled
from conformance.verdict import CITED_PASS

#: Exchanges that a row cites which does not simply hold.
CITED = 30
#: Size of a body that is kept whole where something failed.
WHOLE = 64 * 2**10
#: What is kept of a body where nothing failed.
SHORT_CHARACTERS = 600
SHORT_LINES = 10


def cited(verdict: str, ids: tuple[str, ...]) -> list[str]:
    """Choose the exchanges that a row cites; the accusing one is the last."""
    if verdict in ("pass", "not_applicable"):
        return list(ids[:CITED_PASS])
    first = CITED // 3
    many = len(ids) > CITED
    return [*ids[:first], *ids[first - CITED :]] if many else list(ids)


def evidence(
    rows: Iterable[Mapping[str, Any]], exchanges: Iterable[Exchange]
) -> dict[str, dict[str, Any]]:
    """Give the records of every exchange that a row cites, bodies cut.

    Args:
        rows: Entries of the document's ``checks``.
        exchanges: Of the whole run.

    Returns:
        Exchange id → record; a part with a cut body says its whole ``length``.
    """
    whole: set[str] = set()
    short: set[str] = set()
    for row in rows:
        grave = row["verdict"] not in ("pass", "not_applicable")
        (whole if grave else short).update(row["exchanges"])
    if isinstance(exchanges, Spilled):
        return _Spilled(exchanges.recorder, whole, short)
    return {
        exchange.id: _cut(exchange.record(), whole=exchange.id in whole)
        for exchange in exchanges
        if exchange.id in whole or exchange.id in short
    }


class _Spilled(dict[str, dict[str, Any]]):
    """Records that are read from the run's file each time they are asked for."""

    def __init__(self, recorder: Recorder, whole: set[str], short: set[str]) -> None:
        super().__init__()
        self._recorder = recorder
        self._whole = whole
        self._ids = recorder.recorded(whole | short)

    @override
    def __len__(self) -> int:
        return len(self._ids)

    @override
    def __contains__(self, id_: object) -> bool:
        return id_ in self._ids

    @override
    def __iter__(self) -> Iterator[str]:
        return (id_ for id_, _ in self._each())

    @override
    def __getitem__(self, id_: str) -> dict[str, Any]:
        if id_ not in self._ids:
            raise KeyError(id_)
        _, record = next(self._recorder.records([id_]))
        return self._cut(id_, record)

    @override
    def get(self, id_: str, default: Any = None) -> Any:
        return self[id_] if id_ in self._ids else default

    @override
    def items(self) -> Any:
        return self._each()

    @override
    def values(self) -> Any:
        return (record for _, record in self._each())

    def _each(self) -> Iterator[tuple[str, dict[str, Any]]]:
        for id_, record in self._recorder.records(self._ids):
            yield id_, self._cut(id_, record)

    def _cut(self, id_: str, record: dict[str, Any]) -> dict[str, Any]:
        return _cut(record, whole=id_ in self._whole)


def _cut(record: dict[str, Any], *, whole: bool) -> dict[str, Any]:
    for part in (record["sent"], record["answer"]):
        if part is None:
            continue
        for form in ("text", "base64"):
            if form in part:
                kept = _kept(part[form], form, whole=whole)
                if len(kept) < len(part[form]):
                    part |= {form: kept, "length": len(part[form])}
    return record


def _kept(text: str, form: str, *, whole: bool) -> str:
    if whole:
        return text[:WHOLE]
    short = text[:SHORT_CHARACTERS]
    return (
        short
        if form == "base64"
        else "".join(short.splitlines(keepends=True)[:SHORT_LINES])
    )
