"""JSON Everywhere: what is sent and taken is UTF-8 JSON."""

from conformance import Exchange, must, should
from conformance.expect import edge, insist


def _with_body(exchange: Exchange) -> bool:
    answer = exchange.answer
    judged = answer and (answer.success or answer.refusal or answer.status == 500)
    return bool(judged and answer and answer.body and not answer.truncated)


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
    edge(kind, f"no content type: {exchange.words}")
    edge(not kind.endswith("+json"), f"labelled {kind!r}: {exchange.words}")
    insist(
        kind in ("", "application/json") or kind.endswith("+json"),
        f"labelled {kind!r}: {exchange.words}",
    )


@must("json.utf8", passive=True, of=_with_body)
def check_answers_are_utf8(exchange: Exchange) -> None:
    """Every answer MUST be UTF-8 without a byte order mark."""
    answer = exchange.answer
    insist(answer and answer.text is not None, f"not UTF-8: {exchange.words}")
    insist(
        answer and not answer.body.startswith(b"\xef\xbb\xbf"),
        f"begins with a byte order mark: {exchange.words}",
    )


@must("json.well_formed", passive=True, of=_labelled_json)
def check_answers_are_well_formed(exchange: Exchange) -> None:
    """Every answer MUST be one RFC 8259 value and nothing else."""
    answer = exchange.answer
    if answer and answer.text is not None:
        insist(answer.parsed[2] is None, f"{answer.parsed[2]}: {exchange.words}")


@should("json.unique_names", passive=True, of=_labelled_json)
def check_names_are_unique(exchange: Exchange) -> None:
    """No object of an answer SHOULD hold a member name twice."""
    answer = exchange.answer
    repeated = answer.parsed[1] if answer else None
    insist(repeated is None, f"{repeated!r} stands twice: {exchange.words}")
