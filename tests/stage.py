"""The real loops, store, core and texts on a homeserver in memory: where tests of the whole way stand."""

from __future__ import annotations

import asyncio
import io
import random
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from pathlib import Path

import bot.core.decide
from bot.core.cities import Atlas
from bot.core.model import City, CitySlug, Language, Millis, RoomId, SupporterRoom, UserId
from bot.core.resources import Library
from bot.core.takedown import Desk
from bot.logs import LogJournal
from bot.loops import catch_up, decide, receive
from bot.loops.decide import Core
from bot.loops.deliver import Deliverer
from bot.loops.surroundings import Knowledge, Surroundings
from bot.store import asides, ledger
from bot.store.connection import Connect, connect_for_real
from bot.store.database import Database
from bot.store.people import StoredPins
from bot.texts.catalogue import Catalogue, Shipped
from bot.texts.voice import Voice
from tests.wire import ME, Homeserver
from tests.wire_chat import WireChat

KEY = bytes(range(32))
DAWN = Millis(1_700_000_000_000)
NYC, CHICAGO, BOSTON = CitySlug("nyc"), CitySlug("chicago"), CitySlug("boston")
CITIES = (
    City(NYC, "New York City", ("newyork", "brooklyn"), (CHICAGO,), country="US"),
    City(CHICAGO, "Chicago", ("windycity",), country="US"),
    City(BOSTON, "Boston", country="US"),
)
ROSA = UserId("@rosa:steward.test")
CORE = Core(bot.core.decide.questions, bot.core.decide.decide, bot.core.decide.passes_by)


class HandClock:
    """A clock in the hand: sleeping moves it."""

    def __init__(self, now: Millis = DAWN) -> None:
        self.time = now

    def now(self) -> Millis:
        return self.time

    async def sleep(self, length: Millis) -> None:
        self.time = Millis(self.time + length)
        await asyncio.sleep(0)


class Dice:
    """Chance that falls the same way every time."""

    def __init__(self, seed: int = 1) -> None:
        self._random = random.Random(seed)

    def choose(self, count: int) -> int:
        return self._random.randrange(count)

    def jitter(self) -> float:
        return 1.0


def knowledge(
    listed: tuple[SupporterRoom, ...] = (),
    fallback: RoomId | None = None,
    stewards: tuple[UserId, ...] = (ROSA,),
) -> Knowledge:
    return Knowledge(
        me=ME,
        atlas=Atlas(CITIES),
        library=Library(()),
        desk=Desk(()),
        stewards=stewards,
        invites_from=("test",),
        listed=listed,
        fallback=fallback,
    )


@dataclass
class Stage:
    """One life of the bot: from start to stop or crash."""

    around: Surroundings
    clock: HandClock
    journal: io.StringIO
    core: Core = CORE
    width: int = 8
    deliverer: Deliverer = field(init=False)

    def __post_init__(self) -> None:
        self.deliverer = Deliverer(self.around, self.width)

    async def start(self) -> None:
        """As after every start of the program."""
        await receive.take_up(self.around)

    async def sync(self) -> None:
        await receive.once(self.around, self.core.passes_by, Millis(0))
        await catch_up.once(self.around)

    async def quiet(self, rounds: int = 60) -> None:
        """Receive, decide and deliver until nothing is left that could be done at this hour."""
        for _ in range(rounds):
            await self.sync()
            if not await self._step():
                return
        raise AssertionError("the bot does not come to rest")

    async def _step(self) -> bool:
        decided = await decide.once(self.around, self.core)
        async with asyncio.TaskGroup() as group:
            started = await self.deliverer.start(group)
        async with self.around.database.transaction() as tx:
            mark = await ledger.bookmark(tx)
        server = self.around.chat.server  # type: ignore[attr-defined]
        return decided or bool(started) or mark != str(len(server.news))

    async def pass_time(self, length: int) -> None:
        self.clock.time = Millis(self.clock.time + length)
        await self.quiet()

    async def settle(self, most: int = 40) -> None:
        """Come to rest, letting time pass until nothing waits for a later try."""
        for _ in range(most):
            await self.quiet()
            due = await self.next_due()
            if due is None:
                return
            self.clock.time = Millis(max(self.clock.time, due))
        raise AssertionError("something is tried for ever")

    async def next_due(self) -> Millis | None:
        """When something is tried again; what is held and waits for the world to change does not count,

        and neither do timers: what comes of them is a story of its own.
        """
        async with self.around.database.transaction() as tx:
            [(due,)] = await tx.rows(
                "SELECT min(due) FROM outbox WHERE hopeful <> 1 AND due > ?", self.clock.time
            )
            [(later,)] = await tx.rows("SELECT min(due) FROM inbox WHERE due > ?", self.clock.time)
            found = (due, later, await asides.next_due(tx), self._surge_ends())
        return min((due for due in found if due is not None), default=None)

    def _surge_ends(self) -> Millis | None:
        """Where several were told just now, what is said about it waits a little."""
        left = self.deliverer.surge_for()
        return Millis(self.clock.time + left) if left else None

    async def count(self, table: str) -> int:
        async with self.around.database.transaction() as tx:
            row = await tx.row(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(row[0]) if row else 0


@asynccontextmanager
async def stage(
    folder: Path,
    server: Homeserver,
    known: Knowledge,
    *,
    core: Core = CORE,
    width: int = 8,
    clock: HandClock | None = None,
    seed: int = 1,
    pause: Callable[[str], None] = lambda _: None,
    connect: Connect = connect_for_real,
) -> AsyncIterator[Stage]:
    """The bot, started on what is in `folder`; leaving the block ends it without a word."""
    database = await Database.open(folder, KEY, connect)
    try:
        clock, out = clock or HandClock(), io.StringIO()
        around = Surroundings(
            database=database,
            chat=WireChat(server, pause),
            voice=voice(known),
            pins=StoredPins(database, clock),
            clock=clock,
            randomness=Dice(seed),
            journal=LogJournal(KEY, out, now=lambda: 0.0),
            knowledge=lambda: known,
        )
        yield Stage(around, clock, out, core, width)
    finally:
        await database.close()


@cache
def catalogues() -> Mapping[Language, Catalogue]:
    """Read once: that takes longer than a story."""
    return Shipped()


def voice(known: Knowledge) -> Voice:
    return Voice(
        catalogues(), lambda: known.atlas, lambda: known.library, known.desk, lambda: date(2026, 3, 1)
    )
