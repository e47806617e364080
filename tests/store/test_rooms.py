"""We promise that a room is what its admins and the stewards made it, and nothing until then."""

from __future__ import annotations

from bot.core.changes import (
    AskServe,
    ChangeRoster,
    ForgetRoom,
    SetAlias,
    SetRoom,
    SettleServe,
    StopServing,
    TakeRoster,
)
from bot.core.model import (
    CaseName,
    CitySlug,
    Guard,
    Language,
    Millis,
    RoomId,
    RoomKind,
    SupporterRoom,
    UserId,
)
from bot.core.view import RoomView
from bot.store import people, rooms
from bot.store.changes import write_down
from bot.store.database import Database, Transaction
from tests.store.samples import everything

NOW = Millis(1_000_000)
ROOM, OTHER = RoomId("!room:test"), RoomId("!other:test")
NYC, BOSTON = CitySlug("nyc"), CitySlug("boston")
SOL, KIM, ADA, ROSA = (UserId(f"@{name}:test") for name in ("sol", "kim", "ada", "rosa"))
CODE = CaseName("amber-heron")
ASK = AskServe(CODE, ROOM, (NYC,), frozenset({SOL, KIM}), ADA, NOW)
CONFIRMED = SettleServe(CODE, confirmed=True, by=ROSA)


async def write(tx: Transaction, *changes: object) -> None:
    for at, change in enumerate(changes):
        await write_down(tx, change, Millis(NOW + at))  # type: ignore[arg-type]


async def test_a_room_nobody_set_up_is_a_community_room(database: Database) -> None:
    async with database.transaction() as tx:
        assert await rooms.room(tx, ROOM) == RoomView(ROOM)


async def test_only_what_is_named_is_changed(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, SetRoom(ROOM, cities=(NYC,)), SetRoom(ROOM, guard=Guard.STRICT))
        found = await rooms.room(tx, ROOM)
        assert (found.kind, found.cities, found.guard) == (RoomKind.COMMUNITY, (NYC,), Guard.STRICT)
        await write(tx, SetRoom(ROOM, cities=()))
        assert (await rooms.room(tx, ROOM)).cities == ()


async def test_a_language_is_written_down_only_when_somebody_chose_it(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, SetRoom(ROOM, cities=(NYC,)))
        assert (await rooms.room(tx, ROOM)).chosen is None
        await write(tx, SetRoom(ROOM, language=Language.ES), SetRoom(ROOM, cities=()))
        found = await rooms.room(tx, ROOM)
    assert (found.chosen, found.language) == (Language.ES, Language.ES)


async def test_a_private_chat_is_found_by_its_person_the_newest_first(database: Database) -> None:
    async with database.transaction() as tx:
        await write(
            tx,
            SetRoom(ROOM, kind=RoomKind.PRIVATE, person=SOL),
            SetRoom(OTHER, kind=RoomKind.PRIVATE, person=SOL),
            SetRoom(RoomId("!x"), kind=RoomKind.PRIVATE, person=KIM),
            SetRoom(OTHER, language=Language.EN),
        )
        assert [chat.room for chat in await people.private_chats(tx, SOL)] == [OTHER, ROOM]
        await people.used_chat(tx, ROOM, Millis(NOW + 99))
        assert [chat.room for chat in await people.private_chats(tx, SOL)] == [ROOM, OTHER]
        await write(tx, ForgetRoom(ROOM))
        assert [chat.room for chat in await people.private_chats(tx, SOL)] == [OTHER]


async def test_aliases_set_in_chat_are_known_and_the_last_one_counts(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, SetAlias("bigapple", NYC, ROOM), SetAlias("hub", NYC, ROOM))
        await write(tx, SetAlias("hub", BOSTON, OTHER))
        assert (await rooms.standing(tx)).aliases == {"bigapple": NYC, "hub": BOSTON}
        await write(tx, ForgetRoom(ROOM))
        assert (await rooms.standing(tx)).aliases == {"hub": BOSTON}


async def test_a_room_that_asked_serves_nothing_yet(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASK)
        standing = await rooms.standing(tx)
    assert standing.supporter_rooms == ()
    assert standing.rosters == {}
    assert [(each.code, each.roster) for each in standing.serve_requests] == [(CODE, frozenset({SOL, KIM}))]


async def test_a_confirmed_room_serves_with_the_people_that_were_shown(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASK, CONFIRMED)
        standing, room = await rooms.standing(tx), await rooms.room(tx, ROOM)
    assert standing.supporter_rooms == (SupporterRoom(ROOM, (NYC,)),)
    assert standing.rosters == {ROOM: frozenset({SOL, KIM})}
    assert standing.serve_requests == ()
    assert room.kind is RoomKind.SUPPORTER


async def test_a_declined_room_serves_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASK, SettleServe(CODE, confirmed=False, by=ROSA), CONFIRMED)
        standing = await rooms.standing(tx)
    assert (standing.supporter_rooms, standing.serve_requests, standing.rosters) == ((), (), {})


async def test_an_unknown_code_confirms_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASK, SettleServe(CaseName("other-code"), confirmed=True, by=ROSA))
        assert (await rooms.standing(tx)).supporter_rooms == ()


async def test_a_room_asks_for_one_thing_at_a_time(database: Database) -> None:
    again = AskServe(CaseName("blue-otter"), ROOM, (BOSTON,), frozenset({SOL}), ADA, NOW)
    async with database.transaction() as tx:
        await write(tx, ASK, again, CONFIRMED)
        standing = await rooms.standing(tx)
    assert standing.supporter_rooms == ()
    assert [each.cities for each in standing.serve_requests] == [(BOSTON,)]


async def test_a_room_that_stops_serving_keeps_no_roster(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASK, CONFIRMED, StopServing(ROOM))
        standing, room = await rooms.standing(tx), await rooms.room(tx, ROOM)
    assert (standing.supporter_rooms, standing.rosters) == ((), {})
    assert (room.kind, room.cities) == (RoomKind.COMMUNITY, ())


async def test_a_forgotten_room_leaves_no_trace(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, ASK, CONFIRMED, SetAlias("x", NYC, ROOM), ForgetRoom(ROOM))
        for table in ("rooms", "rosters", "aliases", "serve_requests", "invitations"):
            assert await everything(tx, table) == []


async def test_a_roster_is_taken_once_and_then_only_changed_by_name(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, TakeRoster(ROOM, frozenset({SOL})), TakeRoster(ROOM, frozenset({SOL, KIM})))
        assert (await rooms.standing(tx)).rosters == {ROOM: frozenset({SOL})}
        await write(tx, ChangeRoster(ROOM, KIM, on=True), ChangeRoster(ROOM, SOL, on=False))
        assert (await rooms.standing(tx)).rosters == {ROOM: frozenset({KIM})}


async def test_an_empty_roster_is_a_roster(database: Database) -> None:
    """Otherwise the next people to come would be taken for supporters."""
    async with database.transaction() as tx:
        await write(tx, TakeRoster(ROOM, frozenset()), TakeRoster(ROOM, frozenset({SOL})))
        assert (await rooms.standing(tx)).rosters == {ROOM: frozenset()}


async def test_changing_what_a_room_is_called_keeps_its_roster(database: Database) -> None:
    async with database.transaction() as tx:
        await write(tx, TakeRoster(ROOM, frozenset({SOL})), SetRoom(ROOM, language=Language.EN))
        assert (await rooms.standing(tx)).rosters == {ROOM: frozenset({SOL})}


async def test_what_is_remembered_of_rooms_follows_every_change(database: Database) -> None:
    async with database.transaction() as tx:
        assert (await rooms.standing(tx)).supporter_rooms == ()
    async with database.transaction() as tx:
        await write(tx, ASK, CONFIRMED)
    async with database.transaction() as tx:
        first = await rooms.standing(tx)
        assert first.supporter_rooms == (SupporterRoom(ROOM, (NYC,)),)
    async with database.transaction() as tx:
        assert await rooms.standing(tx) is first
