"""``conformance proof``: the kill matrix, its files, and the calibration."""

import contextlib
import datetime as dt
import importlib.metadata
import re
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.commands.catalogue import by_clause, level_of
from conformance.errors import UsageError
from conformance.plan import shipped_checks
from conformance.proof import calibration
from conformance.proof.aim import left_out
from conformance.proof.combine import combined
from conformance.proof.matrix import exit_code, matrix
from conformance.proof.prove import Proof, prove
from conformance.proof.results import Kept
from conformance.proof.sources import instrument_sha256, source_sha256
from conformance.proof.told import summary, table
from conformance.reference.faults import all_faults
from conformance.reference.variants import all_variants
from conformance.report.document import catalogue_sha256
from conformance.report.write import in_json
from conformance.requirement import HEADINGS

SEED = 20
_PART = re.compile(r"([1-9][0-9]*)/([1-9][0-9]*)")


def proof(  # noqa: PLR0913 - its options
    *,
    full: Annotated[
        bool, typer.Option("--full", help="Every fault by the whole suite; goes on.")
    ] = False,
    chapter: Annotated[
        list[str] | None, typer.Option(help="Only faults of these chapters.")
    ] = None,
    profile: Annotated[
        str, typer.Option(help="A shipped profile's name or a file.")
    ] = "ordercloud-core",
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Trials side by side.")] = 2,
    part: Annotated[
        str, typer.Option(metavar="I/N", help="Only one of so many parts.")
    ] = "1/1",
    combinations: Annotated[
        int, typer.Option(min=0, help="Combinations of variants to judge as well.")
    ] = 0,
    out: Annotated[Path, typer.Option(help="Folder of the matrix.")] = Path(
        "reports/proof"
    ),
    seed: Annotated[int, typer.Option(help="Draw the same payloads.")] = SEED,
    keep: Annotated[
        bool, typer.Option("--keep", help="Let the matrix travel with the package.")
    ] = False,
) -> None:
    """Prove the verdicts: every fault caught, every variant green."""
    mixed = tuple(combined(all_variants(), combinations))
    asked = Proof(profile, seed, full, _chapters(chapter), _part(part), mixed, jobs)
    if keep and not asked.whole:
        raise UsageError("--keep: not with --chapter or --part, which leave faults out")
    told = _proven(asked, out)
    code = exit_code(told)
    _write(out, told, code)
    if keep:
        calibration.keep(told)
    typer.echo(summary(told, code))
    typer.echo(f"matrix: {out / 'matrix.txt'}")
    raise typer.Exit(code)


def _chapters(given: list[str] | None) -> tuple[str, ...]:
    for name in given or ():
        if name not in HEADINGS:
            known = ", ".join(HEADINGS)
            raise UsageError(f"--chapter {name!r}: unknown; one of {known}")
    return tuple(given or ())


def _part(given: str) -> tuple[int, int]:
    found = _PART.fullmatch(given)
    nth, of = (int(number) for number in found.groups()) if found else (1, 0)
    if nth > of:
        raise UsageError(f"--part {given!r}: write it as 2/5, the second of five")
    return nth, of


def _stopped(*_: object) -> NoReturn:
    """End as by Ctrl-C, which a job in the background is deaf to."""
    raise KeyboardInterrupt


def _proven(asked: Proof, out: Path) -> dict[str, Any]:
    plan = asked.main
    profile = plan.profile
    kept = None
    if asked.full:
        source = source_sha256()
        kept = Kept.under(out, source=source, profile=profile.sha256, seed=asked.seed)
    begun = time.time()
    signal.signal(signal.SIGTERM, _stopped)
    with shown("trials") as progress:
        tried = list(prove(asked, kept, progress))
    clauses = {
        clause: level_of(checks).value
        for clause, checks in by_clause().items()
        if not asked.chapters or clause.partition(".")[0] in asked.chapters
    }
    about = {
        "suite": {
            "version": importlib.metadata.version("ordercloud-conformance"),
            "source_sha256": source_sha256(),
            "instrument_sha256": instrument_sha256(),
            "catalogue_sha256": catalogue_sha256(shipped_checks()),
        },
        "profile": {"name": profile.name, "sha256": profile.sha256},
        "seed": asked.seed,
        "size": "full" if asked.full else "gate",
        "scope": "whole" if asked.whole else "partial",
        "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "seconds": round(time.time() - begun, 1),
        "jobs": asked.jobs,
        "left_out": [] if asked.full else left_out(plan),
    }
    return matrix(about, tried, all_faults(), clauses)


def _write(out: Path, told: dict[str, Any], code: int) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
        for name, content in (
            ("matrix.json", in_json(told)),
            ("matrix.txt", table(told, code).encode()),
        ):
            part = out / f".{name}"
            part.write_bytes(content)
            part.replace(out / name)
    except OSError as error:
        raise UsageError(f"--out {out}: can't be written ({error.strerror})") from error


@contextlib.contextmanager
def shown(what: str) -> Iterator[Callable[[int, int], None]]:
    """Show on a terminal how many are done; say nothing elsewhere."""
    if not sys.stderr.isatty():
        yield lambda _done, _total: None
        return
    bar = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn(f"{{task.completed}}/{{task.total}} {what}"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
        auto_refresh=False,  # by a thread, which must not be there when a trial forks
    )
    task = bar.add_task("proving", total=None)
    with bar:
        yield lambda done, total: bar.update(
            task, completed=done, total=total, refresh=True
        )
