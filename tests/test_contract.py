"""The contract chapter: the target's own document, read, held to, drawn from."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.contract.document import Unreadable, read_document
from conformance.contract.drawing import as_documented
from conformance.draw import collect
from conformance.plan import Plan, shipped_checks
from conformance.profile import load_profile
from conformance.reference.claims import read_claims
from conformance.reference.exchange import NOTHING, Answer
from conformance.reference.openapi import described
from conformance.verdict import Verdict

ROOT = Path(__file__).resolve().parent.parent
SEED = 11


def published() -> dict[str, Any]:
    """Give the reference's document, as it is sent."""
    claims = read_claims(ROOT / "profiles" / "reference.toml")
    told: dict[str, Any] = json.loads(
        json.dumps(described(claims, "https://a"), default=str)
    )
    return told


def small(schema: Any, **more: Any) -> str:
    """Give a document of one GET that answers 200 with a schema."""
    answer = {"description": "", "content": {"application/json": {"schema": schema}}}
    get = {"responses": {"200": answer}}
    return json.dumps({"openapi": "3.0.3", "paths": {"/a": {"get": get}}, **more})


#: A document that is none → what is said of it.
UNREADABLE = {
    "empty": ("", "empty"),
    "cut short": ('{"openapi": "3.0.3", "paths": {', "no JSON: Expecting"),
    "a list": ("[]", "no object"),
    "a page": ("<!doctype html><p>404</p>: : :", "neither JSON nor YAML"),
    "Swagger 2.0": ('{"swagger": "2.0", "paths": {}}', "OpenAPI 3"),
    "OpenAPI 4": ('{"openapi": "4.0.0", "paths": {}}', "3.0 and 3.1"),
    "no version": ('{"paths": {}}', "openapi: None"),
    "no paths": ('{"openapi": "3.1.0"}', "paths: not there"),
    "deep": ('{"a":' * 300 + "1" + "}" * 300, "openapi: None"),
    "deeper": ("[" * 100_000, "deep"),
    "deep schema": (small({"items": json.loads("[" * 250 + "]" * 250)}), "200 deep"),
    "large": (small({}) + " " * (16 * 2**20), "larger than 16 MiB"),
    "YAML of itself": ("openapi: 3.0.3\npaths: &p\n  /a: *p\n", "200 deep"),
    "YAML that laughs": (
        "openapi: 3.0.3\npaths:\n  /a: &a0 [x]\n"
        + "".join(
            f"  /a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 12)
        ),
        "more than 2000000 values",
    ),
    "YAML that runs code": (
        "openapi: 3.0.3\npaths: !!python/object/apply:os.getcwd []\n",
        "neither JSON nor YAML",
    ),
}
#: A schema whose default looks like a reference that leads nowhere.
LOST = {"schemas": {"A": {"default": {"$ref": "#/components/schemas/B"}}}}
#: A document with a part that can't be read → what is said, and where.
PROBLEMS = {
    "missing reference": (
        small({"$ref": "#/components/schemas/A"}),
        "#/paths/~1a/get/responses/200/content/application~1json/schema/$ref: nothing",
    ),
    "missing reference of any other answer": (
        small(
            {},
            paths={
                "/a": {"get": {"responses": {"default": {"$ref": "#/components/b"}}}}
            },
        ),
        "#/paths/~1a/get/responses/default/$ref: nothing",
    ),
    "missing reference of a property named so": (
        small({"properties": {"default": {"$ref": "#/components/b"}}}),
        "/schema/properties/default/$ref: nothing",
    ),
    "missing reference out of what holds values": (
        small({"$ref": "#/components/schemas/A/default"}, components=LOST),
        "schema: no schema",
    ),
    "a file": (small({"$ref": "other.json#/A"}), "'other.json#/A' is never followed"),
    "a host": (small({"$ref": "https://b/c"}), "'https://b/c' is never followed"),
    "no schema": (small({"type": "strng"}), "application~1json/schema: no schema"),
    "no schema at all": (small([1]), "application~1json/schema: no schema"),
    "no slash": (small({}, paths={"a": {}}), "#/paths/a: a path begins with a slash"),
    "no path": (small({}, paths={"/a": 1}), "#/paths/~1a: no object"),
    "no operation": (small({}, paths={"/a": {"get": 1}}), "~1a/get: no object"),
    "no answers": (small({}, paths={"/a": {"get": {}}}), "~1a/get/responses: not the"),
    "3.1 in 3.0": (small({"type": ["string", "nul"]}), "schema: no schema"),
}


@pytest.mark.parametrize("case", UNREADABLE)
def test_what_is_no_document_is_said(case: str) -> None:
    """It says what is wrong, and raises nothing else."""
    text, words = UNREADABLE[case]
    with pytest.raises(Unreadable) as found:
        read_document(text)

    assert words in str(found.value)


@pytest.mark.parametrize("case", PROBLEMS)
def test_a_broken_part_is_said_with_its_place(case: str) -> None:
    """The rest of the document is read all the same."""
    text, words = PROBLEMS[case]
    document = read_document(text)

    assert len(document.problems) == 1
    assert words in document.problems[0]


#: A schema, a body, and whether the schema takes it.
BODIES: dict[str, tuple[Any, Any, bool]] = {
    "null where nothing is required": (
        {"properties": {"a": {"type": "string"}}},
        {"a": None},
        True,
    ),
    "null in an enumeration": (
        {"properties": {"a": {"type": "string", "enum": ["x"]}}},
        {"a": None},
        True,
    ),
    "null by a reference": (
        {"properties": {"a": {"$ref": "#/components/schemas/A"}}},
        {"a": None},
        True,
    ),
    "null where it is required": (
        {"required": ["a"], "properties": {"a": {"type": "string"}}},
        {"a": None},
        False,
    ),
    "null that is announced": (
        {"required": ["a"], "properties": {"a": {"type": "string", "nullable": True}}},
        {"a": None},
        True,
    ),
    "another type": ({"properties": {"a": {"type": "string"}}}, {"a": 1}, False),
    "a type by a reference": (
        {"properties": {"a": {"$ref": "#/components/schemas/A"}}},
        {"a": 1},
        False,
    ),
    "no number of an enumeration": ({"enum": [1, 2]}, 3, False),
    "what is only written": (
        {"required": ["a"], "properties": {"a": {"writeOnly": True}}},
        {},
        True,
    ),
    "an exclusive bound of 3.0": (
        {"type": "integer", "minimum": 3, "exclusiveMinimum": True, "readOnly": True},
        3,
        False,
    ),
    "a bound of what clients write": ({"type": "string", "maxLength": 1}, "ab", True),
    "a bound of what servers write": (
        {"properties": {"a": {"type": "string", "maxLength": 1, "readOnly": True}}},
        {"a": "ab"},
        False,
    ),
    "an integer with a point": ({"type": "integer"}, 1.0, True),
    "a price": ({"type": "number", "multipleOf": 0.01, "readOnly": True}, 19.99, True),
    "a date of another format": ({"type": "string", "format": "date-time"}, "x", True),
    "a format nobody knows": ({"type": "string", "format": "sku"}, "x", True),
    "a UUID that is none": ({"type": "string", "format": "uuid"}, "x", False),
    "null that makes a second alternative fit": (
        {
            "oneOf": [
                {"required": ["a"], "properties": {"a": {"type": "string"}}},
                {"properties": {"a": {"type": "integer"}}, "required": ["b"]},
                {"properties": {"b": {"type": "integer"}}},
            ]
        },
        {"a": "x", "b": None},
        True,
    ),
    "no alternative of two kinds": (
        {
            "anyOf": [{"type": "string"}, {"type": "integer"}],
            "oneOf": [{"type": "boolean"}, {"type": "string", "enum": ["x"]}],
        },
        1,
        False,
    ),
    "null that a negation would take for its case": (
        {"not": {"required": ["a"], "properties": {"b": {"type": "integer"}}}},
        {"a": 1, "b": None},
        True,
    ),
    "null that a condition would take for its case": (
        {
            "if": {"properties": {"b": {"type": "integer"}}},
            "then": {"required": ["c"]},
        },
        {"b": None},
        True,
    ),
    "what is only written, and required beside it": (
        {"allOf": [{"properties": {"P": {"writeOnly": True}}}, {"required": ["P"]}]},
        {},
        True,
    ),
    "what is only written by a reference": (
        {
            "allOf": [
                {"$ref": "#/components/schemas/Secret"},
                {"$ref": "#/components/schemas/Wanted"},
            ]
        },
        {},
        True,
    ),
    "what is required alone": ({"$ref": "#/components/schemas/Wanted"}, {}, False),
    "an object that is absent, spelt as empty": (
        {"properties": {"a": {"$ref": "#/components/schemas/Wanted"}}},
        {"a": {}},
        True,
    ),
    "an object that lacks a part": (
        {"properties": {"a": {"$ref": "#/components/schemas/Wanted"}}},
        {"a": {"b": 1}},
        False,
    ),
    "an empty object that must be there": (
        {
            "properties": {"a": {"$ref": "#/components/schemas/Wanted"}},
            "required": ["a"],
        },
        {"a": {}},
        False,
    ),
    "text that is absent, spelt as empty": (
        {"properties": {"a": {"type": "string", "enum": ["x"]}}},
        {"a": ""},
        True,
    ),
    "empty text where a number stands": (
        {"properties": {"a": {"type": "integer"}}},
        {"a": ""},
        False,
    ),
    "null among members that have no name": (
        {"additionalProperties": {"type": "string"}},
        {"a": None},
        True,
    ),
    "a number among texts that have no name": (
        {"additionalProperties": {"type": "string"}},
        {"a": 1},
        False,
    ),
    "null where no further member may be": (
        {"properties": {"b": {}}, "additionalProperties": False},
        {"a": None},
        False,
    ),
    "null among members whose names fit": (
        {"patternProperties": {"^a": {"type": "string"}, "^b": False}},
        {"a": None},
        True,
    ),
    "null where no such name may be": (
        {"patternProperties": {"^a": {"type": "string"}, "^b": False}},
        {"b": None},
        False,
    ),
    "nothing but null": (
        {"properties": {"a": {"type": "null"}}, "required": ["b"]},
        {"a": None},
        False,
    ),
    "a list of itself": (
        {"$ref": "#/components/schemas/Tree"},
        {"below": [{"below": [{"below": 1}]}]},
        False,
    ),
}
COMPONENTS = {
    "schemas": {
        "A": {"type": "string"},
        "Secret": {"properties": {"P": {"type": "string", "writeOnly": True}}},
        "Wanted": {"required": ["P"]},
        "Tree": {
            "properties": {
                "below": {
                    "type": "array",
                    "items": {"$ref": "#/components/schemas/Tree"},
                }
            }
        },
    }
}


@pytest.mark.parametrize("case", BODIES)
def test_a_body_is_held_to_what_is_said(case: str) -> None:
    """No stricter, no looser."""
    schema, body, taken = BODIES[case]
    document = read_document(small(schema, components=COMPONENTS))
    response = document.operations[0].response(200)
    validator = response.media["application/json"] if response else None

    assert validator is not None
    assert (validator.wrong(body) is None) == taken
    assert document.problems == []


def test_default_stands_for_errors_where_a_success_is_named() -> None:
    """Another success is then not documented, whatever ``default`` says."""
    answers = {"200": {"description": ""}, "default": {"description": ""}}
    paths = {"/a": {"get": {"responses": answers}}}
    said = read_document(small({}, paths=paths)).operations[0]

    assert said.response(201) is None
    assert said.response(404) is said.responses["default"]


# ----------------------------------------------------------------------- what is drawn


def drawn() -> dict[str, list[Any]]:
    """Draw what the chapter sends, and give it by row."""
    plan = Plan(load_profile("reference"), shipped_checks())
    document = read_document(json.dumps(published()))
    plan.draw(SEED, lambda _row: 3, "ctabc", document=document)
    rows = (row for row in plan.rows if row.check.requirement.generated)
    return {row.id: row.payloads for row in rows}


def test_no_credentials_are_drawn() -> None:
    """What the document says of keys and tokens is no part of a request."""
    keys = {
        "header": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        "query": {"type": "apiKey", "in": "query", "name": "access_token"},
    }
    text = small(
        {},
        components={"securitySchemes": keys},
        security=[{"header": [], "query": []}],
    )
    document = read_document(text)
    made = as_documented(document, document.operations[0])
    plan = [one.value for one in collect(made, 20, SEED)]

    assert plan
    assert not any(drawing["query"] or drawing["headers"] for drawing in plan)


def test_the_same_seed_draws_the_same() -> None:
    """Twice in one process, and in another that was started for it."""
    words = "import json, test_contract as t; print(json.dumps(t.drawn()))"
    told = subprocess.run(
        [sys.executable, "-c", words],
        cwd=Path(__file__).parent,
        capture_output=True,
        check=True,
        text=True,
    ).stdout
    first = drawn()

    assert len(first) >= 40
    assert drawn() == first
    assert json.loads(told) == json.loads(json.dumps(first))


def test_what_can_not_be_drawn_is_judged_by_the_example(judge: Any, serve: Any) -> None:
    """A document that asks for the impossible costs no verdict."""

    def change(document: dict[str, Any]) -> None:
        written = document["components"]["schemas"]["buyersWritten"]
        written["required"] = ["Name", "Never"]
        written["properties"]["Never"] = {
            "type": "string",
            "minLength": 9,
            "maxLength": 1,
        }

    options = {"resources": ("buyers",), "depth": "standard"}
    judged = of_changed(judge, serve, change, clauses=("contract.robust",), **options)

    assert judged.clauses(Verdict.PASS) == {"contract.robust"}
    row = "contract_robust.generated_requests_are_survived[buyers-CREATE]"
    assert "the profile's example" in " ".join(judged.results[row].notes)


# ------------------------------------------------------------------------- a whole run


def of_changed(
    judge: Any, serve: Any, change: Callable[[Any], Any], **options: Any
) -> Any:
    """Judge the reference, which publishes another document."""

    async def around(inner: Any, call: Any) -> Any:
        answer = await inner(call)
        other = change(answer.value)
        return answer if other is None else other

    with serve() as served:
        served.running.server.wrap("do_openapi", around)
        options = {"chapters": ("contract",), "depth": "smoke"} | options
        return judge(str(served.target), seed=SEED, **options)


def _text(text: str, status: int = 200) -> Callable[[Any], Answer]:
    return lambda _: Answer(
        status, NOTHING, {"content-type": "text/html"}, text.encode()
    )


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (_text("<html>soon</html>: :"), "neither JSON nor YAML"),
        (_text("{}", 404), "not served"),
        (lambda _: Answer(200, {"swagger": "2.0"}), "OpenAPI 3"),
    ],
    ids=["a page", "404", "another version"],
)
def test_a_document_that_is_none_is_a_warning(
    judge: Any, serve: Any, answer: Any, words: str
) -> None:
    """It is said once; the rows that need it name the row that says it."""
    judged = of_changed(judge, serve, answer)
    row = "contract.the_document_can_be_read"
    others = [r for r in judged.told["checks"] if r["row"] != row]

    assert judged.results[row].verdict is Verdict.WARN
    assert words in judged.results[row].message
    assert {r["verdict"] for r in others} == {"inconclusive"}
    assert {r["waits_for"] for r in others} == {row}


def test_every_exchange_passes_through_the_recorder(judge: Any, serve: Any) -> None:
    """The server counts as many requests as the record holds."""
    with serve() as served:
        before = served.state
        judged = judge(str(served.target), chapters=("contract",), depth="smoke")
        heard = served.running.server.requests
        after = served.state

    assert judged.code == 0
    assert heard == judged.told["requests"] > 100
    assert after == before


def test_a_read_beside_the_resources_is_held_to_the_document(
    judge: Any, serve: Any
) -> None:
    """What the profile does not claim is asked for by GET alone, and judged."""

    def change(document: dict[str, Any]) -> None:
        schema = {"type": "object", "required": ["Advice"]}
        answer = {
            "description": "",
            "content": {"application/json": {"schema": schema}},
        }
        get = {"responses": {"200": answer, "404": answer}}
        document["paths"]["/depots/{depot}"] = {"get": get, "delete": get}

    judged = of_changed(judge, serve, change)
    accused = {r["row"] for r in judged.told["checks"] if r["verdict"] == "fail"}

    assert accused == {"contract_beyond.other_reads_are_as_documented"}


def test_what_another_clause_met_is_not_accused_twice(judge: Any) -> None:
    """A breach under generated input waits for the rows that met it without."""
    options = {"faults": ("error-without-code",), "resources": ("buyers",)}
    both = judge(clauses=("errors.code", "contract.robust"), seed=SEED, **options)
    rows = [r for r in both.told["checks"] if r["clause"] == "contract.robust"]

    assert both.accused() == {"errors.code": {"fail"}}
    assert {r["waits_for"] for r in rows if r["waits_for"]} <= set(both.results)
    assert any(r["waits_for"] for r in rows)


def test_the_chapter_alone_accuses_what_it_met(judge: Any) -> None:
    """Where the other clause is not judged, nobody is waited for."""
    alone = judge(
        faults=("error-without-code",),
        clauses=("contract.robust",),
        resources=("buyers",),
        seed=SEED,
    )

    assert alone.accused() == {"contract.robust": {"fail"}}


def test_without_a_document_the_chapter_is_not_applicable(
    judge: Any, tmp_path: Path
) -> None:
    """Nothing is asked for, and nothing is undecided."""
    text = (ROOT / "profiles" / "reference.toml").read_text(encoding="utf-8")
    profile = tmp_path / "silent.toml"
    kept = [line for line in text.splitlines() if "openapi_path" not in line]
    profile.write_text("\n".join(kept), encoding="utf-8")
    judged = judge(profile=str(profile), chapters=("contract",))

    assert {r.verdict for r in judged.results.values()} == {Verdict.NOT_APPLICABLE}


# ------------------------------------------------------------------- a given document


def test_a_given_document_is_taken_for_the_servers_own(
    judge: Any, tmp_path: Path
) -> None:
    """It is judged by, and a playback needs the file no more."""
    document = published()
    document["components"]["schemas"]["buyers"]["required"] = ["Motto"]
    file = tmp_path / "given.json"
    file.write_text(json.dumps(document), encoding="utf-8")
    options = {"chapters": ("contract",), "resources": ("buyers",)}
    live = judge(openapi=str(file), out=tmp_path / "live", **options)
    file.unlink()
    record = tmp_path / "live" / "record.jsonl"
    played = judge(str(record), played=record, out=tmp_path / "played")

    assert live.accused() == {"contract.responses": {"fail"}}
    assert played.verdicts() == live.verdicts()


@pytest.mark.parametrize("case", [*UNREADABLE, "no file"])
def test_a_given_document_that_is_none_is_wrong_usage(say: Any, case: str) -> None:
    """Exit 3 and one line that names the file; nothing is left behind."""
    if case in UNREADABLE:
        Path("given.json").write_text(UNREADABLE[case][0], encoding="utf-8")
    said = say("run", "reference", "--openapi", "given.json")

    assert said.code == 3
    assert said.err.count("\n") == 1
    assert "--openapi given.json: " in said.err
    assert not Path("reports").exists()


def test_nothing_else_speaks(say: Any) -> None:
    """No word of the libraries underneath reaches the terminal."""
    words = ("run", "reference", "--chapter", "contract", "--resource", "buyers")
    said = say(*words, "--seed", "11", "--fault", "member-without-a-name-crashes")
    told = (said.out + said.err).lower()

    assert said.code == 1
    assert "contract.robust" in told
    assert not any(name in told for name in ("hypothesis", "schemathesis", "pytest"))
    assert not Path(".hypothesis").exists()
