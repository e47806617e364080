"""What the store holds about one person: counts and names of fields, read from the tables there are."""

from __future__ import annotations

from typing import Final

from bot.core.cases import is_quiet
from bot.core.changes import SetTimer, TimerKind
from bot.core.model import CaseName, KeptRows, UserId
from bot.store import cases, sweep
from bot.store.database import Transaction

OF_A_PERSON: Final = "person"
OF_A_CASE: Final = "case_name"
UNSEEN: Final = frozenset({"alarm_words"})
UNSEEN_TIMERS: Final = frozenset({TimerKind.ALARM_WORD_GOES_SOON, TimerKind.ALARM_WORD_GOES})
"""Counted nowhere: whoever makes somebody ask must not learn that they can call for help unseen, or did."""


async def kept(tx: Transaction, person: UserId) -> tuple[KeptRows, ...]:
    """Every table that has rows of this person, or of one of their cases; but nothing of an alarm."""
    theirs = await cases.all_of(tx, person)
    shown = [case.card.case for case in theirs if not is_quiet(case)]
    quiet = frozenset(case.card.case for case in theirs if is_quiet(case))
    tables = sorted(await sweep.tables(tx) - UNSEEN)
    found = [await _kept(tx, table, person, shown, quiet) for table in tables]
    return tuple(each for each in found if each.rows)


async def _kept(
    tx: Transaction, table: str, person: UserId, shown: list[CaseName], quiet: frozenset[CaseName]
) -> KeptRows:
    # Names cannot be bound values; these come from the schema itself.
    columns = tuple(row[1] for row in await tx.rows(f"PRAGMA table_info({table})"))
    if table == "timers":
        return KeptRows(table, await _timers(tx, person, quiet), columns)
    if table == "cases":
        return KeptRows(table, len(shown), columns)
    if {OF_A_PERSON, OF_A_CASE} <= set(columns):
        return KeptRows(table, await _either(tx, table, person, shown), columns)
    if OF_A_PERSON in columns:
        keys = [tx.seal.name("person", person)]
        return KeptRows(table, await _count(tx, table, OF_A_PERSON, keys), columns)
    if OF_A_CASE in columns:
        keys = [tx.seal.name("case", case) for case in shown]
        return KeptRows(table, await _count(tx, table, OF_A_CASE, keys), columns)
    return KeptRows(table, 0, columns)


async def _either(tx: Transaction, table: str, person: UserId, shown: list[CaseName]) -> int:
    """Rows that are theirs by themselves, or by one of their cases; each once."""
    marks = ", ".join("?" * len(shown))
    row = await tx.row(
        f"SELECT count(*) FROM {table} WHERE person = ? OR case_name IN ({marks})",  # noqa: S608
        tx.seal.name("person", person),
        *(tx.seal.name("case", case) for case in shown),
    )
    return 0 if row is None else int(row[0])


async def _count(tx: Transaction, table: str, column: str, keys: list[bytes]) -> int:
    total = 0
    for key in keys:
        row = await tx.row(f"SELECT count(*) FROM {table} WHERE {column} = ?", key)  # noqa: S608
        total += 0 if row is None else int(row[0])
    return total


async def _timers(tx: Transaction, person: UserId, quiet: frozenset[CaseName]) -> int:
    rows = await tx.rows("SELECT name, sealed FROM timers")
    timers = [tx.open("timers", name, sealed, SetTimer) for name, sealed in rows]
    shown = (timer for timer in timers if timer.kind not in UNSEEN_TIMERS and timer.case not in quiet)
    return sum(timer.person == person for timer in shown)
