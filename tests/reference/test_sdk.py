"""The vendor's kind of client, unaware of this suite, drives the server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import pytest
from ordercloud import OrderCloudClient, OrderCloudError

from conformance.reference.serve import Running

Form = Callable[..., dict[str, str]]
BUYER = {"ID": "sdk", "Name": "One", "Active": True}
ADDRESS = {
    "Street1": "1 Example Street",
    "City": "Exampleton",
    "State": "MN",
    "Zip": "55555",
    "Country": "US",
}


@asynccontextmanager
async def sdk(server: Running, form: dict[str, str]) -> AsyncIterator[OrderCloudClient]:
    """An SDK client for the identity of a token form."""
    async with OrderCloudClient.create(
        client_id=form["client_id"],
        client_secret=form.get("client_secret", ""),
        base_url=f"{server.base_url}/v1",
        auth_url=server.token_url,
        scopes=["FullAccess", "BuyerAdmin", "AddressAdmin", "ProductAdmin"],
    ) as client:
        yield client


@pytest.fixture(autouse=True)
def _trust(reference: Running, monkeypatch: pytest.MonkeyPatch) -> None:
    """The SDK takes its certificate authority from the environment alone."""
    monkeypatch.setenv("SSL_CERT_FILE", str(reference.ca))


def test_the_sdk_works_with_items(reference: Running, form: Form) -> None:
    """Create, get, list, save, patch, delete on buyers, addresses, products."""

    async def drive() -> None:
        async with sdk(reference, form(reference, "app")) as client:
            await client.buyers.create(BUYER)
            saved = await client.buyers.save("sdk", {"Name": "Uno", "Active": True})
            patched = await client.buyers.patch("sdk", {"Name": "Eins"})
            assert (saved.name, patched.name, patched.active) == ("Uno", "Eins", True)
            made = await client.addresses.create("sdk", ADDRESS)
            page = await client.addresses.list(
                "sdk", sort_by="!ID", filters={"City": "Exam*"}
            )
            assert [item.id for item in page.items] == [made.id]
            assert page.meta.total_count == 1
            product = await client.products.create({"ID": "sdk-1", "Name": "Drill"})
            assert (await client.products.get("sdk-1")).id == product.id
            await client.products.delete("sdk-1")
            with pytest.raises(OrderCloudError) as refusal:
                await client.products.get("sdk-1")
            assert refusal.value.status_code == 404
            assert refusal.value.errors[0].error_code == "NotFound"
            await client.buyers.delete("sdk")

    asyncio.run(drive())


@pytest.mark.parametrize("name", ["user", "elevated"])
def test_the_sdk_logs_a_user_in_and_refreshes(
    reference: Running, form: Form, name: str
) -> None:
    """Password, elevated password; refresh, where the client has no secret.

    The SDK leaves the secret out when it refreshes, which such a client may not.
    """
    asked = form(reference, name)

    async def drive() -> None:
        async with sdk(reference, asked) as client:
            tokens, transport = client._token_manager, client._http._client  # noqa: SLF001
            await tokens.authenticate_password(
                transport, asked["username"], asked["password"]
            )
            if "client_secret" not in asked:
                await tokens._refresh(transport)  # noqa: SLF001
            assert (await client.buyers.list(page_size=1)).meta.page_size == 1

    asyncio.run(drive())
