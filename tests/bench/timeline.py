"""`python -m tests.bench.timeline`: what the time between a report and its being read is spent on.

This bot and the relay without encryption run side by side on one homeserver and are spoken to in turn: then
both meet the machine at the same speed.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from bot.demo.homeserver import Homeserver, homeserver
from tests.bench.meters import quantile
from tests.bench.noted import NOTES
from tests.bench.rounds import HELP, Street, people_and_rooms, running, warm_up
from tests.bench.subjects import Kind
from tests.chaos.scene import patched_environment

POSTS: Final = 60
PAUSE: Final = 0.3
WORKERS: Final = 14
PUT: Final = "the writer's request is answered"
READ: Final = "a supporter reads it"
MOMENTS: Final[Mapping[str, str]] = {
    "has GET sync": "the bot's sync is answered",
    "asks GET state": "it asks what the room is like",
    "keeps": "its decision goes to disk",
    "kept": "is there",
    "has GET state": "it has the answer about the room",
    "asks PUT send": "its telling sets out",
}
"""What a subject noted, the first of each after a report, in the order in which this bot comes to it."""


@dataclass(slots=True)
class Said:
    """One report, by the machine's steady clock."""

    at: float
    put: float
    read: float


@dataclass(slots=True)
class Watched:
    street: Street
    notes: Path
    said: list[Said] = field(default_factory=list)

    def medians(self) -> dict[str, float]:
        """Milliseconds from the report to each moment."""
        came = notes(self.notes.read_text().splitlines())
        return medians(self.said, came)


def notes(lines: Iterable[str]) -> list[tuple[float, str]]:
    return [(float(at), what) for at, _, what in (line.partition(" ") for line in lines)]


def medians(said: Sequence[Said], came: Sequence[tuple[float, str]]) -> dict[str, float]:
    """A moment that a subject never comes to is left out."""
    found: dict[str, list[float]] = {PUT: [each.put - each.at for each in said]}
    for what, moment in MOMENTS.items():
        firsts = (
            next((at - each.at for at, noted in came if noted == what and each.at <= at <= each.read), None)
            for each in said
        )
        found[moment] = [first for first in firsts if first is not None]
    found[READ] = [each.read - each.at for each in said]
    return {moment: quantile(times, 0.5) * 1000 for moment, times in found.items() if times}


def table(columns: Mapping[str, Mapping[str, float]]) -> str:
    lines = [["median milliseconds after the report", *columns]]
    for moment in (PUT, *MOMENTS.values(), READ):
        times = [column.get(moment) for column in columns.values()]
        lines.append([moment, *("–" if time is None else f"{time:.1f}" for time in times)])
    head, *rest = (f"| {' | '.join(line)} |" for line in lines)
    return "\n".join((head, f"|---|{'---:|' * len(columns)}", *rest))


async def _watched(
    server: Homeserver, kind: Kind, folder: Path, until: AsyncExitStack, workers: int
) -> Watched:
    name, file = kind.name.lower(), folder / f"{kind.name}.notes"
    file.touch()
    street = await until.enter_async_context(people_and_rooms(server, kind, name, folder, workers))
    street.subject.launcher = ("-m", "tests.bench.noted")
    with patched_environment(**{NOTES: str(file)}):
        await until.enter_async_context(running(street))
    await warm_up(street)
    return Watched(street, file)


async def _report(watched: Watched) -> None:
    here = watched.street
    worker = here.workers[here.said % len(here.workers)]
    mark, made = await here.sealed(worker, HELP)
    at = time.perf_counter()
    await worker.put(here.community, made)
    put = time.perf_counter()
    read = await here.told(mark)
    if read is not None:
        watched.said.append(Said(at, put, read))
    await asyncio.sleep(PAUSE)


async def measured(folder: Path, posts: int = POSTS, workers: int = WORKERS) -> dict[str, dict[str, float]]:
    async with homeserver(folder / "synapse") as server, AsyncExitStack() as until:
        both = [await _watched(server, kind, folder, until, workers) for kind in (Kind.OURS, Kind.RELAY)]
        for _ in range(posts):
            for each in both:
                await _report(each)
        return {each.street.subject.kind.value: each.medians() for each in both}


async def main() -> int:
    with tempfile.TemporaryDirectory(prefix="sws-timeline-") as name:
        sys.stdout.write(table(await measured(Path(name))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
