"""The server's own OpenAPI 3.0 document, generated from the profile."""

from collections.abc import Iterable
from copy import deepcopy
from typing import Any

from conformance.reference.claims import PLACEHOLDER, Claims, IdRule, Resource, Schema
from conformance.reference.comparing import schema_at, sort_keys
from conformance.reference.exchange import place
from conformance.reference.routing import COLLECTION, ITEM
from conformance.reference.schema import nullable, types_of

Document = dict[str, Any]
BODIES = {"POST", "PUT", "PATCH"}
SUCCESS = {"LIST": "200", "CREATE": "201", "GET": "200", "SAVE": "200", "PATCH": "200"}
KEPT = (
    "default",
    "format",
    "minLength",
    "maxLength",
    "pattern",
    "minimum",
    "maximum",
    "multipleOf",
    "minItems",
    "maxItems",
    "uniqueItems",
    "readOnly",
    "writeOnly",
    "required",
)


def described(claims: Claims, base_url: str) -> Document:
    """The document."""
    schemas: Document = {"Error": error_schema(claims)}
    paths: Document = {}
    for resource in claims.resources.values():
        schemas[resource.name] = shown_schema(resource)
        schemas[f"{resource.name}Written"] = written_schema(resource)
        schemas[f"{resource.name}Patch"] = patch_schema(resource)
        for path, methods in ((resource.path, COLLECTION), (resource.item_path, ITEM)):
            operations = {
                method.lower(): operation(claims, resource, method, verb)
                for method, verb in methods.items()
                if verb in resource.verbs and method != "HEAD"
            }
            parameters = [
                in_path(claims, resource, p) for p in PLACEHOLDER.findall(path)
            ]
            if operations:
                paths[path] = {"parameters": parameters, **operations}
    return {
        "openapi": "3.0.3",
        "info": {"title": claims.title, "version": "1.0"},
        "servers": [{"url": f"{base_url}{claims.base_path}"}],
        "paths": paths,
        "components": {
            "schemas": schemas,
            "securitySchemes": {"OAuth2": security(claims, base_url)},
        },
    }


def operation(claims: Claims, resource: Resource, method: str, verb: str) -> Document:
    """One operation."""
    described: Document = {
        "operationId": f"{resource.name}.{verb.title()}",
        "tags": [resource.name],
        "security": [{"OAuth2": list(resource.roles.get(verb, ()))}],
        "responses": responses(claims, resource, verb),
    }
    if method in BODIES:
        name = f"{resource.name}{'Patch' if verb == 'PATCH' else 'Written'}"
        described["requestBody"] = {"required": True, "content": content(name)}
    if verb == "LIST":
        described["parameters"] = list(list_parameters(claims, resource))
    return described


def responses(claims: Claims, resource: Resource, verb: str) -> Document:
    """The answers of an operation: the successes, and one error for all others."""
    answers: Document = {
        "default": {"description": "An error.", "content": content("Error")}
    }
    whole = {"description": "The item.", "content": content(resource.name)}
    if verb == "LIST":
        listed = {"application/json": {"schema": list_schema(claims, resource)}}
        answers["200"] = {"description": "A page.", "content": listed}
    elif verb == "DELETE":
        answers["204"] = {"description": "Gone."}
    else:
        answers[SUCCESS[verb]] = whole
    if verb == "SAVE" and resource.id.writable:
        answers["201"] = whole
    return answers


def content(name: str) -> Document:
    """A JSON body of a named schema."""
    reference = {"$ref": f"#/components/schemas/{name}"}
    return {"application/json": {"schema": reference}}


def security(claims: Claims, base_url: str) -> Document:
    """The OAuth 2 scheme with the profile's roles as scopes."""
    flow = {
        "tokenUrl": f"{base_url}{claims.token_path}",
        "scopes": dict.fromkeys(claims.roles, ""),
    }
    named = {"password": "password", "client_credentials": "clientCredentials"}
    flows = {name: flow for one, name in named.items() if one in claims.flows}
    return {"type": "oauth2", "flows": flows or {"password": flow}}


def in_path(claims: Claims, resource: Resource, name: str) -> Document:
    """A path parameter."""
    owner = resource if name == "id" else claims.resources[name]
    schema = id_schema(owner.id)
    return {"name": name, "in": "path", "required": True, "schema": schema}


def id_schema(rule: IdRule) -> Document:
    """What an ID looks like."""
    if rule.type == "integer":
        return {"type": "integer", "minimum": 1}
    return {
        "type": "string",
        "minLength": rule.min_length,
        "maxLength": rule.max_length,
        "pattern": f"^{rule.pattern.pattern}$",
    }


def list_parameters(claims: Claims, resource: Resource) -> Iterable[Document]:
    """The query parameters of a list."""
    lists = claims.lists
    prefix, suffix = lists.prefix or "", lists.suffix or ""
    keys = list(sort_keys(resource))
    marked = [f"{prefix}{key}{suffix}" for key in keys] if prefix + suffix else []
    whole: Document = {"type": "integer", "minimum": 1}
    known = {
        "page": whole,
        "page_size": whole | {"maximum": lists.largest_size},
        "sort": _names([*keys, *marked]),
        "search": {"type": "string"},
        "search_on": _names(resource.searchable),
    }
    for name, parameter in lists.query.items():
        if known[name].get("items") != {"type": "string", "enum": []}:
            yield _in_query(parameter, known[name])
    if lists.filter is not None:
        for name in resource.filterable:
            path = tuple(name.split("."))
            if takes_any_text(schema_at(resource, path)):
                parameter = lists.filter.nested.join(path)
                yield _in_query(parameter, {"type": "string"})


def _names(names: Iterable[str]) -> Document:
    return {"type": "array", "items": {"type": "string", "enum": list(names)}}


def _in_query(name: str, schema: Document) -> Document:
    comma = {"style": "form", "explode": False} if schema["type"] == "array" else {}
    return {"name": name, "in": "query", "schema": schema, **comma}


def takes_any_text(schema: Schema | None) -> bool:
    """Whether a filter on a property takes whatever text it is given.

    What the others take depends on their operators, which no schema can say.
    """
    typed = {"integer", "number", "boolean", "array"}
    return schema is None or not (
        typed & set(types_of(schema)) or {"format", "x-scale"} & schema.keys()
    )


def list_schema(claims: Claims, resource: Resource) -> Document:
    """The list envelope."""
    item = {"$ref": f"#/components/schemas/{resource.name}"}
    items: Document = {"type": "array", "items": item}
    if not claims.lists.items:
        return items
    whole: Document = {"type": "integer", "minimum": 0}
    kinds: Document = dict.fromkeys(claims.lists.meta, whole)
    if "item_range" in kinds:
        kinds["item_range"] = {"type": "array", "items": whole, "nullable": True}
    if "next" in kinds:
        kinds["next"] = {"type": "string", "nullable": True}
    members = {claims.lists.meta[name]: kind for name, kind in kinds.items()}
    return nested(members | {claims.lists.items: items})


def error_schema(claims: Claims) -> Document:
    """The standard error body."""
    shape = claims.errors
    members: Document = {
        shape.code: {"type": shape.code_type},
        shape.message: {"type": "string"},
    }
    if shape.data:
        members[shape.data] = {"nullable": True, "type": "object"}
    one = nested(members, optional={shape.data})
    if shape.list is None:
        return one
    return nested({shape.list: {"type": "array", "minItems": 1, "items": one}})


def nested(members: Document, optional: Iterable[str | None] = ()) -> Document:
    """An object schema from members at dotted paths."""
    tree: Document = {}
    for dotted, schema in members.items():
        place(tree, dotted, _Leaf(schema, required=dotted not in optional))
    return _object(tree)


class _Leaf:
    def __init__(self, schema: Document, *, required: bool) -> None:
        self.schema = schema
        self.required = required


def _object(tree: Document) -> Document:
    properties = {
        name: part.schema if isinstance(part, _Leaf) else _object(part)
        for name, part in tree.items()
    }
    required = [
        name
        for name, part in tree.items()
        if not isinstance(part, _Leaf) or part.required
    ]
    return _whole(properties, required)


def shown_schema(resource: Resource) -> Document:
    """An item as it is shown; a write-only property is null."""
    properties = {}
    for name, schema in resource.properties.items():
        hidden = schema.get("writeOnly") and not schema.get("x-readable")
        properties[name] = {"nullable": True} if hidden else spelt(schema)
        properties[name].pop("writeOnly", None)
    properties[resource.id.member] = id_schema(resource.id)
    required = [
        name
        for name in resource.required
        if not nullable(resource.properties[name]) and "type" in properties[name]
    ]
    return _whole(properties, required)


def written_schema(resource: Resource) -> Document:
    """An item as it is sent with CREATE and SAVE."""
    properties = dict(_writable(resource))
    required = [name for name in resource.required if name in properties]
    return _whole(properties, [n for n in required if n != resource.id.member])


def patch_schema(resource: Resource) -> Document:
    """An item of which only some properties are sent."""
    properties = {name: _relaxed(one) for name, one in _writable(resource)}
    return {"type": "object", "properties": properties}


def _writable(resource: Resource) -> Iterable[tuple[str, Document]]:
    for name, schema in resource.properties.items():
        if name == resource.id.member:
            if resource.id.writable:
                yield name, id_schema(resource.id)
        elif not schema.get("readOnly"):
            yield name, spelt(schema)


def _whole(properties: Document, required: list[str]) -> Document:
    made: Document = {"type": "object", "properties": properties}
    return made | ({"required": required} if required else {})


def spelt(schema: Schema) -> Document:
    """A property in OpenAPI 3.0's words."""
    made: Document = {key: deepcopy(schema[key]) for key in KEPT if key in schema}
    kinds = [kind for kind in types_of(schema) if kind != "null"]
    if len(kinds) == 1:
        made["type"] = kinds[0]
    if nullable(schema):
        made["nullable"] = True
    if "enum" in schema:
        more = [None] if nullable(schema) and None not in schema["enum"] else []
        made["enum"] = [*schema["enum"], *more]
    if "array" in kinds:
        items = schema.get("items", {})
        made["items"] = spelt(items) if "type" in items else {}
    if "properties" in schema:
        parts = schema["properties"].items()
        made["properties"] = {name: spelt(part) for name, part in parts}
    return made


def _relaxed(schema: Document) -> Document:
    parts = schema.get("properties", {})
    relaxed = {name: _relaxed(part) for name, part in parts.items()}
    kept = {k: v for k, v in schema.items() if k not in {"required", "default"}}
    return kept | ({"properties": relaxed} if relaxed else {})
