"""The reference server in a process of its own. Imports nothing that judges."""

import contextlib
import json
import subprocess
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from conformance.errors import HarnessError, UsageError

STOP_S = 10


@contextlib.contextmanager
def reference(
    profile: Path,
    faults: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
    latency_ms: int = 0,
    port: int = 0,
) -> Iterator[dict[str, Any]]:
    """Run the reference server in a process of its own.

    Yields:
        A target file's content for it.

    Raises:
        UsageError: There is no such fault or variant.
        HarnessError: It did not start.
    """
    insist_on_known(faults, variants)
    words = ["--profile", str(profile), "--latency", str(latency_ms)]
    words += ["--port", str(port)]
    words += [word for fault in faults for word in ("--fault", fault)]
    words += [word for variant in variants for word in ("--variant", variant)]
    with _started(words) as process:
        assert process.stdout is not None  # noqa: S101 - it is a pipe
        line = process.stdout.readline()
        if not line:
            raise HarnessError("the reference server did not start")
        yield json.loads(line)


@contextlib.contextmanager
def reference_in_thread(
    profile: Path,
    faults: tuple[str, ...] = (),
    variants: tuple[str, ...] = (),
    latency_ms: int = 0,
) -> Iterator[dict[str, Any]]:
    """Run the reference server in a thread: quicker to start, for our own proofs.

    Yields:
        A target file's content for it.

    Raises:
        UsageError: There is no such fault or variant.
        HarnessError: It did not start, or broke down.
    """
    from conformance.reference.serve import running  # noqa: PLC0415 - seldom

    insist_on_known(faults, variants)
    try:
        with running(profile, faults, variants, latency_ms) as live:
            yield live.announced()
    except RuntimeError as error:
        raise HarnessError(str(error)) from error


@contextlib.contextmanager
def _started(words: Sequence[str]) -> Iterator[subprocess.Popen[str]]:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter and module
        [sys.executable, "-m", "conformance.reference", *words],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,  # Ctrl-C ends the run, which then cleans up
    )
    assert process.stdin is not None  # noqa: S101 - it is a pipe
    assert process.stdout is not None  # noqa: S101 - it is a pipe
    try:
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(timeout=STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()


def insist_on_known(faults: Sequence[str], variants: Sequence[str]) -> None:
    """Insist on names that exist.

    Raises:
        UsageError: One does not.
    """
    from conformance.reference.faults import all_faults  # noqa: PLC0415 - seldom
    from conformance.reference.variants import all_variants  # noqa: PLC0415 - seldom

    for words, given, known in (
        ("--fault", faults, all_faults()),
        ("--variant", variants, all_variants()),
    ):
        for name in given:
            if name not in known:
                raise UsageError(
                    f"{words} {name!r}: unknown; conformance list {words[2:]}s"
                )
