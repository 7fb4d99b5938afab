"""``conformance sweep``: removes what crashed runs left on the target."""

import tempfile
import urllib.parse
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from conformance.errors import ConformanceError, NotProvided, UsageError, Waits
from conformance.exchange import Exchange
from conformance.expect import page_of
from conformance.ledger import Left, read_ledger
from conformance.places import Item, Place
from conformance.profile import Resource
from conformance.run import LEDGER, Options, Run
from conformance.session import Unit, current_unit
from conformance.walking import largest

Entry = tuple[Place, str | None]


def sweep(
    target: Annotated[str, typer.Argument(help="A target file, or a URL.")],
    *,
    profile: Annotated[
        str | None, typer.Option(help="A shipped profile's name or a file.")
    ] = None,
    ca: Annotated[str | None, typer.Option(help="PEM file of the CA to trust.")] = None,
    ledger: Annotated[
        list[Path] | None,
        typer.Option(help="A run's ledger.jsonl; else all under reports/."),
    ] = None,
    allow_plain_http: Annotated[
        bool, typer.Option("--allow-plain-http", help="Take a server without TLS.")
    ] = False,
) -> None:
    """Remove what crashed runs left on the target, and look that it is gone."""
    if target == "reference":
        raise UsageError("the reference forgets everything when it ends; nothing to do")
    files = ledger or sorted(Path("reports").glob(f"*/{LEDGER}"))
    found = {file: read_ledger(file) for file in files}
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
            run.allow_writes()
            clean = _sweep_all(run, found)
        finally:
            run.close()
    raise typer.Exit(0 if clean else 2)


def _sweep_all(run: Run, found: Mapping[Path, Left]) -> bool:
    mine = {file: left for file, left in found.items() if _is_mine(run, file, left)}
    if not mine:
        typer.echo("nothing left behind: no ledger of a run against this target")
    clean = True
    for file, left in mine.items():
        done = list(_swept(run, left))
        gone = sum(one.gone for one in done)
        for one in done:
            if not one.gone:
                typer.echo(f"{one.path}: still there: {one.words}")
        typer.echo(f"{file}: {gone} of {len(done)} gone")
        if gone == len(done):
            file.unlink()
        clean = clean and gone == len(done)
    return clean


def _is_mine(run: Run, file: Path, left: Left) -> bool:
    if left.base_url != run.config.base_url:
        typer.echo(f"{file}: left as it is: of another target, {left.base_url}")
        return False
    if left.running:
        typer.echo(f"{file}: left as it is: its run goes on")
        return False
    return True


@dataclass(frozen=True, slots=True)
class Swept:
    """What came of one entry."""

    path: str
    gone: bool
    words: str = ""


def _swept(run: Run, left: Left) -> Iterator[Swept]:
    """Remove what a ledger names, newest first: children go before parents."""
    unit = Unit(run.session, f"sweep {left.prefix}")
    token = current_unit.set(unit)
    try:
        for path, name in reversed(left.entries):
            resource = run.profile.resources.get(name)
            known = _entry(resource, path) if resource else None
            if known is None:
                words = f"the profile has no {name} at this path"
                yield Swept(path, gone=False, words=words)
                continue
            try:
                yield from _swept_entry(unit, left, *known)
            except (ConformanceError, Waits, NotProvided) as trouble:
                yield Swept(path, gone=False, words=str(trouble))
    finally:
        current_unit.reset(token)


def _entry(resource: Resource, path: str) -> Entry | None:
    """Read a path as a collection's or an item's."""
    for template in (resource.item_path, resource.path):
        ids = _ids(template, path)
        if ids is not None:
            parents = tuple(ids[name] for name in resource.parents)
            return Place(resource, parents), ids.get("id")
    return None


def _ids(template: str, path: str) -> dict[str, str] | None:
    wanted, given = template.split("/"), path.split("/")
    if len(wanted) != len(given):
        return None
    ids: dict[str, str] = {}
    for word, part in zip(wanted, given, strict=True):
        if word.startswith("{"):
            ids[word[1:-1]] = urllib.parse.unquote(part)
        elif word != part:
            return None
    return ids


def _swept_entry(
    unit: Unit, left: Left, place: Place, id_: str | None
) -> Iterator[Swept]:
    if id_ is not None:
        yield _removed(unit, left, place.item(id_))
        return
    # The server was to make the ID, and the run ended before it heard it.
    for item in _ours_in(unit, left, place):
        yield _removed(unit, left, item)


def _removed(unit: Unit, left: Left, item: Item) -> Swept:
    seen = unit.target.get(item) if "GET" in item.resource.verbs else None
    if seen is not None and _is_gone(seen):
        return Swept(item.path, gone=True)
    if left.prefix not in item.path and not _holds(left.prefix, seen and seen.value):
        # An ID of one character may have been somebody's before.
        return Swept(item.path, gone=True, words="not ours")
    if "DELETE" not in item.resource.verbs:
        return Swept(item.path, gone=False, words="the resource has no DELETE")
    answer = unit.target.delete(item)
    if seen is None:
        return Swept(item.path, answer.success or _is_gone(answer), answer.words)
    after = unit.target.get(item)
    return Swept(item.path, _is_gone(after), f"{answer.words}; {after.words}")


def _is_gone(answer: Exchange) -> bool:
    return answer.status in (404, 410)


def _ours_in(unit: Unit, left: Left, place: Place) -> list[Item]:
    """Find the items of a list that hold the run's prefix."""
    if "LIST" not in place.resource.verbs:
        raise NotProvided("LIST")
    target, profile = unit.target, unit.session.profile
    member, found, seen = place.resource.id.member, [], 0
    for number in range(1, target.config.list_pages + 1):
        query: dict[str, int | None] = {}
        if "page" in profile.query:
            query = {profile.query["page"]: number}
        if "page_size" in profile.query and largest(profile):
            query |= {profile.query["page_size"]: largest(profile)}
        answer = target.page(place, query)
        if _is_gone(answer):
            break
        items = page_of(answer).items
        found += [
            place.item(body[member], body)
            for body in items
            if isinstance(body, dict) and member in body and _holds(left.prefix, body)
        ]
        seen += len(items)
        if not items or "page" not in profile.query:
            break
    return found


def _holds(prefix: str, value: Any) -> bool:
    if isinstance(value, dict):
        return any(_holds(prefix, part) for part in (*value, *value.values()))
    if isinstance(value, list):
        return any(_holds(prefix, part) for part in value)
    return isinstance(value, str) and prefix in value
