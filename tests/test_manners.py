"""A run leaves nothing behind, however it ends."""

import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

_DRAW = Random(20)
#: Moments at which a person may lose patience: after so many requests, or so many
#: seconds before the first; the seed makes them the same.
REQUESTS = sorted(_DRAW.sample(range(2, 700), 16))
SECONDS = sorted(round(_DRAW.uniform(0.3, 3.0), 2) for _ in range(4))
DEADLINE_S = 90


def test_a_whole_run_leaves_the_target_as_it_was(serve: Any, judge: Any) -> None:
    """The store before and after a run is the same, member by member."""
    with serve() as served:
        before = served.state
        judged = judge(str(served.target), depth="smoke")

        assert served.state == before
        assert judged.told["run"]["leftovers"] == []


def interrupted(served: Any, out: Path, ready: Any) -> tuple[int, str]:
    """Stop a run by Ctrl-C once something holds; give its exit code and stderr."""
    words = [sys.executable, "-m", "conformance", "run", str(served.target)]
    process = subprocess.Popen(
        [*words, "--depth", "smoke", "--seed", "20", "--out", str(out)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + DEADLINE_S
    while not listens(process.pid) and process.poll() is None:
        assert time.monotonic() < deadline
    while not ready() and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.002)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=DEADLINE_S)
    return process.returncode, said


def listens(pid: int) -> bool:
    """Say whether a process has Python up, which then has a word in its ending.

    Before that, Ctrl-C ends any program at once, whatever it is made of.
    """
    status = Path(f"/proc/{pid}/status").read_text(encoding="ascii", errors="replace")
    caught = int(re.findall(r"^SigCgt:\s*([0-9a-f]+)$", status, re.MULTILINE)[0], 16)
    return bool(caught >> (signal.SIGINT - 1) & 1)


@pytest.mark.parametrize("requests", REQUESTS)
def test_a_run_interrupted_in_its_midst_leaves_nothing(
    serve: Any, tmp_path: Path, requests: int
) -> None:
    """Ctrl-C while requests are in flight ends in clean-up and an undecided run."""
    with serve(latency_ms=5) as served:
        count = 0

        async def around(inner: Any, call: Any) -> Any:
            nonlocal count
            count += 1
            return await inner(call)

        served.running.server.wrap("respond", around)
        before = served.state
        code, said = interrupted(served, tmp_path / "out", lambda: count >= requests)

        assert served.state == before
        assert count >= requests
        assert "Traceback" not in said
        assert code in (1, 2)
        assert (tmp_path / "out" / "report.json").exists()
        assert not (tmp_path / "out" / "ledger.jsonl").exists()


@pytest.mark.parametrize("seconds", SECONDS)
def test_a_run_interrupted_before_it_begins_leaves_nothing(
    serve: Any, tmp_path: Path, seconds: float
) -> None:
    """Ctrl-C while Python starts or payloads are drawn ends it, with no traceback."""
    with serve() as served:
        before = served.state
        begun: list[float] = []

        def patient() -> bool:
            begun.append(time.monotonic())
            return begun[-1] - begun[0] >= seconds

        code, said = interrupted(served, tmp_path / "out", patient)

        assert served.state == before
        assert "Traceback" not in said
        # Where Ctrl-C met Python in a text that it executes, as dataclasses are made,
        # the process ends by the signal itself, for which a shell says 130, too.
        assert code in (0, 1, 2, 130, -signal.SIGINT), said
