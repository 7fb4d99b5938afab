"""What each check sends: a commit that changes it shows so in the table."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

SEED = 5
TABLE = Path(__file__).parent / "requests.json"


def test_each_check_sends_what_the_table_says(judge: Any, tmp_path: Path) -> None:
    """Requests of a clean run on the reference, by check; to be renewed by hand."""
    judge(seed=SEED, out=tmp_path / "run")
    lines = (tmp_path / "run" / "record.jsonl").read_text("utf-8").splitlines()
    told = [json.loads(line).get("exchange") for line in lines]
    units = Counter(one["key"][0].partition("[")[0] for one in told if one)
    units = Counter({unit: n for unit, n in units.items() if "." in unit})
    made = tmp_path / "requests.json"
    made.write_text(json.dumps(dict(sorted(units.items())), indent=1) + "\n", "utf-8")

    assert json.loads(TABLE.read_text("utf-8")) == dict(units), f"now in {made}"
