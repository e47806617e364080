"""We promise of everything that a member or a homeserver may send to harm us that …"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import (
    Message,
)
from bot.core.sensitive import Sensitive
from bot.ports import TryAgainLater
from tests.matrix.heard import MALLORY, NOW, ROSA, heard, mallory, rosa
from tests.matrix.wired import ROOM, Wired, bot_on, connected, listening
from tests.matrix.written import Writer, event, member, text

# -- what must not be believed -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "inner",
    [
        {"type": "m.room.power_levels", "state_key": "", "content": {"users": {MALLORY: 100}}},
        {"type": "m.room.member", "state_key": "@ghost:sws.test", "content": {"membership": "join"}},
        {"type": "m.room.member", "content": {"membership": "join"}},
        {"type": "m.room.redaction", "content": {"redacts": "$x"}, "redacts": "$x"},
        {"type": "m.room.message", "state_key": "", "content": {"msgtype": "m.text", "body": "x"}},
    ],
    ids=lambda inner: f"{inner['type']}-{'state_key' in inner}",
)
async def test_nothing_but_a_message_is_believed_when_it_comes_encrypted(
    tmp_path: Path, inner: dict[str, Any]
) -> None:
    person = mallory()
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["EVIL"], bot.server)
        sealed = phone.seal({**inner, "room_id": ROOM})
        assert await heard(bot, sealed, to_device=[phone.key()]) == ()
        assert bot.chat.client.rooms == {}


async def test_a_message_sealed_for_one_room_means_nothing_in_another(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        elsewhere = phone.write("x", room_id="!other:sws.test")
        assert await heard(bot, elsewhere, to_device=[phone.key()]) == ()


async def test_a_replay_under_a_new_event_id_is_refused_even_after_a_restart(tmp_path: Path) -> None:
    person, server = rosa(), Wired()
    server.keys.add(person)
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            await bot.chat.pull(None, NOW)
            phone = Writer(person.devices["PHONE"], server)
            original = phone.write("help")
            assert len(await heard(bot, original, to_device=[phone.key()])) == 1
            assert len(await heard(bot, original)) == 1
            assert await heard(bot, {**original, "event_id": "$replay"}) == ()
        async with bot_on(url, server, tmp_path) as bot:
            assert await heard(bot, {**original, "event_id": "$again"}) == ()
            assert len(await heard(bot, original)) == 1
            assert bot.journal.names == ["event.refused"]


# -- one malformed event costs one event ---------------------------------------------------------------------

JUNK: list[Any] = [None, 7, "x", [], {}, True, "\ud800", {"m": []}, "é" * 50, [[]] * 3]


def spoiled(good: dict[str, Any]) -> list[dict[str, Any]]:
    """The event with each of its parts, at any depth, left out or replaced with junk."""
    found: list[dict[str, Any]] = []

    def spoil(path: list[str], here: Any) -> None:
        for key in list(here) if isinstance(here, dict) else []:
            for junk in (*JUNK, KeyError):
                copy = json.loads(json.dumps(good))
                target = copy
                for step in path:
                    target = target[step]
                if junk is KeyError:
                    del target[key]
                else:
                    target[key] = junk
                found.append(copy)
            spoil([*path, key], here[key])

    spoil([], good)
    return found


async def test_a_malformed_to_device_message_costs_itself_and_nothing_after_it(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        bad = Writer(person.devices["PHONE"], bot.server)
        good = Writer(person.devices["PHONE"], bot.server)
        junk = [*spoiled(bad.key()), *JUNK]
        (message,) = await heard(bot, good.write("help"), to_device=[*junk, good.key(), *junk])
        assert message.body == Sensitive("help")
        assert bot.journal.names[0] == "to_device.malformed"


@pytest.mark.parametrize("part", ["content", "keys", "sender", "recipient", "recipient_keys", "type"])
async def test_a_malformed_room_key_inside_good_encryption_costs_itself(tmp_path: Path, part: str) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        bad = Writer(person.devices["PHONE"], bot.server)
        good = Writer(person.devices["PHONE"], bot.server)
        odd: tuple[Any, ...] = (7, [], {}, None, {"algorithm": 3, "room_id": []})
        junk = [bad.key(**{part: thing}) for thing in odd]
        (message,) = await heard(bot, good.write("help"), to_device=[*junk, good.key()])
        assert message.body == Sensitive("help")


async def test_a_malformed_room_event_costs_itself_and_nothing_after_it(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        bot.server.state[ROOM] = []
        phone = Writer(person.devices["PHONE"], bot.server)
        key = phone.key()
        inside = [
            phone.seal(thing) for thing in (b"\xff\xfe", b"[", b"[]", b"7", {"type": 3}, {"content": 1})
        ]
        plain = [
            *spoiled(text(ROSA, "x")),
            *spoiled(member(ROSA, "join")),
            *spoiled(event(ROSA, "m.room.redaction", {"redacts": "$x"})),
        ]
        odd = [*JUNK, *spoiled(phone.write("spoiled")), *inside, *plain]
        told = await heard(bot, *odd, phone.write("help"), *odd, to_device=[key])
        assert [thing.body for thing in told if isinstance(thing, Message)].count(Sensitive("help")) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"to_device": 7, "rooms": [], "device_lists": "x"},
        {"rooms": {"join": {ROOM: 3}, "invite": {ROOM: []}, "leave": []}},
        {"rooms": {"join": {ROOM: {"timeline": [], "state": {"events": 3}}}}},
        {"device_lists": {"changed": [1, None, {}]}, "device_one_time_keys_count": []},
    ],
)
async def test_an_answer_of_any_shape_moves_on_when_it_names_where_to(
    tmp_path: Path, body: dict[str, Any]
) -> None:
    async with connected(tmp_path) as bot:
        bot.server.syncs = [{"next_batch": "s1", **body}]
        batch = await bot.chat.pull("s0", NOW)
        assert (batch.bookmark, batch.incoming) == ("s1", ())


@pytest.mark.parametrize("body", [[], {}, {"next_batch": 7}, "x"])
async def test_an_answer_that_names_no_way_on_is_no_answer(tmp_path: Path, body: Any) -> None:
    async with connected(tmp_path) as bot:
        bot.server.syncs = [body]
        with pytest.raises(TryAgainLater):
            await bot.chat.pull("s0", NOW)
