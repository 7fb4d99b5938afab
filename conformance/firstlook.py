"""A first look at a server of which nothing is known but its URL.

Judged is what needs neither profile nor credentials: the TLS chapter and what
unknown routes answer. Nothing is written, no login is tried.
"""

from pathlib import Path
from typing import Any

from conformance.plan import Row, Watched

#: Clauses that a profile must have been read for.
_NEEDS_PROFILE = ("errors.", "status.documented", "status.success", "contract.")
#: Stands for the profile that nobody has written yet.
PROFILE: dict[str, Any] = {
    "name": "first-look",
    "api": {"base_path": ""},
    "oauth": {"flows": []},
    "errors": {"list": "Errors", "code": "ErrorCode", "message": "Message"},
    "lists": {"items": "Items"},
    "resources": {},
}
#: Routes that hardly any server has, asked for with GET.
ROUTES = ("/", "/conformance-first-look", "/v1/conformance-first-look/item")


def is_first_look(target: str, profile: str | None) -> bool:
    """Say whether only a URL was given."""
    return profile is None and "://" in target and not Path(target).exists()


def judged_at_first(row: Row) -> bool:
    """Say whether a row needs neither profile nor credentials."""
    if row.check.chapter == "https":
        return row.clause != "https.token_endpoint"
    watched = row.arguments.get("exchange")
    elsewhere = isinstance(watched, Watched) and watched.name == "elsewhere"
    return elsewhere and not row.clause.startswith(_NEEDS_PROFILE)
