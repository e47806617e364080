"""We promise of everything that comes in from a homeserver that …"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from bot.core.model import (
    IdentityChange,
    Message,
    Millis,
    RoomChange,
    Trust,
    Unreadable,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.matrix.sync import wanted
from bot.ports import LoggedOut, TryAgainLater
from tests.matrix.heard import ENCRYPTION, MALLORY, NOW, ROSA, heard, mallory, rosa
from tests.matrix.wired import ROOM, Wired, bot_on, connected, listening, refusal
from tests.matrix.world import BOT, Someone
from tests.matrix.written import Writer, event, sync, text

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
        bot.server.syncs = [sync(forged, to_device=[phone.key()])]
        batch = await bot.chat.pull("s0", NOW)
        assert batch.incoming == ()
        (kept,) = batch.undecrypted
        assert kept.event.sender == ROSA
        assert await bot.chat.read_again(kept) is None


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


async def test_many_changes_of_a_room_in_one_sync_are_one_thing_to_decide(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        doors = [event(ROSA, "m.room.join_rules", {"join_rule": rule}, state_key="") for rule in ("a", "b")]
        told = await heard(bot, *doors, {"type": "m.room.join_rules"})
        assert [thing.id for thing in told if isinstance(thing, RoomChange)] == [doors[-1]["event_id"]]


async def test_a_changed_identity_is_reported_by_the_sync_that_hints_at_it(tmp_path: Path) -> None:
    """Before anybody sends a word: stewards must know before the next case does."""
    person = rosa()
    async with connected(tmp_path, person) as bot:
        await bot.chat.client.devices.learn([person.user])
        bot.server.keys.add(Someone(ROSA, 9, "PHONE"))
        told = await heard(bot, device_lists={"changed": [ROSA], "left": []})
        assert [thing.person for thing in told if isinstance(thing, IdentityChange)] == [ROSA]


async def test_a_changed_identity_is_reported_until_the_sync_is_written_down_and_no_longer(
    tmp_path: Path,
) -> None:
    """A full disk, perhaps: the bookmark stays, and the homeserver shows the same once more."""
    person = rosa()
    async with connected(tmp_path, person) as bot:
        await bot.chat.client.devices.learn([person.user])
        bot.server.keys.add(Someone(ROSA, 9, "PHONE"))
        hint = {"next_batch": "s1", "device_lists": {"changed": [ROSA], "left": []}}
        bot.server.syncs = [hint, hint, {"next_batch": "s2"}]
        first, again, after = [(await bot.chat.pull(mark, NOW)).incoming for mark in ("s0", "s0", "s1")]
        assert [thing.person for thing in first if isinstance(thing, IdentityChange)] == [ROSA]
        assert (again, after) == (first, ())


async def test_an_identity_that_is_gone_is_reported_by_the_sync_that_hints_at_it(tmp_path: Path) -> None:
    person = rosa()
    async with connected(tmp_path, person) as bot:
        await bot.chat.client.devices.learn([person.user])
        bot.server.keys.spoil = lambda _, body: {"device_keys": body["device_keys"]}
        told = await heard(bot, device_lists={"changed": [ROSA], "left": []})
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


@pytest.mark.parametrize("answer", [(400, "M_UNKNOWN"), (404, "M_UNRECOGNIZED"), (404,), (403,)])
async def test_nothing_is_taken_for_plain_until_the_homeserver_says_that_the_room_is(
    tmp_path: Path, answer: tuple[Any, ...]
) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = [ENCRYPTION]
        bot.server.instead = [("m.room.encryption", refusal(*answer))]
        bot.server.syncs = [sync(text(ROSA, "help"))]
        batch = await bot.chat.pull("s0", NOW)
        assert batch.incoming == ()
        (message,) = (await bot.chat.read_aside(batch.aside[0])).incoming
        assert isinstance(message, Message)
        assert message.trust is Trust.INJECTED


async def test_a_room_that_we_may_not_ask_about_is_taken_for_encrypted_and_asked_about_again(
    tmp_path: Path,
) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.instead = [("m.room.encryption", refusal(403, "M_FORBIDDEN"))]
        first, second = await heard(bot, text(ROSA, "one"), text(ROSA, "two"))
        assert (first.trust, second.trust) == (Trust.INJECTED, Trust.PLAIN)


async def test_what_was_said_before_a_room_became_encrypted_stays_plain(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = [ENCRYPTION]
        turned_on = event(ROSA, "m.room.encryption", ENCRYPTION["content"], state_key="")  # type: ignore[arg-type]
        told = await heard(bot, text(ROSA, "before"), turned_on, text(ROSA, "after"))
        before, after = (thing for thing in told if isinstance(thing, Message))
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


@pytest.mark.parametrize(
    "kind",
    [
        "m.room.encryption",
        "m.room.history_visibility",
        "m.room.join_rules",
        "m.room.guest_access",
        "m.room.power_levels",
        "m.room.tombstone",
    ],
)
async def test_what_makes_a_room_safe_or_not_is_asked_for_and_noticed(tmp_path: Path, kind: str) -> None:
    """Cases held for such a room are tried again at once, and stewards hear when it is no longer safe."""
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        bot.server.syncs = [sync(event(ROSA, kind, {}, state_key="")), sync(text(ROSA, "one"))]

        assert kind in wanted(UserId(BOT))["room"]["timeline"]["types"]
        batch = await bot.chat.pull("s0", NOW)
        assert [thing.room for thing in batch.incoming if isinstance(thing, RoomChange)] == [ROOM]
        assert batch.changed == {ROOM}
        assert (await bot.chat.pull("s1", NOW)).changed == frozenset()


async def test_what_changed_while_we_were_away_is_noticed_though_only_the_state_shows_it(
    tmp_path: Path,
) -> None:
    """A homeserver that leaves out part of a timeline puts what changed in it beside it."""
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        body = sync(text(ROSA, "good morning"))
        opened = event(ROSA, "m.room.join_rules", {"join_rule": "public"}, state_key="")
        body["rooms"]["join"][ROOM]["state"] = {"events": [opened]}
        bot.server.syncs = [body]

        batch = await bot.chat.pull("s0", NOW)

        assert [thing.id for thing in batch.incoming if isinstance(thing, RoomChange)] == [opened["event_id"]]
        assert batch.changed == {ROOM}


async def test_our_own_words_wake_nobody_and_are_not_heard(tmp_path: Path) -> None:
    async with connected(tmp_path) as bot:
        bot.server.state[ROOM] = []
        assert await heard(bot, text(BOT, "hello")) == ()
        *_, (_, _, query, _) = bot.server.asked_for("sync")
        assert json.loads(query["filter"])["room"]["timeline"]["not_senders"] == [BOT]


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


# -- keys that cannot be written down ------------------------------------------------------------------------


@pytest.mark.parametrize("trouble", ["locked", "read-only"])
async def test_a_room_key_that_cannot_be_written_down_is_not_lost_but_read_when_it_comes_again(
    tmp_path: Path, trouble: str
) -> None:
    """A message from device to device opens once only: opened and not kept, its room key would be gone."""
    person = rosa()
    async with connected(tmp_path, person) as bot:
        phone = Writer(person.devices["PHONE"], bot.server)
        came = sync(phone.write("help"), to_device=[phone.key()])
        bot.server.syncs = [came, came]
        database = bot.chat.client.store.database
        database.execute_sql("PRAGMA busy_timeout = 0")
        with closing(sqlite3.connect(database.database, isolation_level=None)) as other:
            if trouble == "locked":
                other.execute("BEGIN IMMEDIATE")
            else:
                database.execute_sql("PRAGMA query_only = ON")
            with pytest.raises(TryAgainLater):
                await bot.chat.pull("s0", NOW)
        database.execute_sql("PRAGMA query_only = OFF")
        (message,) = (await bot.chat.pull("s0", NOW)).incoming
        assert isinstance(message, Message)
        assert (message.body, message.trust) == (Sensitive("help"), Trust.SIGNED)
