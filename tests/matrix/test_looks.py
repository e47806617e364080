"""We promise of what a homeserver says about a room that it is asked once, and never used when it is old."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web

from bot.core.model import Millis
from bot.matrix.looks import FRESH, Looks
from bot.matrix.rooms import State
from bot.ports import Forbidden, TryAgainLater
from tests.matrix.safe import MAL, ROSA, joined, safe
from tests.matrix.wired import ROOM, Clock, Wired, connected, refusal

WHERE = f"rooms/{ROOM}/state"


@dataclass
class Slow(Wired):
    """Answers about the room when the test says so, with what was true when it was asked."""

    answering: asyncio.Event = field(default_factory=asyncio.Event)
    came: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(0))

    async def serve(self, request: web.Request) -> web.Response:
        answer = await super().serve(request)
        if request.path.endswith("/state"):
            self.came.release()
            await self.answering.wait()
        return answer


@dataclass
class Here:
    looks: Looks
    server: Slow
    clock: Clock

    @property
    def asked(self) -> int:
        return len(self.server.asked_for(WHERE))

    async def begun(self, work: Callable[[], Awaitable[Any]]) -> asyncio.Task[Any]:
        """Until the homeserver has heard the question."""
        task = asyncio.ensure_future(work())
        await self.server.came.acquire()
        return task

    async def waiting(self) -> asyncio.Task[State]:
        """Somebody more, who waits for an answer."""
        task = asyncio.create_task(self.looks.state(ROOM))
        await asyncio.sleep(0)
        return task

    async def state(self) -> State:
        return await self.looks.state(ROOM)

    async def ahead(self) -> None:
        await self.looks.ahead(ROOM)

    def pass_time(self, length: int) -> None:
        self.clock.time = Millis(self.clock.time + length)

    def mal_comes(self) -> None:
        self.server.state[ROOM] = [*safe(ROSA), *joined(MAL)]


def mal_is_in(found: State) -> bool:
    return ("m.room.member", MAL) in found.events


@asynccontextmanager
async def looking(folder: Path) -> AsyncIterator[Here]:
    server = Slow()
    async with connected(folder, server=server) as bot:
        server.state[ROOM] = safe(ROSA)
        yield Here(Looks(bot.chat.client, bot.clock), server, bot.clock)
        server.answering.set()


async def test_everybody_who_waits_shares_one_question(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        first = await here.begun(here.state)
        others = [await here.waiting() for _ in range(4)]
        here.server.answering.set()
        found = await asyncio.gather(first, *others)
        assert here.asked == 1
        assert all(each is found[0] for each in found)


async def test_an_answer_that_came_is_used_for_nobody_else(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        here.server.answering.set()
        assert not mal_is_in(await here.state())
        here.mal_comes()
        assert mal_is_in(await here.state())
        assert here.asked == 2


async def test_what_was_asked_ahead_is_used_once(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        here.server.answering.set()
        await here.ahead()
        await here.state()
        assert here.asked == 1
        await here.state()
        assert here.asked == 2


async def test_what_is_being_asked_ahead_is_waited_for_and_then_used_no_more(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        asking = await here.begun(here.ahead)
        waiting = [await here.waiting(), await here.waiting()]
        here.server.answering.set()
        await asyncio.gather(asking, *waiting)
        assert here.asked == 1
        await here.state()
        assert here.asked == 2


@pytest.mark.parametrize(("age", "asked"), [(0, 1), (FRESH, 1), (FRESH + 1, 2), (-1, 2)])
async def test_what_was_asked_ahead_is_used_only_while_it_is_fresh(
    tmp_path: Path, age: int, asked: int
) -> None:
    """Nor when the clock was put back: then nobody knows how old it is."""
    async with looking(tmp_path) as here:
        here.server.answering.set()
        await here.ahead()
        here.pass_time(age)
        await here.state()
        assert here.asked == asked


async def test_nobody_waits_for_an_answer_to_what_was_asked_long_ago(tmp_path: Path) -> None:
    """A slow homeserver may answer with what was true before somebody came."""
    async with looking(tmp_path) as here:
        first = await here.begun(here.state)
        here.mal_comes()
        here.pass_time(FRESH + 1)
        second = await here.begun(here.state)
        here.server.answering.set()
        assert (mal_is_in(await first), mal_is_in(await second)) == (False, True)


@pytest.mark.parametrize("part", ["state", "ahead"])
async def test_after_a_change_that_was_seen_nothing_of_before_is_used(tmp_path: Path, part: str) -> None:
    async with looking(tmp_path) as here:
        first = await here.begun(getattr(here, part))
        here.mal_comes()
        here.looks.moved([ROOM])
        second = await here.begun(here.state)
        here.server.answering.set()
        await first
        assert mal_is_in(await second)
        assert mal_is_in(await here.state())


async def test_an_answer_asked_ahead_is_gone_when_the_room_changes(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        here.server.answering.set()
        await here.ahead()
        here.mal_comes()
        here.looks.moved([ROOM])
        assert mal_is_in(await here.state())


async def test_what_is_asked_already_is_not_asked_ahead_again(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        first = await here.begun(here.state)
        await here.ahead()
        here.server.answering.set()
        await first
        assert here.asked == 1


async def test_a_refusal_is_heard_by_everybody_who_waits_for_it(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        here.server.instead = [("/state", refusal(403, "M_FORBIDDEN"))]
        first = await here.begun(here.state)
        second = await here.waiting()
        here.server.answering.set()
        for each in (first, second):
            with pytest.raises(Forbidden):
                await each
        assert here.asked == 1
        await here.state()


async def test_what_failed_ahead_is_asked_anew_by_those_who_wait(tmp_path: Path) -> None:
    async with looking(tmp_path) as here:
        here.server.instead = [("/state", refusal(502))]
        asking = await here.begun(here.ahead)
        waiting = [await here.waiting(), await here.waiting()]
        here.server.answering.set()
        with pytest.raises(TryAgainLater):
            await asking
        await asyncio.gather(*waiting)
        assert here.asked == 2


@pytest.mark.parametrize("part", ["state", "ahead"])
async def test_who_waits_asks_anew_when_the_one_who_asked_is_broken_off(tmp_path: Path, part: str) -> None:
    async with looking(tmp_path) as here:
        first = await here.begun(getattr(here, part))
        waiting = [await here.waiting(), await here.waiting()]
        first.cancel()
        here.server.answering.set()
        assert all(isinstance(each, State) for each in await asyncio.gather(*waiting))
        assert here.asked == 2


async def test_one_of_those_who_wait_can_be_broken_off_and_the_others_have_their_answer(
    tmp_path: Path,
) -> None:
    async with looking(tmp_path) as here:
        first = await here.begun(here.state)
        second, third = await here.waiting(), await here.waiting()
        second.cancel()
        here.server.answering.set()
        assert await first is await third
        assert second.cancelled()
