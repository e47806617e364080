"""We promise that ordinary talk costs next to nothing, and that nothing around it is lost or told twice."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from bot.core.model import Millis
from bot.loops import decide, receive
from bot.store.database import FILE
from tests.promises.stories import BOTH, FALLBACK, LOBBY, MIA, NYC_ROOM, SOL, before, cards
from tests.stage import Stage, knowledge, stage
from tests.wire import Homeserver

KNOWN = knowledge(BOTH, FALLBACK)
TALK = "good morning everybody"
REPORT = "#swshelp #nyc a place for tonight"


def on_disk(folder: Path) -> list[object]:
    """What a crash at this moment would leave of how far was read, and of what was seen."""
    after = folder.with_name("looked at")
    shutil.copytree(folder, after)
    raw = sqlite3.connect(after / FILE)
    found = [*raw.execute("SELECT sealed FROM bookmark"), *raw.execute("SELECT id FROM seen ORDER BY id")]
    raw.close()
    shutil.rmtree(after)
    return found


async def begun(bot: Stage, server: Homeserver) -> None:
    await bot.settle()
    before(server)
    await bot.settle()
    await bot.around.database.scrub()


async def heard(bot: Stage) -> None:
    await receive.once(bot.around, bot.core.passes_by, Millis(0))
    while await decide.once(bot.around, bot.core):
        pass


async def test_talk_that_passes_by_waits_for_no_disk_and_a_report_after_it_takes_it_there(
    tmp_path: Path,
) -> None:
    server, folder = Homeserver(), tmp_path / "data"
    async with stage(folder, server, KNOWN) as bot:
        await begun(bot, server)
        kept = on_disk(folder)
        server.post(server.rooms[LOBBY], MIA, TALK)
        await heard(bot)
        assert await bot.around.database._connection.execute_fetchall("SELECT 1 FROM inbox") == []
        assert on_disk(folder) == kept
        server.post(server.rooms[LOBBY], SOL, REPORT)
        await heard(bot)
        assert len(on_disk(folder)) == len(kept) + 2
        await bot.settle()
    assert len(cards(server.rooms[NYC_ROOM])) == 1


async def waiting(bot: Stage) -> int:
    return await bot.count("inbox")


async def test_talk_is_decided_on_when_it_comes_and_remembered_as_seen(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        seen = await bot.count("seen")
        server.post(server.rooms[LOBBY], MIA, TALK)
        await receive.once(bot.around, bot.core.passes_by, Millis(0))
        assert (await waiting(bot), await bot.count("seen")) == (0, seen + 1)


async def test_what_is_said_after_or_with_something_that_waits_is_decided_in_its_turn(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        for text in (TALK, REPORT):
            server.post(server.rooms[LOBBY], MIA, text)
        await receive.once(bot.around, bot.core.passes_by, Millis(0))
        assert await waiting(bot) == 2
        server.post(server.rooms[LOBBY], SOL, TALK)
        await receive.once(bot.around, bot.core.passes_by, Millis(0))
        assert await waiting(bot) == 3
        await bot.settle()
        assert await waiting(bot) == 0
    assert len(cards(server.rooms[NYC_ROOM])) == 1


async def test_what_is_said_to_supporters_or_to_the_bot_never_passes_by(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        server.post(server.rooms[NYC_ROOM], SOL, TALK)
        await receive.once(bot.around, bot.core.passes_by, Millis(0))
        assert await waiting(bot) == 1


async def test_when_it_is_calm_the_talk_is_on_disk_too(tmp_path: Path) -> None:
    server, folder = Homeserver(), tmp_path / "data"
    async with stage(folder, server, KNOWN) as bot:
        await begun(bot, server)
        kept = on_disk(folder)
        server.post(server.rooms[LOBBY], MIA, TALK)
        await heard(bot)
        await bot.deliverer.rest()
        assert not bot.around.database.stained
        assert len(on_disk(folder)) == len(kept) + 1


async def test_after_a_crash_amid_talk_it_passes_by_again_and_the_report_among_it_is_told_once(
    tmp_path: Path,
) -> None:
    server, folder, after = Homeserver(), tmp_path / "data", tmp_path / "after the crash"
    async with stage(folder, server, KNOWN) as bot:
        await begun(bot, server)
        for text in (TALK, REPORT, TALK, TALK):
            server.post(server.rooms[LOBBY], MIA, text)
            await heard(bot)
        shutil.copytree(folder, after)
    said = {room: len(at.events) for room, at in server.rooms.items()}
    async with stage(after, server, KNOWN) as again:
        await again.start()
        await again.settle()
        assert await again.count("inbox") == 0
    assert len(cards(server.rooms[NYC_ROOM])) == 1
    assert len(server.rooms[LOBBY].events) == said[LOBBY] + 1
