"""A stage of its own, whose bot goes by a clock in our hand."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.core.spans import DAY, MINUTE
from bot.demo.homeserver import homeserver
from tests.chaos.broken_machine import CLOCK
from tests.chaos.scene import patched_environment
from tests.live.people import Person
from tests.live.stage import Stage, set_up

ON_OUR_CLOCK = ("-m", "tests.chaos.broken_machine")


@dataclass(slots=True)
class ByHand:
    """Time passes for the bot when we say so; for people and their homeserver it does not."""

    stage: Stage
    folder: Path
    ahead: int = 0

    async def minutes(self, count: int) -> None:
        """So much later; a word in a community room is what makes the bot look at the clock."""
        self.ahead += count * MINUTE
        new = self.folder / f"{CLOCK}.new"
        await asyncio.to_thread(new.write_text, str(self.ahead))
        new.replace(self.folder / CLOCK)
        await self.stage.kim.send(self.stage.kitchen, "how late it is")

    async def days(self, count: int) -> None:
        await self.minutes(count * DAY // MINUTE)


@asynccontextmanager
async def by_hand(folder: Path) -> AsyncIterator[ByHand]:
    """Everything up, at this hour."""
    async with AsyncExitStack() as stack:
        stack.enter_context(patched_environment(CHAOS_FOLDER=str(folder)))
        server = await stack.enter_async_context(homeserver(folder / "synapse"))
        stage = await stack.enter_async_context(set_up(server, folder / "stage", launcher=ON_OUR_CLOCK))
        yield ByHand(stage, folder)


def often(reader: Person, room: str, words: str) -> int:
    """How many messages of a room have these words in them."""
    return sum(words in event.body for event in reader.messages(room))
