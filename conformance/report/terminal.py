"""What a run says at its end: at most twelve lines."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.report.inert import inert_line
from conformance.report.ruling import MEANINGS, PARTIAL_PASS, exit_code

#: Lines of a summary, root causes and remedies in it.
LINES = 12
CAUSES = 3
REMEDIES = 3
#: Characters of a line of a log.
WIDE = 200
WIDE_CURL = 1000
_WORDS = {
    "conformant": "CONFORMANT",
    "not_conformant": "NOT CONFORMANT",
    "undecided": "UNDECIDED",
    PARTIAL_PASS: "NOTHING SELECTED FAILED",
}


def summary(told: Mapping[str, Any], folder: Path) -> str:
    """Sum up a run in at most twelve lines.

    Args:
        told: The run's document.
        folder: Where its reports are.
    """
    lines = [_verdict_line(told), _counts_line(told)]
    lines += _cause_lines(told)
    lines += _remedy_lines(told)
    return "\n".join([*lines[: LINES - 1], f"report: {folder / 'report.html'}"])


def verdict_words(told: Mapping[str, Any]) -> str:
    """Say the verdict, and loudly what narrows it."""
    words = _WORDS[told["verdict"]]
    flags = [
        ("FIRST LOOK", told["run"].get("first_look", False)),
        ("PARTIAL", told["scope"] == "partial"),
        ("READ ONLY", told["run"]["read_only"]),
        ("PLAIN HTTP ALLOWED", told["run"]["plain_http"]),
        ("FAULTS SWITCHED ON", bool(told["run"]["faults"])),
        ("JUDGED FROM A RECORD", told["run"]["played"]),
        ("UNCALIBRATED", not (told["calibration"] or {}).get("calibrated")),
    ]
    return " · ".join([words, *(flag for flag, on in flags if on)])


def _verdict_line(told: Mapping[str, Any]) -> str:
    code = exit_code(told)
    return f"{verdict_words(told)} (exit {code}): {why(told)}"


def why(told: Mapping[str, Any]) -> str:
    """Give the reason of a run's exit code."""
    if exit_code(told) == 4:
        run = told["run"]
        if run["unattributed"]:
            return f"{MEANINGS[4]}: no row owns {', '.join(run['unattributed'][:5])}"
        return f"{MEANINGS[4]}: it left {', '.join(run['forgotten'][:5])} behind"
    return str(told["reason"])


def _counts_line(told: Mapping[str, Any]) -> str:
    counts = ", ".join(
        f"{count} {verdict.replace('_', ' ')}"
        for verdict, count in told["totals"].items()
        if count
    )
    seconds = told["run"]["duration_s"]
    return (
        f"{inert_line(told['target']['base_url'], WIDE)}: {counts or 'no rows'}; "
        f"{told['requests']} requests, {seconds:.1f} s, seed {told['seed']}"
    )


def _cause_lines(told: Mapping[str, Any]) -> list[str]:
    shown = [
        c for c in told["root_causes"] if not c["means"] and c["verdict"] != "warn"
    ]
    lines: list[str] = []
    for cause in shown[:CAUSES]:
        lines.append(_cause_line(cause))
        if cause["curl"]:
            where = f"{cause['exchange']}: "
            lines.append(f"    {where}{_curl(cause)}")
    if len(shown) > CAUSES:
        lines.append(f"and {len(shown) - CAUSES} more root causes, in the report")
    return lines


def _cause_line(cause: Mapping[str, Any]) -> str:
    mark = "✗" if cause["verdict"] == "fail" else "?"
    rows = cause["rows_seen"] + cause["dependants"]
    name = cause["row"] if rows == 1 else cause["clause"]
    count = "" if rows == 1 else f" ({_counted(cause)})"
    message = inert_line(cause["message"], WIDE)
    return f"{mark} {inert_line(name or 'several clauses', WIDE)}{count}: {message}"


def _counted(cause: Mapping[str, Any]) -> str:
    """Count the rows that met a cause, and those that wait for them."""
    waiting = cause["dependants"]
    wait = f", {waiting} more wait{'s' * (waiting == 1)}" if waiting else ""
    seen = cause["rows_seen"]
    return f"{seen} row{'s' * (seen != 1)}{wait}"


def _curl(cause: Mapping[str, Any]) -> str:
    line = inert_line(cause["curl"], 10 * WIDE_CURL)
    if len(line) > WIDE_CURL:
        return f"its curl line has {len(line)} characters: see the report"
    return line


def _rows(number: int) -> str:
    return "1 row wants" if number == 1 else f"{number} rows want"


def _remedy_lines(told: Mapping[str, Any]) -> list[str]:
    return [
        f"{_rows(remedy['rows'])} {remedy['means']}: in {remedy['file']}, "
        f"{remedy['line']}"
        + (f"; or, if there is none, {remedy['absent']}" if remedy["absent"] else "")
        for remedy in told["remedies"][:REMEDIES]
    ]
