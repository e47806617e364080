"""We promise that what was said to a worker or a room stands once, though no disk was waited for after it."""

from __future__ import annotations

import asyncio
import shutil
from pathlib import Path

from bot.core.model import Millis
from bot.loops import decide, receive
from tests.promises.stories import BOTH, FALLBACK, LOBBY, MIA, NYC_ROOM, begun, cards
from tests.stage import Stage, knowledge, stage
from tests.wire import Homeserver

KNOWN = knowledge(BOTH, FALLBACK)
CALLS = ("tell", "whisper", "say")


async def reported(bot: Stage, server: Homeserver) -> None:
    await begun(bot, server)
    await bot.around.database.scrub()
    server.post(server.rooms[LOBBY], MIA, "#swshelp #nyc a place for tonight")
    await receive.once(bot.around, bot.core.passes_by, Millis(0))
    for _ in range(4):
        while await decide.once(bot.around, bot.core):
            pass
        async with asyncio.TaskGroup() as group:
            await bot.deliverer.start(group)


def said(server: Homeserver) -> list[list[str]]:
    """Everything that stands anywhere."""
    return [room.texts() for _, room in sorted(server.rooms.items())]


def calls(server: Homeserver) -> list[int]:
    return [server.calls[call] for call in CALLS]


async def after_a_crash(folder: Path, server: Homeserver) -> list[int]:
    """So often each was asked for once more."""
    before = calls(server)
    async with stage(folder, server, KNOWN) as again:
        await again.start()
        await again.settle()
        assert await again.count("outbox") == 0
    return [after - earlier for earlier, after in zip(before, calls(server), strict=True)]


async def test_the_receipt_and_the_public_word_are_said_again_under_their_keys_and_stand_once(
    tmp_path: Path,
) -> None:
    server, folder, crashed = Homeserver(), tmp_path / "data", tmp_path / "after the crash"
    async with stage(folder, server, KNOWN) as bot:
        await reported(bot, server)
        shutil.copytree(folder, crashed)
    stood = said(server)
    assert sum("have what you wrote" in text for texts in stood for text in texts) == 1
    assert await after_a_crash(crashed, server) == [0, 1, 1]
    assert said(server) == stood
    assert len(cards(server.rooms[NYC_ROOM])) == 1


async def test_when_it_is_calm_it_is_on_disk_that_they_were_said(tmp_path: Path) -> None:
    server, folder, crashed = Homeserver(), tmp_path / "data", tmp_path / "after the crash"
    async with stage(folder, server, KNOWN) as bot:
        await reported(bot, server)
        await bot.deliverer.rest()
        assert not bot.around.database.stained
        shutil.copytree(folder, crashed)
    assert await after_a_crash(crashed, server) == [0, 0, 0]


async def test_when_the_program_ends_in_order_it_is_on_disk_that_they_were_said(tmp_path: Path) -> None:
    server, folder = Homeserver(), tmp_path / "data"
    async with stage(folder, server, KNOWN) as bot:
        await reported(bot, server)
    assert await after_a_crash(folder, server) == [0, 0, 0]
