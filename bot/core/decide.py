"""The front door of all decisions: one thing that came in, and what is written down and done about it."""

from __future__ import annotations

from typing import assert_never

from bot.core import arrivals, edits, outcomes, timers
from bot.core.commands import asks
from bot.core.effects import Decision, Incoming, Outcome, Timer
from bot.core.model import (
    IdentityChange,
    Invitation,
    Membership,
    Message,
    Reaction,
    Removal,
    RoomChange,
    RoomKind,
    RoomUnread,
    Unreadable,
)
from bot.core.parse import Reading, read
from bot.core.posts import in_community
from bot.core.private_talk import in_private
from bot.core.raised_hand import raised
from bot.core.supporter_room import in_supporter_room
from bot.core.unreadable import not_read, unread
from bot.core.view import FactsOf, Question, RoomView, View
from bot.core.withdrawals import removed

WHERE = {
    RoomKind.COMMUNITY: in_community,
    RoomKind.PRIVATE: in_private,
    RoomKind.SUPPORTER: in_supporter_room,
}


def questions(incoming: Incoming, view: View) -> tuple[Question, ...]:
    """What must be asked of the homeserver before deciding; most things need nothing."""
    if isinstance(incoming, Message) and incoming.sender != view.me:
        command = read(incoming.body).command
        asked = asks(incoming, command, view) if command is not None and incoming.edits is None else ()
        return tuple(dict.fromkeys((*_first_sight(incoming, view), *asked)))
    if isinstance(incoming, Outcome):
        return outcomes.asks(incoming, view)
    if isinstance(incoming, RoomChange):
        return (FactsOf(incoming.room),) if arrivals.watched(incoming.room, view) else ()
    return _first_sight(incoming, view) if isinstance(incoming, Membership | Timer) else ()


def _first_sight(incoming: Message | Membership | Timer, view: View) -> tuple[Question, ...]:
    return (FactsOf(incoming.room),) if arrivals.needs_roster(incoming.room, view) else ()


def passes_by(incoming: Incoming, room: RoomView) -> bool:
    """Talk among people in a community room: nothing has to be known to decide that it is left alone."""
    if not isinstance(incoming, Message) or room.kind is not RoomKind.COMMUNITY:
        return False
    reading = read(incoming.body) if incoming.edits is None else None
    return reading is not None and not reading.categories and reading.command is None


def decide(incoming: Incoming, view: View) -> Decision:
    """Always an answer: what cannot be known has its careful answer chosen in the part it falls to."""
    match incoming:
        case Message():
            return _message(incoming, view)
        case Outcome():
            return outcomes.hear(incoming, view)
        case Membership():
            return arrivals.moved(incoming, view)
        case Invitation():
            return arrivals.invited(incoming, view)
        case Unreadable():
            return not_read(incoming, view)
        case Timer():
            return timers.due(incoming, view)
        case RoomChange():
            return arrivals.changed(incoming, view)
        case RoomUnread():
            return unread(view)
        case IdentityChange():
            return arrivals.identity_changed(incoming, view)
        case Removal():
            return removed(incoming, view)
        case Reaction():
            return Decision() if incoming.sender == view.me else raised(incoming, view)
        case _:
            assert_never(incoming)


def _message(message: Message, view: View) -> Decision:
    """Our own words are no news; everybody else's are heard by the kind of room they were said in."""
    if message.sender == view.me:
        return Decision()
    heard = _heard(message, read(message.body), view)
    changes, plans = arrivals.first_sight(message.room, view)
    return Decision((*changes, *heard.changes), (*plans, *heard.plans))


def _heard(message: Message, reading: Reading, view: View) -> Decision:
    if message.edits is not None:
        return edits.edited(message, reading, view)
    return WHERE[view.room.kind](message, reading, view)
