"""What would decide the undecided rows: which line in which file."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from conformance.datafiles import schema
from conformance.run import Options

#: Means → the line that gives it, and what the line needs to be filled with.
_LINES: Mapping[str, str] = {
    "plain_port": 'plain_port = 80, or "none"',
    "identity": "an [[identities]] with name, flow, client_id and its secrets",
    "second_client": "an [[identities]] with another client_id",
    "short_lived_client": "an [[identities]] with short_lived = true",
    "low_role_identity": "an [[identities]] with few roles, named: roles = [...]",
    "second_user": "an [[identities]] with another username",
    "allow_writes": "allow_writes = true",
    "allow_leftovers": "allow_leftovers = true",
    "walkable_shared_lists": "list_pages = 200 (pages walked, at most)",
    "refresh_token": "an [[identities]] of a flow that gives refresh tokens",
}
_FLOWS = frozenset({"password", "client_credentials", "elevated_password", "anonymous"})


def not_provided(
    rows: Iterable[Mapping[str, Any]], absent: Iterable[str]
) -> list[dict[str, Any]]:
    """List the means declared absent, with the rows that they leave untested."""
    found: dict[str, list[str]] = {means: [] for means in absent}
    for row in rows:
        if row["verdict"] == "inconclusive" and row["means"] in found:
            found[row["means"]].append(row["row"])
    return [{"means": means, "rows": names} for means, names in found.items()]


def remedies(
    rows: Iterable[Mapping[str, Any]], options: Options, absent: Iterable[str]
) -> list[dict[str, Any]]:
    """Say which line would decide undecided rows, most rows first.

    Returns:
        Means, number of rows, the file, the line that gives the means, and the
        line that declares it absent where that is possible.
    """
    known = set(absent)
    counts = Counter(
        row["means"]
        for row in rows
        if row["verdict"] == "inconclusive" and row["means"] not in {None, *known}
    )
    return [
        {
            "means": means,
            "rows": count,
            **_place(means, options),
            "absent": _absent(means, known),
        }
        for means, count in counts.most_common()
    ]


def _place(means: str, options: Options) -> dict[str, str]:
    if means == "allow_writes" and options.read_only:
        return {"file": "the command line", "line": "leave out --read-only"}
    file = options.target if options.target.endswith(".toml") else "target.toml"
    return {"file": file, "line": _line(means)}


def _line(means: str) -> str:
    if means in _FLOWS:
        return f'an [[identities]] with flow = "{means}"'
    return _LINES.get(means, f"# what {means} needs")


def _absent(means: str, known: set[str]) -> str | None:
    if means not in schema("target")["properties"]["absent"]["items"]["enum"]:
        return None
    names = ", ".join(f'"{name}"' for name in sorted({*known, means}))
    return f"absent = [{names}]"
