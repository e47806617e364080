"""Speaks to one person: in the private chat there is, or in a new one when that is no longer safe."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from bot.core.changes import SetRoom
from bot.core.effects import SayPrivately
from bot.core.model import EventId, RoomId, RoomKind, Unsafe, UserId
from bot.core.results import Done
from bot.core.speech import Whispered
from bot.loops.person_views import language_among
from bot.loops.surroundings import Surroundings
from bot.loops.underway import Key
from bot.ports import Forbidden, Gone, NotSafe, TryAgainLater
from bot.store import people, rooms

NOT_HELPED_BY_A_NEW_ONE: Final = frozenset({Unsafe.IDENTITY_CHANGED, Unsafe.IDENTITY_MISSING})
"""It is the person we cannot be sure of, not the room."""
MOST_CHATS: Final = 20
"""So many are made for one person in a week, and no more, when the homeserver shows none of them to us."""


async def say(effect: SayPrivately, key: Key, around: Surroundings) -> Done:
    """Raises `NotSafe` when not even a new chat is safe."""
    usual = effect.language or around.knowledge().language
    async with around.database.transaction() as tx:
        chats = await people.private_chats(tx, effect.person)
    known = [chat.room for chat in chats]
    language = language_among(chats, usual)
    words = replace(around.voice.whispered(effect.lines, language), rings=effect.rings)
    for room in known:
        event = await _say_in(room, effect.person, words, key, around)
        if event is not None:
            await _prefer(room, known, around)
            return Done(event, room)
    room = await _open(effect.person, known, around)
    event = await _whisper(room, effect.person, words, key, around)
    return Done(event, room)


async def _say_in(
    room: RoomId, person: UserId, words: Whispered, key: Key, around: Surroundings
) -> EventId | None:
    """None: another chat is needed."""
    try:
        return await _whisper(room, person, words, key, around)
    except (Forbidden, Gone):
        return None
    except NotSafe as unsafe:
        if unsafe.why in NOT_HELPED_BY_A_NEW_ONE:
            raise
        return None


async def _whisper(room: RoomId, person: UserId, words: Whispered, key: Key, around: Surroundings) -> EventId:
    try:
        return await key.into(room, lambda under: around.chat.whisper(room, person, words, under))
    except NotSafe as unsafe:
        if unsafe.why is Unsafe.UNKNOWN:  # not knowing is no reason to open room after room
            raise TryAgainLater("a private chat") from unsafe
        raise


async def _prefer(room: RoomId, known: list[RoomId], around: Surroundings) -> None:
    if room != known[0]:
        async with around.database.transaction() as tx:
            await people.used_chat(tx, room, around.clock.now())


async def _open(person: UserId, known: list[RoomId], around: Surroundings) -> RoomId:
    """Remembered before anything is said in it. The keys are the person's, not the plan's: one chat for all.

    After a crash the first key finds the same room. One that somebody has left since, or that was tried
    in vain just now, is none to speak in: then the next key is the person's.
    """
    for turn in range(MOST_CHATS):
        key = around.database.seal.key("private chat", person, str(turn))
        room = await around.chat.open_private_chat(person, key)
        if room not in known and await _is_for(person, room, around):
            async with around.database.transaction() as tx:
                now = around.clock.now()
                await rooms.set_room(tx, SetRoom(room, kind=RoomKind.PRIVATE, person=person), now)
            return room
    raise Forbidden("none of the chats made for somebody is one to speak in")


async def _is_for(person: UserId, room: RoomId, around: Surroundings) -> bool:
    """Whether we are in it, and nobody else than this person is in it or asked into it."""
    try:
        facts = await around.chat.facts(room)
    except (Forbidden, Gone):
        return False
    me = around.knowledge().me
    return me in facts.joined and (facts.joined | facts.invited) - {me} == {person}
