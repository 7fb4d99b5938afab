"""The ledger: what a run may have created, on disk before the request is sent."""

import contextlib
import json
import os
import sys
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, TextIO

from conformance.errors import UsageError

if sys.platform != "win32":
    import fcntl


class Ledger:
    """An append-only file of what may exist on the target because of us.

    Attributes:
        file: None keeps nothing, as in a playback.
    """

    def __init__(self, file: Path | None, header: Mapping[str, Any]) -> None:
        self.file = file
        self._lock = threading.Lock()
        self._waiting = threading.Condition(self._lock)
        self._written = 0
        self._synced = 0
        self._syncing = False
        self._used = False
        self._stream: TextIO | None = file.open("a", encoding="utf-8") if file else None
        if self._stream is not None:
            held_alone(self._stream)
            self._append({"run": dict(header)}, sync=False)

    def intend(self, path: str, resource: str) -> None:
        """Write down that an item may come to be, and wait until it is on disk."""
        self._used = True
        self._append({"may": path, "resource": resource})

    def made(self, path: str, resource: str) -> None:
        """Write down that an item exists."""
        self._append({"is": path, "resource": resource}, sync=False)

    def gone(self, path: str) -> None:
        """Write down that an item was removed and is seen to be gone."""
        self._append({"gone": path}, sync=False)

    def close(self, *, clean: bool) -> None:
        """Close the file; a ledger with nothing left open is removed."""
        with self._lock:
            if self._stream is not None:
                self._stream.close()
                self._stream = None
                if clean and self.file is not None:
                    self.file.unlink(missing_ok=True)

    def close_unused(self) -> None:
        """Close the file; one that no item was written into is removed."""
        self.close(clean=not self._used)

    def _append(self, entry: Mapping[str, Any], *, sync: bool = True) -> None:
        with self._lock:
            if self._stream is None:
                return
            self._stream.write(json.dumps(entry) + "\n")
            self._written += 1
            if sync:
                self._sync(self._written)
            else:
                self._stream.flush()  # outlives a kill, if not a power cut

    def _sync(self, upto: int) -> None:
        """Wait until line ``upto`` is on disk; one thread syncs for all."""
        while self._synced < upto:
            if self._syncing:
                self._waiting.wait()
                continue
            self._syncing, reached, stream = True, self._written, self._stream
            if stream is None:
                return
            stream.flush()
            descriptor = stream.fileno()
            self._lock.release()
            try:
                os.fsync(descriptor)
            finally:
                self._lock.acquire()
                self._syncing = False
            self._synced = max(self._synced, reached)
            self._waiting.notify_all()


def held_alone(stream: IO[str]) -> bool:
    """Hold a ledger, so that nobody sweeps what a run still uses.

    Returns:
        False: another process holds it. The hold ends with the process.
    """
    if sys.platform != "win32":
        try:
            fcntl.flock(stream, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        except OSError:
            # Some network file systems know no locks.
            return True
    return True


@dataclass(slots=True)
class Left:
    """What a ledger says may still be on the target.

    Attributes:
        base_url: Of the target; prefix: of the run.
        entries: (path, name of the resource), oldest first, each once.
        running: The run goes on.
    """

    base_url: str = ""
    prefix: str = ""
    entries: list[tuple[str, str]] = field(default_factory=list)
    running: bool = False


def read_ledger(file: Path) -> Left:
    """Read what a run left open.

    A last line that was cut off by the crash is left aside.

    Raises:
        UsageError: It can't be read or is no ledger.
    """
    left = Left()
    open_: dict[str, str] = {}
    try:
        with file.open(encoding="utf-8") as stream:
            left.running = not held_alone(stream)
            for line in stream:
                with contextlib.suppress(ValueError):
                    _take(json.loads(line), left, open_)
    except OSError as error:
        raise UsageError(f"{file}: can't be read ({error.strerror})") from error
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        raise UsageError(f"{file}: not the ledger of a run") from error
    if not left.base_url:
        raise UsageError(f"{file}: not the ledger of a run")
    left.entries = list(open_.items())
    return left


def _take(entry: Mapping[str, Any], left: Left, open_: dict[str, str]) -> None:
    if "run" in entry:
        left.base_url = entry["run"]["base_url"]
        left.prefix = entry["run"]["prefix"]
    elif "gone" in entry:
        open_.pop(entry["gone"], None)
    else:
        path = entry.get("is") or entry["may"]
        open_.pop(path, None)
        open_[path] = entry["resource"]
