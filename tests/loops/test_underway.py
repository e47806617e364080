"""We promise that before something about a case is sent, it is on disk where it may stand from then on."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from bot.core.changes import PlaceCase
from bot.core.decide import passes_by
from bot.core.effects import (
    Effect,
    ForgetCase,
    PassOn,
    SayPrivately,
    TellMore,
    Unsay,
    UpdateCard,
    WhisperInRoom,
)
from bot.core.model import EventId, Millis, RoomId
from bot.core.phrases import Line, Phrase
from bot.core.results import Done, Held, Told
from bot.core.sensitive import Sensitive
from bot.loops import decide, deliver, receive
from bot.ports import Forbidden, TryAgainLater
from bot.store import underway
from bot.store.database import FILE
from bot.store.seal import Seal
from bot.store.underway import Underway
from tests.loops.scripted import CASE, MIA, SOL, Set, open_case, tell, until
from tests.promises.crash import Fuse, Story
from tests.promises.stories import KNOWN, asks_in_nyc, before
from tests.promises.test_crash_anywhere import ALL_STORIES
from tests.stage import KEY, stage
from tests.wire import ME, Homeserver, Room, Sent

NYC_ROOM = RoomId("!nyc")
SENDS = ("tell", "tell_file", "retell", "whisper", "whisper_picture", "rewhisper")
MORE = TellMore(CASE, Sensitive("more words"), source=EventId("$more"))


async def nyc(here: Set, name: str = NYC_ROOM) -> Room:
    room = here.server.room(name, SOL)
    await here.serves(room, SOL)
    return room


async def placed(here: Set, room: Room) -> None:
    """A case whose card stands there."""
    card = here.server.send(room.id, "Case amber-heron", f"card in {room.id}")
    await here.plan(changes=(open_case(), PlaceCase(CASE, room.id, card)))


def last(room: Room) -> Sent:
    return room.events[-1]


# -- on disk before it is sent ---------------------------------------------------------------------------


class Watch:
    """Looks into the file before everything the bot sends, as whoever starts after a crash would."""

    def __init__(self, file: Path, server: Homeserver) -> None:
        self._file, self._server = file, server
        self._now = 0
        self.marks: dict[EventId, int] = {}
        """How many messages could be standing, just before each was sent."""
        self.noted: set[bytes] = set()

    def look(self, moment: str) -> None:
        when, _, what = moment.partition(" ")
        if what not in SENDS:
            return
        if when == "before":
            self._now = self._read()
            return
        sent = [event for room in self._server.rooms.values() for event in room.events if event.sender == ME]
        newest = max(sent, key=lambda event: int(event.id.removeprefix("$event")))
        self.marks.setdefault(newest.id, self._now)

    def _read(self) -> int:
        file = sqlite3.connect(f"file:{self._file}?mode=ro", uri=True)
        try:
            self.noted |= {row[0] for row in file.execute("SELECT event FROM copies")}
            return int(file.execute("SELECT count(*) FROM underway").fetchone()[0])
        finally:
            file.close()


@pytest.mark.parametrize("story", ALL_STORIES, ids=lambda story: story.name)
async def test_whatever_goes_with_a_case_was_written_down_before_it_was_sent(
    story: Story, tmp_path: Path
) -> None:
    server = Homeserver()
    watch = Watch(tmp_path / FILE, server)
    async with stage(tmp_path, server, story.known, width=1, pause=watch.look) as bot:
        await bot.settle()
        story.before(server)
        await bot.settle()
        for act in story.acts:
            act(server)
            bot.clock.time = max(bot.clock.time, server.at)
            await bot.settle()
        watch._read()
        assert await bot.count("underway") == 0
    name = Seal(KEY).name
    unmarked = [
        event for event, marks in watch.marks.items() if not marks and name("event", event) in watch.noted
    ]
    assert unmarked == []
    assert watch.marks or not watch.noted


async def test_a_telling_waits_for_the_disk_no_longer_for_that(tmp_path: Path) -> None:
    """Where it goes is known when it is decided on: both are written together."""
    server, moments = Homeserver(), list[str]()

    def burn(moment: str) -> None:
        moments.append(moment)

    fuse = Fuse()
    fuse.burn = burn  # type: ignore[method-assign]
    async with stage(tmp_path, server, KNOWN, pause=burn, connect=fuse.connect) as bot:
        await bot.settle()
        before(server)
        await bot.settle()
        around = bot.around
        async with asyncio.TaskGroup() as loops:
            loops.create_task(receive.receive(around, passes_by, lambda: None))
            loops.create_task(decide.decide(around, bot.core))
            loops.create_task(deliver.deliver(around))
            await asyncio.sleep(0.1)
            moments.clear()
            asks_in_nyc(server)
            await until(lambda: "after tell" in moments)
            around.bells.stop()
    decided = moments[moments.index("before INSERT INTO cases") : moments.index("before tell")]
    assert decided.count("before INSERT OR IGNORE") == 1  # where it goes
    assert decided.count("before COMMIT") == 1


# -- what becomes of it ------------------------------------------------------------------------------------


async def test_what_was_not_sent_is_not_remembered(here: Set) -> None:
    room = await nyc(here)
    room.guests = True
    await here.do(tell(room))
    assert isinstance(here.script.outcomes()[0][0], Held)
    assert await here.bot.count("underway") == 0


async def test_who_asks_us_to_wait_has_taken_nothing(here: Set) -> None:
    room = await nyc(here)
    await placed(here, room)
    here.server.fail("tell", TryAgainLater("slow", Millis(5000)), times=9, room=room)
    await here.do(MORE)
    assert await here.bot.count("underway") == 0
    await here.do(ForgetCase(CASE))
    assert here.server.calls["say"] == 0


async def test_silence_is_remembered_until_it_is_told(here: Set) -> None:
    room = await nyc(here)
    await placed(here, room)
    here.server.fail("tell", TryAgainLater("lost"), room=room, done_first=True)
    await here.do(MORE)
    assert await here.bot.count("underway") == 1
    await here.bot.settle()
    assert await here.bot.count("underway") == 0
    assert [event.removed for event in room.events] == [False, False]
    assert here.server.calls["say"] == 0


async def test_what_was_told_a_room_that_is_unsafe_now_is_removed_there_when_another_has_it(
    here: Set,
) -> None:
    room, other = await nyc(here), await nyc(here, "!other")
    here.server.fail("tell", TryAgainLater("lost"), room=room, done_first=True)
    await here.do(tell(room, fallback=other))
    assert not last(room).removed
    room.guests = True
    await here.bot.settle()
    assert isinstance(here.script.outcomes()[-1][0], Told)
    assert (len(room.events), last(room).removed) == (1, True)
    assert (len(other.events), last(other).removed) == (1, False)
    assert await here.bot.count("underway") == await here.bot.count("outbox") == 0


async def test_an_answer_in_a_chat_that_was_left_is_removed_there_when_the_next_has_it(here: Set) -> None:
    room = await nyc(here)
    await placed(here, room)
    answer = PassOn(CASE, Sensitive("the answer"), EventId("$answer"))
    await here.do(SayPrivately(MIA, (Line(Phrase.RECEIPT_SOMEWHERE),)))
    [chat] = here.server.private_chats(MIA)
    here.server.fail("whisper", TryAgainLater("lost"), room=chat, done_first=True)
    await here.do(answer)
    said = last(chat)
    here.server.leave(chat, MIA)
    await here.bot.settle()
    [another] = here.server.private_chats(MIA)
    assert "the answer" in last(another).text
    assert (said.removed, last(another).removed) == (True, False)


async def test_what_is_noted_after_all_is_not_lost(here: Set) -> None:
    room = await nyc(here)
    await here.do(tell(room))
    key = last(room).key
    assert key is not None
    async with here.bot.around.database.transaction() as tx:
        await underway.lose(tx, Underway(CASE, room.id, key), Millis(1))
    await here.do(Unsay(CASE))
    assert [event.removed for event in room.events] == [False]
    assert await here.bot.count("underway") == 0


async def lost(here: Set, room: Room) -> None:
    """Something stands there, and nobody will send it again."""
    here.server.send(room.id, "the words", "key")
    async with here.bot.around.database.transaction() as tx:
        await underway.lose(tx, Underway(CASE, room.id, "key"), Millis(1))


async def test_what_is_lost_is_removed_and_its_case_goes_on(here: Set) -> None:
    room = await nyc(here)
    await placed(here, room)
    await lost(here, room)
    await here.do(Unsay(CASE))
    assert [event.removed for event in room.events] == [False, True]
    assert await here.bot.count("cases") == 1
    assert await here.bot.count("underway") == 0


async def test_a_room_that_does_not_answer_is_asked_again(here: Set) -> None:
    room = await nyc(here)
    await lost(here, room)
    here.server.fail("remove", TryAgainLater("busy"), room=room)
    await here.do(Unsay(CASE))
    assert await here.bot.count("underway") == 1
    await here.bot.settle()
    assert [event.removed for event in room.events] == [True]
    assert await here.bot.count("underway") == 0


@pytest.mark.parametrize("call", ["say", "remove"])
async def test_a_room_out_of_reach_ends_it(here: Set, call: str) -> None:
    room = await nyc(here)
    await lost(here, room)
    here.server.fail(call, Forbidden("put out"), times=9, room=room)
    await here.do(Unsay(CASE))
    assert here.script.outcomes()[-1] == (Done(),)
    assert await here.bot.count("underway") == 0


async def test_words_that_come_in_a_message_s_place_say_nothing_and_go_at_once(here: Set) -> None:
    """Where it turns out that nothing stood there."""
    room = await nyc(here)
    async with here.bot.around.database.transaction() as tx:
        await underway.lose(tx, Underway(CASE, room.id, "never sent"), Millis(1))
    await here.do(Unsay(CASE))
    [sent] = room.events
    assert sent.text == "Something that stood here was taken back. There is nothing you need to do."
    assert sent.removed


@pytest.mark.parametrize(
    "effect",
    [
        MORE,
        UpdateCard(CASE),
        WhisperInRoom(NYC_ROOM, (Line(Phrase.NOT_ENCRYPTED_HERE),), case=CASE),
    ],
    ids=lambda effect: type(effect).__name__,
)
async def test_a_case_that_goes_takes_along_what_may_stand_of_it(here: Set, effect: Effect) -> None:
    room = await nyc(here)
    await placed(here, room)
    call = "retell" if isinstance(effect, UpdateCard) else "tell"
    here.server.fail(call, TryAgainLater("lost"), room=room, done_first=True)
    await here.do(effect)
    sent = last(room)
    await here.do(ForgetCase(CASE))
    assert sent.removed
    assert await here.bot.count("underway") == 0
    await here.bot.settle()
    assert [event.removed for event in room.events if event.id == sent.id] == [True]
    assert await here.bot.count("outbox") == 0
