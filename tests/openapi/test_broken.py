"""Documents that are broken: one clear line that names the place, or the rest."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest

from conformance.openapi.reading import LARGEST
from tests.openapi.conftest import shop, thing


def changed(**properties: Any) -> dict[str, Any]:
    """Give a sound document with other properties of its items."""
    document = shop()
    thing(document).update(properties)
    return document


LAUGHS = "\n".join(
    ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
)
UNREADABLE = {
    "not JSON": ('{"openapi": "3.0.0",\n "paths": {,}}', "line 2, column 12: not JSON"),
    "not YAML": ("openapi: 3.0.0\npaths: [unclosed\n", "line 3, column 1: not YAML"),
    "not OpenAPI": ({"hello": "world"}, "has no member called openapi"),
    "a list": ([1, 2], "no object at the top"),
    "Swagger 2.0": ({"swagger": "2.0", "paths": {"/a": {}}}, "swagger: '2.0'"),
    "a later one": ({"openapi": "4.0.0", "paths": {"/a": {}}}, "openapi: '4.0.0'"),
    "no paths": ({"openapi": "3.0.0", "paths": {}}, "paths: has no path"),
    "60 MB": ('{"openapi": "' + " " * 60 * 10**6 + '"}', "has 57 MiB"),
    "billion laughs": (LAUGHS + "\nopenapi: 3.0.0\n", "unfolds to more than"),
    "within itself": ("openapi: 3.0.0\npaths: &p {a: *p}\n", "holds itself"),
    "deep JSON": ('{"openapi": "3.0.0", "x": ' + "[" * 10**5, "nested too deeply"),
    "deep YAML": ("openapi: 3.0.0\nx: " + "[" * 10**5, "nested deeper than 200"),
    "not UTF-8": ("", "not UTF-8 at byte 0"),
    "nothing to claim": (
        shop(paths={"/ping": {"get": {}}}),
        "no resource to claim: views",
    ),
}
WARNED = {
    "a missing $ref": (
        changed(Size={"$ref": "#/components/schemas/Gone"}),
        "Size: $ref '#/components/schemas/Gone' names nothing in the document",
    ),
    "a $ref to a file": (
        changed(Size={"$ref": "file:///etc/passwd"}),
        "$ref 'file:///etc/passwd' leads out of the document: not followed",
    ),
    "a $ref to another host": (
        changed(Size={"$ref": "https://example.com/size.json"}),
        "$ref 'https://example.com/size.json' leads out of the document",
    ),
    "a $ref to itself": (
        changed(Size={"$ref": "#/components/schemas/Thing/properties/Size"}),
        "leads back to itself",
    ),
    "an invalid schema": (
        changed(Size={"type": "sizeable", "maxLength": "long"}),
        "Size.type: 'sizeable' is no type of JSON Schema",
    ),
    "3.1 in 3.0": (
        changed(Size={"type": ["string", "null"]}),
        "Size.type: a list is OpenAPI 3.1's, in a document of 3.0",
    ),
    "a pattern of another language": (
        changed(Size={"type": "string", "pattern": "[\\p{L}"}),
        "Size.pattern: can't be read as a pattern",
    ),
    "a path without its slash": (
        shop(paths={**shop()["paths"], "keys/{ID}": {"get": {}}}),
        "paths.keys/{ID}: has no leading slash",
    ),
    "an operation that is none": (
        shop(paths={**shop()["paths"], "/keys": {"get": 7}}),
        "paths./keys.get: must be an object, is int",
    ),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_can_t_be_read_is_one_line_with_its_place(
    say: Any, written: Any, name: str
) -> None:
    """The exit code is 3, the line names the file, and nothing is written."""
    content, words = UNREADABLE[name]
    file = written(content)
    if name == "not UTF-8":
        Path(file).write_bytes(b"\xff\xfe")
    said = say("profile", "from-openapi", file, "--out", "profile.toml")

    assert said.code == 3, said.err
    assert said.err.count("\n") == 1
    assert said.err.startswith(f"conformance: {file}")
    assert words in said.err
    assert not Path("profile.toml").exists()
    assert list(Path().glob(".profile*")) == []


@pytest.mark.parametrize("name", WARNED)
def test_what_can_be_left_aside_is_a_warning_and_the_rest(
    say: Any, written: Any, name: str
) -> None:
    """The warning names the place, on the terminal and in the file."""
    content, words = WARNED[name]
    said = say("profile", "from-openapi", written(content), "--out", "profile.toml")
    text = Path("profile.toml").read_text(encoding="utf-8")
    flat = " ".join(text.replace("\n#  ", "").split())

    assert said.code == 0, said.err
    assert words in said.out
    assert " ".join(words.split()[:4]) in flat
    assert list(tomllib.loads(text)["resources"]) == ["things"]


def test_a_document_may_be_as_large_as_is_said(say: Any, written: Any) -> None:
    """One byte less than the bound is read, one more is not."""
    bare = json.dumps(shop())
    assert say("profile", "from-openapi", written(bare.ljust(LARGEST))).code == 0
    assert say("profile", "from-openapi", written(bare.ljust(LARGEST + 1))).code == 3


def test_text_of_the_document_can_t_break_the_profile(say: Any, written: Any) -> None:
    """Names, values and descriptions with quotes, breaks and controls."""
    hostile = 'a"b\\c\n[resources.evil]\x7f\u2028\x00'
    document = changed(**{hostile: {"type": "string", "enum": [hostile]}})
    document["info"]["title"] = hostile
    document["paths"][f"/{hostile}"] = {"get": {}}
    said = say("profile", "from-openapi", written(document))

    claimed = tomllib.loads(said.out)["resources"]
    assert list(claimed) == ["things"]
    assert claimed["things"]["example"][hostile] == hostile


def test_a_url_that_answers_nothing_is_said(say: Any) -> None:
    """No connection is one line."""
    said = say("profile", "from-openapi", "https://localhost:1/openapi.json")
    assert said.code == 3
    assert said.err.startswith("conformance: https://localhost:1/openapi.json: ")


def test_a_file_that_is_there_is_kept(say: Any, written: Any) -> None:
    """Nothing is overwritten."""
    file = written(shop())
    Path("mine.toml").write_text("mine", encoding="utf-8")
    said = say("profile", "from-openapi", file, "--out", "mine.toml")
    assert said.code == 3
    assert Path("mine.toml").read_text(encoding="utf-8") == "mine"
