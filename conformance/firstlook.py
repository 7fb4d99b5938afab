"""A first look at a server of which nothing is known but its URL.

Judged is what needs neither profile nor credentials: the TLS chapter and what
unknown routes answer. Nothing is written, no login is tried.
"""

import contextlib
import shlex
from pathlib import Path
from typing import Any

from conformance.errors import ConformanceError
from conformance.plan import Row, Watched
from conformance.session import Session, Unit

#: Chapters of which something can be judged without a profile.
_CHAPTERS = ("https", "json", "dates", "status")
#: Clauses among them that only a profile, or a login, makes judgeable.
_NEEDS_PROFILE = (
    *("https.token_endpoint", "status.documented", "status.success"),
    "status.not_found_404",  # without a token, 401 is as right
)
#: Stands for the profile that nobody has written yet.
PROFILE: dict[str, Any] = {
    "name": "first-look",
    "api": {"base_path": ""},
    "oauth": {"flows": []},
    "errors": {"list": "Errors", "code": "ErrorCode", "message": "Message"},
    "lists": {"items": "Items"},
    "resources": {},
}
#: Seconds that a look may take, when nobody says otherwise.
LONGEST_S = 30.0
#: Routes that hardly any server has, asked for with GET.
ROUTES = ("/", "/conformance-first-look", "/v1/conformance-first-look/item")


def is_first_look(target: str, profile: str | None) -> bool:
    """Say whether only a URL was given."""
    return profile is None and "://" in target and not Path(target).exists()


def judged_at_first(row: Row) -> bool:
    """Say whether a row needs neither profile nor credentials.

    The profile that stands in claims no resource and no flow: what it claims all the
    same is about TLS, or about routes that hardly any server has.
    """
    if not row.claimed or row.check.chapter not in _CHAPTERS:
        return False
    watched = row.arguments.get("exchange")
    elsewhere = not isinstance(watched, Watched) or watched.name == "elsewhere"
    return elsewhere and row.clause not in _NEEDS_PROFILE


def provoke(session: Session) -> None:
    """Ask for a few routes, so that the rows about any answer see some."""
    unit = Unit(session, "first look")
    session.units.append(unit)
    for route in ROUTES:
        # A welcome page may stand at the root, which is no answer of the API.
        operation = "look" if route == "/" else "elsewhere"
        # What went wrong stands in the record, and on the rows that saw nothing.
        with contextlib.suppress(ConformanceError):
            unit.target.anonymous.send("GET", route, operation=operation)


def next_lines(url: str, ca: str | None) -> list[str]:
    """Name the three lines that lead to a whole verdict."""
    trust = f" --ca {shlex.quote(ca)}" if ca else ""
    return [
        f"conformance init {shlex.quote(url)}{trust}",
        "conformance doctor target.toml",
        "conformance run target.toml",
    ]
