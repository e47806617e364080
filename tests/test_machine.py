"""We promise that time is told in milliseconds, and that chance is not to be guessed."""

from __future__ import annotations

import time

from bot.core.model import Millis
from bot.machine import MachineClock, MachineRandomness
from bot.ports import Clock, Randomness


async def test_the_clock_tells_milliseconds_since_1970() -> None:
    clock: Clock = MachineClock()
    before = int(time.time() * 1000)
    await clock.sleep(Millis(0))
    await clock.sleep(Millis(-5))
    assert before <= clock.now() <= int(time.time() * 1000)


def test_every_choice_can_fall_and_no_other() -> None:
    dice: Randomness = MachineRandomness()
    assert {dice.choose(3) for _ in range(500)} == {0, 1, 2}
    assert all(0 <= dice.jitter() <= 1 for _ in range(100))


def test_two_dice_do_not_fall_alike() -> None:
    one, other = MachineRandomness(), MachineRandomness()
    assert [one.choose(10**9) for _ in range(4)] != [other.choose(10**9) for _ in range(4)]
