"""Asks the homeserver what a room is like: once for everybody who waits for the same answer."""

from __future__ import annotations

import asyncio
from typing import Final, final

from bot.core.model import Millis, RoomId
from bot.matrix import rooms
from bot.matrix.client import Client
from bot.matrix.rooms import State
from bot.ports import Clock, TryAgainLater

FRESH: Final = Millis(500)
"""So old an answer may be that was asked for ahead, when something was decided on that is sent now."""


@final
class Looks:
    """No answer is older than the decision it is needed for, and none is used for the next one."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._under_way: dict[RoomId, asyncio.Future[State]] = {}
        self._waited_for: set[RoomId] = set()
        self._ahead: dict[RoomId, tuple[Millis, State]] = {}

    async def state(self, room: RoomId) -> State:
        """Raises `TryAgainLater`, `Forbidden`, `Gone`."""
        asked, found = self._ahead.pop(room, (None, None))
        if found is not None and asked is not None and 0 <= self._clock.now() - asked <= FRESH:
            return found
        under_way = self._under_way.get(room)
        if under_way is None:
            return await self._ask(room)
        self._waited_for.add(room)
        return await asyncio.shield(under_way)

    async def ahead(self, room: RoomId) -> None:
        """Ask now: the first who needs the answer soon has it."""
        if room in self._under_way:
            return
        asked = self._clock.now()
        found = await self._ask(room)
        if room not in self._waited_for:
            self._ahead[room] = asked, found

    async def _ask(self, room: RoomId) -> State:
        answer: asyncio.Future[State] = asyncio.get_running_loop().create_future()
        self._under_way[room] = answer
        self._waited_for.discard(room)
        try:
            found = await rooms.state(self._client, room)
        except BaseException as failure:
            # Who asked may be broken off; who waits for the answer is not.
            lost = failure if isinstance(failure, Exception) else TryAgainLater("nobody asks any more")
            answer.set_exception(lost)
            answer.exception()  # seen, also when nobody else waits for it
            raise
        else:
            answer.set_result(found)
            return found
        finally:
            del self._under_way[room]
