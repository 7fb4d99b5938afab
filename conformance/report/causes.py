"""Root causes first: what ninety symptoms have in common, and what would help."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.report.curl import curl

#: Rows that a root cause names; the rest are counted.
NAMED = 20
_RANK = {"fail": 0, "inconclusive": 1, "warn": 2}
_VARYING = re.compile(r"'[^']*'|\"[^\"]*\"|https?://\S+|/\S+|\d+|ct\w{4,}")


@dataclass
class _Cause:
    """Rows that share a cause, and how many rows wait for one of them."""

    row: Mapping[str, Any] | None
    clause: str | None
    verdict: str
    message: str
    rows: list[str] = field(default_factory=list)
    level: str = "MUST"
    means: str | None = None
    dependants: int = 0
    exchange: str | None = None


def root_causes(
    rows: Sequence[Mapping[str, Any]],
    exchanges: Mapping[str, Mapping[str, Any]],
    ca: str | None = None,
) -> list[dict[str, Any]]:
    """Give what is at the root of every verdict that is neither pass nor none.

    Args:
        rows: Entries of the document's ``checks``.
        exchanges: Records, by id.
        ca: Name of the file with the CA to trust, for curl lines.

    Returns:
        Failures first, then what is undecided, then warnings; within each, MUST
        first, then what has the most rows behind it.
    """
    by_row = {row["row"]: row for row in rows}
    causes: dict[tuple[str, ...], _Cause] = {}
    for row in rows:
        if row["verdict"] in _RANK:
            root, named = _root(row, by_row)
            _add(causes, row, root, named)
    ordered = sorted(
        causes.values(),
        key=lambda c: (
            _RANK[c.verdict],
            c.level != "MUST",
            -len(c.rows) - c.dependants,
        ),
    )
    return [_told(cause, exchanges, ca) for cause in ordered]


def _root(
    row: Mapping[str, Any], by_row: Mapping[str, Mapping[str, Any]]
) -> tuple[Mapping[str, Any], str | None]:
    """Follow what a row waits for to its end.

    Returns:
        The last row of the chain, and what it waits for in vain: a row that
        passed, was not selected, or a clause without a row.
    """
    seen = {row["row"]}
    while row["waits_for"] is not None:
        found = by_row.get(row["waits_for"])
        if found is None or found["verdict"] not in _RANK or found["row"] in seen:
            return row, row["waits_for"]
        seen.add(found["row"])
        row = found
    return row, None


def _add(
    causes: dict[tuple[str, ...], _Cause],
    row: Mapping[str, Any],
    root: Mapping[str, Any],
    named: str | None,
) -> None:
    words = root["message"] or root["cause"] or ""
    if root["verdict"] == "inconclusive":
        words = root["cause"] or root["message"]
    key = _key(root, named, words)
    cause = causes.get(key)
    if cause is None:
        cause = causes[key] = _Cause(
            None if named else root,
            named.partition("[")[0] if named else root["clause"],
            root["verdict"],
            words,
            level=root["level"],
            means=root["means"],
            exchange=accusing_of(root),
        )
    if root["level"] == "MUST":
        cause.level = "MUST"
    if root is not row or named:
        cause.dependants += 1
        return
    cause.rows.append(row["row"])
    if cause.clause != row["clause"]:
        cause.clause = None


def _key(root: Mapping[str, Any], named: str | None, words: str) -> tuple[str, ...]:
    if named:
        return ("waits", named)
    if root["verdict"] != "inconclusive":
        return (root["verdict"], root["clause"])
    return ("undecided", shape(root, words))


def shape(row: Mapping[str, Any], words: str) -> str:
    """Leave aside what differs from row to row in a message."""
    for name in (row["resource"], row["verb"], row["flow"]):
        if name:
            words = words.replace(name, "…")
    return _VARYING.sub("…", words)


def accusing_of(row: Mapping[str, Any]) -> str | None:
    """Choose the exchange that shows it: a passive row cites only such."""
    ids = row["exchanges"]
    if not ids:
        return None
    found: str = ids[0] if row["passive"] else ids[-1]
    return found


def _told(
    cause: _Cause, exchanges: Mapping[str, Mapping[str, Any]], ca: str | None
) -> dict[str, Any]:
    record = exchanges.get(cause.exchange) if cause.exchange else None
    return {
        "row": cause.row["row"] if cause.row else None,
        "clause": cause.clause,
        "level": cause.level,
        "verdict": cause.verdict,
        "message": cause.message,
        "means": cause.means,
        "dependants": cause.dependants,
        "rows": cause.rows[:NAMED],
        "rows_seen": len(cause.rows),
        "exchange": cause.exchange if record else None,
        "curl": curl(record, ca) if record else None,
    }
