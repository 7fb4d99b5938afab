"""The ledger: what a run may have created, on disk before the request is sent."""

import json
import os
import threading
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TextIO


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
        self._stream: TextIO | None = file.open("a", encoding="utf-8") if file else None
        if self._stream is not None:
            self._append({"run": dict(header)})

    def intend(self, path: str, resource: str) -> None:
        """Write down that an item may come to be, and wait until it is on disk."""
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

    def _append(self, entry: Mapping[str, Any], *, sync: bool = True) -> None:
        with self._lock:
            if self._stream is None:
                return
            self._stream.write(json.dumps(entry) + "\n")
            self._written += 1
            if sync:
                self._sync(self._written)

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
