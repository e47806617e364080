"""Gathers everything one decision may know: what we wrote down, and what the configuration says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, assert_never

from bot.core.cities import Atlas
from bot.core.effects import Incoming, Outcome, Timer
from bot.core.model import (
    CaseName,
    EventId,
    IdentityChange,
    Invitation,
    Membership,
    Message,
    Millis,
    Removal,
    RoomId,
    RoomKind,
    SupporterRoom,
    Trust,
    Unreadable,
    UserId,
)
from bot.core.view import CaseView, PersonView, Question, RoomView, View
from bot.loops import casenames
from bot.loops.surroundings import Knowledge, Surroundings
from bot.store import cases, people, rooms, waiting
from bot.store.database import Transaction

NAMES: Final = 8
_NOWHERE: Final = RoomId("")
_NOBODY: Final = UserId("")
_ATLAS: Final = "atlas"


@dataclass(frozen=True, slots=True)
class Supporters:
    """The supporter rooms as they are now: the configuration's, and those a steward confirmed."""

    rooms: tuple[SupporterRoom, ...]
    rosters: Mapping[RoomId, frozenset[UserId]]
    """A supporter room without a roster is not safe to tell anything."""


def listed(knowledge: Knowledge) -> frozenset[RoomId]:
    fallback = () if knowledge.fallback is None else (knowledge.fallback,)
    return frozenset((*(room.room for room in knowledge.listed), *fallback))


def supporters(standing: rooms.Standing, knowledge: Knowledge) -> Supporters:
    """The configuration comes first and is never contradicted by what was said in chat."""
    named = listed(knowledge)
    confirmed = tuple(room for room in standing.supporter_rooms if room.room not in named)
    serving = named | {room.room for room in confirmed}
    rosters = {room: roster for room, roster in standing.rosters.items() if room in serving}
    return Supporters((*knowledge.listed, *confirmed), rosters)


async def look(
    tx: Transaction, incoming: Incoming, answers: Mapping[Question, object], around: Surroundings, now: Millis
) -> View:
    """Everything the decision about `incoming` may know."""
    knowledge, standing = around.knowledge(), await rooms.standing(tx)
    now_serving = supporters(standing, knowledge)
    room, person = _subject(incoming)
    return View(
        now=now,
        me=knowledge.me,
        atlas=_atlas(tx, knowledge, standing),
        library=knowledge.library,
        desk=knowledge.desk,
        stewards=knowledge.stewards,
        invites_from=knowledge.invites_from,
        supporter_rooms=now_serving.rooms,
        listed_rooms=listed(knowledge),
        fallback=knowledge.fallback,
        room=await _room(tx, room, incoming, knowledge),
        sender=await _person(tx, person, knowledge, now),
        fresh_names=await _names(tx, incoming, around),
        answers=answers,
        serve_requests=standing.serve_requests,
        rosters=now_serving.rosters,
        thread_case=await _thread_case(tx, incoming),
        edited_case=await _edited_case(tx, incoming),
    )


def _subject(incoming: Incoming) -> tuple[RoomId, UserId]:
    """The room and the person it is about."""
    match incoming:
        case Message() | Unreadable() | Removal() | Invitation():
            return incoming.room, incoming.sender
        case Membership():
            return incoming.room, incoming.person
        case IdentityChange():
            return _NOWHERE, incoming.person
        case Timer():
            return incoming.room, incoming.person or _NOBODY
        case Outcome():
            return incoming.origin.room, incoming.origin.sender
        case _:
            assert_never(incoming)


def _atlas(tx: Transaction, knowledge: Knowledge, standing: rooms.Standing) -> Atlas:
    """Kept until somebody adds an alias or the configuration's cities are replaced."""
    kept = tx.remembered(_ATLAS)
    if isinstance(kept, tuple) and kept[0] is knowledge.atlas and isinstance(kept[1], Atlas):
        return kept[1]
    atlas = knowledge.atlas.with_aliases(standing.aliases)
    tx.remember(_ATLAS, (knowledge.atlas, atlas))
    return atlas


async def _room(tx: Transaction, id_: RoomId, incoming: Incoming, knowledge: Knowledge) -> RoomView:
    room = await rooms.room(tx, id_)
    if id_ in listed(knowledge):
        cities = next((each.cities for each in knowledge.listed if each.room == id_), ())
        room = replace(room, kind=RoomKind.SUPPORTER, cities=cities, person=None)
    if isinstance(incoming, Message):
        room = replace(room, encrypted=incoming.trust is not Trust.PLAIN)
    return room


async def _person(tx: Transaction, person: UserId, knowledge: Knowledge, now: Millis) -> PersonView:
    chats = await people.private_chats(tx, person, most=1)
    asked = await people.city_asked_of(tx, person, now)
    return PersonView(
        person=person,
        language=chats[0].language if chats else knowledge.language,
        private_chat=chats[0].room if chats else None,
        asked_city=None if asked is None else asked.case,
        waiting_files=await waiting.of(tx, person, now),
        case=await cases.newest_of(tx, person),
        acts=await people.acts(tx, person, now),
    )


async def _names(tx: Transaction, incoming: Incoming, around: Surroundings) -> tuple[CaseName, ...]:
    """Only words somebody wrote can become cases."""
    if not isinstance(incoming, Message):
        return ()
    for _ in range(100):
        drawn = casenames.draw(around.randomness, 2 * NAMES)
        unspent = await cases.unspent(tx, drawn)
        if len(unspent) >= NAMES:
            return unspent[:NAMES]
    raise RuntimeError("too many case names are taken: more words are needed in loops/casenames")


async def _thread_case(tx: Transaction, incoming: Incoming) -> CaseView | None:
    if not isinstance(incoming, Message):
        return None
    events: list[EventId] = [each for each in (incoming.thread, incoming.reply_to) if each is not None]
    return await cases.by_card(tx, incoming.room, events)


async def _edited_case(tx: Transaction, incoming: Incoming) -> CaseView | None:
    match incoming:
        case Message() if incoming.edits is not None:
            return await cases.by_original(tx, incoming.edits)
        case Removal():
            return await cases.by_original(tx, incoming.target)
        case _:
            return None
