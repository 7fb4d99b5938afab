"""Checks of every exchange: tokens honoured, roles listed, secrets kept."""

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from units import unit_of

from conformance.checks import oauth_watched
from conformance.config import Config, Identity
from conformance.errors import Breach, Waits
from conformance.exchange import Exchange
from conformance.profile import Profile

READER = Identity("reader", "password", "c", roles=("BuyerReader",))
NOBODY = Identity("nobody", "password", "c")
MARK = "~SECRET~app.client_secret~0123abcd~"
SHORT = "~SECRET~app.password.short~0123abcd~"


@pytest.fixture(autouse=True)
def unit(profile: Profile) -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    users = SimpleNamespace(
        properties={
            "Name": {"type": "string"},
            "Password": {"type": "string", "format": "password"},
            "Pin": {"type": "string", "format": "password"},
            "Hint": {"type": "string", "format": "password", "x-readable": True},
        },
        example={"Name": "Ann", "Password": "swordfish 1", "Pin": "1234567"},
        other={"Password": "swordfish/2", "Pin": "12345678"},
    )
    claimed = SimpleNamespace(
        resources={**profile.resources, "users": users}, errors=profile.errors
    )
    with unit_of(
        profile=claimed,
        config=Config("https://api.test"),
        identity={"reader": READER, "nobody": NOBODY}.get,
    ) as unit:
        yield unit


def said(
    status: int = 200, value: Any = None, *, raw: bytes | None = None, **more: Any
) -> Exchange:
    """Give an answer with a JSON body, or the bytes given."""
    how = {"operation": "buyers-CREATE", "identity": "reader", **more}
    return exchange(status, value, body=raw, method="POST", **how)


# ----------------------------------------------------------------------------- tokens


@pytest.mark.parametrize("status", [200, 204, 400, 402, 403, 404, 500])
def test_whatever_else_is_answered_honours_a_token(status: int, unit: Any) -> None:
    """Only 401 says that the token is none."""
    oauth_watched.check_a_valid_token_is_honoured(said(status))
    assert unit.asserted == 1


def test_401_to_a_valid_token_accuses(unit: Any) -> None:
    """A server of one session per user may have ended the token a moment before."""
    with pytest.raises(Breach, match="a valid token"):
        oauth_watched.check_a_valid_token_is_honoured(said(401))
    unit.session.config = Config("https://api.test", single_session=True)
    oauth_watched.check_a_valid_token_is_honoured(said(401))


# ------------------------------------------------------------------------------ roles


def test_operations_with_roles_are_watched(profile: Profile) -> None:
    """A role must open the operation; the token endpoint is nobody's resource."""
    watched = oauth_watched._with_roles  # noqa: SLF001
    buyers = profile.resources["buyers"]
    for resource, verb, wanted in (
        (buyers, "GET", True),
        (buyers, "HEAD", False),
        (buyers, None, False),
        (None, None, False),
        (None, "GET", False),
    ):
        found = watched(cast("Any", SimpleNamespace(resource=resource, verb=verb)))
        assert found is wanted


@pytest.mark.parametrize(
    ("status", "lacks", "judged"),
    [
        (403, True, True),
        (404, True, True),
        (401, True, True),
        (413, True, False),
        (429, True, False),
        (200, True, False),
        (500, True, False),
        (403, False, False),
        (404, False, False),
    ],
)
def test_a_refusal_for_want_of_a_role_reached_the_platform(
    status: int, *, lacks: bool, judged: bool
) -> None:
    """Other refusals, and what a gateway says before, list no role."""
    notes = {"lacks_role": True} if lacks else {}
    found = oauth_watched._for_want_of_a_role(  # noqa: SLF001
        said(status, notes=notes)
    )
    assert found is judged


def _refused(data: Any, message: str = "No.", **more: Any) -> Exchange:
    error = {"ErrorCode": "Roles", "Message": message, "Data": data}
    return said(403, {"Errors": [error]}, **more)


@pytest.mark.parametrize(
    "data",
    [
        {"Sufficient": ["FullAccess", "BuyerAdmin"]},
        {"Sufficient": ["BuyerAdmin"], "Assigned": ["BuyerReader"]},
        {"Assigned": ["BuyerReader"], "Sufficient": ["BuyerAdmin"]},
        {"Needed": "FullAccess, BuyerAdmin"},
        {"Needed": "FullAccess|BuyerAdmin"},
        {"Needed": "['FullAccess';'BuyerAdmin']"},
        {"Needed": '("BuyerAdmin")'},
        {"Needed": "BuyerAdmin"},
        {"Deep": {"Roles": [{"Name": "BuyerAdmin"}, {"Name": "FullAccess"}]}},
        {"Deep": [[["BuyerAdmin"]]]},
        {"Deep": [{"Roles": ["BuyerAdmin"]}]},
        {"Mixed": [1, "BuyerAdmin", None]},
    ],
)
def test_a_missing_role_is_listed_in_any_way(
    data: Any, profile: Profile, unit: Any
) -> None:
    """Arrays and delimited texts at any depth, under any name, are lists."""
    oauth_watched.check_missing_roles_are_listed(_refused(data), profile)
    assert (unit.asserted, unit.edges_seen, unit.edges) == (1, 1, [])


@pytest.mark.parametrize(
    "data",
    [
        None,
        {"Roles": []},
        {"Assigned": ["BuyerReader"]},
        {"Roles": ["AddressAdmin"]},
        {"Roles": "Full Access"},
    ],
)
def test_other_roles_are_not_the_missing_ones(data: Any, profile: Profile) -> None:
    """None that opens the operation is told anywhere."""
    with pytest.raises(Breach, match=r"none of .*BuyerAdmin.* is listed"):
        oauth_watched.check_missing_roles_are_listed(_refused(data), profile)


@pytest.mark.parametrize(
    "exchange",
    [
        _refused(None, "One of BuyerAdmin, FullAccess is needed."),
        said(403, {"error": "x", "error_description": "BuyerAdmin is needed."}),
        # A list with what the token has is no list of what it lacks.
        _refused({"All": ["BuyerReader", "BuyerAdmin"]}),
        _refused([{"Message": ["BuyerAdmin"]}]),
        _refused([{"Message": "BuyerAdmin"}]),
    ],
)
def test_a_role_in_a_message_alone_is_a_warning(
    exchange: Exchange, profile: Profile, unit: Any
) -> None:
    """People can read it; programs can't."""
    oauth_watched.check_missing_roles_are_listed(exchange, profile)
    assert [words.partition(":")[0] for words in unit.edges] == ["only in a message"]


def test_roles_that_nobody_said_are_not_in_the_way(profile: Profile, unit: Any) -> None:
    """Without roles in the target file every list of opening roles will do."""
    told = _refused({"All": ["BuyerReader", "BuyerAdmin"]}, identity="nobody")
    oauth_watched.check_missing_roles_are_listed(told, profile)
    assert unit.edges == []


def test_the_roles_are_those_of_the_operation(profile: Profile) -> None:
    """What opens a read only is not missing for a write."""
    told = _refused(["BuyerReader"], identity="nobody")
    with pytest.raises(Breach):
        oauth_watched.check_missing_roles_are_listed(told, profile)
    read = _refused(["BuyerReader"], identity="nobody", operation="buyers-LIST")
    oauth_watched.check_missing_roles_are_listed(read, profile)


def test_401_for_want_of_a_role_is_another_clauses(profile: Profile) -> None:
    """It says that the token is none, so it can't say what the token lacks."""
    with pytest.raises(Waits) as met:
        oauth_watched.check_missing_roles_are_listed(said(401), profile)
    assert met.value.row == "status.forbidden_403"


# ---------------------------------------------------------------------------- secrets


GOOD = [
    said(200, {"ID": "1"}),
    said(0),
    said(200, {"password": SHORT}),
    said(200, {"access_token": MARK, "refresh_token": MARK}, operation="token"),
    said(200, raw=b"", operation="token"),
    said(200, raw=b"no JSON", operation="elsewhere"),
    said(200, {"Hint": MARK}, operation="users-GET"),
    said(200, {"Name": "Ann"}, operation="users-GET"),
    # Too short to be told from what stands there by chance.
    said(200, {"Number": "1234567"}, operation="users-GET"),
]
TOLD = [
    said(400, {"Message": f"not {MARK}"}),
    said(200, {"a": [{"b": MARK}]}),
    said(200, {"hint": f"{MARK} {SHORT}"}),
    said(200, {MARK: 1}),
    said(401, headers=(("www-authenticate", f'Bearer realm="{MARK}"'),)),
    said(200, raw=b"", headers=(("x-token", MARK),)),
    said(400, {"access_token": MARK}, operation="token"),
    said(200, {"access_token": MARK, "secret": MARK}, operation="token"),
    said(200, {"access_token": MARK}, operation="elsewhere"),
    said(200, {"access_token": MARK}),
    said(200, raw=f"no JSON {MARK}".encode()),
    said(200, raw=f"no JSON {MARK}".encode(), operation="token"),
    said(200, {"Name": MARK}, operation="users-GET"),
    said(200, {"Hint": "x", "Name": MARK}, operation="users-GET"),
]


@pytest.mark.parametrize("exchange", GOOD)
def test_what_an_answer_is_there_to_hold_is_no_echo(
    exchange: Exchange, unit: Any
) -> None:
    """Tokens granted, what the profile marks readable, and short words are let be."""
    oauth_watched.check_no_secret_is_sent_back(exchange)
    assert unit.asserted == 1


@pytest.mark.parametrize("exchange", TOLD)
def test_a_secret_sent_back_is_named(exchange: Exchange) -> None:
    """Anywhere in headers and body; the mark's name is said, never the secret."""
    with pytest.raises(Breach, match=r"app.client_secret~.* in POST"):
        oauth_watched.check_no_secret_is_sent_back(exchange)


NEW = b'{"Name": "Ann", "Password": "open sesame", "Pin": "1111"}'


@pytest.mark.parametrize(
    ("body", "sent", "name"),
    [
        # The example's, the other's, and the one just sent.
        ({"Password": "swordfish 1"}, None, "Password"),
        ({"Note": "it is swordfish/2."}, None, "Password"),
        ({"Pin": "12345678"}, None, "Pin"),
        ({"Note": "open sesame"}, NEW, "Password"),
        ({"Link": "?p=open%20sesame"}, NEW, "Password"),
        ({"Note": "open sesame"}, None, None),
        ({"Pin": "1111"}, NEW, None),
        ({"Note": "open sesame"}, b"[1]", None),
        ({"Note": "open sesame"}, b"{no JSON", None),
        # Whoever writes it in another member gets it back by right.
        ({"Name": "open sesame"}, NEW.replace(b"Ann", b"open sesame"), None),
    ],
)
def test_a_password_of_an_item_comes_back_nowhere(
    body: Any, sent: bytes | None, name: str | None
) -> None:
    """Values of secret properties are looked for, as long as they are telling."""
    exchange = said(200, body, operation="users-CREATE", sent=sent)
    if name is None:
        oauth_watched.check_no_secret_is_sent_back(exchange)
        return
    with pytest.raises(Breach, match=f"^{name} in POST"):
        oauth_watched.check_no_secret_is_sent_back(exchange)


def test_a_body_that_is_wrong_on_purpose_holds_no_secret() -> None:
    """What was sent malformed was never taken for an item."""
    told = {"Note": "open sesame"}
    deliberate = said(400, told, operation="users-CREATE", sent=NEW, deliberate=True)
    oauth_watched.check_no_secret_is_sent_back(deliberate)


def test_an_exchange_without_an_answer_holds_nothing() -> None:
    """Nothing came back: nothing is looked through, nothing is accused."""
    lost = said(0, operation="users-CREATE", sent=NEW)
    oauth_watched.check_no_secret_is_sent_back(lost)
    assert oauth_watched._shown(lost, None) == ""  # noqa: SLF001
    assert not oauth_watched._marked(lost)  # noqa: SLF001
