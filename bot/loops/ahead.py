"""Does beforehand what a telling would wait for: asks what its room is like, and gives out its room key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial

from bot.core.model import RoomId
from bot.loops.looking import supporters
from bot.loops.supervise import Place, attempt
from bot.loops.surroundings import Surroundings
from bot.ports import Forbidden, Gone, NotSafe
from bot.store import rooms


async def ahead(around: Surroundings) -> None:
    """Until stopped. Whatever fails here is done at the telling, as if it had not been tried."""
    around.ahead.told.update(await _supporter_rooms(around))
    async with asyncio.TaskGroup() as group:
        while not around.bells.stopping:
            for room in around.ahead.take_expected():
                group.create_task(_attempt(around, partial(around.chat.expect, room)))
            for room in around.ahead.take_told():
                group.create_task(_attempt(around, partial(_make_ready, around, room)))
            await around.ahead.bell.heard()


async def _supporter_rooms(around: Surroundings) -> frozenset[RoomId]:
    async with around.database.transaction() as tx:
        return frozenset(supporters(await rooms.standing(tx), around.knowledge()).rosters)


async def _make_ready(around: Surroundings, room: RoomId) -> None:
    async with around.database.transaction() as tx:
        roster = supporters(await rooms.standing(tx), around.knowledge()).rosters.get(room)
    if roster is not None:
        await around.chat.make_ready(room, roster)


async def _attempt(around: Surroundings, errand: Callable[[], Awaitable[None]]) -> None:
    await attempt(around.journal, Place.AHEAD, partial(_unless_refused, errand))


async def _unless_refused(errand: Callable[[], Awaitable[None]]) -> None:
    try:
        await errand()
    except (Forbidden, Gone, NotSafe):
        return  # the telling finds that out for itself, and says so
