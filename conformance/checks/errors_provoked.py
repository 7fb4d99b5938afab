"""Error Handling: one mistake of each kind, refused in the one shape."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import TypeAlias

from conformance import Exchange, Profile, Resource, Target, must
from conformance.checks._errors import (
    answered,
    insist_on_shape,
    missing_place,
    too_long,
    truncated,
    wrong_type,
)
from conformance.config import Identity
from conformance.errors import Disturbed, NotProvided
from conformance.expect import unjudged

Provoke: TypeAlias = Callable[[Target, Resource], Sequence[Exchange]]
_SOFT = "What may be refused before the platform is asked SHOULD have the shape too."
#: More than a mebibyte, and more than servers give to a request's head.
_LARGE_BODY, _LARGE_URL = 1_100_000, 17_000
_NO_TOKEN = "no-token-of-yours"  # noqa: S105 - it opens nothing


# ---------------------------------------------------------------------- in a body


def _malformed(target: Target, resource: Resource) -> list[Exchange]:
    raw = truncated(target, target.body(resource))
    return [target.post(target.place(resource), None, raw=raw, deliberate=True)]


def _incomplete(target: Target, resource: Resource) -> list[Exchange]:
    body = target.body(resource)
    del body[resource.required[0]]
    return [target.post(target.place(resource), body, deliberate=True)]


def _of_wrong_type(target: Target, resource: Resource) -> list[Exchange]:
    body = target.body(resource, **wrong_type(resource))
    return [target.post(target.place(resource), body, deliberate=True)]


def _of_wrong_length(target: Target, resource: Resource) -> list[Exchange]:
    body = target.body(resource, **too_long(resource))
    return [target.post(target.place(resource), body, deliberate=True)]


def _of_another_kind(target: Target, resource: Resource) -> list[Exchange]:
    place = target.place(resource)
    kind, raw = "application/xml", b"<item><a>1</a></item>"
    return [target.post(place, None, raw=raw, content_type=kind, deliberate=True)]


def _oversized(target: Target, resource: Resource) -> list[Exchange]:
    body = {**target.body(resource), **too_long(resource)}
    raw = target.encoded(body) + b" " * _LARGE_BODY
    return _heard(
        lambda: target.post(target.place(resource), None, raw=raw, deliberate=True)
    )


def _on_an_item(target: Target, resource: Resource) -> list[Exchange]:
    """Make an item, its ID a second time, and send it what no item takes."""
    item = target.create(resource)
    path = target.profile.base_path + item.path
    found = [target.send("POST", path, body={}, deliberate=True)]
    if resource.id.writable:
        body = target.body(resource, **{resource.id.member: item.id})
        found.append(target.post(item.place, body, deliberate=True))
    return found


_WRITES: Mapping[str, tuple[Provoke, Callable[[Resource], object]]] = {
    "a malformed body": (_malformed, lambda _: True),
    "a missing required property": (_incomplete, lambda r: r.required),
    "a wrong type": (_of_wrong_type, wrong_type),
    "too long a text": (_of_wrong_length, too_long),
    "another media type": (_of_another_kind, lambda _: True),
    "an oversized body": (_oversized, lambda _: True),
    "a duplicate, an unsupported verb": (_on_an_item, lambda _: True),
}


def _writes(profile: Profile, typical: Resource) -> list[str]:
    del profile
    return [kind for kind, (_, fits) in _WRITES.items() if fits(typical)]


@must(
    "errors.shape",
    draws=_writes,
    only=lambda typical: "CREATE" in typical.verbs,
    warns=_SOFT,
)
def check_each_wrong_write_has_the_shape(
    target: Target, typical: Resource, payload: str
) -> None:
    """The refusal of a wrong write, of whatever kind, MUST have the standard shape."""
    provoke, _ = _WRITES[payload]
    _judge(target.profile, payload, provoke(target, typical))


# ------------------------------------------------------------------- in an address


def _unknown_item(target: Target, resource: Resource) -> list[Exchange]:
    return [target.get(target.missing(target.place(resource)))]


def _unknown_parent(target: Target, resource: Resource) -> list[Exchange]:
    return [target.get(target.missing(missing_place(target, resource)))]


def _oversized_url(target: Target, resource: Resource) -> list[Exchange]:
    query = {"filler": "x" * _LARGE_URL}
    return _heard(lambda: target.page(target.place(resource), query, deliberate=True))


def _bad_page(target: Target, resource: Resource) -> list[Exchange]:
    query = {target.profile.query["page"]: "first"}
    return [target.page(target.place(resource), query, deliberate=True)]


def _bad_sort(target: Target, resource: Resource) -> list[Exchange]:
    query = {target.profile.query["sort"]: "NoSuchProperty"}
    return [target.page(target.place(resource), query, deliberate=True)]


def _no_token(target: Target, resource: Resource) -> list[Exchange]:
    return [target.anonymous.get(target.missing(missing_place(target, resource)))]


def _bad_token(target: Target, resource: Resource) -> list[Exchange]:
    item = target.missing(missing_place(target, resource))
    return [target.get(item, token=_NO_TOKEN, deliberate=True)]


_READS: Mapping[str, tuple[Provoke, Callable[[Profile, Resource], object]]] = {
    "an unknown item": (_unknown_item, lambda _, r: "GET" in r.verbs),
    "an unknown parent": (
        _unknown_parent,
        lambda _, r: r.parents and "GET" in r.verbs,
    ),
    "an oversized URL": (_oversized_url, lambda _, r: "LIST" in r.verbs),
    "a bad page": (_bad_page, lambda p, r: "page" in p.query and "LIST" in r.verbs),
    "a bad sort": (_bad_sort, lambda p, r: "sort" in p.query and "LIST" in r.verbs),
    "no token": (_no_token, lambda p, r: p.flows and "GET" in r.verbs),
    "a bad token": (_bad_token, lambda p, r: p.flows and "GET" in r.verbs),
}


def _reads(profile: Profile, typical: Resource) -> list[str]:
    return [kind for kind, (_, fits) in _READS.items() if fits(profile, typical)]


@must("errors.shape", draws=_reads, only=lambda r: "GET" in r.verbs, warns=_SOFT)
def check_each_wrong_read_has_the_shape(
    target: Target, typical: Resource, payload: str
) -> None:
    """The refusal of a wrong read, of whatever kind, MUST have the standard shape."""
    provoke, _ = _READS[payload]
    _judge(target.profile, payload, provoke(target, typical))


@must("errors.shape", warns=_SOFT)
def check_an_unknown_route_has_the_shape(target: Target) -> None:
    """The refusal of a route that is not there MUST have the standard shape."""
    known = target if target.config.identities else target.anonymous
    path = f"{target.profile.base_path}/no-such-route"
    _judge(target.profile, "an unknown route", [known.send("GET", path)])


#: What does no harm to an item of ours, should it be allowed.
_TRIED = ("GET", "LIST", "PATCH", "DELETE")


@must(
    "errors.shape",
    when=lambda profile: bool(profile.flows),
    only=lambda typical: bool(set(_TRIED) & set(typical.roles)),
    needs=("low_role_identity",),
    warns=_SOFT,
)
def check_a_missing_role_has_the_shape(target: Target, typical: Resource) -> None:
    """The refusal of a token without the role MUST have the standard shape."""
    verb, identity = _without_role(target, typical)
    answer = target.using(identity).perform(verb, target.create(typical))
    _judge(target.profile, "a missing role", [answer])


def _without_role(target: Target, resource: Resource) -> tuple[str, Identity]:
    """Give a verb and an identity that it is not open to."""
    for verb in _TRIED:
        if verb in resource.roles:
            with suppress(NotProvided):
                return verb, target.identity_without(resource.roles[verb])
    raise NotProvided("low_role_identity")


def _heard(call: Callable[[], Exchange]) -> list[Exchange]:
    """Give the answer to what is oversized; a closed connection is no answer."""
    try:
        return [call()]
    except Disturbed:
        return []


def _judge(profile: Profile, kind: str, answers: Sequence[Exchange]) -> None:
    refused = [answer for answer in answers if answered(answer).refusal]
    if not refused:
        raise unjudged(f"{kind} was not refused")
    for answer in refused:
        insist_on_shape(profile, answer)
