"""We promise that what was taken back, or has had its last day, is in no file and no message of the bot."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from bot.core.model import Millis, UserId
from bot.core.spans import DAY
from bot.loops import forget
from bot.ports import Forbidden, TryAgainLater
from bot.store import about, leaving
from tests.promises import alert_stories
from tests.promises.case_stories import in_thread
from tests.promises.crash import Act, Story
from tests.promises.forget_stories import FORGET, FORGET_STORIES, standing
from tests.promises.sealed import Sealed
from tests.promises.stories import (
    CHAT,
    KNOWN,
    LOBBY,
    MIA,
    NYC_ROOM,
    PRIVATE,
    SOL,
    before,
    begun,
    said,
)
from tests.promises.test_not_on_disk import CANARIES, files_with
from tests.stage import HandClock, Stage, stage
from tests.wire import ME, Homeserver

EMPTY_AFTER = (
    "cases",
    "sources",
    "copies",
    "underway",
    "leaving",
    "timers",
    "asked_cities",
    "waiting_files",
    "undecrypted",
    "inbox",
    "outbox",
    "results",
)


async def play(bot: Stage, server: Homeserver, story: Story) -> None:
    await bot.settle()
    story.before(server)
    await bot.settle()
    for act in story.acts:
        await play_act(bot, server, act)


async def play_act(bot: Stage, server: Homeserver, act: Act) -> None:
    act(server)
    bot.clock.time = max(bot.clock.time, server.at)
    await bot.settle()


@pytest.mark.parametrize("story", FORGET_STORIES, ids=lambda story: story.name)
async def test_no_file_holds_the_words_and_no_row_the_case(story: Story, tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, story)
        story.check(server)
        assert files_with(tmp_path, CANARIES) == {}
        assert [await bot.count(table) for table in ("cases", "sources", "copies", "leaving")] == [0] * 4
    assert files_with(tmp_path, CANARIES) == {}


@pytest.mark.parametrize("story", FORGET_STORIES, ids=lambda story: story.name)
async def test_not_even_the_sealed_words_are_in_a_file_afterwards(story: Story, tmp_path: Path) -> None:
    """Sealed words would be readable for whoever gets the key later: they must not lie in free pages."""
    server, sealed = Homeserver(), Sealed(tmp_path / "data")
    *acts, last = story.acts
    async with stage(tmp_path / "data", server, KNOWN, pause=sealed.look) as bot:
        await play(bot, server, Story("until then", KNOWN, story.before, tuple(acts), story.check))
        sealed.look()
        assert [table for table, pieces in sealed.seen.items() if not pieces] == []
        assert {"cases", "sources", "copies"} <= sealed.left()
        sealed.watching = False
        await play_act(bot, server, last)
        story.check(server)
        assert sealed.left() == set()
    assert sealed.left() == set()


async def test_after_forget_the_store_knows_nothing_of_the_person(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, FORGET)
        assert {table: n for table in EMPTY_AFTER if (n := await bot.count(table))} == {}
        async with bot.around.database.transaction() as tx:
            assert await about.kept(tx, UserId(MIA)) == ()
        assert MIA not in bot.around.pins.known()


async def test_who_was_forgotten_can_begin_anew(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, FORGET)
        server.invite_bot(server.room("!again:test", MIA), MIA, direct=True)
        await bot.settle()
        server.post(server.rooms[next(r for r in server.rooms if r == "!again:test")], MIA, f"#nyc {PRIVATE}")
        await bot.settle()
        assert standing(server, PRIVATE) == [NYC_ROOM]


async def test_who_is_forgotten_is_left_in_every_chat(tmp_path: Path) -> None:
    """In one that stayed, their next words would be chatter of a room that we do not know."""
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, Story("before", KNOWN, before, FORGET.acts[:2], lambda _: None))
        others = [server.room(f"!other{number}:test", MIA) for number in range(5)]
        for room in others:
            server.invite_bot(room, MIA, direct=True)
        await bot.settle()
        assert all(ME in room.joined for room in others)
        server.post(others[2], MIA, "!forget")
        await bot.settle()
        assert [ME in room.joined for room in (*others, server.rooms[CHAT])] == [False] * 6
        assert [room.id for room in others if "Done. I removed" in str(room.texts())] == [others[2].id]


async def test_what_is_known_is_said_in_counts_and_names_of_fields(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, Story("before", KNOWN, before, FORGET.acts[:2], lambda _: None))
        server.post(server.rooms[CHAT], MIA, "!whatdoyouknow")
        await bot.settle()
        said = server.rooms[CHAT].texts()[-1]
        assert "cases: 1 (" in said
        assert "copies: " in said
        assert "bluethroat" not in said
        assert MIA not in said


async def test_a_case_that_nobody_closes_has_a_last_day(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, Story("before", KNOWN, before, FORGET.acts[:2], lambda _: None))
        await bot.pass_time(29 * DAY + 1)
        assert any("Tomorrow I remove everything" in text for text in server.rooms[NYC_ROOM].texts())
        await bot.pass_time(DAY)
        assert standing(server, "bluethroat") == []
        assert await bot.count("cases") == 0


async def test_a_case_that_nobody_could_be_told_has_a_last_day(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await bot.settle()
        before(server)
        for room in server.rooms.values():
            room.guests = True
        await bot.settle()
        server.post(server.rooms[CHAT], MIA, f"#nyc {PRIVATE}")
        await bot.settle()
        assert await bot.count("cases") == 1
        bot.clock.time = Millis(bot.clock.time + 31 * DAY)
        await forget.once(bot.around)
        await bot.settle()
        assert await bot.count("cases") == await bot.count("outbox") == 0
        assert files_with(tmp_path, CANARIES) == {}


async def test_a_message_sent_in_the_moment_in_which_its_case_went_goes_too(tmp_path: Path) -> None:
    server, clock = Homeserver(), HandClock()
    async with stage(tmp_path / "data", server, KNOWN, clock=clock) as bot:
        await play(bot, server, Story("before", KNOWN, before, FORGET.acts[:2], lambda _: None))
        async with bot.around.database.transaction() as tx:
            await tx.rows("DELETE FROM cases")
            assert len(await leaving.left_behind(tx)) == 1
        await forget.once(bot.around)
        await bot.settle()
        assert standing(server, "bluethroat") == []
        assert await bot.count("copies") == 0


async def test_a_room_that_is_out_of_reach_ends_nothing(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await play(bot, server, Story("before", KNOWN, before, FORGET.acts[:2], lambda _: None))
        server.fail("remove", Forbidden("put out"), 99, server.rooms[NYC_ROOM])
        server.post(server.rooms[CHAT], MIA, "!withdraw")
        await bot.settle()
        assert standing(server, "bluethroat") == [NYC_ROOM]
        assert await bot.count("cases") == 0


# -- what is out of reach ----------------------


async def _put_out(bot: Stage, server: Homeserver) -> None:
    """By the team's room, which had been told."""
    await begun(bot, server)
    server.post(server.rooms[CHAT], MIA, f"#nyc {PRIVATE}")
    await bot.settle()
    server.leave(server.rooms[NYC_ROOM], ME)
    await bot.settle()


async def _out_of_reach(folder: Path, words: str) -> Homeserver:
    """Then its worker takes it back."""
    server = Homeserver()
    async with stage(folder, server, KNOWN) as bot:
        await _put_out(bot, server)
        server.post(server.rooms[CHAT], MIA, words)
        await bot.settle()
        assert await bot.count("copies") == 0
        # Who has withdrawn may ask again, and is to hear of it then.
        assert await bot.count("leaving") == (words == "!withdraw")
    return server


@pytest.mark.parametrize(
    ("words", "lie", "truth"),
    [
        ("!withdraw", "It is taken back: I removed what", "It is taken back as far as I can"),
        ("!forget", "I removed everything I had passed on", "as far as I can reach it"),
    ],
)
async def test_who_takes_back_what_is_out_of_our_reach_is_told_so(
    tmp_path: Path, words: str, lie: str, truth: str
) -> None:
    server = await _out_of_reach(tmp_path, words)
    assert standing(server, PRIVATE) == [NYC_ROOM]
    assert (said(server.rooms[CHAT], lie), said(server.rooms[CHAT], truth)) == (0, 1)


@pytest.mark.parametrize("at_once", [True, False])
async def test_what_is_out_of_reach_is_known_to_whoever_takes_it_back_once_more(
    tmp_path: Path, at_once: bool
) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await _put_out(bot, server)
        server.post(server.rooms[CHAT], MIA, "!withdraw")
        if not at_once:
            await bot.settle()
        server.post(server.rooms[CHAT], MIA, "!forget")
        await bot.settle()
        assert said(server.rooms[CHAT], "a room that I am no longer in") == 2
        assert await bot.count("leaving") == 0


@pytest.mark.parametrize("words", ["!withdraw", "!forget"])
@pytest.mark.parametrize("retracted", [True, False])
async def test_an_alert_of_theirs_that_is_out_of_reach_is_told(
    tmp_path: Path, words: str, retracted: bool
) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, alert_stories.KNOWN) as bot:
        await play(bot, server, replace(alert_stories.FORGOTTEN, acts=alert_stories.OUT))
        assert alert_stories.standing(server) == [LOBBY, alert_stories.PORCH]
        server.leave(server.rooms[alert_stories.PORCH], ME)
        await bot.settle()
        if retracted:
            server.post(server.rooms[CHAT], MIA, "!share supporters")
            await bot.settle()
        server.post(server.rooms[CHAT], MIA, words)
        await bot.settle()
        assert alert_stories.standing(server) == [alert_stories.PORCH]
        assert said(server.rooms[CHAT], "a room that I am no longer in") == 1


async def test_on_its_last_day_nobody_is_told_that_what_is_out_of_reach_is_gone(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await begun(bot, server)
        server.post(server.rooms[CHAT], MIA, f"#nyc {PRIVATE}")
        await bot.settle()
        server.fail("remove", Forbidden("put out"), times=99, room=server.rooms[NYC_ROOM])
        await bot.pass_time(29 * DAY + 1)
        await bot.pass_time(DAY)
        await bot.settle()
        assert standing(server, PRIVATE) == [NYC_ROOM]
        assert said(server.rooms[CHAT], "I have removed what I had passed on and what") == 0
        assert said(server.rooms[CHAT], "a room that I am no longer in") == 1


async def test_what_may_stand_out_of_our_reach_is_not_said_to_be_gone(tmp_path: Path) -> None:
    """The homeserver took the telling and its answer was lost; then the room put the bot out."""
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await begun(bot, server)
        server.fail("tell", TryAgainLater("cut off"), done_first=True)
        server.post(server.rooms[CHAT], MIA, f"#nyc {PRIVATE}")
        await bot.quiet()
        server.leave(server.rooms[NYC_ROOM], ME)
        server.post(server.rooms[CHAT], MIA, "!withdraw")
        await bot.settle()
    assert standing(server, PRIVATE) == [NYC_ROOM]
    truth = said(server.rooms[CHAT], "It is taken back as far as I can")
    assert (said(server.rooms[CHAT], "It is taken back: I removed what"), truth) == (0, 1)


async def test_a_supporter_whose_reply_is_out_of_our_reach_is_told_so(tmp_path: Path) -> None:
    """The worker left the chat, and so did the bot: what stands there stands in their client."""
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await begun(bot, server)
        chat, nyc = server.rooms[CHAT], server.rooms[NYC_ROOM]
        server.post(chat, MIA, f"#nyc {PRIVATE}")
        await bot.settle()
        reply = in_thread(server, SOL, "!reply my own number is 555")
        await bot.settle()
        server.leave(chat, MIA)
        await bot.settle()
        server.delete(nyc, SOL, reply)
        await bot.settle()
        assert said(chat, "my own number") == 1
        assert (said(nyc, "removed it from the worker"), said(nyc, "I could not take that back")) == (0, 1)


async def test_what_was_out_of_reach_when_we_were_ended_is_told_all_the_same(tmp_path: Path) -> None:
    """The other rooms are slow: what could not be removed is known at the next try, too."""
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await begun(bot, server)
        server.post(server.rooms[CHAT], MIA, f"#nyc {PRIVATE}")
        await bot.settle()
        in_thread(server, SOL, "!reply we sing along")
        await bot.settle()
        server.leave(server.rooms[NYC_ROOM], ME)
        await bot.settle()
        server.fail("remove", TryAgainLater("slow"), times=2, room=server.rooms[CHAT])
        server.post(server.rooms[CHAT], MIA, "!withdraw")
        await bot.settle()
        assert said(server.rooms[CHAT], "It is taken back as far as I can") == 1


# -- who writes on --------------------------------------------------------------------------------------


async def _forgotten_and_not_left(bot: Stage, server: Homeserver) -> None:
    """They asked for it and read that it is done; the homeserver does not let the bot leave yet."""
    await begun(bot, server)
    server.post(server.rooms[CHAT], MIA, "please help")
    await bot.settle()
    server.fail("leave", TryAgainLater("busy"), times=2)
    server.post(server.rooms[CHAT], MIA, "!forget")
    await bot.quiet()
    assert ME in server.rooms[CHAT].joined


async def test_who_writes_on_before_the_bot_has_left_is_heard_and_begins_anew(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await _forgotten_and_not_left(bot, server)
        server.post(server.rooms[CHAT], MIA, "he is back at the door")
        await bot.settle()
        assert ME not in server.rooms[CHAT].joined
        told = [text for room in server.rooms.values() for text in room.texts() if text.startswith("Case ")]
        assert [("at the door" in text) for text in told].count(True) == 1
        assert await bot.count("cases") == 1


async def test_what_is_deleted_before_the_bot_has_left_is_gone_for_supporters_too(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await _forgotten_and_not_left(bot, server)
        words = server.post(server.rooms[CHAT], MIA, "he is back at the door")
        await bot.quiet()
        server.delete(server.rooms[CHAT], MIA, words)
        await bot.settle()
        standing_there = [text for room in server.rooms.values() if room.id != CHAT for text in room.texts()]
        assert not any("at the door" in text for text in standing_there)


async def test_when_the_bot_has_left_nothing_of_the_chat_is_kept(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path / "data", server, KNOWN) as bot:
        await begun(bot, server)
        rooms_before = await bot.count("rooms")
        server.post(server.rooms[CHAT], MIA, "please help")
        await bot.settle()
        server.post(server.rooms[CHAT], MIA, "!forget")
        await bot.settle()
        assert ME not in server.rooms[CHAT].joined
        assert await bot.count("rooms") < rooms_before
