"""`junit.xml`: a suite per chapter, a case per row."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator, Mapping
from typing import Any

from junitparser import Error, Failure, JUnitXml, Skipped, TestCase, TestSuite

from conformance.report.inert import inert, inert_line

_COUNTED = ("tests", "failures", "errors", "skipped", "time")


def junit(told: Mapping[str, Any]) -> bytes:
    """Write a run's document as JUnit XML."""
    return "".join(pieces(told)).encode("utf-8")


def pieces(told: Mapping[str, Any]) -> Iterator[str]:
    """Write the file piece by piece; its elements are kept a chapter at a time."""
    xml = JUnitXml("conformance")
    xml.update_statistics()  # type: ignore[no-untyped-call]  # its stubs lack it
    suites = []
    for chapter in dict.fromkeys(row["chapter"] for row in told["checks"]):
        suite = _suite(told, chapter)
        for name in _COUNTED:
            total = getattr(xml, name) + getattr(suite, name)
            setattr(xml, name, round(total, 3))
        suites.append(_lined(suite, level=1))
    root = _lined(xml, level=0).removesuffix("/>").rstrip()
    yield '<?xml version="1.0" encoding="utf-8"?>\n'
    yield f"{root}>\n"
    for text in suites:
        yield f"\t{text}\n"
    yield "</testsuites>\n"


def _suite(told: Mapping[str, Any], chapter: str) -> TestSuite:
    suite = TestSuite(chapter)
    suite.add_property("target", inert_line(told["target"]["base_url"]))
    suite.add_property("profile", inert_line(told["profile"]["name"]))
    suite.add_property("scope", told["scope"])
    rows = (row for row in told["checks"] if row["chapter"] == chapter)
    suite.add_testcases([_case(row) for row in rows])
    suite.update_statistics()  # type: ignore[no-untyped-call]  # its stubs lack it
    return suite


def _lined(one: JUnitXml | TestSuite, *, level: int) -> str:
    """Give an element as text, each of its own on a line."""
    element = one._elem  # noqa: SLF001 - its own way to do so takes ten times as much
    ET.indent(element, "\t", level)
    text: bytes = one.tostring()  # type: ignore[no-untyped-call]
    return text.decode("utf-8")


def _case(row: Mapping[str, Any]) -> TestCase:
    case = TestCase(inert_line(row["row"]), row["chapter"], row["duration_s"])
    words = inert(row["message"])
    match row["verdict"]:
        case "fail":
            case.result = [_result(Failure, row, words)]
        case "inconclusive":
            case.result = [_result(Error, row, inert(row["cause"] or row["message"]))]
        case "not_applicable":
            case.result = [_result(Skipped, row, words)]
        case "warn" | "waived":
            case.system_out = f"{row['verdict']}: {_body(row, words)}"
        case _:
            pass
    return case


def _result(
    kind: type[Failure | Error | Skipped], row: Mapping[str, Any], words: str
) -> Failure | Error | Skipped:
    result = kind(inert_line(words), row["level"])
    result.text = _body(row, words)
    return result


def _body(row: Mapping[str, Any], words: str) -> str:
    lines = [f"{row['clause']} ({row['level']}): {inert(row['sentence'])}", words]
    if row["waits_for"]:
        lines.append(f"waits for {inert_line(row['waits_for'])}")
    if row["attempts"]:
        lines.append(f"attempts: {row['attempts']}")
    if row["exchanges"]:
        lines.append(f"exchanges: {', '.join(row['exchanges'])}")
    return "\n".join(lines)
