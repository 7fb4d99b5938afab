"""What a token is tried with, and whom it accuses that it opens nothing."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from granting import USER, said

from conformance.checks import _oauth
from conformance.config import Identity
from conformance.errors import Breach, NotJudged, Waits
from conformance.exchange import Exchange

pytestmark = pytest.mark.usefixtures("unit")


# ---------------------------------------------------------------------------- errands


class Shop:
    """A target that notes what errands are run on it."""

    def __init__(self, *resources: Any, read_only: bool = False) -> None:
        self.profile = SimpleNamespace(resources={r.name: r for r in resources})
        self.session = SimpleNamespace(read_only=read_only)
        self.made: Any = {"ID": "one"}
        self.done: list[str] = []

    def place(self, resource: Any) -> Any:
        """Give a collection."""
        return SimpleNamespace(item=lambda id_: f"{resource.name} {id_}")

    def page(self, _place: Any, token: str) -> Exchange:
        """List."""
        return self._done(f"LIST with {token}")

    def post(self, _place: Any, _body: Any, token: str) -> Exchange:
        """Create."""
        return self._done(f"CREATE with {token}", self.made)

    def perform(self, verb: str, item: str, token: str) -> Exchange:
        """Do anything to an item."""
        return self._done(f"{verb} {item} with {token}")

    def shared(self, resource: Any) -> str:
        """Give the item that rows share."""
        return f"{resource.name} shared"

    def body(self, _resource: Any) -> dict[str, str]:
        """Give a body."""
        return {}

    def _done(self, words: str, value: Any = None) -> Exchange:
        self.done.append(words)
        return said(201, value)


def _thing(name: str, *verbs: str, above: int = 0, **roles: tuple[str, ...]) -> Any:
    return SimpleNamespace(
        name=name,
        verbs=verbs,
        roles=roles,
        parents=("p",) * above,
        id=SimpleNamespace(member="ID", writable=True),
    )


EVERY = ("LIST", "CREATE", "GET", "SAVE", "DELETE")


@pytest.mark.parametrize(
    ("shop", "done"),
    [
        (
            Shop(
                _thing("a", "LIST"), _thing("b", *EVERY), _thing("c", *EVERY, above=1)
            ),
            ["LIST with t", "CREATE with t", "GET b one with t", "DELETE b one with t"],
        ),
        (
            Shop(_thing("b", *EVERY), read_only=True),
            ["LIST with t", "GET b shared with t"],
        ),
        # An errand that may not create reads what is there, and removes nothing.
        (
            Shop(_thing("b", *EVERY, CREATE=("Boss",))),
            ["LIST with t", "GET b shared with t"],
        ),
        (Shop(_thing("b", "CREATE", "LIST")), ["LIST with t", "CREATE with t"]),
        (Shop(_thing("b", "LIST", "GET")), ["LIST with t"]),
        (Shop(_thing("b", "LIST", "CREATE", GET=("Boss",))), None),
        (
            Shop(_thing("b", "CREATE", "GET", "DELETE", GET=("Boss",))),
            ["CREATE with t", "DELETE b one with t"],
        ),
        (Shop(_thing("b", "SAVE", LIST=("Boss",))), []),
    ],
)
def test_errands_are_run_on_what_the_roles_open_most(
    shop: Shop, done: list[str] | None
) -> None:
    """One resource's open verbs are done in order; what was made is removed."""
    clerk = Identity("clerk", "password", "c", roles=("Clerk",))
    found = _oauth.errands(cast("Any", shop), clerk, "t")
    if done is not None:
        assert shop.done == done
    assert list(found) == [words.split()[0] for words in shop.done]


@pytest.mark.parametrize("made", [None, {}, {"ID": None}, ["ID"]])
def test_an_item_without_an_id_is_not_asked_for(made: Any) -> None:
    """Where a creation tells no ID there is nothing to read or remove."""
    shop = Shop(_thing("b", *EVERY))
    shop.made = made
    _oauth.errands(cast("Any", shop), USER, "t")
    assert shop.done == ["LIST with t", "CREATE with t"]


# ---------------------------------------------------------------------------- usable


OK = said(200, operation="buyers-LIST", valid_token=True)
FORBIDDEN = said(403, operation="buyers-LIST", valid_token=True)
NO_TOKEN = said(401, operation="buyers-LIST", valid_token=True)
CLERK = Identity("clerk", "password", "c", roles=("Clerk",))


def test_a_token_that_is_not_taken_may_be_another_clauses_breach() -> None:
    """401 accuses; where no valid token is honoured, that clause's rows met it too."""
    with pytest.raises(Breach, match="is not taken") as met:
        _oauth.insist_usable(CLERK, {"LIST": OK, "GET": NO_TOKEN})
    assert [clause for clause, _ in met.value.owners] == ["oauth.lifetime"]


def test_a_token_that_opens_less_than_its_roles_accuses() -> None:
    """403 to what the target file says is open."""
    with pytest.raises(Breach, match="opens nothing"):
        _oauth.insist_usable(CLERK, {"LIST": OK, "GET": FORBIDDEN})


def test_roles_that_nobody_said_leave_403_open() -> None:
    """Without roles in the target file a 403 may be right, unless it worked before."""
    with pytest.raises(NotJudged, match="the roles of user are not said"):
        _oauth.insist_usable(USER, {"LIST": FORBIDDEN})
    with pytest.raises(Breach, match="opens nothing"):
        _oauth.insist_usable(USER, {"LIST": FORBIDDEN}, before=["LIST"])


@pytest.mark.parametrize("who", [USER, CLERK])
@pytest.mark.parametrize("other", [OK, said(404, operation="buyers-GET")])
def test_one_success_shows_that_a_token_works(
    who: Identity, other: Exchange, unit: Any
) -> None:
    """What else was refused for reasons of its own is not the token's doing."""
    _oauth.insist_usable(who, {"LIST": OK, "GET": other})
    assert unit.asserted == 4


def test_a_token_that_nothing_can_be_tried_with_is_not_judged() -> None:
    """No operation is open to the identity: nothing is shown."""
    with pytest.raises(NotJudged, match="no operation is open to clerk"):
        _oauth.insist_usable(CLERK, {})


def test_where_nothing_succeeds_the_verbs_own_row_is_waited_for() -> None:
    """A refusal for another reason belongs to the row of that operation."""
    missing = said(404, operation="buyers-LIST")
    with pytest.raises(Waits) as met:
        _oauth.insist_usable(CLERK, {"LIST": missing})
    assert met.value.row == "verbs.list.contains"
    with pytest.raises(Waits):
        _oauth.insist_usable(CLERK, {}, tried=[missing])
