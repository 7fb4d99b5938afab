"""Checks of right token requests: granted, usable, and spelt in any way."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from outcomes import RowsOf
from units import unit_of

from conformance.checks import oauth_grants
from conformance.config import Identity
from conformance.errors import Breach, NotJudged, Waits
from conformance.exchange import Exchange
from conformance.verdict import Verdict

CLERK = Identity("clerk", "password", "c", roles=("Clerk",))
BOTH = Identity("both", "password", "c", roles=("Clerk", "Maid", "Cook"))
UNSAID = Identity("unsaid", "password", "c")
BODY = {"access_token": "t", "token_type": "bearer", "expires_in": 3600}
GRANTS = "oauth_grants.a_right_request_is_granted"
REFRESHES = "oauth_grants.a_right_refresh_is_granted"


@pytest.fixture(autouse=True)
def unit() -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    with unit_of(identity=lambda _name: CLERK) as unit:
        yield unit


def said(status: int, value: Any = None, operation: str = "token") -> Exchange:
    """Give an answer with a JSON body."""
    return exchange(status, value, method="POST", operation=operation)


def granted(**changes: Any) -> Exchange:
    """Give a granted token request."""
    return said(200, {**BODY, **changes})


NO = said(400, {"error": "invalid_grant"})


class Desk:
    """A target whose token endpoint answers as told beforehand."""

    def __init__(self, *answers: Exchange, who: Identity = CLERK) -> None:
        self.profile = SimpleNamespace(
            flows=("password", "client_credentials", "refresh_token"),
            refresh_from=("password",),
            roles=("Clerk", "Maid"),
        )
        self.answers = iter(answers)
        self.asked: list[Any] = []
        self.who = who

    def identities(self, _flow: str | None = None) -> list[Identity]:
        """List who is there."""
        return [self.who]

    def token(self, _who: Identity) -> str:
        """Give a token: the credentials are right."""
        return "t"

    @contextlib.contextmanager
    def login(self, _flow: str) -> Iterator[Any]:
        """Log in."""
        yield SimpleNamespace(
            identity=self.who,
            target=self,
            grant=lambda: self.grant({}),
            refresh=lambda mark: self.grant({"refresh_token": mark}),
            form=lambda **changes: changes,
        )

    def grant(self, form: Mapping[str, str], spelling: str = "plus") -> Exchange:
        """Answer a token request."""
        self.asked.append((dict(form), spelling))
        return next(self.answers)


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, int]]:
    """Let errands end with these statuses, one after the other; to be filled in."""
    told: list[dict[str, int]] = []

    def errands(_target: Any, _who: Any, _token: str) -> dict[str, Exchange]:
        found = told.pop(0) if told else {"LIST": 200}
        return {verb: said(n, [], f"buyers-{verb}") for verb, n in found.items()}

    monkeypatch.setattr(oauth_grants, "errands", errands)
    return told


# ---------------------------------------------------------------------- a right request


def grants(*answers: Exchange, flow: str = "password") -> None:
    """Judge what a flow is granted."""
    desk = cast("Any", Desk(*answers))
    oauth_grants.check_a_right_request_is_granted(desk, flow)


@pytest.mark.usefixtures("done")
def test_a_refresh_token_comes_where_the_flow_gives_one() -> None:
    """It may be left out where the profile says that there is none."""
    told = granted(refresh_token="r")  # noqa: S106
    grants(told)
    grants(told, flow="client_credentials")
    grants(granted(), flow="client_credentials")
    with pytest.raises(Waits) as met:
        grants(granted())
    assert met.value.row == "oauth.password.grants"


@pytest.mark.usefixtures("done")
def test_a_granted_answer_is_read_whole() -> None:
    """Its type is judged beside the token."""
    with pytest.raises(Breach, match="token_type"):
        grants(granted(token_type="mac"), flow="client_credentials")  # noqa: S106


def test_a_granted_token_has_to_open_something(done: list[dict[str, int]]) -> None:
    """One that is refused everywhere is no use."""
    done.append({"LIST": 403})
    with pytest.raises(Breach, match="opens nothing"):
        grants(granted(), flow="client_credentials")


# ---------------------------------------------------------------------- a right refresh


FIRST = granted(refresh_token="r1")  # noqa: S106


def refreshes(*answers: Exchange, who: Identity = CLERK) -> Desk:
    """Judge what a refresh is granted."""
    desk = Desk(FIRST, *answers, who=who)
    oauth_grants.check_a_right_refresh_is_granted(cast("Any", desk), "password")
    return desk


@pytest.mark.parametrize(
    ("told", "marks"),
    [(None, ["r1"]), ("r1", ["r1", "r1"]), ("r2", ["r1", "r2"]), (7, ["r1"])],
)
@pytest.mark.usefixtures("done")
def test_the_refresh_token_that_a_refresh_tells_is_tried(
    told: Any, marks: list[str]
) -> None:
    """New or kept, it has to serve; left out, the first one is kept."""
    desk = refreshes(granted(refresh_token=told), granted())
    assert [form["refresh_token"] for form, _ in desk.asked[1:]] == marks


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ((NO,), "a right request was refused"),
        ((granted(token_type="mac"),), "token_type"),  # noqa: S106
        ((FIRST, NO), "a right request was refused"),
    ],
)
@pytest.mark.usefixtures("done")
def test_a_refresh_that_is_not_granted_accuses(
    answers: tuple[Exchange, ...], words: str
) -> None:
    """The first refresh, and the next one."""
    with pytest.raises(Breach, match=words):
        refreshes(*answers)


@pytest.mark.parametrize(
    ("before", "after", "raised"),
    [
        ({"LIST": 200, "CREATE": 201}, {"LIST": 200, "CREATE": 403}, Breach),
        # What the first could not do is not asked of the next.
        ({"LIST": 200, "CREATE": 403}, {"LIST": 200, "CREATE": 403}, None),
        ({"LIST": 200, "DELETE": 204}, {"LIST": 200}, None),
        ({"LIST": 403}, {"LIST": 403}, Waits),
        ({"LIST": 404}, {"LIST": 404}, Waits),
        ({}, {}, NotJudged),
    ],
)
def test_a_refreshed_token_does_what_the_first_did(
    done: list[dict[str, int]],
    before: dict[str, int],
    after: dict[str, int],
    raised: type[Exception] | None,
) -> None:
    """No less; where the first did nothing, the operations' rows are waited for."""
    done += [before, after]
    if raised is None:
        refreshes(granted(), who=UNSAID)
        return
    with pytest.raises(raised):
        refreshes(granted(), who=UNSAID)


# --------------------------------------------------------------------------- spelling


def spelt(*answers: Exchange) -> Desk:
    """Judge two spellings of a form."""
    desk = Desk(*answers)
    payload = ("password", "every byte")
    oauth_grants.check_any_spelling_of_a_form_is_taken(cast("Any", desk), payload)
    return desk


def test_a_form_is_sent_in_two_spellings(unit: Any) -> None:
    """As usual, and as the payload says."""
    desk = spelt(granted(), granted())
    assert [spelling for _, spelling in desk.asked] == ["plus", "every byte"]
    assert unit.asserted == 3


@pytest.mark.parametrize(
    ("answers", "raised", "words"),
    [
        ((granted(), NO), Breach, "a right form gave 200 and 400"),
        ((NO, granted()), Breach, "a right form gave 400 and 200"),
        ((NO, NO), Waits, "oauth.password.grants: no token"),
        ((granted(), said(500)), Waits, "errors.no_5xx"),
        ((granted(), said(200, {})), Waits, "oauth.password.grants"),
    ],
)
def test_a_spelling_decides_nothing(
    answers: tuple[Exchange, ...], raised: type[Exception], words: str
) -> None:
    """One refused alone accuses; both refused are the flow's own row's to judge."""
    with pytest.raises(raised, match=words):
        spelt(*answers)


def spaced(*answers: Exchange, who: Identity = BOTH) -> Desk:
    """Judge two spellings of a space."""
    desk = Desk(*answers, who=who)
    oauth_grants.check_a_space_is_a_plus_or_percent_20(cast("Any", desk), "password")
    return desk


@pytest.mark.parametrize(
    ("who", "scope"),
    [(BOTH, "Clerk Maid"), (CLERK, "Clerk Clerk"), (UNSAID, "Clerk Maid")],
)
def test_a_space_stands_between_two_roles(who: Identity, scope: str) -> None:
    """Of the identity's own, where they are said; one role is named twice."""
    desk = spaced(granted(scope=scope), granted(scope=scope), who=who)
    assert desk.asked == [({"scope": scope}, "plus"), ({"scope": scope}, "percent")]


@pytest.mark.parametrize(
    ("plus", "percent", "words"),
    [
        (granted(scope="Clerk Maid"), granted(scope="Clerk"), "scope 'Clerk', not"),
        (granted(), granted(scope="Clerk"), "scope 'Clerk', not None"),
        (NO, granted(scope="Clerk"), "a right form gave 400 and 200"),
    ],
)
def test_a_space_that_means_something_else_accuses(
    plus: Exchange, percent: Exchange, words: str
) -> None:
    """The scope that an answer tells shows what was understood."""
    with pytest.raises(Breach, match=words):
        spaced(plus, percent)


def test_scopes_are_sets_and_their_absence_is_noted(unit: Any) -> None:
    """The order says nothing; where no answer names a scope, a reader is told."""
    spaced(granted(scope="Clerk Maid"), granted(scope="Maid Clerk"))
    assert unit.noted == []
    spaced(granted(), granted(scope=7))
    assert len(unit.noted) == 1
    assert unit.noted[0].startswith("no answer names a scope")


# ----------------------------------------------------------------------- the reference


def test_the_reference_grants_and_refreshes(rows_of: RowsOf) -> None:
    """A server that does all of it passes."""
    found = rows_of(GRANTS, more=[REFRESHES])
    assert {result.verdict for result in found.values()} == {Verdict.PASS}


def test_a_refresh_that_keeps_one_role_is_found(rows_of: RowsOf) -> None:
    """The refreshed token can't do what the first did."""

    def around(inner: Any, call: Any, *rest: Any) -> Any:
        grant = inner(call, *rest)
        return replace(grant, roles=grant.roles[-1:])

    found = rows_of(REFRESHES, {"grant_refresh": around})
    result = found[REFRESHES]
    assert result.verdict is Verdict.FAIL
    assert "opens nothing" in result.message
