"""Room keys: everybody entitled gets them, nobody else does, and one broken device stops nobody."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import vodozemac
from nio.crypto import Olm, OutboundGroupSession

from bot.core.model import RoomId, UserId
from bot.matrix.judging import ENOUGH
from bot.ports import TryAgainLater
from tests.matrix.world import BOT, BOT_DEVICE, Answer, Client, Phone, Server, Someone, client

ROOM = RoomId("!room:sws.test")


@pytest.fixture
def server() -> Server:
    made = Server()
    us = Someone(BOT, 9)
    made.add(us, Someone("@rosa:sws.test", 1, "PHONE", "LAPTOP"), Someone("@mal:sws.test", 2, "EVIL"))
    for person in made.people.values():
        for phone in person.devices.values():
            phone.offer()
    return made


@pytest.fixture
def bot(tmp_path: Path, server: Server) -> Iterator[Client]:
    made = client(tmp_path, server)
    own = Phone(BOT, BOT_DEVICE)
    own.account = made.olm.account._account
    server.people[BOT].devices[BOT_DEVICE] = own
    yield made
    made.store.database.close()


@pytest.fixture
def rosa(server: Server) -> Someone:
    return server.people["@rosa:sws.test"]


@pytest.fixture
def mal(server: Server) -> Someone:
    return server.people["@mal:sws.test"]


async def said(bot: Client, *people: Someone, words: str = "hello") -> dict[str, Any]:
    members = frozenset({UserId(BOT), *(person.user for person in people)})
    return await bot.sharing.encrypt(ROOM, members, "m.room.message", {"body": words})


def read(phone: Phone, content: dict[str, Any]) -> str | None:
    """What this device makes of a message, with the room keys it got."""
    for key in phone.room_keys():
        if key["session_id"] == content["session_id"] and key["room_id"] == ROOM:
            session = vodozemac.InboundGroupSession(vodozemac.SessionKey(key["session_key"]))
            try:
                plain = session.decrypt(vodozemac.MegolmMessage.from_base64(content["ciphertext"])).plaintext
            except vodozemac.MegolmDecryptionException:
                return None
            return str(json.loads(plain)["content"]["body"])
    return None


async def test_every_signed_device_of_the_members_can_read(bot: Client, rosa: Someone, mal: Someone) -> None:
    content = await said(bot, rosa, mal)
    for phone in (*rosa.devices.values(), *mal.devices.values()):
        assert read(phone, content) == "hello"
        assert phone.withheld() == []


async def test_nobody_but_the_members_gets_the_key(bot: Client, rosa: Someone, mal: Someone) -> None:
    await bot.devices.learn([mal.user])
    await said(bot, rosa)
    assert mal.devices["EVIL"].received == []


async def test_an_unsigned_device_gets_no_key_and_is_told_why(bot: Client, rosa: Someone) -> None:
    rosa.devices["LAPTOP"].signed = False
    content = await said(bot, rosa)
    assert read(rosa.devices["PHONE"], content) == "hello"
    assert rosa.devices["LAPTOP"].room_keys() == []
    (note,) = rosa.devices["LAPTOP"].withheld()
    assert (note["code"], note["room_id"], note["session_id"]) == (
        "m.unverified",
        ROOM,
        content["session_id"],
    )
    assert note["sender_key"] == bot.olm.account.identity_keys["curve25519"]
    assert note["algorithm"] == "m.megolm.v1.aes-sha2"


async def test_a_left_out_device_is_told_once_for_each_key(bot: Client, rosa: Someone) -> None:
    rosa.devices["LAPTOP"].signed = False
    await said(bot, rosa)
    await said(bot, rosa)
    assert len(rosa.devices["LAPTOP"].withheld()) == 1
    bot.invalidate_outbound_session(ROOM)
    await said(bot, rosa)
    assert len(rosa.devices["LAPTOP"].withheld()) == 2


async def test_a_changed_identity_gets_no_key(bot: Client, server: Server, rosa: Someone) -> None:
    await said(bot, rosa)
    other = Someone("@rosa:sws.test", 7)
    other.devices = rosa.devices
    server.add(other)
    bot.olm.add_changed_users({rosa.user})
    content = await said(bot, rosa)
    assert all(read(phone, content) is None for phone in rosa.devices.values())
    assert [note["code"] for note in rosa.devices["PHONE"].withheld()] == ["m.unverified"]


BAD_KEYS: list[dict[str, Any]] = [{"key": "A" * 43}, {"key": "A" * 44}, {"key": 7}, {"key": None}]


@pytest.mark.parametrize("bad", BAD_KEYS, ids=repr)
async def test_one_members_bad_key_stops_nobody_elses_message(
    bot: Client, rosa: Someone, mal: Someone, bad: dict[str, Any]
) -> None:
    mal.devices["EVIL"].one_time.clear()
    mal.devices["EVIL"].offer(**bad)
    content = await said(bot, rosa, mal)
    assert read(rosa.devices["PHONE"], content) == "hello"
    assert mal.devices["EVIL"].room_keys() == []
    assert [note["code"] for note in mal.devices["EVIL"].withheld()] == ["m.no_olm"]
    assert read(rosa.devices["PHONE"], await said(bot, rosa, mal, words="again")) == "again"


@pytest.mark.parametrize(
    "answer", [{}, [], 7, {"one_time_keys": 1}, {"one_time_keys": {"@mal:sws.test": {"EVIL": {}}}}]
)
async def test_a_senseless_answer_to_a_claim_costs_only_the_keys(
    bot: Client, server: Server, rosa: Someone, answer: Any
) -> None:
    server.spoil = lambda where, body: Answer(answer) if "claim" in where else body
    tries = 1
    while True:
        try:
            content = await said(bot, rosa)
        except TryAgainLater:
            tries += 1
        else:
            break
    assert content["algorithm"] == "m.megolm.v1.aes-sha2"
    assert rosa.devices["PHONE"].room_keys() == []
    assert tries <= ENOUGH


async def test_one_senseless_answer_to_a_claim_costs_nobody_a_key(
    bot: Client, server: Server, rosa: Someone
) -> None:
    server.spoil = lambda where, body: Answer({}) if "claim" in where else body
    with pytest.raises(TryAgainLater):
        await said(bot, rosa)
    server.spoil = lambda where, body: body
    rosa.devices["PHONE"].offer()  # the one that was lost on the way is used up
    assert read(rosa.devices["PHONE"], await said(bot, rosa)) == "hello"


async def test_a_device_without_keys_gets_the_room_key_once_it_has_some(bot: Client, rosa: Someone) -> None:
    phone = rosa.devices["LAPTOP"]
    phone.one_time.clear()
    first = await said(bot, rosa)
    phone.offer()
    second = await said(bot, rosa, words="second")
    assert read(phone, first) is None
    assert read(phone, second) == "second"


async def test_a_device_that_has_no_keys_is_asked_for_less_and_less_often(
    bot: Client, server: Server, rosa: Someone
) -> None:
    rosa.devices["LAPTOP"].one_time.clear()
    for _ in range(16):
        await said(bot, rosa)
    assert server.count("keys/claim") == 5


async def test_a_homeserver_that_never_hands_out_keys_does_not_hold_a_message_for_ever(
    bot: Client, rosa: Someone, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def never(_: Any) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr("bot.matrix.sharing.CLAIM_SECONDS", 0.01)
    monkeypatch.setattr(bot, "keys_claim", never)
    assert await said(bot, rosa)


async def test_the_key_is_sent_once_and_reused(bot: Client, server: Server, rosa: Someone) -> None:
    first, second = await said(bot, rosa), await said(bot, rosa)
    assert first["session_id"] == second["session_id"]
    assert server.count("sendToDevice/m.room.encrypted") == 1
    assert server.count("keys/query") == 1


async def test_a_new_device_gets_the_key_from_the_next_message_on(bot: Client, rosa: Someone) -> None:
    first = await said(bot, rosa)
    tablet = rosa.devices["TABLET"] = Phone(rosa.user, "TABLET")
    tablet.offer()
    bot.olm.add_changed_users({rosa.user})
    second = await said(bot, rosa, words="second")
    assert read(tablet, second) == "second"
    assert read(tablet, first) is None


async def test_a_device_gets_the_key_once_its_owner_has_signed_it(bot: Client, rosa: Someone) -> None:
    laptop = rosa.devices["LAPTOP"]
    laptop.signed = False
    first = await said(bot, rosa)
    laptop.signed = True
    bot.olm.add_changed_users({rosa.user})
    second = await said(bot, rosa, words="second")
    assert (read(laptop, first), read(laptop, second)) == (None, "second")


async def test_a_device_that_is_no_longer_signed_cannot_read_what_comes_after(
    bot: Client, rosa: Someone
) -> None:
    await said(bot, rosa)
    rosa.devices["LAPTOP"].signed = False
    bot.olm.add_changed_users({rosa.user})
    assert read(rosa.devices["LAPTOP"], await said(bot, rosa)) is None


async def test_who_left_cannot_read_what_comes_after(bot: Client, rosa: Someone, mal: Someone) -> None:
    await said(bot, rosa, mal)
    after = await said(bot, rosa, words="after")
    assert read(mal.devices["EVIL"], after) is None
    assert read(rosa.devices["PHONE"], after) == "after"


async def test_a_device_that_was_logged_out_cannot_read_what_comes_after(bot: Client, rosa: Someone) -> None:
    await said(bot, rosa)
    gone = rosa.devices.pop("LAPTOP")
    bot.olm.add_changed_users({rosa.user})
    assert read(gone, await said(bot, rosa)) is None


async def test_a_used_up_key_is_replaced(bot: Client, rosa: Someone) -> None:
    first = await said(bot, rosa)
    bot.olm.outbound_group_sessions[ROOM].message_count = 100
    second = await said(bot, rosa, words="second")
    bot.olm.outbound_group_sessions[ROOM].creation_time -= timedelta(days=7)
    third = await said(bot, rosa, words="third")
    assert len({content["session_id"] for content in (first, second, third)}) == 3
    assert read(rosa.devices["PHONE"], third) == "third"


async def test_a_failed_delivery_of_keys_is_tried_again_and_does_not_hang(
    bot: Client, server: Server, rosa: Someone
) -> None:
    server.spoil = lambda where, body: Answer({}, 500) if "m.room.encrypted" in where else body
    for _ in range(2):
        with pytest.raises(TryAgainLater):
            await said(bot, rosa)
    server.spoil = lambda _, body: body
    assert read(rosa.devices["PHONE"], await said(bot, rosa)) == "hello"


async def test_a_note_that_cannot_be_delivered_does_not_hold_the_message(
    bot: Client, server: Server, rosa: Someone
) -> None:
    rosa.devices["LAPTOP"].signed = False
    server.spoil = lambda where, body: Answer({}, 500) if "withheld" in where else body
    assert read(rosa.devices["PHONE"], await said(bot, rosa)) == "hello"
    server.spoil = lambda _, body: body
    rosa.devices["LAPTOP"].received.clear()
    await said(bot, rosa)
    assert len(rosa.devices["LAPTOP"].withheld()) == 1


async def test_who_loses_trust_while_the_key_travels_cannot_read(
    bot: Client, server: Server, rosa: Someone, mal: Someone
) -> None:
    def once(where: str, body: Any) -> Any:
        if "sendToDevice/m.room.encrypted" in where:
            server.spoil = lambda _, body: body
            mal.devices.clear()
            bot.olm.add_changed_users({mal.user})
        return body

    evil = mal.devices["EVIL"]
    server.spoil = once
    content = await said(bot, rosa, mal)
    assert read(rosa.devices["PHONE"], content) == "hello"
    assert read(evil, content) is None


async def test_devices_that_never_stop_changing_end_in_an_error_not_in_a_loop(
    bot: Client, server: Server, rosa: Someone
) -> None:
    def always(where: str, body: Any) -> Any:
        if "keys/query" in where:
            bot.olm.add_changed_users({rosa.user})
        return body

    server.spoil = always
    with pytest.raises(TryAgainLater, match="changed faster"):
        await said(bot, rosa)


async def test_sends_to_one_room_at_once_share_one_key(bot: Client, server: Server, rosa: Someone) -> None:
    contents = await asyncio.gather(*(said(bot, rosa, words=str(number)) for number in range(5)))
    assert {read(rosa.devices["PHONE"], content) for content in contents} == set("01234")
    assert server.count("sendToDevice/m.room.encrypted") == 1


async def test_hundreds_of_devices_take_few_requests(bot: Client, server: Server, rosa: Someone) -> None:
    for number in range(150):
        phone = rosa.devices[f"D{number}"] = Phone(rosa.user, f"D{number}")
        phone.offer()
    content = await said(bot, rosa)
    assert server.count("sendToDevice") == 2
    assert read(rosa.devices["D149"], content) == "hello"


def test_nio_still_has_the_names_that_we_lean_on(bot: Client) -> None:
    assert callable(Olm._olm_encrypt)
    assert callable(bot.olm.create_outbound_group_session)
    assert callable(bot.olm.group_encrypt)
    assert bot.olm.outbound_group_sessions == {}
    session = OutboundGroupSession()
    assert (session.users_shared_with, session.shared, session.max_messages) == (set(), False, 100)
    assert not session.expired


# -- the next key, and our own copy ----------------------------------------------------------------------


async def test_a_key_given_out_ahead_is_the_one_of_the_next_message(bot: Client, rosa: Someone) -> None:
    await bot.sharing.begin_next(ROOM, frozenset({rosa.user}))
    (key,) = rosa.devices["PHONE"].room_keys()
    content = await said(bot, rosa)
    assert content["session_id"] == key["session_id"]
    assert read(rosa.devices["PHONE"], content) == "hello"
    await bot.sharing.begin_next(ROOM, frozenset({rosa.user}))
    assert (await said(bot, rosa))["session_id"] != key["session_id"]


@pytest.mark.parametrize(("reads", "kept"), [(False, 0), (True, 1)])
async def test_no_key_to_what_we_said_ourselves_is_kept_unless_it_is_to_be_read(
    bot: Client, rosa: Someone, reads: bool, kept: int
) -> None:
    bot.sharing.reads_itself = reads
    content = await said(bot, rosa)
    rows = bot.store.database.execute_sql("SELECT session_id FROM megolminboundsessions").fetchall()
    assert rows == [(content["session_id"],)] * kept
    assert read(rosa.devices["PHONE"], content) == "hello"
