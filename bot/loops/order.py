"""Which plan goes first, and which must wait for which: tellings, replies, receipts, public words."""

from __future__ import annotations

from enum import IntEnum
from typing import assert_never

from bot.core.effects import (
    AskOthers,
    Effect,
    ForgetCase,
    ForgetPerson,
    JoinRoom,
    LeaveRoom,
    PassOn,
    Plan,
    RemoveCopy,
    RemoveOriginal,
    RepairRoom,
    SayInRoom,
    SayPrivately,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
)
from bot.core.model import Side, Urgency


class Rank(IntEnum):
    """The first goes first when the homeserver lets us send only so much."""

    URGENT = 0
    """What nobody should have to wait for: danger, and a doxx that stands in a room."""
    TELLING = 1
    """What workers ask for and say to supporters."""
    REPLY = 2
    """What supporters say to workers, and what workers show supporters."""
    ANSWER = 3
    """Receipts, and all else that is said to one person or one team."""
    PUBLIC = 4


def rank(plan: Plan) -> Rank:
    """A plan is as pressing as its most pressing deed."""
    return min(_rank(step) for step in plan.steps)


def _rank(effect: Effect) -> Rank:
    match effect:
        case TellSupporters():
            return Rank.URGENT if effect.card.urgency is Urgency.URGENT else Rank.TELLING
        case RemoveOriginal():
            return Rank.URGENT
        case AskOthers() | TellMore() | RemoveCopy():
            return Rank.TELLING
        case PassOn() | SendPicture() | TellFile():
            return Rank.REPLY
        case (
            UpdateCard()
            | UpdateOldCards()
            | ForgetCase()
            | ForgetPerson()
            | SayPrivately()
            | WhisperInRoom()
            | JoinRoom()
            | LeaveRoom()
            | RepairRoom()
        ):
            return Rank.ANSWER
        case SayInRoom():
            return Rank.PUBLIC
        case _:
            assert_never(effect)


def lane(plan: Plan) -> str | None:
    """Plans of one lane are carried out in the order they were made: what one reader reads stays in order."""
    return next((found for step in plan.steps if (found := _lane(step)) is not None), None)


def _lane(effect: Effect) -> str | None:
    match effect:
        case TellSupporters() | AskOthers() | RemoveOriginal() | ForgetCase() | ForgetPerson():
            return None
        case TellMore():
            return f"case {effect.case}"
        case UpdateCard() | UpdateOldCards():
            return f"card {effect.case}"
        case PassOn():
            return f"reply {effect.case}"
        case RemoveCopy():
            return f"case {effect.case}" if effect.side is Side.WORKER else f"reply {effect.case}"
        case TellFile():
            # Not the lane of the words: they need not wait for something large.
            return f"files of {effect.case}"
        case SayPrivately() | SendPicture():
            return f"person {effect.person}"
        case SayInRoom() | WhisperInRoom() | JoinRoom() | LeaveRoom() | RepairRoom():
            return f"room {effect.room}"
        case _:
            assert_never(effect)
