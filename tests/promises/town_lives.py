"""The bot's lives in a town: ended in the middle of things, shown it all again, at last left to finish."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path

from bot.core.model import Millis
from bot.core.spans import DAY, MINUTE
from bot.loops import forget
from bot.store import ledger
from tests.promises.crash import Fuse, left_over, told
from tests.promises.town import Town
from tests.promises.town_days import Days
from tests.stage import Stage, stage

ACTS = 150
HOUR = 60 * MINUTE
SHOWN_AGAIN_FOR = 25 * DAY
"""What is older is not shown twice: the bot has forgotten by then that it has seen it."""
SLEEP = 41
"""Days after which nothing is kept any more that people said."""

Do = Callable[[Stage], Awaitable[None]]


class Lives:
    """One bot after the other, on the same disk, in the same town."""

    def __init__(self, town: Town, folder: Path) -> None:
        self.town, self.folder = town, folder
        self.days = Days(town)
        self.crashes = 0
        self._looked = town.clock.time

    async def until_evening(self) -> None:
        """Everything people do, and the bot at rest after it."""
        await self.life(self.first_words)
        while self.days.acts < ACTS:
            await self._perhaps_short(self.town.dice.randrange(1, 9))
        await self.life(self._look_around)

    async def first_words(self, bot: Stage) -> None:
        await bot.settle()
        self.town.begin()
        await bot.settle()
        self.town.begin_talks()
        await self.come_to_rest(bot)

    async def _perhaps_short(self, acts: int) -> None:
        dice = self.town.dice
        end = dice.choice((None, None, dice.randrange(40), dice.randrange(200), dice.randrange(800)))

        async def among_them(bot: Stage) -> None:
            if dice.random() < 0.3:
                await show_again(bot, self.town, dice.randrange(40))
            for _ in range(acts):
                self.days.act()
                for _ in range(dice.randrange(3)):
                    await bot._step()
                    await bot.sync()
                await self._look(bot)
            if dice.random() < 0.4:
                await self.come_to_rest(bot)

        await self.life(among_them, Fuse(end))

    async def life(self, do: Do, fuse: Fuse | None = None) -> None:
        """Chance falls the same way in every life: names would come twice if nobody looked."""
        fuse = fuse or Fuse()
        try:
            async with self._stage(fuse) as bot:
                await bot.start()
                await do(bot)
        except BaseException:
            if not fuse.dead:
                raise
            self.crashes += 1

    def _stage(self, fuse: Fuse) -> AbstractAsyncContextManager[Stage]:
        town = self.town
        return stage(
            self.folder, town.server, town.known, clock=town.clock, pause=fuse.burn, connect=fuse.connect
        )

    async def come_to_rest(self, bot: Stage) -> None:
        await bot.settle(200)
        self.town.pass_time(0)
        self.town.rest()

    async def _look_around(self, bot: Stage) -> None:
        """What was on its way while its case went is removed by the next hourly look."""
        await self.come_to_rest(bot)
        await forget.once(bot.around)
        await self.come_to_rest(bot)

    async def _look(self, bot: Stage) -> None:
        """The hourly look at what is past its last day."""
        if self.town.clock.time - self._looked >= HOUR:
            self._looked = self.town.clock.time
            await forget.once(bot.around)

    async def hear_it_all_again(self) -> None:
        """Nothing is left over, and a homeserver that remembers nothing of us changes nothing."""

        async def again(bot: Stage) -> None:
            assert await left_over(bot) == {}
            before = told(self.town.server)
            self.town.server.transactions.clear()
            await show_again(bot, self.town, len(self.town.server.news))
            await bot.settle()
            assert told(self.town.server) == before
            assert await left_over(bot) == {}

        await self.life(again)

    async def sleep(self) -> None:
        """Weeks in which nobody says anything."""

        async def night(bot: Stage) -> None:
            for _ in range(SLEEP):
                self.town.pass_time(DAY)
                await bot.settle(200)
                await forget.once(bot.around)
                await bot.settle(200)
            for table in ("cases", "sources", "copies", "underway", "inbox", "outbox"):
                assert await bot.count(table) == 0, table
            async with bot.around.database.transaction() as tx:  # what is out of reach is known for longer
                assert await tx.rows("SELECT 1 FROM leaving WHERE NOT beyond") == []

        await self.life(night)


async def show_again(bot: Stage, town: Town, most: int) -> None:
    """The homeserver shows the last of its news a second time."""
    old = Millis(town.clock.time - SHOWN_AGAIN_FOR)
    since = sum(getattr(each, "at", town.clock.time) < old for each in town.server.news)
    async with bot.around.database.transaction() as tx:
        read = int(await ledger.bookmark(tx) or 0)
        back = min(read, max(since, read - most))
        await tx.rows("UPDATE bookmark SET sealed = ?", tx.close("bookmark", b"", str(back)))
