"""Which lines of the checks spoke: where a breach was raised, an edge reported."""

import os
from collections.abc import Iterator
from pathlib import Path
from types import FrameType, TracebackType

PACKAGE = Path(__file__).resolve().parent
_CHECKS = f"{PACKAGE / 'checks'}{os.sep}"
_EXPECT = str(PACKAGE / "expect.py")


def raised_at(error: BaseException) -> set[str]:
    """Give the lines of checks and expectations that an error came through.

    Returns:
        ``checks/ids.py:40`` and the like, outermost call to the raise itself.
    """
    return set(_lines(error.__traceback__))


def _lines(step: TracebackType | None) -> Iterator[str]:
    while step is not None:
        yield from _line(step.tb_frame.f_code.co_filename, step.tb_lineno)
        step = step.tb_next


def called_from(frame: FrameType | None) -> set[str]:
    """Give the lines of checks and expectations that a call came through."""
    found: set[str] = set()
    while frame is not None:
        found.update(_line(frame.f_code.co_filename, frame.f_lineno))
        frame = frame.f_back
    return found


def _line(file: str, number: int) -> Iterator[str]:
    if file.startswith(_CHECKS) or file == _EXPECT:
        yield f"{Path(file).relative_to(PACKAGE).as_posix()}:{number}"
