"""Named ways to differ from the vendor's habits and still keep every clause."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from starlette.responses import StreamingResponse
from starlette.types import ASGIApp

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Mistake, Problem
from conformance.reference.store import Record
from conformance.reference.strict import dump

Install = Callable[[Server], None]


@dataclass(frozen=True, slots=True)
class Variant:
    """One way to differ and still conform; ``freedom`` is what allows it."""

    name: str
    freedom: str
    install: Install
    sentence: str


_VARIANTS: dict[str, Variant] = {}


def variant(freedom: str) -> Callable[[Install], Install]:
    """Register a function as the variant of its name, dashes for underscores."""

    def register(install: Install) -> Install:
        name = install.__name__.replace("_", "-")
        sentence = " ".join((install.__doc__ or "").split())
        _VARIANTS[name] = Variant(name, freedom, install, sentence)
        return install

    return register


def all_variants() -> dict[str, Variant]:
    """Every variant, by name."""
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


@variant("JSON text: escapes")
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
