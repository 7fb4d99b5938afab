"""Ways to break the contract: the document says what the server does not do."""

from collections.abc import Callable
from typing import Any

from conformance.reference.app import Server
from conformance.reference.exchange import Answer, Call, Mistake, Problem
from conformance.reference.faults import fault
from conformance.reference.store import Record

Document = dict[str, Any]


def _document(server: Server, change: Callable[[Document], object]) -> None:
    """Publish another document than the true one."""

    async def around(inner: Any, call: Call) -> Answer:
        answer: Answer = await inner(call)
        if isinstance(answer.value, dict):
            change(answer.value)
        return answer

    server.wrap("do_openapi", around)


def _last(server: Server) -> str:
    return list(server.claims.resources)[-1]


def _schema(document: Document, resource: str) -> Document:
    found: Document = document["components"]["schemas"][resource]
    return found


def _operations(document: Document, resource: str) -> list[tuple[str, Document]]:
    """Method and operation of everything that a resource offers."""
    return [
        (method, operation)
        for item in document["paths"].values()
        for method, operation in item.items()
        if method != "parameters" and operation["tags"] == [resource]
    ]


# -------------------------------------------------------------------------- responses


@fault("contract.responses", dimension="one resource")
def document_promises_a_member(server: Server) -> None:
    """The document says that every item of the last resource has a rating."""

    def change(document: Document) -> None:
        schema = _schema(document, _last(server))
        schema["properties"]["Rating"] = {"type": "number"}
        schema["required"] = [*schema.get("required", ()), "Rating"]

    _document(server, change)


@fault("contract.responses", dimension="value")
def document_knows_fewer_kinds(server: Server) -> None:
    """The document leaves out the last value that an enumerated property can have."""

    def change(document: Document) -> None:
        for resource in server.claims.resources.values():
            for name, claimed in resource.properties.items():
                values = claimed.get("enum", ())
                if len(values) > 1:
                    enum = [*values[:-1], None]
                    _schema(document, resource.name)["properties"][name]["enum"] = enum

    _document(server, change)


@fault("contract.responses", dimension="one verb")
def patch_tells_counts_as_text(server: Server) -> None:
    """A whole number that only the server writes is text in the answer to PATCH."""

    def around(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        item: dict[str, Any] = inner(call, record)
        for name, claimed in call.claimed.properties.items():
            counted = claimed.get("readOnly") and claimed.get("type") == "integer"
            if call.verb == "PATCH" and counted and name in item:
                item[name] = str(item[name])
        return item

    server.wrap("render_item", around)


@fault("contract.responses", dimension="header")
def document_promises_a_header(server: Server) -> None:
    """The document says that every GET of an item tells its version in a header."""

    def change(document: Document) -> None:
        header = {"required": True, "schema": {"type": "integer"}}
        for path, item in document["paths"].items():
            if path.endswith("{id}") and "get" in item:
                item["get"]["responses"]["200"]["headers"] = {"X-Version": header}

    _document(server, change)


@fault("contract.responses", dimension="list")
def document_promises_facets(server: Server) -> None:
    """The document says that the last resource's list has a member for facets."""

    def change(document: Document) -> None:
        for method, operation in _operations(document, _last(server)):
            told = operation["responses"].get("200", {}).get("content")
            if method == "get" and operation["operationId"].endswith("List") and told:
                schema = told["application/json"]["schema"]
                schema["properties"]["Facets"] = {"type": "array", "items": {}}
                schema["required"] = [*schema.get("required", ()), "Facets"]

    _document(server, change)


def _health(server: Server, told: Callable[[], Document]) -> None:
    """Have a read beside the resources, and document that it tells a status."""
    status = {"type": "object", "properties": {"Status": {"type": "string"}}}
    shown = {"application/json": {"schema": status}}
    answers = {"200": {"description": "How it is.", "content": shown}}

    def change(document: Document) -> None:
        document["paths"]["/health"] = {"get": {"responses": answers}}

    async def around(inner: Any, call: Call) -> Answer:
        if call.request.url.path == f"{server.claims.base_path}/health":
            return Answer(200, told())
        answer: Answer = await inner(call)
        return answer

    _document(server, change)
    server.wrap("dispatch", around)


@fault("contract.responses", dimension="beside the resources")
def health_tells_a_number(server: Server) -> None:
    """A read beside the resources tells a number where text is documented."""
    _health(server, lambda: {"Status": 1})


# ----------------------------------------------------------------------------- robust


@fault("contract.robust", dimension="beside the resources")
def health_crashes(server: Server) -> None:
    """A read beside the resources is answered with 500."""

    def told() -> Document:
        raise RuntimeError("nobody knows")

    _health(server, told)


@fault("contract.robust", dimension="stored state")
def nameless_members_spoil_the_item(server: Server) -> None:
    """An item made with a member whose name is empty can't be read: 500."""
    spoilt: list[Record] = []

    def parse(inner: Any, call: Call) -> dict[str, Any]:
        body: dict[str, Any] = inner(call)
        call.notes["nameless"] = "" in body
        return body

    def create(inner: Any, call: Call, key: str, values: Any) -> Record:
        record: Record = inner(call, key, values)
        if call.notes.get("nameless"):
            spoilt.append(record)
        return record

    def render(inner: Any, call: Call, record: Record) -> dict[str, Any]:
        if call.verb == "GET" and any(record is one for one in spoilt):
            raise RuntimeError("a member without a name")
        item: dict[str, Any] = inner(call, record)
        return item

    server.wrap("parse", parse)
    server.wrap("create", create)
    server.wrap("render_item", render)


@fault("contract.robust", dimension="query")
def search_within_a_filter_crashes(server: Server) -> None:
    """LIST with a search text and a filter at once is answered with 500."""

    def around(inner: Any, call: Call, records: list[Record]) -> list[Record]:
        names = {name for name, _ in call.query}
        searched = server.claims.lists.query.get("search") in names
        if searched and names & set(call.claimed.filterable):
            raise RuntimeError("search within a filter")
        found: list[Record] = inner(call, records)
        return found

    server.wrap("filter", around)


@fault("contract.robust", dimension="body")
def member_without_a_name_crashes(server: Server) -> None:
    """A body with a member whose name is empty is answered with 500."""

    def around(inner: Any, call: Call) -> dict[str, Any]:
        body: dict[str, Any] = inner(call)
        if "" in body:
            raise RuntimeError("a member without a name")
        return body

    server.wrap("parse", around)


@fault("contract.robust", dimension="header of an error")
def refused_queries_in_plain_text(server: Server) -> None:
    """LIST refused with three parameters or more is answered in text, not JSON."""

    def around(inner: Any, call: Call, problem: Problem) -> Answer:
        answer: Answer = inner(call, problem)
        if call.verb == "LIST" and answer.status == 400 and len(call.query) > 2:
            answer.headers["content-type"] = "text/plain; charset=utf-8"
        return answer

    server.wrap("refused", around)


@fault("errors.no_leak", level="SHOULD", dimension="query")
def refused_queries_show_sql(server: Server) -> None:
    """LIST refused with three parameters or more shows the database's own words."""

    def around(inner: Any, call: Call, problem: Problem) -> Answer:
        if call.verb == "LIST" and problem.status == 400 and len(call.query) > 2:
            told = "ORA-00933: SQL command not properly ended"
            problem = Problem(400, Mistake("InvalidQuery", told))
        answer: Answer = inner(call, problem)
        return answer

    server.wrap("refused", around)


@fault("json.unique_names", level="SHOULD", dimension="query")
def refused_queries_name_members_twice(server: Server) -> None:
    """LIST refused with three parameters or more holds each name twice."""

    def around(inner: Any, call: Call, answer: Answer) -> Answer:
        answer = inner(call, answer)
        if call.verb == "LIST" and answer.status == 400 and len(call.query) > 2:
            inside = answer.body.strip()[1:-1]
            answer.body = b"{%b,%b}" % (inside, inside)
        return answer

    server.wrap("finish", around)


# ------------------------------------------------------------------------- documented


@fault("contract.documented", level="SHOULD", dimension="one verb")
def document_lacks_an_operation(server: Server) -> None:
    """The document does not know that the last resource has PATCH."""

    def change(document: Document) -> None:
        for item in document["paths"].values():
            if item.get("patch", {}).get("tags") == [_last(server)]:
                del item["patch"]

    _document(server, change)


@fault("contract.documented", level="SHOULD", dimension="status")
def document_lacks_created(server: Server) -> None:
    """The document does not know that PUT may answer 201."""

    def change(document: Document) -> None:
        for item in document["paths"].values():
            item.get("put", {}).get("responses", {}).pop("201", None)

    _document(server, change)


@fault("contract.documented", level="SHOULD", dimension="one resource")
def document_asks_for_no_token(server: Server) -> None:
    """The document says that the last resource is open to everybody."""

    def change(document: Document) -> None:
        for _, operation in _operations(document, _last(server)):
            operation["security"] = []

    _document(server, change)


@fault("contract.documented", level="SHOULD", dimension="document")
def document_refers_to_nothing(server: Server) -> None:
    """A schema of the document refers to one that is not there."""

    def change(document: Document) -> None:
        schema = _schema(document, _last(server))
        schema["properties"]["Owner"] = {"$ref": "#/components/schemas/Owner"}

    _document(server, change)
