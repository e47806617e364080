"""Clients of the bench: workers who seal their words beforehand, a supporter who notes when they came."""

from __future__ import annotations

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, Final

from bot.core.model import RoomId, UserId
from bot.core.sensitive import Sensitive
from bot.demo.homeserver import Homeserver
from bot.demo.people import _Pins
from bot.matrix.client import Client
from bot.matrix.enrol import Account, enrol
from bot.matrix.keys import Upkeep
from bot.matrix.reading import Opened, Reader
from bot.matrix.session import Session
from bot.matrix.translate import part
from bot.matrix.wire import ask, fetch, path, query

MARK: Final = re.compile(r"mark-[a-z0-9-]+")
"""Stands in every message of the bench, each in one only."""
MEGOLM: Final = {"algorithm": "m.megolm.v1.aes-sha2"}


@dataclass(slots=True)
class Someone:
    """An account with one signed device. It listens only between `listening()` and its end."""

    user: UserId
    password: str
    client: Client
    _upkeep: Upkeep
    _reader: Reader
    came: dict[str, float] = field(default_factory=dict)
    """When each mark was first read here, by this machine's steady clock."""
    doubles: int = 0
    unreadable: dict[str, dict[str, Any]] = field(default_factory=dict)
    _news: asyncio.Condition = field(default_factory=asyncio.Condition)
    _numbers: Any = field(default_factory=count)

    async def ask(self, method: str, where: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        return await ask(self.client, method, where, body)

    async def create_room(
        self, *invited: str, encrypted: bool = True, public: bool = False, **options: Any
    ) -> str:
        first: list[dict[str, Any]] = [
            {"type": "m.room.history_visibility", "content": {"history_visibility": "joined"}},
            {"type": "m.room.guest_access", "content": {"guest_access": "forbidden"}},
        ]
        if encrypted:
            first.append({"type": "m.room.encryption", "content": MEGOLM})
        body = {
            "preset": "public_chat" if public else "private_chat",
            "invite": invited,
            "initial_state": [{"state_key": "", **each} for each in first],
            **options,
        }
        return str((await self.ask("POST", path("createRoom"), body))["room_id"])

    async def join(self, room: str) -> None:
        await self.ask("POST", path("join", room), {})

    async def seal(self, room: str, readers: Iterable[str], text: str) -> tuple[str, dict[str, Any]]:
        """What `put` sends: sealed for these readers only; for nobody, in the clear."""
        content = {"msgtype": "m.text", "body": text}
        people = frozenset(UserId(reader) for reader in readers)
        if not people:
            return "m.room.message", content
        return "m.room.encrypted", await self.client.sharing.encrypt(
            RoomId(room), people, "m.room.message", content
        )

    async def put(self, room: str, made: tuple[str, dict[str, Any]]) -> None:
        kind, content = made
        where = path("rooms", room, "send", kind, f"n{next(self._numbers)}-{os.getpid()}")
        await self.ask("PUT", where, content)

    async def note(self, mark: str, patience: float) -> float | None:
        """When this mark came; None when it did not within `patience` seconds."""
        with suppress(TimeoutError):
            async with asyncio.timeout(patience), self._news:
                while mark not in self.came:
                    await self._news.wait()
                return self.came[mark]
        return None

    @asynccontextmanager
    async def listening(self, *rooms: str) -> AsyncIterator[None]:
        """Reads these rooms from now on, and joins nothing."""
        wanted = json.dumps(
            {
                "presence": {"not_types": ["*"]},
                "account_data": {"not_types": ["*"]},
                "room": {
                    "rooms": list(rooms),
                    "account_data": {"not_types": ["*"]},
                    "ephemeral": {"not_types": ["*"]},
                    "state": {"types": []},
                    "timeline": {"limit": 200, "types": ["m.room.message", "m.room.encrypted"]},
                },
            }
        )
        since = await self._sync(wanted, None)
        listening = asyncio.create_task(self._listen(wanted, since))
        try:
            yield
        finally:
            listening.cancel()
            with suppress(asyncio.CancelledError):
                await listening

    async def _listen(self, wanted: str, since: str) -> None:
        while True:
            since = await self._sync(wanted, since)

    async def _sync(self, wanted: str, since: str | None) -> str:
        asked = {"filter": wanted, "timeout": "20000" if since else "0", "set_presence": "offline"}
        if since is not None:
            asked["since"] = since
        body = await fetch(self.client, "GET", path("sync") + query(asked))
        self._upkeep.note_changes(body)
        messages = part(part(body, "to_device"), "events")
        if messages:
            self._reader.take_keys(messages)
            for event in list(self.unreadable.values()):
                self._read(event, event["room_id"])
        for room, section in (part(part(body, "rooms"), "join") or {}).items():
            for event in part(part(section, "timeline"), "events") or []:
                self._read(event, room)
        await self._upkeep.refill(body)
        async with self._news:
            self._news.notify_all()
        return str(body["next_batch"])

    def _read(self, event: dict[str, Any], room: str) -> None:
        if event["sender"] == self.user or not event["content"]:
            return
        content = event["content"]
        if event["type"] == "m.room.encrypted":
            opened = self._reader.open(event, RoomId(room))
            if not isinstance(opened, Opened):
                self.unreadable[event["event_id"]] = {**event, "room_id": room}
                return
            self.unreadable.pop(event["event_id"], None)
            content = opened.event["content"]
        if part(part(content, "m.relates_to"), "rel_type") == "m.replace":
            return
        now = time.perf_counter()
        for mark in set(MARK.findall(str(content.get("body", "")))):
            self.doubles += mark in self.came
            self.came.setdefault(mark, now)


async def enter(server: Homeserver, name: str, folder: Path) -> Someone:
    """Register, log in, sign the device. `leave` it in the end."""
    password = f"{name}-{os.urandom(4).hex()}"
    user = UserId(await server.register(name, password))
    session = await signed_in(server, user, password, folder / name)
    client = Client(session, folder / name, _Pins())
    await client.open()
    upkeep = Upkeep(client)
    # With one-time keys, so that a bot can give them the key of what it says in their room.
    await upkeep.refill({})
    return Someone(user, password, client, upkeep, Reader(client))


async def signed_in(server: Homeserver, user: str, password: str, folder: Path) -> Session:
    """A device that its owner's identity signed."""
    account = Account(server.url, UserId(user), Sensitive(password), folder, os.urandom(32))
    session, _ = await enrol(account, None, os.urandom, lambda _: None)
    return session


async def leave(people: Iterable[Someone]) -> None:
    for person in people:
        await person.client.close()
