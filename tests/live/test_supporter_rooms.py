"""What makes a supporter room safe, asked from a real homeserver at each telling."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from itertools import count

import pytest

from tests.live.people import Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
_NUMBERS = count(1)
HISTORY, DOOR, GUESTS = "m.room.history_visibility", "m.room.join_rules", "m.room.guest_access"
Deed = Callable[[Stage], Awaitable[None]]


async def _set_history(stage: Stage, value: str) -> None:
    await stage.nia.set_state(stage.newark, HISTORY, {"history_visibility": value})


async def _open_history(stage: Stage) -> None:
    await _set_history(stage, "shared")


async def _close_history(stage: Stage) -> None:
    await _set_history(stage, "joined")


async def _open_door(stage: Stage) -> None:
    await stage.nia.set_state(stage.newark, DOOR, {"join_rule": "public"})


async def _close_door(stage: Stage) -> None:
    await stage.nia.set_state(stage.newark, DOOR, {"join_rule": "invite"})


async def _let_guests_in(stage: Stage) -> None:
    await stage.nia.set_state(stage.newark, GUESTS, {"guest_access": "can_join"})


async def _keep_guests_out(stage: Stage) -> None:
    await stage.nia.set_state(stage.newark, GUESTS, {"guest_access": "forbidden"})


async def _ask_a_stranger_in(stage: Stage) -> None:
    await stage.nia.invite(stage.newark, stage.lee.user)


async def _send_the_stranger_away(stage: Stage) -> None:
    await stage.nia.kick(stage.newark, stage.lee.user)


async def _silence_the_bot(stage: Stage) -> None:
    await stage.nia.set_power(stage.newark, stage.bot.user, -1)


async def _let_the_bot_speak(stage: Stage) -> None:
    await stage.nia.set_power(stage.newark, stage.bot.user, 0)


async def _put_the_bot_out(stage: Stage) -> None:
    await stage.nia.kick(stage.newark, stage.bot.user)


async def _ask_the_bot_back(stage: Stage) -> None:
    await stage.nia.invite(stage.newark, stage.bot.user)
    await _joined(stage.nia, stage.newark, stage.bot.user)


async def _joined(person: Person, room: str, user: str) -> None:
    path = f"/_matrix/client/v3/rooms/{room}/joined_members"
    while user not in (await person.request("GET", path))["joined"]:
        await person.catch_up()


@pytest.mark.parametrize(
    ("spoil", "mend", "reason"),
    [
        (_open_history, _close_history, "Later members could read older messages"),
        (_open_door, _close_door, "People can come in without an invitation"),
        (_let_guests_in, _keep_guests_out, "Guests may come in"),
        (_ask_a_stranger_in, _send_the_stranger_away, "not on its roster"),
        (_silence_the_bot, _let_the_bot_speak, "may not speak there"),
        (_put_the_bot_out, _ask_the_bot_back, "I am not in the room"),
    ],
)
async def test_a_room_that_is_not_safe_gets_nothing_and_everybody_is_told_the_truth(
    stage: Stage, spoil: Deed, mend: Deed, reason: str
) -> None:
    words = f"trouble number {next(_NUMBERS)} in Newark"
    async with stage.worker() as worker:
        await spoil(stage)
        try:
            await worker.send(stage.kitchen, f"#swshelp #newark {words}")

            card = await stage.card(stage.fallback, words)
            name = card.body.split()[1].rstrip(":")
            receipt = await stage.receipt(worker, "is not safe enough right now")
            steward = await stage.private_chat(stage.rosa)
            alert = await stage.rosa.wait_for_text(steward, f"Case {name} could not go into the room")
            await stage.nowhere_else(words, worker, stage.kim, stage.rosa)
        finally:
            await mend(stage)

        assert "the general team" in receipt.body
        assert reason in alert.body
        assert words not in alert.body
        assert worker.user not in alert.body
        await worker.send(stage.kitchen, f"#swshelp #newark safe again after {words}")
        await stage.card(stage.newark, f"safe again after {words}")


async def test_with_no_safe_room_at_all_a_case_waits_sealed_and_arrives_later(stage: Stage) -> None:
    words = "nobody can have this just yet"
    async with stage.worker() as worker:
        await _open_history(stage)
        await stage.rosa.set_state(stage.fallback, HISTORY, {"history_visibility": "shared"})
        await worker.send(stage.kitchen, f"#swsdoxx #newark {words}")

        await stage.receipt(worker, "no supporter has it yet")
        assert "Supporters are on it" not in stage.said_in(worker, stage.kitchen)[-1]
        await stage.nowhere_else(words, worker, stage.kim)
        for file in stage.bot.data.rglob("*"):
            assert file.is_dir() or words.encode() not in file.read_bytes()

        await _close_history(stage)
        await stage.card(stage.newark, words)
        await stage.rosa.set_state(stage.fallback, HISTORY, {"history_visibility": "joined"})
        await stage.receipt(worker, "supporters of Newark have what you wrote now")


async def test_roomcheck_names_the_fault_and_fix_mends_what_the_bot_may(stage: Stage) -> None:
    await stage.nia.set_power(stage.newark, stage.bot.user, 100)
    await _open_history(stage)
    await stage.nia.send(stage.newark, "!roomcheck")
    await stage.nia.wait_for_text(stage.newark, "It is not safe right now", stage.bot.user)

    await stage.nia.send(stage.newark, "!roomcheck fix")

    await stage.nia.wait_for_text(stage.newark, "the history is closed to later members", stage.bot.user)
    await stage.nia.send(stage.newark, "!roomcheck")
    await stage.nia.wait_for_text(stage.newark, "It is safe: I can put cases here", stage.bot.user)


async def test_a_supporter_whose_identity_changed_pauses_the_room_until_another_vouches(stage: Stage) -> None:
    async with _newcomer_among_supporters(stage) as newcomer:
        await newcomer.do("reset_identity", user=newcomer.name, password="pw")
        async with stage.worker() as worker:
            await worker.send(stage.kitchen, "#swshelp #newark while one of us looks different")
            await stage.card(stage.fallback, "while one of us looks different")
            steward = await stage.private_chat(stage.rosa)
            await stage.rosa.wait_for_text(steward, "shows a new identity", stage.bot.user)

            await newcomer.send(stage.newark, f"!trust {newcomer.user}")
            await stage.nia.send(stage.newark, f"!trust {newcomer.user}")
            await stage.nia.wait_for_text(stage.newark, "I take the identity they show next", stage.bot.user)
            await worker.send(stage.kitchen, "#swshelp #newark and known again")
            await stage.card(stage.newark, "and known again")


@asynccontextmanager
async def _newcomer_among_supporters(stage: Stage) -> AsyncIterator[Person]:
    """Somebody whom a supporter put on the roster before asking them in."""
    name = f"newcomer{next(_NUMBERS)}"
    user = await stage.server.register(name, "pw")
    async with await Person.enter(stage.server.url, name, "pw") as newcomer:
        await stage.nia.send(stage.newark, f"!supporters add {user}")
        await stage.nia.wait_for_text(stage.newark, "They are on the roster of this room now", stage.bot.user)
        await stage.nia.invite(stage.newark, user)
        await newcomer.join(await newcomer.wait_for_membership("invite", room=stage.newark))
        async with stage.worker() as worker:
            await worker.send(stage.kitchen, "#swshelp #newark for the newcomer too")
            assert (await stage.card(stage.newark, "for the newcomer too", instead=newcomer)).clean
        try:
            yield newcomer
        finally:
            await stage.nia.kick(stage.newark, user)


async def test_a_room_becomes_a_supporter_room_only_when_a_steward_confirms_it(stage: Stage) -> None:
    room = await stage.kim.create_supporter_room(stage.bot.user)
    await stage.kim.wait_for_text(room, "Hello", stage.bot.user)
    await stage.kim.send(room, "!serve berlin")
    await stage.kim.wait_for_text(room, "Until one of them confirms, it gets nothing", stage.bot.user)
    steward = await stage.private_chat(stage.rosa)
    asked = await stage.rosa.wait_for_text(steward, f"The room {room} asks", stage.bot.user)
    code = asked.body.split("!confirm ")[1].split("`")[0]
    assert stage.kim.user in asked.body
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swshelp #berlin before anybody confirmed")
        await stage.card(stage.fallback, "before anybody confirmed")

        await stage.rosa.send(steward, f"!confirm {code}")
        await stage.kim.wait_for_text(room, "A steward has confirmed", stage.bot.user)
        await worker.send(stage.kitchen, "#swshelp #berlin after a steward confirmed")

        assert (await stage.card(room, "after a steward confirmed", instead=stage.kim)).clean
        assert "before anybody confirmed" not in "".join(stage.said_in(stage.kim, room))

    await stage.kim.send(room, "!serve off")
    await stage.kim.wait_for_text(room, "this room gets no more cases", stage.bot.user)


async def test_a_room_that_is_upgraded_gets_nothing_and_neither_does_its_successor_until_confirmed(
    stage: Stage,
) -> None:
    old = await _serving_berlin(stage)
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swshelp #berlin before the room moves")
        await stage.card(old, "before the room moves", instead=stage.kim)
        new = await _upgraded(stage, old)
        await stage.card(stage.fallback, "before the room moves")
        steward = await stage.private_chat(stage.rosa)
        told = await stage.rosa.wait_for_text(steward, f"The supporter room {old} was changed")
        assert "replaced" in told.body
        await worker.send(stage.kitchen, "#swshelp #berlin while the room moves")
        await stage.card(stage.fallback, "while the room moves")

        await _serves_berlin(stage, new)
        await worker.send(stage.kitchen, "#swshelp #berlin after the move")
        await stage.card(new, "after the move", instead=stage.kim)

        for room in (old, new):
            assert "while the room moves" not in "".join(stage.said_in(stage.kim, room))
        await stage.kim.send(new, "!serve off")
        await stage.kim.wait_for_text(new, "this room gets no more cases", stage.bot.user)


async def _serving_berlin(stage: Stage) -> str:
    room = await stage.kim.create_supporter_room(stage.bot.user, room_version="11")
    await stage.kim.wait_for_text(room, "Hello", stage.bot.user)
    await _serves_berlin(stage, room)
    return room


async def _serves_berlin(stage: Stage, room: str) -> None:
    await stage.kim.send(room, "!serve berlin")
    await stage.kim.wait_for_text(room, "Until one of them confirms, it gets nothing", stage.bot.user)
    steward = await stage.private_chat(stage.rosa)
    asked = await stage.rosa.wait_for_text(steward, f"The room {room} asks", stage.bot.user)
    code = asked.body.split("!confirm ")[1].split("`")[0]
    await stage.rosa.send(steward, f"!confirm {code}")
    await stage.kim.wait_for_text(room, "A steward has confirmed", stage.bot.user)


async def _upgraded(stage: Stage, old: str) -> str:
    """By its admin, who then asks the bot into the new room as clients do."""
    told = await stage.kim.request("POST", f"/_matrix/client/v3/rooms/{old}/upgrade", {"new_version": "12"})
    new = str(told["replacement_room"])
    await stage.kim.wait_until_in(new)
    await stage.kim.invite(new, stage.bot.user)
    await stage.kim.wait_for_text(new, "Hello", stage.bot.user)
    return new


async def test_nobody_but_a_steward_can_confirm_a_room(stage: Stage) -> None:
    room = await stage.lee.create_supporter_room(stage.bot.user)
    await stage.lee.wait_for_text(room, "Hello", stage.bot.user)
    await stage.lee.send(room, "!serve berlin")
    steward = await stage.private_chat(stage.rosa)
    asked = await stage.rosa.wait_for_text(steward, f"The room {room} asks", stage.bot.user)
    code = asked.body.split("!confirm ")[1].split("`")[0]
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swssupporter #chicago let me in")
        chat = await stage.private_chat(worker)
        await worker.send(chat, f"!confirm {code}")
        await worker.wait_for_text(chat, "is for stewards", stage.bot.user)

        await worker.send(stage.kitchen, "#swshelp #berlin still not confirmed")

        await stage.card(stage.fallback, "still not confirmed")
    await stage.rosa.send(steward, f"!decline {code}")
    await stage.lee.wait_for_text(room, "decided not to use this room", stage.bot.user)
