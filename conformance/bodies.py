"""Request bodies by the byte: right ones in other words, wrong ones, foreign ones.

Nothing here sends. A check gives them to `Target` as ``raw``.
"""

import json
import urllib.parse
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

JSON_TYPE = "application/json"
_FORM = "application/x-www-form-urlencoded"
_BOUNDARY = "conformance-suite-part"
_UTF8 = "application/json; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Raw:
    """A request body as bytes, with its label.

    Attributes:
        words: What is the matter with it, as a noun phrase.
        extended: RFC 8259 lets a parser take it.
    """

    words: str
    content: bytes
    label: str = JSON_TYPE
    extended: bool = False


def as_json(body: Any) -> bytes:
    """Write JSON as UTF-8, nothing escaped that need not be."""
    return json.dumps(body, ensure_ascii=False).encode()


def escaped(body: Any) -> bytes:
    r"""Write JSON in ASCII, every character of every text as ``\uXXXX``."""
    return _escaped(body).encode("ascii")


def _escaped(value: Any) -> str:
    if isinstance(value, str):
        pairs = value.encode("utf-16-be").hex()
        units = (pairs[n : n + 4] for n in range(0, len(pairs), 4))
        return '"' + "".join(f"\\u{unit}" for unit in units) + '"'
    if isinstance(value, Mapping):
        members = (f"{_escaped(n)}: {_escaped(v)}" for n, v in value.items())
        return "{" + ", ".join(members) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_escaped, value)) + "]"
    return json.dumps(value)


def as_form(body: Mapping[str, Any]) -> bytes:
    """Write the plain members as ``application/x-www-form-urlencoded``."""
    plain = {n: _plain(v) for n, v in body.items() if not isinstance(v, dict | list)}
    return urllib.parse.urlencode(plain).encode()


def as_parts(body: Mapping[str, Any]) -> bytes:
    """Write the plain members as ``multipart/form-data``."""
    head = f"--{_BOUNDARY}\r\nContent-Disposition: form-data; name="
    parts = [
        f'{head}"{name}"\r\n\r\n{_plain(value)}\r\n'
        for name, value in body.items()
        if not isinstance(value, dict | list)
    ]
    return f"{''.join(parts)}--{_BOUNDARY}--\r\n".encode()


def as_xml(name: str, body: Any) -> bytes:
    """Write an XML document whose root has that name."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{_element(name, body)}'.encode()


def _element(name: str, value: Any) -> str:
    if isinstance(value, list):
        return "".join(_element(name, part) for part in value)
    if isinstance(value, Mapping):
        inner = "".join(_element(n, part) for n, part in value.items())
        return f"<{name}>{inner}</{name}>"
    return f"<{name}>{escape(_plain(value))}</{name}>"


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def foreign(name: str, body: Mapping[str, Any]) -> list[Raw]:
    """Give a body in the formats that are not JSON."""
    texts = {n: v for n, v in body.items() if isinstance(v, str)}
    return [
        Raw("an XML body", as_xml(name, body), "application/xml"),
        Raw("a form body", as_form(body), _FORM),
        # Needs no reading of numbers, which may be what the whole one is refused for.
        Raw("a form body of text alone", as_form(texts), _FORM),
        Raw(
            "a multipart form of text alone",
            as_parts(texts),
            f"multipart/form-data; boundary={_BOUNDARY}",
        ),
    ]


def malformed(body: Mapping[str, Any]) -> list[Raw]:
    """Give texts made of a body that are no JSON object."""
    text = as_json(body)
    return [
        Raw("a body cut off before its last brace", text[:-1]),
        Raw("a body of two values", text + b"\n" + text),
        Raw("a bare word as body", b"item"),
        Raw("a body with a brace too many", text + b"}"),
        Raw("a number as body", b"12"),
        Raw("a text as body", as_json(text.decode())),
    ]


def extended(body: Mapping[str, Any]) -> list[Raw]:
    """Give texts made of a body that a lenient parser may take."""
    text = as_json(body)
    utf16, comma = text.decode().encode("utf-16"), b", " if body else b""
    return [
        Raw("a comma before the last brace", text[:-1] + b",}", extended=True),
        Raw("a comment", b"/* body */ " + text, extended=True),
        Raw("NaN", text[:-1] + comma + b'"Ratio": NaN}', extended=True),
        Raw("UTF-16", utf16, f"{JSON_TYPE}; charset=utf-16", extended=True),
        Raw("an array around the item", b"[" + text + b"]", extended=True),
        Raw("no body at all", b"", extended=True),
    ]


#: Bytes that are no UTF-8, what they are, and how the body is labelled.
_NOT_UTF8: Sequence[tuple[str, bytes, str]] = (
    ("a lone byte 0xFF", b"\xff", _UTF8),
    ("an overlong sequence", b"\xc1\xa5", JSON_TYPE),
    ("text in CP-1252", b"\xe9t\xe9", JSON_TYPE),
)


def not_utf8(body: Mapping[str, Any], name: str) -> list[Raw]:
    """Give a body whose text property holds bytes that are not UTF-8."""
    text = as_json({**body, name: "Caf@@"})
    return [
        Raw(words, text.replace(b"@@", wrong), label)
        for words, wrong, label in _NOT_UTF8
    ]


def deep(body: Mapping[str, Any], name: str, key: str, levels: int) -> bytes:
    """Write a body whose object property holds arrays nested so deeply."""
    nest = b"[" * levels + b'"bottom"' + b"]" * levels
    return as_json({**body, name: {key: "@@"}}).replace(b'"@@"', nest)


def depth(value: Any) -> int:
    """Count the levels of arrays of one part each down to a text."""
    levels = 0
    while isinstance(value, list) and len(value) == 1:
        value, levels = value[0], levels + 1
    return levels if value == "bottom" else -1
