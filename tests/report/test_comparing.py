"""What a reader of two reports is told of the second."""

from collections.abc import Callable
from typing import Any

from conformance.report.comparing import changes, compared
from conformance.verdict import Result, Verdict

from .conftest import CHAPTERS, Told, check

MakeTold = Callable[..., Told]
PASSING = tuple(check("holds", f"{chapter}.holds") for chapter in CHAPTERS)
FAIL = Result(Verdict.FAIL, "broken")
OPEN = Result(Verdict.INCONCLUSIVE, cause="no answer")


def kinds(old: Told, new: Told) -> dict[str, str]:
    """Give the kind of each change by its row."""
    return {change.row: change.kind for change in changes(old, new)}


def test_the_same_verdicts_are_no_change(make_told: MakeTold) -> None:
    """Two equal reports say so in words."""
    told = make_told()

    assert changes(told, told) == []
    assert list(compared(told, told))[-1].startswith("no verdict differs, in ")


def test_a_row_that_fails_now_is_worse(make_told: MakeTold) -> None:
    """Worse and better are the same change, seen from either side."""
    good, bad = make_told(), make_told(results={"json.holds": FAIL})
    (row,) = kinds(good, bad)

    assert kinds(good, bad) == {row: "worse"}
    assert kinds(bad, good) == {row: "better"}
    assert f"  {row}: pass → fail: broken" in list(compared(good, bad))


def test_an_undecided_row_is_worse_than_a_pass_and_better_than_a_fail(
    make_told: MakeTold,
) -> None:
    """What was seen to be broken outweighs what was not seen."""
    good, bad = make_told(), make_told(results={"json.holds": FAIL})
    undecided = make_told(results={"json.holds": OPEN})

    assert set(kinds(good, undecided).values()) == {"worse"}
    assert set(kinds(bad, undecided).values()) == {"better"}


def test_rows_come_and_go(make_told: MakeTold) -> None:
    """A row that only one report has got neither better nor worse."""
    less, more = make_told(), make_told()
    gone = dict(less, checks=less["checks"][1:])

    assert set(kinds(gone, more).values()) == {"new"}
    assert set(kinds(more, gone).values()) == {"gone"}


def test_what_else_differs_is_said(make_told: MakeTold) -> None:
    """A verdict of another profile or catalogue may differ for that alone."""
    told = make_told()
    other = dict(told, suite={**told["suite"], "catalogue_sha256": "0" * 64})
    words = [line for line in compared(told, other) if line.startswith("another ")]

    assert len(words) == 1
    assert words[0].startswith("another catalogue of checks: ")


def test_many_rows_are_counted(make_told: MakeTold, monkeypatch: Any) -> None:
    """A long list names the first and counts the rest."""
    monkeypatch.setattr("conformance.report.comparing.NAMED", 1)
    told = make_told()
    results = {f"{chapter}.holds": FAIL for chapter in CHAPTERS[:3]}
    worse = make_told(results=results)

    assert f"worse: {len(changes(told, worse))} rows" in list(compared(told, worse))
    assert f"  and {len(changes(told, worse)) - 1} more" in list(compared(told, worse))
