"""Ways to publish another document and still keep what it says."""

from collections.abc import Iterator
from typing import Any

import yaml

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call
from conformance.reference.variants import variant


def _objects(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    parts = value.values() if isinstance(value, dict) else value
    if isinstance(value, dict | list):
        for part in parts:
            yield from _objects(part)


def _optional(document: Any) -> Iterator[dict[str, Any]]:
    """Give the schema of every property that need not be there."""
    for part in _objects(document):
        known = part.get("properties")
        for name, schema in known.items() if isinstance(known, dict) else ():
            if name not in part.get("required", ()) and isinstance(schema, dict):
                yield schema


@variant("contract.responses: null for a property that is not required")
def document_knows_no_null(server: Server) -> None:
    """Unset properties are null; the document calls none nullable that may lack."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        for part in _optional(answer.value):
            part.pop("nullable", None)
            if isinstance(part.get("enum"), list):
                part["enum"] = [value for value in part["enum"] if value is not None]
        return answer

    server.wrap("do_openapi", around)


@variant("contract.documented: a document in YAML")
def document_in_yaml(server: Server) -> None:
    """The document is YAML."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        answer.headers["content-type"] = "application/yaml"
        return answer

    def written(inner: Any, call: Call, value: object) -> bytes:
        if call.operation != "openapi":
            text: bytes = inner(call, value)
            return text
        return yaml.safe_dump(value, allow_unicode=True).encode()

    server.wrap("do_openapi", around)
    server.wrap("encode", written)


@variant("contract.documented: one success for all of its kind, errors left out")
def document_says_little(server: Server) -> None:
    """Successes are documented as 2XX, errors not at all."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        for item in answer.value["paths"].values():
            for method, operation in item.items():
                if method != "parameters":
                    told = operation["responses"]
                    first = next(name for name in told if name != "default")
                    operation["responses"] = {"2XX": told[first]}
        return answer

    server.wrap("do_openapi", around)
