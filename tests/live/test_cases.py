"""Cases, from the claim to the closing: a worker and two supporters, each with another client than ours."""

from __future__ import annotations

import pytest

from tests.live.cases import reported
from tests.live.people import Client, Event, Person
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


@pytest.mark.parametrize("client", Client)
async def test_what_either_side_changes_or_deletes_is_changed_and_gone_on_the_other(
    stage: Stage, client: Client
) -> None:
    async with stage.worker(client=client) as worker:
        chat, case = await reported(stage, worker, f"somebody took my bag, says a {client.value} client")
        street = await worker.send(chat, "it was in Elm Street")
        await case.hears(stage.rosa, "it was in Elm Street")
        coat = await worker.send(chat, "he wears a green coat")
        told = await case.hears(stage.nia, "a green coat")
        reply = await case.say(stage.nia, "!reply my own number is 555")
        copy = await worker.wait_for_text(chat, "my own number", stage.bot.user)
        where = await case.say(stage.rosa, "!reply come to the corner")
        corner = await worker.wait_for_text(chat, "come to the corner", stage.bot.user)

        await worker.edit(chat, street, "it was in Oak Street")
        for supporter in (stage.nia, stage.rosa):
            assert (await _changed(supporter, stage.newark, "Oak Street")).clean
        await stage.rosa.edit(stage.newark, where, "!reply come to the bakery")
        now = await _changed(worker, chat, "come to the bakery")
        assert (now.relates_to or {}).get("event_id") == corner.id

        await worker.redact(chat, coat)
        await stage.nia.redact(stage.newark, reply)
        for supporter in (stage.nia, stage.rosa):
            await supporter.wait_until_removed(stage.newark, told.id)
            await case.holds(supporter, "Withdrawn in part")
        await worker.wait_until_removed(chat, copy.id)
        await case.hears(stage.rosa, "I removed it from the worker's chat too")


async def _changed(reader: Person, room: str, words: str) -> Event:
    return await reader.wait_for(
        room, lambda e: words in str((e.content.get("m.new_content") or {}).get("body")), f"“{words}” instead"
    )


@pytest.mark.parametrize("client", Client)
async def test_a_case_of_another_room_is_as_far_away_as_one_that_is_closed_or_never_was(
    stage: Stage, client: Client
) -> None:
    async with stage.worker(client=client) as worker:
        _, case = await reported(stage, worker, f"not for another room, says a {client.value} client")
        await case.say(stage.rosa, "!claim")
        await case.shows(stage.nia, f"With {stage.rosa.user}")
        over = await _closed_in_nyc(stage, worker, f"soon over, says a {client.value} client")

        answers = {
            await _answer(stage, f"!{command} {name}", None)
            for command in ("claim", "release", "close")
            for name in (case.name, over.body.split()[1].rstrip(":"), "never-was")
        }
        assert len(answers) == 1
        replies = {await _answer(stage, "!reply hear me", card) for card in (case.card.id, over.id, None)}
        assert len(replies) == 1
        assert "Nothing was sent" in replies.pop()

        board = await _answer(stage, "!cases", None)
        assert case.name not in board
        await worker.catch_up()
        assert "hear me" not in worker.everything()
        await case.say(stage.nia, "!close")
        await case.hears(stage.nia, "only they can do that")


async def _closed_in_nyc(stage: Stage, worker: Person, words: str) -> Event:
    await worker.send(stage.kitchen, f"#swshelp #nyc {words}")
    card = await stage.card(stage.nyc, words)
    mark = stage.sam.mark()
    await stage.sam.reply_in_thread(stage.nyc, card.id, "!close")
    for said in ("This case is closed", "The worker is asked whether they are all right"):
        await stage.sam.wait_for_text(stage.nyc, said, stage.bot.user, since=mark)
    return card


async def _answer(stage: Stage, words: str, card: str | None) -> str:
    """What Sam is told in the room of another team."""
    mark = stage.sam.mark()
    if card is None:
        await stage.sam.send(stage.nyc, words)
    else:
        # Of a thread the homeserver itself says that it belongs to another room; of a reply it does not.
        await stage.sam.reply(stage.nyc, card, words)
    told = await stage.sam.wait_for(
        stage.nyc, lambda e: e.is_message and e.sender == stage.bot.user, f"an answer to {words}", since=mark
    )
    return told.body


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
