"""HTTP Status Code Summary: what refusals are numbered with."""

from conformance import Operation, Profile, Resource, Target, must, should
from conformance.checks import _status
from conformance.checks._status import (
    ON_ITEMS,
    absence_code,
    code_of,
    orphanage,
    subject,
    triable,
)
from conformance.expect import edge, insist, refused, succeeded, unusable
from conformance.profile import makeable

#: Verb → the clause that judges whether it refuses what is not there.
_MISSING = {
    "GET": "verbs.get.missing",
    "PATCH": "verbs.patch.missing",
    "DELETE": "verbs.delete.again",
}
#: No token that any server granted.
_GARBAGE = "conformance-suite-no-token"


def _guarded(profile: Profile) -> bool:
    return bool(profile.flows)


# ------------------------------------------------------------------------------- 401


@must(
    "status.unauthenticated_401",
    when=_guarded,
    warns="A 401 SHOULD carry WWW-Authenticate.",
)
def check_a_request_without_valid_token_is_401(
    target: Target, operation: Operation
) -> None:
    """A request without a valid token MUST be 401, whatever is there or not."""
    items = [subject(target, operation)] if triable(operation) else []
    if operation.verb in ON_ITEMS:
        items.append(target.missing(target.place(operation.resource)))
    if operation.resource.parents:
        items.append(target.missing(orphanage(target, operation.resource)))
    for token in (None, _GARBAGE):
        for one in items:
            answer = target.perform(operation.verb, one, token=token, deliberate=True)
            code = code_of(answer, "no valid token", "oauth.bearer_required")
            insist(code == 401, f"not 401: {answer.words}")
            edge(answer.header("www-authenticate"), f"no challenge: {answer.words}")


@must("status.unauthenticated_401", when=_guarded)
def check_unreadable_credentials_are_401_or_400(
    target: Target, typical: Resource
) -> None:
    """Credentials that can't be read MUST be answered with 401, or 400 as malformed."""
    verb = typical.verbs[0]
    item = subject(target, Operation(typical, verb))
    for sent in ("", "Bearer", "Bearer two tokens", "Basic bm9ib2R5Om5vdGhpbmc="):
        answer = target.perform(
            verb, item, token=None, headers={"Authorization": sent}, deliberate=True
        )
        code = code_of(answer, f"Authorization: {sent!r}", "oauth.bearer_required")
        insist(code in (400, 401), f"neither 401 nor 400: {answer.words}")


@must("status.unauthenticated_401", when=_guarded)
def check_an_unknown_route_without_token_is_401_or_404(target: Target) -> None:
    """Without a token an unknown route MUST be answered with 401, 404 or 405."""
    for path in _unknown_routes(target):
        answer = refused(target.anonymous.send("GET", path), "an unknown route")
        insist(answer.status in (401, 404, 405), f"not 401 or 404: {answer.words}")


def _unknown_routes(target: Target) -> list[str]:
    name = f"{target.session.prefix}-no-such-route"
    return [
        f"{target.profile.base_path}/{name}",
        f"{target.profile.base_path}/{name}/1",
    ]


# ------------------------------------------------------------------------------- 403


@must(
    "status.forbidden_403",
    when=_guarded,
    only=lambda operation: (
        operation.verb in operation.resource.roles and triable(operation)
    ),
    needs=("low_role_identity",),
)
def check_a_token_without_the_role_is_403(target: Target, operation: Operation) -> None:
    """A valid token that lacks the role MUST be answered with 403."""
    roles = operation.resource.roles[operation.verb]
    low = target.using(target.identity_without(roles))
    item = subject(target, operation)

    answer = low.perform(operation.verb, item, deliberate=True)
    code = code_of(answer, "a token without the role", "oauth.scope_enforced")
    insist(code == 403, f"not 403: {answer.words}", unusable(answer))


# ------------------------------------------------------------------------------- 400


@must(
    "status.bad_request_400",
    only=lambda operation: (
        operation.verb in ("CREATE", "SAVE", "PATCH") and triable(operation)
    ),
    warns="A wrong body SHOULD be answered with 400, not with 422.",
    cost=12,
)
def check_a_wrong_body_is_400(target: Target, operation: Operation) -> None:
    """A malformed or invalid body MUST be answered with 400."""
    verb = operation.verb
    item = subject(target, operation)
    # What is taken all the same may clash with what another row has sent, or this one.
    clash = any("x-unique" in one for one in operation.resource.properties.values())
    succeeded(target.perform(verb, item))
    for what, how, owner in _status.bad_bodies(target, operation, item):
        answer = _status.send_body(target, verb, item, how)
        clashes = clash and answer.status == 409 and "raw" not in how
        if clashes or (owner is None and answer.success):
            clash |= verb == "CREATE"
            continue
        code = code_of(answer, what, owner or "")
        edge(code != 422, f"{what} is 422: {answer.words}")
        # What is too long may be called too large.
        named = code == 413 and what == _status.TOO_LONG
        insist(code in (400, 422) or named, f"{what} is not 400: {answer.words}")
    succeeded(target.perform(verb, item))


# ------------------------------------------------------------------------------- 404


@must("status.not_found_404", only=lambda operation: operation.verb in _MISSING)
def check_what_never_existed_is_404(target: Target, operation: Operation) -> None:
    """GET, PATCH and DELETE of what never existed MUST be answered with 404."""
    item = target.missing(target.place(operation.resource))
    answer = target.perform(operation.verb, item)
    if answer.success and operation.verb == "DELETE":
        insist(answer.success, "verbs.delete.again judges that")
        return
    code = absence_code(answer, "a missing item", _MISSING[operation.verb])
    insist(code == 404, f"not 404: {answer.words}")


@must(
    "status.not_found_404",
    only=makeable,
    warns="A deleted item SHOULD be 404, not 410.",
)
def check_what_was_deleted_is_404(target: Target, deletable: Resource) -> None:
    """GET, PATCH and DELETE of what was deleted MUST be answered with 404."""
    item = target.create(deletable)
    succeeded(target.delete(item))
    for verb in ("GET", "PATCH", "DELETE"):
        if verb not in deletable.verbs:
            continue
        answer = target.perform(verb, item)
        if answer.success and verb == "DELETE":
            continue
        code = absence_code(answer, "a deleted item", "verbs.delete.removes")
        edge(code != 410, f"410: {answer.words}")
        insist(code in (404, 410), f"not 404: {answer.words}")


@must(
    "status.not_found_404",
    only=lambda renamable: (
        {"PATCH", "GET"} <= {*renamable.verbs}
        and "PATCH" in renamable.id.rename
        and makeable(renamable)
    ),
    warns="An ID that its item has lost SHOULD be 404, not 410.",
)
def check_what_was_renamed_away_is_404(target: Target, renamable: Resource) -> None:
    """GET of an ID that its item has lost by a rename MUST be answered with 404."""
    item = target.create(renamable)
    new = target.missing(item.place)
    succeeded(target.patch(item, {renamable.id.member: new.id}))
    answer = target.get(item)
    code = code_of(answer, "an ID that its item has lost", "ids.renamed")
    edge(code != 410, f"410: {answer.words}")
    insist(code in (404, 410), f"not 404: {answer.words}")


@must(
    "status.not_found_404",
    only=lambda operation: (
        bool(operation.resource.parents) and operation.verb != "LIST"
    ),
)
def check_an_unknown_parent_is_404(target: Target, operation: Operation) -> None:
    """What is asked for under a parent that is not there MUST be answered with 404."""
    resource = operation.resource
    item = target.missing(orphanage(target, resource))
    answer = target.perform(operation.verb, item)
    code = absence_code(answer, "a missing parent", "verbs.parent_missing")
    # What has to refer to an item beside it is as wrong as its path.
    wrong = operation.verb in ("CREATE", "SAVE") and any(
        target.profile.resources[name].parents for name in resource.references.values()
    )
    insist(code == 404 or (wrong and code == 400), f"not 404: {answer.words}")


@must("status.not_found_404")
def check_an_unknown_route_is_404(target: Target) -> None:
    """A route that does not exist MUST be answered with 404."""
    for path in _unknown_routes(target):
        answer = refused(target.send("GET", path), "an unknown route")
        insist(answer.status == 404, f"not 404: {answer.words}", unusable(answer))


@must("status.not_found_404")
def check_a_write_to_an_unknown_route_is_404(target: Target) -> None:
    """A write to a route that does not exist MUST be answered with 404, or 405."""
    path = _unknown_routes(target)[-1]
    for method in ("POST", "PUT", "DELETE"):
        body = None if method == "DELETE" else {"Name": target.session.prefix}
        answer = target.send(method, path, body=body, deliberate=True)
        code = refused(answer, f"{method} to an unknown route").status
        insist(code in (404, 405), f"not 404: {answer.words}", unusable(answer))


@must(
    "status.not_found_404",
    only=lambda typical: "GET" in typical.verbs and makeable(typical),
)
def check_an_unknown_route_below_an_item_is_404(
    target: Target, typical: Resource
) -> None:
    """A route that does not exist below an item MUST be answered with 404."""
    below = f"{target.shared(typical).path}/{target.session.prefix}-no-such-route"
    answer = refused(
        target.send("GET", target.profile.base_path + below), "an unknown route"
    )
    insist(answer.status == 404, f"not 404: {answer.words}", unusable(answer))


# ------------------------------------------------------------------------------- 405


@should("status.unsupported_405")
def check_a_verb_that_is_not_there_is_405(target: Target, resource: Resource) -> None:
    """A verb that a resource has not SHOULD be 404, or 405 with Allow."""
    for answer in _status.unclaimed(target, resource):
        code = code_of(answer, "an unclaimed verb", "verbs.unsupported")
        known = code in (403, 404, 405)
        insist(known, f"neither 404 nor 405: {answer.words}", unusable(answer))
        allow = answer.header("allow")
        insist(code != 405 or allow is not None, f"no Allow: {answer.words}")
