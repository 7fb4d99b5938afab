"""What the checks of this chapter share: reading an error body, making a mistake.

No checks here.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import unquote, unquote_to_bytes, urlsplit

from conformance import Exchange, Place, Profile, Resource, Target, Watched
from conformance.errors import Disturbed
from conformance.exchange import GATEWAY
from conformance.expect import edge, insist, unit, waits_for
from conformance.values import at, short

#: What a gateway, or the server's own parser, says before the platform is asked.
_EARLY = (413, 414, 431)
#: Methods that the platform surely knows; OPTIONS is a gateway's as often.
_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
#: Past these many characters a request may be refused unread.
_LONG_URL, _LONG_HEADER, _LARGE_BODY = 2000, 4000, 2**20
#: What a front end is known to leave unrouted by default, and how it says so.
_LONG_SEGMENT, _LONG_QUERY = 255, 2048
_UNROUTED = (400, 403, 404)
_NUMBERS = ("integer", "number")


# ---------------------------------------------------------------- which exchanges


def api(watched: Watched) -> bool:
    """Say whether this chapter judges what is watched: all but the token endpoint."""
    return watched.name != "token"


def judged(exchange: Exchange) -> bool:
    """Say whether an answer is final and may have a body."""
    return exchange.status >= 200 and exchange.sent.method != "HEAD"


def is_error(exchange: Exchange) -> bool:
    """Say whether an answer owes the standard shape; throttling owes nothing."""
    throttled = exchange.status == 429 and exchange.header("retry-after") is not None
    return exchange.status == 500 or (exchange.refusal and not throttled)


def early(exchange: Exchange) -> bool:
    """Say whether the platform itself may never have been asked."""
    status, method = exchange.status, exchange.sent.method
    read_with_body = method in ("GET", "HEAD") and bool(exchange.sent.body)
    return (
        status in _EARLY
        or (exchange.refusal and method not in _METHODS)
        or (status == 400 and _unparsed(exchange))
        or (status in (400, 403) and read_with_body)
        or (status in _UNROUTED and _unroutable(exchange.sent.url))
    )


def _unparsed(exchange: Exchange) -> bool:
    url, values = exchange.sent.url, [value for _, value in exchange.sent.headers]
    names = {name.lower() for name, _ in exchange.sent.headers}
    large = len(exchange.sent.body or b"") > _LARGE_BODY
    odd = any(len(v) > _LONG_HEADER or not v.isascii() for v in values)
    packed = "content-encoding" in names
    return large or packed or len(url) > _LONG_URL or odd or _odd(url)


def _unroutable(url: str) -> bool:
    """Say whether front ends are known to refuse a URL, even as not there."""
    parts = urlsplit(url)
    path = parts.path.lower()
    long = any(len(segment) > _LONG_SEGMENT for segment in path.split("/"))
    odd = "%2f" in path or "%00" in path
    return long or odd or len(parts.query) > _LONG_QUERY


def _odd(url: str) -> bool:
    """Say whether parsers of request lines are known to refuse a URL."""
    parts = urlsplit(url)
    path = parts.path.lower()
    content = unquote_to_bytes(f"{parts.path}?{parts.query}")
    try:
        content.decode("utf-8")
    except UnicodeDecodeError:
        return True
    raw = any(character <= " " or character > "~" for character in url)
    controls = any(byte < 32 or byte == 127 for byte in content)
    return raw or controls or "%2f" in path or "%5c" in path


# ------------------------------------------------------------------ what they hold


def value_of(exchange: Exchange) -> Any:
    """Give the JSON value of a body, whatever its label; None when it holds none.

    Raises:
        Waits: The body is no text, or labelled JSON and none: another row's.
    """
    answer = exchange.answer
    if answer is None or not answer.body:
        return None
    if answer.truncated:
        raise Disturbed(f"the answer is longer than is read: {exchange.words}")
    if answer.text is None:
        raise waits_for("json.utf8", exchange.words, exchange.operation)
    labelled = not answer.media_type or "json" in answer.media_type
    if labelled and answer.parsed[2] is not None:
        raise waits_for("json.well_formed", exchange.words, exchange.operation)
    return answer.value


def entries_of(profile: Profile, value: Any) -> list[dict[str, Any]] | None:
    """Give the errors of a body; None when it has not the standard shape.

    An error holds a code or a message; that it lacks one of them is judged by
    that one's own clause.
    """
    claimed = profile.errors
    found = at(value, claimed["list"]) if "list" in claimed else [value]
    if not isinstance(found, list) or not found:
        return None
    known = [
        entry
        for entry in found
        if holds(entry, claimed["code"]) or holds(entry, claimed["message"])
    ]
    return known if len(known) == len(found) else None


def holds(value: Any, path: str) -> bool:
    """Say whether a member is there, whatever it holds."""
    above, _, last = path.rpartition(".")
    holder = at(value, above)
    return isinstance(holder, dict) and last in holder


def errors_told(profile: Profile, exchange: Exchange) -> list[dict[str, Any]]:
    """Give the errors that an answer tells; none when it owes none.

    Raises:
        Waits: It is one and lacks the standard shape.
    """
    if not is_error(exchange):
        return []
    entries = entries_of(profile, value_of(exchange))
    if entries is None and not early(exchange):
        raise waits_for("errors.shape", exchange.words, exchange.operation)
    return entries or []


def insist_on_shape(profile: Profile, exchange: Exchange) -> None:
    """Insist that an error has the standard shape; on its edge, only ask for it."""
    shaped = entries_of(profile, value_of(exchange)) is not None
    body = exchange.answer.body if exchange.answer else b""
    words = f"not the standard shape: {exchange.words}: {short(body)}"
    edge(shaped or not early(exchange), words)
    insist(shaped or early(exchange), words)


def leaves(value: Any) -> Iterator[str]:
    """Give every text and number in a JSON value, as text."""
    if isinstance(value, str) or (
        isinstance(value, int | float) and not isinstance(value, bool)
    ):
        yield str(value)
    elif isinstance(value, Mapping):
        for part in value.values():
            yield from leaves(part)
    elif isinstance(value, list):
        for part in value:
            yield from leaves(part)


def names_in(value: Any) -> Iterator[str]:
    """Give every member's name in a JSON value, at whatever depth."""
    if isinstance(value, Mapping):
        yield from value
        for part in value.values():
            yield from names_in(part)
    elif isinstance(value, list):
        for part in value:
            yield from names_in(part)


def path_ids(resource: Resource, exchange: Exchange) -> list[str]:
    """Give the IDs in the URL of an exchange that is about a resource."""
    item = not exchange.operation.endswith(("-LIST", "-CREATE"))
    template = (resource.item_path if item else resource.path).split("/")
    parts = urlsplit(exchange.sent.url).path.split("/")[-len(template) :]
    pairs = zip(template, parts, strict=False)
    return [unquote(part) for name, part in pairs if name.startswith("{") and part]


# ------------------------------------------------------------- how an answer is met


def answered(exchange: Exchange) -> Exchange:
    """Insist that an answer is no 5xx; a gateway's own leaves nothing to say."""
    if exchange.status in GATEWAY:
        raise Disturbed(f"a gateway's own answer: {exchange.words}")
    if exchange.status >= 500:
        raise waits_for("errors.no_5xx", exchange.words, exchange.operation)
    unit().asserted += 1
    return exchange


def survived(answers: Iterable[tuple[str, Exchange]]) -> None:
    """Insist that none of several answers is a 5xx.

    Args:
        answers: What was sent, in words, and what came of it.
    """
    met = list(answers)
    crashes = [f"{kind}: {a.words}" for kind, a in met if crashed(a)]
    if crashes:
        first = next(a for _, a in met if crashed(a))
        raise waits_for("errors.no_5xx", "; ".join(crashes), first.operation)
    for _, answer in met:
        answered(answer)


def crashed(exchange: Exchange) -> bool:
    """Say whether the server itself, and no gateway, answered with 5xx."""
    return exchange.status >= 500 and exchange.status not in GATEWAY


def denied(exchange: Exchange) -> bool:
    """Say whether a write was answered with anything but success."""
    if exchange.status in GATEWAY or exchange.status < 200:
        raise Disturbed(f"a gateway's own answer: {exchange.words}")
    if 300 <= exchange.status <= 399:
        raise waits_for("status.no_redirect", exchange.words, exchange.operation)
    return not exchange.success


# ----------------------------------------------------------------- making a mistake


def missing_place(target: Target, resource: Resource) -> Place:
    """Give a collection under parents that do not exist."""
    parents = (target.profile.resources[name] for name in resource.parents)
    ids = tuple(target.missing(Place(parent)).id for parent in parents)
    return Place(resource, ids)


def wrong_type(resource: Resource) -> dict[str, Any]:
    """Give one property a value of the wrong type; nothing when none is sure."""
    for types, wrong in ((_NUMBERS, "twelve"), (("string",), {"a": 1})):
        for name in plain(resource):
            if set(types) & set(types_of(resource.properties[name])):
                return {name: wrong}
    return {}


def too_long(resource: Resource) -> dict[str, Any]:
    """Give one text property a value past its claimed length; or nothing."""
    names = [n for n in resource.texts() if "maxLength" in resource.properties[n]]
    for name in sorted(names, key=lambda name: name != resource.label):
        return {name: "x" * (resource.properties[name]["maxLength"] + 1)}
    return {}


def plain(resource: Resource) -> list[str]:
    """Name the properties that checks may give any value: no unique, no reference."""
    return [
        name
        for name in resource.compared
        if name not in resource.extensions
        and not resource.properties[name].keys() & {"x-unique", "x-refers"}
    ]


def types_of(claimed: Mapping[str, Any]) -> list[str]:
    """Give the JSON types that a property may have; null is none of them."""
    types = claimed.get("type", ())
    found = [types] if isinstance(types, str) else list(types)
    numeric = "x-scale" in claimed
    return [name for name in found if name != "null" and not numeric]


def others(resource: Resource) -> dict[str, Any]:
    """Give a second valid value of every property that has one."""
    return {n: resource.other[n] for n in plain(resource) if n in resource.other}


def truncated(target: Target, body: Mapping[str, Any]) -> bytes:
    """Give a body's text without its end."""
    return target.encoded(body)[:-1]
