"""Checks of bearer tokens: nothing without one, and from the one header alone."""

import contextlib
import json
from collections.abc import Callable, Iterator, Mapping
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from units import unit_of

from conformance import Operation
from conformance.checks import oauth_bearer
from conformance.checks._oauth_roles import Trial
from conformance.config import Identity
from conformance.errors import Breach, NotProvided, Waits
from conformance.exchange import Exchange
from conformance.profile import Profile, Resource

BOSS = Identity("boss", "password", "b", roles=("FullAccess",))
UNSAID = Identity("unsaid", "client_credentials", "u")
ITEM = {"ID": "1", "Name": "n"}
How = Mapping[str, Any]


@pytest.fixture(autouse=True)
def unit() -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    with unit_of(identity={"boss": BOSS}.__getitem__) as unit:
        yield unit
    assert not unit.edges


def said(
    status: int, value: Any = None, operation: str = "buyers-GET", **more: Any
) -> Exchange:
    """Give an answer with a JSON body."""
    return exchange(status, value, operation=operation, identity="boss", **more)


class Gate:
    """A target that lets in who has its own token, and whom a test lets in."""

    def __init__(
        self,
        *identities: Identity,
        profile: Any = None,
        opens: Callable[[str, How], bool] | None = None,
        granted: Any = None,
        jwt: bool = True,
    ) -> None:
        self.profile = profile
        self.opens = opens or (lambda _verb, _how: False)
        # What a right request is refused with, but for GET.
        self.closed = 0
        self.changed = False
        self.log: list[tuple[str, How]] = []
        self.granted = granted
        self.jwt = jwt
        self.session = self
        self._identities = identities

    def identities(self, flow: str | None = None) -> list[Identity]:
        """List who uses a flow."""
        return [i for i in self._identities if flow in (None, i.flow)]

    def identity_with(self, _roles: Any) -> Identity:
        """Give whoever may."""
        return BOSS

    def token(self, who: Identity) -> str:
        """Give a right token."""
        return f"right of {who.name}"

    def is_jwt(self, _mark: str) -> bool:
        """Say what kind of token is granted."""
        return self.jwt

    def derive(self, mark: str, how: str) -> str:
        """Tell what was made of a token."""
        return f"{mark}, {how}"

    def once(self, _name: str, make: Any) -> Any:
        """Make a thing."""
        return make(SimpleNamespace(target=self))

    @contextlib.contextmanager
    def login(self, _flow: str) -> Iterator[Any]:
        """Log in."""
        yield SimpleNamespace(grant=lambda: self.granted)

    def encoded(self, body: Any) -> bytes:
        """Write JSON."""
        return json.dumps(body).encode()

    def _done(self, verb: str, how: How) -> Exchange:
        self.log.append((verb, how))
        status = 200 if not how or self.opens(verb, how) else 401
        if self.closed and not how and verb != "GET":
            status = self.closed
        value = {**ITEM, "Name": "x"} if self.changed else ITEM
        return said(status, value if status == 200 else None, f"buyers-{verb}")

    def page(self, _place: Any, query: Any = None, **how: Any) -> Exchange:
        """List."""
        return self._done("LIST", {**({"query": query} if query else {}), **how})

    def get(self, _item: Any, **how: Any) -> Exchange:
        """Read."""
        return self._done("GET", how)

    def put(self, _item: Any, _body: Any, **how: Any) -> Exchange:
        """Save."""
        return self._done("SAVE", how)

    def patch(self, _item: Any, _body: Any, **how: Any) -> Exchange:
        """Update."""
        return self._done("PATCH", how)

    def delete(self, _item: Any, **how: Any) -> Exchange:
        """Remove."""
        return self._done("DELETE", how)


def trial_of(_target: Any, operation: Operation) -> Trial:
    """Give an operation that is right in itself."""
    item = SimpleNamespace(resource=operation.resource, place=None, id="1")
    before = None if operation.verb == "LIST" else said(200, ITEM)
    return Trial(operation, cast("Any", item), {}, before)


@pytest.fixture(autouse=True)
def ready(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let every trial be ready."""
    monkeypatch.setattr(oauth_bearer, "trial_of", trial_of)


# --------------------------------------------------------------------- without a token


def without(gate: Gate, buyers: Resource, verb: str) -> None:
    """Judge an operation by requests without a token."""
    oauth_bearer.check_nothing_is_done_without_a_token(
        cast("Any", gate), Operation(buyers, verb)
    )


def test_a_write_is_tried_without_a_token_and_then_done(
    profile: Profile, buyers: Resource
) -> None:
    """Two wrong requests, said to be wrong on purpose; a look; then the right one."""
    gate = Gate(profile=profile)
    without(gate, buyers, "DELETE")
    assert [verb for verb, _ in gate.log] == ["DELETE", "DELETE", "GET", "DELETE"]
    wrong, right = gate.log[:2], gate.log[2:]
    assert [how["deliberate"] for _, how in wrong] == [True, True]
    assert wrong[0][1] == {"token": None, "deliberate": True}
    assert [how for _, how in right] == [{}, {}]


def test_a_read_is_done_and_then_tried_without_a_token(
    profile: Profile, buyers: Resource
) -> None:
    """A read leaves nothing behind: it is shown to be right before."""
    gate = Gate(profile=profile)
    without(gate, buyers, "LIST")
    assert [bool(how) for _, how in gate.log] == [False, True, True]


@pytest.mark.parametrize(
    ("verb", "opens", "words"),
    [
        ("LIST", lambda how: how == {"token": None, "deliberate": True}, "no token"),
        ("DELETE", lambda how: how.get("token") is None, "no token"),
        ("LIST", lambda how: how.get("token") is not None, "a made-up token"),
    ],
)
def test_whatever_opens_without_a_token_is_named(
    profile: Profile, buyers: Resource, verb: str, opens: Any, words: str
) -> None:
    """The words say what was sent in its place."""
    gate = Gate(profile=profile, opens=lambda _verb, how: opens(how))
    with pytest.raises(Breach, match=f"^{words} was not refused"):
        without(gate, buyers, verb)


def test_every_kind_of_no_token_meets_many_operations(profile: Profile) -> None:
    """None at all with each operation, and of the others each in its turn."""
    tried = [
        oauth_bearer._tried(profile, operation)  # noqa: SLF001
        for operation in profile.operations()
    ]
    assert {first for first, _ in tried} == {"no token"}
    assert [other for _, other in tried[:4]] == [
        "a made-up token",
        "an empty token",
        "an empty Authorization",
        "a made-up token",
    ]


def test_what_is_done_without_a_token_is_seen_on_the_item(
    profile: Profile, buyers: Resource
) -> None:
    """Refused, and done all the same."""
    gate = Gate(profile=profile)
    gate.changed = True
    with pytest.raises(Breach, match="a request without a valid token changed"):
        without(gate, buyers, "PATCH")


@pytest.mark.parametrize("verb", ["LIST", "PATCH"])
def test_a_right_request_that_is_refused_leaves_nothing_shown(
    profile: Profile, buyers: Resource, verb: str
) -> None:
    """A server that refuses everybody needs no token to be right."""
    gate = Gate(profile=profile)
    gate.closed = 404
    with pytest.raises(Waits):
        without(gate, buyers, verb)


# --------------------------------------------------------------------- false tokens


REFRESHING = said(200, {"access_token": "t", "refresh_token": "r"}, "token")
KINDS = {
    "right of boss, shortened": "a token cut short",
    "right of boss, signature_changed": "a token with another signature",
    "right of boss, signature_empty": "a token without signature",
    "right of boss, alg_none": "a token that claims to need no signature",
    "r": "a refresh token",
}


def _falsely(gate: Gate, resource: Resource) -> None:
    oauth_bearer.check_what_is_no_valid_token_opens_nothing(cast("Any", gate), resource)


def test_each_false_token_is_tried_on_a_read_and_a_write_in_turn(
    profile: Profile, buyers: Resource
) -> None:
    """Five kinds, then a look and a right request for each operation."""
    gate = Gate(BOSS, profile=profile, granted=REFRESHING)
    _falsely(gate, buyers)
    false, after = gate.log[:5], gate.log[5:]
    assert [how["token"] for _, how in false] == list(KINDS)
    assert all(how["deliberate"] for _, how in false)
    assert [verb for verb, _ in false] == ["PATCH", "GET", "PATCH", "GET", "PATCH"]
    assert [verb for verb, _ in after] == ["GET", "GET", "GET", "PATCH"]


def test_the_next_resource_begins_with_the_other_operation(profile: Profile) -> None:
    """So that every kind meets reads and writes over the whole run."""
    gate = Gate(BOSS, profile=profile, granted=REFRESHING)
    _falsely(gate, profile.resources["addresses"])
    assert [verb for verb, _ in gate.log[:2]] == ["GET", "PATCH"]


@pytest.mark.parametrize("token", list(KINDS))
def test_a_false_token_that_opens_is_named(
    profile: Profile, buyers: Resource, token: str
) -> None:
    """Each kind by its own words."""
    gate = Gate(BOSS, profile=profile, granted=REFRESHING)
    gate.opens = lambda _verb, how: how.get("token") == token
    with pytest.raises(Breach, match=f"^{KINDS[token]} was not refused"):
        _falsely(gate, buyers)


def test_false_tokens_are_judged_by_effects_and_controls(
    profile: Profile, buyers: Resource
) -> None:
    """A write that was done is seen; a right request that is refused is waited for."""
    gate = Gate(BOSS, profile=profile, granted=REFRESHING)
    gate.changed = True
    with pytest.raises(Breach, match="changed the item"):
        _falsely(gate, buyers)
    gate = Gate(BOSS, profile=profile, granted=REFRESHING)
    gate.closed = 404
    with pytest.raises(Waits):
        _falsely(gate, buyers)


def test_an_opaque_token_has_no_signature_to_change(
    profile: Profile, buyers: Resource
) -> None:
    """It is cut short; without an identity of a refreshed flow that is all."""
    gate = Gate(UNSAID, profile=profile, jwt=False)
    _falsely(gate, buyers)
    tokens = [how["token"] for _, how in gate.log if "token" in how]
    assert tokens == ["right of boss, shortened"]


@pytest.mark.parametrize(
    "granted",
    [said(400, {}, "token"), said(200, {"access_token": "t"}, "token")],
)
def test_a_refresh_token_that_is_not_given_is_waited_for(
    profile: Profile, buyers: Resource, granted: Exchange
) -> None:
    """The flow that should give one has a row of its own."""
    gate = Gate(BOSS, profile=profile, granted=granted)
    with pytest.raises(Waits) as met:
        _falsely(gate, buyers)
    assert met.value.row == "oauth.password.grants"


def test_no_token_is_no_refresh_token(profile: Profile) -> None:
    """A grant that holds a refresh token alone granted nothing."""
    alone = said(200, {"refresh_token": "r"}, "token")
    gate = Gate(BOSS, profile=profile, granted=alone)
    with pytest.raises(Waits):
        oauth_bearer._some_refresh_token(  # noqa: SLF001
            cast("Any", SimpleNamespace(target=gate))
        )


@pytest.mark.parametrize(
    ("offered", "tried"),
    [
        (("LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE"), ["GET", "PATCH"]),
        (("LIST", "SAVE", "DELETE"), ["LIST", "SAVE"]),
        (("GET", "DELETE"), ["GET", "DELETE"]),
        (("LIST", "GET"), ["GET"]),
        (("CREATE", "DELETE"), ["DELETE"]),
        (("CREATE",), ["CREATE"]),
    ],
)
def test_one_read_and_one_write_stand_for_a_resource(
    offered: tuple[str, ...], tried: list[str]
) -> None:
    """Whatever it offers; where it is neither, the first there is."""
    resource = cast("Any", SimpleNamespace(verbs=offered))
    assert oauth_bearer._verbs(resource) == tried  # noqa: SLF001


# ------------------------------------------------------------------- the one header


@pytest.fixture
def read(monkeypatch: pytest.MonkeyPatch, buyers: Resource) -> list[str]:
    """Let a list be what is read, and tell as whom."""
    asked: list[str] = []

    def readable(_target: Any, identity: Identity) -> Trial:
        asked.append(identity.name)
        return trial_of(None, Operation(buyers, "LIST"))

    monkeypatch.setattr(oauth_bearer, "readable", readable)
    return asked


TOKEN = "right of boss"
ELSEWHERE: Mapping[str, How] = {
    "in the query": {"query": {"access_token": TOKEN}},
    "in a form": {
        "raw": f"access_token={TOKEN}".encode(),
        "content_type": "application/x-www-form-urlencoded",
    },
    "in a JSON body": {"raw": json.dumps({"access_token": TOKEN}).encode()},
    "under another scheme": {"headers": {"Authorization": f"Token {TOKEN}"}},
    "under the Basic scheme": {"headers": {"Authorization": f"Basic {TOKEN}"}},
    "without a scheme": {"headers": {"Authorization": TOKEN}},
}


@pytest.mark.parametrize("payload", list(ELSEWHERE))
@pytest.mark.usefixtures("read")
def test_a_token_elsewhere_is_sent_there_alone(payload: str) -> None:
    """Beside it there is no token: a refusal, then the right request."""
    gate = Gate(BOSS)
    oauth_bearer.check_a_token_elsewhere_opens_nothing(cast("Any", gate), payload)
    none, wrong, right = (how for _, how in gate.log)
    assert none == {"token": None, "deliberate": True}
    assert wrong == {**ELSEWHERE[payload], "token": None, "deliberate": True}
    assert right == {}
    gate = Gate(BOSS, opens=lambda _verb, how: how == wrong)
    with pytest.raises(Breach, match=f"^a token {payload} was not refused"):
        oauth_bearer.check_a_token_elsewhere_opens_nothing(cast("Any", gate), payload)


def test_a_token_in_a_query_may_be_tried_on_an_item(buyers: Resource) -> None:
    """Where the read is of one item, so is the wrong one."""
    gate, trial = Gate(), trial_of(None, Operation(buyers, "GET"))
    oauth_bearer._query(cast("Any", gate), trial, "t")  # noqa: SLF001
    query = {"access_token": "t"}
    assert gate.log == [("GET", {"query": query, "token": None, "deliberate": True})]


@pytest.mark.usefixtures("read")
def test_a_right_read_that_is_refused_shows_nothing_of_the_header() -> None:
    """The list's own row is waited for."""
    gate = Gate(BOSS)
    gate.closed = 404
    with pytest.raises(Waits) as met:
        oauth_bearer.check_a_token_elsewhere_opens_nothing(
            cast("Any", gate), "in the query"
        )
    assert met.value.row == "verbs.list.contains"


def _scheme(how: How) -> str:
    return str(how.get("headers", {}).get("Authorization", "")).partition(" ")[0]


@pytest.mark.usefixtures("read")
def test_the_scheme_is_tried_in_two_cases(unit: Any) -> None:
    """Both are taken: nothing to say."""
    gate = Gate(BOSS, opens=lambda _verb, how: _scheme(how).lower() == "bearer")
    oauth_bearer.check_the_scheme_is_taken_in_any_case(cast("Any", gate))
    assert [_scheme(how) for _, how in gate.log] == ["", "bearer", "BEARER"]
    assert all(how["token"] is None for _, how in gate.log)
    assert unit.asserted == 4


@pytest.mark.usefixtures("read")
@pytest.mark.parametrize("known", ["bearer", "BEARER"])
def test_a_scheme_known_in_one_case_alone_accuses(known: str) -> None:
    """The same token is taken as it is usually sent."""
    gate = Gate(BOSS, opens=lambda _verb, how: _scheme(how) in ("Bearer", known))
    other = "BEARER" if known == "bearer" else "bearer"
    with pytest.raises(Breach, match=f"'{other}' is not taken"):
        oauth_bearer.check_the_scheme_is_taken_in_any_case(cast("Any", gate))


@pytest.mark.usefixtures("read")
def test_a_token_that_ended_says_nothing_of_the_scheme() -> None:
    """It is not taken as it is usually sent either."""
    gate = Gate(BOSS, opens=lambda _verb, how: _scheme(how) == "bearer")
    with pytest.raises(Waits, match="a right request was refused") as met:
        oauth_bearer.check_the_scheme_is_taken_in_any_case(cast("Any", gate))
    assert met.value.row == "oauth.lifetime"


@pytest.mark.usefixtures("read")
def test_a_refusal_for_another_reason_says_nothing_of_the_scheme(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Only 401 says that the token was not seen."""
    gate = Gate(BOSS)
    refused = lambda _verb, how: said(404 if _scheme(how) else 401)  # noqa: E731
    monkeypatch.setattr(gate, "_done", refused)
    with pytest.raises(Waits) as met:
        oauth_bearer.check_the_scheme_is_taken_in_any_case(cast("Any", gate))
    assert met.value.row == "verbs.get.returns"


def test_whose_roles_are_said_is_asked_first(read: list[str]) -> None:
    """Of whom nobody said what they may, a read may be refused rightly."""
    for identities, name in (((UNSAID, BOSS), "boss"), ((UNSAID,), "unsaid")):
        _, token = oauth_bearer._reading(  # noqa: SLF001
            cast("Any", Gate(*identities))
        )
        assert token == f"right of {name}"
    assert read == ["boss", "unsaid"]
    with pytest.raises(NotProvided, match="identity"):
        oauth_bearer._reading(cast("Any", Gate()))  # noqa: SLF001


@pytest.mark.usefixtures("read")
def test_where_no_token_is_needed_the_header_is_not_judged() -> None:
    """The clause that asks for a token accuses."""
    gate = Gate(BOSS, opens=lambda _verb, _how: True)
    with pytest.raises(Waits) as met:
        oauth_bearer._reading(cast("Any", gate))  # noqa: SLF001
    assert met.value.row == "oauth.bearer_required"
    assert gate.log == [("LIST", {"token": None, "deliberate": True})]
