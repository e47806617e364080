"""Gathers everything one decision may know: what we wrote down, and what the configuration says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Final, assert_never

from msgspec import Struct
from msgspec.structs import replace

from bot.core import retention
from bot.core.alerts import Alert
from bot.core.changes import TimerKind
from bot.core.cities import Atlas
from bot.core.effects import Incoming, Outcome, Timer
from bot.core.model import (
    CaseName,
    EventId,
    IdentityChange,
    Invitation,
    Language,
    Membership,
    Message,
    Millis,
    Reaction,
    Removal,
    RoomChange,
    RoomId,
    RoomKind,
    RoomUnread,
    Shift,
    SupporterRoom,
    Trust,
    Unreadable,
    UserId,
)
from bot.core.parse import read
from bot.core.view import CaseView, Question, RoomView, View
from bot.loops import alert_views, casenames, edit_views, person_views
from bot.loops.surroundings import Knowledge, Surroundings
from bot.store import cases, copies, free_names, rooms, shifts, timers
from bot.store.database import Transaction

NAMES: Final = 8
_NOWHERE: Final = RoomId("")
_NOBODY: Final = UserId("")
_ATLAS: Final = "atlas"


class Supporters(Struct, frozen=True):
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
    tx: Transaction,
    incoming: Incoming,
    answers: Mapping[Question, object],
    around: Surroundings,
    now: Millis,
    room: RoomView | None = None,
) -> View:
    """Everything the decision about `incoming` may know; `room` if it was looked up already."""
    knowledge, standing = around.knowledge(), await rooms.standing(tx)
    now_serving = supporters(standing, knowledge)
    _, person = _subject(incoming)
    thread_case, board = await _thread_case(tx, incoming), await _board(tx, incoming, now_serving)
    alert = await alert_views.meant(tx, incoming)
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
        spans=knowledge.spans,
        room=room or await room_of(tx, incoming, knowledge),
        sender=await person_views.view(tx, person, knowledge, now),
        fresh_names=await _names(tx, incoming, around),
        answers=answers,
        serve_requests=standing.serve_requests,
        rosters=now_serving.rosters,
        thread_case=thread_case,
        last_days=await _last_days(tx, board if thread_case is None else (thread_case, *board)),
        edited_cases=await edit_views.cases_of(tx, incoming),
        attached=await edit_views.attached(tx, incoming),
        answered_case=await _answered_case(tx, incoming),
        board=board,
        shifts=await _shifts(tx, incoming, now_serving, now),
        exchanged={} if thread_case is None else await copies.counted(tx, thread_case.card.case),
        alert=alert,
        may_warn=await alert_views.may_warn(tx, thread_case, alert),
        lobbies=await _lobbies(tx, incoming, alert, now_serving, around),
    )


def _subject(incoming: Incoming) -> tuple[RoomId, UserId]:
    """The room and the person it is about."""
    match incoming:
        case Message() | Unreadable() | Removal() | Reaction() | Invitation():
            return incoming.room, incoming.sender
        case Membership():
            return incoming.room, incoming.person
        case RoomChange() | RoomUnread():
            return incoming.room, _NOBODY
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


async def room_of(tx: Transaction, incoming: Incoming, knowledge: Knowledge) -> RoomView:
    """What the room it is about is to us."""
    id_, _ = _subject(incoming)
    room = replace(await rooms.room(tx, id_), usual=knowledge.language)
    if id_ in listed(knowledge):
        cities = next((each.cities for each in knowledge.listed if each.room == id_), ())
        room = replace(room, kind=RoomKind.SUPPORTER, cities=cities, person=None)
    if isinstance(incoming, Message):
        room = replace(room, encrypted=incoming.trust is not Trust.PLAIN)
    return room


async def language_in(tx: Transaction, room: RoomId, knowledge: Knowledge) -> Language:
    """What was chosen there, or else what the configuration says."""
    return (await rooms.room(tx, room)).chosen or knowledge.language


async def _names(tx: Transaction, incoming: Incoming, around: Surroundings) -> tuple[CaseName, ...]:
    """Only words somebody wrote can become cases; those left for a check-in, when its time is over."""
    if not isinstance(incoming, Message) and not _ends_check_in(incoming):
        return ()
    return await free_names.fresh(tx, NAMES, partial(casenames.draw, around.randomness))


def _ends_check_in(incoming: Incoming) -> bool:
    return isinstance(incoming, Timer) and incoming.kind is TimerKind.CHECK_IN_MISSED


async def _thread_case(tx: Transaction, incoming: Incoming) -> CaseView | None:
    """The case of the thread, card or timer that this is about."""
    match incoming:
        case Timer() if incoming.case is not None:
            return await cases.by_name(tx, incoming.case)
        case Reaction():
            about = [incoming.target]
            return await cases.by_card(tx, incoming.room, about) or await _by_copy(tx, incoming.room, about)
        case Message():
            about = [each for each in (incoming.thread, incoming.reply_to) if each is not None]
            return await cases.by_card(tx, incoming.room, about) or await _by_copy(tx, incoming.room, about)
        case _:
            return None


async def _last_days(tx: Transaction, found: Sequence[CaseView]) -> Mapping[CaseName, Millis]:
    names = [case.card.case for case in found]
    set_ = {name: await timers.standing(tx, retention.timer_of(name)) for name in names}
    return {name: retention.last_day(timer) for name, timer in set_.items() if timer is not None}


async def _by_copy(tx: Transaction, room: RoomId, events: Sequence[EventId]) -> CaseView | None:
    """A case by another message of ours about it in this room: an answer, or a replaced card."""
    for event in events:
        copy = await copies.by_event(tx, room, event)
        if copy is not None:
            return await cases.by_name(tx, copy.case)
    return None


async def _answered_case(tx: Transaction, incoming: Incoming) -> CaseView | None:
    """Only the person it was said to can answer it: what we say about a case stands in their private chat."""
    if not isinstance(incoming, Message) or incoming.reply_to is None:
        return None
    case = await _by_copy(tx, incoming.room, [incoming.reply_to])
    return case if case is not None and case.person == incoming.sender else None


async def _shifts(tx: Transaction, incoming: Incoming, serving: Supporters, now: Millis) -> tuple[Shift, ...]:
    """Who is on no roster any more is not available either."""
    if not isinstance(incoming, Message):
        return ()
    running = await shifts.running(tx, now)
    return tuple(shift for shift in running if shift.person in serving.rosters.get(shift.room, ()))


async def _board(tx: Transaction, incoming: Incoming, serving: Supporters) -> tuple[CaseView, ...]:
    """Needed for commands in a supporter room, for a raised hand, when people leave or the room changes."""
    kinds = Message | Membership | Reaction | RoomChange
    if not isinstance(incoming, kinds) or incoming.room not in serving.rosters:
        return ()
    if isinstance(incoming, Message) and read(incoming.body).command is None:
        return ()
    return await cases.in_room(tx, incoming.room)


async def _lobbies(
    tx: Transaction, incoming: Incoming, alert: Alert | None, serving: Supporters, around: Surroundings
) -> tuple[RoomView, ...]:
    """Needed where supporters name an alert."""
    if alert is None or not isinstance(incoming, Message) or incoming.room not in serving.rosters:
        return ()
    ours = listed(around.knowledge()) | serving.rosters.keys()
    return await alert_views.lobbies(tx, ours, around.randomness)
