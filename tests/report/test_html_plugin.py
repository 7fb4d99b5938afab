"""pytest-html's page, with the columns of rows."""

import html as markup
import json
import re
from typing import Any

import pytest

from conformance.report.html_plugin import HtmlColumns

pytest_plugins = ["pytester"]

CONFTEST = """
import pytest
from conformance.report.html_plugin import HtmlColumns

def pytest_configure(config):
    columns = HtmlColumns("Conformance of <b>x</b>")
    columns.words = ("NOT CONFORMANT <i>",)
    config.pluginmanager.register(columns)

def pytest_unconfigure(config):
    plugins = config.pluginmanager.get_plugins()
    html = [one for one in plugins if hasattr(one, "_reports")]
    kept = [(dict(one._reports), dict(one._report.data["tests"])) for one in html]
    (config.rootpath / "kept.txt").write_text(str(kept))

@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    report = yield
    if call.when == "call" and item.name == "test_row":
        report.user_properties += [
            ("row", "json.x[<script>]"), ("clause", "json.x"), ("level", "MUST"),
            ("verdict", "fail"), ("sentence", 'It "MUST" hold.')]
        report.sections.append(("Captured exchange call", "GET <b> \\x1b[31m\\u202e"))
    return report
"""


@pytest.fixture
def page(pytester: pytest.Pytester) -> str:
    """The page of a run with one row and one test that is none."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_row(): assert False\ndef test_else(): pass")
    pytester.runpytest_subprocess(
        "--html=page.html", "--self-contained-html", "-p", "no:conformance.plugin"
    )
    return (pytester.path / "page.html").read_text(encoding="utf-8")


def blob(page: str) -> dict[str, Any]:
    """What the page's script reads."""
    found = re.search(r'data-jsonblob="([^"]*)"', page)
    assert found is not None
    value: dict[str, Any] = json.loads(markup.unescape(found[1]))
    return value


def test_a_row_shows_clause_level_and_verdict(page: str) -> None:
    """Escaped, with the sentence at hand."""
    tests = blob(page)["tests"]
    (row,) = next(found for name, found in tests.items() if name.endswith("test_row"))

    cells = "".join(row["resultsTableRow"])
    assert "json.x[&lt;script&gt;]</td>" in cells
    assert cells.count("<td") == 6
    assert 'title="It &quot;MUST&quot; hold."' in cells


def test_a_test_that_is_no_row_shows_its_outcome(page: str) -> None:
    """Other tests of the session stand in the same table."""
    tests = blob(page)["tests"]
    (row,) = next(found for name, found in tests.items() if name.endswith("test_else"))

    assert "passed</td>" in "".join(row["resultsTableRow"])


def test_evidence_is_there_and_harmless(page: str) -> None:
    """Markup escaped, controls shown."""
    log = next(
        found[0]["log"] for name, found in blob(page)["tests"].items() if "row" in name
    )

    assert "GET &lt;b&gt; ␛[31m⟨U+202E⟩" in log


def test_title_and_summary_name_the_verdict(page: str) -> None:
    """And can't bring markup in."""
    assert "NOT CONFORMANT &lt;i&gt;" in page
    assert "Conformance of <b>" not in page


def test_the_pages_filter_finds_every_row(page: str) -> None:
    """Its script hides what has no outcome of pytest's."""
    results = [one["result"] for found in blob(page)["tests"].values() for one in found]

    assert sorted(results) == ["Failed", "Passed"]


def test_no_report_is_kept_to_the_end(page: str, pytester: pytest.Pytester) -> None:
    """Three of each row, and its cells, were most of what a large run held."""
    kept = (pytester.path / "kept.txt").read_text(encoding="utf-8")

    assert "test_row" in page
    assert kept == "[({}, {'@rows': []})]"


def test_a_page_without_rows_is_whole(pytester: pytest.Pytester) -> None:
    """No test was selected, and the page's script still reads its data."""
    pytester.makeconftest(CONFTEST)
    pytester.makepyfile("def test_row(): pass")
    pytester.runpytest_subprocess(
        *("--html=page.html", "--self-contained-html", "-k", "nothing"),
        *("-p", "no:conformance.plugin"),
    )
    page = (pytester.path / "page.html").read_text(encoding="utf-8")

    assert blob(page)["tests"] == {"@rows": []}


def test_headings_match_cells() -> None:
    """As many columns above as below."""
    cells = ["<th>Result</th>", "<th>Test</th>", "<th>Duration</th>", "<th>Links</th>"]
    HtmlColumns("x").pytest_html_results_table_header(cells)

    assert [re.sub(r"<[^>]*>", "", cell) for cell in cells] == [
        *("Result", "Row", "Clause", "Level", "Verdict", "Duration")
    ]
