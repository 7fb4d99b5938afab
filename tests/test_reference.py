"""The reference keeps every clause, whichever profile it is given."""

from pathlib import Path
from typing import Any

import pytest

from conformance.datafiles import profile_names
from conformance.reference.faults import all_faults
from conformance.verdict import Verdict


@pytest.mark.parametrize("profile", profile_names())
def test_the_reference_is_conformant(judge: Any, profile: str) -> None:
    """No MUST fails or is undecided, nothing warns, and exit is 0."""
    judged = judge(profile=profile)

    assert judged.clauses(Verdict.FAIL) == set()
    assert judged.clauses(Verdict.WARN) == set()
    assert judged.clauses(Verdict.INCONCLUSIVE) == set()
    assert judged.told["verdict"] == "conformant"
    assert judged.code == 0


def test_enough_clauses_have_a_verdict(judge: Any) -> None:
    """At least 95 clauses are passed by the reference."""
    judged = judge(depth="smoke")

    assert len(judged.clauses(Verdict.PASS)) >= 95


def test_ten_runs_give_the_same_rows_and_verdicts(judge: Any, tmp_path: Path) -> None:
    """Nothing depends on the order of work, which is shuffled, or on the moment."""
    runs = [
        judge(depth="smoke", out=tmp_path / str(n), seed=7, shuffle=n).verdicts()
        for n in range(10)
    ]

    assert all(run == runs[0] for run in runs[1:])


PREREQUISITES = {
    "token endpoint": "prerequisite-token-endpoint-answers-500",
    "create": "prerequisite-every-create-answers-500",
    "list envelope": "prerequisite-list-envelope-missing",
    "get": "prerequisite-every-get-answers-404",
    "delete": "prerequisite-every-delete-answers-500",
    "list": "prerequisite-every-list-answers-500",
    "every call": "prerequisite-every-call-answers-500",
    "bearer token": "prerequisite-every-token-refused",
    "label": "prerequisite-everything-labelled-html",
}
#: The rows of a run that met no fault, judged once.
CLEAN_ROWS: list[str] = []
#: Those of them that break one clause alone.
ANSWERED_500 = ("token endpoint", "create", "delete", "list", "every call")
#: What a 500 can keep as well as any other answer.
ABOUT_ANY_ANSWER = {
    *("https.no_insecure_links", "json.content_type", "json.utf8"),
    *("json.well_formed", "json.unique_names", "json.only_format"),
    *("oauth.lifetime", "oauth.no_secret_echo", "errors.shape", "errors.code"),
    *("errors.message", "errors.no_leak", "errors.no_false_success"),
    *("errors.not_found_data", "status.empty_204", "status.no_redirect"),
    "status.documented",
}


@pytest.mark.parametrize("name", PREREQUISITES)
def test_a_broken_prerequisite_is_one_root_cause(
    judge: Any, tmp_path: Path, name: str
) -> None:
    """The rows are those of a clean run, one cause leads, nothing is falsely green."""
    if not CLEAN_ROWS:
        CLEAN_ROWS.extend(judge(out=tmp_path / "clean").results)
    broken = judge(faults=(PREREQUISITES[name],))

    assert list(broken.results) == CLEAN_ROWS
    assert broken.code == 1
    (cause,) = broken.told["root_causes"]
    waiting = [r for r in broken.results.values() if r.verdict is Verdict.INCONCLUSIVE]
    assert cause["dependants"] == len(waiting)
    assert cause["clause"] == all_faults()[PREREQUISITES[name]].breaks
    if name in ANSWERED_500:
        assert broken.clauses(Verdict.FAIL) == {"errors.no_5xx"}
        assert _green_by_nothing(broken) <= ABOUT_ANY_ANSWER


def test_answers_that_break_off_are_one_root_cause(
    judge: Any, serve: Any, tmp_path: Path
) -> None:
    """A line that drops every answer half-way leaves all rows, undecided."""
    if not CLEAN_ROWS:
        CLEAN_ROWS.extend(judge(out=tmp_path / "clean").results)
    with serve() as served:
        served.running.server.wrap("response", _broken_off)
        broken = judge(target=str(served.target), allow_writes=True)

    assert list(broken.results) == CLEAN_ROWS
    assert broken.code == 2
    (cause,) = broken.told["root_causes"]
    assert "RemoteProtocolError" in cause["message"]
    assert broken.clauses(Verdict.FAIL) == set()


def _broken_off(inner: Any, call: Any, answer: Any) -> Any:
    del inner, call

    async def app(scope: Any, receive: Any, send: Any) -> None:
        del scope, receive
        size = str(len(answer.body) + 1).encode()
        start = {"type": "http.response.start", "status": answer.status}
        await send({**start, "headers": [(b"content-length", size)]})
        half = answer.body[: len(answer.body) // 2]
        await send({"type": "http.response.body", "body": half, "more_body": True})
        raise ConnectionResetError

    return app


def _green_by_nothing(judged: Any) -> set[str]:
    """Name the clauses of rows that pass, though all they saw was answered 500."""
    broken = {
        id_
        for id_, exchange in judged.told["exchanges"].items()
        if (exchange["answer"] or {}).get("status") == 500
    }
    return {
        row["clause"]
        for row in judged.told["checks"]
        if row["verdict"] == "pass" and row["exchanges"]
        if broken.issuperset(row["exchanges"])
    }


EMPTY = """
name = "empty"
[api]
base_path = "/v1"
[oauth]
flows = []
[errors]
code = "code"
message = "message"
[lists]
items = "items"
[resources]
"""


def test_an_empty_profile_conforms_to_nothing(judge: Any, tmp_path: Path) -> None:
    """A profile without resources and flows is not conformant."""
    profile = tmp_path / "empty.toml"
    profile.write_text(EMPTY, encoding="utf-8")
    judged = judge(profile=str(profile))

    assert judged.told["verdict"] != "conformant"
    assert judged.code == 1
