"""From checks and a profile to rows: the same rows whatever the target does."""

import importlib
import itertools
import pkgutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any, TypeAlias

from conformance.apart import generated
from conformance.contract.document import Document
from conformance.draw import Drawn, payloads_of
from conformance.profile import Operation, Profile, Resource
from conformance.requirement import Check, Level, checks_in

#: Exchanges that are about no resource.
ELSEWHERE = ("token", "elsewhere")


@dataclass(frozen=True, slots=True)
class Watched:
    """What a passive row watches: an operation, the token endpoint, or elsewhere."""

    name: str
    resource: Resource | None = None
    verb: str | None = None


#: A row's id, the run's seed, how many payloads, and the document they are made from.
Key: TypeAlias = tuple[str, int, int, str | None]
Axis: TypeAlias = Callable[[Profile], list[tuple[str, Any]]]


def _resources(accepts: Callable[[Resource], bool]) -> Axis:
    return lambda profile: [
        (r.name, r) for r in profile.resources.values() if accepts(r)
    ]


def _offering(verb: str) -> Axis:
    return _resources(lambda resource: verb in resource.verbs)


def _renamable(resource: Resource) -> bool:
    how = {"PATCH": "PATCH", "PUT": "SAVE"}
    return resource.id.writable and any(
        how[method] in resource.verbs for method in resource.id.rename
    )


def _watched(profile: Profile) -> list[tuple[str, Any]]:
    found: list[tuple[str, Any]] = [
        (o.name, Watched(o.name, o.resource, o.verb)) for o in profile.operations()
    ]
    names = ELSEWHERE if profile.flows else ("elsewhere",)
    return found + [(name, Watched(name)) for name in names]


#: Argument of a check → its values: each is a row.
AXES: Mapping[str, Axis] = {
    "resource": _resources(lambda _: True),
    "listable": _offering("LIST"),
    "creatable": _offering("CREATE"),
    "gettable": _offering("GET"),
    "savable": _offering("SAVE"),
    "patchable": _offering("PATCH"),
    "deletable": _offering("DELETE"),
    "renamable": _resources(_renamable),
    "nested": _resources(lambda resource: bool(resource.parents)),
    "scoped": _resources(lambda resource: resource.scope == "parent"),
    "shared": _resources(lambda resource: resource.scope == "organisation"),
    "typical": lambda profile: [(r.name, r) for r in profile.typical()],
    "operation": lambda profile: [(o.name, o) for o in profile.operations()],
    "flow": lambda profile: [(flow, flow) for flow in profile.flows],
    "exchange": _watched,
}


@dataclass(eq=False, slots=True)
class Row:
    """A check for one resource, verb or flow: the unit of the report.

    Attributes:
        id: Stable: the check's id and, in brackets, what it is for.
        label: What stands in the brackets.
        edge_of: The row whose softer edge this one reports.
        claimed: False: the profile claims nothing that the check could judge.
        payloads: Drawn before the run; one None where the body takes none. They are
            let go when the row holds, and when the run is over.
    """

    id: str
    check: Check
    clause: str
    level: Level
    label: str
    arguments: Mapping[str, Any]
    edge_of: "Row | None" = None
    claimed: bool = True
    payloads: Sequence[Any] = (None,)
    drawn: Sequence[Drawn] = ()

    @property
    def resource(self) -> str | None:
        """Name the resource, if the row has one."""
        for value in self.arguments.values():
            if isinstance(value, Resource):
                return value.name
            if isinstance(value, Operation | Watched) and value.resource:
                return value.resource.name
        return None

    @property
    def verb(self) -> str | None:
        """Name the verb, if the row has one."""
        for value in self.arguments.values():
            if isinstance(value, Operation | Watched):
                return value.verb
        return None

    @property
    def flow(self) -> str | None:
        """Name the flow, if the row has one."""
        found: str | None = self.arguments.get("flow")
        return found

    @property
    def operation(self) -> str | None:
        """Name the operation, as exchanges do, if the row has one."""
        for value in self.arguments.values():
            if isinstance(value, Operation | Watched):
                return value.name
        return None

    @property
    def passive(self) -> bool:
        """Say whether the row judges exchanges of others."""
        return self.check.requirement.passive


class Plan:
    """Every row of a run, in the page's order.

    Attributes:
        rows: Softer edges stand right behind the row that they belong to.
        reused: What was drawn is kept, for another run by the same plan.
    """

    def __init__(
        self, profile: Profile, checks: Iterable[Check], *, reused: bool = True
    ) -> None:
        self.profile = profile
        self.reused = reused
        self.checks = list(checks)
        places = _Places(profile)
        self.by_check = {check.id: _rows_of(check, places) for check in self.checks}
        self.rows = [row for rows in self.by_check.values() for row in rows]
        self._drawn: dict[Key, list[Drawn]] = {}
        self._owners: dict[tuple[str, str | None], Row] = {}
        for row in self.rows:
            if row.claimed and row.edge_of is None:
                for name in (row.operation, row.resource, None):
                    self._keep(row.clause, name, row)

    def _keep(self, clause: str, name: str | None, row: Row) -> None:
        known = self._owners.get((clause, name))
        graver = row.level is Level.MUST and known and known.level is Level.SHOULD
        if known is None or graver:
            self._owners[clause, name] = row

    def owner(self, clause: str, operation: str | None = None) -> str:
        """Name the row that judges a clause for an operation.

        Returns:
            A row's id; the clause itself when no row of the plan has it.
        """
        resource = operation.rpartition("-")[0] if operation else None
        for name in (operation, resource or None, None):
            row = self._owners.get((clause, name))
            if row is not None:
                return row.id
        return clause

    def draw(
        self,
        seed: int,
        count: Callable[[Row], int],
        prefix: str,
        rows: Iterable[Row] | None = None,
        document: Document | None = None,
    ) -> None:
        """Draw the payloads of rows; what was drawn already is not drawn again.

        Args:
            seed: Of the run.
            count: Payloads of a row that takes them from a strategy.
            prefix: Of the run; takes the place of ``@run`` in what was drawn.
            rows: Those that will run; without them, all.
            document: The target's own, for the rows that are generated from it.
        """
        wanted = [r for r in mains(self.rows if rows is None else rows) if r.claimed]
        keys = {row.id: _key(row, seed, count(row), document) for row in wanted}
        missing = [row for row in wanted if keys[row.id] not in self._drawn]
        heavy = [(r, count(r)) for r in missing if _generated(r, document)]
        with generated(heavy, self.profile, seed, document) as rest:
            for row in missing:
                if not _generated(row, document):
                    made = payloads_of(row, self.profile, seed, count(row))
                    self._drawn[keys[row.id]] = made
            for row, made in rest():
                self._drawn[keys[row.id]] = made
        for row in wanted:
            key = keys[row.id]
            drawn = self._drawn[key] if self.reused else self._drawn.pop(key)
            row.drawn = [replace(one, value=filled(one.value, prefix)) for one in drawn]
            row.payloads = [one.value for one in row.drawn]

    def forget(self) -> None:
        """Let go of the rows' payloads; who draws again gets them again."""
        for row in self.rows:
            row.payloads, row.drawn = (), ()


def _generated(row: Row, document: Document | None) -> bool:
    return document is not None and row.check.requirement.generated


def _key(row: Row, seed: int, count: int, document: Document | None) -> Key:
    origin = document.digest if document and _generated(row, document) else None
    return row.id, seed, count, origin


def mains(rows: Iterable[Row]) -> list[Row]:
    """Give the rows that judge these, once each: an edge is judged by its main row."""
    return list(dict.fromkeys(row.edge_of or row for row in rows))


def sending(rows: Iterable[Row]) -> list[Row]:
    """Give the rows that send something, for these to be judged."""
    return [row for row in mains(rows) if row.claimed and not row.passive]


def filled(value: Any, prefix: str) -> Any:
    """Put the run's prefix where a drawn payload leaves room for it."""
    if isinstance(value, str):
        return value.replace("@run", prefix)
    if isinstance(value, dict):
        return {filled(k, prefix): filled(v, prefix) for k, v in value.items()}
    if isinstance(value, list):
        return [filled(part, prefix) for part in value]
    if isinstance(value, tuple) and not hasattr(value, "_fields"):
        return tuple(filled(part, prefix) for part in value)
    return value


class _Places:
    """What the rows of checks are for: worked out once, and shared by their rows."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._known: dict[tuple[str, ...], list[tuple[str, Mapping[str, Any]]]] = {}

    def of(self, check: Check) -> list[tuple[str, Mapping[str, Any]]]:
        """Give what stands in the brackets of each row, and the row's arguments."""
        axes = tuple(name for name in check.arguments if name in AXES)
        if axes not in self._known:
            found = itertools.product(*(AXES[name](self.profile) for name in axes))
            self._known[axes] = [
                (
                    "-".join(id_ for id_, _ in values),
                    {n: value for n, (_, value) in zip(axes, values, strict=True)},
                )
                for values in found
            ]
        return self._known[axes]


def _rows_of(check: Check, places: _Places) -> list[Row]:
    """Give the rows of a check; one that is not claimed, when it has none."""
    requirement = check.requirement
    rows: list[Row] = []
    if requirement.when and not requirement.when(places.profile):
        return [_not_claimed(check)]
    for label, arguments in places.of(check):
        if requirement.only and not requirement.only(*arguments.values()):
            continue
        rows += _with_edge(check, places.profile, label, arguments)
    return rows or [_not_claimed(check)]


def _with_edge(
    check: Check, profile: Profile, label: str, arguments: Mapping[str, Any]
) -> list[Row]:
    requirement = check.requirement
    clause = requirement.clause.format(flow=arguments.get("flow", ""))
    strict = clause in profile.strict
    level = Level.MUST if strict else requirement.level
    row = Row(_row_id(check.id, label), check, clause, level, label, arguments)
    if requirement.warns is None:
        return [row]
    edge_id = _row_id(f"{check.id}~warns", label)
    edge_label = f"{label}~warns" if label else "warns"
    edge = Row(edge_id, check, clause, Level.SHOULD, edge_label, arguments, row)
    return [row, edge]


def _row_id(check: str, label: str) -> str:
    return f"{check}[{label}]" if label else check


def _not_claimed(check: Check) -> Row:
    clause = check.requirement.clause.replace("{flow}", "any")
    level = check.requirement.level
    return Row(check.id, check, clause, level, "", {}, claimed=False)


def shipped_checks() -> list[Check]:
    """Give every check of this package, chapter by chapter."""
    return [
        check
        for module in check_modules()
        for check in checks_in(vars(module).values())
        if check.function.__module__ == module.__name__
    ]


def check_modules() -> list[ModuleType]:
    """Import the modules of checks, in the page's order."""
    from conformance import checks  # noqa: PLC0415 - checks import this package

    found = (module.name for module in pkgutil.iter_modules(checks.__path__))
    names = [name for name in found if not name.startswith("_")]
    return [
        importlib.import_module(f"conformance.checks.{name}")
        for name in sorted(names, key=_chapter_order)
    ]


def _chapter_order(name: str) -> tuple[int, str]:
    order: Sequence[str] = (
        "https",
        "json",
        "dates",
        "oauth",
        "ids",
        "errors",
        "verbs",
        "status",
        "contract",
    )
    chapter = name.partition("_")[0]
    return (order.index(chapter) if chapter in order else len(order), name)
