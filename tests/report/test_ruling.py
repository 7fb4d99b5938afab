"""When a run is conformant, and what its exit code is."""

from collections.abc import Callable
from typing import Any

import pytest

from conformance.cleanup import Leftover
from conformance.report.document import document, exit_code
from conformance.requirement import Level
from conformance.verdict import Result, Verdict

from .conftest import CHAPTERS, Told, check, exchange

MakeTold = Callable[..., Told]
FAIL = Result(Verdict.FAIL, "broken")
OPEN = Result(Verdict.INCONCLUSIVE, cause="no verdict from the target")
LACKS = Result(
    Verdict.INCONCLUSIVE, cause="not provided: second_client", means="second_client"
)
UNCLAIMED = Result(Verdict.NOT_APPLICABLE)
WARN = Result(Verdict.WARN, "untidy")
SOFT = check("soft", "json.soft", Level.SHOULD)
PASSING = tuple(check("holds", f"{chapter}.holds") for chapter in CHAPTERS)
EXTRA = (*PASSING, check("extra", "json.extra"))


def ruled(told: Told) -> tuple[str, int]:
    """The verdict and the exit code."""
    return told["verdict"], exit_code(told)


def test_every_must_row_passing_is_conformant(make_told: MakeTold) -> None:
    """All chapters have a MUST row that passed and none that did not."""
    assert ruled(make_told()) == ("conformant", 0)


def test_one_failing_must_row_is_not_conformant(make_told: MakeTold) -> None:
    """One breach decides, and beats what is undecided."""
    told = make_told(results={"json.holds": FAIL, "ids.holds": OPEN})

    assert ruled(told) == ("not_conformant", 1)


def test_an_inconclusive_must_row_leaves_the_run_undecided(
    make_told: MakeTold,
) -> None:
    """Nothing is green by default."""
    assert ruled(make_told(results={"ids.holds": OPEN})) == ("undecided", 2)


def test_means_declared_absent_block_nothing(make_told: MakeTold) -> None:
    """Their rows stand on the cover instead."""
    told = make_told(
        checks=EXTRA, results={"json.extra": LACKS}, absent=("second_client",)
    )

    assert ruled(told) == ("conformant", 0)
    assert told["not_provided"] == [{"means": "second_client", "rows": ["json.extra"]}]


def test_means_not_mentioned_leave_the_run_undecided(make_told: MakeTold) -> None:
    """The owner has to say so; the lines to paste are told."""
    told = make_told(checks=EXTRA, results={"json.extra": LACKS})

    assert ruled(told) == ("undecided", 2)
    assert told["remedies"][0]["absent"] == 'absent = ["second_client"]'


@pytest.mark.parametrize(
    ("read_only", "file", "line"),
    [
        (False, "target.toml", "allow_writes = true"),
        (True, "the command line", "leave out --read-only"),
    ],
)
def test_writes_can_not_be_declared_absent(
    make_told: MakeTold, *, read_only: bool, file: str, line: str
) -> None:
    """They are allowed or not; the remedy names the place that says so."""
    lacks = Result(Verdict.INCONCLUSIVE, cause="not mentioned", means="allow_writes")
    told = make_told(results={"json.holds": lacks}, options={"read_only": read_only})

    assert told["remedies"] == [
        {"means": "allow_writes", "rows": 1, "file": file, "line": line, "absent": None}
    ]


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_a_chapter_without_a_pass_proves_nothing(
    make_told: MakeTold, chapter: str
) -> None:
    """An empty profile conforms to nothing."""
    told = make_told(results={f"{chapter}.holds": UNCLAIMED})

    assert ruled(told) == ("undecided", 2)
    assert chapter in told["reason"]


@pytest.mark.parametrize("result", [WARN, OPEN], ids=["warn", "inconclusive"])
def test_should_rows_never_change_the_exit_code(
    make_told: MakeTold, result: Result
) -> None:
    """A SHOULD row warns, or stays undecided, and the run is conformant."""
    told = make_told(checks=(*PASSING, SOFT), results={"json.soft": result})

    assert ruled(told) == ("conformant", 0)


def test_a_read_only_run_is_never_conformant(make_told: MakeTold) -> None:
    """What was not written to was not judged."""
    assert ruled(make_told(options={"read_only": True})) == ("undecided", 2)


@pytest.mark.parametrize(
    ("results", "expected"),
    [
        ({}, ("partial_pass", 0)),
        ({"json.holds": FAIL}, ("not_conformant", 1)),
        ({"json.holds": OPEN}, ("undecided", 2)),
    ],
    ids=["passes", "fails", "undecided"],
)
def test_a_narrowed_run_is_never_called_conformant(
    make_told: MakeTold, results: dict[str, Any], expected: tuple[str, int]
) -> None:
    """Its exit code 0 means that nothing selected failed."""
    told = make_told(results=results, options={"chapters": ("json",)})

    assert ruled(told) == expected
    assert told["scope"] == "partial"


def test_rows_deselected_from_outside_make_the_run_partial(make_run: Any) -> None:
    """A ``-k`` of pytest's narrows a run like an option of ours."""
    run = make_run()
    run.selected = run.plan.rows[1:]

    assert ruled(document(run)) == ("partial_pass", 0)


def test_a_row_without_a_result_is_inconclusive(make_run: Any) -> None:
    """What did not run is not green."""
    run = make_run()
    run.results.clear()

    assert document(run)["totals"]["inconclusive"] == len(CHAPTERS)


def test_a_forgotten_leftover_is_the_suites_failure(make_told: MakeTold) -> None:
    """It was reachable and did not refuse: we left it there."""
    item = Leftover("/v1/buyers/ct1", "no answer", refused=False)

    assert ruled(make_told(leftovers=(item,))) == ("conformant", 4)


@pytest.mark.parametrize(
    ("refused", "dead"),
    [(True, None), (False, "the target stopped answering")],
    ids=["refused", "unreachable"],
)
def test_a_leftover_that_could_not_be_removed_is_no_failure_of_ours(
    make_told: MakeTold, *, refused: bool, dead: str | None
) -> None:
    """It is listed with its path."""
    item = Leftover("/v1/buyers/ct1", "405", refused=refused)
    told = make_told(leftovers=(item,), dead=dead)

    assert exit_code(told) == 0
    assert told["run"]["leftovers"][0]["path"] == "/v1/buyers/ct1"


def test_a_breach_stands_beside_a_forgotten_leftover(make_told: MakeTold) -> None:
    """A server whose DELETE lies fails for that, not us."""
    item = Leftover("/v1/buyers/ct1", "GET still serves it", refused=False)
    told = make_told(leftovers=(item,), results={"verbs.holds": FAIL})

    assert ruled(told) == ("not_conformant", 1)


def test_an_exchange_without_a_row_is_the_suites_failure(make_told: MakeTold) -> None:
    """Then no verdict can be trusted, not even a breach."""
    told = make_told(exchanges=(exchange(1, "nobody"),), results={"json.holds": FAIL})

    assert ruled(told) == ("not_conformant", 4)


@pytest.mark.parametrize(
    "unit", ["json.holds", "token app", "look", "clean json.holds"]
)
def test_exchanges_of_rows_shared_things_and_cleaning_have_an_owner(
    make_told: MakeTold, unit: str
) -> None:
    """All that the engine sends is accounted for."""
    told = make_told(exchanges=(exchange(1, unit),), units=("token app",))

    assert told["run"]["unattributed"] == []
