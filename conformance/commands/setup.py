"""Before a verdict: init, doctor, profile check, writes, cost, serve."""

import os
import sys
import tempfile
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from conformance.commands.discover import Found, discover
from conformance.commands.examine import examine
from conformance.commands.templates import profile_text, target_text
from conformance.errors import UsageError
from conformance.profile import find_profile, load_profile
from conformance.run import Options, Run, reference

profile_app = typer.Typer(no_args_is_help=True)


def add_to(parent: typer.Typer) -> None:
    """Add the commands of this module."""
    for command in (init, doctor, serve):
        parent.command()(command)


@profile_app.command("check")
def check_profile(
    file: Annotated[str, typer.Argument(help="A profile's file, or a shipped name.")],
) -> None:
    """Say whether a profile keeps its schema and makes sense."""
    profile = load_profile(file)
    operations = len(profile.operations())
    typer.echo(
        f"{profile.path}: {profile.name}: {len(profile.resources)} resources, "
        f"{operations} operations, flows: {', '.join(profile.flows) or 'none'}"
    )


def init(
    url: Annotated[str, typer.Argument(help="Base URL of the server.")],
    *,
    profile: Annotated[
        str | None, typer.Option(help="Shipped profile to start from.")
    ] = None,
    ca: Annotated[str | None, typer.Option(help="PEM file of the CA to trust.")] = None,
    folder: Annotated[Path, typer.Option(help="Where to write.")] = Path(),
) -> None:
    """Write profile.toml and target.toml to fill in."""
    files = [folder / "profile.toml", folder / "target.toml"]
    for file in files:
        if file.exists():
            raise UsageError(f"{file}: is there already; move it away first")
    found = discover(url, Path(ca) if ca else None)
    name = profile or found.profile
    texts = [profile_text(find_profile(name)), target_text(url, ca, found, name)]
    for file, text in zip(files, texts, strict=True):
        _write_private(file, text)
    _say_found(found, name)
    typer.echo(f"wrote {files[0]} and {files[1]}; fill in what they ask, then:")
    typer.echo(f"  conformance doctor {files[1]}")
    typer.echo(f"  conformance run {files[1]}")


def _say_found(found: Found, name: str) -> None:
    if found.document:
        typer.echo(f"found an OpenAPI document at {found.document}")
    else:
        typer.echo("found no OpenAPI document at the usual places")
    typer.echo(f"started from the shipped profile {name!r}")


def _write_private(file: Path, text: str) -> None:
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
    except OSError as error:
        raise UsageError(f"{file}: can't be written ({error.strerror})") from error


def doctor(
    target: Annotated[str, typer.Argument(help="A URL or a target file.")],
    *,
    profile: Annotated[str | None, typer.Option(help="Name or file.")] = None,
    ca: Annotated[str | None, typer.Option(help="PEM file of the CA to trust.")] = None,
) -> None:
    """Look at profile, DNS, TLS, credentials, clock and rights; judge nothing."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as out:
        run = Run(Options(target=target, out=Path(out), profile=profile, ca=ca))
        try:
            run.open()
            good = True
            for finding in examine(run):
                typer.echo(f"{'ok  ' if finding.good else 'BAD '} {finding.words}")
                good = good and finding.good
        finally:
            run.close()
    raise typer.Exit(0 if good else 2)


def serve(
    *,
    profile: Annotated[str, typer.Option(help="Name or file.")] = "reference",
    fault: Annotated[list[str] | None, typer.Option(help="Switch it on.")] = None,
    variant: Annotated[list[str] | None, typer.Option(help="Switch it on.")] = None,
    latency: Annotated[int, typer.Option(min=0, help="Milliseconds.")] = 0,
    write_target: Annotated[
        Path | None, typer.Option(help="Write a target file for it.")
    ] = None,
) -> None:
    """Serve the reference until Ctrl-C; its CA and clients are printed."""
    path = find_profile(profile)
    with reference(path, tuple(fault or ()), tuple(variant or ()), latency) as told:
        if write_target is not None:
            from conformance.commands.templates import told_text  # noqa: PLC0415

            _write_private(write_target, told_text(told, path))
        typer.echo(f"base URL  {told['base_url']}")
        typer.echo(f"CA        {told['ca']}")
        for identity in told["identities"]:
            typer.echo(f"client    {identity['name']}: {identity['client_id']}")
        typer.echo("Ctrl-C ends it.")
        sys.stdout.flush()
        try:
            while sys.stdin.readline():
                pass
        except KeyboardInterrupt:
            typer.echo("stopped")


def settle_writes(run: Run, console: Console) -> None:
    """Ask once, on a terminal, whether the suite may write; else read only."""
    config = run.config
    if config.allow_writes or run.options.read_only or run.options.first_look:
        return
    creates = sum("CREATE" in r.verbs for r in run.profile.resources.values())
    if config.allow_writes is None and console.is_terminal and sys.stdin.isatty():
        answer = console.input(
            f"Create, change and remove items of our own on {config.host} "
            f"({creates} resources, all named {run.prefix}…)? [y/N] "
        )
        if answer.strip().lower() in ("y", "yes"):
            return
    run.session.read_only = True
    console.print(
        "not writing: allow_writes is not set in the target file, so only what "
        "reads is judged"
    )


def say_cost(run: Run) -> None:
    """Say how many requests a run makes, chapter by chapter: by rehearsing it."""
    with tempfile.TemporaryDirectory(prefix="conformance-") as out:
        options = replace(
            run.options,
            target="reference",
            profile=str(run.profile.path),
            out=Path(out),
            ca=None,
            dry_run=False,
            seed=run.seed,
            concurrency=8,
        )
        rehearsal = Run(options, means=run.config)
        try:
            rehearsal.open()
            rehearsal.start()
            rehearsal.finish()
            counts = Counter(
                _chapter(x.key.unit) for x in rehearsal.recorder.exchanges
            )
        finally:
            rehearsal.close()
    for name, count in sorted(counts.items()):
        typer.echo(f"{count:6}  {name}")
    typer.echo(f"{counts.total():6}  requests in all, on a conforming target")


def _chapter(unit: str) -> str:
    words = unit.removeprefix("clean again ").removeprefix("clean ")
    if unit.startswith("clean"):
        return "clean-up"
    if " " in words or words == "look":
        return "shared by rows"
    return words.partition(".")[0].partition("_")[0]
