"""Deletes what is older than it may get, from any table there is; knows when the file was written anew."""

from __future__ import annotations

from typing import Final

from bot.core.model import Millis, RoomKind
from bot.store.database import Transaction

STILL_NEEDED: Final = {
    "rooms": f"kind = '{RoomKind.PRIVATE.value}'",
    "pins": "person NOT IN (SELECT person FROM rosters)",
}
"""Rows that time alone does not end: set-up of rooms we are in, identities of supporters."""
AGE_OF: Final = {"timers": "due"}
"""What is to be done in a month is not old in a month: a timer's age begins when it is due."""


async def tables(tx: Transaction) -> frozenset[str]:
    """The tables there are, ours and not SQLite's."""
    rows = await tx.rows("SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'")
    return frozenset(row[0] for row in rows)


async def older(tx: Transaction, table: str, than: Millis) -> int:
    """Delete rows written (timers: due) before `than`; returns how many."""
    if table not in await tables(tx):
        raise LookupError(f"no table {table}")
    age, only = AGE_OF.get(table, "at"), STILL_NEEDED.get(table, "TRUE")
    # Names cannot be bound values; this one was just found in the schema.
    rows = await tx.rows(f"DELETE FROM {table} WHERE {age} < ? AND {only} RETURNING 1", than)  # noqa: S608
    if rows:
        tx.changed()
    return len(rows)


async def last_rewriting(tx: Transaction) -> Millis:
    """When the file was last written anew; 0 if never."""
    row = await tx.row("SELECT at FROM about WHERE name = 'rewriting'")
    return Millis(0 if row is None else row[0])


async def ask_for_rewriting(tx: Transaction) -> None:
    """Not in a day, but at the next look."""
    await tx.rows("DELETE FROM about WHERE name = 'rewriting'")


async def note_rewriting(tx: Transaction, now: Millis) -> None:
    await tx.rows("INSERT OR REPLACE INTO about (name, at, sealed) VALUES ('rewriting', ?, x'')", now)
