"""The exchanges that a report holds: which, and how much of each."""

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.exchange import Exchange

#: Exchanges that a row cites: of a pass, of any other verdict.
CITED_PASS = 4
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
    return {
        exchange.id: _cut(exchange.record(), whole=exchange.id in whole)
        for exchange in exchanges
        if exchange.id in whole or exchange.id in short
    }


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
