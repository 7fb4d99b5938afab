"""Every sentence of the source is accounted for, and every clause has a source."""

import re
from pathlib import Path

from conformance.commands.catalogue import by_clause

ROOT = Path(__file__).resolve().parent.parent
#: Heading of the page → its sentences, then the rows of its table.
SOURCE = {
    "(introduction)": ["1", "2", "3"],
    "SSL Everywhere": ["1", "2"],
    "JSON Everywhere": ["1"],
    "Date Format": ["1"],
    "OAuth 2": ["1", "2"],
    "Writeable IDs": ["1", "2", "3", "4", "5", "6"],
    "Error Handling": ["1", "2"],
    "HTTP Methods": [
        *("1", "2", "3"),
        *("GET", "SAVE", "PATCH", "LIST", "CREATE", "DELETE"),
    ],
    "HTTP Status Code Summary": [
        *("1", "2", "3", "4"),
        *("200", "201", "204", "401", "403", "400", "404", "500"),
    ],
    "(the server's own OpenAPI document)": ["1"],
}


def _table() -> list[tuple[str, str, str]]:
    lines = (ROOT / "docs" / "traceability.md").read_text(encoding="utf-8").splitlines()
    cells = [re.split(r"\s*\|\s*", line)[1:-1] for line in lines if line[:1] == "|"]
    return [(heading, number, told) for heading, number, told in cells[2:]]


def test_every_sentence_stands_in_the_table() -> None:
    """The table has exactly the sentences of the page, in its order."""
    expected = [(heading, n) for heading, ns in SOURCE.items() for n in ns]

    assert [(heading, n) for heading, n, _ in _table()] == expected


def test_every_sentence_has_clauses_or_a_reason() -> None:
    """No cell is empty, and every clause named is one that is judged."""
    named = [re.findall(r"`([a-z_0-9.]+)`", told) for _, _, told in _table()]

    assert all(told for _, _, told in _table())
    assert {clause for clauses in named for clause in clauses} <= set(by_clause())


def test_every_clause_has_a_sentence() -> None:
    """Each clause that is judged stands in the table."""
    told = "\n".join(told for _, _, told in _table())

    assert [c for c in by_clause() if f"`{c}`" not in told] == []
