"""Writes the files of a run, each whole or not at all, none with a secret in it."""

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO, TextIO

from typing_extensions import override

from conformance.errors import HarnessError
from conformance.report import junit
from conformance.report.har import har
from conformance.report.html import pieces
from conformance.run import Run
from conformance.vault import Vault

#: Characters that are written at a time, and bytes that are looked at twice: more
#: than any form of any secret has.
_PIECE = 2**18
_OVERLAP = 2**14
#: Pieces of a template's or of JSON's text that are written together.
_TOGETHER = 250


def write_reports(told: Mapping[str, Any], run: Run) -> None:
    """Write every report into the run's folder and point ``latest`` at it.

    Raises:
        HarnessError: A report would hold a secret; that file is not written.
    """
    folder = run.options.out
    version = told["suite"]["version"]
    for name, write in (
        ("report.json", lambda to: to.writelines(_joined(json_pieces(told)))),
        ("report.html", lambda to: to.writelines(_joined(pieces(told)))),
        ("junit.xml", lambda to: to.writelines(junit.pieces(told))),
        ("exchanges.har", lambda to: har(run.recorder.exchanges, version, to)),
    ):
        _write(folder / name, write, run)
    _point_latest(folder)


def _joined(pieces: Iterator[str]) -> Iterator[str]:
    """Join small pieces, of which there are many, before each is written."""
    while joined := "".join(islice(pieces, _TOGETHER)):
        yield joined


def in_json(value: object) -> bytes:
    """Write JSON as UTF-8; a lone surrogate becomes its JSON escape."""
    return "".join(json_pieces(value)).encode("utf-8", "backslashreplace")


def json_pieces(value: object) -> Iterator[str]:
    """Write JSON piece by piece."""
    yield from _lined(value)
    yield "\n"


def _lined(value: object, deep: int = 2) -> Iterator[str]:
    """Give a member or an element a line, down to some depth: quick, and readable."""
    if deep and isinstance(value, Mapping) and value:
        for number, (name, part) in enumerate(value.items()):
            yield ",\n" if number else "{\n"
            yield f"{json.dumps(name, ensure_ascii=False)}: "
            yield from _lined(part, deep - 1)
        yield "\n}"
    elif deep and isinstance(value, list) and value:
        for number, part in enumerate(value):
            yield ",\n" if number else "[\n"
            yield from _lined(part, deep - 1)
        yield "\n]"
    else:
        yield json.dumps(value, ensure_ascii=False)


class _Guarded(io.TextIOBase):
    """Writes text as UTF-8, and stops at the first secret in it."""

    def __init__(self, stream: BinaryIO, vault: Vault) -> None:
        self._stream = stream
        self._vault = vault
        self._waiting: list[str] = []
        self._size = 0
        self._last = b""

    @override
    def write(self, text: str, /) -> int:
        self._waiting.append(text)
        self._size += len(text)
        if self._size > _PIECE:
            self.send()
        return len(text)

    def send(self) -> None:
        """Write what waits, looked at together with the end of what went before."""
        content = "".join(self._waiting).encode("utf-8", "backslashreplace")
        held = self._vault.holds(self._last + content)
        if held is not None:
            raise HarnessError(f"would hold a secret: {held}; not written")
        self._stream.write(content)
        self._waiting.clear()
        self._size = 0
        self._last = (self._last + content)[-_OVERLAP:]


def _write(file: Path, write: Callable[[TextIO], object], run: Run) -> None:
    handle, name = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as stream:
            guarded = _Guarded(stream, run.vault)
            write(guarded)  # type: ignore[arg-type]  # of a TextIO, what is used
            guarded.send()
        part.chmod(0o644)
        part.replace(file)
    except HarnessError as error:
        part.unlink(missing_ok=True)
        raise HarnessError(f"{file.name} {error}") from error
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
