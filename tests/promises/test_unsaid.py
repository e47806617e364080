"""We promise that what was sent in the moment the bot was ended goes with its case, though nobody noted it.

The homeserver took a message and the bot was ended before it could write down which event that is. When it
is started again its case goes before the message could be sent a second time: by its worker's wish or by
time. It is ended once more at every moment of that which leaves another world behind than the one before.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.core.model import EventId, Millis, RoomId
from bot.core.spans import DAY
from bot.loops import forget
from bot.ports import TryAgainLater
from tests.promises.case_stories import in_thread
from tests.promises.crash import Act, Fuse, left_over, told
from tests.promises.forget_stories import ANSWER, standing
from tests.promises.stories import CHAT, KNOWN, MIA, NYC_ROOM, PRIVATE, SOL, asks_in_nyc, before
from tests.promises.test_crash_anywhere import different
from tests.stage import HandClock, Stage, stage
from tests.wire import ME, Homeserver, Room

UNTIL_THE_LAST_DAY = Millis(29 * DAY + 60_000)


@dataclass(frozen=True)
class Last:
    """What the bot was about when it was ended: the call that the homeserver had just answered."""

    what: str
    call: str
    room: RoomId
    act: Act
    earlier: tuple[Act, ...] = (asks_in_nyc,)


def _writes_on(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "and the bluethroat saw a red car")


def _attaches(server: Homeserver) -> None:
    server.attach(server.rooms[CHAT], MIA, "the bluethroat's door")


def _answers(server: Homeserver) -> None:
    in_thread(server, SOL, f"!reply {ANSWER}")


def _claims(server: Homeserver) -> None:
    in_thread(server, SOL, "!claim")


LASTS = (
    Last("a card", "tell", NYC_ROOM, asks_in_nyc, ()),
    Last("further words", "tell", NYC_ROOM, _writes_on),
    Last("a picture", "tell_file", NYC_ROOM, _attaches),
    Last("an answer", "whisper", CHAT, _answers),
    Last("a card that changed", "retell", NYC_ROOM, _claims),
)


def _withdraw(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!withdraw")


def _forget(server: Homeserver) -> None:
    server.post(server.rooms[CHAT], MIA, "!forget")


def _expires(server: Homeserver) -> None:
    server.at = Millis(server.at + DAY)


WAYS = {_withdraw: "withdrawn", _forget: "forgotten", _expires: "its last day"}
FURTHER_WORDS = LASTS[1]
goes = pytest.mark.parametrize("goes", list(WAYS), ids=WAYS.get)


@dataclass
class After(Fuse):
    """Ends the bot right after the homeserver did something."""

    call: str = ""

    def burn(self, moment: str) -> None:
        if moment == f"after {self.call}" and not self.dead:
            self.end = self.count
        super().burn(moment)


@dataclass
class Ended:
    """A bot that was ended while it sent something, and what became of that."""

    folder: Path
    last: Last
    goes: Act
    server: Homeserver = field(default_factory=Homeserver)
    clock: HandClock = field(default_factory=HandClock)
    event: EventId | None = None
    """What was sent in that moment."""

    async def begin(self) -> None:
        await self.live(Fuse(), self._before)
        self.last.act(self.server)
        fuse = After(call=self.last.call)
        await self.live(fuse, Stage.settle)
        assert fuse.dead
        self.event = next(e.id for e in reversed(self.room.events) if e.sender == ME)

    async def go(self, *fuses: Fuse, days: int = 0) -> None:
        """Its case goes. The message cannot be sent a second time before that."""
        self.server.fail(self.last.call, TryAgainLater("silent"), room=self.room)
        self.goes(self.server)
        self.server.at = Millis(self.server.at + days * DAY)
        self.clock.time = max(self.clock.time, self.server.at)
        for fuse in (*fuses, Fuse()):
            await self.live(fuse, _to_the_end)
        await self.live(Fuse(), self._nothing_is_left)

    async def _before(self, bot: Stage) -> None:
        await bot.settle()
        before(self.server)
        await bot.settle()
        for act in self.last.earlier:
            act(self.server)
            await bot.settle()
        if self.goes is _expires:
            self.clock.time = self.server.at = Millis(self.clock.time + UNTIL_THE_LAST_DAY)
            await bot.settle()

    async def _nothing_is_left(self, bot: Stage) -> None:
        """And a homeserver that shows all of it again, and has forgotten our keys, changes nothing."""
        self.is_gone()
        assert await left_over(bot) == {}
        assert [await bot.count(table) for table in ("cases", "copies", "leaving")] == [0] * 3
        now = told(self.server)
        self.server.transactions.clear()
        async with bot.around.database.transaction() as tx:
            await tx.rows("UPDATE bookmark SET sealed = ?", tx.close("bookmark", b"", "0"))
        if self.goes is not _expires:  # so long afterwards nothing is shown again
            await _to_the_end(bot)
        assert told(self.server) == now
        assert await left_over(bot) == {}

    def is_gone(self) -> None:
        assert self.event is not None
        assert self.room.event(self.event).removed
        for words in (PRIVATE, "bluethroat", "Something that stood here"):
            assert standing(self.server, words) == []

    @property
    def room(self) -> Room:
        return self.server.rooms[self.last.room]

    async def live(self, fuse: Fuse, do: Callable[[Stage], Awaitable[None]]) -> None:
        try:
            async with stage(
                self.folder, self.server, KNOWN, clock=self.clock, pause=fuse.burn, connect=fuse.connect
            ) as bot:
                await bot.start()
                await do(bot)
        except BaseException:
            if not fuse.dead:
                raise


async def _to_the_end(bot: Stage) -> None:
    """The look at what is past its last day is every hour's."""
    await bot.settle()
    await forget.once(bot.around)
    await bot.settle()


@pytest.mark.parametrize(
    ("last", "goes"),
    # A card that nobody could be told has a last day of its own, below.
    [(last, act) for last in LASTS for act in WAYS if last.earlier or act is not _expires],
    ids=lambda each: each.what if isinstance(each, Last) else WAYS[each],
)
async def test_what_was_sent_in_the_moment_the_bot_was_ended_goes_with_its_case(
    last: Last, goes: Act, tmp_path: Path
) -> None:
    ended = Ended(tmp_path, last, goes)
    await ended.begin()
    assert standing(ended.server, "bluethroat") != []
    await ended.go()


@pytest.mark.parametrize(
    ("last", "author", "words"),
    [
        (LASTS[0], MIA, PRIVATE),
        (LASTS[1], MIA, "a red car"),
        (LASTS[2], MIA, "the bluethroat's door"),
        (LASTS[3], SOL, ANSWER),
        (LASTS[4], MIA, PRIVATE),
    ],
    ids=[last.what for last in LASTS],
)
async def test_so_does_what_was_sent_of_words_that_alone_are_taken_back(
    last: Last, author: str, words: str, tmp_path: Path
) -> None:
    """The case goes on, and what was under way is tried again."""

    def takes_back(server: Homeserver) -> None:
        room = server.rooms[CHAT if author == MIA else NYC_ROOM]
        said = [e for e in room.events if e.sender == author and (words in e.text or e.text == "")]
        server.delete(room, author, said[-1].id)

    ended = Ended(tmp_path, last, takes_back)
    await ended.begin()
    takes_back(ended.server)
    await ended.live(Fuse(), Stage.settle)
    assert ended.event is not None
    assert ended.room.event(ended.event).removed
    everywhere = [event for room in ended.server.rooms.values() for event in room.events]
    assert [e for e in everywhere if e.sender == ME and words in e.text and not e.removed] == []


@goes
async def test_it_goes_whenever_the_bot_is_ended_again_meanwhile(goes: Act, tmp_path: Path) -> None:
    whole = Ended(tmp_path / "whole", FURTHER_WORDS, goes)
    await whole.begin()
    fuse = Fuse(watch=lambda: repr(told(whole.server)))
    await whole.go(fuse)
    for moment in different(fuse.worlds):
        ended = Ended(tmp_path / f"{moment}", FURTHER_WORDS, goes)
        await ended.begin()
        await ended.go(Fuse(moment))


async def test_so_does_a_card_that_no_safe_room_could_be_told_again_until_its_last_day(
    tmp_path: Path,
) -> None:
    """Months later the homeserver would not know our key any more; this one does."""
    ended = Ended(tmp_path, LASTS[0], _expires)
    await ended.begin()
    for room in ended.server.rooms.values():
        room.guests = True
    await ended.go(days=32)
