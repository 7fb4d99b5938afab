"""May the suite write? Asked once, of a person; never of a pipeline."""

import sys

from rich.console import Console

from conformance.plan import Row
from conformance.run import Run

#: Items that a row makes, about; at depth deep it draws more payloads.
_ITEMS = {"smoke": 1, "standard": 1, "deep": 3}


def settle_writes(run: Run, console: Console) -> None:
    """Ask, on a terminal, whether the suite may write; else let it read only."""
    options, config = run.options, run.config
    if config.allow_writes or options.read_only or options.first_look:
        return
    if not any(_makes_items(row) for row in run.selected):
        return
    if config.allow_writes is None and sys.stdin.isatty() and sys.stderr.isatty():
        answer = console.input(_question(run), markup=False)
        if answer.strip().lower() in ("y", "yes"):
            run.allow_writes()
            return
    console.print(
        "conformance: not writing: allow_writes is not set in the target file, so "
        "only what reads is judged",
        soft_wrap=True,
        markup=False,
        highlight=False,
    )


def _question(run: Run) -> str:
    count = sum(_makes_items(row) for row in run.selected)
    count *= _ITEMS[run.options.depth]
    return (
        f"{run.config.host}: create about {count} items of our own, all named "
        f"{run.prefix}…, change and remove them? [y/N] "
    )


def _makes_items(row: Row) -> bool:
    own = row.claimed and not row.passive and row.edge_of is None
    return own and row.resource is not None
