"""What could not be read in time: who wrote it is asked again, and stewards hear of a room that is silent."""

from __future__ import annotations

from typing import Final

from bot.core.changes import SetTimer, TimerKind
from bot.core.effects import Decision, Plan, SayInRoom, Timer
from bot.core.model import Millis, RoomKind, Unreadable
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.stewards import alert
from bot.core.view import View

FOLDED_OVER: Final = {
    RoomKind.PRIVATE: Millis(20_000),
    RoomKind.SUPPORTER: Millis(60_000),
    RoomKind.COMMUNITY: Millis(10 * 60_000),
}
"""One asking for all that came within this time; most talk in a community room was never meant for us."""


def not_read(unreadable: Unreadable, view: View) -> Decision:
    """The asking waits a little, for a fixed moment, so that a stream of such messages cannot put it off."""
    length = FOLDED_OVER[view.room.kind]
    due = Millis((view.now // length + 1) * length)
    name = f"unreadable {unreadable.room}"
    return Decision((SetTimer(name, TimerKind.UNREADABLE, due, unreadable.room, unreadable.sender),))


def ask_again(timer: Timer, view: View) -> Decision:
    """In place, without quoting or naming anybody: a private chat could not say which message was meant."""
    line = Line(Phrase.UNREADABLE_PRIVATE if view.room.kind is RoomKind.PRIVATE else Phrase.UNREADABLE)
    return Decision((), (Plan("again", (SayInRoom(timer.room, (line,), view.room.language),)),))


def unread(view: View) -> Decision:
    """Stewards hear it: nobody else would. A private chat is named to nobody."""
    room = view.room.room
    if view.room.kind is RoomKind.PRIVATE:
        return Decision((), alert(view, (Line(Phrase.STEWARD_CHAT_UNREAD),)))
    return Decision((), alert(view, (Whisper(Line(Phrase.STEWARD_ROOM_UNREAD), room=room),)))
