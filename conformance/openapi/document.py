"""A parsed OpenAPI document: local references, operations, what was wrong."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.openapi.facts import LeftOut

METHODS = ("get", "post", "put", "patch", "delete")
JSON_TYPES = ("application/json", "text/json", "*/*")
_LONGEST_CHAIN = 50


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path.

    Attributes:
        method: In lower case.
        raw: The operation's own table.
        parameters: The path's and the operation's, references resolved.
    """

    path: str
    method: str
    raw: Mapping[str, Any]
    parameters: tuple[Mapping[str, Any], ...]

    @property
    def where(self) -> str:
        """Name its place in the document."""
        return f"paths.{self.path}.{self.method}"

    @property
    def words(self) -> str:
        """Give summary and description."""
        told = (self.raw.get("summary"), self.raw.get("description"))
        return " ".join(part for part in told if isinstance(part, str))


@dataclass(slots=True)
class Document:
    """An OpenAPI document, as far as it can be read.

    Attributes:
        source: File or URL, for messages.
        dialect: ``3.0`` or ``3.1``.
        warnings: What could not be read, each with its place.
    """

    source: str
    root: Mapping[str, Any]
    dialect: str
    warnings: dict[str, None] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)

    def warn(self, where: str, words: str) -> None:
        """Note what could not be read."""
        self.warnings[f"{where}: {words}"] = None

    def table(self, value: Any, where: str) -> Mapping[str, Any]:
        """Give a table with its reference resolved; ``{}`` where there is none."""
        if isinstance(value, dict):
            return self.resolved(value, where)
        if value is not None:
            self.warn(where, f"must be an object, is {type(value).__name__}")
        return {}

    def resolved(self, value: Mapping[str, Any], where: str) -> Mapping[str, Any]:
        """Follow local references; what stands beside one is laid over it."""
        beside: dict[str, Any] = {}
        for _ in range(_LONGEST_CHAIN):
            ref = value.get("$ref")
            if ref is None:
                return {**value, **beside} if beside else value
            beside = {k: v for k, v in value.items() if k != "$ref"} | beside
            found = self._at(ref, where)
            if found is None:
                return {**beside, "x-unresolved": str(ref)}
            value = found
        self.warn(where, f"$ref {value['$ref']!r} leads back to itself")
        return {**beside, "x-unresolved": "circular"}

    def _at(self, ref: Any, where: str) -> Mapping[str, Any] | None:
        if not isinstance(ref, str) or not ref.startswith("#"):
            self.warn(where, f"$ref {ref!r} leads out of the document: not followed")
            return None
        found: Any = self.root
        for part in ref[1:].split("/")[1:]:
            name = part.replace("~1", "/").replace("~0", "~").replace("%7B", "{")
            if isinstance(found, dict):
                found = found.get(name.replace("%7D", "}"))
            elif isinstance(found, list) and name.isdigit() and int(name) < len(found):
                found = found[int(name)]
            else:
                found = None
        if not isinstance(found, dict):
            self.warn(where, f"$ref {ref!r} names nothing in the document")
            return None
        return found

    def operations(self) -> Iterator[Operation]:
        """Give every operation that can be read, in the document's order."""
        for path, raw in self.root["paths"].items():
            where = f"paths.{path}"
            item = self.table(raw, where)
            if not path.startswith("/"):
                self.warn(where, "has no leading slash; read as if it had one")
            shared = self._parameters(item.get("parameters"), where)
            for method in METHODS:
                if method not in item:
                    continue
                at = f"{where}.{method}"
                operation = self.table(item[method], at)
                own = self._parameters(operation.get("parameters"), at)
                known = {(p.get("in"), p.get("name")): p for p in (*shared, *own)}
                yield Operation(
                    "/" + path.lstrip("/"), method, operation, tuple(known.values())
                )

    def _parameters(self, raw: Any, where: str) -> list[Mapping[str, Any]]:
        if raw is not None and not isinstance(raw, list):
            self.warn(f"{where}.parameters", "must be a list")
        listed = raw if isinstance(raw, list) else []
        return [
            self.table(one, f"{where}.parameters[{n}]") for n, one in enumerate(listed)
        ]

    def json_schema(self, content: Any, where: str) -> Mapping[str, Any] | None:
        """Give the schema of the JSON body among media types, if there is one."""
        offered = self.table(content, where)
        for name, media in offered.items():
            kind = str(name).partition(";")[0].strip().lower()
            if kind in JSON_TYPES or kind.endswith("+json"):
                schema = self.table(media, f"{where}.{name}").get("schema")
                return schema if isinstance(schema, dict) else None
        return None

    def request_schema(self, operation: Operation) -> Mapping[str, Any] | None:
        """Give the schema of an operation's JSON body."""
        where = f"{operation.where}.requestBody"
        body = self.table(operation.raw.get("requestBody"), where)
        return self.json_schema(body.get("content"), f"{where}.content")

    def responses(self, operation: Operation) -> dict[str, Mapping[str, Any]]:
        """Give status, as text, → response."""
        where = f"{operation.where}.responses"
        told = self.table(operation.raw.get("responses"), where)
        return {
            str(status): self.table(answer, f"{where}.{status}")
            for status, answer in told.items()
            if not str(status).startswith("x-")
        }

    def response_schema(
        self, operation: Operation, statuses: tuple[str, ...] = ("200", "201", "2XX")
    ) -> Mapping[str, Any] | None:
        """Give the schema of an operation's answer under one of the statuses."""
        told = self.responses(operation)
        for status in statuses:
            if status in told:
                where = f"{operation.where}.responses.{status}.content"
                found = self.json_schema(told[status].get("content"), where)
                if found is not None:
                    return found
        return None
