"""From the rows' verdicts to the run's, and to the exit code."""

from collections.abc import Iterable, Mapping
from typing import Any

from conformance.requirement import HEADINGS, OPTIONAL

CONFORMANT = "conformant"
NOT_CONFORMANT = "not_conformant"
UNDECIDED = "undecided"
PARTIAL_PASS = "partial_pass"  # noqa: S105 - no password, a verdict

#: Exit code → what it means, for a person.
MEANINGS: Mapping[int, str] = {
    0: "conformant, or nothing selected failed",
    1: "not conformant",
    2: "could not decide",
    3: "wrong usage, profile or target file",
    4: "the suite itself failed",
}


def ruling(
    rows: Iterable[Mapping[str, Any]],
    absent: Iterable[str],
    *,
    partial: bool,
    read_only: bool,
) -> tuple[str, str]:
    """Judge a run by its MUST rows.

    Args:
        rows: Entries of the document's ``checks``.
        absent: Means that the target file declares absent; they block nothing.
        partial: Only some rows were selected.
        read_only: Nothing was written, so that no run can end conformant.

    Returns:
        The verdict, and its reason in one sentence.
    """
    must = [row for row in rows if row["level"] == "MUST"]
    failed = [row for row in must if row["verdict"] == "fail"]
    if failed:
        clauses = len({row["clause"] for row in failed})
        return NOT_CONFORMANT, (
            f"{_count(clauses, 'MUST clause')} broken, in {_count(len(failed), 'row')}"
        )
    open_ = _undecided(must, set(absent))
    if open_:
        return UNDECIDED, f"{_count(len(open_), 'MUST row')} could not be judged"
    if partial:
        return PARTIAL_PASS, "nothing failed of what was selected"
    unproven = _unproven(must)
    if unproven:
        return UNDECIDED, f"no MUST row passed in: {', '.join(unproven)}"
    if read_only:
        return UNDECIDED, "a read-only run can't end conformant"
    untested = sum(row["verdict"] == "inconclusive" for row in must)
    but = f" but {untested}, NOT TESTED for want of means" if untested else ""
    return CONFORMANT, f"every MUST row passed{but}"


def _undecided(
    must: Iterable[Mapping[str, Any]], absent: set[str]
) -> list[Mapping[str, Any]]:
    undecided = (row for row in must if row["verdict"] == "inconclusive")
    return [row for row in undecided if row["means"] not in absent]


def _unproven(must: Iterable[Mapping[str, Any]]) -> list[str]:
    proven = {row["chapter"] for row in must if row["verdict"] in ("pass", "waived")}
    return [one for one in HEADINGS if one not in proven and one not in OPTIONAL]


def exit_code(told: Mapping[str, Any]) -> int:
    """Give the exit code of a run by its document.

    A proven breach stands even if the suite left something behind; an exchange
    that no row owns puts every verdict in doubt.
    """
    if told["run"]["unattributed"]:
        return 4
    if told["verdict"] == NOT_CONFORMANT:
        return 1
    if told["run"]["forgotten"]:
        return 4
    return 2 if told["verdict"] == UNDECIDED else 0


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"
