"""Reads the rooms that could not be read when a sync showed them: each in its order, as soon as it goes."""

from __future__ import annotations

from typing import Final

from bot.core.model import Invitation, Membership, Millis, RoomUnread
from bot.loops.patience import LISTENING, back_off
from bot.loops.supervise import Place
from bot.loops.surroundings import Surroundings
from bot.ports import Heard, TryAgainLater
from bot.store import asides, ledger
from bot.store.asides import Waiting
from bot.store.database import Transaction

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
        if waiting.aside.room is None:
            heard = await _not_shown_since(tx, heard)
        await ledger.hear(tx, heard, around.clock.now())
        await asides.read(tx, waiting)
    around.ahead.after({each.room for each in heard.incoming if isinstance(each, Membership)})
    around.bells.inbox.ring()
    return True


async def _not_shown_since(tx: Transaction, heard: Heard) -> Heard:
    """Who asked us in at our first look may have been shown by the next sync, too."""
    known = {each.room for each in await ledger.invitations(tx)}
    new = (each for each in heard.incoming if not (isinstance(each, Invitation) and each.room in known))
    return Heard(tuple(new), heard.undecrypted)


async def _postpone(around: Surroundings, waiting: Waiting, later: TryAgainLater) -> None:
    """What is newer of this room waits for it, so that nothing is answered before what it answers."""
    now, jitter = around.clock.now(), around.randomness.jitter()
    pause = back_off(waiting.tries, jitter, most=LISTENING, asked=later.after)
    async with around.database.transaction() as tx:
        await asides.postpone(tx, waiting, Millis(now + pause))
        room = waiting.aside.room
        if room is not None and now - waiting.at >= LONG and not waiting.told:
            await ledger.put(tx, RoomUnread(room, waiting.at), now)
            await asides.told(tx, room)
            around.bells.inbox.ring()
