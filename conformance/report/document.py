"""`report.json`: the one source that every other report is rendered from."""

import datetime as dt
import hashlib
import importlib.metadata
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.plan import Row
from conformance.proof.calibration import calibration
from conformance.recorder import Spilled
from conformance.report.causes import root_causes
from conformance.report.evidence import cited, evidence
from conformance.report.remedies import not_provided, remedies
from conformance.report.ruling import exit_code, ruling
from conformance.report.write import write_reports
from conformance.requirement import Check
from conformance.run import Run
from conformance.verdict import Result, Verdict, gravest

__all__ = ["document", "exit_code", "write_reports"]

SCHEMA = "urn:ordercloud-conformance:report:1"
#: The page that is judged by, and the text of it that was used.
SOURCE: Mapping[str, str] = {
    "title": "OrderCloud API Conventions",
    "retrieved": "2026-11-23",
    "sha256": "4a3347626e44374e963cea1942b6c1617958e1a7cfc8efb1aaaafbb1b86d35a4",
}
FLOWS = ("password", "client_credentials", "elevated_password", "anonymous")
VERBS = ("LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE")
#: With which the report says that a rare deviation would have been seen.
CERTAINTY = 0.95
NOT_EXECUTED = Result(Verdict.INCONCLUSIVE, cause="not executed: the run ended before")


def document(run: Run) -> dict[str, Any]:
    """Tell a finished run.

    Returns:
        What ``schemas/report.json`` describes; JSON values only.
    """
    selected = {row.id for row in run.selected}
    chosen = [row for row in run.plan.rows if row.id in selected]
    rows = [_row(row, run.results.get(row.id, NOT_EXECUTED)) for row in chosen]
    partial = run.options.partial or len(chosen) < len(run.plan.rows)
    read_only = run.options.read_only
    absent = run.config.absent
    verdict, reason = ruling(rows, absent, partial=partial, read_only=read_only)
    exchanges = evidence(rows, run.recorder.exchanges)
    return {
        **_origin(run),
        "scope": "partial" if partial else "whole",
        "verdict": verdict,
        "reason": reason,
        "totals": _totals(rows),
        "not_claimed": _not_claimed(run, rows),
        "not_provided": not_provided(rows, absent),
        "remedies": remedies(rows, run.options, absent),
        "requests": run.line.sent,
        "root_causes": root_causes(rows, exchanges, _ca(run)),
        "clauses": clauses_of(rows),
        "checks": rows,
        "exchanges": exchanges,
        "run": _about(run, rows),
        "calibration": calibration(),
    }


def _origin(run: Run) -> dict[str, Any]:
    """Say what was judged, by what, and when."""
    return {
        "schema": SCHEMA,
        "suite": {
            "version": importlib.metadata.version("ordercloud-conformance"),
            "catalogue_sha256": catalogue_sha256(run.plan.checks),
        },
        "source": dict(SOURCE),
        "target": {"base_url": run.config.base_url},
        "profile": {"name": run.profile.name, "sha256": run.profile.sha256},
        "seed": run.seed,
        "started": _moment(run.started_s),
        "finished": _moment(run.finished_s),
    }


def catalogue_sha256(checks: Iterable[Check]) -> str:
    """Give a hash that changes when a check is added, dropped or reworded."""
    listed = sorted(
        (c.id, c.requirement.clause, c.requirement.level.value, c.sentence)
        for c in checks
    )
    text = json.dumps(listed, ensure_ascii=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _row(row: Row, result: Result) -> dict[str, Any]:
    check = row.check
    edge = row.edge_of is not None
    verdict = result.verdict.value
    ids = cited(verdict, result.exchanges)
    return {
        "id": check.id,
        "row": row.id,
        "label": row.label,
        "clause": row.clause,
        "chapter": check.chapter,
        "source": check.source,
        "level": row.level.value,
        "resource": row.resource,
        "verb": row.verb,
        "flow": row.flow,
        "sentence": (check.requirement.warns if edge else None) or check.sentence,
        "reading": check.reading,
        "edge": edge,
        "passive": row.passive,
        "verdict": verdict,
        "message": result.message,
        "cause": result.cause,
        "waits_for": result.waits_for,
        "means": result.means,
        "attempts": result.attempts,
        "exchanges": ids,
        "exchanges_seen": max(result.seen, len(ids)),
        "duration_s": round(result.duration_s, 6),
        "notes": list(result.notes),
    }


def _totals(rows: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    counts = Counter(row["verdict"] for row in rows)
    return {verdict.value: counts[verdict.value] for verdict in Verdict}


def clauses_of(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Give each clause the gravest verdict of its rows, in the page's order."""
    by_clause: dict[str, list[Mapping[str, Any]]] = {}
    for row in rows:
        by_clause.setdefault(row["clause"], []).append(row)
    return [
        {
            "id": clause,
            "level": "MUST" if any(r["level"] == "MUST" for r in found) else "SHOULD",
            "verdict": gravest(Verdict(row["verdict"]) for row in found).value,
            **_power(found),
        }
        for clause, found in by_clause.items()
    ]


def _power(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """Say how rare a deviation passive rows would have seen, had it been there.

    Returns:
        The exchanges looked at, and the share of wrong ones among all that at least
        one of so many would have shown with `CERTAINTY`; nulls without such rows.
    """
    watched = [row for row in rows if row["passive"] and not row["edge"]]
    seen = sum(row["exchanges_seen"] for row in watched)
    rate = 1 - (1 - CERTAINTY) ** (1 / seen) if seen else None
    return {
        "watched": seen if watched else None,
        "smallest_rate": None if rate is None else round(rate, 6),
    }


def _not_claimed(run: Run, rows: Iterable[Mapping[str, Any]]) -> list[dict[str, str]]:
    offered = {o.verb for o in run.profile.operations()}
    clauses = [c["id"] for c in clauses_of(rows) if c["verdict"] == "not_applicable"]
    flows = [flow for flow in FLOWS if flow not in run.profile.flows]
    verbs = [verb for verb in VERBS if verb not in offered]
    return [
        {"kind": kind, "name": name}
        for kind, names in (("flow", flows), ("verb", verbs), ("clause", clauses))
        for name in names
    ]


def _about(run: Run, rows: list[dict[str, Any]]) -> dict[str, Any]:
    leftovers = run.engine.cleaner.leftovers
    return {
        "duration_s": round(run.finished_s - run.started_s, 3),
        "depth": run.options.depth,
        "prefix": run.prefix,
        "first_look": run.options.first_look,
        "read_only": run.options.read_only,
        "plain_http": run.config.allow_plain_http,
        "played": run.options.played is not None,
        "ca": _ca(run),
        "faults": list(run.options.faults),
        "variants": list(run.options.variants),
        "warnings": list(run.config.warnings),
        "leftovers": [
            {"path": item.path, "why": item.why, "refused": item.refused}
            for item in leftovers
        ],
        "forgotten": forgotten(run),
        "unattributed": unattributed(run),
        "hsts": _hsts(run),
        "coverage": _coverage(run, rows),
    }


def _ca(run: Run) -> str | None:
    """Name the CA file, without the folders of whoever ran it."""
    return run.config.ca.name if run.config.ca else None


def _coverage(run: Run, rows: list[dict[str, Any]]) -> dict[str, int]:
    judged = ("pass", "fail", "warn", "waived")
    return {
        "planned": len(run.plan.rows),
        "selected": len(rows),
        "judged": sum(row["verdict"] in judged for row in rows),
        "undecided": sum(row["verdict"] == "inconclusive" for row in rows),
        "not_claimed": sum(row["verdict"] == "not_applicable" for row in rows),
        "exchanges": len(run.recorder.exchanges),
    }


def _hsts(run: Run) -> str | None:
    """Give the Strict-Transport-Security header, which no clause judges."""
    name = "strict-transport-security"
    kept = run.recorder.exchanges
    told = kept.recorder.read(name.encode()) if isinstance(kept, Spilled) else kept
    found = (exchange.header(name) for exchange in told)
    return next((value for value in found if value), None)


def forgotten(run: Run) -> list[str]:
    """Name what the suite left behind on a target that would have removed it."""
    if run.line.dead is not None:
        return []
    return [item.path for item in run.engine.cleaner.leftovers if not item.refused]


def unattributed(run: Run) -> list[str]:
    """Name the exchanges that no row and nothing shared by rows asked for."""
    known = {row.id for row in run.plan.rows} | {u.name for u in run.session.units}
    exchanges = run.recorder.exchanges
    units = (
        exchanges.recorder.units
        if isinstance(exchanges, Spilled)
        else {exchange.key.unit for exchange in exchanges}
    )
    stray = {u for u in units - known if u != "look" and not u.startswith("clean ")}
    if not stray:
        return []
    return [exchange.id for exchange in exchanges if exchange.key.unit in stray]


def _moment(seconds: float) -> str:
    moment = dt.datetime.fromtimestamp(seconds, dt.UTC)
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
