"""Checks of roles: who lacks one does nothing, and gets none by asking."""
# ruff: noqa: S106, S107 - secrets of nobody

import contextlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, cast

import pytest
from exchanges import exchange
from units import unit_of

from conformance import Operation
from conformance.checks import _oauth_roles, oauth_roles
from conformance.checks._oauth_roles import Trial
from conformance.config import Config, Identity
from conformance.errors import Breach, Disturbed, NotProvided, Waits
from conformance.exchange import Exchange
from conformance.profile import Profile, Resource

CLERK = Identity("clerk", "password", "c", roles=("Clerk",))
BOSS = Identity("boss", "password", "b", roles=("FullAccess", "BuyerAdmin"))
Answering = Callable[[str, str], Exchange]


@pytest.fixture(autouse=True)
def unit() -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    with unit_of(identity={"clerk": CLERK, "boss": BOSS}.__getitem__) as unit:
        yield unit


def said(status: int, value: Any = None, operation: str = "buyers-GET") -> Exchange:
    """Give an answer with a JSON body."""
    return exchange(status, value, operation=operation, identity="boss")


ITEM = {"ID": "1", "Name": "n"}


class Desk:
    """A target that answers by who asks for what, and keeps a log of it."""

    def __init__(
        self,
        answering: Answering,
        *identities: Identity,
        profile: Any = None,
        grants: Sequence[Any] = (),
        who: str = "",
        log: list[tuple[str, str]] | None = None,
    ) -> None:
        self.answering = answering
        self.config = Config("https://api.test", identities=identities)
        self.profile = profile
        self.who = who
        self.log: list[tuple[str, str]] = [] if log is None else log
        self.grants = iter(grants)
        self.asked: list[Any] = []
        self.held = 4
        self.session: Any = None

    def identities(self, flow: str | None = None) -> list[Identity]:
        """List who uses a flow."""
        return [i for i in self.config.identities if flow in (None, i.flow)]

    def identity_with(self, _roles: Any) -> Identity:
        """Give whoever may."""
        return BOSS

    def using(self, who: Identity) -> "Desk":
        """Speak as somebody."""
        return Desk(self.answering, who=who.name, log=self.log)

    def _done(self, verb: str, token: str | None = None) -> Exchange:
        who = self.who if token is None else token
        self.log.append((who, verb))
        return self.answering(who, verb)

    def page(self, _place: Any, **how: Any) -> Exchange:
        """List."""
        return self._done("LIST", **how)

    def get(self, _item: Any, **how: Any) -> Exchange:
        """Read."""
        return self._done("GET", **how)

    def post(self, _place: Any, _body: Any, **how: Any) -> Exchange:
        """Create."""
        return self._done("CREATE", **how)

    def put(self, _item: Any, _body: Any, **how: Any) -> Exchange:
        """Save."""
        return self._done("SAVE", **how)

    def patch(self, _item: Any, _body: Any, **how: Any) -> Exchange:
        """Update."""
        return self._done("PATCH", **how)

    def delete(self, _item: Any, **how: Any) -> Exchange:
        """Remove."""
        return self._done("DELETE", **how)

    def body(self, _resource: Resource) -> dict[str, Any]:
        """Give a right body."""
        return dict(ITEM)

    def place(self, resource: Resource) -> Any:
        """Give a collection."""
        return SimpleNamespace(
            item=lambda id_, _body: SimpleNamespace(resource=resource, id=id_)
        )

    @contextlib.contextmanager
    def login(self, who: Any) -> Iterator[Any]:
        """Log in; what is granted was told beforehand."""
        identity = who if isinstance(who, Identity) else self.identities(who)[0]
        yield SimpleNamespace(identity=identity, grant=self._grant, refresh=self._grant)

    def _grant(self, *mark: str, **scope: str) -> Exchange:
        self.asked.append((*mark, *scope.values()))
        return cast("Exchange", next(self.grants))

    def lanes(self) -> int:
        """Say how many connections are held at once."""
        return self.held

    def together(self, calls: Sequence[Any]) -> list[Any]:
        """Make calls, one after the other."""
        return [call(self) for call in calls]


def answers(changes: Mapping[tuple[str, str], int] | None = None) -> Answering:
    """Let the clerk be refused and everybody else be served, but for some."""

    def answering(who: str, verb: str) -> Exchange:
        usual = 403 if who == "clerk" else 204 if verb == "DELETE" else 200
        status = (changes or {}).get((who, verb), usual)
        value = [] if verb == "LIST" else ITEM
        return said(status, value if status < 300 else None, f"buyers-{verb}")

    return answering


def trial_of(
    resource: Any, verb: str, before: Exchange | None = None, **more: Any
) -> Trial:
    """Give an operation that is right in itself."""
    item = SimpleNamespace(resource=resource, place=None, id="1")
    return Trial(Operation(resource, verb), cast("Any", item), {}, before, **more)


@pytest.fixture
def ready(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Let every trial be ready, whoever shows that it works be told."""
    shown: list[str] = []

    def make(_target: Any, operation: Operation) -> Trial:
        read = operation.verb in ("LIST", "CREATE")
        before = None if read else said(200, ITEM)
        return trial_of(operation.resource, operation.verb, before)

    def works(_target: Any, identity: Identity) -> None:
        shown.append(identity.name)

    monkeypatch.setattr(oauth_roles, "trial_of", make)
    monkeypatch.setattr(oauth_roles, "works", works)
    return shown


# ----------------------------------------------------------------------- the trial


@pytest.mark.parametrize("verb", ["GET", "LIST", "CREATE", "SAVE", "PATCH", "DELETE"])
def test_a_trial_sends_its_own_verb(buyers: Resource, verb: str) -> None:
    """Each operation is tried as what it is."""
    desk = Desk(answers())
    trial_of(buyers, verb).attempt(cast("Any", desk), token="t")
    assert desk.log == [("t", verb)]


@pytest.mark.parametrize(
    ("verb", "status", "raised"),
    [
        ("GET", 403, None),
        ("DELETE", 404, None),
        ("GET", 200, Breach),
        ("DELETE", 204, Breach),
        # What came of a write that crashed is looked at; that it crashed is another's.
        ("DELETE", 500, None),
        ("SAVE", 505, None),
        ("GET", 500, Waits),
        ("LIST", 500, Waits),
        ("DELETE", 503, Disturbed),
        ("GET", 503, Disturbed),
        ("DELETE", 301, Waits),
    ],
)
def test_a_refusal_is_insisted_on(
    buyers: Resource, verb: str, status: int, raised: type[Exception] | None
) -> None:
    """A success accuses; a crash, a redirect and a gateway belong to others."""
    trial = trial_of(buyers, verb)
    answer = said(status, operation=f"buyers-{verb}")
    if raised is None:
        trial.insist_refused(answer, "who")
        return
    with pytest.raises(raised):
        trial.insist_refused(answer, "who")


def test_an_item_that_changed_under_refusals_accuses(buyers: Resource) -> None:
    """A write that is refused and done is seen on the item."""
    same = Desk(lambda _who, _verb: said(200, ITEM))
    other = Desk(lambda _who, _verb: said(200, {**ITEM, "Name": "x"}))
    for verb in ("SAVE", "DELETE", "GET"):
        trial = trial_of(buyers, verb, said(200, ITEM))
        trial.insist_untouched(cast("Any", same), "it")
        with pytest.raises(Breach, match="it changed the item: Name"):
            trial.insist_untouched(cast("Any", other), "it")


def test_an_item_that_was_made_under_refusals_accuses(buyers: Resource) -> None:
    """A creation that is refused and done is found under its ID."""
    trial = trial_of(buyers, "CREATE")
    trial.insist_untouched(cast("Any", Desk(lambda *_: said(404))), "it")
    with pytest.raises(Breach, match="GET of the item that it described"):
        trial.insist_untouched(cast("Any", Desk(lambda *_: said(200, ITEM))), "it")


def _thing(
    *verbs: str, name: str = "a", writable: bool = True, above: int = 0, **roles: Any
) -> Any:
    return SimpleNamespace(
        name=name,
        verbs=verbs,
        roles=roles,
        parents=("p",) * above,
        id=SimpleNamespace(member="ID", writable=writable),
    )


@pytest.mark.parametrize(
    ("resource", "verb"),
    [
        (_thing("CREATE", "GET", writable=False), "CREATE"),
        (_thing("CREATE"), "CREATE"),
        (_thing("LIST", "GET"), "LIST"),
        (_thing("GET", "DELETE"), "DELETE"),
    ],
)
def test_what_can_not_be_read_back_is_let_be(resource: Any, verb: str) -> None:
    """Without an ID of ours, or a GET, there is nothing to look at."""
    desk = Desk(answers())
    trial_of(resource, verb).insist_untouched(cast("Any", desk), "it")
    assert desk.log == []


@pytest.mark.parametrize(
    ("verbs", "verb", "made_by", "looked"),
    [
        (("LIST", "GET"), "LIST", "subject", False),
        (("LIST", "GET"), "GET", "subject", False),
        (("CREATE", "GET", "DELETE"), "DELETE", "subject", True),
        (("CREATE", "DELETE"), "DELETE", "subject", False),
        (("CREATE", "GET", "PATCH"), "PATCH", "aim", True),
        (("CREATE", "PATCH"), "PATCH", "aim", False),
        (("CREATE", "GET"), "CREATE", "aim", False),
        (("GET", "PATCH"), "PATCH", "subject", True),
    ],
)
def test_a_trial_is_made_ready_as_its_verb_needs(  # noqa: PLR0913 - what varies
    monkeypatch: pytest.MonkeyPatch,
    buyers: Resource,
    verbs: tuple[str, ...],
    verb: str,
    made_by: str,
    *,
    looked: bool,
) -> None:
    """A writing one has a body to be seen; what can be read back is read before."""
    resource = _thing(*verbs)
    item = SimpleNamespace(resource=buyers, place=None, id="1")
    aimed = SimpleNamespace(item=item, other={"Name": "other"})
    monkeypatch.setattr(_oauth_roles, "subject", lambda _target, _operation: item)
    monkeypatch.setattr(_oauth_roles, "aim", lambda _target, _resource, _verb: aimed)
    trial = _oauth_roles.trial_of(
        cast("Any", Desk(answers())), Operation(resource, verb)
    )
    assert trial.body == ({"Name": "other"} if made_by == "aim" else {})
    assert (trial.before is not None) is looked


def test_a_trial_waits_for_an_item_that_can_not_be_read(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource
) -> None:
    """Where GET does not give the item, the row of GET judges that."""
    item = SimpleNamespace(resource=buyers, place=None, id="1")
    monkeypatch.setattr(_oauth_roles, "subject", lambda _target, _operation: item)
    desk = Desk(lambda *_: said(404))
    with pytest.raises(Waits) as met:
        _oauth_roles.trial_of(cast("Any", desk), Operation(buyers, "DELETE"))
    assert met.value.row == "verbs.get.returns"


# ------------------------------------------------------------------------- who may not


def _claiming(*resources: Any, roles: tuple[str, ...] = ()) -> Any:
    operations = [Operation(one, verb) for one in resources for verb in one.verbs]
    return SimpleNamespace(operations=lambda: operations, roles=roles)


def test_a_read_that_the_roles_open_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """One under the fewest parents, and no write."""
    monkeypatch.setattr(_oauth_roles, "trial_of", lambda _target, op: op)
    deep = _thing("LIST", name="deep", above=1)
    closed = _thing("LIST", "GET", name="closed", LIST=("Boss",), GET=("Boss",))
    half = _thing("CREATE", "LIST", "GET", name="half", LIST=("Boss",))
    for resources, found in (
        ((deep, closed, half), ("half", "GET")),
        ((deep, closed), ("deep", "LIST")),
    ):
        desk = cast("Any", Desk(answers(), profile=_claiming(*resources)))
        operation = cast("Any", _oauth_roles.readable(desk, CLERK))
        assert (operation.resource.name, operation.verb) == found
    closed_desk = Desk(answers(), profile=_claiming(closed, _thing("CREATE")))
    with pytest.raises(NotProvided, match="identity"):
        _oauth_roles.readable(cast("Any", closed_desk), CLERK)


UNSAID = Identity("unsaid", "password", "u")
TWIN = Identity("twin", "password", "t", roles=("Clerk",))
MAID = Identity("maid", "password", "m", roles=("Maid",))
COOK = Identity("cook", "password", "k", roles=("Cook",))


@pytest.mark.parametrize(
    ("identities", "single", "names"),
    [
        ((BOSS, UNSAID, CLERK, TWIN, MAID, COOK), False, ["clerk", "maid"]),
        ((BOSS, UNSAID, CLERK, TWIN, MAID, COOK), True, ["clerk"]),
        ((TWIN,), False, ["twin"]),
    ],
)
def test_two_who_lack_a_role_are_of_different_roles(
    identities: tuple[Identity, ...], names: list[str], *, single: bool
) -> None:
    """Whose roles are not said may have every one; a single session tries one."""
    desk = Desk(answers(), *identities)
    desk.config = Config(
        "https://api.test", identities=identities, single_session=single
    )
    found = _oauth_roles.lacking(cast("Any", desk), ["BuyerAdmin"])
    assert [one.name for one in found] == names


def test_nobody_who_lacks_a_role_is_the_owners_to_give() -> None:
    """Where everybody may, there is nobody to try."""
    desk = cast("Any", Desk(answers(), BOSS, UNSAID))
    with pytest.raises(NotProvided, match="low_role_identity"):
        _oauth_roles.lacking(desk, ["BuyerAdmin"])


def test_a_token_is_seen_to_work_where_its_roles_list_something() -> None:
    """The first list that a role opens is asked for, once in a run."""
    asked: list[Any] = []
    claimed = _claiming(
        _thing("LIST", name="open"),
        _thing("LIST", name="closed", LIST=("Boss",)),
        _thing("GET", name="read", GET=("Clerk",), LIST=("Clerk",)),
        _thing("LIST", name="clerks", LIST=("Boss", "Clerk")),
        _thing("LIST", name="more", LIST=("Clerk",)),
    )
    desk = Desk(answers({("clerk", "LIST"): 404}), profile=claimed)
    session = SimpleNamespace(once=lambda name, make: asked.append((name, make)))
    target = cast("Any", desk)
    target.session = session
    target.place = lambda resource: asked.append(resource.name)
    _oauth_roles.works(target, CLERK)
    name, (what, make) = asked
    assert (name, what) == ("clerks", "works clerk")
    with pytest.raises(Waits) as met:
        make(SimpleNamespace(target=desk))
    assert met.value.row == "verbs.list.contains"
    asked.clear()
    _oauth_roles.works(target, Identity("nobody", "password", "n"))
    assert asked == []


def test_an_operation_beyond_the_roles_is_a_read_where_there_is_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Reads come first; a role that no scope can name is passed over."""
    monkeypatch.setattr(_oauth_roles, "free", lambda _session, _who: False)
    monkeypatch.setattr(
        _oauth_roles, "expendable", lambda _session, who: who.name != "clerk"
    )
    spaced = _thing("LIST", "GET", name="spaced", LIST=("Full Access", "Boss"))
    boss = _thing("DELETE", "GET", name="boss", DELETE=("Boss",), GET=("Boss", "A B"))
    desk = Desk(answers(), UNSAID, CLERK, MAID, profile=_claiming(spaced, boss))
    target = cast("Any", desk)
    identity, operation = _oauth_roles.beyond(target)
    assert (identity.name, operation.resource.name) == ("clerk", "boss")
    assert operation.verb == "GET"
    assert _oauth_roles.beyond(target, anew=True)[0].name == "maid"
    target.profile = _claiming(spaced)
    with pytest.raises(NotProvided, match="low_role_identity"):
        _oauth_roles.beyond(target)


def test_either_reason_lets_an_identity_log_in_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Whoever is free, or stood on for a lack of roles alone, may be used."""
    boss = _thing("GET", GET=("Boss",))
    for free, spare in ((True, False), (False, True)):
        monkeypatch.setattr(_oauth_roles, "free", lambda *_, is_=free: is_)
        monkeypatch.setattr(_oauth_roles, "expendable", lambda *_, is_=spare: is_)
        target = cast("Any", Desk(answers(), CLERK, profile=_claiming(boss)))
        assert _oauth_roles.beyond(target, anew=True)[0] is CLERK


def test_a_role_to_narrow_to_leaves_another_role_out() -> None:
    """It must be one of those had, nameable, and not open what another of them does."""
    boss = _thing("DELETE", "GET", DELETE=("Boss",), GET=("Boss", "Clerk"))
    claimed = _claiming(boss, roles=("Full Access", "Boss", "Clerk", "Maid"))
    role, operation = cast("Any", _oauth_roles.narrowing(claimed))
    assert (role, operation.verb) == ("Maid", "GET")
    role, operation = cast("Any", _oauth_roles.narrowing(claimed, ("Boss", "Clerk")))
    assert (role, operation.verb) == ("Clerk", "DELETE")
    for had in ((), ("Boss",), ("Maid",), ("Full Access", "Boss")):
        assert _oauth_roles.narrowing(claimed, had) is None


def test_texts_are_names_and_values_but_for_some() -> None:
    """What a member holds may be left out; its name is a text all the same."""
    value = {"a": "1", "b": [{"c": "2"}, "3", 4], "d": {"a": "5"}}
    assert list(_oauth_roles.texts(value)) == [*"a1bc23da5"]
    assert list(_oauth_roles.texts(value, ["a"])) == [*"abc23da"]


# -------------------------------------------------------------------- without the role


def lacks_role(desk: Desk, buyers: Resource, verb: str) -> None:
    """Judge an operation by who lacks its role."""
    oauth_roles.check_a_token_without_the_role_does_nothing(
        cast("Any", desk), Operation(buyers, verb)
    )


def test_a_write_is_refused_and_then_done_by_who_may(
    buyers: Resource, ready: list[str]
) -> None:
    """The control comes last: before it nothing may have changed."""
    desk = Desk(answers(), CLERK)
    lacks_role(desk, buyers, "DELETE")
    assert desk.log == [("clerk", "DELETE"), ("", "GET"), ("", "DELETE")]
    assert ready == ["clerk"]


def test_a_read_is_done_by_who_may_and_then_refused(
    buyers: Resource, ready: list[str]
) -> None:
    """A read changes nothing: the control comes first, and only once."""
    desk = Desk(answers(), CLERK, MAID)
    with pytest.raises(Breach, match="maid, who lacks the role, was not refused"):
        lacks_role(desk, buyers, "LIST")
    assert desk.log == [("", "LIST"), ("clerk", "LIST"), ("maid", "LIST")]
    assert ready == ["clerk", "maid"]


def test_a_read_by_who_may_is_asked_once(buyers: Resource, ready: list[str]) -> None:
    """Nothing follows the refusal of a read but a look at the item."""
    desk = Desk(answers(), CLERK)
    lacks_role(desk, buyers, "GET")
    assert desk.log == [("", "GET"), ("clerk", "GET"), ("", "GET")]
    assert ready


@pytest.mark.parametrize(
    ("verb", "changes", "raised"),
    [
        ("DELETE", {("clerk", "DELETE"): 204}, Breach),
        ("DELETE", {("", "GET"): 404}, Breach),
        ("DELETE", {("", "DELETE"): 404}, Waits),
        ("DELETE", {("clerk", "DELETE"): 500, ("", "GET"): 404}, Breach),
        ("GET", {("", "GET"): 404}, Waits),
        ("GET", {("clerk", "GET"): 200}, Breach),
    ],
)
@pytest.mark.usefixtures("ready")
def test_what_somebody_without_the_role_brings_about_accuses(
    buyers: Resource,
    verb: str,
    changes: dict[tuple[str, str], int],
    raised: type[Exception],
) -> None:
    """A success, or an effect; where who may is refused, other rows judge that."""
    with pytest.raises(raised):
        lacks_role(Desk(answers(changes), CLERK), buyers, verb)


@pytest.mark.parametrize(
    ("changes", "raised", "words"),
    [
        ({("", "GET"): 404}, None, ""),
        ({("", "GET"): 404, ("clerk", "SAVE"): 500}, None, ""),
        (
            {("", "GET"): 404, ("clerk", "SAVE"): 201},
            Breach,
            "PUT at a new ID by clerk",
        ),
        ({}, Breach, "GET of what somebody without the role described"),
        ({("", "GET"): 404, ("", "SAVE"): 409}, Waits, "verbs.save.creates"),
        ({("", "GET"): 404, ("", "SAVE"): 500}, Waits, "errors.no_5xx"),
    ],
)
def test_a_put_that_would_create_needs_the_role(
    buyers: Resource,
    ready: list[str],
    changes: dict[tuple[str, str], int],
    raised: type[Exception] | None,
    words: str,
) -> None:
    """It is refused, nothing is found, and who may does it."""
    desk = Desk(answers(changes), CLERK)
    judge = oauth_roles.check_a_put_at_a_new_id_needs_the_role_too
    if raised is None:
        judge(cast("Any", desk), buyers)
        assert desk.log == [("clerk", "SAVE"), ("", "GET"), ("", "SAVE")]
    else:
        with pytest.raises(raised, match=words):
            judge(cast("Any", desk), buyers)
    assert ready == ["clerk"]


@pytest.mark.usefixtures("ready")
def test_where_nothing_can_be_read_a_put_is_judged_by_its_answer() -> None:
    """Without GET there is no look at what came of it."""
    savable = _thing("SAVE", name="buyers", SAVE=("Boss",))
    desk = Desk(answers(), CLERK)
    oauth_roles.check_a_put_at_a_new_id_needs_the_role_too(cast("Any", desk), savable)
    assert desk.log == [("clerk", "SAVE"), ("", "SAVE")]


# --------------------------------------------------------------------- narrowed tokens


def granted(token: str = "new", **more: Any) -> Exchange:
    """Give a granted token request."""
    return said(200, {"access_token": token, **more}, "token")


REFUSED = said(400, {"error": "invalid_scope"}, "token")
GENTLE = Identity("gentle", "password", "g", roles=("FullAccess", "AddressReader"))


def test_roles_are_claimed_with_flows(profile: Profile) -> None:
    """Without flows, or without roles, there is nothing to narrow or to lack."""
    claims = oauth_roles._with_roles  # noqa: SLF001
    narrowable = oauth_roles._narrowable  # noqa: SLF001
    assert claims(profile)
    assert narrowable(profile)
    for flows, roles in (((), ("a",)), (("password",), ())):
        odd = cast("Any", SimpleNamespace(flows=flows, roles=roles))
        assert not claims(odd)
        odd.operations = list
        assert not narrowable(odd)
    alone = _claiming(_thing("GET", GET=("Boss",)), roles=("Boss",))
    alone.flows = ("password",)
    assert claims(alone)
    assert not narrowable(alone)


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


# ------------------------------------------------------------------------ own identity


def _own(
    monkeypatch: pytest.MonkeyPatch, desk: Desk, buyers: Resource, verb: str = "GET"
) -> None:
    monkeypatch.setattr(
        oauth_roles, "beyond", lambda _target: (CLERK, Operation(buyers, verb))
    )
    oauth_roles.check_each_request_acts_for_its_own_token(cast("Any", desk))


def _turning(**at: dict[int, int]) -> Answering:
    """Let somebody's n-th request be answered with another status."""
    count = {"boss": 0, "clerk": 0}

    def answering(who: str, verb: str) -> Exchange:
        count[who] += 1
        usual = 403 if who == "clerk" else 200
        status = at.get(who, {}).get(count[who], usual)
        return said(status, ITEM if status == 200 else None, f"buyers-{verb}")

    return answering


@pytest.mark.usefixtures("ready")
def test_two_who_take_turns_are_each_answered_to_their_own(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource
) -> None:
    """Three alone each, then three rounds of as many as the server holds at once."""
    desk = Desk(_turning())
    _own(monkeypatch, desk, buyers)
    alone, together = desk.log[:6], desk.log[6:]
    assert [who for who, _ in alone] == ["clerk"] * 3 + ["boss"] * 3
    assert [who for who, _ in together] == ["boss", "clerk"] * 6


@pytest.mark.parametrize(
    ("at", "raised", "words"),
    [
        # Now this, now that: already beside other rows' requests.
        ({"boss": {2: 403}}, Breach, r"the same request of boss was \[200, 403, 200\]"),
        ({"clerk": {3: 200}}, Breach, "the same request of clerk was"),
        ({"boss": {4: 403}}, Breach, "another's roles decided"),
        ({"clerk": {9: 200}}, Breach, "somebody without the role, beside others,"),
        ({"clerk": dict.fromkeys((1, 2, 3), 200)}, Waits, "oauth.scope_enforced"),
        ({"boss": {1: 404}}, Waits, "verbs.get.returns"),
        ({"boss": {9: 404}}, Waits, "verbs.get.returns"),
        ({"clerk": {2: 404}}, None, ""),
        ({"boss": {2: 404}}, None, ""),
    ],
)
@pytest.mark.usefixtures("ready")
def test_an_answer_to_anothers_roles_accuses(
    monkeypatch: pytest.MonkeyPatch,
    buyers: Resource,
    at: dict[str, dict[int, int]],
    raised: type[Exception] | None,
    words: str,
) -> None:
    """A role that opens now and then is the clause's; one never asked for is not."""
    desk = Desk(_turning(**at))
    if raised is None:
        _own(monkeypatch, desk, buyers)
        return
    with pytest.raises(raised, match=words):
        _own(monkeypatch, desk, buyers)


@pytest.mark.usefixtures("ready")
def test_turns_need_two_connections_and_answers(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource
) -> None:
    """One connection at a time, or none answered, shows nothing."""
    desk = Desk(_turning())
    desk.held = 1
    with pytest.raises(Disturbed, match="no two connections"):
        _own(monkeypatch, desk, buyers)
    desk.held = 2
    monkeypatch.setattr(
        desk, "together", lambda calls: [Disturbed("reset")] * len(calls)
    )
    with pytest.raises(Disturbed, match="reset"):
        _own(monkeypatch, desk, buyers)


@pytest.mark.parametrize("verb", ["LIST", "PATCH"])
@pytest.mark.usefixtures("ready")
def test_only_what_may_be_repeated_is_sent_in_turns(
    monkeypatch: pytest.MonkeyPatch, buyers: Resource, verb: str
) -> None:
    """A read or a PATCH can be done over and over; a DELETE can not."""
    _own(monkeypatch, Desk(_turning()), buyers, verb)
    with pytest.raises(NotProvided, match="low_role_identity"):
        _own(monkeypatch, Desk(_turning()), buyers, "DELETE")
