"""Rows that wait for a moment: what came too late is tried when all is quiet."""

from collections.abc import Iterator
from pathlib import Path

from conformance import Resource, Target, must
from conformance.caller import After
from conformance.errors import Disturbed
from conformance.expect import insist
from conformance.options import Options
from conformance.requirement import check_of
from conformance.run import Run
from conformance.verdict import Verdict

#: What was done, in turn.
DONE: list[str] = []


@must("verbs.get.returns")
def check_it_takes_a_while(target: Target, typical: Resource) -> None:
    """An answer MUST come."""
    target.pause(1.5)
    insist(bool(typical.name), "a name")
    DONE.append("prompt")


@must("verbs.get.returns")
def check_it_comes_in_time(target: Target) -> Iterator[After]:
    """An answer MUST come in time."""
    DONE.append("late")
    yield target.after(0.1)
    if "prompt" not in DONE:
        raise Disturbed("answers come too late")
    insist(condition=True, words="in time")


def test_what_came_too_late_is_tried_when_all_is_quiet(tmp_path: Path) -> None:
    """At once, each attempt would come too late again."""
    DONE.clear()
    found = [check_of(one) for one in (check_it_takes_a_while, check_it_comes_in_time)]
    checks = tuple(check for check in found if check is not None)
    options = Options("reference", tmp_path / "run", clauses=("verbs.get.returns",))
    run = Run(options, extra_checks=checks)
    try:
        run.open()
        mine = [c.id for c in checks]
        run.selected = [row for row in run.selected if row.check.id in mine]
        run.start()
        run.finish()
    finally:
        run.close()

    between = ["prompt"] * DONE.count("prompt")
    assert {result.verdict for result in run.results.values()} == {Verdict.PASS}
    assert DONE[1:-1] == between
    assert DONE[0] == DONE[-1] == "late"


def test_where_nothing_else_asks_it_is_quiet_at_once(tmp_path: Path) -> None:
    """Then three attempts are all there is."""
    DONE.clear()
    found = check_of(check_it_comes_in_time)
    assert found is not None
    options = Options("reference", tmp_path / "run", clauses=("verbs.get.returns",))
    run = Run(options, extra_checks=(found,))
    try:
        run.open()
        run.selected = [row for row in run.selected if row.check.id == found.id]
        run.start()
        run.finish()
    finally:
        run.close()

    [result] = run.results.values()
    assert result.verdict is Verdict.INCONCLUSIVE
    assert result.cause == "no verdict from the target: answers come too late"
    assert DONE == ["late"] * 3
