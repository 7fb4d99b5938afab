"""Checks of generated, chosen and refused IDs."""

import contextlib
import functools
import itertools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from conformance import LEFT_OUT, Place, Resource
from conformance.checks import ids
from conformance.errors import Breach, NotJudged, Waits
from conformance.exchange import Answer, Exchange, Key, Sent
from conformance.plan import Plan, shipped_checks
from conformance.profile import IdRule, load_profile
from conformance.reference.exchange import Answer as Told
from conformance.reference.exchange import Call, refuse
from conformance.reference.store import Record
from conformance.session import Unit, current_unit
from conformance.verdict import Result, Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
DIGITS = "0123456789"
Rows = Callable[..., dict[str, Result]]


def ruled(verbs: str = "", **rule: Any) -> Resource:
    """Give buyers with another rule of IDs, and perhaps with other verbs."""
    offered = tuple(verbs.split()) or BUYERS.verbs
    return replace(BUYERS, id=replace(BUYERS.id, **rule), verbs=offered)


def answered(
    status: int, value: Any = None, *, text: str = "", valid: bool = False
) -> Exchange:
    """Give the answer to a POST of a buyer."""
    body = text or ("" if value is None else json.dumps(value))
    return Exchange(
        id="x1",
        key=Key("row", 0, 0, 0, 0),
        operation="buyers-CREATE",
        identity=None,
        sent=Sent("POST", "https://target.invalid/v1/buyers"),
        answer=Answer(status, (("content-type", "application/json"),), body.encode()),
        trouble=None,
        started_s=0.0,
        elapsed_s=0.0,
        valid_token=valid,
    )


@functools.cache
def planned() -> Plan:
    """Give the reference's plan."""
    return Plan(REFERENCE, shipped_checks())


@contextlib.contextmanager
def judging(check: str) -> Iterator[Unit]:
    """Stand in for the unit of a check's first row."""
    plan = planned()
    row = next(row for row in plan.rows if row.check.id == check)
    session: Any = SimpleNamespace(profile=REFERENCE, plan=plan, tripped=set())
    unit = Unit(session, row.id, row)
    token = current_unit.set(unit)
    try:
        yield unit
    finally:
        current_unit.reset(token)


class Asked:
    """Stands in for a target: answers by a function, and keeps what it was asked."""

    def __init__(self, answer: Callable[..., Any] = lambda *_: answered(404)) -> None:
        self.answer = answer
        self.log: list[tuple[str, str, bool]] = []

    def _say(self, verb: str, id_: Any, *, deliberate: bool = False) -> Any:
        self.log.append((verb, str(id_), deliberate))
        return self.answer(verb, id_)

    def place(self, resource: Resource) -> Place:
        """Give the one place there is."""
        return Place(resource)

    def new_id(self, _resource: Resource) -> str:
        """Give the run's ID."""
        return "ct0example1abc"

    def missing(self, place: Place) -> Any:
        """Name the run's ID."""
        return place.item("ct0missing")

    def body(self, _resource: Resource, **changes: Any) -> dict[str, Any]:
        """Give a body."""
        whole = {"Name": "A name", **changes}
        return {name: value for name, value in whole.items() if value is not LEFT_OUT}

    def save_body(self, item: Any, **changes: Any) -> dict[str, Any]:
        """Give a body for an item."""
        return self.body(item.resource, **{"ID": item.id, **changes})

    def create(self, place: Place) -> None:
        """Make an item."""
        self._say("create", place.path)

    def get(self, item: Any) -> Any:
        """Read."""
        return self._say("GET", item.id)

    def delete(self, item: Any) -> Any:
        """Remove."""
        return self._say("DELETE", item.id)

    def post(self, _place: Place, body: Mapping[str, Any], **how: Any) -> Any:
        """Create."""
        return self._say("POST", body.get("ID"), **how)

    def put(self, item: Any, _body: Any, **how: Any) -> Any:
        """Save."""
        return self._say("PUT", item.id, **how)


def given(call: Call) -> Any:
    """Give the ID in a request's body; ``...`` where none stands."""
    try:
        return json.loads(call.body).get("ID", ...)
    except ValueError:
        return ...


def said(result: Result) -> tuple[str, str]:
    """Give the verdict, and the clause waited for or what was said."""
    return result.verdict.value, result.waits_for or result.message or ""


# ------------------------------------------------------------------ who is judged


@pytest.mark.parametrize(
    ("resource", "chooses", "by_put", "saved"),
    [
        (ruled(), True, True, True),
        (ruled(writable=False), False, False, False),
        (ruled(type="integer"), False, False, False),
        (ruled(type="integer", writable=False), False, False, False),
        (ruled("CREATE SAVE"), True, False, False),
        (ruled("CREATE GET"), True, True, False),
        (ruled("CREATE GET SAVE", writable=False), False, False, False),
    ],
)
def test_whose_clients_choose_ids_is_asked_to_keep_them(
    resource: Resource, *, chooses: bool, by_put: bool, saved: bool
) -> None:
    """IDs are chosen where they are writable text; PUT's are judged by reading."""
    assert ids._chooses(resource) is chooses  # noqa: SLF001
    assert ids._chosen_by_put(resource) is by_put  # noqa: SLF001
    assert ids._saved(resource) is saved  # noqa: SLF001


@pytest.mark.parametrize(
    ("resource", "ends", "grows"),
    [
        (ruled(alphabet="aAbB"), "ab", True),
        (ruled(alphabet="XY1"), "", False),
        (ruled(alphabet="aA"), "", False),
        (ruled(alphabet="019"), "01", True),
        (ruled(alphabet="ab", writable=False), "ab", False),
        (ruled("CREATE", alphabet="ab"), "ab", False),
        (ruled(alphabet="01", type="integer"), "01", False),
    ],
)
def test_long_ids_end_in_letters_that_no_case_makes_one(
    resource: Resource, ends: str, *, grows: bool
) -> None:
    """Two ends are asked for that differ in more than their case, or none."""
    assert ids._ends(resource) == ends  # noqa: SLF001
    assert ids._grows(resource) is grows  # noqa: SLF001


# ----------------------------------------------------------------- IDs to be sent


@pytest.mark.parametrize(
    ("alphabet", "longest", "pieces"),
    [
        ("abcdef", 23, ["abc", "def"]),
        ("abcdef", 24, ["abcd", "ef"]),
        ("abcdef", 26, []),
        ("abc", 20, ["a", "b", "c"]),
        ("abc", 5, ["a", "b", "c"]),
        ("a", 21, []),
    ],
)
def test_the_alphabet_is_tried_in_pieces_that_fit(
    alphabet: str, longest: int, pieces: list[str]
) -> None:
    """Behind the run's own ID there is room for so much; the longest needs none."""
    resource = ruled(alphabet=alphabet, max_length=longest)

    tails = ids._tails(REFERENCE, resource)  # noqa: SLF001

    assert tails == [*pieces, "longest", "shortest", "digits"]


def test_the_ids_asked_for_have_the_length_they_are_named_by() -> None:
    """The longest fills the claim, a piece stands behind the run's own ID."""
    place = Place(ruled(alphabet="abc", max_length=18))
    asked: Any = Asked()

    assert ids._own_id(asked, place, "longest") == "ct0example1abcabca"  # noqa: SLF001
    assert ids._own_id(asked, place, "xy") == "ct0example1abcxy"  # noqa: SLF001
    assert ids._own_id(asked, place, "xyzxyz") == "ct0example1abcxyzx"  # noqa: SLF001
    assert asked.log == []


def test_an_id_too_short_for_the_prefix_is_looked_for_first() -> None:
    """Of the shortest IDs one is chosen that GET says is free, else none is judged."""
    place, free = Place(ruled(min_length=2)), Place(ruled("CREATE", min_length=2))
    asked: Any = Asked(lambda _verb, id_: answered(200 if id_ == "cc" else 404))
    busy: Any = Asked(lambda *_: answered(200, {"ID": "a"}))
    refusing: Any = Asked(lambda *_: answered(405))

    assert ids._own_id(asked, place, "shortest") == "bb"  # noqa: SLF001
    assert asked.log == [("GET", "cc", False), ("GET", "bb", False)]
    for target in (busy, refusing):
        with pytest.raises(NotJudged, match="no ID of the shortest length"):
            ids._own_id(target, place, "shortest")  # noqa: SLF001
        assert [id_ for _, id_, _ in target.log] == ["cc", "bb", "aa"]
    with pytest.raises(NotJudged):
        ids._own_id(asked, free, "shortest")  # noqa: SLF001


def test_an_id_of_digits_alone_begins_with_zeros_that_count() -> None:
    """It is as long as is claimed, fits the alphabet, and is known to be free."""
    asked: Any = Asked()

    made = ids._own_id(asked, Place(ruled()), "digits")  # noqa: SLF001
    short = ids._own_id(asked, Place(ruled(max_length=5)), "digits")  # noqa: SLF001
    exact = ids._own_id(asked, Place(ruled(alphabet=DIGITS, min_length=12)), "digits")  # noqa: SLF001

    assert len(made) == 12
    assert made.startswith("00")
    assert made.isdigit()
    assert short == made[:5]
    assert exact == made


@pytest.mark.parametrize(
    ("resource", "status"),
    [
        (ruled(alphabet="0123abc"), 404),
        (ruled(min_length=13), 404),
        (ruled("CREATE"), 404),
        (ruled(), 200),
        (ruled(), 405),
    ],
)
def test_an_id_of_digits_that_nobody_claims_free_is_not_chosen(
    resource: Resource, status: int
) -> None:
    """Without room, without digits or without a 404 nothing is sent of it."""
    asked: Any = Asked(lambda *_: answered(status))

    with pytest.raises(NotJudged, match=r"digits|free"):
        ids._own_id(asked, Place(resource), "digits")  # noqa: SLF001


@pytest.mark.parametrize(
    ("id_", "first", "last"),
    [
        ("n7", "n8", "n27"),
        ("n007", "n008", "n027"),
        ("n99", "n100", "n119"),
        ("41", "42", "61"),
    ],
)
def test_a_counters_successors_are_its_next_numbers(
    id_: str, first: str, last: str
) -> None:
    """The digits at the end count on, in their width, and twenty of them are tried."""
    found = ids._successors(BUYERS, id_)  # noqa: SLF001

    assert len(found) == 20
    assert (found[0], found[-1]) == (first, last)


def test_an_id_without_a_number_is_counted_in_its_last_letter() -> None:
    """The alphabet is gone through in its order and begins anew at its end."""
    letters = ruled(alphabet="bac")

    assert ids._successors(letters, "xa")[:4] == ["xb", "xc", "xa", "xb"]  # noqa: SLF001
    assert ids._successors(letters, "xc")[:2] == ["xa", "xb"]  # noqa: SLF001
    assert ids._successors(letters, "x~")[:2] == ["xb", "xc"]  # noqa: SLF001


@pytest.mark.parametrize(
    ("id_", "choosable"),
    [("ab", True), ("abc", True), ("abca", False), ("ax", False), ("", True)],
)
def test_what_a_client_may_choose_is_within_the_claim(
    id_: str, *, choosable: bool
) -> None:
    """Neither longer than claimed nor outside the alphabet."""
    rule = ruled(alphabet="abc", max_length=3)

    assert ids._choosable(rule, id_) is choosable  # noqa: SLF001


def test_ids_are_chosen_two_at_a_time_and_only_free_ones() -> None:
    """In a collection of ours none is looked for; in another each must be a 404."""
    asked: Any = Asked(
        lambda verb, id_: answered(
            {"GET": 405 if id_ == "b" else 200 if id_ == "c" else 404}.get(verb)
            or (400 if id_ == "a" else 201)
        )
    )
    ours, theirs = Place(BUYERS, fresh=True), Place(BUYERS)

    assert ids._take(asked, ours, ["a", "b", "c", "d"]) == {"b", "c"}  # noqa: SLF001
    assert not any(verb == "GET" for verb, *_ in asked.log)
    assert ids._take(asked, theirs, ["a", "b", "c", "d", "e", "f"]) == {"d", "e"}  # noqa: SLF001
    assert ("GET", "f", False) not in asked.log


def test_an_integer_id_is_sent_as_a_number() -> None:
    """What the profile calls an integer is none in quotes."""
    asked: Any = Asked()

    assert ids._labelled(asked, ruled(type="integer"), "12")["ID"] == 12  # noqa: SLF001
    assert ids._labelled(asked, BUYERS, "12")["ID"] == "12"  # noqa: SLF001


def test_ids_outside_the_claim_are_just_outside() -> None:
    """One strange sign each, none that is claimed; and one character too many."""
    own = "ct0example"

    found = ids._bad_ids(ruled(max_length=12), own)  # noqa: SLF001
    roomy = ids._bad_ids(ruled(alphabet=BUYERS.id.alphabet + " ./é"), own)  # noqa: SLF001
    tiny = ids._bad_ids(ruled(max_length=3), own)  # noqa: SLF001

    assert found[:2] == ["ct0examp x", "ct0examp/x"]
    assert found[2:5] == ["ct0examp.x", "../ct0examp", "ct0exampé"]
    assert [len(id_) for id_ in found[5:]] == [13]
    assert [len(id_) for id_ in roomy] == [101]
    assert tiny[0] == "c x"


def test_without_delete_nothing_is_removed_to_count_anew() -> None:
    """The IDs in use stay as they are where the resource has no DELETE."""
    asked: Any = Asked()
    place = Place(ruled("CREATE GET"))

    assert ids._with_one_fewer(asked, place, "a", {"a", "b"}) == {"a", "b"}  # noqa: SLF001
    assert asked.log == []


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
    rows_of: Rows, value: Any, *, null: bool
) -> None:
    """Neither a truth, nor nothing, nor null is an ID, however it was asked for."""
    found = rows_of(MADE, making(value, null=null), only="buyers")

    verdict, words = said(found[f"{MADE}[buyers]"])
    assert verdict == "fail"
    assert f"the ID is {value!r}" in words


def test_an_id_is_made_and_served(rows_of: Rows) -> None:
    """The reference does so."""
    found = rows_of(MADE, only="buyers")

    assert [r.verdict for r in found.values()] == [Verdict.PASS, Verdict.PASS]
    assert all(not result.edges for result in found.values())


def test_a_generated_number_is_taken_with_a_warning(rows_of: Rows) -> None:
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


def refusing(status: int, when: Callable[[Call], bool]) -> dict[str, Any]:
    """Refuse some creations."""

    async def around(inner: Any, call: Call) -> Told:
        if when(call):
            raise refuse(status, "No", "Not that one.")
        answer: Told = await inner(call)
        return answer

    return {"do_create": around}


def test_a_post_without_id_is_not_to_be_refused(rows_of: Rows) -> None:
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


def test_null_as_id_may_be_refused_with_a_warning(rows_of: Rows) -> None:
    """To take null as no ID is a SHOULD."""
    must, soft = rows_of(
        MADE,
        refusing(400, lambda call: given(call) is None),
        only="buyers",
    ).values()

    assert said(must) == ("pass", "")
    assert said(soft)[0] == "warn"
    assert "null as ID was refused" in soft.message


def test_another_item_under_the_id_returned_is_seen(rows_of: Rows) -> None:
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
    "answer", [answered(409), answered(400, text='{"Errors": [{"Data": {"ID": 1}}]}')]
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


def test_where_none_is_made_the_row_waits() -> None:
    """That an ID is made at all has a row of its own."""
    target, _ = crowded(answered(400), answered(409))
    with judging(UNIQUE), pytest.raises(Waits) as found:
        ids.check_generated_ids_are_unique(target, BUYERS)

    assert found.value.row == "ids.an_id_is_made_when_none_is_given[buyers]"


@pytest.mark.parametrize(
    ("answer", "clashed"),
    [
        (answered(409), True),
        (answered(400, text='"ID"'), True),
        (answered(400, text="an ID"), False),
        (answered(410), False),
        (answered(400), False),
    ],
)
def test_a_clash_is_told_by_its_code_or_by_the_ids_name(
    answer: Exchange, *, clashed: bool
) -> None:
    """409, or an error body that names the member."""
    assert ids._clashed(answer, "ID") is clashed  # noqa: SLF001


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


def test_generated_ids_are_tried_against_their_successors(rows_of: Rows) -> None:
    """A random ID never runs into one: four are made in each round, past the crowd."""
    made_ids = Counter[str]()

    def make_id(inner: Any, call: Call) -> str:
        made_ids[call.claimed.name] += 1
        key: str = inner(call)
        return key

    [result] = rows_of(AVOID, {"make_id": make_id}, only="addresses").values()

    assert said(result) == ("pass", "")
    assert made_ids["addresses"] == 101 + 3 * 4


def test_a_counter_that_makes_a_chosen_id_is_seen(rows_of: Rows) -> None:
    """It serves two items under one ID."""
    turn = itertools.count(10001)
    [result] = rows_of(
        AVOID, overwriting(lambda _: f"n{next(turn)}"), only="addresses"
    ).values()

    assert said(result)[0] == "fail"
    assert "which is in use" in result.message


def test_a_counter_that_is_refused_its_own_id_is_seen(rows_of: Rows) -> None:
    """To refuse a creation for an ID that the server made itself is no way out."""
    turn = itertools.count(10001)
    [result] = rows_of(
        AVOID, {"make_id": lambda _inner, _call: f"n{next(turn)}"}, only="addresses"
    ).values()

    assert said(result)[0] == "fail"
    assert "being taken, was refused" in result.message


def test_whoever_counts_the_items_there_are_is_seen(rows_of: Rows) -> None:
    """After a DELETE the count is one that an item has."""

    def make(call: Call) -> str:
        there = call.parent.children.get("addresses", {}) if call.parent else {}
        return f"c{len(there) + 1}"

    [result] = rows_of(AVOID, overwriting(make), only="addresses").values()

    assert said(result)[0] == "fail"
    assert "which is in use" in result.message


def test_ids_that_no_client_can_choose_have_no_successors(rows_of: Rows) -> None:
    """What is outside the claimed alphabet can't be taken, and nobody is accused."""
    turn = itertools.count(1)
    [result] = rows_of(
        AVOID, {"make_id": lambda _inner, _call: f"~{next(turn)}~"}, only="addresses"
    ).values()

    assert said(result) == ("pass", "")


def test_where_no_successor_is_taken_nothing_is_judged(rows_of: Rows) -> None:
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
    rows_of: Rows, status: int, length: int, must: str, soft: str
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


def test_where_nothing_can_be_created_the_chosen_id_waits(rows_of: Rows) -> None:
    """A refusal of everything says nothing of the ID."""
    hard, _ = rows_of(
        KEPT, refusing(400, lambda c: len(str(given(c))) > 1), only="buyers"
    ).values()

    assert said(hard) == (
        "inconclusive",
        "verbs_create.create_stores_what_was_sent[buyers]",
    )


def test_an_id_kept_otherwise_is_seen_in_the_answer_and_in_get(rows_of: Rows) -> None:
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


def test_long_ids_are_told_apart_by_their_last_character(rows_of: Rows) -> None:
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
    rows_of: Rows, *, lacking: bool
) -> None:
    """What is told is judged, whether the body repeats the ID or lacks it."""
    [result] = rows_of(PUT, saving(str.upper, lacking=lacking), only="buyers").values()

    assert result.verdict is Verdict.FAIL
    assert " became " in result.message


def test_put_may_want_the_id_in_its_body(rows_of: Rows) -> None:
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


def test_get_shows_the_id_that_put_was_given(rows_of: Rows) -> None:
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
    rows_of: Rows, how: Any, words: str | None
) -> None:
    """Either ID may win, or the request is refused; nothing else is allowed."""
    [result] = rows_of(TWO, two(how), only="buyers").values()

    assert result.verdict is (Verdict.FAIL if words else Verdict.PASS)
    assert (words or "") in result.message


def test_the_reference_makes_one_item_of_two_ids(rows_of: Rows) -> None:
    """The path's wins there."""
    [result] = rows_of(TWO, only="buyers").values()

    assert said(result) == ("pass", "")


# ------------------------------------------------------------------------ refused

BAD = "ids.post_refuses_ids_outside_the_alphabet"
BAD_PUT = "ids.put_refuses_ids_outside_the_alphabet"


@pytest.mark.parametrize(
    ("check", "verb"), [(BAD, "CREATE"), (BAD_PUT, "SAVE")], ids=["POST", "PUT"]
)
def test_an_id_outside_the_claim_that_is_taken_warns(
    rows_of: Rows, check: str, verb: str
) -> None:
    """A dot, or one character too many, SHOULD be refused."""

    def dots(inner: Any, call: Call, key: str) -> bool:
        return bool(inner(call, key)) or (call.verb == verb and "." in key[1:])

    def long(inner: Any, call: Call, key: str) -> bool:
        return bool(inner(call, key[:100] if call.verb == verb else key))

    [clean] = rows_of(check, only="buyers").values()
    [dotted] = rows_of(check, {"id_ok": dots}, only="buyers").values()
    [longer] = rows_of(check, {"id_ok": long}, only="buyers").values()

    assert said(clean) == ("pass", "")
    for result in (dotted, longer):
        assert result.verdict is Verdict.WARN
        assert "was not refused" in result.message


def test_an_empty_id_that_is_kept_warns(rows_of: Rows) -> None:
    """To take it as none, and to refuse it, are both allowed."""

    async def kept(inner: Any, call: Call) -> Told:
        if given(call) == "":
            return Told(201, {"ID": "", "Name": "kept"})
        answer: Told = await inner(call)
        return answer

    [result] = rows_of(BAD, {"do_create": kept}, only="buyers").values()
    [free] = rows_of(BAD, variants=["empty-ids-are-none"], only="buyers").values()

    assert result.verdict is Verdict.WARN
    assert "an empty ID was kept" in result.message
    assert said(free) == ("pass", "")


def test_what_is_wrong_on_purpose_stands_between_two_controls() -> None:
    """Bad IDs are marked as such, and right ones are sent before and after."""

    def answer(verb: str, id_: Any) -> Exchange:
        wrong = verb in ("POST", "PUT") and id_ != "ct0missing"
        return answered(400 if wrong else 200, {"ID": str(id_)})

    posting: Any = Asked(answer)
    putting: Any = Asked(answer)
    with judging(BAD):
        ids.check_post_refuses_ids_outside_the_alphabet(posting, BUYERS)
    with judging(BAD_PUT):
        ids.check_put_refuses_ids_outside_the_alphabet(putting, BUYERS)

    verbs = [(verb, deliberate) for verb, _, deliberate in posting.log]
    assert verbs == [("create", False), *[("POST", True)] * 7, ("create", False)]
    assert [deliberate for _, _, deliberate in putting.log] == [
        *(False, *[True] * 6, False)
    ]


def test_a_rule_of_ids_is_what_the_suite_takes_it_for() -> None:
    """Without words in a profile IDs are writable text of up to 100 characters."""
    rule = IdRule()

    assert (rule.type, rule.writable, rule.max_length) == ("string", True, 100)
