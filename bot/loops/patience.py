"""How long to wait before doing something again."""

from __future__ import annotations

from typing import Final

from bot.core.model import Millis

FIRST: Final = Millis(1_000)
LONGEST: Final = Millis(5 * 60 * 1000)
LISTENING: Final = Millis(30_000)
"""So often at least we try to hear again: nobody else tells us that the homeserver is back."""
LONGEST_ASKED: Final = Millis(60 * 60 * 1000)
"""A homeserver that asks for more than an hour asks us to give up, and we do not."""


def back_off(tries: int, jitter: float, *, most: Millis = LONGEST, asked: Millis | None = None) -> Millis:
    """Twice as long each time, spread so that many do not come back together; at least as long as asked."""
    length = min(most, FIRST * 2 ** min(tries, 20))
    return Millis(max(int(length * (0.5 + jitter / 2)), min(asked or 0, LONGEST_ASKED)))
