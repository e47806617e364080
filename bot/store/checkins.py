"""Check-ins that run and the words left for them, and alarm words: sealed, and gone when they are over."""

from __future__ import annotations

from bot.core.changes import BeginCheckIn, KeepAlarmWord
from bot.core.model import CheckIn, Millis, UserId
from bot.core.sensitive import Sensitive
from bot.store.database import Transaction


async def begin(tx: Transaction, change: BeginCheckIn) -> None:
    name = tx.seal.name("person", change.check_in.person)
    await tx.rows(
        "INSERT OR REPLACE INTO check_ins (person, at, sealed) VALUES (?, ?, ?)",
        name,
        change.at,
        tx.close("check_ins", name, change.check_in, CheckIn),
    )


async def end(tx: Transaction, person: UserId) -> None:
    await tx.rows("DELETE FROM check_ins WHERE person = ?", tx.seal.name("person", person))


async def running(tx: Transaction, person: UserId) -> CheckIn | None:
    name = tx.seal.name("person", person)
    row = await tx.row("SELECT sealed FROM check_ins WHERE person = ?", name)
    return None if row is None else tx.open("check_ins", name, row[0], CheckIn)


async def keep_alarm_word(tx: Transaction, change: KeepAlarmWord, now: Millis) -> None:
    name = tx.seal.name("person", change.person)
    if change.word is None:
        await tx.rows("DELETE FROM alarm_words WHERE person = ?", name)
        return
    await tx.rows(
        "INSERT OR REPLACE INTO alarm_words (person, at, sealed) VALUES (?, ?, ?)",
        name,
        now,
        tx.close("alarm_words", name, change.word, Sensitive),
    )


async def alarm_word(tx: Transaction, person: UserId) -> Sensitive | None:
    name = tx.seal.name("person", person)
    row = await tx.row("SELECT sealed FROM alarm_words WHERE person = ?", name)
    return None if row is None else tx.open("alarm_words", name, row[0], Sensitive)
