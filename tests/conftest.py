"""What the tests of the suite share: a run of rows, a served target file."""

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import pytest

from conformance.cli import main
from conformance.commands.templates import told_text
from conformance.options import Options
from conformance.profile import find_profile
from conformance.reference.serve import Running, running
from conformance.report.document import document, exit_code
from conformance.run import Run
from conformance.verdict import Result, Verdict


@dataclass(frozen=True, slots=True)
class Judged:
    """What a run said.

    Attributes:
        results: Row id → result.
        told: The report's document.
        code: The exit code.
    """

    results: Mapping[str, Result]
    told: Mapping[str, Any]
    code: int

    def clauses(self, verdict: Verdict) -> set[str]:
        """Name the clauses with that verdict."""
        return {
            clause["id"]
            for clause in self.told["clauses"]
            if clause["verdict"] == verdict.value
        }

    def accused(self) -> dict[str, set[str]]:
        """Give clause → how its rows accuse: fail, warn."""
        found: dict[str, set[str]] = {}
        for row in self.told["checks"]:
            if row["verdict"] in ("fail", "warn"):
                found.setdefault(row["clause"], set()).add(row["verdict"])
        return found

    def verdicts(self) -> dict[str, str]:
        """Give row id → verdict."""
        return {row: result.verdict.value for row, result in self.results.items()}


Judge = Callable[..., Judged]


@pytest.fixture
def judge(tmp_path: Path) -> Judge:
    """Give a function that runs rows, without pytest around them."""

    def run_rows(target: str = "reference", **options: Any) -> Judged:
        out = options.pop("out", tmp_path / "run")
        shuffle = options.pop("shuffle", None)
        run = Run(Options(target=target, out=out, **options))
        try:
            run.open()
            if shuffle is not None:
                Random(shuffle).shuffle(run.selected)
            run.start()
            run.finish()
            told = document(run)
        finally:
            run.close()
        return Judged(run.results, told, exit_code(told))

    return run_rows


@dataclass(frozen=True, slots=True)
class Served:
    """The reference in a thread of this process, and a target file for it."""

    running: Running
    target: Path

    @property
    def state(self) -> object:
        """Give everything that is stored, as a comparable value."""
        return self.running.server.store.snapshot()


@pytest.fixture
def serve(tmp_path: Path) -> Callable[..., contextlib.AbstractContextManager[Served]]:
    """Give a function that serves a profile."""

    @contextlib.contextmanager
    def served(profile: str = "reference", **how: Any) -> Iterator[Served]:
        path = find_profile(profile)
        with running(path, **how) as live:
            target = tmp_path / "target.toml"
            target.write_text(told_text(live.announced(), path), encoding="utf-8")
            target.chmod(0o600)
            yield Served(live, target)

    return served


@dataclass(frozen=True, slots=True)
class Said:
    """What a command of the command line said.

    Attributes:
        out: On stdout.
        err: On stderr.
        code: The exit code.
    """

    code: int
    out: str
    err: str


Say = Callable[..., Said]


@pytest.fixture
def say(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Say:
    """Give a function that runs the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> Said:
        capsys.readouterr()
        monkeypatch.setattr("sys.argv", ["conformance", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = capsys.readouterr()
        return Said(int(str(ended.value.code)), out, err)

    return call
