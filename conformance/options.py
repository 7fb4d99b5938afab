"""What a person asked for, and which rows that is. Sends nothing."""

import json
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from conformance import firstlook
from conformance.errors import UsageError
from conformance.plan import Plan, Row

#: Depth → payloads of a row that draws them.
DEPTHS = {"smoke": 2, "standard": 5, "deep": 25}
#: What decides which rows there are and what they send; a record keeps it.
_KEPT = (
    *("chapters", "clauses", "resources", "rows", "depth", "read_only"),
    *("first_look", "openapi"),
)
#: Rows whose requests show a passive row something, when little else is selected.
_PROVOKING = (
    "status.success",
    "errors.shape",
    "status.not_found_404",
    "verbs.delete.again",
    "verbs.list.sort",
)
_PROVOKING_TOKENS = (".grants", ".rejects")


@dataclass(frozen=True, slots=True)
class Options:
    """What a person asked for.

    Attributes:
        target: A URL, a target file, or ``reference``.
        out: Folder of the run's files; made when it is not there.
        rows: Ids of the rows to judge, as ``--failed`` takes them from a report.
        openapi: URL or file of the target's own OpenAPI document.
        played: A record to judge again, instead of talking to the target.
        faults: Switched on in the embedded reference, as are variants.
    """

    target: str
    out: Path
    profile: str | None = None
    openapi: str | None = None
    ca: str | None = None
    chapters: tuple[str, ...] = ()
    clauses: tuple[str, ...] = ()
    resources: tuple[str, ...] = ()
    rows: tuple[str, ...] = ()
    depth: str = "standard"
    read_only: bool = False
    allow_plain_http: bool = False
    allow_writes: bool = False
    seed: int | None = None
    requests: int | None = None
    concurrency: int | None = None
    rate: float | None = None
    max_time_s: float | None = None
    faults: tuple[str, ...] = ()
    variants: tuple[str, ...] = ()
    latency_ms: int = 0
    played: Path | None = None
    first_look: bool = False
    dry_run: bool = False

    @property
    def partial(self) -> bool:
        """Say whether only some rows are selected."""
        narrowed = self.chapters or self.clauses or self.resources or self.rows
        return bool(narrowed or self.first_look)

    def kept(self) -> dict[str, Any]:
        """Give what a record must know to be judged as the run was."""
        table = asdict(self)
        return {name: table[name] for name in _KEPT}

    def as_kept(self, kept: dict[str, Any]) -> "Options":
        """Take the same rows and depth as a recorded run."""
        known: dict[str, Any] = {name: kept[name] for name in _KEPT if name in kept}
        for name, value in known.items():
            known[name] = tuple(value) if isinstance(value, list) else value
        return replace(self, **known)


def failed_rows(report: Path) -> tuple[str, ...]:
    """Name the rows that failed or were inconclusive in an earlier report.

    Raises:
        UsageError: It can't be read, is no report, or has no such row.
    """
    file = report / "report.json" if report.is_dir() else report
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        found = tuple(
            row["row"]
            for row in told["checks"]
            if row["verdict"] in ("fail", "inconclusive")
        )
    except OSError as error:
        raise UsageError(
            f"--failed {file}: can't be read ({error.strerror})"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise UsageError(f"--failed {file}: not the report.json of a run") from error
    if not found:
        raise UsageError(f"--failed {file}: nothing failed or was inconclusive in it")
    return found


def selected(options: Options, plan: Plan) -> list[Row]:
    """Give the rows that were asked for.

    Raises:
        UsageError: A chapter, clause or resource that does not exist was named.
    """
    insist_on_strict(plan)
    _insist_on_known(options, plan)
    found = [row for row in plan.rows if _selects(options, row)]
    if options.rows and not found:
        raise UsageError("--failed: none of its rows are this profile's")
    return found


def _selects(options: Options, row: Row) -> bool:
    if options.first_look and not firstlook.judged_at_first(row):
        return False
    if options.rows and row.id not in options.rows:
        return False
    if options.chapters and row.check.chapter not in options.chapters:
        return False
    if options.clauses and row.clause not in options.clauses:
        return False
    named = row.resource
    return not options.resources or named is None or named in options.resources


def insist_on_strict(plan: Plan) -> None:
    """Insist that what the profile raises to MUST are clauses.

    Raises:
        UsageError: One is none; names it and those that are near.
    """
    known = _once(row.clause for row in plan.rows)
    for name in plan.profile.strict:
        if name not in known:
            near = ", ".join(_near(name, known))
            words = f"strict: {name!r} is no clause; one of {near}"
            raise UsageError(f"{plan.profile.path}: {words}")


def _insist_on_known(options: Options, plan: Plan) -> None:
    for words, given, known in (
        ("--chapter", options.chapters, _once(r.check.chapter for r in plan.rows)),
        ("--clause", options.clauses, _once(row.clause for row in plan.rows)),
        ("--resource", options.resources, _once(plan.profile.resources)),
    ):
        for name in given:
            if name not in known:
                near = ", ".join(_near(name, known))
                raise UsageError(f"{words} {name!r}: unknown; one of {near}")


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _near(name: str, known: Sequence[str], most: int = 12) -> list[str]:
    chapter = name.partition(".")[0] + "."
    found = [one for one in known if one.startswith(chapter)] or known
    return [*found[:most], *(["…"] if len(found) > most else [])]


def provoking(plan: Plan, chosen: Collection[Row]) -> list[Row]:
    """Give rows that only send, so that selected passive rows see something.

    They are not reported: nobody asked for their verdicts.
    """
    passive = [row for row in chosen if row.passive and row.claimed]
    if not passive:
        return []
    resources = {row.resource for row in passive} | {None}
    tokens = any(row.operation == "token" for row in passive)
    means = {means for row in passive for means in row.check.requirement.needs}
    there = {row.id for row in chosen}
    return [
        row
        for row in plan.rows
        if row.claimed
        and not row.passive
        and row.edge_of is None
        and row.id not in there
        and (
            _provokes(row, resources)
            or (tokens and _asks_for_tokens(row))
            or (row.resource in resources and _provides(row, means))
        )
    ]


def _provokes(row: Row, resources: Collection[str | None]) -> bool:
    return row.clause in _PROVOKING and row.resource in resources


def _provides(row: Row, means: Collection[str]) -> bool:
    """Say whether a row uses the means that passive rows want to see used."""
    scoped = row.clause == "oauth.scope_enforced"
    return scoped and bool(set(row.check.requirement.needs) & set(means))


def _asks_for_tokens(row: Row) -> bool:
    return row.clause.startswith("oauth.") and row.clause.endswith(_PROVOKING_TOKENS)
