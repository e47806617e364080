"""Attachments, both ways: sealed, opened and looked into by clients that are not ours."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from io import BytesIO
from typing import Any

import pytest
from PIL import Image

from tests import photographs
from tests.live.people import Event, Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
NAME = "IMG_20261122_wren_home.jpg"


@asynccontextmanager
async def coming(reader: Person, room: str, kind: str, sender: str) -> AsyncIterator[asyncio.Task[Event]]:
    """The next attachment of this kind that comes into the room because of what is done in the block."""
    before = {event.id for event in reader.in_room(room)}

    def new(event: Event) -> bool:
        fits = (event.content.get("msgtype"), event.sender) == (kind, sender)
        return fits and event.id not in before

    waiting = asyncio.create_task(reader.wait_for(room, new, f"an {kind}"))
    try:
        yield waiting
    finally:
        waiting.cancel()


async def private_chat(stage: Stage, worker: Person) -> str:
    """A chat that the worker opened, in which something was said already."""
    room = await worker.create_room(
        encrypted=True, preset="trusted_private_chat", is_direct=True, invite=[stage.bot.user]
    )
    await worker.wait_for_text(room, "Hello", stage.bot.user)
    return room


def is_clean(made: bytes, shape: str = "JPEG") -> None:
    assert photographs.hidden(made) == []
    with Image.open(BytesIO(made)) as picture:
        assert picture.format == shape
        red, _, blue = picture.convert("RGB").getpixel((5, 5))  # type: ignore[misc]
        assert red > 150 > blue


async def test_a_picture_sent_privately_stands_cleaned_in_the_thread_of_its_case(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat = await private_chat(stage, worker)
        await worker.send(chat, "a man in a red car waits outside, #nyc")
        card = await stage.card(stage.nyc, "a man in a red car")
        async with coming(stage.sam, stage.nyc, "m.image", stage.bot.user) as picture:
            await worker.send_file(
                chat, photographs.jpeg(), encrypted=True, name=NAME, info={"mimetype": "image/jpeg", "w": 64}
            )
            event = await picture

        assert event.clean
        assert event.thread == card.id
        assert (event.body, event.content.get("filename")) == ("picture.jpg", "picture.jpg")
        made = await stage.sam.open_file(event.id)
        is_clean(made)
        assert event.content["info"] == {"mimetype": "image/jpeg", "size": len(made), "w": 64, "h": 48}
        await worker.wait_for_text(chat, "Supporters have your picture", stage.bot.user)
        for reader in (stage.sam, stage.lee, stage.kim):
            assert NAME not in reader.everything()


async def test_a_picture_posted_in_a_plain_room_is_cleaned_and_sealed(stage: Stage) -> None:
    async with stage.worker(stage.porch) as worker:
        async with coming(stage.lee, stage.chicago, "m.image", stage.bot.user) as picture:
            await worker.send_file(
                stage.porch,
                photographs.png(),
                encrypted=False,
                name="#swshelp #chicago this is the flyer on my door",
                filename=NAME,
                info={"mimetype": "image/png"},
            )
            event = await picture
        card = await stage.card(stage.chicago, "this is the flyer on my door")

        assert "I clean the picture" in card.body
        assert (event.thread, event.body, event.encrypted) == (card.id, "picture.png", True)
        assert "url" not in event.content
        is_clean(await stage.lee.open_file(event.id), "PNG")
        await stage.receipt(worker, "Supporters have your picture")
        assert NAME not in stage.lee.everything()


async def test_a_voice_message_waits_for_the_workers_yes(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat = await private_chat(stage, worker)
        sound = b"OggS" + bytes(range(256)) * 40
        await worker.send_file(
            chat, sound, encrypted=True, kind="m.audio", name="Voice.ogg", info={"mimetype": "audio/ogg"}
        )
        question = await worker.wait_for_text(chat, "I have not passed on what you attached", stage.bot.user)
        await stage.rosa.wait_for_text(stage.fallback, "the worker is asked first", stage.bot.user)
        assert [e for e in stage.rosa.in_room(stage.fallback) if e.content.get("msgtype") == "m.audio"] == []

        async with coming(stage.rosa, stage.fallback, "m.audio", stage.bot.user) as voice:
            await worker.reply(chat, question.id, "yes, send it")
            event = await voice

        assert await stage.rosa.open_file(event.id) == sound
        assert event.content["filename"] == "voice.ogg"
        assert "could not take out what may be hidden" in event.body
        await worker.wait_for_text(chat, "Supporters have your file, just as you sent it", stage.bot.user)


async def test_what_only_looks_like_a_picture_goes_after_send(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat = await private_chat(stage, worker)
        await worker.send(chat, "he sent me this #chicago")
        await stage.card(stage.chicago, "he sent me this")
        heic = b"\0\0\0\x18ftypheic" + bytes(400)
        await worker.send_file(chat, heic, encrypted=True, name="IMG_1.HEIC", info={"mimetype": "image/heic"})
        await worker.wait_for_text(chat, "I have not passed on what you attached", stage.bot.user)
        await stage.lee.wait_for_text(stage.chicago, "The worker sent: picture", stage.bot.user)

        async with coming(stage.lee, stage.chicago, "m.file", stage.bot.user) as file:
            await worker.send(chat, "!send")
            event = await file

        assert await stage.lee.open_file(event.id) == heic
        assert event.content["filename"] == "picture.heic"


async def test_a_supporters_picture_goes_to_the_worker_only_with_reply(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat = await private_chat(stage, worker)
        await worker.send(chat, "where is the clinic? #nyc")
        card = await stage.card(stage.nyc, "where is the clinic?")
        thread: dict[str, Any] = {"m.relates_to": {"rel_type": "m.thread", "event_id": card.id}}

        await stage.sam.send_file(
            stage.nyc,
            photographs.jpeg(),
            encrypted=True,
            name="for us.jpg",
            info={"mimetype": "image/jpeg"},
            **thread,
        )
        async with coming(worker, chat, "m.image", stage.bot.user) as picture:
            await stage.sam.send_file(
                stage.nyc,
                photographs.jpeg(orientation=3),
                encrypted=True,
                name="!reply this is the door",
                filename="sams_map.jpg",
                info={"mimetype": "image/jpeg"},
                **thread,
            )
            event = await picture

        assert event.clean
        assert event.body == "picture.jpg"
        assert photographs.hidden(await worker.open_file(event.id)) == []
        await worker.wait_for_text(chat, "this is the door", stage.bot.user)
        assert len([e for e in worker.in_room(chat) if e.content.get("msgtype") == "m.image"]) == 1
        await stage.sam.wait_for_text(stage.nyc, "The worker has it", stage.bot.user)
        assert "sams_map" not in worker.everything()
        assert stage.sam.user not in worker.everything()
