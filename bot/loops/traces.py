"""Remembers which of our events are about which case and hold whose words, so that they can be removed."""

from __future__ import annotations

from bot.core.effects import Effect, Plan, RemoveCopy, RemoveOldFile
from bot.core.model import EventId, RoomId
from bot.core.view import CaseView
from bot.loops.order import lane
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.store import copies, outbox
from bot.store.copies import Copy, Holds
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

    What was taken back or replaced meanwhile is removed again at once.
    """
    now = around.clock.now()
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        if not await copies.note_copy(tx, copy, now) or copy.source is None:
            return
        for source in await copies.sources(tx, copy.source):
            if source.case != copy.case:
                continue
            replaced = copy.holds is Holds.FILE and source.file not in (None, copy.file)
            late: Effect | None = None
            if source.withdrawn:
                late = RemoveCopy(source.case, source.event, source.side)
            elif replaced:
                late = RemoveOldFile(source.case, source.event, source.side)
            if late is not None:
                plan = Plan("late", (late,))
                await outbox.file(tx, f"late {copy.event}", plan, 0, lane(plan), now)
