"""The verbs on single items of the reference profile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from conformance.reference.serve import Running

Join = Callable[..., httpx.Client]
ADDRESS = {"Street1": "1 Example Street", "City": "Exampleton", "Country": "US"}


@pytest.fixture
def buyer(api: httpx.Client) -> str:
    """The path of a new buyer."""
    made = api.post("/v1/buyers", json={"Name": "Example", "xp": {"a": 1, "b": 2}})
    return f"/v1/buyers/{made.json()['ID']}"


def refusal(answer: httpx.Response) -> tuple[int, list[Any]]:
    """The status and the properties that an error names."""
    told = [one["Data"] for one in answer.json()["Errors"]]
    return answer.status_code, [one and one.get("Property") for one in told]


def test_a_created_item_is_returned_whole_and_served(api: httpx.Client) -> None:
    """POST answers 201 with the item, and GET gives the same."""
    body = {"ID": "hammer", "Name": "Hammer", "SaleStart": "2030-01-15T06:00:00-06:00"}
    created = api.post("/v1/products", json=body)
    item = created.json()

    assert created.status_code == 201
    assert created.headers["location"] == f"{api.base_url}/v1/products/hammer"
    assert item["SaleStart"] == "2030-01-15T12:00:00.000+00:00"
    assert item["QuantityMultiplier"] == 1
    assert item["SpecCount"] == 0
    assert item["Description"] is None
    assert api.get("/v1/products/hammer").json() == item


def test_a_generated_id_is_vendor_like(api: httpx.Client) -> None:
    """An ID left out or null is made up: 22 letters, digits, dashes."""
    made = api.post("/v1/buyers", json={"ID": None, "Name": "x"}).json()["ID"]

    assert len(made) == 22
    assert set(made) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    )


def test_a_duplicate_is_refused_and_changes_nothing(
    api: httpx.Client, reference: Running
) -> None:
    """POST of an ID in use answers 409."""
    api.post("/v1/buyers", json={"ID": "twice", "Name": "first"})
    before = reference.server.store.snapshot()
    answer = api.post("/v1/buyers", json={"ID": "twice", "Name": "second"})

    assert answer.status_code == 409
    assert answer.json()["Errors"][0]["ErrorCode"] == "IdExists"
    assert reference.server.store.snapshot() == before


def test_one_of_simultaneous_creates_wins(reference: Running, join: Join) -> None:
    """Sixteen clients post one ID at once; one gets 201, the others 409."""
    clients = [join(reference) for _ in range(16)]

    def create(client: httpx.Client) -> int:
        return client.post("/v1/buyers", json={"ID": "race", "Name": "x"}).status_code

    with ThreadPoolExecutor(len(clients)) as pool:
        statuses = sorted(pool.map(create, clients))

    assert statuses == [201] + [409] * 15


def test_put_creates_then_replaces(api: httpx.Client) -> None:
    """PUT answers 201, then 200; what is left out is gone, the stamp stays."""
    first = api.put(
        "/v1/buyers/put", json={"Name": "a", "Active": True, "xp": {"k": 1}}
    )
    second = api.put("/v1/buyers/put", json={"Name": "b"})

    assert (first.status_code, second.status_code) == (201, 200)
    assert second.json()["Active"] is False
    assert second.json()["xp"] is None
    assert second.json()["DateCreated"] == first.json()["DateCreated"]
    assert second.json()["LastUpdated"] > first.json()["LastUpdated"]


def test_patch_merges(api: httpx.Client, buyer: str) -> None:
    """PATCH keeps what it does not name; xp merges, null included."""
    before = api.get(buyer).json()
    answer = api.patch(buyer, json={"xp": {"b": None, "c": 3}})

    assert answer.status_code == 200
    assert answer.json()["xp"] == {"a": 1, "b": None, "c": 3}
    assert answer.json()["Name"] == before["Name"]


def test_patch_merges_nested_objects_deeply(api: httpx.Client) -> None:
    """A member of a nested object can be written alone."""
    api.put(
        "/v1/products/nest",
        json={"Name": "n", "Inventory": {"Enabled": True, "QuantityAvailable": 4}},
    )
    answer = api.patch("/v1/products/nest", json={"Inventory": {"Enabled": False}})

    assert answer.json()["Inventory"] == {"Enabled": False, "QuantityAvailable": 4}


def test_patch_is_atomic(api: httpx.Client, buyer: str, reference: Running) -> None:
    """One bad property, and nothing changes."""
    before = reference.server.store.snapshot()
    answer = api.patch(buyer, json={"Name": "new", "Active": "no"})

    assert refusal(answer) == (400, ["Active"])
    assert reference.server.store.snapshot() == before


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_rename_takes_the_children_along(api: httpx.Client, method: str) -> None:
    """The new ID serves the item and its children, the old one is gone."""
    old, new = f"/v1/buyers/old-{method}", f"/v1/buyers/new-{method}"
    api.put(old, json={"Name": "o"})
    api.put(f"{old}/addresses/a", json=ADDRESS)
    answer = api.request(method, old, json={"ID": f"new-{method}", "Name": "o"})

    assert answer.json()["ID"] == f"new-{method}"
    assert api.get(old).status_code == 404
    assert api.get(f"{new}/addresses/a").status_code == 200


def test_a_rename_onto_an_id_in_use_is_refused(api: httpx.Client, buyer: str) -> None:
    """Both items stay as they were."""
    api.put("/v1/buyers/held", json={"Name": "held"})
    answer = api.patch(buyer, json={"ID": "held", "Name": "changed"})

    assert answer.status_code == 409
    assert api.get(buyer).json()["Name"] == "Example"
    assert api.get("/v1/buyers/held").json()["Name"] == "held"


def test_ids_are_scoped_and_deletion_takes_children(api: httpx.Client) -> None:
    """Two buyers have an address of one ID; one goes, the other stays."""
    for name in ("left", "right"):
        api.put(f"/v1/buyers/{name}", json={"Name": name})
        api.put(f"/v1/buyers/{name}/addresses/a", json=ADDRESS)
    gone = api.delete("/v1/buyers/left")
    api.put("/v1/buyers/left", json={"Name": "again"})

    assert (gone.status_code, gone.content) == (204, b"")
    assert "content-type" not in gone.headers
    assert api.get("/v1/buyers/left/addresses/a").status_code == 404
    assert api.get("/v1/buyers/right/addresses/a").status_code == 200


@pytest.mark.parametrize("method", ["GET", "POST", "PUT", "PATCH", "DELETE"])
def test_nothing_happens_under_a_missing_parent(
    api: httpx.Client, method: str, reference: Running
) -> None:
    """Every verb answers 404 and tells which parent is missing."""
    before = reference.server.store.snapshot()
    tail = "" if method in {"GET", "POST"} else "/a"
    body = None if method in {"GET", "DELETE"} else ADDRESS
    answer = api.request(method, f"/v1/buyers/none/addresses{tail}", json=body)

    assert answer.status_code == 404
    assert answer.json()["Errors"][0]["Data"] == {
        "ObjectType": "buyers",
        "ObjectID": "none",
    }
    assert reference.server.store.snapshot() == before


@pytest.mark.parametrize("key", ["a b", "a/b", "..", "ö", "a.b", "x" * 101])
def test_an_id_outside_the_alphabet_is_refused(api: httpx.Client, key: str) -> None:
    """In the body with 400; in the path of PUT with 400, of GET with 404."""
    path = httpx.URL("/v1/buyers/", raw_path=b"/v1/buyers/" + quoted(key))

    assert refusal(api.post("/v1/buyers", json={"ID": key, "Name": "x"}))[0] == 400
    assert refusal(api.put(path, json={"Name": "x"}))[0] == 400
    assert api.get(path).status_code == 404


def quoted(key: str) -> bytes:
    """Every byte percent-encoded."""
    return b"".join(b"%%%02x" % byte for byte in key.encode())


@pytest.mark.parametrize(
    ("body", "properties"),
    [
        ({}, ["Street1", "City", "Country"]),
        (ADDRESS | {"Country": "usa"}, ["Country"]),
        (ADDRESS | {"Phone": 5, "City": None}, ["City", "Phone"]),
        (ADDRESS | {"Street1": ""}, ["Street1"]),
        (ADDRESS | {"Street2": "x" * 101}, ["Street2"]),
        (ADDRESS | {"xp": []}, ["xp"]),
        (ADDRESS | {"ID": ""}, ["ID"]),
        (ADDRESS | {"ID": 5}, ["ID"]),
    ],
)
def test_each_bad_property_is_named(
    api: httpx.Client, buyer: str, body: dict[str, Any], properties: list[str]
) -> None:
    """A body that breaks the schema is answered with one error per property."""
    status, named = refusal(api.post(f"{buyer}/addresses", json=body))

    assert status == 400
    assert sorted(named) == sorted(properties)


@pytest.mark.parametrize(
    "date",
    [
        "2030-13-01T00:00:00Z",
        "2030-02-30T00:00:00Z",
        "2029-02-29T00:00:00Z",
        "soon",
        "2030-01-01T24:00:00Z",
        "2030-01-01T00:00:00+25:00",
        "0001-01-01T00:00:00+10:00",
        "2030-01-01",
        "",
    ],
)
def test_an_impossible_date_is_refused(api: httpx.Client, date: str) -> None:
    """What is no date-time is answered with 400."""
    answer = api.post("/v1/products", json={"Name": "x", "SaleStart": date})

    assert refusal(answer) == (400, ["SaleStart"])


@pytest.mark.parametrize(
    "number",
    ["0.1", "12345678901234567890.12345", "1e400", "-0.00012", "1e2", str(2**53 + 1)],
)
def test_numbers_keep_their_value(api: httpx.Client, number: str) -> None:
    """A number comes back as it was sent, however precise."""
    body = f'{{"Name": "n", "xp": {{"n": {number}}}}}'
    label = {"content-type": "Application/JSON; charset=UTF-8"}
    answer = api.post("/v1/products", content=body, headers=label)
    shown = answer.text.partition('"n":')[2].partition("}")[0]

    assert answer.status_code == 201
    assert float(shown) == float(number)
    assert len(shown.replace("100.0", "1e2")) >= len(number)


@pytest.mark.parametrize(
    "text", ["\U0001f469‍\U0001f680 é é", '"\\<&>\u2028\t\n\x01\x7f', "ש"]
)
def test_text_comes_back_as_it_was_sent(api: httpx.Client, text: str) -> None:
    """Raw or escaped, in a property and in xp."""
    body = {"Name": text, "xp": {text: text}}
    answer = api.post("/v1/products", json=body)

    assert answer.json()["Name"] == text
    assert answer.json()["xp"] == {text: text}


def test_unknown_and_read_only_properties_are_ignored(api: httpx.Client) -> None:
    """They are neither stored nor refused."""
    body = {"Name": "x", "SpecCount": 9, "LastUpdated": "never", "Other": 1}
    item = api.post("/v1/products", json=body).json()

    assert item["SpecCount"] == 0
    assert "Other" not in item
