"""A run played back from its record, with no network, ends in the same verdicts."""

import json
import shutil
import socket
from pathlib import Path
from typing import Any

import pytest

CASES: dict[str, dict[str, Any]] = {
    "whole": {},
    "fault": {
        "chapters": ("verbs", "status"),
        "faults": ("delete-takes-the-namesakes", "patch-answers-201"),
    },
    "race": {
        "chapters": ("ids", "https"),
        "faults": ("simultaneous-creates-all-win", "plain-port-answers"),
    },
    "contract": {
        "chapters": ("contract", "errors"),
        "resources": ("buyers",),
        "seed": 11,
        "faults": ("member-without-a-name-crashes", "error-without-code"),
    },
    "creates-refused": {
        "chapters": ("verbs",),
        "resources": ("products",),
        "depth": "smoke",
        "faults": ("prerequisite-every-create-answers-500",),
    },
    "on-a-bad-way": {
        "chapters": ("verbs",),
        "resources": ("addresses",),
        "depth": "smoke",
        "variants": ("gateway-fails-now-and-then", "connections-lost-now-and-then"),
    },
}


#: Case → clauses that are found broken again: a lost race, an open port.
FOUND = {
    "fault": {"status.success"},
    "race": {"ids.duplicate_race", "https.plain_port_refused"},
    "contract": {"contract.robust", "errors.code"},
}


def broken(judged: Any) -> set[str]:
    """Name the clauses that some row failed."""
    rows = judged.told["checks"]
    return {row["clause"] for row in rows if row["verdict"] == "fail"}


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Give a function that forbids every socket from then on."""

    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("a playback opened a socket")

    def cut() -> None:
        for name in ("socket", "create_connection", "getaddrinfo"):
            monkeypatch.setattr(socket, name, forbidden)

    return cut


@pytest.mark.parametrize("case", CASES)
def test_a_playback_gives_the_same_verdicts(
    judge: Any, offline: Any, tmp_path: Path, case: str
) -> None:
    """Row by row: verdict, message, cause and evidence are those of the run."""
    options = CASES[case]
    live = judge(out=tmp_path / "live", **options)
    offline()
    record = tmp_path / "live" / "record.jsonl"
    played = judge(str(record), out=tmp_path / "played", played=record)

    assert played.verdicts() == live.verdicts()
    assert played.code == live.code
    assert played.told["scope"] == live.told["scope"]
    # Looking for a smaller payload sends more, and judges nothing.
    assert played.told["requests"] <= live.told["requests"]
    assert said(played) == said(live)
    assert not list((tmp_path / "played").iterdir())
    assert broken(played) >= FOUND.get(case, set())


def said(judged: Any) -> dict[str, tuple[Any, ...]]:
    """Give row → what it says and cites; simultaneous exchanges have no order."""
    return {
        row: (result.message, result.cause, sorted(result.exchanges))
        for row, result in judged.results.items()
    }


def test_a_record_is_replayed_by_the_command_line(say: Any, offline: Any) -> None:
    """``report replay`` gives the run's exit code, and says what it judged from."""
    live = say("run", "reference", "--chapter", "json", "--resource", "buyers")
    folder = next(Path("reports").glob("2*"))
    record = (folder / "record.jsonl").read_bytes()
    offline()
    played = say("report", "replay", str(folder), "--out", "again")

    assert played.code == live.code == 0
    assert "JUDGED FROM A RECORD" in played.out
    assert (folder / "record.jsonl").read_bytes() == record
    told = [
        json.loads((f / "report.json").read_text()) for f in (folder, Path("again"))
    ]
    rows = [[(r["row"], r["verdict"]) for r in one["checks"]] for one in told]
    assert rows[0] == rows[1]
    assert told[1]["run"]["played"]


def test_a_check_that_the_record_does_not_know_is_not_judged(
    judge: Any, tmp_path: Path
) -> None:
    """What a row asks for and the record lacks makes it inconclusive, no difference."""
    judge(out=tmp_path / "live", clauses=("verbs.get.returns",))
    record = tmp_path / "live" / "record.jsonl"
    header, *events = record.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in events if "get_shows" not in line]
    record.write_text("".join([header, *kept]), encoding="utf-8")
    played = judge(str(record), out=tmp_path / "played", played=record)

    lost = [r for r in played.told["checks"] if "get_shows" in r["row"]]
    assert lost
    assert {row["verdict"] for row in lost} == {"inconclusive"}
    assert played.code == 2


def test_reports_are_made_anew_from_the_document(say: Any) -> None:
    """``report render`` makes the same pages again, byte for byte."""
    say("run", "reference", "--clause", "json.utf8", "--resource", "buyers")
    folder = next(Path("reports").glob("2*"))
    made = {name: (folder / name).read_bytes() for name in ("report.html", "junit.xml")}
    for name in made:
        (folder / name).unlink()
    said = say("report", "render", str(folder))

    assert said.code == 0
    assert {name: (folder / name).read_bytes() for name in made} == made
    shutil.rmtree(folder)


BROKEN = {
    "no-folder": ("nowhere", "nowhere"),
    "no-json": ("report.json", "no JSON"),
    "no-report": ("other.json", "required property"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_no_report_is_said_in_one_line(say: Any, case: str) -> None:
    """Exit 3 and one line, for replay, render and --failed alike."""
    name, words = BROKEN[case]
    Path("report.json").write_text("{", encoding="utf-8")
    Path("other.json").write_text("{}", encoding="utf-8")
    for command in (
        ("report", "render", name),
        ("report", "replay", name),
        ("run", "reference", "--failed", name),
    ):
        said = say(*command)
        assert said.code == 3, said
        assert said.err.count("\n") == 1
        assert name in said.err
    assert words in say("report", "render", name).err
    assert not Path("reports").exists()
