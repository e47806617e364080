"""We promise of alerts, read by clients that are independent of ours, that …"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from tests.live.cases import Case, opened
from tests.live.clock import ByHand
from tests.live.people import Client, Event, Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


@asynccontextmanager
async def rooms_of_newark(stage: Stage) -> AsyncIterator[None]:
    """An encrypted and an open community room belong to Newark for a while."""
    rooms = (stage.kitchen, stage.porch)
    for room in rooms:
        since = stage.kim.mark()
        await stage.kim.send(room, "!city newark")
        await stage.kim.wait_for_text(room, "Newark", stage.bot.user, since=since)
    try:
        yield
    finally:
        for room in rooms:
            since = stage.kim.mark()
            await stage.kim.send(room, "!city off")
            await stage.kim.wait_for(room, lambda e: e.sender == stage.bot.user, "an answer", since=since)


async def drafted(stage: Stage, case: Case, words: str) -> str:
    """Nia drafts it in the thread; under which name Rosa reads it there."""
    await case.say(stage.nia, f"!alert {words}")
    shown = await case.hears(stage.rosa, words)
    assert "It is not sent yet" in shown.body
    return next(word for word in shown.body.split() if word.count("-") == 1)


async def reads(reader: Person, room: str, words: str, stage: Stage) -> Event:
    return await reader.wait_for_text(room, words, stage.bot.user)


@pytest.mark.parametrize("client", Client)
async def test_two_supporters_warn_a_city_and_the_worker_takes_it_back(clock: ByHand, client: Client) -> None:
    stage, warning = clock.stage, f"somebody rings at night and runs, seen by {client.value} eyes"
    private = f"he left his shoe at my table that night ({client.value})"
    async with rooms_of_newark(stage), stage.worker(stage.kitchen, stage.porch, client=client) as worker:
        chat = await opened(stage, worker)
        await worker.send(chat, f"#newark {private}")
        case = Case(stage, await stage.card(stage.newark, private))

        await case.say(stage.nia, f"!alert {warning}")
        await case.hears(stage.nia, "has not agreed to an alert")
        await worker.send(chat, "!share alert")
        await case.hears(stage.nia, "agrees that others are warned")
        await case.say(stage.nia, f"!alert careful, {private}")
        await case.hears(stage.nia, "repeats words that somebody wrote")

        name = await drafted(stage, case, warning)
        await case.say(stage.nia, f"!approve {name}")
        await case.hears(stage.nia, "somebody else of this room has to say yes")
        await case.say(stage.rosa, f"!approve {name}")
        await case.hears(stage.rosa, "goes to 2 community rooms now")
        await clock.minutes(1)
        await clock.minutes(1)
        stands = {room: await reads(worker, room, warning, stage) for room in (stage.kitchen, stage.porch)}
        await case.hears(stage.rosa, "stands in 2 community rooms")
        for event in stands.values():
            assert "in their own words" in event.body
            assert event.content.get("m.mentions") == {}
            assert "m.relates_to" not in event.content
        assert stands[stage.kitchen].encrypted
        await stage.nowhere_else(private, worker, stage.nia, stage.rosa)

        await worker.send(chat, "!share supporters")
        await case.hears(stage.nia, "There is no agreement to alert")
        for room, event in stands.items():
            await worker.wait_until_removed(room, event.id)


async def test_what_supporters_warn_of_by_themselves_is_gone_when_one_of_them_says_so(clock: ByHand) -> None:
    stage, warning = clock.stage, "two people who say that they read the meter"
    async with rooms_of_newark(stage):
        await stage.nia.send(stage.newark, f"!alert newark {warning}")
        shown = await reads(stage.rosa, stage.newark, warning, stage)
        name = next(word for word in shown.body.split() if word.count("-") == 1)
        await stage.sam.send(stage.nyc, f"!approve {name}")
        await reads(stage.sam, stage.nyc, "There is no alert of that name here", stage)
        await stage.rosa.send(stage.newark, f"!approve {name}")
        await reads(stage.rosa, stage.newark, f"{name} goes to 2", stage)
        await clock.minutes(1)
        await clock.minutes(1)
        stands = {room: await reads(stage.kim, room, warning, stage) for room in (stage.kitchen, stage.porch)}
        await stage.nia.send(stage.newark, f"!retract {name}")
        await reads(stage.nia, stage.newark, f"{name} goes to nobody any more", stage)
        for room, event in stands.items():
            await stage.kim.wait_until_removed(room, event.id)
