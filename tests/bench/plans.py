"""How much a run of the bench measures: all of it, less in a few minutes, or next to nothing for a test."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tests.bench.rounds import PATIENCE, Size

AMONG: Final = Size(workers=14, posts=112, every=0.3, chatter=150)
"""A room key is good for a hundred words: in so many reports everybody is given a new one once. So many write
them because what one person writes beyond ten reports joins her last case, and no word is said for it.
"""


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how often."""

    rounds: int
    size: Size
    devices: tuple[int, ...]
    rooms: tuple[int, ...]
    stored: tuple[tuple[int, int], ...]
    """Cases and timers, the most last; an empty store is measured besides."""
    default_limits: bool
    members: tuple[int, ...] = ()
    """People in the community room."""
    among: Size = AMONG
    steady: int = 10
    """Tellings after the first, in a supporter room of many devices."""
    patience: float = PATIENCE
    """Seconds until others have lost a report that waited for their restart; this bot may not lose one."""


FULL = Plan(
    3,
    Size(16, 48, 0.4, 300, 500),
    (10, 100, 400),
    (20, 1000),
    ((1_000, 500), (10_000, 5_000)),
    default_limits=True,
    members=(20, 100, 400),
)
QUICK = Plan(
    1,
    Size(workers=10, posts=30, every=0.4, chatter=200, burst=150),
    (10, 100),
    (20,),
    ((1_000, 500),),
    default_limits=False,
)
TINY = Plan(
    1,
    Size(workers=5, posts=4, every=0.1, chatter=5, burst=10),
    (10,),
    (3,),
    ((20, 10),),
    default_limits=False,
    members=(4,),
    among=Size(workers=3, posts=4, every=0.1, chatter=5),
    steady=2,
    patience=5.0,
)
"""For the test that every row can be measured."""
