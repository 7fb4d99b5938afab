"""A process for each trial: it starts warm, and nothing that breaks in it stays."""

import itertools
import multiprocessing
import signal
import sys
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

#: Forked where that is sound, so that a job imports and draws nothing.
FORKS = sys.platform == "linux"
#: Seconds for a process to end once its work is done.
ENDING_S = 10.0
#: Begins what is said of a process that was killed, or died of its work.
DIED = "its process ended"
Job = TypeVar("Job")
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Failed:
    """A process that gave nothing."""

    words: str


@dataclass(frozen=True, slots=True)
class _Running(Generic[Job]):
    job: Job
    process: BaseProcess
    until_s: float


def each(
    jobs: Iterable[Job],
    work: Callable[[Job], Made],
    processes: int,
    limit_s: float,
) -> Iterator[tuple[Job, Made | Failed]]:
    """Do every job in a process of its own, some side by side.

    Args:
        jobs: In the order to begin them.
        work: What is done; on Linux it sees all that was made before.
        processes: Side by side.
        limit_s: Seconds for one job; then its process is killed.

    Yields:
        Each job with what came of it, as they end.
    """
    waiting = iter(jobs)
    running: dict[Connection, _Running[Job]] = {}
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        try:
            for job in itertools.islice(waiting, processes):
                _begin(running, job, work, limit_s, folder)
            while running:
                for ours in _ended(running):
                    one = running.pop(ours)
                    made: Made | Failed = _received(ours, one.process)
                    for job in itertools.islice(waiting, 1):
                        _begin(running, job, work, limit_s, folder)
                    yield one.job, made
        finally:
            for ours, one in running.items():
                one.process.kill()
                one.process.join()
                ours.close()


def _begin(
    running: dict[Connection, _Running[Job]],
    job: Job,
    work: Callable[[Job], Made],
    limit_s: float,
    folder: str,
) -> None:
    forked = multiprocessing.get_context("fork") if FORKS else None
    make = (forked or multiprocessing.get_context("spawn")).Process
    ours, theirs = multiprocessing.Pipe(duplex=False)
    process = make(target=_child, args=(theirs, work, job, folder))
    process.start()
    theirs.close()
    running[ours] = _Running(job, process, time.monotonic() + limit_s)


def _ended(running: dict[Connection, _Running[Job]]) -> list[Connection]:
    """Wait until a process has something, or has had its time."""
    nearest_s = min(one.until_s for one in running.values())
    ready = wait(list(running), max(0.0, nearest_s - time.monotonic()))
    now = time.monotonic()
    late = [ours for ours, one in running.items() if one.until_s <= now]
    for ours in late:
        running[ours].process.kill()
    return [ours for ours in running if ours in ready or ours in late]


def _received(ours: Connection, process: BaseProcess) -> Any:
    try:
        return ours.recv()
    except EOFError:
        process.join()
        return Failed(f"{DIED} with {process.exitcode} and said nothing")
    finally:
        ours.close()
        process.join(ENDING_S)
        process.kill()
        process.join()


def _child(
    theirs: Connection, work: Callable[[Job], Made], job: Job, folder: str
) -> None:
    # Ctrl-C is for the parent, which ends its children and removes what they wrote.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    tempfile.tempdir = folder
    try:
        made: Made | Failed = work(job)
    except Exception as error:  # noqa: BLE001 - the parent tells it
        made = Failed(f"{type(error).__name__}: {error}")
    theirs.send(made)
    theirs.close()
