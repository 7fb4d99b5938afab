"""The server keeps whatever profile it is given."""

import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.reference.serve import Running, running

Join = Callable[..., httpx.Client]
PROFILES = sorted((Path(__file__).parents[2] / "profiles").glob("*.toml"))


@pytest.mark.parametrize("profile", PROFILES, ids=lambda one: one.stem)
def test_every_example_of_a_shipped_profile_is_taken(profile: Path, join: Join) -> None:
    """Each resource takes its example, under its parents, and shows it in its list."""
    document = tomllib.loads(profile.read_text())
    with running(profile) as server:
        client = join(server, server.identities[0]["name"])
        made: dict[str, str] = {}
        for name, claimed in document["resources"].items():
            path = filled(document["api"]["base_path"] + claimed["path"], made)
            asked = claimed["schema"].get("required", [])
            told = claimed["schema"]["properties"]
            refers = {n: told[n]["x-refers"] for n in asked if "x-refers" in told[n]}
            body = claimed["example"] | {n: made[of] for n, of in refers.items()}
            answer = client.post(path, json=body)
            assert answer.status_code == 201, (name, answer.text)
            made[name] = answer.headers["location"].rstrip("/").rpartition("/")[2]
            listed = member(client.get(path).json(), document["lists"]["items"])
            assert listed == [client.get(answer.headers["location"]).json()]
        described = document["api"].get("openapi_path")
        if described:
            paths = client.get(described).json()["paths"]
            assert {one["path"] for one in document["resources"].values()} <= set(paths)
        assert server.server.crashes == []


def filled(path: str, ids: dict[str, str]) -> str:
    """A path with the IDs of the parents made so far."""
    for name, key in ids.items():
        path = path.replace(f"{{{name}}}", key)
    return path


def member(body: Any, dotted: str) -> Any:
    """The member at a dotted path."""
    for name in filter(None, dotted.split(".")):
        body = body[name]
    return body


def test_a_flat_server_speaks_its_own_dialect(
    shop: httpx.Client, flat: Running
) -> None:
    """Closing slashes, integer IDs, one error, decimals as text, dates."""
    body = {
        "id": 99,
        "name": "  padded ",
        "rate": 2.5,
        "opened": "2030-02-28",
        "secret": "hush",
        "extra": {"a": [1, {"b": None}]},
    }
    made = shop.post("/shops/", json=body)
    item = made.json()
    error = shop.get("/shops/999/").json()

    assert made.headers["location"] == f"{flat.base_url}/shops/{item['id']}/"
    assert isinstance(item["id"], int)
    assert item["id"] != 99
    assert item["name"] == "padded"
    assert item["rate"] == "2.50"
    assert item["opened"] == "2030-02-28"
    assert item["secret"] is None
    assert item["extra"] == {"a": [1, {"b": None}]}
    assert isinstance(error["error"]["code"], int)
    assert error["error"]["text"]
    assert shop.get("/shops/1").status_code == 404


def test_a_flat_list_links_its_pages(shop: httpx.Client) -> None:
    """The next link leads through every page; filters are suffixes."""
    place = shop.post("/shops/", json={"name": "staff"}).headers["location"]
    for letter in "abcdefg":
        shop.put(f"{place}clerks/{letter}/", json={"grade": 3})
    url, seen = f"{place}clerks/?limit=3", ""
    while url:
        page = shop.get(url).json()
        assert page["count"] == 7
        seen += "".join(item["code"] for item in page["results"])
        url = page["next"]
    for rate, name in (("9.90", "nine"), ("10.00", "ten"), ("101.00", "hundred")):
        shop.post("/shops/", json={"name": name, "rate": rate, "extra": {"z": name}})

    def names(query: str) -> list[str]:
        results = shop.get(f"/shops/?{query}").json()["results"]
        return [item["name"] for item in results]

    assert seen == "abcdefg"
    assert names("rate_gt=9.90&order=-name") == ["ten", "hundred"]
    assert names("rate_gt=9&rate_lt=10.5&order=name") == ["nine", "ten"]
    assert names("extra__z=nine,ten&order=name") == ["nine", "ten"]
    assert names("name=%25UNDRE%25") == ["hundred"]


def test_an_organisation_wide_id_is_refused_under_another_parent(
    shop: httpx.Client,
) -> None:
    """And a unique property in another item; a too precise decimal as well."""
    first = shop.post("/shops/", json={"name": "1", "slug": "s"}).headers["location"]
    second = shop.post("/shops/", json={"name": "2"}).headers["location"]
    shop.post(f"{first}clerks/", json={"code": "boss", "grade": 1})
    clash = shop.post(f"{second}clerks/", json={"code": "boss", "grade": 1})
    slug = shop.patch(second, json={"slug": "s"})
    rate = shop.patch(second, json={"rate": "1.005"})

    assert (clash.status_code, slug.status_code) == (409, 409)
    assert rate.status_code == 400
    assert shop.patch(first, json={"slug": "s"}).status_code == 200


def test_an_anonymous_client_gets_a_token(flat: Running, join: Join) -> None:
    """Where the profile claims the flow."""
    assert join(flat, "anonymous").get("/shops/").status_code == 200
