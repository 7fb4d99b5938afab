"""In which shapes tokens are granted and refused."""

from types import SimpleNamespace
from typing import Any, cast

import pytest
from granting import GRANT, said

from conformance.checks import oauth
from conformance.errors import Breach, NotJudged, Waits
from conformance.exchange import Exchange
from conformance.profile import Profile

pytestmark = pytest.mark.usefixtures("unit")


STANDARD = {"Errors": [{"ErrorCode": "No", "Message": "No.", "Data": None}]}


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ({"error": "invalid_client"}, True),
        (STANDARD, True),
        ({**STANDARD, "error": "invalid_client"}, True),
        ({"error": ""}, False),
        ({"error": 7}, False),
        ({"reason": "no"}, False),
        ([], False),
    ],
)
def test_a_refusal_has_one_of_two_shapes(
    profile: Profile, value: Any, *, known: bool, unit: Any
) -> None:
    """RFC 6749's with a code, the standard one, or both at once."""
    judge = oauth.check_refused_grants_have_a_known_shape
    if known:
        judge(said(400, value), profile)
        assert unit.asserted == 1
        return
    with pytest.raises(Breach, match="neither shape"):
        judge(said(400, value), profile)


class Refusing:
    """A target whose token endpoint answers three wrong requests as told."""

    def __init__(self, profile: Profile, *answers: Exchange) -> None:
        self.profile = profile
        self.session = SimpleNamespace(prefix="ct1")
        self.forms: list[Any] = []
        self._answers = iter(answers)

    def grant(self, form: Any, *, deliberate: bool) -> Exchange:
        """Answer; what is wrong on purpose is said to be."""
        assert deliberate
        self.forms.append(form)
        return next(self._answers)


SHAPELY = said(400, {"error": "invalid_client"})
LIMITED = said(429, "slow down")


def test_three_wrong_requests_are_refused_in_a_known_shape(profile: Profile) -> None:
    """One of another shape among them is found; a gateway's own is let go."""
    judge = oauth.check_a_refused_grant_has_a_known_shape
    judge(cast("Any", Refusing(profile, SHAPELY, LIMITED, said(400, STANDARD))))
    odd = said(400, {"reason": "no"})
    for answers in ((odd, SHAPELY, SHAPELY), (SHAPELY, SHAPELY, odd)):
        with pytest.raises(Breach, match="neither shape"):
            judge(cast("Any", Refusing(profile, *answers)))


def test_where_no_wrong_request_is_refused_there_is_no_shape(profile: Profile) -> None:
    """Another clause judges that it was granted; a redirect belongs to its own."""
    judge = oauth.check_a_refused_grant_has_a_known_shape
    with pytest.raises(NotJudged, match="nothing was refused"):
        judge(cast("Any", Refusing(profile, said(200, GRANT), LIMITED, LIMITED)))
    with pytest.raises(Waits) as met:
        judge(cast("Any", Refusing(profile, said(500), LIMITED, LIMITED)))
    assert met.value.row == "errors.no_5xx"


@pytest.mark.parametrize(
    ("told", "stored"),
    [
        ("no-store", False),
        ("No-Store", False),
        ("private, no-store ,max-age=0", False),
        (None, True),
        ("no-cache", True),
        ("no-store-please", True),
    ],
)
def test_a_token_answer_forbids_that_it_is_stored(
    told: str | None, unit: Any, *, stored: bool
) -> None:
    """The directive may stand among others, in any case."""
    headers = (("cache-control", told),) if told else ()
    exchange = said(200, GRANT, headers=headers)
    if not stored:
        oauth.check_token_answers_are_not_stored(exchange)
        assert unit.asserted == 1
        return
    with pytest.raises(Breach, match="Cache-Control"):
        oauth.check_token_answers_are_not_stored(exchange)
