"""Ways to break "JSON Everywhere": answers, text, numbers."""

import struct
import unicodedata
from collections.abc import Callable, Iterator
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims, Schema
from conformance.reference.exchange import Answer, Call
from conformance.reference.faults import fault
from conformance.reference.schema import Findings, types_of
from conformance.reference.store import Record
from conformance.reference.strict import Exact, number


def _last_look(server: Server, change: Callable[[Call, Answer], None]) -> None:
    """Change answers that have a body, on their way out."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if answer.body:
            change(call, answer)
        return answer

    server.wrap("finish", around)


def _stored(server: Server, change: Callable[[Call, str, Any, Findings], Any]) -> None:
    """Change the values of properties on their way into the store."""

    def around(
        inner: Any, call: Call, name: str, value: Any, findings: Findings, **how: Any
    ) -> Any:
        value = change(call, name, value, findings)
        return inner(call, name, value, findings, **how)

    server.wrap("accept", around)


def _within(value: Any, change: Callable[[Any], Any]) -> Any:
    """Change every plain value within a JSON value."""
    if isinstance(value, dict):
        return {name: _within(part, change) for name, part in value.items()}
    if isinstance(value, list):
        return [_within(part, change) for part in value]
    return change(value)


def _texts(value: Any) -> Iterator[str]:
    """Give every text within a JSON value."""
    if isinstance(value, str):
        yield value
    parts = value.values() if isinstance(value, dict) else value
    for part in parts if isinstance(value, dict | list) else ():
        yield from _texts(part)


def _text(change: Callable[[str], str]) -> Callable[[Any], Any]:
    return lambda value: change(value) if isinstance(value, str) else value


# Answers


@fault("json.content_type", dimension="header")
def json_content_type_text_on_errors(server: Server) -> None:
    """Errors are labelled text/plain."""

    def change(_call: Call, answer: Answer) -> None:
        if answer.status >= 400:
            answer.headers["content-type"] = "text/plain; charset=utf-8"

    _last_look(server, change)


@fault("json.content_type", dimension="one verb only")
def lists_labelled_as_javascript(server: Server) -> None:
    """Lists are labelled text/javascript."""

    def change(call: Call, answer: Answer) -> None:
        if call.verb == "LIST" and answer.status == 200:
            answer.headers["content-type"] = "text/javascript; charset=utf-8"

    _last_look(server, change)


@fault("json.content_type", dimension="one exchange in 25")
def labels_lost_now_and_then(server: Server) -> None:
    """One answer in 25 is labelled application/octet-stream."""

    def change(call: Call, answer: Answer) -> None:
        if call.number % 25 == 0:
            answer.headers["content-type"] = "application/octet-stream"

    _last_look(server, change)


@fault("json.content_type", level="SHOULD", dimension="header")
def items_labelled_as_hal(server: Server) -> None:
    """Items are labelled application/hal+json."""

    def change(call: Call, answer: Answer) -> None:
        if call.verb == "GET":
            answer.headers["content-type"] = "application/hal+json"

    _last_look(server, change)


@fault("json.utf8", dimension="body")
def errors_begin_with_a_mark(server: Server) -> None:
    """Error bodies begin with a byte order mark."""

    def change(_call: Call, answer: Answer) -> None:
        if answer.status >= 400:
            answer.body = b"\xef\xbb\xbf" + answer.body

    _last_look(server, change)


@fault("json.utf8", dimension="some values only")
def answers_in_latin1(server: Server) -> None:
    """An item whose text Latin-1 can hold is sent in Latin-1."""

    def change(call: Call, answer: Answer) -> None:
        text = answer.body.decode()
        if call.verb == "GET" and all(c <= "\xff" for c in text):
            answer.body = text.encode("latin-1")

    _last_look(server, change)


@fault("json.well_formed", dimension="body")
def refusals_end_with_a_semicolon(server: Server) -> None:
    """A semicolon stands behind the body of a 404."""

    def change(_call: Call, answer: Answer) -> None:
        if answer.status == 404:
            answer.body += b";"

    _last_look(server, change)


@fault("json.well_formed", dimension="one verb only")
def patched_items_in_python(server: Server) -> None:
    """The answer to a PATCH spells true and false with a capital."""

    def change(call: Call, answer: Answer) -> None:
        if call.verb == "PATCH":
            told = answer.body.replace(b":true", b":True")
            answer.body = told.replace(b":false", b":False")

    _last_look(server, change)


@fault("json.unique_names", level="SHOULD", dimension="body")
def saved_items_name_their_id_twice(server: Server) -> None:
    """The answer to a PUT holds the ID's member twice."""

    def change(call: Call, answer: Answer) -> None:
        if call.verb == "SAVE" and answer.status < 300:
            answer.body = answer.body.replace(b"{", _again(call, answer.body), 1)

    _last_look(server, change)


def _again(call: Call, body: bytes) -> bytes:
    member = f'"{call.claimed.id.member}":'.encode()
    value = body.partition(member)[2].partition(b",")[0].rstrip(b"}")
    return b"{" + member + value + b","


@fault(
    "json.only_format",
    dimension="body",
    forces={
        "json.content_type": "XML labelled as such is not labelled JSON",
        "errors.no_false_success": "an answer in XML has no member of the item",
    },
)
def xml_for_who_asks(server: Server) -> None:
    """An item is given as XML to a client that accepts nothing else."""

    def change(call: Call, answer: Answer) -> None:
        wanted = call.request.headers.get("accept") == "application/xml"
        if wanted and call.verb == "GET" and answer.status == 200:
            answer.body = b"<item/>"
            answer.headers["content-type"] = "application/xml"

    _last_look(server, change)


@fault(
    "json.only_format",
    dimension="errors only",
    forces={
        "json.content_type": "a page in HTML is labelled as such",
        "errors.shape": "a page in HTML has not the shape of an error",
    },
)
def error_pages_for_browsers(server: Server) -> None:
    """A 404 is a page in HTML for a client that prefers it."""

    def change(call: Call, answer: Answer) -> None:
        wanted = "text/html" in call.request.headers.get("accept", "")
        if wanted and answer.status == 404:
            answer.body = b"<!doctype html><title>Not found</title>"
            answer.headers["content-type"] = "text/html"

    _last_look(server, change)


# Text


@fault("json.unicode_roundtrip", dimension="stored state")
def astral_characters_become_question_marks(server: Server) -> None:
    """Characters beyond U+FFFF are stored as two question marks."""

    def narrow(text: str) -> str:
        return "".join("??" if c > "\uffff" else c for c in text)

    _stored(server, lambda _c, _n, value, _f: _within(value, _text(narrow)))


@fault("json.unicode_roundtrip", dimension="one verb only")
def patch_breaks_lines(server: Server) -> None:
    """PATCH stores a line separator, U+2028, as a line break."""

    def change(call: Call, _name: str, value: Any, _findings: Findings) -> Any:
        if call.verb != "PATCH":
            return value
        return _within(value, _text(lambda text: text.replace("\u2028", "\n")))

    _stored(server, change)


@fault("json.unicode_roundtrip", dimension="long strings only")
def lengths_counted_in_bytes(server: Server) -> None:
    """Text is cut where its UTF-8 is longer in bytes than claimed in characters."""

    def change(call: Call, name: str, value: Any, _findings: Findings) -> Any:
        longest = call.claimed.properties[name].get("maxLength")
        if longest is None or not isinstance(value, str) or len(value) > longest:
            return value
        return value.encode()[:longest].decode("utf-8", "ignore")

    _stored(server, change)


@fault("json.unicode_roundtrip", level="SHOULD", dimension="stored state")
def text_is_composed(server: Server) -> None:
    """Text is stored in Unicode's form NFC."""

    def compose(text: str) -> str:
        return unicodedata.normalize("NFC", text)

    _stored(server, lambda _c, _n, value, _f: _within(value, _text(compose)))


@fault("json.unicode_roundtrip", level="SHOULD", dimension="some values only")
def emoji_are_refused(server: Server) -> None:
    """Text with a character beyond U+FFFF is refused."""

    def change(_call: Call, name: str, value: Any, findings: Findings) -> Any:
        if any(c > "\uffff" for text in _texts(value) for c in text):
            findings.add(name, "has a character that can't be stored")
        return value

    _stored(server, change)


def _nested_text(claims: Claims) -> bool:
    """Whether an object that the profile describes holds text in an example."""
    return any(
        isinstance(text, str) and "format" not in schema["properties"].get(inner, {})
        for resource in claims.resources.values()
        for name, schema in resource.properties.items()
        if "properties" in schema
        for inner, text in (resource.example.get(name) or {}).items()
    )


@fault("json.unicode_roundtrip", dimension="nested text only", wants=_nested_text)
def astral_characters_are_lost_in_objects(server: Server) -> None:
    """Text of a described object loses its characters beyond U+FFFF."""

    def narrow(text: str) -> str:
        return "".join(c for c in text if c <= "\uffff")

    def change(call: Call, name: str, value: Any, _findings: Findings) -> Any:
        described = "properties" in call.claimed.properties[name]
        return _within(value, _text(narrow)) if described else value

    _stored(server, change)


# Numbers

_WORD = 2**31


def _single(value: Any) -> Any:
    """Round a number to what a float of 32 bits can hold."""
    exact = number(value)
    if exact is None or abs(exact) > 3e38:
        return value
    rounded: float = struct.unpack("f", struct.pack("f", float(exact)))[0]
    return int(rounded) if isinstance(value, int) else rounded


def _in_extension(server: Server, change: Callable[[Any], Any]) -> None:
    def around(call: Call, name: str, value: Any, _findings: Findings) -> Any:
        del call
        return _within(value, change) if name == server.claims.extension else value

    _stored(server, around)


@fault("json.numbers", dimension="stored state")
def large_integers_lose_digits(server: Server) -> None:
    """Integers of the free-form object are kept as floats of 32 bits."""
    _in_extension(server, lambda n: _single(n) if isinstance(n, int) else n)


@fault("json.numbers", dimension="one level only")
def members_of_the_extension_lose_digits(server: Server) -> None:
    """Integers beyond 32 bits that are members of the free-form object are floats."""

    def change(call: Call, name: str, value: Any, _findings: Findings) -> Any:
        del call
        if name != server.claims.extension or not isinstance(value, dict):
            return value
        wide = {n: v for n, v in value.items() if isinstance(v, int) and abs(v) > _WORD}
        return value | {n: _single(v) for n, v in wide.items()}

    _stored(server, change)


@fault("json.numbers", dimension="some values only")
def tiny_decimals_become_zero(server: Server) -> None:
    """A decimal of the free-form object below 0.0005 is stored as 0."""

    def change(value: Any) -> Any:
        exact = number(value)
        return value if exact is None or abs(exact) >= 0.0005 else 0

    _in_extension(server, change)


@fault("json.numbers", dimension="large values only")
def integers_wrap_at_32_bits(server: Server) -> None:
    """Integers of the free-form object are cut to 32 bits."""

    def change(value: Any) -> Any:
        whole = isinstance(value, int) and not isinstance(value, bool)
        return (value + 2**31) % 2**32 - 2**31 if whole else value

    _in_extension(server, change)


def _decimals(claims: Claims) -> set[str]:
    """Name the resources of which a property that clients write is a decimal."""
    return {
        resource.name
        for resource in claims.resources.values()
        if "CREATE" in resource.verbs
        and any(
            "number" in types_of(schema) and not schema.get("readOnly")
            for schema in resource.properties.values()
        )
    }


@fault(
    "json.numbers",
    dimension="type of a value, one resource only",
    wants=lambda claims: bool(_decimals(claims)),
    forces={"contract.responses": "the document types the property as a number"},
)
def decimals_are_shown_as_text(server: Server) -> None:
    """Decimals of one resource are shown as text, as many serializers do."""
    name = min(_decimals(server.claims))

    def around(
        inner: Any, call: Call, record: Record, member: str, schema: Schema
    ) -> tuple[bool, Any]:
        shown, value = inner(call, record, member, schema)
        decimal = call.claimed.name == name and "number" in types_of(schema)
        exact = number(value) if decimal else None
        return shown, value if exact is None else str(exact)

    server.wrap("render_property", around)


@fault("json.numbers", dimension="type of a value, the extension only")
def numbers_of_the_extension_become_text(server: Server) -> None:
    """A number that is a member of the free-form object is kept as text."""

    def change(call: Call, name: str, value: Any, _findings: Findings) -> Any:
        del call
        if name != server.claims.extension or not isinstance(value, dict):
            return value
        return {n: v if number(v) is None else str(number(v)) for n, v in value.items()}

    _stored(server, change)


@fault("json.numbers", level="SHOULD", dimension="stored state")
def decimals_in_single_precision(server: Server) -> None:
    """Decimals of the free-form object are kept as floats of 32 bits."""
    _in_extension(server, lambda n: _single(n) if isinstance(n, float | Exact) else n)
