"""Check-ins that run and the words left for them, and alarm words: sealed, and gone when they are over."""

from __future__ import annotations

from bot.core.changes import BeginCheckIn, KeepAlarmWord, TimerKind
from bot.core.model import CheckIn, Millis, UserId
from bot.core.sensitive import Sensitive
from bot.store import ledger, timers
from bot.store.database import Transaction


async def begin(tx: Transaction, change: BeginCheckIn) -> None:
    name = tx.seal.name("person", change.check_in.person)
    await tx.rows(
        "INSERT OR REPLACE INTO check_ins (person, at, sealed) VALUES (?, ?, ?)",
        name,
        change.at,
        tx.close("check_ins", name, change.check_in),
    )


async def end(tx: Transaction, person: UserId) -> None:
    await tx.rows("DELETE FROM check_ins WHERE person = ?", tx.seal.name("person", person))


async def running(tx: Transaction, person: UserId) -> CheckIn | None:
    name = tx.seal.name("person", person)
    row = await tx.row("SELECT sealed FROM check_ins WHERE person = ?", name)
    return None if row is None else tx.open("check_ins", name, row[0], CheckIn)


async def renew(tx: Transaction, now: Millis) -> None:
    """One whose time is still to come, or has come and is not decided on, is none too old: we were away."""
    still_to_come = await timers.waited_for(tx, TimerKind.CHECK_IN, TimerKind.CHECK_IN_MISSED)
    for name, sealed in await tx.rows("SELECT person, sealed FROM check_ins"):
        check_in = tx.open("check_ins", name, sealed, CheckIn)
        came = await ledger.timer_waits(tx, check_in.chat)
        if came or check_in.person in still_to_come:
            await tx.rows("UPDATE check_ins SET at = ? WHERE person = ?", now, name)


async def keep_alarm_word(tx: Transaction, change: KeepAlarmWord, now: Millis) -> None:
    name = tx.seal.name("person", change.person)
    if change.word is None:
        await tx.rows("DELETE FROM alarm_words WHERE person = ?", name)
        return
    await tx.rows(
        "INSERT OR REPLACE INTO alarm_words (person, at, sealed) VALUES (?, ?, ?)",
        name,
        now,
        tx.close("alarm_words", name, change.word),
    )


async def alarm_word(tx: Transaction, person: UserId) -> Sensitive | None:
    name = tx.seal.name("person", person)
    row = await tx.row("SELECT sealed FROM alarm_words WHERE person = ?", name)
    return None if row is None else tx.open("alarm_words", name, row[0], Sensitive)
