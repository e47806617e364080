"""People whose client is a Chat of our own: quick, and able to do what no polite client does."""

from __future__ import annotations

import itertools
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from enum import Enum
from pathlib import Path
from typing import Any

from bot.core.effects import Incoming
from bot.core.model import (
    Millis,
    RoomId,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.demo.homeserver import Homeserver
from bot.matrix.chat import MatrixChat
from bot.matrix.enrol import Account, enrol
from bot.matrix.session import Session
from bot.matrix.wire import fetch, path
from bot.ports import Batch, Undecrypted

NUMBERS = itertools.count(1)


class Pins:
    def __init__(self) -> None:
        self.held: dict[UserId, str] = {}

    def known(self) -> dict[UserId, str]:
        return self.held

    async def remember(self, pins: Any) -> None:
        for user, key in pins.items():
            self.held.setdefault(user, key)

    async def forget(self, person: UserId) -> None:
        self.held.pop(person, None)


class RealClock:
    def now(self) -> Millis:
        return Millis(int(time.time() * 1000))

    async def sleep(self, length: Millis) -> None:
        raise AssertionError("nothing here waits by itself")


class Notebook:
    def __init__(self) -> None:
        self.events: list[str] = []

    def event(self, name: str, **ids: str | int | Enum) -> None:
        self.events.append(name)

    def fault(self, name: str, error: BaseException, **ids: str | int | Enum) -> None:
        self.events.append(name)


@dataclass
class Someone:
    """A person whose client is a Chat of our own, and what they heard."""

    chat: MatrixChat
    session: Session
    user: UserId
    folder: Path
    journal: Notebook
    bookmark: str | None = None
    heard: list[Incoming] = field(default_factory=list)
    unread: list[Undecrypted] = field(default_factory=list)

    async def listen(self, wait: int = 0) -> Batch:
        batch = await self.chat.pull(self.bookmark, Millis(wait))
        self.bookmark = batch.bookmark
        self.heard += batch.incoming
        self.unread += batch.undecrypted
        return batch

    async def hear(self, kind: type[Any], **wanted: Any) -> Any:
        """Listen until something of this kind with these fields came."""
        for _ in range(30):
            for thing in self.heard:
                if isinstance(thing, kind) and all(getattr(thing, k) == v for k, v in wanted.items()):
                    return thing
            await self.listen(1000)
        raise AssertionError(f"{kind.__name__} {wanted} never came; heard {self.heard}")

    async def ask(self, method: str, where: str, body: dict[str, Any] | None = None) -> Any:
        return await fetch(self.chat.client, method, where, body)

    async def room(self, *invited: Someone, encrypted: bool = True, **more: Any) -> RoomId:
        state = [
            {
                "type": "m.room.history_visibility",
                "state_key": "",
                "content": {"history_visibility": "joined"},
            },
            {"type": "m.room.guest_access", "state_key": "", "content": {"guest_access": "forbidden"}},
        ]
        if encrypted:
            state.append(
                {
                    "type": "m.room.encryption",
                    "state_key": "",
                    "content": {"algorithm": "m.megolm.v1.aes-sha2"},
                }
            )
        body = {"preset": "private_chat", "initial_state": state, "invite": [p.user for p in invited], **more}
        room = RoomId((await self.ask("POST", path("createRoom"), body))["room_id"])
        for person in invited:
            await person.chat.join(room)
        return room

    async def write(self, room: RoomId, words: str, **more: Any) -> str:
        """Text as a person's client sends it, sealed where the room is."""
        seal = self.chat._seal
        facts = await seal.facts(room)
        content = {"msgtype": "m.text", "body": words, **more}
        key = f"w{next(NUMBERS)}"
        if facts.encrypted:
            return await seal._sealed(room, facts, content, key)
        return await seal._send(room, "m.room.message", content, key)


async def enter(homeserver: Homeserver, folder: Path, name: str) -> Someone:
    user = UserId(await homeserver.register(f"{name}{next(NUMBERS)}", "password"))
    home = folder / user[1:].split(":")[0]
    account = Account(homeserver.url, user, Sensitive("password"), home, bytes(32))
    session, _ = await enrol(account, None, os.urandom, lambda _: None)
    journal = Notebook()
    chat = MatrixChat(session, home, Pins(), RealClock(), journal)
    await chat.open()
    someone = Someone(chat, session, user, home, journal)
    await someone.listen()
    return someone


@asynccontextmanager
async def people(homeserver: Homeserver, folder: Path, *names: str) -> AsyncIterator[list[Someone]]:
    entered: list[Someone] = []
    try:
        for name in names:
            entered.append(await enter(homeserver, folder, name))  # noqa: PERF401 - who came in must leave
        yield entered
    finally:
        for someone in entered:
            await someone.chat.close()
