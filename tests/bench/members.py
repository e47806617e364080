"""What a community room of many people costs: the word that is said in it is sealed for each of them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from bot.demo.homeserver import Homeserver
from tests.bench.rounds import Measured, Size, hops, people_and_rooms, running, unhurried
from tests.bench.silent import silent
from tests.bench.subjects import Kind

HOPS: Final = 6
"""A report, the word in its room and the receipt are done in so many, also on a busy machine."""


@dataclass(frozen=True, slots=True)
class Crowded:
    """Of this bot, and of a plain message from one person of the room to another, without a bot."""

    ours: Measured
    hop: Measured
    said: int
    """Words of the bot in that room; fewer than reports where it says one for several."""


async def among(server: Homeserver, people: int, folder: Path, size: Size) -> Crowded:
    """So many people in the community room: those who write, and others with one signed device each."""
    name = f"among-{people}"
    async with people_and_rooms(server, Kind.OURS, name, folder, size.workers) as here:
        others = range(people - size.workers)
        await asyncio.gather(*(_enter(server, here.community, f"m{number}-{name}") for number in others))
        writer, reader = here.workers[:2]
        few = replace(size, posts=max(1, size.posts // 10))
        hop = await hops(writer, reader, here.community, f"hop-{name}", few)
        alone = replace(size, every=max(size.every, HOPS * hop.p50))
        async with running(here):
            ours = await unhurried(here, alone)
    return Crowded(ours, hop, _said(server, here.community, here.subject.user))


def _said(server: Homeserver, room: str, user: str) -> int:
    query = "SELECT count(*) FROM events WHERE room_id = ? AND sender = ? AND type = 'm.room.encrypted'"
    ((count,),) = server.sees(query, room, user)
    return int(count)


async def _enter(server: Homeserver, room: str, name: str) -> None:
    person = await silent(server, name, devices=1)
    await person.join(room)
