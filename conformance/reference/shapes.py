"""How an item is shown, and the address at which it stands."""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any
from urllib.parse import quote

from conformance.reference.claims import Schema
from conformance.reference.core import Core
from conformance.reference.exchange import Call
from conformance.reference.schema import nullable, types_of
from conformance.reference.store import Record

Values = dict[str, Any]


class Shapes(Core):
    """Items and their addresses as clients see them."""

    def render_item(self, call: Call, record: Record) -> Values:
        """An item as it is shown; dates are still instants."""
        item: Values = {}
        for name, schema in call.claimed.properties.items():
            shown, value = self.render_property(call, record, name, schema)
            if shown:
                item[name] = value
        member = call.claimed.id.member
        return {member: self.render_id(call, record)} | item

    def render_id(self, call: Call, record: Record) -> str | int:
        """The ID as it is shown in an item."""
        return int(record.key) if call.claimed.id.type == "integer" else record.key

    def render_property(
        self, call: Call, record: Record, name: str, schema: Schema
    ) -> tuple[bool, Any]:
        """Whether a property is shown, and its value."""
        if name == call.claimed.id.member:
            return True, self.render_id(call, record)
        stamp = schema.get("x-stamp")
        if stamp is not None:
            return True, record.created if stamp == "created" else record.updated
        if name in record.values and not self.hidden(call, schema):
            return True, record.values[name]
        if schema.get("readOnly"):
            return True, self.constant(call, record, schema)
        return nullable(schema), None

    def hidden(self, call: Call, schema: Schema) -> bool:
        """Whether a property is never shown."""
        del call
        return bool(schema.get("writeOnly")) and not schema.get("x-readable")

    def constant(self, call: Call, record: Record, schema: Schema) -> Any:
        """The value of a read-only property that nothing computes."""
        del call
        if "default" in schema:
            return deepcopy(schema["default"])
        if nullable(schema):
            return None
        match schema.get("format"):
            case "date-time":
                return record.created
            case "date":
                return record.created.date()
            case _:
                likely = schema.get("enum") or [schema.get("minimum")]
                return likely[0] or _CONSTANTS[types_of(schema)[0]]

    def location(self, call: Call, record: Record) -> str:
        """The absolute address of an item."""
        ids: Mapping[str, str] = {**call.path_ids, "id": record.key}
        path = self.claims.base_path + call.claimed.item_path
        for name, key in ids.items():
            path = path.replace(f"{{{name}}}", quote(key, safe=""))
        return f"{self.authority(call)}{path}"


_CONSTANTS: Mapping[str, Any] = {
    "string": "",
    "integer": 0,
    "number": 0,
    "boolean": False,
    "array": [],
    "object": {},
    "null": None,
}
