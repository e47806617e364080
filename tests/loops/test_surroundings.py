"""We promise that work wakes whoever waits for it, and that nobody sleeps through a ring or the end."""

from __future__ import annotations

import asyncio

import pytest

from bot.core.model import Millis
from bot.loops.surroundings import Bell, Bells


async def test_a_ring_wakes_who_waits() -> None:
    bell = Bell()
    waiter = asyncio.create_task(bell.heard())
    await asyncio.sleep(0)
    assert not waiter.done()
    bell.ring()
    await waiter


async def test_a_ring_before_anybody_waited_is_not_lost() -> None:
    bell = Bell()
    bell.ring()
    await bell.heard()


async def test_a_ring_is_heard_once() -> None:
    bell = Bell()
    bell.ring()
    bell.ring()
    await bell.heard()
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.01):
            await bell.heard()


@pytest.mark.parametrize("longest", [0, 5, -3])
async def test_nobody_waits_longer_than_they_want(longest: int) -> None:
    await Bell().heard(Millis(longest))


async def test_the_end_wakes_everybody() -> None:
    bells = Bells()
    waiters = [asyncio.create_task(bell.heard()) for bell in (bells.inbox, bells.outbox, bells.forget)]
    await asyncio.sleep(0)
    assert not bells.stopping
    bells.stop()
    await asyncio.gather(*waiters, bells.stopped.wait())
    assert bells.stopping
