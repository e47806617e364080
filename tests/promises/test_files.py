"""We promise of pictures and files, from the chat to the team and back, that …"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from bot.core.model import AttachmentKind, EventId, History, RoomId, SupporterRoom, Unfit
from bot.loops import forget
from bot.ports import TryAgainLater
from tests.promises.stories import CHAT, FALLBACK, KIM, MIA, NYC_ROOM, SOL, before, said
from tests.promises.test_not_on_disk import files_with
from tests.stage import CHICAGO, NYC, Stage, knowledge, stage
from tests.wire import Homeserver, Room, Sent

DAY = 24 * 60 * 60 * 1000
KNOWN = knowledge(
    (SupporterRoom(NYC_ROOM, (NYC,)), SupporterRoom(RoomId("!chicago:test"), (CHICAGO,))), FALLBACK
)
VOICE = AttachmentKind.VOICE


@dataclass
class Talk:
    """A worker with an open case."""

    server: Homeserver
    bot: Stage

    @property
    def chat(self) -> Room:
        return self.server.rooms[CHAT]

    @property
    def team(self) -> Room:
        return self.server.rooms[NYC_ROOM]

    @property
    def card(self) -> Sent:
        return next(event for event in self.team.events if event.text.startswith("Case "))

    def attach(
        self, shows: str, kind: AttachmentKind = AttachmentKind.PICTURE, **how: Unfit | str
    ) -> EventId:
        return self.server.attach(self.chat, MIA, shows, kind, **how)  # type: ignore[arg-type]

    def answer(self, words: str) -> None:
        self.server.post(self.chat, MIA, words)


@asynccontextmanager
async def talk(folder: Path) -> AsyncIterator[Talk]:
    server = Homeserver()
    async with stage(folder, server, KNOWN) as bot:
        await bot.settle()
        before(server)
        await bot.settle()
        server.post(server.rooms[CHAT], MIA, "he stands outside again #nyc")
        await bot.settle()
        yield Talk(server, bot)


async def test_a_picture_for_an_unsafe_room_is_held_and_told_when_it_is_safe(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        it.team.history = History.SHARED
        it.attach("the door")
        await it.bot.settle()
        assert said(it.team, "the door") == 0
        assert said(it.chat, "I cannot pass it on safely right now") == 1
        assert said(it.chat, "upporters have your picture") == 0

        it.team.history = History.JOINED
        it.server.join(it.team, KIM)
        await it.bot.settle()
        assert said(it.team, "[cleaned picture: the door]") == 1
        assert said(it.chat, "upporters have your picture") == 1


async def test_words_do_not_wait_for_a_picture_that_does_not_come(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        it.server.fail("tell_file", TryAgainLater("slow"), times=3)
        it.attach("the door")
        it.answer("he is gone now")
        await it.bot.quiet()
        assert said(it.team, "he is gone now") == 1
        assert said(it.team, "the door") == 0
        await it.bot.settle()
        assert said(it.team, "[cleaned picture: the door]") == 1


async def test_a_lost_answer_is_no_second_picture(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        it.server.fail("tell_file", TryAgainLater("the answer was lost"), done_first=True)
        it.attach("the door")
        await it.bot.settle()
        assert said(it.team, "the door") == 1
        assert said(it.chat, "upporters have your picture") == 1


@pytest.mark.parametrize("why", [Unfit.TOO_LARGE, Unfit.DAMAGED, Unfit.NOT_THERE])
async def test_a_picture_that_cannot_be_passed_on_is_known_to_both_sides(tmp_path: Path, why: Unfit) -> None:
    async with talk(tmp_path) as it:
        it.attach("the door", unfit=why)
        await it.bot.settle()
        assert said(it.team, "the door") == said(it.chat, "upporters have your picture") == 0
        assert said(it.team, "ask in words what it shows") == 1
        assert said(it.chat, "I could not pass on what you attached") == 1


async def test_without_a_yes_a_file_is_forgotten_after_a_day(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        it.attach("a voice", VOICE)
        await it.bot.settle()
        await it.bot.pass_time(DAY + 1)
        it.answer("!send")
        await it.bot.settle()
        assert said(it.chat, "Nothing of yours is waiting") == 1
        await forget.once(it.bot.around)
        assert await it.bot.count("waiting_files") == 0
        assert said(it.team, "a voice") == 0


async def test_a_file_taken_back_before_the_yes_is_not_sent(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        voice = it.attach("a voice", VOICE)
        await it.bot.settle()
        it.server.delete(it.chat, MIA, voice)
        await it.bot.settle()
        it.answer("!send")
        await it.bot.settle()
        assert said(it.team, "[as_it_is") == 0
        assert said(it.chat, "upporters have your file") == 0


@pytest.mark.parametrize("kind", [AttachmentKind.PICTURE, VOICE])
async def test_a_file_taken_back_later_is_taken_from_supporters_too(
    tmp_path: Path, kind: AttachmentKind
) -> None:
    async with talk(tmp_path) as it:
        sent = it.attach("my door", kind)
        await it.bot.settle()
        it.answer("!send")
        await it.bot.settle()
        assert said(it.team, "my door") == 1
        it.server.delete(it.chat, MIA, sent)
        await it.bot.settle()
        assert said(it.team, "my door") == 0


async def test_a_supporters_picture_taken_back_is_taken_from_the_worker_too(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        picture = it.server.attach(it.team, SOL, "a map", words="!reply come here", thread=it.card.id)
        await it.bot.settle()
        assert said(it.chat, "[cleaned picture: a map]") == said(it.chat, "> come here") == 1
        it.server.delete(it.team, SOL, picture)
        await it.bot.settle()
        assert said(it.chat, "a map") == said(it.chat, "come here") == 0


async def test_a_supporters_picture_that_cannot_be_cleaned_stays(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        it.server.attach(
            it.team, SOL, "a map", words="!reply come here", thread=it.card.id, unfit=Unfit.NOT_CLEANABLE
        )
        await it.bot.settle()
        assert said(it.chat, "a map") == 0
        assert said(it.chat, "> come here") == 1
        assert said(it.team, "The worker has your words, but not the picture") == 1


async def test_where_a_file_lies_is_in_no_file_once_it_is_told(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        for kind in (AttachmentKind.PICTURE, VOICE):
            it.attach("the door", kind)
        await it.bot.settle()
        it.answer("!send")
        await it.bot.settle()
        await it.bot.around.database.scrub()
        assert await it.bot.count("waiting_files") == await it.bot.count("outbox") == 0
        sources = tuple(source.reveal() for source in it.server.files)
        assert len(sources) == 2
        assert files_with(tmp_path, sources) == {}


async def test_a_picture_taken_back_while_its_answer_is_lost_goes_all_the_same(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        it.server.fail("tell_file", TryAgainLater("the answer was lost"), done_first=True)
        sent = it.attach("my door")
        await it.bot.quiet()
        assert said(it.team, "my door") == 1
        it.server.delete(it.chat, MIA, sent)
        await it.bot.settle()
        assert said(it.team, "my door") == 0
        assert said(it.chat, "upporters have your picture") == 0


async def test_a_supporters_picture_taken_back_while_its_answer_is_lost_goes_all_the_same(
    tmp_path: Path,
) -> None:
    async with talk(tmp_path) as it:
        it.server.fail("whisper_picture", TryAgainLater("the answer was lost"), done_first=True)
        sent = it.server.attach(it.team, SOL, "a map", words="!reply come here", thread=it.card.id)
        await it.bot.quiet()
        assert said(it.chat, "a map") == 1
        it.server.delete(it.team, SOL, sent)
        await it.bot.settle()
        assert said(it.chat, "a map") == said(it.chat, "come here") == 0
