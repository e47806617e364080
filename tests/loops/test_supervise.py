"""We promise that a loop that fails is started again, ever more patiently, and that the end is quiet."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from bot.core.model import Millis
from bot.loops.patience import LISTENING
from bot.loops.supervise import A_GOOD_WHILE, AtStop, Failure, Loop, Place, attempt, supervise
from bot.ports import LoggedOut, TryAgainLater
from bot.store.faults import DamagedDatabase
from tests.loops.scripted import Set

Run = Callable[[], Awaitable[None]]


def failing(here: Set, errors: list[Exception], lasts: int = 0) -> Run:
    """Fails with each of these in turn, and then ends everything."""

    async def run() -> None:
        here.bot.clock.time = Millis(here.bot.clock.time + lasts)
        if errors:
            raise errors.pop(0)
        here.bot.around.bells.stop()

    return run


async def forever() -> None:
    await asyncio.Event().wait()


async def test_a_loop_that_fails_is_started_again(here: Set) -> None:
    errors: list[Exception] = [ZeroDivisionError(), TryAgainLater("down"), KeyError("x")]
    await supervise(here.bot.around, [Loop(Place.RECEIVE, failing(here, errors))])
    assert errors == []


async def test_each_wait_is_longer_than_the_one_before(here: Set) -> None:
    waits: list[int] = []
    clock, before = here.bot.clock, here.bot.clock.sleep

    async def sleep(length: Millis) -> None:
        waits.append(length)
        await before(length)

    clock.sleep = sleep  # type: ignore[method-assign]
    await supervise(here.bot.around, [Loop(Place.RECEIVE, failing(here, [OSError() for _ in range(5)]))])
    assert waits == [1_000, 2_000, 4_000, 8_000, 16_000]


async def test_we_listen_again_every_half_minute_however_long_the_homeserver_was_away(here: Set) -> None:
    began = here.bot.clock.now()
    errors: list[Exception] = [TryAgainLater("down") for _ in range(60)]
    await supervise(here.bot.around, [Loop(Place.RECEIVE, failing(here, errors))])
    assert here.bot.clock.now() - began == 31_000 + 55 * LISTENING


async def test_after_a_good_while_the_waits_begin_anew(here: Set) -> None:
    began = here.bot.clock.now()
    errors: list[Exception] = [OSError() for _ in range(4)]
    await supervise(here.bot.around, [Loop(Place.RECEIVE, failing(here, errors, lasts=A_GOOD_WHILE))])
    assert here.bot.clock.now() - began == 5 * A_GOOD_WHILE + 4 * 1_000


async def test_a_homeserver_that_answers_now_and_then_is_asked_again_soon(here: Set) -> None:
    began, rounds = here.bot.clock.now(), 20

    async def run() -> None:
        nonlocal rounds
        rounds -= 1
        if not rounds:
            here.bot.around.bells.stop()
        here.bot.around.pulse.beat()
        raise TryAgainLater("every second request fails")

    await supervise(here.bot.around, [Loop(Place.RECEIVE, run)])
    assert here.bot.clock.now() - began == 20 * 1_000


async def test_the_homeserver_is_left_alone_as_long_as_it_asks(here: Set) -> None:
    began = here.bot.clock.now()
    errors: list[Exception] = [TryAgainLater("slow down", Millis(90_000))]
    await supervise(here.bot.around, [Loop(Place.RECEIVE, failing(here, errors))])
    assert here.bot.clock.now() - began == 90_000


async def test_one_loop_that_fails_disturbs_no_other(here: Set) -> None:
    rounds: list[int] = []

    async def steady() -> None:
        while not here.bot.around.bells.stopping:
            rounds.append(1)
            await asyncio.sleep(0)

    broken = failing(here, [ZeroDivisionError() for _ in range(3)])
    await supervise(here.bot.around, [Loop(Place.DELIVER, steady), Loop(Place.RECEIVE, broken)])
    assert len(rounds) > 3


@pytest.mark.parametrize("grave", [LoggedOut("token"), DamagedDatabase(Path("sws.sqlite"))], ids=type)
@pytest.mark.parametrize("wrap", [False, True], ids=["bare", "in a group"])
async def test_what_only_the_operator_can_mend_ends_everything_with_that_reason(
    here: Set, wrap: bool, grave: Exception
) -> None:
    error = grave
    if wrap:
        error = ExceptionGroup("plans", [ZeroDivisionError(), ExceptionGroup("inner", [grave])])
    loops = [Loop(Place.DECIDE, forever), Loop(Place.DELIVER, failing(here, [error]))]
    with pytest.raises(type(grave)):
        await supervise(here.bot.around, loops)


async def test_failures_are_journalled_by_type_and_place_only(here: Set) -> None:
    errors: list[Exception] = [ValueError("private words"), TryAgainLater("https://private.example")]
    await supervise(here.bot.around, [Loop(Place.DECIDE, failing(here, errors))])
    journal = here.bot.journal.getvalue()
    assert "ValueError" in journal
    assert '"loop": "decide"' in journal
    assert "private" not in journal


# -- the end --------------------------------------------------------------------------------------------


async def test_what_is_in_hand_is_finished_and_what_only_waits_is_dropped(here: Set) -> None:
    finished: list[str] = []

    async def in_hand() -> None:
        await here.bot.around.bells.stopped.wait()
        await asyncio.sleep(0.01)
        finished.append("in hand")

    loops = [Loop(Place.DELIVER, in_hand), Loop(Place.RECEIVE, forever, AtStop.DROP)]
    running = asyncio.create_task(supervise(here.bot.around, loops))
    await asyncio.sleep(0.01)
    assert not running.done()
    here.bot.around.bells.stop()
    await running
    assert finished == ["in hand"]


async def test_what_takes_too_long_is_broken_off(here: Set) -> None:
    running = asyncio.create_task(supervise(here.bot.around, [Loop(Place.DELIVER, forever)], grace=0.01))
    await asyncio.sleep(0)
    here.bot.around.bells.stop()
    await running


async def test_being_told_to_stop_during_a_wait_ends_it_too(here: Set) -> None:
    async def sleep(_: Millis) -> None:
        await asyncio.Event().wait()

    here.bot.clock.sleep = sleep  # type: ignore[method-assign,assignment]
    broken = failing(here, [OSError()])
    running = asyncio.create_task(supervise(here.bot.around, [Loop(Place.DECIDE, broken)], grace=0.01))
    await asyncio.sleep(0.01)
    here.bot.around.bells.stop()
    await running


# -- one thing at a time --------------------------------------------------------------------------------


async def test_an_attempt_that_works_gives_its_result(here: Set) -> None:
    async def work() -> int:
        return 5

    assert await attempt(here.bot.around.journal, Place.DECIDE, work) == 5


@pytest.mark.parametrize(
    ("error", "after"),
    [(ZeroDivisionError(), None), (TryAgainLater("x"), None), (TryAgainLater("x", Millis(7)), 7)],
)
async def test_an_attempt_that_fails_says_how_long_to_wait(
    here: Set, error: Exception, after: int | None
) -> None:
    async def work() -> int:
        raise error

    assert await attempt(here.bot.around.journal, Place.DECIDE, work) == Failure(after)  # type: ignore[arg-type]


@pytest.mark.parametrize("error", [asyncio.CancelledError(), LoggedOut("x"), KeyboardInterrupt()])
async def test_an_attempt_does_not_stand_in_the_way_of_the_end(here: Set, error: BaseException) -> None:
    async def work() -> int:
        raise error

    with pytest.raises(type(error)):
        await attempt(here.bot.around.journal, Place.DECIDE, work)
