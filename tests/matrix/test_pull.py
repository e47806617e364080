"""We promise of everything that comes in from a homeserver that …"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import (
    IdentityChange,
    Invitation,
    Membership,
    Message,
    Millis,
    Presence,
    Removal,
    Trust,
    Unreadable,
)
from bot.core.sensitive import Sensitive
from bot.ports import LoggedOut, TryAgainLater
from tests.matrix.wired import (
    ROOM,
    Bot,
    Wired,
    Writer,
    bot_on,
    connected,
    event,
    listening,
    member,
    refusal,
    sync,
    text,
)
from tests.matrix.world import BOT, Someone

ROSA = "@rosa:sws.test"
MALLORY = "@mallory:sws.test"
NOW = Millis(0)
ENCRYPTION = {"type": "m.room.encryption", "state_key": "", "content": {"algorithm": "m.megolm.v1.aes-sha2"}}


def rosa() -> Someone:
    return Someone(ROSA, 1, "PHONE")


def mallory() -> Someone:
    return Someone(MALLORY, 2, "EVIL")


async def heard(bot: Bot, *events: dict[str, Any], **more: Any) -> tuple[Any, ...]:
    """What one sync with these events comes to."""
    bot.server.syncs.append(sync(*events, **more))
    return (await bot.chat.pull("s0", NOW)).incoming


# -- messages ------------------------------------------------------------------------------------------------


async def test_a_message_of_a_cross_signed_device_is_heard_as_signed(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        bot.server.syncs = [sync(phone.write("help"), to_device=[phone.key()])]
        batch = await bot.chat.pull("s0", NOW)
        (message,) = batch.incoming
        assert isinstance(message, Message)
        assert (message.body, message.trust, message.sender) == (Sensitive("help"), Trust.SIGNED, ROSA)
        assert (batch.keys_came, batch.undecrypted) == (True, ())


async def test_a_message_of_a_device_that_its_owner_did_not_sign_is_heard_as_unsigned(tmp_path: Path) -> None:
    person = rosa()
    person.devices["PHONE"].signed = False
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        (message,) = await heard(bot, phone.write(), to_device=[phone.key()])
        assert message.trust is Trust.UNSIGNED


async def test_a_message_sent_in_the_name_of_another_is_never_bound_to_them(tmp_path: Path) -> None:
    """The class of CVE-2025-48937: Mallory's key, and a homeserver that says that Rosa sent it."""
    victim, attacker = rosa(), mallory()
    async with connected(tmp_path, victim, attacker) as bot:
        phone = Writer(attacker.devices["EVIL"], bot.server)
        forged = {**phone.write("I am Rosa"), "sender": ROSA}
        (message,) = await heard(bot, forged, to_device=[phone.key()])
        assert (message.sender, message.trust) == (ROSA, Trust.UNBOUND)


async def test_a_room_key_that_claims_the_signing_key_of_another_device_binds_to_nobody(
    tmp_path: Path,
) -> None:
    victim, attacker = rosa(), mallory()
    async with connected(tmp_path, victim, attacker) as bot:
        phone = Writer(attacker.devices["EVIL"], bot.server)
        key = phone.key(keys={"ed25519": victim.devices["PHONE"].ed25519})
        (message,) = await heard(bot, phone.write(), to_device=[key])
        assert message.trust is Trust.UNBOUND


async def test_a_new_device_of_a_known_person_is_asked_about_before_it_is_judged(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        await bot.chat.client.devices.learn([person.user])
        person.devices |= Someone(ROSA, 1, "NEW").devices
        phone = Writer(person.devices["NEW"], bot.server)
        (message,) = await heard(bot, phone.write(), to_device=[phone.key()])
        assert message.trust is Trust.SIGNED


async def test_a_message_of_somebody_nobody_tells_us_about_waits_instead_of_counting_as_forged(
    tmp_path: Path,
) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        bot.server.keys.silent_about = {ROSA}
        phone = Writer(person.devices["PHONE"], bot.server)
        bot.server.syncs = [sync(phone.write("help"), to_device=[phone.key()])]
        batch = await bot.chat.pull("s0", NOW)
        assert batch.incoming == ()
        bot.server.keys.silent_about = set()
        message = await bot.chat.read_again(batch.undecrypted[0])
        assert isinstance(message, Message)
        assert (message.body, message.trust) == (Sensitive("help"), Trust.SIGNED)


async def test_another_identity_than_the_one_first_seen_is_reported_and_marked(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        await bot.chat.client.devices.learn([person.user])
        other = Someone(ROSA, 9, "PHONE")
        bot.server.keys.add(other)
        phone = Writer(other.devices["PHONE"], bot.server)
        told = await heard(
            bot, phone.write(), to_device=[phone.key()], device_lists={"changed": [ROSA], "left": []}
        )
        assert [thing.trust for thing in told if isinstance(thing, Message)] == [Trust.CHANGED]
        assert [thing.person for thing in told if isinstance(thing, IdentityChange)] == [ROSA]


async def test_a_plain_message_in_a_plain_room_is_heard_as_plain(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        (message,) = await heard(bot, text(ROSA, "help"))
        assert message.trust is Trust.PLAIN


async def test_a_plain_message_in_an_encrypted_room_is_heard_as_injected(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = [ENCRYPTION]
        (message,) = await heard(bot, text(ROSA, "help"))
        assert message.trust is Trust.INJECTED


async def test_what_was_said_before_a_room_became_encrypted_stays_plain(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = [ENCRYPTION]
        turned_on = event(ROSA, "m.room.encryption", ENCRYPTION["content"], state_key="")  # type: ignore[arg-type]
        before, after = await heard(bot, text(ROSA, "before"), turned_on, text(ROSA, "after"))
        assert (before.trust, after.trust) == (Trust.PLAIN, Trust.INJECTED)


async def test_a_room_once_encrypted_stays_so_for_us_after_a_restart_whatever_the_homeserver_says(
    tmp_path: Path,
) -> None:
    server = Wired()
    async with listening(server) as url:
        async with bot_on(url, server, tmp_path) as bot:
            server.state[ROOM] = [ENCRYPTION]
            await heard(bot, text(ROSA, "one"))
        server.state[ROOM] = []
        async with bot_on(url, server, tmp_path) as bot:
            (message,) = await heard(bot, text(ROSA, "two"))
            assert message.trust is Trust.INJECTED


async def test_encryption_that_is_turned_on_later_is_noticed(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        await heard(bot, text(ROSA, "one"))
        bot.server.state[ROOM] = [ENCRYPTION]
        turned_on = event(ROSA, "m.room.encryption", {"algorithm": "m.megolm.v1.aes-sha2"}, state_key="")
        await heard(bot, turned_on)
        (message,) = await heard(bot, text(ROSA, "two"))
        assert message.trust is Trust.INJECTED


async def test_our_own_words_are_not_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        assert await heard(bot, text(BOT, "hello")) == ()


async def test_an_edit_by_somebody_else_is_dropped_and_one_by_the_author_is_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.events["$first"] = text(ROSA, "first")
        change = {
            "msgtype": "m.text",
            "body": "* new",
            "m.new_content": {"msgtype": "m.text", "body": "new"},
            "m.relates_to": {"rel_type": "m.replace", "event_id": "$first"},
        }
        (edited,) = await heard(
            bot, event(MALLORY, "m.room.message", change), event(ROSA, "m.room.message", change)
        )
        assert (edited.sender, edited.edits, edited.body) == (ROSA, "$first", Sensitive("new"))


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


# -- late keys -----------------------------------------------------------------------------------------------


async def test_a_message_whose_key_comes_later_is_kept_and_read_then(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        sealed = phone.write("help")
        bot.server.syncs = [sync(sealed)]
        batch = await bot.chat.pull("s0", NOW)
        (kept,) = batch.undecrypted
        assert batch.incoming == ()
        assert not batch.keys_came
        assert kept.event == Unreadable(sealed["event_id"], ROOM, ROSA, sealed["origin_server_ts"])  # type: ignore[arg-type]
        assert await bot.chat.read_again(kept) is None
        bot.server.syncs = [sync(to_device=[phone.key()])]
        assert (await bot.chat.pull("s1", NOW)).keys_came
        message = await bot.chat.read_again(kept)
        assert isinstance(message, Message)
        assert (message.body, message.trust) == (Sensitive("help"), Trust.SIGNED)


async def test_a_kept_event_that_turns_out_to_hold_no_message_is_given_up(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        bot.server.syncs = [
            sync(phone.seal({"type": "m.sticker", "content": {}, "room_id": ROOM})),
            sync(to_device=[phone.key()]),
        ]
        (kept,) = (await bot.chat.pull("s0", NOW)).undecrypted
        await bot.chat.pull("s1", NOW)
        assert await bot.chat.read_again(kept) == kept.event


async def test_a_message_that_names_no_device_is_read_by_its_session(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        sealed = phone.write("help")
        del sealed["content"]["sender_key"], sealed["content"]["device_id"]
        (message,) = await heard(bot, sealed, to_device=[phone.key()])
        assert message.trust is Trust.SIGNED


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


# -- rooms ---------------------------------------------------------------------------------------------------


async def test_without_a_bookmark_no_old_message_is_answered_but_invitations_are(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        asked = {
            "invite_state": {
                "events": [
                    {
                        "type": "m.room.member",
                        "state_key": BOT,
                        "sender": ROSA,
                        "content": {"membership": "invite", "is_direct": True},
                    }
                ]
            }
        }
        body = sync(text(ROSA, "old"), member(ROSA, "join"))
        body["rooms"]["invite"] = {"!other:sws.test": asked}
        bot.server.syncs = [body]
        batch = await bot.chat.pull(None, NOW)
        assert batch.incoming == (Invitation("!other:sws.test", ROSA, bot.clock.now(), True),)  # type: ignore[arg-type]


async def test_comings_goings_and_removals_are_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        told = await heard(
            bot,
            member(ROSA, "invite", by=MALLORY),
            member(ROSA, "join", before="invite"),
            member(ROSA, "join", before="join"),
            member(MALLORY, "ban", by=ROSA),
            event(ROSA, "m.room.redaction", {"redacts": "$gone"}),
            event(ROSA, "m.room.redaction", {}, redacts="$gone too"),
        )
        comings = [(thing.person, thing.presence) for thing in told if isinstance(thing, Membership)]
        assert comings == [
            (ROSA, Presence.INVITED),
            (ROSA, Presence.JOINED),
            (MALLORY, Presence.GONE),
        ]
        assert [thing.target for thing in told if isinstance(thing, Removal)] == ["$gone", "$gone too"]


async def test_being_put_out_of_a_room_is_heard_once_even_when_the_event_is_not_shown(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        shown = await heard(bot, member(BOT, "leave", by=ROSA), section="leave")
        assert [(thing.person, thing.presence) for thing in shown] == [(BOT, Presence.GONE)]
        (hidden,) = await heard(bot, section="leave", timeline={"events": []})
        assert (hidden.person, hidden.presence) == (BOT, Presence.GONE)


async def test_what_was_written_before_we_were_put_out_is_still_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        told = await heard(bot, text(ROSA, "help"), member(BOT, "leave", by=ROSA), section="leave")
        assert told[0].body == Sensitive("help")


# -- gaps ----------------------------------------------------------------------------------------------------


async def test_a_gap_in_the_timeline_is_fetched_in_order_and_without_doubles(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        one, two, three, four = (text(ROSA, word) for word in ("one", "two", "three", "four"))
        bot.server.pages = [
            {"chunk": [three, two], "end": "p2"},
            {"chunk": [], "end": "p3"},
            {"chunk": [one]},
        ]
        told = await heard(
            bot, three, four, timeline={"events": [three, four], "limited": True, "prev_batch": "p1"}
        )
        assert [thing.body.reveal() for thing in told] == ["one", "two", "three", "four"]
        queries = [(query["from"], query["to"]) for _, _, query, _ in bot.server.asked_for("/messages")]
        assert queries == [("p1", "s0"), ("p2", "s0"), ("p3", "s0")]


async def test_a_gap_that_cannot_be_fetched_now_leaves_the_bookmark_where_it_was(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("/messages", refusal(502))]
        gap = {"events": [text(ROSA, "x")], "limited": True, "prev_batch": "p1"}
        with pytest.raises(TryAgainLater):
            await heard(bot, timeline=gap)


async def test_a_homeserver_that_sends_us_in_circles_is_not_followed(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.pages = [{"chunk": [], "end": "p1"}] * 5
        gap = {"events": [], "limited": True, "prev_batch": "p1"}
        assert await heard(bot, timeline=gap) == ()
        assert len(bot.server.asked_for("/messages")) == 1


async def test_what_was_written_between_our_invitation_and_our_arrival_is_heard_and_nothing_older(
    tmp_path: Path,
) -> None:
    """A client that opens a private chat invites us and sends the first message at once."""
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        told = await heard(
            bot,
            text(ROSA, "older"),
            member(BOT, "invite", by=ROSA),
            text(ROSA, "first"),
            member(BOT, "join", before="invite"),
            text(ROSA, "second"),
        )
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["first", "second"]


async def test_the_invitation_is_looked_for_behind_the_bookmark(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.pages = [
            {"chunk": [text(ROSA, "first"), member(BOT, "invite", by=ROSA), text(ROSA, "old")]}
        ]
        events = [member(BOT, "join", before="invite"), text(ROSA, "second")]
        told = await heard(bot, timeline={"events": events, "limited": True, "prev_batch": "p1"})
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["first", "second"]
        ((_, _, query, _),) = bot.server.asked_for("/messages")
        assert "to" not in query


async def test_in_a_room_that_we_joined_by_ourselves_nothing_older_is_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        events = [text(ROSA, "older"), member(BOT, "join"), text(ROSA, "new")]
        told = await heard(bot, timeline={"events": events, "limited": True, "prev_batch": "p1"})
        assert [thing.body.reveal() for thing in told if isinstance(thing, Message)] == ["new"]
        assert bot.server.asked_for("/messages") == []


# -- the request ---------------------------------------------------------------------------------------------


async def test_a_sync_asks_for_no_presence_and_shows_none_and_names_no_token_in_its_address(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path) as bot:
        await bot.chat.pull("s0", Millis(5))
        query = bot.server.asked_for("sync")[-1][2]
        wanted = json.loads(query["filter"])
        assert (query["since"], query["timeout"], query["set_presence"]) == ("s0", "5", "offline")
        assert (
            wanted["presence"]
            == wanted["account_data"]
            == wanted["room"]["ephemeral"]
            == {"not_types": ["*"]}
        )
        assert "m.room.encryption" in wanted["room"]["state"]["types"]
        assert "access_token" not in query
        assert "token" not in str(query["filter"])


async def test_a_failed_upkeep_does_not_keep_a_message_waiting(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.instead = [("keys/upload", refusal(503))]
        (message,) = await heard(bot, text(ROSA, "help"), device_one_time_keys_count={})
        assert message.body == Sensitive("help")


async def test_a_dead_login_is_told_from_an_outage(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.instead = [("sync", refusal(401, "M_UNKNOWN_TOKEN", soft_logout=True))]
        with pytest.raises(LoggedOut):
            await bot.chat.pull("s0", NOW)
