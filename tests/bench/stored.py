"""Ten thousand cases and five thousand timers, written into the store of a bot that is stopped."""

from __future__ import annotations

import time

from bot.core.changes import OpenCase, PlaceCase, SetTimer, TimerKind
from bot.core.model import (
    Card,
    CaseName,
    Category,
    CitySlug,
    EventId,
    Millis,
    Posted,
    RoomId,
    Urgency,
    UserId,
)
from bot.core.sensitive import Sensitive
from bot.credentials import Credentials
from bot.demo.process import BotProcess
from bot.store import cases, timers
from bot.store.database import Database

DAY = 24 * 60 * 60 * 1000
PEOPLE = 2_000


async def fill(bot: BotProcess, room: str, count: int, due: int) -> None:
    """So many cases that stand in this room, and so many timers that come due in a week."""
    database = await Database.open(bot.data, Credentials.beside(bot.config).store_key())
    now = Millis(time.time_ns() // 1_000_000)
    try:
        async with database.transaction() as tx:
            for number in range(count):
                await cases.open_case(tx, _case(number, room, now))
                card = EventId(f"$card{number}")
                await cases.place_case(tx, PlaceCase(CaseName(f"stored-{number}"), RoomId(room), card))
            for number in range(due):
                timer = SetTimer(f"stored {number}", TimerKind.GOES_SOON, Millis(now + 7 * DAY), RoomId(room))
                await timers.set_timer(tx, timer, now)
    finally:
        await database.close()


def _case(number: int, room: str, now: Millis) -> OpenCase:
    card = Card(
        CaseName(f"stored-{number}"),
        (Category.HELP,),
        (CitySlug("nyc"),),
        Posted.PUBLICLY,
        Urgency.USUAL,
        Sensitive(f"somebody wrote this some time ago, and it is case number {number}"),
    )
    person = UserId(f"@person{number % PEOPLE}:elsewhere.test")
    return OpenCase(card, person, RoomId("!somewhere:elsewhere.test"), EventId(f"$post{number}"), now)
