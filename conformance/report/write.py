"""Writes the files of a run, each whole or not at all, none with a secret in it."""

import contextlib
import json
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from conformance.errors import HarnessError
from conformance.report.har import har
from conformance.report.html import html
from conformance.report.junit import junit
from conformance.run import Run


def write_reports(told: Mapping[str, Any], run: Run) -> None:
    """Write every report into the run's folder and point ``latest`` at it.

    Raises:
        HarnessError: A report would hold a secret; that file is not written.
    """
    folder = run.options.out
    archive = har(run.recorder.exchanges, told["suite"]["version"])
    for name, content in (
        ("report.json", in_json(told)),
        ("report.html", html(told)),
        ("junit.xml", junit(told)),
        ("exchanges.har", archive),
    ):
        _write(folder / name, content, run)
    _point_latest(folder)


def in_json(value: object) -> bytes:
    """Write JSON as UTF-8; a lone surrogate becomes its JSON escape."""
    return _lined(value).encode("utf-8", "backslashreplace") + b"\n"


def _lined(value: object, deep: int = 2) -> str:
    """Give a member or an element a line, down to some depth: quick, and readable."""
    if deep and isinstance(value, Mapping) and value:
        parts = (
            f"{json.dumps(name, ensure_ascii=False)}: {_lined(part, deep - 1)}"
            for name, part in value.items()
        )
        return "{\n" + ",\n".join(parts) + "\n}"
    if deep and isinstance(value, list) and value:
        return "[\n" + ",\n".join(_lined(part, deep - 1) for part in value) + "\n]"
    return json.dumps(value, ensure_ascii=False)


def _write(file: Path, content: bytes, run: Run) -> None:
    held = run.vault.holds(content)
    if held is not None:
        raise HarnessError(f"{file.name} would hold a secret: {held}; not written")
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        part.chmod(0o644)
        part.replace(file)
    except OSError:
        part.unlink(missing_ok=True)
        raise


def _point_latest(folder: Path) -> None:
    """Point ``latest`` at a folder; some file systems have no symbolic links."""
    link = folder.parent / "latest"
    if link.exists() and not link.is_symlink():
        return
    with contextlib.suppress(OSError, NotImplementedError):
        fresh = folder.parent / f".latest.{os.getpid()}"
        fresh.symlink_to(folder.name, target_is_directory=True)
        fresh.replace(link)
