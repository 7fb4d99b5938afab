"""Progress of a run on a terminal; nothing where there is none."""

import contextlib
import sys
from collections.abc import Iterator

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from conformance.run import Run


@contextlib.contextmanager
def shown(run: Run) -> Iterator[None]:
    """Show how many units are done while the run goes on."""
    # Rich would take FORCE_COLOR, which pipelines set, for a terminal.
    if not sys.stderr.isatty():
        yield
        return
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
