"""Cases that are being removed, no row of them being left; and those of which something is out of reach."""

from __future__ import annotations

from bot.core.model import CaseName, Millis, UserId
from bot.store import cases, timers
from bot.store.copies import Copy
from bot.store.database import Transaction
from bot.store.underway import Underway


async def begin(tx: Transaction, case: CaseName, now: Millis) -> None:
    """From here on nothing more is sent about it; by its name its messages are still found."""
    await _put(tx, case, now)
    await cases.drop(tx, case, now)
    await timers.forget(tx, case=case)


async def beyond(tx: Transaction, case: CaseName, now: Millis) -> None:
    """Something of it stands where we cannot remove it: whoever takes it back hears that, also later."""
    await _put(tx, case, now)
    await tx.rows("UPDATE leaving SET beyond = 1 WHERE name = ?", tx.seal.name("case", case))


async def _put(tx: Transaction, case: CaseName, now: Millis) -> None:
    found = await cases.by_name(tx, case)
    if found is not None:
        name = tx.seal.name("case", case)
        await tx.rows(
            "INSERT OR IGNORE INTO leaving (name, person, at, sealed) VALUES (?, ?, ?, ?)",
            name,
            tx.seal.name("person", found.person),
            now,
            tx.close("leaving", name, case),
        )


async def over(tx: Transaction, case: CaseName) -> bool:
    """Returns whether nothing of it stands anywhere. If something does, that stays known."""
    name = tx.seal.name("case", case)
    await tx.rows("DELETE FROM leaving WHERE name = ? AND beyond = 0", name)
    return await tx.row("SELECT 1 FROM leaving WHERE name = ?", name) is None


async def of(tx: Transaction, person: UserId) -> tuple[CaseName, ...]:
    """Begun and not over, as a crash came between; or partly out of reach."""
    person_ = tx.seal.name("person", person)
    rows = await tx.rows("SELECT name, sealed FROM leaving WHERE person = ? ORDER BY at, name", person_)
    return tuple(CaseName(tx.open("leaving", row[0], row[1], str)) for row in rows)


async def reached_all(tx: Transaction, person: UserId) -> bool:
    row = await tx.row("SELECT 1 FROM leaving WHERE person = ? AND beyond", tx.seal.name("person", person))
    return row is None


async def forget(tx: Transaction, person: UserId) -> None:
    """That there was anything: for whoever was told what is out of reach."""
    await tx.rows("DELETE FROM leaving WHERE person = ?", tx.seal.name("person", person))


async def left_behind(tx: Transaction) -> tuple[CaseName, ...]:
    """Cases of which nothing is left but messages of ours: sent at the moment in which the case went."""
    no_more = (
        "case_name NOT IN (SELECT name FROM cases)"
        " AND case_name NOT IN (SELECT name FROM leaving WHERE NOT beyond)"
    )
    known = await tx.rows(f"SELECT event, sealed FROM copies WHERE {no_more}")  # noqa: S608
    underway = await tx.rows(f"SELECT name, sealed FROM underway WHERE {no_more}")  # noqa: S608
    found = [tx.open("copies", row[0], row[1], Copy).case for row in known]
    found += [tx.open("underway", row[0], row[1], Underway).case for row in underway]
    return tuple(dict.fromkeys(found))
