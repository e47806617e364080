"""Asks the homeserver what a room is like: once for everybody who waits for the same answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Final, final

from msgspec import Struct

from bot.core.model import Millis, RoomId
from bot.matrix import rooms
from bot.matrix.client import Client
from bot.matrix.rooms import State
from bot.ports import Clock

FRESH: Final = Millis(500)
"""A question may have been asked so long ago at most, by another telling or ahead of this one."""


class _Look(Struct, eq=False):
    """One question about one room."""

    asked: Millis
    answer: asyncio.Future[State | None]
    """None where there is none, and who waits has to ask for themselves."""
    ahead: bool
    """Asked for nobody yet."""


@final
class Looks:
    """Nothing is sent by an answer that was asked for long before, nor by one from before a change we saw."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client, self._clock = client, clock
        self._looks: dict[RoomId, _Look] = {}
        """The newest of each room that somebody may still share."""

    def moved(self, moved: Iterable[RoomId]) -> None:
        """Something changed in these rooms: what was asked before that is shared no more."""
        for room in moved:
            self._looks.pop(room, None)

    async def state(self, room: RoomId) -> State:
        """Raises `TryAgainLater`, `Forbidden`, `Gone`."""
        while (look := self._fresh(room)) is not None:
            if look.ahead:
                # The next who needs one asks anew.
                look.ahead = False
                if look.answer.done():
                    self._drop(room, look)
            found = await asyncio.shield(look.answer)
            if found is not None:
                return found
        return await self._ask(room, ahead=False)

    async def ahead(self, room: RoomId) -> None:
        """Ask now: the first who needs the answer soon has it. Raises as `state` does."""
        if self._fresh(room) is None:
            await self._ask(room, ahead=True)

    def _fresh(self, room: RoomId) -> _Look | None:
        look = self._looks.get(room)
        return look if look is not None and 0 <= self._clock.now() - look.asked <= FRESH else None

    def _drop(self, room: RoomId, look: _Look) -> None:
        if self._looks.get(room) is look:
            del self._looks[room]

    async def _ask(self, room: RoomId, *, ahead: bool) -> State:
        look = _Look(self._clock.now(), asyncio.get_running_loop().create_future(), ahead)
        self._looks[room] = look
        try:
            found = await rooms.state(self._client, room)
        except BaseException as failure:
            self._drop(room, look)
            if isinstance(failure, Exception) and not ahead:
                look.answer.set_exception(failure)
                look.answer.exception()  # seen, also when nobody else waits for it
            else:
                # Who asked was broken off, or needed no answer: who waits for it asks anew.
                look.answer.set_result(None)
            raise
        look.answer.set_result(found)
        if not look.ahead:
            self._drop(room, look)
        return found
