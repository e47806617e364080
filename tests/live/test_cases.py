"""Cases, from the claim to the closing: a worker and two supporters, each with another client than ours."""

from __future__ import annotations

import asyncio

import pytest

from tests.live.cases import reported
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


async def test_a_case_is_claimed_answered_closed_and_opened_again(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat, case = await reported(stage, worker, "I lost my keys and he has them")

        await stage.rosa.react(stage.newark, case.card.id, "🙋")
        edited = await case.shows(stage.nia, f"With {stage.rosa.user}")
        assert edited.clean
        await case.say(stage.nia, "!claim")
        await stage.nia.wait_for_text(stage.newark, f"{stage.rosa.user} has", stage.bot.user)
        await stage.nia.wait_for_text(stage.newark, "already", stage.bot.user)

        await case.say(stage.rosa, "!reply we know a locksmith")
        answer = await worker.wait_for_text(chat, "we know a locksmith", stage.bot.user)
        await stage.rosa.wait_for_text(stage.newark, "✅ The worker has it", stage.bot.user)
        assert stage.rosa.user not in answer.body + answer.formatted

        await case.say(stage.rosa, "!close")
        await worker.wait_for_text(chat, "Are you all right?", stage.bot.user)
        await case.shows(stage.nia, "Closed")

        await worker.send(chat, "he is at the door again")
        await case.shows(stage.nia, "Waiting")
        more = await stage.nia.wait_for_text(stage.newark, "he is at the door again", stage.bot.user)
        assert more.thread == case.card.id
        await worker.wait_for_text(chat, "is open again", stage.bot.user)
        await case.say(stage.nia, "!close")
        await case.shows(stage.rosa, "Closed")


async def test_what_either_side_changes_or_deletes_is_changed_and_gone_on_the_other(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat, case = await reported(stage, worker, "somebody took my bag")
        street = await worker.send(chat, "it was in Elm Street")
        coat = await worker.send(chat, "he wears a green coat")
        told = await stage.nia.wait_for_text(stage.newark, "a green coat", stage.bot.user)
        reply = await case.say(stage.nia, "!reply my own number is 555")
        copy = await worker.wait_for_text(chat, "my own number", stage.bot.user)

        await worker.edit(chat, street, "it was in Oak Street")
        changed = await stage.nia.wait_for(
            stage.newark,
            lambda e: "Oak Street" in str(e.content.get("m.new_content")),
            "an edit in the thread",
        )
        assert changed.clean
        await worker.redact(chat, coat)
        await stage.nia.redact(stage.newark, reply)

        await asyncio.gather(
            stage.nia.wait_until_removed(stage.newark, told.id), worker.wait_until_removed(chat, copy.id)
        )
        await stage.nia.wait_for(
            stage.newark,
            lambda e: "Withdrawn in part" in str(e.content.get("m.new_content")),
            "a card that says so",
        )
        await stage.nia.wait_for_text(stage.newark, "I removed it from the worker's chat too", stage.bot.user)


async def test_the_board_is_for_the_room_alone_and_shows_its_cases(stage: Stage) -> None:
    async with stage.worker() as worker:
        await reported(stage, worker, "I need a ride from the clinic")
        await stage.nia.send(stage.newark, "!cases waiting")
        board = await stage.nia.wait_for_text(stage.newark, "Waits for somebody", stage.bot.user)
        assert worker.user not in board.body
        await stage.nowhere_else("I need a ride from the clinic", worker, stage.kim, stage.nia, stage.rosa)


async def test_phones_are_heard_for_what_people_write_and_silent_for_what_the_bot_answers(
    stage: Stage,
) -> None:
    async with stage.worker() as worker:
        chat, case = await reported(stage, worker, "the lights in my street are out")
        for supporter in (stage.nia, stage.rosa):
            assert await supporter.ring(case.card) == "heard"
        await worker.send(chat, "all of them")
        assert await stage.rosa.ring(await case.hears(stage.rosa, "all of them")) == "heard"
        await case.say(stage.rosa, "!reply we bring lamps")
        answer = await worker.wait_for_text(chat, "we bring lamps", stage.bot.user)
        assert await worker.ring(answer) == "heard"
        await case.say(stage.nia, "!note three lamps")
        for calm in (
            await case.hears(stage.rosa, "Noted on the card"),
            await case.holds(stage.rosa, "three lamps"),
        ):
            assert await stage.rosa.ring(calm) == "silent"


async def test_who_leaves_the_chat_twice_and_declines_once_is_answered_all_the_same(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat, case = await reported(stage, worker, "he changed the locks")
        for words in ("we have a bed for you", "it is still free", "the key is with a neighbour"):
            since = stage.nia.mark()
            await worker.leave(chat)  # the second time it is only an invitation
            await stage.nia.wait_for_text(stage.newark, "has left the private chat", since=since)
            await case.say(stage.nia, f"!reply {words}")
            await stage.nia.wait_for_text(stage.newark, "they have not come into that chat yet", since=since)
            chat = await worker.wait_for_membership("invite", by=stage.bot.user)
            if words != "we have a bed for you":
                await worker.join(chat)
                await worker.wait_for_text(chat, words, stage.bot.user)
