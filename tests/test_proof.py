"""The kill matrix: what it finds, what it keeps, what it makes of outcomes."""

import json
import os
import time
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from conformance.commands.catalogue import by_clause
from conformance.datafiles import schema
from conformance.plan import Plan, shipped_checks
from conformance.profile import load_profile
from conformance.proof import calibration
from conformance.proof.aim import DEAR, FEW, at_all, at_clause
from conformance.proof.combine import combined, contradicting
from conformance.proof.matrix import Tried, exit_code, matrix
from conformance.proof.pool import Failed, each
from conformance.proof.prove import Proof, prove
from conformance.proof.results import Kept
from conformance.proof.sites import silent, sites
from conformance.proof.sources import instrument_sha256
from conformance.proof.told import summary, table
from conformance.proof.trial import Accused, Outcome, Trial
from conformance.reference.faults import Fault, all_faults
from conformance.reference.variants import Variant, all_variants

SHA = "0" * 64
ABOUT = {
    "suite": {
        "version": "1",
        "source_sha256": SHA,
        "instrument_sha256": SHA,
        "catalogue_sha256": SHA,
    },
    "profile": {"name": "reference", "sha256": SHA},
    "seed": 1,
    "size": "gate",
    "scope": "whole",
    "finished": "2026-11-25T00:00:00+00:00",
    "seconds": 1.0,
    "jobs": 1,
    "left_out": [],
}
CLAUSE = "json.utf8"
CHECK = "json.answers_are_utf8"
FAULT = Fault(
    name="bad",
    breaks=CLAUSE,
    level="MUST",
    dimension="body",
    forces={"json.well_formed": "what is no UTF-8 is no JSON"},
    install=lambda _server: None,
    sentence="It is bad.",
    wants=lambda _claims: True,
)
KILLED = Accused(CHECK, CLAUSE, "fail", 3, "no UTF-8")
FORCED = Accused("json.parse", "json.well_formed", "fail", 1, "no JSON")
FOREIGN = Accused("ids.kept", "ids.generated", "warn", 1, "no ID")


def told(
    *accused: Accused, kind: str = "fault", code: int = 1, **varied: Any
) -> dict[str, Any]:
    """Give the matrix of one trial that ended so."""
    trial = Trial(kind, "bad")
    failed = varied.pop("failed", None)
    outcome = failed or Outcome(kind, "bad", code, "because", accused, **varied)
    return matrix(ABOUT, [Tried(trial, outcome)], {"bad": FAULT}, {CLAUSE: "MUST"})


def test_a_fault_that_its_clause_sees_is_proof() -> None:
    """A kill, with what was declared beside it, ends with 0."""
    found = told(KILLED, FORCED)

    assert exit_code(found) == 0
    assert found["findings"] == []
    assert found["faults"][0]["killed_by"] == [CHECK]
    assert found["faults"][0]["fell"][0]["declared"] == "what is no UTF-8 is no JSON"


def test_a_survivor_is_exit_1() -> None:
    """A fault that only a warning of its clause, or another clause, sees survives."""
    softly = Accused(CHECK, CLAUSE, "warn", 1, "no UTF-8")
    for accused in ((), (FORCED,), (softly,)):
        found = told(*accused)
        assert exit_code(found) == 1
        assert found["clauses"][0]["survivors"] == ["bad"]
        assert "bad: survives" in found["findings"][0]


def test_undeclared_collateral_is_exit_1() -> None:
    """What falls along without a word in the fault is a finding."""
    found = told(KILLED, FOREIGN)

    assert exit_code(found) == 1
    assert "ids.generated falls along, undeclared" in found["findings"][0]


@pytest.mark.parametrize(
    ("accused", "code", "red"),
    [((), 0, False), ((KILLED,), 1, True), ((FOREIGN,), 0, True), ((), 2, True)],
)
def test_a_red_variant_is_exit_1(
    accused: tuple[Accused, ...], code: int, *, red: bool
) -> None:
    """A variant is green without any accusation, and decided."""
    found = told(*accused, kind="variant", code=code)

    assert found["variants"][0]["green"] is not red
    assert exit_code(found) == int(red)


def test_a_clause_without_fault_is_exit_1() -> None:
    """Nothing is judged that no fault proves."""
    found = matrix(ABOUT, [], {}, {CLAUSE: "MUST"})

    assert exit_code(found) == 1
    assert found["findings"] == [f"{CLAUSE}: no fault breaks this clause"]


@pytest.mark.parametrize(
    "varied", [{"failed": Failed("it died")}, {"troubles": ("our own error",)}]
)
def test_our_own_error_is_exit_4(varied: dict[str, Any]) -> None:
    """A trial that went wrong on our side is neither a kill nor a survivor."""
    found = told(**varied)

    assert exit_code(found) == 4
    assert found["findings"] == []
    assert found["troubles"][0]["trial"] == "fault bad"


def test_a_check_that_kills_nothing_alone_is_named() -> None:
    """Alone is proven, with others is redundant, never is unproven."""
    other = Accused("json.answers_are_labelled_json", CLAUSE, "fail", 1, "no label")

    def standing(*accused: Accused) -> dict[str, str]:
        return {row["id"]: row["standing"] for row in told(*accused)["checks"]}

    assert standing(KILLED)[CHECK] == "proven"
    assert standing(KILLED, other)[CHECK] == "redundant"
    assert standing()[CHECK] == "unproven"
    assert standing()["ids.generated_ids_are_unique"] == "not tried"


def test_the_matrix_is_as_its_schema_says() -> None:
    """Every kind of trial gives a document that the schema accepts."""
    for kind in ("fault", "variant", "combination"):
        for found in (told(KILLED, FOREIGN, kind=kind), told(kind=kind, code=0)):
            json.dumps(found)
            jsonschema.validate(found, schema("matrix"))


def test_people_read_what_is_wrong() -> None:
    """Summary and table name survivor, collateral and silent lines."""
    found = told(FOREIGN)
    words = table(found, 1)

    assert summary(found, 1).startswith("NOT PROVEN (exit 1)")
    assert "✗ bad: survives; json.utf8 does not see it" in words
    assert "ids.generated fell too, by ids.kept: UNDECLARED: no ID" in words
    assert "json.utf8 (MUST): 0 of 1 faults seen" in words


# ------------------------------------------------------------------------- coverage


def test_each_accusing_line_is_listed_once() -> None:
    """Sites are there for checks and expectations; a line that spoke is not silent."""
    every = sites()
    files = {site.file for site in every}

    assert {"expect.py", "checks/ids.py", "checks/_errors.py"} <= files
    assert len(set(every)) == len(every)
    first = next(site for site in every if site.end > site.line)
    assert silent([f"{first.file}:{first.end}"]) == [s for s in every if s != first]


# ----------------------------------------------------------------------------- rows


def test_a_clause_is_judged_by_all_its_rows() -> None:
    """All rows of the clause, every cheap check elsewhere, and no dear one."""
    plan = Plan(load_profile("reference"), shipped_checks())
    aim = at_clause(plan, "verbs.patch.merges")
    own = [row for row in plan.rows if row.clause == "verbs.patch.merges"]
    foreign = [row for row in aim.rows if row.clause != "verbs.patch.merges"]

    assert set(own) <= set(aim.rows)
    assert {aim.count(row) for row in own if row.edge_of is None} == {5}
    assert {aim.count(row) for row in foreign} == {FEW}
    assert max(row.check.requirement.cost for row in foreign) < DEAR
    cheap = {c.id for c in plan.checks if c.requirement.cost < DEAR}
    assert cheap <= {row.check.id for row in aim.rows}


def test_a_chapter_keeps_to_its_rows() -> None:
    """A variant is judged by the rows of the chapter, and by what they need."""
    plan = Plan(load_profile("reference"), shipped_checks())
    aim = at_all(plan, "smoke", ("dates",))

    assert {row.check.chapter for row in aim.rows if not row.passive} >= {"dates"}
    assert len(aim.rows) < len(at_all(plan, "smoke").rows) / 2


# ------------------------------------------------------------------- parts and results


def test_parts_share_all_trials() -> None:
    """Each trial is in one part, whatever the number of parts."""
    whole = Proof("reference", 1).trials()
    parts = [Proof("reference", 1, part=(n, 7)).trials() for n in range(1, 8)]

    assert sorted(t.name for part in parts for t in part) == sorted(
        trial.name for trial in whole
    )
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_an_outcome_comes_back_only_for_the_same_code(tmp_path: Path) -> None:
    """What was kept under another hash, profile or seed counts for nothing."""
    trial, outcome = Trial("fault", "bad", ("bad",)), Outcome("fault", "bad", 1, "so")
    here = {"source": SHA, "profile": SHA, "seed": 1}
    Kept.under(tmp_path, **here).keep(trial, outcome)  # type: ignore[arg-type]  # mixed values

    def found(**other: Any) -> Outcome | None:
        return Kept.under(tmp_path, **{**here, **other}).get(trial)

    assert found() == outcome
    assert found(source="1" * 64) is None
    assert found(profile="1" * 64) is None
    assert found(seed=2) is None


def test_a_spoilt_outcome_counts_for_nothing(tmp_path: Path) -> None:
    """Half a file, or one of another trial, is as good as none."""
    kept = Kept(tmp_path)
    trial = Trial("fault", "bad", ("bad",))
    kept.keep(trial, Outcome("fault", "bad", 1, "so"))
    file = next(tmp_path.iterdir())

    assert kept.get(Trial("fault", "bad", ("worse",))) is None
    file.write_text(file.read_text(encoding="utf-8")[:40], encoding="utf-8")
    assert kept.get(trial) is None


def test_a_proof_goes_on_where_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What has an outcome is not judged again; our own errors are."""
    kept, proof = Kept(tmp_path), Proof("reference", 1, part=(3, 100))
    first, *rest = proof.trials()
    kept.keep(first, Outcome("fault", first.name, 1, "before"))
    monkeypatch.setattr(Proof, "warm_up", lambda _self, _trials: None)

    def judge(_self: Proof, trial: Trial) -> Outcome:
        troubles = ("ours",) if trial == rest[0] else ()
        return Outcome(trial.kind, trial.name, 1, "now", troubles=troubles)

    monkeypatch.setattr(Proof, "judge", judge)
    steps: list[tuple[int, int]] = []
    tried = list(prove(proof, kept, lambda *step: steps.append(step)))

    reasons = {one.trial: getattr(one.outcome, "reason", "") for one in tried}
    assert reasons == {first: "before"} | dict.fromkeys(rest, "now")
    assert steps[-1] == (len(rest) + 1, len(rest) + 1)
    assert kept.get(rest[0]) is None
    assert kept.get(rest[1]) is not None


# ----------------------------------------------------------------------- processes


def _doubled(number: int) -> int:
    if number == 3:
        os._exit(7)
    if number == 4:
        time.sleep(60)
    if number == 5:
        raise ValueError("five")
    return 2 * number


def test_what_breaks_in_a_process_stays_there() -> None:
    """One that dies, hangs or raises is told; the others go on."""
    made = dict(each(range(1, 8), _doubled, 3, 3.0))

    assert [made[n] for n in (1, 2, 6, 7)] == [2, 4, 12, 14]
    died, hung, raised = (made[n] for n in (3, 4, 5))
    assert isinstance(died, Failed)
    assert "ended with 7" in died.words
    assert isinstance(hung, Failed)
    assert raised == Failed("ValueError: five")


# ---------------------------------------------------------------------- combinations


def _variants(number: int, excluding: dict[int, int]) -> dict[str, Variant]:
    return {
        f"v{n}": Variant(
            f"v{n}",
            "any",
            lambda _server: None,
            "It differs.",
            {f"v{excluding[n]}": "why"} if n in excluding else {},
        )
        for n in range(number)
    }


def test_every_pair_that_agrees_meets() -> None:
    """Any two variants are on together in some combination, unless one excludes it."""
    known = _variants(8, {1: 2, 5: 3})
    rows = combined(known, 12)
    met = {pair for row in rows for pair in combinations(row, 2)}

    assert contradicting(known) == [("v1", "v2"), ("v3", "v5")]
    assert met == set(combinations(known, 2)) - set(contradicting(known))
    assert combined(known, 12) == rows


def test_exclusions_name_variants_with_a_reason() -> None:
    """What a variant excludes exists."""
    known = all_variants()
    for variant in known.values():
        assert set(variant.excludes) <= set(known)
        assert all(variant.excludes.values())


# ----------------------------------------------------------------------- calibration


def test_a_changed_instrument_is_uncalibrated(tmp_path: Path) -> None:
    """The matrix counts for the code it was made with, and for no other."""
    file = tmp_path / "calibration.json"
    assert calibration.calibration(file)["matrix"] is None
    made = told(KILLED)
    made["suite"] = {**made["suite"], "instrument_sha256": instrument_sha256()}
    calibration.keep(made, file)

    found = calibration.calibration(file)
    assert found["calibrated"]
    assert found["matrix"]["clauses"] == {CLAUSE: {"killed": 1, "of": 1}}
    calibration.keep(told(KILLED), file)
    found = calibration.calibration(file)
    assert not found["calibrated"]
    assert "changed" in found["why"]


def test_the_instrument_is_what_judges(monkeypatch: pytest.MonkeyPatch) -> None:
    """An edited check changes its hash; an edited report does not."""
    real = Path.read_bytes

    def hash_with(edited: str) -> str:
        def read(path: Path) -> bytes:
            return real(path) + (b"#" if path.as_posix().endswith(edited) else b"")

        monkeypatch.setattr(Path, "read_bytes", read)
        return instrument_sha256.__wrapped__()

    clean = hash_with("/nothing")
    for name in ("checks/ids.py", "/expect.py", "/engine.py", "/passive.py"):
        assert hash_with(name) != clean
    assert hash_with("report/html.py") == clean
    assert hash_with("reference/app.py") == clean


# ------------------------------------------------------------------------ all in all


def test_every_clause_has_a_fault() -> None:
    """No clause is judged that no fault proves."""
    proven = {fault.breaks for fault in all_faults().values()}

    assert sorted(set(by_clause()) - proven) == []


def test_the_command_proves_a_part(say: Callable[..., Any], tmp_path: Path) -> None:
    """A part of the matrix is judged, told and written."""
    number = len(Proof("reference", 1).trials()) - 1
    words = ["--profile", "reference", "--jobs", "2", "--out", str(tmp_path)]
    said = say("proof", "--part", f"1/{number}", *words)
    found = json.loads((tmp_path / "matrix.json").read_text(encoding="utf-8"))

    assert said.out.startswith("PROVEN (PARTIAL) (exit 0), reference"), said.out
    assert said.code == 0
    jsonschema.validate(found, schema("matrix"))
    assert [row["killed"] for row in found["faults"]] == [True]
    assert [row["green"] for row in found["variants"]] == [True]
    assert found["faults"][0]["killed_by"][0] in (tmp_path / "matrix.txt").read_text()


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        (("--part", "3/2"), "--part '3/2'"),
        (("--part", "0/2"), "--part '0/2'"),
        (("--part", "all"), "--part 'all'"),
        (("--chapter", "jsn"), "--chapter 'jsn': unknown; one of https, json"),
        (("--keep", "--chapter", "json"), "--keep: not with --chapter"),
        (("--profile", "nowhere.toml"), "nowhere.toml"),
    ],
)
def test_wrong_words_are_one_line(
    say: Callable[..., Any], words: tuple[str, ...], wrong: str
) -> None:
    """A mistake of the command line is told before anything is judged."""
    said = say("proof", *words)

    assert said.code == 3
    assert wrong in said.err

    assert len(said.err.splitlines()) == 1
