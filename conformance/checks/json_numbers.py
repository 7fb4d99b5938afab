"""JSON Everywhere: numbers come back with the value that was sent."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

from conformance import Profile, Resource, Target, must
from conformance.checks._controls import insist_on_values
from conformance.expect import edge, turned_down
from conformance.profile import comes_back, has_type
from conformance.strategies import allows
from conformance.values import numeric
from conformance.writing import (
    leaves,
    placed,
    read_back,
    waves,
    writing,
    written,
)

#: The range in which every reader of JSON has every integer (RFC 8259, section 6).
_LARGEST = 2**53 - 1
_WHOLE = (_LARGEST, -_LARGEST, 2**31, -(2**31) - 1, 2**32 + 1, 2**24 + 1, 1, 0, -1)
#: At most seven significant digits, which a float of 32 bits can tell apart.
_PARTS = (
    0.0001, 1e9, 0.1, 19.99, 9999999, 1234.567, 0.3333333, 123456.7, 2.675, 1.1,
    99999.99, 0.0123456, 0.5, -0.1, -1234.567, 7654321, 8.25, 3.14, 42.42, 100.01,
)  # fmt: skip
_MORE_DIGITS = (3.141592653589793, 12345678.90123456, 0.1234567890123, 1e8 + 0.25)
_OTHER_SIZES = (1e-7, 1.5e12, 1.25e20, 6.25e-20)
_TEXTS = ("0", "0.01", "12.5", "1234.567", "99999.99", "54321.098", "7.125", "1000")


def _claimed(resource: Resource) -> dict[str, Mapping[str, Any]]:
    """Give path and schema of the numeric properties."""
    return {
        path: claimed
        for path, claimed in leaves(resource)
        if numeric(claimed) or "x-scale" in claimed
    }


def _holds_numbers(resource: Resource) -> bool:
    return written(resource) and bool(_claimed(resource) or resource.extensions)


def _candidates(claimed: Mapping[str, Any]) -> list[Any]:
    """Give numbers that a property may hold, the ends of its range first."""
    if "x-scale" in claimed:
        scale = Decimal(1).scaleb(-int(claimed["x-scale"]))
        texts = [Decimal(text) for text in _TEXTS]
        found: list[Any] = [
            str(text.quantize(scale)) for text in texts if text.quantize(scale) == text
        ]
    elif has_type(claimed, "integer"):
        ends = (claimed.get("maximum"), claimed.get("minimum"))
        found = [*(int(end) for end in ends if end is not None), *_WHOLE]
    else:
        found = [*_PARTS]
    return [number for number in dict.fromkeys(found) if allows(claimed, number)]


def _of_wave(resource: Resource, number: int, held: Sequence[Any]) -> dict[str, Any]:
    """Give every numeric property its next candidate, the extension all of these."""
    candidates = {
        path: _candidates(known) for path, known in _claimed(resource).items()
    }
    found = {
        path: numbers[number % len(numbers)]
        for path, numbers in candidates.items()
        if numbers
    }
    inner = {f"n{at}": value for at, value in enumerate(held)}
    kept = {f"Number{number}of{at}@run": value for at, value in enumerate(held)}
    kept |= {f"Numbers{number}@run": inner, f"Row{number}@run": list(held)}
    return placed(resource, found) | dict.fromkeys(resource.extensions, kept)


def _numbers(profile: Profile, resource: Resource) -> list[list[Mapping[str, Any]]]:
    """Integers and decimals by every verb, then what many readers round or refuse."""
    del profile
    plain = (*_WHOLE, *_PARTS)
    held = (plain, plain, plain, _MORE_DIGITS, _OTHER_SIZES)
    return waves(resource, [_of_wave(resource, n, row) for n, row in enumerate(held)])


@must(
    "json.numbers",
    only=_holds_numbers,
    draws=_numbers,
    cost=10,
    warns="No number SHOULD be refused, or lose digits behind the seventh.",
)
def check_numbers_come_back(
    target: Target, resource: Resource, payload: list[Mapping[str, Any]]
) -> None:
    """A number MUST come back with the value that was sent."""
    for change, answer, item in writing(target, resource, payload):
        if item is None:
            turned_down(answer, "a body with numbers")
            continue
        received = read_back(target, item, answer).answer
        shown = received.exact if received else None
        claimed, wrong = _claimed(resource), []
        for where, sent, got in _pairs("", change, shown, resource.schema):
            wrong += _changed(where, sent, got, claimed.get(where, {}))
        insist_on_values(target, answer, wrong, [*change])


def _pairs(
    where: str, sent: Any, got: Any, within: Mapping[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """Give every plain value that was sent, where it stands, what came back.

    What is claimed to be hidden stands there as the example's.
    """
    if isinstance(sent, Mapping):
        for name, part in sent.items():
            held = got.get(name) if isinstance(got, dict) else None
            inner = within.get("properties", {}).get(name, {})
            if comes_back(inner):
                yield from _pairs(f"{where}.{name}".lstrip("."), part, held, inner)
    elif isinstance(sent, list):
        for number, part in enumerate(sent):
            fits = isinstance(got, list) and number < len(got)
            held = got[number] if fits else None
            yield from _pairs(f"{where}[{number}]", part, held, within.get("items", {}))
    else:
        yield where, sent, got


def _changed(where: str, sent: Any, got: Any, claimed: Mapping[str, Any]) -> list[str]:
    """Say how a number changed, where it was one and that is no softer edge.

    A text is no number, save where the profile says that numbers are texts.
    """
    texts = "x-scale" in claimed or has_type(claimed, "string")
    was = _value(sent if "x-scale" in claimed or not isinstance(sent, str) else None)
    now = _value(got if texts or not isinstance(got, str) else None)
    words = f"{where}: sent {sent}, got {repr(got) if isinstance(got, str) else got}"
    if was is None or now == was:
        return []
    ordinary = not was or -4 <= was.adjusted() <= 9
    whole = isinstance(sent, int) and abs(sent) <= _LARGEST
    least = Decimal(1).scaleb(was.adjusted() - 6)
    step = max(least, Decimal(str(claimed.get("multipleOf", 0))))
    close = now is not None and abs(now - was) < step
    softer = not whole and (close or not ordinary)
    edge(not softer, words)
    return [] if softer else [words]


def _value(got: Any) -> Decimal | None:
    """Read a number, or one written as text; None for anything else."""
    if isinstance(got, bool) or not isinstance(got, int | float | Decimal | str):
        return None
    try:
        number = Decimal(str(got))
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
