"""Much talk, many posts and a flood while people ask for things: all answered in time, in steady memory."""

from __future__ import annotations

import asyncio
import random
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from bot.core.limits import ALLOWED, Limit
from tests.chaos.scene import Scene, joined, until
from tests.chaos.writers import Writer

AT_ONCE = 8
FLOOD = 15
"""More posts than one person's may become cases of their own."""


@dataclass
class Load:
    """What was asked of the bot, and how it bore it."""

    rooms: int
    plain: int
    posts: int
    answers: list[float]
    """Seconds that each command took."""
    memory: tuple[int, int]
    """KiB resident after the first half and after the second."""
    urgent: float
    """Seconds until supporters had the cry for help of somebody who had flooded them before."""
    seconds: float

    @property
    def growth(self) -> float:
        """Of memory in the second half, in percent."""
        first, second = self.memory
        return 100 * (second - first) / first

    @property
    def slowest(self) -> float:
        return max(self.answers)


async def bear(scene: Scene, rooms: int, plain: int, posts: int) -> Load:
    """Half of everything, a look at memory, and the other half."""
    began, chance = time.monotonic(), random.Random(1)
    scene.streets = [*scene.streets, *await _open(scene, rooms - len(scene.streets))]
    square = scene.streets[0]
    answers: list[float] = []
    memory, urgent = [], 0.0
    for half in range(2):
        over = asyncio.Event()
        asking = asyncio.create_task(_ask_for_things(scene, square, over, answers))
        lines = [half] * (posts // 2) + [-1] * (plain // 2)
        chance.shuffle(lines)
        _, urgent = await asyncio.gather(
            _write(scene, lines, chance), _flood(scene, square) if half else asyncio.sleep(0, 0.0)
        )
        assert await scene.all_arrived()
        over.set()
        await asking
        # Only now: that somebody was answered is on disk with the next report, or when it is calm.
        await _drained(scene)
        memory.append(resident(scene.bot.pid))
    first, second = memory
    return Load(rooms, plain, posts, answers, (first, second), urgent, time.monotonic() - began)


async def _flood(scene: Scene, room: str) -> float:
    """One person posts more than anybody may, then is in danger: that is a case of its own, and at once."""
    flooder = await scene.crowd.enter(f"flooder{len(scene.tally.posts)}")
    await flooder.join(room)
    for _ in range(FLOOD):
        await flooder.write(room, scene.tally.words(room, flooder.user))
    flood = {mark for mark, post in scene.tally.posts.items() if post.writer == flooder.user}
    await flooder.write(room, scene.tally.words(room, flooder.user, "#swsdanger #nyc he is at my door"))
    (cry,) = {mark for mark, post in scene.tally.posts.items() if post.writer == flooder.user} - flood
    began, cards = time.monotonic(), scene.sams_eyes.cards
    while not await cards({cry}):
        assert time.monotonic() - began < 60, "a cry for help was swallowed by the flood before it"
        await asyncio.sleep(0.1)
    taken = time.monotonic() - began
    assert await scene.all_arrived()
    allowed = ALLOWED[Limit.REPORT].count
    assert await cards(flood) == allowed, f"{FLOOD} posts of one person became other than {allowed} cases"
    return taken


async def _open(scene: Scene, count: int) -> list[str]:
    made: list[str] = []

    async def some(writer: Writer) -> None:
        while len(made) < count:
            made.append("")
            made[made.index("")] = await writer.create_room(scene.bot.user)

    await asyncio.gather(*(some(writer) for writer in scene.writers[:AT_ONCE]))
    await asyncio.gather(*(_enter(writer, made) for writer in scene.writers[:AT_ONCE]))
    await joined(scene.server, scene.bot.user, count)
    return made


async def _enter(writer: Writer, rooms: list[str]) -> None:
    for room in rooms:
        await writer.join(room)


async def _write(scene: Scene, lines: list[int], chance: random.Random) -> None:
    """Those who are in all rooms talk and post, side by side."""
    numbers = iter(range(len(lines)))

    async def some(place: int) -> None:
        writer = scene.writers[place]
        for number in numbers:
            room = chance.choice(scene.streets)
            if lines[number] < 0:
                await writer.write(room, f"good morning everybody, number {number}")
            else:
                await writer.write(room, scene.tally.words(room, writer.user))

    await asyncio.gather(*(some(place) for place in range(min(AT_ONCE, len(scene.writers)))))


async def _ask_for_things(scene: Scene, room: str, over: asyncio.Event, answers: list[float]) -> None:
    """Everybody in turn asks for resources, again and again."""
    turn = 0
    while not over.is_set():
        asker = scene.writers[turn % len(scene.writers)]
        turn += 1
        answers.append(await _asked(scene, asker, room))
        await asyncio.sleep(0.5)


async def _asked(scene: Scene, asker: Writer, room: str) -> float:
    before, began = _answers(scene, room), time.monotonic()
    await asker.write(room, "!resources legal")
    await until(lambda: _answers(scene, room) > before, "an answer to !resources", every=0.05)
    return time.monotonic() - began


def _answers(scene: Scene, room: str) -> int:
    query = (
        "SELECT count(*) FROM events JOIN event_json USING (event_id)"
        " WHERE events.room_id = ? AND sender = ? AND json LIKE '%entries fit%'"
    )
    return int(scene.server.sees(query, room, scene.bot.user)[0][0])


async def _drained(scene: Scene) -> None:
    """Nothing is left in the bot's inbox and outbox."""

    file = scene.bot.data / "sws.sqlite"
    async with asyncio.timeout(180):
        while True:
            with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True, timeout=30)) as database:
                counts = "SELECT (SELECT count(*) FROM inbox) + (SELECT count(*) FROM outbox)"
                if database.execute(counts).fetchone() == (0,):
                    return
            await asyncio.sleep(0.2)


def resident(pid: int) -> int:
    """KiB of memory of a process."""
    status = Path(f"/proc/{pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    return int(found[1])
