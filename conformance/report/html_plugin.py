"""pytest-html's page: rows with clause, level and verdict. Hooks only."""

import html
import sys
from collections.abc import Generator, MutableSequence
from typing import Any

import pytest

from conformance.report.inert import inert, inert_line

#: Heading → name of a row's property.
_COLUMNS = {"Row": "row", "Clause": "clause", "Level": "level", "Verdict": "verdict"}


def _properties(report: object) -> list[tuple[str, object]]:
    """Give what a row's report carries; a failed collection carries nothing."""
    return list(getattr(report, "user_properties", ()))


class HtmlColumns:
    """Tells pytest-html what a row is.

    Attributes:
        title: Of the page.
        words: Lines of the summary; set when the run's verdict is known.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.words: tuple[str, ...] = ()
        self._kept: dict[str, object] = {}
        self._shown: dict[str, list[dict[str, Any]]] = {}

    @pytest.hookimpl
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Find where pytest-html keeps the reports of every row, and its table."""
        for plugin in session.config.pluginmanager.get_plugins():
            if hasattr(plugin, "_reports") and hasattr(plugin, "_report"):
                self._kept = plugin._reports  # noqa: SLF001 - nothing else drops them
                self._shown = plugin._report.data["tests"]  # noqa: SLF001

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(
        self, report: pytest.TestReport
    ) -> Generator[None, object, object]:
        """Drop a row's reports once it is in the table: the page needs them no more."""
        result = yield
        if report.when == "teardown" and str(report.outcome) != "rerun":
            self._kept.pop(report.nodeid, None)
            for shown in self._shown.get(report.nodeid, ()):
                _share_texts(shown)
        return result

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_report_title(self, report: Any) -> None:
        """Name the page."""
        report.title = inert_line(self.title)

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_summary(self, prefix: MutableSequence[str]) -> None:
        """Say the verdict above the table."""
        prefix.extend(
            f"<p>{html.escape(inert_line(words))}</p>" for words in self.words
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_header(self, cells: MutableSequence[str]) -> None:
        """Head the columns; the page's script wants the first for its filter."""
        cells[1:] = [_head(heading, name) for heading, name in _COLUMNS.items()]
        cells.append(_head("Duration", "duration"))

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_row(
        self, report: pytest.TestReport, cells: MutableSequence[str]
    ) -> None:
        """Fill the columns of one row; what is no row of ours shows its outcome."""
        if report.when != "call" and report.outcome == "passed":
            cells.clear()  # pytest-html would not show it, but makes all of it
            return
        told = {"row": report.nodeid, "verdict": report.outcome}
        told |= {name: str(value) for name, value in _properties(report)}
        sentence = html.escape(inert_line(told.get("sentence", "")))
        cells[1:] = [
            f'<td class="col-{name}" title="{sentence}">'
            f"{html.escape(inert_line(told.get(name, '')))}</td>"
            for name in _COLUMNS.values()
        ]
        cells.append(
            f'<td class="col-duration">{getattr(report, "duration", 0.0):.3f} s</td>'
        )

    @pytest.hookimpl(optionalhook=True)
    def pytest_html_results_table_html(self, data: MutableSequence[str]) -> None:
        """Show what the target sent harmlessly; pytest-html escapes its markup."""
        data[:] = [inert(part) for part in data]


def _share_texts(shown: dict[str, Any]) -> None:
    """Keep each text of a table's row once, whatever the number of rows that say it."""
    for name, value in shown.items():
        if isinstance(value, str):
            shown[name] = sys.intern(value)
    cells = shown["resultsTableRow"]
    cells[:] = [sys.intern(cell) for cell in cells]


def _head(heading: str, name: str) -> str:
    return f'<th class="sortable" data-column-type="{name}">{heading}</th>'
