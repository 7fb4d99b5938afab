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
_UNSPEAKABLE = re.compile(r"[\x00-\x1f\x7f]")
_SIMPLE = re.compile(r"[A-Za-z0-9_./-]+")


def curl(record: Mapping[str, Any], ca: str | None = None) -> str:
    """Write a shell line that sends an exchange's request again.

    Args:
        record: As `Exchange.record` gives it, marks in the place of secrets.
        ca: Name of the file with the CA to trust.
    """
    sent = record["sent"]
    words = ["curl -sS"]
    if ca:
        words.append(f"--cacert {_quoted(ca)}")
    words += [f"-X {_quoted(sent['method'])}", _quoted(sent["url"])]
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
    """Quote for a POSIX shell, with a variable where a secret's mark stands."""
    if _SIMPLE.fullmatch(text):
        return text
    if not MARK.search(text):
        return _single(text)
    parts, end = [], 0
    for found in MARK.finditer(text):
        parts += [_double(text[end : found.start()]), f"${{{variable(found[1])}}}"]
        end = found.end()
    return '"' + "".join([*parts, _double(text[end:])]) + '"'


def _double(text: str) -> str:
    """Escape for double quotes; what has no name there is shown by its code."""
    escaped = re.sub(r'[\\"$`]', lambda found: "\\" + found[0], text)
    # An interactive shell takes ! for history, and no backslash helps.
    escaped = escaped.replace("!", "\"'!'\"")
    return _UNSPEAKABLE.sub(lambda found: f"\\x{ord(found[0]):02x}", escaped)


def _single(text: str) -> str:
    if _UNSPEAKABLE.search(text):
        return "$'" + "".join(_escaped(character) for character in text) + "'"
    return "'" + text.replace("'", "'\\''") + "'"


def _escaped(character: str) -> str:
    if character in "\\'":
        return "\\" + character
    return f"\\x{ord(character):02x}" if _UNSPEAKABLE.match(character) else character
