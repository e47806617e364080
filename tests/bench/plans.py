"""How much a run of the bench measures: all of it, less in a few minutes, or next to nothing for a test."""

from __future__ import annotations

from dataclasses import dataclass

from tests.bench.rounds import Size


@dataclass(frozen=True, slots=True)
class Plan:
    """What is measured, and how often."""

    rounds: int
    size: Size
    devices: tuple[int, ...]
    rooms: tuple[int, ...]
    stored: tuple[int, int]
    """Cases and timers."""
    default_limits: bool


FULL = Plan(3, Size(16, 48, 0.4, 300, 500), (10, 100, 400), (20, 1000), (10_000, 5_000), default_limits=True)
QUICK = Plan(
    1,
    Size(workers=10, posts=30, every=0.4, chatter=200, burst=150),
    (10, 100),
    (20,),
    (1_000, 500),
    default_limits=False,
)
TINY = Plan(
    1, Size(workers=5, posts=4, every=0.1, chatter=5, burst=10), (10,), (3,), (20, 10), default_limits=False
)
"""For the test that every row can be measured."""
