"""The commands beside the verdict: doctor, dry-run, sweep, consent, narrowed runs."""

import json
import os
import pty
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.commands.consent import settle_writes
from conformance.ledger import read_ledger
from conformance.run import Options, Run

FILES = {
    *("report.json", "report.html", "pytest.html", "junit.xml"),
    *("exchanges.har", "record.jsonl"),
}


def report(folder: str | Path = "reports/latest") -> dict[str, Any]:
    """Read a run's report."""
    text = (Path(folder) / "report.json").read_text(encoding="utf-8")
    told: dict[str, Any] = json.loads(text)
    return told


def changed(target: Path, old: str, new: str) -> str:
    """Replace a text of a target file."""
    text = target.read_text(encoding="utf-8")
    assert re.search(old, text)
    target.write_text(re.sub(old, new, text, count=1), encoding="utf-8")
    return str(target)


def asked_of(server: Any) -> list[tuple[str, str]]:
    """Note method and path of whatever a served reference is asked from now on."""
    asked: list[tuple[str, str]] = []

    async def around(inner: Any, call: Any) -> Any:
        asked.append((call.request.method, call.request.url.path))
        return await inner(call)

    server.wrap("respond", around)
    return asked


# ---------------------------------------------------------------------------- doctor


def test_the_doctor_finds_nothing_wrong_with_a_right_target(
    serve: Any, say: Any
) -> None:
    """Each thing looked at is a line, and the exit code is 0."""
    with serve() as served:
        asked = asked_of(served.running.server)
        said = say("doctor", str(served.target))

    assert said.code == 0, said.out
    for words in ("profile", "DNS", "TCP", "TLS", "HTTP", "clock", "identity app"):
        assert f"ok   {words}" in said.out
    assert {m for m, path in asked if path != "/oauth/token"} == {"GET"}
    assert not Path("reports").exists()


BAD = {
    "nobody-listens": (r'(base_url = "https://localhost):\d+', r"\1:1", "TCP: port 1"),
    "no-such-name": (r"//localhost:", "//no-such-host.invalid:", "DNS: "),
    "another-ca": ("ca = .*", 'ca = "other.pem"', "TLS: "),
    "wrong-secret": (r'client_secret = "\w', 'client_secret = "?', "identity app: "),
    "no-writes": ("allow_writes = true\n", "", "not mentioned: allow_writes"),
    "no-plain-port": (r"plain_port = \d+\n", "", "not mentioned: plain_port"),
    "no-short": ("short_lived = true", "", "not mentioned: short_lived_client"),
}


@pytest.mark.parametrize("case", BAD)
def test_the_doctor_names_what_is_wrong_and_its_mend(
    serve: Any, say: Any, case: str
) -> None:
    """One line with the mend in it, exit 2, never a traceback."""
    import trustme  # noqa: PLC0415 - one case wants it

    old, new, words = BAD[case]
    trustme.CA().cert_pem.write_to_path("other.pem")
    with serve() as served:
        said = say("doctor", changed(served.target, old, new))

    found = [line for line in said.out.splitlines() if line.startswith("BAD")]
    assert said.code == 2, said.out
    assert any(line.startswith(f"BAD  {words}") and "; " in line for line in found)
    assert "Traceback" not in said.out + said.err


def test_the_doctor_sees_clocks_that_differ(
    serve: Any, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An hour apart is too much."""
    real = time.time
    with serve() as served:
        monkeypatch.setattr("conformance.live.time.time", lambda: real() - 3600)
        said = say("doctor", str(served.target))

    assert said.code == 2
    assert re.search(r"BAD  clock: differs from ours by \+3(599|600|601) s; ", said.out)


# ---------------------------------------------------------------------------- writes


def test_without_leave_only_what_reads_is_judged(serve: Any, say: Any) -> None:
    """No terminal, no allow_writes: reading rows are judged, exit 2 says the line."""
    with serve() as served:
        before = served.state
        asked = asked_of(served.running.server)
        target = changed(served.target, "allow_writes = true\n", "")
        said = say("run", target, "--chapter", "status", "--chapter", "json")

        assert served.state == before
    told = report()
    lacking = [
        row
        for row in told["checks"]
        if row["means"] == "allow_writes" and not row["edge"]
    ]
    assert said.code == 2
    assert {m for m, p in asked if p != "/oauth/token"} <= {"GET", "HEAD", "OPTIONS"}
    assert {row["cause"] for row in lacking} == {"not mentioned: allow_writes"}
    assert "allow_writes = true" in said.out
    assert "not writing" in said.err
    assert [r for r in told["checks"] if r["verdict"] == "pass" and r["verb"] == "LIST"]


def test_a_read_only_run_writes_nothing_and_never_ends_conformant(
    serve: Any, say: Any
) -> None:
    """--read-only beats allow_writes."""
    with serve() as served:
        before = served.state
        asked = asked_of(served.running.server)
        said = say("run", str(served.target), "--read-only", "--depth", "smoke")

        assert served.state == before
    assert said.code == 2
    assert {m for m, p in asked if p != "/oauth/token"} <= {"GET", "HEAD", "OPTIONS"}
    assert "READ ONLY" in said.out
    assert report()["verdict"] == "undecided"


@pytest.mark.parametrize(("answer", "reads"), [("y", False), ("", True)])
def test_on_a_terminal_one_question_is_asked(
    serve: Any,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    answer: str,
    *,
    reads: bool,
) -> None:
    """It names host, number of creates and prefix; anything but yes is no."""
    questions: list[str] = []

    class Terminal:
        def input(self, question: str, **_: object) -> str:
            questions.append(question)
            return answer

        def print(self, *_: object, **__: object) -> None:
            return

    for stream in (sys.stdin, sys.stderr):
        monkeypatch.setattr(stream, "isatty", lambda: True)
    with serve() as served:
        target = changed(served.target, "allow_writes = true\n", "")
        run = Run(Options(target, tmp_path / "out"))
        try:
            run.open()
            settle_writes(run, Terminal())  # type: ignore[arg-type]
            assert run.session.read_only is reads
        finally:
            run.close()

    (question,) = questions
    assert question.startswith("localhost: ")
    assert run.prefix in question
    assert int(re.findall(r"about (\d+) items", question)[0]) > 100


# --------------------------------------------------------------------------- dry run


def test_a_dry_run_counts_what_a_run_sends(serve: Any, say: Any) -> None:
    """Within 5 %; the target itself is not talked to, nothing is left behind."""
    with serve() as served:
        asked = asked_of(served.running.server)
        words = ("run", str(served.target), "--depth", "smoke")
        said = say(*words, "--dry-run")
        assert not asked
        assert not Path("reports").exists()
        run = say(*words)

    told = int(re.findall(r"(\d+)  requests in all", said.out)[0])
    sent = report()["requests"]
    assert said.code == 0, said.err
    assert run.code == 0, run.out
    assert abs(told - sent) <= 0.05 * sent


# ----------------------------------------------------------------------------- sweep


@pytest.mark.parametrize("made", [5, 60])
def test_sweep_removes_what_a_killed_run_left(
    serve: Any, say: Any, tmp_path: Path, made: int
) -> None:
    """After kill -9 the store is what it was, by GET; a second sweep finds nothing."""
    with serve(latency_ms=5) as served:
        before = served.state
        server = served.running.server
        asked = asked_of(server)
        words = [sys.executable, "-m", "conformance", "run", str(served.target)]
        with subprocess.Popen(words, cwd=tmp_path, stderr=subprocess.DEVNULL) as run:
            deadline = time.monotonic() + 60
            while sum(method == "POST" for method, _ in asked) < made:
                assert time.monotonic() < deadline
                time.sleep(0.01)
            live = say("sweep", str(served.target))
            run.send_signal(signal.SIGKILL)
        while server.in_flight:
            time.sleep(0.01)
        dirty = served.state != before
        ledgers = list(Path("reports").glob("*/ledger.jsonl"))
        swept = say("sweep", str(served.target))
        again = say("sweep", str(served.target))

        assert "its run goes on" in live.out
        assert dirty
        assert len(ledgers) == 1
        assert swept.code == 0, swept.out
        assert served.state == before
    assert not ledgers[0].exists()
    assert again.code == 0
    assert "nothing left behind" in again.out


def test_sweep_touches_nothing_that_is_not_the_runs(serve: Any, say: Any) -> None:
    """An ID that somebody had before, and a ledger of another target, stay."""
    with serve() as served:
        url = served.running.base_url
        theirs = {"run": {"base_url": "https://other.example.com", "prefix": "ctaa"}}
        mine = {"run": {"base_url": url, "prefix": "ctffffff"}}
        made = {"may": "/buyers/a", "resource": "buyers"}
        run = Run(Options(str(served.target), Path("out")))
        with_item(run, "a")
        before = served.state
        write_ledger("theirs.jsonl", theirs, made)
        write_ledger("mine.jsonl", mine, made)
        words = ("--ledger", "theirs.jsonl", "--ledger", "mine.jsonl")
        said = say("sweep", str(served.target), *words)

        assert served.state == before
    assert said.code == 0
    assert "of another target" in said.out
    assert Path("theirs.jsonl").exists()
    assert not Path("mine.jsonl").exists()


def with_item(run: Run, id_: str) -> None:
    """Make an item that is somebody else's."""
    from conformance.session import Unit  # noqa: PLC0415 - only here

    run.open()
    try:
        unit = Unit(run.session, "somebody")
        place = unit.target.place(run.profile.resources["buyers"])
        body = unit.target.body(place.resource, ID=id_, Name="Somebody's")
        run.session.plan = run.plan
        assert unit.target.post(place, body).status == 201
    finally:
        run.close()


def write_ledger(name: str, *entries: dict[str, Any]) -> None:
    """Write a ledger, the last line cut off as by a crash."""
    lines = [json.dumps(entry) for entry in entries]
    Path(name).write_text("\n".join([*lines, '{"may": "/bu']), encoding="utf-8")


def test_a_ledger_that_was_cut_off_is_read_as_far_as_it_goes(tmp_path: Path) -> None:
    """What was said to be gone is gone; the broken last line is left aside."""
    file = tmp_path / "ledger.jsonl"
    entries = [
        {"run": {"base_url": "https://h", "prefix": "ct1"}},
        {"may": "/a/1", "resource": "a"},
        {"is": "/a/2", "resource": "a"},
        {"gone": "/a/1"},
    ]
    lines = [json.dumps(entry) for entry in entries]
    file.write_text("\n".join([*lines, '{"may": "/a']), encoding="utf-8")

    assert read_ledger(file).entries == [("/a/2", "a")]


# --------------------------------------------------------------------- narrowed runs


def test_failed_judges_only_what_failed_before(say: Any) -> None:
    """The second run has the rows that failed, passive ones shown something."""
    broken = ("--fault", "json-content-type-text-on-errors")
    first = say(
        "run", "reference", "--chapter", "json", "--resource", "buyers", *broken
    )
    failed = {
        row["row"]
        for row in report()["checks"]
        if row["verdict"] in ("fail", "inconclusive")
    }
    again = say("run", "reference", "--failed", "reports/latest", *broken)
    still = report()
    mended = say("run", "reference", "--failed", "reports/latest/report.json")

    assert first.code == again.code == 1
    assert {row["row"] for row in still["checks"]} == failed
    assert mended.code == 0, mended.out
    assert "PARTIAL" in mended.out


def test_max_time_ends_a_run_in_time_and_cleanly(serve: Any, say: Any) -> None:
    """What was not reached is said to be so; nothing is left, no row is lost."""
    with serve(latency_ms=20) as served:
        before = served.state
        said = say("run", str(served.target), "--max-time", "2")

        assert served.state == before
    told = report()
    open_ = [r for r in told["checks"] if (r["cause"] or "").startswith("not executed")]
    assert said.code == 2
    assert open_
    assert len(told["checks"]) == told["run"]["coverage"]["planned"]


# ------------------------------------------------------------------------- manners


def test_a_run_leaves_its_reports_and_nothing_else(say: Any) -> None:
    """Six files, `latest`, an empty stderr, and no folder of anybody's cache."""
    said = say("run", "reference", "--clause", "json.utf8", "--resource", "buyers")
    (folder,) = [f for f in Path("reports").iterdir() if not f.is_symlink()]

    assert said.code == 0
    assert not said.err
    assert {file.name for file in Path().iterdir()} == {"reports"}
    assert {file.name for file in folder.iterdir()} == FILES
    assert Path("reports/latest").resolve() == folder.resolve()


def test_progress_is_shown_on_a_terminal_only(tmp_path: Path) -> None:
    """On a terminal the units are counted, on stderr; stdout holds the sum alone."""
    ours, theirs = pty.openpty()
    shown: list[bytes] = []
    reader = threading.Thread(target=read_all, args=(ours, shown), daemon=True)
    reader.start()
    words = ("run", "reference", "--clause", "json.utf8", "--resource", "buyers")
    try:
        ended = subprocess.run(
            [sys.executable, "-m", "conformance", *words],
            cwd=tmp_path,
            env={**os.environ, "TERM": "xterm-256color"},
            stdout=subprocess.PIPE,
            stderr=theirs,
            stdin=subprocess.DEVNULL,
            text=True,
            timeout=120,
            check=False,
        )
    finally:
        os.close(theirs)
        reader.join(10)
        os.close(ours)

    assert ended.returncode == 0
    assert b" units" in b"".join(shown)
    assert "\x1b" not in ended.stdout


def read_all(terminal: int, shown: list[bytes]) -> None:
    """Read a terminal until nobody holds its other end."""
    while True:
        try:
            shown.append(os.read(terminal, 65536))
        except OSError:
            return


def test_serve_goes_on_without_a_terminal(tmp_path: Path) -> None:
    """In the background its stdin is closed; SIGTERM ends it, and its server."""
    words = [sys.executable, "-m", "conformance", "serve", "--write-target"]
    with subprocess.Popen(
        [*words, str(tmp_path / "target.toml")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        said = [process.stdout.readline() for _ in range(4)]
        port = int(re.findall(r"localhost:(\d+)", said[0])[0])
        time.sleep(0.5)
        alive = process.poll() is None
        process.send_signal(signal.SIGTERM)
        rest = process.stdout.read()
        code = process.wait(timeout=30)

    assert alive
    assert code == 0
    assert "plain port" in said[2]
    assert "stopped" in rest
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))


def test_the_version_is_said(say: Any) -> None:
    """And nothing else."""
    said = say("--version")

    assert said.code == 0
    assert re.fullmatch(r"conformance \d+\.\d+\.\d+\n", said.out)


TYPED = {
    "nothing": ((), "name a command"),
    "no-command": (("jugde",), "No such command 'jugde'"),
    "no-target": (("run",), "Missing argument 'target'"),
    "empty-target": (("run", ""), "no URL"),
    "no-host": (("run", "https://"), "no URL"),
    "ftp": (("run", "ftp://h"), "no URL"),
    "port": (("run", "https://h:99999"), "h:99999"),
    "bracket": (("run", "https://[::1"), "[::1"),
    "folder-as-target": (("run", "."), "no URL"),
    "seed": (("run", "reference", "--seed", "abc"), "--seed"),
    "budget": (("run", "reference", "--budget", "0"), "--budget"),
    "concurrency": (("run", "reference", "--concurrency", "999"), "--concurrency"),
    "profile-folder": (("run", "reference", "--profile", "."), "'.'"),
    "ca-folder": (("run", "https://h", "--ca", "."), "--ca"),
    "list": (("list", "poems"), "poems"),
    "explain": (("explain",), "Missing argument"),
    "profile-check": (("profile", "check", "no.toml"), "no.toml"),
    "two-profiles": (
        ("profile", "check", "a", "b"),
        "conformance profile check --help",
    ),
    "init-no-scheme": (("init", "staging.example.com"), "scheme"),
    "init-no-profile": (("init", "https://h", "--profile", "nobody"), "nobody"),
    "init-ca": (("init", "https://h", "--ca", "no.pem"), "no.pem"),
    "init-folder": (("init", "https://127.0.0.1:1", "--folder", "/dev/null"), "/dev"),
    "doctor-no-file": (("doctor", "no.toml"), "no.toml"),
    "doctor-plain": (("doctor", "http://h"), "--allow-plain-http"),
    "sweep-reference": (("sweep", "reference"), "reference"),
    "sweep-no-ledger": (("sweep", "https://h", "--ledger", "no.jsonl"), "no.jsonl"),
    "serve-fault": (("serve", "--fault", "gremlin"), "gremlin"),
    "serve-profile": (("serve", "--profile", "nobody"), "nobody"),
    "replay": (("report", "replay", "."), "record.jsonl"),
    "failed": (("run", "reference", "--failed", "no.json"), "no.json"),
    "dry-run": (("run", "no.toml", "--dry-run"), "no.toml"),
}


@pytest.mark.parametrize("case", TYPED)
def test_what_is_typed_wrong_is_said_in_one_line(say: Any, case: str) -> None:
    """Exit 3, one line that names it, and nothing written."""
    words, expected = TYPED[case]
    said = say(*words)

    assert said.code == 3, said
    assert expected in said.err
    assert said.err.count("\n") == 1
    assert not list(Path().iterdir())
