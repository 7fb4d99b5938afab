"""Checks of the IDs that clients choose and that are kept."""

from collections.abc import Callable
from typing import Any

import pytest
from naming import Asked, answered, given, refusing, ruled
from outcomes import RowsOf, said
from units import judging

from conformance.checks import ids
from conformance.errors import Breach
from conformance.reference.exchange import Answer as Told
from conformance.reference.exchange import Call, refuse
from conformance.reference.store import Record
from conformance.verdict import Verdict

# ------------------------------------------------------------------------- chosen

KEPT = "ids.post_keeps_the_id_given"


def lengths(status: int, length: int) -> dict[str, Any]:
    """Refuse IDs of a length that POST is given."""
    return refusing(
        status,
        lambda call: isinstance(given(call), str) and len(given(call)) == length,
    )


@pytest.mark.parametrize(
    ("status", "length", "must", "soft"),
    [
        (409, 1, "", ""),
        (400, 1, "", "an ID of length 1 was refused"),
        (409, 100, "within what is claimed, was refused", ""),
        (400, 100, "within what is claimed, was refused", ""),
    ],
)
def test_an_id_within_the_claim_is_not_to_be_refused(
    rows_of: RowsOf, status: int, length: int, must: str, soft: str
) -> None:
    """One of a single character may be, or may have been used before."""
    hard, edge = rows_of(KEPT, lengths(status, length), only="buyers").values()

    assert hard.verdict is (Verdict.FAIL if must else Verdict.PASS)
    assert must in hard.message
    assert (edge.verdict is Verdict.WARN) == bool(soft)
    assert soft in edge.message


def test_the_shortest_id_must_be_taken_where_it_is_longer() -> None:
    """An ID of two characters, claimed as the shortest, has no such freedom."""
    asked: Any = Asked(lambda verb, _: answered(404 if verb == "GET" else 400))
    with judging(KEPT), pytest.raises(Breach, match="claimed, was refused"):
        ids.check_post_keeps_the_id_given(asked, ruled(min_length=2), "shortest")


def test_where_nothing_can_be_created_the_chosen_id_waits(rows_of: RowsOf) -> None:
    """A refusal of everything says nothing of the ID."""
    hard, _ = rows_of(
        KEPT, refusing(400, lambda c: len(str(given(c))) > 1), only="buyers"
    ).values()

    assert said(hard) == (
        "inconclusive",
        "verbs_create.create_stores_what_was_sent[buyers]",
    )


def test_an_id_kept_otherwise_is_seen_in_the_answer_and_in_get(rows_of: RowsOf) -> None:
    """What POST tells and what GET shows are both held against the ID sent."""

    def chosen(inner: Any, call: Call, body: dict[str, Any]) -> Any:
        key = inner(call, body)
        return key and key[:64]

    async def get(inner: Any, call: Call) -> Told:
        answer: Told = await inner(call)
        answer.value["ID"] = answer.value["ID"].upper()
        return answer

    cut, _ = rows_of(KEPT, {"chosen_id": chosen}, only="buyers").values()
    shown, _ = rows_of(KEPT, {"do_get": get}, only="buyers").values()

    assert (cut.verdict, shown.verdict) == (Verdict.FAIL, Verdict.FAIL)
    assert " became " in cut.message
    assert "GET of " in shown.message


LONG = "ids.long_ids_that_end_otherwise_are_two"


def test_long_ids_are_told_apart_by_their_last_character(rows_of: RowsOf) -> None:
    """A server that compares one character less serves one item for two."""

    def lookup(inner: Any, call: Call, key: str) -> Any:
        found = inner(call, key[:-1] + "a") if len(key) == 100 else None
        return found or inner(call, key)

    def taken(inner: Any, call: Call, key: str, *but: Any) -> bool:
        other = key[:-1] + ("a" if key[-1] != "a" else "b")
        return bool(inner(call, key, *but) or (len(key) == 100 and inner(call, other)))

    [clean] = rows_of(LONG, only="buyers").values()
    [one] = rows_of(LONG, {"lookup": lookup}, only="buyers").values()
    [full] = rows_of(LONG, {"taken": taken}, only="buyers").values()

    assert said(clean) == ("pass", "")
    assert one.verdict is Verdict.FAIL
    assert "shows {" in one.message
    assert full.verdict is Verdict.FAIL
    assert "of the greatest length, was refused" in full.message


# ---------------------------------------------------------------- chosen with PUT

PUT = "ids.put_keeps_the_id_of_its_path"


def saving(key: Callable[[str], str], *, lacking: bool) -> dict[str, Any]:
    """Store what PUT creates under another ID, with or without one in the body."""

    def create(inner: Any, call: Call, own: str, values: dict[str, Any]) -> Record:
        if call.verb == "SAVE" and (given(call) is ...) is lacking:
            own = key(own)
        record: Record = inner(call, own, values)
        return record

    return {"create": create}


@pytest.mark.parametrize("lacking", [False, True])
def test_put_with_and_without_an_id_is_kept_to_its_path(
    rows_of: RowsOf, *, lacking: bool
) -> None:
    """What is told is judged, whether the body repeats the ID or lacks it."""
    [result] = rows_of(PUT, saving(str.upper, lacking=lacking), only="buyers").values()

    assert result.verdict is Verdict.FAIL
    assert " became " in result.message


def test_put_may_want_the_id_in_its_body(rows_of: RowsOf) -> None:
    """A refusal of what lacks it is a freedom; of what has it, another row's."""

    async def save_new(inner: Any, call: Call, key: str) -> Told:
        if given(call) is ...:
            raise refuse(400, "No", "The ID is missing.")
        answer: Told = await inner(call, key)
        return answer

    async def never(_inner: Any, _call: Call, _key: str) -> Told:
        raise refuse(400, "No", "Nothing is taken.")

    [free] = rows_of(PUT, {"save_new": save_new}, only="buyers").values()
    [none] = rows_of(PUT, {"save_new": never}, only="buyers").values()

    assert said(free) == ("pass", "")
    assert none.verdict is Verdict.INCONCLUSIVE
    assert (none.waits_for or "").startswith("verbs_save")


def test_get_shows_the_id_that_put_was_given(rows_of: RowsOf) -> None:
    """An ID shown otherwise than it stands in the path is a breach."""

    async def get(inner: Any, call: Call) -> Told:
        answer: Told = await inner(call)
        answer.value["ID"] += "x"
        return answer

    [result] = rows_of(PUT, {"do_get": get}, only="buyers").values()

    assert result.verdict is Verdict.FAIL
    assert "GET of " in result.message


TWO = "ids.put_with_another_id_in_its_body_makes_one_item"


def two(
    how: Callable[[Any, Call, str, str], Any],
) -> dict[str, Callable[..., Any]]:
    """Do something else where PUT's body has another ID than its path."""

    async def save_new(inner: Any, call: Call, key: str) -> Told:
        other = given(call)
        if other in (key, ...):
            plain: Told = await inner(call, key)
            return plain
        answer: Told = await how(inner, call, key, other)
        return answer

    return {"save_new": save_new}


async def _refused(_inner: Any, _call: Call, _key: str, _other: str) -> Told:
    raise refuse(400, "No", "Two IDs.")


async def _refused_late(inner: Any, call: Call, key: str, _other: str) -> Told:
    await inner(call, key)
    raise refuse(400, "No", "Two IDs.")


async def _under_the_body(inner: Any, call: Call, _key: str, other: str) -> Told:
    answer: Told = await inner(call, other)
    return answer


async def _under_both(inner: Any, call: Call, key: str, other: str) -> Told:
    await inner(call, other)
    answer: Told = await inner(call, key)
    return answer


async def _under_a_third(inner: Any, call: Call, key: str, _other: str) -> Told:
    answer: Told = await inner(call, f"{key}x")
    return answer


async def _told_otherwise(inner: Any, call: Call, key: str, other: str) -> Told:
    answer: Told = await inner(call, key)
    answer.value["ID"] = other
    return answer


async def _under_none(_inner: Any, _call: Call, key: str, _other: str) -> Told:
    return Told(201, {"ID": key, "Name": "nothing"})


@pytest.mark.parametrize(
    ("how", "words"),
    [
        (_refused, None),
        (_under_the_body, None),
        (_refused_late, "refused, and yet served under"),
        (_under_both, "served under ["),
        (_under_a_third, "served under neither ID: PUT"),
        (_told_otherwise, "told "),
        (_under_none, "served under neither ID: GET"),
    ],
)
def test_put_with_two_ids_makes_one_item_or_none(
    rows_of: RowsOf, how: Any, words: str | None
) -> None:
    """Either ID may win, or the request is refused; nothing else is allowed."""
    [result] = rows_of(TWO, two(how), only="buyers").values()

    assert result.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert (words or "") in result.message


def test_the_reference_makes_one_item_of_two_ids(rows_of: RowsOf) -> None:
    """The path's wins there."""
    [result] = rows_of(TWO, only="buyers").values()

    assert said(result) == ("pass", "")
