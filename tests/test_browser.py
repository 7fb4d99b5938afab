"""The HTML report in a browser: inert, self-contained, usable at any width."""

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from conformance.plan import shipped_checks
from conformance.report.document import document, write_reports
from conformance.run import Options, Run

HOSTILE = (
    "<script>document.title='owned'</script>]]><img src=https://evil.invalid/x>"
    "\u0000\u001b[31m\u202e</pre></details><b onmouseover=alert(1)>"
)
LARGE = "A" * 5_000_000


@pytest.fixture
def report(serve: Any, tmp_path: Path) -> Iterator[Path]:
    """Judge a server that sends hostile text under a wrong label."""
    del serve
    from conformance.profile import find_profile  # noqa: PLC0415
    from conformance.reference.serve import running  # noqa: PLC0415

    def error(inner: Any, call: Any, *rest: Any) -> Any:
        return {**inner(call, *rest), "Message": HOSTILE}

    def finish(inner: Any, call: Any, answer: Any) -> Any:
        made = inner(call, answer)
        if made.status == 404:
            made.headers["content-type"] = "text/html"
            if call.number % 40 == 0:
                made.body = json.dumps({"Errors": LARGE}).encode()
        return made

    from conformance.commands.templates import told_text  # noqa: PLC0415

    path = find_profile("reference")
    with running(path) as live:
        live.server.wrap("error", error)
        live.server.wrap("finish", finish)
        target = tmp_path / "target.toml"
        target.write_text(told_text(live.announced(), path), encoding="utf-8")
        out = tmp_path / "run"
        chapters = ("json", "status")
        run = Run(Options(target=str(target), out=out, chapters=chapters))
        try:
            run.open()
            run.start()
            run.finish()
            write_reports(document(run), run)
        finally:
            run.close()
        yield out / "report.html"


def browse(page: Path, folder: Path, width: int, *words: str) -> tuple[str, str]:
    """Open a page in headless Chromium; give its DOM and what it logged."""
    done = subprocess.run(
        [
            *("chromium", "--headless", "--no-sandbox", "--disable-gpu"),
            *("--disable-background-networking", "--no-first-run"),
            *("--enable-logging=stderr", "--log-level=0", "--dump-dom"),
            f"--user-data-dir={folder / 'browser'}",
            f"--log-net-log={folder / 'net.json'}",
            f"--window-size={width},1000",
            *words,
            page.as_uri(),
        ],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return done.stdout, done.stderr


@pytest.mark.parametrize("width", [1280, 390])
def test_a_hostile_target_changes_nothing(
    report: Path, tmp_path: Path, width: int
) -> None:
    """No console error, no request leaves the file, no markup of the target's."""
    dom, said = browse(report, tmp_path, width)
    net = (tmp_path / "net.json").read_text(encoding="utf-8", errors="replace")

    assert "CONSOLE" not in said
    assert "evil.invalid" not in net
    assert "localhost" not in net
    assert "<title>owned" not in dom
    assert not re.search(r"<(script|img|b )", dom.partition("<body")[2])
    assert len(dom) < 20_000_000


def test_the_failing_exchange_is_one_click_away(report: Path) -> None:
    """Each failing row links to an exchange that stands in the same file."""
    text = report.read_text(encoding="utf-8")
    told = json.loads((report.parent / "report.json").read_text(encoding="utf-8"))
    failing = [row for row in told["checks"] if row["verdict"] == "fail"]
    ids = {id_ for row in failing for id_ in row["exchanges"][:1]}

    assert ids
    assert all(f'href="#{id_}"' in text and f'id="{id_}"' in text for id_ in ids)


def test_the_page_holds_every_clause_it_judged(report: Path) -> None:
    """Each clause of the selected chapters has its heading in the page."""
    text = report.read_text(encoding="utf-8")
    judged = {
        check.requirement.clause
        for check in shipped_checks()
        if check.chapter in ("json", "status")
    }

    assert all(f"clause-{clause}" in text for clause in judged)
