"""A profile's content, fact by fact, drafted from a document."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.openapi import envelopes, security
from conformance.openapi.document import Document, Operation
from conformance.openapi.facts import INFERRED, Fact, LeftOut
from conformance.openapi.paths import Shape, Shapes, shapes_of
from conformance.openapi.properties import Reader
from conformance.openapi.relations import refer, settle
from conformance.openapi.resource import (
    DraftResource,
    exemplify,
    resource_of,
    unmade,
)

#: Codes that every profile documents without a word.
_USUAL = {*range(200, 206), 304, 400, 401, 403, 404, 405, 406, 415, 422, 429, 500, 503}


@dataclass(slots=True)
class Draft:
    """A whole profile.

    Attributes:
        tables: Of the profile: table → key → fact.
        resources: In the order in which their items can be made.
        unmakeable: Resources that can't be claimed, with the reason.
    """

    document: Document
    shapes: Shapes
    tables: dict[str, dict[str, Fact]] = field(default_factory=dict)
    resources: list[DraftResource] = field(default_factory=list)
    unmakeable: list[LeftOut] = field(default_factory=list)


def draft_of(document: Document) -> Draft:
    """Draft a profile."""
    draft = Draft(document, shapes_of(document))
    claimed = [s for s in draft.shapes.collections if not unmade(s)]
    lists = [shape.operations["LIST"] for shape in claimed]
    _general(draft, claimed, lists)
    made: dict[str, DraftResource] = {}
    envelope = draft.tables["lists"]["items"].value
    reader = Reader(null_inferred=not _says_null(document.root))
    for shape in draft.shapes.collections:
        made[shape.name] = resource_of(document, shape, reader, envelope)
    refer(document, made)
    _extend(draft, made)
    for resource in made.values():
        exemplify(resource)
    draft.resources, draft.unmakeable = settle(made)
    return draft


def _extend(draft: Draft, made: Mapping[str, DraftResource]) -> None:
    """Find the free-form object that the items have in common."""
    counted = Counter(
        name
        for resource in made.values()
        for name, fact in resource.properties.items()
        if "properties" not in fact.value
        and "object" in fact.value["type"]
        and not fact.value.get("readOnly")
    )
    if not counted:
        return
    name, many = counted.most_common(1)[0]
    if many < 2 and name != "xp":
        return
    draft.tables["api"]["extension"] = Fact(name, INFERRED, f"free-form in {many}")
    for resource in made.values():
        filterable = resource.lists.get("filterable")
        if name in resource.properties and filterable:
            names = [*filterable.value, name]
            resource.lists["filterable"] = Fact(names, INFERRED, filterable.words)


def _says_null(value: Any) -> bool:
    """Say whether a document knows null at all."""
    seen: set[int] = set()
    waiting = [value]
    while waiting:
        part = waiting.pop()
        if id(part) in seen or not isinstance(part, dict | list):
            continue
        seen.add(id(part))
        if isinstance(part, dict):
            if part.get("nullable") is True or part.get("type") == "null":
                return True
            if isinstance(part.get("type"), list) and "null" in part["type"]:
                return True
            waiting.extend(part.values())
        else:
            waiting.extend(part)
    return False


def _general(draft: Draft, shapes: Sequence[Shape], lists: Sequence[Operation]) -> None:
    document = draft.document
    flows = security.flow_facts(document)
    api = {"base_path": security.base_path(document)}
    if "token_path" in flows:
        api["token_path"] = flows.pop("token_path")
    draft.tables["api"] = api
    draft.tables["oauth"] = flows
    operations = list(document.operations())
    draft.tables["errors"] = envelopes.error_facts(document, operations)
    query = envelopes.query_facts(lists)
    size = query["page_size"].value if "page_size" in query else None
    draft.tables["lists"] = envelopes.list_facts(document, lists)
    draft.tables["lists"] |= envelopes.size_facts(document, lists, size)
    draft.tables["lists.query"] = query
    turned = envelopes.descending_fact(document, lists)
    if turned is not None:
        draft.tables["lists.descending"] = {"prefix": turned}
    if any(envelopes.filters(operation) for operation in lists):
        grammar = envelopes.filter_fact()
        draft.tables["lists.filter"] = {
            name: Fact(value, grammar.how, grammar.words)
            for name, value in grammar.value.items()
        }
    codes = _codes(document, [o for s in shapes for o in s.operations.values()])
    if codes:
        draft.tables["status"] = {"documented": Fact(codes)}


def _codes(document: Document, operations: Sequence[Operation]) -> list[int]:
    found: set[int] = set()
    for operation in operations:
        told = document.responses(operation)
        said = " ".join(
            [operation.words, *(str(a.get("description")) for a in told.values())]
        )
        found.update(int(code) for code in re.findall(r"\b(4\d\d)\b \(", said))
        found.update(int(s) for s in told if re.fullmatch(r"[1-5]\d\d", s))
    return sorted(found - _USUAL)
