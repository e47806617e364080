"""Remembers which of our events are about which case and hold whose words, so that they can be removed."""

from __future__ import annotations

from bot.core.effects import Plan, RemoveCopy
from bot.loops.surroundings import Surroundings
from bot.store import copies, outbox
from bot.store.copies import Copy
from bot.store.database import Kept


async def note(copy: Copy, around: Surroundings) -> None:
    """Right after it was sent, and on disk with the result of that deed, which is written down next.

    Words that were taken back meanwhile are removed again at once.
    """
    now = around.clock.now()
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        if not await copies.note_copy(tx, copy, now) or copy.source is None:
            return
        for source in await copies.sources(tx, copy.source):
            if source.withdrawn and source.case == copy.case:
                late = Plan("late", (RemoveCopy(source.case, source.event, source.side),))
                await outbox.file(tx, f"late {copy.event}", late, 0, f"case {copy.case}", now)
