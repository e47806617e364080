"""We promise of the people of the demo that they do as today's clients do: …"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bot.demo.homeserver import Homeserver
from bot.demo.people import enter

pytestmark = pytest.mark.live


async def test_the_homeserver_sees_which_thread_a_message_is_in_and_no_word_of_it(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with enter(homeserver, "ada", tmp_path) as ada:
        room = await ada.create_room("Ada's notes")
        await ada.join(room)
        root = await ada.write(room, "buy a new lock")
        answer = await ada.write(room, "bought it today", thread=root)

        assert (await ada.see_event(answer)).thread == root
        stored = homeserver.sees("SELECT json FROM event_json WHERE event_id = ?", answer)
        content = json.loads(stored[0][0])["content"]
        assert content["m.relates_to"]["rel_type"] == "m.thread"
        assert content["m.relates_to"]["event_id"] == root
        assert "bought it" not in json.dumps(content)
