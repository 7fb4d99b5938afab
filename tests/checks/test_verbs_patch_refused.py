"""PATCH that is refused: of what is missing, and of half a body."""

from typing import Any

import pytest
from outcomes import RowsOf, Seams, judged_in
from seams import refusing_patch

from conformance.reference.exchange import refuse
from conformance.verdict import Verdict

Values = dict[str, Any]
judged = judged_in("verbs_patch")


# -------------------------------------------------------------------------- missing

MISSING = "patch_of_a_missing_item_is_refused"


def finding(create: bool) -> Seams:  # noqa: FBT001 - one of two servers
    """Let PATCH of what is missing succeed, and make it or not."""

    async def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        if server.lookup(call, call.item_id) is not None:
            return await inner(call)
        body = server.read_body(call)
        values = server.validate(call, {"Name": "New", **body}, partial=False)
        record = server.create(call, call.item_id, values)
        answer = await inner(call)
        if not create:
            server.remove(call, record)
        return answer

    return {"do_patch": around}


def test_a_patch_that_makes_an_item_accuses(rows_of: RowsOf) -> None:
    """An item that PATCH made, or a success for none, is a breach."""
    made = judged(rows_of, MISSING, "buyers", finding(create=True))
    assert made.verdict is Verdict.FAIL
    assert "PATCH made it" in made.message
    said = judged(rows_of, MISSING, "buyers", finding(create=False))
    assert said.verdict is Verdict.FAIL
    assert "PATCH of an item that is not there was not refused" in said.message


def test_a_get_that_serves_anything_is_its_own_row(rows_of: RowsOf) -> None:
    """Where an item that never was is served, the row waits for GET's."""

    async def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        if server.lookup(call, call.item_id) is None:
            first = next(iter(server.visible(call)))
            call.item_id, shown = first.key, call.item_id
            answer = await inner(call)
            answer.value = answer.value | {"ID": shown}
            return answer
        return await inner(call)

    found = judged(rows_of, MISSING, "buyers", {"do_get": around})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_get.")


def test_a_refusal_must_be_of_the_missing_item(rows_of: RowsOf) -> None:
    """Where every PATCH is refused the row waits for the one that judges it."""
    found = judged(rows_of, MISSING, "buyers", refusing_patch(bool))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_patch.patch_keeps")


# --------------------------------------------------------------------------- atomic

ATOMIC = "patch_is_all_or_nothing"


def half(status: int) -> Seams:
    """Let PATCH store what is good of a body, and answer with that status."""

    def around(inner: Any, call: Any, body: Values, *, partial: bool) -> Values:
        server = inner.__self__
        try:
            found: Values = inner(call, body, partial=partial)
        except Exception:
            record = server.lookup(call, call.item_id or "")
            if partial and record is not None and "Description" in body:
                good = {"Description": body["Description"]}
                record.values = record.values | good
                raise refuse(status, "Wrong", "Half of it is taken.") from None
            raise
        return found

    return {"validate": around}


@pytest.mark.parametrize("status", [400, 500])
def test_half_of_a_refused_patch_accuses(rows_of: RowsOf, status: int) -> None:
    """What a refused body changes is a breach, whoever refused it."""
    found = judged(rows_of, ATOMIC, "products", half(status))
    assert found.verdict is Verdict.FAIL
    assert "refused, and yet Description was" in found.message


def test_bad_values_may_be_taken(rows_of: RowsOf) -> None:
    """Where nothing is refused there is nothing to judge, and it is noted."""

    def around(inner: Any, call: Any, body: Values, *, partial: bool) -> Values:
        known = inner.__self__.claims.resources[call.claimed.name].properties
        types = {"boolean": bool, "string": str, "integer": int}
        sure = {
            n: v
            for n, v in body.items()
            if isinstance(v, types.get(str(known[n].get("type")), object))
        }
        try:
            return dict(inner(call, sure, partial=partial))
        except Exception:
            if not partial:
                raise
            return {}

    found = judged(rows_of, ATOMIC, "buyers", {"validate": around})
    assert found.verdict is Verdict.PASS
    assert any("no bad property was refused" in note for note in found.notes)
    clean = judged(rows_of, ATOMIC, "buyers")
    assert clean.verdict is Verdict.PASS
    assert clean.notes == ()


def test_atomicity_needs_a_patch_that_is_taken(rows_of: RowsOf) -> None:
    """Where the good properties are refused alone, the row waits."""
    found = judged(rows_of, ATOMIC, "buyers", refusing_patch(bool))
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("verbs_patch.patch_keeps")
