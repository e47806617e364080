"""Keeps the loops going: one task group, back-off, a quiet end; the only place that catches everything."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TypeVar

from bot.core.model import Millis
from bot.loops.patience import back_off
from bot.loops.surroundings import Surroundings
from bot.ports import Journal, LoggedOut, TryAgainLater

T = TypeVar("T")

A_GOOD_WHILE: Final = Millis(60_000)
"""A loop that ran so long before it failed starts over with short waits."""
GRACE: Final = 20.0
"""Seconds that what is in hand may take when we are asked to stop; systemd waits longer."""


class Place(StrEnum):
    """Where something went wrong, as the journal names it."""

    RECEIVE = "receive"
    DECIDE = "decide"
    DELIVER = "deliver"
    FORGET = "forget"
    RELOAD = "reload"


class AtStop(StrEnum):
    """What becomes of a loop when we are asked to stop."""

    FINISH = "finish"
    DROP = "drop"
    """It may be broken off anywhere: it only waits for news."""


@dataclass(frozen=True, slots=True)
class Failure:
    """Something did not work; it has been noted, and can be tried again."""

    after: Millis | None = None
    """So long we were asked to wait."""


@dataclass(frozen=True, slots=True)
class Loop:
    place: Place
    run: Callable[[], Awaitable[None]]
    at_stop: AtStop = AtStop.FINISH


async def attempt(journal: Journal, place: Place, work: Callable[[], Awaitable[T]]) -> T | Failure:
    """The result; or a failure, noted as its type and place, so that one bad row holds up nothing else."""
    try:
        return await work()
    except (LoggedOut, asyncio.CancelledError):
        raise
    except TryAgainLater as later:
        journal.event("try_again_later", loop=place, after=later.after or 0)
        return Failure(later.after)
    except Exception as error:
        if _logged_out(error):
            raise LoggedOut from error
        journal.fault("failed", error, loop=place)
        return Failure()


def _logged_out(error: BaseException) -> bool:
    return isinstance(error, BaseExceptionGroup) and error.subgroup(LoggedOut) is not None


async def supervise(around: Surroundings, loops: Iterable[Loop], grace: float = GRACE) -> None:
    """Run until `around.bells.stop()`. Raises `LoggedOut` when only the operator can help."""
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
        if _logged_out(group_error):
            raise LoggedOut("the access token is no longer good") from group_error
        raise


async def _keep(around: Surroundings, loop: Loop) -> None:
    """Run a loop, and run it again when it fails; longer waits each time, unless it went well for a while."""
    tries = 0
    while not around.bells.stopping:
        began = around.clock.now()
        ended = await attempt(around.journal, loop.place, loop.run)
        if not isinstance(ended, Failure):
            return
        tries = 0 if around.clock.now() - began >= A_GOOD_WHILE else tries
        await around.clock.sleep(back_off(tries, around.randomness.jitter(), asked=ended.after))
        tries += 1
