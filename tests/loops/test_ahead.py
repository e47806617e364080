"""We promise that what is done ahead makes a telling faster, and never anything else."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from bot.core.changes import ChangeRoster
from bot.core.effects import Plan, SayInRoom, WhisperInRoom
from bot.core.model import RoomId, Unsafe
from bot.core.phrases import Line, Phrase
from bot.loops.ahead import ahead
from bot.ports import Forbidden, Gone, LoggedOut, NotSafe, TryAgainLater
from bot.store.database import FILE
from tests.loops.scripted import KIM, SOL, Set, tell, until


@asynccontextmanager
async def running(here: Set) -> AsyncIterator[asyncio.Task[None]]:
    task = asyncio.create_task(ahead(here.bot.around))
    yield task
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)


def ready(here: Set) -> list[RoomId]:
    return [room for room, _ in here.server.keys_given]


async def test_every_supporter_room_is_made_ready_after_a_start_for_those_on_its_roster(here: Set) -> None:
    nyc, chicago = here.server.room("!nyc", SOL), here.server.room("!chicago", KIM)
    await here.serves(nyc, SOL)
    await here.serves(chicago, KIM, SOL)
    async with running(here):
        await until(lambda: len(here.server.keys_given) == 2)
    assert dict(here.server.keys_given) == {nyc.id: frozenset({SOL}), chicago.id: frozenset({KIM, SOL})}


async def test_the_room_of_a_telling_is_asked_about_while_the_decision_is_written_down(here: Set) -> None:
    nyc, second = here.server.room("!nyc", SOL), here.server.room("!second", SOL)
    await here.serves(nyc, SOL)
    await here.do(SayInRoom(here.lobby.id, (Line(Phrase.RECEIPT_SOMEWHERE),)))
    assert here.bot.around.ahead.take_expected() == frozenset()
    await here.do(tell(nyc, second))
    async with running(here):
        await until(lambda: bool(here.server.expected))
    assert here.server.expected == [nyc.id]


async def test_the_room_of_a_telling_is_asked_about_before_the_disk_is_waited_for(
    here: Set, tmp_path: Path
) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    chat, on_disk = here.bot.around.chat, []

    async def expect(_: RoomId) -> None:
        with closing(sqlite3.connect(f"file:{tmp_path / 'data' / FILE}?mode=ro", uri=True)) as outside:
            on_disk.extend(outside.execute("SELECT count(*) FROM outbox").fetchall())

    chat.expect = expect  # type: ignore[method-assign,assignment]
    async with running(here):
        await here.do(tell(nyc))
    assert on_disk == [(0,)]
    assert len(nyc.texts()) == 1


async def test_a_telling_to_no_room_is_expected_nowhere(here: Set) -> None:
    await here.do(tell())
    assert here.bot.around.ahead.take_expected() == frozenset()


async def test_the_next_key_is_given_out_after_a_telling(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    async with running(here):
        await until(lambda: ready(here) == [nyc.id])
        await here.do(tell(nyc))
        await until(lambda: ready(here) == [nyc.id, nyc.id])


async def test_what_is_said_in_a_supporter_room_takes_the_next_key_and_another_is_given_out_when_it_is_calm(
    here: Set,
) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    async with running(here):
        await until(lambda: ready(here) == [nyc.id])
        line = (Line(Phrase.RECEIPT_SOMEWHERE),)
        await here.do(WhisperInRoom(nyc.id, line), SayInRoom(nyc.id, line), WhisperInRoom(nyc.id, line))
        assert ready(here) == [nyc.id]
        await until(lambda: ready(here) == [nyc.id, nyc.id])


async def test_what_is_said_anywhere_else_takes_no_key(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    async with running(here):
        await until(lambda: ready(here) == [nyc.id])
        await here.do(SayInRoom(here.lobby.id, (Line(Phrase.RECEIPT_SOMEWHERE),)))
        assert here.bot.around.ahead.spoken == set()


async def test_a_team_that_was_just_made_has_the_key_of_its_first_case(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    async with running(here):
        await here.serves(nyc, SOL)
        await until(lambda: ready(here) == [nyc.id])


async def test_whoever_was_just_vouched_for_has_the_key_of_the_next_case(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    async with running(here):
        await until(lambda: ready(here) == [nyc.id])
        await here.plan(Plan("nothing", ()), changes=(ChangeRoster(nyc.id, KIM, on=True),))
        await until(lambda: here.server.keys_given[-1] == (nyc.id, frozenset({SOL, KIM})))


async def test_the_next_key_is_given_out_after_somebody_came_or_went(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL, KIM)
    async with running(here):
        await until(lambda: ready(here) == [nyc.id])
        here.server.join(nyc, KIM)
        await here.bot.quiet()
        await until(lambda: ready(here) == [nyc.id, nyc.id])


async def test_a_room_without_a_roster_gets_no_key(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    async with running(here):
        here.bot.around.ahead.after((here.lobby.id, RoomId("!unknown")))
        await here.serves(nyc, SOL)
        here.bot.around.ahead.after((nyc.id,))
        await until(lambda: bool(here.server.keys_given))
    assert set(ready(here)) == {nyc.id}


FAILURES = [
    TryAgainLater("busy"),
    NotSafe(Unsafe.STRANGER),
    Forbidden("not in the room"),
    Gone("no such room"),
    ZeroDivisionError("private words"),
]


@pytest.mark.parametrize("call", ["expect", "make_ready"])
@pytest.mark.parametrize("failure", FAILURES, ids=lambda each: type(each).__name__)
async def test_whatever_fails_ahead_is_done_at_the_telling(here: Set, call: str, failure: Exception) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    async with running(here) as loop:
        await until(lambda: ready(here) == [nyc.id])
        here.server.fail(call, failure)
        await here.do(tell(nyc))
        await until(lambda: here.server.calls["expect"] == 1 and here.server.calls["make_ready"] == 2)
        assert len(nyc.texts()) == 1
        here.bot.around.ahead.expect(nyc.id)
        here.bot.around.ahead.after((nyc.id,))
        await until(lambda: here.server.calls["expect"] == 2 and here.server.calls["make_ready"] == 3)
        assert not loop.done()
    assert "private words" not in here.bot.journal.getvalue()


async def test_one_room_that_is_slow_keeps_no_other_waiting(here: Set) -> None:
    slow, quick = here.server.room("!slow", SOL), here.server.room("!quick", SOL)
    await here.serves(slow, SOL)
    await here.serves(quick, SOL)
    chat = here.bot.around.chat
    real, over = chat.make_ready, asyncio.Event()

    async def make_ready(room: RoomId, *roster: object) -> None:
        if room == slow.id:
            await over.wait()
        await real(room, *roster)  # type: ignore[arg-type]

    chat.make_ready = make_ready  # type: ignore[method-assign,assignment]
    async with running(here):
        await until(lambda: ready(here) == [quick.id])
        over.set()
        await until(lambda: ready(here) == [quick.id, slow.id])


async def test_being_logged_out_ends_it(here: Set) -> None:
    here.server.fail("expect", LoggedOut("token"))
    here.bot.around.ahead.expect(here.lobby.id)
    with pytest.raises(ExceptionGroup) as ended:
        await ahead(here.bot.around)
    assert ended.value.subgroup(LoggedOut) is not None


async def test_nobody_is_asked_about_twice_for_one_ring(here: Set) -> None:
    around = here.bot.around.ahead
    for _ in range(3):
        around.expect(here.lobby.id)
        around.after([here.lobby.id])
    everywhere = frozenset({here.lobby.id})
    assert (around.take_expected(), around.take_told()) == (everywhere, everywhere)
    assert not around.take_expected() | around.take_told()
