"""Named ways to differ from the vendor's habits and still keep every clause."""

import importlib
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import ASGIApp

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Mistake, Problem
from conformance.reference.store import Record
from conformance.reference.strict import Exact, dump

Install = Callable[[Server], None]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to differ and still conform.

    Attributes:
        freedom: What allows it.
        excludes: Variants that can't be on beside it, each with the reason.
    """

    name: str
    freedom: str
    install: Install
    sentence: str
    excludes: Mapping[str, str]


_VARIANTS: dict[str, Variant] = {}


def variant(
    freedom: str, *, excludes: Mapping[str, str] | None = None
) -> Callable[[Install], Install]:
    """Register a function as the variant of its name, dashes for underscores."""

    def register(install: Install) -> Install:
        name = install.__name__.replace("_", "-")
        sentence = " ".join((install.__doc__ or "").split())
        _VARIANTS[name] = Variant(name, freedom, install, sentence, excludes or {})
        return install

    return register


def all_variants() -> dict[str, Variant]:
    """Every variant of this module and its continuations, by name."""
    modules = (
        "variants_wire",
        "variants_lists",
        "variants_oauth",
        "variants_status",
        "variants_items",
        "variants_verbs",
        "variants_values",
        "variants_weather",
        "variants_contract",
    )
    for name in modules:
        importlib.import_module(f"conformance.reference.{name}")
    return dict(_VARIANTS)


@variant("absence spelt as null, left out, or empty")
def nulls_left_out(server: Server) -> None:
    """Properties without a value are left out of items."""

    def around(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        item = inner(call, record)
        return {name: value for name, value in item.items() if value is not None}

    server.wrap("render_item", around)


@variant("HTTP framing")
def chunked_answers(server: Server) -> None:
    """Bodies come in chunks of seven bytes."""

    def pieces(body: bytes) -> Iterator[bytes]:
        for start in range(0, len(body), 7):
            yield body[start : start + 7]

    async def stream(body: bytes) -> Any:
        for piece in pieces(body):
            yield piece

    def around(inner: Any, call: Call, answer: Answer) -> ASGIApp:
        if not answer.body or len(answer.body) > 4096:
            app: ASGIApp = inner(call, answer)
            return app
        return StreamingResponse(stream(answer.body), answer.status, answer.headers)

    server.wrap("response", around)


@variant("JSON text: white space")
def pretty_json(server: Server) -> None:
    """JSON is indented and ends with a line break."""

    def around(_inner: Any, call: Call, value: object) -> bytes:
        text = dump(value, lambda part: server.render_date(call, part), indent=2)
        return text + b"\n"

    server.wrap("encode", around)


@variant(
    "JSON text: escapes",
    excludes={"pretty-json": "each writes the whole body in its own way"},
)
def escaped_json(server: Server) -> None:
    """Everything but ASCII is escaped, and so is the slash."""

    def around(_inner: Any, call: Call, value: object) -> bytes:
        def rest(part: Any) -> str:
            return server.render_date(call, part)

        return dump(value, rest, ascii_only=True).replace(b"/", rb"\/")

    server.wrap("encode", around)


@variant("dates.utc: Z or +00:00; dates.iso8601: 0 to 9 fraction digits")
def dates_with_z(server: Server) -> None:
    """Date-times end with Z and have seven fraction digits."""

    def around(inner: Any, call: Call, moment: Any) -> str:
        text: str = inner(call, moment)
        return text.replace("+00:00", "0000Z")

    server.wrap("render_date", around)


@variant("status.success: SAVE 200 or 201 when it creates")
def save_always_200(server: Server) -> None:
    """A PUT that creates answers 200."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        answer.status = 200
        return answer

    server.wrap("save_new", around)


@variant("verbs.create.location: relative")
def relative_location(server: Server) -> None:
    """Location is a path without scheme and host."""
    server.wrap("authority", lambda _inner, _call: "")


@variant("json.content_type: no charset, any case")
def bare_content_type(server: Server) -> None:
    """The media type stands in capitals and without charset."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if answer.body:
            answer.headers["content-type"] = "Application/JSON"
        return answer

    server.wrap("finish", around)


@variant("JSON text: members nobody announced")
def extra_members(server: Server) -> None:
    """Items and errors have members of which the profile says nothing."""

    def around(inner: Any, *arguments: Any) -> dict[str, Any]:
        made: dict[str, Any] = inner(*arguments)
        return {"@etag": "a1"} | made

    server.wrap("render_item", around)
    server.wrap("error", around)


@variant("json.only_format: 406 in the standard shape")
def not_acceptable(server: Server) -> None:
    """An Accept header that leaves JSON out is answered with 406."""

    async def around(inner: Any, call: Call) -> Answer:
        accept = call.request.headers.get("accept", "*/*").lower()
        if not any(kind in accept for kind in ("*/*", "application/*", "json")):
            raise Problem(406, Mistake("NotAcceptable", "There is only JSON."))
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)


@variant("errors.shape: several errors")
def several_errors(server: Server) -> None:
    """Each error body that can hold several errors holds one more."""
    more = Mistake("Related", "See the other errors.", {})

    def around(inner: Any, call: Call, problem: Problem) -> Any:
        told = (*problem.mistakes, more)
        both = Problem(
            problem.status, *told, headers=problem.headers, oauth=problem.oauth
        )
        return inner(call, both)

    server.wrap("error_body", around)


@variant("errors.message: any language")
def messages_in_japanese(server: Server) -> None:
    """Every message is the same Japanese sentence."""

    def around(inner: Any, call: Call, mistake: Mistake) -> Any:
        told = "\u8981\u6c42\u306b\u8aa4\u308a\u304c\u3042\u308a\u307e\u3059\u3002"
        return inner(call, Mistake(mistake.code, told, mistake.data))

    server.wrap("error", around)


@variant("errors.no_5xx: 501 for an unknown HTTP method")
def unknown_method_501(server: Server) -> None:
    """A method that no resource has is answered with 501."""

    async def around(inner: Any, call: Call) -> Answer:
        method = call.request.method
        if method not in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}:
            raise Problem(501, Mistake("NotImplemented", "There is no such method."))
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)


@variant("429 and 503 with Retry-After, whatever their body")
def throttles_now_and_then(server: Server) -> None:
    """One request in 23 is answered with 429 or 503 in HTML, and may come again."""

    async def around(inner: Any, call: Call) -> Answer:
        if call.number % 23 == 0:
            status = 429 if call.number % 2 else 503
            headers = {"retry-after": "0", "content-type": "text/html"}
            return Answer(status, headers=headers, body=b"<p>Please wait.</p>")
        answer: Answer = await inner(call)
        return answer

    server.wrap("dispatch", around)


@variant("json.numbers: 1.0 for 1")
def integers_with_a_point(server: Server) -> None:
    """Integers of items are written as 1.0, the ID aside."""

    def pointed(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: pointed(part) for name, part in value.items()}
        if isinstance(value, list):
            return [pointed(part) for part in value]
        whole = isinstance(value, int) and not isinstance(value, bool)
        return Exact(f"{value}.0") if whole else value

    def around(inner: Any, *arguments: Any) -> tuple[bool, Any]:
        shown, value = inner(*arguments)
        return shown, pointed(value)

    server.wrap("render_property", around)


@variant("json.deep_nesting: stored and given back")
def deep_bodies_kept(server: Server) -> None:
    """Arrays nested more than a hundred deep are kept aside and given back."""
    nest = re.compile(rb"\[{101,}[^\[\]]*\]{101,}")
    kept: dict[bytes, bytes] = {}

    def aside(found: re.Match[bytes]) -> bytes:
        mark = b'"@nest-%d"' % len(kept)
        kept[mark] = found[0]
        return mark

    def parse(inner: Any, call: Call) -> dict[str, Any]:
        call.body = nest.sub(aside, call.body)
        body: dict[str, Any] = inner(call)
        return body

    def encode(inner: Any, call: Call, value: object) -> bytes:
        text: bytes = inner(call, value)
        marks = re.compile(rb'"@nest-\d+"')
        return marks.sub(lambda found: kept.get(found[0], found[0]), text)

    server.wrap("parse", parse)
    server.wrap("encode", encode)


@variant(
    "dates.iso8601: no fraction",
    excludes={"dates-with-z": "a date-time has one number of fraction digits"},
)
def dates_in_whole_seconds(server: Server) -> None:
    """Date-times have no fraction; stamps that differ by less look equal."""

    def around(inner: Any, call: Call, moment: Any) -> str:
        text: str = inner(call, moment)
        return text[:19] + text[23:]

    server.wrap("render_date", around)


@variant(
    "dates.iso8601: 9 fraction digits",
    excludes={
        "dates-with-z": "a date-time has one number of fraction digits",
        "dates-in-whole-seconds": "a date-time has one number of fraction digits",
    },
)
def dates_in_nanoseconds(server: Server) -> None:
    """Date-times have nine fraction digits."""

    def around(inner: Any, call: Call, moment: Any) -> str:
        text: str = inner(call, moment)
        return text.replace("+00:00", "000000+00:00")

    server.wrap("render_date", around)


@variant(
    "dates.iso8601: a fraction as long as it must be",
    excludes={
        "dates-with-z": "a date-time has one number of fraction digits",
        "dates-in-whole-seconds": "a date-time has one number of fraction digits",
        "dates-in-nanoseconds": "a date-time has one number of fraction digits",
    },
)
def dates_as_short_as_can_be(server: Server) -> None:
    """Date-times count tenths of a second, and leave out one that is zero."""

    def around(inner: Any, call: Call, moment: Any) -> str:
        text: str = inner(call, moment)
        whole, point, rest = text.partition(".")
        if not point:
            return text
        return f"{whole}Z" if rest[0] == "0" else f"{whole}.{rest[0]}Z"

    server.wrap("render_date", around)


@variant("dates.created_stable: PUT that replaces")
def put_starts_anew(server: Server) -> None:
    """An item that a PUT replaces is created anew, its stamp too."""

    def around(inner: Any, call: Call, record: Record, *arguments: Any) -> None:
        inner(call, record, *arguments)
        record.created = server.now(call)

    server.wrap("replace", around)


@variant("HTTP framing: extra headers")
def sets_cookies(server: Server) -> None:
    """Every answer sets a cookie; whoever sends one back is taken for somebody else."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        answer.headers["set-cookie"] = "session=somebody; Path=/; Secure; HttpOnly"
        return answer

    async def without(inner: Any, call: Call) -> Answer:
        if "cookie" in call.request.headers:
            raise Problem(401, Mistake("InvalidSession", "That session has ended."))
        answer: Answer = await inner(call)
        return answer

    server.wrap("finish", around)
    server.wrap("dispatch", without)
