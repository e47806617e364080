"""We promise that a shift is kept sealed, once for each person and room, and is over when it is over."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.changes import GoOffShift, GoOnShift
from bot.core.model import Millis, RoomId, Shift, UserId
from bot.store import people, shifts
from bot.store.database import Database

NOW = Millis(1_700_000_000_000)
SOL, KIM = UserId("@sol:test"), UserId("@kim:test")
NYC, NEWARK = RoomId("!nyc:test"), RoomId("!newark:test")
SOLS = Shift(SOL, NYC, ("es",), Millis(NOW + 100))


async def test_a_shift_lasts_until_its_end_and_begins_anew_when_it_is_said_again(database: Database) -> None:
    async with database.transaction() as tx:
        await shifts.begin(tx, GoOnShift(SOLS, NOW))
        later = replace(SOLS, languages=(), until=Millis(NOW + 200))
        await shifts.begin(tx, GoOnShift(later, Millis(NOW + 1)))
        assert await shifts.running(tx, Millis(NOW + 199)) == (later,)
        assert await shifts.running(tx, Millis(NOW + 200)) == ()


async def test_away_in_one_room_is_not_away_in_another_nor_is_anybody_else(database: Database) -> None:
    others = (replace(SOLS, room=NEWARK), replace(SOLS, person=KIM))
    async with database.transaction() as tx:
        for place, shift in enumerate((SOLS, *others)):
            await shifts.begin(tx, GoOnShift(shift, Millis(NOW + place)))
        await shifts.end(tx, GoOffShift(SOL, NYC))
        assert await shifts.running(tx, NOW) == others


async def test_who_is_forgotten_is_on_no_shift(database: Database) -> None:
    async with database.transaction() as tx:
        await shifts.begin(tx, GoOnShift(SOLS, NOW))
        await people.forget(tx, SOL, RoomId("!chat"))
        assert await shifts.running(tx, NOW) == ()
