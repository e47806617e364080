"""We promise that what people write is in no file of the bot in the clear, while it works and after."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.model import Category, RoomId, Trust
from bot.ports import TryAgainLater
from tests.promises.crash import Story, Theatre
from tests.promises.stories import CHAT, LOBBY, NYC_ROOM, PRIVATE, STORIES
from tests.stage import Stage, knowledge, stage
from tests.wire import Homeserver

CANARIES = (PRIVATE, "bluethroat", "212-555", "elm street", "red car")
PEOPLE = ("mia:test", "sol:test", "ada:test", "rosa")
PLACES = ("!lobby", "!nyc", "!chat", "brooklyn", "$event")
PEOPLE_AND_PLACES = PEOPLE + PLACES


def files_with(folder: Path, words: tuple[str, ...]) -> dict[str, list[str]]:
    """Which of the words are in the bytes of which file, in either encoding SQLite knows."""
    files = {path.name: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    found = {
        name: [w for w in words if w.encode() in content or w.encode("utf-16-le") in content]
        for name, content in files.items()
    }
    assert found, "no files to look into"
    return {name: words for name, words in found.items() if words}


class Watched:
    """Looks into every file at every await of the bot."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.looks = folder, 0
        self.found: dict[str, list[str]] = {}

    def look(self, _: str) -> None:
        self.looks += 1
        if self.folder.exists():
            self.found |= files_with(self.folder, CANARIES + PEOPLE_AND_PLACES)


@pytest.mark.parametrize("story", STORIES, ids=lambda story: story.name)
async def test_no_word_is_in_any_file_at_any_moment(story: Story, tmp_path: Path) -> None:
    theatre = Theatre(story, tmp_path / "theatre")
    await theatre.open()
    watched = Watched(tmp_path)
    server = theatre.beginning
    clock = None
    for act in story.acts:
        act(server)
        if clock is not None:
            clock.time = max(clock.time, server.at)  # an act may let time pass
        async with stage(
            tmp_path / "theatre" / "beginning", server, story.known, pause=watched.look, seed=5, clock=clock
        ) as bot:
            await bot.start()
            await bot.settle()
            clock = bot.clock
            watched.look("at rest")
            assert_silent(bot)
        watched.look("stopped")
    assert watched.looks > 15
    assert watched.found == {}
    story.check(server)


def assert_silent(bot: Stage) -> None:
    for word in CANARIES + PEOPLE_AND_PLACES:
        assert word not in bot.journal.getvalue()


async def test_a_report_that_nobody_could_be_told_is_sealed(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, knowledge()) as bot:
        await bot.quiet()
        lobby = server.room(LOBBY, "@mia:test", encrypted=False)
        server.post(lobby, "@mia:test", f"#swsdoxx {PRIVATE}")
        await bot.settle()
        assert await bot.count("outbox") == 1
        assert files_with(tmp_path, CANARIES + PEOPLE_AND_PLACES) == {}
    assert files_with(tmp_path, CANARIES + PEOPLE_AND_PLACES) == {}


async def test_messages_that_wait_for_their_key_are_sealed(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, knowledge()) as bot:
        await bot.quiet()
        server.post_without_key(server.room(CHAT, "@mia:test"), "@mia:test", PRIVATE)
        await bot.sync()
        assert await bot.count("undecrypted") == 1
        assert files_with(tmp_path, CANARIES + PEOPLE_AND_PLACES) == {}


async def test_after_a_case_is_delivered_not_even_its_sealed_words_are_left(tmp_path: Path) -> None:
    """The card of an open case is kept, sealed; the inbox, the outbox and SQLite's journal are not."""
    server = Homeserver()
    async with stage(tmp_path / "data", server, knowledge()) as bot:
        await bot.quiet()
        lobby = server.room(LOBBY, "@mia:test", encrypted=False)
        server.fail("remove", TryAgainLater("busy"), times=1)
        server.post(lobby, "@mia:test", f"#swshelp {PRIVATE}")
        await bot.sync()
        async with bot.around.database.transaction() as tx:
            [(sealed,)] = await tx.rows("SELECT sealed FROM inbox")
        assert sealed in b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
        await bot.settle()
        await bot.around.database.scrub()
        assert sealed not in b"".join(path.read_bytes() for path in (tmp_path / "data").iterdir())
        assert await bot.count("inbox") == 0


async def test_the_names_of_room_and_case_say_nothing_in_the_database(tmp_path: Path) -> None:
    server = Homeserver()
    story = STORIES[0]
    async with stage(tmp_path / "data", server, story.known) as bot:
        await bot.quiet()
        story.before(server)
        await bot.settle()
        story.acts[0](server)
        await bot.settle()
        name = server.rooms[NYC_ROOM].texts()[-1].split()[1].strip(":")
        assert "-" in name
        assert files_with(tmp_path, (name, Category.DOXX.value, Trust.SIGNED.value, RoomId("!nyc"))) == {}
