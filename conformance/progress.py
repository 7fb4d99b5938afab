"""Progress of a run on a terminal; nothing where there is none."""

import contextlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.plan import sending
from conformance.run import Run


def foreseen(run: Run) -> str:
    """Say about how many requests a run will make, by what its checks are said to cost.

    ``--dry-run`` counts them, by a rehearsal.
    """
    requests = sum(row.check.requirement.cost for row in sending(run.selected))
    return f"about {round(requests, -2):,} requests at depth {run.options.depth}"


@contextlib.contextmanager
def shown(run: Run) -> Iterator[None]:
    """Say how many requests are to come, and show how many units are done."""
    # Rich would take FORCE_COLOR, which pipelines set, for a terminal.
    if not sys.stderr.isatty():
        yield
        return
    if not run.options.partial:
        print(f"conformance: {foreseen(run)}", file=sys.stderr)  # noqa: T201
    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total} units"),
        TimeElapsedColumn(),
        console=Console(stderr=True),
        transient=True,
    )
    task = progress.add_task("judging", total=None)
    run.progress = lambda done, total: progress.update(
        task, completed=done, total=total
    )
    with progress:
        yield
