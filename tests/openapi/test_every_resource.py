"""The profile of the whole vendor, judged: what is wrong in one resource is found."""

from dataclasses import replace
from typing import Any

from conformance.profile import load_profile

CLAUSES = ("verbs.patch.merges", "verbs.delete.removes", "status.success")


def test_a_fault_of_one_resource_is_named_with_it(serve: Any, judge: Any) -> None:
    """The first, the fifteenth and the thirtieth resource, each wrong in its way."""
    names = list(load_profile("ordercloud").resources)
    first, fifteenth, thirtieth = names[0], names[14], names[29]
    planted = {
        (first, "verbs.patch.merges"),
        (fifteenth, "verbs.delete.removes"),
        (thirtieth, "status.success"),
    }

    async def patch_changes_nothing(inner: Any, call: Any) -> Any:
        if call.claimed.name == first:
            return await served.running.server.do_get(call)
        return await inner(call)

    def removes_nothing(inner: Any, call: Any, record: Any) -> None:
        if call.claimed.name != fifteenth:
            inner(call, record)

    async def creates_with_200(inner: Any, call: Any) -> Any:
        answer = await inner(call)
        wrong = call.claimed.name == thirtieth
        return replace(answer, status=200) if wrong else answer

    with serve("ordercloud") as served:
        server = served.running.server
        server.wrap("do_patch", patch_changes_nothing)
        server.wrap("remove", removes_nothing)
        server.wrap("do_create", creates_with_200)
        judged = judge(str(served.target), profile="ordercloud", clauses=CLAUSES)

    accused = {
        (row["resource"], row["clause"])
        for row in judged.told["checks"]
        if row["verdict"] == "fail"
    }
    judged_of = {row["resource"] for row in judged.told["checks"]}
    assert accused == planted
    assert len(judged_of) == len(names)
