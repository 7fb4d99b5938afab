"""Checks of the codes that refusals are numbered with."""

from collections.abc import Callable
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from exchanges import exchange
from outcomes import RowsOf, said
from scripted import Places
from units import judging

from conformance import LEFT_OUT, Operation, Place, Resource
from conformance.checks import status_refusals as refusals
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import METHODS, load_profile
from conformance.verdict import Verdict

REFERENCE = load_profile("reference")
BUYERS = REFERENCE.resources["buyers"]
ADDRESSES = REFERENCE.resources["addresses"]
CHALLENGE = (("www-authenticate", "Bearer"),)
ALLOW = (("allow", "GET"),)
# Its row owns nothing that these checks meet.
NOBODYS = "status.no_redirect"


def answered(
    code: int,
    verb: str = "GET",
    *,
    headers: tuple[tuple[str, str], ...] = (),
    valid: bool = False,
) -> Exchange:
    """Give an exchange about a buyer, its body that of an item."""
    return exchange(
        code,
        {"ID": "a"},
        headers=headers,
        method=METHODS[verb],
        operation=f"buyers-{verb}",
        valid_token=valid,
    )


Say = Callable[[str, str, dict[str, Any]], Exchange]


class Asked(Places):
    """Stands in for a target: answers by a function of what is asked.

    Attributes:
        log: Verb or method, item's ID or path, and how it was sent.
    """

    profile = REFERENCE
    session = SimpleNamespace(prefix="ct0")

    def __init__(self, say: Say) -> None:
        self.say = say
        self.log: list[tuple[str, str, dict[str, Any]]] = []

    def _ask(self, verb: str, where: str, **how: Any) -> Exchange:
        self.log.append((verb, where, how))
        return self.say(verb, where, how)

    @property
    def anonymous(self) -> "Asked":
        """Speak as nobody."""
        return self

    def using(self, _identity: str) -> "Asked":
        """Speak as somebody."""
        return self

    def identity_without(self, _roles: Any) -> str:
        """Name who may do little."""
        return "low"

    def body(self, resource: Resource, **changes: Any) -> dict[str, Any]:
        """Give a right body."""
        whole = {**resource.example, **changes}
        return {name: value for name, value in whole.items() if value is not LEFT_OUT}

    def save_body(self, item: Any) -> dict[str, Any]:
        """Give a right body."""
        return self.body(item.resource)

    def perform(self, verb: str, item: Any, **how: Any) -> Exchange:
        """Do a verb rightly."""
        return self._ask(verb, "/".join((*item.place.parents, item.id)), **how)

    def send(self, method: str, path: str, **how: Any) -> Exchange:
        """Send anything."""
        return self._ask(method, path, **how)

    def post(self, _place: Place, **how: Any) -> Exchange:
        """Create."""
        return self._ask("CREATE", "", **how)

    def put(self, item: Any, body: Any, **how: Any) -> Exchange:
        """Save."""
        return self._ask("SAVE", item.id, body=body, **how)

    def patch(self, item: Any, body: Any, **how: Any) -> Exchange:
        """Update."""
        return self._ask("PATCH", item.id, body=body, **how)

    def get(self, item: Any) -> Exchange:
        """Read."""
        return self._ask("GET", item.id)

    def delete(self, item: Any) -> Exchange:
        """Remove."""
        return self._ask("DELETE", item.id)


def judged(check: Callable[..., None], target: Asked, *about: Any) -> tuple[str, Any]:
    """Give what a check accuses of, or whom it waits for, and what it warns of."""
    with judging(NOBODYS) as unit:
        try:
            check(target, *about)
        except Breach as breach:
            return str(breach), unit.edges
        except Waits as waits:
            return f"waits for {waits.row}", unit.edges
        assert unit.asserted
    return "", unit.edges


def always(code: int, **more: Any) -> Asked:
    """Answer everything so."""
    return Asked(lambda _verb, _where, _how: answered(code, **more))


# ------------------------------------------------------------------------------- 401

UNTOKENED = refusals.check_a_request_without_valid_token_is_401


@pytest.mark.parametrize(
    ("resource", "verb", "wheres"),
    [
        (BUYERS, "LIST", ["missing"]),
        (BUYERS, "GET", ["made", "missing"]),
        (ADDRESSES, "LIST", ["above/missing", "missing/missing"]),
        (ADDRESSES, "GET", ["above/made", "above/missing", "missing/missing"]),
    ],
)
def test_no_token_is_tried_on_all_that_may_be_there_or_not(
    resource: Resource, verb: str, wheres: list[str]
) -> None:
    """On an item, on none, and under no parent, without a token and with garbage."""
    target = always(401, headers=CHALLENGE)

    assert judged(UNTOKENED, target, Operation(resource, verb)) == ("", [])
    assert [where for _, where, _ in target.log] == wheres * 2
    assert [how["token"] for *_, how in target.log] == [
        *[None] * len(wheres),
        *["conformance-suite-no-token"] * len(wheres),
    ]
    assert all(how["deliberate"] for *_, how in target.log)


@pytest.mark.parametrize("odd", ["made", "missing"])
def test_another_code_without_a_token_is_a_breach(odd: str) -> None:
    """Whatever is there or not: a 404 tells more than it should."""
    target = Asked(
        lambda _verb, where, _how: answered(
            404 if where == odd else 401, headers=CHALLENGE
        )
    )

    assert "not 401" in judged(UNTOKENED, target, Operation(BUYERS, "GET"))[0]


def test_a_401_without_challenge_warns() -> None:
    """WWW-Authenticate SHOULD be there; a 402 is no 401; a success is another row's."""
    operation = Operation(BUYERS, "GET")

    accused, edges = judged(UNTOKENED, always(401), operation)
    assert not accused
    assert "no challenge" in edges[0]
    assert "not 401" in judged(UNTOKENED, always(402), operation)[0]
    assert judged(UNTOKENED, always(200), operation)[0].startswith("waits for oauth")


def test_credentials_that_cannot_be_read_are_401_or_400() -> None:
    """Four spellings are tried on the first verb; nothing else will do."""
    check = refusals.check_unreadable_credentials_are_401_or_400
    target = always(401)

    assert judged(check, target, BUYERS) == ("", [])
    assert [verb for verb, *_ in target.log] == ["LIST"] * 4
    assert [how["headers"]["Authorization"] for *_, how in target.log][1] == "Bearer"
    assert all(how["deliberate"] and how["token"] is None for *_, how in target.log)
    assert judged(check, always(400), BUYERS) == ("", [])
    for code in (402, 403, 404):
        assert "neither 401 nor 400" in judged(check, always(code), BUYERS)[0]
    assert judged(check, always(200), BUYERS)[0].startswith("waits for oauth")


@pytest.mark.parametrize(
    ("code", "right"),
    [
        *((401, True), (404, True), (405, True)),
        *((400, False), (402, False), (403, False), (406, False)),
    ],
)
def test_an_unknown_route_without_token(code: int, *, right: bool) -> None:
    """The token may be looked at first, or the route."""
    check = refusals.check_an_unknown_route_without_token_is_401_or_404

    assert ("not 401 or 404" in judged(check, always(code))[0]) is not right


# ------------------------------------------------------------------------------- 403


def test_a_token_without_the_role_is_403() -> None:
    """It is sent on purpose; any other refusal is a breach, a success another row's."""
    check = refusals.check_a_token_without_the_role_is_403
    operation = Operation(BUYERS, "GET")
    target = always(403)

    assert judged(check, target, operation) == ("", [])
    assert target.log[0][2]["deliberate"]
    for code in (400, 401, 404):
        assert "not 403" in judged(check, always(code), operation)[0]
    assert judged(check, always(200), operation)[0].startswith("waits for oauth_roles")


def test_a_token_that_opens_nothing_is_told_with_its_owner() -> None:
    """A 401 to a valid token is a breach of the grant's clause as well."""
    check = refusals.check_a_token_without_the_role_is_403
    with judging(NOBODYS), pytest.raises(Breach) as found:
        check(always(401, valid=True), Operation(BUYERS, "GET"))  # type: ignore[arg-type]

    assert [clause for clause, _ in found.value.owners] == ["oauth.password.grants"]


# ------------------------------------------------------------------------------- 400

WRONG = refusals.check_a_wrong_body_is_400


def bodies(code: Callable[[dict[str, Any]], int], verb: str = "CREATE") -> Asked:
    """Take right bodies, and answer wrong ones so."""
    return Asked(
        lambda _verb, _where, how: answered(code(how) if how else 201, verb=verb)
    )


@pytest.mark.parametrize("verb", ["CREATE", "SAVE", "PATCH"])
def test_a_wrong_body_is_400(verb: str) -> None:
    """422 warns; any other refusal is a breach."""
    operation = Operation(BUYERS, verb)

    assert judged(WRONG, bodies(lambda _: 400), operation) == ("", [])
    accused, edges = judged(WRONG, bodies(lambda _: 422), operation)
    assert not accused
    assert "is 422" in edges[0]
    for code in (401, 409, 415, 423):
        accused, edges = judged(WRONG, bodies(lambda _, code=code: code), operation)
        assert "is not 400" in accused
        assert edges == []


def test_wrong_values_may_be_taken_where_no_clause_refuses_them() -> None:
    """What is malformed, or lacks what is required, has a row that judges it."""
    operation = Operation(BUYERS, "CREATE")

    def taken(which: Callable[[dict[str, Any]], bool]) -> str:
        target = bodies(lambda how: 201 if which(how) else 400)
        accused: str = judged(WRONG, target, operation)[0]
        return accused

    odd = {"of": ["another", "type"]}
    assert taken(lambda how: odd in (how.get("body") or {}).values()) == ""
    assert taken(lambda how: "raw" in how).startswith("waits for json")
    assert taken(lambda how: how.get("body") == {}).startswith("waits for verbs_create")
    assert judged(
        WRONG,
        bodies(lambda how: 201 if how.get("body") == {} else 400),
        Operation(BUYERS, "SAVE"),
    ) == ("", [])


@pytest.mark.parametrize("when", [0, -1])
def test_right_bodies_are_taken_before_and_after(when: int) -> None:
    """Whoever refuses a right one is judged by another row."""
    right = bodies(lambda _: 400)
    judged(WRONG, right, Operation(BUYERS, "CREATE"))
    refused_at = range(len(right.log))[when]
    count = iter(range(100))

    def say(_verb: str, _where: str, how: dict[str, Any]) -> Exchange:
        here = next(count)
        return answered(400 if how or here == refused_at else 201, "CREATE")

    assert not right.log[when][2]
    assert judged(WRONG, Asked(say), Operation(BUYERS, "CREATE"))[0].startswith(
        "waits for verbs_create"
    )


# ------------------------------------------------------------------------------- 404

NEVER = refusals.check_what_never_existed_is_404


@pytest.mark.parametrize("verb", ["GET", "PATCH", "DELETE"])
def test_what_never_existed_is_404(verb: str) -> None:
    """Any other refusal is a breach; a success is another row's, DELETE's is free."""
    operation = Operation(BUYERS, verb)

    assert judged(NEVER, always(404, verb=verb), operation) == ("", [])
    for code in (400, 401, 405, 410):
        assert "not 404" in judged(NEVER, always(code, verb=verb), operation)[0]
    taken = judged(NEVER, always(200, verb=verb), operation)[0]
    assert taken.startswith("" if verb == "DELETE" else "waits for verbs")
    assert bool(taken) is (verb != "DELETE")


DELETED = refusals.check_what_was_deleted_is_404


def deleted(code: int, on: str = "GET PATCH DELETE") -> Asked:
    """Delete at first, and answer what comes then so."""

    def say(verb: str, _where: str, how: dict[str, Any]) -> Exchange:
        del how
        first = len(target.log) == 1
        return answered(204 if first else code if verb in on else 404, verb)

    target = Asked(say)
    return target


def test_what_was_deleted_is_404() -> None:
    """410 warns; a success is another row's, but for DELETE's, which is free."""
    assert judged(DELETED, deleted(404), BUYERS) == ("", [])
    accused, edges = judged(DELETED, deleted(410), BUYERS)
    assert not accused
    assert len(edges) == 3
    for code in (400, 405, 411):
        for verb in ("GET", "PATCH", "DELETE"):
            accused, edges = judged(DELETED, deleted(code, verb), BUYERS)
            assert "not 404" in accused
            assert edges == []
    for verb in ("GET", "PATCH"):
        accused, _ = judged(DELETED, deleted(200, verb), BUYERS)
        assert accused.startswith("waits for verbs_delete")
    assert judged(DELETED, deleted(204, "DELETE"), BUYERS) == ("", [])


def test_only_what_is_offered_is_asked_of_what_was_deleted() -> None:
    """Without PATCH none is sent; a DELETE that is refused is another row's."""
    fixed = replace(BUYERS, verbs=("CREATE", "GET", "DELETE"))
    target = deleted(404)
    judged(DELETED, target, fixed)

    assert [verb for verb, *_ in target.log] == ["DELETE", "GET", "DELETE"]
    accused, _ = judged(DELETED, always(405, verb="DELETE"), BUYERS)
    assert accused.startswith("waits for verbs_delete")


def renamed(patched: int, code: int) -> Asked:
    """Rename, and answer what asks for the old ID."""
    return Asked(
        lambda verb, _where, _how: answered(patched if verb == "PATCH" else code, verb)
    )


def test_what_was_renamed_away_is_404() -> None:
    """410 warns; other refusals are breaches; a success is another row's."""
    check = refusals.check_what_was_renamed_away_is_404

    assert judged(check, renamed(200, 404), BUYERS) == ("", [])
    accused, edges = judged(check, renamed(200, 410), BUYERS)
    assert not accused
    assert len(edges) == 1
    for code in (400, 405, 411):
        accused, edges = judged(check, renamed(200, code), BUYERS)
        assert "not 404" in accused
        assert edges == []
    assert judged(check, renamed(200, 200), BUYERS)[0].startswith("waits for ids_ren")
    assert judged(check, renamed(400, 404), BUYERS)[0].startswith("waits for verbs_pat")


def test_an_unknown_parent_is_404() -> None:
    """For every verb but LIST, and no other code will do."""
    check = refusals.check_an_unknown_parent_is_404
    operation = Operation(ADDRESSES, "GET")
    target = always(404)

    assert judged(check, target, operation) == ("", [])
    assert target.log[0][1] == "missing/missing"
    for code in (400, 405, 409):
        assert "not 404" in judged(check, always(code), operation)[0]
    assert judged(check, always(200), operation)[0].startswith("waits for verbs")


# --------------------------------------------------------------------- unknown routes


def test_an_unknown_route_is_404() -> None:
    """One and two steps below the base path; no other code will do."""
    check = refusals.check_an_unknown_route_is_404
    target = always(404)

    assert judged(check, target) == ("", [])
    assert [path for _, path, _ in target.log] == [
        "/v1/ct0-no-such-route",
        "/v1/ct0-no-such-route/1",
    ]
    for code in (400, 401, 405):
        assert "not 404" in judged(check, always(code))[0]
    assert "was not refused" in judged(check, always(200))[0]


def test_a_write_to_an_unknown_route_is_404_or_405() -> None:
    """All three are sent on purpose to the deeper route, DELETE without a body."""
    check = refusals.check_a_write_to_an_unknown_route_is_404
    target = always(404)

    assert judged(check, target) == ("", [])
    assert [(m, path[-2:], how["body"]) for m, path, how in target.log] == [
        ("POST", "/1", {"Name": "ct0"}),
        ("PUT", "/1", {"Name": "ct0"}),
        ("DELETE", "/1", None),
    ]
    assert all(how["deliberate"] for *_, how in target.log)
    assert judged(check, always(405)) == ("", [])
    for code in (400, 403, 406):
        assert "not 404" in judged(check, always(code))[0]


def test_an_unknown_route_below_an_item_is_404() -> None:
    """It stands under the base path as the item does."""
    check = refusals.check_an_unknown_route_below_an_item_is_404
    target = always(404)

    assert judged(check, target, BUYERS) == ("", [])
    assert target.log[0][1] == "/v1/buyers/made/ct0-no-such-route"
    for code in (400, 403, 405):
        assert "not 404" in judged(check, always(code), BUYERS)[0]


@pytest.mark.parametrize(
    ("code", "allow", "words"),
    [
        (405, True, ""),
        (404, False, ""),
        (403, False, ""),
        (404, True, ""),
        (405, False, "no Allow"),
        (400, True, "neither 404 nor 405"),
        (406, True, "neither 404 nor 405"),
        (200, True, "waits for verbs"),
    ],
)
def test_a_verb_that_is_not_there(code: int, words: str, *, allow: bool) -> None:
    """404 and 403 say that it is not there; 405 says what is, too."""
    check = refusals.check_a_verb_that_is_not_there_is_405
    target = always(code, headers=ALLOW if allow else ())

    accused, edges = judged(check, target, BUYERS)
    assert accused.startswith(words)
    assert bool(accused) is bool(words)
    assert edges == []


def test_the_reference_refuses_with_the_codes_of_the_table(
    rows_of: RowsOf,
) -> None:
    """One row of each kind passes there."""
    names = [
        *("a_request_without_valid_token_is_401", "what_was_deleted_is_404"),
        *("a_token_without_the_role_is_403", "a_wrong_body_is_400"),
        *("what_never_existed_is_404", "an_unknown_parent_is_404"),
        *("an_unknown_route_is_404", "a_verb_that_is_not_there_is_405"),
    ]
    first, *rest = (f"status_refusals.{name}" for name in names)
    found = rows_of(first, more=rest, only="addresses-PATCH")

    assert {result.verdict for result in found.values()} == {Verdict.PASS}
    assert len({row.partition("[")[0].partition("~")[0] for row in found}) >= 5


@pytest.mark.parametrize("row", ["cost_centers-CREATE", "buyers-SAVE"])
def test_what_is_taken_as_text_may_clash_with_itself(rows_of: RowsOf, row: str) -> None:
    """A wrong value that is taken makes an item, and the next one has its ID."""
    found = rows_of(
        "status_refusals.a_wrong_body_is_400",
        variants=["wrong-types-coerced"],
        profile="ordercloud-core",
        only=row,
    )

    assert said(next(iter(found.values()))) == ("pass", "")
