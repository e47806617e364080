"""Reads the rooms that could not be read when a sync showed them: each in its order, as soon as it goes."""

from __future__ import annotations

from typing import Final

from bot.core.model import Membership, Millis, RoomUnread
from bot.loops.patience import LISTENING, back_off
from bot.loops.supervise import Place
from bot.loops.surroundings import Surroundings
from bot.ports import TryAgainLater
from bot.store import asides, ledger
from bot.store.asides import Waiting

LONG: Final = Millis(10 * 60 * 1000)
"""When a room could not be read for so long, stewards are told."""


async def catch_up(around: Surroundings) -> None:
    """Until stopped."""
    while not around.bells.stopping:
        async with around.database.transaction() as tx:
            due = await asides.next_due(tx)
        left = None if due is None else Millis(max(0, due - around.clock.now()))
        if left != 0:
            await around.bells.aside.heard(left)
        await once(around)


async def once(around: Surroundings) -> bool:
    """One go at each room whose time has come. Returns whether anything was read."""
    async with around.database.transaction() as tx:
        waiting = await asides.due(tx, around.clock.now())
    went = [await _read(around, each) for each in waiting]
    return any(went)


async def _read(around: Surroundings, waiting: Waiting) -> bool:
    try:
        heard = await around.chat.read_aside(waiting.aside)
    except TryAgainLater as later:
        around.journal.event("try_again_later", loop=Place.CATCH_UP, after=later.after or 0)
        await _postpone(around, waiting, later)
        return False
    async with around.database.transaction() as tx:
        await ledger.hear(tx, heard, around.clock.now())
        await asides.read(tx, waiting)
    around.ahead.after({each.room for each in heard.incoming if isinstance(each, Membership)})
    around.bells.inbox.ring()
    return True


async def _postpone(around: Surroundings, waiting: Waiting, later: TryAgainLater) -> None:
    """What is newer of this room waits for it, so that nothing is answered before what it answers."""
    now, jitter = around.clock.now(), around.randomness.jitter()
    pause = back_off(waiting.tries, jitter, most=LISTENING, asked=later.after)
    async with around.database.transaction() as tx:
        await asides.postpone(tx, waiting, Millis(now + pause))
        if now - waiting.at >= LONG and not waiting.told:
            await ledger.put(tx, RoomUnread(waiting.aside.room, waiting.at), now)
            await asides.told(tx, waiting.aside.room)
            around.bells.inbox.ring()
