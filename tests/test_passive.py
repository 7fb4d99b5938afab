"""Passive rows: they count what they judged, and say so where nothing was."""

import json
from collections import Counter
from pathlib import Path
from typing import Any


def test_a_passive_row_counts_what_it_judged(judge: Any, tmp_path: Path) -> None:
    """Of all answers, the smallest rate is drawn from those that owed something."""
    judged = judge(clauses=("status.empty_204",), out=tmp_path / "run", seed=3)
    rows = {row["row"]: row for row in judged.told["checks"] if row["passive"]}
    lines = (tmp_path / "run" / "record.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line).get("exchange", {}) for line in lines]
    empty = Counter(
        one["operation"]
        for one in told
        if one and (one["answer"] or {}).get("status") == 204
    )

    assert empty
    for row in rows.values():
        operation = row["row"].partition("[")[2].rstrip("]")
        nothing = row["verdict"] == "not_applicable"
        assert row["exchanges_seen"] == empty[operation]
        assert nothing == (not empty[operation])
    [clause] = judged.told["clauses"]
    assert clause["watched"] == sum(empty.values())
    assert clause["verdict"] == "pass"
