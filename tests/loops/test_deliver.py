"""We promise that plans are carried out step by step, side by side, and at a pace the homeserver can bear."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.effects import Decision, Effect, Plan, RemoveOriginal, SayInRoom, SayPrivately
from bot.core.model import CaseName, EventId, Language, Millis, RoomId, UserId
from bot.core.phrases import Line, Phrase
from bot.core.results import Done
from bot.loops import decide
from bot.loops.deliver import LONGEST_UNCALM, Deliverer, deliver
from bot.loops.pace import Pace
from bot.ports import LoggedOut, TryAgainLater
from bot.store.database import FILE
from tests.loops.scripted import CARD, CASE, MIA, ORIGIN, SOL, Set, tell, until
from tests.wire import ME, words

HELLO = (Line(Phrase.RECEIPT_SOMEWHERE),)
BYE = (Line(Phrase.NOT_ENCRYPTED_HERE),)


def say(here: Set, line: tuple[Line, ...] = HELLO) -> SayInRoom:
    return SayInRoom(here.lobby.id, line)


def order(here: Set) -> list[str]:
    """Where the bot spoke, in the order it did."""
    rooms = here.server.rooms.values()
    events = [(event.id, room.id) for room in rooms for event in room.events if event.sender == ME]
    return [room for _, room in sorted(events, key=lambda each: int(each[0].removeprefix("$event")))]


async def test_the_steps_of_a_plan_are_taken_in_order(here: Set) -> None:
    await here.do(say(here), say(here, BYE), say(here))
    texts = here.lobby.texts()
    assert texts[0] == texts[2] != texts[1]
    assert len(texts) == 3


async def test_a_step_waits_for_the_one_before_it(here: Set) -> None:
    event = here.server.post(here.lobby, MIA, "post")
    here.server.fail("say", TryAgainLater("busy"))
    await here.do(say(here), RemoveOriginal(here.lobby.id, event))
    assert not here.lobby.event(event).removed
    await here.bot.settle()
    assert here.lobby.event(event).removed


async def test_a_step_that_is_done_is_not_done_again_when_a_later_one_fails(here: Set) -> None:
    here.server.fail("remove", TryAgainLater("busy"), times=4)
    await here.do(say(here), RemoveOriginal(here.lobby.id, EventId("$event1")))
    await here.bot.settle()
    assert (here.server.calls["say"], here.server.calls["remove"]) == (1, 5)


async def test_one_team_that_cannot_be_told_now_does_not_keep_the_next_waiting(here: Set) -> None:
    first, second = here.server.room("!first", SOL), here.server.room("!second", SOL)
    for room in (first, second):
        await here.serves(room, SOL, cities=())
    here.server.fail("tell", TryAgainLater("busy"), room=first)
    other = replace(CARD, case=CaseName("calm-maple"))
    await here.do(tell(first), tell(second, card=other), say(here))
    assert (len(first.texts()), len(second.texts()), here.lobby.texts()) == (0, 1, [])
    await here.bot.settle()
    assert (len(first.texts()), len(second.texts()), len(here.lobby.texts())) == (1, 1, 1)


async def test_a_removal_does_not_wait_for_words_that_are_held(here: Set) -> None:
    event = here.server.post(here.lobby, MIA, "post")
    await here.do(tell(), RemoveOriginal(here.lobby.id, event))
    assert here.lobby.event(event).removed
    assert len(here.script.outcomes()[0]) == 2


async def test_tellings_go_first_then_private_words_then_public_ones(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    here.bot.deliverer = Deliverer(here.bot.around, widest=1)
    made: list[Effect] = [say(here), SayPrivately(MIA, HELLO), tell(nyc)]
    await here.plan(*(Plan(str(number), (effect,)) for number, effect in enumerate(made)))
    told, private, public = order(here)
    assert (told, private[:8], public) == (nyc.id, "!private", here.lobby.id)


async def test_one_plan_that_fails_holds_up_no_other(here: Set) -> None:
    other = here.server.room("!other", SOL)
    here.server.fail("say", TryAgainLater("busy"), times=3, room=here.lobby)
    await here.plan(Plan("a", (say(here),)), Plan("b", (SayInRoom(other.id, HELLO),)))
    assert (len(here.lobby.texts()), len(other.texts())) == (0, 1)


async def test_plans_run_side_by_side(here: Set) -> None:
    rooms = [here.server.room(f"!{number}", SOL) for number in range(3)]
    meeting = asyncio.Barrier(3)
    real = here.bot.around.chat.say

    async def together(*arguments: object) -> EventId:
        async with asyncio.timeout(0.9):
            await meeting.wait()
        return await real(*arguments)  # type: ignore[arg-type]

    here.bot.around.chat.say = together  # type: ignore[method-assign,assignment]
    await here.plan(*(Plan(room.id, (SayInRoom(room.id, HELLO),)) for room in rooms))
    assert [len(room.texts()) for room in rooms] == [1, 1, 1]


async def test_words_to_one_reader_stay_in_order_when_the_first_fails(here: Set) -> None:
    here.server.fail("say", TryAgainLater("busy"), times=2)
    await here.plan(Plan("a", (say(here),)), Plan("b", (say(here, BYE),)))
    assert here.lobby.texts() == []
    await here.bot.settle()
    assert len(set(here.lobby.texts())) == 2
    assert here.lobby.texts()[1] == words(here.bot.around.voice.spoken(BYE, Language.EN))


# -- the pace -------------------------------------------------------------------------------------------


async def test_the_homeserver_is_left_alone_as_long_as_it_asks(here: Set) -> None:
    here.server.fail("say", TryAgainLater("slow down", Millis(60_000)))
    await here.do(say(here))
    await here.bot.pass_time(59_000)
    assert here.server.calls["say"] == 1
    await here.bot.pass_time(1_000)
    assert here.server.calls["say"] == 2


async def test_others_wait_too_while_it_asks_to_be_left_alone(here: Set) -> None:
    other = here.server.room("!other", SOL)
    here.server.fail("say", TryAgainLater("slow down", Millis(60_000)))
    await here.do(say(here))
    await here.do(SayInRoom(other.id, HELLO))
    assert other.texts() == []
    await here.bot.settle()
    assert len(other.texts()) == 1


async def test_the_same_words_are_said_once_when_the_first_were_held_back_by_the_limit(here: Set) -> None:
    here.server.fail("say", TryAgainLater("slow down", Millis(60_000)))
    for name in ("a", "b", "c"):
        await here.plan(Plan(name, (say(here),)))
    await here.bot.settle()
    assert len(here.lobby.texts()) == 1


async def test_the_same_words_are_said_again_when_the_first_may_have_come_before(here: Set) -> None:
    here.server.fail("say", TryAgainLater("no answer"), done_first=True)
    await here.plan(Plan("a", (say(here),)))
    here.server.fail("say", TryAgainLater("slow down", Millis(60_000)))
    await here.bot.pass_time(2_000)
    await here.plan(Plan("b", (say(here),)))
    await here.bot.settle()
    assert len(here.lobby.texts()) == 2


async def test_the_most_pressing_goes_first_when_the_wait_is_over_however_often_it_was_tried(
    here: Set,
) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    here.bot.deliverer = Deliverer(here.bot.around, widest=1)
    here.server.fail("tell", TryAgainLater("slow down", Millis(5_000)), times=6)
    await here.do(tell(nyc))
    await here.plan(Plan("b", (say(here),)))
    for _ in range(6):
        await here.bot.pass_time(5_000)
    assert order(here)[0] == nyc.id


def test_the_pace_halves_and_recovers() -> None:
    pace = Pace(8)
    widths = []
    for _ in range(4):
        pace.slower(Millis(5))
        widths.append(pace.width)
    assert widths == [4, 2, 1, 1]
    for _ in range(20):
        pace.faster()
    assert (pace.width, pace.calm_until) == (8, 5)


# -- our own mistakes -----------------------------------------------------------------------------------


async def test_a_plan_that_meets_a_bug_holds_up_no_other(here: Set) -> None:
    here.server.fail("say", ZeroDivisionError("private words"), times=3)
    other = here.server.room("!other", SOL)
    await here.do(say(here))
    await here.do(SayPrivately(MIA, HELLO), SayInRoom(other.id, HELLO))
    assert "ZeroDivisionError" in here.bot.journal.getvalue()
    assert "private words" not in here.bot.journal.getvalue()
    await here.bot.settle()
    assert len(here.lobby.texts()) == len(other.texts()) == 1


async def test_a_plan_that_cannot_be_opened_holds_up_no_other(here: Set) -> None:
    here.server.fail("say", TryAgainLater("busy"))
    await here.do(say(here))
    async with here.bot.around.database.transaction() as tx:
        await tx.rows("UPDATE outbox SET sealed = x'00'")
    await here.do(SayPrivately(SOL, HELLO))
    await here.bot.pass_time(60_000)
    assert len(here.server.private_chats(SOL)[0].texts()) == 1
    assert await here.bot.count("outbox") == 1


async def test_being_logged_out_ends_it(here: Set) -> None:
    here.server.fail("say", LoggedOut("token"))
    with pytest.raises(ExceptionGroup) as ended:
        await here.do(say(here))
    assert ended.value.subgroup(LoggedOut) is not None
    assert await here.bot.count("outbox") == 1


# -- the loop -------------------------------------------------------------------------------------------


async def test_the_loop_finishes_what_is_in_hand_and_begins_nothing_new(here: Set) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()
    real = here.bot.around.chat.say

    async def slow(*arguments: object) -> EventId:
        begun.set()
        await go_on.wait()
        return await real(*arguments)  # type: ignore[arg-type]

    here.bot.around.chat.say = slow  # type: ignore[method-assign,assignment]
    running = asyncio.create_task(deliver(here.bot.around))
    planned = asyncio.create_task(_only_plan(here, Plan("a", (say(here),), ORIGIN)))
    await begun.wait()
    await planned
    here.bot.around.bells.stop()
    await asyncio.sleep(0.01)
    assert not running.done()
    go_on.set()
    await running
    assert len(here.lobby.texts()) == 1
    assert await here.bot.count("inbox") == 1


async def _only_plan(here: Set, plan: Plan) -> None:

    here.script.decisions["go"] = Decision((), (plan,))
    here.server.post(here.lobby, UserId(MIA), "go")
    await here.bot.sync()
    await decide.once(here.bot.around, here.script.core)


async def test_the_loop_wakes_by_itself_for_what_is_due(here: Set) -> None:
    here.server.fail("say", TryAgainLater("busy"))
    await here.do(say(here))
    running = asyncio.create_task(deliver(here.bot.around))
    await asyncio.sleep(0.01)
    here.bot.clock.time = Millis(here.bot.clock.time + 60_000)
    here.bot.around.bells.outbox.ring()
    await until(lambda: bool(here.lobby.texts()))
    here.bot.around.bells.stop()
    await running
    assert len(here.lobby.texts()) == 1


async def test_what_a_plan_did_is_journalled_without_saying_what_it_was(here: Set) -> None:
    await here.do(say(here))
    journal = here.bot.journal.getvalue()
    assert '"event": "done"' in journal
    for word in (CASE, MIA, RoomId("!lobby"), HELLO[0].phrase.value):
        assert word not in journal
    assert here.script.outcomes() == [(Done(here.lobby.events[-1].id, here.lobby.id),)]


# -- overwriting what was deleted -----------------------------------------------------------------------


@pytest.fixture
def calm_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bot.loops.deliver.CALM", Millis(1))


async def work(here: Set) -> None:
    """Something that leaves deleted words, and rings again before it is calm."""
    await here.do(say(here))
    assert here.bot.around.database.stained
    here.bot.around.bells.outbox.ring()


@pytest.mark.usefixtures("calm_at_once")
async def test_deleted_words_are_overwritten_when_it_is_calm(here: Set) -> None:
    await work(here)
    await here.bot.around.bells.outbox.heard()
    running = asyncio.create_task(deliver(here.bot.around))
    await until(lambda: not here.bot.around.database.stained)
    here.bot.around.bells.stop()
    await running


async def test_overwriting_holds_up_no_work_but_is_put_off_for_half_a_minute_at_most(here: Set) -> None:
    deliverer, database = here.bot.deliverer, here.bot.around.database
    left = []
    for pause in (0, 1, LONGEST_UNCALM - 2, 1, 1, LONGEST_UNCALM):
        await work(here)
        here.bot.clock.time = Millis(here.bot.clock.time + pause)
        await deliverer.rest()
        left.append(database.stained)
    assert left == [False, True, True, False, True, False]


async def test_a_clock_that_was_put_back_puts_nothing_off(here: Set) -> None:
    for pause in (0, -LONGEST_UNCALM):
        await work(here)
        here.bot.clock.time = Millis(here.bot.clock.time + pause)
        await here.bot.deliverer.rest()
        assert not here.bot.around.database.stained


async def test_a_plan_that_is_due_before_it_is_calm_is_begun_first(here: Set) -> None:
    """Not after a second in which nothing rang."""
    here.server.fail("say", TryAgainLater("busy"))
    await here.do(say(here))
    here.bot.around.bells.outbox.ring()
    await here.bot.deliverer.rest()
    here.server.fail("say", TryAgainLater("busy"))
    await here.do(say(here, BYE))
    due = await here.bot.next_due()
    assert due is not None
    here.bot.clock.time = due
    await here.bot.deliverer.rest()
    assert here.bot.around.database.stained


@pytest.mark.usefixtures("calm_at_once")
async def test_what_nobody_acted_on_is_overwritten_too(here: Set) -> None:
    """Ordinary talk comes in, and is decided to be nothing."""
    await here.bot.around.database.scrub()
    here.server.post(here.lobby, MIA, "canary words")
    await here.bot.quiet()
    assert here.bot.around.database.stained
    running = asyncio.create_task(deliver(here.bot.around))
    await until(lambda: not here.bot.around.database.stained)
    here.bot.around.bells.stop()
    await running
    assert "canary" not in repr(list(here.bot.around.database.opened.items()))


@pytest.mark.usefixtures("calm_at_once")
async def test_who_looks_at_the_store_only_puts_it_off(here: Set, tmp_path: Path) -> None:
    await work(here)
    other = sqlite3.connect(tmp_path / "data" / FILE, isolation_level=None)
    other.execute("BEGIN")
    other.execute("SELECT * FROM seen").fetchall()
    await here.do(say(here, BYE))
    running = asyncio.create_task(deliver(here.bot.around))
    scrub, tried = here.bot.around.database._connection.overwrite, asyncio.Event()

    async def overwrite() -> bool:
        tried.set()
        return await scrub()

    here.bot.around.database._connection.overwrite = overwrite  # type: ignore[method-assign]
    await tried.wait()
    assert here.bot.around.database.stained
    other.close()
    await until(lambda: not here.bot.around.database.stained)
    here.bot.around.bells.stop()
    await running


@pytest.mark.usefixtures("calm_at_once")
async def test_what_is_in_hand_is_not_broken_off_when_nothing_can_be_overwritten(here: Set) -> None:
    begun, go_on, tried = asyncio.Event(), asyncio.Event(), asyncio.Event()
    real = here.bot.around.chat.say

    async def slow(*arguments: object) -> EventId:
        begun.set()
        await go_on.wait()
        return await real(*arguments)  # type: ignore[arg-type]

    async def full() -> bool:
        tried.set()
        raise sqlite3.OperationalError("database or disk is full")

    here.bot.around.chat.say = slow  # type: ignore[method-assign,assignment]
    here.bot.around.database._connection.overwrite = full  # type: ignore[method-assign]
    running = asyncio.create_task(deliver(here.bot.around))
    await _only_plan(here, Plan("a", (say(here),), ORIGIN))
    here.bot.around.bells.outbox.ring()
    await begun.wait()
    tried.clear()
    here.bot.clock.time = Millis(here.bot.clock.time + LONGEST_UNCALM)
    await tried.wait()
    go_on.set()
    await until(lambda: len(here.lobby.texts()) == 1)
    here.bot.around.bells.stop()
    await running
    assert here.server.calls["say"] == 1
