"""Lists in which other people's items come and go while they are read."""

import itertools
import random
from pathlib import Path
from typing import Any

import pytest

from conformance.datafiles import folder
from conformance.verdict import Verdict

#: What could narrow a list to the run's own items.
NARROWS = ("search", "list.filterable", "list.searchable")
CLAUSE = "verbs.list.contains"


@pytest.fixture
def unnarrowed(tmp_path: Path) -> str:
    """Give the file of the reference profile, without filters and search."""
    text = (folder("profiles") / "reference.toml").read_text(encoding="utf-8")
    before, _, rest = text.partition("[lists.filter]")
    lines = [*before.splitlines(), *rest[rest.index("[id]") :].splitlines()]
    file = tmp_path / "unnarrowed.toml"
    kept = (line for line in lines if not line.startswith(NARROWS))
    file.write_text("\n".join(kept), encoding="utf-8")
    return str(file)


def disturbed(served: Any, times: int) -> None:
    """Let a second page hold any of the list's items, others each time.

    Args:
        served: The reference.
        times: How often; after that the list is calm.
    """
    server, asked = served.running.server, itertools.count()

    def around(inner: Any, call: Any, records: list[Any]) -> list[Any]:
        found: list[Any] = inner(call, records)
        second = str(server.parameter(call, "page")) == "2"
        turn = next(asked) if second and call.claimed.name == "buyers" else times
        if turn < times:
            # Whosever items stand first: some of each row's own have moved.
            random.Random(turn).shuffle(found)
        return found

    server.wrap("sort", around)


def _judged(serve: Any, judge: Any, profile: str, times: int) -> Any:
    with serve(profile) as served:
        disturbed(served, times)
        return judge(str(served.target), clauses=(CLAUSE,), resources=("buyers",))


def test_a_walk_that_others_disturb_is_repeated(
    serve: Any, judge: Any, unnarrowed: str
) -> None:
    """Items that moved between two pages of the first walk are no breach."""
    judged = _judged(serve, judge, unnarrowed, times=1)

    assert judged.clauses(Verdict.PASS) == {CLAUSE}


def test_walks_that_all_differ_decide_nothing(
    serve: Any, judge: Any, unnarrowed: str
) -> None:
    """Where others never rest, the row is inconclusive and says why."""
    judged = _judged(serve, judge, unnarrowed, times=1000)

    causes = [str(row["cause"]) for row in judged.told["checks"]]
    assert not judged.accused()
    assert any("moved between the pages" in cause for cause in causes)
