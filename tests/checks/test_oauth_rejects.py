"""Checks of wrong token requests: each is refused, and tells nothing."""
# ruff: noqa: S106 - secrets of nobody

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from granting import Accounts
from outcomes import RowsOf
from units import unit_of

from conformance.checks import oauth_rejects
from conformance.config import Identity
from conformance.errors import Breach, NotJudged, NotProvided, Waits
from conformance.exchange import Exchange
from conformance.logins import Login
from conformance.verdict import Verdict

USER = Identity("user", "password", "client-u", username="ann@x.test", password="p")
ELEVATED = Identity(
    *("elevated", "elevated_password", "client-e", "secret", "eve", "pass")
)
APP = Identity("app", "client_credentials", "client-a", client_secret="s")
SECOND = Identity("second", "password", "client-2", username="bob", password="q")
THIRD = Identity("third", "client_credentials", "client-3", client_secret="s")
Form = Mapping[str, str]


@pytest.fixture(autouse=True)
def unit() -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    with unit_of() as unit:
        yield unit
    assert not unit.edges


def said(status: int, value: Any = None) -> Exchange:
    """Give an answer of the token endpoint."""
    return exchange(status, value, method="POST", operation="token")


GRANT = said(200, {"access_token": "t", "refresh_token": "r"})
NO = said(400, {"error": "invalid_grant", "error_description": "No."})


class Counter(Accounts):
    """A target that grants right requests, refuses wrong ones, and notes them.

    Attributes:
        right: Answers to right requests, in order; then they are granted.
        wrong: Gives the answer to a wrong request by its form.
        sent: Of each request: its form, and whether it is wrong on purpose.
    """

    def __init__(
        self,
        *identities: Identity,
        wrong: Callable[[Form], Exchange] = lambda _form: NO,
        right: tuple[Exchange, ...] = (),
        single: bool = False,
    ) -> None:
        super().__init__(*identities, single_session=single)
        claimed = ("password", "client_credentials", "refresh_token")
        self.profile = SimpleNamespace(
            flows=(*claimed, "elevated_password"),
            refresh_from=("password", "elevated_password"),
        )
        locks = SimpleNamespace(
            alone=lambda _identity: contextlib.nullcontext(),
            may_fail=lambda: True,
            owing=set(),
        )
        self.session = SimpleNamespace(accounts=locks, prefix="ct1")
        self.wrong = wrong
        self.right = iter(right)
        self.sent: list[tuple[Form, bool]] = []
        self.how: Any = None

    @contextlib.contextmanager
    def login(self, flow: str) -> Iterator[Login]:
        """Log in."""
        yield Login(cast("Any", self), self.identities(flow)[0])

    def note(self, _kind: str, learn: Any) -> Any:
        """Learn something."""
        return learn()

    def grant(self, form: Form, *, deliberate: bool = False, **how: Any) -> Exchange:
        """Answer a token request."""
        self.sent.append((form, deliberate))
        self.how = how
        return self.wrong(form) if deliberate else next(self.right, GRANT)

    @property
    def refused(self) -> list[Form]:
        """Give the forms that were wrong on purpose."""
        return [form for form, deliberate in self.sent if deliberate]


def judge(check: Any, target: Counter, *more: Any) -> None:
    """Run a check."""
    check(cast("Any", target), *more)


WRONG_VALUE = oauth_rejects.check_one_wrong_value_is_refused
WRONG_REFRESH = oauth_rejects.check_one_wrong_value_of_a_refresh_is_refused
BOUND = oauth_rejects.check_a_refresh_token_is_bound_to_its_client
ENUMERATION = oauth_rejects.check_unknown_users_look_like_wrong_passwords
POST_ONLY = oauth_rejects.check_tokens_are_granted_to_post_alone


# -------------------------------------------------------------------- one wrong value


def test_each_wrong_value_stands_between_two_right_requests() -> None:
    """So a refusal is the wrong value's, and nobody fails twice in a row."""
    target = Counter(USER)
    judge(WRONG_VALUE, target, "password", "password")
    assert [deliberate for _, deliberate in target.sent] == [False, *[True, False] * 6]
    assert {form["username"] for form in target.refused} == {"ann@x.test"}


def test_a_right_request_that_was_not_granted_is_made_up_for() -> None:
    """Before the next wrong one, which would be the second in turn."""
    target = Counter(USER, right=(GRANT, NO, GRANT, NO, NO))
    login = Login(cast("Any", target), USER)
    login.wrong({}, login.grant)
    login.wrong({}, login.grant)
    assert [wrong for _, wrong in target.sent] == [True, False] * 2

    login.wrong({}, login.grant)
    assert [wrong for _, wrong in target.sent[4:]] == [False, True, False]
    with pytest.raises(Waits) as found:
        login.wrong({}, login.grant)
    assert found.value.row == "oauth.password.grants"
    assert [wrong for _, wrong in target.sent[7:]] == [False]


def test_a_wrong_value_that_is_granted_is_named() -> None:
    """The flow, and what was done to which parameter."""
    target = Counter(
        USER, wrong=lambda form: GRANT if form.get("password") == "p case" else NO
    )
    with pytest.raises(Breach, match=r"^password: an otherwise cased password was not"):
        judge(WRONG_VALUE, target, "password", "password")


@pytest.mark.parametrize("right", [(NO,), (GRANT, NO), (GRANT, GRANT, GRANT, NO)])
def test_a_right_request_that_is_refused_leaves_nothing_shown(
    right: tuple[Exchange, ...],
) -> None:
    """Before and after: the flow's own row judges that."""
    with pytest.raises(Waits) as met:
        judge(WRONG_VALUE, Counter(USER, right=right), "password", "username")
    assert met.value.row == "oauth.password.grants"


def test_a_refresh_is_tried_by_the_first_flow_that_somebody_uses() -> None:
    """The password flow's family, where it has a user."""
    target = Counter(APP, ELEVATED, USER)
    judge(WRONG_REFRESH, target, "refresh_token")
    assert {form["client_id"] for form in target.refused} == {"client-u"}
    assert {form["grant_type"] for form in target.refused} == {"refresh_token"}
    assert [form.get("refresh_token") for form in target.refused] == [
        *("r changed", "r shortened", "r lengthened"),
        *(None, ""),
    ]


def test_a_secret_of_a_refresh_needs_a_client_that_has_one() -> None:
    """Only the elevated flow's clients have a secret and refresh tokens."""
    target = Counter(USER, ELEVATED)
    judge(WRONG_REFRESH, target, "client_secret")
    assert {form["client_id"] for form in target.refused} == {"client-e"}
    with pytest.raises(NotJudged, match="no client with a secret"):
        judge(WRONG_REFRESH, Counter(USER), "client_secret")


def test_a_wrong_refresh_that_is_granted_accuses() -> None:
    """By its flow's name."""
    with pytest.raises(Breach, match=r"^refresh_token: a wrong refresh_token was not"):
        judge(WRONG_REFRESH, Counter(USER, wrong=lambda _form: GRANT), "refresh_token")


def test_nobody_who_refreshes_is_the_owners_to_give() -> None:
    """Client credentials give no refresh token."""
    for check, more in ((WRONG_REFRESH, ("grant_type",)), (BOUND, ())):
        with pytest.raises(NotProvided, match="refresh_token"):
            judge(check, Counter(APP), *more)


# --------------------------------------------------------------------- its own client


def test_two_other_clients_try_a_refresh_token() -> None:
    """Those that may refresh come first, and are seen to work themselves."""
    target = Counter(USER, THIRD, SECOND, APP)
    judge(BOUND, target)
    assert [form["client_id"] for form in target.refused] == ["client-2", "client-3"]
    assert [form["client_secret"] for form in target.refused] == ["", "s"]
    assert {form["refresh_token"] for form in target.refused} == {"r"}
    granted = [form["client_id"] for form, wrong in target.sent if not wrong]
    assert granted == [*["client-u"] * 2, *["client-2"] * 2, *["client-u"] * 2]


def test_a_client_that_may_not_refresh_is_tried_as_it_is() -> None:
    """It has no refresh token to show; nor has anybody, of a single session."""
    target = Counter(USER, THIRD)
    judge(BOUND, target)
    assert [form["client_id"] for form in target.refused] == ["client-3"]
    single = Counter(USER, SECOND, single=True)
    judge(BOUND, single)
    for one in (target, single):
        granted = {form["client_id"] for form, wrong in one.sent if not wrong}
        assert granted == {"client-u"}


@pytest.mark.parametrize(
    ("target", "raised", "words"),
    [
        (Counter(USER, SECOND, wrong=lambda _form: GRANT), Breach, "from second"),
        (Counter(USER), NotProvided, "second_client"),
        (
            Counter(USER, Identity("twin", "client_credentials", "client-u")),
            NotProvided,
            "second_client",
        ),
        # The own refresh, the other client's grant and refresh, the control.
        (Counter(USER, SECOND, right=(GRANT, NO, NO)), Waits, "password"),
        (Counter(USER, SECOND, right=(GRANT, GRANT, NO)), Waits, "password"),
        (
            Counter(USER, SECOND, right=(GRANT, GRANT, GRANT, NO, said(500))),
            Waits,
            "errors.no_5xx",
        ),
        (
            Counter(USER, SECOND, right=(*[GRANT] * 4, NO, GRANT, NO)),
            Waits,
            "refresh_token",
        ),
    ],
)
def test_a_refresh_token_of_another_client_is_refused(
    target: Counter, raised: type[Exception], words: str
) -> None:
    """A grant accuses; what does not work by itself is waited for."""
    with pytest.raises(raised, match=words):
        judge(BOUND, target)


# ----------------------------------------------------------------------- what is told


def _telling(known: Any, unknown: Any, again: Any = None) -> Callable[[Form], Exchange]:
    """Tell a wrong password and an unknown user apart; the third may be as well."""
    seen: list[str] = []

    def wrong(form: Form) -> Exchange:
        nobody = "nobody" in form["username"]
        seen.append(form["username"])
        told = unknown if nobody else again if again and len(seen) == 3 else known
        status, value = told
        text = json.dumps(value).replace("USER", form["username"])
        return said(status, json.loads(text))

    return wrong


PLAIN = (400, {"error": "invalid_grant", "Errors": [{"Message": "No."}]})


@pytest.mark.parametrize("who", [USER, ELEVATED])
def test_an_unknown_user_is_asked_for_between_two_wrong_passwords(
    who: Identity,
) -> None:
    """Shaped like the known one: with a host where that has one."""
    target = Counter(who)
    judge(ENUMERATION, target, who.flow)
    host = "@example.com" if who is USER else ""
    names = [form["username"] for form in target.refused]
    nobody = f"ct1-nobody-0{who.flow[0]}{host}"
    assert names == [who.username, nobody, who.username]
    assert {form["password"] for form in target.refused} == {f"{who.password} changed"}
    assert [deliberate for _, deliberate in target.sent] == [True, False] * 3


def test_no_unknown_user_is_asked_for_twice(unit: Any) -> None:
    """A server may lock whom it does not know, too: another attempt, another name."""
    asked = set()
    for unit.attempt in range(3):
        for who in (USER, ELEVATED):
            target = Counter(who)
            judge(ENUMERATION, target, who.flow)
            asked.add(target.refused[1]["username"].partition("@")[0])
    assert len(asked) == 6


@pytest.mark.parametrize(
    ("unknown", "part"),
    [
        ((401, PLAIN[1]), "status: 400 for a wrong password, 401"),
        ((400, {**PLAIN[1], "error": "x"}), "body.error: 'invalid_grant'"),
        ((400, {**PLAIN[1], "hint": 1}), "body.hint: None"),
        ((400, {"error": "invalid_grant"}), "body.Errors.0.Message: 'No.'"),
        ((400, {"error": "invalid_grant", "Errors": [{"Message": "x"}]}), "Message"),
    ],
)
def test_an_unknown_user_that_is_told_apart_is_said(unknown: Any, part: str) -> None:
    """By status, or by any leaf of the body."""
    with pytest.raises(Breach, match="told apart by") as met:
        judge(ENUMERATION, Counter(USER, wrong=_telling(PLAIN, unknown)), "password")
    assert part in str(met.value)


@pytest.mark.parametrize(
    ("known", "unknown", "again"),
    [
        # A number that is new with each answer tells nothing.
        ((400, {"id": 1}), (400, {"id": 2}), (400, {"id": 3})),
        ((400, {"id": 1}), (400, {"id": 1}), (400, {"id": 3})),
        # The name that was sent may come back.
        (
            (400, {"error": "No USER."}),
            (400, {"error": "No USER."}),
            (400, {"error": "No USER."}),
        ),
        (PLAIN, PLAIN, PLAIN),
    ],
)
def test_what_differs_anyway_tells_nobody_apart(
    known: Any, unknown: Any, again: Any, unit: Any
) -> None:
    """Only what two wrong passwords have in common can give a user away."""
    target = Counter(USER, wrong=_telling(known, unknown, again))
    judge(ENUMERATION, target, "password")
    assert unit.asserted == 7


def test_users_are_compared_by_refusals_between_grants() -> None:
    """A wrong password that is granted accuses; a control that is not, waits."""
    with pytest.raises(Breach, match="a wrong user name or password was not refused"):
        judge(ENUMERATION, Counter(USER, wrong=lambda _form: GRANT), "password")
    with pytest.raises(Waits):
        judge(ENUMERATION, Counter(USER, right=(GRANT, NO)), "password")


# ---------------------------------------------------------------------------- by POST


@pytest.mark.parametrize(
    ("told", "raised"),
    [
        (said(405, {}), None),
        (said(200, {"help": "Ask by POST."}), None),
        (GRANT, Breach),
        (said(500), Waits),
        (said(302), Waits),
    ],
)
def test_a_get_of_the_token_endpoint_grants_nothing(
    told: Exchange, raised: type[Exception] | None
) -> None:
    """It may be refused, or explain itself; a token in the answer accuses."""
    target = Counter(USER, wrong=lambda _form: told)
    if raised is None:
        judge(POST_ONLY, target, "password")
    else:
        with pytest.raises(raised):
            judge(POST_ONLY, target, "password")
    assert [deliberate for _, deliberate in target.sent] == [False, True]
    query = target.grant_form(USER)
    assert target.how == {"method": "GET", "raw": None, "query": query}


def test_a_get_is_judged_where_a_post_is_granted() -> None:
    """Whose credentials are refused anyway show nothing."""
    with pytest.raises(Waits) as met:
        judge(POST_ONLY, Counter(USER, right=(NO,)), "password")
    assert met.value.row == "oauth.password.grants"


def test_the_reference_keeps_all_of_it(rows_of: RowsOf) -> None:
    """A server that looks at everything passes, request by request."""
    found = rows_of(
        "oauth_rejects.a_refresh_token_is_bound_to_its_client",
        more=["oauth_rejects.one_wrong_value_of_a_refresh_is_refused"],
    )
    assert {result.verdict for result in found.values()} == {Verdict.PASS}
