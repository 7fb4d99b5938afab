"""What a document can't tell, asked in a draft's first lines."""

from collections.abc import Iterator

from conformance.openapi.draft import Draft
from conformance.openapi.facts import READ, UNKNOWN, Fact
from conformance.openapi.resource import DraftResource

_NULL = (
    "Does null clear an optional property? type: it does, as the document never says "
    "nullable."
)


def questions(draft: Draft) -> Iterator[str]:
    """Give what to look at, each with the key and the default that stands."""
    yield from _of_paths(draft)
    known, lists = draft.tables, draft.tables["lists"]
    if known["errors"]["code"].how == UNKNOWN:
        yield "What does an error look like? [errors]: the conventions' standard body."
    flows = known["oauth"]["flows"]
    if flows.how != READ:
        yield f"Which OAuth flows are there? [oauth]: {flows.words}."
    if known["api"].get("token_path", flows).how == UNKNOWN:
        yield "Where are tokens granted? [api] token_path: the conventions' path."
    if "lists.filter" in known:
        yield "How are filters written? [lists.filter]: as the conventions have it."
    if "default_size" not in lists:
        yield "How many items does a page hold? [lists] default_size: not claimed."
    yield "Do lists show a write at once? [lists] eventual_s: they do."
    if any(_unknown_id(resource) for resource in draft.resources):
        yield "Which IDs are taken, which verbs rename? id: as the conventions have it."
    yield from _of_properties(draft)


def _of_paths(draft: Draft) -> Iterator[str]:
    shapes = [resource.shape for resource in draft.resources]
    for name, value in draft.shapes.fixed.items():
        if any(value in shape.fixed for shape in shapes):
            yield f"Which {{{name}}} is meant? path: {value}, the first allowed."
    if any(shape.parents for shape in shapes):
        yield (
            "Where must an ID be unique? scope: under its parent for what is nested, "
            "in the whole organisation for the rest."
        )


def _of_properties(draft: Draft) -> Iterator[str]:
    for noted, words in (
        ("null when unset", _NULL),
        ("a language of its own", "What is a valid expression? enum: 'true'."),
        (
            "write-only",
            "Which passwords are taken? pattern: a capital, letters, digits, a sign.",
        ),
    ):
        if _noted(draft, noted):
            yield words
    unsure = [
        f"{resource.name}.{name}"
        for resource in draft.resources
        for name in resource.required
        if name in resource.properties and _is_unsure(resource.properties[name])
    ]
    if unsure:
        yield f"What do these IDs refer to? x-refers: {', '.join(unsure)}."


def _unknown_id(resource: DraftResource) -> bool:
    return any(fact.how == UNKNOWN for fact in resource.id.values())


def _noted(draft: Draft, words: str) -> bool:
    return any(
        words in fact.words for r in draft.resources for fact in r.properties.values()
    )


def _is_unsure(fact: Fact) -> bool:
    return "holds the ID" in fact.words or fact.words.endswith(
        ("alone", "part of its name")
    )
