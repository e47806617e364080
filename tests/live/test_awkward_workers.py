"""We promise that a worker who does not do what we expect is still heard and told the truth: …"""

from __future__ import annotations

import pytest

from tests.live.cases import Case, confided, opened, posted, reported
from tests.live.clock import ByHand
from tests.live.people import Client, Device, Person

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


async def test_two_cases_of_one_person_are_two_talks(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat, flat = await reported(stage, worker, "the landlord has my papers")
        van = await posted(stage, worker, "a grey van follows us", tag="#swsdanger")
        assert flat.name != van.name

        await flat.say(stage.nia, "!reply about your papers")
        await van.say(stage.rosa, "!reply about the van")
        papers = await worker.wait_for_text(chat, "about your papers", stage.bot.user)
        about_van = await worker.wait_for_text(chat, "about the van", stage.bot.user)
        assert "use Reply on this message" in papers.body

        await worker.reply(chat, papers.id, "he keeps them in his desk")
        await worker.reply(chat, about_van.id, "the plate begins with K")
        await flat.hears(stage.rosa, "he keeps them in his desk")
        await van.hears(stage.nia, "the plate begins with K")
        await flat.say(stage.nia, "!close")
        await flat.shows(stage.rosa, "Closed")
        await worker.send(chat, "they are two men")
        await van.hears(stage.nia, "they are two men")


async def test_who_never_opened_the_chat_finds_everything_in_it_later(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        case = await posted(stage, worker, "I only look in here at night")
        room = await worker.wait_for_membership("invite", by=stage.bot.user)

        await case.say(stage.rosa, "!reply we are here all night")
        waits = await case.hears(stage.nia, "they have not come into that chat yet")
        assert "The worker has it" not in waits.body

        await worker.join(room)
        assert (await worker.wait_for_text(room, "have what you wrote", stage.bot.user)).clean
        assert (await worker.wait_for_text(room, "we are here all night", stage.bot.user)).clean
        await worker.send(room, "now I am awake")
        await case.hears(stage.nia, "now I am awake")


async def test_who_left_the_chat_is_asked_in_once_more_by_a_reply_and_goes_on_in_the_same_case(
    clock: ByHand,
) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat, case = await reported(stage, worker, "my phone is watched")
        await worker.leave(chat)
        await case.hears(stage.nia, "The worker has left the private chat")

        await case.say(stage.nia, "!reply take your time")
        await case.hears(stage.rosa, "they have not come into that chat yet")
        again = await worker.accept(by=stage.bot.user)
        assert again != chat
        assert (await worker.wait_for_text(again, "take your time", stage.bot.user)).clean
        await worker.send(again, "another phone now")
        await case.hears(stage.rosa, "another phone now")
        await case.say(stage.nia, "!reply good")
        await case.hears(stage.nia, "The worker has it")


@pytest.mark.parametrize("client", Client)
async def test_who_comes_back_after_a_week_is_heard_in_the_same_case(clock: ByHand, client: Client) -> None:
    stage = clock.stage
    async with stage.worker(client=client) as worker:
        chat, case = await reported(stage, worker, f"I am going away, says a {client.value} client")
        await case.say(stage.rosa, "!claim")
        await case.shows(stage.nia, f"With {stage.rosa.user}")
        await clock.days(7)
        # Rosa said nothing for a week: it waits for anybody by now.
        await case.hears(stage.nia, f"Nothing was heard of {stage.rosa.user}")

        await worker.send(chat, "I am back and it goes on")
        for supporter in (stage.nia, stage.rosa):
            assert (await case.hears(supporter, "I am back and it goes on")).clean
        await case.say(stage.nia, "!claim")
        await case.say(stage.nia, "!reply good to hear from you")
        assert (await worker.wait_for_text(chat, "good to hear from you", stage.bot.user)).clean
        await case.say(stage.nia, "!close")
        await case.shows(stage.rosa, "Closed")


async def test_each_reads_the_bot_in_their_own_language_and_all_talk_about_one_case(clock: ByHand) -> None:
    """One worker in Spanish and one in English, with a team that changes over to Spanish meanwhile."""
    stage = clock.stage
    async with (
        stage.worker(client=Client.DEFAULT) as worker,
        stage.worker(client=Client.STRICT) as neighbour,
    ):
        chat = await opened(stage, worker)
        await worker.send(chat, "!language es")
        await worker.wait_for_text(chat, "Aquí hablo español", stage.bot.user)
        await worker.send(chat, "#newark necesito un lugar para esta noche")
        case = Case(stage, await stage.card(stage.newark, "necesito un lugar"))
        assert case.card.body.startswith("Case ")
        await worker.wait_for_text(chat, "Las personas de apoyo de Newark ya tienen", stage.bot.user)

        await stage.nia.send(stage.newark, "!language es")
        try:
            await stage.rosa.wait_for_text(stage.newark, "Aquí hablo español", stage.bot.user)
            theirs, other = await confided(stage, neighbour, "and I need one for two")
            assert other.card.body.startswith("Caso ")
            await neighbour.wait_for_text(theirs, "Supporters of Newark have what you wrote", stage.bot.user)
            await case.say(stage.nia, "!claim")
            await case.shows(stage.rosa, "Con ")
            for each, person, room in ((case, worker, chat), (other, neighbour, theirs)):
                await each.say(stage.rosa, "!reply hay dos camas")
                await person.wait_for_text(room, "hay dos camas", stage.bot.user)
            assert "Una persona de apoyo escribe" in worker.messages(chat, stage.bot.user)[-1].body
            assert "A supporter writes" in neighbour.messages(theirs, stage.bot.user)[-1].body
        finally:
            mark = stage.rosa.mark()
            await stage.nia.send(stage.newark, "!language en")
            await stage.rosa.wait_for_text(stage.newark, "I speak English", stage.bot.user, since=mark)


async def test_who_puts_the_bot_out_has_an_invitation_and_no_more_than_that(clock: ByHand) -> None:
    """They blocked us: it is for them to say whether they ever want to read on."""
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await confided(stage, worker, "please nobody write to me tonight", "private_chat")
        await worker.wait_for_text(chat, "have what you wrote", stage.bot.user)
        await worker.kick(chat, stage.bot.user)

        await case.say(stage.rosa, "!reply whenever you like")
        await case.hears(stage.nia, "they have not come into that chat yet")
        await worker.wait_for_membership("invite", by=stage.bot.user)
        mark = stage.nia.mark()
        await case.say(stage.rosa, "!reply no hurry")
        await case.hears(stage.nia, "they have not come into that chat yet", since=mark)
        invited = [m for m in worker.memberships.values() if m["membership"] == "invite"]
        assert len(invited) == 1
        assert "whenever you like" not in worker.everything()


async def test_a_second_device_is_the_same_person_in_the_same_case(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat, case = await reported(stage, worker, "I write from two phones")
        async with await Person.enter(stage.server.url, worker.name, "pw", device=Device.UNSIGNED) as second:
            await second.wait_until_in(chat)
            await worker.sign(second.device)
            await second.send(chat, "this is my other phone")
            told = await case.hears(stage.nia, "this is my other phone")
            assert "not verified" not in told.body

            await case.say(stage.nia, "!reply we see both")
            for device in (worker, second):
                assert (await device.wait_for_text(chat, "we see both", stage.bot.user)).clean
            await worker.send(chat, "and this is the first one")
            await case.hears(stage.rosa, "and this is the first one")


async def test_what_is_written_in_a_chat_without_encryption_counts_and_goes_on_in_an_encrypted_one(
    clock: ByHand,
) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        plain = await worker.create_room(
            encrypted=False, preset="private_chat", is_direct=True, invite=[stage.bot.user]
        )
        await worker.send(plain, "#newark he has a key to my flat")
        case = Case(stage, await stage.card(stage.newark, "he has a key to my flat"))
        await worker.wait_for_text(plain, "not encrypted", stage.bot.user)

        sealed = await worker.accept(by=stage.bot.user)
        assert (await worker.wait_for_text(sealed, "have what you wrote", stage.bot.user)).clean
        await worker.send(sealed, "he comes on Mondays")
        await case.hears(stage.nia, "he comes on Mondays")
        await case.say(stage.rosa, "!reply change the lock today")
        assert (await worker.wait_for_text(sealed, "change the lock today", stage.bot.user)).clean
        told = stage.said_in(worker, plain)
        assert not any("change the lock" in said or "key to my flat" in said for said in told)
