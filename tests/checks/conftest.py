"""The rows of a check against the reference with seams of one's own."""

import contextlib
import functools
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from desk import make_ready
from outcomes import RowsOf, Seams, claims
from scripted import APP, Answers, reference
from units import current, unit_of

from conformance.config import Config
from conformance.exchange import Exchange, Key
from conformance.line import Request
from conformance.live import LiveLine
from conformance.plan import Plan, shipped_checks
from conformance.profile import Profile, Resource, load_profile
from conformance.proof.aim import Aim
from conformance.proof.direct import at_hand
from conformance.proof.trial import Trial, ran
from conformance.reference.serve import running
from conformance.session import Session, Unit
from conformance.target import Target
from conformance.verdict import Result

SEED = 3
#: Payloads of a row that draws them.
COUNT = 2


@functools.cache
def plan_of(profile: str) -> Plan:
    """Give the plan of a profile that is shipped, or of a file."""
    return Plan(load_profile(profile), shipped_checks())


@pytest.fixture(scope="session")
def profile() -> Profile:
    """Give what the reference claims."""
    return reference().profile


@pytest.fixture(scope="session")
def buyers(profile: Profile) -> Resource:
    """Give a resource that offers every verb."""
    return profile.resources["buyers"]


@pytest.fixture
def rows_of() -> RowsOf:
    """Give a function that runs the rows of a check.

    Args:
        check: As in ``ids.chosen_ids_are_kept``.
        seams: Name → what is put around that seam of the reference server.
        variants: Freedoms that the server takes.
        profile: What it serves.
        only: What stands between the brackets of the rows wanted; without it, all.
        more: Other checks whose rows run beside these, and are told of as well.
        count: Payloads of a row that draws them.

    Returns:
        Row id → its result.
    """

    def run(  # noqa: PLR0913 - what a trial is made of
        check: str,
        seams: Seams | None = None,
        *,
        variants: Sequence[str] = (),
        profile: str = "reference",
        only: str | None = None,
        more: Sequence[str] = (),
        count: int = COUNT,
    ) -> dict[str, Result]:
        @contextlib.contextmanager
        def serve(
            path: Path, faults: Sequence[str], freedoms: Sequence[str], latency_ms: int
        ) -> Iterator[dict[str, Any]]:
            with running(path, faults, freedoms, latency_ms) as live:
                for name, around in (seams or {}).items():
                    live.server.wrap(name, around)
                yield at_hand(live)

        plan = plan_of(profile)
        wanted = (check, *more)
        rows = [row for row in plan.rows if row.check.id in wanted]
        rows = [row for row in rows if only is None or f"[{only}]" in row.id]
        assert rows, f"no row of {wanted} for {only}"
        trial = Trial("test", check, variants=tuple(variants))
        aim = Aim(tuple(rows), lambda _row: count)
        with ran(trial, plan, aim, SEED, serve=serve) as finished:
            return {row.id: finished.results[row.id] for row in rows}

    return run


@pytest.fixture
def target() -> Iterator[Target]:
    """Give a target that asks for no token; its unit is the running one."""
    profile = reference().profile
    bare = {**profile.raw, "oauth": {"flows": []}}
    ledger = SimpleNamespace(intend=lambda *_: None, made=lambda *_: None)
    session = Session(
        replace(profile, raw=bare),
        Config("https://api.example.com", allow_leftovers=True, identities=(APP,)),
        cast("Any", Answers({})),
        cast("Any", ledger),
        prefix="ct1",
        seed=1,
    )
    session.plan = reference()
    with current(Unit(session, "test")) as unit:
        yield unit.target


@pytest.fixture
def unit() -> Iterator[Unit]:
    """Give the unit that the words of a check count on."""
    with unit_of() as unit:
        yield unit


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[Request]:
    """Give every request that goes out, in order."""
    kept: list[Request] = []
    inner = LiveLine.http

    def http(self: LiveLine, key: Key, request: Request) -> Exchange:
        kept.append(request)
        return inner(self, key, request)

    monkeypatch.setattr(LiveLine, "http", http)
    return kept


@pytest.fixture
def unchosen(tmp_path: Path) -> str:
    """Give a profile in which the server alone makes the IDs of catalogs."""
    table = "[resources.catalogs]\n"
    return claims(tmp_path, (table, f"{table}id.writable = false\nid.rename = []\n"))


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let trials of roles be ready; give who was to show that they work."""
    return make_ready(monkeypatch)
