"""The summary at a run's end."""

from collections.abc import Callable
from pathlib import Path

from conformance.report.document import document
from conformance.report.terminal import summary
from conformance.run import Run
from conformance.verdict import Result, Verdict

from .conftest import CHAPTERS, Told, check, exchange

MakeTold = Callable[..., Told]
FOLDER = Path("reports/20261123T190000Z")


def test_a_green_run_takes_three_lines(make_told: MakeTold) -> None:
    """Verdict with its exit code, counts, the report's path."""
    first, second, last = summary(make_told(), FOLDER).split("\n")

    assert first.startswith("CONFORMANT (exit 0): ")
    assert "8 pass" in second
    assert last == "report: reports/20261123T190000Z/report.html"


def test_a_root_cause_has_clause_exchange_and_curl(make_told: MakeTold) -> None:
    """Enough to look into it without opening the report."""
    told = make_told(
        results={"json.holds": Result(Verdict.FAIL, "status 500", exchanges=("x1",))},
        exchanges=(exchange(1, "json.holds"),),
    )
    lines = summary(told, FOLDER).split("\n")

    assert lines[0].startswith("NOT CONFORMANT (exit 1): 1 MUST clause broken")
    assert lines[2] == "✗ json.holds: status 500"
    assert lines[3].startswith("    x1: curl -sS -X POST")


def test_the_line_that_would_decide_most_rows_comes_first(make_told: MakeTold) -> None:
    """What to paste, and into which file."""
    checks = tuple(check(f"n{n}", "json.x") for n in range(5))
    means = ["second_user", *["second_client"] * 4]
    results = {
        f"json.n{n}": Result(Verdict.INCONCLUSIVE, cause="?", means=name)
        for n, name in enumerate(means)
    }
    lines = summary(make_told(checks=checks, results=results), FOLDER).split("\n")

    assert lines[2].startswith("4 rows want second_client: in target.toml, ")
    assert lines[2].endswith('absent = ["second_client"]')
    assert "second_user" in lines[3]


def test_twelve_lines_are_enough(make_told: MakeTold) -> None:
    """Many causes and many means: the rest is in the report."""
    checks = tuple(check("x", f"{chapter}.x") for chapter in CHAPTERS)
    more = tuple(check(f"m{n}", "json.m") for n in range(8))
    results = {
        f"{chapter}.x": Result(Verdict.FAIL, "wrong", exchanges=("x1",))
        for chapter in CHAPTERS
    } | {
        f"json.m{n}": Result(Verdict.INCONCLUSIVE, cause="?", means=f"means_{n}")
        for n in range(8)
    }
    told = make_told(
        checks=(*checks, *more), results=results, exchanges=(exchange(1, "json.x"),)
    )
    text = summary(told, FOLDER)

    assert len(text.split("\n")) <= 12
    assert "more root causes" in text


def test_the_target_can_not_steer_the_terminal(hostile: Run) -> None:
    """No escape sequence and no forged line gets through."""
    text = summary(document(hostile), FOLDER)

    assert "\x1b" not in text
    assert "\u202e" not in text


def test_a_narrowed_run_says_so(make_told: MakeTold) -> None:
    """The word conformant is not used."""
    first = summary(make_told(options={"chapters": ("json",)}), FOLDER).split("\n")[0]

    assert first.startswith("NOTHING SELECTED FAILED · PARTIAL (exit 0)")


def test_an_uncalibrated_run_says_so(make_told: MakeTold) -> None:
    """What no matrix proves stands beside the verdict, as for reports of old."""
    for calibration in ({"calibrated": False, "why": "so", "matrix": None}, None):
        told = make_told() | {"calibration": calibration}
        assert summary(told, FOLDER).startswith("CONFORMANT · UNCALIBRATED (exit 0)")
