"""The second, independent client: that it sees what we say it sees, before we believe it about the bot."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from bot.demo.homeserver import Homeserver
from tests.live.people import Client, Device, Failed, Person

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="module")]


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def strict(homeserver: Homeserver) -> AsyncIterator[Person]:
    await homeserver.register("strict", "pw")
    async with await Person.enter(homeserver.url, "strict", "pw", Client.STRICT) as person:
        yield person


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def friend(homeserver: Homeserver) -> AsyncIterator[Person]:
    await homeserver.register("friend", "pw")
    async with await Person.enter(homeserver.url, "friend", "pw") as person:
        yield person


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def second_device(homeserver: Homeserver, friend: Person) -> AsyncIterator[Person]:
    """A device of the same friend that they never signed."""
    async with await Person.enter(homeserver.url, friend.name, "pw", device=Device.UNSIGNED) as person:
        yield person


@pytest_asyncio.fixture(loop_scope="module", scope="module")
async def room(strict: Person, friend: Person, second_device: Person) -> str:
    room = await strict.create_supporter_room(friend.user)
    await friend.join(await friend.wait_for_membership("invite", room=room))
    await second_device.wait_until_in(room)
    return room


async def test_what_one_writes_the_other_reads_without_a_shield(
    strict: Person, friend: Person, room: str
) -> None:
    sent = await strict.send(room, "can you read this?")

    event = await friend.wait_for_event(room, sent)

    assert event.body == "can you read this?"
    assert event.wire_type == "m.room.encrypted"
    assert event.clean


async def test_the_homeserver_keeps_only_ciphertext_of_it(
    homeserver: Homeserver, strict: Person, friend: Person, room: str
) -> None:
    sent = await strict.send(room, "only for friend to read")
    await friend.wait_for_event(room, sent)

    ((kept,),) = homeserver.sees("SELECT json FROM event_json WHERE event_id = ?", sent)

    assert "ciphertext" in kept
    assert "only for friend" not in kept


async def test_a_strict_client_gives_no_keys_to_an_unsigned_device_and_says_so(
    strict: Person, second_device: Person, room: str
) -> None:
    sent = await strict.send(room, "not for that device")

    event = await second_device.wait_for(room, lambda e: e.id == sent and bool(e.failure), "a withheld key")

    assert event.failure == "MEGOLM_KEY_WITHHELD_FOR_UNVERIFIED_DEVICE"


async def test_a_strict_client_does_not_show_what_an_unsigned_device_writes(
    strict: Person, friend: Person, second_device: Person, room: str
) -> None:
    sent = await second_device.send(room, "from the unsigned one")

    hidden = await strict.wait_for(room, lambda e: e.id == sent and bool(e.failure), "a refusal")
    shown = await friend.wait_for_event(room, sent)

    assert hidden.failure == "UNSIGNED_SENDER_DEVICE"
    assert shown.body == "from the unsigned one"
    assert not shown.clean
    assert await friend.shield(sent) == {"colour": "red", "reason": 2}


async def test_edits_threads_and_reactions_arrive_as_such(strict: Person, friend: Person, room: str) -> None:
    root = await friend.send(room, "a root")
    reply = await friend.reply_in_thread(room, root, "in the thread")
    await friend.edit(room, root, "a better root")
    await friend.react(room, root, "🙋")

    edit = await strict.wait_for_text(room, "* a better root")
    reaction = await strict.wait_for(room, lambda e: e.type == "m.reaction", "a reaction")

    assert strict.events[reply].thread == root
    assert edit.content["m.new_content"]["body"] == "a better root"
    assert (reaction.relates_to or {})["key"] == "🙋"


async def test_a_removed_message_is_no_longer_a_message(strict: Person, friend: Person, room: str) -> None:
    sent = await friend.send(room, "said too much")
    await strict.wait_for_event(room, sent)

    await friend.redact(room, sent)
    await strict.wait_until_removed(room, sent)

    assert sent not in [event.id for event in strict.messages(room)]


async def test_it_knows_whose_devices_are_signed(
    strict: Person, friend: Person, second_device: Person
) -> None:
    known = await strict.identity(friend.user)

    assert known == {
        "exists": True,
        "changed": False,
        "signed": {friend.device: True, second_device.device: False},
    }


async def test_what_the_homeserver_refuses_is_an_error(strict: Person, friend: Person, room: str) -> None:
    with pytest.raises(Failed, match="M_FORBIDDEN"):
        await friend.set_power(room, friend.user, 100)


async def test_waiting_for_what_never_comes_says_what_came_instead(strict: Person, room: str) -> None:
    sent = await strict.send(room, "something else")
    await strict.wait_for_event(room, sent)

    with pytest.raises(AssertionError, match="something else"):
        await strict.wait_for_text(room, "never said", within=0.1)


async def test_a_client_that_ends_fails_whoever_waits_for_it(homeserver: Homeserver) -> None:
    await homeserver.register("leaver", "pw")
    person = await Person.enter(homeserver.url, "leaver", "pw")

    await person.go()

    with pytest.raises(Failed, match="leaver's client ended"):
        await person.request("GET", "/_matrix/client/v3/account/whoami")
