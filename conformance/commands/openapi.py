"""profile from-openapi: a profile drafted from a server's OpenAPI document."""

import os
import re
import tempfile
import tomllib
import urllib.parse
from pathlib import Path
from typing import Annotated

import typer

from conformance.draw import no_hypothesis_folder
from conformance.errors import HarnessError, UsageError
from conformance.openapi.document import Document
from conformance.openapi.draft import Draft, draft_of
from conformance.openapi.facts import READ, Fact
from conformance.openapi.reading import read_document
from conformance.openapi.writing import written
from conformance.profile import profile_from

#: Warnings that are said on the terminal; all of them stand in the file.
_SAID = 5


def from_openapi(
    source: Annotated[str, typer.Argument(help="A file or URL, JSON or YAML.")],
    *,
    out: Annotated[
        Path | None, typer.Option(help="Where to write; else standard output.")
    ] = None,
    ca: Annotated[str | None, typer.Option(help="PEM file of the CA to trust.")] = None,
) -> None:
    """Draft a profile from a server's OpenAPI 3.0 or 3.1 document."""
    if out is not None and out.exists():
        raise UsageError(f"{out}: is there already; move it away first")
    document = read_document(source, Path(ca) if ca else None)
    text, draft = drafted(document, _path_of(source))
    if out is None:
        typer.echo(text, nl=False)
    else:
        write_whole(out, text)
    for line in summed_up(draft, out):
        typer.echo(line, err=out is None)


def _path_of(source: str) -> str | None:
    """Give the path of a URL; None for a file."""
    parts = urllib.parse.urlsplit(source)
    return parts.path or None if parts.scheme in ("http", "https") else None


def drafted(document: Document, published: str | None = None) -> tuple[str, Draft]:
    """Give the text of a profile, and what it was made of.

    Args:
        document: To draft from.
        published: The path at which the target publishes it.

    Raises:
        UsageError: No resource was found; says what was found instead.
    """
    with no_hypothesis_folder():
        draft = draft_of(document)
    if published:
        draft.tables["api"]["openapi_path"] = Fact(published, READ, "found there")
    if not draft.resources:
        raise UsageError(f"{document.source}: no resource to claim: {_why(draft)}")
    info = document.table(document.root.get("info"), "info")
    title = " ".join(str(info.get("title", "")).split())[:80] or "Drafted"
    name = re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-") or "drafted"
    text = written(draft, name, title)
    try:
        profile_from(tomllib.loads(text), Path(f"draft of {document.source}"))
    except (UsageError, ValueError) as error:
        raise HarnessError(f"the drafted profile is no profile: {error}") from error
    return text, draft


def _why(draft: Draft) -> str:
    reasons = [f"{one.what}: {one.why}" for one in draft.unmakeable]
    reasons += [
        f"{why} ({len(paths)}: {paths[0]})"
        for why, paths in draft.shapes.others.items()
    ]
    reasons += list(draft.document.warnings)
    return "; ".join(reasons[:3]) or "its paths have no operation"


def summed_up(draft: Draft, out: Path | None) -> list[str]:
    """Say what was made, and what was not."""
    operations = sum(len(resource.shape.verbs) for resource in draft.resources)
    lines = [f"{len(draft.resources)} resources, {operations} operations"]
    if draft.unmakeable:
        lines[0] += f"; {len(draft.unmakeable)} left out, with reasons in the file"
    warnings = list(draft.document.warnings)
    lines += [f"warning: {warning}" for warning in warnings[:_SAID]]
    if len(warnings) > _SAID:
        lines.append(f"warning: {len(warnings) - _SAID} more, all in the file")
    if out is not None:
        lines.append(f"wrote {out}; look at what it asks, then:")
        lines.append(f"  conformance profile check {out}")
    return lines


def write_whole(file: Path, text: str) -> None:
    """Write a file that is there whole or not at all.

    Raises:
        UsageError: It can't be written.
    """
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        handle, part = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    except OSError as error:
        raise UsageError(f"{file}: can't be written ({error.strerror})") from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(part).replace(file)
    except OSError as error:
        Path(part).unlink(missing_ok=True)
        raise UsageError(f"{file}: can't be written ({error.strerror})") from error
