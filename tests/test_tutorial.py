"""The tutorial, done as it is written: its commands, its target file, its mending."""

import contextlib
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
TEXT = (ROOT / "docs" / "tutorial.md").read_text(encoding="utf-8")
#: What the server gets wrong, as the tutorial lists it.
FIVE = set(re.findall(r"^\| `([a-z0-9_.]+)` \|", TEXT, re.MULTILINE))
#: The longest that the tutorial may take, in seconds.
PROMISED_S = 300
START_S = 30


def blocks(kind: str) -> list[str]:
    """Give what stands in the tutorial's blocks of a kind, in order."""
    return re.findall(rf"^```{kind}\n(.*?)^```", TEXT, re.MULTILINE | re.DOTALL)


def commands() -> list[str]:
    """Give what the reader types, in order."""
    lines = [line for block in blocks("console") for line in block.splitlines()]
    return [line.removeprefix("$ ") for line in lines]


class Reader:
    """Somebody who does what the tutorial says, on a port and in a folder of theirs."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder, self.port = folder, port
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environment = {**os.environ, "PATH": path}

    def own(self, text: str) -> str:
        """Give text of the tutorial with the folder and the port of this reader."""
        return text.replace("/tmp/stock", str(self.folder)).replace(  # noqa: S108
            "8443", str(self.port)
        )

    def types(self, command: str, within: Path | None = None) -> tuple[int, str]:
        """Give the exit code of a command, and what it says."""
        done = subprocess.run(
            ["sh", "-c", self.own(command)],
            cwd=within or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=PROMISED_S,
            check=False,
        )
        return done.returncode, done.stdout + done.stderr

    @contextlib.contextmanager
    def serving(self, command: str) -> Iterator[None]:
        """Run the server in a terminal of its own until the block is left."""
        words = [*self.own(command).split(), *[str(self.port)]]
        with subprocess.Popen(
            words, cwd=self.folder, env=self.environment, stderr=subprocess.DEVNULL
        ) as process:
            try:
                self._await(process)
                yield
            finally:
                process.terminate()

    def _await(self, process: "subprocess.Popen[bytes]") -> None:
        end = time.monotonic() + START_S
        while True:
            with contextlib.suppress(OSError):
                socket.create_connection(("localhost", self.port)).close()
                return
            assert process.poll() is None, "the server ended"
            assert time.monotonic() < end, "the server does not listen"
            time.sleep(0.1)

    def told(self) -> dict[str, Any]:
        """Give the newest report."""
        file = self.folder / "reports" / "latest" / "report.json"
        report: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        return report

    def mends(self, diff: str) -> None:
        """Change the server's files as a diff says."""
        for part in re.split(r"^--- ", diff, flags=re.MULTILINE)[1:]:
            name, _, rest = part.partition("\n")
            file = self.folder / name
            text = file.read_text(encoding="utf-8")
            for hunk in re.split(r"^@@.*\n", rest, flags=re.MULTILINE)[1:]:
                lines = hunk.splitlines(keepends=True)
                old = "".join(line[1:] for line in lines if line[0] != "+")
                new = "".join(line[1:] for line in lines if line[0] != "-")
                assert text.count(old) == 1, f"{name} has no such lines: {old}"
                text = text.replace(old, new)
            file.write_text(text, encoding="utf-8")


@pytest.fixture
def reader(tmp_path: Path) -> Reader:
    """Give a reader with an empty folder and a free port."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return Reader(tmp_path / "stock", free.getsockname()[1])


def _accused(report: dict[str, Any]) -> set[str]:
    said = ("fail", "warn")
    return {one["id"] for one in report["clauses"] if one["verdict"] in said}


def test_the_tutorial_keeps_its_word(reader: Reader) -> None:
    """Two commands and a target file find the five, and nothing else; then none."""
    copy, enter, serve, init, run, *again = commands()
    began = time.monotonic()
    assert reader.types(f"{copy} && {enter}", ROOT) == (0, "")
    with reader.serving(serve):
        code, said = reader.types(init)
        assert code == 0, said
        filled_in = reader.own(blocks("toml")[-1])
        (reader.folder / "target.toml").write_text(filled_in, encoding="utf-8")
        code, said = reader.types(run)
    took_s = time.monotonic() - began
    print(f"from nothing to a verdict: {took_s:.1f} s")  # noqa: T201 - -s shows it

    report = reader.told()
    assert code == 1, said
    assert _accused(report) == FIVE
    assert len(FIVE) == 5
    assert sum(clause.startswith("contract.") for clause in FIVE) == 2
    assert not [
        r["row"] for r in report["checks"] if "not mentioned" in str(r["cause"])
    ]
    assert report["run"]["leftovers"] == []
    assert took_s < PROMISED_S

    reader.mends(blocks("diff")[0])
    forget, serve, run = again
    assert reader.types(forget) == (0, "")
    with reader.serving(serve):
        code, said = reader.types(run)

    assert code == 0, said
    told = [r for r in reader.told()["checks"] if r["verdict"] in ("fail", "warn")]
    words = [f"{r['row']}: {r['message']}" for r in told]
    print(*words, sep="\n")  # noqa: T201 - shown where it fails
    assert _accused(reader.told()) == set(), words
    assert code == 0, said
