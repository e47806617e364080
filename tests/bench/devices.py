"""What a supporter room of many devices costs: the first telling after a start, and those after it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path

from bot.demo.homeserver import Homeserver
from tests.bench.meters import quantile, quiet
from tests.bench.rounds import HELP, NEVER, Street, people_and_rooms
from tests.bench.silent import V3, silent
from tests.bench.subjects import Kind

EACH = 10
"""Devices of one supporter."""
PAUSE = 1.0


@dataclass(frozen=True, slots=True)
class Telling:
    """Seconds until a supporter could read it."""

    first: float
    steady: float
    """The median of some that followed."""


async def tellings(server: Homeserver, kind: Kind, devices: int, folder: Path, steady: int) -> Telling:
    """A supporter room with so many devices in it; the subject is started, comes to rest, and has to tell."""
    name = f"{kind.name.lower().replace('_', '-')}-{devices}"
    async with people_and_rooms(server, kind, name, folder, workers=4) as here:
        await asyncio.gather(
            *(_supporter(server, here, f"s{number}-{name}") for number in range(max(1, devices // EACH)))
        )
        try:
            await here.subject.start()
            async with here.supporter.listening(here.supporters):
                await quiet(here.subject.pid)
                first = await _one(here)
                rest = [await _one(here) for _ in range(steady)]
        finally:
            await here.subject.stop()
    return Telling(first, quantile(rest, 0.5))


async def _one(here: Street) -> float:
    worker = here.workers[here.said % len(here.workers)]
    mark, made = await here.sealed(worker, HELP)
    began = asyncio.get_running_loop().time()
    await worker.put(here.community, made)
    came = await here.told(mark)
    await asyncio.sleep(PAUSE)
    return NEVER if came is None else came - began


async def _supporter(server: Homeserver, here: Street, name: str) -> None:
    """Somebody in the supporter room who reads nothing."""
    person = await silent(server, name, EACH)
    body = {"user_id": person.user}
    await here.supporter.ask("POST", f"{V3}/rooms/{here.supporters}/invite", body)
    await person.join(here.supporters)
