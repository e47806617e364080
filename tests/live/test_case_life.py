"""We promise of a case that passes from hand to hand between two supporters that …"""

from __future__ import annotations

import asyncio

import pytest

from tests.live.cases import posted, reported
from tests.live.clock import ByHand
from tests.live.people import Client, Event, Person
from tests.live.stage import Stage

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="session")]


@pytest.mark.parametrize("client", Client)
async def test_of_two_who_claim_at_once_one_has_it_and_the_other_hears_who(
    clock: ByHand, client: Client
) -> None:
    stage = clock.stage
    async with stage.worker(client=client) as worker:
        _, case = await reported(stage, worker, f"two of you at once, says a {client.value} client")

        await asyncio.gather(case.say(stage.nia, "!claim"), case.say(stage.rosa, "!claim"))

        await case.hears(stage.nia, "already")
        has = await case.hears(stage.nia, f"has {case.name} now")
        winner = next(each for each in (stage.nia, stage.rosa) if each.user in has.body)
        assert (await case.shows(stage.rosa, f"With {winner.user}")).clean
        said = [body for body in stage.said_in(stage.nia, stage.newark) if f"has {case.name}" in body]
        assert [winner.user in body for body in said] == [True, True]
        await case.say(winner, "!close")
        await case.shows(stage.nia, "Closed")


@pytest.mark.parametrize("client", Client)
async def test_the_board_is_one_for_both_and_mine_is_for_who_asks(clock: ByHand, client: Client) -> None:
    stage = clock.stage
    async with stage.worker(client=client) as worker:
        calm = await posted(stage, worker, f"a form to fill in, says a {client.value} client")
        case = await posted(stage, worker, f"he reads my post, says a {client.value} client", "#swsdanger")
        await calm.say(stage.nia, "!claim")
        await calm.shows(stage.rosa, f"With {stage.nia.user}")

        for asks, reads in ((stage.nia, stage.rosa), (stage.rosa, stage.nia)):
            board = await _board(stage, asks, reads, "!cases newark")
            assert f"{case.name}: danger, Newark. Waits for somebody" in board
            assert f"{calm.name}: help, Newark. With {stage.nia.user}" in board
            waiting = await _board(stage, asks, reads, "!cases waiting")
            assert (case.name in waiting, calm.name in waiting) == (True, False)
            mine = await _board(stage, asks, reads, "!cases mine")
            assert (case.name in mine, calm.name in mine) == (False, asks is stage.nia)
            for shown in (board, waiting, mine):
                assert worker.user not in shown
                assert client.value not in shown
        for done in (calm, case):
            await done.say(stage.nia, "!close")
            await done.shows(stage.rosa, "Closed")
        assert case.name not in await _board(stage, stage.rosa, stage.nia, "!cases")


async def _board(stage: Stage, asks: Person, reads: Person, words: str) -> str:
    """What the next board says to whoever else is in the room; who asks has it then, too."""
    mark = reads.mark()
    await asks.send(stage.newark, words)

    def is_board(event: Event) -> bool:
        return event.is_message and event.sender == stage.bot.user and "pen case" in event.body

    board = await reads.wait_for(stage.newark, is_board, "a board", since=mark)
    assert board.clean
    assert (await asks.wait_for_event(stage.newark, board.id)).body == board.body
    return board.body


async def test_what_one_gives_back_the_other_takes_with_the_notes_on_the_card(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.STRICT) as worker:
        _, case = await reported(stage, worker, "somebody copied my key")
        await case.say(stage.nia, "!claim")
        await case.say(stage.nia, "!note call only after six")
        noted = await case.holds(stage.rosa, "call only after six")
        assert f"With {stage.nia.user}" in noted.body

        await case.say(stage.rosa, "!release")
        await case.hears(stage.rosa, "only they can do that")
        mark = stage.rosa.mark()
        await case.say(stage.nia, "!release")
        free = await case.shows(stage.rosa, "Waiting", since=mark)
        assert "call only after six" in case.edited(free)
        await case.hears(stage.rosa, "has given")

        await case.say(stage.rosa, "!claim")
        assert (await case.shows(stage.nia, f"With {stage.rosa.user}")).clean
        await case.say(stage.rosa, "!close")
        await case.shows(stage.nia, "Closed")
        await worker.catch_up()
        assert "after six" not in worker.everything()


async def test_who_is_handed_a_case_gets_a_summary_and_the_worker_notices_nothing(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker(client=Client.DEFAULT) as worker:
        chat, case = await reported(stage, worker, "the clinic sent me away")
        await case.say(stage.rosa, "!claim")
        await case.say(stage.rosa, "!note knows the clinic in Elm Street")
        await case.say(stage.rosa, "!reply which clinic was it?")
        await worker.wait_for_text(chat, "which clinic", stage.bot.user)
        await worker.send(chat, "the one at the park")
        await case.hears(stage.nia, "the one at the park")

        await case.say(stage.rosa, f"!handoff {stage.nia.user}")
        assert (await case.shows(stage.nia, f"With {stage.nia.user}")).clean
        summary = (await case.hears(stage.nia, "For whoever takes over")).body
        assert f"{stage.rosa.user} had it for" in summary
        # The report is the first of their messages.
        for counted in ("Messages from the worker: 2", "Replies to them: 1", "Notes on the card: 1"):
            assert counted in summary
        assert "park" not in summary

        await case.say(stage.rosa, "!close")
        await case.hears(stage.rosa, "only they can do that")
        await case.say(stage.nia, "!close")
        await worker.wait_for_text(chat, "Are you all right?", stage.bot.user)
        for supporter in (stage.nia, stage.rosa):
            assert supporter.user not in worker.everything()


async def test_a_closed_case_is_opened_again_by_a_word_of_either_supporter(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker() as worker:
        chat, case = await reported(stage, worker, "my tyres are cut")
        await case.say(stage.nia, "!close")
        await case.shows(stage.rosa, "Closed")
        await case.say(stage.nia, "!reply too late to say this")
        await stage.nia.wait_for_text(stage.newark, "Nothing was sent", stage.bot.user)

        mark = stage.nia.mark()
        await case.say(stage.rosa, "!reopen")
        await case.shows(stage.nia, "Waiting", since=mark)
        await case.hears(stage.nia, f"{stage.rosa.user} opened {case.name} again")
        await worker.wait_for_text(chat, "is open again", stage.bot.user)
        await case.say(stage.nia, "!reply we are back with you")
        await worker.wait_for_text(chat, "we are back with you", stage.bot.user)
        assert "too late to say this" not in worker.everything()
        await case.say(stage.nia, "!close")


async def test_who_leaves_the_room_takes_no_case_along(clock: ByHand) -> None:
    stage = clock.stage
    async with stage.worker() as worker:
        _, case = await reported(stage, worker, "he waits at the bus stop")
        await case.say(stage.rosa, "!claim")
        await case.shows(stage.nia, f"With {stage.rosa.user}")

        mark = stage.nia.mark()
        await stage.rosa.leave(stage.newark)
        try:
            await case.shows(stage.nia, "Waiting", since=mark)
            await case.hears(stage.nia, f"{stage.rosa.user} is no longer here")
            await case.say(stage.nia, "!claim")
            await case.shows(stage.nia, f"With {stage.nia.user}")
        finally:
            await stage.nia.invite(stage.newark, stage.rosa.user)
            await stage.rosa.join(await stage.rosa.wait_for_membership("invite", room=stage.newark))

        await case.say(stage.nia, f"!handoff {stage.rosa.user}")
        assert (await case.shows(stage.rosa, f"With {stage.rosa.user}")).clean
        await case.say(stage.rosa, "!close")
        await case.shows(stage.nia, "Closed")
