"""The unit whose body runs, as far as the words of a check ask for one."""

import contextlib
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

from scripted import reference, row_of

from conformance.config import Config, Identity
from conformance.plan import Plan, Row
from conformance.session import Session, Unit, current_unit


@contextlib.contextmanager
def current(unit: Unit) -> Iterator[Unit]:
    """Let a unit be the one whose body runs."""
    token = current_unit.set(unit)
    try:
        yield unit
    finally:
        current_unit.reset(token)


@contextlib.contextmanager
def unit_of(row: Row | None = None, **session: Any) -> Iterator[Unit]:
    """Run a unit of a session with these parts; each clause is a row of that name."""
    profile = reference().profile
    tokens = SimpleNamespace(identity=session.pop("identity", None))
    parts = {"profile": profile, "plan": Plan(profile, ()), "tripped": set()}
    parts["tokens"] = tokens
    made = cast("Session", SimpleNamespace(**parts | session))
    with current(Unit(made, row.id if row else "row", row)) as unit:
        yield unit


def judging(name: str) -> contextlib.AbstractContextManager[Unit]:
    """Run a unit of the first row of a clause, or of a check."""
    return unit_of(row_of(name), plan=reference())


def silent(*identities: Identity) -> Session:
    """Give a session of the reference profile that sends nothing."""
    line = SimpleNamespace(vault=SimpleNamespace(keep=lambda _name, secret: secret))
    session = Session(
        reference().profile,
        Config("https://api.example.com", identities=identities),
        cast("Any", line),
        cast("Any", None),
        prefix="ct1",
        seed=1,
    )
    session.plan = reference()
    return session
