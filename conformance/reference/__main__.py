"""The reference server as a process of its own."""

import argparse
import json
import os
import signal
import sys
import threading
from pathlib import Path

from conformance.reference.serve import running

PACKAGE = Path(__file__).parent.parent
HOMES = (PACKAGE / "_profiles", PACKAGE.parent / "profiles")


def main(arguments: list[str] | None = None) -> int:
    """Serve until stdin closes or a signal comes.

    One line of JSON on stdout says when the server answers, and where.
    """
    asked = options().parse_args(arguments)
    over = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: over.set())
    with running(
        asked.profile or default_profile(),
        asked.fault,
        asked.variant,
        asked.latency,
        host=asked.host,
        port=asked.port,
    ) as server:
        sys.stdout.write(json.dumps(server.announced()) + "\n")
        sys.stdout.flush()
        if sys.stdin is not None:
            threading.Thread(target=drain, args=(over,), daemon=True).start()
        over.wait()
    return 0


def options() -> argparse.ArgumentParser:
    """The command line."""
    parser = argparse.ArgumentParser("conformance.reference", description=__doc__)
    parser.add_argument("--profile", type=Path, metavar="FILE")
    parser.add_argument("--host", default="localhost")
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--fault", action="append", default=[], metavar="NAME")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME")
    parser.add_argument("--latency", type=float, default=0, metavar="MS")
    return parser


def default_profile() -> Path:
    """The profile of the reference, in a checkout or in a wheel."""
    return next(
        home / "reference.toml" for home in HOMES if (home / "reference.toml").exists()
    )


def drain(over: threading.Event) -> None:
    """Read stdin to its end, then say that it is over."""
    while os.read(sys.stdin.fileno(), 4096):
        continue
    over.set()


if __name__ == "__main__":
    sys.exit(main())
