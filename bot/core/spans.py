"""How long things wait, as configured: until an unclaimed case is pressed, until a closed one goes."""

from __future__ import annotations

import re
from typing import Final

from msgspec import Struct, field

from bot.core.model import Millis, Urgency

MINUTE: Final = Millis(60 * 1000)
HOUR: Final = Millis(60 * MINUTE)
DAY: Final = Millis(24 * HOUR)
MOST_AFTER_CLOSING: Final = Millis(30 * DAY)
OPEN_AT_MOST: Final = Millis(30 * DAY)
"""A case that nobody ever closes goes too."""


class Escalation(Struct, frozen=True):
    """How long nobody may have claimed a case before more people hear of it, counted from its telling."""

    room: Millis
    """Then everybody in its room is called."""
    neighbours: Millis
    """Then it goes to rooms of neighbouring cities."""
    everybody: Millis
    """Then it goes to the fallback room, and stewards hear of it."""


def minutes(room: int, neighbours: int, everybody: int) -> Escalation:
    return Escalation(Millis(room * MINUTE), Millis(neighbours * MINUTE), Millis(everybody * MINUTE))


class Wanted(Struct, frozen=True):
    """A time that somebody named, and how many of their words it took."""

    span: Millis
    words: int


SHORTEST: Final = Millis(5 * MINUTE)
LONGEST: Final = DAY
_UNIT = re.compile(r"h|hours?|hrs?|m|mins?|minutes?")
_SPAN = re.compile(r"(?:(\d{1,2})h(?:ours?|rs?)?)?(?:(\d{1,4})(?:m(?:in(?:ute)?s?)?)?)?")


def named(keys: tuple[str, ...]) -> Wanted | None:
    """ "90m", "2h", "1h30", "45", "90 minutes": at least five minutes and at most a day; else None."""
    unit = keys[1][:1] if len(keys) > 1 and _UNIT.fullmatch(keys[1]) else ""
    spelled = bool(unit) and keys[0].isascii() and keys[0].isdigit()
    found = _SPAN.fullmatch(keys[0] + unit if spelled else keys[0])
    if found is None or not found[0]:
        return None
    span = Millis((int(found[1] or 0) * 60 + int(found[2] or 0)) * MINUTE)
    return Wanted(span, 1 + spelled) if SHORTEST <= span <= LONGEST else None


class Spans(Struct, frozen=True):
    """Everything about time that the operator decides."""

    usual: Escalation = field(default_factory=lambda: minutes(10, 20, 30))
    urgent: Escalation = field(default_factory=lambda: minutes(3, 6, 9))
    retention: Millis = Millis(7 * DAY)
    """So long after its closing a case is kept."""
    alert: Millis = Millis(3 * DAY)
    """So long an alert stands in community rooms."""

    def escalation(self, urgency: Urgency) -> Escalation:
        return self.urgent if urgency is Urgency.URGENT else self.usual
