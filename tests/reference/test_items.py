"""The six verbs on items of the reference profile."""

import httpx


def test_a_created_item_is_returned_whole_and_served(api: httpx.Client) -> None:
    """POST answers 201 with the item, and GET gives the same."""
    body = {"ID": "hammer", "Name": "Hammer", "SaleStart": "2030-01-15T06:00:00-06:00"}
    created = api.post("/v1/products", json=body)

    assert created.status_code == 201
    assert created.headers["location"] == f"{api.base_url}/v1/products/hammer"
    assert created.json()["SaleStart"] == "2030-01-15T12:00:00.000+00:00"
    assert created.json()["QuantityMultiplier"] == 1
    assert created.json()["Description"] is None
    assert api.get("/v1/products/hammer").json() == created.json()
