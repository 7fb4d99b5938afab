"""Ways to break LIST: filters and searches."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from conformance.reference.app import Server
from conformance.reference.comparing import Term
from conformance.reference.exchange import Call
from conformance.reference.faults import fault
from conformance.reference.store import Record


def _terms(server: Server, change: Callable[[list[Term]], list[Term]]) -> None:
    def around(inner: Any, *arguments: Any) -> list[Term]:
        return change(inner(*arguments))

    server.wrap("terms", around)


@fault("verbs.list.filter", level="SHOULD", dimension="query")
def filter_ignores_not(server: Server) -> None:
    """A filter for what is not so lets through what is so."""
    _terms(server, lambda terms: [replace(term, negated=False) for term in terms])


@fault("verbs.list.filter", level="SHOULD", dimension="query")
def filter_takes_the_first_alternative(server: Server) -> None:
    """Of two values joined by "or" a filter takes the first."""
    _terms(server, lambda terms: terms[:1])


@fault("verbs.list.filter", level="SHOULD", dimension="query")
def filter_takes_greater_as_equal_too(server: Server) -> None:
    """A filter for what is greater lets through what is equal."""

    def around(inner: Any, call: Call, value: Any, term: Term, operand: Any) -> bool:
        equal = term.comparison == ">" and inner(
            call, value, replace(term, comparison=""), operand
        )
        return bool(equal or inner(call, value, term, operand))

    server.wrap("compare", around)


@fault("verbs.list.filter", level="SHOULD", dimension="query")
def last_of_two_filters_wins(server: Server) -> None:
    """Of two filters on one property only the last counts."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        asked, call.query = call.query, tuple(dict(call.query).items())
        try:
            found: list[Record] = inner(call, records)
        finally:
            call.query = asked
        return found

    server.wrap("filter", around)


@fault("verbs.list.filter", level="SHOULD", dimension="nested only")
def filter_ignores_nested_names(server: Server) -> None:
    """A filter by a member of an object lets everything through."""

    def around(inner: Any, *arguments: Any) -> tuple[tuple[str, ...] | None, str]:
        path, operator = inner(*arguments)
        return (path, operator) if path and len(path) == 1 else (None, "")

    server.wrap("filter_name", around)


@fault("verbs.list.filter", level="SHOULD", dimension="query")
def wildcards_are_taken_literally(server: Server) -> None:
    """A wildcard in a filter stands for itself."""

    def around(inner: Any, call: Call, value: Any, term: Term, operand: Any) -> bool:
        rule = server.claims.lists.filter
        if rule and rule.wildcard and rule.wildcard in str(operand):
            return str(value) == str(operand)
        return bool(inner(call, value, term, operand))

    server.wrap("compare", around)


@fault("verbs.list.search", level="SHOULD", dimension="query")
def search_finds_everything(server: Server) -> None:
    """A search is ignored."""
    server.wrap("search", lambda _inner, _call, records: records)


@fault("verbs.list.search", level="SHOULD", dimension="one property only")
def search_looks_at_the_id_alone(server: Server) -> None:
    """A search looks at the first searchable property only."""

    def around(inner: Any, call: Call) -> list[str]:
        names: list[str] = inner(call)
        return names[:1] if not server.parameter(call, "search_on") else names

    server.wrap("searched", around)


@fault("verbs.list.search", level="SHOULD", dimension="query")
def search_on_is_ignored(server: Server) -> None:
    """A search looks at all searchable properties, whichever is asked for."""
    server.wrap("searched", lambda _inner, call: list(call.claimed.searchable))
