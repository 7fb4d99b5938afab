"""Passive rows: they count what they judged, and say so where nothing was."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from conformance import Exchange, must
from conformance.options import Options
from conformance.requirement import check_of
from conformance.run import Run
from conformance.verdict import Result, Verdict


def test_a_passive_row_counts_what_it_judged(judge: Any, tmp_path: Path) -> None:
    """Of all answers, the smallest rate is drawn from those that owed something."""
    judged = judge(clauses=("status.empty_204",), out=tmp_path / "run", seed=3)
    rows = {row["row"]: row for row in judged.told["checks"] if row["passive"]}
    lines = (tmp_path / "run" / "record.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line).get("exchange", {}) for line in lines]
    empty = Counter(
        one["operation"]
        for one in told
        if one and (one["answer"] or {}).get("status") == 204
    )

    assert empty
    for row in rows.values():
        operation = row["row"].partition("[")[2].rstrip("]")
        nothing = row["verdict"] == "not_applicable"
        assert row["exchanges_seen"] == empty[operation]
        assert nothing == (not empty[operation])
    [clause] = judged.told["clauses"]
    assert clause["watched"] == sum(empty.values())
    assert clause["verdict"] == "pass"


@must("verbs.get.returns", passive=True)
def check_all_is_well(exchange: Exchange) -> None:
    """An answer MUST be below 600."""
    assert exchange.status < 600


@must("verbs.get.returns", passive=True)
def check_nothing_is_well(exchange: Exchange) -> None:
    """An answer MUST be above 600."""
    assert exchange.status > 600, f"it is {exchange.status}"


@must("verbs.get.returns", passive=True)
def check_what_is_usual_is_not_well(exchange: Exchange) -> None:
    """An answer MUST be above 600, if it is below."""
    if exchange.status < 600:
        assert exchange.status > 600


@must("verbs.get.returns", passive=True)
def check_nothing_is_asked(exchange: Exchange) -> None:
    """An answer MUST be below 600, if it is above."""
    if exchange.status > 600:
        assert exchange.status < 600


def _judged(function: Any, out: Path) -> list[Result]:
    """Run a check that somebody else wrote beside one of ours."""
    check = check_of(function)
    assert check is not None
    options = Options(target="reference", out=out, clauses=("verbs.get.returns",))
    run = Run(options, extra_checks=(check,))
    try:
        run.open()
        run.start()
        run.finish()
        return [found for row, found in run.results.items() if check.id in row]
    finally:
        run.close()


@pytest.mark.parametrize(
    ("function", "verdict"),
    [
        (check_all_is_well, Verdict.PASS),
        (check_nothing_is_well, Verdict.FAIL),
        (check_what_is_usual_is_not_well, Verdict.FAIL),
        (check_nothing_is_asked, Verdict.NOT_APPLICABLE),
    ],
)
def test_a_bare_assert_judges_every_answer(
    function: Any, verdict: Verdict, tmp_path: Path
) -> None:
    """Somebody else's check need not know the words of ours."""
    found = [r for r in _judged(function, tmp_path / "run") if r.seen or not r.cause]

    assert found
    assert {one.verdict for one in found} == {verdict}
    assert all(
        bool(one.seen) == (verdict is not Verdict.NOT_APPLICABLE) for one in found
    )
