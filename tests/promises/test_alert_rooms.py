"""We promise that every community room of a city is warned, in some order, though one of them is no help."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.alert_steps import PATIENCE
from bot.core.model import RoomId
from bot.core.spans import MINUTE
from bot.ports import Forbidden, Gone, TryAgainLater
from tests.promises.alert_stories import FAR, KNOWN, PORCH, WARNING, _drafts_by_themselves, _rooms, name_of
from tests.promises.stories import KIM, LOBBY, NYC_ROOM, said
from tests.stage import Stage, stage
from tests.wire import Homeserver


async def _approved(bot: Stage, server: Homeserver) -> None:
    await bot.quiet()
    _rooms(server)
    await bot.settle()
    _drafts_by_themselves(server)
    await bot.settle()
    server.post(server.rooms[NYC_ROOM], KIM, f"!approve {name_of(server)}")
    await bot.quiet()


async def _minutes(bot: Stage, count: int) -> None:
    for _ in range(count):
        await bot.pass_time(MINUTE)


@pytest.mark.parametrize("silent", [LOBBY, PORCH])
async def test_a_room_that_does_not_answer_for_long_gets_it_last(silent: RoomId, tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await _approved(bot, server)
        server.fail("announce", TryAgainLater("slow"), times=40, room=server.rooms[silent])
        await _minutes(bot, 2 + 2 * PATIENCE // MINUTE)
        other = PORCH if silent == LOBBY else LOBBY
        assert said(server.rooms[other], WARNING) == 1
        assert said(server.rooms[silent], WARNING) == 0
        server.faults.clear()
        await _minutes(bot, 30)
        for room in (LOBBY, PORCH):
            assert sum(WARNING in event.text for event in server.rooms[room].events) == 1
        assert said(server.rooms[NYC_ROOM], "stands in 2 community rooms") == 1


@pytest.mark.parametrize("error", [Forbidden("muted"), Gone("no such room")])
async def test_a_room_that_refuses_is_passed_over(error: Exception, tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await _approved(bot, server)
        server.fail("announce", error, times=9, room=server.rooms[LOBBY])
        await _minutes(bot, 3)
        assert said(server.rooms[PORCH], WARNING) == 1
        assert said(server.rooms[NYC_ROOM], "stands in one community room") == 1
        assert said(server.rooms[FAR], WARNING) == said(server.rooms[LOBBY], WARNING) == 0


async def test_a_room_that_loses_its_city_before_the_approval_gets_nothing(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await bot.quiet()
        _rooms(server)
        await bot.settle()
        server.post(server.rooms[LOBBY], "@ada:test", "!city off")
        await bot.settle()
        _drafts_by_themselves(server)
        await bot.settle()
        server.post(server.rooms[NYC_ROOM], KIM, f"!approve {name_of(server)}")
        await bot.quiet()
        await _minutes(bot, 3)
        assert [said(server.rooms[room], WARNING) for room in (LOBBY, PORCH, FAR)] == [0, 1, 0]
