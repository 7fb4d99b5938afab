"""Faults that come and go: each ends as a fail, said with its count."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.templates import told_text
from conformance.profile import find_profile
from conformance.reference.schema import Findings
from conformance.reference.serve import running
from conformance.report.document import document
from conformance.run import Options, Run
from conformance.verdict import Result, Verdict

PROFILE = find_profile("reference")
#: Identities of few roles of the reference, but for two.
SPARE = ("reader", "few_roles")


def judged(  # noqa: PLR0913 - the parts of a trial
    tmp_path: Path,
    seams: dict[str, Any],
    clauses: tuple[str, ...],
    seed: int = 1,
    *,
    variants: tuple[str, ...] = (),
    without: tuple[str, ...] = (),
) -> dict[str, Result]:
    """Judge some clauses of a reference whose seams are wrapped."""
    with running(PROFILE, variants=variants) as live:
        for seam, around in seams.items():
            live.server.wrap(seam, around)
        target = tmp_path / "target.toml"
        told = live.announced()
        given = [i for i in told["identities"] if i["name"] not in without]
        told["identities"] = given
        target.write_text(told_text(told, PROFILE), encoding="utf-8")
        out = tmp_path / f"run{seed}"
        options = Options(target=str(target), out=out, clauses=clauses, seed=seed)
        run = Run(options)
        try:
            run.open()
            run.start()
            run.finish()
            document(run)
        finally:
            run.close()
    return run.results


@pytest.mark.parametrize("seed", range(20))
def test_one_wrong_answer_in_ten_is_a_fail_with_its_count(
    tmp_path: Path, seed: int
) -> None:
    """A passive clause fails with k of n exchanges, and never as our error."""

    def finish(inner: Any, call: Any, answer: Any) -> Any:
        made = inner(call, answer)
        if call.number % 10 == seed % 10 and made.body:
            made.headers["content-type"] = "text/plain"
        return made

    clauses = ("json.content_type", "verbs.patch.merges", "verbs.create.stores")
    results = judged(tmp_path, {"finish": finish}, clauses, seed)
    failed = [r for r in results.values() if r.verdict is Verdict.FAIL]

    assert failed
    assert all(re.fullmatch(r"\d+ of \d+", r.attempts or "") for r in failed)
    assert not any("own error" in (r.cause or "") for r in results.values())


@pytest.mark.parametrize("seed", range(5))
def test_one_lost_write_in_ten_is_a_fail_with_its_count(
    tmp_path: Path, seed: int
) -> None:
    """An active clause fails with n/3, and never as our error."""

    def patch(inner: Any, call: Any, record: Any, values: Any, rename: Any) -> Any:
        lost = call.number % 10 == seed
        return inner(call, record, {} if lost else values, rename)

    results = judged(tmp_path, {"patch": patch}, ("verbs.patch.merges",), seed)
    failed = [r for r in results.values() if r.verdict is Verdict.FAIL]

    assert failed
    assert all(r.attempts in ("1/3", "2/3", "3/3") for r in failed)
    assert not any("own error" in (r.cause or "") for r in results.values())


#: Characters that a sloppy PATCH keeps.
KEPT = 20
#: Of the text's lengths that are drawn, the one after it.
NEXT = 31
SMALLEST = "smallest that still fails: "


@pytest.mark.parametrize("seed", [1, 8])
def test_two_payloads_that_fail_differently(tmp_path: Path, seed: int) -> None:
    """Both ways to fail are said, each with the smallest payload that fails so."""

    def patch(inner: Any, call: Any, record: Any, values: Any, rename: Any) -> Any:
        kept = {
            name: value[:KEPT] if isinstance(value, str) else value
            for name, value in values.items()
            if value is not False
        }
        return inner(call, record, kept, rename)

    results = judged(tmp_path, {"patch": patch}, ("verbs.patch.merges",), seed)
    failed = [r for r in results.values() if r.verdict is Verdict.FAIL]
    shrunk = [r for r in failed if any(n.startswith(SMALLEST) for n in r.notes)]
    smallest = [
        ast.literal_eval(note.removeprefix(SMALLEST))
        for result in shrunk
        for note in result.notes
        if note.startswith(SMALLEST)
    ]

    assert not any("own error" in (r.cause or "") for r in results.values())
    assert all(r.attempts == "3/3" for r in failed)
    assert len(shrunk) == 1
    assert [n for n in shrunk[0].notes if n.startswith("it fails in another way")]
    assert {"Active": False} in smallest
    assert {"Name": "0" * NEXT} in smallest


def test_a_server_that_refuses_some_values_is_judged_by_the_others(
    tmp_path: Path,
) -> None:
    """What is generated may be refused: nobody is accused, and no row is open."""

    def validate(inner: Any, call: Any, body: Any, *, partial: bool) -> Any:
        if any(word in str(body.values()) for word in ("stays", "birch", "kelp")):
            findings = Findings()
            findings.add("Name", "holds a word that is not wanted")
            raise server_of(inner).invalid(call, findings)
        return inner(call, body, partial=partial)

    clauses = (
        *("verbs.list.contains", "verbs.list.meta", "verbs.list.sort"),
        *("verbs.list.filter", "verbs.patch.merges", "verbs.save.replaces"),
    )
    results = judged(tmp_path, {"validate": validate}, clauses)

    verdicts = {r.verdict for r in results.values()}
    assert verdicts <= {Verdict.PASS, Verdict.NOT_APPLICABLE}, results
    assert len(results) > len(clauses)


def server_of(seam: Any) -> Any:
    """Give the server that a seam as it was is a method of."""
    return seam.__self__


def test_two_identities_of_few_roles_are_enough_under_a_single_session(
    tmp_path: Path,
) -> None:
    """A row may log in anew as one of them: the next row's token is asked for anew."""
    clauses = ("oauth.no_escalation", "oauth.scope_enforced", "status.forbidden_403")
    variants = ("one-token-at-a-time",)
    results = judged(tmp_path, {}, clauses, variants=variants, without=SPARE)

    verdicts = {r.verdict for r in results.values()}
    assert verdicts <= {Verdict.PASS, Verdict.NOT_APPLICABLE}, results
