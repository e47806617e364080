"""The real bot on the real homeserver, among people whose clients are independent of ours."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from bot.demo.homeserver import NAME, Homeserver
from bot.demo.process import UNBROKEN, BotProcess
from bot.lists import RESOURCES
from tests.live.people import Client, Device, Event, Person

_NUMBERS = count(1)
SETTINGS = """\
invites_from: [{name}]
resources: resources.yaml
cities:
  nyc: {{name: New York City, aliases: [newyork, brooklyn], country: "US"}}
  chicago: {{name: Chicago, aliases: [chi], country: "US"}}
  newark: {{name: Newark, neighbours: [nyc], country: "US"}}
  berlin: {{name: Berlin, country: "DE"}}
supporter_rooms:
  "{nyc}": {{cities: [nyc]}}
  "{chicago}": {{cities: [chicago]}}
  "{newark}": {{cities: [newark]}}
fallback_room: "{fallback}"
"""
"""Newark's room is the one that tests make unsafe; Berlin has no supporters."""


@dataclass(slots=True)
class Stage:
    """Rosa is the steward, Kim is admin of the community rooms, the others are supporters."""

    server: Homeserver
    bot: BotProcess
    rosa: Person
    kim: Person
    sam: Person
    lee: Person
    nia: Person
    kitchen: str
    """Encrypted; the bot may remove posts."""
    cellar: str
    """Encrypted; the bot may remove nothing."""
    porch: str
    """Not encrypted; the bot may remove posts."""
    nyc: str
    chicago: str
    newark: str
    fallback: str
    everybody: list[Person] = field(default_factory=list)
    _chats: dict[str, str] = field(default_factory=dict)
    _unreadable: tuple[str, Person] | None = None

    @property
    def unreadable(self) -> tuple[str, Person]:
        """A private chat with a message in it whose key never reached the bot, and who wrote it."""
        assert self._unreadable is not None
        return self._unreadable

    @property
    def supporters(self) -> dict[str, Person]:
        """Who reads which supporter room."""
        return {self.nyc: self.sam, self.chicago: self.lee, self.newark: self.nia, self.fallback: self.rosa}

    @asynccontextmanager
    async def worker(
        self, *rooms: str, client: Client = Client.STRICT, device: Device = Device.SIGNED
    ) -> AsyncIterator[Person]:
        """Somebody new, in these community rooms (the encrypted one when none is named)."""
        name = f"worker{next(_NUMBERS)}"
        await self.server.register(name, "pw")
        async with await Person.enter(self.server.url, name, "pw", client, device) as person:
            for room in rooms or (self.kitchen,):
                await self.kim.invite(room, person.user)
                await person.join(await person.wait_for_membership("invite", room=room))
            self.everybody.append(person)
            try:
                yield person
            finally:
                self.everybody.remove(person)

    async def card(self, room: str, words: str, instead: Person | None = None) -> Event:
        """The case with these words, as the supporter of that room sees it."""
        return await (instead or self.supporters[room]).wait_for_text(room, words, self.bot.user)

    async def receipt(self, worker: Person, words: str) -> Event:
        """What the bot tells this worker in private."""
        return await worker.wait_for_text(await self.private_chat(worker), words, self.bot.user)

    async def private_chat(self, person: Person) -> str:
        """The room of this person and the bot that the bot made."""
        if person.user not in self._chats:
            room = await person.wait_for_membership("invite", by=self.bot.user)
            await person.join(room)
            self._chats[person.user] = room
        return self._chats[person.user]

    async def nowhere_else(self, words: str, *readers: Person) -> None:
        """Nobody but these people has these words in anything their client ever showed."""
        others = [person for person in self.everybody if person not in readers]
        await asyncio.gather(*(person.catch_up() for person in others))
        assert [person.name for person in others if words in person.everything()] == []

    def said_in(self, reader: Person, room: str) -> list[str]:
        return [event.body for event in reader.messages(room, self.bot.user)]


@asynccontextmanager
async def set_up(
    server: Homeserver, folder: Path, launcher: tuple[str, ...] = UNBROKEN
) -> AsyncIterator[Stage]:
    """All people in their rooms, and the bot ready in all of them."""
    async with AsyncExitStack() as stack:
        people = await _people(server, stack)
        rooms = await _rooms(people, server.user_id("sws"))
        password = os.urandom(8).hex()
        user = await server.register("sws", password)
        bot = BotProcess(folder / "bot", server.url, user, password, people["rosa"].user, launcher=launcher)
        for key in ("nyc", "chicago", "newark", "fallback", "kitchen", "cellar", "porch"):
            owner = people[_OWNERS[key]]
            await owner.invite(rooms[key], user)
        bot.folder.mkdir(parents=True)
        shutil.copy(RESOURCES, bot.folder / "resources.yaml")
        stack.push_async_callback(bot.stop)
        await bot.set_up(SETTINGS.format(name=NAME, **rooms))
        await bot.start()
        stage = Stage(server, bot, **people, **rooms, everybody=list(people.values()))  # type: ignore[arg-type]
        try:
            await _settle(stage)
        except AssertionError:
            print(bot.last_words())  # noqa: T201
            raise
        author = await stack.enter_async_context(stage.worker(stage.cellar))
        stage._unreadable = await _write_unreadable(stage, author), author
        yield stage


_OWNERS = {
    "kitchen": "kim",
    "cellar": "kim",
    "porch": "kim",
    "nyc": "sam",
    "chicago": "lee",
    "newark": "nia",
    "fallback": "rosa",
}
_CLIENTS = {
    "rosa": Client.STRICT,
    "kim": Client.DEFAULT,
    "sam": Client.STRICT,
    "lee": Client.DEFAULT,
    "nia": Client.DEFAULT,
}


async def _people(server: Homeserver, stack: AsyncExitStack) -> dict[str, Person]:
    for name in _CLIENTS:
        await server.register(name, "pw")
    entering = (Person.enter(server.url, name, "pw", client) for name, client in _CLIENTS.items())
    people = await asyncio.gather(*entering)
    return {person.name: await stack.enter_async_context(person) for person in people}


async def _rooms(people: dict[str, Person], bot: str) -> dict[str, str]:
    rooms = {}
    for key, owner in _OWNERS.items():
        if owner == "kim":
            power = {"users": {people["kim"].user: 100, bot: 0 if key == "cellar" else 50}}
            options = {"preset": "private_chat", "power_level_content_override": power}
            rooms[key] = await people[owner].create_room(
                encrypted=key != "porch", room_version="11", **options
            )
        else:
            rooms[key] = await people[owner].create_supporter_room()
    # A supporter room with two people in it, so that one can vouch for the other.
    await people["nia"].invite(rooms["newark"], people["rosa"].user)
    await people["rosa"].join(await people["rosa"].wait_for_membership("invite", room=rooms["newark"]))
    return rooms


async def _settle(stage: Stage) -> None:
    for room, supporter in stage.supporters.items():
        await supporter.wait_for_text(room, "This room gets", stage.bot.user)
    for room in (stage.kitchen, stage.cellar, stage.porch):
        await stage.kim.wait_for_text(room, "Hello", stage.bot.user)


async def _write_unreadable(stage: Stage, author: Person) -> str:
    chat = await author.create_room(
        encrypted=True, preset="trusted_private_chat", invite=[stage.bot.user], is_direct=True
    )
    await author.wait_for_text(chat, "The next thing you write here", stage.bot.user)
    content = {
        "algorithm": "m.megolm.v1.aes-sha2",
        "device_id": author.device,
        "sender_key": "A" * 43,
        "session_id": "B" * 43,
        "ciphertext": "C" * 200,
    }
    await author.request("PUT", f"/_matrix/client/v3/rooms/{chat}/send/m.room.encrypted/lost", content)
    return chat
