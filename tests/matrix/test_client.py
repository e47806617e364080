"""We promise of every request to the homeserver, nio's own and ours, that …"""

from __future__ import annotations

import asyncio
import gzip
import json
import sqlite3
from pathlib import Path

import pytest
from aiohttp import web
from nio import Api, LocalProtocolError, ToDeviceResponse

from bot.core.model import Millis, UserId
from bot.matrix.keystore import StoreInUse
from bot.matrix.wire import ask, path
from bot.ports import Forbidden, Gone, LoggedOut, TryAgainLater
from tests.matrix.wired import Bot, Wired, bot_on, connected, listening, refusal
from tests.matrix.world import BOT

WHOAMI = path("account", "whoami")


async def test_a_rate_limit_is_raised_with_the_time_it_asks_for_and_never_waited_out(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        for answer, after in (
            (refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms=4500), 4500),
            (web.Response(status=429, headers={"Retry-After": "7"}, text="{}"), 7000),
            (refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms="soon"), None),
            (web.Response(status=429, headers={"Retry-After": "Tuesday"}, text="slow"), None),
            (web.Response(status=429, headers={"Retry-After": "9" * 5_000}, text="slow"), None),
        ):
            bot.server.instead = [("whoami", answer)]
            with pytest.raises(TryAgainLater) as raised:
                await ask(bot.chat.client, "GET", WHOAMI)
            assert raised.value.after == after


async def test_nios_own_requests_are_not_repeated_by_nio(tmp_path: Path) -> None:
    """Bare nio waits out 429 and repeats lost connections for ever."""
    async with connected(tmp_path) as bot:
        for answer in (refusal(429, "M_LIMIT_EXCEEDED", retry_after_ms=10**9), refusal(502)):
            bot.server.asked.clear()
            bot.server.instead = [("sendToDevice", answer)]
            method, where, body = Api.to_device("token", "m.x", {"messages": {}}, "t")
            with pytest.raises(TryAgainLater):
                await bot.chat.client._send(ToDeviceResponse, method, where, body)
            assert len(bot.server.asked_for("sendToDevice")) == 1


@pytest.mark.parametrize(
    "answer",
    [
        refusal(500, "M_UNKNOWN"),
        refusal(502),
        web.Response(status=503, text="<html>"),
        web.Response(status=200, text="<html>captive portal"),
        web.Response(status=404, text="<html>not found"),
        web.Response(status=200, text="[" * 100_000),
        web.Response(status=200, body=b"\xff\xfe{"),
    ],
)
async def test_trouble_of_the_homeserver_or_of_something_before_it_is_tried_again_later(
    tmp_path: Path, answer: web.Response
) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("whoami", answer)]
        with pytest.raises(TryAgainLater):
            await ask(bot.chat.client, "GET", WHOAMI)


@pytest.mark.parametrize("packed", [False, True])
async def test_an_answer_without_end_is_not_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, packed: bool
) -> None:
    """A packed one is small on its way: a thousandth of what it becomes."""
    async with connected(tmp_path) as bot:
        monkeypatch.setattr("bot.matrix.client.MOST", 100_000)
        for size, fits in ((90_000, True), (100_001, False)):
            words = json.dumps({"user_id": "x" * (size - len('{"user_id": ""}'))}).encode()
            headers = {"Content-Encoding": "gzip"} if packed else {}
            answer = web.Response(body=gzip.compress(words) if packed else words, headers=headers)
            bot.server.instead = [("whoami", answer)]
            if fits:
                assert await ask(bot.chat.client, "GET", WHOAMI) == json.loads(words)
            else:
                with pytest.raises(TryAgainLater, match="larger"):
                    await ask(bot.chat.client, "GET", WHOAMI)


async def test_an_answer_of_another_shape_than_asked_for_is_no_answer(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("whoami", web.json_response([{"user_id": BOT}]))]
        with pytest.raises(TryAgainLater):
            await ask(bot.chat.client, "GET", WHOAMI)


async def test_a_refusal_and_a_thing_that_is_not_there_are_told_apart(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("whoami", refusal(403, "M_FORBIDDEN"))]
        with pytest.raises(Forbidden):
            await ask(bot.chat.client, "GET", WHOAMI)
        bot.server.instead = [("whoami", refusal(404, "M_NOT_FOUND"))]
        with pytest.raises(Gone):
            await ask(bot.chat.client, "GET", WHOAMI)


@pytest.mark.parametrize("code", ["M_UNKNOWN_TOKEN", "M_MISSING_TOKEN", "M_USER_DEACTIVATED"])
async def test_a_dead_login_stops_everything(tmp_path: Path, code: str) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("sendToDevice", refusal(401, code, soft_logout=True))]
        method, where, body = Api.to_device("token", "m.x", {"messages": {}}, "t")
        with pytest.raises(LoggedOut):
            await bot.chat.client._send(ToDeviceResponse, method, where, body)


async def test_a_homeserver_that_is_not_there_is_tried_again_later(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.chat.client.homeserver = "http://127.0.0.1:1"
        with pytest.raises(TryAgainLater):
            await ask(bot.chat.client, "GET", WHOAMI)


async def test_a_homeserver_that_never_answers_is_given_up(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:

        async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await reader.read()
            writer.close()

        stuck = await asyncio.start_server(silent, "127.0.0.1", 0)
        async with stuck:
            bot.chat.client.homeserver = f"http://127.0.0.1:{stuck.sockets[0].getsockname()[1]}"
            with pytest.raises(TryAgainLater):
                await bot.chat.client.send("GET", WHOAMI, timeout=0.05)


async def test_nios_own_ways_to_listen_and_to_speak_are_closed(tmp_path: Path) -> None:
    """Each of them can lose messages, believe members about the room, or send plain text."""
    async with connected(tmp_path) as bot:
        for closed in (bot.chat.client.sync, bot.chat.client.room_send):
            bot.server.asked.clear()
            with pytest.raises(LocalProtocolError):
                await closed("!room:sws.test", "m.room.message", {"body": "x"})
            assert bot.server.asked == []


async def test_the_token_travels_in_a_header_and_in_no_address(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        await bot.chat.client.devices.learn([UserId("@x:sws.test")])
        assert not any("token" in str(query) for _, _, query, _ in bot.server.asked)


# -- taking up a login ---------------------------------------------------------------------------------------


async def open_and_close(url: str, server: Wired, folder: Path) -> None:
    async with bot_on(url, server, folder):
        pass


@pytest.mark.parametrize(
    "whoami",
    [
        {"user_id": "@other:sws.test", "device_id": "BOTDEVICE"},
        {"user_id": BOT, "device_id": "OTHER"},
        {"user_id": BOT},
    ],
)
async def test_a_login_of_another_account_or_device_is_refused_before_keys_are_touched(
    tmp_path: Path, whoami: dict[str, str]
) -> None:
    server = Wired(whoami=whoami)
    async with listening(server) as url:
        with pytest.raises(LoggedOut, match="sws-bot login"):
            await open_and_close(url, server, tmp_path)
    assert not (tmp_path / "crypto").exists()


async def test_a_store_that_another_process_works_with_is_refused(tmp_path: Path) -> None:
    server = Wired()
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path):
            with pytest.raises(StoreInUse, match="stop it first"):
                await open_and_close(url, server, tmp_path)
        await open_and_close(url, server, tmp_path)


async def test_a_failed_start_leaves_the_store_free(tmp_path: Path) -> None:
    server = Wired()
    async with listening(server) as url:
        server.instead = [("whoami", refusal(500))]
        with pytest.raises(TryAgainLater):
            await open_and_close(url, server, tmp_path)
        await open_and_close(url, server, tmp_path)


async def test_a_lost_store_is_noticed_at_the_start_and_not_papered_over(tmp_path: Path) -> None:
    """A device that shows other keys under its old id is refused by everybody for ever."""
    server = Wired()
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path / "old") as bot:
            await bot.chat.pull(None, Millis(0))
        shown = {BOT: {"BOTDEVICE": server.uploads[0]["device_keys"]}}
        server.keys.spoil = lambda where, body: {"device_keys": shown} if "query" in where else body
        await open_and_close(url, server, tmp_path / "old")
        with pytest.raises(LoggedOut, match="new device"):
            await open_and_close(url, server, tmp_path / "lost")


def _keys_of(folder: Path) -> Path:
    (file,) = folder.rglob("*.db")
    return file


async def test_damaged_keys_are_noticed_at_the_start_wherever_the_damage_is(tmp_path: Path) -> None:
    server = Wired()
    async with listening(server) as url:
        await open_and_close(url, server, tmp_path)
        good = _keys_of(tmp_path).read_bytes()
        for page in (0, 1, len(good) // 4096 - 1):
            broken = good[: page * 4096] + b"\xff" * 4096 + good[(page + 1) * 4096 :]
            _keys_of(tmp_path).write_bytes(broken)
            with pytest.raises(LoggedOut, match=r"damaged: run `sws-bot login --recovery-key`"):
                await open_and_close(url, server, tmp_path)
        _keys_of(tmp_path).write_bytes(good)
        await open_and_close(url, server, tmp_path)


async def test_keys_that_cannot_be_read_for_a_while_are_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Wired()
    monkeypatch.setattr("bot.matrix.keystore.BUSY", 0)
    async with listening(server) as url:
        await open_and_close(url, server, tmp_path)
        other = sqlite3.connect(_keys_of(tmp_path), isolation_level=None)
        other.execute("PRAGMA locking_mode = EXCLUSIVE")
        other.execute("BEGIN EXCLUSIVE")
        with pytest.raises(TryAgainLater, match="encryption keys"):
            await open_and_close(url, server, tmp_path)
        other.close()
        await open_and_close(url, server, tmp_path)


async def test_nothing_of_a_closed_chat_stays_open(tmp_path: Path) -> None:
    server = Wired()
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            client: Bot = bot
        assert client.chat.client.client_session is None
        assert client.chat.client.store is None
