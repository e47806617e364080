"""How much is done side by side, and how fast: as the homeserver can bear it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from bot.core.model import Millis
from bot.loops.patience import LONGEST_ASKED

WIDEST: Final = 8
_NEVER: Final = Millis(0)


@dataclass(slots=True)
class Pace:
    """How much is done side by side: half as much when we are asked to slow down, then more again."""

    widest: int = WIDEST
    calm_until: Millis = _NEVER
    width: int = field(init=False)

    def __post_init__(self) -> None:
        self.width = self.widest

    def slower(self, until: Millis) -> None:
        self.width = max(1, self.width // 2)
        self.calm_until = max(self.calm_until, until)

    def calm_for(self, now: Millis) -> Millis:
        """So much longer nothing is begun. More than anybody asks for: then the clock was put back."""
        left = self.calm_until - now
        return Millis(left if 0 < left <= LONGEST_ASKED else 0)

    def faster(self) -> None:
        self.width = min(self.widest, self.width + 1)
