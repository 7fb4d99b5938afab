"""What is generated from a large document is drawn in processes of their own."""

import os
import pickle
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance import apart
from conformance.contract.document import Document, document_from
from conformance.draw import Drawn
from conformance.plan import Plan, Row, shipped_checks
from conformance.profile import load_profile
from conformance.reference.claims import read_claims
from conformance.reference.openapi import described

PROFILE = load_profile("reference")


@pytest.fixture(scope="module")
def document() -> Document:
    """The one that the reference publishes."""
    return document_from(described(read_claims(PROFILE.path), "https://localhost"))


@pytest.fixture(scope="module")
def rows() -> list[tuple[Row, int]]:
    """Some that are generated, each of which gets two payloads."""
    plan = Plan(PROFILE, shipped_checks())
    return [(row, 2) for row in plan.rows if row.check.requirement.generated][::6]


def drawn(rows: list[tuple[Row, int]], document: Document) -> dict[str, list[Drawn]]:
    """Each row's payloads."""
    with apart.generated(rows, PROFILE, 7, document) as rest:
        return {row.id: made for row, made in rest()}


def here(*_: object) -> Any:
    """What would be called if it were drawn here."""
    pytest.fail("drawn here")


@pytest.fixture(scope="module")
def expected(rows: list[tuple[Row, int]], document: Document) -> dict[str, list[Drawn]]:
    """As this process draws them."""
    return drawn(rows, document)


def test_a_process_draws_what_this_one_would(
    rows: list[tuple[Row, int]],
    document: Document,
    expected: dict[str, list[Drawn]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Each row, in two processes, none of them here."""
    monkeypatch.setattr(apart, "WORTH", len(rows) // 2)
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr("conformance.apart._Order.filled", here)

    assert list(expected) == [row.id for row, _ in rows]
    assert sum(map(len, expected.values())) > len(rows)
    assert drawn(rows, document) == expected


def _no_python(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/nonexistent/python")


def _no_module(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "START", "raise SystemExit(3)")


def _talkative(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(apart, "START", f"print('hello'); {apart.START}")


@pytest.mark.parametrize("broken", [_no_python, _no_module, _talkative])
def test_without_a_process_it_is_drawn_here(
    broken: Callable[[pytest.MonkeyPatch], None],
    rows: list[tuple[Row, int]],
    document: Document,
    expected: dict[str, list[Drawn]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The same payloads, a little later."""
    monkeypatch.setattr(apart, "WORTH", 1)
    broken(monkeypatch)

    assert drawn(rows, document) == expected


def test_a_check_without_a_name_is_drawn_here(
    rows: list[tuple[Row, int]],
    document: Document,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Somebody's own may be made inside a function."""
    monkeypatch.setattr(apart, "WORTH", 1)
    row, count = rows[0]
    asked = replace(row.check.requirement, draws=lambda *_a, **_k: ["x"])
    own = Row("own", replace(row.check, requirement=asked), "", row.level, "", {})

    assert drawn([(own, count)], document) == {"own": [Drawn("x")]}


def test_ctrl_c_is_for_who_asked() -> None:
    """Who draws is in the same group, and would die with a traceback."""
    process = subprocess.Popen(
        [sys.executable, "-c", apart.START],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None
    process.stdin.write(pickle.dumps(sys.path))
    process.stdin.flush()
    ignored = 1 << (signal.SIGINT - 1)
    for _ in range(300):
        status = Path(f"/proc/{process.pid}/status").read_text("ascii").splitlines()
        found = next(line for line in status if line.startswith("SigIgn"))
        if int(found.split()[1], 16) & ignored:
            break
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    _, words = process.communicate(b"")

    assert process.returncode == 1
    assert b"EOFError" in words
    assert b"KeyboardInterrupt" not in words


def test_nothing_is_imported_from_the_current_folder(
    rows: list[tuple[Row, int]],
    document: Document,
    expected: dict[str, list[Drawn]],
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """Somebody may stand in a folder with a module of a name that Python has."""
    (tmp_path / "struct.py").write_text("raise SystemExit(9)")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", [one for one in sys.path if one])
    monkeypatch.setattr(apart, "WORTH", len(rows))
    monkeypatch.setattr("conformance.apart._Order.filled", here)

    assert drawn(rows, document) == expected


def interrupted(folder: Path, left: list[Path]) -> None:
    """Raise what Ctrl-C raises, once something lies in the folder of a process."""
    for _ in range(300):
        left += folder.glob("*/*")
        if left:
            break
        time.sleep(0.1)
    raise KeyboardInterrupt


def test_an_interrupted_run_leaves_no_process(
    rows: list[tuple[Row, int]],
    document: Document,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
) -> None:
    """It is ended, not waited for, and what it has written goes with it."""
    begun: list[subprocess.Popen[bytes]] = []
    left: list[Path] = []

    class Watched(subprocess.Popen[bytes]):
        def __init__(self, *args: Any, **how: Any) -> None:
            super().__init__(*args, **how)
            begun.append(self)

    monkeypatch.setattr(apart, "WORTH", 1)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    leaving = "import tempfile, time; tempfile.mkdtemp(); print(flush=True)"
    monkeypatch.setattr(apart, "START", f"{leaving}; time.sleep(600)")
    monkeypatch.setattr(subprocess, "Popen", Watched)

    with (
        pytest.raises(KeyboardInterrupt),
        apart.generated(rows[:1], PROFILE, 7, document),
    ):
        interrupted(tmp_path, left)

    assert left
    assert not list(tmp_path.iterdir())
    assert [process.returncode for process in begun] == [-signal.SIGKILL]
