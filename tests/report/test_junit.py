"""`junit.xml`: read back with a parser that is not the writer's."""

import xml.etree.ElementTree as ET

import pytest

from conformance.report.document import document
from conformance.report.junit import junit
from conformance.run import Run


@pytest.fixture
def root(hostile: Run) -> ET.Element:
    """The parsed file of the hostile run."""
    return ET.fromstring(junit(document(hostile)))  # noqa: S314 - our own file


def case(root: ET.Element, name: str) -> ET.Element:
    """A case by name."""
    found = root.find(f".//testcase[@name='{name}']")
    assert found is not None
    return found


def test_a_suite_stands_for_each_chapter(root: ET.Element) -> None:
    """In the page's order, with its counts."""
    suites = {suite.get("name"): suite for suite in root.iter("testsuite")}

    assert list(suites)[:3] == ["https", "json", "dates"]
    assert suites["json"].get("failures") == "1"
    assert suites["json"].get("errors") == "2"
    assert suites["ids"].get("skipped") == "1"


def test_the_root_counts_what_its_suites_do(root: ET.Element) -> None:
    """Tests, failures, errors and skipped; of an empty run, none."""
    suites = list(root.iter("testsuite"))

    for name in ("tests", "failures", "errors", "skipped"):
        assert int(root.get(name, "")) == sum(int(s.get(name, "")) for s in suites)
    assert int(root.get("tests", "")) == len(list(root.iter("testcase"))) > 0
    empty = ET.fromstring(junit({"checks": []}))  # noqa: S314 - our own file
    assert empty.get("tests") == "0"


@pytest.mark.parametrize(
    ("row", "children"),
    [
        ("json.holds", []),
        ("json.broken", ["failure"]),
        ("json.waits", ["error"]),
        ("ids.holds", ["skipped"]),
        ("json.soft", ["system-out"]),
    ],
)
def test_a_verdict_becomes_its_element(
    root: ET.Element, row: str, children: list[str]
) -> None:
    """A warning is no failure, but is told."""
    found = case(root, row)

    assert [child.tag for child in found] == children
    assert found.get("classname") == row.partition(".")[0]


def test_what_xml_can_not_hold_is_shown(root: ET.Element) -> None:
    """Controls, an end of CDATA and a surrogate leave the file well-formed."""
    failure = case(root, "json.broken").find("failure")

    assert failure is not None
    assert "]]>␀␛[31m⟨U+202E⟩⟨U+D800⟩" in (failure.text or "")
    assert "exchanges: x1" in (failure.text or "")
