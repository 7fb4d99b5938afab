"""What rows come to that ran against a server with seams of one's own."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from conformance.profile import find_profile
from conformance.verdict import Result, Verdict

#: Runs the rows of a check, told by the check's id.
RowsOf = Callable[..., dict[str, Result]]
#: Name → what is put around that seam of the reference server.
Seams = Mapping[str, Callable[..., Any]]
#: Changes to the reference's profile: its lists have no filter.
UNFILTERED = (
    ('[lists.filter]\nplace = "value"\nnot = "!"\ngreater = ">"\nless = "<"\n', ""),
    ('or = "|"\nwildcard = "*"\nnested = "."\n', ""),
)
#: Nothing narrows its lists.
OPEN = (('search = "search"\nsearch_on = "searchOn"\n', ""), *UNFILTERED)


def rows_in(module: str) -> Callable[..., tuple[Result, Result | None]]:
    """Give a function that runs a row of a module's check, and that of its warnings."""

    def rows(
        rows_of: RowsOf, check: str, only: str, seams: Seams | None = None, **how: Any
    ) -> tuple[Result, Result | None]:
        name = f"{module}.{check}"
        found = rows_of(name, seams, only=only, **how)
        return found[f"{name}[{only}]"], found.get(f"{name}~warns[{only}]")

    return rows


def judged_in(module: str) -> Callable[..., Result]:
    """Give a function that runs one row of a module's check."""
    rows = rows_in(module)
    return lambda *what, **how: rows(*what, **how)[0]


def both(found: Mapping[str, Result]) -> tuple[Result, Result]:
    """Give the results of a row and of its softer edge."""
    [main] = [result for row, result in found.items() if "~warns" not in row]
    [edge] = [result for row, result in found.items() if "~warns" in row]
    return main, edge


def said(result: Result) -> tuple[str, str]:
    """Give the verdict, and the clause waited for or what was said."""
    return result.verdict.value, result.waits_for or result.message or ""


def failed(result: Result, *words: str) -> None:
    """Insist on a breach that says so."""
    assert result.verdict is Verdict.FAIL, result
    for one in words:
        assert one in result.message, result


def waiting(result: Result, row: str) -> None:
    """Insist on a row that waits for another one."""
    assert result.verdict is Verdict.INCONCLUSIVE, result
    assert (result.waits_for or "").startswith(row), result


def claims(folder: Path, *changes: tuple[str, str], base: str = "reference") -> str:
    """Write a shipped profile with some of its text changed, and give its path."""
    text = find_profile(base).read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new)
    path = folder / "profile.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)
