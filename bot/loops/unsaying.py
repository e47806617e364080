"""Removes what may stand in a room without our knowing its event: under its key the homeserver says which."""

from __future__ import annotations

from bot.core.effects import Unsay
from bot.core.model import CaseName, EventId, RoomId
from bot.core.phrases import Line, Phrase
from bot.core.results import Done
from bot.loops.looking import language_in
from bot.loops.surroundings import Surroundings
from bot.ports import Forbidden, Gone
from bot.store import copies, leaving, underway
from bot.store.underway import Underway


async def unsay(effect: Unsay, around: Surroundings) -> Done:
    """Of a case that may well go on: what nobody will send again."""
    async with around.database.transaction() as tx:
        lost = await underway.lost(tx, effect.case)
    for mark in lost:
        await _unsay(mark, around)
    return Done()


async def unsay_all(case: CaseName, around: Surroundings) -> None:
    """Of a case that goes: also what is on its way. Whoever is faster, the words are gone."""
    async with around.database.transaction() as tx:
        marks = await underway.of_case(tx, case)
    for mark in marks:
        await _unsay(mark, around)


async def _unsay(mark: Underway, around: Surroundings) -> None:
    """Words that say nothing are the same event, if the homeserver had taken it. If not, they come and go."""
    reached = True
    async with around.database.transaction() as tx:
        language = await language_in(tx, mark.room, around.knowledge())
    words = around.voice.spoken((Line(Phrase.UNSAID),), language)
    try:
        event = await around.chat.say(mark.room, words, mark.key)
        if not await _stands_known(mark.room, event, around):
            await around.chat.remove(mark.room, event, around.database.seal.key("unsaid", event))
    except Gone:
        pass  # and with it whatever stood there
    except Forbidden:
        # We are out of the room: nothing of ours there is within our reach any more.
        reached = False
    async with around.database.transaction() as tx:
        await underway.let_go(tx, mark)
        if not reached:
            await leaving.beyond(tx, mark.case, around.clock.now())


async def _stands_known(room: RoomId, event: EventId, around: Surroundings) -> bool:
    """It was written down after all, and goes with its case."""
    async with around.database.transaction() as tx:
        return await copies.by_event(tx, room, event) is not None
