"""Draws in processes of their own what is generated from a large document.

What Schemathesis and Hypothesis keep of hundreds of operations ends with the process,
and the rest is drawn meanwhile. Nothing is sent here.
"""

import contextlib
import itertools
import os
import pickle
import signal
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from conformance.contract.document import Document, document_from
from conformance.draw import Drawn, no_hypothesis_folder, payloads_of
from conformance.profile import Profile

if TYPE_CHECKING:
    from conformance.plan import Row

#: Rows for which a process is worth its start, of some seven that a resource has.
WORTH = 100
#: Processes, at most: each holds the whole document.
MOST = 2
#: Imports from where this process does, a checkout or somebody's own checks.
START = (
    "import pickle, sys; sys.path[:] = pickle.load(sys.stdin.buffer); "
    "from conformance.apart import serve; serve()"
)


#: The payloads of each row of an order.
_Made: TypeAlias = list[list[Drawn]]


@dataclass(frozen=True, slots=True)
class _Order:
    profile: Profile
    seed: int
    rows: Sequence[tuple["Row", int]]
    document: dict[str, Any]

    def filled(self, document: Document) -> _Made:
        """Give each row's payloads."""
        return [
            payloads_of(row, self.profile, self.seed, count, document)
            for row, count in self.rows
        ]


@contextlib.contextmanager
def generated(
    rows: Sequence[tuple["Row", int]],
    profile: Profile,
    seed: int,
    document: Document | None,
) -> Iterator[Callable[[], Iterable[tuple["Row", list[Drawn]]]]]:
    """Begin to draw; the payloads of rows are given when they are asked for.

    Args:
        rows: Each with how many payloads it gets.
        profile: Of the rows.
        seed: Of the run.
        document: The target's own; None where there are no rows.
    """
    if document is None or not rows:
        yield lambda: ()
        return
    parts = min(len(rows) // WORTH, os.cpu_count() or 1, MOST)
    orders = [
        _Order(profile, seed, rows[n :: max(parts, 1)], document.raw)
        for n in range(max(parts, 1))
    ]
    with contextlib.ExitStack() as stack:
        begun = [stack.enter_context(_begun(one)) for one in orders if parts]

        def drawn() -> Iterator[tuple["Row", list[Drawn]]]:
            for order, answer in itertools.zip_longest(orders, begun):
                told = answer.result() if answer else None
                made = told or order.filled(document)
                yield from zip((row for row, _ in order.rows), made, strict=True)

        yield drawn


@contextlib.contextmanager
def _begun(order: _Order) -> Iterator[Future[_Made | None] | None]:
    """Have a process fill an order; it ends with the context, whatever it has done.

    What can't be handed to a process, a check that has no name for one, is drawn here.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        try:
            told = pickle.dumps(sys.path) + pickle.dumps(order)
            process = subprocess.Popen(  # noqa: S603 - of this interpreter
                # From no folder that happens to be the current one.
                [sys.executable, "-P", "-c", START],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,
                # Whatever it leaves there when it is ended goes with the folder.
                env={**os.environ, "TMPDIR": folder},
            )
        except (OSError, pickle.PicklingError, AttributeError, TypeError):
            yield None
            return
        with process, ThreadPoolExecutor(1, "drawing") as pool:
            try:
                yield pool.submit(_answer, process, told)
            finally:
                process.kill()


def _answer(process: "subprocess.Popen[bytes]", order: bytes) -> _Made | None:
    """Give what a process made of an order; None where it ended without."""
    answer, _ = process.communicate(order)
    try:
        made: _Made = pickle.loads(answer)  # noqa: S301 - of our own process
    except Exception:  # noqa: BLE001 - something else was printed: it is drawn here
        return None
    return made if process.returncode == 0 else None


def serve() -> None:
    """Fill the order that stands on standard input; Ctrl-C is for who asked."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    answer, sys.stdout = sys.stdout.buffer, sys.stderr
    order: _Order = pickle.load(sys.stdin.buffer)  # noqa: S301 - of our own parent
    with no_hypothesis_folder():
        pickle.dump(order.filled(document_from(order.document)), answer)
    answer.flush()
