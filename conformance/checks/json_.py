"""JSON Everywhere: answers are UTF-8 JSON, whatever was asked for."""

from conformance import Exchange, Operation, Profile, Target, must, should
from conformance.checks._errors import early
from conformance.errors import Disturbed
from conformance.expect import edge, insist, waits_for
from conformance.writing import written

_FOREIGN = ("application/xml", "text/html")


def _with_body(exchange: Exchange) -> bool:
    """Leave out what HEAD and OPTIONS are answered with: no resource is shown."""
    answer = exchange.answer
    if answer is None or not answer.body or answer.truncated:
        return False
    if exchange.sent.method in ("HEAD", "OPTIONS"):
        return False
    throttled = answer.status == 429 and answer.header("retry-after") is not None
    return answer.success or answer.status == 500 or (answer.refusal and not throttled)


def _owes_utf8(exchange: Exchange) -> bool:
    """Leave out what a gateway may have said in its own format."""
    return _with_body(exchange) and (_labelled_json(exchange) or not early(exchange))


def _labelled_json(exchange: Exchange) -> bool:
    kind = exchange.answer.media_type if exchange.answer else ""
    return _with_body(exchange) and (not kind or "json" in kind)


@must(
    "json.content_type",
    passive=True,
    of=_with_body,
    warns="The label SHOULD be there, and be ``application/json`` itself.",
)
def check_answers_are_labelled_json(exchange: Exchange) -> None:
    """Every answer with a body MUST be labelled ``application/json``."""
    kind = exchange.answer.media_type if exchange.answer else ""
    label = (exchange.header("content-type") or "").lower().replace(" ", "")
    charset = label.partition("charset=")[2].partition(";")[0].strip('"')
    softer = not kind or kind.endswith("+json") or early(exchange)
    exact = kind == "application/json" and charset in ("", "utf-8", "utf8")

    edge(exact or not softer, f"labelled {label or 'not at all'}: {exchange.words}")
    insist(exact or softer, f"labelled {label!r}: {exchange.words}")


@must("json.utf8", passive=True, of=_owes_utf8)
def check_answers_are_utf8(exchange: Exchange) -> None:
    """Every answer MUST be UTF-8 without a byte order mark."""
    answer = exchange.answer
    insist(answer and answer.text is not None, f"not UTF-8: {exchange.words}")
    insist(
        answer and not answer.body.startswith(b"\xef\xbb\xbf"),
        f"begins with a byte order mark: {exchange.words}",
    )


def _insist_on_label(exchange: Exchange) -> None:
    if not _labelled_json(exchange):
        raise waits_for("json.content_type", exchange.words, exchange.operation)


@must("json.well_formed", passive=True, of=_with_body)
def check_answers_are_well_formed(exchange: Exchange) -> None:
    """Every answer MUST be one RFC 8259 value and nothing else."""
    _insist_on_label(exchange)
    answer = exchange.answer
    if answer and answer.text is not None:
        wrong = answer.parsed[2]
        insist(wrong is None, f"{wrong}: {exchange.words}")


@should("json.unique_names", passive=True, of=_with_body)
def check_names_are_unique(exchange: Exchange) -> None:
    """No object of an answer SHOULD hold a member name twice."""
    _insist_on_label(exchange)
    answer = exchange.answer
    repeated = answer.parsed[1] if answer else None
    insist(repeated is None, f"{repeated!r} stands twice: {exchange.words}")


def _accepts(profile: Profile, operation: Operation) -> list[str]:
    """Read with each foreign format; write with one, another for each verb."""
    del profile
    if operation.verb in ("LIST", "GET"):
        return list(_FOREIGN)
    return [_FOREIGN[operation.verb in ("SAVE", "DELETE")]]


@must("json.only_format", draws=_accepts)
def check_accept_does_not_change_the_format(
    target: Target, operation: Operation, payload: str
) -> None:
    """An operation MUST answer in JSON whatever the Accept header asks for."""
    resource = operation.resource
    place = target.place(resource)
    shown = operation.verb == "GET" and written(resource)
    item = target.shared(resource) if shown else target.missing(place)

    answer = target.perform(operation.verb, item, headers={"Accept": payload})

    _insist_on_json(answer, payload)


@must("json.only_format", draws=lambda _profile: list(_FOREIGN))
def check_unknown_routes_answer_in_json(target: Target, payload: str) -> None:
    """An unknown route MUST answer in JSON whatever the Accept header asks for."""
    path = f"{target.profile.base_path}/{target.session.prefix}-no-such-route"
    answer = target.send("GET", path, headers={"Accept": payload})

    _insist_on_json(answer, payload)


@must("json.only_format", only=lambda flow: flow != "refresh_token")
def check_the_token_endpoint_answers_in_json(target: Target, flow: str) -> None:
    """The token endpoint MUST answer in JSON whatever the Accept header asks for."""
    form = {
        "grant_type": "no_such_grant",
        "client_id": f"{target.session.prefix}-{flow}",
    }
    for accept in _FOREIGN:
        answer = target.grant(form, headers={"Accept": accept}, deliberate=True)
        _insist_on_json(answer, accept)


def _insist_on_json(answer: Exchange, accept: str) -> None:
    """Insist that what an answer holds, if anything, is JSON."""
    received = answer.answer
    if received and received.truncated:
        raise Disturbed(f"the answer is longer than is read: {answer.words}")
    wrong = received.parsed[2] if received and received.body else None
    if wrong is not None and _labelled_json(answer):
        raise waits_for(
            "json.well_formed", f"{wrong}: {answer.words}", answer.operation
        )
    told = received.media_type if received else ""
    words = (
        f"asked with Accept: {accept}, answered {told or 'without a label'}, no JSON"
    )
    insist(wrong is None, f"{words}: {answer.words}")
