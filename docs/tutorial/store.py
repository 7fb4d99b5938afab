"""The items, as JSON in a SQLite file: a table for each kind."""

import json
import secrets
import sqlite3
from typing import Any

SCHEMA = """
create table if not exists warehouses (
    id text primary key,
    body text not null,
    created text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
    updated text not null default (strftime('%Y-%m-%dT%H:%M:%fZ'))
);
create table if not exists bins (
    warehouse text not null references warehouses (id) on delete cascade,
    id text not null,
    body text not null,
    created text not null default (strftime('%Y-%m-%dT%H:%M:%f')),
    updated text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
    primary key (warehouse, id)
);
create table if not exists parts (
    id text primary key,
    body text not null,
    created text not null default (strftime('%Y-%m-%dT%H:%M:%fZ')),
    updated text not null default (strftime('%Y-%m-%dT%H:%M:%fZ'))
);
"""
KEYS = {"": "rowid", "ID": "id", "Name": "body ->> 'Name'", "DateCreated": "created"}
#: Every handler is a coroutine that never waits: they take turns at one connection.
db = sqlite3.connect("stock.db", check_same_thread=False)
db.execute("pragma journal_mode = wal")
db.executescript(SCHEMA)


class Missing(LookupError):
    """There is no such item; the arguments are its kind and its ID."""


class Taken(LookupError):
    """The ID is in use; the arguments are the item's kind and the ID."""


class Items:
    """The items of a kind, ``within`` the warehouse that they are in, if in one."""

    def __init__(self, kind: str, **within: str) -> None:
        self.kind, self.within = kind, within
        self.where = " and ".join(["true", *(f"{name} = :{name}" for name in within)])

    def find(self, id_: str) -> dict[str, Any]:
        """Give an item as clients see it.

        Raises:
            Missing: There is none.
        """
        for item in self._shown("id = :id", id=id_):
            return item
        raise Missing(self.kind, id_)

    def page(
        self, number: int, size: int, sort: str, search: str, since: str
    ) -> tuple[list[dict[str, Any]], int]:
        """Give a page of what has the text in its name, and how many have it.

        They stand in the order in which they came, unless sorted.
        """
        found = "instr(lower(body ->> 'Name'), lower(:search)) and updated >= :since"
        turn = "desc" if sort.startswith("!") else "asc"
        order = f"order by {KEYS[sort.removeprefix('!')]} {turn}, rowid"
        asked = {"search": search, "since": since}
        total = self._run("select count(*) from", found, **asked).fetchone()[0]
        part = {"size": size, "skip": (number - 1) * size}
        paged = f"{found} {order} limit :size offset :skip"
        return self._shown(paged, **asked, **part), total

    def add(self, id_: str | None, body: dict[str, Any]) -> dict[str, Any]:
        """Store a new item, under an ID of ours if none is given.

        Raises:
            Taken: The ID is in use.
        """
        row = {"id": id_ or secrets.token_hex(8), "body": json.dumps(body)}
        row |= self.within
        names, marks = ", ".join(row), ", ".join(f":{name}" for name in row)
        try:
            with db:
                db.execute(f"insert into {self.kind} ({names}) values ({marks})", row)
        except sqlite3.IntegrityError as error:
            raise Taken(self.kind, row["id"]) from error
        return self.find(row["id"])

    def change(self, id_: str, new: str, body: dict[str, Any]) -> dict[str, Any]:
        """Store another body, and another ID if it differs.

        Raises:
            Taken: The new ID is in use.
        """
        stamp = "updated = strftime('%Y-%m-%dT%H:%M:%fZ')"
        change = f"id = :new, body = :body, {stamp} where"
        try:
            self._run(
                "update", "id = :id", change, id=id_, new=new, body=json.dumps(body)
            )
        except sqlite3.IntegrityError as error:
            raise Taken(self.kind, new) from error
        return self.find(new)

    def remove(self, id_: str) -> None:
        """Remove an item.

        Raises:
            Missing: There is none.
        """
        self.find(id_)
        self._run("delete from", "id = :id", id=id_)

    def _shown(self, rest: str, **values: Any) -> list[dict[str, Any]]:
        rows = self._run("select id, body, created, updated from", rest, **values)
        return [
            {"ID": id_, **json.loads(body), "DateCreated": made, "LastUpdated": changed}
            for id_, body, made, changed in rows
        ]

    def _run(self, verb: str, rest: str, change: str = "", **values: Any) -> Any:
        middle = f"set {change}" if change else "where"
        with db:
            return db.execute(
                f"{verb} {self.kind} {middle} {self.where} and {rest}",
                {**values, **self.within},
            )
