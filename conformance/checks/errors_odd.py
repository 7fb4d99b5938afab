"""Error Handling: odd queries, paths, headers and forms are met without a crash."""

from collections.abc import Iterator, Mapping
from contextlib import suppress
from typing import Any

from conformance import Exchange, Item, Resource, Target, must
from conformance.checks._errors import missing_place, survived, types_of
from conformance.errors import Disturbed

#: What an ID in a path may be, percent-encoded as it stands here.
_SEGMENTS = (
    "%00",
    "%FF%FE",
    "a%0D%0Ab",
    "%20",
    "%27%20OR%20%271%27%3D%271",
    "%F0%9F%98%80",
    "-1",
    "99999999999999999999999",
    "undefined",
    "x" * 1500,
)
_READ_HEADERS: tuple[tuple[str, str], ...] = (
    ("Accept", "*/*;q=nan, ,;"),
    ("Accept-Language", "xx-,;q=2,\u00e9"),
    ("Accept-Charset", "klingon"),
    ("Range", "bytes=9-2"),
    ("If-Match", '"'),
    ("If-Modified-Since", "yesterday"),
    ("Cookie", "=;;a=%00;\u00e9"),
    ("Authorization", "Bearer"),
    ("Authorization", "Bearer a b, Basic !"),
    ("Authorization", "Bearer " + "x" * 3000),
)
_WRONG: Mapping[str, Any] = {"deliberate": True}
#: Numbers that fit into a word, and no longer once they are multiplied by a size.
_FAR = ("2147483647", "9223372036854775807")
_BODY_HEADERS: tuple[tuple[str, str], ...] = (
    ("Content-Type", "application/json; charset=klingon"),
    ("Content-Type", ";/;="),
    ("Content-Encoding", "gzip"),
)


# --------------------------------------------------------------------------- queries


def _values(target: Target) -> Iterator[tuple[str, Any]]:
    """Give odd values of the list parameters that every resource has."""
    odd: Mapping[str, tuple[Any, ...]] = {
        "page": ("99999999999999999999", "-1", b"\xff", *_FAR, ""),
        "page_size": ("2147483648", "1e3", ""),
        "sort": ("!", "'\"();--", "\0", ""),
        "search": ("%_*(\\['\"", "\0", b"\xff\xfe", ""),
        "search_on": (",,", "no.such", ""),
    }
    for word, name in target.profile.query.items():
        for value in odd.get(word, ()):
            yield name, value


@must("errors.no_5xx", only=lambda typical: "LIST" in typical.verbs, cost=16)
def check_odd_queries_are_no_crash(target: Target, typical: Resource) -> None:
    """A query parameter of whatever kind MUST NOT be met with 5xx."""
    place = target.place(typical)
    names: list[tuple[Any, Any]] = [("", ""), (b"\xff", "1"), ("a[b][]", "1")]
    survived(
        (f"{query!r}", target.page(place, [query], deliberate=True))
        for query in [*_values(target), *names]
    )


def _filters(resource: Resource) -> Iterator[tuple[str, str]]:
    """Give one filter of each type with an operand of another."""
    seen = set()
    for name in resource.filterable:
        claimed = resource.properties.get(name, {})
        kind = claimed.get("format") or next(iter(types_of(claimed)), "nested")
        if kind not in seen:
            seen.add(kind)
            yield name, "x" * 300 if kind == "string" else "no such \u00e9"
            yield from ((name, bare) for bare in ("", "!", ">"))
    for name in (*resource.extensions, "no-such"):
        yield f"{name}.a.b[0].c", "1"


@must("errors.no_5xx", cost=5)
def check_odd_filters_are_no_crash(target: Target, listable: Resource) -> None:
    """A filter with an operand of another type MUST NOT be met with 5xx."""
    place = target.place(listable)
    survived(
        (f"{query!r}", target.page(place, [query], deliberate=True))
        for query in _filters(listable)
    )


# ----------------------------------------------------------------------------- paths


@must("errors.no_5xx", only=lambda typical: "GET" in typical.verbs, cost=12)
def check_odd_paths_are_no_crash(target: Target, typical: Resource) -> None:
    """An ID of whatever characters in a path MUST NOT be met with 5xx."""
    place = target.place(typical)
    survived(
        (segment[:40], _get(target, place.item("@"), segment)) for segment in _SEGMENTS
    )


@must("errors.no_5xx", only=lambda nested: "GET" in nested.verbs, cost=3)
def check_odd_parents_are_no_crash(target: Target, nested: Resource) -> None:
    """A parent's ID of whatever characters MUST NOT be met with 5xx."""
    item = missing_place(target, nested).item("@")
    parent = item.place.parents[-1]
    survived(
        (segment, _get(target, item, segment, instead=parent))
        for segment in ("%00", "%FF%FE", "-1")
    )


def _get(target: Target, item: Item, segment: str, instead: str = "%40") -> Exchange:
    resource, path = item.resource, item.path.replace(instead, segment)
    return target.send(
        "GET",
        target.profile.base_path + path,
        operation=f"{resource.name}-GET",
        roles=resource.roles.get("GET", ()),
        deliberate=True,
    )


# --------------------------------------------------------------------------- headers


@must("errors.no_5xx", only=lambda typical: "LIST" in typical.verbs, cost=18)
def check_odd_headers_are_no_crash(target: Target, typical: Resource) -> None:
    """A header of whatever value MUST NOT be met with 5xx."""
    path = target.profile.base_path + target.place(typical).path
    roles = typical.roles.get("LIST", ())
    how: dict[str, Any] = {"roles": roles, "deliberate": True}

    survived(
        (f"{name}: {value[:40]}", _send_header(target, path, (name, value), how))
        for name, value in _READ_HEADERS
    )
    for method in ("HEAD", "OPTIONS", "FROB"):
        # Judged where every exchange is: two are the softer edge, one may be 501.
        target.send(method, path, **how)
    with suppress(Disturbed):  # by closing the connection, as it may
        answer = _send_header(target, path, ("X-Large", "x" * 20_000), how)
        survived([("a large header", answer)])


def _send_header(
    target: Target, path: str, header: tuple[str, str], how: dict[str, Any]
) -> Exchange:
    return target.send("GET", path, headers=dict([header]), **how)


@must("errors.no_5xx", only=lambda typical: "PATCH" in typical.verbs, cost=5)
def check_odd_body_headers_are_no_crash(target: Target, typical: Resource) -> None:
    """A header about the body, of whatever value, MUST NOT be met with 5xx."""
    item = target.missing(target.place(typical))
    survived(
        (f"{name}: {value}", target.patch(item, {}, headers={name: value}, **_WRONG))
        for name, value in _BODY_HEADERS
    )


# ---------------------------------------------------------------------- token requests


def _forms(target: Target, flow: str) -> Iterator[dict[str, str]]:
    """Give forms of a flow about users and tokens that do not exist."""
    names = {"password": ("username", "password"), "refresh_token": ("refresh_token",)}
    odd = names.get(flow.removeprefix("elevated_"), ("client_id", "client_secret"))
    kind = {"elevated_password": "password", "anonymous": "client_credentials"}
    for value in ("a\0b", "\u00e9'\"{}[]<>", "x" * 5000):
        yield {
            "grant_type": kind.get(flow, flow),
            **_client(target, flow),
            **dict.fromkeys(odd, value),
        }


def _client(target: Target, flow: str) -> dict[str, str]:
    """Give the credentials of a client that may use a flow, or of nobody."""
    known = target.identities(None if flow == "refresh_token" else flow)
    if not known:
        return {"client_id": "nobody"}
    form = target.grant_form(known[0])
    return {name: form[name] for name in ("client_id", "client_secret") if name in form}


@must("errors.no_5xx", cost=6)
def check_odd_token_requests_are_no_crash(target: Target, flow: str) -> None:
    """A token request of whatever values MUST NOT be met with 5xx."""
    form = {"grant_type": flow, "client_id": "nobody"}
    raws = (b"", b"grant_type=%FF%FE&client_id=%00", b"&=&grant_type&&=")
    survived((flow, target.grant(odd, deliberate=True)) for odd in _forms(target, flow))
    survived((f"{raw!r}", target.grant(form, raw=raw, deliberate=True)) for raw in raws)
