"""Posts, from the hashtag to the case: the bot as its own process, everybody else with another client."""

from __future__ import annotations

import asyncio

import pytest

from tests.live.people import Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize(
    ("tags", "city", "said"),
    [
        ("#swshelp #nyc", "nyc", "Supporters of New York City have this"),
        ("!swshelp #Brooklyn", "nyc", "Supporters of New York City have this"),
        ("＃swsdoxx #chicago", "chicago", "Someone here is being doxxed"),
        ("#SWSDANGER #chi", "chicago", "A danger report for Chicago reached supporters"),
        ("#swsharassment #nyc", "nyc", "please don't engage"),
        ("#swsharrassment #chicago", "chicago", "please don't engage"),
        ("#swsfyi #chicago", "chicago", "Thank you for the tip"),
        ("#swssupporter #nyc", "nyc", None),
        ("#swshelp", "fallback", "Supporters have this"),
        ("#swshelp #berlin", "fallback", "Supporters have this"),
        ("#swshelp #chicagoo", "fallback", "Supporters have this"),
    ],
)
async def test_each_category_reaches_its_citys_supporters_and_nobody_else(
    stage: Stage, tags: str, city: str, said: str | None
) -> None:
    room = getattr(stage, city)
    words = f"words of {tags} that only its readers see"
    async with stage.worker() as worker:
        post = await worker.send(stage.kitchen, f"{tags} {words}")

        card = await stage.card(room, words)
        await stage.receipt(worker, "have what you wrote")

        assert card.clean
        _names_nobody(stage, card.body + card.formatted, worker, post)
        await stage.nowhere_else(words, worker, stage.kim, stage.supporters[room])
        if said is not None:
            assert (await worker.wait_for_text(stage.kitchen, said, stage.bot.user)).clean


def _names_nobody(stage: Stage, shown: str, worker: Person, post: str) -> None:
    for it in (worker.user, worker.name, post, stage.kitchen, stage.cellar, stage.porch):
        assert it not in shown


async def test_a_post_for_two_cities_is_one_case_in_each(stage: Stage) -> None:
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swshelp #nyc #chicago two of us, one in each place")

        here, there = await asyncio.gather(
            stage.card(stage.nyc, "one in each place"), stage.card(stage.chicago, "one in each place")
        )

        assert here.body.splitlines()[0] != there.body.splitlines()[0]
        await stage.receipt(worker, "Supporters of New York City and Chicago have what you wrote")


async def test_a_room_with_a_city_needs_no_tag(stage: Stage) -> None:
    async with stage.worker(stage.porch) as worker:
        await stage.kim.send(stage.porch, "!city chicago")
        await stage.kim.wait_for_text(stage.porch, "This room is for Chicago from now on")
        await worker.send(stage.porch, "#swshelp the room itself says where")

        assert "Chicago" in (await stage.card(stage.chicago, "the room itself says where")).body

        await stage.kim.send(stage.porch, "!city off")
        await stage.kim.wait_for_text(stage.porch, "This room has no city any more")


async def test_chatter_is_left_alone(stage: Stage) -> None:
    async with stage.worker() as worker:
        await stage.kim.catch_up()
        before, heard = stage.kim.mark(), len(stage.said_in(stage.kim, stage.kitchen))
        await worker.send(stage.kitchen, "good morning, I love #nyc")
        await worker.send(stage.kitchen, "#swshelp #nyc after the chatter")
        await stage.receipt(worker, "have what you wrote")

        await stage.kim.wait_for_text(
            stage.kitchen, "Supporters of New York City have this", stage.bot.user, since=before
        )
        await stage.nowhere_else("I love #nyc", worker, stage.kim)
        await stage.kim.catch_up()
        assert len(stage.said_in(stage.kim, stage.kitchen)) == heard + 1


async def test_a_doxx_post_is_removed_and_its_links_meet_the_takedown_desk(stage: Stage) -> None:
    async with stage.worker() as worker:
        post = await worker.send(stage.kitchen, "#swsdoxx #nyc my flat is on https://x.com/mean/status/99")

        await stage.kim.wait_until_removed(stage.kitchen, post)
        card = await stage.card(stage.nyc, "x.com/mean/status/99")

        assert "Takedown desk" in card.body
        first_steps = await stage.receipt(worker, "This is not your fault")
        assert "x.com/mean" not in first_steps.body


async def test_where_the_bot_may_not_remove_a_doxx_post_its_worker_is_asked_to(stage: Stage) -> None:
    async with stage.worker(stage.cellar) as worker:
        post = await worker.send(stage.cellar, "#swsdoxx #nyc my name and street are in the group chat")

        await stage.card(stage.nyc, "are in the group chat")
        await stage.receipt(worker, "Please delete it yourself")

        assert not stage.kim.events[post].redacted
        for said in stage.said_in(stage.kim, stage.cellar):
            assert "delete" not in said


async def test_nothing_that_answers_a_doxx_or_danger_post_points_at_it(stage: Stage) -> None:
    async with stage.worker() as worker:
        posts = [
            await worker.send(stage.kitchen, f"{tag} #nyc do not point at this")
            for tag in ("#swsdoxx", "#swsdanger")
        ]
        await stage.kim.wait_until_removed(stage.kitchen, posts[0])
        await worker.wait_for_text(stage.kitchen, "A danger report for New York City", stage.bot.user)
        await stage.kim.catch_up()

        said = [event for event in stage.kim.in_room(stage.kitchen) if event.sender == stage.bot.user]
        pointing = [event for event in said if event.relates_to and event.type != "m.room.redaction"]
        assert pointing == []


async def test_a_danger_post_with_a_phone_number_goes_and_one_without_stays(stage: Stage) -> None:
    async with stage.worker(stage.porch) as worker:
        stays = await worker.send(stage.porch, "#swsdanger #nyc two men in a grey van by the bridge")
        goes = await worker.send(stage.porch, "#swsdanger #nyc he calls from (212) 555-0143")

        await stage.kim.wait_until_removed(stage.porch, goes)
        why = await stage.receipt(worker, "a phone number")

        await stage.card(stage.nyc, "(212) 555-0143")
        await stage.card(stage.nyc, "two men in a grey van")
        assert "leave that part out" in why.body
        assert "555-0143" not in why.body
        assert not stage.kim.events[stays].redacted


async def test_a_private_chat_needs_no_tag_and_a_city_named_later_moves_the_case(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat = await worker.create_room(
            encrypted=True, preset="trusted_private_chat", invite=[stage.bot.user], is_direct=True
        )
        await worker.wait_for_text(chat, "The next thing you write here", stage.bot.user)
        await worker.send(chat, "someone is waiting outside my door since noon")

        card = await stage.card(stage.fallback, "outside my door since noon")
        assert card.clean
        await worker.wait_for_text(chat, "Which city is this about?", stage.bot.user)

        await worker.send(chat, "Chicago")
        await stage.card(stage.chicago, "outside my door since noon")
        await worker.wait_for_text(chat, "supporters of Chicago have what you wrote now", stage.bot.user)


async def test_a_greeting_is_no_case(stage: Stage) -> None:
    async with stage.worker() as worker:
        chat = await worker.create_room(
            encrypted=True, preset="trusted_private_chat", invite=[stage.bot.user], is_direct=True
        )
        await worker.wait_for_text(chat, "The next thing you write here", stage.bot.user)
        await worker.send(chat, "test")
        await worker.wait_for(
            chat, lambda _: len(stage.said_in(worker, chat)) == 2, "an answer to the greeting"
        )
        await worker.send(chat, "actually I need a doctor I can trust")

        card = await stage.card(stage.fallback, "a doctor I can trust")

        assert "test" not in card.body


async def test_a_worker_and_a_supporter_can_talk_without_knowing_each_other(stage: Stage) -> None:
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swshelp #nyc can somebody walk home with me")
        card = await stage.card(stage.nyc, "walk home with me")
        chat = await stage.private_chat(worker)

        await stage.sam.reply_in_thread(stage.nyc, card.id, "!reply We are two and leave at ten.")
        answer = await worker.wait_for_text(chat, "We are two and leave at ten.", stage.bot.user)
        await worker.send(chat, "thank you, the red door")
        more = await stage.sam.wait_for_text(stage.nyc, "thank you, the red door", stage.bot.user)

        assert answer.clean
        assert stage.sam.user not in answer.body + answer.formatted
        assert more.thread == card.id
        assert worker.user not in more.body + more.formatted


async def test_talk_among_supporters_stays_among_them(stage: Stage) -> None:
    async with stage.worker() as worker:
        await worker.send(stage.kitchen, "#swshelp #nyc a question for later")
        card = await stage.card(stage.nyc, "a question for later")
        await stage.receipt(worker, "have what you wrote")
        await stage.sam.reply_in_thread(stage.nyc, card.id, "between us: who has time?")
        await stage.sam.reply_in_thread(stage.nyc, card.id, "!reply Somebody has time.")

        await stage.receipt(worker, "Somebody has time.")

        await stage.nowhere_else("between us", stage.sam)
