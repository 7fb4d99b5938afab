"""Getting the target's document: from the target itself, or as its owner gives it."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

from conformance.contract.document import Document, Unreadable, read_document
from conformance.errors import (
    Disturbed,
    NotProvided,
    Stopped,
    UsageError,
    Waits,
)
from conformance.exchange import Exchange

if TYPE_CHECKING:
    from conformance.session import Session, Unit

#: Stands before the path of a document that is given as a file.
FILE = "file:"
#: The unit that gets the document, and the operation that its exchanges carry.
NAME = "document"
CLAUSE = "contract.documented"
_DEADLINE_S = 60.0


def document_of(session: "Session") -> Document | None:
    """Get the document, once in a run; None when there is none to be read."""
    try:
        return documented(session)
    except (Waits, Disturbed, NotProvided, Stopped):
        return None


def documented(session: "Session") -> Document:
    """Give the document that the run's rows share.

    Raises:
        Waits: It can't be read; names the row that judges that.
        Disturbed: No answer.
    """
    made: Document | str = session.once(NAME, _get)
    if isinstance(made, str):
        owner = session.plan.owner(CLAUSE)
        raise Waits(owner, f"no document to judge by: {made}", shared=True)
    return made


def trouble_with(session: "Session") -> str | None:
    """Say why the document can't be read; None when it can.

    Raises:
        Disturbed: No answer.
    """
    made: Document | str = session.once(NAME, _get)
    return made if isinstance(made, str) else None


def given(place: str) -> Document:
    """Read a document that the owner gives as a file.

    Raises:
        UsageError: It is no document.
    """
    try:
        return read_document(_text(Path(place.removeprefix(FILE))))
    except Unreadable as error:
        raise UsageError(f"--openapi {place}: {error}") from error


def is_url(place: str) -> bool:
    """Say whether what the owner gives is a URL."""
    return place.startswith(("http://", "https://"))


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Unreadable("not UTF-8") from error
    except OSError as error:
        words = f"--openapi {path}: can't be read ({error.strerror})"
        raise UsageError(words) from error


def _get(unit: "Unit") -> Document | str:
    place = unit.session.profile.document
    if place is None:
        return "none is claimed"
    try:
        if place.startswith(FILE):
            path = Path(place.removeprefix(FILE))
            return read_document(str(unit.note(NAME, lambda: _text(path))))
        return read_document(_told(_asked(unit, place)))
    except Unreadable as error:
        return f"{place}: {error}"


def _asked(unit: "Unit", place: str) -> Exchange:
    """Ask without a token, then with one; never with one at another host."""
    target = unit.target
    url = place if is_url(place) else None
    how: dict[str, Any] = {"operation": NAME, "deadline_s": _DEADLINE_S, "url": url}
    answer = target.anonymous.send("GET", place, **how)
    own = url is None and unit.session.profile.flows
    if answer.status in (401, 403) and own and unit.session.config.identities:
        name = unit.session.config.identities[0].name
        return target.using(name).send("GET", place, **how)
    return answer


def _told(answer: Exchange) -> str:
    received = answer.answer
    if not answer.success or received is None:
        raise Unreadable(f"not served: {answer.words}")
    if received.truncated:
        raise Unreadable("longer than is read")
    if received.text is None:
        raise Unreadable("not UTF-8")
    return received.text
