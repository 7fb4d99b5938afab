"""What goes over the wire, and so into the OpenAPI document."""

from datetime import UTC, datetime
from typing import Annotated, Any, Generic, Literal, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field, create_model

Thing = TypeVar("Thing")


def _utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        raise ValueError("out of the calendar in UTC") from error


ItemID = Annotated[str, Field(pattern="^[A-Za-z0-9_-]+$", min_length=1, max_length=100)]
Label = Annotated[str, Field(min_length=1, max_length=100)]
Count = Annotated[int, Field(ge=0, le=1_000_000, strict=True)]
Amount = Annotated[float, Field(ge=0, le=1_000_000, strict=True)]
Moment = Annotated[AwareDatetime, AfterValidator(_utc)]
Flag = Annotated[bool, Field(strict=True)]
SortKey = Literal["ID", "!ID", "Name", "!Name", "DateCreated", "!DateCreated"]


class NewItem(BaseModel):
    """What a client may write of any item."""

    ID: ItemID | None = None
    Name: Label
    xp: dict[str, Any] | None = None


class NewWarehouse(NewItem):
    """A warehouse to be stored."""

    Capacity: Count | None = None
    Opened: Moment | None = None


class NewBin(NewItem):
    """A bin to be stored."""

    Quantity: Count = 0


class NewPart(NewItem):
    """A part to be stored; its price is in euros."""

    Price: Amount | None = None
    Stocked: Flag = True


class Item(BaseModel):
    """What the server adds to any item."""

    ID: str
    DateCreated: datetime
    LastUpdated: datetime


class Warehouse(Item, NewWarehouse):
    """A warehouse, as it is shown."""


class Bin(Item, NewBin):
    """A bin, as it is shown."""


class Part(Item, NewPart):
    """A part, as it is shown."""


def patch_of(model: type[BaseModel], *, without: tuple[str, ...] = ()) -> Any:
    """Give a model of the same members, none of which need be there."""
    members: dict[str, Any] = {
        name: (field.annotation | None, None)
        for name, field in model.model_fields.items()
        if name not in without
    }
    return create_model(f"{model.__name__}Patch", **members)


class Asked(BaseModel):
    """Which part of a list is wanted, and in which order."""

    page: int = Field(1, ge=1, le=1_000_000)
    pageSize: int = Field(20, ge=1, le=100)
    sortBy: SortKey | None = None
    search: str = ""
    searchOn: Literal["Name"] = "Name"
    changedSince: str = Field("1970-01-01", description="A date, or a date and time.")


class Meta(BaseModel):
    """Where a page stands in its list."""

    Page: int
    PageSize: int
    TotalCount: int
    TotalPages: int


class Page(BaseModel, Generic[Thing]):
    """A page of a list."""

    Meta: Meta
    Items: list[Thing]


class Problem(BaseModel):
    """One thing that is wrong."""

    ErrorCode: str
    Message: str
    Data: dict[str, Any]


class Problems(BaseModel):
    """The body of every error."""

    Errors: list[Problem]
