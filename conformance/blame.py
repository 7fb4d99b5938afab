"""Whose a breach is: a row's own, or that of a clause whose rows met it too."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

from conformance.passive import PassiveJury
from conformance.plan import Plan, Row
from conformance.session import Session
from conformance.verdict import Kind, Outcome, Result, first_broken

#: Row id → of each payload its attempts.
Outcomes = Mapping[str, list[list[Outcome]]]


class Blame:
    """Leaves to every clause what its own rows accuse, and names what rows wait for.

    Args:
        outcomes: Those of the run; they come in while it goes on.
    """

    def __init__(
        self, session: Session, plan: Plan, jury: PassiveJury, outcomes: Outcomes
    ) -> None:
        self._session = session
        self._plan = plan
        self._jury = jury
        self._outcomes = outcomes
        self._rows = {row.id: row for row in plan.rows}

    def own(self, payloads: list[list[Outcome]]) -> list[list[Outcome]]:
        """Leave what other clauses' rows met too to them; the run must be over."""
        return [self._left_to_owners(attempts) for attempts in payloads]

    def _left_to_owners(self, attempts: list[Outcome]) -> list[Outcome]:
        known = [self.owned(outcome) for outcome in attempts]
        if first_broken([known]) is not None:
            return known
        # What one attempt met and the next did not is still the owner's to judge.
        return [o for o in known if o.owners] or known

    def owned(self, outcome: Outcome) -> Outcome:
        """Take from a breach what others accuse; nothing left, it waits for them."""
        met = [(self._accuser(clause), words) for clause, words in outcome.owners]
        own = [words for owner, words in met if owner is None]
        if not met or own:
            return replace(outcome, words=own[0] if own else outcome.words)
        owner, words = met[0]
        words = f"waits for {owner}: {words}"
        return replace(outcome, kind=Kind.WAITS, words=words, waits_for=owner)

    def _accuser(self, clause: str) -> str | None:
        """Name a row of a clause that accuses by exchanges of its own."""
        for row in self._plan.rows:
            if row.clause != clause or row.edge_of or not row.claimed:
                continue
            if row.passive:
                accused = self._jury.accuses(row)
            else:
                accused = first_broken(self._outcomes.get(row.id, [])) is not None
            if accused:
                return row.id
        return None

    def for_want_of_means(self, row: Row, result: Result) -> Result:
        """Say which means was missing to the rows that would have shown something."""
        outcomes = (
            o for payloads in self._outcomes.values() for p in payloads for o in p
        )
        missing = Counter(o.words for o in outcomes if o.kind is Kind.NOT_PROVIDED)
        absent = self._session.config.absent
        for means in row.check.requirement.needs:
            if means in absent:
                return replace(result, cause=f"not provided: {means}", means=means)
            if means in missing:
                return replace(result, cause=f"not mentioned: {means}", means=means)
        # What is declared absent is no excuse for rows that did not ask for it.
        wanted = [means for means, _ in missing.most_common() if means not in absent]
        if wanted and result.waits_for is None and self._session.line.dead is None:
            means = wanted[0]
            return replace(result, cause=f"not mentioned: {means}", means=means)
        return result

    def most_waited_for(self, row: Row) -> str | None:
        """Name the row that most rows of the same resource, or any, wait for."""
        reasons: Counter[str] = Counter()
        own: Counter[str] = Counter()
        for id_, payloads in self._outcomes.items():
            for attempts in payloads:
                found = attempts[-1].waits_for if attempts else None
                if found and found != row.id:
                    reasons[found] += 1
                    own[found] += self._rows[id_].resource == row.resource
        best = (+own or reasons).most_common(1)
        return best[0][0] if best else None
