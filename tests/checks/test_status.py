"""Checks of the codes that successes, and all answers, are numbered with."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from exchanges import exchange
from outcomes import RowsOf
from scripted import Places, profile
from units import judging

from conformance import Operation, Place
from conformance.checks import status
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import METHODS, load_profile
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
ADDRESSES = REFERENCE.resources["addresses"]


def answered(  # noqa: PLR0913 - the parts of an exchange
    code: int,
    value: Any = None,
    *,
    verb: str = "GET",
    method: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
    deliberate: bool = False,
) -> Exchange:
    """Give an exchange about a buyer."""
    return exchange(
        code,
        ... if value is None else value,
        headers=headers,
        method=method or METHODS[verb],
        operation=f"buyers-{verb}",
        deliberate=deliberate,
    )


def judged(check: Callable[..., None], *arguments: Any) -> tuple[str, list[str]]:
    """Give what a check accuses of, or nothing, and what it warns of."""
    with judging("status.success") as unit:
        try:
            check(*arguments)
        except Breach as breach:
            return str(breach), unit.edges
    return "", unit.edges


class Asked(Places):
    """Stands in for a target: answers each verb with what is given for it."""

    def __init__(self, *, proxy: str | None = None, **answers: Exchange) -> None:
        self.answers = answers
        self.config = SimpleNamespace(proxy=proxy)
        self.verbatim: bool | None = None

    def save_body(self, _item: Any) -> dict[str, Any]:
        """Give any body."""
        return {}

    def perform(self, verb: str, _item: Any) -> Exchange:
        """Answer."""
        return self.answers[verb]

    def page(self, _place: Place) -> Exchange:
        """Answer LIST."""
        return self.answers["LIST"]

    def put(self, item: Any, _body: Any) -> Exchange:
        """Answer the PUT of what was made, or of what is missing."""
        return self.answers[item.id]

    def delete(self, _item: Any, *, verbatim: bool) -> Exchange:
        """Answer DELETE."""
        self.verbatim = verbatim
        return self.answers["DELETE"]


# ------------------------------------------------------------------ the verb's code


@pytest.mark.parametrize(
    ("exchange", "of_verb", "right"),
    [
        (answered(200), True, True),
        (answered(204, verb="PATCH"), True, True),
        (answered(404), True, False),
        (answered(200, method="HEAD"), False, False),
        (answered(200, verb="CREATE", method="PUT"), False, False),
        (answered(200, deliberate=True), False, False),
        (answered(400, deliberate=True), False, False),
    ],
)
def test_what_a_verb_did_not_send_is_not_judged_by_its_table(
    exchange: Exchange, *, of_verb: bool, right: bool
) -> None:
    """Other methods and requests wrong on purpose are left out, and no-successes."""
    assert status._of_a_verb(exchange) is of_verb  # noqa: SLF001
    assert status._right_success(exchange) is right  # noqa: SLF001


@pytest.mark.parametrize(
    ("verb", "right", "soft", "wrong"),
    [
        ("GET", [200], [], [201, 202, 204, 206]),
        ("LIST", [200], [], [201, 206]),
        ("CREATE", [201], [], [200, 202, 204]),
        ("SAVE", [200, 201, 204], [], [202]),
        ("PATCH", [200], [204], [201, 202]),
        ("DELETE", [204], [200, 201, 202], [203, 206]),
    ],
)
def test_each_verb_has_its_codes(
    verb: str, right: list[int], soft: list[int], wrong: list[int]
) -> None:
    """A code of the table that fits less well warns; any other is a breach."""
    check = status.check_successes_have_the_code_of_their_verb
    for code in right:
        assert judged(check, answered(code, verb=verb)) == ("", [])
    for code in soft:
        accused, edges = judged(check, answered(code, verb=verb))
        assert not accused
        assert f"-> {code}" in edges[0]
    for code in wrong:
        accused, _ = judged(check, answered(code, verb=verb))
        assert f"-> {code}" in accused


@pytest.mark.parametrize("verb", ["GET", "LIST"])
def test_what_is_read_is_200(verb: str) -> None:
    """Nothing else that succeeds will do; what is refused is another row's."""
    check = status.check_what_is_read_is_200
    operation = Operation(BUYERS, verb)

    assert judged(check, Asked(**{verb: answered(200)}), operation) == ("", [])
    for code in (201, 206):
        target = Asked(**{verb: answered(code)})
        assert "not 200" in judged(check, target, operation)[0]
    with pytest.raises(Waits):
        judged(check, Asked(**{verb: answered(404, verb=verb)}), operation)


def test_a_save_has_a_code_of_its_row() -> None:
    """It creates and replaces with 200, 201 or 204; 200 replaces best."""
    check = status.check_saving_has_a_code_of_the_table

    def saved(replaced: int, created: int) -> tuple[str, list[str]]:
        target = Asked(
            made=answered(replaced, verb="SAVE"), missing=answered(created, verb="SAVE")
        )
        return judged(check, target, BUYERS)

    for created in (200, 201, 204):
        assert saved(200, created) == ("", [])
    for replaced in (201, 204):
        accused, edges = saved(replaced, 201)
        assert not accused
        assert "replaced, and not 200" in edges[0]
    assert saved(202, 201)[0].startswith("replaced: ")
    assert saved(200, 202)[0].startswith("created: ")


def test_a_save_creates_only_where_ids_are_chosen() -> None:
    """Without writable IDs no ghost is saved."""
    given = replace(BUYERS, id=replace(BUYERS.id, writable=False))
    target = Asked(made=answered(200, verb="SAVE"))

    check = status.check_saving_has_a_code_of_the_table
    assert judged(check, target, given) == ("", [])


def test_an_empty_list_is_200() -> None:
    """A 204 is no list; a 404 refuses what is allowed."""
    check = status.check_an_empty_list_is_200

    def listed(code: int) -> tuple[str, list[str]]:
        return judged(check, Asked(LIST=answered(code, verb="LIST")), ADDRESSES)

    assert listed(200) == ("", [])
    assert "not 200" in listed(204)[0]
    assert "not 200" in listed(201)[0]
    assert "an empty list was refused" in listed(404)[0]


# --------------------------------------------------------------------------- empty

SIZED = (("content-length", " 12 "),)
NAUGHT = (("content-length", " 0 "),)


@pytest.mark.parametrize(
    ("exchange", "empty"),
    [
        (answered(204), True),
        (answered(204, headers=NAUGHT), True),
        (answered(204, headers=SIZED), False),
        (answered(204, {}), False),
        (answered(204, {}, headers=NAUGHT), False),
    ],
)
def test_a_204_has_neither_a_body_nor_a_length(
    exchange: Exchange, *, empty: bool
) -> None:
    """A length of nought says the same as none."""
    deleted = Asked(DELETE=exchange)
    for words, _ in (
        judged(status.check_204_is_empty, exchange),
        judged(status.check_nothing_follows_the_204_of_delete, deleted, BUYERS),
    ):
        assert words.startswith("" if empty else "a body with 204")
        assert bool(words) is not empty


@pytest.mark.parametrize("code", [200, 205])
def test_other_codes_may_have_a_body(code: int) -> None:
    """The clause is of 204 alone."""
    exchange = answered(code, {"ID": "a"})
    deleted = Asked(DELETE=exchange)
    check = status.check_nothing_follows_the_204_of_delete

    assert judged(status.check_204_is_empty, exchange) == ("", [])
    assert judged(check, deleted, BUYERS) == ("", [])


def test_what_follows_a_head_is_read_on_a_connection_of_its_own() -> None:
    """Through a proxy there is none."""
    direct, behind = (
        Asked(DELETE=answered(204), proxy=proxy) for proxy in (None, "http://p")
    )
    for target in (direct, behind):
        judged(status.check_nothing_follows_the_204_of_delete, target, BUYERS)

    assert (direct.verbatim, behind.verbatim) == (True, False)


# ----------------------------------------------------------------------------- 201

THERE = (("location", "/v1/buyers/a"),)


@pytest.mark.parametrize(
    ("exchange", "accused", "warned"),
    [
        (answered(201, {"ID": "a"}), "", False),
        (answered(201, {"ID": 0}), "", False),
        (answered(201, {"Name": "a"}, headers=THERE), "", True),
        (answered(201, headers=THERE), "", True),
        (answered(201, {"Name": "a"}), "no ID", True),
        (answered(201, {"ID": ""}), "no ID", True),
        (answered(201, {"ID": None}), "no ID", True),
        (answered(201, ["ID"]), "no ID", True),
        (answered(201), "no ID", True),
        (answered(200, {}), "", False),
        (answered(202), "", False),
    ],
)
def test_a_201_tells_the_new_id(
    exchange: Exchange, accused: str, *, warned: bool
) -> None:
    """In the body; in Location alone it warns; nowhere is a breach."""
    words, edges = judged(status.check_201_carries_the_new_id, exchange)

    assert words.startswith(accused)
    assert bool(words) is bool(accused)
    assert bool(edges) is warned


# ---------------------------------------------------------------- 3xx, undocumented


@pytest.mark.parametrize(
    ("code", "redirected"),
    [
        *((299, False), (300, True), (301, True), (303, True), (304, False)),
        *((305, True), (308, True), (399, True), (400, False), (200, False)),
    ],
)
def test_redirects_are_3xx_but_for_304(code: int, *, redirected: bool) -> None:
    """304 is HTTP's own answer to a condition."""
    words, _ = judged(status.check_no_call_is_redirected, answered(code))

    assert words.startswith("redirected" if redirected else "")
    assert bool(words) is redirected


@pytest.mark.parametrize(
    ("code", "known"),
    [
        *((200, True), (201, True), (204, True), (202, False), (206, False)),
        *((400, True), (404, True), (409, True), (429, True), (418, False)),
        *((422, False), (301, True), (500, True), (503, True)),
    ],
)
def test_codes_are_documented_or_of_http(code: int, *, known: bool) -> None:
    """3xx and 5xx have clauses of their own."""
    words, _ = judged(
        status.check_codes_are_documented, answered(code), profile("reference")
    )

    assert words.startswith("" if known else str(code))
    assert bool(words) is not known


def test_codes_that_a_vendor_documents_are_documented() -> None:
    """A profile may name more of them."""
    known = profile("reference")
    more = replace(known, raw={**known.raw, "status": {"documented": [423]}})

    for code, words in ((423, ""), (418, "418: ")):
        told, _ = judged(status.check_codes_are_documented, answered(code), more)
        assert told.startswith(words)
        assert bool(told) is bool(words)


def test_the_reference_keeps_the_table(
    rows_of: RowsOf,
) -> None:
    """Its successes, its empty answers and its new IDs are as they should be."""
    names = [
        *("what_is_read_is_200", "saving_has_a_code_of_the_table"),
        *("an_empty_list_is_200", "nothing_follows_the_204_of_delete"),
        *("successes_have_the_code_of_their_verb", "201_carries_the_new_id"),
        *("204_is_empty", "no_call_is_redirected"),
    ]
    found = rows_of(f"status.{names[0]}", more=[f"status.{name}" for name in names[1:]])

    seen = {row for row, result in found.items() if result.seen}
    assert {name.partition("[")[0].partition("~")[0] for name in seen} >= {
        f"status.{name}" for name in names
    }
    assert {found[row].verdict for row in seen} == {Verdict.PASS}
