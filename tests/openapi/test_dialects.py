"""Both dialects, and the shapes that servers give their documents."""

import tomllib
from typing import Any

import yaml

from tests.openapi.conftest import shop, thing

#: What one framework generates: models for body and answer, null as a choice.
GENERATED: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {"title": "Clinic", "version": "1"},
    "paths": {
        "/pets/": {
            "get": {
                "security": [{"Bearer": ["pets:read"]}],
                "parameters": [
                    {
                        "name": "limit",
                        "in": "query",
                        "schema": {"type": "integer", "default": 10, "maximum": 50},
                    }
                ],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {
                                    "type": "array",
                                    "items": {"$ref": "#/components/schemas/Pet"},
                                }
                            }
                        }
                    },
                    "422": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Errors"}
                            }
                        }
                    },
                },
            },
            "post": {
                "security": [{"Bearer": ["pets:write"]}],
                "requestBody": {
                    "content": {
                        "application/json": {
                            "schema": {"$ref": "#/components/schemas/PetCreate"}
                        }
                    }
                },
                "responses": {
                    "201": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Pet"}
                            }
                        }
                    }
                },
            },
        },
        "/pets/{pet_id}": {
            "get": {
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Pet"}
                            }
                        }
                    }
                }
            },
            "delete": {"responses": {"204": {"description": ""}}},
        },
    },
    "components": {
        "securitySchemes": {
            "Bearer": {
                "type": "oauth2",
                "flows": {"password": {"tokenUrl": "token", "scopes": {}}},
            }
        },
        "schemas": {
            "PetCreate": {
                "type": "object",
                "required": ["name"],
                "properties": {
                    "name": {"type": "string", "maxLength": 20},
                    "tag": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                    "weight": {"type": "number", "exclusiveMinimum": 0},
                    "chip": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]{4}$"},
                },
            },
            "Pet": {
                "allOf": [
                    {"$ref": "#/components/schemas/PetCreate"},
                    {
                        "properties": {
                            "id": {"type": "integer"},
                            "created_at": {"type": "string", "format": "date-time"},
                        }
                    },
                ]
            },
            "Errors": {
                "type": "object",
                "properties": {
                    "detail": {
                        "type": "array",
                        "items": {
                            "type": "object",
                            "properties": {
                                "type": {"type": "string"},
                                "msg": {"type": "string"},
                            },
                        },
                    }
                },
            },
        },
    },
}


def drafted(say: Any, file: str) -> dict[str, Any]:
    """Give the profile that is drafted from a file."""
    said = say("profile", "from-openapi", file)
    assert said.code == 0, said.err
    return tomllib.loads(said.out)


def test_models_for_body_and_answer_are_one_item(say: Any, written: Any) -> None:
    """What no body has is read-only, and the ID the server's own."""
    profile = drafted(say, written(GENERATED))
    pets = profile["resources"]["pets"]
    claimed = pets["schema"]["properties"]

    assert pets["path"] == "/pets/"
    assert pets["verbs"] == ["LIST", "CREATE", "GET", "DELETE"]
    assert pets["roles"] == {"LIST": ["pets:read"], "CREATE": ["pets:write"]}
    assert pets["id"]["type"] == "integer"
    assert pets["id"]["writable"] is False
    assert claimed["name"] == {"type": "string", "maxLength": 20, "minLength": 1}
    assert claimed["tag"] == {"type": ["string", "null"]}
    assert claimed["weight"] == {"type": "number", "exclusiveMinimum": 0}
    assert claimed["created_at"]["x-stamp"] == "created"
    assert claimed["created_at"]["readOnly"] is True
    assert pets["example"]["chip"] != pets["other"]["chip"]


def test_envelope_errors_and_flows_are_read(say: Any, written: Any) -> None:
    """A bare array, an error within a list, a relative token URL."""
    profile = drafted(say, written(GENERATED))

    assert profile["lists"]["items"] == ""
    assert profile["lists"]["default_size"] == 10
    assert profile["lists"]["largest_size"] == 50
    assert profile["lists"]["query"] == {"page_size": "limit"}
    assert profile["errors"] == {"list": "detail", "code": "type", "message": "msg"}
    assert profile["oauth"]["flows"] == ["password"]
    assert profile["api"]["token_path"] == "/token"


def test_yaml_gives_what_json_gives(say: Any, written: Any) -> None:
    """Anchors within bounds included; dates stay text, codes become text."""
    from_json = drafted(say, written(GENERATED))
    assert (
        drafted(say, written(yaml.safe_dump(GENERATED, sort_keys=False))) == from_json
    )


def test_nullable_bounds_and_enums_of_3_0(say: Any, written: Any) -> None:
    """Null by its own word, exclusive by truth, null among the values."""
    document = shop()
    thing(document).update(
        Note={"type": "string", "nullable": True},
        Share={"type": "number", "minimum": 0, "exclusiveMinimum": True},
        Kind={"type": "string", "nullable": True, "enum": ["a", "b", None]},
        Count={"type": "integer", "format": "int32"},
    )
    claimed = drafted(say, written(document))["resources"]["things"]["schema"]
    properties = claimed["properties"]

    assert properties["Note"] == {"type": ["string", "null"]}
    assert properties["Share"] == {"type": "number", "exclusiveMinimum": 0}
    assert properties["Kind"] == {"type": ["string", "null"], "enum": ["a", "b"]}
    assert properties["Count"]["maximum"] == 2**31 - 1


def test_a_schema_that_holds_itself_ends(say: Any, written: Any) -> None:
    """A tree of things is claimed as far as it makes sense."""
    document = shop()
    thing(document)["Parts"] = {
        "type": "array",
        "items": {"$ref": "#/components/schemas/Thing"},
    }
    assert "things" in drafted(say, written(document))["resources"]


def test_two_that_need_each_other_are_said(say: Any, written: Any) -> None:
    """Neither is claimed, and the circle is named."""
    document = shop()
    other = shop()["paths"]
    document["paths"] |= {
        path.replace("thing", "part"): operations for path, operations in other.items()
    }
    schemas = document["components"]["schemas"]
    schemas["Part"] = {
        "type": "object",
        "required": ["Name", "ThingID"],
        "properties": {**thing(shop()), "ThingID": {"type": "string"}},
    }
    thing(document)["PartID"] = {"type": "string"}
    schemas["Thing"]["required"].append("PartID")
    swapped = str(document["paths"]["/parts"]).replace("schemas/Thing", "schemas/Part")
    document["paths"]["/parts"] = yaml.safe_load(swapped)
    item = str(document["paths"]["/parts/{partID}"])
    document["paths"]["/parts/{partID}"] = yaml.safe_load(
        item.replace("schemas/Thing", "schemas/Part").replace("thingID", "partID")
    )
    said = say("profile", "from-openapi", written(document))

    assert said.code == 3
    assert "each needs another first: things needs parts needs things" in said.err


def test_a_patch_whose_body_has_no_id_renames_nothing(say: Any, written: Any) -> None:
    """A rename is claimed where PATCH takes the ID, and not where it doesn't."""
    whole = drafted(say, written(shop()))["resources"]["things"]
    document = shop()
    schemas = document["components"]["schemas"]
    name = {"Name": schemas["Thing"]["properties"]["Name"]}
    schemas["Change"] = {"type": "object", "properties": name}
    change = {"schema": {"$ref": "#/components/schemas/Change"}}
    body = {"content": {"application/json": change}}
    document["paths"]["/things/{thingID}"]["patch"]["requestBody"] = body
    partial = drafted(say, written(document))["resources"]["things"]

    assert whole["id"]["rename"] == ["PATCH"]
    assert partial["id"]["rename"] == []


def test_the_one_value_of_a_parameter_is_read(say: Any, written: Any) -> None:
    """A single allowed value is a const, as generators write it."""
    document = shop(openapi="3.1.0")
    document["paths"]["/things"]["get"]["parameters"] = [
        {"name": name, "in": "query", "schema": {"type": "string", "const": "Name"}}
        for name in ("sortBy", "searchOn")
    ]
    things = drafted(say, written(document))["resources"]["things"]

    assert things["list"] == {"sortable": ["Name"], "searchable": ["Name"]}


def test_a_parents_parameter_may_have_another_name(say: Any, written: Any) -> None:
    """Paths are told apart by where their parameters stand, not by their names."""
    document = shop()
    paths = document["paths"]
    paths["/things/{itemID}"] = paths.pop("/things/{thingID}")
    paths["/things/{thingID}/bits"] = paths["/things"]
    paths["/things/{thingID}/bits/{itemID}"] = paths["/things/{itemID}"]
    resources = drafted(say, written(document))["resources"]

    assert resources["bits"]["parents"] == ["things"]
    assert resources["bits"]["path"] == "/things/{things}/bits"
    assert "item_path" not in resources["bits"]
