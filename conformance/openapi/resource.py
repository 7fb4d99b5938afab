"""One resource of a draft: its item's schema, ID, roles, lists and examples."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.openapi import envelopes, examples, security, words
from conformance.openapi.document import Document
from conformance.openapi.facts import INFERRED, READ, UNKNOWN, Fact, LeftOut
from conformance.openapi.flatten import Schema, flatten
from conformance.openapi.paths import Shape, singular
from conformance.openapi.properties import Reader, alphabet_of

_WRITING = ("CREATE", "SAVE", "PATCH", "DELETE")


@dataclass(slots=True)
class DraftResource:
    """One resource of a draft.

    Attributes:
        properties: Name → claimed schema.
        needs: Resources whose items must be there before one of this can be made.
    """

    shape: Shape
    member: str = ""
    id: dict[str, Fact] = field(default_factory=dict)
    roles: dict[str, Fact] = field(default_factory=dict)
    lists: dict[str, Fact] = field(default_factory=dict)
    properties: dict[str, Fact] = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    left_out: list[LeftOut] = field(default_factory=list)
    example: dict[str, Any] = field(default_factory=dict)
    other: dict[str, Any] = field(default_factory=dict)
    needs: list[str] = field(default_factory=list)
    why_not: str = ""

    @property
    def name(self) -> str:
        """Give the resource's name."""
        return self.shape.name


def resource_of(
    document: Document, shape: Shape, reader: Reader, envelope: str
) -> DraftResource:
    """Draft a resource; ``envelope`` is where the other lists hold their items."""
    made = DraftResource(shape, why_not=unmade(shape))
    if made.why_not:
        return made
    item, asked = _item_schema(document, shape)
    made.member = _id_member(item, shape)
    if not made.member:
        made.why_not = _without_id(item)
        return made
    _claim_properties(made, item, asked, reader)
    _claim_id(document, made, item)
    _claim_roles(document, made)
    _claim_lists(document, made, envelope)
    return made


def unmade(shape: Shape) -> str:
    """Say why no item of a collection can be made; empty when one can."""
    if shape.why_not:
        return shape.why_not
    if "CREATE" in shape.operations:
        return ""
    put = shape.operations.get("SAVE")
    if put is not None and re.search(r"\bcreat", put.words, re.IGNORECASE):
        return ""
    return "no operation makes an item"


def _item_schema(document: Document, shape: Shape) -> tuple[Schema, list[str]]:
    """Give an item's schema over answers and bodies, and what a body must have."""
    get = shape.operations["GET"]
    answer = flatten(document, document.response_schema(get), f"{get.where}.responses")
    listed = envelopes.items_of(document, shape.operations["LIST"])
    if not answer.get("properties") and listed is not None:
        answer = listed[1]
    maker = shape.operations.get("CREATE") or shape.operations["SAVE"]
    where = f"{maker.where}.requestBody"
    body = flatten(document, document.request_schema(maker), where)
    shown, sent = answer.get("properties", {}), body.get("properties", {})
    properties = {name: dict(part) for name, part in shown.items()}
    for name, part in sent.items():
        if name not in properties:
            properties[name] = {**part, "writeOnly": True} if shown else dict(part)
        elif properties[name].get("type") in (None, []):
            properties[name] = dict(part)
        else:
            properties[name] |= {k: v for k, v in part.items() if k != "readOnly"}
    for name, schema in properties.items():
        if sent and name not in sent and not schema.get("readOnly"):
            schema |= {"readOnly": True, "x-inferred-read-only": True}
    asked = [
        name
        for name in body.get("required", ())
        if name in properties and not properties[name].get("readOnly")
    ]
    return {"type": ["object"], "properties": properties}, asked


def _id_member(item: Schema, shape: Shape) -> str:
    properties = item["properties"]
    plain = {words.squeezed(name): name for name in properties}
    thing = words.squeezed(singular(shape.name))
    for wanted in ("id", words.squeezed(shape.placeholder), f"{thing}id", "key"):
        if wanted in plain:
            return str(plain[wanted])
    return ""


def _without_id(item: Schema) -> str:
    """Say why no property holds the ID that the item's path takes."""
    wrapped = [n for n, part in item["properties"].items() if part.get("properties")]
    if len(wrapped) == 1 and len(item["properties"]) <= 2:
        return f"its items stand within a member, {wrapped[0]}, which no profile tells"
    return "no property of its items holds the ID that its path takes"


def _claim_properties(
    made: DraftResource, item: Schema, asked: Sequence[str], reader: Reader
) -> None:
    for name, schema in item["properties"].items():
        if name == made.member:
            continue
        claimed = reader.claim(name, schema, required=name in asked)
        if isinstance(claimed, Fact):
            made.properties[name] = claimed
        elif name in asked:
            made.why_not = made.why_not or f"{name} is required, and {claimed.why}"
        else:
            made.left_out.append(claimed)
    made.required = [name for name in made.properties if name in asked]
    if not made.properties:
        made.why_not = made.why_not or "its items' properties are not told"


def _claim_id(document: Document, made: DraftResource, item: Schema) -> None:
    schema = item["properties"][made.member]
    kind = (schema.get("type") or ["string"])[0]
    if kind not in ("string", "integer"):
        made.why_not = f"its ID is of type {kind}"
        return
    rule: dict[str, Fact] = {"member": Fact(made.member)}
    if kind == "integer":
        rule["type"] = Fact("integer")
    given = not schema.get("readOnly")
    if not given:
        rule["writable"] = Fact(False, READ, "the ID is read-only")  # noqa: FBT003
    elif kind == "string":
        rule |= _letters(schema)
    if given and _patches_id(document, made):
        rule["rename"] = Fact(["PATCH"], INFERRED, "its body has the ID")
    else:
        rule["rename"] = Fact([], INFERRED, "no body that updates has the ID")
    made.id = rule
    claimed: dict[str, Any] = {"type": kind}
    if "maxLength" in schema:
        claimed["maxLength"] = schema["maxLength"]
    if not given:
        claimed["readOnly"] = True
    made.properties = {made.member: Fact(claimed), **made.properties}


def _patches_id(document: Document, made: DraftResource) -> bool:
    """Say whether PATCH takes an ID: a body that is told without one has none."""
    patched = made.shape.operations.get("PATCH")
    if patched is None:
        return False
    raw = document.request_schema(patched)
    body = flatten(document, raw, f"{patched.where}.requestBody")
    told = body.get("properties", {})
    return not told or made.member in told


def _letters(schema: Schema) -> dict[str, Fact]:
    """Give alphabet and lengths of IDs that clients choose."""
    pattern = schema.get("pattern")
    alphabet = alphabet_of(pattern) if isinstance(pattern, str) else None
    found = {
        "alphabet": Fact(alphabet, READ, "of its pattern")
        if alphabet
        else Fact("A-Za-z0-9_-", UNKNOWN, "the conventions' alphabet")
    }
    for key, keyword, default in (
        ("min_length", "minLength", 1),
        ("max_length", "maxLength", 100),
    ):
        told = schema.get(keyword)
        found[key] = (
            Fact(told)
            if isinstance(told, int) and told > 0
            else Fact(default, UNKNOWN, "the conventions' length")
        )
    return found


def _claim_roles(document: Document, made: DraftResource) -> None:
    operations = made.shape.operations
    told = {verb: security.roles_of(document, operations[verb]) for verb in operations}
    for group, verbs in (("read", ("LIST", "GET")), ("write", _WRITING)):
        known = {verb: told[verb] for verb in verbs if told.get(verb)}
        lists = {tuple(roles) for roles in known.values()}
        offered = [verb for verb in verbs if verb in operations]
        if len(lists) == 1 and len(known) == len(offered):
            made.roles[group] = Fact(next(iter(known.values())))
        else:
            made.roles |= {verb: Fact(roles) for verb, roles in known.items()}


def _claim_lists(document: Document, made: DraftResource, envelope: str) -> None:
    listed = made.shape.operations["LIST"]
    known = made.properties
    for key, names in (
        ("sortable", envelopes.sortable(document, listed)),
        ("filterable", _filterable(made) if envelopes.filters(listed) else []),
        ("searchable", envelopes.searchable(document, listed)),
    ):
        fitting = [
            name
            for name in names
            if name in known and (name == made.member or _settable(known[name]))
        ]
        if fitting and key == "filterable":
            made.lists[key] = Fact(fitting, INFERRED, "top-level values")
        elif fitting:
            made.lists[key] = Fact(fitting)
    found = envelopes.items_of(document, listed)
    if found is None or found[0] != envelope:
        made.why_not = made.why_not or "its list has another envelope than the others"


def _settable(fact: Fact) -> bool:
    """Say whether a property has a value that the suite can know."""
    claimed = fact.value
    return not claimed.get("readOnly") or "x-stamp" in claimed


def _filterable(made: DraftResource) -> list[str]:
    """Name what a filter can be tried on: text, numbers, truth, dates."""
    found = []
    for name, fact in made.properties.items():
        kind = fact.value["type"]
        plain = kind if isinstance(kind, str) else kind[0]
        hidden = fact.value.get("writeOnly") or words.is_hushed(name)
        hidden = hidden or not _settable(fact)
        told = name == made.member or not hidden
        if plain not in ("array", "object") and told:
            found.append(name)
    return found


def exemplify(resource: DraftResource) -> None:
    """Give an example and another valid value for each property."""
    thing = singular(resource.name)
    for name, fact in list(resource.properties.items()):
        claimed = fact.value
        if name == resource.member or claimed.get("readOnly") or "x-refers" in claimed:
            continue
        first, second = (examples.value(name, claimed, turn, thing) for turn in (0, 1))
        if first is None and name in resource.required:
            resource.why_not = f"{name} is required, and no valid value could be made"
        if first is None:
            del resource.properties[name]
            resource.left_out.append(LeftOut(name, "no valid value could be made"))
            continue
        resource.example[name] = first
        if second is not None and second != first:
            resource.other[name] = second
