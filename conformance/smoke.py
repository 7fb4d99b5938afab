"""The smallest selection of rows that still visits every clause once."""

import itertools
from collections import Counter

from conformance.plan import Plan, Row

#: Clauses whose rows use each verb once, so that passive rows see something.
_EXERCISES = (
    "verbs.create.stores",
    "verbs.save.creates",
    "verbs.patch.merges",
    "verbs.get.returns",
    "verbs.list.contains",
    "verbs.delete.removes",
    "oauth.bearer_required",
)


def smoke_rows(plan: Plan) -> set[str]:
    """Name the rows of a smoke run: each check on as few resources as will do."""
    chosen: set[str] = set()
    left = {check: [r for r in rows if r.resource] for check, rows in _rows(plan)}
    for rows in plan.by_check.values():
        chosen |= {row.id for row in rows if row.resource is None}
    while left := {check: rows for check, rows in left.items() if rows}:
        names = ({row.resource for row in rows} for rows in left.values())
        counts = Counter(itertools.chain.from_iterable(names))
        best = max(counts, key=lambda name: (counts[name], name or ""))
        for check, rows in list(left.items()):
            mine = [row for row in rows if row.resource == best]
            if mine:
                chosen |= {row.id for row in mine}
                del left[check]
        chosen |= {
            row.id
            for row in plan.rows
            if row.resource == best and row.clause in _EXERCISES
        }
    return chosen


def _rows(plan: Plan) -> list[tuple[str, list[Row]]]:
    return list(plan.by_check.items())
