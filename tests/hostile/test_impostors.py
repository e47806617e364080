"""We promise that on the wire nobody becomes somebody else, and that …"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import Message, Millis, Trust
from bot.core.sensitive import Sensitive
from bot.core.speech import Paragraph, Quote, Spoken, Whispered
from tests.hostile import corpus
from tests.hostile.test_corpus import ANA, MALLORY, PLAIN, ROSA, TEAM, Scene, scene, state, team
from tests.matrix.wired import ROOM, Wired, bot_on, listening
from tests.matrix.world import Answer, Someone
from tests.matrix.written import Writer, event, sync
from tests.matrix.written import text as plain_text


async def heard(here: Scene, *events: dict[str, Any], **more: Any) -> list[tuple[str, str, Trust]]:
    """Sender, words and trust of every message of one sync."""
    here.bot.server.syncs.append(sync(*events, **more))
    batch = await here.bot.chat.pull("s0", Millis(0))
    return [(m.sender, m.body.reveal(), m.trust) for m in batch.incoming if isinstance(m, Message)]


# -- a room is as encrypted as its state says ----------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["sealed, and nobody has the key", "encryption turned on by an ordinary event"]
)
async def test_no_ordinary_event_makes_us_believe_that_a_room_is_encrypted(tmp_path: Path, name: str) -> None:
    """Else one member could have every plain call for help of a room refused as a forgery, for good."""
    async with scene(tmp_path) as here:
        await heard(here, event(MALLORY, *corpus.TIMELINE[name]), room=PLAIN)
        assert await heard(here, plain_text(ROSA, "#swshelp"), room=PLAIN) == [
            (ROSA, "#swshelp", Trust.PLAIN)
        ]
        assert await here.bot.chat.say(PLAIN, Spoken((Paragraph("Hello"),)), "k")  # type: ignore[arg-type]


async def test_an_ordinary_event_excuses_no_plain_message_in_an_encrypted_room(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        later = event(MALLORY, "m.room.encryption", {"algorithm": corpus.MEGOLM})
        assert await heard(here, plain_text(ROSA, "x"), later) == [(ROSA, "x", Trust.INJECTED)]


# -- keys and words of others --------------------------------------------------------------------------------


@pytest.mark.parametrize("says_whose", [True, False])
@pytest.mark.parametrize("first", [ROSA, MALLORY])
async def test_a_room_key_passed_on_as_ones_own_hides_nothing_of_its_owner(
    tmp_path: Path, first: str, says_whose: bool
) -> None:
    async with scene(tmp_path) as here:
        owner = Writer(here.rosa.devices["PHONE"], here.bot.server)
        thief = Writer(here.mallory.devices["EVIL"], here.bot.server)
        thief.group, thief._first_key = owner.group, owner._first_key
        keys = [owner.key(), thief.key()]
        sealed = owner.write("help")
        if not says_whose:
            del sealed["content"]["sender_key"]
        to_device = keys if first == ROSA else keys[::-1]
        assert await heard(here, sealed, to_device=to_device) == [(ROSA, "help", Trust.SIGNED)]


async def test_with_a_stolen_room_key_nobody_writes_as_its_owner(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        owner = Writer(here.rosa.devices["PHONE"], here.bot.server)
        key = owner.key()
        sealed = owner.write("I am Mallory")
        forged = {**sealed, "sender": MALLORY}
        assert await heard(here, forged, to_device=[key]) == []


async def test_what_only_a_key_passed_on_by_another_opens_waits_for_its_authors_own_key(
    tmp_path: Path,
) -> None:
    """Else a member who is quick with somebody's key could have every word of theirs called forged."""
    async with scene(tmp_path) as here:
        owner = Writer(here.rosa.devices["PHONE"], here.bot.server)
        thief = Writer(here.mallory.devices["EVIL"], here.bot.server)
        thief.group, thief._first_key = owner.group, owner._first_key
        here.bot.server.syncs.append(sync(owner.write("help"), to_device=[thief.key()]))
        batch = await here.bot.chat.pull("s0", Millis(0))
        assert batch.incoming == ()
        here.bot.server.syncs.append(sync(to_device=[owner.key()]))
        assert (await here.bot.chat.pull("s1", Millis(0))).keys_came
        read = await here.bot.chat.read_again(batch.undecrypted[0])
        assert isinstance(read, Message)
        assert (read.body, read.trust) == (Sensitive("help"), Trust.SIGNED)


async def test_a_copy_in_another_name_that_arrives_first_does_not_use_up_the_original(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        phone = Writer(here.rosa.devices["PHONE"], here.bot.server)
        key, original = phone.key(), phone.write("help")
        copy = {**original, "sender": MALLORY, "event_id": "$copy"}
        assert await heard(here, copy, original, to_device=[key]) == [(ROSA, "help", Trust.SIGNED)]


async def test_a_copy_made_with_a_key_passed_on_as_ones_own_does_not_use_up_the_original(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        owner = Writer(here.rosa.devices["PHONE"], here.bot.server)
        thief = Writer(here.mallory.devices["EVIL"], here.bot.server)
        thief.group, thief._first_key = owner.group, owner._first_key
        keys = [thief.key(), owner.key()]
        original = owner.write("help")
        copy = {**original, "sender": MALLORY, "event_id": "$copy"}
        assert await heard(here, copy, original, to_device=keys) == [
            (MALLORY, "help", Trust.SIGNED),
            (ROSA, "help", Trust.SIGNED),
        ]


@pytest.mark.parametrize("claims", [ROOM, PLAIN])
async def test_who_is_first_with_somebodys_room_key_takes_nothing_from_its_author_after_a_restart(
    tmp_path: Path, claims: str
) -> None:
    rosa, mallory, server = Someone(ROSA, 1, "PHONE"), Someone(MALLORY, 2, "EVIL"), Wired()
    server.keys.add(rosa, mallory)
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            await bot.chat.pull(None, Millis(0))
            owner, thief = Writer(rosa.devices["PHONE"], server), Writer(mallory.devices["EVIL"], server)
            thief.group, thief._first_key, thief.room = owner.group, owner._first_key, claims
            for key in (thief.key(), owner.key()):
                server.syncs = [sync(to_device=[key])]
                await bot.chat.pull("s0", Millis(0))
        for word in ("help", "help me"):
            async with bot_on(url, server, tmp_path) as bot:
                server.syncs = [sync(owner.write(word))]
                (message,) = (await bot.chat.pull("s1", Millis(0))).incoming
                assert isinstance(message, Message)
                assert (message.body, message.trust) == (Sensitive(word), Trust.SIGNED)


async def test_of_two_copies_that_waited_for_their_senders_devices_one_is_read(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        here.bot.server.keys.silent_about = {ROSA}
        phone = Writer(here.rosa.devices["PHONE"], here.bot.server)
        original = phone.write("help")
        copy = {**original, "event_id": "$copy"}
        here.bot.server.syncs.append(sync(original, copy, to_device=[phone.key()]))
        waiting = (await here.bot.chat.pull("s0", Millis(0))).undecrypted
        here.bot.server.keys.silent_about = set()
        read = [await here.bot.chat.read_again(each) for each in waiting]
        assert [getattr(each, "trust", None) for each in read] == [Trust.SIGNED, None]


async def test_a_replay_in_the_owners_name_is_refused_before_and_after_a_restart(tmp_path: Path) -> None:
    person, server = Someone(ROSA, 1, "PHONE"), Wired()
    server.keys.add(person)
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            await bot.chat.pull(None, Millis(0))
            phone = Writer(person.devices["PHONE"], server)
            original = phone.write("help")
            server.syncs = [sync(original, {**original, "event_id": "$r1"}, to_device=[phone.key()])]
            assert len((await bot.chat.pull("s0", Millis(0))).incoming) == 1
        async with bot_on(url, server, tmp_path) as bot:
            server.syncs = [sync({**original, "event_id": "$r2"}), sync(original)]
            assert (await bot.chat.pull("s1", Millis(0))).incoming == ()
            assert len((await bot.chat.pull("s2", Millis(0))).incoming) == 1


@pytest.mark.parametrize("key", ["👍", "✅", "!claim", "", 7, None])
async def test_no_reaction_is_heard_but_a_raised_hand(tmp_path: Path, key: object) -> None:
    """They travel in the clear: a homeserver can write one in anybody's name."""
    async with scene(tmp_path) as here:
        relation = {"rel_type": "m.annotation", "event_id": "$card", "key": key}
        others = await here.neighbour_survives(event(ROSA, "m.reaction", {"m.relates_to": relation}))
        assert others == ()


async def test_a_sealed_message_carries_the_outer_sender_and_never_the_one_inside(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        phone = Writer(here.mallory.devices["EVIL"], here.bot.server)
        key = phone.key()
        sealed = phone.write("x", sender=ROSA, event_id="$other", origin_server_ts=1)
        assert await heard(here, sealed, to_device=[key]) == [(MALLORY, "x", Trust.SIGNED)]


# -- one person's homeserver or name costs nobody else -------------------------------------------------------


async def test_a_homeserver_that_is_slow_about_its_people_is_asked_once_for_a_whole_sync(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        people = [Someone(f"@slow{n}:sws.test", 10 + n, "PHONE") for n in range(5)]
        here.bot.server.keys.add(*people)
        here.bot.server.keys.silent_about = {person.user for person in people}
        writers = [Writer(person.devices["PHONE"], here.bot.server) for person in people]
        keys = tuple(writer.key() for writer in writers)
        bad = [writer.write(f"{n}") for n in range(4) for writer in writers]
        asked = here.bot.server.keys.count("keys/query")
        await here.neighbour_survives(*bad, to_us=keys)
        assert here.bot.server.keys.count("keys/query") - asked <= 2


async def test_somebody_who_keeps_writing_with_a_foreign_key_is_asked_about_once_a_sync(
    tmp_path: Path,
) -> None:
    async with scene(tmp_path) as here:
        owner = Writer(here.rosa.devices["PHONE"], here.bot.server)
        key = owner.key()
        forged = [{**owner.write(f"{n}"), "sender": MALLORY} for n in range(10)]
        here.bot.server.keys.asked.clear()
        here.bot.server.syncs.append(sync(*forged, to_device=[key]))
        kept = (await here.bot.chat.pull("s0", Millis(0))).undecrypted
        for each in kept:
            assert await here.bot.chat.read_again(each) is None
        assert len(kept) == 10
        asked = [body["device_keys"] for where, body in here.bot.server.keys.asked if "keys/query" in where]
        assert sum(MALLORY in about for about in asked) <= 2


async def test_a_member_whose_name_no_homeserver_takes_keeps_nobody_from_being_told(tmp_path: Path) -> None:
    """Homeservers refuse a whole question about devices for one name in it that is none."""

    def strict(where: str, body: Any) -> Any:
        asked = here.bot.server.keys.asked[-1][1].get("device_keys", {})
        proper = all(user.startswith("@") and ":" in user and user.isprintable() for user in asked)
        return body if "keys/query" not in where or proper else Answer({"errcode": "M_INVALID_PARAM"}, 400)

    async with scene(tmp_path) as here:
        here.bot.server.keys.spoil = strict
        names = ("garbage", "", "@x", "@\u202e:sws.test")
        odd = [state("m.room.member", {"membership": "invite"}, name) for name in names]
        here.bot.server.state[ROOM] = [*team(ROSA), *odd]
        assert await here.bot.chat.say(ROOM, Spoken((Paragraph("Hello"),)), "k")
        here.bot.server.syncs.append(sync(device_lists={"changed": [*names, 7]}))
        await here.bot.chat.pull("s0", Millis(0))
        await here.telling_arrives()


# -- long words ----------------------------------------------------------------------------------------------


async def test_words_too_long_for_one_event_arrive_in_several_and_each_of_them_once(tmp_path: Path) -> None:
    async with scene(tmp_path) as here:
        words = Whispered((Paragraph("A case."), Quote(Sensitive("é<\n" * 16_000)), Paragraph("The end.")))
        first = await here.bot.chat.tell(TEAM, words, frozenset({ANA}), "long")
        sent = dict(here.bot.server.sent)
        assert len(sent) > 2
        assert max(len(json.dumps(content)) for _, content in sent.values()) < 62_000
        threads = [content.get("m.relates_to", {}).get("event_id") for _, content in sent.values()]
        assert threads == [None, *[first] * (len(sent) - 1)]
        assert await here.bot.chat.tell(TEAM, words, frozenset({ANA}), "long") == first
        assert here.bot.server.sent.keys() == sent.keys()
