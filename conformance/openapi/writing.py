"""A draft as TOML, each line with how it came to be known."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from conformance.openapi.draft import Draft
from conformance.openapi.facts import READ, UNKNOWN, Fact
from conformance.openapi.paths import PLACEHOLDER
from conformance.openapi.questions import questions
from conformance.openapi.resource import DraftResource

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_WIDTH = 78


def written(draft: Draft, name: str, title: str) -> str:
    """Give the profile's text."""
    lines = [*_head(draft), "", f"name = {literal(name)}", f"title = {literal(title)}"]
    for table, facts in draft.tables.items():
        if facts:
            lines += ["", f"[{table}]", *_facts(facts)]
    lines += ["", "[id]", 'member = "ID"  # unknown: each resource says its own']
    for resource in draft.resources:
        lines += ["", *_resource(resource)]
    return "\n".join(lines) + "\n"


def _head(draft: Draft) -> Iterator[str]:
    yield from _wrapped(
        "What a server claims, drafted from its OpenAPI document. Beside each line "
        "stands whether it was read there, inferred from what is there, or unknown "
        "and a default. Look at what is asked first; then: "
        "conformance profile check FILE"
    )
    for heading, entries in (
        (
            "Asked, as no document tells it; the default stands in the file:",
            list(questions(draft)),
        ),
        ("Left out, and why:", _left_out(draft)),
        ("Not read:", list(draft.document.warnings)),
    ):
        if entries:
            yield "#"
            yield f"# {heading}"
            for entry in entries:
                yield from _wrapped(entry, "- ")


def _wrapped(text: str, lead: str = "") -> Iterator[str]:
    """Give a comment's lines; nothing in it can end the comment."""
    line = lead
    for word in _plain(text).split():
        if len(line) + len(word) + 1 > _WIDTH and line.strip() not in ("", "-"):
            yield f"# {line}".rstrip()
            line = " " * len(lead)
        line += word if not line.strip() or line == lead else f" {word}"
    yield f"# {line}".rstrip()


def _plain(text: str) -> str:
    """Give text without line breaks and controls, which TOML's comments can't hold."""
    return re.sub(r"[\x00-\x1f\x7f\u0085\u2028\u2029\ud800-\udfff]+", " ", text)


def _left_out(draft: Draft) -> list[str]:
    """Give the reasons, each with the paths that it keeps out."""
    found: dict[str, list[str]] = {}
    for one in draft.unmakeable:
        found.setdefault(one.why, []).append(one.what)
    for why, paths in draft.shapes.others.items():
        found.setdefault(why, []).extend(paths)
    return [f"{why}: {', '.join(paths)}" for why, paths in found.items()]


def _resource(resource: DraftResource) -> Iterator[str]:
    name, shape = resource.name, resource.shape
    names = [parent.name for parent in shape.parents]
    path, item = _named(shape.path, names), _named(shape.item_path, [*names, "id"])
    yield f"[resources.{name}]"
    yield f"path = {literal(path)}  # {READ}"
    if item != path.rstrip("/") + "/{id}":
        yield f"item_path = {literal(item)}  # {READ}"
    if shape.parents:
        yield f"parents = {literal([p.name for p in shape.parents])}  # {READ}"
    scope = "parent" if shape.parents else "organisation"
    how = f"{UNKNOWN}: asked above" if shape.parents else "inferred: it has no parent"
    yield f"scope = {literal(scope)}  # {how}"
    yield f"verbs = {literal(list(shape.verbs))}  # {READ}"
    yield from _facts(resource.roles, "roles.")
    yield from _facts(resource.id, "id.")
    yield from _facts(resource.lists, "list.")
    volatile = [n for n, f in resource.properties.items() if _volatile(resource, n, f)]
    if volatile:
        yield f"volatile = {literal(volatile)}  # inferred: the server's own"
    yield from ("", f"[resources.{name}.schema]")
    yield f"required = {literal(resource.required)}  # {READ}"
    yield from ("", f"[resources.{name}.schema.properties]")
    yield from _facts(resource.properties)
    for one in resource.left_out:
        yield from _wrapped(f"{one.what} is left out: {one.why}")
    for table, values in (("example", resource.example), ("other", resource.other)):
        if values or table == "example":
            yield from ("", f"[resources.{name}.{table}]")
            yield from (f"{key(n)} = {literal(v)}" for n, v in values.items())


def _volatile(resource: DraftResource, name: str, fact: Fact) -> bool:
    claimed = fact.value
    return bool(
        claimed.get("readOnly") and name != resource.member and "x-stamp" not in claimed
    )


def _named(path: str, names: Sequence[str]) -> str:
    """Give a path with these names, in turn, in the place of its parameters'.

    A parent's parameter may be called otherwise in the paths of its children.
    """
    left = iter(names)
    return PLACEHOLDER.sub(lambda found: f"{{{next(left, found[1])}}}", path)


def _facts(facts: Mapping[str, Fact], lead: str = "") -> Iterator[str]:
    for name, fact in facts.items():
        yield f"{lead}{key(name)} = {literal(fact.value)}  # {_plain(fact.comment)}"


def key(name: str) -> str:
    """Give a name as TOML takes it for a key."""
    return name if _BARE.fullmatch(name) else literal(name)


def literal(value: Any) -> str:
    """Give a value as TOML writes it on one line."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return json.dumps(_sound(value), ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, Mapping):
        inner = ", ".join(f"{key(n)} = {literal(v)}" for n, v in value.items())
        return f"{{{inner}}}"
    if isinstance(value, Sequence):
        return f"[{', '.join(literal(part) for part in value)}]"
    if isinstance(value, float):
        return repr(value)
    return str(value)


def _sound(text: str) -> str:
    return re.sub(r"[\ud800-\udfff]", "\ufffd", text)
