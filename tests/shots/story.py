"""What is played for the pictures, and when each is taken: a danger post, from the card to the closing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

from bot.demo.checks import Checks
from bot.demo.seen import Seen
from bot.demo.town import Town, town
from tests.shots.nheko import PHONE, Nheko, nheko

PICTURES: Final = (
    "community-room",
    "card",
    "thread",
    "private-chat",
    "private-chat-answers",
    "closed",
    "board",
    "alert",
)
POST: Final = (
    "#swsdanger #brooklyn A client will not leave my doorstep, and he has my spare key. "
    "I am inside with a friend."
)
OFFER: Final = (
    "I am with you. Is the door bolted? Two of us can wait across the street, and we pay for a lock."
)
ASIDE: Final = "Who is near Bedford Avenue tonight?"
ANSWER: Final = "Yes, bolted. Two people across the street would help so much."
THANKS: Final = "He left. Thank you, thank you."
WARNING: Final = "A man in a grey van pays with torn notes. Count before he leaves the car."
WIDE: Final = (1000, 960)
TALL: Final = (PHONE[0], 1240)


async def take_pictures(folder: Path, into: Path, say: Callable[[str], None]) -> None:
    """Everything is started here and ended here. Raises `NeverCame` and `ScreenFailed`."""
    async with town(folder / "town", Checks(say)) as place, AsyncExitStack() as clients:
        say("The bot is up. Sam and Jo log in with nheko and sign its device with their recovery keys.")
        sam = await clients.enter_async_context(nheko(place.server, place.sam, folder))
        jo = await clients.enter_async_context(nheko(place.server, place.jo, folder))
        await _Pictures(place, sam, jo, into, say).play()


class _Pictures:
    """People act through their demo clients; nheko is a further device of Sam's and of Jo's, and looks on."""

    def __init__(self, place: Town, sam: Nheko, jo: Nheko, into: Path, say: Callable[[str], None]) -> None:
        self.place, self.sam, self.jo, self.into, self.say = place, sam, jo, into, say

    async def play(self) -> None:
        await self._before()
        await self.place.jo.write(self.place.kitchen, POST)
        card = await self._said_to_sam("spare key")
        chat = await self.place.private_chat(self.place.jo)
        await self._before_anybody_has_it(chat)
        await self._talk(card.id, chat)
        await self._closing(card.id, chat)
        await self._alert()

    async def _before(self) -> None:
        """A new device cannot read what was said before it: ordinary talk moves that out of sight."""
        # A phone shows no more of a name than this beside its buttons.
        await self.place.kim.set_state(self.place.kitchen, "m.room.name", {"name": "Night Kitchen"})
        await self.place.max.write(self.place.kitchen, "!resources mutual aid nyc")
        await self.place.jo.see(self.place.kitchen, "(id: ", self.place.bot.user)
        for greeting in ("Good evening, everybody.", "I am here until two.", "Tea is on."):
            await self.place.sam.write(self.place.nyc, greeting)
        for asked, answer in (("!cases", "No open case"), ("!roomcheck", "is safe")):
            await self.place.sam.write(self.place.nyc, asked)
            await self._said_to_sam(answer)

    async def _before_anybody_has_it(self, chat: str) -> None:
        await self.sam.open_room(self.place.nyc)
        await self._take("card", self.sam)
        await self.place.jo.see(self.place.kitchen, "reached supporters", self.place.bot.user)
        await self.jo.open_room(self.place.kitchen)
        await self._take("community-room", self.jo)
        await self._said_to_jo(chat, "Supporters of New York City have")
        await self.jo.open_room(chat)
        await self.jo.screen.scroll(up=60, down=6)
        await self._take("private-chat", self.jo)

    async def _talk(self, card: str, chat: str) -> None:
        nyc = self.place.nyc
        await self.place.sam.write(nyc, "!claim", card)
        await self._said_to_sam(f"{self.place.sam.user} has")
        await self.place.sam.write(nyc, f"!reply {OFFER}", card)
        await self._said_to_jo(chat, OFFER)
        await self._said_to_sam("The worker has it")
        await self.place.sam.write(nyc, ASIDE, card)
        await self.place.jo.write(chat, ANSWER)
        await self._said_to_sam(ANSWER)
        await self.sam.screen.resize(*TALL)
        await self.sam.open_thread()
        await self._take("thread", self.sam)

    async def _closing(self, card: str, chat: str) -> None:
        await self.place.jo.write(chat, THANKS)
        await self._said_to_sam(THANKS)
        await self.place.sam.write(self.place.nyc, "!close", card)
        await self._said_to_jo(chat, "Are you all right?")
        await self.jo.open_room(self.place.kitchen)
        await self.jo.open_room(chat)
        await self._take("private-chat-answers", self.jo)

        await self.sam.screen.resize(*WIDE)
        await self._take("closed", self.sam)

        await self.sam.close_thread()
        await self.place.max.write(self.place.kitchen, "#swshelp #brooklyn I need a place for two nights.")
        await self._said_to_sam("for two nights")
        await self.place.sam.write(self.place.nyc, "!cases")
        await self._said_to_sam("Waits for somebody")
        await self._take("board", self.sam)

    async def _alert(self) -> None:
        place, bot = self.place, self.place.bot.user
        await place.kim.write(place.kitchen, "!city nyc")
        await place.kim.see(place.kitchen, "This room is for New York City", bot)
        await place.sam.write(place.nyc, f"!alert nyc {WARNING}")
        shown = await self._said_to_sam("It is not sent yet")
        name = next(word for word in shown.body.split() if word.count("-") == 1)
        await place.ida.write(place.nyc, f"!approve {name}")
        await place.jo.see(place.kitchen, WARNING, bot)
        await self.jo.open_room(place.kitchen)
        await self._take("alert", self.jo)

    async def _said_to_sam(self, words: str) -> Seen:
        return await self.place.sam.see(self.place.nyc, words, self.place.bot.user)

    async def _said_to_jo(self, chat: str, words: str) -> Seen:
        return await self.place.jo.see(chat, words, self.place.bot.user)

    async def _take(self, name: str, client: Nheko) -> None:
        assert name in PICTURES
        # What the demo client has already is on its way to nheko.
        await asyncio.sleep(0.9)
        await client.screen.picture(self.into / f"{name}.png")
        self.say(f"  {name}.png, as {client.person.name} sees it")
