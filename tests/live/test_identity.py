"""On a real homeserver, against today's clients: the bot's identity, and whose devices get its keys."""

from __future__ import annotations

import asyncio
import os
import secrets
import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import EventId, IdentityChange, Millis, RoomId, Trust, Unsafe, UserId
from bot.core.sensitive import Sensitive
from bot.core.speech import Paragraph, Whispered
from bot.demo.homeserver import Homeserver
from bot.matrix.chat import MatrixChat
from bot.matrix.enrol import Account, alive, enrol
from bot.matrix.identity import AlreadyHasIdentity
from bot.matrix.keystore import StoreInUse
from bot.matrix.session import Session
from bot.matrix.storage import RecoveryKey, WrongRecoveryKey
from bot.ports import NotSafe, Undecrypted
from tests.live.people import Client, Device, Person
from tests.matrix.world import Pins

pytestmark = pytest.mark.live

PASSWORD = "a password of the test"


class Clock:
    def now(self) -> Millis:
        return Millis(1_800_000_000_000)

    async def sleep(self, length: Millis) -> None:
        await asyncio.sleep(length / 1000)


class Journal:
    def event(self, name: str, **about: object) -> None: ...

    def fault(self, name: str, error: BaseException, **about: object) -> None: ...


@dataclass
class Bot:
    account: Account
    session: Session
    recovery: str
    chat: MatrixChat
    pins: Pins
    bookmark: str | None = None

    @property
    def user(self) -> UserId:
        return self.session.user

    async def pull(self) -> list[Any]:
        batch = await self.chat.pull(self.bookmark, Millis(1000))
        self.bookmark = batch.bookmark
        return [*batch.incoming, *batch.undecrypted]

    async def hears(self, event: str) -> Any:
        """What this event came to; its key may come after it."""
        late: Undecrypted | None = None
        for _ in range(30):
            for thing in await self.pull():
                if isinstance(thing, Undecrypted):
                    late = thing if thing.event.id == event else late
                elif getattr(thing, "id", "") == event:
                    return thing
            if late is not None and (read := await self.chat.read_again(late)) is not None:
                return read
        raise AssertionError("the event did not come")

    async def says(self, room: str, person: str, words: str) -> EventId:
        await self.pull()
        return await self.chat.whisper(
            RoomId(room), UserId(person), Whispered((Paragraph(words),)), secrets.token_hex(8)
        )


@dataclass
class World:
    server: Homeserver
    folder: Path
    stack: AsyncExitStack

    async def person(
        self, client: Client = Client.STRICT, device: Device = Device.SIGNED, name: str = ""
    ) -> Person:
        if not name:
            name = f"rosa{secrets.token_hex(4)}"
            await self.server.register(name, PASSWORD)
        person = await Person.enter(self.server.url, name, PASSWORD, client, device)
        self.stack.push_async_callback(person.go)
        return person

    async def account(self) -> Account:
        user = await self.server.register(f"bot{secrets.token_hex(4)}", PASSWORD)
        return Account(
            self.server.url, UserId(user), Sensitive(PASSWORD), self.folder / secrets.token_hex(4), bytes(32)
        )

    async def bot(self) -> Bot:
        shown: list[str] = []
        account = await self.account()
        session, _ = await enrol(account, None, os.urandom, shown.append)
        pins = Pins()
        chat = MatrixChat(session, account.folder, pins, Clock(), Journal())
        await chat.open()
        self.stack.push_async_callback(chat.close)
        bot = Bot(account, session, shown[0], chat, pins)
        await bot.pull()
        return bot

    async def room(self, bot: Bot, person: Person) -> str:
        """An encrypted room of one person and the bot."""
        room = await person.create_room(encrypted=True, preset="private_chat", invite=[bot.user])
        await bot.chat.join(RoomId(room))
        await bot.pull()
        return room


@pytest.fixture
async def world(homeserver: Homeserver, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        yield World(homeserver, tmp_path, stack)


async def test_a_strict_client_and_the_bot_read_each_other_without_a_shield(world: World) -> None:
    bot, rosa = await world.bot(), await world.person()
    room = await world.room(bot, rosa)
    sent = await rosa.send(room, "hello bot")
    heard = await bot.hears(sent)
    assert (heard.body.reveal(), heard.trust) == ("hello bot", Trust.SIGNED)
    seen = await rosa.wait_for_event(room, await bot.says(room, rosa.user, "hello rosa"))
    assert (seen.body, seen.clean) == ("hello rosa", True)
    assert (await rosa.identity(bot.user))["signed"] == {bot.session.device: True}


async def test_another_client_opens_the_secret_storage_with_the_printed_recovery_key(world: World) -> None:
    bot = await world.bot()
    name = bot.user.removeprefix("@").partition(":")[0]
    other = await world.person(device=Device.UNSIGNED, name=name)
    for part in ("master", "self_signing", "user_signing"):
        secret = {"key": bot.recovery, "name": f"m.cross_signing.{part}"}
        assert await other.do("secret_with_recovery_key", **secret)


async def test_an_unsigned_device_gets_no_key_and_is_told_why(world: World) -> None:
    bot, rosa = await world.bot(), await world.person(Client.DEFAULT)
    laptop = await world.person(Client.DEFAULT, Device.UNSIGNED, rosa.name)
    room = await world.room(bot, rosa)
    await laptop.wait_until_in(room)
    event = await bot.says(room, rosa.user, "for signed devices")
    assert (await rosa.wait_for_event(room, event)).body == "for signed devices"
    refused = await laptop.wait_for(room, lambda seen: seen.id == event and bool(seen.failure), "a refusal")
    assert "UNVERIFIED" in str(refused.failure)


async def test_what_an_unsigned_device_says_is_marked(world: World) -> None:
    bot, rosa = await world.bot(), await world.person(Client.DEFAULT)
    laptop = await world.person(Client.DEFAULT, Device.UNSIGNED, rosa.name)
    room = await world.room(bot, rosa)
    await laptop.wait_until_in(room)
    heard = await bot.hears(await laptop.send(room, "from my laptop"))
    assert heard.trust is Trust.UNSIGNED


def spoil_one_time_keys(server: Homeserver, user: str) -> None:
    """The homeserver's hand, or a hostile client's: keys in place, and none of them opens a session."""
    with closing(sqlite3.connect(server.database, timeout=30)) as database:
        for table in ("e2e_one_time_keys_json", "e2e_fallback_keys_json"):
            spoilt = database.execute(
                f"UPDATE {table} SET key_json = json_set(key_json, '$.key', ?) WHERE user_id = ?",  # noqa: S608
                ("A" * 43, user),
            )
            assert spoilt.rowcount > 0
        database.commit()


async def test_a_bad_one_time_key_of_one_member_stops_nobody_elses_message(world: World) -> None:
    bot, rosa, mal = await world.bot(), await world.person(), await world.person()
    room = await rosa.create_supporter_room(bot.user, mal.user)
    await mal.accept()
    await bot.chat.join(RoomId(room))
    spoil_one_time_keys(world.server, mal.user)
    await bot.pull()
    roster = frozenset(map(UserId, (bot.user, rosa.user, mal.user)))
    event = await bot.chat.tell(RoomId(room), Whispered((Paragraph("still here"),)), roster, "key")
    assert (await rosa.wait_for_event(room, event)).body == "still here"
    assert (
        await mal.wait_for(room, lambda seen: seen.id == event and bool(seen.failure), "a refusal")
    ).failure


async def test_a_new_device_with_the_recovery_key_is_the_same_bot(world: World) -> None:
    bot, rosa = await world.bot(), await world.person()
    room = await world.room(bot, rosa)
    before = await rosa.identity(bot.user)
    await bot.chat.close()
    recovery = RecoveryKey.read(Sensitive(bot.recovery))
    session, logged_out = await enrol(bot.account, recovery, os.urandom, pytest.fail)
    assert logged_out == 1
    assert not await alive(bot.session)
    chat = MatrixChat(session, bot.account.folder, bot.pins, Clock(), Journal())
    await chat.open()
    world.stack.push_async_callback(chat.close)
    again = Bot(bot.account, session, bot.recovery, chat, bot.pins)
    seen = await rosa.wait_for_event(room, await again.says(room, rosa.user, "I am back"))
    assert (seen.body, seen.clean) == ("I am back", True)
    after = await rosa.identity(bot.user)
    assert after["signed"] == {session.device: True}
    assert before["changed"] is after["changed"] is False
    heard = await again.hears(await rosa.send(room, "welcome back"))
    assert heard.body.reveal() == "welcome back"


async def test_an_identity_is_never_replaced(world: World) -> None:
    bot = await world.bot()
    with pytest.raises(StoreInUse):
        await enrol(bot.account, None, os.urandom, pytest.fail)
    await bot.chat.close()
    with pytest.raises(AlreadyHasIdentity):
        await enrol(bot.account, None, os.urandom, pytest.fail)
    with pytest.raises(WrongRecoveryKey):
        await enrol(bot.account, RecoveryKey(bytes(32)), os.urandom, pytest.fail)
    assert await alive(bot.session)


async def test_who_resets_their_identity_gets_nothing_more_until_trusted_again(world: World) -> None:
    bot, rosa = await world.bot(), await world.person(Client.DEFAULT)
    room = await world.room(bot, rosa)
    first = await bot.says(room, rosa.user, "first")
    assert (await rosa.wait_for_event(room, first)).body == "first"
    await rosa.do("reset_identity", password=PASSWORD)
    for _ in range(10):
        if any(isinstance(thing, IdentityChange) for thing in await bot.pull()):
            break
        await bot.chat.client.devices.learn()
    else:
        pytest.fail("the change was not noticed")
    with pytest.raises(NotSafe) as refused:
        await bot.says(room, rosa.user, "second")
    assert refused.value.why is Unsafe.IDENTITY_CHANGED
    await bot.pins.forget(UserId(rosa.user))
    seen = await rosa.wait_for_event(room, await bot.says(room, rosa.user, "trusted again"))
    assert seen.body == "trusted again"
