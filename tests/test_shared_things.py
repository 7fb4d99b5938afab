"""What rows share is made once, whatever comes between."""

from pathlib import Path
from typing import Any

import pytest

from conformance.errors import Disturbed
from conformance.options import Options
from conformance.run import Run
from conformance.session import Session, Unit

OPEN = "not_applicable"


@pytest.fixture
def session(tmp_path: Path) -> Any:
    """Give the session of a run that sends nothing."""
    run = Run(Options(target="reference", out=tmp_path / "run"))
    try:
        run.open()
        yield run.session
    finally:
        run.close()


def failing(times: int, attempts: list[int]) -> Any:
    """Give what makes a thing, after so many times without an answer."""

    def make(unit: Unit) -> str:
        attempts.append(unit.attempt)
        if len(attempts) <= times:
            raise Disturbed("reset")
        return "made"

    return make


def test_no_answer_is_no_end_of_a_shared_thing(session: Session) -> None:
    """A connection that is closed now and then costs no row its verdict."""
    attempts: list[int] = []
    made = failing(2, attempts)

    assert session.once("thing", made) == "made"
    assert session.once("thing", made) == "made"
    assert attempts == [0, 1, 2]


def test_a_thing_that_is_never_answered_is_given_up(session: Session) -> None:
    """After as many attempts as a row has, the failure is shared."""
    attempts: list[int] = []
    made = failing(9, attempts)

    for _ in range(2):
        with pytest.raises(Disturbed):
            session.once("thing", made)
    assert attempts == [0, 1, 2]


def test_a_run_leaves_nothing_under_what_it_deletes(judge: Any, serve: Any) -> None:
    """What the server puts under each new item goes with the item, asked for or not."""
    variants = ("parents-stay-with-what-they-are-born-with",)
    with serve("example-vendor", variants=variants) as served:
        before = served.state
        judged = judge(str(served.target), chapters=("verbs",))
        assert served.state == before

    wrong = [r for r in judged.told["checks"] if r["verdict"] not in ("pass", OPEN)]
    assert not wrong, [(r["id"], r["message"], r["cause"]) for r in wrong]
