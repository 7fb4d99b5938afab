"""The server as a process of its own."""

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest

COMMAND = [sys.executable, "-m", "conformance.reference", "--latency", "1"]


@pytest.mark.parametrize("way", ["stdin", "SIGTERM", "SIGINT"])
def test_it_says_where_it_is_and_ends_cleanly(way: str) -> None:
    """One line of JSON; exit 0 and no file left, however it is ended."""
    with subprocess.Popen(
        COMMAND, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        assert Path(told["ca"]).read_text().startswith("-----BEGIN CERTIFICATE")
        if way != "stdin":
            process.send_signal(signal.Signals[way])
        rest, _ = process.communicate(timeout=10)

    assert set(told) == {"base_url", "token_url", "plain_port", "ca", "identities"}
    assert rest == ""
    assert process.returncode == 0
    assert not Path(told["ca"]).exists()
