"""Narrow ways to store another value than was sent: one kind of value each."""

import re
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem, refuse
from conformance.reference.faults import fault
from conformance.reference.identities import User
from conformance.reference.schema import Findings, instant
from conformance.reference.store import Record

Values = dict[str, Any]
_TICKS = timedelta(seconds=2**32)
_LAST = 2**31
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}.*")


def _accepting(server: Server, change: Callable[[Call, str, Any], Any]) -> None:
    """Let ``change`` rewrite the values of properties on their way into the store."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        return inner(call, name, change(call, name, value), findings, **how)

    server.wrap("accept", around)


def _extension(server: Server, change: Callable[[Any], Any]) -> None:
    """Let ``change`` rewrite the whole extension on its way into the store."""

    def rewritten(_call: Call, name: str, value: Any) -> Any:
        held = name == server.claims.extension and isinstance(value, dict)
        return change(value) if held else value

    _accepting(server, rewritten)


def _each(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change every plain value within a JSON value."""
    if isinstance(value, dict):
        return {name: _each(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [_each(part, change) for part in value]
    return change(value)


# The extension


@fault("json.unicode_roundtrip", dimension="text that looks like a date")
def extension_dates_are_rewritten(server: Server) -> None:
    """Text of the extension that looks like a date-time is stored in UTC."""

    def change(value: Any) -> Any:
        if not isinstance(value, str) or not _DATE.fullmatch(value):
            return value
        moment = instant(value)
        return value if moment is None else moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    _extension(server, lambda held: _each(held, change))


@fault("json.unicode_roundtrip", dimension="long strings only")
def extension_text_is_cut(server: Server) -> None:
    """Text of the extension is cut after 511 characters."""

    def change(value: Any) -> Any:
        return value[:511] if isinstance(value, str) else value

    _extension(server, lambda held: _each(held, change))


def _flat(value: Any, levels: int) -> Any:
    if isinstance(value, dict):
        if not levels:
            return None
        return {name: _flat(part, levels - 1) for name, part in value.items()}
    return value


@fault("verbs.create.stores", dimension="the fourth level of nesting only")
def deep_objects_are_lost(server: Server) -> None:
    """An object four levels deep in the extension is stored as null."""
    _extension(server, lambda held: _flat(held, 4))


@fault("verbs.create.stores", dimension="names with a dot only")
def names_are_split_at_dots(server: Server) -> None:
    """A member of the extension whose name has a dot becomes an object's."""

    def split(held: Values) -> Values:
        made: Values = {}
        for name, value in held.items():
            head, dot, rest = name.partition(".")
            if dot and head:
                made[head] = {rest: value}
            else:
                made[name] = value
        return made

    _extension(server, split)


@fault(
    "verbs.create.stores",
    dimension="one value only",
    forces={
        "ids.case": "items are told apart by what they hold",
        "verbs.model": "what was written is not shown",
    },
)
def false_is_dropped(server: Server) -> None:
    """A member of the extension that is false is not stored."""

    def without(held: Values) -> Values:
        return {name: value for name, value in held.items() if value is not False}

    _extension(server, without)


# Properties


@fault("verbs.create.stores", dimension="dates past 2038 only")
def dates_wrap_in_2038(server: Server) -> None:
    """A date-time past January 2038 is stored as one of 136 years before."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        stored = inner(call, name, value, findings, **how)
        late = isinstance(stored, datetime) and stored.timestamp() >= _LAST
        return stored - _TICKS if late else stored

    server.wrap("accept", around)


@fault(
    "verbs.create.types",
    level="SHOULD",
    dimension="null only",
    forces={"contract.responses": "the document says that it is never null"},
)
def null_for_required_is_taken(server: Server) -> None:
    """POST takes null for a required property."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        required = name in call.claimed.required and call.verb == "CREATE"
        if value is None and required:
            return None
        return inner(call, name, value, findings, **how)

    server.wrap("accept", around)


@fault("verbs.save.replaces", dimension="null only")
def put_ignores_nulls(server: Server) -> None:
    """PUT leaves a property as it was that is sent as null."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        kept = {
            name: record.values[name]
            for name, value in values.items()
            if value is None and name in record.values
        }
        inner(call, record, values | kept, rename)

    server.wrap("replace", around)


def _patching(server: Server, ignored: Callable[[Any, Any], bool]) -> None:
    """Let PATCH leave out what ``ignored(old, new)`` says."""

    def around(
        inner: Any, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        had = record.values
        left = {n: v for n, v in values.items() if not ignored(had.get(n), v)}
        inner(call, record, left, rename)

    server.wrap("patch", around)


@fault("verbs.patch.merges", dimension="empty text only")
def patch_ignores_empty_text(server: Server) -> None:
    """PATCH leaves a property as it was that is sent as empty text."""
    _patching(server, lambda _old, new: new == "")


@fault(
    "verbs.patch.merges",
    dimension="zero only",
    forces={"json.numbers": "zero is a number that does not come back"},
)
def patch_ignores_zero(server: Server) -> None:
    """PATCH leaves a number as it was that is sent as 0."""
    _patching(server, lambda _old, new: new == 0 and new is not False)


@fault("verbs.patch.merges", dimension="case only")
def patch_ignores_a_change_of_case(server: Server) -> None:
    """PATCH leaves text as it was that is to change in case alone."""

    def ignored(old: Any, new: Any) -> bool:
        texts = isinstance(old, str) and isinstance(new, str)
        return texts and old.casefold() == new.casefold()

    _patching(server, ignored)


@fault("status.bad_request_400", dimension="one kind of mistake")
def bad_pattern_is_404(server: Server) -> None:
    """Text that does not fit its pattern or enumeration is answered with 404."""

    def around(inner: Any, call: Call, findings: Findings) -> Problem:
        problem: Problem = inner(call, findings)
        schemas = call.claimed.properties
        listed = {n for n, c in schemas.items() if {"pattern", "enum"} & c.keys()}
        wrong = {name for name, _ in findings.found}
        kind = all("must be one of" in w or "match" in w for _, w in findings.found)
        if wrong <= listed and kind:
            problem.status = 404
        return problem

    server.wrap("invalid", around)


# IDs and passwords


@fault("ids.chosen_on_create", dimension="IDs of digits only")
def ids_of_digits_lose_zeros(server: Server) -> None:
    """POST reads an ID of nothing but digits as a number: zeros in front are lost."""

    def around(inner: Any, call: Call, body: Values) -> str | None:
        chosen: str | None = inner(call, body)
        digits = chosen is not None and chosen.isascii() and chosen.isdigit()
        if chosen is None or not digits or call.verb != "CREATE":
            return chosen
        return str(int(chosen))

    server.wrap("chosen_id", around)


@fault("oauth.password.rejects", dimension="longer passwords only")
def password_may_go_on(server: Server) -> None:
    """The password flow takes whatever begins with the right password."""

    def around(inner: Any, call: Call, name: str, password: str) -> User | None:
        user = server.registry.users.get(name)
        plain = b"client_secret" not in call.body
        if user and plain and password.startswith(user.password):
            return user
        known: User | None = inner(call, name, password)
        return known

    server.wrap("user", around)


# Queries


@fault("errors.no_5xx", dimension="one character only")
def search_is_a_pattern(server: Server) -> None:
    """A search text that is no regular expression is answered with 500."""

    async def around(inner: Any, call: Call) -> Answer:
        try:
            re.compile(server.parameter(call, "search") or "")
        except re.error:
            raise refuse(500, "ServerError", "An unknown error.") from None
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_list", around)
