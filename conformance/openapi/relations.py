"""What the resources of a draft need of each other."""

from collections.abc import Mapping

from conformance.openapi import references, words
from conformance.openapi.document import Document
from conformance.openapi.facts import INFERRED, UNKNOWN, Fact, LeftOut
from conformance.openapi.paths import Shape
from conformance.openapi.resource import DraftResource


def refer(document: Document, made: Mapping[str, DraftResource]) -> None:
    """Find the properties that hold IDs of other items."""
    shapes = sorted(
        (r.shape for r in made.values()), key=lambda s: bool(made[s.name].why_not)
    )
    kinds = {r.name: _kind(document, r.shape) for r in made.values()}
    for resource in made.values():
        for name, fact in list(resource.properties.items()):
            if name == resource.member or fact.value.get("readOnly"):
                continue
            if words.id_stem(name) is None:
                continue
            target, sure = references.target_of(name, resource.shape, shapes, kinds)
            _claim_reference(resource, name, fact, target, sure)
            for listed in resource.lists.values():
                if name in listed.value:
                    listed.value.remove(name)


def _kind(document: Document, shape: Shape) -> str:
    """Give the name of the schema of a resource's items, or an empty text."""
    for verb in ("GET", "CREATE", "SAVE"):
        operation = shape.operations.get(verb)
        raw = operation and document.response_schema(operation)
        if raw and isinstance(raw.get("$ref"), str):
            return str(raw["$ref"]).rpartition("/")[2]
    return ""


def _claim_reference(
    resource: DraftResource, name: str, fact: Fact, target: Shape | None, sure: str
) -> None:
    required = name in resource.required
    if target is None or (sure.endswith("alone") and not required):
        if required:
            words_ = "holds the ID of something that the document does not name"
            resource.properties[name] = Fact(fact.value, UNKNOWN, words_)
            return
        del resource.properties[name]
        resource.left_out.append(LeftOut(name, "what its ID refers to is not told"))
        return
    if required and fact.value["type"] != "string":
        resource.why_not = f"{name} is required, and holds several IDs or none"
        return
    claimed = {**fact.value, "x-refers": target.name}
    for keyword in ("format", "pattern", "x-unique", "enum"):
        claimed.pop(keyword, None)
    resource.properties[name] = Fact(
        claimed, INFERRED, f"the ID of one of {target.name}, {sure}"
    )
    if required and target.name != resource.name:
        resource.needs.append(target.name)
    elif required:
        resource.why_not = f"{name} is required, and refers to its own kind"


def settle(
    made: Mapping[str, DraftResource],
) -> tuple[list[DraftResource], list[LeftOut]]:
    """Order what can be made; say what can't, and what that takes with it."""
    needs = {
        name: [*(parent.name for parent in r.shape.parents), *r.needs]
        for name, r in made.items()
    }
    order, cycles = references.ordered(list(made), needs)
    for cycle in cycles:
        words_ = f"each needs another first: {' needs '.join([*cycle, cycle[0]])}"
        for name in cycle:
            made[name].why_not = made[name].why_not or words_
    for name in order:
        resource = made[name]
        for needed in needs[name]:
            if made[needed].why_not and not resource.why_not:
                resource.why_not = f"needs one of {needed}, which can't be made"
        for needed in resource.needs:
            resource.why_not = resource.why_not or _unreachable(resource, made[needed])
    able = [made[name] for name in order if not made[name].why_not]
    _forget(able)
    return able, [
        LeftOut(made[name].shape.path, made[name].why_not)
        for name in made
        if made[name].why_not
    ]


def _unreachable(resource: DraftResource, needed: DraftResource) -> str:
    """Say why a needed item can't be made beside an item; empty when it can."""
    above = [parent.name for parent in needed.shape.parents]
    if not above:
        return ""
    own = [parent.name for parent in resource.shape.parents]
    if above != own[: len(above)]:
        return f"needs one of {needed.name} under a parent that its path does not name"
    if needed.id.get("writable", Fact(True)).value is False:  # noqa: FBT003
        return f"needs one of {needed.name} beside it, whose ID can't be chosen"
    return ""


def _forget(resources: list[DraftResource]) -> None:
    """Leave out optional references to what is not claimed."""
    claimed = {resource.name for resource in resources}
    for resource in resources:
        for name, fact in list(resource.properties.items()):
            target = fact.value.get("x-refers")
            if target is not None and target not in claimed:
                del resource.properties[name]
                why = f"holds the ID of one of {target}, which is not claimed"
                resource.left_out.append(LeftOut(name, why))
        for key, fact in resource.lists.items():
            kept = [name for name in fact.value if name in resource.properties]
            resource.lists[key] = Fact(kept, fact.how, fact.words)
