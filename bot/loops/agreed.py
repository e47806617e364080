"""The gate of consent: may a worker's words go to supporters, or others be warned, at this moment?"""

from __future__ import annotations

from bot.core.alerts import Alert
from bot.core.consent import covers, warns
from bot.core.model import EventId, Posted, RoomId, RoomKind
from bot.core.view import CaseView
from bot.loops.surroundings import Surroundings
from bot.store import cases, consents, copies, people, rooms
from bot.store.database import Transaction


async def agreed(case: CaseView, around: Surroundings, source: EventId | None = None) -> bool:
    """Asked at every telling, right before it; `source` is the message it is about, if not the first one."""
    async with around.database.transaction() as tx:
        said = () if source is None else await copies.sources(tx, source)
        room = next((each.room for each in said if each.case == case.card.case), case.original_room)
        if not await _is_private(tx, room, case):
            return True
        return covers(case, await consents.of(tx, case.person))


async def _is_private(tx: Transaction, room: RoomId, case: CaseView) -> bool:
    """What was posted in a community room was said to everybody; a room that we left may have been a chat."""
    if room == case.original_room:
        return case.card.posted is Posted.PRIVATELY
    chats = await people.private_chats(tx, case.person)
    known = await rooms.room(tx, room)
    return known.kind is not RoomKind.COMMUNITY or any(chat.room == room for chat in chats)


async def agreed_to_alert(tx: Transaction, alert: Alert) -> bool:
    """Asked before every room; a case that is gone has nobody who could agree."""
    if alert.case is None:
        return True
    case = await cases.by_name(tx, alert.case)
    return case is not None and warns(case, await consents.of(tx, case.person))
