"""We promise of our own keys at the homeserver, so that others can always write to us, that …"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Message, Millis, UserId
from bot.matrix.signatures import signed_by
from bot.ports import LoggedOut
from tests.matrix.wired import Bot, Wired, bot_on, connected, listening, refusal
from tests.matrix.world import BOT, BOT_DEVICE, Someone
from tests.matrix.written import Writer, sync

ROSA = "@rosa:sws.test"
KIND = "signed_curve25519"


async def pulled(bot: Bot, **more: Any) -> list[dict[str, Any]]:
    """What is uploaded after a sync that says this."""
    body = sync(**more)
    for key, value in more.items():
        if value is None:
            del body[key]
    bot.server.syncs = [body]
    bot.server.uploads.clear()
    await bot.chat.pull("s0", Millis(0))
    return bot.server.uploads


async def test_the_first_sync_brings_up_device_keys_one_time_keys_and_no_secret(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        (first,) = bot.server.uploads
        device = first["device_keys"]
        identity = bot.chat.client.olm.account.identity_keys
        assert device["keys"] == {f"{kind}:{BOT_DEVICE}": key for kind, key in identity.items()}
        assert (device["user_id"], device["device_id"]) == (BOT, BOT_DEVICE)
        assert signed_by(device, BOT, BOT_DEVICE, identity["ed25519"])
        assert len(first["one_time_keys"]) == bot.chat.client.olm.account.max_one_time_keys
        assert all(
            signed_by(key, BOT, BOT_DEVICE, identity["ed25519"]) for key in first["one_time_keys"].values()
        )


@pytest.mark.parametrize(
    ("counts", "uploaded"),
    [
        ({KIND: 0}, 50),
        ({}, 50),
        (None, 50),
        ([], 50),
        ({KIND: "x"}, 50),
        ({KIND: 20}, 30),
        ({KIND: 25}, 0),
        ({KIND: 50}, 0),
        ({KIND: 99}, 0),
    ],
)
async def test_one_time_keys_are_refilled_and_saying_nothing_means_none_are_left(
    tmp_path: Path, counts: Any, uploaded: int
) -> None:
    async with connected(tmp_path) as bot:
        uploads = await pulled(bot, device_one_time_keys_count=counts)
        assert sum(len(upload["one_time_keys"]) for upload in uploads) == uploaded


async def test_keys_that_did_not_arrive_are_sent_again_and_no_more_are_made(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("keys/upload", refusal(502))]
        await pulled(bot, device_one_time_keys_count={})
        lost = bot.server.asked_for("keys/upload")[-1][3]
        (again,) = await pulled(bot, device_one_time_keys_count={})
        assert again["one_time_keys"] == lost["one_time_keys"]


async def test_keys_are_on_disk_before_anybody_can_use_them(tmp_path: Path) -> None:
    """The homeserver has them, its answer is lost, and we crash: whoever used one is still read."""
    person, server = Someone(ROSA, 1, "PHONE"), Wired()
    server.keys.add(person)
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            bot.chat.client.olm.account.mark_keys_as_published = lambda: 1 / 0
            with pytest.raises(ZeroDivisionError):
                await bot.chat.pull(None, Millis(0))
        async with bot_on(url, server, tmp_path) as bot:
            phone = Writer(person.devices["PHONE"], server)
            server.syncs = [sync(phone.write(), to_device=[phone.key()])]
            (message,) = (await bot.chat.pull("s0", Millis(0))).incoming
            assert isinstance(message, Message)


async def test_a_fallback_key_is_made_when_there_is_none_and_anew_when_it_was_used(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        (first,) = await pulled(bot, device_unused_fallback_key_types=[])
        assert await pulled(bot, device_unused_fallback_key_types=[KIND]) == []
        (second,) = await pulled(bot, device_unused_fallback_key_types=[])
        ((name, key),) = first["fallback_keys"].items()
        ed25519 = bot.chat.client.olm.account.identity_keys["ed25519"]
        assert name.startswith(f"{KIND}:")
        assert key["fallback"] is True
        assert signed_by(key, BOT, BOT_DEVICE, ed25519)
        assert second["fallback_keys"].keys().isdisjoint(first["fallback_keys"])


@pytest.mark.parametrize("told", [None, "signed_curve25519", 7])
async def test_a_homeserver_that_knows_no_fallback_keys_is_given_none(tmp_path: Path, told: Any) -> None:
    async with connected(tmp_path) as bot:
        assert await pulled(bot, device_unused_fallback_key_types=told) == []


async def test_a_message_that_used_the_fallback_key_is_read(tmp_path: Path) -> None:
    person = Someone(ROSA, 1, "PHONE")
    async with connected(tmp_path, person) as bot:
        (upload,) = await pulled(bot, device_unused_fallback_key_types=[])
        bot.server.uploads.insert(0, {"device_keys": device_keys(bot)})
        bot.server.one_time = {name: key["key"] for name, key in upload["fallback_keys"].items()}
        phone = Writer(person.devices["PHONE"], bot.server)
        bot.server.syncs = [sync(phone.write(), to_device=[phone.key()])]
        assert len((await bot.chat.pull("s0", Millis(0))).incoming) == 1


def device_keys(bot: Bot) -> dict[str, Any]:
    identity = bot.chat.client.olm.account.identity_keys
    return {"keys": {f"{kind}:{BOT_DEVICE}": key for kind, key in identity.items()}}


async def test_an_upload_refused_for_good_stops_the_bot_and_says_what_to_do(tmp_path: Path) -> None:
    """The homeserver has other keys under these names: the store was lost, or put back from a backup."""
    async with connected(tmp_path) as bot:
        bot.server.instead = [("keys/upload", refusal(400, "M_UNKNOWN", error="One time key already exists"))]
        with pytest.raises(LoggedOut, match="sws-bot login --recovery-key"):
            await pulled(bot, device_one_time_keys_count={})


async def test_people_whose_devices_changed_are_asked_about_before_the_next_message(tmp_path: Path) -> None:
    person = Someone(ROSA, 1, "PHONE")
    async with connected(tmp_path, person) as bot:
        await bot.chat.client.devices.learn([person.user])
        person.devices |= Someone(ROSA, 1, "NEW").devices
        await pulled(bot, device_lists={"changed": [ROSA], "left": []})
        await bot.chat.client.devices.learn([UserId(ROSA)])
        assert {id_ for _, id_ in bot.chat.client.devices.entitled([person.user])} == {"PHONE", "NEW"}


async def test_a_broken_channel_to_a_device_is_opened_anew(tmp_path: Path) -> None:
    """Otherwise nothing that it encrypts could be read any more."""
    person = Someone(ROSA, 1, "PHONE")
    async with connected(tmp_path, person) as bot:
        phone = person.devices["PHONE"]
        await bot.chat.client.devices.learn([person.user])
        phone.offer()
        garbled = Writer(phone, bot.server).key()
        sealed = next(iter(garbled["content"]["ciphertext"].values()))
        sealed["type"], sealed["body"] = (
            1,
            "Awogo29yIG5vdGhpbmcgb2YgdGhlIHNvcnQgYXQgYWxsEAAiBG5vcGUAAAAAAAAAAA",
        )
        await pulled(bot, to_device=[garbled])
        assert [kind for kind, _ in phone.received] == ["m.room.encrypted"]
        assert bot.chat.client.olm.wedged_devices == bot.chat.client.outgoing_to_device_messages == []


class Crash(BaseException):
    """The process ends here."""


def crash(*_: object) -> None:
    raise Crash


async def test_keys_that_came_are_kept_together_with_what_they_used_up(tmp_path: Path) -> None:
    """A crash in the middle of a batch leaves the store as it was, so that the batch can come again."""
    person, server = Someone(ROSA, 1, "PHONE"), Wired()
    server.keys.add(person)
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            await bot.chat.pull(None, Millis(0))
            phone = Writer(person.devices["PHONE"], server)
            body = sync(phone.write(), to_device=[phone.key()])
            server.syncs = [body]
            bot.chat.client.olm.save_inbound_group_session = crash
            with pytest.raises(Crash):
                await bot.chat.pull("s0", Millis(0))
        async with bot_on(url, server, tmp_path) as bot:
            server.syncs = [body]
            assert len((await bot.chat.pull("s0", Millis(0))).incoming) == 1
