"""The matrix for people: a summary on the terminal, a table in a text file."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

#: Findings that a summary shows; the table has them all.
SHOWN = 20


def summary(told: Mapping[str, Any], code: int) -> str:
    """Sum up a proof."""
    totals = told["totals"]
    whole = "" if told["scope"] == "whole" else " (PARTIAL)"
    lines = [
        (
            f"{_WORDS[code]}{whole} (exit {code}), {told['profile']['name']}, "
            f"{told['size']} size, seed {told['seed']}"
        ),
        (
            f"faults: {totals['killed']} of {totals['faults']} killed, "
            f"{totals['undeclared']} with undeclared collateral"
        ),
        f"variants: {totals['green']} of {totals['variants']} green"
        + _combined(totals),
        (
            f"clauses: {totals['clauses']}, without a fault "
            f"{totals['clauses_without_fault']}; checks: {_standing(told['checks'])}"
        ),
        (
            f"lines that can accuse: {totals['sites']}, never tripped "
            f"{totals['sites_silent']}"
        ),
        f"{told['requests']} requests, {told['seconds']:.0f} s, {told['jobs']} jobs",
    ]
    lines += _shown([f"! {one['trial']}: {one['words']}" for one in told["troubles"]])
    lines += _shown([f"✗ {words}" for words in told["findings"]])
    return "\n".join(lines)


_WORDS = {0: "PROVEN", 1: "NOT PROVEN", 4: "THE SUITE ITSELF FAILED"}


def _combined(totals: Mapping[str, int]) -> str:
    if not totals["combinations"]:
        return ""
    green = totals["combinations_green"]
    return f"; combinations: {green} of {totals['combinations']} green"


def _standing(checks: Iterable[Mapping[str, Any]]) -> str:
    words = [check["standing"] for check in checks]
    kinds = ("proven", "redundant", "unproven", "not tried")
    return ", ".join(f"{words.count(k)} {k}" for k in kinds if k in words)


def _shown(lines: Sequence[str]) -> list[str]:
    more = len(lines) - SHOWN
    rest = [f"  and {more} more, in matrix.txt"] if more > 0 else []
    return [*(line[:400] for line in lines[:SHOWN]), *rest]


def table(told: Mapping[str, Any], code: int) -> str:
    """Write the whole matrix as text."""
    blocks = [
        ("", summary(told, code).splitlines()),
        ("Findings", told["findings"]),
        ("Our own errors", [f"{t['trial']}: {t['words']}" for t in told["troubles"]]),
        ("Faults", [line for row in told["faults"] for line in _fault(row)]),
        ("Variants", [_variant(row) for row in told["variants"]]),
        ("Combinations of variants", [_variant(row) for row in told["combinations"]]),
        ("Clauses", [_clause(row) for row in told["clauses"]]),
        ("Checks", [_check(row) for row in told["checks"]]),
        (
            "Lines that can accuse and that no fault tripped",
            [
                f"{site['file']}:{site['line']} {site['function']}: {site['words']}"
                for site in told["sites"]["silent"]
            ],
        ),
        ("Checks that judge the faults of their own clause only", told["left_out"]),
    ]
    return "\n".join(
        line
        for title, lines in blocks
        if lines
        for line in (*([title, "=" * len(title)] if title else []), *lines, "")
    )


def _fault(row: Mapping[str, Any]) -> list[str]:
    by = ", ".join(row["killed_by"]) if row["killed"] else "SURVIVES"
    first = (
        f"{row['name']}: {row['breaks']} ({row['level']}, {row['dimension']}): "
        f"{by}; {row['requests']} requests, {row['seconds']:.1f} s"
    )
    return [
        first,
        *(
            f"    {fell['clause']} fell too, by {', '.join(fell['checks'])}: "
            f"{fell['declared'] or 'UNDECLARED: ' + fell['message']}"
            for fell in row["fell"]
        ),
    ]


def _variant(row: Mapping[str, Any]) -> str:
    verdict = "green" if row["green"] else f"RED: {'; '.join(row['why'])}"
    of = f" ({', '.join(row['variants'])})" if row["variants"] != [row["name"]] else ""
    return f"{row['name']}{of}: {verdict}; {row['requests']} requests"


def _clause(row: Mapping[str, Any]) -> str:
    seen = len(row["judged"]) - len(row["survivors"])
    count = f"{seen} of {len(row['judged'])} faults seen"
    return f"{row['id']} ({row['level']}): {count if row['faults'] else 'NO FAULT'}"


def _check(row: Mapping[str, Any]) -> str:
    alone = f", alone {len(row['alone'])}" if row["alone"] else ""
    return f"{row['id']}: {row['standing']}, kills {row['kills']}{alone}"
