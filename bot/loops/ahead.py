"""Does beforehand what a telling would wait for: asks what its room is like, and gives out its room key."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Final

from bot.core.model import Millis, RoomId
from bot.loops.looking import supporters
from bot.loops.supervise import Place, attempt
from bot.loops.surroundings import Surroundings
from bot.ports import Forbidden, Gone, NotSafe
from bot.store import rooms

CALM: Final = Millis(1_000)
"""Nothing was said in supporter rooms for so long: a key for each word would be one too many."""


async def ahead(around: Surroundings) -> None:
    """Until stopped. Whatever fails here is done at the telling, as if it had not been tried."""
    async with asyncio.TaskGroup() as group:
        while not around.bells.stopping:
            if around.ahead.teams is None:
                around.ahead.teams = await _supporter_rooms(around)
                around.ahead.told |= around.ahead.teams
            for room in around.ahead.take_expected():
                group.create_task(_attempt(around, partial(around.chat.expect, room)))
            for room in around.ahead.take_told():
                group.create_task(_attempt(around, partial(_make_ready, around, room)))
            if not await around.ahead.bell.heard(CALM if around.ahead.spoken else None):
                around.ahead.calm()


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
