"""We promise to ask again soon at first, then less and less often, and never sooner than we were told."""

from __future__ import annotations

import pytest

from bot.core.model import Millis
from bot.loops.patience import FIRST, LONGEST, LONGEST_ASKED, back_off


@pytest.mark.parametrize(("tries", "length"), [(0, 1_000), (1, 2_000), (2, 4_000), (5, 32_000), (9, 300_000)])
def test_each_wait_is_twice_the_one_before(tries: int, length: int) -> None:
    assert back_off(tries, 1.0) == length


@pytest.mark.parametrize("tries", [20, 1_000, 10**9])
def test_no_wait_is_longer_than_the_longest(tries: int) -> None:
    assert back_off(tries, 1.0) == LONGEST
    assert back_off(tries, 1.0, most=Millis(7_000)) == 7_000


@pytest.mark.parametrize("jitter", [0.0, 0.3, 0.99])
def test_waits_are_spread_between_half_and_whole(jitter: float) -> None:
    assert FIRST / 2 <= back_off(0, jitter) <= FIRST
    assert back_off(0, jitter) < back_off(0, 1.0)


def test_what_the_homeserver_asks_for_is_kept_even_beyond_the_longest() -> None:
    assert back_off(0, 0.0, asked=Millis(90_000)) == 90_000
    assert back_off(3, 0.0, asked=Millis(900_000)) == 900_000
    assert back_off(9, 1.0, asked=Millis(5)) == LONGEST


def test_nobody_makes_us_wait_for_ever() -> None:
    assert back_off(0, 0.0, asked=Millis(10**12)) == LONGEST_ASKED
