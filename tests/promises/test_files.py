"""We promise of pictures and files, from the chat to the team and back, that …"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.model import AttachmentKind, EventId, History, RoomId, SupporterRoom, Unfit
from bot.loops import forget
from bot.ports import TryAgainLater
from bot.store import copies
from tests.promises.stories import CHAT, FALLBACK, KIM, MIA, NYC_ROOM, SOL, begun, said
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
        self, shows: str, kind: AttachmentKind = AttachmentKind.PICTURE, **how: Unfit | str | EventId
    ) -> EventId:
        return self.server.attach(self.chat, MIA, shows, kind, **how)  # type: ignore[arg-type]

    def answer(self, words: str) -> None:
        self.server.post(self.chat, MIA, words)


@asynccontextmanager
async def talk(folder: Path) -> AsyncIterator[Talk]:
    server = Homeserver()
    async with stage(folder, server, KNOWN) as bot:
        await begun(bot, server)
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


# -- another picture in the place of one -----------------------------------------------------------------


async def test_a_picture_put_in_the_place_of_another_is_so_for_supporters_too(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        old = it.attach("my face", words="look at this")
        await it.bot.settle()
        it.attach("the door", edits=old, words="look at this door")
        await it.bot.settle()
        shown = [event for event in it.team.events if "[cleaned picture" in event.text]
        assert [(event.text, event.removed) for event in shown] == [
            ("[cleaned picture: my face]", True),
            ("[cleaned picture: the door]", False),
        ]
        assert shown[1].thread == it.card.id
        assert (said(it.team, "look at this door"), said(it.team, "put something else")) == (1, 1)
        it.server.delete(it.chat, MIA, old)
        await it.bot.settle()
        assert said(it.team, "the door]") == said(it.team, "look at this") == 0


async def test_other_words_under_a_picture_leave_the_picture_where_it_is(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        old = it.attach("the door")
        await it.bot.settle()
        it.attach("the door", edits=old, words="it is green", same_as=old)
        await it.bot.settle()
        shown = [event for event in it.team.events if "[cleaned picture" in event.text]
        assert [(event.text, event.removed) for event in shown] == [("[cleaned picture: the door]", False)]
        assert (said(it.team, "it is green"), said(it.team, "something else")) == (1, 0)


async def test_words_under_a_picture_that_were_taken_away_are_gone_on_the_other_side(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        old = it.attach("the door", words="my own street")
        await it.bot.settle()
        it.attach("the door", edits=old, same_as=old)
        await it.bot.settle()
        assert (said(it.team, "my own street"), said(it.team, "took their words away")) == (0, 1)
        reply = it.server.attach(it.team, SOL, "a map", words="!reply our own street", thread=it.card.id)
        await it.bot.settle()
        it.server.attach(it.team, SOL, "a map", words="!reply", edits=reply, same_as=reply)
        await it.bot.settle()
        assert (said(it.chat, "our own street"), said(it.chat, "a map")) == (0, 1)


@pytest.mark.parametrize("kind", [AttachmentKind.PICTURE, VOICE])
async def test_words_in_the_place_of_a_file_take_it_from_supporters(
    tmp_path: Path, kind: AttachmentKind
) -> None:
    async with talk(tmp_path) as it:
        old = it.attach("my own", kind)
        await it.bot.settle()
        it.answer("!send")
        await it.bot.settle()
        assert said(it.team, "my own") == 1
        it.server.post(it.chat, MIA, "I would rather not", edits=old)
        await it.bot.settle()
        assert said(it.team, "my own") == 0
        assert said(it.team, "I would rather not") == 1
        assert said(it.team, "took back what they had attached") == 1


async def test_a_picture_that_was_the_report_itself_is_replaced_on_its_card(tmp_path: Path) -> None:
    server = Homeserver()
    async with stage(tmp_path, server, KNOWN) as bot:
        await begun(bot, server)
        it = Talk(server, bot)
        first = it.attach("my face", words="#nyc help")
        await bot.settle()
        assert said(it.team, "my face") == 1
        it.attach("my voice", VOICE, edits=first, words="#nyc help")
        await bot.settle()
        assert said(it.team, "my face") == said(it.team, "my voice") == 0
        (card,) = [text for text in it.team.texts() if text.startswith("Case ")]
        assert "Came with: voice message" in card
        assert "the worker is asked first" in card
        assert "I clean the picture" not in card
        server.post(it.chat, MIA, "#nyc help me", edits=first)
        await bot.settle()
        (card,) = [text for text in it.team.texts() if text.startswith("Case ")]
        assert "Came with" not in card
        assert "asked first" not in card
        it.answer("!send")
        await bot.settle()
        assert said(it.team, "my voice") == 0


async def test_a_supporter_replaces_a_picture_too(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        old = it.server.attach(it.team, SOL, "our office", words="!reply come here", thread=it.card.id)
        await it.bot.settle()
        it.server.attach(it.team, SOL, "a map", words="!reply come here", edits=old)
        await it.bot.settle()
        assert (said(it.chat, "our office"), said(it.chat, "[cleaned picture: a map]")) == (0, 1)
        assert said(it.chat, "> come here") == 1
        it.server.post(it.team, SOL, "!reply come by bus", edits=old)
        await it.bot.settle()
        assert (said(it.chat, "a map"), said(it.chat, "come by bus")) == (0, 1)


async def test_a_supporters_voice_in_the_place_of_a_picture_goes_to_nobody(tmp_path: Path) -> None:
    async with talk(tmp_path) as it:
        old = it.server.attach(it.team, SOL, "our office", words="!reply come here", thread=it.card.id)
        await it.bot.settle()
        it.server.attach(it.team, SOL, "a voice", VOICE, words="!reply hear me", edits=old)
        await it.bot.settle()
        assert said(it.chat, "our office") == said(it.chat, "a voice") == said(it.chat, "hear me") == 0
        assert said(it.team, "no other files") == 1


@pytest.mark.parametrize("late", ["tell_file", "nothing"])
async def test_a_picture_replaced_before_anybody_had_it_is_never_seen_again(
    tmp_path: Path, late: str
) -> None:
    """Whatever comes first: the old one, or the news that it is not the one."""
    async with talk(tmp_path) as it:
        it.server.fail(late, TryAgainLater("the answer was lost"), done_first=True)
        old = it.attach("my face")
        if late != "nothing":
            await it.bot.quiet()
        it.attach("the door", edits=old)
        await it.bot.settle()
        assert (said(it.team, "my face"), said(it.team, "[cleaned picture: the door]")) == (0, 1)


async def test_a_picture_that_was_told_before_this_was_written_down_is_replaced_as_well(
    tmp_path: Path,
) -> None:
    """By an older version: it did not write down which picture a message has."""
    async with talk(tmp_path) as it:
        old = it.attach("my face")
        await it.bot.settle()
        async with it.bot.around.database.transaction() as tx:
            for source in await copies.sources(tx, old):
                await copies.note_source(tx, replace(source, file=None), it.bot.clock.now())
        it.attach("the door", edits=old)
        await it.bot.settle()
        assert (said(it.team, "my face"), said(it.team, "[cleaned picture: the door]")) == (0, 1)
