"""The command line: a thin front over pytest. Every mistake is one line."""

import signal
import sys
import traceback
from importlib.metadata import version
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from conformance.commands import catalogue, reports, setup
from conformance.commands.mutants import mutants
from conformance.commands.proof import proof
from conformance.commands.rehearse import say_cost
from conformance.commands.sweep import sweep
from conformance.errors import ConformanceError, UsageError
from conformance.firstlook import is_first_look
from conformance.judging import judge
from conformance.options import Options, failed_rows
from conformance.plugin import new_folder

app = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Judge an HTTP server against the OrderCloud API conventions. "
    "Begin with: conformance run URL",
)
report_app = typer.Typer(no_args_is_help=True)
app.add_typer(catalogue.app, name="list", help="List what the suite knows.")
app.add_typer(setup.profile_app, name="profile", help="Work with profiles.")
app.add_typer(report_app, name="report", help="Work with finished runs.")
reports.add_to(report_app, judge, lambda: new_folder(Path("reports")))

USAGE, OWN_FAULT, STOPPED = 3, 4, 130
Many = list[str] | None
NARROW = "Which rows"
MANNERS = "Manners"
REFERENCE = "Only where the target is 'reference'"


def main() -> NoReturn:
    """Run the command line and exit with its code."""
    try:
        code = app(standalone_mode=False)
    except UsageError as error:
        _end(str(error), USAGE)
    except ConformanceError as error:
        _end(str(error), OWN_FAULT)
    except (KeyboardInterrupt, typer.Abort):
        _end("stopped", STOPPED)
    except Exception as error:  # noqa: BLE001 - a person wants a line
        _end_of_parsing(error)
        _end(f"the suite itself failed: {_where(error)}", OWN_FAULT)
    if code == STOPPED:
        _end("stopped", STOPPED)
    _exit(code if isinstance(code, int) else 0)


def _end(words: str, code: int) -> NoReturn:
    print(f"conformance: {' '.join(words.split())}", file=sys.stderr)  # noqa: T201
    _exit(code)


def _where(error: Exception) -> str:
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__}: {error} ({last.filename}:{last.lineno})"


def _exit(code: int) -> NoReturn:
    """Exit with this code, even when Ctrl-C comes while the interpreter ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.exit(code)


def _end_of_parsing(error: Exception) -> None:
    """Say what is wrong with the words of the command line, if that is it."""
    formatted = getattr(error, "format_message", None)
    if formatted is not None:
        # Begins with how it was called: conformance, or python -m conformance.
        asked = getattr(getattr(error, "ctx", None), "command_path", "conformance")
        words = ["conformance", *asked.rpartition("conformance")[2].split()]
        _end(f"{formatted() or 'name a command'} (see {' '.join(words)} --help)", USAGE)


@app.command()
def run(  # noqa: PLR0913 - the options of the main job
    target: Annotated[
        str, typer.Argument(help="A URL, a target file, or 'reference'.")
    ],
    *,
    profile: Annotated[
        str | None, typer.Option(help="A shipped profile's name or a file.")
    ] = None,
    openapi: Annotated[
        str | None,
        typer.Option(help="The server's own OpenAPI document: a file or a URL."),
    ] = None,
    ca: Annotated[str | None, typer.Option(help="PEM file of the CA to trust.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder of the reports; else reports/RUN.")
    ] = None,
    chapter: Annotated[
        Many, typer.Option(help="Judge only these chapters.", rich_help_panel=NARROW)
    ] = None,
    clause: Annotated[
        Many, typer.Option(help="Judge only these clauses.", rich_help_panel=NARROW)
    ] = None,
    resource: Annotated[
        Many, typer.Option(help="Judge only these resources.", rich_help_panel=NARROW)
    ] = None,
    failed: Annotated[
        Path | None,
        typer.Option(
            help="Judge only what failed or was undecided in this report.",
            rich_help_panel=NARROW,
        ),
    ] = None,
    depth: Annotated[
        str,
        typer.Option(
            help="How many payloads: smoke (every clause once), standard or deep.",
            rich_help_panel=NARROW,
        ),
    ] = "standard",
    read_only: Annotated[
        bool,
        typer.Option(
            "--read-only",
            help="Only read; such a run can't end conformant.",
            rich_help_panel=MANNERS,
        ),
    ] = False,
    allow_plain_http: Annotated[
        bool,
        typer.Option(
            "--allow-plain-http",
            help="Judge a server without TLS, sending no credential.",
            rich_help_panel=MANNERS,
        ),
    ] = False,
    allow_writes: Annotated[
        bool,
        typer.Option(
            "--allow-writes",
            help="Take it that the owner allows writes, as allow_writes does.",
            rich_help_panel=MANNERS,
        ),
    ] = False,
    concurrency: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=128,
            help="Requests in flight, at most; else 32.",
            rich_help_panel=MANNERS,
        ),
    ] = None,
    rate: Annotated[
        float | None,
        typer.Option(
            min=0, help="Requests a second, at most.", rich_help_panel=MANNERS
        ),
    ] = None,
    budget: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Requests in all, at most; else 50,000.",
            rich_help_panel=MANNERS,
        ),
    ] = None,
    max_time: Annotated[
        float | None,
        typer.Option(
            min=1,
            help="Seconds, at most; what was not reached is undecided.",
            rich_help_panel=MANNERS,
        ),
    ] = None,
    seed: Annotated[
        int | None,
        typer.Option(help="Draw the payloads of the run that had this seed."),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")
    ] = False,
    fault: Annotated[
        Many,
        typer.Option(
            help="Break it on purpose; see: list faults.", rich_help_panel=REFERENCE
        ),
    ] = None,
    variant: Annotated[
        Many,
        typer.Option(
            help="Let it differ and still conform; see: list variants.",
            rich_help_panel=REFERENCE,
        ),
    ] = None,
    latency: Annotated[
        int,
        typer.Option(
            min=0,
            help="Milliseconds that each answer waits.",
            rich_help_panel=REFERENCE,
        ),
    ] = 0,
) -> None:
    """Judge a server, and leave the verdict with its evidence under reports/.

    A bare URL gets a first look, with no login. The everyday line is:
    conformance run target.toml. Exit codes: 0 conformant, 1 not conformant,
    2 could not decide, 3 wrong usage, 4 the suite itself failed.
    """
    if (fault or variant or latency) and target != "reference":
        raise UsageError("--fault, --variant and --latency are for the reference")
    options = Options(
        target=target,
        out=out or new_folder(Path("reports")),
        profile=profile,
        openapi=openapi,
        ca=ca,
        chapters=tuple(chapter or ()),
        clauses=tuple(clause or ()),
        resources=tuple(resource or ()),
        rows=failed_rows(failed) if failed else (),
        depth=depth,
        read_only=read_only,
        allow_plain_http=allow_plain_http,
        allow_writes=allow_writes,
        concurrency=concurrency,
        rate=rate,
        requests=budget,
        max_time_s=max_time,
        seed=seed,
        faults=tuple(fault or ()),
        variants=tuple(variant or ()),
        latency_ms=latency,
        first_look=is_first_look(target, profile),
        dry_run=dry_run,
    )
    if dry_run:
        say_cost(options)
        return
    raise typer.Exit(judge(options))


def _say_version(asked: bool) -> None:  # noqa: FBT001 - typer calls it so
    if asked:
        typer.echo(f"conformance {version('ordercloud-conformance')}")
        raise typer.Exit


@app.callback()
def _top(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_say_version, is_eager=True, help="Say the version."
        ),
    ] = False,
) -> None:
    pass


# In the order in which a person needs them; `run` is the first.
setup.add_to(app)
catalogue.add_to(app)
app.command()(sweep)
app.command()(proof)
app.command()(mutants)
