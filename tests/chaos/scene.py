"""The stage of the chaos: a real homeserver behind a bad proxy, the real bot, and people who need help."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bot.core.model import RoomId
from bot.demo.homeserver import NAME, Homeserver, homeserver
from bot.demo.people import Person, enter
from bot.demo.process import BotFailed, BotProcess
from tests.chaos.proxy import Proxy, in_front_of
from tests.chaos.tally import Count, Eyes, Tally
from tests.chaos.writers import Crowd, Writer, crowd

SETTINGS = """\
invites_from: [{name}]
cities:
  nyc: {{name: New York City, country: "US"}}
  newark: {{name: Newark, country: "US"}}
supporter_rooms:
  "{nyc}": {{cities: [nyc]}}
fallback_room: "{fallback}"
escalation:
  usual: {{room: 600, neighbours: 610, everybody: 620}}
  urgent: {{room: 600, neighbours: 610, everybody: 620}}
"""
# Nobody claims anything here, and a case that is put before others is meant to stand in two places.


SAID = (
    "#swshelp #nyc I need a ride home",
    "#swsharassment #nyc they write to me all night",
    "#swshelp #nyc I need a place for tonight",
    "#swsdanger #nyc a white van waits at the corner",
    "#swsdoxx #nyc he put me on https://example.org/made/up",
)
"""What writers post, in turn; the last is to be removed from the room."""


@dataclass
class Scene:
    """Rosa is the steward, Sam and Ana are supporters of New York City, Lee is one of the fallback room.

    Jo writes encrypted, in the kitchen; the writers in the streets, which are not encrypted.
    """

    folder: Path
    server: Homeserver
    proxy: Proxy
    bot: BotProcess
    crowd: Crowd
    rosa: Person
    sam: Person
    ana: Person
    lee: Person
    jo: Person
    nyc: str
    fallback: str
    kitchen: str
    streets: list[str]
    writers: list[Writer]
    tally: Tally
    sams_eyes: Eyes
    lees_eyes: Eyes

    async def post(self, number: int) -> None:
        """Somebody writes a post in a street."""
        writer = self.writers[number % len(self.writers)]
        street = self.streets[number % len(self.streets)]
        await writer.write(street, self.tally.words(street, writer.user, SAID[number % len(SAID)]))

    async def newcomer_posts(self) -> str:
        """Somebody who never wrote before: who wrote much lately is heard in the case they have already.

        Gives the mark of the post.
        """
        newcomer = await self.crowd.enter(f"newcomer{len(self.tally.before) + len(self.tally.posts)}")
        await newcomer.join(self.streets[0])
        await newcomer.write(self.streets[0], self.tally.words(self.streets[0], newcomer.user))
        return [*self.tally.posts][-1]

    async def post_sealed(self) -> None:
        await self.jo.write(self.kitchen, self.tally.words(self.kitchen, self.jo.user))

    def new_key(self) -> None:
        """What Jo writes next is encrypted with another key."""
        self.jo._client.invalidate_outbound_session(RoomId(self.kitchen))

    async def all_arrived(self, patience: float = 60) -> bool:
        return await self.tally.all_arrived(self.sams_eyes, self.lees_eyes, patience=patience)

    async def count(self) -> Count:
        return await self.tally.count(
            self.sams_eyes,
            self.lees_eyes,
            disks=(self.bot.folder,),
            logs=tuple(self.bot.log),
            sealed=(self.nyc, self.fallback, self.kitchen),
            outsiders=(self.rosa,),
        )

    async def fresh(self) -> None:
        """Before the next trial: good weather, the bot running, an empty tally."""
        self.proxy.calm()
        if not self.bot.running:
            await self.bot.start()
        self.tally = self.tally.next()

    async def kill(self) -> None:
        """SIGKILL, whatever the bot is doing."""
        await self.bot.stop(signal.SIGKILL)


@asynccontextmanager
async def scene(folder: Path, streets: int = 2, writers: int = 4) -> AsyncIterator[Scene]:
    """Everything running, the bot in its rooms and ready; all of it ended at the end."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(homeserver(folder / "synapse"))
        proxy = await stack.enter_async_context(in_front_of(server.url))
        outside = crowd(server)
        stack.push_async_callback(outside.session.close)
        password = os.urandom(8).hex()
        bot_user = await server.register("sws", password)
        people = [
            await stack.enter_async_context(enter(server, name, folder / "people"))
            for name in ("rosa", "sam", "ana", "lee", "jo")
        ]
        rosa, sam, ana, lee, jo = people
        nyc = await sam.create_room("Supporters of New York City", ana.user, bot_user)
        await ana.join(nyc)
        fallback = await lee.create_room("Supporters for everywhere", bot_user)
        kitchen = await jo.create_room("Night Kitchen", bot_user)
        crew = list(await asyncio.gather(*(outside.enter(f"w{number}") for number in range(writers))))
        # So that the bot may remove posts there.
        power = {"users": {crew[0].user: 100, bot_user: 50}}
        options: dict[str, Any] = {"room_version": "11", "power_level_content_override": power}
        roads = [await crew[0].create_room(bot_user, **options) for _ in range(streets)]
        await asyncio.gather(*(writer.join(road) for writer in crew[1:] for road in roads))
        bot = BotProcess(folder / "bot", proxy.url, bot_user, password, rosa.user)
        bot.launcher = ("-m", "tests.chaos.broken_machine")
        stack.enter_context(patched_environment(CHAOS_FOLDER=str(folder)))
        stack.push_async_callback(bot.stop)
        await bot.set_up(SETTINGS.format(name=NAME, nyc=nyc, fallback=fallback))
        await bot.start()
        for person, room in ((sam, nyc), (lee, fallback), (jo, kitchen)):
            await person.wait_for_member(room, bot_user)
        for person, room in ((sam, nyc), (lee, fallback)):
            await person.see(room, "This room gets", bot_user)
        await joined(server, bot_user, streets + 3)
        yield Scene(
            *(
                folder,
                server,
                proxy,
                bot,
                outside,
                rosa,
                sam,
                ana,
                lee,
                jo,
                nyc,
                fallback,
                kitchen,
                roads,
                crew,
            ),
            tally=Tally(server),
            sams_eyes=Eyes(sam, nyc),
            lees_eyes=Eyes(lee, fallback),
        )


@contextmanager
def patched_environment(**values: str) -> Iterator[None]:
    """What children started meanwhile inherit."""
    before = {name: os.environ.get(name) for name in values}
    os.environ.update(values)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


async def joined(server: Homeserver, user: str, rooms: int) -> None:
    """Wait until this account is in so many rooms."""
    query = "SELECT count(*) FROM local_current_membership WHERE user_id = ? AND membership = 'join'"
    await until(lambda: server.sees(query, user)[0][0] >= rooms, "an account to join its rooms", 120)


async def until(holds: Callable[[], bool], what: str, within: float = 60, every: float = 0.1) -> None:
    """Look again and again until something holds, which nobody tells us."""
    end = time.monotonic() + within
    while not holds():
        assert time.monotonic() < end, f"waited {within:.0f} seconds for {what}"
        await asyncio.sleep(every)


async def start_and_kill(scene: Scene, after: float) -> bool:
    """Start the bot and SIGKILL it so many seconds later, ready or not. Returns whether it had been ready."""
    starting = asyncio.create_task(scene.bot.start())
    await asyncio.sleep(after)
    ready = starting.done()
    await until(lambda: scene.bot.running or starting.done(), "the bot's process", every=0.01)
    await scene.kill()
    with suppress(BotFailed):
        await starting
    return ready
