"""LIST: filter, search, sort, page, and the envelope around the items."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from conformance.reference.claims import FilterRule
from conformance.reference.comparing import (
    Term,
    comparable,
    decimal_of,
    filterable,
    moment_of,
    schema_at,
    sort_keys,
    term_of,
    text_of,
    typed_as,
    wild_pattern,
)
from conformance.reference.exchange import Answer, Call, place, refuse
from conformance.reference.shapes import Shapes
from conformance.reference.store import Record
from conformance.reference.strict import number

META: dict[str, Callable[["Page"], object]] = {
    "page": lambda page: page.number,
    "page_size": lambda page: page.size,
    "total_count": lambda page: page.total,
    "total_pages": lambda page: -(-page.total // page.size),
    "item_range": lambda page: [page.start + 1, page.start + len(page.records)],
}


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``total`` counts what was selected."""

    number: int
    size: int
    total: int
    records: list[Record]

    @property
    def start(self) -> int:
        """The 0-based position of the page's first item."""
        return (self.number - 1) * self.size


class Lists(Shapes):
    """The verb on collections."""

    async def do_list(self, call: Call) -> Answer:
        """Answer GET on a collection."""
        number, size = self.page_asked(call)
        records: Iterable[Record] = self.visible(call)
        records = self.filter(call, list(records))
        records = self.search(call, records)
        records = self.sort(call, records)
        page = self.paginate(call, records, number, size)
        return Answer(200, self.envelope(call, page))

    def visible(self, call: Call) -> Iterable[Record]:
        """The records of the collection, in the default order."""
        return self.store.siblings(call.claimed.name, call.parent).values()

    def parameter(self, call: Call, name: str) -> str | None:
        """The value of a paging, sort or search parameter, by the profile's name."""
        claimed = self.claims.lists.query.get(name)
        if claimed is None:
            return None
        values = [value for key, value in call.query if key == claimed]
        if values:
            return values[-1]
        folded = [v for k, v in call.query if k.casefold() == claimed.casefold()]
        return folded[-1] if folded else None

    # Filter

    def filter(self, call: Call, records: list[Record]) -> list[Record]:
        """The records that match every filter of the query."""
        for name, value in call.query:
            rule = self.claims.lists.filter
            if rule is None or self.reserved(name):
                continue
            path, operator = self.filter_name(call, rule, name)
            if path is None:
                continue
            # Before any record is looked at: a bad operand is refused in an empty
            # collection too.
            terms = [
                (term, self.operand(call, path, term))
                for term in self.terms(call, rule, operator, value)
            ]
            records = [
                record
                for record in records
                if any(self.matches(call, record, path, *term) for term in terms)
            ]
        return records

    def reserved(self, name: str) -> bool:
        """Whether a parameter is one of paging, sort and search."""
        claimed = self.claims.lists.query.values()
        return name.casefold() in {one.casefold() for one in claimed}

    def understood(self, call: Call, name: str) -> bool:
        """Whether a parameter means something here, and so belongs into a link."""
        rule = self.claims.lists.filter
        path = None if rule is None else self.filter_name(call, rule, name)[0]
        return path is not None or self.reserved(name)

    def filter_name(
        self, call: Call, rule: FilterRule, name: str
    ) -> tuple[tuple[str, ...] | None, str]:
        """The property path and the operator that a parameter's name stands for.

        The path is None where the name is no filter.
        """
        operators = {"": ""}
        if rule.place == "name":
            words = (rule.negation, rule.greater, rule.less)
            operators |= {w: k for w, k in zip(words, "!><", strict=True) if w}
        for suffix in sorted(operators, key=len, reverse=True):
            path = tuple(name.removesuffix(suffix).split(rule.nested))
            if name.endswith(suffix) and filterable(call.claimed, rule, path):
                return path, operators[suffix]
        return None, ""

    def terms(
        self, call: Call, rule: FilterRule, operator: str, value: str
    ) -> list[Term]:
        """The alternatives of a filter's value."""
        del call
        parts = value.split(rule.alternative) if rule.alternative else [value]
        if rule.place == "name":
            comparison = operator if operator in "><" else ""
            return [Term(operator == "!", comparison, part) for part in parts]
        return [term_of(rule, part) for part in parts]

    def matches(  # a term and its operand
        self,
        call: Call,
        record: Record,
        path: tuple[str, ...],
        term: Term,
        operand: Any,
    ) -> bool:
        """Whether a record matches one term, whose operand is typed already."""
        value = self.value_at(call, record, path)
        values = value if isinstance(value, list) else [value]
        found = any(self.compare(call, one, term, operand) for one in values)
        if value is None and term.comparison:
            return False
        return found is not term.negated

    def operand(self, call: Call, path: tuple[str, ...], term: Term) -> Any:
        """A term's operand in the type of its property, or a 400."""
        schema = schema_at(call.claimed, path)
        rule = self.claims.lists.filter
        if schema is None or (rule and rule.wildcard and rule.wildcard in term.operand):
            return term.operand
        typed = typed_as(schema, term.operand)
        if typed is None:
            told = {"Property": ".".join(path)}
            message = "Value passed is not valid for property type."
            raise refuse(400, "List.InvalidType", message, told)
        return typed

    def compare(self, call: Call, value: Any, term: Term, operand: Any) -> bool:
        """Whether one value stands to the operand as the term wants."""
        del call
        if value is None:
            return False
        rule = self.claims.lists.filter
        wildcard = rule.wildcard if rule else None
        if wildcard and isinstance(operand, str) and wildcard in operand:
            return wild_pattern(wildcard, operand).fullmatch(text_of(value)) is not None
        left, right = comparable(value, operand)
        match term.comparison:
            case ">":
                return left is not None and bool(left > right)
            case "<":
                return left is not None and bool(left < right)
            case _:
                return left is not None and bool(left == right)

    def value_at(self, call: Call, record: Record, path: tuple[str, ...]) -> Any:
        """The value at a property path; None where there is none."""
        name, *rest = path
        schema = call.claimed.properties.get(name, {})
        if name == call.claimed.id.member:
            return int(record.key) if call.claimed.id.type == "integer" else record.key
        if "x-stamp" in schema:
            return record.created if schema["x-stamp"] == "created" else record.updated
        value = None if schema.get("writeOnly") else record.values.get(name)
        for member in rest:
            value = value.get(member) if isinstance(value, dict) else None
        return value

    # Search and sort

    def search(self, call: Call, records: list[Record]) -> list[Record]:
        """The records that hold the search text in a searchable property."""
        text = self.parameter(call, "search")
        within = self.searched(call)
        if not text:
            return records
        return [one for one in records if self.found(call, one, within, text)]

    def searched(self, call: Call) -> list[str]:
        """The properties to search in, or a 400."""
        chosen = self.parameter(call, "search_on")
        known = call.claimed.searchable
        if not chosen:
            return list(known)
        names = [name.strip() for name in chosen.split(",")]
        for name in names:
            if name not in known:
                told = {"Property": name}
                message = "Property can not be searched."
                raise refuse(400, "List.InvalidSearchProperty", message, told)
        return names

    def found(self, call: Call, record: Record, within: list[str], text: str) -> bool:
        """Whether a record holds the search text."""
        wanted = text.casefold()
        values = (self.value_at(call, record, tuple(n.split("."))) for n in within)
        return any(wanted in text_of(v).casefold() for v in values if v is not None)

    def sort(self, call: Call, records: list[Record]) -> list[Record]:
        """The records in the order asked for; equals keep the default order."""
        order = list(self.sort_asked(call))
        for path, descending in reversed(order):
            records = sorted(
                records,
                key=lambda one, path=path: self.sort_key(call, one, path),  # type: ignore[misc]
                reverse=descending,
            )
        return records

    def sort_asked(self, call: Call) -> Iterator[tuple[tuple[str, ...], bool]]:
        """Each property path to sort by and whether downwards, or a 400."""
        keys = sort_keys(call.claimed)
        for asked in filter(None, (self.parameter(call, "sort") or "").split(",")):
            name, descending = self.direction(call, asked.strip())
            if name not in keys:
                message = "Property can not be sorted by."
                told = {"Property": name}
                raise refuse(400, "List.InvalidSortProperty", message, told)
            yield tuple(keys[name].split(".")), descending

    def direction(self, call: Call, asked: str) -> tuple[str, bool]:
        """A sort key without its mark, and whether the mark was there."""
        del call
        prefix, suffix = self.claims.lists.prefix, self.claims.lists.suffix
        if prefix and asked.startswith(prefix):
            return asked.removeprefix(prefix), True
        if suffix and asked.endswith(suffix):
            return asked.removesuffix(suffix), True
        return asked, False

    def sort_key(self, call: Call, record: Record, path: tuple[str, ...]) -> Any:
        """Something to sort by: nothing first, then by type, then by value."""
        value = self.value_at(call, record, path)
        schema = schema_at(call.claimed, path) or {}
        exact = decimal_of(value) if "x-scale" in schema and value else number(value)
        if value is None:
            return (0,)
        if isinstance(value, bool):
            return (1, value)
        if exact is not None:
            return (2, exact)
        if isinstance(value, date):
            return (3, moment_of(value))
        text = text_of(value)
        return (4, text.casefold(), text)

    # Page

    def page_asked(self, call: Call) -> tuple[int, int]:
        """Page number and size, or a 400."""
        lists = self.claims.lists
        size = self.whole(call, "page_size", lists.default_size, lists.largest_size)
        if not {"page", "page_size"} & lists.query.keys() and "next" not in lists.meta:
            size = 10**9
        return self.whole(call, "page", 1, 10**40), size

    def whole(self, call: Call, name: str, default: int, largest: int) -> int:
        """A paging parameter as a number from 1 to ``largest``, or a 400."""
        text = self.parameter(call, name)
        if text is None:
            return default
        if not re.fullmatch("[0-9]{1,40}", text) or not 1 <= int(text) <= largest:
            code = "List.InvalidPage" + ("Size" if name == "page_size" else "")
            told = {"Property": self.claims.lists.query[name]}
            raise refuse(400, code, f"{name} is not valid.", told)
        return int(text)

    def paginate(
        self, call: Call, records: list[Record], number: int, size: int
    ) -> Page:
        """One page of the records; past the end it is empty."""
        del call
        start = (number - 1) * size
        return Page(number, size, len(records), records[start : start + size])

    def envelope(self, call: Call, page: Page) -> Any:
        """The body of a list."""
        items = [self.render_item(call, record) for record in page.records]
        lists = self.claims.lists
        if not lists.items:
            return items
        body: dict[str, Any] = {}
        for name, value in self.meta(call, page).items():
            place(body, lists.meta[name], value)
        place(body, lists.items, items)
        return body

    def meta(self, call: Call, page: Page) -> dict[str, object]:
        """The claimed figures of a page, by the profile schema's names."""
        figures: dict[str, object] = {
            name: figure(page)
            for name, figure in META.items()
            if name in self.claims.lists.meta
        }
        if "next" in self.claims.lists.meta:
            figures["next"] = self.next_link(call, page)
        return figures

    def next_link(self, call: Call, page: Page) -> str | None:
        """The address of the next page, None on the last."""
        if page.number * page.size >= page.total:
            return None
        name = self.claims.lists.query.get("page", "page")
        others = [
            (key, value)
            for key, value in call.query
            if key.casefold() != name.casefold() and self.understood(call, key)
        ]
        query = urlencode([*others, (name, str(page.number + 1))])
        return f"{self.authority(call)}{call.path}?{query}"
