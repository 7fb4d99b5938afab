"""Sequences of verbs: which are drawn, and what a plain dictionary accuses of."""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from outcomes import RowsOf, Seams, claims, failed

from conformance.checks import verbs_model
from conformance.checks._verbs_values import other_values
from conformance.checks.verbs_model import (
    _life,
    _renamer,
    _sequences,
    _step,
    _steps,
    _verbs,
)
from conformance.profile import Resource, find_profile, load_profile
from conformance.reference.exchange import refuse
from conformance.verdict import Result, Verdict

Values = dict[str, Any]
REFERENCE = load_profile("reference")
CLAIMED = REFERENCE.resources
VENDOR = load_profile("example-vendor").resources
CHECK = "verbs_model.sequences_agree_with_a_dictionary"
COUNTS = itertools.count(100)
FEW = settings(max_examples=40, derandomize=True, database=None, deadline=None)


def judged(
    rows_of: RowsOf, only: str, seams: Seams | None = None, **how: Any
) -> Result:
    """Give the result of the check's row for a resource."""
    # What was drawn for a row is kept by its count.
    found = rows_of(CHECK, seams, only=only, count=next(COUNTS), **how)
    return found[f"{CHECK}[{only}]"]


@pytest.fixture
def living(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Give a function that has the rows take these steps."""

    def life(*steps: Mapping[str, Any]) -> None:
        monkeypatch.setattr(verbs_model, "_life", lambda _resource: list(steps))

    return life


# --------------------------------------------------------------------- what is drawn


def test_the_steps_are_the_claimed_verbs_and_a_rename() -> None:
    """LIST is a step where lists are not late, RENAME where an update renames."""
    buyers = CLAIMED["buyers"]
    assert _verbs(buyers) == [*buyers.verbs, "RENAME"]
    late = _verbs(replace(buyers, eventual=True))
    assert late == ["CREATE", "GET", "SAVE", "PATCH", "DELETE", "RENAME"]
    assert _verbs(VENDOR["loans"]) == list(VENDOR["loans"].verbs)


@pytest.mark.parametrize(
    ("rename", "verbs", "writable", "verb"),
    [
        (("PATCH", "PUT"), ("SAVE", "PATCH"), True, "PATCH"),
        (("PUT",), ("SAVE", "PATCH"), True, "SAVE"),
        (("PUT",), ("PATCH",), True, None),
        (("PATCH",), ("SAVE",), True, None),
        ((), ("SAVE", "PATCH"), True, None),
        (("PATCH",), ("SAVE", "PATCH"), False, None),
    ],
)
def test_the_verb_that_renames_is_claimed_twice(
    rename: tuple[str, ...],
    verbs: tuple[str, ...],
    writable: bool,  # noqa: FBT001 - a claim
    verb: str | None,
) -> None:
    """An update renames where the verb, its method and writable IDs are claimed."""
    rule = replace(CLAIMED["buyers"].id, rename=rename, writable=writable)
    assert _renamer(replace(CLAIMED["buyers"], id=rule, verbs=verbs)) == verb


@pytest.mark.parametrize("name", ["addresses", "categories", "products"])
def test_a_life_meets_what_every_update_owes(name: str) -> None:
    """Each step of a life has what it acts on, and each verb of it is met."""
    resource = CLAIMED[name]
    life, names = _life(resource), set(other_values(resource))
    alive: set[tuple[int, int]] = set()
    for step in life:
        at = (step["in"], step["slot"])
        match step["verb"]:
            case "CREATE":
                assert at not in alive
                alive.add(at)
            case "SAVE":
                alive.add(at)
            case "RENAME":
                assert at in alive
                alive -= {at}
                assert (at[0], step["to"]) not in alive
                alive.add((at[0], step["to"]))
            case "DELETE":
                assert at in alive
                alive.remove(at)
            case "GET" | "PATCH":
                assert at in alive
            case _:
                assert at[0] == 0
    assert alive == {(0, 0), (1, 0)}
    assert {step["verb"] for step in life} == set(_verbs(resource))

    patch, save = life[2], life[3]
    assert (patch["verb"], save["verb"]) == ("PATCH", "SAVE")
    assert len(patch["other"]) == 1
    assert not set(patch["other"]) & set(save["other"])
    assert {*patch["other"], *save["other"]} == names
    whole = [s["verb"] for s in life if set(s["other"]) == names]
    assert whole == ["SAVE", "CREATE"]
    saves = [s for s in life if s["verb"] == "SAVE" and s["in"] == 0]
    assert [len(names - set(step["other"])) for step in saves] == [1, 1]
    later = [s for s in life if s["verb"] == "PATCH" and s["in"] == 1]
    assert [len(step["other"]) for step in later] == [1]
    assert later[0]["other"] != patch["other"]


def test_a_life_is_lived_by_the_claimed_verbs_alone() -> None:
    """What a resource does not offer is left out of its life."""
    assert {s["verb"] for s in _life(CLAIMED["shelves"])} <= {
        *CLAIMED["shelves"].verbs,
        "RENAME",
    }
    assert "SAVE" not in {s["verb"] for s in _life(CLAIMED["shelves"])}


@FEW
@given(_steps(CLAIMED["addresses"]))
def test_drawn_steps_follow_one_life(steps: list[Mapping[str, Any]]) -> None:
    """Every drawn sequence begins with the life and goes on for some steps."""
    resource = CLAIMED["addresses"]
    life = _life(resource)
    assert steps[: len(life)] == life
    drawn = steps[len(life) :]
    assert 10 <= len(drawn) <= 14
    for step in drawn:
        assert step["verb"] in _verbs(resource)
        assert step["in"] in (0, 1)
        assert step["slot"] in (0, 1)
        assert step["to"] in (0, 1)
        assert len(step["other"]) == len(set(step["other"])) <= 3


def drawn(resource: Resource) -> list[Mapping[str, Any]]:
    """Give many steps that are drawn behind a life."""
    found: list[Mapping[str, Any]] = []
    start = len(_life(resource))

    @FEW
    @given(_steps(resource))
    def draw(steps: list[Mapping[str, Any]]) -> None:
        found.extend(steps[start:])

    draw()
    return found


def test_drawn_steps_go_everywhere() -> None:
    """Both collections, both slots and both ways to rename are met."""
    many = drawn(CLAIMED["addresses"])
    for part in ("in", "slot", "to"):
        assert {step[part] for step in many} == {0, 1}
    assert max(len(step["other"]) for step in many) == 3
    assert {step["in"] for step in drawn(CLAIMED["products"])} == {0}


def test_sequences_are_drawn_for_one_of_each_scope() -> None:
    """What is not typical lives one life; without other values nothing is varied."""
    assert _sequences(REFERENCE, CLAIMED["products"]) == [_life(CLAIMED["products"])]
    assert not isinstance(_sequences(REFERENCE, CLAIMED["buyers"]), list)
    bare = replace(CLAIMED["buyers"], other={})
    assert all(step["other"] == [] for step in drawn(bare))


# ---------------------------------------------------------------- servers that agree


@pytest.mark.parametrize(
    ("profile", "name"),
    [
        ("reference", "products"),
        ("reference", "categories"),
        ("reference", "shelves"),
        ("example-vendor", "loans"),
        ("example-vendor", "manuals"),
    ],
)
def test_a_dictionary_is_agreed_with(rows_of: RowsOf, profile: str, name: str) -> None:
    """A server without deviations agrees, whoever makes the IDs."""
    assert judged(rows_of, name, profile=profile).verdict is Verdict.PASS


def test_ids_of_an_organisation_are_chosen_apart(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Under two parents the same ID is used only where the scope allows it."""
    text = find_profile("reference").read_text(encoding="utf-8")
    start = text.index("[resources.categories]")
    whole = text[start:].replace('scope = "parent"', 'scope = "organisation"', 1)
    path = tmp_path / "profile.toml"
    path.write_text(text[:start] + whole, encoding="utf-8")
    found = judged(rows_of, "categories", profile=str(path))
    assert found.verdict is Verdict.PASS, found


def test_ids_of_a_parent_are_namesakes(rows_of: RowsOf) -> None:
    """An ID in use under one parent must be free under the other."""

    def around(inner: Any, call: Any, key: str, but: Any = None) -> bool:
        every = inner.__self__.store.every(call.claimed.name)
        return any(one.key == key and one is not but for one in every)

    failed(judged(rows_of, "categories", {"taken": around}), "refused", "1/0")


def used_up(rows: set[str]) -> Seams:
    """Let no ID be used a second time."""

    def around(inner: Any, call: Any, key: str, values: Values) -> Any:
        parent = call.parent.key if call.parent else ""
        if f"{parent}/{key}" in rows:
            raise refuse(409, "IdExists", "This ID was used before.")
        rows.add(f"{parent}/{key}")
        return inner(call, key, values)

    return {"create": around}


def test_a_left_id_may_be_refused(rows_of: RowsOf, living: Callable[..., None]) -> None:
    """Whether a deleted ID serves again is no breach here, whatever follows."""
    living(
        *(_step("CREATE"), _step("DELETE"), _step("CREATE"), _step("SAVE")),
        *(_step("GET"), _step("PATCH"), _step("LIST")),
    )
    assert judged(rows_of, "products", used_up(set())).verdict is Verdict.PASS


def test_an_id_left_by_a_rename_may_be_refused(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """An ID that was renamed away is left like a deleted one."""
    living(_step("CREATE"), _step("RENAME", to=1), _step("CREATE"), _step("GET"))
    assert judged(rows_of, "products", used_up(set())).verdict is Verdict.PASS


def test_a_rename_to_a_left_id_may_be_refused(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """An item whose rename is refused stays where it was, and as it was."""
    gone: set[str] = set()

    def removed(inner: Any, call: Any, record: Any) -> None:
        gone.add(record.key)
        inner(call, record)

    def free(inner: Any, call: Any, key: str, but: Any = None) -> None:
        if key in gone:
            raise refuse(409, "IdExists", "This ID was used before.")
        inner(call, key, but)

    living(
        *(_step("CREATE", slot=1), _step("DELETE", slot=1), _step("CREATE")),
        *(_step("RENAME", to=1), _step("GET"), _step("PATCH", other=["Kind"])),
    )
    seams: Seams = {"remove": removed, "require_free": free}
    assert judged(rows_of, "products", seams).verdict is Verdict.PASS


def test_an_id_that_serves_again_is_no_longer_left(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """Once an item is there again, refusing a right update of it accuses."""
    living(_step("CREATE"), _step("DELETE"), _step("CREATE"), _step("SAVE"))

    def around(_inner: Any, _call: Any, *_rest: Any) -> None:
        raise refuse(409, "Locked", "This was there before.")

    failed(judged(rows_of, "products", {"replace": around}), "refused", "SAVE 0/0")


@pytest.mark.parametrize("status", [400, 409, 422])
def test_values_may_be_refused_beside_others(
    rows_of: RowsOf, living: Callable[..., None], status: int
) -> None:
    """A mixture of first and other values may be wrong: the step is not done."""
    living(
        *(_step("CREATE", other=["Kind"]), _step("GET"), _step("CREATE")),
        *(_step("SAVE", other=["Kind"]), _step("PATCH", other=["Kind"]), _step("GET")),
    )
    seams = mixture(status, PRODUCTS_OTHER["Kind"])
    assert judged(rows_of, "products", seams).verdict is Verdict.PASS


PRODUCTS_OTHER = CLAIMED["products"].other


def mixture(status: int, kind: object) -> Seams:
    """Let bodies with that kind be refused."""

    def around(inner: Any, call: Any, body: Values, *, partial: bool) -> Values:
        if body.get("Kind") == kind:
            raise refuse(status, "Mixed", "This does not go with that.")
        found: Values = inner(call, body, partial=partial)
        return found

    return {"validate": around}


@pytest.mark.parametrize("verb", ["CREATE", "SAVE", "PATCH"])
def test_all_other_values_together_must_be_taken(
    rows_of: RowsOf, living: Callable[..., None], verb: str
) -> None:
    """What the profile says is one valid whole must not be refused."""
    every = sorted(other_values(CLAIMED["products"]))
    before = [] if verb == "CREATE" else [_step("CREATE")]
    living(*before, _step(verb, other=every))
    seams = mixture(400, PRODUCTS_OTHER["Kind"])
    failed(judged(rows_of, "products", seams), "refused", f"{verb} 0/0")


@pytest.mark.parametrize("verb", ["CREATE", "SAVE"])
def test_the_example_must_be_taken(
    rows_of: RowsOf, living: Callable[..., None], verb: str
) -> None:
    """The profile's own example must not be refused, nor with another status."""
    living(_step(verb))
    seams = mixture(400, CLAIMED["products"].example["Kind"])
    failed(judged(rows_of, "products", seams), "refused", f"{verb} 0/0")


def test_another_refusal_is_no_mixture(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """Only a status that speaks of values excuses a step that was not done."""
    living(_step("CREATE"), _step("PATCH", other=["Kind"]))
    seams = mixture(404, PRODUCTS_OTHER["Kind"])
    failed(judged(rows_of, "products", seams), "refused", "PATCH 0/0")


def test_a_summary_in_a_list_is_taken(rows_of: RowsOf) -> None:
    """A list may leave a property out that GET must show."""

    def without(verb: str) -> Seams:
        def around(inner: Any, call: Any, record: Any) -> Values:
            shown: Values = inner(call, record)
            if call.verb == verb:
                del shown["Description"]
            return shown

        return {"render_item": around}

    assert judged(rows_of, "products", without("LIST")).verdict is Verdict.PASS
    failed(judged(rows_of, "products", without("GET")), "GET shows", "Description")


def test_late_lists_are_not_looked_at(rows_of: RowsOf, tmp_path: Path) -> None:
    """Where lists follow writes late, what they show is not this row's."""
    late = claims(
        tmp_path,
        ("largest_size = 100", "largest_size = 100\neventual_s = 1"),
        ("[resources.products]\n", "[resources.products]\nlist.eventual = true\n"),
    )
    seams: Seams = {"visible": lambda *_: []}
    assert judged(rows_of, "products", seams, profile=late).verdict is Verdict.PASS
    failed(judged(rows_of, "products", seams), "LIST lacks")


# -------------------------------------------------------------- servers that do not


@pytest.mark.parametrize(
    ("steps", "seam", "words"),
    [
        (["CREATE", "CREATE"], {"require_free": lambda *_: None}, "an ID in use"),
        (["CREATE"], {"remove": lambda *_: None}, None),
        (["CREATE", "DELETE"], {"remove": lambda *_: None}, "GET shows"),
        (["CREATE", "PATCH"], {"patch": lambda *_: None}, "sent"),
        (["CREATE", "LIST"], {"filter": lambda *_: []}, "LIST lacks"),
    ],
)
def test_an_effect_that_is_not_the_dictionarys_accuses(
    rows_of: RowsOf,
    living: Callable[..., None],
    steps: list[str],
    seam: Seams,
    words: str | None,
) -> None:
    """An ID taken twice, an item left, unchanged or not listed is told."""
    names = sorted(other_values(CLAIMED["products"]))
    living(*(_step(v, other=names if v == "PATCH" else []) for v in steps))
    found = judged(rows_of, "products", seam)
    if words is None:
        assert found.verdict is Verdict.PASS
    else:
        failed(found, words, f"{steps[0]} 0/0")


def test_an_update_of_nothing_accuses(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """PATCH of an item that is not there must be refused."""
    living(_step("PATCH"))

    async def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        if server.lookup(call, call.item_id) is None:
            call.item_id = next(iter(server.visible(call))).key
        return await inner(call)

    seams = {"do_patch": around}
    found = judged(rows_of, "categories", seams)
    assert found.verdict is not Verdict.PASS
    living(_step("CREATE"), _step("PATCH", slot=1), _step("DELETE"))
    failed(
        judged(rows_of, "categories", seams), "PATCH of what is not there", "PATCH 0/1"
    )


def test_an_update_of_nothing_that_breaks_down_waits(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """A 5xx to a step that must be refused is left to the chapter on errors."""
    living(_step("PATCH"))

    async def around(inner: Any, call: Any) -> Any:
        if inner.__self__.lookup(call, call.item_id) is None:
            raise refuse(500, "Broken", "This was not foreseen.")
        return await inner(call)

    found = judged(rows_of, "products", {"do_patch": around})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("errors")


def test_a_delete_of_nothing_is_anothers(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """What DELETE of nothing answers is not judged here."""
    living(_step("DELETE"), _step("CREATE"), _step("DELETE", slot=1), _step("GET"))

    async def around(inner: Any, call: Any) -> Any:
        server = inner.__self__
        if server.lookup(call, call.item_id) is None:
            body = {**CLAIMED["products"].example}
            values = server.validate(call, body, partial=False)
            server.create(call, call.item_id, values)
        return await inner(call)

    found = judged(rows_of, "products", {"do_delete": around})
    assert found.verdict is Verdict.PASS


def test_a_refused_delete_accuses(rows_of: RowsOf, living: Callable[..., None]) -> None:
    """DELETE of what is there must be taken."""
    living(_step("CREATE"), _step("DELETE"))

    def around(*_: Any) -> None:
        raise refuse(400, "No", "This stays.")

    failed(judged(rows_of, "products", {"remove": around}), "refused", "DELETE 0/0")


def renaming(change: Callable[[Any, Any, str], None]) -> Seams:
    """Let a rename do something else as well."""

    def around(inner: Any, call: Any, record: Any, key: str) -> None:
        old = replace(record)
        inner(call, record, key)
        change(inner.__self__.store, call, old)

    return {"rename": around}


def test_a_rename_moves_an_item(rows_of: RowsOf, living: Callable[..., None]) -> None:
    """What was renamed is no longer at its old ID, and is all at the new one."""
    living(_step("CREATE"), _step("RENAME", to=1), _step("GET", slot=1))
    assert judged(rows_of, "products").verdict is Verdict.PASS
    copied = renaming(lambda store, call, old: store.add(call.claimed.name, old))
    failed(judged(rows_of, "products", copied), "GET shows", "RENAME 0/0 to 0/1")

    def lost(_inner: Any, _call: Any, _record: Any, _key: str) -> None:
        """Say that it was renamed."""

    failed(judged(rows_of, "products", {"rename": lost}), "GET lacks")


def test_a_rename_to_an_id_in_use_is_refused(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """A rename must not take an ID from another item."""
    living(_step("CREATE"), _step("CREATE", slot=1), _step("RENAME", to=1))
    assert judged(rows_of, "products").verdict is Verdict.PASS
    seams: Seams = {"require_free": lambda *_: None}
    failed(judged(rows_of, "products", seams), "an ID in use was not refused")


def test_a_rename_of_nothing_or_to_itself_is_no_step(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """Nothing is asked where no item is, nor for the ID that an item has."""
    living(_step("RENAME", to=1), _step("CREATE"), _step("RENAME", to=0), _step("GET"))

    def around(*_: Any) -> None:
        raise refuse(400, "No", "This stays.")

    seams = {"patch": around}
    assert judged(rows_of, "products", seams).verdict is Verdict.PASS


def test_a_put_renames_where_it_is_claimed_alone(
    rows_of: RowsOf, living: Callable[..., None], tmp_path: Path
) -> None:
    """Where PUT renames, the new ID stands in a whole body."""
    old = "[resources.products]\n"
    put = claims(tmp_path, (old, f'{old}id.rename = ["PUT"]\n'))
    living(
        _step("CREATE"),
        _step("PATCH", other=["Kind"]),
        _step("RENAME", to=1),
        _step("GET", slot=1),
    )
    assert judged(rows_of, "products", profile=put).verdict is Verdict.PASS


def test_a_list_of_a_place_of_ours_holds_nothing_else(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """A whole list shows every slot, and no item that is in none."""
    living(_step("CREATE"), _step("CREATE", slot=1), _step("LIST"))

    def extra(inner: Any, call: Any, page: Any) -> Any:
        [*records] = page.records
        more = [replace(one, key=f"{one.key}x") for one in records]
        return inner(call, replace(page, records=records + more))

    def fewer(inner: Any, call: Any, page: Any) -> Any:
        return inner(call, replace(page, records=page.records[1:]))

    failed(judged(rows_of, "categories", {"envelope": extra}), "as well", "LIST 0/0")
    failed(judged(rows_of, "categories", {"envelope": fewer}), "LIST lacks")


def test_the_other_collection_is_looked_at_too(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """A write under one parent must not show under another."""
    living(_step("CREATE"), _step("CREATE", 1), _step("PATCH", other=["ListOrder"]))

    def around(
        inner: Any, call: Any, record: Any, values: Values, rename: str | None
    ) -> None:
        inner(call, record, values, rename)
        for one in inner.__self__.store.every("categories"):
            if one.key == record.key:
                one.values = one.values | values

    failed(judged(rows_of, "categories", {"patch": around}), "GET shows", "ListOrder")


def test_a_step_past_the_collections_goes_to_the_last(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """Where there is one collection, all steps go there."""
    living(_step("CREATE", 1), _step("SAVE", 1), _step("DELETE", 1))

    def around(inner: Any, call: Any, record: Any) -> None:
        inner(call, record)
        raise refuse(400, "No", "This stays.")

    failed(judged(rows_of, "products", {"remove": around}), "SAVE 0/0", "DELETE 0/0")


def test_made_ids_are_told_and_kept(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """Where the server makes IDs, a slot is the item that it made last there."""
    living(
        *(_step("GET"), _step("PATCH"), _step("CREATE"), _step("CREATE")),
        *(_step("PATCH"), _step("DELETE"), _step("CREATE"), _step("GET")),
    )
    found = judged(rows_of, "loans", profile="example-vendor")
    assert found.verdict is Verdict.PASS


def test_items_of_made_ids_are_saved_where_they_are(
    rows_of: RowsOf, tmp_path: Path
) -> None:
    """Where the server makes IDs, only an item that is there is saved."""
    text = find_profile("reference").read_text(encoding="utf-8")
    start = text.index("[resources.categories]")
    made = "id.writable = false\nid.rename = []"
    whole = text[start:].replace('id.rename = ["PATCH"]', made, 1)
    path = tmp_path / "profile.toml"
    path.write_text(text[:start] + whole, encoding="utf-8")
    found = judged(rows_of, "categories", profile=str(path))
    assert found.verdict is Verdict.PASS, found
    idle: Seams = {"replace": lambda *_: None}
    failed(judged(rows_of, "categories", idle, profile=str(path)), "SAVE")


def test_a_token_that_is_refused_is_not_the_sequences(
    rows_of: RowsOf, living: Callable[..., None]
) -> None:
    """A 401 to a right request belongs to the token's clause."""
    living(_step("CREATE"), _step("PATCH"))

    async def around(inner: Any, call: Any) -> Any:
        if call.method == "PATCH":
            call.grant = None
            raise refuse(401, "Unauthorized", "This token is not taken.")
        return await inner(call)

    found = judged(rows_of, "products", {"do_patch": around})
    assert found.verdict is Verdict.INCONCLUSIVE
    assert (found.waits_for or "").startswith("oauth")


def test_what_get_lacks_is_gets_as_well() -> None:
    """A missing item is a breach of GET's clause too, a list's lack is not."""
    said: list[Any] = []
    nothing: Any = None
    model = verbs_model._Model(  # noqa: SLF001 - what a sequence is held against
        SimpleNamespace(new_id=lambda _resource: "one"),  # type: ignore[arg-type]
        CLAIMED["products"],
        [nothing],
    )
    item: Any = SimpleNamespace(path="/products/one")
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(
            verbs_model, "insist", lambda _condition, _words, also: said.append(also)
        )
        model._agree(item, None, {"Name": "a"}, "GET")  # noqa: SLF001
        model._agree(item, {"Name": "a"}, None, "GET")  # noqa: SLF001
        model._agree(item, None, {"Name": "a"}, "LIST")  # noqa: SLF001
    assert said == ["verbs.get.returns", None, None]
