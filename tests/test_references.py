"""Items that must hold the ID of another: made beside it, refused without it."""

import ssl
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.errors import UsageError
from conformance.profile import find_profile, load_profile, profile_from
from conformance.reference.serve import running

#: Buyers with groups; rules under buyers need a group of the same buyer, and a depot.
EXTRA = """
[resources.groups]
path = "/buyers/{buyers}/groups"
parents = ["buyers"]
scope = "parent"
verbs = ["LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE"]
schema.required = ["Name"]
schema.properties.ID = {type = "string", maxLength = 100}
schema.properties.Name = {type = "string", maxLength = 100}
example = {Name = "First group"}
other = {Name = "Second group"}

[resources.depots]
path = "/depots"
verbs = ["LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE"]
schema.required = ["Name"]
schema.properties.ID = {type = "string", maxLength = 100}
schema.properties.Name = {type = "string", maxLength = 100}
example = {Name = "First depot"}
other = {Name = "Second depot"}

[resources.rules]
path = "/buyers/{buyers}/rules"
parents = ["buyers"]
scope = "parent"
verbs = ["LIST", "CREATE", "GET", "SAVE", "PATCH", "DELETE"]
schema.required = ["Name", "GroupID", "DepotID"]
schema.properties.ID = {type = "string", maxLength = 100}
schema.properties.Name = {type = "string", maxLength = 100}
schema.properties.GroupID = {type = "string", x-refers = "groups"}
schema.properties.DepotID = {type = "string", x-refers = "depots"}
schema.properties.SpareID = {type = ["string", "null"], x-refers = "groups"}
example = {Name = "First rule"}
other = {Name = "Second rule"}
"""


def written(folder: Path, old: str = "", new: str = "") -> Path:
    """Write the profile, with a change."""
    text = find_profile("reference").read_text(encoding="utf-8")
    file = folder / "profile.toml"
    file.write_text(text + EXTRA.replace(old, new), encoding="utf-8")
    return file


@pytest.fixture
def served_rules(tmp_path: Path) -> Iterator[httpx.Client]:
    """A client with every role at a reference that serves the profile."""
    with running(written(tmp_path)) as live:
        trust = ssl.create_default_context(cafile=str(live.ca))
        with httpx.Client(
            verify=trust, base_url=live.base_url, trust_env=False
        ) as client:
            one = next(i for i in live.identities if i["flow"] == "client_credentials")
            form = {n: str(one[n]) for n in ("client_id", "client_secret")}
            form["grant_type"] = "client_credentials"
            token = client.post(live.token_url, data=form).json()["access_token"]
            client.headers["authorization"] = f"Bearer {token}"
            yield client


def test_what_needs_another_item_is_made_beside_it(judge: Any, tmp_path: Path) -> None:
    """Every row of such a resource passes, and nothing is left behind."""
    judged = judge(profile=str(written(tmp_path)), resources=("rules",), seed=5)

    verdicts = judged.verdicts()
    assert len(verdicts) > 250
    assert {v for row, v in verdicts.items()} <= {"pass", "not_applicable"}


def test_the_reference_refuses_an_id_that_nobody_has(
    served_rules: httpx.Client,
) -> None:
    """And one of another buyer's, on create and on patch."""
    api = served_rules
    for buyer, group in (("one", "near"), ("two", "far")):
        api.put(f"/v1/buyers/{buyer}", json={"Name": buyer})
        api.put(f"/v1/buyers/{buyer}/groups/{group}", json={"Name": group})
    api.put("/v1/depots/north", json={"Name": "North"})
    rules = "/v1/buyers/one/rules"
    body = {"ID": "r", "Name": "Rule", "DepotID": "north", "GroupID": "near"}

    refused = [
        api.post(rules, json=body | {"GroupID": "far"}),
        api.post(rules, json=body | {"DepotID": "south"}),
    ]
    made = api.post(rules, json=body)
    refused.append(api.patch(f"{rules}/r", json={"SpareID": "far"}))

    assert [answer.status_code for answer in refused] == [400, 400, 400]
    assert made.status_code == 201
    assert api.patch(f"{rules}/r", json={"SpareID": "near"}).status_code == 200
    assert api.patch(f"{rules}/r", json={"SpareID": None}).status_code == 200


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ('x-refers = "depots"', 'x-refers = "nowhere"', "DepotID.x-refers"),
        ('GroupID = {type = "string", x-refers = "groups"',
         'GroupID = {type = "string", x-refers = "shelves"', "GroupID.x-refers"),
        ('DepotID = {type = "string", x-refers = "depots"',
         'DepotID = {type = "string", x-refers = "rules"', "DepotID.x-refers"),
    ],
    ids=["unknown", "under another parent", "itself"],
)  # fmt: skip
def test_a_reference_that_nothing_can_fill_is_refused(
    tmp_path: Path, old: str, new: str, place: str
) -> None:
    """The profile is refused, naming the property."""
    with pytest.raises(UsageError, match=place):
        load_profile(written(tmp_path, old, new))


def test_two_that_need_each_other_are_refused(tmp_path: Path) -> None:
    """Neither could be made first."""
    document = tomllib.loads(written(tmp_path).read_text(encoding="utf-8"))
    depots = document["resources"]["depots"]["schema"]
    depots["required"].append("BossID")
    depots["properties"]["BossID"] = {"type": "string", "x-refers": "depots"}
    with pytest.raises(UsageError, match="needs itself"):
        profile_from(document, Path("profile.toml"))
