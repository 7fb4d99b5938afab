"""A server that a stranger wrote from the page alone, judged by its own profile."""

import contextlib
import socket
import subprocess
import sys
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any

import trustme

from conformance.verdict import Verdict

HERE = Path(__file__).with_name("stranger")
#: Each of the stranger's mistakes, and the clause that it breaks.
BREAKS = {
    "local_time": "dates.utc",
    "forbidden_for_unknown": "status.unauthenticated_401",
    "bare_unknown_route": "errors.shape",
}
TARGET = """
base_url = "https://127.0.0.1:{port}"
token_url = "https://127.0.0.1:{port}/login/token"
plain_port = {plain_port}
ca = "ca.pem"
allow_writes = true
absent = ["short_lived_client", "second_user"]
budget.concurrency = 8

[[identities]]
name = "app"
flow = "client_credentials"
client_id = "back-office"
client_secret = "harbour-4711-secret"

[[identities]]
name = "user"
flow = "password"
client_id = "web"
username = "mia"
password = "tide-table-8821"

[[identities]]
name = "elevated"
flow = "elevated_password"
client_id = "back-office"
client_secret = "harbour-4711-secret"
username = "mia"
password = "tide-table-8821"

[[identities]]
name = "reader"
flow = "client_credentials"
client_id = "kiosk"
client_secret = "kiosk-4713-secret"
roles = ["fleet.see"]

[[identities]]
name = "nobody"
flow = "client_credentials"
client_id = "visitor"
client_secret = "visitor-4714-secret"
roles = []

[[identities]]
name = "second"
flow = "client_credentials"
client_id = "harbour-master"
client_secret = "second-4712-secret"
"""


@contextlib.contextmanager
def marina(folder: Path, sloppy: Collection[str] = ()) -> Iterator[Path]:
    """Serve the stranger's marina in a process of its own.

    Yields:
        A target file for it, in ``folder``.
    """
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(folder / "ca.pem"))
    certificate = folder / "certificate.pem"
    issued = authority.issue_cert("127.0.0.1")
    issued.private_key_and_cert_chain_pem.write_to_path(str(certificate))
    words = [sys.executable, str(HERE / "server.py"), str(certificate)]
    for name in sloppy:
        words += ["--sloppy", name]
    with (
        subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process,
        socket.socket() as plain,
    ):
        try:
            # Bound and not listening: it refuses, and nobody else takes it.
            plain.bind(("127.0.0.1", 0))
            assert process.stdout is not None
            port, plain_port = process.stdout.readline().strip(), plain.getsockname()[1]
            target = folder / "target.toml"
            target.touch(0o600)
            target.write_text(TARGET.format(port=port, plain_port=plain_port))
            yield target
        finally:
            process.terminate()


def _undecided(judged: Any) -> list[str]:
    """Say what no verdict was found on, and why; but for what is declared absent."""
    return [
        f"{row['row']}: {row['cause']}"
        for row in judged.told["checks"]
        if row["verdict"] == "inconclusive" and "not provided" not in str(row["cause"])
    ]


def test_the_strangers_server_conforms(tmp_path: Path, judge: Any) -> None:
    """Nobody accuses a server that keeps the page in words of its own."""
    with marina(tmp_path) as target:
        judged = judge(str(target), profile=str(HERE / "profile.toml"))

    assert judged.clauses(Verdict.FAIL) == set()
    assert not _undecided(judged), "\n".join(_undecided(judged))
    assert judged.code == 0


def test_three_mistakes_are_three_failures(tmp_path: Path, judge: Any) -> None:
    """What the stranger got wrong is found, and nothing else is said to be."""
    with marina(tmp_path, BREAKS) as target:
        judged = judge(str(target), profile=str(HERE / "profile.toml"))

    assert judged.clauses(Verdict.FAIL) == set(BREAKS.values())
    assert judged.code == 1
