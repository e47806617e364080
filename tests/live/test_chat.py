"""The Chat on a real homeserver, with a second one of our own as the other person."""

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

import pytest

from bot.core.effects import Incoming
from bot.core.model import (
    Invitation,
    Membership,
    Message,
    Millis,
    Power,
    Presence,
    Removal,
    RoomId,
    Trust,
    Unsafe,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.core.speech import Paragraph, Quote, Spoken, Whispered
from bot.demo.homeserver import Homeserver
from bot.matrix.chat import MatrixChat
from bot.matrix.enrol import Account, enrol
from bot.matrix.wire import ask, fetch, path
from bot.ports import Batch, NotSafe, Undecrypted

pytestmark = pytest.mark.live
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

    async def room(self, *invited: "Someone", encrypted: bool = True, **more: Any) -> RoomId:
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
    someone = Someone(chat, user, home, journal)
    await someone.listen()
    return someone


@asynccontextmanager
async def people(homeserver: Homeserver, folder: Path, *names: str) -> AsyncIterator[list[Someone]]:
    entered: list[Someone] = []
    try:
        for name in names:
            entered.append(await enter(homeserver, folder, name))
        yield entered
    finally:
        for someone in entered:
            await someone.chat.close()


def said(words: str) -> Whispered:
    return Whispered((Paragraph("A case."), Quote(Sensitive(words))))


async def test_the_bot_hears_itself_before_it_says_it_is_ready(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot") as (bot,):
        await bot.chat.prove()
        await bot.chat.prove()


async def test_an_encrypted_message_arrives_signed_and_the_answer_is_read(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        room = await rosa.room(bot)
        await rosa.write(room, "hello bot")
        heard = await bot.hear(Message, room=room)
        assert (heard.body, heard.trust, heard.sender) == (Sensitive("hello bot"), Trust.SIGNED, rosa.user)
        told = await bot.chat.tell(room, said("words"), frozenset({rosa.user}), "k1")
        assert told == await bot.chat.tell(room, said("words"), frozenset({rosa.user}), "k1")
        await rosa.listen()
        assert not rosa.unread
        assert rosa.journal.events == []


async def test_private_chat(homeserver: Homeserver, tmp_path: Path) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        room = await bot.chat.open_private_chat(rosa.user, "k")
        assert room == await bot.chat.open_private_chat(rosa.user, "k")
        await bot.chat.whisper(room, rosa.user, said("x"), "w")
        asked = await rosa.hear(Invitation, room=room)
        assert asked.direct
        await rosa.chat.join(room)
        await rosa.write(room, "thanks")
        assert (await bot.hear(Message, room=room)).trust is Trust.SIGNED
        assert (await bot.chat.power(room, rosa.user), await bot.chat.power(room, bot.user)) == (
            Power.MEMBER,
            Power.ADMIN,
        )
        facts = await bot.chat.facts(room)
        assert facts.may_repair and facts.may_remove and facts.may_speak
