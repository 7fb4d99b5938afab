"""Which rows judge a fault: all of its clause, and enough of the rest to see more.

A clause is judged by every row. Of the others, whatever a fault drags along must
show as well; rows that cost many requests do that only in the whole suite.
"""

from collections.abc import Callable, Collection
from dataclasses import dataclass

from conformance.options import DEPTHS, provoking
from conformance.passive import SHOWN
from conformance.plan import Plan, Row
from conformance.smoke import smoke_rows

#: Requests of one unit from which on a row judges its own clause's faults only.
DEAR = 12
#: Payloads of a foreign row.
FEW = 1


@dataclass(frozen=True, slots=True)
class Aim:
    """Rows, in the plan's order, and how many payloads each draws."""

    rows: tuple[Row, ...]
    count: Callable[[Row], int]


def at_clause(plan: Plan, clause: str) -> Aim:
    """Aim at one clause: all its rows, its chapter's smoke rows, one of each check."""
    smoke = smoke_rows(plan)
    own = [row for row in plan.rows if row.clause == clause]
    chapter = clause.partition(".")[0]
    chosen = {row.id for row in own} | {row.id for row in provoking(plan, own)}
    once: set[tuple[str, bool]] = set()
    for row in plan.rows:
        if row.id not in smoke or _dear(row):
            continue
        seen = (row.check.id, row.edge_of is not None)
        near = row.passive or row.check.chapter == chapter or seen not in once
        if near:
            once.add(seen)
            chosen.add(row.id)
    mine = {(row.edge_of or row).id for row in own}
    if clause in SHOWN:
        generating = [row for row in plan.rows if row.check.requirement.generated]
        mine |= {row.id for row in generating}
        chosen |= {row.id for row in generating if row.claimed}
    if any(row.passive for row in own):
        # What a passive row sees, others must send.
        mine |= {row.id for row in plan.rows if row.check.chapter == chapter}
        mine |= {row.id for row in provoking(plan, own)}
    many = DEPTHS["standard"]
    return Aim(_in_order(plan, chosen), lambda row: many if row.id in mine else FEW)


def at_all(plan: Plan, depth: str, chapters: Collection[str] = ()) -> Aim:
    """Aim at every row of a depth, or at those of some chapters."""
    chosen = smoke_rows(plan) if depth == "smoke" else {row.id for row in plan.rows}
    if chapters:
        near = [row for row in plan.rows if row.check.chapter in chapters]
        near = [row for row in near if row.id in chosen]
        chosen = {row.id for row in near} | {row.id for row in provoking(plan, near)}
    return Aim(_in_order(plan, chosen), lambda _row: DEPTHS[depth])


def left_out(plan: Plan) -> list[str]:
    """Name the checks that judge no fault but their own clause's."""
    return sorted({row.check.id for row in plan.rows if _dear(row)})


def _dear(row: Row) -> bool:
    return row.check.requirement.cost >= DEAR


def _in_order(plan: Plan, chosen: Collection[str]) -> tuple[Row, ...]:
    return tuple(row for row in plan.rows if row.id in chosen)
