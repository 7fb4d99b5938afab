"""JSON Everywhere: what is taken as a request body, and what is not."""

from collections.abc import Callable

from conformance import Exchange, Item, Operation, Resource, Target, must, should
from conformance.bodies import (
    Raw,
    as_json,
    deep,
    depth,
    extended,
    foreign,
    malformed,
    not_utf8,
)
from conformance.checks._controls import insist_on_refusal
from conformance.errors import Breach, Disturbed
from conformance.expect import allowed, edge, insist, item_of, succeeded
from conformance.values import at
from conformance.writing import (
    WRITES,
    aim,
    in_turn,
    send,
    took,
    write,
    writes_of,
    written,
)

#: Verb → one more way to spell the same label.
_LABELS = {
    "CREATE": "application/json; charset=utf-8",
    "SAVE": "Application/JSON",
    "PATCH": "application/json;charset=UTF-8",
}
_LABEL = {"Content-Type": "application/json"}
_BODILESS = ("GET", "LIST", "DELETE")
_LEVELS = 1000


@must("json.takes_label", only=written, cost=6)
def check_json_is_taken_however_labelled(target: Target, resource: Resource) -> None:
    """JSON labelled with or without charset, in any case, MUST be taken."""
    place, body = target.place(resource), target.body(resource)
    item = place.item(body.get(resource.id.member, ""), body)
    for verb in writes_of(resource):
        labels = [_LABELS[verb]]
        # The same body twice is one item's alone.
        labels += [one for one in _LABELS.values() if verb != "CREATE"]
        for label in dict.fromkeys(labels):
            answer = send(target, verb, item, Raw("", as_json(body), label))
            if answer.refusal:
                # Refused however labelled: that is no matter of the label.
                succeeded(write(target, verb, item, body))
            allowed(answer, f"a body labelled {label}")
            if verb == "CREATE":
                item = place.item(item_of(answer)[resource.id.member], body)
        body = target.patch_body(resource)
        if verb == "CREATE" and "SAVE" in resource.verbs:
            body = target.save_body(item)


def _without_body(operation: Operation) -> bool:
    return operation.verb in _BODILESS and written(operation.resource)


@must("json.takes_label", only=_without_body, cost=4)
def check_no_body_is_asked_for(target: Target, operation: Operation) -> None:
    """GET and DELETE without a body MUST be taken, with its label or without.

    Clients that label every request send a label without a body.
    """
    reading = operation.verb != "DELETE"
    for label, words in (({}, "without a body"), (_LABEL, "with a label and no body")):
        item = (target.shared if reading else target.create)(operation.resource)
        answer = target.perform(operation.verb, item, headers=label)
        if answer.status == 404:
            # Says that nothing is there, and of the body nothing.
            succeeded(answer)
        allowed(answer, f"{operation.verb} {words}")


@must("json.foreign_body", only=written, draws=in_turn, cost=8)
def check_xml_and_forms_are_refused(
    target: Target, resource: Resource, payload: str
) -> None:
    """A resource MUST NOT take an XML or a form body."""
    trial = aim(target, resource, payload)
    insist_on_refusal(target, trial, foreign(resource.name, trial.other))


@should("json.mislabelled_body", only=written, draws=in_turn, cost=7)
def check_json_labelled_as_text_is_refused(
    target: Target, resource: Resource, payload: str
) -> None:
    """JSON labelled ``text/plain`` SHOULD be refused."""
    trial = aim(target, resource, payload)
    raw = Raw("JSON labelled text/plain", as_json(trial.other), "text/plain")
    insist_on_refusal(target, trial, [raw])


@must("json.invalid_utf8_request", only=written, draws=in_turn, cost=9)
def check_bytes_that_are_not_utf8_are_refused(
    target: Target, resource: Resource, payload: str
) -> None:
    """A body whose bytes are not UTF-8 MUST be refused, with nothing stored."""
    name = resource.label or next(iter(resource.texts()), "Note")
    trial = aim(target, resource, payload)
    insist_on_refusal(target, trial, not_utf8(trial.other, name))


@must(
    "json.malformed_request",
    only=lambda operation: operation.verb in WRITES and written(operation.resource),
    cost=11,
    warns="What RFC 8259 lets a parser take besides SHOULD be refused.",
)
def check_malformed_bodies_are_refused(target: Target, operation: Operation) -> None:
    """A body that is no JSON object MUST be refused, with nothing stored."""
    resource, verb = operation.resource, operation.verb
    trial = aim(target, resource, verb)
    number, verbs = writes_of(resource).index(verb), len(writes_of(resource))
    insist_on_refusal(target, trial, malformed(trial.other))

    for kind in range(number, len(extended({})), verbs):
        fresh = aim(target, resource, verb) if verb == "CREATE" else trial
        raw = extended(fresh.other)[kind]
        answer = send(target, verb, fresh.item, raw, deliberate=True)
        edge(not took(answer), f"{verb} with {raw.words} was taken: {answer.words}")


@should(
    "json.deep_nesting",
    only=lambda resource: written(resource) and bool(resource.extensions),
)
def check_deep_bodies_are_stood(target: Target, resource: Resource) -> None:
    """A body nested 1,000 deep SHOULD be refused, or stored and given back."""
    place, verb = target.fresh_place(resource), writes_of(resource)[0]
    body, name = target.body(resource), resource.extensions[0]
    key = f"Deep{target.session.prefix}"
    item = place.item(body.get(resource.id.member, ""), body)
    raw = Raw("a deep body", deep(body, name, key, _LEVELS))

    answer = _answered(target, item, lambda: send(target, verb, item, raw))
    if answer.refusal:
        insist(answer.refusal, answer.words)
        return
    made = place.item(item_of(answer)[resource.id.member])
    found = target.get(made) if "GET" in resource.verbs else answer

    levels = depth(at(item_of(found), f"{name}.{key}"))
    insist(levels == _LEVELS, f"sent {_LEVELS} levels, got {levels}")


def _answered(target: Target, item: Item, call: Callable[[], Exchange]) -> Exchange:
    """Insist on an answer, whatever it is, where other requests are answered.

    A connection may be reset now and then, so one silence accuses nobody.
    """
    try:
        return call()
    except Disturbed:
        target.create(item.place)
    try:
        return call()
    except Disturbed as silence:
        target.create(item.place)
        raise Breach(f"twice no answer to a deep body: {silence}") from silence
