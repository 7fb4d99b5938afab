"""The items, in memory: a tree of records, so that children follow their parent."""

from collections.abc import Iterator
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(eq=False, slots=True)
class Record:
    """One stored item.

    Attributes:
        key: Its ID as it stands in paths.
        values: Property name to value; the ID and the stamps are not among them.
        children: Resource name to ID to record, in order of creation.
    """

    key: str
    values: dict[str, Any]
    created: datetime
    updated: datetime
    parent: "Record | None" = None
    children: dict[str, dict[str, "Record"]] = field(default_factory=dict)


Snapshot = dict[tuple[str, ...], dict[str, Any]]


class Store:
    """Every record, each under its parent; no parent is the organisation."""

    def __init__(self) -> None:
        self._top: dict[str, dict[str, Record]] = {}

    def siblings(self, resource: str, parent: Record | None) -> dict[str, Record]:
        """The records of a resource under one parent, by ID."""
        branch = self._top if parent is None else parent.children
        return branch.setdefault(resource, {})

    def every(self, resource: str) -> Iterator[Record]:
        """All records of a resource, under whatever parent."""
        pending = [self._top]
        while pending:
            for name, records in pending.pop().items():
                if name == resource:
                    yield from records.values()
                pending += [record.children for record in records.values()]

    def add(self, resource: str, record: Record) -> None:
        """Keep a record under its parent, in place of any that has its ID."""
        self.siblings(resource, record.parent)[record.key] = record

    def remove(self, resource: str, record: Record) -> None:
        """Forget a record and all that stands under it."""
        del self.siblings(resource, record.parent)[record.key]

    def rename(self, resource: str, record: Record, key: str) -> None:
        """Give a record another ID; its children move along."""
        self.remove(resource, record)
        record.key = key
        self.add(resource, record)

    def snapshot(self) -> Snapshot:
        """A copy of everything: (resource, ID, resource, ID, …) to values."""
        taken: Snapshot = {}
        pending: list[tuple[tuple[str, ...], dict[str, dict[str, Record]]]]
        pending = [((), self._top)]
        while pending:
            path, branch = pending.pop()
            for name, records in branch.items():
                for record in records.values():
                    here = (*path, name, record.key)
                    taken[here] = deepcopy(record.values)
                    pending.append((here, record.children))
        return taken
