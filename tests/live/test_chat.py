"""We promise of the Chat on a real homeserver that …"""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.core.model import (
    EventId,
    Invitation,
    Membership,
    Message,
    Power,
    Presence,
    Removal,
    RoomId,
    Trust,
    Unsafe,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.core.speech import Paragraph, Quote, Spoken, Whispered
from bot.demo.homeserver import Homeserver
from bot.matrix.chat import MatrixChat
from bot.matrix.reading import MEGOLM
from bot.matrix.wire import path
from bot.ports import NotSafe
from tests.live.ours import NUMBERS, Pins, RealClock, people
from tests.live.people import Client as Manner
from tests.live.people import Event, Person

pytestmark = pytest.mark.live


def said(words: str) -> Whispered:
    return Whispered((Paragraph("A case."), Quote(Sensitive(words))))


def is_arrival(event: Event, user: str) -> bool:
    return event.state_key == user and event.content.get("membership") == "join"


async def test_the_bot_hears_itself_before_it_says_it_is_ready(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot") as (bot,):
        await bot.chat.prove()
        await bot.chat.prove()


async def test_an_encrypted_message_arrives_signed_and_the_answer_is_read(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        room = await rosa.room(bot)
        await rosa.write(room, "hello bot")
        heard = await bot.hear(Message, room=room)
        assert (heard.body, heard.trust, heard.sender) == (Sensitive("hello bot"), Trust.SIGNED, rosa.user)
        told = await bot.chat.tell(room, said("words"), frozenset({rosa.user}), "k1")
        assert told == await bot.chat.tell(room, said("words"), frozenset({rosa.user}), "k1")
        await rosa.listen()
        assert not rosa.unread
        assert rosa.journal.events == []


async def test_what_was_sent_is_found_again_by_its_key_and_removed(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    """As after an end of the program between the homeserver's taking it and our writing that down."""
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        room = await rosa.room(bot)
        card = await bot.chat.tell(room, said("a card"), frozenset({rosa.user}), "card")
        told = await bot.chat.tell(room, said("more"), frozenset({rosa.user}), "more", card)
        changed = await bot.chat.retell(room, card, said("else"), frozenset({rosa.user}), "else")
        nothing = Spoken((Paragraph("Something that stood here was taken back."),))
        for key, event in (("more", told), ("else", changed)):
            assert await bot.chat.say(room, nothing, key) == event
            await bot.chat.remove(room, event, f"gone {key}")
        await rosa.listen()
        heard = [thing.body.reveal() for thing in rosa.heard if isinstance(thing, Message)]
        assert not any("taken back" in words for words in heard)
        for event in (told, changed):
            shown = await rosa.ask("GET", path("rooms", room, "event", event))
            assert "ciphertext" not in shown["content"]


async def test_private_chat(homeserver: Homeserver, tmp_path: Path) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        room = await bot.chat.open_private_chat(rosa.user, "k")
        assert room == await bot.chat.open_private_chat(rosa.user, "k")
        await bot.chat.whisper(room, rosa.user, said("x"), "w")
        asked = await rosa.hear(Invitation, room=room)
        assert asked.direct
        await rosa.chat.join(room)
        await rosa.write(room, "thanks")
        assert (await bot.hear(Message, room=room)).trust is Trust.SIGNED
        assert (await bot.chat.power(room, rosa.user), await bot.chat.power(room, bot.user)) == (
            Power.MEMBER,
            Power.ADMIN,
        )
        facts = await bot.chat.facts(room)
        assert (facts.may_repair, facts.may_remove, facts.may_speak) == (True, True, True)


async def test_a_long_absence_loses_nothing_and_doubles_nothing(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        sealed, plain = await rosa.room(bot), await rosa.room(bot, encrypted=False)
        await bot.listen()
        bot.heard.clear()
        for number in range(120):
            await rosa.write(plain, f"plain {number}")
        for number in range(70):
            await rosa.write(sealed, f"sealed {number}")
        await bot.listen()
        said = [thing.body.reveal() for thing in bot.heard if isinstance(thing, Message)]
        assert [words for words in said if "plain" in words] == [f"plain {number}" for number in range(120)]
        assert [words for words in said if "sealed" in words] == [f"sealed {number}" for number in range(70)]
        assert not bot.unread


async def test_the_first_words_of_a_chat_are_heard_though_they_were_sent_before_the_bot_came(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        state = [{"type": "m.room.encryption", "state_key": "", "content": {"algorithm": MEGOLM}}]
        body = {"preset": "trusted_private_chat", "initial_state": state, "is_direct": True}
        room = RoomId((await rosa.ask("POST", path("createRoom"), body))["room_id"])
        await rosa.write(room, "before the invitation")
        await rosa.ask("POST", path("rooms", room, "invite"), {"user_id": bot.user})
        await rosa.write(room, "right after the invitation")
        await bot.hear(Invitation, room=room)
        await bot.chat.join(room)
        heard = await bot.hear(Message, room=room)
        assert (heard.body, heard.trust) == (Sensitive("right after the invitation"), Trust.SIGNED)
        await bot.listen()
        assert len([thing for thing in bot.heard if isinstance(thing, Message)]) == 1
        assert not bot.unread


async def test_a_restart_with_the_same_bookmark_hears_everything_again_and_reads_it(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        room = await rosa.room(bot)
        await bot.listen()
        bookmark = bot.bookmark
        await rosa.write(room, "help")
        for _ in range(2):
            bot.bookmark, bot.heard = bookmark, []
            assert (await bot.hear(Message, room=room)).trust is Trust.SIGNED
            await bot.chat.close()
            bot.chat = MatrixChat(bot.session, bot.folder, Pins(), RealClock(), bot.journal)
            await bot.chat.open()
        assert not bot.unread


async def test_power_removal_and_being_put_out(homeserver: Homeserver, tmp_path: Path) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa", "mal") as (bot, rosa, mal):
        levels = {"users": {bot.user: 50}}
        room = await rosa.room(bot, mal, encrypted=False, power_level_content_override=levels)
        assert await bot.chat.power(room, rosa.user) is Power.ADMIN
        assert await bot.chat.power(room, mal.user) is Power.MEMBER
        post = await mal.write(room, "post")
        await bot.listen()
        await bot.chat.remove(room, EventId(post), "k")
        await bot.chat.remove(room, EventId(post), "k")
        await bot.listen()
        await mal.chat.leave(room)
        assert await bot.chat.power(room, mal.user) is Power.ABSENT
        assert (await bot.hear(Membership, person=mal.user, presence=Presence.GONE)).room == room
        await rosa.write(room, "last words")
        await rosa.ask("POST", path("rooms", room, "kick"), {"user_id": bot.user})
        assert (await bot.hear(Membership, person=bot.user, presence=Presence.GONE)).room == room
        assert any(
            isinstance(thing, Message) and thing.body == Sensitive("last words") for thing in bot.heard
        )
        with pytest.raises(NotSafe) as raised:
            await bot.chat.tell(room, said("x"), frozenset({rosa.user}), "t")
        assert raised.value.why is Unsafe.NOT_THERE


async def test_a_room_is_safe_until_somebody_else_comes_and_repaired_by_the_bot(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa", "mal") as (bot, rosa, mal):
        levels = {"users": {bot.user: 100}}
        room = await rosa.room(bot, power_level_content_override=levels)
        roster = frozenset({rosa.user})
        await bot.chat.tell(room, said("one"), roster, "1")
        await rosa.ask("POST", path("rooms", room, "invite"), {"user_id": mal.user})
        with pytest.raises(NotSafe) as raised:
            await bot.chat.tell(room, said("two"), roster, "2")
        assert raised.value.why is Unsafe.STRANGER
        await mal.chat.leave(room)
        shared = {"history_visibility": "shared"}
        await rosa.ask("PUT", path("rooms", room, "state", "m.room.history_visibility", ""), shared)
        with pytest.raises(NotSafe) as raised:
            await bot.chat.tell(room, said("three"), roster, "3")
        assert raised.value.why is Unsafe.HISTORY_OPEN
        await bot.chat.repair(room)
        await bot.chat.tell(room, said("three"), roster, "3")


@pytest.mark.parametrize("client", Manner)
async def test_todays_clients_read_the_bot_without_a_shield_and_are_read(
    homeserver: Homeserver, tmp_path: Path, client: Manner
) -> None:
    async with people(homeserver, tmp_path, "bot") as (bot,):
        name = f"vera{next(NUMBERS)}"
        await homeserver.register(name, "password")
        async with await Person.enter(homeserver.url, name, "password", client) as vera:
            room = await vera.create_supporter_room()
            await vera.invite(room, bot.user)
            await bot.hear(Invitation, room=room)
            await bot.chat.join(RoomId(room))
            await vera.wait_for(room, lambda e: is_arrival(e, bot.user), "the bot")
            root = await vera.send(room, "hello bot")
            heard = await bot.hear(Message, room=room)
            assert (heard.body, heard.trust) == (Sensitive("hello bot"), Trust.SIGNED)
            roster = frozenset({UserId(vera.user)})
            told = await bot.chat.tell(RoomId(room), said("<b>words</b>"), roster, "k", EventId(root))
            seen = await vera.wait_for_event(room, told)
            assert seen.clean
            assert (seen.thread, seen.body) == (root, "A case.\n\n> <b>words</b>")
            assert "&lt;b&gt;words" in seen.formatted
            chat = await bot.chat.open_private_chat(UserId(vera.user), "chat")
            whispered = await bot.chat.whisper(chat, UserId(vera.user), said("for you"), "w")
            await vera.accept(by=bot.user)
            assert (await vera.wait_for_event(chat, whispered)).clean
            await vera.edit(room, root, "hello, bot")
            edited = await bot.hear(Message, edits=root)
            assert (edited.body, edited.trust) == (Sensitive("hello, bot"), Trust.SIGNED)
            await vera.redact(room, root)
            assert (await bot.hear(Removal, target=root)).room == room


async def test_the_homeserver_and_the_disk_hold_no_word_of_what_was_told(
    homeserver: Homeserver, tmp_path: Path
) -> None:
    async with people(homeserver, tmp_path, "bot", "rosa") as (bot, rosa):
        room = await rosa.room(bot)
        await bot.chat.tell(room, said("canary-7261"), frozenset({rosa.user}), "k")
        await rosa.write(room, "canary-7261")
        await bot.hear(Message, room=room)
        assert homeserver.sees("SELECT count(*) FROM event_json WHERE json LIKE '%canary-7261%'") == [(0,)]
        files = [file for file in tmp_path.rglob("*") if file.is_file()]  # noqa: ASYNC240 - a look at files
        assert files
        assert not [file for file in files if b"canary-7261" in file.read_bytes()]
