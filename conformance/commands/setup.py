"""Before a verdict: init, doctor, profile check, serve."""

import os
import signal
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.commands.discover import Found, discover
from conformance.commands.examine import Finding, examine
from conformance.commands.openapi import drafted, from_openapi, summed_up
from conformance.commands.templates import profile_text, target_text, told_text
from conformance.embedded import reference
from conformance.errors import UsageError
from conformance.firstlook import next_lines
from conformance.openapi.reading import document_from
from conformance.options import insist_on_strict
from conformance.plan import Plan, shipped_checks
from conformance.profile import find_profile, load_profile, profile_from
from conformance.run import Options, Run

profile_app = typer.Typer(no_args_is_help=True)
profile_app.command("from-openapi")(from_openapi)


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
    insist_on_strict(Plan(profile, shipped_checks()))
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
    """Write profile.toml and target.toml to fill in, from what the server shows."""
    files = [folder / "profile.toml", folder / "target.toml"]
    for file in files:
        if file.exists():
            raise UsageError(f"{file}: is there already; move it away first")
    chosen = find_profile(profile) if profile else None
    found = discover(url, Path(ca) if ca else None)
    text, words = _profile_for(found, chosen)
    claimed = profile_from(tomllib.loads(text), files[0])
    _write_both(files, (text, target_text(found.base_url, ca, claimed)))
    typer.echo("\n".join([_found(found), *words]))
    typer.echo(f"wrote {files[0]} and {files[1]}; fill in what they ask, then:")
    for line in next_lines(url, ca)[1:]:
        typer.echo(f"  {line.replace('target.toml', str(files[1]))}")


def _profile_for(found: Found, chosen: Path | None) -> tuple[str, list[str]]:
    """Give the text of the profile to start from, and what to say of it.

    The target's own document is drafted from, unless a shipped profile was asked
    for; where the document claims no resource, the nearest shipped one is taken.
    """
    why = []
    if chosen is None and found.content is not None and found.document is not None:
        try:
            document = document_from(found.content, found.document)
            text, draft = drafted(document, found.document[len(found.base_url) :])
        except UsageError as error:
            why = [f"could not draft a profile from it: {error}"]
        else:
            words = [f"drafted the profile from it: {summed_up(draft, None)[0]}"]
            if found.shared:
                words.append(f"nearest shipped profile: {_near(found)}")
            return text, words
    name = chosen.stem if chosen else found.profile
    near = f", whose paths are nearest ({found.shared})" if found.shared else ""
    words = [*why, f"started from the shipped profile {name!r}{near}"]
    return profile_text(chosen or find_profile(name)), words


def _near(found: Found) -> str:
    return f"{found.profile!r} ({found.shared}); --profile {found.profile} takes it"


def _found(found: Found) -> str:
    if found.trouble:
        unknown = "unable to get local issuer" in found.trouble
        mend = "; give its CA with --ca FILE" if unknown else ""
        return f"could not look for an OpenAPI document: {found.trouble}{mend}"
    if found.document:
        return f"found an OpenAPI document at {found.document}"
    return "found no OpenAPI document at the usual places"


def _write_both(files: list[Path], texts: tuple[str, str]) -> None:
    """Write both files or none."""
    done: list[Path] = []
    try:
        for file, text in zip(files, texts, strict=True):
            _write_private(file, text)
            done.append(file)
    except UsageError:
        for file in done:
            file.unlink()
        raise


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
    profile: Annotated[
        str | None, typer.Option(help="A shipped profile's name or a file.")
    ] = None,
    ca: Annotated[str | None, typer.Option(help="PEM file of the CA to trust.")] = None,
    allow_plain_http: Annotated[
        bool, typer.Option("--allow-plain-http", help="Take a server without TLS.")
    ] = False,
) -> None:
    """Look whether a target can be judged: files, DNS, TLS, logins, clock, rights."""
    good = True
    with tempfile.TemporaryDirectory(prefix="conformance-") as out:
        options = Options(
            target=target,
            out=Path(out),
            profile=profile,
            ca=ca,
            allow_plain_http=allow_plain_http,
        )
        run = Run(options)
        try:
            run.open()
            for finding in examine(run):
                _say(finding)
                good = good and finding.good
        finally:
            run.close()
    words = f"all good: conformance run {target}" if good else "mend these first"
    typer.echo(words)
    raise typer.Exit(0 if good else 2)


def _say(finding: Finding) -> None:
    mend = f"; {finding.mend}" if finding.mend else ""
    typer.echo(f"{'ok ' if finding.good else 'BAD'}  {finding.words}{mend}")


def serve(  # noqa: PLR0913 - the options of a server
    *,
    profile: Annotated[
        str, typer.Option(help="A shipped profile's name or a file.")
    ] = "reference",
    fault: Annotated[
        list[str] | None, typer.Option(help="Break it so; see: list faults.")
    ] = None,
    variant: Annotated[
        list[str] | None, typer.Option(help="Let it differ so; see: list variants.")
    ] = None,
    latency: Annotated[
        int, typer.Option(min=0, help="Milliseconds that each answer waits.")
    ] = 0,
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="TLS port; 0: any that is free.")
    ] = 0,
    write_target: Annotated[
        Path | None, typer.Option(help="Write a whole target file, secrets in it.")
    ] = None,
) -> None:
    """Serve the reference over HTTPS until Ctrl-C, to try the suite on."""
    path = load_profile(profile).path
    if write_target is not None and write_target.exists():
        raise UsageError(f"{write_target}: is there already; move it away first")
    names = tuple(fault or ()), tuple(variant or ())
    with reference(path, *names, latency, port) as served:
        if write_target is not None:
            _write_private(write_target, told_text(served, path))
        for line in _served(served, write_target):
            typer.echo(line)
        sys.stdout.flush()
        _await_signal()
        typer.echo("stopped")


def _served(told: Mapping[str, Any], target: Path | None) -> Iterator[str]:
    """Say where the reference is, who may use it, and how to judge it."""
    yield f"base URL    {told['base_url']}"
    yield f"CA          {told['ca']}"
    yield f"plain port  {told['plain_port']} (refuses)"
    for identity in told["identities"]:
        yield f"identity    {identity['name']}: {identity['flow']}"
    if target is None:
        yield "their secrets: --write-target FILE writes a whole target file"
        yield f"a first look: conformance run {told['base_url']} --ca {told['ca']}"
    else:
        yield f"to judge it: conformance run {target}"
    yield "Ctrl-C ends it."


def _await_signal() -> None:
    """Wait for Ctrl-C or a request to end; stdin may be closed, as in pipelines."""
    over = threading.Event()
    numbers = (signal.SIGINT, signal.SIGTERM)
    handlers = [(n, signal.signal(n, lambda *_: over.set())) for n in numbers]
    try:
        over.wait()
    finally:
        for number, handler in handlers:
            signal.signal(number, handler)
