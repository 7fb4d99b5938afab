"""The short way to the reference: it gives what the network gives."""

from typing import Any

import httpx
import pytest

from conformance.embedded import reference_in_thread
from conformance.exchange import Exchange, Key
from conformance.plan import Plan, shipped_checks
from conformance.profile import find_profile, load_profile
from conformance.proof.aim import at_all
from conformance.proof.direct import Direct, reference_at_hand
from conformance.proof.trial import Trial, ran
from conformance.run import Serve
from conformance.verdict import Verdict

SEED = 4
#: Headers of a moment, or of the connection.
PASSING = ("date", "content-length", "connection", "transfer-encoding")


def run_over(
    serve: Serve, trial: Trial
) -> tuple[dict[str, Verdict], dict[Key, tuple[object, ...]]]:
    """Give the verdicts, and what each request was answered with."""
    plan = Plan(load_profile("reference"), shipped_checks())
    seen: list[Exchange] = []
    aim = at_all(plan, "smoke")
    with ran(trial, plan, aim, SEED, serve=serve, listener=seen.append) as run:
        verdicts = {row.id: run.results[row.id].verdict for row in run.selected}
    told = {
        one.key: (one.status, *_headers(one))
        for one in seen
        # What is raced for is won by one or the other, and what waits for a moment is
        # tried again where the answer came too late for a life of three seconds.
        if not one.key.lane
        and "race" not in one.key.unit
        and "late" not in one.key.unit
    }
    return verdicts, told


def _headers(exchange: Exchange) -> list[str]:
    headers = exchange.answer.headers if exchange.answer else ()
    return sorted(name.lower() for name, _ in headers if name.lower() not in PASSING)


@pytest.mark.parametrize(
    "trial",
    [
        Trial("fault", "none"),
        Trial("fault", "a fault", faults=("patch-drops-flags",)),
        Trial("variant", "gateway", variants=("gateway-fails-now-and-then",)),
    ],
    ids=["clean", "a fault", "a gateway"],
)
def test_both_ways_give_the_same(trial: Trial) -> None:
    """Each row's verdict, and each answer's status and headers."""
    ways = (reference_at_hand, reference_in_thread)
    short, long = (run_over(way, trial) for way in ways)

    assert short[0] == long[0]
    if not trial.variants:
        assert short[1] == long[1]


@pytest.mark.parametrize(
    ("faults", "variants", "way"),
    [
        ((), (), "short"),
        (("certificate-expired",), (), "long"),
        (("delete-204-with-body",), (), "long"),
        ((), ("connections-lost-now-and-then",), "long"),
        (("document-lacks-created",), (), "short"),
    ],
)
def test_what_breaks_connections_takes_the_long_way(
    faults: tuple[str, ...], variants: tuple[str, ...], way: str
) -> None:
    """Such a fault would not be seen without a network."""
    with reference_at_hand(find_profile("reference"), faults, variants) as told:
        assert ("around" in told) == (way == "short")


def test_what_is_odd_takes_the_long_way() -> None:
    """A parser may see it otherwise."""
    asked: list[httpx.Request] = []

    def network(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(418)

    with reference_at_hand(find_profile("reference")) as told:
        direct = told["around"](lambda: httpx.MockTransport(network))()
        assert isinstance(direct, Direct)

        def answer(method: str, url: str, **how: Any) -> int:
            patience = {"timeout": {"read": 5.0}}
            request = httpx.Request(method, url, extensions=patience, **how)
            status: int = direct.handle_request(request).status_code
            return status

        collection = f"{told['base_url']}/v1/buyers"
        assert answer("GET", collection) == 401
        assert not asked
        odd = [
            answer("HEAD", collection),
            answer("GET", collection + "a" * 9000),
            answer("GET", collection, headers={"X": b"\xff"}),
            answer("GET", collection, headers={"Expect": "100-continue"}),
            answer("POST", collection, content=b"a" * (2**20 + 1)),
            answer("GET", "https://localhost:1/v1/buyers"),
        ]
    assert odd == [418] * 6
    assert len(asked) == 6
