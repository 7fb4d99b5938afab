"""The URLs that a person gives: one clear line for whatever is wrong in one."""

import re
import urllib.parse

from conformance.errors import UsageError

#: What no URL holds as it is: white space, controls, and marks of direction.
_UNWRITABLE = re.compile(
    r"[\s\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]"
)
_LONE_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")


def base_url(url: str, where: str) -> str:
    """Take the base URL of a server.

    Raises:
        UsageError: It is no URL of a web server, or holds more than one.
    """
    parts = parts_of(url, where)
    if parts.query or parts.fragment:
        raise UsageError(f"{where}: {url!r} holds a query or a fragment; leave it out")
    insist_on_no_login(url, where)
    return url.rstrip("/")


def parts_of(url: str, where: str) -> urllib.parse.SplitResult:
    """Split the URL of a web server.

    Raises:
        UsageError: It is none that can be asked.
    """
    shown = repr(without_login(url))
    wrong = _UNWRITABLE.search(url)
    if wrong:
        mend = "write it as %20" if wrong[0] == " " else "take it away"
        raise UsageError(f"{where}: {shown} holds {wrong[0]!r}; {mend}")
    if _LONE_PERCENT.search(url):
        raise UsageError(f"{where}: {shown} holds a % that encodes nothing; write %25")
    try:
        parts = urllib.parse.urlsplit(url)
        known = bool(parts.scheme in ("http", "https") and parts.hostname)
        if parts.port == 0:
            raise UsageError(f"{where}: {shown}: there is no port 0")
        (parts.hostname or "").encode("idna")
    except UnicodeError as error:
        raise UsageError(f"{where}: {shown}: no name of a host") from error
    except ValueError as error:
        raise UsageError(f"{where}: {shown}: {error}") from error
    if not known:
        raise UsageError(
            f"{where}: {shown} is no URL; write it with its scheme, "
            "as in https://staging.example.com"
        )
    return parts


def insist_on_no_login(url: str, where: str) -> None:
    """Insist that a URL holds no user and no password.

    Raises:
        UsageError: It does.
    """
    if "@" in urllib.parse.urlsplit(url).netloc:
        raise UsageError(
            f"{where}: {without_login(url)!r} holds credentials; leave them out"
        )


def without_login(url: str) -> str:
    """Give a URL for people to read: without a user and a password."""
    head, mark, rest = url.partition("://")
    if not mark:
        return url.rpartition("@")[2]
    authority = re.match(r"[^/?#]*", rest)[0]  # type: ignore[index]
    return f"{head}://{authority.rpartition('@')[2]}{rest[len(authority) :]}"
