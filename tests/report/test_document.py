"""`report.json`: its schema, root causes, evidence, hashes."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import jsonschema
import pytest

from conformance.datafiles import schema
from conformance.report.document import catalogue_sha256, clauses_of, document
from conformance.report.evidence import CITED, SHORT_CHARACTERS, WHOLE, cited
from conformance.report.write import in_json
from conformance.run import Run
from conformance.verdict import Result, Verdict

from .conftest import MARK, Told, check, exchange

MakeTold = Callable[..., Told]
PROMISED = [
    *("schema", "suite", "source", "target", "profile", "seed", "started", "finished"),
    *("scope", "verdict", "totals", "not_claimed", "not_provided", "requests"),
    *("clauses", "checks"),
]


def test_a_watched_clause_says_how_rare_a_fault_it_would_see() -> None:
    """300 exchanges show one wrong answer in a hundred, 19 times of 20."""
    rows = [
        {"clause": "json.utf8", "level": "MUST", "verdict": "pass", "passive": True}
        | {"edge": False, "exchanges_seen": 299}
    ]
    [clause] = clauses_of(rows)

    assert clause["watched"] == 299
    assert clause["smallest_rate"] == pytest.approx(0.01, rel=0.01)


def test_the_document_keeps_its_schema(hostile: Run) -> None:
    """Every verdict, a hostile target, leftovers: all within the schema."""
    told = json.loads(in_json(document(hostile)))

    jsonschema.Draft202012Validator.check_schema(schema("report"))
    jsonschema.validate(
        told,
        schema("report"),
        format_checker=jsonschema.Draft202012Validator.FORMAT_CHECKER,
    )
    assert [name for name in PROMISED if name not in told] == []


def test_an_unknown_member_breaks_the_schema(make_told: MakeTold) -> None:
    """The schema is closed at its top."""
    with pytest.raises(jsonschema.ValidationError, match="surprise"):
        jsonschema.validate({**make_told(), "surprise": 1}, schema("report"))


def test_a_clause_has_the_gravest_verdict_of_its_rows(make_told: MakeTold) -> None:
    """Fail beats inconclusive beats pass."""
    told = make_told(
        checks=(check("one", "json.x"), check("two", "json.x")),
        results={"json.one": Result(Verdict.INCONCLUSIVE, cause="?")},
    )

    [clause] = told["clauses"]
    assert (clause["id"], clause["level"]) == ("json.x", "MUST")
    assert clause["verdict"] == "inconclusive"
    assert clause["watched"] is None


def test_dependants_stand_behind_the_row_they_wait_for(make_told: MakeTold) -> None:
    """Ninety symptoms, one root cause."""
    waits = Result(Verdict.INCONCLUSIVE, cause="waits", waits_for="json.a")
    further = replace(waits, waits_for="json.b")
    told = make_told(
        checks=tuple(check(name, f"json.{name}") for name in "abcd"),
        results={
            "json.a": Result(Verdict.FAIL, "status 500", exchanges=("x1",)),
            "json.b": waits,
            "json.c": further,
        },
        exchanges=(exchange(1, "json.a"),),
    )
    (cause,) = told["root_causes"]

    assert (cause["row"], cause["dependants"], cause["rows"]) == (
        "json.a",
        2,
        ["json.a"],
    )
    assert cause["exchange"] == "x1"
    assert cause["curl"].startswith("curl -sS -X POST 'https://api.example.com/v1/")


def test_rows_that_wait_for_what_has_no_row_share_a_cause(make_told: MakeTold) -> None:
    """A narrowed run names the clause that it would need."""
    waits = Result(Verdict.INCONCLUSIVE, cause="no token", waits_for="oauth.password")
    told = make_told(results={"json.holds": waits, "ids.holds": waits})
    (cause,) = told["root_causes"]

    assert (cause["row"], cause["clause"]) == (None, "oauth.password")
    assert cause["dependants"] == 2


def test_rows_that_wait_in_a_circle_are_told_once(make_told: MakeTold) -> None:
    """A circle has no root; the rows in it are reported all the same."""
    results = {
        "json.holds": Result(Verdict.INCONCLUSIVE, cause="a", waits_for="ids.holds"),
        "ids.holds": Result(Verdict.INCONCLUSIVE, cause="b", waits_for="json.holds"),
    }
    told = make_told(results=results)

    assert sum(cause["dependants"] for cause in told["root_causes"]) == 2


def test_failures_of_one_clause_are_one_root_cause(make_told: MakeTold) -> None:
    """Its rows are counted, and the first twenty named."""
    names = [f"n{number}" for number in range(30)]
    told = make_told(
        checks=tuple(check(name, "json.x") for name in names),
        results={f"json.{name}": Result(Verdict.FAIL, name) for name in names},
    )
    (cause,) = told["root_causes"]

    assert (len(cause["rows"]), cause["rows_seen"]) == (20, 30)


def test_failures_come_before_what_is_undecided_before_warnings(hostile: Run) -> None:
    """The reader's time goes to what decides."""
    verdicts = [cause["verdict"] for cause in document(hostile)["root_causes"]]

    assert verdicts == ["fail", "inconclusive", "warn"]


def test_a_passing_exchange_is_cut_and_says_so(hostile: Run) -> None:
    """A failing one is kept whole."""
    told = document(hostile)["exchanges"]

    assert len(told["x2"]["answer"]["text"]) <= SHORT_CHARACTERS
    assert told["x2"]["answer"]["length"] == 2500
    assert "length" not in told["x1"]["answer"]


@pytest.mark.parametrize("size", [WHOLE, WHOLE + 1])
def test_a_failing_body_is_kept_up_to_a_bound(make_told: MakeTold, size: int) -> None:
    """64 KiB, and then its whole length is said."""
    told = make_told(
        exchanges=(exchange(1, "json.holds", "a" * size),),
        results={"json.holds": Result(Verdict.FAIL, "wrong", exchanges=("x1",))},
    )
    answer = told["exchanges"]["x1"]["answer"]

    assert len(answer["text"]) == WHOLE
    assert answer.get("length", WHOLE) == size


def test_only_cited_exchanges_are_kept(make_told: MakeTold) -> None:
    """The others are in the archive."""
    told = make_told(exchanges=(exchange(1, "json.holds"),))

    assert told["exchanges"] == {}


def test_of_many_exchanges_the_first_and_the_last_are_cited() -> None:
    """The accusing one is the last."""
    ids = tuple(f"x{number}" for number in range(100))
    chosen = cited("fail", ids)

    assert len(chosen) == CITED
    assert (chosen[0], chosen[-1]) == ("x0", "x99")


def test_the_catalogue_hash_ignores_order_and_sees_words() -> None:
    """Two suites with the same hash judge the same."""
    one, two = check("one", "json.x"), check("two", "json.x")
    reworded = replace(two, sentence="The server MAY do as it likes.")

    assert catalogue_sha256([one, two]) == catalogue_sha256([two, one])
    assert catalogue_sha256([one, two]) != catalogue_sha256([one, reworded])


def test_what_is_not_claimed_is_listed(make_told: MakeTold) -> None:
    """Flows, verbs and clauses that the conventions have and the profile has not."""
    unclaimed = Result(Verdict.NOT_APPLICABLE)
    told = make_told(results={"ids.holds": unclaimed})

    assert {"kind": "clause", "name": "ids.holds"} in told["not_claimed"]


def test_marks_stay_in_the_document(hostile: Run) -> None:
    """The mark is the evidence of an echo; the secret itself is never there."""
    sent: dict[str, Any] = document(hostile)["exchanges"]["x1"]["sent"]

    assert MARK in sent["text"]
