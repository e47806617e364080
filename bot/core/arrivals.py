"""Invitations, comings and goings: which rooms the bot enters, what a change of people means."""

from __future__ import annotations

from typing import Final

from bot.core.audience import unsafe
from bot.core.case_steps import claimer_gone, worker_left
from bot.core.changes import Change, ForgetRoom, GoOffShift, SetRoom, SetTimer, TakeRoster, TimerKind
from bot.core.commands.roomcheck import serves
from bot.core.effects import Decision, JoinRoom, LeaveRoom, Origin, Plan, Reason, SayInRoom, Timer
from bot.core.model import (
    IdentityChange,
    Invitation,
    Membership,
    Millis,
    Posted,
    Presence,
    RoomChange,
    RoomId,
    RoomKind,
    Unsafe,
    UserId,
)
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.replaced import go_on_from
from bot.core.stewards import alert
from bot.core.view import View

LOOK_AGAIN: Final = Millis(5 * 60 * 1000)


def welcome(person: UserId, view: View) -> bool:
    """Whether an invitation from this person is followed: a steward's, or one the configuration names."""
    server = person.partition(":")[2]
    return person in view.stewards or person in view.invites_from or server in view.invites_from


def invited(invitation: Invitation, view: View) -> Decision:
    """Others get no answer at all: an answer would tell them that somebody is here."""
    if not welcome(invitation.sender, view):
        return Decision((), (Plan("decline", (LeaveRoom(invitation.room),)),))
    posted = Posted.PRIVATELY if invitation.direct else Posted.PUBLICLY
    origin = Origin(Reason.WELCOME, invitation.room, invitation.sender, posted=posted)
    kind = SetRoom(invitation.room, kind=RoomKind.PRIVATE, person=invitation.sender)
    changes: tuple[Change, ...] = (kind,) if invitation.direct else ()
    return Decision(changes, (Plan("join", (JoinRoom(invitation.room),), origin),))


def moved(membership: Membership, view: View) -> Decision:
    """Somebody came, was asked in, or left."""
    if membership.person == view.me:
        return _bot_moved(membership, view)
    if membership.chat_of == view.me and view.room.kind is RoomKind.COMMUNITY:
        return _our_own_chat(membership)
    if view.room.kind is RoomKind.PRIVATE:
        return _in_private_chat(membership, view)
    if view.room.kind is RoomKind.SUPPORTER:
        if membership.presence is Presence.GONE:
            gone = claimer_gone(membership.person, view)
            off = GoOffShift(membership.person, membership.room)
            return Decision((*gone.changes, off), gone.plans)
        return _somebody_came(membership, view)
    return Decision()


def _our_own_chat(membership: Membership) -> Decision:
    """We made it, and were ended or not answered before we wrote that down: what is said in it is private."""
    return Decision((SetRoom(membership.room, kind=RoomKind.PRIVATE, person=membership.person),))


def _bot_moved(membership: Membership, view: View) -> Decision:
    """A supporter room that put us out keeps its roster: coming back must not make strangers supporters."""
    room, kind = membership.room, view.room.kind
    if membership.presence is not Presence.GONE:
        return Decision(*first_sight(room, view))
    if kind is not RoomKind.SUPPORTER:
        return Decision((ForgetRoom(room),))
    line = Whisper(Line(Phrase.STEWARD_BOT_IS_OUT), room=room)
    return Decision((), alert(view, (line,)))


def first_sight(room: RoomId, view: View) -> tuple[tuple[Change, ...], tuple[Plan, ...]]:
    """A listed supporter room without a roster: the people in it and asked into it now are its supporters."""
    facts = view.facts(room)
    if not needs_roster(room, view) or facts is None or view.me not in facts.joined:
        return (), ()
    people = (facts.joined | facts.invited) - {view.me}
    why = unsafe(facts, people, view.me)
    lines = (
        serves(room, view),
        *((Line(Phrase.ROOM_PAUSED, unsafe=why),) if why is not None else ()),
    )
    return (TakeRoster(room, people),), (Plan("listed", (SayInRoom(room, lines, view.room.language),)),)


def look_for_roster(timer: Timer, view: View) -> Decision:
    """A room listed while the bot was in it already may stay silent for long; its cases must not wait."""
    if not needs_roster(timer.room, view):
        return Decision()
    changes, plans = first_sight(timer.room, view)
    if changes:
        return Decision(changes, plans)
    again = Millis(view.now + LOOK_AGAIN)
    return Decision((SetTimer(roster_timer(timer.room), TimerKind.ROSTER, again, timer.room),))


def roster_timer(room: RoomId) -> str:
    """Its name: one for each room."""
    return f"roster {room}"


def needs_roster(room: RoomId, view: View) -> bool:
    return room in view.listed_rooms and room not in view.rosters


def _in_private_chat(membership: Membership, view: View) -> Decision:
    if membership.presence is Presence.GONE:
        return _worker_left(membership, view)
    if view.room.person in (None, membership.person):
        return Decision()
    return no_longer_private(membership.room, view)


def is_shared(room: RoomId, view: View) -> bool:
    """Whether somebody else than its person is in a private chat, or asked into it."""
    facts = view.facts(room)
    return facts is not None and bool((facts.joined | facts.invited) - {view.me, view.room.person})


def no_longer_private(room: RoomId, view: View) -> Decision:
    """What several people say to each other is no report to us; they are told where that begins."""
    said = SayInRoom(room, (Line(Phrase.NO_LONGER_PRIVATE),), view.room.language)
    return Decision((SetRoom(room, kind=RoomKind.COMMUNITY),), (Plan("shared", (said,)),))


def _worker_left(membership: Membership, view: View) -> Decision:
    """Nobody is there to talk to any more; the next word opens a new chat."""
    if view.room.person not in (None, membership.person):
        return Decision()
    plans = (Plan("leave", (LeaveRoom(membership.room),)), *worker_left(view))
    return Decision((ForgetRoom(membership.room),), plans)


def _somebody_came(membership: Membership, view: View) -> Decision:
    """A person who is not on the roster pauses the room: it is told how to go on, and so are the stewards."""
    roster = view.rosters.get(membership.room)
    if roster is None or membership.person in roster:
        return Decision(*first_sight(membership.room, view))
    here = SayInRoom(membership.room, (Line(Phrase.ROOM_PAUSED, unsafe=Unsafe.STRANGER),), view.room.language)
    there = Whisper(
        Line(Phrase.STEWARD_ROOM_PAUSED, unsafe=Unsafe.STRANGER),
        room=membership.room,
        people=(membership.person,),
    )
    return Decision((), (Plan("paused", (here,)), *alert(view, (there,))))


def watched(room: RoomId, view: View) -> bool:
    """Whether it matters at once that this room is no longer what it was."""
    return view.room.kind is RoomKind.SUPPORTER and room in view.rosters


def changed(change: RoomChange, view: View) -> Decision:
    """A supporter room that is no longer safe says so itself, and stewards hear why, before a case is due.

    When it is safe again nothing has to be said: what is held for it comes. In a replaced one it would wait
    for ever, so that its cases go on to others.
    """
    if not watched(change.room, view):
        return Decision()
    facts = view.facts(change.room)
    why = unsafe(facts, view.rosters[change.room], view.me)
    if why is None:
        return Decision()
    gone = facts is not None and facts.replaced
    onward = go_on_from(change.room, view.board, view) if gone else Decision()
    here = SayInRoom(change.room, (Line(Phrase.ROOM_PAUSED, unsafe=why),), view.room.language)
    there = Whisper(Line(Phrase.STEWARD_ROOM_CHANGED, unsafe=why), room=change.room)
    return Decision(onward.changes, (*onward.plans, Plan("paused", (here,)), *alert(view, (there,))))


def identity_changed(change: IdentityChange, view: View) -> Decision:
    """Of a supporter, the rooms and stewards are told; a worker is named to nobody."""
    rooms = tuple(room for room, roster in sorted(view.rosters.items()) if change.person in roster)
    if not rooms and change.person not in view.stewards:
        return Decision()
    why = Unsafe.IDENTITY_CHANGED
    paused = tuple(
        Plan(f"paused.{place}", (SayInRoom(room, (Line(Phrase.ROOM_PAUSED, unsafe=why),)),))
        for place, room in enumerate(rooms)
    )
    who = (change.person,)
    told = tuple(Whisper(Line(Phrase.STEWARD_IDENTITY_CHANGED), room=room, people=who) for room in rooms)
    of_steward = (Whisper(Line(Phrase.STEWARD_IDENTITY_CHANGED_OF_STEWARD), people=who),)
    return Decision((), (*paused, *alert(view, told or of_steward)))
