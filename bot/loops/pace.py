"""How much is done side by side, and what first: as the homeserver can bear it."""

from __future__ import annotations

from collections import deque
from typing import Final, final

from bot.core.model import Millis
from bot.loops.patience import LONGEST_ASKED

WIDEST: Final = 8
SURGE: Final = 2
WITHIN: Final = Millis(2_000)
"""So many tellings within so short a time: more may follow, and each needs the homeserver to take it."""
AT_ONCE: Final = 10
EVERY: Final = Millis(5_000)
"""What Synapse takes of an ordinary account whose configuration says nothing else (`rc_message`): so many at
once, then one in so long. https://element-hq.github.io/synapse/latest/usage/configuration/config_documentation.html"""
MORE: Final = 2
"""So many beyond that are no chance: this homeserver takes more."""
_NEVER: Final = Millis(0)


@final
class Pace:
    """How much is done side by side: half as much when we are asked to slow down, then more again.

    Only a refusal shows that there is a limit, and by then receipts have used it up. So in a surge tellings
    go alone until the homeserver has taken more than the usual limit lets through, or has refused something.
    """

    def __init__(self, widest: int = WIDEST) -> None:
        self.widest = self.width = widest
        self.calm_until = _NEVER
        self._tellings: deque[Millis] = deque(maxlen=SURGE)
        """When the last ones were begun."""
        self._taken = 0.0
        """Sends that count against the usual limit, as far as they have not run off."""
        self._taken_at = _NEVER
        self._takes_more = False

    def slower(self, until: Millis) -> None:
        self.width = max(1, self.width // 2)
        self.calm_until = max(self.calm_until, until)
        self._takes_more = False

    def calm_for(self, now: Millis) -> Millis:
        """So much longer nothing is begun. More than anybody asks for: then the clock was put back."""
        left = self.calm_until - now
        return Millis(left if 0 < left <= LONGEST_ASKED else 0)

    def faster(self) -> None:
        self.width = min(self.widest, self.width + 1)

    def tells(self, now: Millis) -> None:
        """A telling is begun."""
        self._tellings.append(now)

    def took(self, now: Millis) -> None:
        """The homeserver accepted something."""
        run_off = max(0, now - self._taken_at) / EVERY
        self._taken, self._taken_at = max(0.0, self._taken - run_off) + 1, now
        self._takes_more |= self._taken > AT_ONCE + MORE

    def surge_for(self, now: Millis) -> Millis:
        """So much longer only tellings are begun, and what people say to each other."""
        if self._takes_more or len(self._tellings) < SURGE or self._tellings[-1] - self._tellings[0] > WITHIN:
            return Millis(0)
        left = self._tellings[-1] + WITHIN - now
        return Millis(left if 0 < left <= WITHIN else 0)
