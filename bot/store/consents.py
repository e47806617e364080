"""What somebody agreed to; who said nothing has no row."""

from __future__ import annotations

from bot.core.changes import Agree
from bot.core.model import Consent, UserId
from bot.store.database import Transaction


async def agree(tx: Transaction, change: Agree) -> None:
    name = tx.seal.name("person", change.person)
    await tx.rows(
        "INSERT OR REPLACE INTO consents (person, at, sealed) VALUES (?, ?, ?)",
        name,
        change.at,
        tx.close("consents", name, change.consent),
    )


async def of(tx: Transaction, person: UserId) -> Consent:
    """Who writes to the bot wants to reach supporters, unless they said otherwise."""
    name = tx.seal.name("person", person)
    row = await tx.row("SELECT sealed FROM consents WHERE person = ?", name)
    return Consent.SUPPORTERS if row is None else tx.open("consents", name, row[0], Consent)
