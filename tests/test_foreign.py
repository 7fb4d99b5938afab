"""Nothing around a run has an effect on it, and it has none on what is around."""

import http.server
import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

#: Somebody else's project: it stops at the first failure and has names like ours.
INI = "[pytest]\naddopts = -x --strict-markers\nfilterwarnings = error\n"
CONFTEST = """
import pytest

def pytest_collection_modifyitems(items):
    items.reverse()

@pytest.fixture(autouse=True)
def somebody_elses():
    yield

@pytest.fixture
def target():
    return "theirs"

@pytest.fixture
def profile():
    return "theirs"
"""
THEIR_TESTS = """
def check_that_is_no_test(target):
    raise AssertionError("a helper was taken for a check")

def test_theirs(target, profile):
    assert (target, profile) == ("theirs", "theirs")
"""
NARROW = ("--chapter", "json", "--resource", "buyers", "--seed", "7")
PYTEST_NARROW = tuple(
    word.replace("--", "--conformance-") if word.startswith("--") else word
    for word in NARROW
)


def run_in(folder: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    """Run Python there, with further environment variables."""
    return subprocess.run(
        [sys.executable, *words],
        cwd=folder,
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )


def verdicts(folder: Path) -> list[tuple[str, str]]:
    """Give the rows of the newest report with their verdicts, in the page's order."""
    text = (folder / "reports" / "latest" / "report.json").read_text(encoding="utf-8")
    return [(row["row"], row["verdict"]) for row in json.loads(text)["checks"]]


@pytest.fixture
def foreign(tmp_path: Path) -> Path:
    """Give a folder with somebody else's project in it."""
    folder = tmp_path / "foreign"
    folder.mkdir()
    (folder / "pytest.ini").write_text(INI, encoding="utf-8")
    (folder / "conftest.py").write_text(CONFTEST, encoding="utf-8")
    (folder / "test_theirs.py").write_text(THEIR_TESTS, encoding="utf-8")
    (folder / "check_things.py").write_text(THEIR_TESTS, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "fault", [None, "json-content-type-text-on-errors"], ids=["clean", "broken"]
)
def test_pytest_in_a_foreign_folder_gives_the_same_verdicts(
    foreign: Path, fault: str | None
) -> None:
    """Its conftest, its ``-x`` and its strictness change no row and no verdict."""
    faults = ("--fault", fault) if fault else ()
    theirs = ("--conformance-fault", fault) if fault else ()
    ours = run_in(
        foreign.parent, "-m", "conformance", "run", "reference", *NARROW, *faults
    )
    words = ("-m", "pytest", "--pyargs", "conformance.checks", "--target", "reference")
    plain = run_in(foreign, *words, *PYTEST_NARROW, *theirs)

    assert plain.returncode == ours.returncode == (1 if fault else 0), plain.stdout
    assert verdicts(foreign) == verdicts(foreign.parent)
    assert "report: reports/" in plain.stdout
    assert not (foreign / ".hypothesis").exists()


def test_a_skip_from_elsewhere_is_no_pass(foreign: Path) -> None:
    """A row that somebody's conftest skips, or expects to fail, is inconclusive."""
    marks = """
    for item in items:
        if "utf8" in item.name:
            item.add_marker(pytest.mark.skip(reason="not today"))
        if "labelled" in item.name:
            item.add_marker(pytest.mark.xfail(reason="known"))
"""
    text = CONFTEST.replace("    items.reverse()\n", marks)
    (foreign / "conftest.py").write_text(text, encoding="utf-8")
    words = ("-m", "pytest", "--pyargs", "conformance.checks", "--target", "reference")
    fault = ("--conformance-fault", "json-content-type-text-on-errors")
    ended = run_in(foreign, *words, *PYTEST_NARROW, *fault)

    told = dict(verdicts(foreign))
    skipped = {row: v for row, v in told.items() if "answers_are_utf8" in row}
    expected = [v for row, v in told.items() if "are_labelled_json[" in row]
    assert set(skipped.values()) == {"inconclusive"}, ended.stdout[-2000:]
    assert "fail" not in expected
    assert "inconclusive" in expected
    assert ended.returncode == 2


def test_the_plugin_is_inert_in_a_foreign_project(foreign: Path) -> None:
    """Without ``--target`` nothing of ours is collected, reported or left behind."""
    ended = run_in(foreign, "-m", "pytest", "-v", "-p", "no:cacheprovider")

    assert ended.returncode == 0, ended.stdout
    assert "1 passed" in ended.stdout
    assert "conformance" not in ended.stdout.partition("plugins:")[2].partition("\n")[2]
    left = {file.name for file in foreign.iterdir() if file.name != "__pycache__"}
    assert left == {"pytest.ini", "conftest.py", "test_theirs.py", "check_things.py"}


@pytest.fixture
def trap() -> Iterator[tuple[str, list[str]]]:
    """Give the URL of a proxy that nobody should use, and who used it."""
    used: list[str] = []

    class Trap(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            used.append(self.path)
            self.send_error(502)

        do_GET = do_POST = do_CONNECT  # noqa: N815 - as http.server calls them

        def log_message(self, *_: object) -> None:
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Trap)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", used
    server.shutdown()
    server.server_close()
    thread.join()


def test_nothing_of_the_environment_changes_a_verdict(
    foreign: Path, trap: tuple[str, list[str]], tmp_path: Path
) -> None:
    """Proxy, CA bundle, netrc, pytest's options and cookies are without effect."""
    proxy, used = trap
    bundle = foreign / "bundle.pem"
    bundle.write_text("no certificate\n", encoding="utf-8")
    netrc = foreign / ".netrc"
    netrc.write_text("machine localhost login eve password eavesdropping\n")
    netrc.chmod(0o600)
    env = {
        **dict.fromkeys(
            ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "https_proxy"), proxy
        ),
        **dict.fromkeys(("REQUESTS_CA_BUNDLE", "SSL_CERT_FILE"), str(bundle)),
        **dict.fromkeys(("CURL_CA_BUNDLE", "SSL_CERT_DIR"), str(bundle)),
        "HOME": str(foreign),
        "NETRC": str(netrc),
        "PYTEST_ADDOPTS": "-x -k nothing_at_all --no-such-option",
        "PYTEST_PLUGINS": "no_such_plugin",
        "FORCE_COLOR": "1",
    }
    words = ("-m", "conformance", "run", "reference", *NARROW)
    plain = run_in(tmp_path, *words)
    before = {file.name for file in foreign.iterdir()}
    ended = run_in(foreign, *words, "--variant", "sets-cookies", **env)

    assert ended.returncode == plain.returncode == 0, ended.stdout + ended.stderr
    assert verdicts(foreign) == verdicts(tmp_path)
    assert not used
    assert not ended.stderr
    assert "\x1b" not in ended.stdout
    assert {file.name for file in foreign.iterdir()} - before == {"reports"}
    record = (foreign / "reports" / "latest" / "record.jsonl").read_text("utf-8")
    assert "set-cookie" in record
    assert "eavesdropping" not in record


def test_the_roots_are_the_systems_whatever_the_environment_says(
    serve: Any, tmp_path: Path
) -> None:
    """SSL_CERT_FILE with the right CA does not make a stranger's root trusted."""
    with serve() as served:
        words = ("-m", "conformance", "run", served.running.base_url)
        ended = run_in(tmp_path, *words, SSL_CERT_FILE=str(served.running.ca))

    assert ended.returncode == 2, ended.stdout
    assert "give --ca" in ended.stdout
