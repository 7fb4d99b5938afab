"""CREATE, GET, SAVE, PATCH, DELETE of items, and their IDs."""

import secrets
import string
from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from conformance.reference.claims import IdRule, Schema
from conformance.reference.exchange import Answer, Call, Problem, refuse
from conformance.reference.schema import (
    Findings,
    accept,
    missing,
)
from conformance.reference.shapes import Shapes
from conformance.reference.store import Record
from conformance.reference.strict import parse

Values = dict[str, Any]
BASE64URL = string.ascii_letters + string.digits + "-_"
GENERATED_LENGTH = 22


class Items(Shapes):
    """The verbs on single items."""

    async def do_get(self, call: Call) -> Answer:
        """Answer GET."""
        return Answer(200, self.render_item(call, self.find_item(call)))

    async def do_create(self, call: Call) -> Answer:
        """Answer POST on a collection."""
        body = self.read_body(call)
        values = self.validate(call, body, partial=False)
        key = self.chosen_id(call, body) or self.make_id(call)
        record = self.create(call, key, values)
        headers = {"location": self.location(call, record)}
        return Answer(201, self.render_item(call, record), headers)

    async def do_save(self, call: Call) -> Answer:
        """Answer PUT: replace what is there, else create it."""
        key = call.item_id or ""
        record = self.lookup(call, key)
        if record is None:
            return await self.save_new(call, key)
        body = self.read_body(call)
        values = self.validate(call, body, partial=False)
        chosen = self.chosen_id(call, body)
        self.replace(call, record, values, self.renaming(call, record, chosen))
        return Answer(200, self.render_item(call, record))

    async def save_new(self, call: Call, key: str) -> Answer:
        """Answer PUT where nothing is yet."""
        if not call.claimed.id.writable:
            raise self.absent(call, call.claimed.name, key)
        if not self.id_ok(call, key):
            raise self.bad_id(call)
        body = self.read_body(call)
        values = self.validate(call, body, partial=False)
        self.chosen_id(call, body)
        record = self.create(call, key, values)
        headers = {"location": self.location(call, record)}
        return Answer(201, self.render_item(call, record), headers)

    async def do_patch(self, call: Call) -> Answer:
        """Answer PATCH."""
        record = self.find_item(call)
        body = self.read_body(call)
        values = self.validate(call, body, partial=True)
        chosen = self.chosen_id(call, body)
        self.patch(call, record, values, self.renaming(call, record, chosen))
        return Answer(200, self.render_item(call, record))

    async def do_delete(self, call: Call) -> Answer:
        """Answer DELETE."""
        self.remove(call, self.find_item(call))
        return Answer(204)

    # What is there

    def find_parents(self, call: Call) -> tuple[Record, ...]:
        """The records named by the path, outermost first, or a 404."""
        found: list[Record] = []
        for name in call.claimed.parents:
            above = found[-1] if found else None
            key = call.path_ids[name]
            record = self.store.siblings(name, above).get(key)
            if record is None:
                raise self.absent(call, name, key)
            found.append(record)
        return tuple(found)

    def lookup(self, call: Call, key: str) -> Record | None:
        """The item with this ID under the call's parent, if there is one."""
        return self.store.siblings(call.claimed.name, call.parent).get(key)

    def find_item(self, call: Call) -> Record:
        """The item that the path names, or a 404."""
        key = call.item_id or ""
        record = self.lookup(call, key)
        if record is None:
            raise self.absent(call, call.claimed.name, key)
        return record

    def absent(self, call: Call, kind: str, key: str) -> Problem:
        """The 404 that tells what was not found."""
        del call
        told = {"ObjectType": kind, "ObjectID": key}
        return refuse(404, "NotFound", f"No such object in {kind}.", told)

    # What comes in

    def read_body(self, call: Call) -> Values:
        """The request's body as a JSON object, or 413, 415, 400."""
        if call.oversized:
            raise refuse(413, "Request.TooLarge", "The request body is too large.")
        self.check_media_type(call)
        try:
            return self.parse(call)
        except ValueError:
            raise refuse(
                400, "Request.InvalidRequestBody", "Request body is invalid or null."
            ) from None

    def parse(self, call: Call) -> Values:
        """The body's text as a JSON object; ValueError if it is none."""
        return parse(call.body)

    def check_media_type(self, call: Call) -> None:
        """Refuse a body that is labelled as anything but JSON in UTF-8."""
        label = call.request.headers.get("content-type", "application/json")
        kind, *parameters = (part.strip().lower() for part in label.split(";"))
        charsets = {
            value.strip().strip('"')
            for name, _, value in (part.partition("=") for part in parameters)
            if name.strip() == "charset"
        }
        if kind != "application/json" or charsets - {"utf-8", "utf8"}:
            raise refuse(
                415, "Request.InvalidContentType", "Send application/json in UTF-8."
            )

    def validate(self, call: Call, body: Values, *, partial: bool) -> Values:
        """The writable properties of a body as they are stored, or a 400.

        Unknown and read-only ones are ignored. With ``partial`` nothing is required
        and nothing gets its default.
        """
        findings = Findings()
        values = {
            name: self.accept(call, name, body[name], findings, partial=partial)
            for name, schema in self.writable(call)
            if name in body
        }
        if not partial:
            self.complete(call, values, findings)
        if findings.found:
            raise self.invalid(call, findings)
        return values

    def accept(
        self, call: Call, name: str, value: Any, findings: Findings, *, partial: bool
    ) -> Any:
        """One property's value as it is stored; what is wrong goes to ``findings``."""
        schema = call.claimed.properties[name]
        return accept(schema, value, name, findings, partial=partial)

    def complete(self, call: Call, values: Values, findings: Findings) -> None:
        """Ask for what is required and fill in defaults."""
        for name, schema in self.writable(call):
            if name in values:
                continue
            if name in call.claimed.required:
                findings.add(name, "is required")
            elif "default" in schema:
                default = deepcopy(schema["default"])
                values[name] = accept(schema, default, name, findings)

    def writable(self, call: Call) -> Iterable[tuple[str, Schema]]:
        """The properties that a client may write, the ID not among them."""
        return (
            (name, schema)
            for name, schema in call.claimed.properties.items()
            if not schema.get("readOnly") and name != call.claimed.id.member
        )

    # IDs

    def chosen_id(self, call: Call, body: Values) -> str | None:
        """The ID that the body gives, None if it gives none, or a 400."""
        rule = call.claimed.id
        chosen = body.get(rule.member)
        if not rule.writable or chosen is None:
            return None
        right = int if rule.type == "integer" else str
        if type(chosen) is not right or not self.id_ok(call, str(chosen)):
            raise self.bad_id(call)
        return str(chosen)

    def id_ok(self, call: Call, key: str) -> bool:
        """Whether an ID is within the claimed alphabet and lengths."""
        return call.claimed.id.pattern.fullmatch(key) is not None

    def bad_id(self, call: Call) -> Problem:
        """The 400 for an ID outside the alphabet or the lengths."""
        findings = Findings()
        findings.add(call.claimed.id.member, "is not a valid ID")
        return self.invalid(call, findings)

    def make_id(self, call: Call) -> str:
        """An ID that is not in use."""
        rule = call.claimed.id
        while True:
            key = self.draw_id(call, rule)
            if not self.taken(call, key):
                return key

    def draw_id(self, call: Call, rule: IdRule) -> str:
        """A candidate for a generated ID."""
        del call
        if rule.type == "integer":
            self.serial += 1
            return str(self.serial)
        common = [sign for sign in rule.characters if sign in BASE64URL]
        length = max(rule.min_length, min(GENERATED_LENGTH, rule.max_length))
        letters = common or list(rule.characters)
        return "".join(secrets.choice(letters) for _ in range(length))

    def scope_of(self, call: Call) -> Iterable[Record]:
        """The records among which an ID must be unique."""
        resource = call.claimed
        if resource.scope == "parent" or not resource.parents:
            return self.store.siblings(resource.name, call.parent).values()
        return self.store.every(resource.name)

    def taken(self, call: Call, key: str, but: Record | None = None) -> bool:
        """Whether an ID is in use in its scope, by another record than ``but``."""
        resource = call.claimed
        if resource.scope == "parent" or not resource.parents:
            found = self.store.siblings(resource.name, call.parent).get(key)
            return found is not None and found is not but
        return any(one.key == key and one is not but for one in self.scope_of(call))

    def renaming(self, call: Call, record: Record, chosen: str | None) -> str | None:
        """The new ID, where the body gives one and the profile claims it."""
        claimed = call.method in call.claimed.id.rename
        return chosen if claimed and chosen != record.key else None

    def require_free(self, call: Call, key: str, but: Record | None = None) -> None:
        """Refuse an ID in use with 409."""
        if self.taken(call, key, but):
            told = {"ObjectType": call.claimed.name, "ObjectID": key}
            raise refuse(409, "IdExists", "Object already exists.", told)

    def require_unique(
        self, call: Call, values: Values, but: Record | None = None
    ) -> None:
        """Refuse a value that a unique property of another record has, with 409."""
        for name, schema in call.claimed.properties.items():
            if self.clashes(call, name, schema, values.get(name), but):
                told = {"Property": name}
                message = f"{name} must be unique."
                raise refuse(409, "ValueMustBeUnique", message, told)

    def require_referred(self, call: Call, values: Values) -> None:
        """Refuse the ID of an item that is not there, with 400."""
        findings = Findings()
        for name, schema in call.claimed.properties.items():
            told = values.get(name)
            if "x-refers" not in schema or schema.get("readOnly") or told is None:
                continue
            for key in told if isinstance(told, list) else [told]:
                if not self.is_there(call, schema["x-refers"], str(key)):
                    findings.add(name, f"must be the ID of one of {schema['x-refers']}")
        if findings.found:
            raise self.invalid(call, findings)

    def is_there(self, call: Call, name: str, key: str) -> bool:
        """Whether an item that may be referred to exists, beside the call's own."""
        above = self.claims.resources[name].parents
        if call.claimed.parents[: len(above)] != above:
            return any(one.key == key for one in self.store.every(name))
        parent = call.parents[len(above) - 1] if above else None
        return key in self.store.siblings(name, parent)

    def clashes(
        self, call: Call, name: str, schema: Schema, value: object, but: Record | None
    ) -> bool:
        """Whether another record has the value of a unique property."""
        reach = schema.get("x-unique")
        if reach is None or value is None:
            return False
        resource = call.claimed
        within: Iterable[Record] = self.store.every(resource.name)
        if reach == "scope":
            within = self.store.siblings(resource.name, call.parent).values()
        return any(one is not but and one.values.get(name) == value for one in within)

    # What changes

    def create(self, call: Call, key: str, values: Values) -> Record:
        """Store a new record, or refuse with 409."""
        self.require_free(call, key)
        self.require_unique(call, values)
        self.require_referred(call, values)
        now = self.now(call)
        record = Record(key, values, now, now, call.parent)
        self.store.add(call.claimed.name, record)
        return record

    def replace(
        self, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        """Replace a record's values; write-only ones not sent stay."""
        kept = {
            name: record.values[name]
            for name, schema in call.claimed.properties.items()
            if schema.get("writeOnly") and name in record.values
        }
        self.update(call, record, kept | values, rename)

    def patch(
        self, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        """Merge what was sent into a record, all of it or nothing."""
        merged = dict(record.values)
        findings = Findings()
        for name, value in values.items():
            schema = call.claimed.properties[name]
            merged[name] = self.merge(call, name, merged.get(name), value)
            missing(schema, merged[name], name, findings)
        if findings.found:
            raise self.invalid(call, findings)
        self.update(call, record, merged, rename)

    def update(
        self, call: Call, record: Record, values: Values, rename: str | None
    ) -> None:
        """Write new values, and a new ID if there is one, to a record."""
        if rename is not None:
            self.require_free(call, rename, record)
        self.require_unique(call, values, record)
        self.require_referred(call, values)
        record.values = values
        record.updated = self.advance(call, record)
        if rename is not None:
            self.rename(call, record, rename)

    def rename(self, call: Call, record: Record, key: str) -> None:
        """Give a record another ID."""
        self.store.rename(call.claimed.name, record, key)

    def remove(self, call: Call, record: Record) -> None:
        """Remove a record and what stands under it."""
        self.store.remove(call.claimed.name, record)

    def merge(self, call: Call, name: str, old: Any, new: Any) -> Any:
        """One property after a PATCH.

        The extension property merges at its top level, other objects deeply,
        everything else is replaced.
        """
        if not (isinstance(old, dict) and isinstance(new, dict)):
            return new
        if name == self.claims.extension:
            return old | new
        return old | {
            member: self.merge(call, "", old.get(member), value)
            for member, value in new.items()
        }
