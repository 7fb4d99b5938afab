"""Checks of scopes: what is asked for is granted at most, and no more is opened."""
# ruff: noqa: S106, S107 - secrets of nobody

from typing import Any, cast

import pytest
from desk import CLERK, UNSAID, Desk, answers, said

from conformance import Operation
from conformance.checks import oauth_roles
from conformance.config import Identity
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import Profile, Resource

pytestmark = pytest.mark.usefixtures("unit")


# --------------------------------------------------------------------- narrowed tokens


def granted(token: str = "new", **more: Any) -> Exchange:
    """Give a granted token request."""
    return said(200, {"access_token": token, **more}, "token")


REFUSED = said(400, {"error": "invalid_scope"}, "token")
GENTLE = Identity("gentle", "password", "g", roles=("FullAccess", "AddressReader"))


def _narrowing(profile: Profile, answer: Exchange, opened: int) -> Desk:
    changes = {("new", "LIST"): opened}
    identities = (GENTLE, CLERK)
    return Desk(answers(changes), *identities, profile=profile, grants=[answer])


@pytest.mark.usefixtures("ready")
def test_a_token_that_is_said_to_be_narrower_opens_no_more(profile: Profile) -> None:
    """The server says which role it gave: what another role opens stays closed."""
    judge = oauth_roles.check_a_narrowed_token_opens_no_more
    desk = _narrowing(profile, granted(scope="AddressReader"), 403)
    judge(cast("Any", desk))
    assert desk.asked == [("AddressReader",)]
    assert desk.log == [("new", "LIST")]
    wide = _narrowing(profile, granted(scope="AddressReader"), 200)
    with pytest.raises(Breach, match="said to be narrower"):
        judge(cast("Any", wide))


@pytest.mark.parametrize(
    "answer", [granted(), granted(scope="FullAccess AddressReader"), REFUSED]
)
@pytest.mark.usefixtures("ready")
def test_where_no_token_is_said_to_be_narrower_few_roles_will_do(
    profile: Profile, answer: Exchange
) -> None:
    """Somebody who lacks the role is tried instead."""
    judge = oauth_roles.check_a_narrowed_token_opens_no_more
    desk = _narrowing(profile, answer, 200)
    judge(cast("Any", desk))
    assert [who for who, _ in desk.log] == ["clerk"]
    desk = _narrowing(profile, answer, 200)
    desk.answering = answers({("clerk", "LIST"): 200})
    with pytest.raises(Breach, match="clerk, who lacks the role, was not refused"):
        judge(cast("Any", desk))


@pytest.mark.usefixtures("ready")
def test_who_has_one_role_asks_for_no_narrower_token(profile: Profile) -> None:
    """There is none to leave out: no token is asked for, the lack is tried."""
    desk = Desk(answers(), CLERK, profile=profile)
    oauth_roles.check_a_narrowed_token_opens_no_more(cast("Any", desk))
    assert desk.asked == []
    assert [who for who, _ in desk.log] == ["clerk"]


# -------------------------------------------------------------------------- escalation


def _escalating(
    monkeypatch: pytest.MonkeyPatch,
    buyers: Resource,
    *grants: Exchange,
    low: Identity = CLERK,
    verb: str = "LIST",
    changes: dict[tuple[str, str], int] | None = None,
) -> Desk:
    def beyond(_target: Any, *, anew: bool) -> Any:
        assert anew, "its own tokens are asked for, no other row's"
        return low, Operation(buyers, verb)

    monkeypatch.setattr(oauth_roles, "beyond", beyond)
    opened = {("low", verb): 403, ("low", "GET"): 403, **(changes or {})}
    desk = Desk(answers(opened), low, grants=grants)
    oauth_roles.check_asking_for_more_gives_no_more(cast("Any", desk))
    return desk


LOW, WIDE = granted("low"), granted("wide")
WITH_MORE = granted("low", refresh_token="r")


@pytest.mark.usefixtures("ready")
def test_more_roles_are_asked_for_alone_and_beside_ones_own(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource
) -> None:
    """Each token is tried, and each refresh token once more."""
    desk = _escalating(monkeypatch, buyers, LOW, LOW, LOW)
    assert desk.asked == [(), ("FullAccess",), ("Clerk FullAccess",)]
    assert desk.log == [("low", "LIST")] * 2
    desk = _escalating(monkeypatch, buyers, LOW, WITH_MORE, LOW, LOW)
    assert desk.asked[2:] == [("r", "FullAccess"), ("Clerk FullAccess",)]
    desk = _escalating(monkeypatch, buyers, LOW, REFUSED, REFUSED)
    assert desk.log == []
    desk = _escalating(monkeypatch, buyers, LOW, LOW, LOW, low=UNSAID)
    assert desk.asked == [(), ("FullAccess",), ("FullAccess",)]


@pytest.mark.parametrize("told", [None, "", 7])
@pytest.mark.usefixtures("ready")
def test_what_is_no_refresh_token_is_not_refreshed(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource, told: Any
) -> None:
    """Only text can be sent back."""
    answer = granted("low", refresh_token=told)
    desk = _escalating(monkeypatch, buyers, LOW, answer, answer)
    assert len(desk.asked) == 3


@pytest.mark.parametrize("token", ["", None, 7])
@pytest.mark.usefixtures("ready")
def test_what_is_no_token_is_not_tried(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource, token: Any
) -> None:
    """Whether a grant holds a token is judged elsewhere."""
    odd = said(200, {"access_token": token}, "token")
    assert _escalating(monkeypatch, buyers, LOW, odd, odd).log == []


@pytest.mark.parametrize(
    ("grants", "words"),
    [
        ((LOW, WIDE), "asked for as 'FullAccess', was not refused"),
        ((LOW, LOW, WIDE), "asked for as 'Clerk FullAccess', was not refused"),
        ((LOW, WITH_MORE, WIDE), "refreshed as 'FullAccess', was not refused"),
    ],
)
@pytest.mark.usefixtures("ready")
def test_a_role_that_is_had_by_asking_accuses(
    monkeypatch: pytest.MonkeyPatch,
    buyers: Resource,
    grants: tuple[Exchange, ...],
    words: str,
) -> None:
    """The words say how it was come by."""
    with pytest.raises(Breach, match=words):
        _escalating(monkeypatch, buyers, *grants)


@pytest.mark.usefixtures("ready")
def test_escalation_waits_for_credentials_and_sees_effects(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource
) -> None:
    """Without a first token nothing is shown; a refused write may be done."""
    with pytest.raises(Waits) as met:
        _escalating(monkeypatch, buyers, REFUSED, LOW, LOW)
    assert met.value.row == "oauth.password.grants"
    with pytest.raises(Breach, match="made the item vanish"):
        _escalating(
            monkeypatch, buyers, *[LOW] * 3, verb="DELETE", changes={("", "GET"): 404}
        )


def _refreshed(
    profile: Profile,
    *grants: Exchange,
    flow: str = "password",
    who: Identity = GENTLE,
    opened: int = 403,
    wider: int = 403,
) -> Desk:
    changes = {("low", "LIST"): opened, ("wide", "LIST"): wider}
    identity = Identity(who.name, flow, "c", roles=who.roles)
    desk = Desk(answers(changes), identity, profile=profile, grants=grants)
    oauth_roles.check_a_refresh_gives_no_more_than_was_granted(cast("Any", desk), flow)
    return desk


NARROW = granted("low", scope="AddressReader", refresh_token="r")


@pytest.mark.usefixtures("ready")
def test_a_refresh_asks_for_what_the_first_grant_had_not(
    profile: Profile, unit: Any
) -> None:
    """A narrow grant is refreshed with every role that opens more."""
    desk = _refreshed(profile, NARROW, LOW)
    assert desk.asked == [
        ("AddressReader",),
        ("r", "AddressReader FullAccess BuyerAdmin BuyerReader"),
    ]
    assert desk.log == [("low", "LIST")] * 2
    assert (unit.edges_seen, unit.edges) == (1, [])
    with pytest.raises(Breach, match="refreshed for more"):
        _refreshed(profile, NARROW, WIDE, wider=200)


@pytest.mark.usefixtures("ready")
def test_a_scope_that_is_passed_over_unsaid_is_a_warning(
    profile: Profile, unit: Any
) -> None:
    """A token of more roles than asked for is fair when the answer says so."""
    unsaid = granted("low", refresh_token="r")
    _refreshed(profile, unsaid, WIDE, opened=200, wider=200)
    assert len(unit.edges) == 1
    assert "asked for AddressReader, given more, unsaid" in unit.edges[0]
    _refreshed(profile, unsaid, LOW)
    _refreshed(profile, NARROW, WIDE, opened=200, wider=200)
    _refreshed(profile, REFUSED, NARROW, WIDE, opened=200, wider=200)
    assert len(unit.edges) == 1


@pytest.mark.usefixtures("ready")
def test_a_flow_without_refresh_tokens_is_not_refreshed(profile: Profile) -> None:
    """Where the flow gives none, the first grant is all there is to see."""
    desk = _refreshed(profile, NARROW, flow="client_credentials")
    assert desk.asked == [("AddressReader",)]
    with pytest.raises(Waits) as met:
        _refreshed(profile, granted("low"))
    assert met.value.row == "oauth.password.grants"


@pytest.mark.usefixtures("ready")
def test_who_has_no_role_to_leave_out_is_noted(profile: Profile, unit: Any) -> None:
    """The credentials are tried, and the report says why nothing more was."""
    desk = _refreshed(profile, LOW, who=CLERK)
    assert desk.asked == [()]
    assert unit.noted == ["clerk has no role to leave out"]
    with pytest.raises(Waits):
        _refreshed(profile, REFUSED, who=CLERK)
