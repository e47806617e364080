"""We promise of what a worker agrees to, with two supporters reading, that …"""

from __future__ import annotations

import pytest

from tests.live.cases import confided, opened
from tests.live.clock import ByHand
from tests.live.people import Client

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("client", Client)
async def test_what_is_shared_with_nobody_reaches_nobody_and_what_comes_later_does(
    clock: ByHand, client: Client
) -> None:
    stage = clock.stage
    kept, shared = (f"{what}, says a {client.value} client" for what in ("only between us", "now for others"))
    async with stage.worker(client=client) as worker:
        chat = await opened(stage, worker)
        await worker.send(chat, "!share nobody")
        await worker.wait_for_text(chat, "nobody reads what you write here", stage.bot.user)
        await worker.send(chat, f"#newark {kept}")
        await worker.wait_for_text(chat, "nobody reads this and I do not keep it", stage.bot.user)

        await worker.send(chat, "!share supporters")
        await worker.wait_for_text(chat, "goes to supporters, and to nobody else", stage.bot.user)
        await worker.send(chat, f"#newark {shared}")
        card = await stage.card(stage.newark, shared)
        assert kept not in card.body
        assert (await stage.card(stage.newark, shared, instead=stage.rosa)).clean
        await stage.nowhere_else(kept, worker)
        await stage.nowhere_else(shared, worker, stage.nia, stage.rosa)


async def test_a_pause_is_said_in_the_thread_and_stops_words_on_one_way_only(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        chat, case = await confided(stage, worker, "he has a second phone")

        await worker.send(chat, "!share nobody")
        await case.hears(stage.nia, "asked for a pause")
        await worker.send(chat, "I need to think alone")
        await worker.wait_for_text(chat, "nobody reads this and I do not keep it", stage.bot.user)
        await case.say(stage.rosa, "!reply we are not going away")
        await worker.wait_for_text(chat, "we are not going away", stage.bot.user)

        await worker.send(chat, "!share supporters")
        await case.hears(stage.rosa, "is sharing again")
        await worker.send(chat, "thank you for waiting")
        await case.hears(stage.nia, "thank you for waiting")
        await stage.nowhere_else("I need to think alone", worker)


async def test_an_alert_is_a_third_yes_that_can_be_taken_back_by_itself(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await confided(stage, worker, "a man who pays with torn notes")

        await worker.send(chat, "!share alert")
        await worker.wait_for_text(chat, "may also warn others", stage.bot.user)
        for supporter in (stage.nia, stage.rosa):
            await case.hears(supporter, "agrees that others are warned")
        await worker.send(chat, "!share supporters")
        await case.hears(stage.nia, "no longer agrees, that others are warned")
        await worker.send(chat, "he was here on Friday")
        await case.hears(stage.rosa, "he was here on Friday")
