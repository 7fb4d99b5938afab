"""The reference keeps every clause, whichever profile it is given."""

from pathlib import Path
from typing import Any

import pytest

from conformance.datafiles import profile_names
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
}


@pytest.mark.parametrize("name", PREREQUISITES)
def test_a_broken_prerequisite_is_one_root_cause(
    judge: Any, tmp_path: Path, name: str
) -> None:
    """The rows are those of a clean run, one cause leads, nothing is falsely green."""
    clean = judge(out=tmp_path / "clean")
    broken = judge(faults=(PREREQUISITES[name],))

    assert list(broken.results) == list(clean.results)
    assert broken.code == 1
    first = broken.told["root_causes"][0]
    waiting = [r for r in broken.results.values() if r.verdict is Verdict.INCONCLUSIVE]
    assert first["dependants"] >= len(waiting) * 0.9


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
