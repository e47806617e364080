"""Proves that we can be heard and can hear: writes to ourselves, encrypted, and reads it from a sync."""

from __future__ import annotations

import json
from typing import Any, Final

from bot.core.model import Millis, RoomId, Trust
from bot.core.speech import Paragraph, Whispered
from bot.matrix.client import Client
from bot.matrix.opening import Opening
from bot.matrix.reading import Opened, Reader
from bot.matrix.seal import Seal
from bot.matrix.translate import Event, is_event, part
from bot.matrix.wire import ask, path, query
from bot.ports import NotProven, NotSafe

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
    for attempt in range(ATTEMPTS):
        for event in await _latest(client, room, f"{now}.{attempt}"):
            if is_event(event) and event["event_id"] == sent:
                await _expect(words, event, room, reader)
                return
    raise NotProven("what we sent to ourselves did not come back in a sync")


async def _latest(client: Client, room: RoomId, once: str) -> list[Any]:
    """The newest events of a room by a sync.

    Without a bookmark, so that it takes no to-device message away from the sync that reads them; and with a
    filter never used before, because homeservers repeat an old answer to such a sync.
    """
    timeline = {"limit": 10, "not_types": [once]}
    wanted = json.dumps({"room": {"rooms": [room], "timeline": timeline}})
    body = await ask(client, "GET", path("sync") + query({"filter": wanted}))
    events = part(part(part(part(part(body, "rooms"), "join"), room), "timeline"), "events")
    return events if isinstance(events, list) else []


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
