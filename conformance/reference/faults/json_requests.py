"""Ways to break "JSON Everywhere": request bodies."""

import json
import re
import urllib.parse
from collections.abc import Callable
from email import message_from_bytes, policy
from email.message import MIMEPart
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, refuse
from conformance.reference.faults import fault
from conformance.reference.strict import parse


def _read(server: Server, change: Callable[[Call], bytes]) -> None:
    """Change the bytes of a body before they are parsed."""

    def around(inner: Any, call: Call) -> dict[str, Any]:
        call.body = change(call)
        body: dict[str, Any] = inner(call)
        return body

    server.wrap("parse", around)


def _when_malformed(server: Server, change: Callable[[Call], bytes]) -> None:
    """Parse other bytes where the body's own are refused."""

    def around(inner: Any, call: Call) -> dict[str, Any]:
        try:
            body: dict[str, Any] = inner(call)
        except ValueError:
            body = parse(change(call))
        return body

    server.wrap("parse", around)


def _kind(call: Call) -> str:
    return call.request.headers.get("content-type", "")


def _take(server: Server, label: str) -> None:
    """Take a media type besides JSON."""

    def around(inner: Any, call: Call) -> None:
        if not _kind(call).startswith(label):
            inner(call)

    server.wrap("check_media_type", around)


# Escapes and labels

_PAIR = re.compile(rb"\\u[dD][89abAB]..\\u[dD][c-fC-F]..")


def _split(call: Call) -> bytes:
    return _PAIR.sub(rb"\\ufffd\\ufffd", call.body)


@fault("json.escapes", dimension="one verb only")
def patch_splits_surrogate_pairs(server: Server) -> None:
    """PATCH reads an escaped surrogate pair as two replacement characters."""

    def split(call: Call) -> bytes:
        return _split(call) if call.verb == "PATCH" else call.body

    _read(server, split)


@fault("json.escapes", dimension="some values only")
def surrogate_pairs_are_split(server: Server) -> None:
    r"""A pair of \u escapes becomes two replacement characters."""
    _read(server, _split)


@fault("json.escapes", dimension="names only")
def escaped_names_are_unknown(server: Server) -> None:
    r"""A member whose name has a \u escape is not recognised."""
    name = re.compile(rb'"(\\u[^"]*)"(?=\s*:)')
    _read(server, lambda call: name.sub(rb'"?\1"', call.body))


def _refusing_labels(server: Server, wrong: Callable[[str], bool]) -> None:
    def around(inner: Any, call: Call) -> None:
        if wrong(_kind(call)):
            raise refuse(415, "Request.InvalidContentType", "Send application/json.")
        inner(call)

    server.wrap("check_media_type", around)


@fault("json.takes_label", dimension="header")
def charset_is_refused(server: Server) -> None:
    """JSON labelled with a charset is refused."""
    _refusing_labels(server, lambda kind: "charset" in kind)


@fault("json.takes_label", dimension="header")
def capitals_in_the_label_are_refused(server: Server) -> None:
    """JSON whose label has a capital letter is refused."""
    _refusing_labels(server, lambda kind: kind.partition(";")[0] != kind.lower()[:16])


@fault("json.takes_label", dimension="one verb only")
def patch_refuses_a_charset(server: Server) -> None:
    """PATCH refuses JSON labelled with a charset."""

    def around(inner: Any, call: Call) -> None:
        if call.verb == "PATCH" and "charset" in _kind(call):
            raise refuse(415, "Request.InvalidContentType", "Send application/json.")
        inner(call)

    server.wrap("check_media_type", around)


# Foreign and mislabelled bodies


@fault("json.foreign_body", dimension="stored state")
def forms_are_taken(server: Server) -> None:
    """Form bodies are taken as if they were JSON."""
    _take(server, "application/x-www-form-urlencoded")

    def value(text: str) -> Any:
        plain = text in ("true", "false", "null") or text.lstrip("-").isdigit()
        return json.loads(text) if plain else text

    def around(inner: Any, call: Call) -> dict[str, Any]:
        if not _kind(call).startswith("application/x-www-form-urlencoded"):
            body: dict[str, Any] = inner(call)
            return body
        pairs = urllib.parse.parse_qsl(call.body.decode())
        return {name: value(text) for name, text in pairs}

    server.wrap("parse", around)


@fault("json.foreign_body", dimension="one media type only")
def multipart_forms_are_taken(server: Server) -> None:
    """A form in parts is taken, every value of it as text."""
    label = "multipart/form-data"
    _take(server, label)

    def around(inner: Any, call: Call) -> dict[str, Any]:
        kind = _kind(call)
        if not kind.startswith(label):
            body: dict[str, Any] = inner(call)
            return body
        head = f"Content-Type: {kind}\r\n\r\n".encode()
        found = message_from_bytes(head + call.body, policy=policy.HTTP)
        return {
            str(part.get_param("name", header="content-disposition")): _told(part)
            for part in found.iter_parts()
        }

    server.wrap("parse", around)


def _told(part: MIMEPart) -> str:
    held = part.get_payload(decode=True)
    return held.decode().rstrip("\r\n") if isinstance(held, bytes) else ""


@fault("json.foreign_body", dimension="one verb only")
def patch_takes_forms(server: Server) -> None:
    """PATCH takes a form body, every value of it as text."""

    def form(call: Call) -> bool:
        kind = "application/x-www-form-urlencoded"
        return call.verb == "PATCH" and _kind(call).startswith(kind)

    def labelled(inner: Any, call: Call) -> None:
        if not form(call):
            inner(call)

    def parsed(inner: Any, call: Call) -> dict[str, Any]:
        if form(call):
            return dict(urllib.parse.parse_qsl(call.body.decode()))
        body: dict[str, Any] = inner(call)
        return body

    server.wrap("check_media_type", labelled)
    server.wrap("parse", parsed)


@fault("json.foreign_body", dimension="one verb only")
def xml_is_ignored_by_patch(server: Server) -> None:
    """PATCH with an XML body succeeds and changes nothing."""

    async def around(inner: Any, call: Call) -> Answer:
        if _kind(call) == "application/xml":
            return Answer(200, server.render_item(call, server.find_item(call)))
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_patch", around)


@fault("json.mislabelled_body", level="SHOULD", dimension="header")
def plain_text_is_taken(server: Server) -> None:
    """JSON labelled text/plain is taken."""
    _take(server, "text/plain")


# Malformed bodies


@fault("json.malformed_request", dimension="stored state")
def missing_braces_are_added(server: Server) -> None:
    """A body that was cut off before its last brace is taken."""
    _when_malformed(server, lambda call: call.body + b"}")


def _first_value(call: Call) -> bytes:
    text = call.body.decode()
    try:
        _, end = json.JSONDecoder().raw_decode(text)
    except RecursionError:
        end = 0
    return text[:end].encode()


@fault("json.malformed_request", dimension="body")
def what_follows_the_body_is_ignored(server: Server) -> None:
    """What stands behind the first JSON value of a body is ignored."""
    _when_malformed(server, _first_value)


@fault("json.malformed_request", dimension="one verb, one kind only")
def put_reads_the_first_of_two_values(server: Server) -> None:
    """PUT takes the first JSON value of a body when another one follows it."""

    def first(call: Call) -> bytes:
        value = _first_value(call)
        rest = call.body[len(value) :].strip()
        return value if call.verb == "SAVE" and rest[:1] == b"{" else call.body

    _when_malformed(server, first)


@fault("json.malformed_request", dimension="one verb only")
def malformed_patches_do_nothing(server: Server) -> None:
    """PATCH with a body that is no JSON succeeds and changes nothing."""

    def around(inner: Any, call: Call) -> dict[str, Any]:
        try:
            body: dict[str, Any] = inner(call)
        except json.JSONDecodeError:
            if call.verb != "PATCH":
                raise
            body = {}
        return body

    server.wrap("parse", around)


@fault(
    "json.malformed_request",
    dimension="side effect",
    forces={"errors.nothing_stored": "the refused body was stored"},
)
def texts_are_refused_and_stored(server: Server) -> None:
    """A JSON text that holds an item is refused, but the item is stored."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.body.startswith(b'"'):
            call.body = json.loads(call.body).encode()
            await inner(call)
            raise refuse(400, "Request.InvalidRequestBody", "No object.")
        answer: Answer = await inner(call)
        return answer

    for verb in ("do_create", "do_save", "do_patch"):
        server.wrap(verb, around)


@fault("json.malformed_request", level="SHOULD", dimension="body")
def last_commas_are_taken(server: Server) -> None:
    """A comma before the last brace of a body is ignored."""
    _when_malformed(server, lambda call: re.sub(rb",\s*}$", b"}", call.body))


@fault("json.malformed_request", level="SHOULD", dimension="one verb only")
def empty_patches_are_taken(server: Server) -> None:
    """PATCH takes no body at all as an empty object."""
    _read(
        server, lambda call: call.body or b"{}" if call.verb == "PATCH" else call.body
    )


@fault("json.malformed_request", level="SHOULD", dimension="body")
def arrays_are_taken_as_their_item(server: Server) -> None:
    """A body that is an array of one object is taken as the object."""
    _when_malformed(server, lambda call: call.body.strip()[1:-1])


@fault("json.invalid_utf8_request", dimension="stored state")
def wrong_bytes_are_replaced(server: Server) -> None:
    """Bytes that are not UTF-8 are stored as replacement characters."""
    _read(server, lambda call: call.body.decode("utf-8", "replace").encode())


@fault("json.invalid_utf8_request", dimension="some values only")
def wrong_bytes_are_read_as_cp1252(server: Server) -> None:
    """A body that is not UTF-8 is read as CP-1252."""

    def guessed(call: Call) -> bytes:
        try:
            return call.body.decode("utf-8").encode()
        except UnicodeDecodeError:
            return call.body.decode("cp1252", "ignore").encode()

    _read(server, guessed)


@fault("json.deep_nesting", level="SHOULD", dimension="stored state")
def deep_bodies_are_flattened(server: Server) -> None:
    """Of arrays nested more than fifty deep only the outermost is stored."""
    nest = re.compile(rb"\[{50,}[^\[\]]*\]{50,}")
    _read(server, lambda call: nest.sub(b"[]", call.body))
