"""Keeps the loops going: one task group, back-off, a quiet end; the only place that catches everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Iterator
from enum import StrEnum
from typing import Final, TypeVar

from msgspec import Struct

from bot.core.model import Millis
from bot.loops.patience import LISTENING, back_off
from bot.loops.surroundings import Surroundings
from bot.ports import Journal, LoggedOut, NotProven, TryAgainLater
from bot.store.faults import DamagedDatabase

T = TypeVar("T")

A_GOOD_WHILE: Final = Millis(60_000)
"""A loop that ran so long before it failed starts over with short waits."""
FOR_THE_OPERATOR: Final = (LoggedOut, NotProven, DamagedDatabase)
"""What no trying again can mend: the bot ends and says why."""
GRACE: Final = 20.0
"""Seconds that what is in hand may take when we are asked to stop; systemd waits longer."""


class Place(StrEnum):
    """Where something went wrong, as the journal names it."""

    RECEIVE = "receive"
    CATCH_UP = "catch_up"
    DECIDE = "decide"
    DELIVER = "deliver"
    AHEAD = "ahead"
    PROVE = "prove"
    FORGET = "forget"
    RELOAD = "reload"


class AtStop(StrEnum):
    """What becomes of a loop when we are asked to stop."""

    FINISH = "finish"
    DROP = "drop"
    """It may be broken off anywhere: it only waits for news."""


class Failure(Struct, frozen=True):
    """Something did not work; it has been noted, and can be tried again."""

    after: Millis | None = None
    """So long we were asked to wait."""


class Loop(Struct, frozen=True):
    place: Place
    run: Callable[[], Awaitable[None]]
    at_stop: AtStop = AtStop.FINISH


async def attempt(journal: Journal, place: Place, work: Callable[[], Awaitable[T]]) -> T | Failure:
    """The result; or a failure, noted as its type and place, so that one bad row holds up nothing else."""
    try:
        return await work()
    except (*FOR_THE_OPERATOR, asyncio.CancelledError):
        raise
    except TryAgainLater as later:
        journal.event("try_again_later", loop=place, after=later.after or 0)
        return Failure(later.after)
    except Exception as error:
        if (grave := _for_the_operator(error)) is not None:
            raise grave from error
        journal.fault("failed", error, loop=place)
        return Failure()


def _for_the_operator(error: BaseException) -> BaseException | None:
    """Out of the task group it comes in, so that it can be named."""
    if not isinstance(error, BaseExceptionGroup):
        return None
    return next((each for each in _flat(error) if isinstance(each, FOR_THE_OPERATOR)), None)


def _flat(group: BaseExceptionGroup[BaseException]) -> Iterator[BaseException]:
    for each in group.exceptions:
        if isinstance(each, BaseExceptionGroup):
            yield from _flat(each)
        else:
            yield each


async def supervise(around: Surroundings, loops: Iterable[Loop], grace: float = GRACE) -> None:
    """Run until `around.bells.stop()`. Raises what only the operator can mend."""
    try:
        async with asyncio.TaskGroup() as group:
            tasks = {loop: group.create_task(_keep(around, loop), name=loop.place) for loop in loops}
            await around.bells.stopped.wait()
            for loop, task in tasks.items():
                if loop.at_stop is AtStop.DROP:
                    task.cancel()
            _, unfinished = await asyncio.wait(tasks.values(), timeout=grace)
            for task in unfinished:
                task.cancel()
    except BaseExceptionGroup as group_error:
        raise (_for_the_operator(group_error) or group_error) from None


async def _keep(around: Surroundings, loop: Loop) -> None:
    """Run a loop, and run it again when it fails; longer waits each time, unless it went well before."""
    tries = 0
    while not around.bells.stopping:
        began, answers = around.clock.now(), around.pulse.answers
        ended = await attempt(around.journal, loop.place, loop.run)
        if not isinstance(ended, Failure):
            return
        # One request in two that fails must not make us deaf for minutes.
        went_well = around.pulse.answers > answers or around.clock.now() - began >= A_GOOD_WHILE
        tries = 0 if went_well else tries
        await around.clock.sleep(
            back_off(tries, around.randomness.jitter(), most=LISTENING, asked=ended.after)
        )
        tries += 1
