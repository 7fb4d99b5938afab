"""``conformance list`` and ``conformance explain``: what the suite knows."""

import inspect
from collections.abc import Iterable, Sequence
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from conformance.datafiles import profile_names
from conformance.errors import UsageError
from conformance.plan import shipped_checks
from conformance.profile import FLOWS, load_profile
from conformance.requirement import HEADINGS, OPTIONAL, Check, Level

app = typer.Typer(no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    """Add what stands beside ``list``."""
    parent.command()(explain)


def clauses_of(check: Check) -> list[str]:
    """Name the clauses that a check judges: one for each flow, where it says so."""
    clause = check.requirement.clause
    return [clause.format(flow=flow) for flow in FLOWS] if "{" in clause else [clause]


def by_clause() -> dict[str, list[Check]]:
    """Give clause → its checks, in the page's order."""
    found: dict[str, list[Check]] = {}
    for check in shipped_checks():
        for clause in clauses_of(check):
            found.setdefault(clause, []).append(check)
    return found


def level_of(checks: Iterable[Check]) -> Level:
    """Give a clause's level: the highest of its checks'."""
    musts = any(check.requirement.level is Level.MUST for check in checks)
    return Level.MUST if musts else Level.SHOULD


@app.command("clauses")
def list_clauses(
    *,
    needs: Annotated[
        bool, typer.Option("--needs", help="Show the means that each wants.")
    ] = False,
) -> None:
    """List every clause: id, level, sentence."""
    rows = []
    for clause, checks in by_clause().items():
        wanted = sorted({m for check in checks for m in check.requirement.needs})
        if needs and not wanted:
            continue
        last = ", ".join(wanted) if needs else checks[0].sentence
        rows.append((clause, level_of(checks).value, last))
    _print(("clause", "level", "needs" if needs else "sentence"), rows)


@app.command("checks")
def list_checks() -> None:
    """List every check: id, clause, level, sentence."""
    _print(
        ("check", "clause", "level", "sentence"),
        [
            (
                check.id,
                check.requirement.clause,
                check.requirement.level.value,
                check.sentence,
            )
            for check in shipped_checks()
        ],
    )


@app.command("faults")
def list_faults() -> None:
    """List the ways to break the reference: name, clause, dimension, sentence."""
    from conformance.reference.faults import all_faults  # noqa: PLC0415 - only here

    _print(
        ("fault", "breaks", "level", "dimension", "sentence"),
        [
            (f.name, f.breaks, f.level, f.dimension, f.sentence)
            for f in all_faults().values()
        ],
    )


@app.command("variants")
def list_variants() -> None:
    """List the ways in which the reference can differ and still conform."""
    from conformance.reference.variants import all_variants  # noqa: PLC0415 - only here

    _print(
        ("variant", "freedom", "sentence"),
        [(v.name, v.freedom, v.sentence) for v in all_variants().values()],
    )


@app.command("profiles")
def list_profiles() -> None:
    """List the profiles that are shipped."""
    rows = []
    for name in profile_names():
        profile = load_profile(name)
        count = len(profile.resources)
        rows.append((name, str(count), str(profile.raw.get("title", ""))))
    _print(("profile", "resources", "title"), rows)


def explain(
    clause: Annotated[str, typer.Argument(help="A clause's id, as in reports.")],
) -> None:
    """Explain a clause: sentence, level, source, procedure, proof."""
    from conformance.reference.faults import all_faults  # noqa: PLC0415 - only here

    known = by_clause()
    if clause not in known:
        near = [name for name in known if name.startswith(clause.split(".")[0] + ".")]
        listed = ", ".join(near or sorted(known)[:8])
        raise UsageError(f"clause {clause!r}: unknown; near it: {listed}")
    checks = known[clause]
    say = typer.echo
    say(f"{clause}  ({level_of(checks).value})")
    chapter = clause.split(".")[0]
    heading = HEADINGS.get(chapter, clause)
    page = f'OrderCloud API Conventions, heading "{heading}"'
    say(f"Source: {heading if chapter in OPTIONAL else page}")
    for check in checks:
        say(f"\n{check.id}  ({check.requirement.level.value})")
        say(f"  {check.sentence}")
        if check.requirement.warns:
            say(f"  Softer edge (SHOULD): {check.requirement.warns}")
        if check.reading:
            say(f"  Reading: {check.reading}")
        if check.requirement.needs:
            say(f"  Needs: {', '.join(check.requirement.needs)}")
        say("  What is sent, and what passes:")
        say(_indented(inspect.getsource(check.function)))
    proofs = [f for f in all_faults().values() if f.breaks == clause]
    say("\nFaults of the reference that prove it:")
    for fault in proofs:
        say(f"  {fault.name} ({fault.dimension}): {fault.sentence}")
    if not proofs:
        say("  none yet")


def _indented(source: str) -> str:
    return "\n".join(f"    {line}" for line in source.rstrip().splitlines())


def _print(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a table: pretty on a terminal, tab-separated elsewhere."""
    console = Console()
    if not console.is_terminal:
        for row in rows:
            typer.echo("\t".join(row))
        return
    table = Table(*header)
    for row in rows:
        table.add_row(*row)
    console.print(table)
