"""``conformance mutants``: how many wrong changes of the checks are noticed."""

import contextlib
import json
import subprocess
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from conformance.commands.proof import shown
from conformance.errors import UsageError
from conformance.proof.mutants import Mutant, drawn
from conformance.proof.mutation import Judged, judge
from conformance.proof.sources import source_sha256
from conformance.report.write import in_json

#: Part of the mutants that must be noticed.
WANTED = 0.9


def mutants(
    *,
    count: Annotated[int, typer.Option(min=1, help="How many to draw.")] = 200,
    seed: Annotated[
        str | None,
        typer.Option(help="Eight hex digits; else those of the committed package."),
    ] = None,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Side by side.")] = 2,
    again: Annotated[
        bool,
        typer.Option("--again", help="Judge anew what survived: tests came since."),
    ] = False,
    out: Annotated[Path, typer.Option(help="Folder of the result.")] = Path(
        "reports/mutants"
    ),
) -> None:
    """Change the checks wrongly, and see whether faults and tests notice.

    Goes on where it was stopped, as long as the sources are the same.
    """
    number = _seed(seed)
    chosen = drawn(count, number)
    file = out / "judged" / f"{source_sha256()[:16]}-{number:08x}.jsonl"
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        words = f"--out {out}: can't be written ({error.strerror})"
        raise UsageError(words) from error
    known = _known(file)
    if again:
        known = {m: one for m, one in known.items() if one.killed_by is not None}
    left = [mutant for mutant in chosen if mutant not in known]
    if left:
        known |= _judged(left, number, jobs, file)
    judged = [known[mutant] for mutant in chosen]
    lived = [one for one in judged if one.killed_by is None]
    told = {
        "seed": f"{number:08x}",
        "mutants": [one.as_json() for one in judged],
        "killed": len(judged) - len(lived),
        "of": len(judged),
    }
    (out / "mutants.json").write_bytes(in_json(told))
    for one in lived:
        typer.echo(f"survived: {one.mutant.words} ({', '.join(one.clauses)})")
    ways = Counter((one.killed_by or "").partition(":")[0] for one in judged)
    for way, times in ways.most_common():
        typer.echo(f"{way or 'noticed by nobody'}: {times}")
    share = (len(judged) - len(lived)) / len(judged)
    typer.echo(
        f"{len(judged) - len(lived)} of {len(judged)} mutants killed, {share:.1%}; "
        f"seed {number:08x}; {out / 'mutants.json'}"
    )
    raise typer.Exit(0 if share >= WANTED else 1)


def _judged(
    mutants: Sequence[Mutant], number: int, jobs: int, file: Path
) -> dict[Mutant, Judged]:
    """Judge mutants, and keep what became of each as soon as it is known."""
    found = {}
    with shown("mutants") as progress, file.open("a", encoding="utf-8") as kept:
        for one in judge(mutants, number % 2**32, jobs, progress):
            # A line of its own, also behind one that was cut short.
            kept.write(f"\n{json.dumps(one.as_json())}\n")
            kept.flush()
            found[one.mutant] = one
    return found


def _known(file: Path) -> dict[Mutant, Judged]:
    """Read what became of mutants before; a line cut short is left out."""
    found = {}
    text = file.read_text("utf-8", "replace") if file.exists() else ""
    for line in text.splitlines():
        with contextlib.suppress(ValueError, KeyError, TypeError):
            one = Judged.from_json(json.loads(line))
            found[one.mutant] = one
    return found


def _seed(given: str | None) -> int:
    """Read the seed, or take it from the committed sources.

    Raises:
        UsageError: It is no hexadecimal number, or there is no checkout.
    """
    if given is None:
        try:
            found = subprocess.run(
                ["git", "rev-parse", "HEAD:conformance"],  # noqa: S607
                check=True,
                capture_output=True,
                text=True,
                cwd=Path(__file__).parents[2],
            )
        except (OSError, subprocess.CalledProcessError) as error:
            words = "--seed: not in a checkout; give eight hex digits"
            raise UsageError(words) from error
        given = found.stdout[:8]
    try:
        return int(given, 16)
    except ValueError as error:
        raise UsageError(f"--seed {given!r}: eight hex digits") from error
