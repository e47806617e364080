"""The stage of the demo: a homeserver, people with clients, their rooms, and the real bot among them."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

from msgspec import Struct

from bot.core.model import Trust
from bot.demo.checks import Checks
from bot.demo.homeserver import NAME, Homeserver, homeserver
from bot.demo.people import Person, enter
from bot.demo.process import BotProcess
from bot.demo.seen import Seen
from bot.demo.show import Show

BOT = "sws"
PEOPLE = ("rosa", "kim", "jo", "max", "sam", "ida", "lee")
ROOMS = {
    "kitchen": "Night Kitchen, a community room",
    "porch": "Open Porch, not encrypted",
    "nyc": "New York supporters",
    "chicago": "Chicago supporters",
    "fallback": "Supporters everywhere",
}
SETTINGS = """\
invites_from: [{name}]
cities:
  nyc:
    name: New York City
    aliases: [newyork, brooklyn]
    neighbours: [newark]
    timezone: America/New_York
    country: "US"
  newark: {{name: Newark, neighbours: [nyc], timezone: America/New_York, country: "US"}}
  chicago: {{name: Chicago, aliases: [chi], timezone: America/Chicago, country: "US"}}
supporter_rooms:
  "{nyc}": {{cities: [nyc]}}
  "{chicago}": {{cities: [chicago]}}
fallback_room: "{fallback}"
"""


class Town(Struct, frozen=True):
    """Rosa is the steward and sits in the fallback room, Kim is admin of the community rooms, Jo and Max are
    workers, Sam and Ida are supporters in New York City and Lee is one in Chicago."""

    server: Homeserver
    bot: BotProcess
    show: Show
    checks: Checks
    rosa: Person
    kim: Person
    jo: Person
    max: Person
    sam: Person
    ida: Person
    lee: Person
    kitchen: str
    porch: str
    nyc: str
    chicago: str
    fallback: str

    @property
    def people(self) -> tuple[Person, ...]:
        return (self.rosa, self.kim, self.jo, self.max, self.sam, self.ida, self.lee)

    def check(self, sentence: str, *, holds: bool) -> None:
        self.checks.that(sentence, holds=holds)

    async def post(self, person: Person, room: str, words: str) -> str:
        """Somebody writes into a room; both sides of it are shown. Gives the event id."""
        event = await person.write(room, words)
        self.show.event(person, await person.see_event(event))
        return event

    async def watch(self, person: Person, room: str, words: str) -> Seen:
        """Wait until this person's client shows the bot's words, and show both sides of it."""
        seen = await person.see(room, words, self.bot.user)
        self.show.event(person, seen)
        return seen

    async def private_chat(self, person: Person) -> str:
        """The room in which the bot speaks to this person; entered when it is new."""
        return await person.chat_with(self.bot.user, besides=self.show.room_names)

    async def nowhere_else(self, words: str, *readers: Person) -> None:
        """Check that nobody but these people ever read these words."""
        others = [person for person in self.people if person not in readers]
        await asyncio.gather(*(person.catch_up() for person in others))
        told = [person.name for person in others if person.saw(words)]
        names = " and ".join(person.name for person in readers)
        self.check(f"nobody but {names} read it" + f" (but {told} did)" * bool(told), holds=not told)

    def before(self, first: Seen, second: Seen) -> bool:
        """Whether the homeserver accepted the one before the other, by its own order."""
        order = "SELECT stream_ordering FROM events WHERE event_id = ?"
        return bool(self.server.sees(order, first.id) < self.server.sees(order, second.id))

    def check_sealed(self, words: str) -> None:
        """Check that the homeserver holds these words nowhere at all."""
        found = self.server.sees("SELECT count(*) FROM event_json WHERE instr(json, ?) > 0", words)
        self.check("the homeserver's database does not hold these words", holds=found == [(0,)])

    def check_card(self, card: Seen, worker: Person, post: str) -> None:
        """What holds for each case that supporters see."""
        sealed = card.encrypted and card.trust is Trust.SIGNED
        self.check("it came encrypted, from a device that the bot’s own identity signed", holds=sealed)
        rooms = [*self.show.room_names, *self.show.room_names.values()]
        named = any(it in card.body for it in (worker.user, f"@{worker.name}", post, *rooms))
        self.check("nothing in it says who wrote it, or where", holds=not named)


@asynccontextmanager
async def town(folder: Path, checks: Checks) -> AsyncIterator[Town]:
    """Everything running, the bot in all its rooms and ready; all of it ended at the end."""
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(homeserver(folder / "synapse"))
        password = os.urandom(8).hex()
        bot_user = await server.register(BOT, password)
        entering = (stack.enter_async_context(enter(server, name, folder / "people")) for name in PEOPLE)
        people = dict(zip(PEOPLE, [await each for each in entering], strict=True))
        rooms = await _rooms(people, bot_user)
        bot = BotProcess(folder / "bot", server.url, bot_user, password, people["rosa"].user)
        stack.push_async_callback(bot.stop)
        await bot.set_up(SETTINGS.format(name=NAME, **rooms))
        await bot.start()
        await _settle(people, rooms, bot_user)
        show = Show(server, {rooms[key]: name for key, name in ROOMS.items()})
        yield Town(server, bot, show, checks, **people, **rooms)  # type: ignore[arg-type]  # names as above


async def _rooms(people: dict[str, Person], bot: str) -> dict[str, str]:
    rosa, kim, jo, max_, sam, ida, lee = (people[name] for name in PEOPLE)
    made = {
        "kitchen": await kim.create_room(ROOMS["kitchen"], bot, jo.user, max_.user),
        "porch": await kim.create_room(ROOMS["porch"], bot, jo.user, max_.user, encrypted=False),
        "nyc": await sam.create_room(ROOMS["nyc"], bot, ida.user),
        "chicago": await lee.create_room(ROOMS["chicago"], bot),
        "fallback": await rosa.create_room(ROOMS["fallback"], bot),
    }
    for person in (jo, max_):
        await person.join(made["kitchen"])
        await person.join(made["porch"])
    await ida.join(made["nyc"])
    return made


async def _settle(people: dict[str, Person], rooms: dict[str, str], bot: str) -> None:
    """The bot is in every room, and may remove posts in the community rooms."""
    kim, sam, lee, rosa = (people[name] for name in ("kim", "sam", "lee", "rosa"))
    supporters = ((sam, "nyc"), (lee, "chicago"), (rosa, "fallback"))
    for person, room in ((kim, "kitchen"), (kim, "porch"), *supporters):
        await person.wait_for_member(rooms[room], bot)
    for person, room in supporters:
        await person.see(rooms[room], "This room gets", bot)
    await kim.set_power(rooms["kitchen"], bot, 50)
    await kim.set_power(rooms["porch"], bot, 50)
