"""We promise that a case name is two plain words, drawn at random, and enough of them."""

from __future__ import annotations

import re

from bot.core.model import CaseName
from bot.loops.casenames import FIRST, SECOND, draw
from bot.machine import MachineRandomness
from tests.stage import Dice


class Stuck:
    """Chance that falls on the same side many times before it moves."""

    def __init__(self) -> None:
        self.falls = 0

    def choose(self, count: int) -> int:
        self.falls += 1
        return self.falls // 9 % count

    def jitter(self) -> float:
        return 0.0


def test_a_name_is_two_words_that_can_be_said() -> None:
    for name in draw(Dice(), 50):
        assert re.fullmatch(r"[a-z]{3,10}-[a-z]{3,10}", name)


def test_names_drawn_together_differ() -> None:
    assert len(set(draw(Stuck(), 8))) == 8


def test_two_draws_differ() -> None:
    assert draw(Dice(1), 8) != draw(Dice(2), 8)
    assert set(draw(MachineRandomness(), 8)) != set(draw(MachineRandomness(), 8))


def test_there_are_enough_names_for_three_months_of_cases() -> None:
    assert len(set(FIRST)) == len(FIRST)
    assert len(set(SECOND)) == len(SECOND)
    assert set(FIRST) & set(SECOND) == set()
    assert len(FIRST) * len(SECOND) > 20_000


def test_every_name_can_come_up() -> None:
    class Fixed(Stuck):
        def choose(self, count: int) -> int:
            return count - 1

    assert draw(Fixed(), 1) == (CaseName(f"{FIRST[-1]}-{SECOND[-1]}"),)
