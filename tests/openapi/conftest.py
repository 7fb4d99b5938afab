"""The vendor's document, and documents written on the spot."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Written = Callable[[Any], str]
#: Where npm puts the vendor's document.
PACKAGE = Path(__file__).parents[1] / "node_modules" / "@ordercloud" / "seeding"


@pytest.fixture(scope="session")
def vendor_document() -> str:
    """Name the file of the vendor's OpenAPI document; an error where there is none."""
    told = os.environ.get("ORDERCLOUD_OPENAPI")
    file = Path(told) if told else PACKAGE / "swagger.json"
    if not file.is_file():
        raise FileNotFoundError(
            f"{file}: not there; run `npm ci` in tests/, or set ORDERCLOUD_OPENAPI"
        )
    return str(file)


@pytest.fixture
def written(tmp_path: Path) -> Written:
    """Give a function that writes a document: a value as JSON, text as it is."""

    def write(content: Any) -> str:
        file = tmp_path / "openapi.json"
        text = content if isinstance(content, str) else json.dumps(content)
        file.write_text(text, encoding="utf-8")
        return str(file)

    return write


def shop(**changes: Any) -> dict[str, Any]:
    """Give a small sound document with one resource, things; with changes on top."""
    item = {"$ref": "#/components/schemas/Thing"}
    body = {"content": {"application/json": {"schema": item}}}
    listed = {
        "type": "object",
        "properties": {"Items": {"type": "array", "items": item}},
    }
    id_ = {"name": "thingID", "in": "path", "required": True}
    one = {"parameters": [{**id_, "schema": {"type": "string"}}]}
    answer = {"responses": {"200": {"description": "", **body}}}
    in_list = {"content": {"application/json": {"schema": listed}}}
    document: dict[str, Any] = {
        "openapi": "3.0.3",
        "info": {"title": "Shop", "version": "1"},
        "servers": [{"url": "https://api.example.com/v1"}],
        "paths": {
            "/things": {
                "get": {"responses": {"200": {"description": "", **in_list}}},
                "post": {"requestBody": body, "responses": {"201": {**body}}},
            },
            "/things/{thingID}": {
                **one,
                "get": answer,
                "patch": {"requestBody": body, **answer},
                "delete": {"responses": {"204": {"description": ""}}},
            },
        },
        "components": {
            "schemas": {
                "Thing": {
                    "type": "object",
                    "required": ["Name"],
                    "properties": {
                        "ID": {"type": "string", "maxLength": 50},
                        "Name": {"type": "string", "maxLength": 100},
                    },
                }
            }
        },
    }
    return document | changes


def thing(document: dict[str, Any]) -> dict[str, Any]:
    """Give the properties of the one resource's schema, to change."""
    found: dict[str, Any] = document["components"]["schemas"]["Thing"]["properties"]
    return found
