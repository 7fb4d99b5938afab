"""HTTP Status Code Summary: what a success, and every answer, is numbered with."""

from conformance import Exchange, Operation, Profile, Resource, Target, must, should
from conformance.checks._status import subject, triable
from conformance.expect import allowed, edge, insist, json_of, resource_of, succeeded
from conformance.profile import METHODS, makeable

#: Verb → the codes of the table that fit it; and those of them that fit it best.
_CODES = {
    "GET": (200,),
    "LIST": (200,),
    "CREATE": (201,),
    "SAVE": (200, 201, 204),
    "PATCH": (200, 204),
    "DELETE": (200, 201, 202, 204),
}
_BEST = {**_CODES, "PATCH": (200,), "DELETE": (204,)}
#: The documented codes, and those that HTTP itself gives to any server.
_DOCUMENTED = (200, 201, 204, 400, 401, 403, 404)
_GENERIC = (304, 405, 406, 409, 413, 414, 415, 429, 431)


def _of_a_verb(exchange: Exchange) -> bool:
    verb = exchange.operation.rpartition("-")[2]
    return METHODS.get(verb) == exchange.sent.method and not exchange.deliberate


def _right_success(exchange: Exchange) -> bool:
    return exchange.success and _of_a_verb(exchange)


@must(
    "status.success",
    passive=True,
    only=lambda watched: watched.verb is not None,
    of=_right_success,
    warns="PATCH SHOULD answer 200 and DELETE 204.",
)
def check_successes_have_the_code_of_their_verb(exchange: Exchange) -> None:
    """Every success MUST have a code of the table that fits its verb."""
    verb = exchange.operation.rpartition("-")[2]
    edge(exchange.status in _BEST[verb], f"not {_BEST[verb]}: {exchange.words}")
    insist(exchange.status in _CODES[verb], f"not {_CODES[verb]}: {exchange.words}")


@must(
    "status.success",
    only=lambda operation: operation.verb in ("LIST", "GET") and triable(operation),
)
def check_what_is_read_is_200(target: Target, operation: Operation) -> None:
    """What is there to be read MUST be answered with 200."""
    item = subject(target, operation)
    answer = succeeded(target.perform(operation.verb, item))
    insist(answer.status == 200, f"not 200: {answer.words}")


@must(
    "status.success",
    only=makeable,
    warns="A SAVE that replaces SHOULD answer 200.",
)
def check_saving_has_a_code_of_the_table(target: Target, savable: Resource) -> None:
    """SAVE MUST be answered with 200, 201 or 204, whether it creates or replaces."""
    item = target.create(savable)
    replaced = succeeded(target.put(item, target.save_body(item)))
    insist(replaced.status in _CODES["SAVE"], f"replaced: {replaced.words}")
    edge(replaced.status == 200, f"replaced, and not 200: {replaced.words}")

    if savable.id.writable:
        ghost = target.missing(item.place)
        created = succeeded(target.put(ghost, target.save_body(ghost)))
        insist(created.status in _CODES["SAVE"], f"created: {created.words}")


@must(
    "status.success",
    only=lambda resource: bool(resource.parents) and "LIST" in resource.verbs,
)
def check_an_empty_list_is_200(target: Target, nested: Resource) -> None:
    """LIST of a collection without items MUST be answered with 200."""
    answer = allowed(target.page(target.fresh_place(nested)), "an empty list")
    insist(answer.status == 200, f"not 200: {answer.words}")


def _is_empty(exchange: Exchange) -> bool:
    body = exchange.answer.body if exchange.answer else b""
    length = exchange.header("content-length") or "0"
    return not body and length.strip() == "0"


@must("status.empty_204", passive=True)
def check_204_is_empty(exchange: Exchange) -> None:
    """An answer with 204 MUST NOT have a body."""
    if exchange.status == 204:
        insist(_is_empty(exchange), f"a body with 204: {exchange.words}")


@must("status.empty_204", only=makeable)
def check_nothing_follows_the_204_of_delete(
    target: Target, deletable: Resource
) -> None:
    """Behind the head of DELETE's 204 there MUST NOT be another byte.

    An HTTP library does not show what stands there; a connection of its own does.
    """
    item = target.create(deletable)
    answer = succeeded(target.delete(item, verbatim=not target.config.proxy))
    empty = answer.status != 204 or _is_empty(answer)
    insist(empty, f"a body with 204: {answer.words}")


@must(
    "status.body_201",
    passive=True,
    only=lambda watched: watched.verb in ("CREATE", "SAVE"),
    of=_right_success,
    warns="The new ID SHOULD stand in the body, not in Location alone.",
)
def check_201_carries_the_new_id(exchange: Exchange) -> None:
    """The body of a 201 MUST carry the ID of what was created."""
    if exchange.status != 201:
        return
    body = json_of(exchange) if exchange.answer and exchange.answer.body else None
    member = resource_of(exchange).id.member
    told = isinstance(body, dict) and body.get(member) not in (None, "")
    located = bool(exchange.header("location"))
    edge(told, f"no {member} but in Location: {exchange.words}")
    insist(told or located, f"no {member}: {exchange.words}")


@should(
    "status.no_redirect",
    passive=True,
    only=lambda watched: watched.name != "elsewhere",
    of=lambda exchange: not exchange.deliberate,
)
def check_no_call_is_redirected(exchange: Exchange) -> None:
    """A call of a claimed path SHOULD NOT be answered with a redirect."""
    redirect = 300 <= exchange.status <= 399 and exchange.status != 304
    insist(not redirect, f"redirected: {exchange.words}")


@should("status.documented", passive=True)
def check_codes_are_documented(exchange: Exchange, profile: Profile) -> None:
    """Answers SHOULD have documented codes or those that any HTTP server may use."""
    # 3xx is status.no_redirect's, 5xx is errors.no_5xx's.
    if exchange.success or exchange.refusal:
        own = profile.raw.get("status", {}).get("documented", ())
        known = exchange.status in (*_DOCUMENTED, *_GENERIC, *own)
        insist(known, f"{exchange.status}: {exchange.words}")
