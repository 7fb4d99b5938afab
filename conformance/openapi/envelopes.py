"""The list's envelope and parameters, and the error's body."""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.openapi import words
from conformance.openapi.document import Document, Operation
from conformance.openapi.facts import INFERRED, READ, UNKNOWN, Fact
from conformance.openapi.flatten import Schema, flatten

_MEMBERS: Mapping[str, tuple[str, ...]] = {
    "page": ("page", "currentpage", "pagenumber"),
    "page_size": ("pagesize", "perpage", "limit", "size"),
    "total_count": ("totalcount", "total", "count", "totalitems", "totalresults"),
    "total_pages": ("totalpages", "pagecount", "pages", "lastpage"),
    "item_range": ("itemrange",),
    "next": ("next", "nextlink", "nexturl", "nextpageurl", "nextpage"),
}
_QUERY: Mapping[str, tuple[str, ...]] = {
    "page": ("page", "pagenumber", "currentpage"),
    "page_size": ("pagesize", "perpage", "limit", "size", "itemsperpage"),
    "sort": ("sortby", "sort", "orderby", "order"),
    "search": ("search", "q", "query", "searchterm"),
    "search_on": ("searchon", "searchfields", "searchin"),
}
#: The conventions' own grammar of filters.
_GRAMMAR = {
    "place": "value",
    "not": "!",
    "greater": ">",
    "less": "<",
    "or": "|",
    "wildcard": "*",
    "nested": ".",
}
_STANDARD_ERROR = {
    "list": "Errors",
    "code": "ErrorCode",
    "message": "Message",
    "data": "Data",
}


def items_of(document: Document, operation: Operation) -> tuple[str, Schema] | None:
    """Give where a list's answer holds the items, and their schema."""
    raw = document.response_schema(operation)
    if raw is None:
        return None
    where = f"{operation.where}.responses"
    answer = flatten(document, raw, where)
    if answer.get("type") == ["array"]:
        return "", answer.get("items", {})
    found = [
        (path, part["items"])
        for path, part in _parts(answer)
        if part.get("type") == ["array"]
        and part.get("items", {}).get("type") == ["object"]
        and part["items"].get("properties")
    ]
    return min(found, key=lambda one: one[0].count(".")) if found else None


def _parts(schema: Schema, depth: int = 2) -> Iterator[tuple[str, Schema]]:
    """Give dotted path → schema of the members of an object, two levels deep."""
    for name, part in schema.get("properties", {}).items():
        yield name, part
        if depth > 1:
            yield from ((f"{name}.{n}", p) for n, p in _parts(part, depth - 1))


def list_facts(document: Document, operations: Sequence[Operation]) -> dict[str, Fact]:
    """Give the envelope that most of the lists have."""
    answers = []
    for operation in operations:
        found, raw = items_of(document, operation), document.response_schema(operation)
        if found is not None:
            schema = flatten(document, raw, f"{operation.where}.responses")
            answers.append((found[0], _meta(schema)))
    counted = Counter(answers)
    if not counted:
        return {"items": Fact("Items", UNKNOWN, "no list's answer tells it")}
    (items, members), many = counted.most_common(1)[0]
    made = {"items": Fact(items, READ, f"as {many} of {len(answers)} lists have it")}
    return made | {name: Fact(path) for name, path in members}


def _meta(answer: Schema) -> tuple[tuple[str, str], ...]:
    """Give what the envelope tells of page and totals: member → dotted path."""
    found: dict[str, str] = {}
    for path, part in _parts(answer):
        plain = words.squeezed(path.rpartition(".")[2])
        for member, names in _MEMBERS.items():
            kinds = {"item_range": "array", "next": "string"}
            fits = part.get("type") == [kinds.get(member, "integer")]
            if plain in names and fits and member not in found:
                found[member] = path
    return tuple(found.items())


def query_facts(operations: Sequence[Operation]) -> dict[str, Fact]:
    """Give the parameters of lists: kind → name."""
    counted: Counter[tuple[str, str]] = Counter()
    for parameter in _query_parameters(operations):
        name = str(parameter.get("name"))
        for kind, names in _QUERY.items():
            if words.squeezed(name) in names:
                counted[kind, name] += 1
    found: dict[str, Fact] = {}
    for (kind, name), _ in counted.most_common():
        found.setdefault(kind, Fact(name))
    return {kind: found[kind] for kind in _QUERY if kind in found}


def _query_parameters(
    operations: Sequence[Operation],
) -> Iterator[Mapping[str, Any]]:
    for operation in operations:
        yield from (p for p in operation.parameters if p.get("in") == "query")


def size_facts(
    document: Document, operations: Sequence[Operation], name: str | None
) -> dict[str, Fact]:
    """Give the default and the largest page size."""
    found: dict[str, Fact] = {}
    for parameter in _query_parameters(operations):
        if parameter.get("name") != name:
            continue
        schema = document.table(parameter.get("schema"), f"parameters.{name}.schema")
        told = str(parameter.get("description", ""))
        for key, keyword, word in (
            ("default_size", "default", r"default"),
            ("largest_size", "maximum", r"max(?:imum)?"),
        ):
            value = schema.get(keyword)
            said = re.search(rf"\b{word}\b\D{{0,12}}(\d+)", told, re.IGNORECASE)
            if isinstance(value, int) and value > 0:
                found.setdefault(key, Fact(value))
            elif said and int(said[1]) > 0:
                found.setdefault(key, Fact(int(said[1]), READ, "in the description"))
    return found


def descending_fact(document: Document, operations: Sequence[Operation]) -> Fact | None:
    """Give the prefix that turns a sort round, as the allowed values show it."""
    for operation in operations:
        values = parameter_values(document, operation, _QUERY["sort"])
        for value in values:
            if value[:1] in "!-~" and value[1:] in values:
                return Fact(value[0])
    return None


def parameter_values(
    document: Document, operation: Operation, names: Sequence[str]
) -> list[str]:
    """Give the values that a list parameter of one of these names allows."""
    for parameter in _query_parameters([operation]):
        if words.squeezed(str(parameter.get("name"))) in names:
            where = f"{operation.where}.parameters"
            schema = flatten(document, parameter.get("schema"), where)
            inner = schema.get("items", schema)
            values = inner.get("enum", [inner.get("const")])
            return [v for v in values if isinstance(v, str) and v]
    return []


def sortable(document: Document, operation: Operation) -> list[str]:
    """Give the properties that a list can be sorted by, as the document lists them."""
    values = parameter_values(document, operation, _QUERY["sort"])
    return [value for value in values if value[0] not in "!-~"]


def searchable(document: Document, operation: Operation) -> list[str]:
    """Give the properties that a list can be searched on."""
    return parameter_values(document, operation, _QUERY["search_on"])


def filters(operation: Operation) -> bool:
    """Say whether a list takes filters on its items' properties."""
    return any(
        words.squeezed(str(p.get("name"))) in ("filters", "filter")
        for p in _query_parameters([operation])
    )


def filter_fact() -> Fact:
    """Give the grammar of filters, which no document tells."""
    return Fact(_GRAMMAR, INFERRED, "the conventions' grammar")


def error_facts(document: Document, operations: Sequence[Operation]) -> dict[str, Fact]:
    """Give where an error body holds code, message and data."""
    for operation in operations:
        for status, answer in document.responses(operation).items():
            if not re.fullmatch(r"4..|5..|default", status):
                continue
            where = f"{operation.where}.responses.{status}"
            raw = document.json_schema(answer.get("content"), where)
            found = _error(flatten(document, raw, where)) if raw else None
            if found:
                return {name: Fact(value) for name, value in found.items()}
    return {
        name: Fact(value, UNKNOWN, "no error body is documented")
        for name, value in _STANDARD_ERROR.items()
    }


def _error(schema: Schema) -> dict[str, str] | None:
    for path, part in _parts(schema):
        if part.get("type") == ["array"]:
            named = _code_and_message(part.get("items", {}))
            if named:
                return {"list": path, **named}
    named = _code_and_message(schema)
    if named:
        return named
    for path, part in schema.get("properties", {}).items():
        named = _code_and_message(part)
        if named:
            return {name: f"{path}.{value}" for name, value in named.items()}
    return None


def _code_and_message(schema: Schema) -> dict[str, str] | None:
    known = {words.squeezed(name): name for name in schema.get("properties", {})}
    code = next((known[n] for n in ("errorcode", "code", "type") if n in known), None)
    message = next(
        (known[n] for n in ("message", "msg", "detail", "title") if n in known), None
    )
    if code is None or message is None:
        return None
    number = schema["properties"][code].get("type") == ["integer"]
    made = {"code": code, "message": message}
    if number:
        made["code_type"] = "integer"
    data = next((known[n] for n in ("data", "details", "errors") if n in known), None)
    return made | ({"data": data} if data else {})
