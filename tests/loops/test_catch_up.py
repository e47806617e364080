"""We promise that a room that is not shown to us makes us deaf to no other, and is read in order later."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.core.effects import Incoming
from bot.core.model import Invitation, Millis, RoomId, RoomUnread
from bot.loops import receive
from bot.loops.catch_up import LONG, catch_up, once
from bot.loops.patience import LISTENING
from bot.ports import TryAgainLater
from bot.store import asides
from tests.loops.scripted import MIA, SOL, Set, scripted, until
from tests.stage import ROSA, knowledge, stage
from tests.wire import Homeserver

KITCHEN = "!kitchen"


def told(here: Set) -> list[Incoming]:
    return [each for each in here.script.heard if isinstance(each, RoomUnread)]


async def behind(here: Set) -> frozenset[RoomId]:
    async with here.bot.around.database.transaction() as tx:
        return await asides.rooms(tx)


async def test_others_are_heard_at_once(here: Set) -> None:
    kitchen = here.server.room(KITCHEN, SOL)
    here.server.silent = {here.lobby.id}
    here.server.post(here.lobby, MIA, "not shown")
    here.server.post(kitchen, SOL, "shown")
    await here.bot.quiet()
    assert here.script.words() == ["shown"]
    assert await behind(here) == {here.lobby.id}


async def test_what_was_not_shown_is_read_within_half_a_minute_of_being_shown_and_in_order(here: Set) -> None:
    here.server.silent = {here.lobby.id}
    for words in ("one", "two"):
        here.server.post(here.lobby, MIA, words)
        await here.bot.sync()
    await here.bot.pass_time(60 * 60 * 1000)
    here.server.silent = set()
    here.server.post(here.lobby, MIA, "three")
    await here.bot.pass_time(LISTENING)
    assert here.script.words() == ["one", "two", "three"]
    assert await behind(here) == frozenset()


async def test_what_is_newer_is_not_read_first_though_it_could_be(here: Set) -> None:
    here.server.fail("read_aside", TryAgainLater("not now"))
    here.server.silent = {here.lobby.id}
    here.server.post(here.lobby, MIA, "one")
    await here.bot.sync()
    here.server.silent = set()
    here.server.post(here.lobby, MIA, "two")
    await here.bot.quiet()
    assert here.script.words() == []
    await here.bot.settle()
    assert here.script.words() == ["one", "two"]


async def test_it_survives_a_restart_and_a_second_reading_tells_nothing_twice(tmp_path: Path) -> None:
    async with scripted(tmp_path / "data") as first:
        first.server.silent = {first.lobby.id}
        first.server.post(first.lobby, MIA, "one")
        await first.bot.sync()
    server = first.server
    server.silent = set()
    server.fail("read_aside", TryAgainLater("the answer was lost"), done_first=True)
    async with scripted(tmp_path / "data", server=server) as again:
        await again.bot.settle()
        assert again.script.words() == ["one"]


async def test_the_homeserver_is_left_alone_as_long_as_it_asks(here: Set) -> None:
    here.server.silent = {here.lobby.id}
    here.server.fail("read_aside", TryAgainLater("slow down", Millis(90_000)))
    here.server.post(here.lobby, MIA, "one")
    await here.bot.sync()
    here.server.silent = set()
    await here.bot.pass_time(89_000)
    assert here.script.words() == []
    await here.bot.pass_time(1_000)
    assert here.script.words() == ["one"]


async def test_stewards_hear_once_of_a_room_that_is_not_shown_for_minutes_and_never_of_a_moment(
    here: Set,
) -> None:
    here.server.silent = {here.lobby.id}
    here.server.post(here.lobby, MIA, "one")
    await here.bot.pass_time(LONG - 1)
    assert told(here) == []
    for _ in range(4):
        here.server.post(here.lobby, MIA, "more")
        await here.bot.pass_time(LONG)
    (unread,) = told(here)
    assert isinstance(unread, RoomUnread)
    assert unread.room == here.lobby.id


async def test_a_steward_reads_which_room_it_is_and_of_a_private_chat_no_name(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, knowledge()) as bot:
        await bot.quiet()
        lobby = server.room("!lobby:test", MIA, encrypted=False)
        chat = server.room("!chat:test", MIA)
        server.invite_bot(chat, MIA, direct=True)
        await bot.quiet()
        server.silent = {lobby.id, chat.id}
        for room in (lobby, chat):
            server.post(room, MIA, "wombat")
        await bot.pass_time(LONG)
        await bot.pass_time(LONG)
        read = server.heard_privately(ROSA)
        assert "!lobby:test" in read
        assert "privately" in read
        for secret in ("!chat:test", MIA, "wombat"):
            assert secret not in read


async def test_the_loop_wakes_for_what_is_put_aside_and_for_what_is_due(here: Set) -> None:
    before = here.server.calls["read_aside"]
    here.server.silent = {here.lobby.id}
    here.server.fail("read_aside", TryAgainLater("not now"))
    here.server.post(here.lobby, MIA, "one")
    here.bot.around.bells.aside.ring()
    async with asyncio.TaskGroup() as group:
        group.create_task(catch_up(here.bot.around))

        await receive.once(here.bot.around, here.bot.core.passes_by, Millis(0))
        await until(lambda: here.server.calls["read_aside"] == before + 1)
        here.server.silent = set()
        here.bot.clock.time = Millis(here.bot.clock.time + LISTENING)
        here.bot.around.bells.aside.ring()
        await until(lambda: here.server.calls["read_aside"] == before + 2)
        here.bot.around.bells.stop()
    await here.bot.quiet()
    assert here.script.words() == ["one"]


async def test_nothing_to_read_is_nothing_to_do(here: Set) -> None:
    before = here.server.calls["read_aside"]
    assert not await once(here.bot.around)
    assert here.server.calls["read_aside"] == before


# -- who had asked us in before our first look --------------------------------------------------------------


def invited(here: Set) -> list[RoomId]:
    return [each.room for each in here.script.heard if isinstance(each, Invitation)]


async def _asked_before(folder: Path) -> Homeserver:
    """A homeserver on which the bot was asked into a room, and never looked."""
    async with scripted(folder) as first:
        room = first.server.room("!early", ROSA)
        first.server.invite_bot(room, ROSA)
    return first.server


@pytest.mark.parametrize("silent", [0, 3])
async def test_an_invitation_from_before_the_first_look_is_heard_however_late_it_is_shown(
    tmp_path: Path, silent: int
) -> None:
    server = await _asked_before(tmp_path / "one")
    server.fail("read_aside", TryAgainLater("it looks through all rooms"), times=silent)
    async with scripted(tmp_path / "two", server=server) as here:
        server.post(here.lobby, MIA, "meanwhile")
        await here.bot.sync()
        assert await behind(here) == frozenset()
        await here.bot.settle()
        assert invited(here) == [RoomId("!early")]
        assert told(here) == []


async def test_it_is_heard_also_when_the_bot_was_ended_right_after_its_first_sync(tmp_path: Path) -> None:
    server = await _asked_before(tmp_path / "one")
    server.fail("read_aside", TryAgainLater("not yet"), times=99)
    async with scripted(tmp_path / "two", server=server) as here:
        await here.bot.quiet()
        assert invited(here) == []
    server.faults.clear()
    async with scripted(tmp_path / "two", server=server) as again:
        await again.bot.settle()
        assert invited(again) == [RoomId("!early")]


async def test_an_invitation_that_the_next_sync_showed_too_is_heard_once(tmp_path: Path) -> None:
    server = await _asked_before(tmp_path / "one")
    server.fail("read_aside", TryAgainLater("not yet"))
    async with scripted(tmp_path / "two", server=server) as here:
        await here.bot.sync()
        server.invite_bot(server.rooms[RoomId("!early")], ROSA)
        await here.bot.settle()
        assert invited(here) == [RoomId("!early")]
