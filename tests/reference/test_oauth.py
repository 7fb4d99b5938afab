"""Tokens: the flows, their refusals, and what a token opens."""

import time
from collections.abc import Callable

import httpx
import pytest

from conformance.reference.serve import Running

Form = Callable[..., dict[str, str]]
Join = Callable[..., httpx.Client]
ORDINARY = ["app", "user", "elevated", "second", "second_user", "reader", "short"]


def code(answer: httpx.Response) -> str:
    """The code of the first error."""
    told: str = answer.json()["Errors"][0]["ErrorCode"]
    return told


@pytest.mark.parametrize("name", ORDINARY)
def test_every_identity_gets_a_token_that_opens(
    reference: Running, join: Join, form: Form, name: str
) -> None:
    """The answer is RFC 6749's and the token is good for reading."""
    answer = join(reference, None).post(reference.token_url, data=form(reference, name))
    body = answer.json()

    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    assert body["token_type"].casefold() == "bearer"
    assert body["expires_in"] == (3 if name == "short" else 36000)
    assert bool(body["refresh_token"]) is (name in {"user", "elevated", "second_user"})
    assert join(reference, name).get("/v1/buyers").status_code == 200


@pytest.mark.parametrize(
    ("change", "error", "status"),
    [
        ({"client_id": "nobody"}, "invalid_client", 401),
        ({"client_id": ""}, "invalid_client", 401),
        ({"client_secret": "wrong"}, "invalid_client", 401),
        ({"client_secret": ""}, "invalid_client", 401),
        ({"password": "wrong"}, "invalid_grant", 400),
        ({"username": "nobody"}, "invalid_grant", 400),
        ({"password": ""}, "invalid_request", 400),
        ({"grant_type": ""}, "invalid_request", 400),
        ({"grant_type": "magic"}, "unsupported_grant_type", 400),
        ({"grant_type": "client_credentials"}, "unauthorized_client", 400),
        ({"scope": "NoSuchRole"}, "invalid_scope", 400),
    ],
)
def test_a_wrong_token_request_is_refused(  # noqa: PLR0913, PLR0917  # fixtures
    reference: Running,
    join: Join,
    form: Form,
    change: dict[str, str],
    error: str,
    status: int,
) -> None:
    """In RFC 6749's shape and the standard one at once."""
    answer = join(reference, None).post(
        reference.token_url, data=form(reference, "elevated") | change
    )

    assert answer.status_code == status
    assert answer.json()["error"] == error
    assert answer.json()["error_description"] == answer.json()["Errors"][0]["Message"]
    assert ("www-authenticate" in answer.headers) is (status == 401)


def test_an_unknown_user_looks_like_a_wrong_password(
    reference: Running, join: Join, form: Form
) -> None:
    """The two bodies are the same."""
    client = join(reference, None)
    wrong = [{"username": "nobody"}, {"password": "wrong"}]
    bodies = [
        client.post(reference.token_url, data=form(reference, "user") | one).content
        for one in wrong
    ]

    assert bodies[0] == bodies[1]


def test_only_a_form_in_a_post_is_taken(
    reference: Running, join: Join, form: Form
) -> None:
    """GET answers 405, a JSON body and a repeated parameter 400."""
    client, asked = join(reference, None), form(reference, "app")
    twice = [*asked.items(), ("grant_type", "password")]
    label = {"content-type": "application/x-www-form-urlencoded"}
    repeated = str(httpx.QueryParams(twice))

    assert client.get(reference.token_url, params=asked).status_code == 405
    assert client.get(reference.token_url).headers["allow"] == "POST"
    assert client.post(reference.token_url, json=asked).status_code == 400
    assert (
        client.post(reference.token_url, content=repeated, headers=label).status_code
        == 400
    )


def test_refresh_keeps_the_roles_and_is_bound_to_its_client(
    reference: Running, join: Join, form: Form
) -> None:
    """A refresh token gives its own client what was first granted, no more."""
    client = join(reference, None)
    asked = form(reference, "user", scope="BuyerReader")
    first = client.post(reference.token_url, data=asked).json()
    again = {
        "grant_type": "refresh_token",
        "refresh_token": first["refresh_token"],
        "client_id": asked["client_id"],
        "scope": "BuyerReader BuyerAdmin",
    }
    second = client.post(reference.token_url, data=again)
    other = again | {"client_id": form(reference, "second_user")["client_id"]}
    stolen = client.post(reference.token_url, data=other)

    assert second.json()["scope"] == "BuyerReader"
    assert stolen.status_code == 400
    client.headers["authorization"] = f"bearer {second.json()['access_token']}"
    assert client.get("/v1/buyers").status_code == 200
    assert client.post("/v1/buyers", json={"Name": "x"}).status_code == 403


def test_a_request_without_a_valid_token_is_refused(
    reference: Running, join: Join, form: Form
) -> None:
    """Missing, mangled, misplaced tokens: 401 with a challenge."""
    client = join(reference, "app")
    token = client.headers.pop("authorization").removeprefix("Bearer ")
    head, claims, signature = token.split(".")
    middle = "A" if signature[99] != "A" else "B"
    refresh = client.post(reference.token_url, data=form(reference, "user")).json()
    bad = [
        "",
        "Bearer",
        "Bearer garbage",
        f"Basic {token}",
        f"Bearer {token[:-9]}",
        f"Bearer {token}!",
        f"Bearer {head}.{claims}.",
        f"Bearer {head}.{claims}.{signature[:99]}{middle}{signature[100:]}",
        f"Bearer eyJhbGciOiJub25lIn0.{claims}.",
        f"Bearer {refresh['refresh_token']}",
    ]
    answers = [client.get("/v1/buyers", headers={"authorization": b}) for b in bad]
    answers += [client.get(f"/v1/buyers?access_token={token}"), client.get("/v1/nope")]

    assert {answer.status_code for answer in answers} == {401}
    assert {answer.headers["www-authenticate"] for answer in answers} == {
        'Bearer realm="api"'
    }
    assert {code(answer) for answer in answers} == {"InvalidToken"}


def test_missing_roles_are_listed(reference: Running, join: Join) -> None:
    """403 names roles that would open the operation, and the assigned ones."""
    before = reference.server.store.snapshot()
    answer = join(reference, "reader").post("/v1/buyers", json={"Name": "x"})
    told = answer.json()["Errors"][0]["Data"]

    assert answer.status_code == 403
    assert told["SufficientRoles"] == ["FullAccess", "BuyerAdmin"]
    assert "BuyerReader" in told["AssignedRoles"]
    assert reference.server.store.snapshot() == before


def test_a_narrow_identity_opens_one_resource(reference: Running, join: Join) -> None:
    """The role of one resource does not reach another."""
    client = join(reference, "only_buyers")

    assert client.post("/v1/buyers", json={"Name": "x"}).status_code == 201
    assert client.get("/v1/products").status_code == 403


def test_a_token_lives_until_expires_in_and_not_long_after(
    reference: Running, join: Join
) -> None:
    """A token of 3 seconds is good after 2.8 and bad after 4.1."""
    client = join(reference, "short")
    begun = time.monotonic()
    time.sleep(2.8)
    late = client.get("/v1/buyers")
    time.sleep(max(0.0, begun + 4.1 - time.monotonic()))

    assert late.status_code == 200
    assert client.get("/v1/buyers").status_code == 401
