"""Promises of core.limits: a limit is arithmetic over what was done and the time now."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.limits import ALLOWED, Limit, wait, within
from bot.core.model import Millis

NOW = Millis(1_700_000_000_000)


def times(*ago: int) -> tuple[Millis, ...]:
    return tuple(Millis(NOW - each) for each in ago)


@pytest.mark.parametrize("limit", Limit)
def test_every_limit_has_an_allowance_that_lets_something_happen(limit: Limit) -> None:
    assert ALLOWED[limit].count >= 1
    assert ALLOWED[limit].window > 0
    assert within(limit, (), NOW)


@pytest.mark.parametrize("limit", Limit)
def test_the_last_allowed_act_is_allowed_and_the_next_is_not(limit: Limit) -> None:
    allowed = ALLOWED[limit]
    assert within(limit, times(*range(1, allowed.count)), NOW)
    assert not within(limit, times(*range(1, allowed.count + 1)), NOW)


@pytest.mark.parametrize("limit", Limit)
def test_acts_older_than_the_window_count_no_longer(limit: Limit) -> None:
    allowed = ALLOWED[limit]
    assert within(limit, times(*[allowed.window] * allowed.count), NOW)


@pytest.mark.parametrize("limit", Limit)
def test_the_wait_ends_exactly_when_the_oldest_counted_act_leaves_the_window(limit: Limit) -> None:
    allowed = ALLOWED[limit]
    acts = times(*range(1, allowed.count + 1))
    pause = wait(limit, acts, NOW)
    assert pause == allowed.window - allowed.count
    assert not within(limit, acts, Millis(NOW + pause - 1))
    assert within(limit, acts, Millis(NOW + pause))


def test_acts_that_lie_in_the_future_do_not_count() -> None:
    allowed = ALLOWED[Limit.REPORT]
    assert within(Limit.REPORT, times(*[-5_000] * allowed.count), NOW)


@given(st.sampled_from(Limit), st.lists(st.integers(0, 10_000_000), max_size=60))
def test_the_order_of_acts_does_not_matter(limit: Limit, ago: list[int]) -> None:
    assert wait(limit, times(*ago), NOW) == wait(limit, times(*sorted(ago)), NOW)


@given(st.sampled_from(Limit), st.lists(st.integers(0, 10_000_000), max_size=60))
def test_who_waits_as_long_as_told_may_go_on(limit: Limit, ago: list[int]) -> None:
    acts = times(*ago)
    assert within(limit, acts, Millis(NOW + wait(limit, acts, NOW)))
