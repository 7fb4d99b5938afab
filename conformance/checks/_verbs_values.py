"""Values to write, and whether they came back: what the verbs' checks share.

No checks here, and nothing is sent.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from hypothesis import strategies as st

from conformance import Resource
from conformance.profile import comes_back, has_type
from conformance.strategies import changes
from conformance.values import same, short, stateful

Values = Mapping[str, Any]
ABSENT: tuple[Any, ...] = (None, "", {}, [])
#: Formats of text that mean the same in spellings that have little in common.
_RESPELT = ("ipv6", "duration", "time", "iri", "idn-hostname", "idn-email")
_TOLD_APART = ("date-time", "date", "email", "password")
#: What json.numbers leaves a decimal to lose: what stands past the 7th digit.
_CLOSE = 5e-7


def plain(resource: Resource) -> list[str]:
    """Name what can be given any valid value: nothing unique, no reference."""
    return [
        name
        for name in resource.compared
        if not resource.properties[name].keys() & {"x-unique", "x-refers"}
    ]


def other_values(resource: Resource) -> dict[str, Any]:
    """Give a second valid value of every property that has one."""
    return {n: resource.other[n] for n in plain(resource) if n in resource.other}


def textual(resource: Resource) -> list[str]:
    """Name the free text properties that can be given any text."""
    free = set(plain(resource))
    return [name for name in resource.texts() if name in free]


def longest_values(resource: Resource) -> dict[str, Any]:
    """Give the free text properties their longest text, up to 10,000 characters."""
    made = {}
    for name in textual(resource):
        length = min(int(resource.properties[name].get("maxLength", 256)), 10_000)
        made[name] = ("Longest." * (length // 8 + 1))[:length]
    return made


def valid_changes(resource: Resource) -> st.SearchStrategy[dict[str, Any]]:
    """Give valid values for some properties; references are left as they are."""
    return changes(resource)


def wrong_values(resource: Resource) -> dict[str, Any]:
    """Give a value of the wrong type for every property that a type tells."""
    found = {name: _wrong(resource.properties[name]) for name in plain(resource)}
    return {name: value for name, value in found.items() if value is not None}


def _wrong(claimed: Values) -> Any:
    """Give what no server can take for the claimed type, coercing or not."""
    if has_type(claimed, "boolean"):
        return "perhaps"
    if has_type(claimed, "integer") or has_type(claimed, "number"):
        return "many"
    if has_type(claimed, "array") or has_type(claimed, "object"):
        return "one piece of text"
    return {"not": "text"} if has_type(claimed, "string") else None


def softened(sent: Any, got: Any, claimed: Values) -> str | None:  # noqa: PLR0911
    """Say how a value came back: ``""`` unchanged, None another, else the soft edge.

    Digits past the seventh are left to the chapter that judges them.
    """
    if _close(sent, got):
        return ""
    if isinstance(sent, dict) and isinstance(got, dict):
        inner = claimed.get("properties", {})
        return _gravest(
            softened(value, got.get(name), inner.get(name, {}))
            if name in got or value is not None
            else "a null member was dropped"
            for name, value in sent.items()
            if comes_back(inner.get(name, {}))
        )
    if isinstance(sent, list) and isinstance(got, list):
        return _list_softened(sent, got, claimed)
    if sent == "" and got is None:
        return "empty text became null"
    if same(sent, got, claimed):
        return ""
    if isinstance(sent, str) and isinstance(got, str):
        return _text_softened(sent, got, claimed)
    return None


def _close(sent: Any, got: Any) -> bool:
    if isinstance(sent, bool) or isinstance(got, bool):
        return False
    if not isinstance(sent, float) or not isinstance(got, int | float):
        return False
    return abs(sent - got) <= abs(sent) * _CLOSE


def _gravest(found: Iterable[str | None]) -> str | None:
    words = list(found)
    if None in words:
        return None
    return next((edge for edge in words if edge), "")


def _list_softened(sent: list[Any], got: list[Any], claimed: Values) -> str | None:
    inner = claimed.get("items", {})
    if len(sent) != len(got):
        return None
    found = _gravest(softened(a, b, inner) for a, b in zip(sent, got, strict=True))
    shuffled = claimed.get("uniqueItems") and sorted(map(repr, sent)) == sorted(
        map(repr, got)
    )
    return "the order changed" if found is None and shuffled else found


def _text_softened(sent: str, got: str, claimed: Values) -> str | None:
    if claimed.get("x-trimmed") and got == sent.strip():
        return ""
    if got == sent.strip():
        return "the ends were trimmed"
    form, one, two = claimed.get("format"), _letters(sent), _letters(got)
    formed = claimed.keys() & {"format", "pattern", "enum"}
    longer = form not in (None, *_TOLD_APART) and one and two and _extends(one, two)
    if (formed and one == two) or longer or form in _RESPELT:
        return "it came back in another form"
    return None


def _extends(one: str, two: str) -> bool:
    """Say whether one text is the other with something before or behind it."""
    less, more = sorted((one, two), key=len)
    return more.startswith(less) or more.endswith(less)


def _letters(text: str) -> str:
    return "".join(c for c in text.casefold() if c.isalnum())


def different(
    resource: Resource, sent: Values, got: Values, names: Iterable[str] | None = None
) -> list[str]:
    """Name the compared properties that were sent and came back as another value."""
    return [
        name
        for name in (resource.compared if names is None else names)
        if name in sent
        and softened(sent[name], got.get(name), resource.properties.get(name, {}))
        is None
    ]


def unlike(
    resource: Resource, sent: Values, got: Values, names: Iterable[str] | None = None
) -> str:
    """Say in which compared properties an item is not what was sent; empty: in none."""
    return told(different(resource, sent, got, names), sent, got)


def told(names: Iterable[str], sent: Values, got: Values) -> str:
    """Say of each property what was sent and what is shown."""
    return "; ".join(
        f"{n}: sent {short(sent.get(n))}, got {short(got.get(n))}" for n in names
    )


def changed(
    resource: Resource, one: Values, two: Values, among: Iterable[str] | None = None
) -> str:
    """Say in which compared properties two looks at an item differ; empty: in none."""
    before, after = stateful(resource, one), stateful(resource, two)
    compared = resource.compared if among is None else tuple(among)
    names = {
        *different(resource, before, two, compared),
        *different(resource, after, one, compared),
    }
    return "; ".join(
        f"{n} was {short(one.get(n))}, is {short(two.get(n))}" for n in sorted(names)
    )


def summarised(whole: Any, summary: Any) -> Any:
    """Give of a value what a list shows of it: of objects, the members it names."""
    if isinstance(whole, dict) and isinstance(summary, dict):
        return {
            name: summarised(part, summary[name])
            for name, part in whole.items()
            if name in summary
        }
    return whole


def left_over(
    claimed: Values, sent: Values, old: Values, got: Values
) -> dict[str, Any]:
    """Give dotted name → value of what was not sent and still shows what it held."""
    found: dict[str, Any] = {}
    for name, was in old.items():
        inner, now = claimed.get(name, {}), got.get(name)
        if not comes_back(inner):
            continue
        if name not in sent:
            gone_ = now in ABSENT or was == inner.get("default")
            if not gone_ and same(was, now, inner):
                found[name] = now
        elif all(isinstance(part, dict) for part in (sent[name], was, now)):
            below = left_over(inner.get("properties", {}), sent[name], was, now or {})
            found |= {f"{name}.{member}": value for member, value in below.items()}
    return found
