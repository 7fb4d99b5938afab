"""What an exception out of a check's body means; only a breach accuses."""

import traceback

from conformance.errors import (
    Breach,
    Disturbed,
    NotClaimed,
    NotJudged,
    NotProvided,
    Stopped,
    Waits,
)
from conformance.plan import Row
from conformance.verdict import Kind, Outcome


def outcome_of(ended: Exception, row: Row, *, dead: bool) -> Outcome:  # noqa: PLR0911
    """Say how a body ended.

    Args:
        ended: What was raised.
        row: Whose check raised it.
        dead: Whether the target can't be talked to at all.
    """
    match ended:
        case Breach():
            return Outcome(Kind.BROKEN, str(ended), owners=ended.owners)
        case Waits():
            return Outcome(Kind.WAITS, str(ended), ended.row, shared=ended.shared)
        case NotProvided():
            return Outcome(Kind.NOT_PROVIDED, ended.means)
        case NotJudged():
            return Outcome(Kind.UNJUDGED, str(ended))
        case NotClaimed():
            return Outcome(Kind.NOT_CLAIMED, str(ended))
        case Stopped():
            return Outcome(Kind.STOPPED, str(ended))
        case Disturbed():
            return Outcome(Kind.DISTURBED, str(ended), shared=dead)
        case AssertionError() if _raised_in_check(ended, row):
            return Outcome(Kind.BROKEN, str(ended) or "the assertion failed")
        case _:
            return Outcome(Kind.ERROR, _where(ended))


def _raised_in_check(error: AssertionError, row: Row) -> bool:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return last.filename == row.check.function.__code__.co_filename


def _where(error: Exception) -> str:
    """Name an error of ours and the place where it arose."""
    frames = traceback.extract_tb(error.__traceback__)
    place = f"{frames[-1].filename}:{frames[-1].lineno}" if frames else "?"
    return f"{type(error).__name__}: {error} ({place})"
