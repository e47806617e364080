"""Puts a case that nobody claimed before another team: a card there, and everybody there is called."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.cases import WAITING
from bot.core.effects import AskOthers
from bot.core.model import CardNote, RoomId, Unsafe
from bot.core.results import Refused, Told, Why
from bot.core.view import CaseView
from bot.loops import ladder, traces
from bot.loops.agreed import agreed
from bot.loops.ladder import Strikes
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import NotSafe
from bot.store import cases
from bot.store.copies import Copy


async def ask_others(effect: AskOthers, key: Key, around: Surroundings, strikes: Strikes) -> Told | Refused:
    """The first of the rooms that is safe now. None is: it stays where it is, nothing is held for later."""
    async with around.database.transaction() as tx:
        case = await cases.by_name(tx, effect.case)
    if case is None or case.room is None or case.state is not WAITING:
        return Refused(Why.GONE)
    if not await agreed(case, around):
        return Refused(Why.NOT_AGREED)
    why: Unsafe | None = None
    for room in effect.rooms:
        try:
            return await _ask(room, case, key, around, strikes)
        except NotSafe as unsafe:
            why = unsafe.why
    return Refused(Why.UNSAFE, why)


async def _ask(room: RoomId, case: CaseView, key: Key, around: Surroundings, strikes: Strikes) -> Told:
    rung = await ladder.standing_in(room, around)
    words = replace(around.voice.card(_pressing(case), rung.language), rings=True)
    event = await ladder.send(rung, words, key, around, strikes)
    await traces.note(Copy(event, room, case.card.case, traces.on_card(case, key, room)), around)
    return Told(case.card.case, room, event, rung.fallback)


def _pressing(case: CaseView) -> CaseView:
    """The card says why it comes here."""
    notes = tuple(dict.fromkeys((*case.card.notes, CardNote.NOBODY_CLAIMED)))
    return replace(case, card=replace(case.card, notes=notes))
