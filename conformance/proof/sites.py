"""Every line of a check that can accuse, and which of them a fault made speak."""

import ast
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from conformance.tripped import PACKAGE

#: Words that accuse: each call of one is a line that some fault should trip.
_WORDS = ("insist", "edge", "turned_down", "Breach")
#: Where those words are defined, which is no accusation of its own.
_DEFINED = ("insist", "edge", "turned_down", "waits_for")


@dataclass(frozen=True, slots=True)
class Site:
    """A statement that can accuse.

    Attributes:
        file: Below the package, as in ``checks/ids.py``.
        line: Its first.
        end: Its last.
        function: The function or class that it stands in.
        words: The statement's text, shortened.
    """

    file: str
    line: int
    end: int
    function: str
    words: str


def sites() -> list[Site]:
    """List the asserts and accusing calls of all checks and expectations."""
    files = [*sorted((PACKAGE / "checks").glob("*.py")), PACKAGE / "expect.py"]
    return [site for file in files for site in _in_file(file)]


def silent(tripped: Iterable[str]) -> list[Site]:
    """List the sites that are not among the lines that spoke."""
    spoke: dict[str, set[int]] = {}
    for place in tripped:
        file, _, line = place.rpartition(":")
        spoke.setdefault(file, set()).add(int(line))
    return [
        site
        for site in sites()
        if spoke.get(site.file, set()).isdisjoint(range(site.line, site.end + 1))
    ]


def _in_file(file: Path) -> Iterator[Site]:
    name = file.relative_to(PACKAGE).as_posix()
    tree = ast.parse(file.read_text(encoding="utf-8"))
    for top in tree.body:
        whose = getattr(top, "name", "")
        if whose in _DEFINED:
            continue
        for node in ast.walk(top):
            if isinstance(node, ast.Assert | ast.Call) and _accuses(node):
                words = " ".join(ast.unparse(node).split())[:160]
                yield Site(
                    name, node.lineno, node.end_lineno or node.lineno, whose, words
                )


def _accuses(node: ast.Assert | ast.Call) -> bool:
    if isinstance(node, ast.Assert):
        return True
    return isinstance(node.func, ast.Name) and node.func.id in _WORDS
