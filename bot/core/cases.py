"""The life of a case as a table: from where, by what event, to where; and which case is meant."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType
from typing import Final

from msgspec import Struct

from bot.core.model import CardNote, CaseState, Category, Millis, Urgency, UserId
from bot.core.view import CaseView

WAITING, CLAIMED, CLOSED = CaseState.WAITING, CaseState.CLAIMED, CaseState.CLOSED
STALE_AFTER: Final = Millis(12 * 60 * 60 * 1000)
"""So long nothing is heard of who has a case; then it waits for somebody again."""
CLAIMS_EACH: Final = 5
"""So many open cases one supporter looks after at a time: who is tired helps nobody."""
AFTER_CLOSING: Final = Millis(24 * 60 * 60 * 1000)
"""So long what a worker writes still belongs to the case that was closed; after that it is a new one."""
NOT_TALKS: Final = frozenset({Category.FYI, Category.SUPPORTER})
"""A tip and an offer to help: what their author writes next is about something else, unless they say so."""


class Event(StrEnum):
    """What can happen to a case."""

    CLAIM = "claim"
    RELEASE = "release"
    HANDOFF = "handoff"
    CLOSE = "close"
    REOPEN = "reopen"
    CLAIMER_GONE = "claimer gone"
    """Left the room, or is no supporter here any more."""
    STALE = "stale"


class By(StrEnum):
    """Who may bring an event about."""

    ANYBODY = "anybody here"
    CLAIMER = "who has it"
    TIME = "time or the room"


class Step(Struct, frozen=True):
    """To which state an event leads, and who may bring it about."""

    to: CaseState
    by: By


TABLE: Final[Mapping[tuple[CaseState, Event], Step]] = MappingProxyType(
    {
        (WAITING, Event.CLAIM): Step(CLAIMED, By.ANYBODY),
        (WAITING, Event.CLOSE): Step(CLOSED, By.ANYBODY),
        (CLAIMED, Event.RELEASE): Step(WAITING, By.CLAIMER),
        (CLAIMED, Event.HANDOFF): Step(CLAIMED, By.CLAIMER),
        (CLAIMED, Event.CLOSE): Step(CLOSED, By.CLAIMER),
        (CLAIMED, Event.CLAIMER_GONE): Step(WAITING, By.TIME),
        (CLAIMED, Event.STALE): Step(WAITING, By.TIME),
        (CLOSED, Event.REOPEN): Step(WAITING, By.ANYBODY),
    }
)
"""What is not in it does not happen. The picture in docs/case-life.md is made from it."""


class No(StrEnum):
    """Why an event does not happen."""

    NOT_NOW = "not now"
    """Not in this state."""
    ANOTHERS = "another's"
    """Somebody else has the case."""
    YOURS_ALREADY = "yours already"


def step(case: CaseView, event: Event, person: UserId | None = None) -> Step | No:
    """What this event does to this case when this person brings it about (None: time or the room)."""
    if event is Event.CLAIM and case.state is CLAIMED:
        return No.YOURS_ALREADY if case.claimer == person else No.ANOTHERS
    found = TABLE.get((case.state, event))
    if found is None:
        return No.NOT_NOW
    return No.ANOTHERS if found.by is By.CLAIMER and case.claimer != person else found


def is_open(case: CaseView) -> bool:
    return case.state is not CLOSED


def is_talk(case: CaseView) -> bool:
    """Whether its worker's next words belong to it without their saying so."""
    return not is_quiet(case) and deciding_category(case) not in NOT_TALKS


def is_hard(case: CaseView) -> bool:
    """Whether whoever looked after it may need looking after."""
    grave = {Category.DOXX, Category.DANGER} & set(case.card.categories)
    return bool(grave) or case.card.urgency is Urgency.URGENT


def is_quiet(case: CaseView) -> bool:
    """Whether its worker may not be alone with their phone: nothing is said to them about it."""
    return CardNote.ALARM_WORD in case.card.notes


def deciding_category(case: CaseView) -> Category | None:
    """The first is the most careful one; None: a private message without a tag."""
    return case.card.categories[0] if case.card.categories else None


def was_told(case: CaseView) -> bool:
    """Whether its card stands somewhere, or did before its room was replaced."""
    return case.room is not None or bool(case.left)


def is_empty(case: CaseView) -> bool:
    """Nothing of what the worker wrote is left on the card."""
    return case.withdrawn and not case.card.words and not case.card.attachments
