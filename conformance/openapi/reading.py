"""Reading an OpenAPI document from a file or a URL, whatever stands in it."""

import json
import re
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx
import yaml

from conformance.errors import UsageError
from conformance.openapi.document import Document
from conformance.trust import trusting
from conformance.wire.bounded import fetching

#: Bytes of a document that are read. GitHub's, of 900 operations, has 12 MB.
LARGEST = 32 * 2**20
#: Levels of nesting that are read. The deepest known documents have about 40.
DEEPEST = 200
#: Values that the anchors of a YAML document may unfold to.
MOST_VALUES = 5_000_000
_FETCHING_S = 30.0
_Loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


def read_document(source: str, ca: Path | None = None) -> Document:
    """Read an OpenAPI 3.0 or 3.1 document, in JSON or YAML.

    Raises:
        UsageError: It can't be read, or is no such document; names the place.
    """
    remote = re.match(r"https?://", source, re.IGNORECASE)
    body = _fetched(source, ca) if remote else _from_file(source)
    return document_from(_parsed(body, source), source)


def document_from(value: Any, source: str) -> Document:
    """Take a parsed document; ``source`` is for messages.

    Raises:
        UsageError: It is no OpenAPI 3.0 or 3.1 document, or has no paths.
    """
    if not isinstance(value, dict):
        raise UsageError(f"{source}: not an OpenAPI document: no object at the top")
    dialect = _dialect(value, source)
    paths = value.get("paths")
    if not isinstance(paths, dict):
        raise UsageError(
            f"{source}: paths: must be an object of paths, is {_is(paths)}"
        )
    if not paths:
        raise UsageError(f"{source}: paths: has no path, so there is nothing to claim")
    return Document(source, value, dialect)


def _is(value: Any) -> str:
    return "left out" if value is None else type(value).__name__


def _dialect(value: Mapping[str, Any], source: str) -> str:
    if "swagger" in value:
        raise UsageError(
            f"{source}: swagger: {value['swagger']!r} is read by no part of this; "
            "convert the document to OpenAPI 3 first"
        )
    told = value.get("openapi")
    if told is None:
        raise UsageError(
            f"{source}: not an OpenAPI document: has no member called openapi"
        )
    found = re.match(r"3\.[01](?=\.|$)", str(told))
    if not found:
        raise UsageError(f"{source}: openapi: {told!r} is not read; 3.0 and 3.1 are")
    return found[0]


def _from_file(source: str) -> bytes:
    try:
        size = Path(source).stat().st_size
        if size > LARGEST:
            raise UsageError(_too_large(source, size))
        return Path(source).read_bytes()
    except OSError as error:
        raise UsageError(f"{source}: can't be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"{source!r}: is no file name ({error})") from error


def _too_large(source: str, size: int) -> str:
    return (
        f"{source}: has {size / 2**20:.0f} MiB; no more than {LARGEST // 2**20} MiB "
        "are read: give the part that describes the server"
    )


def _fetched(url: str, ca: Path | None) -> bytes:
    """Fetch a document; redirects and proxies are not followed."""
    body, end = b"", time.monotonic() + _FETCHING_S
    try:
        with (
            fetching(trusting(ca), _FETCHING_S) as client,
            client.stream("GET", url) as answer,
        ):
            if not answer.is_success:
                raise UsageError(
                    f"{url}: answered {answer.status_code}, not a document"
                )
            for part in answer.iter_bytes():
                body += part
                if len(body) > LARGEST:
                    raise UsageError(_too_large(url, len(body)))
                if time.monotonic() > end:
                    raise UsageError(f"{url}: did not end within {_FETCHING_S:.0f} s")
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UsageError(f"{url}: {str(error) or type(error).__name__}") from error
    return body


def _parsed(body: bytes, source: str) -> Any:
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise UsageError(f"{source}: not UTF-8 at byte {error.start}") from error
    if text.lstrip()[:1] in ("{", "["):
        return _json(text, source)
    return _yaml(text, source)


def _json(text: str, source: str) -> Any:
    try:
        value = json.loads(text)
    except json.JSONDecodeError as error:
        place = f"{source}: line {error.lineno}, column {error.colno}"
        raise UsageError(f"{place}: not JSON: {error.msg}") from error
    except (RecursionError, ValueError) as error:
        raise UsageError(
            f"{source}: nested too deeply, or a number too long"
        ) from error
    _insist_on_bounds(value, source)
    return value


def _yaml(text: str, source: str) -> Any:
    try:
        _insist_on_depth(text, source)
        value = _texts_as_keys(yaml.load(text, _TextLoader), {})  # noqa: S506 - a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
        raise UsageError(f"{source}: {line}not YAML: {error.problem}") from error
    except (yaml.YAMLError, ValueError) as error:
        words = " ".join(str(error).split())[:200]
        raise UsageError(f"{source}: not YAML: {words}") from error
    except RecursionError as error:
        raise UsageError(f"{source}: nested too deeply, or within itself") from error
    _insist_on_bounds(value, source)
    return value


class _TextLoader(_Loader):  # type: ignore[misc, valid-type]  # C's or Python's
    """Leaves dates as text, as JSON would."""


_TextLoader.yaml_implicit_resolvers = {
    sign: [pair for pair in pairs if pair[0] != "tag:yaml.org,2002:timestamp"]
    for sign, pairs in _Loader.yaml_implicit_resolvers.items()
}


def _insist_on_depth(text: str, source: str) -> None:
    """Look at the nesting before anything is built: the parser's C has no bound."""
    depth = 0
    for event in yaml.parse(text, _Loader):
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > DEEPEST:
            line = event.start_mark.line + 1 if event.start_mark else "?"
            raise UsageError(f"{source}: line {line}: nested deeper than {DEEPEST}")


def _texts_as_keys(value: Any, seen: dict[int, Any]) -> Any:
    """Give text keys as JSON has them; what an anchor shares stays shared."""
    if not isinstance(value, dict | list):
        return value
    if id(value) in seen:
        return seen[id(value)]
    made: Any = {} if isinstance(value, dict) else []
    seen[id(value)] = made
    if isinstance(value, dict):
        made.update((str(k), _texts_as_keys(v, seen)) for k, v in value.items())
    else:
        made.extend(_texts_as_keys(part, seen) for part in value)
    return made


def _insist_on_bounds(value: Any, source: str) -> None:
    """Refuse what is nested too deeply, holds itself, or unfolds to too much."""
    sizes: dict[int, int] = {}
    opened: set[int] = set()

    def size_of(part: Any, depth: int, place: str) -> int:
        if not isinstance(part, dict | list):
            return 1
        if id(part) in opened:
            raise UsageError(f"{source}: {place}: an anchor holds itself")
        if depth > DEEPEST:
            raise UsageError(f"{source}: {place}: nested deeper than {DEEPEST}")
        if id(part) not in sizes:
            opened.add(id(part))
            named = part.items() if isinstance(part, dict) else enumerate(part)
            total = 1
            for name, inner in named:
                where = f"{place}.{name}" if depth < 3 else place
                total += size_of(inner, depth + 1, where.lstrip("."))
                if total > MOST_VALUES:
                    raise UsageError(
                        f"{source}: {place}: unfolds to more than {MOST_VALUES} values"
                    )
            opened.discard(id(part))
            sizes[id(part)] = total
        return sizes[id(part)]

    size_of(value, 0, "")
