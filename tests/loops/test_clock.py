"""We promise that a clock that jumps, and a homeserver that is away for an hour, cost time and no words."""

from __future__ import annotations

from bot.core.changes import SetTimer, TimerKind
from bot.core.effects import Decision, SayInRoom, Timer
from bot.core.model import Millis, Unreadable
from bot.core.phrases import Line, Phrase
from bot.loops.pace import Pace
from bot.loops.patience import LISTENING, LONGEST, LONGEST_ASKED
from bot.ports import TryAgainLater
from bot.store import ledger
from bot.store.ledger import CLOCK_WANDERS, PATIENCE
from tests.loops.scripted import MIA, SOL, Set, tell

MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000
HELLO = (Line(Phrase.RECEIPT_SOMEWHERE),)


def put_clock(here: Set, by: int) -> None:
    here.bot.clock.time = Millis(here.bot.clock.time + by)


async def say_but_fail(here: Set, after: Millis | None = None) -> None:
    """Something is to be said, and the homeserver is in trouble once."""
    here.server.fail("say", TryAgainLater("busy", after))
    await here.do(SayInRoom(here.lobby.id, HELLO))
    assert here.lobby.texts() == []


async def test_words_that_wait_do_not_wait_for_a_clock_that_was_put_back(here: Set) -> None:
    await say_but_fail(here)
    put_clock(here, -3 * DAY)
    await here.bot.quiet()
    put_clock(here, MINUTE)
    await here.bot.quiet()
    assert len(here.lobby.texts()) == 1


async def test_being_asked_to_slow_down_ends_when_the_clock_is_put_back(here: Set) -> None:
    await say_but_fail(here, Millis(30_000))
    put_clock(here, -3 * DAY)
    await here.bot.quiet()
    put_clock(here, MINUTE)
    await here.bot.quiet()
    assert len(here.lobby.texts()) == 1


async def test_a_clock_that_is_put_forward_hastens_what_waits_and_loses_nothing(here: Set) -> None:
    await say_but_fail(here)
    put_clock(here, 3 * DAY)
    await here.bot.quiet()
    assert len(here.lobby.texts()) == 1


async def test_a_timer_is_as_far_away_after_the_clock_was_put_back_as_before(here: Set) -> None:
    due = Millis(here.bot.clock.now() + 10 * MINUTE)
    set_timer = SetTimer("again", TimerKind.UNREADABLE, due, here.lobby.id)
    here.script.decisions["set it"] = Decision((set_timer,))
    here.server.post(here.lobby, MIA, "set it")
    await here.bot.quiet()
    put_clock(here, -DAY)
    await here.bot.quiet()
    await here.bot.pass_time(9 * MINUTE)
    assert not any(isinstance(each, Timer) for each in here.script.heard)
    await here.bot.pass_time(MINUTE)
    assert any(isinstance(each, Timer) for each in here.script.heard)


async def test_a_message_without_a_key_is_given_up_at_its_time_whatever_the_clock_did(here: Set) -> None:
    here.server.post_without_key(here.lobby, MIA, "dark")
    await here.bot.quiet()
    put_clock(here, -DAY)
    await here.bot.quiet()
    await here.bot.pass_time(PATIENCE + MINUTE)
    assert any(isinstance(each, Unreadable) for each in here.script.heard)


async def test_a_clock_that_is_only_being_set_right_moves_nothing(here: Set) -> None:
    await here.bot.quiet()
    async with here.bot.around.database.transaction() as tx:
        assert not await ledger.follow_clock(tx, Millis(here.bot.clock.now() - CLOCK_WANDERS))
        assert await ledger.follow_clock(tx, Millis(here.bot.clock.now() - CLOCK_WANDERS - 1))


async def test_an_hour_without_a_homeserver_is_waited_out_with_few_questions_and_nothing_is_lost(
    here: Set,
) -> None:
    here.server.fail("say", TryAgainLater("down"), times=1_000)
    began = here.bot.clock.now()
    await here.do(SayInRoom(here.lobby.id, HELLO))
    while here.bot.clock.now() - began < HOUR:
        due = await here.bot.next_due()
        assert due is not None
        assert due - here.bot.clock.now() <= LONGEST
        here.bot.clock.time = Millis(max(due, here.bot.clock.now()))
        await here.bot.quiet()
    assert here.server.calls["say"] < 30
    here.server.faults.clear()
    await here.bot.settle()
    assert len(here.lobby.texts()) == 1


async def test_words_of_people_wait_half_a_minute_at_most_however_often_a_homeserver_failed(
    here: Set,
) -> None:
    team = here.server.room("!team", SOL)
    await here.serves(team, SOL)
    here.server.fail("tell", TryAgainLater("502"), times=20)
    await here.do(tell(team))
    while any(fault.times > 0 for fault in here.server.faults):
        due = await here.bot.next_due()
        assert due is not None
        assert due - here.bot.clock.now() <= LISTENING
        here.bot.clock.time = due
        await here.bot.quiet()
    await here.bot.pass_time(LISTENING)
    assert len(team.texts()) == 1


async def test_a_homeserver_that_asks_for_a_year_gets_an_hour(here: Set) -> None:
    await say_but_fail(here, Millis(365 * DAY))
    await here.bot.pass_time(LONGEST_ASKED)
    assert len(here.lobby.texts()) == 1


def test_a_calm_that_is_longer_than_anybody_asks_for_comes_from_another_clock() -> None:
    pace = Pace()
    pace.slower(Millis(LONGEST_ASKED))
    assert pace.calm_for(Millis(1)) == LONGEST_ASKED - 1
    assert pace.calm_for(Millis(LONGEST_ASKED)) == 0
    assert pace.calm_for(Millis(-1)) == 0
