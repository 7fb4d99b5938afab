"""What careless teams get wrong with lists, dates, forms: described as `careless`."""

import html
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from conformance.reference.app import Server
from conformance.reference.claims import Claims
from conformance.reference.exchange import Call, refuse
from conformance.reference.faults import fault
from conformance.reference.faults.careless import crash
from conformance.reference.identities import Client
from conformance.reference.lists import Page
from conformance.reference.oauth import Parameters
from conformance.reference.schema import types_of
from conformance.reference.store import Record

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TWICE = ZoneInfo("Europe/Berlin")


# Lists


def _shows_otherwise(server: Server, change: Callable[[Any], Any]) -> None:
    """Let lists show values that GET shows as they are."""

    def within(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: within(part) for name, part in value.items()}
        if isinstance(value, list):
            return [within(part) for part in value]
        return change(value)

    def around(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        item: dict[str, Any] = inner(call, record)
        return within(item) if call.verb == "LIST" else item

    server.wrap("render_item", around)


@fault("verbs.list.agrees", dimension="lists only, marked-up text only")
def lists_escape_markup(server: Server) -> None:
    """Lists come from another serializer, which escapes text for a page."""
    _shows_otherwise(server, lambda v: html.escape(v) if isinstance(v, str) else v)


@fault("verbs.list.agrees", dimension="lists only, text outside the BMP only")
def lists_lose_astral_text(server: Server) -> None:
    """Lists come from an index that has no characters beyond U+FFFF."""

    def change(value: Any) -> Any:
        if isinstance(value, str):
            return "".join(c if c <= "\uffff" else "?" for c in value)
        return value

    _shows_otherwise(server, change)


def _decimals(claims: Claims) -> bool:
    return any(
        "number" in types_of(schema) and not schema.get("readOnly")
        for r in claims.resources.values()
        for schema in r.properties.values()
        if "LIST" in r.verbs
    )


@fault(
    "verbs.list.agrees",
    dimension="lists only, decimals of three places",
    wants=_decimals,
)
def lists_round_decimals(server: Server) -> None:
    """Lists show decimals with two places."""
    _shows_otherwise(server, lambda v: round(v, 2) if isinstance(v, float) else v)


def _searched(claims: Claims) -> bool:
    told = {"total_count"} <= claims.lists.meta.keys()
    return (
        told
        and "search" in claims.lists.query
        and any(
            r.parents and r.searchable and not r.eventual
            for r in claims.resources.values()
        )
    )


@fault("verbs.list.meta", dimension="searches only", wants=_searched)
def totals_forget_the_search(server: Server) -> None:
    """The query that counts has the filters, and not the search."""

    def around(inner: Any, call: Call, page: Page) -> dict[str, object]:
        if server.parameter(call, "search"):
            every = server.filter(call, list(server.visible(call)))
            page = replace(page, total=len(every))
        told: dict[str, object] = inner(call, page)
        return told

    server.wrap("meta", around)


@fault(
    "errors.no_5xx",
    dimension="one parameter, its largest values only",
    wants=lambda claims: "page" in claims.lists.query,
)
def far_pages_overflow(server: Server) -> None:
    """A page number near 2^31 overflows where the offset is reckoned."""

    def around(inner: Any, call: Call) -> Any:
        number, size = inner(call)
        if number < 2**31 <= number * size:
            raise crash()
        return number, size

    server.wrap("page_asked", around)


@fault(
    "errors.no_5xx",
    dimension="one parameter, empty only",
    wants=lambda claims: "sort" in claims.lists.query,
)
def empty_sorts_crash(server: Server) -> None:
    """A sort parameter without a value crashes where its first sign is looked at."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        if server.parameter(call, "sort") == "":
            raise crash()
        found: list[Record] = inner(call, records)
        return found

    server.wrap("sort", around)


@fault(
    "errors.no_5xx",
    dimension="filters without an operand only",
    wants=lambda claims: (
        claims.lists.filter is not None
        and any(r.filterable for r in claims.resources.values())
    ),
)
def empty_filters_crash(server: Server) -> None:
    """A filter without an operand crashes where its first sign is looked at."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        names = {*call.claimed.filterable}
        if any(name in names and not value for name, value in call.query):
            raise crash()
        found: list[Record] = inner(call, records)
        return found

    server.wrap("filter", around)


# Dates


def _reads_otherwise(server: Server, change: Callable[[str, Any], Any]) -> None:
    """Let date-times that clients write be read in another way."""

    def within(sent: Any, kept: Any) -> Any:
        if isinstance(kept, datetime) and isinstance(sent, str):
            return change(sent, kept)
        if isinstance(kept, dict) and isinstance(sent, dict):
            return {n: within(sent.get(n), part) for n, part in kept.items()}
        return kept

    def around(
        inner: Any, call: Call, name: str, value: Any, *more: Any, **how: Any
    ) -> Any:
        return within(value, inner(call, name, value, *more, **how))

    server.wrap("accept", around)


def _dated(claims: Claims) -> bool:
    return any(
        schema.get("format") == "date-time" and not schema.get("readOnly")
        for r in claims.resources.values()
        for schema in r.properties.values()
    )


@fault("dates.offset_converted", dimension="one hour of the year only", wants=_dated)
def the_hour_that_comes_twice_comes_once(server: Server) -> None:
    """Instants are stored as wall-clock time: of the hour that comes twice, once."""

    def change(_sent: str, kept: datetime) -> datetime:
        local = kept.astimezone(_TWICE).replace(fold=0)
        return local.astimezone(UTC)

    _reads_otherwise(server, change)


@fault("dates.offset_converted", dimension="dates before 1970 only", wants=_dated)
def time_begins_in_1970(server: Server) -> None:
    """An instant before 1970 is stored as the first of them."""
    _reads_otherwise(server, lambda _sent, kept: max(kept, _EPOCH))


@fault("dates.offset_converted", dimension="offsets behind a fraction", wants=_dated)
def a_fraction_hides_the_offset(server: Server) -> None:
    """A date-time with a fraction is read up to it, and its offset is not."""

    def change(sent: str, kept: datetime) -> datetime:
        sign = sent[-6:-5]
        if "." not in sent or sign not in ("+", "-"):
            return kept
        off = timedelta(hours=int(sent[-5:-3]), minutes=int(sent[-2:]))
        return kept + off if sign == "+" else kept - off

    _reads_otherwise(server, change)


# Forms and labels


@fault(
    "json.takes_label",
    dimension="one verb, labels with a charset only",
    wants=lambda claims: any("SAVE" in r.verbs for r in claims.resources.values()),
)
def put_takes_no_charset(server: Server) -> None:
    """PUT compares the label with application/json, and takes nothing behind it."""

    def around(inner: Any, call: Call) -> None:
        label = call.request.headers.get("content-type", "")
        if call.method == "PUT" and ";" in label:
            raise refuse(415, "Request.InvalidContentType", "Send application/json.")
        inner(call)

    server.wrap("check_media_type", around)


@fault("oauth.client_credentials.rejects", dimension="another client's secret only")
def any_clients_secret_serves(server: Server) -> None:
    """Where a client speaks for itself, any client's secret will do."""

    def around(inner: Any, call: Call, client: Client, parameters: Parameters) -> bool:
        given = parameters.get("client_secret", "")
        known = {one.secret for one in server.registry.clients.values() if one.secret}
        right: bool = inner(call, client, parameters)
        alone = parameters.get("grant_type") == "client_credentials"
        return right or (alone and bool(client.secret) and given in known)

    server.wrap("secret_ok", around)
