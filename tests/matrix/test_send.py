"""We promise of everything that leaves for a room that …"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import EventId, Millis, Unsafe, UserId
from bot.core.sensitive import Sensitive
from bot.core.speech import Announced, Paragraph, Quote
from bot.ports import Forbidden, NotProven, NotSafe, TryAgainLater
from tests.matrix.safe import MAL, ROSA, ROSTER, SPOKEN, WORDS, Event, joined, rosa, safe
from tests.matrix.wired import ROOM, Bot, Wired, bot_on, connected, listening, refusal
from tests.matrix.world import BOT, Someone
from tests.matrix.written import sync


async def tell(bot: Bot, roster: frozenset[UserId] = ROSTER, key: str = "k") -> EventId:
    return await bot.chat.tell(ROOM, WORDS, roster, key)


def leaked(bot: Bot) -> bool:
    return "canary" in json.dumps([body for _, _, _, body in bot.server.asked])


# -- private words into a supporter room ---------------------------------------------------------------------


async def test_private_words_go_sealed_to_a_safe_room_once_for_each_key(tmp_path: Path) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        first = await tell(bot, key="case 1")
        assert await tell(bot, key="case 1") == first
        assert await tell(bot, key="case 2") != first
        assert [kind for kind, _ in bot.server.sent.values()] == ["m.room.encrypted"] * 2
        assert not leaked(bot)
        assert not any("case" in transaction for transaction in bot.server.sent)


UNSAFE: list[tuple[list[Event], Unsafe]] = [
    (safe(ROSA, **{"m.room.encryption": None}), Unsafe.NOT_ENCRYPTED),
    (safe(ROSA, **{"m.room.join_rules": {"join_rule": "public"}}), Unsafe.NOT_INVITE_ONLY),
    (safe(ROSA, **{"m.room.history_visibility": {"history_visibility": "shared"}}), Unsafe.HISTORY_OPEN),
    (safe(ROSA, **{"m.room.guest_access": {"guest_access": "can_join"}}), Unsafe.GUESTS),
    (safe(ROSA, MAL), Unsafe.STRANGER),
    ([*safe(ROSA), *joined(MAL, membership="invite")], Unsafe.STRANGER),
    (safe(ROSA, **{"m.room.tombstone": {"replacement_room": "!x"}}), Unsafe.REPLACED),
    (safe(), Unsafe.NOBODY_THERE),
    ([*safe(ROSA), *joined(BOT, membership="leave")], Unsafe.NOT_THERE),
    (safe(ROSA, **{"m.room.power_levels": {"events_default": 10}}), Unsafe.NOT_THERE),
]


@pytest.mark.parametrize(("room", "why"), UNSAFE, ids=lambda thing: getattr(thing, "value", ""))
async def test_not_a_word_leaves_for_a_room_that_is_not_safe_at_this_moment(
    tmp_path: Path, room: list[Event], why: Unsafe
) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        await tell(bot, key="before")
        bot.server.state[ROOM] = room
        bot.server.sent.clear()
        with pytest.raises(NotSafe) as raised:
            await tell(bot)
        assert raised.value.why is why
        assert bot.server.sent == {}


async def test_not_a_word_leaves_while_an_identity_is_missing_or_changed(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        bot.server.keys.silent_about = {ROSA}
        with pytest.raises(NotSafe) as raised:
            await tell(bot)
        assert raised.value.why is Unsafe.IDENTITY_MISSING
        bot.server.keys.silent_about = set()
        await tell(bot)
        bot.server.keys.add(Someone(ROSA, 9, "PHONE"))
        bot.server.syncs = [sync(device_lists={"changed": [ROSA], "left": []})]
        await bot.chat.pull("s0", Millis(0))
        with pytest.raises(NotSafe) as raised:
            await tell(bot, key="later")
        assert raised.value.why is Unsafe.IDENTITY_CHANGED


@pytest.mark.parametrize("answer", [refusal(403, "M_FORBIDDEN"), refusal(404, "M_NOT_FOUND")])
async def test_a_room_we_are_not_in_is_not_safe(tmp_path: Path, answer: Any) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.instead = [("/state", answer)]
        with pytest.raises(NotSafe) as raised:
            await tell(bot)
        assert raised.value.why is Unsafe.NOT_THERE


@pytest.mark.parametrize("room", [[], safe(ROSA)[1:], {"events": safe(ROSA)}, "x"])
async def test_an_incomplete_answer_about_a_room_means_that_nothing_is_sent(
    tmp_path: Path, room: Any
) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = room
        with pytest.raises(TryAgainLater):
            await tell(bot)
        assert bot.server.sent == {}


async def test_keys_go_to_the_people_of_the_homeservers_answer_and_to_invited_ones_only_if_they_may_look_back(
    tmp_path: Path,
) -> None:
    mal = Someone(MAL, 2, "PHONE")
    mal.devices["PHONE"].offer()
    both = frozenset({ROSA, MAL})
    async with connected(tmp_path, rosa(), mal) as bot:
        bot.server.state[ROOM] = [*safe(ROSA), *joined(MAL, membership="invite")]
        await tell(bot, both)
        assert not any(kind == "m.room.encrypted" for kind, _ in mal.devices["PHONE"].received)
        open_to_invited = {"m.room.history_visibility": {"history_visibility": "invited"}}
        bot.server.state[ROOM] = [*safe(ROSA, **open_to_invited), *joined(MAL, membership="invite")]
        await tell(bot, both, key="later")
        assert [key["room_id"] for key in mal.devices["PHONE"].room_keys()] == [ROOM]


async def test_who_left_gets_no_further_keys(tmp_path: Path) -> None:
    person, mal = rosa(), Someone(MAL, 2, "PHONE")
    mal.devices["PHONE"].offer()
    async with connected(tmp_path, person, mal) as bot:
        bot.server.state[ROOM] = safe(ROSA, MAL)
        await tell(bot, frozenset({ROSA, MAL}))
        bot.server.state[ROOM] = safe(ROSA)
        await tell(bot, key="later")
        sessions = {body["session_id"] for _, body in bot.server.sent.values()}
        assert len(sessions) == 2
        assert {key["session_id"] for key in person.devices["PHONE"].room_keys()} == sessions
        assert len(mal.devices["PHONE"].room_keys()) == 1


async def test_a_message_the_homeserver_did_not_name_was_not_sent(tmp_path: Path) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        bot.server.instead = [("/send/", refusal(200))]
        with pytest.raises(TryAgainLater):
            await tell(bot)


async def test_words_for_a_thread_are_found_in_it(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        await bot.chat.tell(ROOM, WORDS, ROSTER, "k", EventId("$root"))
        ((_, sealed),) = bot.server.sent.values()
        assert sealed["m.relates_to"]["event_id"] == "$root"


# -- private chats -------------------------------------------------------------------------------------------


async def test_a_whisper_is_sealed_for_one_person(tmp_path: Path) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        await bot.chat.whisper(ROOM, ROSA, WORDS, "k")
        assert [kind for kind, _ in bot.server.sent.values()] == ["m.room.encrypted"]
        assert not leaked(bot)


@pytest.mark.parametrize(
    ("room", "why"),
    [
        (safe(ROSA, **{"m.room.encryption": None}), Unsafe.NOT_ENCRYPTED),
        (safe(ROSA, MAL), Unsafe.STRANGER),
        ([*safe(ROSA), *joined(MAL, membership="invite")], Unsafe.STRANGER),
        (safe(MAL), Unsafe.STRANGER),
        (safe(), Unsafe.NOBODY_THERE),
        ([*safe(ROSA), *joined(ROSA, membership="leave")], Unsafe.NOBODY_THERE),
        (safe(ROSA, **{"m.room.tombstone": {}}), Unsafe.REPLACED),
        (
            safe(ROSA, **{"m.room.history_visibility": {"history_visibility": "world_readable"}}),
            Unsafe.HISTORY_OPEN,
        ),
        ([*safe(ROSA), *joined(BOT, membership="leave")], Unsafe.NOT_THERE),
    ],
    ids=lambda thing: getattr(thing, "value", ""),
)
async def test_nothing_is_whispered_where_anybody_else_could_read_it(
    tmp_path: Path, room: list[Event], why: Unsafe
) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = room
        with pytest.raises(NotSafe) as raised:
            await bot.chat.whisper(ROOM, ROSA, WORDS, "k")
        assert raised.value.why is why
        assert bot.server.sent == {}


async def test_what_nobody_could_read_was_not_said_and_their_app_says_why(tmp_path: Path) -> None:
    """Or a supporter would be told that "the worker has it"."""
    person = Someone(ROSA, 1, "LAPTOP")
    person.devices["LAPTOP"].signed = False
    async with connected(tmp_path, person) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        with pytest.raises(NotSafe) as raised:
            await bot.chat.whisper(ROOM, ROSA, WORDS, "k")
        assert raised.value.why is Unsafe.IDENTITY_MISSING
        assert [note["code"] for note in person.devices["LAPTOP"].withheld()] == ["m.unverified"]
        assert person.devices["LAPTOP"].room_keys() == []
        assert not leaked(bot)


async def test_what_is_written_to_ourselves_needs_nobody_elses_device(tmp_path: Path) -> None:
    """The round trip before the bot says that it is ready."""
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = safe()
        await bot.chat.whisper(ROOM, UserId(BOT), WORDS, "k")
        assert [kind for kind, _ in bot.server.sent.values()] == ["m.room.encrypted"]


async def test_a_bot_whose_own_room_somebody_came_into_says_so_and_is_not_ready(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        with pytest.raises(TryAgainLater):  # the room is made; what is in it this homeserver cannot say
            await bot.chat.prove()
        (own,) = bot.server.state
        bot.server.state[own] += safe(MAL)
        with pytest.raises(NotProven, match="stranger"):
            await bot.chat.prove()
        assert bot.server.sent == {}


async def test_not_to_have_heard_of_a_persons_devices_is_not_to_know(tmp_path: Path) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        bot.server.keys.silent_about = {ROSA}
        with pytest.raises(NotSafe) as raised:
            await bot.chat.whisper(ROOM, ROSA, WORDS, "k")
        assert raised.value.why is Unsafe.UNKNOWN
        assert bot.server.sent == {}


async def test_an_invited_person_can_read_what_was_whispered_before_they_came(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        history = {"m.room.history_visibility": {"history_visibility": "invited"}}
        bot.server.state[ROOM] = [*safe(**history), *joined(ROSA, membership="invite")]
        await bot.chat.whisper(ROOM, ROSA, WORDS, "k")
        assert len(person.devices["PHONE"].room_keys()) == 1


# -- words for anybody ---------------------------------------------------------------------------------------


async def test_public_words_are_sealed_where_the_room_is_and_plain_where_it_is_not(tmp_path: Path) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA, **{"m.room.encryption": None})
        await bot.chat.say(ROOM, SPOKEN, "plain")
        bot.server.state[ROOM] = safe(ROSA)
        await bot.chat.say(ROOM, SPOKEN, "sealed")
        assert [kind for kind, _ in bot.server.sent.values()] == ["m.room.message", "m.room.encrypted"]


async def test_an_alert_is_sealed_where_the_room_is_and_the_same_key_sends_it_once(tmp_path: Path) -> None:
    alert = Announced((Paragraph("They warn:"), Quote(Sensitive("the canary sings"))))
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        first = await bot.chat.announce(ROOM, alert, "one")
        assert [kind for kind, _ in bot.server.sent.values()] == ["m.room.encrypted"]
        assert not leaked(bot)
        # Who takes it back says something else under its key, and is told under which event it stands.
        assert await bot.chat.say(ROOM, SPOKEN, "one") == first
        assert len(bot.server.sent) == 1


async def test_other_words_under_its_key_say_under_which_event_something_stands(tmp_path: Path) -> None:
    """Of what was sent in the moment we were ended, wherever it stands and in whatever's place."""
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        chat = bot.chat
        sent = {
            "told": await chat.tell(ROOM, WORDS, ROSTER, "told"),
            "in a thread": await chat.tell(ROOM, WORDS, ROSTER, "in a thread", EventId("$card")),
            "retold": await chat.retell(ROOM, EventId("$card"), WORDS, ROSTER, "retold"),
            "whispered": await chat.whisper(ROOM, ROSA, WORDS, "whispered"),
            "changed": await chat.rewhisper(ROOM, ROSA, EventId("$said"), WORDS, "changed"),
        }
        assert {key: await chat.say(ROOM, SPOKEN, key) for key in sent} == sent
        assert len(bot.server.sent) == len(set(sent.values())) == len(sent)


async def test_also_where_nobody_may_be_told_anything_any_more(tmp_path: Path) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        first = await tell(bot)
        bot.server.state[ROOM] = safe(ROSA, MAL)
        with pytest.raises(NotSafe):
            await tell(bot)
        assert await bot.chat.say(ROOM, SPOKEN, "k") == first


async def test_a_room_that_was_encrypted_never_gets_plain_words_whatever_the_homeserver_says(
    tmp_path: Path,
) -> None:
    server = Wired()
    server.keys.add(rosa())
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            turned_on = {"type": "m.room.encryption", "state_key": ""}
            server.syncs = [sync(timeline={"events": []})]
            server.syncs[0]["rooms"]["join"][ROOM]["state"] = {"events": [turned_on]}
            await bot.chat.pull("s0", Millis(0))
        server.state[ROOM] = safe(ROSA, **{"m.room.encryption": None})
        async with bot_on(url, server, tmp_path) as bot:
            with pytest.raises(Forbidden):
                await bot.chat.say(ROOM, SPOKEN, "k")
            assert server.sent == {}


async def test_public_words_are_not_sent_in_the_clear_when_nobody_can_say_whether_the_room_is_encrypted(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path, rosa()) as bot:
        bot.server.state[ROOM] = safe(ROSA)
        for answer in (refusal(500), refusal(403, "M_FORBIDDEN")):
            bot.server.instead = [("m.room.encryption", answer)]
            with pytest.raises((TryAgainLater, Forbidden)):
                await bot.chat.say(ROOM, SPOKEN, "k")
        assert bot.server.sent == {}
