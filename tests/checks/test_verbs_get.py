"""GET: what it must show, to whom, and that it changes nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from outcomes import RowsOf, Seams, failed, judged_in, waiting
from seams import anywhere

from conformance.reference.exchange import refuse
from conformance.verdict import Verdict

Values = dict[str, Any]
judged = judged_in("verbs_get")


def getting(change: Callable[[Any, Any, Values], Values | None]) -> Seams:
    """Let GET show beside the item what ``change`` gives of call, record and item."""

    def around(inner: Any, call: Any, record: Any) -> Values:
        shown: Values = inner(call, record)
        if call.verb == "GET":
            shown = shown | (change(call, record, shown) or {})
        return shown

    return {"render_item": around}


# --------------------------------------------------------------------------- written

SHOWS = "get_shows_what_was_written"


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("reference", "products"),
        ("reference", "shelves"),
        ("example-vendor", "manuals"),
        ("example-vendor", "loans"),
    ],
)
def test_what_was_written_is_shown_by_whatever_verbs(
    rows_of: RowsOf, profile: str, name: str
) -> None:
    """A right server passes, whichever verbs it has and whoever makes the IDs."""
    assert judged(rows_of, SHOWS, name, profile=profile).verdict is Verdict.PASS


def test_what_was_created_must_be_shown_as_it_was(rows_of: RowsOf) -> None:
    """Of what no verb updates, the item that was made is looked at."""
    wrong = getting(lambda _c, _r, shown: dict.fromkeys(shown.keys() - {"key"}))
    failed(judged(rows_of, SHOWS, "manuals", wrong, profile="example-vendor"), "shows")


@pytest.mark.parametrize("update", ["patch", "replace"])
def test_an_item_shown_as_it_was_before_an_update_accuses(
    rows_of: RowsOf, update: str
) -> None:
    """GET must follow PATCH and SAVE, as the list does."""
    old: dict[int, Values] = {}

    def before(inner: Any, call: Any, record: Any, *rest: Any) -> None:
        old[id(record)] = dict(record.values)
        inner(call, record, *rest)

    stale = getting(lambda _c, record, _s: old.get(id(record)))
    seams = {**stale, update: before}
    failed(judged(rows_of, SHOWS, "products", seams), "shows")


def test_a_not_found_that_is_kept_accuses(rows_of: RowsOf) -> None:
    """An item must be served though it was asked for before it was made."""
    missed: set[str] = set()

    async def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        if server.lookup(call, call.item_id) is None or call.item_id in missed:
            missed.add(call.item_id)
            raise server.absent(call, call.claimed.name, call.item_id)
        return await inner(call)

    found = judged(rows_of, SHOWS, "products", {"do_get": around})
    failed(found, "what was written is not there")


def test_long_text_that_get_cuts_accuses(rows_of: RowsOf) -> None:
    """The longest text that is claimed is written and looked for."""
    cut = getting(
        lambda _c, _r, shown: {"Description": (shown["Description"] or "")[:1000]}
    )
    failed(judged(rows_of, SHOWS, "products", cut), "Description")


def long_refused(
    inner: Any, call: Any, record: Any, values: Values, rename: str | None
) -> None:
    """Take no long text in PATCH."""
    if len(values.get("Description") or "") > 1000:
        raise refuse(400, "TooLong", "This is too long.")
    inner(call, record, values, rename)


def test_long_text_may_be_refused(rows_of: RowsOf) -> None:
    """Where the longest text is refused the other values are written instead."""
    found = judged(rows_of, SHOWS, "products", {"patch": long_refused})
    assert found.verdict is Verdict.PASS
    wrong = getting(
        lambda _c, _r, shown: {"Kind": "Parent"} if shown["Kind"] == "Kit" else None
    )
    failed(judged(rows_of, SHOWS, "products", {**wrong, "patch": long_refused}), "Kind")


@pytest.mark.parametrize(
    ("seam", "row"), [("patch", "verbs_patch."), ("replace", "verbs_save.")]
)
def test_a_write_that_is_refused_or_idle_is_its_own_rows(
    rows_of: RowsOf, seam: str, row: str
) -> None:
    """GET shows what is there: what the write did not do is not GET's."""

    def refusing(*_: Any) -> None:
        raise refuse(400, "No", "Not now.")

    for around in (refusing, lambda *_: None):
        waiting(judged(rows_of, SHOWS, "products", {seam: around}), row)


# --------------------------------------------------------------------------- readers

READERS = "every_reader_sees_the_same_item"


def few(call: Any) -> bool:
    """Say whether a reader has few roles."""
    return "FullAccess" not in call.grant.roles


def test_a_reader_of_few_roles_must_see_the_same(rows_of: RowsOf) -> None:
    """Another view of an item accuses, and a refusal of it does not."""
    masked = getting(lambda call, _r, _s: {"Name": "hidden"} if few(call) else None)
    failed(judged(rows_of, READERS, "products", masked), "GET again as")

    async def barred(inner: Any, call: Any) -> Any:
        if few(call):
            raise refuse(403, "No", "This is not for you.")
        return await inner(call)

    found = judged(rows_of, READERS, "products", {"do_get": barred})
    assert found.verdict is Verdict.PASS


def test_an_item_that_changes_from_look_to_look_accuses(rows_of: RowsOf) -> None:
    """The same reader must see the same item again."""
    looks: list[int] = []

    def count(_call: Any, _record: Any, _shown: Values) -> Values:
        looks.append(1)
        return {"Name": f"Name {len(looks) > 3}"}

    assert "Name" in judged(rows_of, READERS, "products", getting(count)).message


@pytest.mark.parametrize(("status", "words"), [(404, "no longer served"), (401, "")])
def test_an_item_that_is_served_once_only_accuses(
    rows_of: RowsOf, status: int, words: str
) -> None:
    """A second look of the same reader must be answered; a refused token waits."""
    looks: list[int] = []

    async def around(inner: Any, call: Any) -> Any:
        looks.append(1)
        if len(looks) > 1:
            raise refuse(status, "Gone", "Once only.")
        return await inner(call)

    found = judged(rows_of, READERS, "products", {"do_get": around})
    if words:
        failed(found, words)
    else:
        waiting(found, "oauth")


# --------------------------------------------------------------------------- missing

MISSING = "get_of_a_missing_item_is_refused"


def any_item(inner: Any, call: Any, key: str) -> Any:
    """Find some item for every ID."""
    found = inner(call, key)
    return found or next(iter(inner.__self__.visible(call)), None)


def test_an_item_that_never_was_must_not_be_served(rows_of: RowsOf) -> None:
    """A success for what is not there accuses."""
    found = judged(rows_of, MISSING, "buyers", {"lookup": any_item})
    failed(found, "GET of an item that is not there was not refused")
    assert judged(rows_of, MISSING, "buyers").verdict is Verdict.PASS


@pytest.mark.parametrize("look", [1, 2])
def test_what_is_there_must_be_served_before_and_after(
    rows_of: RowsOf, look: int
) -> None:
    """A refusal tells nothing where what is there is refused as well."""
    looks: list[int] = []

    async def around(inner: Any, call: Any) -> Any:
        there = inner.__self__.lookup(call, call.item_id) is not None
        if there:
            looks.append(1)
        if there and (len(looks) - 1) % 2 == look - 1:
            raise refuse(404, "Gone", "Not this time.")
        return await inner(call)

    found = judged(rows_of, MISSING, "buyers", {"do_get": around})
    waiting(found, "verbs_get.get_shows")


def test_an_item_under_another_parent_must_not_be_served(rows_of: RowsOf) -> None:
    """An item is served under its own parent alone."""
    check = "get_under_another_parent_is_refused"

    found = judged(rows_of, check, "addresses", {"lookup": anywhere})
    failed(found, "GET under a parent that the item is not of was not refused")
    assert judged(rows_of, check, "addresses").verdict is Verdict.PASS

    async def nobody(inner: Any, call: Any) -> Any:
        raise inner.__self__.absent(call, call.claimed.name, call.item_id)

    waiting(judged(rows_of, check, "addresses", {"do_get": nobody}), "verbs_get.")


# ------------------------------------------------------------------------------ safe

SAFE = "reading_changes_nothing"


def reading(effect: Callable[[Any, Any, Any], None]) -> Seams:
    """Let a GET of an address do something, told server, call and record or None."""

    async def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        effect(server, call, server.lookup(call, call.item_id))
        return await inner(call)

    return {"do_get": around}


def made(server: Any, call: Any, key: str) -> None:
    """Make another address."""
    values = {"Street1": "1", "City": "Newtown", "Country": "US"}
    server.create(call, key, values)


@pytest.mark.parametrize(
    ("effect", "words"),
    [
        (
            lambda server, call, one: None if one else made(server, call, call.item_id),
            "GET made it",
        ),
        (
            lambda server, call, one: (
                made(server, call, server.make_id(call)) if not one else None
            ),
            "GET made ['",
        ),
        (
            lambda _server, _call, one: (
                one.values.update(City="Readtown") if one else None
            ),
            "after GET a list shows that City was",
        ),
    ],
    ids=["made", "another", "changed"],
)
def test_a_get_that_leaves_a_trace_accuses(
    rows_of: RowsOf, effect: Callable[[Any, Any, Any], None], words: str
) -> None:
    """What GET makes of the missing, makes besides, or changes is told."""
    failed(judged(rows_of, SAFE, "addresses", reading(effect)), words)


def test_a_get_that_changes_what_stands_around_accuses(rows_of: RowsOf) -> None:
    """A sibling and the parent must read as they did."""
    looks: list[str] = []

    def sibling(server: Any, call: Any, one: Any) -> None:
        looks.append(call.item_id)
        # The first look is what the second one is held against.
        if one and looks.count(call.item_id) == 2:
            for other in server.visible(call):
                if other is not one:
                    other.values = other.values | {"City": "Elsewhere"}

    def parent(_server: Any, call: Any, one: Any) -> None:
        if one is None:
            call.parent.values = call.parent.values | {"Name": "Read"}

    for effect in (sibling, parent):
        found = judged(rows_of, SAFE, "addresses", reading(effect))
        failed(found, "changed the item")


def test_a_get_that_hides_an_item_from_its_list_accuses(rows_of: RowsOf) -> None:
    """An item that was listed must be listed after it was read."""
    read: set[str] = set()

    def around(inner: Any, call: Any) -> list[Any]:
        return [one for one in inner(call) if one.key not in read]

    hidden = reading(lambda _s, call, _o: read.add(call.item_id))
    for name in ("addresses", "products"):
        read.clear()
        found = judged(rows_of, SAFE, name, {**hidden, "visible": around})
        failed(found, "after GET it is gone")


LISTS = "asking_a_list_changes_nothing"


@pytest.mark.parametrize("word", ["search", "sortBy", "Name", "ID", ""])
def test_a_list_that_changes_its_items_accuses(rows_of: RowsOf, word: str) -> None:
    """Whatever a list is asked for, it leaves its items alone."""

    def around(inner: Any, call: Any, page: Any) -> Any:
        asked = {name for name, _ in call.query}
        if word in asked or (not word and not asked):
            for one in page.records:
                one.values = one.values | {"ListOrder": 9999}
        return inner(call, page)

    found = judged(rows_of, LISTS, "categories", {"envelope": around})
    failed(found, "a list that was asked for")
    assert "ListOrder" in found.message


def test_a_list_that_loses_its_items_accuses(rows_of: RowsOf) -> None:
    """An item must be served after its list was read."""

    def around(inner: Any, call: Any, page: Any) -> Any:
        answer = inner(call, page)
        for one in page.records[:1]:
            inner.__self__.remove(call, one)
        return answer

    found = judged(rows_of, LISTS, "addresses", {"envelope": around})
    failed(found, "made the item vanish")
    assert judged(rows_of, LISTS, "addresses").verdict is Verdict.PASS
