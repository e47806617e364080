"""Files that wait for their sender's yes: where they lie and what opens them, sealed, for a day."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from bot.core.changes import AskedForFiles, KeepFile
from bot.core.model import Millis, UserId
from bot.core.view import WaitingFile
from bot.store.database import Transaction

A_DAY: Final = Millis(24 * 60 * 60 * 1000)


async def keep(tx: Transaction, change: KeepFile) -> None:
    """Kept again, after a crash, it is the same row."""
    name = tx.seal.name("file", change.person, change.case, change.file.source.reveal())
    file = WaitingFile(change.case, change.file, change.at, source=change.source)
    await tx.rows(
        "INSERT OR IGNORE INTO waiting_files (id, person, at, sealed) VALUES (?, ?, ?, ?)",
        name,
        tx.seal.name("person", change.person),
        change.at,
        tx.close("waiting_files", name, file),
    )


async def of(tx: Transaction, person: UserId, now: Millis) -> tuple[WaitingFile, ...]:
    """Oldest first; what has waited for a day waits no more."""
    rows = await tx.rows(
        "SELECT id, sealed FROM waiting_files WHERE person = ? AND at > ? ORDER BY at, rowid",
        tx.seal.name("person", person),
        now - A_DAY,
    )
    return tuple(tx.open("waiting_files", id_, sealed, WaitingFile) for id_, sealed in rows)


async def asked(tx: Transaction, change: AskedForFiles, now: Millis) -> None:
    """The question stands for all that waits, also for what comes after it."""
    for file in await of(tx, change.person, now):
        name = tx.seal.name("file", change.person, file.case, file.file.source.reveal())
        sealed = tx.close("waiting_files", name, replace(file, question=change.question))
        await tx.rows("UPDATE waiting_files SET sealed = ? WHERE id = ?", sealed, name)


async def let_go(tx: Transaction, person: UserId) -> None:
    await tx.rows("DELETE FROM waiting_files WHERE person = ?", tx.seal.name("person", person))
