"""Checks of grants: what is granted, what is wrong, and what a server may take."""
# ruff: noqa: S106 - secrets of nobody

import contextlib
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from granting import GRANT, USER, Accounts, said
from outcomes import RowsOf
from units import unit_of

from conformance.checks import _oauth, oauth
from conformance.config import Identity
from conformance.errors import Breach, Disturbed, NotJudged, Waits
from conformance.exchange import Exchange
from conformance.logins import Login
from conformance.profile import FLOWS
from conformance.reference.exchange import Mistake, Problem
from conformance.verdict import Verdict

APP = Identity("app", "client_credentials", "client-a", client_secret="s")


@pytest.fixture(autouse=True)
def unit() -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    with unit_of(identity={"user": USER, "app": APP}.__getitem__) as unit:
        yield unit


class Told(Accounts):
    """A target as far as grants ask it: who is there, and what is answered."""

    def __init__(
        self,
        *identities: Identity,
        answers: Iterator[Exchange] | None = None,
        tokens: Mapping[str, Exception] = {},
    ) -> None:
        super().__init__(*identities)
        self.sent: list[Mapping[str, str]] = []
        self._answers = answers or iter(())
        self._tokens = tokens

    def token(self, who: Identity) -> str:
        """Give a token, or what stands in the way."""
        if who.name in self._tokens:
            raise self._tokens[who.name]
        return "t"

    def login(self, flow: str) -> str:
        """Tell who was logged in."""
        return f"login {flow}"

    def grant(self, form: Mapping[str, str]) -> Exchange:
        """Answer as told beforehand."""
        self.sent.append(form)
        return next(self._answers)

    def derive(self, mark: str, how: str) -> str:
        """Tell what was made of a secret; a digit has no other case."""
        return "" if how == "case" and mark.isdigit() else f"{mark} {how}"


def logged_in(target: Told, identity: Identity = USER) -> Any:
    """Give a login that asks the target."""
    return Login(cast("Any", target), identity)


# ------------------------------------------------------------------------------ flows


def test_flows_are_told_from_the_refresh() -> None:
    """A refresh starts from an earlier grant, and is claimed or not."""
    claimed = SimpleNamespace(
        flows=("password", "refresh_token"), refresh_from=("password",)
    )
    given = cast("Any", claimed)
    assert _oauth.starting(given) == ["password"]
    assert _oauth.refreshed_flows(given) == ["password"]
    without = cast("Any", SimpleNamespace(flows=("password",), refresh_from=("x",)))
    assert _oauth.refreshed_flows(without) == []
    assert _oauth.guarded(without)
    assert not _oauth.guarded(cast("Any", SimpleNamespace(flows=())))


@pytest.mark.parametrize(
    ("flow", "others", "judged"),
    [
        ("password", [], True),
        ("password", ["client_credentials"], True),
        ("anonymous", ["password"], False),
        # Nobody at all: the login itself says what the owner has to give.
        ("anonymous", ["elevated_password"], True),
    ],
)
def test_a_flow_that_nobody_uses_is_left_aside_where_another_is_used(
    flow: str, others: list[str], *, judged: bool
) -> None:
    """A row with payloads for several flows judges those that somebody has."""
    target = cast("Any", Told(USER, APP))
    if judged:
        assert cast("Any", _oauth.logging_in(target, flow, others)) == f"login {flow}"
        return
    with pytest.raises(NotJudged, match="no identity has the flow anonymous"):
        _oauth.logging_in(target, flow, others)


# -------------------------------------------------------------------- right requests


REFUSAL = said(400, {"error": "invalid_grant"})
TWIN = Identity("twin", "password", "client-x", username="ann")
SIBLING = Identity("sibling", "password", "client-u", username="bob")
STRANGER = Identity("stranger", "password", "client-x", username="bob")


def test_a_granted_token_is_given(unit: Any) -> None:
    """A right answer counts as something insisted on."""
    login = logged_in(Told(USER))
    assert _oauth.granted(login, said(200, GRANT), "password") == "t1"
    assert unit.asserted == 1


@pytest.mark.parametrize("other", [USER, TWIN, SIBLING])
def test_a_refusal_accuses_when_the_account_got_a_token_elsewhere(
    other: Identity,
) -> None:
    """The same client or the same user works in another row: the request was right."""
    with pytest.raises(Breach, match="got a token elsewhere"):
        _oauth.granted(logged_in(Told(other)), REFUSAL, "password")


@pytest.mark.parametrize(
    "target",
    [
        Told(STRANGER),
        Told(USER, tokens={"user": Waits("row", "refused")}),
        Told(USER, TWIN, tokens=dict.fromkeys(("user", "twin"), Disturbed("reset"))),
    ],
)
def test_a_refusal_of_unproven_credentials_accuses_nobody(target: Told) -> None:
    """Nothing shows that the owner gave us the right ones."""
    with pytest.raises(NotJudged, match="are the credentials right"):
        _oauth.granted(logged_in(target), REFUSAL, "password")


def test_clients_without_a_user_are_not_the_same_for_it() -> None:
    """An empty user name is nobody's: other clients tell nothing of this one."""
    other = Identity("other", "client_credentials", "client-b")
    with pytest.raises(NotJudged):
        _oauth.granted(logged_in(Told(other), APP), REFUSAL, "client_credentials")


def test_a_token_of_one_sibling_is_enough() -> None:
    """One that got none does not hide another that did."""
    target = Told(TWIN, SIBLING, tokens={"twin": Waits("row", "refused")})
    with pytest.raises(Breach):
        _oauth.granted(logged_in(target), REFUSAL, "password")


def test_a_refused_refresh_accuses_at_once() -> None:
    """The refresh token was given a moment ago: no credential can be wrong."""
    with pytest.raises(Breach, match="a right request was refused"):
        _oauth.granted(logged_in(Told()), REFUSAL, "refresh_token")


def test_a_flow_that_is_not_offered_is_another_clauses() -> None:
    """Who says that there is no such flow breaks the clause about the four."""
    refused = said(400, {"error": "unsupported_grant_type"})
    with pytest.raises(Waits) as met:
        _oauth.granted(logged_in(Told(USER)), refused, "password")
    assert met.value.row == "oauth.four_flows"


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"token_type": "Bearer"},
        {"token_type": "BEARER"},
        {"expires_in": 1},
        {"expires_in": 3600.0},
        {"user": "extra"},
    ],
)
def test_a_token_answer_may_be_spelt_freely(changes: Any, unit: Any) -> None:
    """Any case of bearer, any positive whole number of seconds, extra members."""
    _oauth.insist_on_members(said(200, {**GRANT, **changes}))
    assert (unit.asserted, unit.edges_seen, unit.edges) == (3, 1, [])


@pytest.mark.parametrize(
    ("status", "changes", "words"),
    [
        (201, {}, "not 200"),
        (200, {"token_type": "mac"}, "token_type is 'mac'"),
        (200, {"token_type": None}, "token_type is None"),
        (200, {"expires_in": 0}, "expires_in is 0"),
        (200, {"expires_in": -1}, "expires_in is -1"),
        (200, {"expires_in": "3600"}, "expires_in is '3600'"),
        (200, {"expires_in": 1.5}, "expires_in is 1.5"),
        (200, {"expires_in": True}, "expires_in is True"),
    ],
)
def test_a_token_answer_has_to_tell_rightly(
    status: int, changes: Any, words: str
) -> None:
    """Status, type and lifetime are judged, each by itself."""
    with pytest.raises(Breach, match=words):
        _oauth.insist_on_members(said(status, {**GRANT, **changes}))


@pytest.mark.parametrize("left", [{"expires_in": None}, {}])
def test_an_untold_lifetime_is_a_warning(left: Any, unit: Any) -> None:
    """Without expires_in a token is granted all the same."""
    body = {name: value for name, value in GRANT.items() if name != "expires_in"}
    _oauth.insist_on_members(said(200, body | left))
    assert len(unit.edges) == 1
    assert unit.edges[0].startswith("no expires_in")


@pytest.mark.parametrize("lasts", [1, 3600, 2.5, 0.5])
def test_a_lifetime_is_told_in_seconds(lasts: float) -> None:
    """Any positive number of seconds can be waited for."""
    assert _oauth.lifetime_of(said(200, {"expires_in": lasts}), "password") == lasts


@pytest.mark.parametrize("lasts", [None, 0, -1, "3600", True, [1]])
def test_an_untold_lifetime_leaves_nothing_to_wait_for(lasts: Any) -> None:
    """The flow's own row judges what expires_in says."""
    with pytest.raises(Waits) as met:
        _oauth.lifetime_of(said(200, {"expires_in": lasts}), "password")
    assert met.value.row == "oauth.password.grants"


@pytest.mark.parametrize("told", [None, "", 17, ["r"]])
def test_no_refresh_token_is_the_flows_own_row_to_judge(told: Any) -> None:
    """A refresh token is text that is not empty."""
    assert _oauth.refresh_mark(said(200, {"refresh_token": "r"}), "password") == "r"
    with pytest.raises(Waits) as met:
        _oauth.refresh_mark(said(200, {"refresh_token": told}), "password")
    assert met.value.row == "oauth.password.grants"


def _family(*told: Exchange, flow: str = "refresh_token") -> tuple[Any, Told]:
    target = Told(USER, answers=iter(told))
    return _oauth.Family(logged_in(target), flow), target


def _with(token: Any) -> Exchange:
    return said(200, {**GRANT, "refresh_token": token})


def test_a_family_refreshes_with_the_latest_token() -> None:
    """A refresh token that is rotated, kept, left out or odd: the last one serves."""
    family, target = _family(*(_with(told) for told in ("r1", "r2", None, 3, "", "r4")))
    for _ in range(5):
        family.right()
    marks = [form.get("refresh_token") for form in target.sent]
    assert marks == [None, "r1", "r2", "r2", "r2", "r2"]
    assert family.form() == {
        "grant_type": "refresh_token",
        "client_id": "client-u",
        "refresh_token": "r4",
    }


def test_a_family_that_a_wrong_request_ended_is_begun_anew() -> None:
    """A server may end a family when its token was misused."""
    family, target = _family(_with("r1"), REFUSAL, _with("r5"), _with("r6"))
    assert family.right().success
    marks = [form.get("refresh_token") for form in target.sent]
    assert marks == [None, "r1", None, "r5"]


def test_a_family_that_is_granted_no_token_waits() -> None:
    """Without a first grant there is nothing to refresh."""
    family, _ = _family(said(200, {"refresh_token": "r1"}))
    with pytest.raises(Waits) as met:
        family.form()
    assert met.value.row == "oauth.password.grants"


def test_other_flows_send_their_credentials_each_time() -> None:
    """A refused credential is not tried again behind the row's back."""
    family, target = _family(REFUSAL, flow="password")
    assert family.right() is REFUSAL
    assert target.sent == [target.grant_form(USER)]


# ----------------------------------------------------------------------- wrong values


ELEVATED = Identity(
    *("elevated", "elevated_password", "client-e", "s3cret", "user10", "pass")
)


def _wrong(
    name: str, who: Identity, *others: Identity, flow: str = ""
) -> dict[str, str]:
    """Give what → the wrong value, None where the parameter is left out."""
    target = Told(who, *others, answers=iter([_with("r1")]))
    family = _oauth.Family(logged_in(target, who), flow or who.flow)
    right = family.form()
    found = {}
    for what, form in _oauth.wrong_values(family, name):
        assert {k: v for k, v in form.items() if k != name} == {
            k: v for k, v in right.items() if k != name
        }
        found[what] = form.get(name, "left out")
    return found


def test_a_user_name_is_made_wrong_in_ways_that_name_nobody() -> None:
    """A number at the end is cut off as a whole: user1 may well be there."""
    assert _wrong("username", ELEVATED) == {
        "a wrong username": "aser10",
        "a shortened username": "user",
        "no username": "left out",
        "an empty username": "",
    }


@pytest.mark.parametrize(("right", "wrong"), [("abc", "bbc"), ("Abc", "bbc")])
def test_the_first_letter_becomes_another(right: str, wrong: str) -> None:
    """A name that begins with the letter put in gets the next one."""
    who = Identity("w", "password", right, username="ann")
    assert _wrong("client_id", who)["a wrong client_id"] == wrong


def test_names_that_another_identity_has_are_not_wrong() -> None:
    """What would be right with somebody else is left out."""
    near = Identity("near", "password", "other", username="aser10")
    short = Identity("short", "password", "other", username="user")
    assert _wrong("username", ELEVATED, near, short) == {
        "no username": "left out",
        "an empty username": "",
    }


def test_a_name_of_digits_has_no_shorter_form() -> None:
    """Nothing is left when the number is cut off: then that is not sent."""
    who = Identity("w", "password", "c", username="17")
    assert "a shortened username" not in _wrong("username", who)


def test_a_secret_is_made_wrong_in_four_ways() -> None:
    """Changed, shortened, lengthened, in another case; and missing, and empty."""
    assert _wrong("password", ELEVATED) == {
        "a wrong password": "pass changed",
        "a shortened password": "pass shortened",
        "a lengthened password": "pass lengthened",
        "an otherwise cased password": "pass case",
        "no password": "left out",
        "an empty password": "",
    }


def test_a_secret_that_has_no_other_case_is_not_sent_in_one() -> None:
    """Where a change makes nothing new, the right value is not taken for wrong."""
    who = Identity("w", "password", "c", username="u", password="123")
    assert "an otherwise cased password" not in _wrong("password", who)


def test_a_refresh_token_has_no_case() -> None:
    """Opaque texts are changed and cut, not turned to another case."""
    assert list(_wrong("refresh_token", USER, flow="refresh_token")) == [
        "a wrong refresh_token",
        "a shortened refresh_token",
        "a lengthened refresh_token",
        "no refresh_token",
        "an empty refresh_token",
    ]


def test_a_grant_type_is_unregistered_missing_or_empty() -> None:
    """It is a word of the standard's: nearly right ones say nothing more."""
    assert _wrong("grant_type", USER) == {
        "an unregistered grant_type": "no_such_grant",
        "no grant_type": "left out",
        "an empty grant_type": "",
    }


def test_a_refresh_may_leave_its_client_out() -> None:
    """RFC 6749 has a client without a secret not say who it is."""
    assert list(_wrong("client_id", USER, flow="refresh_token")) == [
        "a wrong client_id",
        "a shortened client_id",
    ]
    assert "no client_id" in _wrong("client_id", USER)


@pytest.mark.parametrize(
    ("others", "needed"),
    [
        ((), True),
        ((Identity("x", "anonymous", "client-e"),), False),
        (
            (
                Identity(
                    "x", "password", "client-e", client_secret="s", secretless=True
                ),
            ),
            False,
        ),
        ((Identity("x", "password", "client-e", client_secret="s"),), True),
        ((Identity("x", "anonymous", "another"),), True),
    ],
)
def test_a_secret_may_be_left_out_where_the_client_has_a_flow_without(
    others: tuple[Identity, ...], *, needed: bool
) -> None:
    """Then the token is of that flow, and no wrong request was granted."""
    found = _wrong("client_secret", ELEVATED, *others)
    assert ("no client_secret" in found) is needed
    assert ("an empty client_secret" in found) is needed
    assert "a wrong client_secret" in found
    assert "no password" in _wrong("password", ELEVATED, *others)


def test_a_parameter_that_is_not_sent_can_not_be_wrong() -> None:
    """A client without a secret has none to be made wrong."""
    with pytest.raises(NotJudged, match="user sends no client_secret"):
        _wrong("client_secret", USER)


# ------------------------------------------------------------------ the token endpoint


def _refuse(flow: str, error: str) -> Callable[..., Any]:
    """Put a refusal around a grant of the reference server."""

    def around(inner: Any, call: Any, parameters: Any) -> Any:
        if parameters["grant_type"] == flow:
            raise Problem(400, Mistake("No", "No."), oauth=error)
        return inner(call, parameters)

    return around


FOUR = "oauth.four_flows_are_offered"


def test_each_claimed_flow_is_tried(rows_of: RowsOf) -> None:
    """A server of four flows passes."""
    (result,) = rows_of(FOUR).values()
    assert result.verdict is Verdict.PASS


@pytest.mark.parametrize(
    ("kind", "said_of"), [("client_credentials", "client_c"), ("password", "password")]
)
def test_a_flow_that_is_claimed_and_not_offered_is_named(
    rows_of: RowsOf, kind: str, said_of: str
) -> None:
    """The server itself says that there is no such flow."""
    around = _refuse(kind, "unsupported_grant_type")
    (result,) = rows_of(FOUR, {"grant": around}).values()
    assert result.verdict is Verdict.FAIL
    assert result.message.startswith(said_of)


def test_another_refusal_says_nothing_of_the_flow(rows_of: RowsOf) -> None:
    """Whether the credentials are right is asked in other rows."""
    around = _refuse("client_credentials", "invalid_client")
    (result,) = rows_of(FOUR, {"grant": around}).values()
    assert result.verdict is Verdict.PASS


def test_one_login_shows_whether_a_flow_is_offered(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Of the flows that give refresh tokens, the first that somebody uses."""
    tried: list[tuple[str, str]] = []

    def family(login: str, flow: str) -> Any:
        tried.append((login, flow))
        return SimpleNamespace(right=lambda: said(200, GRANT))

    monkeypatch.setattr(oauth, "Family", family)
    claimed = SimpleNamespace(
        flows=FLOWS, refresh_from=("anonymous", "elevated_password", "password")
    )
    target = SimpleNamespace(
        identities=lambda flow: [USER] if flow != "anonymous" else [],
        login=contextlib.nullcontext,
    )
    oauth.check_four_flows_are_offered(cast("Any", target), cast("Any", claimed))
    assert tried == [
        ("elevated_password" if flow == "refresh_token" else flow, flow)
        for flow in FLOWS
    ]


def test_a_flow_that_is_not_claimed_is_missing() -> None:
    """Fewer than four are a breach, whatever else is there."""
    claimed = SimpleNamespace(flows=("password", "client_credentials"))
    with pytest.raises(Breach, match=r"not claimed: .*refresh_token"):
        oauth.check_four_flows_are_offered(Told(), claimed)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("exchange", "judged"),
    [
        (said(400), True),
        (said(401), True),
        (said(413), False),
        (said(429), False),
        (said(200), False),
        (said(500), False),
        (said(405, method="GET"), False),
    ],
)
def test_a_refused_grant_is_a_post_that_reached_the_platform(
    exchange: Exchange, *, judged: bool
) -> None:
    """What a gateway says before, and another method's refusal, have no such shape."""
    assert oauth._refusal(exchange) is judged  # noqa: SLF001


def test_only_the_token_endpoint_is_watched() -> None:
    """Other operations have clauses of their own."""
    of = oauth._token  # noqa: SLF001
    assert of(cast("Any", SimpleNamespace(name="token")))
    assert not of(cast("Any", SimpleNamespace(name="buyers-GET")))
