"""Checks of roles: who lacks one does nothing, and gets none by asking."""
# ruff: noqa: S106 - secrets of nobody

from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any, cast

import pytest
from desk import BOSS, CLERK, ITEM, UNSAID, Desk, answers, said, trial_of
from units import unit_of

from conformance import Operation
from conformance.checks import _oauth_roles, oauth_roles
from conformance.config import Config, Identity
from conformance.errors import Breach, Disturbed, NotProvided, Waits
from conformance.profile import Profile, Resource


@pytest.fixture(autouse=True)
def unit() -> Iterator[Any]:
    """Give the unit whose body runs; a row that is waited for is told by its clause."""
    with unit_of(identity={"clerk": CLERK, "boss": BOSS}.__getitem__) as unit:
        yield unit


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
