"""Tells supporters: the first safe room from the top, the fallback last; else the words are held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, final

from msgspec import Struct
from msgspec.structs import replace

from bot.core.cases import is_empty, was_told
from bot.core.effects import TellMore, TellSupporters
from bot.core.model import (
    FILE_NOTES,
    Card,
    CardNote,
    CaseState,
    EventId,
    Language,
    Millis,
    RoomId,
    Unsafe,
    UserId,
)
from bot.core.results import Held, Refusal, Refused, Told, Why
from bot.core.sensitive import Sensitive
from bot.core.speech import Whispered
from bot.core.view import CaseView
from bot.loops import traces
from bot.loops.agreed import agreed
from bot.loops.looking import language_in, supporters
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import Forbidden, Gone, NotSafe, TryAgainLater
from bot.store import cases, copies, rooms
from bot.store.copies import Copy
from bot.store.database import Kept

ENOUGH: Final = 5
"""So often in a row the homeserver may be silent about one room, while it answers about others."""
APART: Final = Millis(1_000)
"""What several tellings meet within so long is one silence, not one for each of them."""


class NotYet(Exception):
    """Something else has to be done first; we will notice when it is."""


class Rung(Struct, frozen=True):
    """A room to be tried."""

    room: RoomId
    roster: frozenset[UserId] | None
    language: Language
    fallback: bool


class _Silence(Struct):
    count: int
    answers_before: int
    last: Millis


@final
class Strikes:
    """Silence about a room counts as unsafe once it lasts while the homeserver answers otherwise."""

    def __init__(self, around: Surroundings) -> None:
        self._around = around
        self._silent: dict[RoomId, _Silence] = {}

    def answered(self, room: RoomId) -> None:
        self._silent.pop(room, None)
        self._around.pulse.beat()

    async def out(self, room: RoomId) -> bool:
        """Count a silence. Is it enough? A message that cannot be sent is none: the room may well be safe."""
        now = self._around.clock.now()
        silence = self._silent.setdefault(room, _Silence(1, self._around.pulse.answers, now))
        if not 0 <= now - silence.last < APART:
            silence.count, silence.last = silence.count + 1, now
        if silence.count < ENOUGH or self._around.pulse.answers == silence.answers_before:
            return False
        try:
            await self._around.chat.facts(room)
        except TryAgainLater:
            return True
        except (Forbidden, Gone):
            return False
        self.answered(room)
        return False


async def tell(
    effect: TellSupporters, key: Key, around: Surroundings, strikes: Strikes
) -> Told | Held | Refused:
    """A card is put before the first team that is safe to tell at this moment, as the case is by now."""
    case = await _still_to_be_told(effect, around)
    if case is None:
        return Refused(Why.GONE)
    if not await agreed(case, around):
        return await _until_agreed(effect, case, around)
    refused: list[Refusal] = []
    for rung in await _rungs(effect, around):
        try:
            words = around.voice.card(_shown(case, effect.card, refused), rung.language)
            event = await send(rung, words, key, around, strikes)
        except NotSafe as unsafe:
            refused.append(Refusal(rung.room, unsafe.why))
        else:
            await _noted(case, effect.card, rung, key, event, refused, around)
            return Told(effect.card.case, rung.room, event, rung.fallback, tuple(refused))
    async with around.database.transaction() as tx:
        await cases.hold(tx, effect.card.case)
    return Held(effect.card.case, tuple(refused))


async def _until_agreed(effect: TellSupporters, case: CaseView, around: Surroundings) -> Held | Refused:
    """A case that supporters had may be silent for a time: it must still find its way when it goes on."""
    if case.room is not None or not case.left:
        return Refused(Why.NOT_AGREED)
    async with around.database.transaction() as tx:
        await cases.hold(tx, effect.card.case)
    return Held(effect.card.case)


async def _noted(
    case: CaseView,
    card: Card,
    rung: Rung,
    key: Key,
    event: EventId,
    refused: Sequence[Refusal],
    around: Surroundings,
) -> None:
    await traces.note(Copy(event, rung.room, card.case, traces.on_card(case, key, rung.room)), around)
    async with around.database.transaction(Kept.WITH_THE_NEXT) as tx:
        await cases.shown(tx, told_like(case.card, card, refused))


async def _still_to_be_told(effect: TellSupporters, around: Surroundings) -> CaseView | None:
    """What its worker took back before anybody had it is told to nobody, unless they have written more."""
    async with around.database.transaction() as tx:
        case = await cases.by_name(tx, effect.card.case)
        if case is None or not is_empty(case) or was_told(case) or await copies.awaits_words(tx, case):
            return case
        await cases.drop(tx, effect.card.case, around.clock.now())
    return None


def _shown(case: CaseView, card: Card, refused: Sequence[Refusal]) -> CaseView:
    """Another team sees no old claim."""
    shown = told_like(case.card, card, refused)
    return replace(case, card=shown, state=CaseState.WAITING, claimer=None)


def told_like(now: Card, planned: Card, refused: Sequence[Refusal]) -> Card:
    """As its worker has it by now, for the cities that are told; whoever it was not meant for is told so."""
    about_files = (note for note in now.notes if note in FILE_NOTES)
    about_it = (note for note in planned.notes if note not in FILE_NOTES)
    others = (CardNote.CITY_ROOM_UNSAFE,) if refused else ()
    return replace(now, cities=planned.cities, notes=(*about_it, *about_files, *others))


async def _rungs(effect: TellSupporters, around: Surroundings) -> list[Rung]:
    """As planned; then rooms that have begun to serve these cities since; then, if nobody has it yet, the
    fallback."""
    knowledge = around.knowledge()
    async with around.database.transaction() as tx:
        now = supporters(await rooms.standing(tx), knowledge)
        case = await cases.by_name(tx, effect.card.case)
        since = (room.room for room in now.rooms if set(room.cities) & set(effect.card.cities))
        fallback = effect.fallback or knowledge.fallback
        moves = case is not None and case.room is not None  # and stays where it is, rather than that
        last = () if fallback is None or moves else (fallback,)
        order = tuple(dict.fromkeys((*effect.rooms, *since, *last)))
        teams = set(order) - set(last) | set(effect.rooms)
        return [
            Rung(room, now.rosters.get(room), await language_in(tx, room, knowledge), room not in teams)
            for room in order
        ]


async def send(
    rung: Rung,
    words: Whispered,
    key: Key,
    around: Surroundings,
    strikes: Strikes,
    thread: EventId | None = None,
) -> EventId:
    """Raises `NotSafe` for whatever speaks against this room."""
    roster = rung.roster
    if roster is None:
        raise NotSafe(Unsafe.NOT_CONFIRMED)
    return await patiently(
        rung.room, key, lambda under: around.chat.tell(rung.room, words, roster, under, thread), strikes
    )


async def patiently(
    room: RoomId, key: Key, deed: Callable[[str], Awaitable[EventId]], strikes: Strikes
) -> EventId:
    """Something sent to supporters. Raises `NotSafe` also where the homeserver was silent long enough."""
    try:
        event = await key.into(room, deed)
    except (Forbidden, Gone):
        raise NotSafe(Unsafe.NOT_THERE) from None
    except TryAgainLater as later:
        if await strikes.out(room):
            raise NotSafe(Unsafe.UNKNOWN) from later
        raise
    strikes.answered(room)
    return event


async def tell_more(
    effect: TellMore, key: Key, around: Surroundings, strikes: Strikes
) -> Told | Held | Refused:
    """Further words follow the card: they wait until it stands somewhere, and are held where it is held."""
    async with around.database.transaction() as tx:
        case, held = await cases.by_name(tx, effect.case), await cases.is_held(tx, effect.case)
        withdrawn = await copies.is_withdrawn(tx, effect.case, effect.source)
    if case is None:
        return Refused(Why.GONE)
    if case.room is None or case.event is None:
        if held:
            return Held(effect.case)
        raise NotYet
    if not withdrawn and not await agreed(case, around, effect.source):
        return Refused(Why.NOT_AGREED)
    rung = await standing_in(case.room, around)
    if withdrawn:
        # Said again without words it is the same event, if we were ended right after it was sent.
        effect = replace(effect, words=Sensitive(""), attachments=(), notes=())
    before = await _copy(effect, case.room, around) if effect.edited else None
    if before is None and effect.edited and not effect.words and not withdrawn:
        if not effect.attachments:
            return Refused(Why.GONE)  # a picture without words was changed, and is without words again
        effect = replace(effect, edited=False)
    words = around.voice.more(effect, rung.language)
    try:
        if before is None:
            event = await send(rung, words, key, around, strikes, thread=case.event)
        else:
            event = await retell(rung, before.event, words, key, around, strikes)
    except NotSafe as unsafe:
        return Held(effect.case, (Refusal(case.room, unsafe.why),))
    edits = None if before is None else before.event
    await traces.note(Copy(event, case.room, effect.case, effect.source, edits), around)
    if withdrawn:
        return Refused(Why.GONE)
    return Told(effect.case, case.room, case.event, rung.fallback, message=event)


async def _copy(effect: TellMore, room: RoomId, around: Surroundings) -> Copy | None:
    """What stands in this room of the message that was changed."""
    if effect.source is None:
        return None
    async with around.database.transaction() as tx:
        found = await copies.of_source(tx, effect.case, effect.source)
    return copies.to_change(copy for copy in reversed(found) if copy.room == room)


async def retell(
    rung: Rung, event: EventId, words: Whispered, key: Key, around: Surroundings, strikes: Strikes
) -> EventId:
    """Other words in the place of what stands there. Raises `NotSafe`."""
    roster = rung.roster
    if roster is None:
        raise NotSafe(Unsafe.NOT_CONFIRMED)
    return await patiently(
        rung.room, key, lambda under: around.chat.retell(rung.room, event, words, roster, under), strikes
    )


async def standing_in(room: RoomId, around: Surroundings) -> Rung:
    """Where a card stands already."""
    knowledge = around.knowledge()
    async with around.database.transaction() as tx:
        roster = supporters(await rooms.standing(tx), knowledge).rosters.get(room)
        language = await language_in(tx, room, knowledge)
    return Rung(room, roster, language, room == knowledge.fallback)
