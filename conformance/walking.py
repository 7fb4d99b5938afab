"""Reading a list page by page, by whatever means the profile claims."""

import urllib.parse
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.exchange import Exchange
from conformance.expect import Page, allowed, ids_of, page_of
from conformance.places import Place
from conformance.profile import Profile
from conformance.target import Target

#: Pages that a walk through a list of ours takes at most.
LONGEST_WALK = 60
#: Looks at a list that follows its writes late, spread over the claimed delay.
LOOKS = 10


@dataclass(frozen=True, slots=True)
class Walk:
    """Pages of one list, in order.

    Attributes:
        whole: False: the walk was cut short before the list's end.
    """

    pages: tuple[Page, ...]
    member: str
    whole: bool = True

    @property
    def items(self) -> list[Any]:
        """Give the items of all pages, in order."""
        return [item for page in self.pages for item in page.items]

    @property
    def counts(self) -> Counter[str]:
        """Count how often each ID stands in the list."""
        return Counter(ids_of(self.items, self.member))

    def of(self, ids: Iterable[str]) -> list[Mapping[str, Any]]:
        """Give the items with these IDs, in the list's order."""
        wanted = set(ids)
        return [i for i in self.items if set(ids_of([i], self.member)) & wanted]


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read a list.

    Attributes:
        size: Items a page to ask for; None: not said.
        query: Parameters besides page and size.
        expected: IDs that the list must hold: looked for one page past the end
            that the server's own figures tell.
        limit: Pages at most.
        claim: What the row's own clause lets a client ask for; a refusal of it is
            the breach. Empty: a refusal is another row's.
    """

    size: int | None = None
    query: tuple[tuple[str, str], ...] = ()
    expected: frozenset[str] = frozenset()
    limit: int = LONGEST_WALK
    claim: str = ""


#: From the first page to the last, of whatever size.
EVERYTHING = Reading()


def walk(target: Target, place: Place, reading: Reading = EVERYTHING) -> Walk:
    """Read a list from its first page to its end.

    The end is where the server's figures or its next link tell; where they tell
    nothing, a page that is short or empty.
    """
    member = place.resource.id.member
    pages: list[Page] = []
    while len(pages) < reading.limit:
        answer = _next_answer(target, place, reading, pages)
        if pages and answer.refusal and answer.status not in (401, 403):
            break
        if reading.claim:
            allowed(answer, reading.claim)
        pages.append(page_of(answer))
        if not _goes_on(target.profile, pages, reading, member):
            break
    else:
        return Walk(tuple(pages), member, whole=False)
    return Walk(tuple(pages), member)


def _next_answer(
    target: Target, place: Place, reading: Reading, pages: list[Page]
) -> Exchange:
    if pages and "page" not in target.profile.query:
        return follow(target, place, pages[-1])
    number = len(pages) + 1 if pages else None
    return target.page(place, page_query(target.profile, reading, number))


def page_query(
    profile: Profile, reading: Reading, number: int | None
) -> list[tuple[str, str]]:
    """Give the parameters of a page; a number or size of None is left out."""
    query = list(reading.query)
    if number is not None and "page" in profile.query:
        query.append((profile.query["page"], str(number)))
    if reading.size is not None and "page_size" in profile.query:
        query.append((profile.query["page_size"], str(reading.size)))
    return query


def follow(target: Target, place: Place, page: Page) -> Exchange:
    """Follow a page's link to the next, on the target's own origin whatever it says."""
    url = urllib.parse.urljoin(page.answer.sent.url, str(page.next))
    asked = urllib.parse.urlsplit(url)
    origin = urllib.parse.urlsplit(target.config.base_url)
    own = asked._replace(scheme=origin.scheme, netloc=origin.netloc, fragment="")
    return target.page(place, url=own.geturl())


def _goes_on(
    profile: Profile, pages: list[Page], reading: Reading, member: str
) -> bool:
    seen = [set(ids_of(page.items, member)) for page in pages]
    if not seen[-1] or (len(seen) > 1 and seen[-1] <= set().union(*seen[:-1])):
        return False
    if "page" not in profile.query:
        return bool(pages[-1].next)
    told, missing = tells_more(profile, pages), reading.expected - set().union(*seen)
    if told is None and reading.size is not None:
        return len(pages[-1].items) >= reading.size
    if told is None:
        return bool(missing) or not reading.expected
    return told or bool(missing)


def tells_more(profile: Profile, pages: list[Page]) -> bool | None:
    """Say whether the last page's figures tell of more; None: they tell nothing."""
    last = pages[-1]
    if "next" in profile.lists:
        return bool(last.next)
    if isinstance(last.total_pages, int):
        return len(pages) < last.total_pages
    if isinstance(last.total_count, int):
        return sum(len(page.items) for page in pages) < last.total_count
    return None


def largest(profile: Profile) -> int | None:
    """Give the largest page size that the profile claims and can ask for."""
    size: int | None = profile.lists.get("largest_size")
    return size if "page_size" in profile.query else None


def until(
    target: Target, place: Place, look: Callable[[], Any], holds: Callable[[Any], bool]
) -> Any:
    """Look at a list until it shows what was written, as late as is claimed.

    Returns:
        What the last look gave, whether it holds or not.
    """
    delay_s = float(target.profile.lists.get("eventual_s", 0))
    looks = LOOKS if place.resource.eventual and delay_s else 0
    found = look()
    for _ in range(looks):
        if holds(found):
            break
        target.pause(delay_s / looks)
        found = look()
    return found
