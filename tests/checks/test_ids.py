"""Which IDs are sent, to whom, and which are to be refused."""

from typing import Any

import pytest
from naming import Asked, answered, given, ruled
from outcomes import RowsOf, said
from units import judging

from conformance import Place, Resource
from conformance.checks import ids
from conformance.errors import NotJudged
from conformance.exchange import Exchange
from conformance.profile import IdRule, load_profile
from conformance.reference.exchange import Answer as Told
from conformance.reference.exchange import Call
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
DIGITS = "0123456789"


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


# ------------------------------------------------------------------------ refused

BAD = "ids.post_refuses_ids_outside_the_alphabet"
BAD_PUT = "ids.put_refuses_ids_outside_the_alphabet"


@pytest.mark.parametrize(
    ("check", "verb"), [(BAD, "CREATE"), (BAD_PUT, "SAVE")], ids=["POST", "PUT"]
)
def test_an_id_outside_the_claim_that_is_taken_warns(
    rows_of: RowsOf, check: str, verb: str
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


def test_an_empty_id_that_is_kept_warns(rows_of: RowsOf) -> None:
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
