"""``conformance report``: what can be made of a finished run, without its target."""

import json
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import jsonschema
import typer

from conformance.datafiles import schema
from conformance.errors import UsageError
from conformance.report.comparing import changes, compared
from conformance.report.html import html
from conformance.report.inert import inert_line
from conformance.report.junit import junit
from conformance.run import RECORD, Options

Judge = Callable[[Options], int]


def add_to(app: typer.Typer, judge: Judge, new_folder: Callable[[], Path]) -> None:
    """Add the commands of this module.

    Args:
        app: Takes them.
        judge: Judges, and gives the exit code.
        new_folder: Names a folder for a run that starts now.
    """

    @app.command("replay")
    def replay(
        record: Annotated[
            Path, typer.Argument(help="A run's folder, or its record.jsonl.")
        ],
        *,
        out: Annotated[
            Path | None, typer.Option(help="Folder of the reports; else reports/RUN.")
        ] = None,
    ) -> None:
        """Judge a recorded run again, with no network."""
        file = record / RECORD if record.is_dir() else record
        folder = out or new_folder()
        if folder.resolve() == file.resolve().parent:
            raise UsageError(f"--out {folder}: holds the record itself; name another")
        raise typer.Exit(judge(Options(target=str(file), out=folder, played=file)))

    app.command("render")(render)
    app.command("diff")(diff)


def diff(
    old: Annotated[Path, typer.Argument(help="A run's folder, or its report.json.")],
    new: Annotated[Path, typer.Argument(help="Another, made later.")],
) -> None:
    """Say which rows changed their verdict; exit 1 when one is worse."""
    before, after = (read_report(report_in(path)) for path in (old, new))
    for line in compared(before, after):
        typer.echo(inert_line(line))
    worse = any(change.kind == "worse" for change in changes(before, after))
    raise typer.Exit(1 if worse else 0)


def report_in(path: Path) -> Path:
    """Name the report of a run's folder; a file is one itself."""
    return path / "report.json" if path.is_dir() else path


def render(
    report: Annotated[Path, typer.Argument(help="A run's folder, or its report.json.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the files; else the report's own.")
    ] = None,
) -> None:
    """Make report.html and junit.xml anew from report.json."""
    file = report_in(report)
    told = read_report(file)
    folder = out or file.parent
    for name, content in (("report.html", html(told)), ("junit.xml", junit(told))):
        _write(folder / name, content)
        typer.echo(f"wrote {folder / name}")


def read_report(file: Path) -> dict[str, Any]:
    """Read a report.

    Raises:
        UsageError: It can't be read, or breaks ``schemas/report.json``.
    """
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file}: can't be read ({error.strerror})") from error
    except ValueError as error:
        raise UsageError(f"{file}: no JSON ({error})") from error
    _insist_on_schema(told, file)
    report: dict[str, Any] = told
    return report


def _insist_on_schema(told: Mapping[str, Any], file: Path) -> None:
    validator = jsonschema.Draft202012Validator(schema("report"))
    best = jsonschema.exceptions.best_match(validator.iter_errors(told))
    if best is not None:
        raise UsageError(f"{file}: {best.json_path}: {best.message[:200]}")


def _write(file: Path, content: bytes) -> None:
    part = file.with_name(f".{file.name}.{os.getpid()}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        part.write_bytes(content)
        part.replace(file)
    except OSError as error:
        raise UsageError(f"{file}: can't be written ({error.strerror})") from error
