"""Lists of the reference profile: pages, order, filters, search."""

import httpx
import pytest

CATALOG = "/v1/catalogs/lists"
LISTED = f"{CATALOG}/categories"


@pytest.fixture(scope="module", autouse=True)
def _categories(api: httpx.Client) -> None:
    """Seven categories c1 to c7; every second one has no xp."""
    api.put(CATALOG, json={"Name": "lists"})
    for number in (3, 1, 2, 7, 6, 5, 4):
        xp = {"Tier": "gold", "Rank": number * 5} if number % 2 else None
        api.put(
            f"{LISTED}/c{number}",
            json={"Name": f"Cat {number}", "ListOrder": number * 6, "xp": xp},
        )


def ids(answer: httpx.Response) -> str:
    """The last characters of the IDs on a page, in order."""
    assert answer.status_code == 200, answer.text
    return "".join(item["ID"][-1] for item in answer.json()["Items"])


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("sortBy=ID", "1234567"),
        ("sortBy=!ID", "7654321"),
        ("sortBy=!ListOrder,ID&pageSize=3", "765"),
        ("sortBy=ID&page=3&pageSize=3", "7"),
        ("page=9", ""),
        ("sortBy=&search=&searchOn=", "3127654"),
        ("ID=C4", "4"),
        ("sortBy=ID&ID=c1|c2", "12"),
        ("sortBy=ID&ListOrder=>30", "67"),
        ("sortBy=ID&ListOrder=!<30", "567"),
        ("sortBy=ID&ListOrder=>6&ListOrder=!>18", "23"),
        ("sortBy=ID&Name=*T 3", "3"),
        ("sortBy=ID&Name=!*3", "124567"),
        ("sortBy=ID&xp.Tier=gold", "1357"),
        ("sortBy=ID&xp.Tier=!gold", "246"),
        ("sortBy=ID&xp.Rank=>9", "357"),
        ("sortBy=ID&xp.Tier=!*", "246"),
        ("sortBy=ID&xp.Tier=*", "1357"),
        ("search=cAT%205", "5"),
        ("search=c6&searchOn=ID", "6"),
        ("search=c6&searchOn=Name", ""),
        ("Unknown=1&Description=2&sortBy=ID", "1234567"),
    ],
)
def test_a_query_selects_and_orders(
    api: httpx.Client, query: str, expected: str
) -> None:
    """Sort, page, filter and search do what the vendor documents."""
    assert ids(api.get(f"{LISTED}?{query}")) == expected


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("page=0", "List.InvalidPage"),
        ("page=-1", "List.InvalidPage"),
        ("page=x", "List.InvalidPage"),
        ("pageSize=0", "List.InvalidPageSize"),
        ("pageSize=101", "List.InvalidPageSize"),
        ("pageSize=", "List.InvalidPageSize"),
        ("sortBy=Nope", "List.InvalidSortProperty"),
        ("searchOn=Nope&search=x", "List.InvalidSearchProperty"),
        ("ListOrder=many", "List.InvalidType"),
        ("ID=none&ListOrder=many", "List.InvalidType"),
    ],
)
def test_a_bad_query_is_refused(api: httpx.Client, query: str, code: str) -> None:
    """With 400 and a code that says which parameter."""
    answer = api.get(f"{LISTED}?{query}")

    assert answer.status_code == 400
    assert answer.json()["Errors"][0]["ErrorCode"] == code


@pytest.mark.parametrize(
    ("query", "meta"),
    [
        ("pageSize=3", [1, 3, 7, 3, [1, 3]]),
        ("pageSize=3&page=3", [3, 3, 7, 3, [7, 7]]),
        ("ID=none", [1, 20, 0, 0, [1, 0]]),
    ],
)
def test_the_figures_agree_with_the_items(
    api: httpx.Client, query: str, meta: list[object]
) -> None:
    """Page, size, totals and range."""
    told = api.get(f"{LISTED}?{query}").json()["Meta"]
    names = ["Page", "PageSize", "TotalCount", "TotalPages", "ItemRange"]

    assert [told[name] for name in names] == meta


def test_head_is_get_without_a_body(api: httpx.Client) -> None:
    """HEAD tells the length that GET would have."""
    head, get = api.head(LISTED), api.get(LISTED)

    assert head.status_code == 200
    assert head.content == b""
    assert head.headers["content-length"] == str(len(get.content))
