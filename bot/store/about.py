"""What the store holds about one person: counts and names of fields, read from the tables there are."""

from __future__ import annotations

from typing import Final

from bot.core.changes import SetTimer
from bot.core.model import KeptRows, UserId
from bot.store import cases, sweep
from bot.store.database import Transaction

OF_A_PERSON: Final = "person"
OF_A_CASE: Final = "case_name"


async def kept(tx: Transaction, person: UserId) -> tuple[KeptRows, ...]:
    """Every table that has rows of this person, or of one of their cases."""
    found = [await _kept(tx, table, person) for table in sorted(await sweep.tables(tx))]
    return tuple(each for each in found if each.rows)


async def _kept(tx: Transaction, table: str, person: UserId) -> KeptRows:
    # Names cannot be bound values; these come from the schema itself.
    columns = tuple(row[1] for row in await tx.rows(f"PRAGMA table_info({table})"))
    if table == "timers":
        return KeptRows(table, await _timers(tx, person), columns)
    if OF_A_PERSON in columns:
        keys = [tx.seal.name("person", person)]
        return KeptRows(table, await _count(tx, table, OF_A_PERSON, keys), columns)
    if OF_A_CASE in columns:
        theirs = await cases.all_of(tx, person)
        keys = [tx.seal.name("case", case.card.case) for case in theirs]
        return KeptRows(table, await _count(tx, table, OF_A_CASE, keys), columns)
    return KeptRows(table, 0, columns)


async def _count(tx: Transaction, table: str, column: str, keys: list[bytes]) -> int:
    total = 0
    for key in keys:
        row = await tx.row(f"SELECT count(*) FROM {table} WHERE {column} = ?", key)  # noqa: S608
        total += 0 if row is None else int(row[0])
    return total


async def _timers(tx: Transaction, person: UserId) -> int:
    rows = await tx.rows("SELECT name, sealed FROM timers")
    return sum(tx.open("timers", name, sealed, SetTimer).person == person for name, sealed in rows)
