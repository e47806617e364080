"""Proves that we can be heard and can hear: writes to ourselves, encrypted, and reads it from a sync."""

from __future__ import annotations

import json
from urllib.parse import urlencode

from bot.core.model import Millis, Trust
from bot.core.speech import Paragraph, Whispered
from bot.matrix.client import Client
from bot.matrix.opening import Opening
from bot.matrix.reading import Opened, Reader
from bot.matrix.seal import Seal
from bot.matrix.translate import is_event, part
from bot.matrix.wire import ask, path


class NotProven(Exception):
    """What we wrote to ourselves did not come back as we wrote it; the text says at which step."""


async def prove(client: Client, seal: Seal, opening: Opening, reader: Reader, now: Millis) -> None:
    """Raises `NotProven` and what `ports.Chat` raises."""
    room = await opening.own_room()
    words = f"ready {now}"
    sent = await seal.whisper(room, client.user_id, Whispered((Paragraph(words),)), f"proof {now}")
    # Without a bookmark, so that it takes no to-device message from the sync that reads them.
    wanted = {"room": {"rooms": [room], "timeline": {"limit": 10}}}
    body = await ask(client, "GET", path("sync") + "?" + urlencode({"filter": json.dumps(wanted)}))
    timeline = part(part(part(part(body, "rooms"), "join"), room), "timeline")
    events = part(timeline, "events")
    for event in events if isinstance(events, list) else ():
        if is_event(event) and event["event_id"] == sent:
            if event["type"] != "m.room.encrypted":
                raise NotProven("what we sent encrypted came back in the clear")
            await _expect(words, reader.open(event, room), reader)
            return
    raise NotProven("what we sent to ourselves did not come back in a sync")


async def _expect(words: str, opened: object, reader: Reader) -> None:
    if not isinstance(opened, Opened) or opened.event["content"].get("body") != words:
        raise NotProven("what we sent to ourselves cannot be decrypted: the encryption keys are damaged")
    if await reader.trust(opened) is not Trust.SIGNED:
        raise NotProven(
            "this device is not signed by the bot's own identity, so people's clients hide what it says: "
            "run `sws-bot login --recovery-key`"
        )
