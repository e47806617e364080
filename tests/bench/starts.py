"""How long a start takes in many rooms: from the process to the first report that a supporter can read."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.demo.homeserver import Homeserver
from tests.bench.clients import Someone, enter, leave
from tests.bench.meters import quiet, resident
from tests.bench.rounds import HELP, PATIENCE, Street, join
from tests.bench.subjects import Kind, Subject, subject

AT_ONCE = 8
RESTARTS = 5
EVERY = 0.25
"""Seconds between the reports that somebody writes while the bot starts for the first time."""


@dataclass(slots=True)
class Started:
    first: float
    """Seconds of a first start to the first told report."""
    again: tuple[float, ...]
    """The same after each stop, for a report that was written meanwhile; one that never came is left out."""
    memory: float


@asynccontextmanager
async def many_rooms(
    server: Homeserver, kinds: tuple[Kind, ...], count: int, folder: Path
) -> AsyncIterator[list[Street]]:
    """Every subject in the same many rooms, and none of them started yet."""
    people: list[Someone] = []
    try:
        people += [await enter(server, f"many{number}", folder / "people") for number in range(2)]
        supporter, worker = people
        streets = []
        for kind in kinds:
            name = f"many-{kind.name.lower().replace('_', '-')}"
            it = await subject(kind, server, f"bot-{name}", folder / f"bot-{name}")
            streets.append(await _among(server, it, supporter, worker, name))
        await _fill(server, [street.subject for street, _ in streets], worker, count)
        for street, fallback in streets:
            # From here on the login by which it was brought into its rooms is no longer good.
            await street.subject.set_up(street.supporters, fallback, supporter.user)
        yield [street for street, _ in streets]
    finally:
        await leave(people)


async def _among(
    server: Homeserver, it: Subject, supporter: Someone, worker: Someone, name: str
) -> tuple[Street, str]:
    """And the room that is its fallback."""
    rooms = [await supporter.create_room(it.user, encrypted=it.kind.encrypted) for _ in range(2)]
    community = await worker.create_room(it.user, encrypted=it.kind.encrypted, public=True)
    for room in (*rooms, community):
        await join(server, it, room)
    return Street(it, supporter, [worker], community, rooms[0], name), rooms[1]


async def _fill(server: Homeserver, them: list[Subject], worker: Someone, count: int) -> None:
    numbers = iter(range(count))

    async def some() -> None:
        for _ in numbers:
            room = await worker.create_room(*(it.user for it in them), encrypted=False, public=True)
            for it in them:
                await join(server, it, room)

    await asyncio.gather(*(some() for _ in range(AT_ONCE)))


async def start(street: Street, patience: float) -> Started:
    """A first start, and starts with a report that waits; each from a stop at rest."""
    patience = PATIENCE if street.subject.kind is Kind.OURS else patience
    async with street.supporter.listening(street.supporters):
        began = time.perf_counter()
        starting = asyncio.create_task(street.subject.start())
        first = await _first_told(street, began)
        await starting
        await quiet(street.subject.pid, within=180)
        memory = resident(street.subject.pid)
        await street.subject.stop()
        again = [await _again(street, patience) for _ in range(RESTARTS)]
    return Started(first, tuple(each for each in again if each is not None), memory)


async def _again(street: Street, patience: float) -> float | None:
    mark, made = await street.sealed(street.workers[0], HELP)
    await street.workers[0].put(street.community, made)
    began = time.perf_counter()
    starting = asyncio.create_task(street.subject.start())
    came = await street.told(mark, patience)
    await starting
    if street.subject.kind is Kind.OURS:
        await quiet(street.subject.pid, within=180)  # others have ended by themselves, more often than not
    await street.subject.stop()
    return None if came is None else came - began


async def _first_told(street: Street, began: float) -> float:
    """Reports are written again and again; the first that is told ends it."""
    while True:
        mark, made = await street.sealed(street.workers[0], HELP)
        await street.workers[0].put(street.community, made)
        if await street.supporter.note(mark, EVERY) is not None or street.told_at():
            return min(street.told_at()) - began
