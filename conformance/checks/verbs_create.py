"""HTTP Methods, CREATE: making an item in a collection."""

import urllib.parse
from collections.abc import Iterator, Mapping
from typing import Any

from conformance import (
    LEFT_OUT,
    Exchange,
    Item,
    Profile,
    Resource,
    Target,
    must,
    should,
)
from conformance.checks._verbs import STORES, done, gettable, gone, kept, look, made_at
from conformance.checks._verbs_values import (
    ABSENT,
    Values,
    different,
    longest_values,
    other_values,
    softened,
    textual,
    valid_changes,
    wrong_values,
)
from conformance.expect import edge, insist, item_of, refused, taken
from conformance.profile import has_type
from conformance.values import same, short

#: From this many characters on an extension may be more than the server has room for.
_LARGE = 4000
#: Marks values that the claimed schema allows, for the passive row.
CLAIMED = {"values": "claimed"}
#: What an extension may hold: many levels, and names that mean something to many.
_PARTS: tuple[dict[str, Any], ...] = (
    {"Deep@run": {"a": {"b": {"c": {"d": {"e": {"f": "deep"}}}}}}},
    {"Odd@run": {"a b": 1, "a-b": 2, "\u00e9": 3, "constructor": 4}},
    {"Dot@run.inner": "dotted"},
    {"Large@run": [f"{n:04} of many" for n in range(700)]},
)


def _cases(profile: Profile, creatable: Resource) -> list[dict[str, Any]]:
    """Give what the example is changed by; the first time by nothing."""
    del profile
    optional = set(creatable.compared) - set(creatable.required)
    found = [
        dict.fromkeys(optional, LEFT_OUT),
        longest_values(creatable),
        other_values(creatable) | _spaced(creatable),
        _empty(creatable),
        *(dict.fromkeys(creatable.extensions, part) for part in _PARTS),
        _far_dates(creatable),
    ]
    return [{}, *(case for case in found if case)]


def _far_dates(resource: Resource) -> dict[str, Any]:
    """Give date-times past what 32 bits count of seconds."""
    written = set(resource.dates(written=True)) & set(resource.compared)
    return dict.fromkeys(sorted(written), "2099-12-31T23:59:58Z")


def _spaced(resource: Resource) -> dict[str, Any]:
    """Give text with white space at its ends, where there is room for it."""
    return {
        name: f" {resource.other[name]} "
        for name in textual(resource)
        if name in resource.other
        and len(resource.other[name]) + 2
        <= resource.properties[name].get("maxLength", 99)
    }


def _empty(resource: Resource) -> dict[str, Any]:
    """Give empty text and null members, where the schema allows them."""
    texts = [n for n in textual(resource) if n not in resource.required]
    fitting = [n for n in texts if not resource.properties[n].get("minLength")]
    members = {"Null@run": None, "Stays@run": "stays"}
    return dict.fromkeys(fitting, "") | dict.fromkeys(resource.extensions, members)


@must(
    STORES,
    draws=_cases,
    warns="What was sent SHOULD come back in the very form in which it was sent.",
)
def check_create_stores_what_was_sent(
    target: Target, creatable: Resource, payload: dict[str, Any]
) -> None:
    """CREATE MUST store what was sent."""
    place = target.place(creatable)
    body = target.body(creatable, **payload)
    small = all(len(str(body.get(n))) < _LARGE for n in creatable.extensions)
    answer = target.post(place, body, notes=CLAIMED if payload and small else {})
    answer = taken(answer) if payload else answer
    made = item_of(made_at(target, place, answer, STORES))
    shown = kept(target, place.item(made[creatable.id.member]), body, STORES)
    for name in creatable.compared:
        words = softened(body.get(name), shown.get(name), creatable.properties[name])
        edge(name not in body or not words, f"{name}: {words}")


@must(STORES, draws=lambda _profile, creatable: valid_changes(creatable))
def check_create_stores_any_valid_item(
    target: Target, creatable: Resource, payload: dict[str, Any]
) -> None:
    """CREATE MUST store every valid value that it takes."""
    place = target.place(creatable)
    body = target.body(creatable, **payload)
    answer = target.post(place, body, notes=CLAIMED)
    made = item_of(taken(answer))
    kept(target, place.item(made[creatable.id.member]), body, STORES)


def _read_only(resource: Resource) -> dict[str, Any]:
    """Give read-only properties a value that no server would make up."""
    found: dict[str, Any] = {}
    for name, claimed in resource.properties.items():
        if claimed.get("readOnly") and name != resource.id.member:
            if claimed.get("format") == "date-time":
                found[name] = "2001-02-03T04:05:06Z"
            elif has_type(claimed, "integer") or has_type(claimed, "number"):
                found[name] = 4242
            elif has_type(claimed, "string") and "format" not in claimed:
                found[name] = "Taken over"
    return found


@must(
    STORES,
    draws=lambda _profile, creatable: [_read_only(creatable)],
    only=lambda creatable: bool(_read_only(creatable)),
    warns="Read-only properties SHOULD NOT be taken over.",
)
def check_read_only_properties_do_no_harm(
    target: Target, creatable: Resource, payload: dict[str, Any]
) -> None:
    """CREATE that takes a body with read-only properties MUST store the others."""
    place = target.place(creatable)
    body = target.body(creatable)
    answer = target.post(place, body | payload, deliberate=True)
    if answer.refusal:
        insist(answer.refusal, answer.words)
        return
    item = place.item(item_of(answer)[creatable.id.member])
    shown = kept(target, item, body, STORES)
    claimed = creatable.properties
    over = [n for n, v in payload.items() if same(v, shown.get(n), claimed[n])]
    edge(not over, f"taken over: {', '.join(over)}")


@should(
    "verbs.create.accepts",
    passive=True,
    of=lambda exchange: (
        exchange.notes.get("values") == "claimed"
        and (exchange.success or exchange.refusal)
        and exchange.status not in (401, 403, 404, 429)
    ),
    only=lambda watched: watched.verb == "CREATE",
)
def check_every_claimed_value_is_accepted(exchange: Exchange) -> None:
    """CREATE SHOULD accept every value that its claimed schema allows."""
    insist(not exchange.refusal, f"refused: {exchange.words} {_sent(exchange)}")


def _sent(exchange: Exchange) -> str:
    return (exchange.sent.body or b"").decode("utf-8", "replace")[:300]


@should("verbs.create.returns", cost=3)
def check_create_returns_the_whole_item(target: Target, creatable: Resource) -> None:
    """CREATE SHOULD answer with the whole item that it made."""
    # One of its own: what others write may fill what only the server writes.
    item = target.create(creatable)
    made: Values = item_of(item.exchange) if item.exchange else {}
    shown = kept(target, item, {}, STORES) or item.body
    missing = [
        name
        for name, value in shown.items()
        if name in creatable.properties
        and name not in creatable.volatile
        and value not in ABSENT
        and made.get(name) in ABSENT
    ]
    words = item.exchange.words if item.exchange else ""
    insist(not missing, f"the answer lacks {', '.join(missing)}: {words}")
    wrong = set(different(creatable, item.body, made))
    wrong &= set(different(creatable, shown, made))
    insist(not wrong, f"the answer differs in {', '.join(sorted(wrong))}: {words}")


def _without_one(resource: Resource) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give, by path, changes that leave a required property out, nested ones too."""
    for name in resource.required:
        yield name, {name: LEFT_OUT}
    for name in resource.compared:
        whole = resource.example.get(name)
        for inner in resource.properties[name].get("required", ()):
            # Without its only member an object is absent, which may be right.
            if isinstance(whole, Mapping) and inner in whole and len(whole) > 1:
                less = {n: v for n, v in whole.items() if n != inner}
                yield f"{name}.{inner}", {name: less}


@must("verbs.create.required", only=lambda creatable: bool(creatable.required), cost=12)
def check_missing_required_properties_are_refused(
    target: Target, creatable: Resource
) -> None:
    """CREATE without a required property MUST be refused and store nothing."""
    place = target.place(creatable)
    done(target.post(place, target.body(creatable)), STORES)
    for name, change in _without_one(creatable):
        body = target.body(creatable, **change)
        answer = target.post(place, body, deliberate=True)
        if not answer.success and creatable.id.writable:
            item = place.item(body[creatable.id.member], body)
            words = f"refused without {name}, and yet stored: {answer.words}"
            gone(target, item, "verbs.create.required", words)
        refused(answer, f"CREATE without {name}")
    done(target.post(place, target.body(creatable)), STORES)


def _ill(profile: Profile, creatable: Resource) -> list[list[tuple[str, Any]]]:
    """Give (property, value of a wrong type or too long): one list of them."""
    del profile
    longest = {n: creatable.properties[n].get("maxLength") for n in textual(creatable)}
    long = {name: "x" * (most + 1) for name, most in longest.items() if most}
    last = creatable.required[-1:]
    null = [(n, None) for n in last if not has_type(creatable.properties[n], "null")]
    return [[*wrong_values(creatable).items(), *long.items(), *null]]


@should(
    "verbs.create.types",
    draws=_ill,
    only=lambda creatable: gettable(creatable) and bool(wrong_values(creatable)),
    cost=14,
)
def check_wrong_types_and_lengths_are_refused(
    target: Target, creatable: Resource, payload: list[tuple[str, Any]]
) -> None:
    """CREATE SHOULD refuse a value of a wrong type, or longer than is claimed."""
    place = target.fresh_place(creatable)
    done(target.post(place, target.body(creatable)), STORES)
    for name, wrong in payload:
        body = target.body(creatable, **{name: wrong})
        answer = target.post(place, body, deliberate=True)
        if answer.success:
            item = place.item(item_of(answer)[creatable.id.member])
            shown = (look(target, item) or {}).get(name)
            coerced = _right_type(creatable.properties[name], shown)
            right = coerced and not _right_type(creatable.properties[name], wrong)
            insist(right, f"{name}: {short(wrong)} was taken, it shows {short(shown)}")
        else:
            refused(answer, f"{short(wrong)} for {name}")


def _right_type(claimed: Values, value: Any) -> bool:
    kinds = {"string": str, "boolean": bool, "array": list, "object": dict}
    number = isinstance(value, int | float) and not isinstance(value, bool)
    numeric = has_type(claimed, "integer") or has_type(claimed, "number")
    right = (
        has_type(claimed, kind) and isinstance(value, type_)
        for kind, type_ in kinds.items()
    )
    return any(right) or (numeric and number)


@should("verbs.create.location", cost=1)
def check_location_is_where_the_item_is(target: Target, creatable: Resource) -> None:
    """CREATE that sends a Location SHOULD name the address of the new item."""
    item = target.shared(creatable)
    location = item.exchange.header("location") if item.exchange else None
    if location is None or not item.exchange:
        insist(location is None, "no Location")
        return
    there = urllib.parse.urlsplit(
        urllib.parse.urljoin(item.exchange.sent.url, location)
    )
    insist(
        _is_path_of(target, there, item) or _serves(target, there, item),
        f"Location is {location!r} for {item.path}",
    )


def _is_path_of(target: Target, there: urllib.parse.SplitResult, item: Item) -> bool:
    """Say whether a path is the item's; on another host only how it ends can tell."""
    own = urllib.parse.urlsplit(target.config.base_url + target.profile.base_path)
    path = _plain_path(there.path)
    if there.netloc == own.netloc:
        return path == _plain_path(own.path + item.path)
    return path.endswith(_plain_path(item.path))


def _plain_path(path: str) -> str:
    return urllib.parse.unquote(path).rstrip("/")


def _serves(target: Target, there: urllib.parse.SplitResult, item: Item) -> bool:
    """Say whether another path of the target serves the item all the same."""
    own = urllib.parse.urlsplit(target.config.base_url)
    base = own.path.rstrip("/")
    if there.netloc != own.netloc or not there.path.startswith(base):
        return False
    answer = target.send(
        "GET",
        there.path.removeprefix(base),
        roles=item.resource.roles.get("GET", ()),
        query=urllib.parse.parse_qsl(there.query),
    )
    shown = answer.value if answer.success else None
    member = item.resource.id.member
    return isinstance(shown, dict) and str(shown.get(member)) == item.id
