"""pytest-html's page: rows with clause, level and verdict. Hooks only."""

import html
import io
import json
import shutil
import tempfile
from collections.abc import Generator, MutableSequence
from pathlib import Path
from typing import Any, TextIO

import pytest

from conformance.errors import HarnessError
from conformance.report.inert import inert, inert_line

#: Heading → name of a row's property.
_COLUMNS = {"Row": "row", "Clause": "clause", "Level": "level", "Verdict": "verdict"}
#: Stands in the page's data, as one test that has no rows, where all of them belong.
_PLACE = "@rows"


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
        self._page = Path()
        self._rows: TextIO = io.StringIO()
        self._count = 0

    @pytest.hookimpl
    def pytest_sessionstart(self, session: pytest.Session) -> None:
        """Find where pytest-html keeps the reports of every row, and its table."""
        for plugin in session.config.pluginmanager.get_plugins():
            if hasattr(plugin, "_write_report") and hasattr(plugin, "_reports"):
                self._kept = plugin._reports  # noqa: SLF001 - nothing else drops them
                self._shown = plugin._report.data["tests"]  # noqa: SLF001
                self._shown[_PLACE] = []
                self._page = plugin._report_path  # noqa: SLF001
                # Beside the page, as a folder for temporary files may be in memory.
                self._rows = tempfile.TemporaryFile(  # noqa: SIM115 - of the session
                    "w+", encoding="ascii", dir=self._page.parent
                )
                plugin._write_report = self._write  # noqa: SLF001

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_logreport(
        self, report: pytest.TestReport
    ) -> Generator[None, object, object]:
        """Put a row aside once it is in the table, or the largest run holds most."""
        result = yield
        if report.when == "teardown" and str(report.outcome) != "rerun":
            self._kept.pop(report.nodeid, None)
            shown = self._shown.pop(report.nodeid, None)
            if shown:
                comma = ", " if self._count else ""
                told = f"{json.dumps(report.nodeid)}: {json.dumps(shown)}"
                self._rows.write(comma + html.escape(told))
                self._count += 1
        return result

    def _write(self, page: str) -> None:
        """Write the page, with the rows that were put aside in their place."""
        if not self._count:
            self._page.write_text(page, encoding="utf-8")
            return
        before, place, after = page.partition(f"&#34;{_PLACE}&#34;: []")
        if not place:
            raise HarnessError(f"{self._page}: no place for rows on pytest-html's page")
        with self._page.open("w", encoding="utf-8") as file:
            file.write(before)
            self._rows.seek(0)
            shutil.copyfileobj(self._rows, file)
            file.write(after)

    @pytest.hookimpl
    def pytest_unconfigure(self) -> None:
        """Drop what was put aside."""
        self._rows.close()

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
        titles = {"row": f' title="{sentence}"'}
        cells[1:] = [
            f'<td class="col-{name}"{titles.get(name, "")}>'
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


def _head(heading: str, name: str) -> str:
    return f'<th class="sortable" data-column-type="{name}">{heading}</th>'
