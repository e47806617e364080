"""Pins, changed identities, and what of it reaches nio."""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from nio import KeysQueryResponse, LocalProtocolError
from nio.crypto import Olm
from nio.store import SqliteStore

from bot.core.model import Trust
from bot.ports import TryAgainLater
from tests.matrix.world import BOT, BOT_DEVICE, Answer, Client, Phone, Pins, Server, Someone, client


@pytest.fixture
def server() -> Server:
    made = Server()
    made.add(Someone("@rosa:sws.test", 1, "PHONE", "LAPTOP"), Someone("@mal:sws.test", 2, "EVIL"))
    return made


@pytest.fixture
def pins() -> Pins:
    return Pins()


@pytest.fixture
def bot(tmp_path: Path, server: Server, pins: Pins) -> Iterator[Client]:
    made = client(tmp_path, server, pins)
    yield made
    made.store.database.close()


@pytest.fixture
def rosa(server: Server) -> Someone:
    return server.people["@rosa:sws.test"]


@pytest.fixture
def mal(server: Server) -> Someone:
    return server.people["@mal:sws.test"]


def trust(bot: Client, whose: Someone, phone: Phone) -> Trust:
    return bot.devices.trust(whose.user, phone.curve25519, phone.ed25519)


async def heard_again(bot: Client, who: Someone) -> None:
    """The homeserver says that somebody's devices changed, and we look."""
    bot.olm.add_changed_users({who.user})
    await bot.devices.learn()


async def test_an_identity_is_pinned_at_first_sight(bot: Client, pins: Pins, rosa: Someone) -> None:
    await bot.devices.learn([rosa.user])
    assert pins.known() == {rosa.user: rosa.master.public}
    assert trust(bot, rosa, rosa.devices["PHONE"]) is Trust.SIGNED
    assert {id_ for _, id_ in bot.devices.entitled([rosa.user])} == {"PHONE", "LAPTOP"}
    assert bot.devices.left_out([rosa.user], bot.devices.entitled([rosa.user])) == {}


async def test_nio_hears_our_verdict(bot: Client, rosa: Someone) -> None:
    rosa.devices["LAPTOP"].signed = False
    await bot.devices.learn([rosa.user])
    assert bot.olm.is_device_verified(bot.device_store[rosa.user]["PHONE"])
    assert bot.olm.is_device_blacklisted(bot.device_store[rosa.user]["LAPTOP"])


async def test_an_unsigned_device_is_left_out_and_its_messages_are_marked(bot: Client, rosa: Someone) -> None:
    rosa.devices["LAPTOP"].signed = False
    await bot.devices.learn([rosa.user])
    assert bot.devices.entitled([rosa.user]).keys() == {(rosa.user, "PHONE")}
    assert bot.devices.left_out([rosa.user], bot.devices.entitled([rosa.user])).keys() == {
        (rosa.user, "LAPTOP")
    }
    assert trust(bot, rosa, rosa.devices["LAPTOP"]) is Trust.UNSIGNED


async def test_a_changed_identity_gets_nothing_and_is_named_once(
    bot: Client, server: Server, pins: Pins, rosa: Someone
) -> None:
    await bot.devices.learn([rosa.user])
    other = Someone("@rosa:sws.test", 7)
    other.devices = rosa.devices
    server.add(other)
    await heard_again(bot, rosa)
    assert pins.known()[rosa.user] == rosa.master.public
    assert bot.devices.entitled([rosa.user]) == {}
    assert bot.devices.changed([rosa.user]) == {rosa.user}
    assert trust(bot, rosa, rosa.devices["PHONE"]) is Trust.CHANGED
    assert bot.olm.is_device_blacklisted(bot.device_store[rosa.user]["PHONE"])
    await heard_again(bot, rosa)
    assert bot.devices.take_changes() == (rosa.user,)
    assert bot.devices.take_changes() == ()


async def test_a_change_while_we_were_down_is_noticed_after_the_start(
    bot: Client, server: Server, pins: Pins, rosa: Someone
) -> None:
    await pins.remember({rosa.user: "somebody before"})
    await bot.devices.learn([rosa.user])
    assert bot.devices.take_changes() == (rosa.user,)
    assert bot.devices.entitled([rosa.user]) == {}


async def test_who_is_trusted_again_is_pinned_as_they_are_now(
    bot: Client, server: Server, pins: Pins, rosa: Someone
) -> None:
    await bot.devices.learn([rosa.user])
    other = Someone("@rosa:sws.test", 7)
    other.devices = rosa.devices
    server.add(other)
    await heard_again(bot, rosa)
    await pins.forget(rosa.user)
    assert bot.devices.entitled([rosa.user]) == {}
    await bot.devices.learn([rosa.user])
    assert pins.known()[rosa.user] == other.master.public
    assert bot.devices.entitled([rosa.user]).keys() == {(rosa.user, "PHONE"), (rosa.user, "LAPTOP")}
    assert bot.devices.changed([rosa.user]) == frozenset()


async def test_an_identity_that_the_homeserver_no_longer_shows_gets_no_keys(
    bot: Client, server: Server, rosa: Someone
) -> None:
    await bot.devices.learn([rosa.user])
    server.spoil = lambda _, body: {"device_keys": body["device_keys"]}
    await heard_again(bot, rosa)
    assert bot.devices.entitled([rosa.user]) == {}
    assert bot.devices.unpinned([rosa.user]) == {rosa.user}


async def test_an_identity_that_is_gone_is_named_once_and_again_when_another_takes_its_place(
    bot: Client, server: Server, rosa: Someone
) -> None:
    await bot.devices.learn([rosa.user])
    truthful = server.spoil
    server.spoil = lambda _, body: {"device_keys": body["device_keys"]}
    for _ in range(2):
        await heard_again(bot, rosa)
    assert bot.devices.take_changes() == (rosa.user,)
    server.spoil = truthful
    await heard_again(bot, rosa)
    assert bot.devices.take_changes() == ()
    server.spoil = lambda _, body: {"device_keys": body["device_keys"]}
    await heard_again(bot, rosa)
    server.spoil = truthful
    server.add(Someone("@rosa:sws.test", 7))
    await heard_again(bot, rosa)
    assert bot.devices.take_changes() == (rosa.user, rosa.user)


async def test_who_never_showed_an_identity_has_lost_none(bot: Client, server: Server, rosa: Someone) -> None:
    server.spoil = lambda _, body: {"device_keys": body["device_keys"]}
    for _ in range(2):
        await heard_again(bot, rosa)
    assert bot.devices.take_changes() == ()


async def test_somebody_known_is_not_asked_about_twice(bot: Client, server: Server, rosa: Someone) -> None:
    await bot.devices.learn([rosa.user])
    await bot.devices.learn([rosa.user])
    assert server.count("keys/query") == 1
    await heard_again(bot, rosa)
    assert server.count("keys/query") == 2


async def test_who_the_homeserver_is_silent_about_stays_as_they_were_and_is_asked_about_again(
    bot: Client, server: Server, rosa: Someone, mal: Someone
) -> None:
    await bot.devices.learn([rosa.user])
    server.silent_about = {rosa.user, mal.user}
    bot.olm.add_changed_users({rosa.user, mal.user})
    await bot.devices.learn()
    assert bot.devices.entitled([rosa.user])
    assert bot.devices.unpinned([rosa.user, mal.user]) == {mal.user}
    assert bot.users_for_key_query == {rosa.user, mal.user}
    assert not bot.devices.awaiting([rosa.user, mal.user])
    server.silent_about = set()
    await bot.devices.learn()
    assert bot.devices.unpinned([mal.user]) == frozenset()
    assert bot.users_for_key_query == set()


async def test_no_answer_leaves_everybody_to_be_asked_about_again(
    bot: Client, server: Server, rosa: Someone
) -> None:
    # nio alone takes this for an answer: it has the right shape.
    server.spoil = lambda _, body: Answer(body, 502)
    with pytest.raises(TryAgainLater):
        await bot.devices.learn([rosa.user])
    assert rosa.user in bot.users_for_key_query
    server.spoil = lambda _, body: body
    await bot.devices.learn()
    assert bot.devices.entitled([rosa.user])


async def test_who_changes_while_the_answer_travels_is_asked_about_again(
    bot: Client, server: Server, rosa: Someone
) -> None:
    def meanwhile(_: str, body: Any) -> Any:
        bot.olm.add_changed_users({rosa.user})
        return body

    server.spoil = meanwhile
    await bot.devices.learn([rosa.user])
    assert bot.devices.awaiting([rosa.user])


async def test_two_who_ask_at_once_make_one_request(bot: Client, server: Server, rosa: Someone) -> None:
    await asyncio.gather(bot.devices.learn([rosa.user]), bot.devices.learn([rosa.user]))
    assert server.count("keys/query") == 1


async def test_people_nobody_asked_about_are_not_pinned(
    bot: Client, server: Server, pins: Pins, rosa: Someone, mal: Someone
) -> None:
    server.spoil = lambda _, body: {
        part: {**body.get(part, {}), **told} if isinstance(told, dict) else told
        for part, told in (("device_keys", {mal.user: {}}), *_parts_about(mal).items())
    }
    await bot.devices.learn([rosa.user])
    assert mal.user not in pins.known()


def _parts_about(person: Someone) -> dict[str, Any]:
    return {part: {person.user: thing} for part, thing in person.cross_signing().items()}


@pytest.mark.parametrize(
    "body", [[], "x", None, 7, {}, {"device_keys": []}, {"device_keys": {"@rosa:sws.test": 1}}]
)
async def test_an_answer_that_is_none_changes_nothing(
    bot: Client, server: Server, rosa: Someone, body: Any
) -> None:
    await bot.devices.learn([rosa.user])
    server.spoil = lambda _, __: Answer(body)
    await heard_again(bot, rosa)
    assert bot.devices.entitled([rosa.user]).keys() == {(rosa.user, "PHONE"), (rosa.user, "LAPTOP")}


async def test_one_malformed_device_does_not_hide_everybody_else(
    bot: Client, server: Server, rosa: Someone, mal: Someone
) -> None:
    # nio alone refuses the whole answer.
    def spoil(_: str, body: Any) -> Any:
        body["device_keys"][mal.user]["EVIL"]["keys"]["ed25519:EVIL"] = "A" * 44
        body["device_keys"][mal.user]["WORSE"] = {"keys": 1}
        return body

    server.spoil = spoil
    await bot.devices.learn([rosa.user, mal.user])
    assert bot.devices.entitled([rosa.user, mal.user]).keys() == {(rosa.user, "PHONE"), (rosa.user, "LAPTOP")}
    assert not list(bot.device_store.active_user_devices(mal.user))


# -- what nio never undoes -------------------------------------------------------------------------------


async def test_a_device_that_comes_back_is_taken_back(bot: Client, server: Server, rosa: Someone) -> None:
    await bot.devices.learn([rosa.user])
    laptop = rosa.devices.pop("LAPTOP")
    await heard_again(bot, rosa)
    assert bot.devices.entitled([rosa.user]).keys() == {(rosa.user, "PHONE")}
    assert trust(bot, rosa, laptop) is Trust.UNBOUND
    rosa.devices["LAPTOP"] = laptop
    await heard_again(bot, rosa)
    assert (rosa.user, "LAPTOP") in bot.devices.entitled([rosa.user])
    assert not bot.store.load_device_keys()[rosa.user]["LAPTOP"].deleted


async def test_a_signed_device_under_an_old_id_replaces_the_old_one(bot: Client, rosa: Someone) -> None:
    await bot.devices.learn([rosa.user])
    old, rosa.devices["LAPTOP"] = rosa.devices["LAPTOP"], Phone(rosa.user, "LAPTOP")
    await heard_again(bot, rosa)
    entitled = bot.devices.entitled([rosa.user])
    assert entitled[rosa.user, "LAPTOP"].curve25519 == rosa.devices["LAPTOP"].curve25519
    assert bot.olm.is_device_verified(entitled[rosa.user, "LAPTOP"])
    assert trust(bot, rosa, old) is Trust.UNBOUND
    assert bot.store.load_device_keys()[rosa.user]["LAPTOP"].curve25519 == rosa.devices["LAPTOP"].curve25519


async def test_trust_is_judged_anew_after_each_start(
    bot: Client, server: Server, pins: Pins, rosa: Someone
) -> None:
    await bot.devices.learn([rosa.user])
    bot.store.database.close()
    again = client(Path(bot.store_path), server, pins)
    assert not again.device_store[rosa.user]["PHONE"].verified
    assert again.devices.entitled([rosa.user]) == {}
    await again.devices.learn([rosa.user])
    assert again.device_store[rosa.user]["PHONE"].verified
    again.store.database.close()


async def test_an_unsigned_device_under_an_old_id_gets_nothing_and_neither_does_the_old_one(
    bot: Client, rosa: Someone
) -> None:
    await bot.devices.learn([rosa.user])
    old, rosa.devices["LAPTOP"] = rosa.devices["LAPTOP"], Phone(rosa.user, "LAPTOP")
    rosa.devices["LAPTOP"].signed = False
    await heard_again(bot, rosa)
    assert bot.devices.entitled([rosa.user]).keys() == {(rosa.user, "PHONE")}
    assert trust(bot, rosa, old) is Trust.UNBOUND
    assert trust(bot, rosa, rosa.devices["LAPTOP"]) is Trust.UNSIGNED


async def test_nobody_can_put_on_another_devices_key(bot: Client, rosa: Someone, mal: Someone) -> None:
    await bot.devices.learn([rosa.user])
    copied = copy.copy(mal.devices["EVIL"])
    copied.__class__ = type("Thief", (Phone,), {"curve25519": rosa.devices["PHONE"].curve25519})
    mal.devices["EVIL"] = copied
    await bot.devices.learn([mal.user])
    assert bot.devices.entitled([mal.user]) == {}
    assert bot.devices.trust(mal.user, rosa.devices["PHONE"].curve25519, copied.ed25519) is Trust.UNBOUND
    assert trust(bot, rosa, rosa.devices["PHONE"]) is Trust.SIGNED


async def test_a_session_of_one_person_is_nobody_elses(bot: Client, rosa: Someone, mal: Someone) -> None:
    await bot.devices.learn([rosa.user, mal.user])
    phone = rosa.devices["PHONE"]
    assert bot.devices.trust(mal.user, phone.curve25519, phone.ed25519) is Trust.UNBOUND
    assert bot.devices.trust(rosa.user, phone.curve25519, mal.devices["EVIL"].ed25519) is Trust.UNBOUND
    assert bot.devices.trust(rosa.user, phone.curve25519, None) is Trust.UNBOUND


async def test_our_own_device_is_given_no_key(bot: Client, server: Server) -> None:
    us = Someone(BOT, 9, "OTHER")
    own = Phone(BOT, BOT_DEVICE)
    own.account = bot.olm.account._account
    us.devices[BOT_DEVICE] = own
    server.add(us)
    await bot.devices.learn([BOT])
    assert bot.devices.entitled([BOT]).keys() == {(BOT, "OTHER")}
    assert bot.devices.left_out([BOT], bot.devices.entitled([BOT])) == {}
    assert trust(bot, us, own) is Trust.SIGNED


# -- the ways around us are closed -----------------------------------------------------------------------


async def test_nios_own_query_and_sharing_are_closed(bot: Client) -> None:
    with pytest.raises(LocalProtocolError, match=r"devices\.learn"):
        await bot.keys_query()
    with pytest.raises(LocalProtocolError, match=r"sharing\.encrypt"):
        await bot.share_group_session("!room:sws.test")


async def test_an_answer_that_came_another_way_is_dropped(bot: Client, rosa: Someone, pins: Pins) -> None:
    answer = await bot._send(
        KeysQueryResponse, "POST", "/keys/query", f'{{"device_keys": {{"{rosa.user}": []}}}}'
    )
    assert answer.device_keys == {}
    assert pins.known() == {}


def test_nio_still_has_the_names_that_we_lean_on(bot: Client) -> None:
    for name in ("store", "device_store", "account", "users_for_key_query", "handle_response"):
        assert hasattr(bot.olm, name)
    for name in ("save_device_keys", "verify_device", "blacklist_device", "is_device_verified"):
        assert callable(getattr(SqliteStore, name))
    assert callable(Olm._handle_key_query)
    assert bot.device_store["@nobody:sws.test"] == {}
