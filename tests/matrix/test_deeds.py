"""We promise of what the bot does in rooms, and of the rooms it makes, that …"""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import EventId, Power, RoomId
from bot.ports import Forbidden, Gone, TryAgainLater
from tests.matrix.safe import ROSA, safe
from tests.matrix.wired import ROOM, Wired, bot_on, connected, listening, refusal

# -- deeds ---------------------------------------------------------------------------------------------------


async def test_power_is_asked_anew_each_time(tmp_path: Path) -> None:
    """An admin who was removed a second ago has no say."""
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = safe(ROSA, **{"m.room.power_levels": {"users": {ROSA: 50}}})
        assert await bot.chat.power(ROOM, ROSA) is Power.ADMIN
        bot.server.state[ROOM] = safe(ROSA, **{"m.room.power_levels": {"users": {}}})
        assert await bot.chat.power(ROOM, ROSA) is Power.MEMBER
        bot.server.instead = [("/state", refusal(502))]
        with pytest.raises(TryAgainLater):
            await bot.chat.power(ROOM, ROSA)


async def test_a_removal_is_asked_for_under_one_transaction_for_each_key(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        for _ in range(2):
            await bot.chat.remove(ROOM, EventId("$post/x"), "k")
        (first, second) = (where for _, where, _, _ in bot.server.asked_for("/redact/"))
        assert first == second
        assert first.startswith(f"rooms/{ROOM}/redact/$post/x/")


async def test_joining_and_leaving_what_is_not_there_is_said_so(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        await bot.chat.join(ROOM)
        await bot.chat.leave(ROOM)
        assert [where for _, where, _, _ in bot.server.asked[-2:]] == [f"join/{ROOM}", f"rooms/{ROOM}/leave"]
        bot.server.instead = [("join", refusal(404, "M_NOT_FOUND")), ("leave", refusal(403, "M_FORBIDDEN"))]
        with pytest.raises(Gone):
            await bot.chat.join(ROOM)
        with pytest.raises(Forbidden):
            await bot.chat.leave(ROOM)


async def test_a_repair_changes_only_what_stands_open(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        shared = {"m.room.history_visibility": {"history_visibility": "shared"}}
        guests = {"m.room.guest_access": {"guest_access": "can_join"}}
        bot.server.state[ROOM] = safe(ROSA, **shared, **guests)
        await bot.chat.repair(ROOM)
        written = [
            (where.split("/")[3], body) for method, where, _, body in bot.server.asked if method == "PUT"
        ]
        assert written == [
            ("m.room.history_visibility", {"history_visibility": "joined"}),
            ("m.room.guest_access", {"guest_access": "forbidden"}),
        ]


async def test_a_repair_that_is_refused_in_part_does_the_rest_and_says_so(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        public = {"m.room.join_rules": {"join_rule": "public"}}
        shared = {"m.room.history_visibility": {"history_visibility": "shared"}}
        bot.server.state[ROOM] = safe(ROSA, **shared, **public)
        bot.server.instead = [("state/m.room.history_visibility", refusal(403, "M_FORBIDDEN"))]
        with pytest.raises(Forbidden):
            await bot.chat.repair(ROOM)
        written = [where for method, where, _, _ in bot.server.asked if method == "PUT"]
        assert any("m.room.join_rules" in where for where in written)


# -- rooms of our own ----------------------------------------------------------------------------------------


async def test_a_private_chat_is_encrypted_from_its_first_event_and_ours_to_guard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        await bot.chat.open_private_chat(ROSA, "outbox row 7")
        (made,) = bot.server.created
        first = {event["type"]: event["content"] for event in made["initial_state"]}
        assert first["m.room.encryption"] == {"algorithm": "m.megolm.v1.aes-sha2"}
        assert first["m.room.history_visibility"] == {"history_visibility": "invited"}
        assert first["m.room.guest_access"] == {"guest_access": "forbidden"}
        assert (made["invite"], made["is_direct"], made["visibility"]) == ([ROSA], True, "private")
        assert made["power_level_content_override"]["invite"] == 100
        assert "row 7" not in json.dumps(made)
        assert "sws" not in made["name"].lower()


async def test_the_same_key_gives_the_same_private_chat_and_another_key_another(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        first = await bot.chat.open_private_chat(ROSA, "k")
        assert await bot.chat.open_private_chat(ROSA, "k") == first
        assert await bot.chat.open_private_chat(ROSA, "other") != first
        assert len(bot.server.created) == 2


async def test_a_private_chat_asked_for_twice_at_the_same_moment_is_made_once(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        made = bot.chat._opening._create

        async def slowly(*what: Any) -> RoomId:
            await asyncio.sleep(0.1)
            return await made(*what)

        with pytest.MonkeyPatch.context() as slow:
            slow.setattr(bot.chat._opening, "_create", slowly)
            rooms = await asyncio.gather(*(bot.chat.open_private_chat(ROSA, "k") for _ in range(3)))
        assert (len(set(rooms)), len(bot.server.created)) == (1, 1)


async def test_a_private_chat_made_in_the_moment_of_a_crash_is_found_again(tmp_path: Path) -> None:
    server = Wired()
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            with pytest.MonkeyPatch.context() as crash:
                crash.setattr(bot.chat.client.notes, "opened", lambda *_: 1 / 0)
                with pytest.raises(ZeroDivisionError):
                    await bot.chat.open_private_chat(ROSA, "k")
        server.state["!mute:sws.test"] = []
        async with bot_on(url, server, tmp_path) as bot:
            found = await bot.chat.open_private_chat(ROSA, "k")
            assert (found, len(server.created)) == (RoomId("!made1:sws.test"), 1)


async def test_a_private_chat_that_was_never_made_is_made_after_a_crash(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("createRoom", refusal(502))]
        with pytest.raises(TryAgainLater):
            await bot.chat.open_private_chat(ROSA, "k")
        assert await bot.chat.open_private_chat(ROSA, "k") == "!made1:sws.test"


async def test_not_knowing_our_rooms_makes_no_second_one(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("createRoom", refusal(502)), ("joined_rooms", refusal(200))]
        for _ in range(2):
            with pytest.raises(TryAgainLater):
                await bot.chat.open_private_chat(ROSA, "k")
        assert bot.server.created == []
