"""PATCH of members: what is merged, and what null clears."""

from collections.abc import Callable
from typing import Any

import pytest
from outcomes import RowsOf, Seams, judged_in, rows_in
from seams import patching, refusing_patch

from conformance.verdict import Verdict

Values = dict[str, Any]
judged = judged_in("verbs_patch")
rows = rows_in("verbs_patch")


# -------------------------------------------------------------- members of an object

MEMBERS = "patch_stores_members_of_an_object"


def merging(change: Callable[[str, Values, Values], Values]) -> Seams:
    """Let objects become what ``change`` makes of name, old and new members."""

    def around(inner: Any, call: Any, name: str, old: Any, new: Any) -> Any:
        both = isinstance(old, dict) and isinstance(new, dict)
        return change(name, old, new) if both and name else inner(call, name, old, new)

    return {"merge": around}


def test_an_object_replaced_whole_warns(rows_of: RowsOf) -> None:
    """Members that were not sent should stay; all gone is no more than a warning."""
    seams = merging(lambda _name, _old, new: new)
    found, warned = rows(rows_of, MEMBERS, "products", seams)
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.WARN
    assert "was replaced whole" in warned.message


def test_an_extension_that_loses_some_members_accuses(rows_of: RowsOf) -> None:
    """A merge that loses members of one kind alone is neither of the two ways."""
    for kind in (bool, list, dict, str):
        seams = merging(
            lambda name, old, new, kind=kind: (  # type: ignore[misc]
                {n: v for n, v in old.items() if not isinstance(v, kind)} | new
                if name == "xp"
                else old | new
            )
        )
        found = judged(rows_of, MEMBERS, "products", seams)
        assert found.verdict is Verdict.FAIL
        assert "xp was merged, and yet lost" in found.message


def test_an_object_that_loses_some_members_warns(rows_of: RowsOf) -> None:
    """Of another object than the extension the loss of a member is a warning."""
    seams = merging(lambda name, old, new: new if name == "Inventory" else old | new)
    found, warned = rows(rows_of, MEMBERS, "products", seams)
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert "Inventory was replaced whole" in warned.message


def test_a_member_that_is_not_stored_accuses(rows_of: RowsOf) -> None:
    """The member that was sent must come back."""
    seams = merging(lambda _name, old, _new: old)
    assert judged(rows_of, MEMBERS, "products", seams).verdict is Verdict.FAIL


def test_members_never_stored_are_not_lost_by_patch(rows_of: RowsOf) -> None:
    """What CREATE dropped of an object is no loss of PATCH."""

    def around(inner: Any, call: Any, key: str, values: Values) -> Any:
        given = values.get("xp")
        if isinstance(given, dict):
            kept = {n: v for n, v in given.items() if not isinstance(v, list)}
            values = values | {"xp": kept}
        return inner(call, key, values)

    found, warned = rows(rows_of, MEMBERS, "products", {"create": around})
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.PASS


def test_an_object_may_be_taken_whole_alone(rows_of: RowsOf) -> None:
    """A refusal of one member warns, where the object is not the extension."""
    found, warned = rows(
        rows_of,
        MEMBERS,
        "products",
        refusing_patch(lambda values: "Inventory" in values),
    )
    assert found.verdict is Verdict.PASS
    assert warned is not None
    assert warned.verdict is Verdict.WARN
    assert "Inventory is not taken in part" in warned.message


def test_a_member_of_the_extension_must_be_taken(rows_of: RowsOf) -> None:
    """A refusal of a claimed member of the extension is a breach."""
    found = judged(
        rows_of, MEMBERS, "products", refusing_patch(lambda values: "xp" in values)
    )
    assert found.verdict is Verdict.FAIL
    assert "was refused" in found.message


def test_a_member_of_ours_may_be_refused(rows_of: RowsOf) -> None:
    """The profile's own member counts where members of ours are refused."""

    def ours(values: Values) -> bool:
        return any(name.startswith("Comes") for name in values.get("xp") or {})

    found = judged(rows_of, MEMBERS, "products", refusing_patch(ours))
    assert found.verdict is Verdict.PASS


def test_a_member_must_not_change_another_property(rows_of: RowsOf) -> None:
    """PATCH of a member leaves all else alone, a refused one too."""
    seams = patching(lambda _c, _r, v: {"Name": "x"} if "Inventory" in v else None)
    found = judged(rows_of, MEMBERS, "products", seams)
    assert found.verdict is Verdict.FAIL
    assert "after PATCH of Inventory: Name was" in found.message


# ----------------------------------------------------------------------------- null

CLEARS = "null_clears"


@pytest.mark.parametrize(
    ("seams", "words"),
    [
        (
            patching(
                lambda _c, r, v: (
                    {"Kind": r.values.get("Kind")} if v.get("Kind", 1) is None else None
                )
            ),
            'after PATCH with null still {"Kind": "Standard"}',
        ),
        (
            refusing_patch(lambda v: "Kind" in v and v["Kind"] is None),
            "null for Kind was refused",
        ),
    ],
)
def test_null_that_does_not_clear_warns(
    rows_of: RowsOf, seams: Seams, words: str
) -> None:
    """A property that keeps its value, or refuses null, is named."""
    found = judged(rows_of, CLEARS, "products", seams)
    assert found.verdict is Verdict.WARN
    assert words in found.message


def test_null_may_set_what_an_item_without_it_shows(rows_of: RowsOf) -> None:
    """A value that the server gives for none is as good as none."""

    def around(inner: Any, call: Any, record: Any) -> Values:
        shown: Values = inner(call, record)
        return shown | {"Kind": shown.get("Kind") or "Parent"}

    found = judged(rows_of, CLEARS, "products", {"render_item": around})
    assert found.verdict is Verdict.PASS


@pytest.mark.parametrize(
    "seams", [refusing_patch(bool), {"patch": lambda *_: None}], ids=["refused", "idle"]
)
def test_null_waits_where_no_patch_works(rows_of: RowsOf, seams: Seams) -> None:
    """A PATCH that does nothing at all is the breach of another row."""
    found = judged(rows_of, CLEARS, "products", seams)
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_patch.patch_keeps")
