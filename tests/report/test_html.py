"""`report.html`: complete, linked, inert, self-contained."""

import itertools
import re
from collections import Counter
from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from conformance.report.document import document
from conformance.report.html import html
from conformance.run import Run
from conformance.verdict import Result, Verdict

from .conftest import Told, check

MakeTold = Callable[..., Told]
VOID = {"meta", "br", "link", "img", "input", "hr"}


class Page(HTMLParser):
    """What a browser would see: elements, ids, links, text."""

    def __init__(self, source: str) -> None:
        super().__init__(convert_charrefs=True)
        self.tags: list[str] = []
        self.ids: Counter[str] = Counter()
        self.links: list[str] = []
        self.attributes: set[str] = set()
        self.text = ""
        self.open: list[str] = []
        self.unbalanced: list[str] = []
        self.feed(source)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element."""
        told = dict(attrs)
        self.tags.append(tag)
        self.attributes.update(told)
        self.ids.update(filter(None, [told.get("id")]))
        if tag == "a":
            self.links.append(told.get("href") or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Note what closes what."""
        if not self.open or self.open.pop() != tag:
            self.unbalanced.append(tag)

    def handle_data(self, data: str) -> None:
        """Keep text."""
        self.text += data


@pytest.fixture
def page(hostile: Run) -> Page:
    """The page of the hostile run."""
    return Page(html(document(hostile)).decode())


def cover(told: Told) -> str:
    """The text of the cover."""
    text = Page(html(told).decode()).text
    return " ".join(text.partition("Totals")[0].split())


def test_markup_of_the_target_stays_text(page: Page) -> None:
    """No script, no event, no picture, whatever was answered."""
    assert (
        set(page.tags) & {"script", "img", "iframe", "object", "link", "form"} == set()
    )
    assert [name for name in page.attributes if name.startswith("on")] == []
    assert "<script>alert(1)</script>]]>␀␛[31m⟨U+202E⟩⟨U+D800⟩&amp;\"'" in page.text


def test_controls_do_not_reach_the_page(hostile: Run) -> None:
    """Not one byte below the space but line breaks."""
    found = re.findall(rb"[\x00-\x09\x0b-\x1f\x7f]", html(document(hostile)))

    assert found == []


def test_elements_are_balanced(page: Page) -> None:
    """What opens is closed in order."""
    assert (page.unbalanced, page.open) == ([], [])


def test_every_link_stays_on_the_page_and_leads_somewhere(page: Page) -> None:
    """One click from a row to its exchange; no request to anybody."""
    targets = [link.removeprefix("#") for link in page.links]

    assert all(link.startswith("#") for link in page.links)
    assert [name for name in targets if name not in page.ids] == []
    assert "x1" in targets


def test_ids_are_unique(page: Page) -> None:
    """An anchor is in one place."""
    assert [name for name, count in page.ids.items() if count > 1] == []


def test_the_page_asks_nobody_for_anything(hostile: Run) -> None:
    """A policy forbids it, and nothing tries."""
    source = html(document(hostile)).decode()

    assert "default-src 'none'" in source
    assert re.findall(r"(?:src|href)=\"(?!#)|url\(|@import", source) == []


def test_headings_go_down_one_step_at_a_time(page: Page) -> None:
    """A screen reader finds an outline."""
    levels = [int(tag[1]) for tag in page.tags if re.fullmatch("h[1-6]", tag)]
    steps = [after - before for before, after in itertools.pairwise(levels)]

    assert levels.count(1) == 1
    assert max(steps) == 1
    assert {"header", "main", "nav", "footer"} <= set(page.tags)


def test_the_failing_exchange_stands_open(hostile: Run) -> None:
    """Its link shows it without a second click."""
    source = html(document(hostile)).decode()

    assert re.search(r'<details class="exchange accusing" id="x1" open>', source)
    assert re.search(r'<details class="exchange" id="x2">', source)


def test_the_cover_says_verdict_and_exit_code(make_told: MakeTold) -> None:
    """In words, not in colours."""
    assert "✓ CONFORMANT" in cover(make_told())
    assert "Exit code 0 means: conformant" in cover(make_told())


@pytest.mark.parametrize(
    ("options", "flag"),
    [
        ({"chapters": ("json",)}, "PARTIAL"),
        ({"read_only": True}, "READ ONLY"),
        ({"faults": ("patch-drops-unsent",)}, "FAULTS SWITCHED ON"),
    ],
)
def test_what_narrows_a_run_is_loud(
    make_told: MakeTold, options: dict[str, object], flag: str
) -> None:
    """Nobody takes a narrowed run for a whole one."""
    assert flag in cover(make_told(options=options))


def test_what_was_not_tested_stands_on_the_cover(make_told: MakeTold) -> None:
    """With the means that were missing."""
    lacks = Result(Verdict.INCONCLUSIVE, cause="not provided", means="second_client")
    told = make_told(results={"ids.holds": lacks}, absent=("second_client",))

    assert "NOT TESTED" in cover(told)
    assert "second_client (1 rows)" in cover(told)


def test_rows_of_which_the_same_is_said_share_a_line(make_told: MakeTold) -> None:
    """Thirty rows with one cause are one line of thirty labels."""
    names = [f"n{number}" for number in range(30)]
    stopped = Result(Verdict.INCONCLUSIVE, cause="not executed: stopped")
    shared = check("many", "json.x")
    told = make_told(checks=(shared,), results={"json.many": stopped})
    told["checks"] = [
        {**told["checks"][0], "row": f"json.many[{n}]", "label": n} for n in names
    ]
    told["root_causes"] = []
    source = html(told).decode().partition('id="clause-json.x"')[2]

    assert source.count("not executed: stopped") == 1
    assert all(f">{name}</span>" in source for name in names)


def test_code_in_sentences_is_set_as_code(make_told: MakeTold) -> None:
    """Backquotes are for the source."""
    assert b"MUST keep <code>ids.holds</code>." in html(make_told())


def test_each_clause_says_how_it_is_proven(make_told: MakeTold) -> None:
    """The matrix stands on the cover, its figures at each clause."""
    text = Page(html(make_told()).decode()).text

    assert "UNCALIBRATED" not in text
    assert "Kill matrix of 2026-11-24 (full size, profile reference)" in text
    assert "6 of 7 faults seen by the clause they break" in text
    assert "heading “JSON Everywhere” · 5 of 5 faults seen" in text
    assert "heading “Writeable IDs” · 1 of 2 faults seen" in text
    assert "heading “Date Format” · no fault of the matrix breaks it" in text


def test_the_cover_hides_no_undeclared_collateral(make_told: MakeTold) -> None:
    """A matrix whose faults accused more than they declare says how many did."""
    told = make_told()
    matrix = {**told["calibration"]["matrix"], "undeclared": 3}
    told = {**told, "calibration": {**told["calibration"], "matrix": matrix}}

    assert "3 of them with a clause accused beside it" in Page(html(told).decode()).text
    assert "none of them with a clause" in Page(html(make_told()).decode()).text


def test_an_uncalibrated_report_says_so(make_told: MakeTold) -> None:
    """Loudly, and with the reason; a report of old as well."""
    told = make_told()
    why = "checks or engine were changed after the kill matrix was made"
    stale = {**told["calibration"], "calibrated": False, "why": why}
    for calibration, words in ((stale, why), (None, "this report tells of none")):
        page = Page(html({**told, "calibration": calibration}).decode())
        assert f"UNCALIBRATED: {words}." in page.text
        assert "UNCALIBRATED" in page.text.partition("Exit code")[0]
