"""We promise that an empty answer is never taken for a deed, for an end, or for a fact about a room."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from bot.core.model import EventId, Message, Millis, Trust
from bot.ports import TryAgainLater
from tests.matrix.heard import NOW, ROSA, heard
from tests.matrix.safe import safe
from tests.matrix.wired import ROOM, Wired, bot_on, connected, listening
from tests.matrix.written import sync, text


def empty() -> web.Response:
    return web.json_response({})


async def test_it_does_not_make_us_deaf_to_a_room_that_is_not_encrypted(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = [event for event in safe(ROSA) if event["type"] != "m.room.encryption"]
        bot.server.instead = [("m.room.encryption", empty())]
        (first,) = await heard(bot, text(ROSA, "one"))
        (second,) = await heard(bot, text(ROSA, "two"))
        assert [first.trust, second.trust] == [Trust.PLAIN, Trust.PLAIN]


async def test_it_does_not_open_a_room_that_is_encrypted(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        bot.server.instead = [("m.room.encryption", empty())]
        (message,) = await heard(bot, text(ROSA, "one"))
        assert message.trust is Trust.INJECTED


async def test_a_gap_is_not_taken_for_filled(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.pages = [{"chunk": [text(ROSA, "two")], "end": "p2"}, {}]
        gap = {"events": [text(ROSA, "three")], "limited": True, "prev_batch": "p1"}
        bot.server.syncs = [sync(timeline=gap)]
        batch = await bot.chat.pull("s0", NOW)
        assert batch.incoming == ()
        (aside,) = batch.aside
        bot.server.pages = [{"chunk": [text(ROSA, "one")]}]
        told = (await bot.chat.read_aside(aside)).incoming
        assert [each.body.reveal() for each in told if isinstance(each, Message)] == ["one", "two", "three"]


async def test_pages_that_came_before_a_failure_are_not_fetched_again_and_kept_no_longer_than_needed(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        gap = {"events": [], "limited": True, "prev_batch": "p1"}
        bot.server.pages = [{"chunk": [], "end": "p2"}, {}]
        bot.server.syncs = [sync(timeline=gap), sync(timeline=gap)]
        (aside,) = (await bot.chat.pull("s0", NOW)).aside
        bot.server.pages = [{"chunk": [text(ROSA, "one")]}]
        await bot.chat.read_aside(aside)
        await bot.chat.pull("s0", NOW)
        asked = [query["from"] for _, _, query, _ in bot.server.asked_for("/messages")]
        assert asked == ["p1", "p2", "p2", "p1"]


async def test_a_removal_and_a_joining_are_not_taken_for_done(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("redact", empty()), ("join", empty())]
        with pytest.raises(TryAgainLater):
            await bot.chat.remove(ROOM, EventId("$post"), "k")
        with pytest.raises(TryAgainLater):
            await bot.chat.join(ROOM)


async def test_our_login_is_not_taken_for_ended(tmp_path: Path) -> None:
    server = Wired()
    async with listening(server) as url:
        server.instead = [("whoami", empty())]
        with pytest.raises(TryAgainLater):
            async with bot_on(url, server, tmp_path):
                pass


async def test_our_keys_are_not_taken_for_uploaded(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("keys/upload", empty())]
        for _ in range(2):
            await bot.chat.pull("end", Millis(0))
        lost, again = (set(body["one_time_keys"]) for *_, body in bot.server.asked_for("keys/upload")[-2:])
        assert lost
        assert lost == again
