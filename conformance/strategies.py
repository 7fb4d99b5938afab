"""Strategies for the values that a profile's schemas allow, adversarial on purpose.

Nothing here sends; see `conformance.draw`.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import jsonschema
from hypothesis import strategies as st

from conformance.profile import Resource, formed, has_type

#: Text that servers stumble over; no controls but line breaks and tabs.
TREACHEROUS = (
    "Zo\u00eb",
    "Zoe\u0308",
    "\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627",
    "\U0001f469\u200d\U0001f52c\U0001f600",
    "\u6f22\u5b57\U00020bb7\u91ce\u5bb6",
    "\"quoted\" \\back\\ 'single'",
    "<b>&amp;</b> & <script>",
    "a\u2028b\u2029c",
    "{{7*7}} ${x} %s %00",
    "'; DROP TABLE items; --",
    "\u202eright to left",
    "\ufb01 \u2126 \u00c5 \u212b",
    "null",
    "1e5",
    "true",
    # What takes it for a date would write it another way.
    "2030-01-15T12:00:00.50Z",
)
_ALPHABET = st.characters(
    exclude_categories=("Cc", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"),
    exclude_characters="\ufeff\u200b",
)
_PLAIN = st.characters(min_codepoint=33, max_codepoint=126)
_EDGES = (1, 15, 16, 31, 32, 63, 64, 127, 128, 255, 256, 1023, 1024)


def text(claimed: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Give plain ASCII text within the claimed lengths, boundary lengths first.

    Whatever else text can be is the json chapter's: see `treacherous`.
    """
    return _within(claimed, _PLAIN, ())


def treacherous(claimed: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Give any Unicode text within the claimed lengths, no controls in it."""
    return _within(claimed, _ALPHABET, TREACHEROUS)


def _within(
    claimed: Mapping[str, Any], alphabet: st.SearchStrategy[str], known: Sequence[str]
) -> st.SearchStrategy[str]:
    shortest = max(int(claimed.get("minLength", 0)), 1)
    longest = int(claimed.get("maxLength", 256))
    fitting = [t for t in known if shortest <= len(t) <= longest]
    edges = [n for n in (*_EDGES, shortest, longest) if shortest <= n <= longest]
    drawn = st.text(alphabet, min_size=shortest, max_size=min(longest, 60))
    long = st.builds(_of_length, drawn, st.sampled_from(edges or [longest]))
    found = long | drawn
    if fitting:
        found = st.one_of(st.sampled_from(fitting), long, drawn)
    # Hypothesis also draws texts that stand in our code, this hole among them.
    return found.filter(lambda text: "@run" not in text)


def _of_length(seed: str, length: int) -> str:
    """Repeat a text to an exact length, in characters."""
    return (seed * (length // len(seed) + 1))[:length]


def long_text(claimed: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Give text that may hold line breaks and tabs between words."""
    return st.lists(text({**claimed, "maxLength": 20}), min_size=2, max_size=4).map(
        "\n".join
    ) | st.just("one\ttwo\r\nthree")


def integer(
    claimed: Mapping[str, Any], limit: int = 2**31 - 1
) -> st.SearchStrategy[int]:
    """Give integers within the claimed bounds and ``limit``, edges first."""
    lowest = int(claimed.get("minimum", -limit))
    highest = int(claimed.get("maximum", limit))
    step = int(claimed.get("multipleOf", 1)) or 1
    known = (0, 1, -1, 127, 128, 32767, 65536, lowest, highest)
    edges = [n for n in known if lowest <= n <= highest]
    found = st.sampled_from(edges) | st.integers(lowest, highest)
    return found.map(lambda n: n - n % step).filter(lambda n: lowest <= n <= highest)


def decimal(claimed: Mapping[str, Any]) -> st.SearchStrategy[float | int]:
    """Give decimals of ordinary magnitude and at most seven significant digits."""
    lowest = float(claimed.get("minimum", -1e9))
    highest = float(claimed.get("maximum", 1e9))
    step = claimed.get("multipleOf")
    drawn = (
        st.integers(1, 9_999_999).map(lambda n: n / 1000)
        if step is None
        else st.integers(1, 1000).map(lambda n: round(n * step, 9))
    )
    known = [] if step is not None else [0.5, 1.25, 0.1, 19.99, 1234.567, 100]
    edges = [n for n in known if lowest <= n <= highest]
    fitting = drawn.filter(lambda n: lowest <= n <= highest)
    return st.sampled_from(edges) | fitting if edges else fitting


def scaled(claimed: Mapping[str, Any]) -> st.SearchStrategy[str]:
    """Give decimals as text with the claimed scale."""
    scale = int(claimed["x-scale"])
    return st.integers(0, 99_999_999).map(lambda n: f"{n / 10**scale:.{scale}f}")


#: Instants that parsers and calendars stumble over; whole seconds.
DATES = (
    "2030-01-15T12:00:00Z",
    "2028-02-29T00:00:00Z",
    "2031-12-31T23:59:59Z",
    "2030-07-01T00:00:00+00:00",
    "2030-02-03T04:05:06Z",
)


def extension() -> st.SearchStrategy[dict[str, Any]]:
    """Give a free-form object whose keys are new in each run and keep one type.

    ``@run`` in a drawn text becomes the run's prefix (see `conformance.plan`).
    """
    words = text({"maxLength": 40})
    known = {
        "Text@run": words,
        "Count@run": st.integers(-1000, 1000),
        "Flag@run": st.booleans(),
        "Words@run": st.lists(words, min_size=1, max_size=3),
        "Part@run": st.fixed_dictionaries({"a": words}, optional={"b": st.booleans()}),
    }
    return st.fixed_dictionaries({}, optional=known).filter(bool)


def value(claimed: Mapping[str, Any]) -> st.SearchStrategy[Any] | None:  # noqa: PLR0911
    """Give valid values of a property; None when only the example is known."""
    if "enum" in claimed:
        return st.sampled_from([v for v in claimed["enum"] if v is not None])
    if "x-scale" in claimed:
        return scaled(claimed)
    if claimed.get("format") == "date-time":
        return st.sampled_from(DATES)
    if claimed.keys() & {"pattern", "const"} or formed(claimed):
        return None
    if has_type(claimed, "boolean"):
        return st.booleans()
    if has_type(claimed, "integer"):
        return integer(claimed)
    if has_type(claimed, "number"):
        return decimal(claimed)
    if has_type(claimed, "string"):
        return text(claimed)
    if has_type(claimed, "array"):
        return _array(claimed)
    return _object(claimed) if "properties" in claimed else None


def _array(claimed: Mapping[str, Any]) -> st.SearchStrategy[Any] | None:
    inner = value(claimed.get("items", {"type": "string", "maxLength": 20}))
    if inner is None:
        return None
    return st.lists(
        inner,
        min_size=int(claimed.get("minItems", 0)),
        max_size=min(int(claimed.get("maxItems", 4)), 4),
        unique=bool(claimed.get("uniqueItems")),
    )


def _object(claimed: Mapping[str, Any]) -> st.SearchStrategy[Any]:
    inner = {
        n: value(c) for n, c in claimed["properties"].items() if not c.get("readOnly")
    }
    known = {name: found for name, found in inner.items() if found is not None}
    return st.fixed_dictionaries(known)


def changes(resource: Resource) -> st.SearchStrategy[dict[str, Any]]:
    """Give valid values for some of a resource's writable properties.

    Unique properties, references, write-only ones and what only the example knows
    are left out; the extension gets new keys.
    """
    known = {}
    for name in resource.compared:
        claimed = resource.properties[name]
        found = extension() if name in resource.extensions else value(claimed)
        if found is not None and not claimed.keys() & {"x-unique", "x-refers"}:
            known[name] = found
    return (
        st.fixed_dictionaries({}, optional=known).filter(bool) if known else st.just({})
    )


def ids(resource: Resource) -> list[str]:
    """Give IDs over the whole claimed alphabet and both ends of the lengths."""
    rule = resource.id
    whole = rule.alphabet
    size = rule.max_length
    pieces = [whole[n : n + size] for n in range(0, len(whole), size)]
    longest = (whole * (size // len(whole) + 1))[:size]
    fitting = [piece for piece in pieces if len(piece) >= rule.min_length]
    return list(dict.fromkeys([*fitting, longest]))


def longest(resource: Resource, own: str) -> str:
    """Give an ID of the greatest length, of all the signs that there is room for."""
    rule = resource.id
    # Past that length it is the URL that is too long.
    size = min(rule.max_length, max(rule.min_length, 255))
    return (own + rule.alphabet[::-1] * size)[:size]


def allows(claimed: Mapping[str, Any], candidate: object) -> bool:
    """Say whether a property's claimed schema allows a value."""
    return jsonschema.Draft202012Validator(claimed).is_valid(candidate)
