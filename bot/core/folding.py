"""Which words need be said only once: while the first wait, the same words to the same reader say no more.

Whoever posted twice reads one receipt, and a room reads one public word for both. Never folded is what
quotes somebody, what is made to be noticed, and what belongs to anything else that is done.
"""

from __future__ import annotations

from msgspec import Struct

from bot.core.effects import Origin, Plan, Reason, SayInRoom, SayPrivately
from bot.core.phrases import Line, Whisper


class Words(Struct, frozen=True):
    """What is said, to whom, and who hears when it cannot be said. Plans of equal words can be folded."""

    said: SayInRoom | SayPrivately
    origin: Origin | None


def words(plan: Plan) -> Words | None:
    """None: this plan is carried out by itself."""
    if len(plan.steps) != 1 or (plan.origin is not None and plan.origin.reason is not Reason.RECEIPT):
        return None
    said = plan.steps[0]
    match said:
        case SayInRoom():
            return Words(said, _needed(plan.origin))
        case SayPrivately() if not said.rings and not any(_quotes(line) for line in said.lines):
            return Words(said, _needed(plan.origin))
        case _:
            return None


def _quotes(line: Line | Whisper) -> bool:
    return isinstance(line, Whisper) and line.quote is not None


def _needed(origin: Origin | None) -> Origin | None:
    """What is known again when a receipt could not be read: where its author posted, and how."""
    if origin is None:
        return None
    return Origin(origin.reason, origin.room, origin.sender, posted=origin.posted, language=origin.language)
