"""Makes rooms of our own, each once: found again by a mark in it when we crashed before we heard its id."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final

from bot.core.model import RoomId, UserId
from bot.matrix.client import Client
from bot.matrix.wire import ask, path
from bot.ports import Clock, Forbidden, Gone, TryAgainLater

MARK: Final = "mark"
"""In the content of the event that creates the room, which only its creator can write."""
NAME: Final = "Chat"
"""Seen in a room list over somebody's shoulder."""
PROOF: Final = "proof"


class Opening:
    """Room creation has no transaction id, so this brings its own."""

    def __init__(self, client: Client, clock: Clock) -> None:
        self._client = client
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        # Known to nobody who does not hold our keys, and the same after a restart.
        self._secret = hashlib.sha256(client.config.pickle_key.encode() + b" rooms").digest()

    async def private_chat(self, person: UserId, key: str) -> RoomId:
        """A new encrypted room with this person invited; with the same key, the same room."""
        more = {"invite": [person], "is_direct": True, "name": NAME}
        return await self._once(self._mark(key), more)

    async def own_room(self) -> RoomId:
        """The room in which we write to ourselves."""
        return await self._once(PROOF, {})

    def _mark(self, key: str) -> str:
        return hmac.new(self._secret, key.encode(), hashlib.sha256).hexdigest()[:32]

    async def _once(self, mark: str, more: Mapping[str, Any]) -> RoomId:
        """Asked for twice at the same moment, the second finds the room of the first."""
        async with self._one_at_a_time:
            asked, room = self._client.notes.opening(mark, self._clock.now())
            if room is None and asked:
                room = await self._find(mark)
            if room is None:
                room = await self._create(mark, more)
            self._client.notes.opened(mark, room)
            return room

    async def _find(self, mark: str) -> RoomId | None:
        joined = (await ask(self._client, "GET", path("joined_rooms"))).get("joined_rooms")
        if not isinstance(joined, list):
            raise TryAgainLater("the homeserver did not say which rooms we are in")
        for room in joined:
            try:
                created = await ask(self._client, "GET", path("rooms", room, "state", "m.room.create", ""))
            except (Forbidden, Gone):
                continue
            if created.get(MARK) == mark:
                return RoomId(room)
        return None

    async def _create(self, mark: str, more: Mapping[str, Any]) -> RoomId:
        answer = await ask(self._client, "POST", path("createRoom"), {**room(mark), **more})
        if not isinstance(answer.get("room_id"), str):
            raise TryAgainLater("the homeserver did not say which room it made")
        return RoomId(answer["room_id"])


def room(mark: str) -> dict[str, Any]:
    """A room for two: encrypted from its first event, nobody but us decides who is in it."""
    return {
        "visibility": "private",
        "preset": "private_chat",
        "creation_content": {MARK: mark, "m.federate": True},
        "initial_state": [
            {
                "type": "m.room.encryption",
                "state_key": "",
                "content": {"algorithm": "m.megolm.v1.aes-sha2"},
            },
            {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": "invited"},
            },
            {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
        ],
        "power_level_content_override": {"invite": 100, "kick": 100, "ban": 100, "state_default": 100},
    }
