"""A run leaves nothing behind, however it ends."""

import signal
import subprocess
import sys
import time
from pathlib import Path
from random import Random
from typing import Any

import pytest

_DRAW = Random(20)
#: Moments at which a person may lose patience; the seed makes them the same.
MOMENTS_S = sorted(
    {round(0.8 + 0.16 * n + _DRAW.uniform(0, 0.1), 2) for n in range(20)}
)


def test_a_whole_run_leaves_the_target_as_it_was(serve: Any, judge: Any) -> None:
    """The store before and after a run is the same, member by member."""
    with serve() as served:
        before = served.state
        judged = judge(str(served.target), depth="smoke")

        assert served.state == before
        assert judged.told["run"]["leftovers"] == []


@pytest.mark.parametrize("moment_s", MOMENTS_S)
def test_an_interrupted_run_leaves_nothing(
    serve: Any, tmp_path: Path, moment_s: float
) -> None:
    """Ctrl-C at any moment ends in clean-up, and no traceback."""
    with serve(latency_ms=5) as served:
        before = served.state
        words = [sys.executable, "-m", "conformance", "run", str(served.target)]
        process = subprocess.Popen(
            [*words, "--out", str(tmp_path / "out")],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        time.sleep(moment_s)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=60)

        assert served.state == before
        assert "Traceback" not in said
        assert process.returncode in (0, 1, 2, 130)
