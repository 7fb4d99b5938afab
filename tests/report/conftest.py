"""A small run that never happened: every verdict, and a hostile target."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from conformance.cleanup import Leftover
from conformance.config import Config
from conformance.exchange import Answer, Exchange, Key, Sent
from conformance.plan import Plan, Row
from conformance.profile import load_profile
from conformance.report.document import document
from conformance.requirement import Check, Level, Requirement
from conformance.run import Options, Run
from conformance.vault import Vault
from conformance.verdict import Result, Verdict

CHAPTERS = ("https", "json", "dates", "oauth", "ids", "errors", "verbs", "status")
MARK = "~SECRET~app.client_secret~0123abcd~"
#: Markup, an end of CDATA, controls, a bidirectional override, a lone surrogate.
HOSTILE = "<script>alert(1)</script>]]>\x00\x1b[31m\u202e\ud800&amp;\"'"

SHA = "0123456789abcdef" * 4
#: What the matrix that travels with the package would say.
CALIBRATED = {
    "calibrated": True,
    "why": None,
    "matrix": {
        "schema": "urn:ordercloud-conformance:calibration:1",
        "date": "2026-11-24",
        "size": "full",
        "profile": "reference",
        "seed": 20,
        "suite_version": "0.1.0",
        "source_sha256": SHA,
        "instrument_sha256": SHA,
        "catalogue_sha256": SHA,
        "faults": {"killed": 6, "of": 7},
        "undeclared": 0,
        "variants": {"green": 3, "of": 3},
        "combinations": {"green": 2, "of": 2},
        "clauses": {
            "json.holds": {"killed": 5, "of": 5},
            "ids.holds": {"killed": 1, "of": 2},
        },
    },
}

MakeRun = Callable[..., Run]
Told = dict[str, Any]


def check(name: str, clause: str, level: Level = Level.MUST, **more: Any) -> Check:
    """A check that nobody calls."""
    return Check(
        id=f"{clause.partition('.')[0]}.{name}",
        function=lambda: None,
        requirement=Requirement(clause, level, **more),
        arguments=(),
        sentence=f"The server MUST keep ``{clause}``.",
        reading=None,
    )


def exchange(number: int, unit: str, body: str = "{}", status: int = 200) -> Exchange:
    """An exchange of a unit; its answer's body as given."""
    return Exchange(
        id=f"x{number}",
        key=Key(unit, 0, 0, 0, number),
        operation="buyers-CREATE",
        identity="app",
        sent=Sent(
            "POST",
            "https://api.example.com/v1/buyers?search=a%20b",
            (
                ("Authorization", "Bearer ~SECRET~access_token.1~0123abcd~"),
                ("Content-Type", "application/json"),
            ),
            b'{"Name": "it\'s", "secret": "' + MARK.encode() + b'"}',
        ),
        answer=Answer(
            status,
            (("content-type", "application/json"), ("x-odd", "a\x01b")),
            body.encode("utf-8", "surrogatepass"),
        ),
        trouble=None,
        started_s=1_795_000_000.0 + number,
        elapsed_s=0.012,
    )


@dataclass
class Given:
    """What a test varies."""

    results: Mapping[str, Result] = field(default_factory=dict)
    checks: tuple[Check, ...] = tuple(
        check("holds", f"{chapter}.holds") for chapter in CHAPTERS
    )
    exchanges: tuple[Exchange, ...] = ()
    leftovers: tuple[Leftover, ...] = ()
    absent: tuple[str, ...] = ()
    dead: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    units: tuple[str, ...] = ()


def result_for(given: Given, row: Row) -> Result:
    """What a test says of a row; a pass where it says nothing."""
    return given.results.get(row.id, Result(Verdict.PASS, seen=1))


@pytest.fixture(autouse=True)
def calibrated(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let reports be calibrated, whatever was changed since the last proof."""
    monkeypatch.setattr("conformance.report.document.calibration", lambda: CALIBRATED)


@pytest.fixture
def make_run(tmp_path: Path) -> MakeRun:
    """A finished run with the verdicts that a test gives."""

    def make(**varied: Any) -> Run:
        given = Given(**varied)
        plan = Plan(load_profile("reference"), given.checks)
        base_url = "https://api.example.com"
        options = {"target": "target.toml", "out": tmp_path / "run", **given.options}
        Path(options["out"]).mkdir(exist_ok=True)
        run = SimpleNamespace(
            options=Options(**options),
            profile=plan.profile,
            config=Config(base_url=base_url, absent=given.absent),
            plan=plan,
            selected=plan.rows,
            results={row.id: result_for(given, row) for row in plan.rows},
            seed=7,
            prefix="ct000001",
            started_s=1_795_000_000.0,
            finished_s=1_795_000_012.5,
            vault=Vault(),
            recorder=SimpleNamespace(exchanges=list(given.exchanges)),
            line=SimpleNamespace(sent=len(given.exchanges), dead=given.dead),
            session=SimpleNamespace(
                units=[SimpleNamespace(name=name) for name in given.units]
            ),
            engine=SimpleNamespace(
                cleaner=SimpleNamespace(leftovers=list(given.leftovers))
            ),
        )
        return cast("Run", run)

    return make


@pytest.fixture
def make_told(make_run: MakeRun) -> Callable[..., Told]:
    """The document of such a run."""
    return lambda **varied: document(make_run(**varied))


@pytest.fixture
def hostile(make_run: MakeRun) -> Run:
    """A run with every verdict against a target that wants to break the reports."""
    passed = [check("holds", f"{chapter}.holds") for chapter in CHAPTERS]
    soft = check("soft", "json.soft", Level.SHOULD)
    others = [check(name, f"json.{name}") for name in ("broken", "waits", "lacks")]
    return make_run(
        checks=(*passed, soft, *others),
        exchanges=(
            exchange(1, "json.broken", HOSTILE, 400),
            exchange(2, "json.holds", "word\n" * 500),
        ),
        results={
            "json.broken": Result(
                Verdict.FAIL, HOSTILE, attempts="3/3", exchanges=("x1",), seen=1
            ),
            "json.holds": Result(Verdict.PASS, exchanges=("x2",), seen=1),
            "json.soft": Result(Verdict.WARN, HOSTILE, exchanges=("x1",), seen=1),
            "json.waits": Result(
                Verdict.INCONCLUSIVE, cause=f"waits: {HOSTILE}", waits_for="json.broken"
            ),
            "json.lacks": Result(
                Verdict.INCONCLUSIVE,
                cause="not mentioned: second_client",
                means="second_client",
            ),
            "ids.holds": Result(
                Verdict.NOT_APPLICABLE, "the profile does not claim it"
            ),
        },
        leftovers=(Leftover(f"/v1/buyers/{HOSTILE}", HOSTILE, refused=True),),
    )
