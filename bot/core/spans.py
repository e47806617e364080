"""How long things wait, as configured: until an unclaimed case is pressed, until a closed one goes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.core.model import Millis, Urgency

MINUTE: Final = Millis(60 * 1000)
DAY: Final = Millis(24 * 60 * MINUTE)
MOST_AFTER_CLOSING: Final = Millis(30 * DAY)
OPEN_AT_MOST: Final = Millis(30 * DAY)
"""A case that nobody ever closes goes too."""


@dataclass(frozen=True, slots=True)
class Escalation:
    """How long nobody may have claimed a case before more people hear of it, counted from its telling."""

    room: Millis
    """Then everybody in its room is called."""
    neighbours: Millis
    """Then it goes to rooms of neighbouring cities."""
    everybody: Millis
    """Then it goes to the fallback room, and stewards hear of it."""


def minutes(room: int, neighbours: int, everybody: int) -> Escalation:
    return Escalation(Millis(room * MINUTE), Millis(neighbours * MINUTE), Millis(everybody * MINUTE))


@dataclass(frozen=True, slots=True)
class Spans:
    """Everything about time that the operator decides."""

    usual: Escalation = field(default_factory=lambda: minutes(10, 20, 30))
    urgent: Escalation = field(default_factory=lambda: minutes(3, 6, 9))
    retention: Millis = Millis(7 * DAY)
    """So long after its closing a case is kept."""

    def escalation(self, urgency: Urgency) -> Escalation:
        return self.urgent if urgency is Urgency.URGENT else self.usual
