"""Ways to break "Writeable IDs"."""

import asyncio
import itertools
import json
from typing import Any

from conformance.reference.app import Server
from conformance.reference.claims import Claims, IdRule
from conformance.reference.exchange import Answer, Call, refuse
from conformance.reference.faults import fault
from conformance.reference.store import Record

_MODEL = {"verbs.model": "the dictionary keeps IDs as they were given"}


def _middle(server: Server) -> str:
    """The resource in the middle of the profile, for faults of one resource only."""
    names = list(server.claims.resources)
    return names[len(names) // 2]


def _given(server: Server, call: Call) -> str | None:
    """The ID in a request's body, before anything judged it."""
    del server
    try:
        given = json.loads(call.body).get(call.claimed.id.member)
    except (ValueError, AttributeError, RecursionError):
        return None
    return given if isinstance(given, str) else None


# ------------------------------------------------------------------------ generated


@fault("ids.generated", dimension="status")
def one_resource_wants_an_id(server: Server) -> None:
    """One resource is not created without an ID."""

    def around(inner: Any, call: Call) -> str:
        if call.claimed.name == _middle(server):
            raise server.bad_id(call)
        key: str = inner(call)
        return key

    server.wrap("make_id", around)


@fault("ids.generated", dimension="body")
def generated_id_is_not_the_one_told(server: Server) -> None:
    """The ID that a create tells is not the one that was made, in one resource."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if call.claimed.name == _middle(server) and _given(server, call) is None:
            told = answer.value[call.claimed.id.member]
            answer.value[call.claimed.id.member] = told[:-1]
            answer.headers.pop("location")
        return answer

    server.wrap("do_create", around)


@fault("ids.generated", level="SHOULD", dimension="status")
def null_id_refused(server: Server) -> None:
    """A create whose ID is null is refused."""

    def around(inner: Any, call: Call, body: dict[str, Any]) -> str | None:
        if call.verb == "CREATE" and body.get(call.claimed.id.member, "") is None:
            raise server.bad_id(call)
        chosen: str | None = inner(call, body)
        return chosen

    server.wrap("chosen_id", around)


@fault(
    "ids.generated_unique",
    dimension="stored state",
    forces={"verbs.list.meta": "of two items with one ID one is left"},
)
def generated_ids_repeat_in_a_crowd(server: Server) -> None:
    """Among more than forty siblings every tenth generated ID is one in use."""

    def around(inner: Any, call: Call) -> str:
        siblings = server.store.siblings(call.claimed.name, call.parent)
        if call.parent is None or len(siblings) <= 40 or len(siblings) % 10:
            key: str = inner(call)
            return key
        call.notes["free"] = True
        return next(reversed(siblings))

    server.wrap("make_id", around)
    _let_overwrite(server)


@fault("ids.generated_unique", dimension="side effect")
def generated_ids_count_over_chosen_ones(server: Server) -> None:
    """Generated IDs are numbers in turn, whoever has them already."""
    turn = itertools.count(10001)

    def around(inner: Any, call: Call) -> str:
        del inner
        call.notes["free"] = True
        return f"n{next(turn)}"

    server.wrap("make_id", around)
    _let_overwrite(server)


@fault("ids.generated_unique", dimension="status")
def generated_ids_run_into_chosen_ones(server: Server) -> None:
    """Generated IDs are numbers in turn, and a create is refused where one is taken."""
    turn = itertools.count(10001)
    server.wrap("make_id", lambda _inner, _call: f"n{next(turn)}")


def _let_overwrite(server: Server) -> None:
    """Let a create marked so replace the item that has its ID."""

    def around(inner: Any, call: Call, *arguments: Any) -> None:
        if not call.notes.get("free"):
            inner(call, *arguments)

    server.wrap("require_free", around)


# --------------------------------------------------------------------------- chosen


def _chosen(claims: Claims) -> list[IdRule]:
    """The rules for IDs of text that POST may be given."""
    return [
        resource.id
        for resource in claims.resources.values()
        if resource.id.writable
        and resource.id.type == "string"
        and "CREATE" in resource.verbs
    ]


@fault(
    "ids.chosen_on_create",
    dimension="stored state",
    forces={"ids.renamed": "an ID that an update writes is cut as well"},
    wants=lambda claims: any(rule.max_length > 64 for rule in _chosen(claims)),
)
def chosen_id_cut_at_64(server: Server) -> None:
    """A chosen ID is cut after 64 characters."""

    def around(inner: Any, call: Call, body: dict[str, Any]) -> str | None:
        chosen: str | None = inner(call, body)
        return chosen and chosen[:64]

    server.wrap("chosen_id", around)


@fault(
    "ids.chosen_on_create",
    dimension="body",
    wants=lambda claims: any(
        rule.characters != rule.characters.lower() for rule in _chosen(claims)
    ),
)
def chosen_id_lower_cased(server: Server) -> None:
    """The IDs that POST is given are kept in lower case."""

    def around(inner: Any, call: Call, body: dict[str, Any]) -> str | None:
        chosen: str | None = inner(call, body)
        return chosen.lower() if chosen and call.verb == "CREATE" else chosen

    server.wrap("chosen_id", around)


@fault(
    "ids.chosen_on_create",
    dimension="status",
    wants=lambda claims: any("_" in rule.characters for rule in _chosen(claims)),
)
def underscores_refused(server: Server) -> None:
    """POST refuses an ID with an underscore, though the alphabet has it."""

    def around(inner: Any, call: Call, key: str) -> bool:
        return bool(inner(call, key)) and not (call.verb == "CREATE" and "_" in key)

    server.wrap("id_ok", around)


@fault("ids.chosen_on_create", dimension="stored state", forces=_MODEL)
def chosen_id_ignored_by_one_resource(server: Server) -> None:
    """One resource makes every ID itself."""

    def around(inner: Any, call: Call, body: dict[str, Any]) -> str | None:
        chosen: str | None = inner(call, body)
        own = call.verb == "CREATE" and call.claimed.name == _middle(server)
        return None if own else chosen

    server.wrap("chosen_id", around)


@fault("ids.chosen_on_create", level="SHOULD", dimension="status")
def short_ids_refused(server: Server) -> None:
    """An ID of one character is refused."""

    def around(inner: Any, call: Call, key: str) -> bool:
        return bool(inner(call, key)) and len(key) > 1

    server.wrap("id_ok", around)


@fault("ids.chosen_on_save", dimension="stored state")
def put_stores_under_the_id_in_upper_case(server: Server) -> None:
    """PUT without an ID in its body creates under the path's ID in upper case."""

    def around(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        if call.verb == "SAVE" and _given(server, call) is None:
            key = key.upper()
        record: Record = inner(call, key, values)
        return record

    server.wrap("create", around)


@fault(
    "ids.chosen_on_save",
    dimension="side effect",
    forces={"contract.responses": "what else it makes lacks what is required"},
)
def put_with_another_id_makes_two(server: Server) -> None:
    """PUT whose body has another ID than its path creates an item under each."""

    async def around(inner: Any, call: Call, key: str) -> Answer:
        answer: Answer = await inner(call, key)
        other = _given(server, call)
        if other is not None and other != key:
            server.create(call, other, {})
        return answer

    server.wrap("save_new", around)


# -------------------------------------------------------------------------- refused


def _taking(server: Server, verb: str, sign: str) -> None:
    def around(inner: Any, call: Call, key: str) -> bool:
        return bool(inner(call, key)) or (
            call.verb == verb and sign in key and len(key) < 100
        )

    server.wrap("id_ok", around)


@fault("ids.alphabet_refused", level="SHOULD", dimension="status")
def post_takes_ids_with_spaces(server: Server) -> None:
    """POST takes IDs with spaces."""
    _taking(server, "CREATE", " ")


@fault("ids.alphabet_refused", level="SHOULD", dimension="status")
def put_takes_ids_with_dots(server: Server) -> None:
    """PUT takes IDs with dots."""
    _taking(server, "SAVE", ".")


@fault("ids.alphabet_refused", level="SHOULD", dimension="status")
def ids_too_long_are_taken(server: Server) -> None:
    """POST takes IDs that are one character too long."""

    def around(inner: Any, call: Call, key: str) -> bool:
        rule = call.claimed.id
        longer = call.verb == "CREATE" and len(key) == rule.max_length + 1
        return bool(inner(call, key[:-1] if longer else key))

    server.wrap("id_ok", around)


# --------------------------------------------------------------------------- unique


@fault(
    "ids.duplicate_refused",
    dimension="side effect",
    forces={
        "ids.duplicate_race": "every one of the simultaneous creates wins",
        "ids.shared_scope": "the second create is no more refused than the first",
        "verbs.model": "the dictionary refuses the second create",
    },
)
def duplicate_id_overwrites(server: Server) -> None:
    """POST of an ID in use replaces the item that has it."""

    def around(inner: Any, call: Call, *arguments: Any) -> None:
        if call.verb != "CREATE":
            inner(call, *arguments)

    server.wrap("require_free", around)


@fault("ids.duplicate_refused", dimension="stored state", forces=_MODEL)
def renamed_ids_are_not_guarded(server: Server) -> None:
    """POST of an ID that an item was renamed to replaces that item."""
    # Records are kept, lest another one gets the same address.
    renamed: dict[int, Record] = {}

    def rename(inner: Any, call: Call, record: Record, key: str) -> None:
        inner(call, record, key)
        renamed[id(record)] = record

    def around(inner: Any, call: Call, key: str, *arguments: Any) -> None:
        there = server.lookup(call, key)
        if call.verb != "CREATE" or id(there) not in renamed:
            inner(call, key, *arguments)

    server.wrap("rename", rename)
    server.wrap("require_free", around)


@fault("ids.duplicate_race", dimension="concurrency")
def simultaneous_creates_all_win(server: Server) -> None:
    """A create looks whether its ID is free, and stores a moment later."""

    async def create(inner: Any, call: Call) -> Answer:
        siblings = server.store.siblings(call.claimed.name, call.parent)
        call.notes["free"] = _given(server, call) not in siblings
        await asyncio.sleep(0.02)
        answer: Answer = await inner(call)
        return answer

    server.wrap("do_create", create)
    _let_overwrite(server)


@fault("ids.shared_scope", dimension="identity", forces=_MODEL)
def ids_are_unique_for_each_client_only(server: Server) -> None:
    """A client may take an ID that another client's item has, in place of it."""
    makers: dict[int, tuple[Record, str]] = {}

    def create(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        record: Record = inner(call, key, values)
        makers[id(record)] = record, call.grant.client_id if call.grant else ""
        return record

    def around(inner: Any, call: Call, key: str, *arguments: Any) -> None:
        there = server.lookup(call, key)
        own = call.grant.client_id if call.grant else ""
        _, maker = makers.get(id(there), (there, own))
        if call.verb != "CREATE" or maker == own:
            inner(call, key, *arguments)

    server.wrap("create", create)
    server.wrap("require_free", around)


@fault("ids.case", dimension="stored state")
def ids_meet_in_lower_case(server: Server) -> None:
    """Items are looked up without regard to case, and taken IDs with regard to it."""

    def around(inner: Any, call: Call, key: str) -> Record | None:
        siblings = server.store.siblings(call.claimed.name, call.parent)
        for record in siblings.values():
            if record.key.casefold() == key.casefold():
                return record
        found: Record | None = inner(call, key)
        return found

    server.wrap("lookup", around)


@fault("ids.case", dimension="side effect")
def the_second_case_replaces_the_first(server: Server) -> None:
    """POST of an ID that differs in case alone replaces the item that has it."""

    def around(inner: Any, call: Call, key: str, values: dict[str, Any]) -> Record:
        siblings = server.store.siblings(call.claimed.name, call.parent)
        for record in list(siblings.values()):
            if record.key != key and record.key.casefold() == key.casefold():
                server.store.remove(call.claimed.name, record)
        made: Record = inner(call, key, values)
        return made

    server.wrap("create", around)


@fault("ids.per_resource", level="SHOULD", dimension="status")
def ids_are_unique_over_all_resources(server: Server) -> None:
    """POST refuses an ID that an item of any resource has."""

    def around(inner: Any, call: Call, key: str, *arguments: Any) -> None:
        inner(call, key, *arguments)
        for name in server.claims.resources:
            known = {record.key for record in server.store.every(name)}
            if call.verb == "CREATE" and name != call.claimed.name and key in known:
                raise refuse(409, "IdExists", "Some object has this ID.")

    server.wrap("require_free", around)


@fault("ids.chosen_on_create", dimension="long strings only")
def long_ids_are_told_apart_by_their_beginning(server: Server) -> None:
    """An ID of the greatest length is in use when another begins as it does."""

    def around(inner: Any, call: Call, key: str, but: Record | None = None) -> bool:
        longest = len(key) == call.claimed.id.max_length
        siblings = server.store.siblings(call.claimed.name, call.parent)
        alike = any(k[:-1] == key[:-1] and k != key for k in siblings)
        return bool(inner(call, key, but)) or (longest and alike)

    server.wrap("taken", around)
