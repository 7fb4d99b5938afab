"""From a bare URL to a whole verdict, by the three lines that the first look names."""

import json
import re
import time
from pathlib import Path
from typing import Any

import pytest

QUICK_S, WHOLE_S = 30, 300
#: Name of an identity in the file that ``init`` writes → in the reference.
THEIRS = {
    "password": "user",
    "client_credentials": "app",
    "elevated_password": "elevated",
    "short": "short",
    "second": "second",
    "second_user": "second_user",
    "few_1": "only_buyers",
    "few_2": "only_addresses",
}


def report(folder: str = "reports/latest") -> dict[str, Any]:
    """Read the newest report."""
    text = (Path(folder) / "report.json").read_text(encoding="utf-8")
    told: dict[str, Any] = json.loads(text)
    return told


def rows(told: dict[str, Any], clause: str) -> list[str]:
    """Give the verdicts on a clause."""
    return [row["verdict"] for row in told["checks"] if row["clause"] == clause]


def test_a_first_look_writes_nothing_and_tries_no_login(serve: Any, say: Any) -> None:
    """It sends GET alone, and judges TLS and what unknown routes answer."""
    asked: list[tuple[str, str]] = []
    with serve() as served:

        async def around(inner: Any, call: Any) -> Any:
            asked.append((call.request.method, call.request.url.path))
            return await inner(call)

        served.running.server.wrap("respond", around)
        before = served.state
        began = time.monotonic()
        url, ca = served.running.base_url, str(served.running.ca)
        said = say("run", url, "--ca", ca)

        assert time.monotonic() - began < QUICK_S
        assert served.state == before
    told = report()
    assert said.code == 2
    assert {method for method, _ in asked} <= {"GET", "HEAD", "OPTIONS"}
    assert not [path for _, path in asked if "token" in path]
    assert rows(told, "https.certificate") == ["pass"]
    assert rows(told, "json.content_type") == ["pass", "pass"]
    assert told["scope"] == "partial"
    assert "conformant" not in said.out.lower()
    assert f"conformance init {url} --ca {ca}" in said.out
    assert "conformance doctor target.toml" in said.out
    assert "conformance run target.toml" in said.out
    assert len(said.out.splitlines()) <= 12


def test_without_the_ca_a_first_look_asks_for_it(serve: Any, say: Any) -> None:
    """A root that nobody here knows is no breach, and nothing is sent through it."""
    with serve() as served:
        said = say("run", served.running.base_url)
        asked = say("init", served.running.base_url, "--folder", "drafts")

    assert said.code == 2
    assert rows(report(), "https.certificate") == ["inconclusive"]
    assert "give --ca" in said.out
    assert "give its CA with --ca FILE" in asked.out


@pytest.mark.parametrize(
    ("fault", "clause"),
    [
        ("certificate-for-another-name", "https.certificate"),
        ("errors-begin-with-a-mark", "json.utf8"),
    ],
)
def test_a_first_look_finds_a_breach(
    serve: Any, say: Any, fault: str, clause: str
) -> None:
    """A breach that needs no login to be seen gives exit 1, with its evidence."""
    with serve(faults=[fault]) as served:
        said = say("run", served.running.base_url, "--ca", str(served.running.ca))

    failed = [row for row in report()["checks"] if row["verdict"] == "fail"]
    assert said.code == 1
    assert {row["clause"] for row in failed} == {clause}
    assert all(row["message"] for row in failed)
    assert f"✗ {clause}" in said.out or f"✗ {failed[0]['row']}" in said.out


def test_the_three_lines_lead_to_a_whole_verdict(
    serve: Any, say: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Followed literally, with the questions answered, they end in a verdict."""
    with serve() as served:
        served.target.unlink()
        began = time.monotonic()
        first = say("run", served.running.base_url, "--ca", str(served.running.ca))
        lines = re.findall(r"conformance ((?:init|doctor|run) .*)", first.out)
        init = say(*lines[0].split())
        assert init.code == 0, init.err
        empty = say(*lines[1].split())
        answer_the_questions(served.running, monkeypatch)
        doctor = say(*lines[1].split())
        run = say(*lines[2].split())
        took_s = time.monotonic() - began

    assert empty.code == 2
    assert doctor.code == 0, doctor.out
    assert run.code == 0, run.out
    assert report()["verdict"] == "conformant"
    assert took_s < WHOLE_S


def answer_the_questions(running: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the ``# `` away from the questions of target.toml, and fill them in."""
    known = {one["name"]: one for one in running.identities}
    plain_port = f"plain_port = {running.plain_port}"
    text = Path("target.toml").read_text(encoding="utf-8")
    head, *identities = text.split("# [[identities]]\n")
    head = head.replace("# allow_writes", "allow_writes")
    head = head.replace("# plain_port = 80", plain_port)
    made = []
    for asked in identities:
        name = re.findall(r'# name = "(\w+)"', asked)[0]
        theirs = known[THEIRS[name]]
        kept = [f"[[identities]]\nname = {json.dumps(name)}"]
        for key, value in re.findall(r"^# (\w+) = (.*)$", asked, re.MULTILINE):
            if key in theirs and key != "name":
                kept.append(f"{key} = {answered(key, value, theirs, monkeypatch)}")
        made.append("\n".join(kept) + "\n")
    Path("target.toml").write_text("\n".join([head, *made]), encoding="utf-8")


def answered(
    key: str, value: str, theirs: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> str:
    """Give a line's value: a secret goes into the environment variable it names."""
    if value.startswith('"env:'):
        monkeypatch.setenv(value.strip('"').removeprefix("env:"), theirs[key])
        return value
    return json.dumps(theirs[key])


def test_init_writes_two_private_files(serve: Any, say: Any) -> None:
    """Both are readable by their owner alone, and no file is written over."""
    with serve() as served:
        url, ca = served.running.base_url, str(served.running.ca)
        served.target.unlink()
        said = say("init", url, "--ca", ca)
        again = say("init", url, "--ca", ca)

    assert said.code == 0
    assert "/v1/openapi.json" in said.out
    assert "drafted the profile from it: 6 resources" in said.out
    assert "'reference' (6 of 6)" in said.out
    for name in ("profile.toml", "target.toml"):
        assert Path(name).stat().st_mode & 0o777 == 0o600
    assert again.code == 3
    assert "is there already" in again.err


def test_init_of_a_server_that_is_not_there_says_so(say: Any) -> None:
    """The files are written all the same, from the vendor's profile."""
    said = say("init", "https://127.0.0.1:1")

    assert said.code == 0
    assert "could not look" in said.out
    assert 'base_url = "https://127.0.0.1:1"' in Path("target.toml").read_text(
        encoding="utf-8"
    )
