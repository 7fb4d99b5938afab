"""Two reports side by side: which rows changed their verdict, and for the worse."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

#: Rows of a kind that are named; the rest are counted.
NAMED = 20
_LONGEST = 160
#: The higher, the worse.
_RANK = {
    **dict.fromkeys(("pass", "not_applicable", "waived"), 0),
    "warn": 1,
    "inconclusive": 2,
    "fail": 3,
}


@dataclass(frozen=True, slots=True)
class Change:
    """A row whose verdict differs; ``before`` or ``after`` is None without the row."""

    row: str
    before: str | None
    after: str | None
    words: str = ""

    @property
    def kind(self) -> str:
        """Say what became of it: worse, better, changed, new or gone."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        difference = _RANK[self.after] - _RANK[self.before]
        if difference == 0:
            return "changed"
        return "worse" if difference > 0 else "better"


def changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[Change]:
    """Give every row whose verdict differs, in the order of the newer report."""
    olds = {row["row"]: row for row in old["checks"]}
    news = {row["row"]: row for row in new["checks"]}
    found = []
    for name in dict.fromkeys([*news, *olds]):
        was, now = olds.get(name), news.get(name)
        before, after = _verdict(was), _verdict(now)
        if before != after:
            told = now or was or {}
            words = told["message"] or told["cause"] or ""
            found.append(Change(name, before, after, words))
    return found


def _verdict(row: Mapping[str, Any] | None) -> str | None:
    return row["verdict"] if row else None


def apart(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Name what differs beside the target, and may be why a verdict does."""
    pairs = zip(_made_with(old), _made_with(new), strict=True)
    return [f"{name}: {a} → {b}" for (name, a), (_, b) in pairs if a != b]


def _made_with(told: Mapping[str, Any]) -> list[tuple[str, str]]:
    suite, profile = told["suite"], told["profile"]
    return [
        ("suite", suite["version"]),
        ("catalogue of checks", suite["catalogue_sha256"][:12]),
        ("profile", f"{profile['name']} {profile['sha256'][:12]}"),
        ("scope", told["scope"]),
    ]


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    """Say what changed from one report to the next, line by line."""
    for which, told in (("old", old), ("new", new)):
        where = told["target"]["base_url"]
        yield f"{which}: {where}, {told['finished'][:19]}Z: {told['verdict']}"
    for words in apart(old, new):
        yield f"another {words}; a verdict may differ for that alone"
    found = changes(old, new)
    for kind in ("worse", "better", "changed", "new", "gone"):
        these = [change for change in found if change.kind == kind]
        if these:
            yield f"{kind}: {len(these)} {'row' if len(these) == 1 else 'rows'}"
        for one in these[:NAMED]:
            verdicts = " → ".join(part for part in (one.before, one.after) if part)
            words = f": {one.words}"[:_LONGEST] if one.words else ""
            yield f"  {one.row}: {verdicts}{words}"
        if len(these) > NAMED:
            yield f"  and {len(these) - NAMED} more"
    if not found:
        yield f"no verdict differs, in {len(new['checks'])} rows"
