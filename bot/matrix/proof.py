"""Proves that we can be heard and can hear: writes to ourselves, encrypted, and reads it back."""

from __future__ import annotations

from typing import Final

from bot.core.model import EventId, Millis, RoomId, Trust
from bot.core.speech import Paragraph, Whispered
from bot.matrix.client import Client
from bot.matrix.opening import Opening
from bot.matrix.reading import Opened, Reader
from bot.matrix.seal import Seal
from bot.matrix.translate import Event, is_event
from bot.matrix.wire import ask, path
from bot.ports import Forbidden, Gone, NotProven, NotSafe

ATTEMPTS: Final = 3


async def prove(client: Client, seal: Seal, opening: Opening, reader: Reader, now: Millis) -> None:
    """Raises `NotProven` and what `ports.Chat` raises."""
    room = await opening.own_room()
    words = f"ready {now}"
    try:
        sent = await seal.whisper(room, client.user_id, Whispered((Paragraph(words),)), f"proof {now}")
    except NotSafe as unsafe:
        raise NotProven(
            f"the room in which the bot writes to itself is not private ({unsafe.why})"
        ) from unsafe
    for _ in range(ATTEMPTS):
        event = await _back(client, room, sent)
        if event is not None:
            await _expect(words, event, room, reader)
            return
    raise NotProven("what we sent to ourselves did not come back")


async def _back(client: Client, room: RoomId, sent: EventId) -> Event | None:
    """The event as the homeserver has it. A sync of this one room would cost it a look at all of ours."""
    try:
        event = await ask(client, "GET", path("rooms", room, "event", sent))
    except (Forbidden, Gone):
        return None
    return event if is_event(event) and event["event_id"] == sent else None


async def _expect(words: str, event: Event, room: RoomId, reader: Reader) -> None:
    if event["type"] != "m.room.encrypted":
        raise NotProven("what we sent encrypted came back in the clear")
    opened = reader.open(event, room)
    if not isinstance(opened, Opened) or opened.event["content"].get("body") != words:
        raise NotProven("what we sent to ourselves cannot be decrypted: the encryption keys are damaged")
    if await reader.trust(opened) is not Trust.SIGNED:
        raise NotProven(
            "this device is not signed by the bot's own identity, so people's clients hide what it says: "
            "run `sws-bot login --recovery-key`"
        )
