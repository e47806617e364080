"""On a homeserver with default limits: sixty posts in a minute, and how long until the last is told."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass
from pathlib import Path

from bot.demo.homeserver import Limits, homeserver
from tests.bench.clients import Someone
from tests.bench.rounds import HELP, street
from tests.bench.subjects import Kind

PER_SECOND = 0.2
BURST = 10
"""What Synapse allows an ordinary account that says nothing about it: `rc_message`."""
WRITERS = 12


@dataclass(frozen=True, slots=True)
class Limited:
    told: int
    seconds: float
    """From the first post to the last telling."""
    at_best: float
    """The same by the limit's own arithmetic, were every send a telling."""


async def limited(folder: Path, posts: int = 60, within: float = 60.0) -> Limited:
    """The people who write are not limited; the bot is."""
    async with (
        homeserver(folder / "synapse", Limits.FREE_ENTRY) as server,
        street(server, Kind.OURS, "limited", folder, WRITERS) as here,
    ):
        # What was said at the start, and the rooms that were made, have used some of the burst up.
        await asyncio.sleep(BURST / PER_SECOND)
        began = time.perf_counter()
        marks: list[str] = []
        for number in range(posts):
            worker: Someone = here.workers[number % WRITERS]
            mark, made = await here.sealed(worker, HELP)
            await worker.put(here.community, made)
            marks.append(mark)
            await asyncio.sleep(max(0.0, began + (number + 1) * within / posts - time.perf_counter()))
        patience = posts / PER_SECOND
        came = [await here.supporter.note(mark, patience) for mark in marks]
    told = [at for at in came if at is not None]
    return Limited(len(told), max(told) - began, (posts - BURST) / PER_SECOND)
