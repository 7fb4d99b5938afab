"""What the names and descriptions of properties give away."""

import re
from collections.abc import Mapping
from typing import Any

#: A property that can't be written freely, by its description.
_BOUND = re.compile(
    r"only (?:be )?writ|writ\w+ only|only writ\w+|must be NULL|auto\w* calculated"
    r"|requires? [\w ]*\brole\b|modif\w+ requires",
    re.IGNORECASE,
)
_ID = re.compile(r"^(?P<stem>.*?)_?(?:ID|Id|id|IDs|Ids|ids)$")
#: Values of an own language, which text at random is not.
_LANGUAGES = ("expression", "formula", "query", "template", "cron", "regex", "jsonpath")
_SECRETS = ("password", "passphrase", "pin")


def parted(name: str) -> list[str]:
    """Part a name into its words, in lower case: ``DefaultCatalogID``."""
    spaced = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", name)
    return [word.lower() for word in re.split(r"[^A-Za-z0-9]+", spaced) if word]


def last(name: str) -> str:
    """Give the last word of a name."""
    return (parted(name) or [""])[-1]


def squeezed(name: str) -> str:
    """Give a name's letters and digits alone, in lower case."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def id_stem(name: str) -> str | None:
    """Give what stands before ``ID`` in the name of a reference; None for no such."""
    found = _ID.match(name)
    if not found or not found["stem"]:
        return None
    ending = name[len(found["stem"]) :]
    camel = found["stem"][-1].islower() or found["stem"][-1].isdigit()
    apart = ending.startswith("_") or (ending[0] == "I" and camel)
    return found["stem"] if apart else None


def bound(schema: Mapping[str, Any]) -> str:
    """Say why a property can't be written freely; empty when nothing says so."""
    told = str(schema.get("description", ""))
    found = _BOUND.search(told)
    if not found:
        return ""
    return "its description sets a condition on writing it"


def of_a_language(name: str) -> bool:
    """Say whether a property's text is written in a language of its own."""
    return last(name) in _LANGUAGES


def is_secret(name: str, schema: Mapping[str, Any]) -> bool:
    """Say whether a property holds a password."""
    return schema.get("format") == "password" or last(name) in _SECRETS


def is_hushed(name: str) -> bool:
    """Say whether a property holds what few should know, though it is shown."""
    return bool({"secret", "token", "hash", "shared"} & set(parted(name)))


def grants_rights(name: str) -> bool:
    """Say whether a property gives rights to somebody."""
    return last(name) in ("role", "roles", "scope", "scopes", "permissions")


def names_a_user(name: str) -> bool:
    """Say whether a property refers to a user by name."""
    words = parted(name)
    for end in (["username"], ["user", "name"]):
        if words[-len(end) :] == end and len(words) > len(end):
            return True
    return False


def is_user_name(name: str) -> bool:
    """Say whether a property is the name that a user logs in by."""
    return squeezed(name) in ("username", "login", "loginname")


def told_unique(schema: Mapping[str, Any]) -> bool:
    """Say whether a description claims that no two items have one value."""
    told = str(schema.get("description", ""))
    return bool(
        re.search(
            r"\bmust be unique|\bis unique|\bunique (?:across|within)",
            told,
            re.IGNORECASE,
        )
    )


def stamp(name: str) -> str | None:
    """Say whether a date tells the creation or the last change."""
    words = set(parted(name))
    if words & {"created", "creation"}:
        return "created"
    if words & {"updated", "modified", "changed"}:
        return "updated"
    return None


def format_by_name(name: str) -> str | None:
    """Give the format that a text's name gives away."""
    if last(name) in ("email", "mail"):
        return "email"
    if last(name) in ("url", "uri", "endpoint", "href", "website", "webhook"):
        return "uri"
    return None
