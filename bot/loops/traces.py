"""Remembers which of our events are about which case and hold whose words, so that they can be removed."""

from __future__ import annotations

from bot.core.effects import Plan, RemoveCopy
from bot.core.model import EventId, RoomId
from bot.core.view import CaseView
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.store import copies, outbox
from bot.store.copies import Copy
from bot.store.database import Kept


def on_card(case: CaseView, key: Key, room: RoomId) -> EventId | None:
    """The message whose words a card holds that was just sent there."""
    holds = case.card.words or case.card.attachments
    return case.original_event if holds else before(case, key, room)


def before(case: CaseView, key: Key, room: RoomId) -> EventId | None:
    """It holds none now; an earlier try may have sent it with words that were taken back since."""
    return case.original_event if case.withdrawn and key.doubted(room) else None


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
