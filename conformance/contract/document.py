"""An OpenAPI document as the suite reads it: its operations and what is wrong in it.

Nothing is fetched here, and no reference is followed out of the document.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any
from urllib.parse import urlsplit

from conformance.contract.schemas import Unusable, Validator
from conformance.contract.yaml_ import read_yaml

METHODS = ("get", "put", "post", "delete", "patch", "head", "options", "trace")
#: Bytes, levels and values of a document that are read; more is said, not read.
LARGEST = 16 * 2**20
DEEPEST = 200
MOST_VALUES = 2_000_000
_NEAR = 200
_PARAMETER = re.compile(r"\{[^{}/]*\}")
#: Members that hold values, in which a ``$ref`` is no reference.
_VALUES = ("example", "examples", "default", "enum", "const")
#: Members whose own members the document's author names, ``default`` for one.
_NAMING = ("responses", "properties", "schemas", "$defs", "definitions")


class Unreadable(ValueError):
    """The text is no OpenAPI document that can be read; says why, and where."""


@dataclass(frozen=True, slots=True)
class Response:
    """What the document says of one answer.

    Attributes:
        media: Media type → validator of the body; None where nothing is said of it.
        headers: Name in lower case → whether it must be there, and its schema.
    """

    media: Mapping[str, Validator | None]
    headers: Mapping[str, tuple[bool, Mapping[str, Any]]]


@dataclass(frozen=True, slots=True)
class Described:
    """One operation of the document.

    Attributes:
        path: As the document writes it.
        method: In capitals.
        responses: Status, as ``200``, ``2XX`` or ``default``, → what is said of it.
        secured: Whether a token is said to be needed.
        raw: The operation, as it stands in the document.
    """

    path: str
    method: str
    responses: Mapping[str, Response]
    secured: bool
    raw: Mapping[str, Any]

    def response(self, status: int) -> Response | None:
        """Give what is said of a status: of itself, its class, or any other.

        Where some success is named, ``default`` is what the errors look like.
        """
        names = [str(status), f"{status // 100}XX"]
        named = any(name.startswith("2") for name in self.responses)
        if not (named and 200 <= status <= 299):
            names.append("default")
        found = (self.responses[name] for name in names if name in self.responses)
        return next(found, None)

    @property
    def shows_json(self) -> bool:
        """Say whether a success is JSON."""
        told = (r for status, r in self.responses.items() if status[0] == "2")
        return any("json" in kind for response in told for kind in response.media)

    @property
    def words(self) -> str:
        """Name the operation for a person."""
        return f"{self.method} {self.path}"


@dataclass
class Document:
    """A target's own description.

    Attributes:
        raw: Its content, with no reference out of it left.
        bases: Paths of its servers, each stands before every path.
        operations: Of every path that could be read.
        problems: What is wrong, each with its place.
        generator: What draws requests from it, once that is asked for.
    """

    raw: dict[str, Any]
    bases: list[str]
    operations: list[Described] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    generator: Any = None
    _found: dict[tuple[str, str], Described | None] = field(default_factory=dict)

    @cached_property
    def digest(self) -> str:
        """Tell documents apart by what requests are drawn from."""
        parts = {**self.raw.get("components", {}), "securitySchemes": None}
        told = json.dumps([self.raw["paths"], parts], sort_keys=True, default=str)
        return hashlib.sha256(told.encode("utf-8", "replace")).hexdigest()

    def operation(self, method: str, path: str) -> Described | None:
        """Find an operation by its method and a path template, base path included.

        A server may stand under a path that only the target file tells: then the
        one operation whose path ends alike is it.
        """
        if (method, path) not in self._found:
            self._found[method, path] = self._search(method, path)
        return self._found[method, path]

    def _search(self, method: str, path: str) -> Described | None:
        wanted = shape(path)
        same = [one for one in self.operations if one.method == method]
        for one in same:
            if wanted in self._shapes(one):
                return one
        alike = [
            one
            for one in same
            if any(known.endswith(wanted) for known in self._shapes(one))
        ]
        return alike[0] if len(alike) == 1 else None

    def beyond(self, base: str, known: Iterable[str]) -> list[tuple[str, Described]]:
        """Give what is read as JSON under a path and is none of the known templates.

        Returns:
            Whole path templates, each with its GET.
        """
        shapes, found = {shape(path) for path in known}, []
        for one in self.operations:
            paths = [path + one.path for path in self.bases]
            own = [path for path in paths if path.startswith(f"{base}/")]
            told = one.method == "GET" and one.shows_json
            if told and own and not shapes & {shape(path) for path in paths}:
                found.append((own[0], one))
        return found

    def _shapes(self, described: Described) -> set[str]:
        return {shape(base + described.path) for base in self.bases}


def shape(path: str) -> str:
    """Give a path template with nameless parameters."""
    return _PARAMETER.sub("{}", path)


def read_document(text: str) -> Document:
    """Read a document; what is wrong in its parts becomes its problems.

    Raises:
        Unreadable: No document of OpenAPI 3.0 or 3.1.
    """
    return document_from(_parsed(text))


def document_from(content: Any) -> Document:
    """Take a document from its content, as `read_document` does from its text."""
    raw = _insist_on_openapi(content)
    document = Document(raw, _bases(raw))
    _cut_references(raw, document.problems)
    dialect_3_0 = str(raw["openapi"]).startswith("3.0")
    for path, item in raw["paths"].items():
        _read_path(document, path, item, dialect_3_0=dialect_3_0)
    return document


def _parsed(text: str) -> Any:
    if len(text) > LARGEST:
        raise Unreadable(f"larger than {LARGEST // 2**20} MiB")
    text = text.removeprefix("\ufeff")
    if not text.strip():
        raise Unreadable("it is empty")
    try:
        return json.loads(text)
    except RecursionError as error:
        raise Unreadable(f"nested more than {DEEPEST} deep") from error
    except ValueError as error:
        if text.lstrip()[:1] in "{[":
            raise Unreadable(f"no JSON: {error}") from error
    try:
        return read_yaml(text)
    except ValueError as error:
        raise Unreadable(f"neither JSON nor YAML: {error}") from error


def _insist_on_openapi(raw: Any) -> dict[str, Any]:
    if not isinstance(raw, dict):
        raise Unreadable("its top is no object")
    if "swagger" in raw:
        raise Unreadable(
            f"swagger: {raw['swagger']!r} is read by nobody here; publish OpenAPI 3"
        )
    version = raw.get("openapi")
    if not isinstance(version, str) or not version.startswith(("3.0", "3.1")):
        raise Unreadable(f"openapi: {version!r}; 3.0 and 3.1 are read")
    if not isinstance(raw.get("paths"), dict):
        raise Unreadable("paths: not there, or no object")
    _insist_on_bounds(raw)
    return raw


def _insist_on_bounds(raw: Any) -> None:
    """Refuse what is nested too deeply or holds too much; YAML can share values."""
    count, level = 0, [raw]
    for _ in range(DEEPEST):
        below: list[Any] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            if count + len(below) > MOST_VALUES:
                raise Unreadable(f"holds more than {MOST_VALUES} values")
        count, level = count + len(below), below
        if not level:
            return
    raise Unreadable(f"nested more than {DEEPEST} deep")


def _bases(raw: Mapping[str, Any]) -> list[str]:
    servers = raw.get("servers")
    urls = [
        str(server.get("url", ""))
        for server in (servers if isinstance(servers, list) else ())
        if isinstance(server, dict)
    ]
    paths = [_path_of(url) for url in urls]
    return list(dict.fromkeys([*paths, ""]))


def _path_of(url: str) -> str:
    try:
        return urlsplit(url).path.rstrip("/")
    except ValueError:
        return ""


# -------------------------------------------------------------------- references


def _cut_references(raw: dict[str, Any], problems: list[str]) -> None:
    """Take out references that lead out of the document or nowhere, and say so."""
    for place, holder in _objects(raw, "#"):
        target = holder.get("$ref")
        if not isinstance(target, str):
            continue
        if not target.startswith("#"):
            problems.append(f"{place}/$ref: {target[:_NEAR]!r} is never followed")
        elif _at(raw, target) is None:
            problems.append(f"{place}/$ref: nothing stands at {target[:_NEAR]!r}")
        else:
            continue
        del holder["$ref"]


def _objects(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give every object below a value with its place, mere values left aside."""
    stack: list[tuple[str, Any]] = [(place, value)]
    while stack:
        where, part = stack.pop()
        if isinstance(part, dict):
            yield where, part
            named = where.rpartition("/")[2] in _NAMING
            stack += [
                (f"{where}/{_escaped(name)}", below)
                for name, below in reversed(part.items())
                if named or name not in _VALUES
            ]
        elif isinstance(part, list):
            stack += [(f"{where}/{n}", below) for n, below in enumerate(part)]


def _escaped(name: object) -> str:
    return str(name).replace("~", "~0").replace("/", "~1")


def _at(raw: Any, pointer: str) -> Any:
    """Give what a local reference leads to; None when nothing is there."""
    value = raw
    for part in pointer.removeprefix("#").strip("/").split("/"):
        name = part.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and name.isdigit() and int(name) < len(value):
            value = value[int(name)]
        elif isinstance(value, dict):
            value = value.get(name)
        else:
            return None
    return value


def _resolved(raw: Any, part: Any) -> Any:
    """Give a part itself, or what its references lead to."""
    for _ in range(20):
        if not isinstance(part, dict) or not isinstance(part.get("$ref"), str):
            return part
        part = _at(raw, part["$ref"])
    return None


# -------------------------------------------------------------------- operations


def _read_path(document: Document, path: Any, item: Any, *, dialect_3_0: bool) -> None:
    place = f"#/paths/{_escaped(path)}"
    item = _resolved(document.raw, item)
    if not isinstance(path, str) or not path.startswith("/"):
        if not str(path).startswith("x-"):
            document.problems.append(f"{place}: a path begins with a slash")
        return
    if not isinstance(item, dict):
        document.problems.append(f"{place}: no object")
        return
    for method in METHODS:
        if method not in item:
            continue
        if not isinstance(item[method], dict):
            document.problems.append(f"{place}/{method}: no object")
            continue
        reader = _Reader(document, f"{place}/{method}", dialect_3_0=dialect_3_0)
        document.operations.append(reader.operation(path, method, item[method]))


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads one operation of a document."""

    document: Document
    place: str
    dialect_3_0: bool = field(kw_only=True)

    def operation(self, path: str, method: str, raw: Mapping[str, Any]) -> Described:
        """Read the operation; what is wrong becomes the document's problems."""
        answers = raw.get("responses")
        if not isinstance(answers, dict):
            self._say("responses", "not there, or no object")
            answers = {}
        responses = {
            str(status).upper() if status != "default" else "default": self._response(
                str(status), answer
            )
            for status, answer in answers.items()
            if not str(status).startswith("x-")
        }
        needs = raw.get("security", self.document.raw.get("security"))
        secured = isinstance(needs, list) and bool(needs) and all(needs)
        return Described(path, method.upper(), responses, secured, raw)

    def _say(self, where: str, words: str) -> None:
        self.document.problems.append(f"{self.place}/{where}: {words}")

    def _response(self, status: str, answer: Any) -> Response:
        where = f"responses/{status}"
        answer = _resolved(self.document.raw, answer)
        if not isinstance(answer, dict):
            self._say(where, "no object")
            return Response({}, {})
        media = {
            str(kind).partition(";")[0].strip().lower(): self._validator(
                f"{where}/content/{_escaped(kind)}/schema", entry
            )
            for kind, entry in _table(answer, "content").items()
        }
        headers = {
            str(name).lower(): self._header(header)
            for name, header in _table(answer, "headers").items()
        }
        return Response(media, headers)

    def _validator(self, where: str, entry: Any) -> Validator | None:
        schema = entry.get("schema") if isinstance(entry, dict) else None
        if schema is None:
            return None
        try:
            return Validator(self.document.raw, schema, dialect_3_0=self.dialect_3_0)
        except Unusable as error:
            self._say(where, str(error))
            return None

    def _header(self, header: Any) -> tuple[bool, Mapping[str, Any]]:
        header = _resolved(self.document.raw, header)
        if not isinstance(header, dict):
            return False, {}
        schema = _resolved(self.document.raw, header.get("schema"))
        return header.get("required") is True, schema if isinstance(
            schema, dict
        ) else {}


def _table(holder: Mapping[str, Any], name: str) -> Mapping[Any, Any]:
    found = holder.get(name)
    return found if isinstance(found, dict) else {}
