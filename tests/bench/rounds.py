"""One round: the floor, then every subject, each among its own people and rooms on one homeserver."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bot.demo.homeserver import Homeserver
from tests.bench.clients import Someone, enter, leave
from tests.bench.meters import processor, quantile, quiet, resident
from tests.bench.subjects import Kind, Subject, subject

PATIENCE = NEVER = 45.0
"""Seconds until a report counts as lost."""
CALM = 20.0
"""Nothing came for so many seconds: then nothing more comes of a burst."""


@dataclass(frozen=True, slots=True)
class Size:
    """How much is done in a round."""

    workers: int = 24
    posts: int = 60
    every: float = 0.5
    """Seconds between two posts, so that each is alone."""
    chatter: int = 400
    burst: int = 300


@dataclass(slots=True)
class Measured:
    """Of one subject in one round."""

    latencies: list[float] = field(default_factory=list)
    processor_per_1000: float = 0.0
    chatter_per_1000: float = 0.0
    burst_arrived: int = 0
    burst_seconds: float = 0.0
    resident: float = 0.0
    lost: int = 0

    @property
    def p50(self) -> float:
        return quantile(self.latencies or [NEVER], 0.5)

    @property
    def p95(self) -> float:
        return quantile(self.latencies or [NEVER], 0.95)

    @property
    def burst_rate(self) -> float:
        return self.burst_arrived / self.burst_seconds if self.burst_seconds else 0.0


@dataclass(slots=True)
class Street:
    """Workers in a community room, a supporter in hers, and a subject between them."""

    subject: Subject
    supporter: Someone
    workers: list[Someone]
    community: str
    supporters: str
    label: str
    said: int = 0

    def told_at(self) -> list[float]:
        """When each report of this street was read."""
        return [at for mark, at in self.supporter.came.items() if mark.startswith(f"mark-{self.label}-")]

    def words(self, text: str) -> tuple[str, str]:
        """A mark, and words with it that are not said twice."""
        self.said += 1
        mark = f"mark-{self.label}-{self.said}"
        return mark, f"{text} {mark}"

    async def sealed(self, worker: Someone, text: str) -> tuple[str, tuple[str, dict[str, object]]]:
        mark, words = self.words(text)
        readers = {self.subject.user} if self.subject.kind.encrypted else set()
        return mark, await worker.seal(self.community, readers, words)

    async def told(self, mark: str, patience: float = PATIENCE) -> float | None:
        """When the supporter read it; None: never. Others lose one now and then, this bot may not."""
        came = await self.supporter.note(mark, patience)
        assert came is not None or self.subject.kind is not Kind.OURS, f"a report never came: {mark}"
        return came


HELP = "#swshelp #nyc I need somebody to talk to before tonight"


@asynccontextmanager
async def people_and_rooms(
    server: Homeserver, kind: Kind, name: str, folder: Path, workers: int
) -> AsyncIterator[Street]:
    """Everybody in the rooms, also the subject, which is not started."""
    it = await subject(kind, server, f"bot-{name}", folder / f"bot-{name}")
    people: list[Someone] = []
    try:
        people += [
            await enter(server, f"p{number}-{name}", folder / "people") for number in range(workers + 1)
        ]
        supporter, *crew = people
        sealed = kind.encrypted
        supporters = await supporter.create_room(it.user, encrypted=sealed)
        fallback = await supporter.create_room(it.user, encrypted=sealed)
        community = await crew[0].create_room(it.user, encrypted=sealed, public=True)
        await asyncio.gather(*(worker.join(community) for worker in crew[1:]))
        for room in (supporters, fallback, community):
            await join(server, it, room)
        await it.set_up(supporters, fallback, supporter.user)
        yield Street(it, supporter, crew, community, supporters, name)
    finally:
        await leave(people)


@asynccontextmanager
async def street(
    server: Homeserver, kind: Kind, name: str, folder: Path, workers: int
) -> AsyncIterator[Street]:
    """The same, the subject running and at rest."""
    async with people_and_rooms(server, kind, name, folder, workers) as here, running(here):
        yield here


@asynccontextmanager
async def running(here: Street) -> AsyncIterator[None]:
    """The subject is started and comes to rest; it ends with the block."""
    try:
        async with here.supporter.listening(here.supporters):
            await here.subject.start()
            await quiet(here.subject.pid)
            yield
    finally:
        await here.subject.stop()


async def join(server: Homeserver, it: Subject, room: str) -> None:
    await asyncio.to_thread(server.call, "POST", f"/_matrix/client/v3/join/{room}", {}, it.token)


async def measure(here: Street, size: Size) -> Measured:
    found = await unhurried(here, size)
    await _burst(here, size, found)
    return found


async def unhurried(here: Street, size: Size) -> Measured:
    """Reports one after the other, then talk."""
    found = Measured()
    await warm_up(here)
    pid = here.subject.pid
    await paced(here, size, found)
    await quiet(pid)
    await chatter(here, size, found)
    await quiet(pid)
    found.resident = resident(pid)
    return found


async def warm_up(here: Street) -> None:
    """Everybody's first report: private chats are opened, keys are given."""
    for worker in here.workers:
        mark, made = await here.sealed(worker, HELP)
        await worker.put(here.community, made)
        await here.told(mark)
    await _answer_invitations(here)
    await quiet(here.subject.pid)


async def _answer_invitations(here: Street) -> None:
    """As their clients would ask them to: they enter the private chats."""
    await quiet(here.subject.pid)
    query = "SELECT user_id, room_id FROM local_current_membership WHERE membership = 'invite'"
    invited = dict(here.subject.server.sees(query))
    await asyncio.gather(
        *(worker.join(invited[worker.user]) for worker in here.workers if worker.user in invited)
    )


async def paced(here: Street, size: Size, found: Measured) -> None:
    crew = here.workers
    lines = [
        (crew[at % len(crew)], await here.sealed(crew[at % len(crew)], HELP)) for at in range(size.posts)
    ]
    before, began = processor(here.subject.pid), time.perf_counter()
    said: dict[str, float] = {}
    for at, (worker, (mark, made)) in enumerate(lines):
        await asyncio.sleep(max(0.0, began + at * size.every - time.perf_counter()))
        said[mark] = time.perf_counter()
        await worker.put(here.community, made)
    arrivals = [(await here.told(mark), at) for mark, at in said.items()]
    found.latencies = [came - at for came, at in arrivals if came is not None]
    await quiet(here.subject.pid)
    found.processor_per_1000 = (processor(here.subject.pid) - before) * 1000 / size.posts


async def chatter(here: Street, size: Size, found: Measured) -> None:
    crew = here.workers
    lines = [
        (crew[at % len(crew)], (await here.sealed(crew[at % len(crew)], "good morning everybody"))[1])
        for at in range(size.chatter)
    ]
    before = processor(here.subject.pid)
    for worker, made in lines:
        await worker.put(here.community, made)
    await quiet(here.subject.pid)
    found.chatter_per_1000 = (processor(here.subject.pid) - before) * 1000 / size.chatter


async def _burst(here: Street, size: Size, found: Measured) -> None:
    """Five people, as fast as they can."""
    five, each = here.workers[:5], size.burst // 5
    lines = [[await here.sealed(worker, HELP) for _ in range(each)] for worker in five]
    began = time.perf_counter()

    async def say(worker: Someone, mine: list[tuple[str, tuple[str, dict[str, object]]]]) -> None:
        for _, made in mine:
            await worker.put(here.community, made)

    await asyncio.gather(*(say(worker, mine) for worker, mine in zip(five, lines, strict=True)))
    marks = [mark for mine in lines for mark, _ in mine]
    good = await _until_nothing_more_comes(here, marks)
    found.burst_arrived, found.lost = len(good), len(marks) - len(good)
    found.burst_seconds = max(good, default=began + NEVER) - began


async def _until_nothing_more_comes(here: Street, marks: list[str]) -> list[float]:
    """When those came that came. Others lose most of a burst, and none of it is waited for by itself."""
    came = here.supporter.came
    while missing := [mark for mark in marks if mark not in came]:
        before = len(came)
        await here.supporter.note(missing[0], CALM)
        if len(came) == before:
            break
    assert not missing or here.subject.kind is not Kind.OURS, f"{len(missing)} reports never came"
    return [came[mark] for mark in marks if mark in came]


async def floor(server: Homeserver, name: str, folder: Path, size: Size) -> Measured:
    """One hop without a bot or encryption: from the request to send until another person's sync shows it."""
    people = [await enter(server, f"f{number}-{name}", folder / "people") for number in range(2)]
    writer, reader = people
    try:
        room = await writer.create_room(reader.user, encrypted=False)
        await reader.join(room)
        return await hops(writer, reader, room, name, size)
    finally:
        await leave(people)


async def hops(writer: Someone, reader: Someone, room: str, name: str, size: Size) -> Measured:
    """One after the other, in a room that both are in; in the clear, also where others are encrypted."""
    found = Measured()
    async with reader.listening(room):
        for at in range(size.posts):
            mark = f"mark-{name}-{at}"
            began = time.perf_counter()
            await writer.put(room, await writer.seal(room, (), f"{HELP} {mark}"))
            came = await reader.note(mark, PATIENCE)
            assert came is not None
            found.latencies.append(came - began)
            await asyncio.sleep(max(0.0, began + size.every - time.perf_counter()))
    return found
