"""An exchange as a line for a shell, with variables where secrets stood."""

import re
from collections.abc import Mapping
from typing import Any

from conformance.vault import MARK

#: Headers that curl writes itself.
_OWN = frozenset({"host", "content-length", "connection", "accept-encoding"})
_TOKEN = re.compile(r"access_token(\.\d+)?$")
#: Characters of a body that a line may hold.
LONGEST_BODY = 2000
_UNSPEAKABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def curl(record: Mapping[str, Any]) -> str:
    """Write a shell line that sends an exchange's request again.

    Args:
        record: As `Exchange.record` gives it, marks in the place of secrets.
    """
    sent = record["sent"]
    words = ["curl -sS", f"-X {_quoted(sent['method'])}", _quoted(sent["url"])]
    words += [
        f"-H {_quoted(f'{name}: {value}')}"
        for name, value in sent["headers"]
        if name.lower() not in _OWN
    ]
    if "text" in sent:
        words.append(_body(sent["text"]))
    elif "base64" in sent:
        words.append(
            f"--data-binary '@body'  # {len(sent['base64'])} characters of base64"
        )
    return " ".join(words)


def variable(name: str) -> str:
    """Name the shell variable that stands for a secret."""
    if _TOKEN.search(name):
        return "TOKEN"
    return re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_").upper()


def _body(text: str) -> str:
    if len(text) > LONGEST_BODY:
        return f"--data-binary '@body'  # {len(text)} characters, in the report"
    return f"--data-binary {_quoted(text)}"


def _quoted(text: str) -> str:
    """Quote for a POSIX shell; a secret's mark leaves the quotes as a variable."""
    parts, end = [], 0
    for found in MARK.finditer(text):
        parts += [_single(text[end : found.start()]), f'"${variable(found[1])}"']
        end = found.end()
    parts.append(_single(text[end:]))
    return "".join(parts) or "''"


def _single(text: str) -> str:
    if not text:
        return ""
    if _UNSPEAKABLE.search(text) or "\n" in text:
        return "$'" + "".join(_escaped(character) for character in text) + "'"
    return "'" + text.replace("'", "'\\''") + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    if character == "\n":
        return "\\n"
    return f"\\x{ord(character):02x}" if _UNSPEAKABLE.match(character) else character
