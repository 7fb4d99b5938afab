"""HTTP Methods, PATCH: updating an item by what was sent."""

from typing import Any

from conformance import Profile, Resource, Target, must, should
from conformance.expect import (
    differences,
    edge,
    insist,
    item_of,
    refused,
    taken,
    unset,
)
from conformance.strategies import changes


def _each_property(profile: Profile, patchable: Resource) -> list[dict[str, Any]]:
    """Every writable property in turn, then all at once, then nothing."""
    del profile
    other = {
        name: patchable.other[name]
        for name in patchable.compared
        if name in patchable.other and "x-unique" not in patchable.properties[name]
    }
    return [*({name: value} for name, value in other.items()), other, {}]


@must(
    "verbs.patch.merges",
    draws=_each_property,
    warns="An empty body SHOULD be taken, and the extension merged.",
)
def check_patch_keeps_what_was_not_sent(
    target: Target, patchable: Resource, payload: dict[str, Any]
) -> None:
    """PATCH MUST change the properties that were sent, and no other."""
    item = target.create(patchable)
    answer = target.patch(item, payload)
    if not payload and answer.refusal:
        edge(condition=False, words=f"an empty body was refused: {answer.words}")
        insist(answer.refusal, "refused")
        return
    item_of(answer)
    stored = item_of(target.get(item))

    names = [n for n in patchable.compared if n not in patchable.extensions]
    wrong = differences(patchable, {**item.body, **payload}, stored, names)
    insist(not wrong, f"after PATCH of {sorted(payload)}: {'; '.join(wrong)}")


@must("verbs.patch.merges", draws=lambda _profile, patchable: changes(patchable))
def check_patch_stores_any_valid_change(
    target: Target, patchable: Resource, payload: dict[str, Any]
) -> None:
    """PATCH MUST store every valid change of several properties at once."""
    item = target.create(patchable)
    taken(target.patch(item, payload))
    stored = item_of(target.get(item))

    wrong = differences(patchable, payload, stored)
    insist(not wrong, f"PATCH did not store {'; '.join(wrong)}")


def _nullable(profile: Profile, patchable: Resource) -> list[str]:
    del profile
    return [n for n in patchable.nullable() if n in patchable.example]


@should(
    "verbs.patch.null",
    draws=_nullable,
    only=lambda resource: any(n in resource.example for n in resource.nullable()),
)
def check_null_clears(target: Target, patchable: Resource, payload: str) -> None:
    """PATCH with null SHOULD clear an optional property."""
    item = target.create(patchable)
    item_of(target.patch(item, {payload: None}))
    stored = item_of(target.get(item))

    shown = stored.get(payload)
    insist(unset(patchable, payload, shown, {}), f"{payload} still shows {shown!r}")


@must("verbs.patch.missing")
def check_patch_of_a_missing_item_is_refused(
    target: Target, patchable: Resource
) -> None:
    """PATCH of an item that is not there MUST be refused and create nothing."""
    missing = target.missing(target.place(patchable))
    refused(target.patch(missing, target.patch_body(patchable)), "a missing item")
    refused(target.get(missing), "GET after a refused PATCH")
