"""Which plan goes first, and which must wait for which: tellings, replies, answers, calls, public words."""

from __future__ import annotations

from enum import IntEnum
from typing import assert_never

from bot.core.effects import (
    AskOthers,
    Effect,
    ForgetCase,
    ForgetPerson,
    Incoming,
    JoinRoom,
    LeaveRoom,
    Outcome,
    PassOn,
    Plan,
    PostAlert,
    Reason,
    RemoveCopy,
    RemoveOldFile,
    RemoveOriginal,
    RepairRoom,
    RetractAlert,
    SayInRoom,
    SayPrivately,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
    Timer,
    Unsay,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
    WriteAnew,
)
from bot.core.model import Side, Urgency


class Rank(IntEnum):
    """The first goes first when the homeserver lets us send only so much."""

    URGENT = 0
    """What nobody should have to wait for: danger, a doxx that stands in a room, an alert taken back."""
    TELLING = 1
    """What workers ask for and say to supporters."""
    REPLY = 2
    """What supporters say to workers, and what workers show supporters."""
    ANSWER = 3
    """Receipts, and all else that is said to one person or one team."""
    UNASKED = 4
    """What we say because its time has come. Whoever just wrote to us is waiting; these readers are not."""
    PUBLIC = 5


def rank(plan: Plan, incoming: Incoming | None = None) -> Rank:
    """A plan is as pressing as its most pressing deed, and less so when nobody asked for it just now."""
    found = min(_rank(step) for step in plan.steps)
    if not _unasked(incoming):
        return found
    again = isinstance(plan.steps[0], AskOthers) and not _urgent(plan)
    return Rank.UNASKED if found is Rank.ANSWER or again else found


def _unasked(incoming: Incoming | None) -> bool:
    """A time that came, and what became of what was done because of it."""
    if isinstance(incoming, Outcome):
        return incoming.origin.reason in (Reason.ESCALATION, Reason.LAST_DAY)
    return isinstance(incoming, Timer)


def _urgent(plan: Plan) -> bool:
    return plan.origin is not None and plan.origin.urgency is Urgency.URGENT


def _rank(effect: Effect) -> Rank:
    match effect:
        case TellSupporters():
            return Rank.URGENT if effect.card.urgency is Urgency.URGENT else Rank.TELLING
        case RemoveOriginal() | RetractAlert():
            return Rank.URGENT
        case AskOthers() | TellMore() | RemoveCopy() | RemoveOldFile():
            return Rank.TELLING
        case PassOn() | SendPicture() | TellFile():
            return Rank.REPLY
        case (
            UpdateCard()
            | UpdateOldCards()
            | ForgetCase()
            | Unsay()
            | ForgetPerson()
            | WriteAnew()
            | SayPrivately()
            | WhisperInRoom()
            | JoinRoom()
            | LeaveRoom()
            | RepairRoom()
        ):
            return Rank.ANSWER
        case SayInRoom() | PostAlert():
            return Rank.PUBLIC
        case _:
            assert_never(effect)


def lane(plan: Plan) -> str | None:
    """Plans of one lane are carried out in the order they were made: what one reader reads stays in order."""
    return next((found for step in plan.steps if (found := _lane(step)) is not None), None)


def _lane(effect: Effect) -> str | None:
    match effect:
        case TellSupporters() | AskOthers() | RemoveOriginal() | PostAlert():
            return None
        case ForgetCase() | ForgetPerson() | WriteAnew() | Unsay():
            return None
        case RetractAlert():
            # A lane of its own: it waits for nothing that is to be said in its supporters' room.
            return f"alert {effect.alert}"
        case UpdateCard() | UpdateOldCards():
            return f"card {effect.case}"
        case RemoveCopy() | RemoveOldFile() if effect.side is Side.SUPPORTER:
            return f"reply {effect.case}"
        case PassOn():
            return f"reply {effect.case}"
        case TellMore() | RemoveCopy():
            return f"case {effect.case}"
        case TellFile() | RemoveOldFile():
            # Not the lane of the words: they need not wait for something large.
            return f"files of {effect.case}"
        case SayPrivately() | SendPicture():
            return f"person {effect.person}"
        case WhisperInRoom() if effect.thread is not None:
            # Whoever asks in one thread need not wait for what is said in all the others.
            return f"thread {effect.thread}"
        case SayInRoom() | WhisperInRoom() | JoinRoom() | LeaveRoom() | RepairRoom():
            return f"room {effect.room}"
        case _:
            assert_never(effect)
