"""Checks of the IDs that a server makes."""

import itertools
from collections import Counter
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any, cast

import pytest
from naming import Asked, answered, given, refusing, ruled
from outcomes import RowsOf, said
from units import judging

from conformance import Place
from conformance.checks import ids
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import load_profile
from conformance.reference.exchange import Answer as Told
from conformance.reference.exchange import Call
from conformance.reference.store import Record
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]


# ---------------------------------------------------------------- generated, made

MADE = "ids.an_id_is_made_when_none_is_given"


def making(value: Any, *, null: bool) -> dict[str, Callable[..., Any]]:
    """Tell another ID than was made, where none or null was sent."""

    async def around(inner: Any, call: Call) -> Told:
        answer: Told = await inner(call)
        if given(call) is (None if null else ...):
            answer.value["ID"] = value
        return answer

    return {"do_create": around}


@pytest.mark.parametrize("null", [False, True])
@pytest.mark.parametrize("value", [True, "", None])
def test_what_is_no_id_is_not_made_as_one(
    rows_of: RowsOf, value: Any, *, null: bool
) -> None:
    """Neither a truth, nor nothing, nor null is an ID, however it was asked for."""
    found = rows_of(MADE, making(value, null=null), only="buyers")

    verdict, words = said(found[f"{MADE}[buyers]"])
    assert verdict == "fail"
    assert f"the ID is {value!r}" in words


def test_an_id_is_made_and_served(rows_of: RowsOf) -> None:
    """The reference does so."""
    found = rows_of(MADE, only="buyers")

    assert [r.verdict for r in found.values()] == [Verdict.PASS, Verdict.PASS]
    assert all(not result.edges for result in found.values())


def test_a_generated_number_is_taken_with_a_warning(rows_of: RowsOf) -> None:
    """An ID SHOULD be text."""
    turn = itertools.count(77001)

    def show(_inner: Any, _call: Call, record: Record) -> Any:
        return int(record.key) if record.key.isdigit() else record.key

    seams = {"make_id": lambda _inner, _call: str(next(turn)), "render_id": show}
    must, soft = rows_of(MADE, seams, only="buyers").values()

    assert said(must) == ("pass", "")
    assert said(soft)[0] == "warn"
    assert "is no text" in said(soft)[1]


def test_integers_are_made_where_they_are_claimed() -> None:
    """They warn of nothing there, and without GET nothing is read."""
    asked: Any = Asked()
    place = Place(ruled("CREATE", type="integer"))
    with judging(MADE) as unit:
        ids._insist_on_made(asked, place, {}, answered(201, {"ID": 5}))  # noqa: SLF001

    assert unit.edges == []
    assert asked.log == []


def test_a_post_without_id_is_not_to_be_refused(rows_of: RowsOf) -> None:
    """It is this clause's where an ID helps, and another's where nothing does."""
    must, _ = rows_of(
        MADE, refusing(400, lambda call: given(call) is ...), only="buyers"
    ).values()
    every, _ = rows_of(MADE, refusing(400, lambda _: True), only="buyers").values()

    assert said(must)[0] == "fail"
    assert "a POST without ID was refused" in must.message
    assert said(every) == (
        "inconclusive",
        "verbs_create.create_stores_what_was_sent[buyers]",
    )


def test_null_as_id_may_be_refused_with_a_warning(rows_of: RowsOf) -> None:
    """To take null as no ID is a SHOULD."""
    must, soft = rows_of(
        MADE,
        refusing(400, lambda call: given(call) is None),
        only="buyers",
    ).values()

    assert said(must) == ("pass", "")
    assert said(soft)[0] == "warn"
    assert "null as ID was refused" in soft.message


def test_another_item_under_the_id_returned_is_seen(rows_of: RowsOf) -> None:
    """The item served under the ID that POST told is the one that was sent."""

    async def get(inner: Any, call: Call) -> Told:
        answer: Told = await inner(call)
        answer.value["Active"] = not answer.value["Active"]
        return answer

    must, _ = rows_of(MADE, {"do_get": get}, only="buyers").values()

    assert said(must)[0] == "fail"
    assert "another item under the ID returned: Active" in must.message


# -------------------------------------------------------------- generated, unique

UNIQUE = "ids.generated_ids_are_unique"


def crowded(*created: Exchange) -> tuple[Any, list[Exchange]]:
    """Give a target whose crowd was answered so, and what is cited of it."""
    cited: list[Exchange] = []
    target = SimpleNamespace(
        crowd=lambda _resource: SimpleNamespace(created=created), cite=cited.extend
    )
    return target, cited


def made(*names: str) -> list[Exchange]:
    """Give the answers that made items of these IDs."""
    return [answered(201, {"ID": name}) for name in names]


def test_ids_that_differ_are_unique() -> None:
    """Nothing is said, and one answer is evidence enough."""
    target, cited = crowded(*made("a", "b", "c"))
    with judging(UNIQUE) as unit:
        ids.check_generated_ids_are_unique(target, BUYERS)

    assert len(cited) == 1
    assert unit.noted == []


def test_an_id_made_twice_is_told_with_both_answers() -> None:
    """One pair is enough; those two answers are the evidence, beside the first."""
    created = made("a", "b", "c", "b")
    target, cited = crowded(*created)
    with judging(UNIQUE), pytest.raises(Breach, match=r"1 of 4 IDs twice: .'b'"):
        ids.check_generated_ids_are_unique(target, BUYERS)

    assert [created.index(one) for one in cited] == [0, 1, 1]


@pytest.mark.parametrize(
    "answer", [answered(409), answered(400, text='{"Errors": [{"Data": {"ID": "a"}}]}')]
)
def test_a_clash_of_ids_that_nobody_chose_is_a_breach(answer: Exchange) -> None:
    """A refusal that is of the ID shows that the server made one in use."""
    target, cited = crowded(*made("a"), answer)
    with judging(UNIQUE), pytest.raises(Breach, match="1 of 2 creations were refused"):
        ids.check_generated_ids_are_unique(target, BUYERS)

    assert cited[-1] is answer


def test_there_may_be_as_many_items_as_the_owner_allows() -> None:
    """A refusal of the crowd for its size is mentioned, and accuses nobody."""
    target, _ = crowded(*made("a"), answered(400, text='{"Message": "full"}'))
    with judging(UNIQUE) as unit:
        ids.check_generated_ids_are_unique(target, BUYERS)

    assert "1 of 2 creations" in unit.noted[0]


@pytest.mark.parametrize("status", [401, 403])
def test_a_token_refused_in_the_crowd_is_another_rows(status: int) -> None:
    """What a token may do is no matter of IDs."""
    target, _ = crowded(*made("a"), answered(status, text='{"ID": 1}'))
    with judging(UNIQUE), pytest.raises(Waits):
        ids.check_generated_ids_are_unique(target, BUYERS)


def test_an_empty_id_has_no_successor() -> None:
    """The suite's own error it was, and undecided for ever."""
    target = cast(
        "Any",
        SimpleNamespace(
            body=lambda _resource, **_changes: {},
            post=lambda _place, _body: answered(201, {"ID": ""}),
        ),
    )
    with judging(UNIQUE), pytest.raises(Waits, match="the ID told is empty"):
        ids._generated(target, Place(BUYERS), set())  # noqa: SLF001


def test_an_empty_id_is_another_rows() -> None:
    """Whether an ID is told at all has a row of its own."""
    target, _ = crowded(*made("a", "", ""))
    with judging(UNIQUE), pytest.raises(Waits) as found:
        ids.check_generated_ids_are_unique(target, BUYERS)

    assert found.value.row == "ids.an_id_is_made_when_none_is_given[buyers]"


def test_where_none_is_made_the_row_waits() -> None:
    """That an ID is made at all has a row of its own."""
    target, _ = crowded(answered(400), answered(409))
    with judging(UNIQUE), pytest.raises(Waits) as found:
        ids.check_generated_ids_are_unique(target, BUYERS)

    assert found.value.row == "ids.an_id_is_made_when_none_is_given[buyers]"


def refused(told: Any) -> Exchange:
    """Give a 400 with this as its one error's data."""
    return answered(400, {"Errors": [{"ErrorCode": "No", "Data": told}]})


@pytest.mark.parametrize(
    ("answer", "clashed"),
    [
        (answered(409), True),
        (refused({"ID": "b7"}), True),
        (refused([{"item": {"ID": 42}}]), True),
        (refused("ID 'b7-2c61' is taken"), True),
        (answered(500, text="Duplicate entry 'b7-2c61' for key 'ID'"), True),
        (refused({"ID": "b70"}), False),
        (refused({"ID": None, "Message": "No more buyers"}), False),
        (refused({"Limit": "42"}), False),
        (answered(400, text="no more than '42' buyers"), False),
        (answered(410), False),
        (answered(400), False),
    ],
)
def test_a_clash_is_told_by_its_code_or_by_an_id_in_use(
    answer: Exchange, *, clashed: bool
) -> None:
    """409, or an error body that says what another creation was given."""
    known = ["a", "b7", "42", "b7-2c61"]
    assert ids._clashed(answer, "ID", known) is clashed  # noqa: SLF001


# ------------------------------------------------------------- generated, in use

AVOID = "ids.generated_ids_avoid_chosen_ones"


def overwriting(make: Callable[[Call], str]) -> dict[str, Any]:
    """Make IDs so, whoever has them already."""

    def make_id(_inner: Any, call: Call) -> str:
        call.notes["free"] = True
        return make(call)

    def require_free(inner: Any, call: Call, *arguments: Any) -> None:
        if not call.notes.get("free"):
            inner(call, *arguments)

    return {"make_id": make_id, "require_free": require_free}


def test_generated_ids_are_tried_against_their_successors(rows_of: RowsOf) -> None:
    """A random ID never runs into one: four are made in each round, past the crowd."""
    made_ids = Counter[str]()

    def make_id(inner: Any, call: Call) -> str:
        made_ids[call.claimed.name] += 1
        key: str = inner(call)
        return key

    [result] = rows_of(AVOID, {"make_id": make_id}, only="addresses").values()

    assert said(result) == ("pass", "")
    assert made_ids["addresses"] == 101 + 3 * 4


def test_a_counter_that_makes_a_chosen_id_is_seen(rows_of: RowsOf) -> None:
    """It serves two items under one ID."""
    turn = itertools.count(10001)
    [result] = rows_of(
        AVOID, overwriting(lambda _: f"n{next(turn)}"), only="addresses"
    ).values()

    assert said(result)[0] == "fail"
    assert "which is in use" in result.message


def test_a_counter_that_is_refused_its_own_id_is_seen(rows_of: RowsOf) -> None:
    """To refuse a creation for an ID that the server made itself is no way out."""
    turn = itertools.count(10001)
    [result] = rows_of(
        AVOID, {"make_id": lambda _inner, _call: f"n{next(turn)}"}, only="addresses"
    ).values()

    assert said(result)[0] == "fail"
    assert "being taken, was refused" in result.message


def test_whoever_counts_the_items_there_are_is_seen(rows_of: RowsOf) -> None:
    """After a DELETE the count is one that an item has."""

    def make(call: Call) -> str:
        there = call.parent.children.get("addresses", {}) if call.parent else {}
        return f"c{len(there) + 1}"

    [result] = rows_of(AVOID, overwriting(make), only="addresses").values()

    assert said(result)[0] == "fail"
    assert "which is in use" in result.message


def test_ids_that_no_client_can_choose_have_no_successors(rows_of: RowsOf) -> None:
    """What is outside the claimed alphabet can't be taken, and nobody is accused."""
    turn = itertools.count(1)
    [result] = rows_of(
        AVOID, {"make_id": lambda _inner, _call: f"~{next(turn)}~"}, only="addresses"
    ).values()

    assert said(result) == ("pass", "")


def test_where_no_successor_is_taken_nothing_is_judged(rows_of: RowsOf) -> None:
    """A server that keeps its own series to itself shows nothing here."""
    turn = itertools.count(10001)

    def id_ok(inner: Any, call: Call, key: str) -> bool:
        return bool(inner(call, key)) and not key.startswith("n1")

    seams = {"make_id": lambda _inner, _call: f"n{next(turn)}", "id_ok": id_ok}
    [result] = rows_of(AVOID, seams, only="addresses").values()

    assert result.verdict is Verdict.INCONCLUSIVE
    assert "no successor of" in (result.cause or "")


def test_a_first_post_without_id_that_is_refused_is_another_rows() -> None:
    """Beside none that is known it is no clash."""
    asked: Any = Asked(lambda *_: answered(400))
    place = Place(BUYERS, fresh=True)
    with judging(AVOID), pytest.raises(Waits) as found:
        ids._generated(asked, place, set())  # noqa: SLF001
    with judging(AVOID), pytest.raises(Breach, match="being taken, was refused"):
        ids._generated(asked, place, {"a"})  # noqa: SLF001

    assert found.value.row == "ids.an_id_is_made_when_none_is_given[buyers]"
