"""Payloads: drawn before the run, the same from the same seed, shrunk after it."""

import importlib
from pathlib import Path

import pytest
from hypothesis import strategies as st

from conformance.datafiles import profile_names
from conformance.draw import collect, shrink
from conformance.plan import Plan, shipped_checks
from conformance.profile import load_profile


def drawn(profile: str, seed: int) -> dict[str, str]:
    """Draw every row's payloads, as text."""
    plan = Plan(load_profile(profile), shipped_checks())
    plan.draw(seed, lambda _row: 3, "ct123456")
    return {row.id: repr(row.payloads) for row in plan.rows}


@pytest.mark.parametrize("profile", profile_names())
def test_the_same_seed_draws_the_same_payloads(profile: str) -> None:
    """Two draws from one seed are equal, from another they are not."""
    assert drawn(profile, 1) == drawn(profile, 1)
    assert drawn(profile, 1) != drawn(profile, 2)


def test_only_rows_that_run_are_drawn() -> None:
    """Payloads of other rows stay undrawn, and a later draw gives the same ones."""
    alone, beside = (Plan(load_profile("reference"), shipped_checks()) for _ in "ab")
    beside.draw(1, lambda _row: 3, "ct123456")
    row, other = [n for n, r in enumerate(beside.rows) if r.drawn[1:]][:2]

    alone.draw(1, lambda _row: 3, "ct123456", [alone.rows[row]])

    assert alone.rows[row].payloads == beside.rows[row].payloads
    assert not alone.rows[other].drawn
    alone.draw(1, lambda _row: 3, "ct123456")
    assert alone.rows[other].payloads == beside.rows[other].payloads


def test_a_plan_of_one_run_keeps_nothing_twice() -> None:
    """What is drawn again is the same; what is forgotten is gone until then."""
    kept, single = (
        Plan(load_profile("reference"), shipped_checks(), reused=reused)
        for reused in (True, False)
    )
    for plan in (kept, single, single):
        plan.draw(1, lambda _row: 3, "ct123456")

    assert [r.payloads for r in single.rows] == [r.payloads for r in kept.rows]
    single.forget()
    assert not any(row.payloads or row.drawn for row in single.rows)
    kept.forget()
    kept.draw(1, lambda _row: 3, "ct123456")
    single.draw(1, lambda _row: 3, "ct123456")
    assert [r.payloads for r in single.rows] == [r.payloads for r in kept.rows]


def test_what_else_is_imported_changes_no_payload(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Constants of other people's modules don't find their way into payloads."""
    words = "".join(f"A{n} = 'constant number {n}'\n" for n in range(200))
    (tmp_path / "full_of_constants.py").write_text(words, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    importlib.import_module("full_of_constants")
    texts = [one.value for one in collect(st.text(), 400, 3)]

    assert len(texts) > 100
    assert not [text for text in texts if "constant number" in text]


def test_row_ids_are_unique() -> None:
    """No two rows of a plan share an id."""
    for name in profile_names():
        ids = [row.id for row in Plan(load_profile(name), shipped_checks()).rows]
        assert len(ids) == len(set(ids))


def test_shrinking_starts_from_what_failed() -> None:
    """A rare failure is made smaller without being searched for again."""
    numbers = st.lists(st.integers(0, 10_000), min_size=1)
    first = next(d for d in collect(numbers, 60, 3) if sum(d.value) > 9_000)
    tried = []

    def fails(value: list[int]) -> bool | None:
        tried.append(value)
        return sum(value) > 9_000 if len(tried) <= 200 else None

    smallest = shrink(numbers, first, fails, 1)

    assert sum(smallest) > 9_000
    assert len(smallest) <= len(first.value)
    assert smallest == [9_001]


def test_shrinking_ends_with_its_budget() -> None:
    """When nothing more may be tried, the smallest found so far is given."""
    numbers = st.integers(0, 10_000)
    first = next(d for d in collect(numbers, 60, 3) if d.value > 5_000)

    assert shrink(numbers, first, lambda _: None, 1) == first.value
