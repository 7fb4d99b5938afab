"""Resources by the shape of paths: what is one, and what is something else."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from conformance.openapi.document import Document, Operation
from conformance.openapi.flatten import flatten

PLACEHOLDER = re.compile(r"\{([^{}]*)\}")
_VERBS = {"get": "GET", "put": "SAVE", "patch": "PATCH", "delete": "DELETE"}
#: First segments of paths whose items belong to whoever asks.
_OWN = ("me", "self", "current", "user")


@dataclass(slots=True)
class Shape:
    """A collection and its items, as paths and operations show them.

    Attributes:
        path: The collection's, as the document writes it.
        item_path: The item's.
        placeholder: Name of the path parameter that holds an item's ID.
        operations: Verb → operation.
        parents: The shapes above, outermost first.
        fixed: Values put in the place of path parameters that allow a few.
        name: In the profile.
        why_not: Why the profile can't claim it; empty when it can.
    """

    path: str
    item_path: str
    placeholder: str
    operations: dict[str, Operation]
    parents: tuple["Shape", ...] = ()
    fixed: tuple[str, ...] = ()
    name: str = ""
    why_not: str = ""

    @property
    def verbs(self) -> tuple[str, ...]:
        """Name the verbs, in the order of the conventions' page."""
        known = ("LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE")
        return tuple(verb for verb in known if verb in self.operations)


@dataclass(slots=True)
class Shapes:
    """What the paths of a document show.

    Attributes:
        collections: Every collection with items, makeable or not.
        others: Reason → paths that are no resource.
        fixed: Path parameter → the value that stands for it.
    """

    collections: list[Shape] = field(default_factory=list)
    fixed: dict[str, str] = field(default_factory=dict)
    others: dict[str, list[str]] = field(default_factory=dict)

    def leave(self, why: str, path: str) -> None:
        """Note a path that is no resource."""
        self.others.setdefault(why, []).append(path)


def shapes_of(document: Document) -> Shapes:
    """Sort the paths of a document into collections with items and the rest."""
    paths: dict[str, dict[str, Operation]] = {}
    spelt: dict[str, str] = {}
    told: dict[str, str] = {}
    found = Shapes()
    for operation in document.operations():
        path = _fixed(document, operation, found.fixed)
        key = _bare(path)
        spelt.setdefault(key, path)
        told.setdefault(key, operation.path)
        paths.setdefault(key, {})[operation.method] = operation
    used: set[str] = set()
    for key, methods in paths.items():
        item = next((k for k in _below(paths, key) if "get" in paths[k]), None)
        if "get" not in methods or item is None or key.endswith("{}"):
            continue
        used |= {key, item}
        shape = Shape(
            spelt[key],
            spelt[item],
            PLACEHOLDER.findall(spelt[item])[-1],
            _operations(methods, paths[item]),
            fixed=tuple(v for v in found.fixed.values() if v in spelt[key].split("/")),
        )
        found.collections.append(shape)
    for key in paths:
        if key not in used:
            found.leave(_why_no_resource(paths, key, spelt[key]), told[key])
    _relate(found.collections)
    _name(found.collections)
    return found


def _fixed(document: Document, operation: Operation, fixed: dict[str, str]) -> str:
    """Give a path with a value in the place of each parameter that allows a few."""
    path = operation.path
    for parameter in operation.parameters:
        name, schema = str(parameter.get("name")), parameter.get("schema")
        if parameter.get("in") != "path" or f"{{{name}}}" not in path:
            continue
        told = flatten(document, schema, f"{operation.where}.parameters.{name}")
        values = [told.get("default"), *told.get("enum", ())]
        plain = [
            v for v in values if isinstance(v, str) and re.fullmatch(r"[\w.-]+", v)
        ]
        if plain:
            path = path.replace(f"{{{name}}}", fixed.setdefault(name, plain[0]))
    return path


def _bare(path: str) -> str:
    """Give a path without the names of its parameters and a closing slash."""
    return PLACEHOLDER.sub("{}", path).rstrip("/") or "/"


def _below(paths: Mapping[str, object], key: str) -> list[str]:
    wanted = f"{key.rstrip('/')}/{{}}"
    return [wanted] if wanted in paths else []


def _operations(
    collection: Mapping[str, Operation], item: Mapping[str, Operation]
) -> dict[str, Operation]:
    found = {"LIST": collection["get"]}
    if "post" in collection:
        found["CREATE"] = collection["post"]
    return found | {_VERBS[m]: item[m] for m in item if m in _VERBS}


def _why_no_resource(
    paths: Mapping[str, Mapping[str, Operation]], key: str, path: str
) -> str:
    """Say what a path is that is no collection and no item of one."""
    methods = set(paths[key])
    if re.search(r"assignments?(/|$)", path, re.IGNORECASE):
        return "assignments, which tie items together and have no ID of their own"
    if methods == {"post"}:
        return "actions, POST alone with nothing to read back"
    if key.endswith("{}"):
        return "items that no collection lists, or without GET"
    if "get" in methods and methods & {"put", "patch"}:
        return "singletons, one thing without an ID"
    if methods == {"get"}:
        return "views, GET alone, where nothing can be made"
    return "other operations, on no collection with items"


def _relate(shapes: Sequence[Shape]) -> None:
    """Find the parents, outermost first, and what has none that could be made."""
    by_item = {_bare(shape.item_path): shape for shape in shapes}
    for shape in shapes:
        segments = shape.path.strip("/").split("/")
        found = []
        for end, segment in enumerate(segments, start=1):
            if not PLACEHOLDER.search(segment):
                continue
            above = by_item.get(_bare("/" + "/".join(segments[:end])))
            if above is None:
                shape.why_not = shape.why_not or (
                    f"{segment} in its path is the ID of no resource, and which values "
                    "it takes can't be told"
                )
                continue
            found.append(above)
        shape.parents = tuple(found)
        if segments[0].lower() in _OWN and "CREATE" in shape.operations:
            shape.why_not = "each identity has its own, as they belong to whoever asks"


def _name(shapes: Sequence[Shape]) -> None:
    taken: set[str] = set()
    makes = ("CREATE", "SAVE")
    for shape in sorted(
        shapes, key=lambda s: bool(s.why_not or not set(makes) & set(s.operations))
    ):
        name = _named(shape)
        while name in taken:
            above = shape.parents[-1].name if shape.parents else ""
            name = (
                f"{_singular(above)}_{name}"
                if above and above not in name
                else (f"{name}_2")
            )
        taken.add(name)
        shape.name = name


def _named(shape: Shape) -> str:
    """Name a resource by its operations' tag where that fits its path."""
    segments = shape.path.strip("/").split("/")
    literals = [s for s in segments if "{" not in s and s not in shape.fixed]
    last = literals[-1] if literals else "items"
    tags = shape.operations["LIST"].raw.get("tags")
    tag = tags[0] if isinstance(tags, list) and tags else ""
    squeezed = re.sub(r"[^a-z0-9]", "", str(tag).lower())
    plain = re.sub(r"[^a-z0-9]", "", last.lower())
    if plain and squeezed.rstrip("s").endswith(plain.rstrip("s")):
        return snake(str(tag))
    if shape.parents and squeezed and plain and len(literals) > 1:
        return f"{_singular(snake(literals[-2]))}_{snake(last)}"
    return snake(last)


def snake(words: str) -> str:
    """Give a name in lower case, words parted by underscores."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", words)
    made = re.sub(r"[^a-z0-9]+", "_", parted.lower()).strip("_")
    return made if re.match(r"[a-z]", made) else f"r_{made}".rstrip("_")


def _singular(name: str) -> str:
    for ending, instead in (("ies", "y"), ("sses", "ss"), ("xes", "x"), ("s", "")):
        if name.endswith(ending) and not name.endswith("ss"):
            return name[: -len(ending)] + instead
    return name


singular = _singular
