"""A stock API: warehouses with bins, and parts. FastAPI writes its document."""

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import parse_qsl

import logins
import models
import pydantic_core
from fastapi import Depends, FastAPI, HTTPException, Query, Request, Response, Security
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from fastapi.routing import APIRoute
from fastapi.security import OAuth2, SecurityScopes
from models import Asked, ItemID, NewBin, NewPart, NewWarehouse, Page, patch_of
from pydantic import BaseModel, ValidationError
from store import Items, Missing, Taken

ROLES = {logins.READER: "See the stock", logins.WRITER: "Change the stock"}
TOKENS = {"tokenUrl": "/oauth/token", "scopes": ROLES}
oauth = OAuth2(
    flows={
        "clientCredentials": TOKENS,
        "password": TOKENS | {"refreshUrl": "/oauth/token"},
    },
    auto_error=False,
)


class StrictRequest(Request):
    """A request whose body is JSON as RFC 8259 has it: UTF-8, and no NaN."""

    async def json(self) -> Any:
        """Read the body; what is wrong becomes a validation error."""
        try:
            value = pydantic_core.from_json(await self.body(), allow_inf_nan=False)
            json.dumps(value, allow_nan=False)  # 1e999 is read as infinity
        except ValueError as error:
            raise json.JSONDecodeError(str(error), "", 0) from error
        return value


class StrictRoute(APIRoute):
    """A route that reads bodies strictly."""

    def get_route_handler(self) -> Any:
        """Give FastAPI's own handler a stricter request."""
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


app = FastAPI(title="Stock", docs_url=None, redoc_url=None)
app.router.route_class = StrictRoute


# ----------------------------------------------------------------------------- errors


def refusal(status: int, code: str, words: str, **data: Any) -> JSONResponse:
    """Answer with the one error body there is."""
    error = {"ErrorCode": code, "Message": words, "Data": data}
    headers = {"WWW-Authenticate": "Bearer"} if status == 401 else None
    return JSONResponse({"Errors": [error]}, status, headers)


@app.exception_handler(HTTPException)
async def refuse(_: Request, error: HTTPException) -> Response:
    """Say what the framework refuses in our own shape."""
    status = error.status_code
    answer = refusal(status, f"Http{status}", str(error.detail))
    answer.headers.update(error.headers or {})
    return answer


@app.exception_handler(RequestValidationError)
@app.exception_handler(ValidationError)
async def invalid(_: Request, error: Any) -> Response:
    """Say which member is wrong."""
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"] if part != "body")
    code, words = f"Invalid.{first['type']}", f"{field}: {first['msg']}"
    return refusal(400, code, words, Field=field)


@app.exception_handler(Missing)
async def missing(_: Request, error: Missing) -> Response:
    """Say what was not found."""
    kind, id_ = error.args
    return refusal(404, "NotFound", f"not in {kind}", ObjectType=kind, ObjectID=id_)


@app.exception_handler(Taken)
async def taken(_: Request, error: Taken) -> Response:
    """Say whose ID is in use."""
    kind, id_ = error.args
    return refusal(409, "IdExists", f"in use in {kind}", ObjectType=kind, ObjectID=id_)


@app.exception_handler(Exception)
async def crashed(_: Request, __: Exception) -> Response:
    """Tell nobody what went wrong; the log has it."""
    return refusal(500, "Unexpected", "something went wrong on our side")


# ---------------------------------------------------------------------------- who may


class NoToken(Exception):
    """No valid token."""


class NoRole(Exception):
    """A token without a role that it needs; the arguments are the roles."""


@app.exception_handler(NoToken)
async def unauthorised(_: Request, __: NoToken) -> Response:
    """Ask for a token."""
    return refusal(401, "InvalidToken", "send a valid token")


@app.exception_handler(NoRole)
async def forbidden(_: Request, error: NoRole) -> Response:
    """Name the role that is missing."""
    return refusal(403, "MissingRole", "a role is missing", Roles=list(error.args))


async def admit(
    needed: SecurityScopes, authorization: Annotated[str | None, Depends(oauth)]
) -> None:
    """Let nobody by without a valid token that has the role."""
    roles = logins.roles_of(authorization)
    if roles is None:
        raise NoToken
    if not set(needed.scopes) <= set(roles):
        raise NoRole(*needed.scopes)


@app.post("/oauth/token", include_in_schema=False)
async def token(request: Request) -> Response:
    """Grant a token."""
    text = (await request.body()).decode("utf-8", "replace")
    try:
        granted = logins.grant(dict(parse_qsl(text, keep_blank_values=True)))
    except logins.Denied as denied:
        return refusal(400, "InvalidGrant", str(denied))
    return JSONResponse(granted, headers={"Cache-Control": "no-store"})


# -------------------------------------------------------------------------- the items

READ = [Security(admit, scopes=[logins.READER])]
WRITE = [Security(admit, scopes=[logins.WRITER])]
REFUSED: dict[int | str, Any] = {"4XX": {"model": models.Problems}}
#: A creation says where the new item is.
LOCATION = {"Location": {"required": True, "schema": {"type": "string"}}}


def offer(
    path: str, of: Callable[..., Any], new: Any, patch: Any, shown: type[BaseModel]
) -> None:
    """Offer the six verbs on a kind of item.

    Args:
        path: Of its list.
        of: The dependency that gives the items.
        new: The body of POST and PUT.
        patch: The body of PATCH.
        shown: The body of answers.
    """
    these = Annotated[Items, Depends(of)]
    one = path + "/{itemID}"
    made = {201: {"model": shown, "headers": LOCATION}}

    @app.get(path, response_model=Page[shown], responses=REFUSED, dependencies=READ)
    async def page(items: these, asked: Annotated[Asked, Query()]) -> Any:
        since = datetime.fromisoformat(asked.changedSince).astimezone(UTC)
        number, size = asked.page, asked.pageSize
        found, total = items.page(
            number,
            size,
            asked.sortBy or "",
            asked.search,
            f"{since:%Y-%m-%dT%H:%M:%SZ}",
        )
        meta = {"Page": number, "PageSize": size, "TotalCount": total}
        return {"Meta": {**meta, "TotalPages": math.ceil(total / size)}, "Items": found}

    @app.post(path, status_code=201, responses=REFUSED | made, dependencies=WRITE)
    async def create(items: these, sent: new) -> shown:
        body = sent.model_dump(mode="json")
        return items.add(body.pop("ID"), body)

    @app.get(one, responses=REFUSED, dependencies=READ)
    async def get(items: these, itemID: str) -> shown:
        return items.find(itemID)

    @app.put(one, responses=REFUSED | {201: {"model": shown}}, dependencies=WRITE)
    async def save(items: these, itemID: ItemID, sent: new, answer: Response) -> shown:
        body = sent.model_dump(mode="json", exclude={"ID"})
        try:
            items.find(itemID)
        except Missing:
            answer.status_code = 201
            return items.add(itemID, body)
        return items.change(itemID, itemID, body)

    @app.patch(one, responses=REFUSED, dependencies=WRITE)
    async def change(items: these, itemID: str, sent: patch) -> shown:
        known = items.find(itemID)
        sent = sent.model_dump(mode="json", exclude_unset=True)
        if known["xp"] and sent.get("xp"):
            sent["xp"] = known["xp"] | sent["xp"]
        body = new.model_validate(known | sent).model_dump(mode="json")
        return items.change(itemID, body.pop("ID") or itemID, body)

    @app.delete(one, status_code=204, responses=REFUSED, dependencies=WRITE)
    async def remove(items: these, itemID: str) -> None:
        items.remove(itemID)


async def warehouses() -> Items:
    """Give the warehouses."""
    return Items("warehouses")


async def bins(warehouseID: str) -> Items:
    """Give the bins of a warehouse that is there."""
    Items("warehouses").find(warehouseID)
    return Items("bins", warehouse=warehouseID)


async def parts() -> Items:
    """Give the parts."""
    return Items("parts")


# The bins know their warehouse by its ID, which only PUT and POST can choose.
warehouse_patch = patch_of(NewWarehouse, without=("ID",))
offer("/warehouses", warehouses, NewWarehouse, warehouse_patch, models.Warehouse)
offer("/warehouses/{warehouseID}/bins", bins, NewBin, patch_of(NewBin), models.Bin)
offer("/parts", parts, NewPart, patch_of(NewPart), models.Part)
