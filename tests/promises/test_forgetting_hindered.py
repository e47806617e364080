"""We promise whoever asks to be forgotten that they hear the truth, whatever is in the way."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from bot.core.model import Millis
from bot.loops import forget
from bot.ports import TryAgainLater
from bot.store import sweep
from tests.promises.crash import Story
from tests.promises.forget_stories import FORGET, standing
from tests.promises.stories import CHAT, CHICAGO_ROOM, KNOWN, MIA, NYC_ROOM, PRIVATE, before, begun, said
from tests.promises.test_forgetting import play
from tests.stage import Stage, stage
from tests.wire import ME, Homeserver


def _somebody_reads(bot: Stage) -> Callable[[], None]:
    """A backup, perhaps: what they hold open is not overwritten yet."""
    other = sqlite3.connect(bot.around.database._path, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM seen").fetchall()
    return other.close


def _disk_is_full(bot: Stage) -> Callable[[], None]:
    connection = bot.around.database._connection
    rewrite = connection.rewrite

    async def full() -> None:
        raise sqlite3.OperationalError("database or disk is full")

    def over() -> None:
        connection.rewrite = rewrite  # type: ignore[method-assign]

    connection.rewrite = full  # type: ignore[method-assign]
    return over


@pytest.mark.parametrize("hinders", [_somebody_reads, _disk_is_full])
async def test_who_is_forgotten_hears_at_once_what_may_still_be_on_disk_and_it_goes_when_it_can(
    tmp_path: Path, hinders: Callable[[Stage], Callable[[], None]]
) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, Story("before", KNOWN, before, FORGET.acts[:2], lambda _: None))
        await forget.once(bot.around)
        over = hinders(bot)
        server.post(server.rooms[CHAT], MIA, "!forget")
        await bot.settle()
        assert standing(server, PRIVATE) == []
        assert said(server.rooms[CHAT], "I could not write my disk anew just now") == 1
        assert ME not in server.rooms[CHAT].joined
        over()
        await forget.once(bot.around)
        async with bot.around.database.transaction() as tx:
            assert await sweep.last_rewriting(tx) == bot.clock.time


async def test_what_is_written_while_a_forgetting_is_tried_again_is_heard_and_stays(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, Story("before", KNOWN, before, FORGET.acts[:2], lambda _: None))
        server.fail("remove", TryAgainLater("slow"), times=2, room=server.rooms[NYC_ROOM])
        server.post(server.rooms[CHAT], MIA, "!forget")
        await bot.quiet()
        assert said(server.rooms[CHAT], "I removed everything") == 0
        bot.clock.time = Millis(bot.clock.time + 1)
        server.post(server.rooms[CHAT], MIA, "#nyc he is back at the door")
        server.post(server.rooms[CHAT], MIA, "!checkin 2h")
        await bot.settle()
        assert said(server.rooms[CHAT], "I removed everything") == 1
        assert standing(server, PRIVATE) == []
        assert standing(server, "back at the door") == [NYC_ROOM]
        assert [await bot.count(table) for table in ("cases", "check_ins")] == [1, 1]


async def test_words_after_a_forget_go_into_no_case_that_goes_with_it(tmp_path: Path) -> None:
    """The first of two cases stands in a room that is slow: the second is not reached yet."""
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        for words in ("#chicago the roof leaks", f"#nyc {PRIVATE}"):
            server.post(server.rooms[CHAT], MIA, words)
            await bot.settle()
        slow = server.rooms[NYC_ROOM], server.rooms[CHICAGO_ROOM]
        for room in slow:
            server.fail("remove", TryAgainLater("slow"), times=2, room=room)
        server.post(server.rooms[CHAT], MIA, "!forget")
        await bot.quiet()
        bot.clock.time = Millis(bot.clock.time + 1)
        server.post(server.rooms[CHAT], MIA, "he is back at the door")
        await bot.settle()
        assert said(server.rooms[CHAT], "I removed everything") == 1
        assert [standing(server, words) for words in (PRIVATE, "the roof leaks")] == [[], []]
        told = [text for room in server.rooms.values() for text in room.texts() if text.startswith("Case ")]
        assert [("at the door" in text) for text in told].count(True) == 1


async def test_what_waits_to_be_told_is_gone_before_anybody_hears_that_it_is(tmp_path: Path) -> None:
    """Its words lie in the outbox, and are due in some seconds."""
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        server.fail("tell", TryAgainLater("down"), times=99)
        server.post(server.rooms[CHAT], MIA, f"#nyc {PRIVATE}")
        for _ in range(4):
            await bot.quiet()
            bot.clock.time = Millis(bot.clock.time + 9_000)
        async with bot.around.database.transaction() as tx:
            [(words,)] = await tx.rows("SELECT sealed FROM outbox")
        server.post(server.rooms[CHAT], MIA, "!forget")
        await bot.quiet()  # it is tried once more, and would be due in five seconds
        async with bot.around.database.transaction() as tx:
            assert await tx.rows("SELECT 1 FROM outbox WHERE sealed = ?", words) == []
        await bot.settle()
        assert said(server.rooms[CHAT], "I removed everything") == 1


async def test_what_could_not_be_read_of_another_chat_of_theirs_goes_too(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        other = server.room("!other:test", MIA)
        server.invite_bot(other, MIA, direct=True)
        await bot.settle()
        server.silent.add(other.id)
        server.post(other, MIA, f"#nyc {PRIVATE}")
        await bot.quiet()
        async with bot.around.database.transaction() as tx:
            [(unread,)] = await tx.rows("SELECT sealed FROM asides")
        server.post(server.rooms[CHAT], MIA, "!forget")
        await bot.quiet()
        assert said(server.rooms[CHAT], "I removed everything") == 1
        async with bot.around.database.transaction() as tx:  # all that may be left is that we went
            assert await tx.rows("SELECT 1 FROM asides WHERE sealed = ?", unread) == []
