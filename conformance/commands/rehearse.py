"""``--dry-run``: what a run costs, by rehearsing it on the embedded reference."""

import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path

import typer

from conformance.run import Options, Run


def say_cost(options: Options) -> None:
    """Say how many requests a run makes, chapter by chapter; send the target none.

    Raises:
        UsageError: As the run itself would.
    """
    with tempfile.TemporaryDirectory(prefix="conformance-") as folder:
        asked = Run(replace(options, out=Path(folder) / "asked"))
        try:
            asked.open()
            counts = _rehearsed(asked, Path(folder) / "rehearsal")
        finally:
            asked.close()
    for name, count in sorted(counts.items()):
        typer.echo(f"{count:6}  {name}")
    typer.echo(f"{counts.total():6}  requests in all, on a conforming target")


def _rehearsed(asked: Run, out: Path) -> Counter[str]:
    """Run everything against a reference that has the target's means."""
    first_look = asked.options.first_look
    options = replace(
        asked.options,
        target="reference",
        profile=None if first_look else str(asked.profile.path),
        out=out,
        ca=None,
        dry_run=False,
        seed=asked.seed,
    )
    rehearsal = Run(options, means=asked.config)
    try:
        rehearsal.open()
        rehearsal.start()
        rehearsal.finish()
        return Counter(_chapter(x.key.unit) for x in rehearsal.recorder.exchanges)
    finally:
        rehearsal.close()


def _chapter(unit: str) -> str:
    if unit.startswith("clean"):
        return "clean-up"
    if " " in unit.partition("[")[0] or unit in ("look", "lanes"):
        return "shared by rows"
    return unit.partition(".")[0].partition("_")[0]
