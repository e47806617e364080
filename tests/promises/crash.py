"""Ends the bot at any moment: a fuse that burns at every await of the store and the chat."""

from __future__ import annotations

import asyncio
import copy
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.core.model import Millis
from bot.loops.surroundings import Knowledge
from bot.store.connection import Connection
from tests.stage import DAWN, HandClock, Stage, stage
from tests.wire import Homeserver


class Crash(BaseException):
    """The process is gone: nothing catches it, and nothing works after it."""


@dataclass
class Fuse:
    """Counts the moments of one life and ends it at one of them."""

    end: int | None = None
    count: int = 0
    dead: bool = False
    watch: Callable[[], object] | None = None
    """Looks at the homeserver."""
    written: int = 0
    """Rows committed so far."""
    worlds: list[object] = field(default_factory=list)
    """What would outlive a crash, at every moment."""

    def burn(self, moment: str) -> None:
        if self.dead:
            raise Crash
        if self.watch is not None:
            self.worlds.append((self.written, self.watch()))
        self.count += 1
        if self.count - 1 == self.end:
            self.dead = True
            raise Crash(moment)

    async def connect(self, path: Path) -> Connection:
        return FusedConnection(sqlite3.connect(path, isolation_level=None), self)  # type: ignore[return-value]


class FusedConnection:
    """What we use of aiosqlite, without its thread, which would take most of the time; SQLite is real."""

    def __init__(self, real: sqlite3.Connection, fuse: Fuse) -> None:
        self._real, self._fuse = real, fuse
        self._counted = 0

    async def execute_fetchall(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        if statement.startswith("PRAGMA") and "checkpoint" not in statement:
            # Only a power cut needs FULL; a process that ends leaves its writes to the system.
            statement = statement.replace("synchronous = FULL", "synchronous = OFF")
            return self._real.execute(statement, values).fetchall()
        rows = self.at_once(statement, values)
        await asyncio.sleep(0)
        return rows

    def at_once(self, statement: str, values: tuple[Any, ...] = ()) -> list[Any]:
        what = " ".join(statement.split()[:3])
        self._fuse.burn(f"before {what}")
        rows = self._real.execute(statement, values).fetchall()
        self._fuse.burn(f"after {what}")
        return rows

    @property
    def in_transaction(self) -> bool:
        return self._real.in_transaction

    async def begin(self) -> None:
        await self.execute_fetchall("BEGIN IMMEDIATE")

    def work(self) -> None:
        """Nobody else has the file."""

    async def commit(self) -> None:
        self._fuse.burn("before COMMIT")
        self._real.commit()
        self._fuse.written += self._real.total_changes - self._counted
        self._counted = self._real.total_changes
        await asyncio.sleep(0)
        self._fuse.burn("after COMMIT")

    def undo(self) -> None:
        if self._fuse.dead:
            raise Crash
        self._real.rollback()

    async def rewrite(self) -> None:
        await self.execute_fetchall("VACUUM")

    async def overwrite(self) -> bool:
        await self.execute_fetchall("PRAGMA wal_checkpoint(TRUNCATE)")
        return True

    async def close(self) -> None:
        """Like the end of a process: what was not committed is gone."""
        self._real.close()


Act = Callable[[Homeserver], None]


@dataclass(frozen=True)
class Story:
    """Something that happens, act by act, each after the bot came to rest; and what is true in the end."""

    name: str
    known: Knowledge
    before: Act
    acts: tuple[Act, ...]
    check: Act


@dataclass
class Theatre:
    """Plays one story many times from the same beginning."""

    story: Story
    folder: Path
    beginning: Homeserver = field(default_factory=Homeserver)
    now: Millis = DAWN
    lives: int = 0
    width: int = 1
    """How many plans run side by side."""

    async def open(self) -> None:
        """What was there before the story: rooms, rosters, a bookmark."""
        clock = HandClock(self.now)
        async with stage(self.folder / "beginning", self.beginning, self.story.known, clock=clock) as bot:
            await bot.settle()
            self.story.before(self.beginning)
            await bot.settle()
        self.now = clock.time

    async def moments(self) -> list[object]:
        """Every await of the story when nothing goes wrong, as the world it would leave behind."""
        fuse = Fuse(watch=lambda: None)
        await self.play(fuse)
        return fuse.worlds

    async def play(self, *fuses: Fuse) -> Homeserver:
        """From beginning to end; each fuse is one more life that may end early, the last life is whole."""
        server, clock = copy.deepcopy(self.beginning), HandClock(self.now)
        for fuse in fuses:
            if fuse.watch is not None:
                fuse.watch = lambda: repr((told(server), [room.joined for room in server.rooms.values()]))
        folder = self.folder / f"run{self.lives}"
        shutil.copytree(self.folder / "beginning", folder)
        waiting = list(fuses)
        for act in self.story.acts:
            act(server)
            clock.time = max(clock.time, server.at)  # an act may let time pass
            await self._rest(folder, server, clock, waiting)
        await self._again(folder, server, clock)
        shutil.rmtree(folder)
        return server

    async def _rest(self, folder: Path, server: Homeserver, clock: HandClock, fuses: list[Fuse]) -> None:
        while True:
            fuse = fuses[0] if fuses else Fuse()
            if await self._live(folder, server, clock, fuse):
                return
            fuses.pop(0)

    async def _live(self, folder: Path, server: Homeserver, clock: HandClock, fuse: Fuse) -> bool:
        """Returns whether it came to rest."""
        self.lives += 1
        try:
            async with self._stage(folder, server, clock, fuse) as bot:
                await bot.start()
                await bot.settle()
                await bot.around.database.scrub()
        except BaseException:
            if fuse.dead:
                return False
            raise
        return True

    def _stage(self, folder: Path, server: Homeserver, clock: HandClock, fuse: Fuse) -> Any:
        return stage(
            folder,
            server,
            self.story.known,
            clock=clock,
            width=self.width,
            seed=self.lives,
            pause=fuse.burn,
            connect=fuse.connect,
        )

    async def _again(self, folder: Path, server: Homeserver, clock: HandClock) -> None:
        """At the end nothing is left over, and hearing all of it once more changes nothing."""
        async with self._stage(folder, server, clock, Fuse()) as bot:
            assert await left_over(bot) == {}
            before = told(server)
            server.transactions.clear()  # a homeserver remembers them for minutes or hours, not for ever
            async with bot.around.database.transaction() as tx:
                await tx.rows("UPDATE bookmark SET sealed = ?", tx.close("bookmark", b"", "0"))
            await bot.settle()
            assert told(server) == before
            assert await left_over(bot) == {}


async def left_over(bot: Stage) -> dict[str, int]:
    """Rows of work not done."""
    tables = ("inbox", "outbox", "results", "undecrypted", "underway")
    counts = {table: await bot.count(table) for table in tables}
    return {table: count for table, count in counts.items() if count}


def told(server: Homeserver) -> dict[str, list[tuple[str, bool]]]:
    """Everything that stands in every room."""
    return {room.id: [(e.text, e.removed) for e in room.events] for room in server.rooms.values()}
