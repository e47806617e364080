"""We promise to tired supporters, and to workers who would like to know whether anybody is there, that …"""

from __future__ import annotations

import pytest

from tests.live.cases import Case, nothing_open, opened, posted, reported
from tests.live.clock import ByHand
from tests.live.people import Client
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


async def test_who_is_available_is_a_name_among_supporters_and_a_number_for_workers(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat = await opened(stage, worker)
        await stage.nia.send(stage.newark, "!available en es")
        await stage.rosa.send(stage.newark, "!available")
        for supporter in (stage.nia, stage.rosa):
            await supporter.wait_for_text(stage.newark, "You are listed as available", stage.bot.user)
        await stage.rosa.send(stage.newark, "!supporters")
        listed = await stage.nia.wait_for_text(stage.newark, "is available and speaks", stage.bot.user)
        assert f"{stage.rosa.user} is available" in listed.body

        await worker.send(chat, "!supporters newark")
        await worker.wait_for_text(chat, "Supporters of Newark who are available now: 2.", stage.bot.user)
        await stage.nia.send(stage.newark, "!away")
        await stage.rosa.wait_for_text(stage.newark, "You are away now", stage.bot.user)
        await worker.send(chat, "!supporters newark")
        await worker.wait_for_text(chat, "Supporters of Newark who are available now: 1.", stage.bot.user)

        mark = stage.nia.mark()
        await stage.rosa.send(stage.newark, "!away")
        await stage.nia.wait_for_text(stage.newark, "You are away now", stage.bot.user, since=mark)
        await worker.send(chat, "!supporters newark")
        await worker.wait_for_text(chat, "No supporter of Newark has said", stage.bot.user)
        assert [each for each in (stage.nia, stage.rosa) if each.user in worker.everything()] == []


async def test_asking_who_wrote_gives_one_answer_whoever_is_named(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await reported(stage, worker, "somebody says she is one of you")
        await case.say(stage.nia, "!reply only I write here")
        await worker.wait_for_text(chat, "only I write here", stage.bot.user)

        answers = []
        for asked in ("!who", f"!who {stage.nia.user}", f"!who {stage.lee.user}"):
            mark = worker.mark()
            await worker.send(chat, asked)
            said = await worker.wait_for_text(chat, "I never say who they are", stage.bot.user, since=mark)
            answers.append(said.body)
        assert len(set(answers)) == 1


async def test_sentences_to_send_fit_the_case_and_go_nowhere_by_themselves(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat, case = await reported(stage, worker, "a man with a ladder", tag="#swsdanger")
        await case.say(stage.rosa, "!snippets")
        danger = await case.hears(stage.nia, "Are you somewhere safe right now?")
        await case.say(stage.nia, "!snippets doxx")
        doxx = await case.hears(stage.rosa, "If you send me the links here")
        assert danger.clean
        assert doxx.clean
        await case.say(stage.rosa, "!reply Are you somewhere safe?")
        await worker.wait_for_text(chat, "Are you somewhere safe?", stage.bot.user)
        assert "safe right now" not in worker.everything()


async def test_after_a_hard_case_there_is_a_word_for_who_looked_after_it_and_not_after_another(
    clock: ByHand,
) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        hard = await posted(stage, worker, "he stands at the gate again", tag="#swsdanger")
        light = await posted(stage, worker, "where can I print a form")
        for case in (light, hard):
            await case.say(stage.nia, "!claim")
            await case.say(stage.nia, "!close")
            await case.shows(stage.rosa, "Closed")

        care = await hard.hears(stage.nia, "That was a hard one")
        assert "!away" in care.body
        await stage.rosa.catch_up()
        assert _cares(stage, light) == 0
        assert _cares(stage, hard) == 1


async def test_nobody_carries_more_than_five_cases_and_both_hear_it_in_kind_words(clock: ByHand) -> None:
    stage = clock.stage
    await nothing_open(stage)
    async with stage.worker(client=Client.STRICT) as one, stage.worker(client=Client.DEFAULT) as other:
        cases = [
            await posted(stage, worker, f"errand number {number}")
            for number, worker in enumerate((one, other) * 3)
        ]
        *five, sixth = cases
        for case in five:
            await case.say(stage.nia, "!claim")
            await case.shows(stage.rosa, f"With {stage.nia.user}")
        await sixth.say(stage.nia, "!claim")
        told = await sixth.hears(stage.rosa, f"{stage.nia.user}, you look after 5 cases already")
        assert "hand one over" in told.body

        await sixth.say(stage.rosa, "!claim")
        await sixth.shows(stage.nia, f"With {stage.rosa.user}")
        await sixth.say(stage.rosa, f"!handoff {stage.nia.user}")
        await sixth.hears(stage.nia, f"{sixth.name} stays with you for now")
        await five[0].say(stage.nia, f"!handoff {stage.rosa.user}")
        await five[0].shows(stage.rosa, f"With {stage.rosa.user}")
        mark = stage.nia.mark()
        await sixth.say(stage.rosa, f"!handoff {stage.nia.user}")
        await sixth.shows(stage.nia, f"With {stage.nia.user}", since=mark)
        for case in cases:
            await case.say(stage.rosa if case is five[0] else stage.nia, "!close")
            await case.shows(stage.rosa, "Closed")


def _cares(stage: Stage, case: Case) -> int:
    said = stage.rosa.messages(stage.newark, stage.bot.user)
    return sum(event.thread == case.card.id and "a hard one" in event.body for event in said)
