"""Tells supporters: the first safe room from the top, the fallback last; else the words are held."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Final, final

from bot.core.effects import Held, Refusal, Refused, TellMore, TellSupporters, Told, Why
from bot.core.model import Card, CardNote, EventId, Language, RoomId, Unsafe, UserId
from bot.core.speech import Whispered
from bot.loops.looking import supporters
from bot.loops.surroundings import Surroundings
from bot.ports import Forbidden, Gone, NotSafe, TryAgainLater
from bot.store import cases, rooms

Key = Callable[..., str]

ENOUGH: Final = 5
"""So often in a row the homeserver may be silent about one room, while it answers about others."""


class NotYet(Exception):  # noqa: N818 - nothing went wrong
    """Something else has to be done first; we will notice when it is."""


@dataclass(frozen=True, slots=True)
class Rung:
    """A room to be tried."""

    room: RoomId
    roster: frozenset[UserId] | None
    language: Language
    fallback: bool


@dataclass(slots=True)
class _Silence:
    count: int
    answers_before: int


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
        silence = self._silent.setdefault(room, _Silence(0, self._around.pulse.answers))
        silence.count += 1
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


async def tell(effect: TellSupporters, key: Key, around: Surroundings, strikes: Strikes) -> Told | Held:
    """A card is put before the first team that is safe to tell at this moment."""
    refused: list[Refusal] = []
    for rung in await _rungs(effect, around):
        card = _card(effect.card, refused)
        try:
            words = around.voice.card(card, rung.language)
            event = await _send(rung, words, key, around, strikes)
        except NotSafe as unsafe:
            refused.append(Refusal(rung.room, unsafe.why))
        else:
            return Told(effect.card.case, rung.room, event, rung.fallback, tuple(refused))
    async with around.database.transaction() as tx:
        await cases.hold(tx, effect.card.case)
    return Held(effect.card.case, tuple(refused))


def _card(card: Card, refused: list[Refusal]) -> Card:
    """Whoever gets a case that was meant for others is told so."""
    return replace(card, notes=(*card.notes, CardNote.CITY_ROOM_UNSAFE)) if refused else card


async def _rungs(effect: TellSupporters, around: Surroundings) -> list[Rung]:
    """As planned; then rooms that have begun to serve these cities since; then the fallback."""
    knowledge = around.knowledge()
    async with around.database.transaction() as tx:
        now = supporters(await rooms.standing(tx), knowledge)
        since = (room.room for room in now.rooms if set(room.cities) & set(effect.card.cities))
        fallback = effect.fallback or knowledge.fallback
        last = () if fallback is None else (fallback,)
        order = tuple(dict.fromkeys((*effect.rooms, *since, *last)))
        teams = set(order) - set(last) | set(effect.rooms)
        return [
            Rung(room, now.rosters.get(room), (await rooms.room(tx, room)).language, room not in teams)
            for room in order
        ]


async def _send(
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
        rung.room, lambda: around.chat.tell(rung.room, words, roster, key(rung.room), thread), strikes
    )


async def patiently(room: RoomId, deed: Callable[[], Awaitable[EventId]], strikes: Strikes) -> EventId:
    """Something sent to supporters. Raises `NotSafe` also where the homeserver was silent long enough."""
    try:
        event = await deed()
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
    if case is None:
        return Refused(Why.GONE)
    if case.room is None or case.event is None:
        if held:
            return Held(effect.case)
        raise NotYet
    rung = await standing_in(case.room, around)
    words = around.voice.more(effect.words, effect.edited, rung.language, effect.attachments, effect.notes)
    try:
        await _send(rung, words, key, around, strikes, thread=case.event)
    except NotSafe as unsafe:
        return Held(effect.case, (Refusal(case.room, unsafe.why),))
    return Told(effect.case, case.room, case.event, rung.fallback)


async def standing_in(room: RoomId, around: Surroundings) -> Rung:
    """Where a card stands already."""
    knowledge = around.knowledge()
    async with around.database.transaction() as tx:
        roster = supporters(await rooms.standing(tx), knowledge).rosters.get(room)
        language = (await rooms.room(tx, room)).language
    return Rung(room, roster, language, room == knowledge.fallback)
