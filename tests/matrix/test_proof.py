"""We promise that the bot is ready only when what it wrote to itself came back as it was sent."""

from __future__ import annotations

from pathlib import Path

import pytest
from aiohttp import web

from bot.matrix.proof import ATTEMPTS
from bot.ports import NotProven, TryAgainLater
from tests.matrix.safe import safe
from tests.matrix.wired import Bot, connected, refusal
from tests.matrix.world import BOT
from tests.matrix.written import text


async def prepared(bot: Bot) -> None:
    """The room in which it writes to itself is there, and nobody else is in it."""
    with pytest.raises(TryAgainLater):  # the room is made; what is in it this homeserver cannot say
        await bot.chat.prove()
    (own,) = bot.server.state
    bot.server.state[own] += safe()


async def test_a_device_that_nobody_signed_is_no_proof_and_no_look_at_all_our_rooms_is_needed(
    tmp_path: Path,
) -> None:
    """With a signed one: tests/live/test_chat.py."""
    async with connected(tmp_path) as bot:
        await prepared(bot)
        before = bot.server.asked_for("sync")
        with pytest.raises(NotProven, match="not signed by the bot's own identity"):
            await bot.chat.prove()
        assert len(bot.server.sent) == 1
        assert bot.server.asked_for("sync") == before


async def test_what_does_not_come_back_as_it_was_sent_is_no_proof(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        await prepared(bot)
        for answer, why in (
            ({}, "did not come back"),
            (text(BOT, "ready"), "did not come back"),
            ({**text(BOT, "ready"), "event_id": None}, "did not come back"),
        ):
            bot.server.instead = [("/event/", web.json_response(answer)) for _ in range(ATTEMPTS)]
            with pytest.raises(NotProven, match=why):
                await bot.chat.prove()
        bot.server.instead = [("/event/", refusal(404, "M_NOT_FOUND")) for _ in range(ATTEMPTS)]
        with pytest.raises(NotProven, match="did not come back"):
            await bot.chat.prove()
        bot.server.instead = [("/event/", refusal(502))]
        with pytest.raises(TryAgainLater):
            await bot.chat.prove()


async def test_what_comes_back_in_the_clear_or_changed_is_no_proof(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        await prepared(bot)
        with pytest.raises(NotProven, match="not signed"):
            await bot.chat.prove()
        (id_,) = bot.server.events
        sealed = bot.server.events[id_]
        for content, kind, why in (
            ({"body": "ready", "msgtype": "m.text"}, "m.room.message", "in the clear"),
            ({**sealed["content"], "ciphertext": "AwgAEhAA"}, "m.room.encrypted", "cannot be decrypted"),
        ):
            bot.server.events[id_] = {**sealed, "type": kind, "content": content}
            with pytest.raises(NotProven, match=why):
                await bot.chat.prove()
