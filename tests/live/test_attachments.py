"""We promise of pictures and files, to two supporters and back, seen by clients that are not ours, that …"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests import photographs
from tests.live.cases import Case, confided, opened
from tests.live.people import Client, Event, Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
NAME = "IMG_20261122_wren_home.jpg"
JPEG, PNG, OGG = ({"mimetype": kind} for kind in ("image/jpeg", "image/png", "audio/ogg"))


@asynccontextmanager
async def coming(stage: Stage, room: str, kind: str, *readers: Person) -> AsyncIterator[asyncio.Future[Any]]:
    """The next attachment of this kind that the bot sends into the room, as each of these people has it."""
    marks = [reader.mark() for reader in readers]

    def fits(event: Event) -> bool:
        return (event.content.get("msgtype"), event.sender) == (kind, stage.bot.user)

    waiting = asyncio.gather(
        *(
            reader.wait_for(room, fits, f"an {kind}", since=mark)
            for reader, mark in zip(readers, marks, strict=True)
        )
    )
    try:
        yield waiting
    finally:
        waiting.cancel()


def is_clean(made: bytes, shape: str = "JPEG") -> None:
    assert photographs.hidden(made) == []
    with Image.open(BytesIO(made)) as picture:
        assert picture.format == shape
        red, _, blue = picture.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert red > 150 > blue


@pytest.mark.parametrize("client", Client)
async def test_a_picture_sent_privately_stands_cleaned_in_the_thread_before_both(
    stage: Stage, client: Client
) -> None:
    async with stage.worker(client=client) as worker:
        chat, case = await confided(stage, worker, f"a man in a red car waits, says a {client.value} client")
        async with coming(stage, stage.newark, "m.image", stage.nia, stage.rosa) as picture:
            await worker.send_file(chat, photographs.jpeg(), encrypted=True, name=NAME, info=JPEG | {"w": 64})
            seen = await picture

        for supporter, event in zip((stage.nia, stage.rosa), seen, strict=True):
            assert event.clean
            assert event.thread == case.card.id
            assert (event.body, event.content.get("filename")) == ("picture.jpg", "picture.jpg")
            made = await supporter.open_file(event.id)
            is_clean(made)
            assert event.content["info"] == JPEG | {"size": len(made), "w": 64, "h": 48}
        await worker.wait_for_text(chat, "Supporters have your picture", stage.bot.user)
        await stage.nowhere_else(NAME, worker)


async def test_a_picture_posted_in_a_plain_room_is_cleaned_and_sealed(stage: Stage) -> None:
    async with stage.worker(stage.porch, client=Client.DEFAULT) as worker:
        async with coming(stage, stage.newark, "m.image", stage.nia, stage.rosa) as picture:
            await worker.send_file(
                stage.porch,
                photographs.png(),
                encrypted=False,
                name="#swshelp #newark this is the flyer on my door",
                filename=NAME,
                info=PNG,
            )
            seen = await picture
        card = await stage.card(stage.newark, "this is the flyer on my door")

        assert "I clean the picture" in card.body
        for supporter, event in zip((stage.nia, stage.rosa), seen, strict=True):
            assert (event.thread, event.body, event.encrypted) == (card.id, "picture.png", True)
            assert "url" not in event.content
            is_clean(await supporter.open_file(event.id), "PNG")
        await stage.receipt(worker, "Supporters have your picture")
        await stage.nowhere_else(NAME, worker, stage.kim)


@pytest.mark.parametrize("client", Client)
async def test_a_voice_message_is_heard_by_both_after_the_workers_yes_and_by_nobody_before(
    stage: Stage, client: Client
) -> None:
    async with stage.worker(client=client) as worker:
        chat, case = await confided(stage, worker, f"I cannot type this, says a {client.value} client")
        sound = b"OggS" + bytes(range(256)) * 40
        await worker.send_file(chat, sound, encrypted=True, kind="m.audio", name="Voice.ogg", info=OGG)
        question = await worker.wait_for_text(chat, "I have not passed on what you attached", stage.bot.user)
        for supporter in (stage.nia, stage.rosa):
            await case.hears(supporter, "the worker is asked first")
            heard = [e for e in supporter.in_room(stage.newark) if e.thread == case.card.id]
            assert [e for e in heard if e.content.get("msgtype") == "m.audio"] == []

        async with coming(stage, stage.newark, "m.audio", stage.nia, stage.rosa) as voice:
            await worker.reply(chat, question.id, "yes, send it")
            seen = await voice

        for supporter, event in zip((stage.nia, stage.rosa), seen, strict=True):
            assert await supporter.open_file(event.id) == sound
            assert (event.thread, event.content["filename"]) == (case.card.id, "voice.ogg")
            assert "could not take out what may be hidden" in event.body
        await worker.wait_for_text(chat, "Supporters have your file, just as you sent it", stage.bot.user)


async def test_a_voice_message_alone_is_a_report_and_waits_all_the_same(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat = await opened(stage, worker)
        await worker.send_file(chat, b"OggS", encrypted=True, kind="m.audio", name="Voice.ogg", info=OGG)
        await worker.wait_for_text(chat, "I have not passed on what you attached", stage.bot.user)
        await stage.rosa.wait_for_text(stage.fallback, "the worker is asked first", stage.bot.user)
        assert [e for e in stage.rosa.in_room(stage.fallback) if e.content.get("msgtype") == "m.audio"] == []


async def test_what_only_looks_like_a_picture_goes_after_send(stage: Stage) -> None:
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await confided(stage, worker, "he sent me this")
        heic = b"\0\0\0\x18ftypheic" + bytes(400)
        await worker.send_file(chat, heic, encrypted=True, name="IMG_1.HEIC", info={"mimetype": "image/heic"})
        await worker.wait_for_text(chat, "I have not passed on what you attached", stage.bot.user)
        await case.hears(stage.rosa, "The worker sent: picture")

        async with coming(stage, stage.newark, "m.file", stage.nia, stage.rosa) as file:
            await worker.send(chat, "!send")
            seen = await file

        for supporter, event in zip((stage.nia, stage.rosa), seen, strict=True):
            assert await supporter.open_file(event.id) == heic
            assert event.content["filename"] == "picture.heic"


@pytest.mark.parametrize("client", Client)
async def test_pictures_of_either_supporter_go_to_the_worker_only_with_reply(
    stage: Stage, client: Client
) -> None:
    async with stage.worker(client=client) as worker:
        chat, case = await confided(stage, worker, f"where is the clinic? asks a {client.value} client")
        await _from_supporter(stage.nia, case, "for us.jpg")
        for supporter, words in ((stage.nia, "this is the door"), (stage.rosa, "this is the bell")):
            mark = supporter.mark()
            async with coming(stage, chat, "m.image", worker) as picture:
                await _from_supporter(supporter, case, f"!reply {words}")
                (event,) = await picture
            assert event.clean
            assert event.body == "picture.jpg"
            assert photographs.hidden(await worker.open_file(event.id)) == []
            assert (await worker.wait_for_text(chat, words, stage.bot.user)).clean
            await case.hears(supporter, "The worker has it", since=mark)

        assert len([e for e in worker.in_room(chat) if e.content.get("msgtype") == "m.image"]) == 2
        for hidden in ("their_map", "for us", stage.nia.user, stage.rosa.user):
            assert hidden not in worker.everything()


async def _from_supporter(supporter: Person, case: Case, words: str) -> str:
    """A photograph that is still full of what a camera writes into it, in the thread of the case."""
    thread: dict[str, Any] = {"m.relates_to": {"rel_type": "m.thread", "event_id": case.card.id}}
    return await supporter.send_file(
        case.stage.newark,
        photographs.jpeg(orientation=3),
        encrypted=True,
        name=words,
        filename="their_map.jpg",
        info=JPEG,
        **thread,
    )


@pytest.mark.parametrize("client", Client)
async def test_words_changed_under_a_picture_are_changed_and_a_picture_taken_back_is_gone_on_both_sides(
    stage: Stage, client: Client
) -> None:
    async with stage.worker(client=client) as worker:
        chat, case = await confided(stage, worker, f"look at my stairs, says a {client.value} client")
        async with coming(stage, stage.newark, "m.image", stage.nia, stage.rosa) as picture:
            sent = await worker.send_file(
                chat, photographs.jpeg(), encrypted=True, name="the green door", filename=NAME, info=JPEG
            )
            there, _ = await picture
        words = await case.hears(stage.rosa, "the green door")

        await _caption(worker, chat, sent, "the blue door")
        changed = await stage.rosa.wait_for(
            stage.newark, lambda e: "the blue door" in str(e.content.get("m.new_content")), "an edit"
        )
        assert (changed.relates_to or {}).get("event_id") == words.id

        async with coming(stage, chat, "m.image", worker) as picture:
            answer = await _from_supporter(stage.rosa, case, "!reply is it this one?")
            (copy,) = await picture
        asked = await worker.wait_for_text(chat, "is it this one?", stage.bot.user)
        await worker.redact(chat, sent)
        await stage.rosa.redact(stage.newark, answer)
        for supporter in (stage.nia, stage.rosa):
            for event in (there, words):
                await supporter.wait_until_removed(stage.newark, event.id)
            await case.holds(supporter, "Withdrawn in part")
        for event in (copy, asked):
            await worker.wait_until_removed(chat, event.id)
        await case.hears(stage.nia, "I removed it from the worker's chat too")


async def _caption(worker: Person, chat: str, picture: str, words: str) -> None:
    """The words under a picture are changed as clients do it: with the picture itself once more."""
    content = {k: v for k, v in worker.events[picture].content.items() if k != "m.relates_to"}
    relates = {"rel_type": "m.replace", "event_id": picture}
    new = {**content, "body": words}
    await worker.send_event(
        chat,
        "m.room.message",
        {**content, "body": f"* {words}", "m.new_content": new, "m.relates_to": relates},
    )
