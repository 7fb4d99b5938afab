"""`report.html`: the document for an auditor; no script, no network."""

import functools
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.report.causes import accusing_of
from conformance.report.curl import curl
from conformance.report.inert import inert, inert_line
from conformance.report.ruling import CONFORMANT, MEANINGS, PARTIAL_PASS, exit_code
from conformance.report.terminal import verdict_words, why
from conformance.verdict import GRAVITY

#: Verdict → sign and words; colour only repeats them.
SIGNS: Mapping[str, tuple[str, str]] = {
    "fail": ("✗", "fail"),
    "inconclusive": ("?", "inconclusive"),
    "waived": ("≈", "waived"),
    "warn": ("!", "warn"),
    "pass": ("✓", "pass"),
    "not_applicable": ("○", "not applicable"),
}
RUN_SIGNS: Mapping[str, str] = {
    "conformant": "✓",
    "not_conformant": "✗",
    "undecided": "?",
    "partial_pass": "✓",
}
_ORDER = {verdict.value: place for place, verdict in enumerate(GRAVITY)}
#: What exit code 0 means for a whole run, for a narrowed one.
_GOOD = {CONFORMANT: "conformant", PARTIAL_PASS: "nothing selected failed"}
_OPEN = ("fail", "inconclusive", "waived", "warn")
_CODE = re.compile(r"`{1,2}([^`]+)`{1,2}")
#: What a report says that was written before there was a matrix.
_NEVER: Mapping[str, Any] = {
    "calibrated": False,
    "why": "this report tells of none",
    "matrix": None,
}
#: Rows that stand open under a check, and links to exchanges in one row.
OPEN_ROWS = 40
LINKS = 8
#: Rows that an exchange names as citing it.
CITING = 6


def html(told: Mapping[str, Any]) -> bytes:
    """Render a run's document for an auditor."""
    return "".join(pieces(told)).encode("utf-8", "replace")


def pieces(told: Mapping[str, Any]) -> Iterator[str]:
    """Render the page piece by piece."""
    environment = Environment(
        loader=PackageLoader("conformance.report", ""),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    environment.filters |= {
        "inert": inert,
        "prose": prose,
        "line": _line_of,
        "kind": lambda verdict: verdict.replace("_", "-"),
        "grouped": lambda number: f"{number:,}",
        "short": lambda sha: sha[:16],
    }
    template = environment.get_template("report.html.jinja")
    return iter(template.generate(view(told)))


#: Characters of a text that is worth keeping: most stand in a report many times.
_KEPT = 300


def _line_of(text: object, longest: int = 2000) -> Markup:
    """Show a text on one line, escaped."""
    words = str(text)
    if len(words) <= min(longest, _KEPT):
        return _kept_line(words)
    return escape(inert_line(words, longest))


@functools.lru_cache(maxsize=8192)
def _kept_line(text: str) -> Markup:
    return escape(inert_line(text))


def prose(text: object) -> Markup:
    """Show a sentence of ours, with what stands between backquotes as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(inert(text)))))  # noqa: S704 - escaped


def view(told: Mapping[str, Any]) -> dict[str, Any]:
    """Arrange a document as the page shows it."""
    numbers = {row["row"]: f"r{n}" for n, row in enumerate(told["checks"], 1)}
    code = exit_code(told)
    return {
        "told": told,
        "signs": SIGNS,
        "run_sign": RUN_SIGNS[told["verdict"]],
        "verdict_words": verdict_words(told).partition(" · ")[0],
        "flags": verdict_words(told).split(" · ")[1:],
        "exit_code": code,
        "meaning": MEANINGS[code] if code else _GOOD[told["verdict"]],
        "reason": why(told),
        "matrix": _matrix(told["checks"]),
        "causes": _causes(told, numbers),
        "chapters": _chapters(told),
        "exchanges": _exchanges(told, numbers),
        "anchor": numbers,
        "links": LINKS,
        "calibration": told["calibration"] or _NEVER,
    }


def _matrix(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, list[int]]]:
    """Count rows by verdict: MUST, SHOULD, all."""
    counts = Counter((row["verdict"], row["level"]) for row in rows)
    found = []
    for verdict in SIGNS:
        must, should = counts[verdict, "MUST"], counts[verdict, "SHOULD"]
        found.append((verdict, [must, should, must + should]))
    return found


def _causes(
    told: Mapping[str, Any], numbers: Mapping[str, str]
) -> list[dict[str, Any]]:
    by_row = {row["row"]: row for row in told["checks"]}
    return [
        {
            **cause,
            "source": by_row[cause["row"]]["source"] if cause["row"] else None,
            "sentence": by_row[cause["row"]]["sentence"] if cause["row"] else None,
            "links": [(name, numbers[name]) for name in cause["rows"]],
            "more": cause["rows_seen"] - len(cause["rows"]),
        }
        for cause in told["root_causes"]
    ]


def _chapters(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    clauses = {clause["id"]: clause for clause in told["clauses"]}
    found: dict[str, dict[str, Any]] = {}
    for row in told["checks"]:
        chapter = found.setdefault(
            row["chapter"],
            {"id": row["chapter"], "source": row["source"], "clauses": {}},
        )
        rows = chapter["clauses"].setdefault(row["clause"], [])
        rows.append(row)
    for chapter in found.values():
        chapter["clauses"] = [
            {**clauses[name], **_clause(rows), "proof": _proof(told, name)}
            for name, rows in chapter["clauses"].items()
        ]
        chapter["counts"] = Counter(c["verdict"] for c in chapter["clauses"])
    return list(found.values())


def _proof(told: Mapping[str, Any], clause: str) -> str:
    """Say how many faults of a clause the instrument is known to see."""
    matrix = (told["calibration"] or _NEVER)["matrix"]
    if matrix is None:
        return "never proven by a fault"
    known = matrix["clauses"].get(clause, {"killed": 0, "of": 0})
    if not known["of"]:
        return "no fault of the matrix breaks it"
    plural = "" if known["of"] == 1 else "s"
    return f"{known['killed']} of {known['of']} fault{plural} seen"


def _clause(rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    by_check: dict[tuple[str, bool], list[Mapping[str, Any]]] = {}
    for row in rows:
        by_check.setdefault((row["id"], row["edge"]), []).append(row)
    return {
        "source": next(iter(by_check.values()))[0]["source"],
        # One at a time: all of them hold every row of the run twice over.
        "checks": (_check(found) for found in by_check.values()),
    }


def _check(rows: list[Mapping[str, Any]]) -> dict[str, Any]:
    first = rows[0]
    grave = [row for row in rows if row["verdict"] in _OPEN]
    grave.sort(key=lambda row: _ORDER[row["verdict"]])
    groups = _alike(grave)
    counts = Counter(row["verdict"] for row in rows)
    return {
        "id": first["id"],
        "level": first["level"],
        "edge": first["edge"],
        "sentence": first["sentence"],
        "reading": first["reading"],
        "counts": [(name, counts[name]) for name in SIGNS if counts[name]],
        "open": groups[:OPEN_ROWS],
        "folded": groups[OPEN_ROWS:],
        "passed": _alike(row for row in rows if row["verdict"] == "pass"),
        "pass_count": counts["pass"],
        "unclaimed": _alike(row for row in rows if row["verdict"] == "not_applicable"),
    }


def _alike(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Put rows of which the same is said, without evidence, into one line."""
    groups: dict[object, list[dict[str, Any]]] = {}
    for row in rows:
        undecided = row["verdict"] == "inconclusive"
        words = (undecided and row["cause"]) or row["message"]
        alone = row["row"] if row["exchanges"] else None
        groups.setdefault((row["verdict"], words, alone), []).append(
            {**row, "words": words}
        )
    return [_line(found) for found in groups.values()]


def _line(rows: list[dict[str, Any]]) -> dict[str, Any]:
    waited = {row["waits_for"] for row in rows if row["waits_for"]}
    return {
        **rows[0],
        "rows": rows,
        "waits_for": waited.pop() if len(waited) == 1 else None,
        "waits_each": len(waited) > 1,
    }


def _exchanges(
    told: Mapping[str, Any], numbers: Mapping[str, str]
) -> Iterator[dict[str, Any]]:
    """Give the exchanges in the order sent, each with the rows that cite it."""
    citing: dict[str, list[tuple[str, str, str]]] = {}
    for row in told["checks"]:
        for id_ in row["exchanges"]:
            known = citing.setdefault(id_, [])
            known.append((row["verdict"], row["row"], numbers[row["row"]]))
    accusing = {accusing_of(row) for row in told["checks"] if row["verdict"] in _OPEN}
    for id_, record in told["exchanges"].items():
        rows = sorted(citing.get(id_, ()), key=lambda row: _ORDER[row[0]])
        grave = bool(rows) and rows[0][0] in _OPEN
        yield {
            **record,
            "verdict": rows[0][0] if rows else "pass",
            "grave": grave,
            "accusing": id_ in accusing,
            "rows": rows[:CITING],
            "rows_more": max(len(rows) - CITING, 0),
            "curl": curl(record, told["run"]["ca"]) if grave else None,
        }
