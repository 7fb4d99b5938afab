"""Narrow ways to break "Writeable IDs": one answer, one list, one race only."""

import asyncio
from collections.abc import Iterable
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Problem, refuse
from conformance.reference.faults import fault
from conformance.reference.store import Record

Way = tuple[str, int, str]
_MODEL = {"verbs.model": "the dictionary knows which items there are"}


def _way(call: Call, key: str) -> Way:
    return call.claimed.name, id(call.parent), key


def _asked(server: Server, call: Call) -> Any:
    """What a request's body says of the ID; None where it says nothing."""
    try:
        return server.parse(call).get(call.claimed.id.member)
    except ValueError:
        return None


def _generated(server: Server, call: Call) -> bool:
    """Whether the server makes the ID of what a request creates."""
    return call.verb == "CREATE" and _asked(server, call) is None


# Made by the server


@fault(
    "ids.generated",
    dimension="body, of generated IDs only",
    forces={
        "status.body_201": "the ID that the 201 carries is empty",
        "verbs.list.contains": "what a long list holds is known by the IDs told",
        "verbs.list.page_size": "what a long list holds is known by the IDs told",
    },
)
def generated_id_is_told_as_empty(server: Server) -> None:
    """The 201 to a POST without an ID shows an empty one."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if _generated(server, call):
            answer.value = answer.value | {call.claimed.id.member: ""}
        return answer

    server.wrap("do_create", around)


@fault(
    "ids.generated",
    level="SHOULD",
    dimension="body, of generated IDs only",
    forces={"contract.responses": "the document says that IDs are text"},
)
def generated_ids_are_numbers(server: Server) -> None:
    """The ID that the server makes is of digits alone, and the 201 shows a number."""

    def draw(inner: Any, call: Call, rule: Any) -> str:
        key: str = inner(call, rule)
        return str(int.from_bytes(key.encode()) % 10**9)

    async def create(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        member = call.claimed.id.member
        if _generated(server, call) and str(answer.value[member]).isdigit():
            answer.value = answer.value | {member: int(answer.value[member])}
        return answer

    server.wrap("draw_id", draw)
    server.wrap("do_create", create)


@fault("ids.generated", dimension="stored state, of generated IDs only", forces=_MODEL)
def generated_items_lose_what_is_optional(server: Server) -> None:
    """What is created without an ID is shown whole and stored without its options."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if _generated(server, call):
            key = str(answer.value[call.claimed.id.member])
            record = server.lookup(call, key)
            kept = set(call.claimed.required)
            if record is not None:
                record.values = {n: v for n, v in record.values.items() if n in kept}
        return answer

    server.wrap("do_create", around)


@fault(
    "ids.generated_unique",
    dimension="status, after many creations",
    forces={
        "verbs.create.accepts": "an ID that no client may choose is made every time"
    },
)
def hundredth_generated_id_clashes(server: Server) -> None:
    """Of a hundred or a pageful of creations without an ID in a place one gets 409."""
    made: dict[Way, int] = {}
    many = min(100, server.claims.lists.largest_size)

    async def around(inner: Any, call: Call) -> Answer:
        if _generated(server, call):
            way = _way(call, "")
            made[way] = made.get(way, 0) + 1
            if made[way] % many == 0:
                told = {"ObjectType": call.claimed.name, "ObjectID": ""}
                raise refuse(409, "IdExists", "Object already exists.", told)
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_create", around)


# Chosen by the client


@fault(
    "ids.chosen_on_create",
    dimension="body of GET, longest IDs only",
    forces={"verbs.get.returns": "GET shows another ID than was written"},
)
def get_cuts_the_longest_id(server: Server) -> None:
    """GET shows an ID of the greatest length without its last character."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        member, rule = call.claimed.id.member, call.claimed.id
        shown = answer.value[member]
        if isinstance(shown, str) and len(shown) == rule.max_length:
            answer.value = answer.value | {member: shown[:-1]}
        return answer

    server.wrap("do_get", around)


@fault(
    "ids.chosen_on_save",
    dimension="body of GET, of what PUT made only",
    forces={
        "verbs.model": "the dictionary knows the ID that PUT chose",
        "verbs.save.creates": "GET shows another ID than was written",
    },
)
def saved_ids_are_shown_turned(server: Server) -> None:
    """GET shows the ID of what a PUT made backwards."""
    made: list[Record] = []

    async def save(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        made.extend(filter(None, [server.lookup(call, key)]))
        return answer

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        member = call.claimed.id.member
        if server.find_item(call) in made:
            answer.value = answer.value | {member: str(answer.value[member])[::-1]}
        return answer

    server.wrap("save_new", save)
    server.wrap("do_get", around)


def _otherwise_named(server: Server, call: Call) -> str | None:
    """The ID in a body that is not its path's."""
    chosen = _asked(server, call)
    return chosen if isinstance(chosen, str) and chosen != call.item_id else None


@fault("ids.chosen_on_save", dimension="body, where path and body differ")
def put_tells_the_bodys_id(server: Server) -> None:
    """PUT to a new ID stores under its path's and shows the one in its body."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        other = _otherwise_named(server, call)
        if other is not None:
            answer.value = answer.value | {call.claimed.id.member: other}
        return answer

    server.wrap("save_new", around)


@fault("ids.chosen_on_save", dimension="side effect, where path and body differ")
def put_refuses_another_id_and_stores(server: Server) -> None:
    """PUT to a new ID with another one in its body is refused, and stored."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        if _otherwise_named(server, call) is not None:
            raise server.bad_id(call)
        return answer

    server.wrap("save_new", around)


@fault("ids.alphabet_refused", level="SHOULD", dimension="body, empty IDs only")
def empty_id_is_told_back(server: Server) -> None:
    """POST with an empty ID makes one, and shows the empty one."""

    def chosen(inner: Any, call: Call, body: dict[str, Any]) -> str | None:
        member = call.claimed.id.member
        empty = call.verb == "CREATE" and body.get(member) == ""
        key: str | None = inner(call, body | {member: None} if empty else body)
        return key

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        member = call.claimed.id.member
        if _asked(server, call) == "":
            answer.value = answer.value | {member: ""}
        return answer

    server.wrap("chosen_id", chosen)
    server.wrap("do_create", around)


# Lists


@fault(
    "ids.parent_scope",
    dimension="lists only, after a deletion elsewhere",
    forces={"verbs.model": "an item is not listed"},
)
def lists_leave_out_namesakes_of_the_deleted(server: Server) -> None:
    """A list leaves out what has the ID of an item deleted under another parent."""
    gone: set[tuple[str, str]] = set()

    def remove(inner: Any, call: Call, record: Record) -> None:
        inner(call, record)
        gone.add((call.claimed.name, record.key))

    def add(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        record: Record = inner(call, key, values)
        gone.discard((call.claimed.name, key))
        return record

    def around(inner: Any, call: Call) -> Iterable[Record]:
        found: Iterable[Record] = inner(call)
        name = call.claimed.name
        return [one for one in found if not call.parents or (name, one.key) not in gone]

    server.wrap("remove", remove)
    server.wrap("create", add)
    server.wrap("visible", around)


@fault("ids.renamed", dimension="lists only, after a rename", forces=_MODEL)
def lists_lose_what_was_renamed(server: Server) -> None:
    """A renamed item stands in no list."""
    moved: list[Record] = []

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        moved.append(record)

    def around(inner: Any, call: Call) -> Iterable[Record]:
        found: Iterable[Record] = inner(call)
        return [record for record in found if record not in moved]

    server.wrap("rename", rename)
    server.wrap("visible", around)


@fault("ids.no_resurrection", dimension="lists only")
def lists_show_children_of_the_deleted(server: Server) -> None:
    """A list under an item made anew shows what stood under the old one."""
    gone: dict[Way, dict[str, dict[str, Record]]] = {}
    back: dict[int, tuple[Record, dict[str, dict[str, Record]]]] = {}

    def remove(inner: Any, call: Call, record: Record) -> None:
        gone[_way(call, record.key)] = record.children
        inner(call, record)

    def add(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        record: Record = inner(call, key, values)
        back[id(record)] = record, gone.pop(_way(call, key), {})
        return record

    def around(inner: Any, call: Call) -> Iterable[Record]:
        found: Iterable[Record] = inner(call)
        old = back[id(call.parent)][1] if id(call.parent) in back else {}
        return [*found, *old.get(call.claimed.name, {}).values()]

    server.wrap("remove", remove)
    server.wrap("create", add)
    server.wrap("visible", around)


# Races


def _crowded(server: Server, meet: Any) -> None:
    """Let ``meet`` end a creation that another of the same ID was beside."""
    racing: dict[Way, int] = {}

    async def around(inner: Any, call: Call) -> Answer:
        key = _asked(server, call)
        if not isinstance(key, str):
            plain: Answer = await inner(call)
            return plain
        way = _way(call, key)
        racing[way] = racing.get(way, 0) + 1
        try:
            # As long as another server's look into its index takes.
            await asyncio.sleep(0.01)
            made: Answer = await meet(inner, call, key, racing[way])
        finally:
            racing[way] -= 1
        return made

    server.wrap("do_create", around)


@fault("ids.duplicate_race", dimension="only under concurrency")
def simultaneous_creations_all_lose(server: Server) -> None:
    """Of simultaneous POSTs of one ID each sees another, and all are refused."""
    met: set[Way] = set()

    async def meet(inner: Any, call: Call, key: str, racing: int) -> Answer:
        if racing > 1 or _way(call, key) in met:
            met.add(_way(call, key))
            told = {"ObjectType": call.claimed.name, "ObjectID": key}
            raise refuse(409, "IdExists", "Object already exists.", told)
        answer: Answer = await inner(call)
        return answer

    _crowded(server, meet)


@fault("ids.duplicate_race", dimension="stored state, only under concurrency")
def losers_of_a_race_write(server: Server) -> None:
    """Of simultaneous POSTs of one ID the refused ones leave their values."""
    first: set[Way] = set()

    async def meet(inner: Any, call: Call, key: str, racing: int) -> Answer:
        way, beside = _way(call, key), racing > 1
        try:
            answer: Answer = await inner(call)
        except Problem:
            record = server.lookup(call, key)
            if way in first and record is not None:
                record.values = server.validate(call, server.parse(call), partial=False)
            raise
        if beside:
            first.add(way)
        return answer

    _crowded(server, meet)


@fault("ids.case", dimension="silent, IDs that differ in case only")
def ids_in_other_case_are_taken_and_dropped(server: Server) -> None:
    """POST of an ID in use in another case says 201 and stores nothing."""

    def around(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        siblings = server.store.siblings(call.claimed.name, call.parent)
        alike = any(k != key and k.lower() == key.lower() for k in siblings)
        record: Record = inner(call, key, values)
        if alike and call.verb == "CREATE":
            server.store.remove(call.claimed.name, record)
        return record

    server.wrap("create", around)
