"""A server that nobody here wrote: json-server 0.17.4, judged by a table by hand."""

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import time
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).with_name("json_server")
BIN = Path(__file__).with_name("node_modules") / "json-server/lib/cli/bin.js"
SECRET = "never-to-be-sent-in-clear-2208"
#: An identity, so that there is something that must not be sent.
TARGET = """
base_url = "http://127.0.0.1:{port}"
plain_port = {port}
allow_writes = true

[[identities]]
name = "app"
flow = "client_credentials"
client_id = "app"
client_secret = "{secret}"
"""
#: The table has a flow's clauses once, as no flow is claimed.
_FLOW = re.compile(r"^oauth\.(any|refresh_token)\.")
#: Seconds; it ends in well under a minute where nothing else runs.
LONGEST_S = 120


@dataclass(frozen=True, slots=True)
class Served:
    """A running json-server.

    Attributes:
        target: A target file for it.
        database: Its file, rewritten with each change.
        heard: What it was sent, a line of JSON each.
    """

    target: Path
    database: Path
    heard: Path


@contextlib.contextmanager
def json_server(folder: Path) -> Iterator[Served]:
    """Serve a copy of the small database in a process of its own."""
    served = Served(*(folder / name for name in ("target.toml", "db.json", "heard")))
    shutil.copy(HERE / "db.json", served.database)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    served.target.touch(0o600)
    served.target.write_text(TARGET.format(port=port, secret=SECRET), encoding="utf-8")
    words = ["node", str(BIN), str(served.database), "--quiet"]
    words += ["--host", "127.0.0.1", "--port", str(port)]
    words += ["--middlewares", str(HERE / "heard.js")]
    with (
        (folder / "server.log").open("w") as log,
        subprocess.Popen(
            words,
            cwd=folder,
            env={**os.environ, "HEARD": str(served.heard)},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
        ) as process,
    ):
        try:
            _await(port)
            yield served
        finally:
            process.terminate()


def _await(port: int) -> None:
    for _ in range(100):
        with contextlib.suppress(OSError):
            socket.create_connection(("127.0.0.1", port)).close()
            return
        time.sleep(0.1)
    raise AssertionError("json-server did not start")


def _expected() -> dict[str, str]:
    """Give clause → verdict, as the table has them."""
    table = tomllib.loads((HERE / "expected.toml").read_text(encoding="utf-8"))
    return {
        f"{chapter}.{clause}": verdict
        for chapter, clauses in table.items()
        for clause, (verdict, _reason) in clauses.items()
    }


def _differences(told: Mapping[str, Any]) -> list[str]:
    """Say where the report and the table differ."""
    table = _expected()
    found = {
        _FLOW.sub("oauth.FLOW.", clause["id"]): clause["verdict"]
        for clause in told["clauses"]
        if not clause["id"].startswith("contract.")
    }
    return [
        f"{clause}: the table has {table.get(clause)}, the report {found.get(clause)}"
        for clause in sorted(table.keys() | found.keys())
        if table.get(clause) != found.get(clause)
    ]


def _crashes(told: Mapping[str, Any]) -> list[str]:
    return [
        f"{row['row']}: {row['cause']}"
        for row in told["checks"]
        if "the suite's own error" in str(row["cause"])
    ]


def test_the_table_of_verdicts_holds(tmp_path: Path, judge: Any) -> None:
    """Each clause has the verdict that reading by hand gave it, within a minute."""
    with json_server(tmp_path) as served:
        before = json.loads(served.database.read_text(encoding="utf-8"))
        began = time.monotonic()
        judged = judge(
            str(served.target),
            profile=str(HERE / "profile.toml"),
            allow_plain_http=True,
        )
        took_s = time.monotonic() - began
        after = json.loads(served.database.read_text(encoding="utf-8"))

    wrong = [*_differences(judged.told), *_crashes(judged.told)]
    assert not wrong, "\n".join(wrong)
    assert judged.told["run"]["forgotten"] == []
    assert judged.code == 1
    assert after == before
    assert SECRET not in served.heard.read_text(encoding="utf-8")
    assert took_s < LONGEST_S


def test_no_credential_is_sent_in_clear(tmp_path: Path, judge: Any) -> None:
    """A flow that is claimed over plain HTTP is not tried."""
    profile = tmp_path / "profile.toml"
    claims = (HERE / "profile.toml").read_text(encoding="utf-8")
    flow = 'flows = ["client_credentials"]'
    claims = claims.replace("flows = []", flow).replace(
        'extension = "xp"', 'extension = "xp"\ntoken_path = "/token"'
    )
    profile.write_text(claims, encoding="utf-8")
    with json_server(tmp_path) as served:
        judged = judge(
            str(served.target),
            profile=str(profile),
            allow_plain_http=True,
            chapters=("https", "oauth", "status"),
        )
    heard = served.heard.read_text(encoding="utf-8")

    assert flow in claims
    assert SECRET not in heard
    assert "client_secret" not in heard
    assert judged.told["run"]["plain_http"]
    assert judged.code == 1
