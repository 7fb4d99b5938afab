"""Properties that hold the ID of another item: of which resource, in which order."""

from collections.abc import Mapping, Sequence

from conformance.openapi import words
from conformance.openapi.paths import Shape, singular


def target_of(
    name: str, of: Shape, shapes: Sequence[Shape], kinds: Mapping[str, str]
) -> tuple[Shape | None, str]:
    """Find the resource whose items' IDs a property holds.

    Args:
        name: Of the property, such as ``DefaultCatalogID``.
        of: The resource that has it.
        shapes: Every resource, those that can be made first.
        kinds: Resource → name of its item's schema in the document, or empty.

    Returns:
        The resource or None, and how sure that is, in words.
    """
    stem = words.id_stem(name)
    if stem is None:
        return None, ""
    asked = words.parted(stem)
    if asked in (["parent"], ["parent", of.name]):
        return of, "the item above it, by its name"
    graded = [(grade, s) for s in shapes if (grade := _likeness(asked, s, kinds))]
    if not graded:
        return None, ""
    best = max(grade for grade, _ in graded)
    fitting = [shape for grade, shape in graded if grade == best]
    chosen = min(fitting, key=lambda shape: _distance(of, shape, shapes))
    told = {3: "by its name", 2: "by part of its name", 1: "by its last word alone"}
    return chosen, told[best]


def _likeness(asked: list[str], shape: Shape, kinds: Mapping[str, str]) -> int:
    """Grade how well the words before ``ID`` fit a resource: 0 not at all, to 3."""
    spellings = [words.parted(kinds.get(shape.name, "")), _words_of(shape)]
    stem = words.id_stem(shape.placeholder) or ""
    spellings.append(words.parted(stem))
    best = 0
    for known in spellings:
        if not known:
            continue
        if asked[-len(known) :] == known:
            best = max(best, 3)
        elif known[-len(asked) :] == asked:
            best = max(best, 2)
        elif asked[-1] == known[-1]:
            best = max(best, 1)
    return best


def _words_of(shape: Shape) -> list[str]:
    return singular(shape.name).split("_")


def _distance(
    of: Shape, shape: Shape, shapes: Sequence[Shape]
) -> tuple[bool, bool, int, int]:
    """Tell how far a resource is from another: makeable, and the same parents first."""
    above = [parent.path for parent in shape.parents]
    own = [parent.path for parent in of.parents]
    near = above == own[: len(above)]
    depth = -len(above) if near else len(above)
    return "CREATE" not in shape.operations, not near, depth, shapes.index(shape)


def ordered(
    names: Sequence[str], needs: Mapping[str, Sequence[str]]
) -> tuple[list[str], list[list[str]]]:
    """Order resources so that each comes after what it needs.

    Returns:
        The order, and the cycles: resources that need one another.
    """
    done: list[str] = []
    cycles: list[list[str]] = []
    state: dict[str, int] = {}

    def visit(name: str, trail: list[str]) -> None:
        if state.get(name) == 2 or name not in names:
            return
        if state.get(name) == 1:
            cycles.append(trail[trail.index(name) :])
            return
        state[name] = 1
        for needed in needs.get(name, ()):
            if needed != name:
                visit(needed, [*trail, name])
        state[name] = 2
        done.append(name)

    for name in names:
        visit(name, [])
    return done, cycles
