"""We promise that as time passes nobody who asked for help is left waiting in silence: …"""

from __future__ import annotations

import pytest

from tests.live.cases import Case, opened, posted, reported
from tests.live.clock import ByHand, often
from tests.live.people import Client, Person

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]
ASKS = "Are you all right? Please write `!fine`"
FINE = "Good to hear. Take care."


async def checked_in(clock: ByHand, worker: Person, chat: str, words: str) -> None:
    """To be asked in half an hour; the words are for supporters of Newark, if no answer comes."""
    await worker.send(chat, f"!checkin 30m #newark {words}")
    await worker.wait_for_text(chat, "I will ask you in 30 minutes", clock.stage.bot.user)


async def test_a_case_nobody_claims_is_called_out_then_goes_to_neighbours_then_to_everybody(
    clock: ByHand,
) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat, case = await reported(stage, worker, "I am locked in a bathroom")
        calm = await posted(stage, worker, "I need a warm coat", tag="#swsharassment")
        await calm.say(stage.nia, "!claim")
        await calm.shows(stage.rosa, f"With {stage.nia.user}")

        await stage.nia.set_power(stage.newark, stage.bot.user, 50)
        await clock.minutes(11)
        for supporter in (stage.nia, stage.rosa):
            called = await case.hears(supporter, f"Nobody has claimed {case.name} yet")
            assert await supporter.ring(called) == "called"
        await clock.minutes(10)
        near = await stage.card(stage.nyc, "locked in a bathroom")
        assert near.clean
        assert await stage.sam.ring(near) == "heard"
        await case.hears(stage.nia, "supporters of New York City have it now")
        await worker.wait_for_text(chat, "New York City", stage.bot.user)
        await clock.minutes(10)
        there = await stage.card(stage.fallback, "locked in a bathroom")
        steward = await stage.private_chat(stage.rosa)
        heard = await stage.rosa.wait_for_text(steward, f"Nobody has claimed {case.name} yet", stage.bot.user)
        assert "bathroom" not in heard.body
        assert await stage.rosa.ring(heard) != "silent"

        await stage.rosa.reply_in_thread(stage.fallback, there.id, "!claim")
        await stage.rosa.wait_for_text(stage.fallback, f"has {case.name} now", stage.bot.user)
        await clock.minutes(60)
        await stage.rosa.reply_in_thread(stage.fallback, there.id, "!reply the door opens to the left")
        await worker.wait_for_text(chat, "opens to the left", stage.bot.user)
        assert often(stage.nia, stage.newark, f"claimed {calm.name}") == 0
        assert often(stage.rosa, steward, f"claimed {case.name}") == 1
        await calm.say(stage.nia, "!close")
        await stage.rosa.reply_in_thread(stage.fallback, there.id, "!close")


async def test_what_others_were_asked_to_take_may_still_be_taken_by_who_had_it_first(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await reported(stage, worker, "my lift did not come")
        await clock.minutes(11)
        await case.hears(stage.rosa, f"Nobody has claimed {case.name} yet")
        await clock.minutes(10)
        there = await stage.card(stage.nyc, "my lift did not come")
        await case.holds(stage.rosa, "I asked supporters of New York City too")
        await case.hears(stage.nia, "supporters of New York City have it now")

        await stage.rosa.react(stage.newark, case.card.id, "🙋")
        await case.shows(stage.nia, f"With {stage.rosa.user}")
        elsewhere = await stage.sam.wait_for(
            stage.nyc,
            lambda e: "It is with supporters of Newark now" in str(e.content.get("m.new_content")),
            "a card that says who has it",
        )
        assert (elsewhere.relates_to or {}).get("event_id") == there.id
        assert "lift" not in str(elsewhere.content)
        assert stage.rosa.user not in stage.sam.everything()

        called = often(stage.nia, stage.newark, f"claimed {case.name}")
        await clock.minutes(30)
        await case.say(stage.nia, "!reply we come and get you")
        await worker.wait_for_text(chat, "we come and get you", stage.bot.user)
        assert often(stage.nia, stage.newark, f"claimed {case.name}") == called
        assert "my lift" not in "".join(stage.said_in(stage.rosa, stage.fallback))
        await case.say(stage.rosa, "!close")
        await case.shows(stage.nia, "Closed")


async def test_a_claim_of_which_nothing_is_heard_is_free_for_the_other_supporter(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        _, case = await reported(stage, worker, "the heating is off for a week")
        await case.say(stage.rosa, "!claim")
        await case.shows(stage.nia, f"With {stage.rosa.user}")
        mark = stage.nia.mark()

        await clock.minutes(12 * 60 + 1)

        await case.shows(stage.nia, "Waiting", since=mark)
        await case.hears(stage.rosa, f"Nothing was heard of {stage.rosa.user}")
        await case.say(stage.nia, "!claim")
        await case.shows(stage.rosa, f"With {stage.nia.user}")
        await case.say(stage.nia, "!close")
        await case.shows(stage.rosa, "Closed")


async def test_a_check_in_that_is_answered_ends_without_anybody_hearing_of_it(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat = await opened(stage, worker)
        await checked_in(clock, worker, chat, "hotel at the harbour")
        await clock.minutes(31)
        asked = await worker.wait_for_text(chat, ASKS, stage.bot.user)
        assert asked.clean
        assert await worker.ring(asked) != "silent"
        await worker.send(chat, "!fine")
        await worker.wait_for_text(chat, FINE, stage.bot.user)

        await clock.minutes(60)
        await posted(stage, worker, "something later")
        await stage.nowhere_else("hotel at the harbour", worker)


async def test_a_check_in_that_is_missed_is_a_case_with_the_words_left_for_it_and_no_others(
    clock: ByHand,
) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat = await opened(stage, worker)
        await checked_in(clock, worker, chat, "room 12 above the bakery")
        await clock.minutes(31)
        await worker.wait_for_text(chat, ASKS, stage.bot.user)
        await stage.nia.catch_up()
        assert "above the bakery" not in stage.nia.everything()
        await clock.minutes(11)

        case = Case(stage, await stage.card(stage.newark, "room 12 above the bakery"))
        assert (await stage.card(stage.newark, "room 12 above the bakery", instead=stage.rosa)).clean
        assert worker.user not in case.card.body
        assert "checkin" not in case.card.body
        await worker.wait_for_text(chat, "You did not answer, so supporters of Newark", stage.bot.user)
        await worker.send(chat, "!fine")
        await case.hears(stage.rosa, "says that they are all right")
        await case.say(stage.rosa, "!close")
        await case.shows(stage.nia, "Closed")


@pytest.mark.parametrize("client", Client)
async def test_the_alarm_word_looks_like_all_fine_to_the_letter_and_calls_both_supporters(
    clock: ByHand, client: Client
) -> None:
    stage = clock.stage
    cabin = f"cabin 4 at the {client.value} lake"
    async with stage.worker(client=client) as worker:
        chat = await opened(stage, worker)
        word = await worker.send(chat, "!checkin word marigold")
        await worker.wait_for_text(chat, "I know your word now", stage.bot.user)
        await worker.wait_until_removed(chat, word)
        await checked_in(clock, worker, chat, cabin)
        before = len(stage.said_in(worker, chat))
        await worker.send(chat, "!fine marigold")

        case = Case(stage, await stage.card(stage.newark, cabin))
        await stage.card(stage.newark, cabin, instead=stage.rosa)
        assert "marigold" not in case.card.body
        await case.say(stage.nia, "!claim")
        await case.shows(stage.rosa, f"With {stage.nia.user}")
        await case.say(stage.nia, "!close")
        await case.shows(stage.rosa, "Closed")
        await clock.minutes(60)
        mark = worker.mark()
        await worker.send(chat, "!checkin")
        await worker.wait_for_text(chat, "`!checkin", stage.bot.user, since=mark)
        said = stage.said_in(worker, chat)[before:]
        assert said[0] == FINE
        assert len(said) == 2
        assert not any(hint in text for text in said for hint in ("running", "lake", case.name))


async def test_a_closed_case_is_announced_put_off_once_and_then_gone(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await reported(stage, worker, "the blue door in Mill Lane")
        await case.say(stage.rosa, "!close")
        await case.shows(stage.nia, "Closed")
        await clock.days(6)
        await case.hears(stage.nia, "Tomorrow I remove everything")
        await case.say(stage.nia, "!postpone")
        await case.hears(stage.rosa, f"I keep {case.name} for a while longer")
        mark = stage.nia.mark()
        await clock.days(7)
        await case.hears(stage.nia, "Tomorrow I remove everything", since=mark)
        assert not stage.nia.events[case.card.id].redacted

        await clock.days(1)
        for supporter in (stage.nia, stage.rosa):
            await supporter.wait_until_removed(stage.newark, case.card.id)
        await worker.send(chat, "#newark the blue door is open again")
        again = Case(stage, await stage.card(stage.newark, "the blue door is open again"))
        assert again.name != case.name
