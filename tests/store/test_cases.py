"""We promise that a case is found by who may find it, and that its name is nobody else's."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.changes import AskServe, MoveCase, NoteCase, OpenCase, PlaceCase, RewordCase, UnplaceCase
from bot.core.model import Card, CardNote, CaseName, CaseState, EventId, Millis, RoomId, UserId
from bot.core.sensitive import Sensitive
from bot.core.view import Left
from bot.store import cases, free_names, leaving, rooms
from bot.store.database import Database, Transaction
from tests.store.samples import full

MIA, TOM = UserId("@mia:test"), UserId("@tom:test")
LOBBY, NYC_ROOM, OTHER = RoomId("!lobby:test"), RoomId("!nyc:test"), RoomId("!other:test")
CARD: Card = replace(full(Card), case=CaseName("amber-heron"))


def opened(name: str = "amber-heron", person: UserId = MIA, event: str = "$1", at: int = 5) -> OpenCase:
    return OpenCase(replace(CARD, case=CaseName(name)), person, LOBBY, EventId(event), Millis(at))


async def put(tx: Transaction, *made: OpenCase) -> None:
    for each in made:
        await cases.open_case(tx, each)


async def test_a_case_is_kept_with_its_card(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, opened())
        case = await cases.by_name(tx, CaseName("amber-heron"))
    assert case is not None
    assert (case.card, case.person, case.original_room, case.original_event) == (CARD, MIA, LOBBY, "$1")
    assert (case.room, case.event) == (None, None)


async def test_an_unknown_case_is_none(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, opened())
        assert await cases.by_name(tx, CaseName("blue-otter")) is None
        assert await cases.all_of(tx, TOM) == ()
        assert await cases.in_room(tx, NYC_ROOM) == ()


async def test_the_cases_of_a_person_are_theirs_the_newest_first(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, opened("a-old", at=1), opened("b-new", event="$2", at=9), opened("c-tom", TOM, at=20))
        found = await cases.all_of(tx, MIA)
    assert [case.card.case for case in found] == ["b-new", "a-old"]


async def test_the_first_of_several_cases_of_one_message_is_the_one_talked_about(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, opened("a-first"), opened("b-second"))
        newest, *_ = await cases.all_of(tx, MIA)
    assert newest.card.case == "a-first"


async def test_a_case_goes_on_where_it_was_and_another_team_begins_anew(database: Database) -> None:
    name, sol = CaseName("amber-heron"), UserId("@sol:test")
    async with database.transaction() as tx:
        await put(tx, opened())
        await cases.place_case(tx, PlaceCase(name, NYC_ROOM, EventId("$card")))
        await cases.move_case(tx, MoveCase(name, CaseState.CLAIMED, sol, Millis(7)))
        [there] = await cases.in_room(tx, NYC_ROOM)
        assert (there.state, there.claimer, there.moved) == (CaseState.CLAIMED, sol, 7)
        await cases.place_case(tx, PlaceCase(name, NYC_ROOM, EventId("$anew")))
        [again] = await cases.in_room(tx, NYC_ROOM)
        assert (again.state, again.event) == (CaseState.CLAIMED, "$anew")
        await cases.place_case(tx, PlaceCase(name, OTHER, EventId("$there")))
        [moved] = await cases.in_room(tx, OTHER)
        assert (moved.state, moved.claimer) == (CaseState.WAITING, None)


async def test_words_that_were_taken_back_are_not_kept(database: Database) -> None:
    name = CaseName("amber-heron")
    async with database.transaction() as tx:
        await put(tx, opened())
        before = await cases.by_name(tx, name)
        assert before is not None
        notes = (CardNote.CITY_NOT_NAMED, CardNote.PICTURE_FOLLOWS)
        card = replace(before.card, words=Sensitive("other words"), notes=notes)
        await cases.reword_case(tx, RewordCase(name, card))
        changed = await cases.by_name(tx, name)
        await cases.reword_case(tx, RewordCase(name, None))
        taken = await cases.by_name(tx, name)
    assert changed is not None
    assert taken is not None
    assert (changed.card.words.reveal(), changed.withdrawn) == ("other words", False)
    assert (taken.card.words.reveal(), taken.card.attachments, taken.withdrawn) == ("", (), True)
    assert taken.card.notes == (CardNote.CITY_NOT_NAMED,)


async def test_only_the_last_notes_stand_on_a_card(database: Database) -> None:
    name = CaseName("amber-heron")
    async with database.transaction() as tx:
        await put(tx, opened())
        for number in range(cases.MOST_NOTES + 2):
            await cases.note_case(tx, NoteCase(name, Sensitive(f"note {number}")))
        case = await cases.by_name(tx, name)
    assert case is not None
    assert [each.reveal() for each in case.notes] == [f"note {n + 2}" for n in range(cases.MOST_NOTES)]


async def test_a_card_is_found_by_its_room_and_event_only(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, opened())
        await cases.place_case(tx, PlaceCase(CaseName("amber-heron"), NYC_ROOM, EventId("$card")))
        case = await cases.by_card(tx, NYC_ROOM, [EventId("$other"), EventId("$card")])
        assert case is not None
        assert (case.room, case.event) == (NYC_ROOM, "$card")
        assert await cases.by_card(tx, OTHER, [EventId("$card")]) is None
        assert await cases.by_card(tx, NYC_ROOM, [EventId("$else")]) is None
        assert await cases.by_card(tx, NYC_ROOM, []) is None


async def test_a_case_that_moved_is_found_at_its_new_place(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, opened())
        for room in (NYC_ROOM, OTHER):
            await cases.place_case(tx, PlaceCase(CaseName("amber-heron"), room, EventId("$card")))
        assert await cases.by_card(tx, NYC_ROOM, [EventId("$card")]) is None
        assert await cases.by_card(tx, OTHER, [EventId("$card")]) is not None


async def test_where_a_case_was_is_known_until_it_is_there_again_or_its_card_is_removed(
    database: Database,
) -> None:
    name, third = CaseName("amber-heron"), RoomId("!third:test")
    first, second, last = (
        PlaceCase(name, room, EventId(f"${room}"), back=back)
        for room, back in ((NYC_ROOM, False), (OTHER, True), (third, False))
    )
    async with database.transaction() as tx:
        await put(tx, opened())
        for place in (first, first, second, last):
            await cases.place_case(tx, place)
        case = await cases.by_name(tx, name)
        assert case is not None
        assert case.left == (Left(NYC_ROOM, first.event, may_claim=True), Left(OTHER, second.event))
        await cases.place_case(tx, first)
        case = await cases.by_name(tx, name)
        assert case is not None
        assert case.left == (Left(OTHER, second.event), Left(third, last.event))
        await cases.forget_left(tx, name, [last.event])
        case = await cases.by_name(tx, name)
        assert case is not None
        assert case.left == (Left(OTHER, second.event),)


async def test_a_case_whose_room_was_replaced_stands_nowhere_and_waits_and_its_card_is_remembered(
    database: Database,
) -> None:
    name = CaseName("amber-heron")
    async with database.transaction() as tx:
        await put(tx, opened())
        await cases.hold(tx, name)
        await cases.place_case(tx, PlaceCase(name, NYC_ROOM, EventId("$card")))
        await cases.move_case(tx, MoveCase(name, CaseState.CLAIMED, MIA, Millis(3)))
        for _ in range(2):
            await cases.unplace_case(tx, UnplaceCase(name))
        assert await cases.in_room(tx, NYC_ROOM) == ()
        case = await cases.by_name(tx, name)
        assert case is not None
        assert (case.room, case.event, case.state, case.claimer) == (None, None, CaseState.WAITING, None)
        assert case.left == (Left(NYC_ROOM, EventId("$card")),)
        assert not await cases.is_held(tx, name)
        assert await cases.never_told(tx, Millis(10**15)) == (), "it was told, and has its last day"
        await cases.place_case(tx, PlaceCase(name, OTHER, EventId("$there")))
        await cases.place_case(tx, PlaceCase(name, NYC_ROOM, EventId("$back")))
        case = await cases.by_name(tx, name)
        assert case is not None
        assert case.left == (Left(OTHER, EventId("$there")),)


async def test_placing_an_unknown_case_does_nothing(database: Database) -> None:
    async with database.transaction() as tx:
        await cases.place_case(tx, PlaceCase(CaseName("blue-otter"), NYC_ROOM, EventId("$card")))
        assert await tx.rows("SELECT * FROM cases") == []


async def test_a_case_is_held_until_it_stands_somewhere(database: Database) -> None:
    name = CaseName("amber-heron")
    async with database.transaction() as tx:
        await put(tx, opened())
        assert not await cases.is_held(tx, name)
        await cases.hold(tx, name)
        assert await cases.is_held(tx, name)
        await cases.place_case(tx, PlaceCase(name, NYC_ROOM, EventId("$card")))
        assert not await cases.is_held(tx, name)
        await cases.hold(tx, name)
        assert not await cases.is_held(tx, name)


async def test_a_name_that_was_given_is_not_given_again(database: Database) -> None:
    names = [CaseName(name) for name in ("amber-heron", "blue-otter", "calm-fox", "dusty-owl")]
    asked = AskServe(names[2], OTHER, (), frozenset(), MIA, Millis(1))
    async with database.transaction() as tx:
        await put(tx, opened())
        await free_names.spend(tx, names[1], Millis(1))
        await rooms.ask_serve(tx, asked)
        assert await free_names.unspent(tx, names) == (names[3],)


async def test_names_drawn_beforehand_are_offered_until_they_are_taken_and_never_after_that(
    database: Database,
) -> None:
    drawn = iter([CaseName(f"name-{number}") for number in range(3 * free_names.DRAWN)])

    def draw(count: int) -> list[CaseName]:
        return [next(drawn) for _ in range(count)]

    async with database.transaction() as tx:
        first = await free_names.fresh(tx, 4, draw)
        assert await free_names.fresh(tx, 4, draw) == first
        await put(tx, replace(opened(), card=replace(opened().card, case=first[0])))
        await free_names.spend(tx, first[2], Millis(1))
        assert await free_names.fresh(tx, 2, draw) == (first[1], first[3])
        asked = AskServe(first[1], OTHER, (), frozenset(), MIA, Millis(1))
        await rooms.ask_serve(tx, asked)
        offered = await free_names.fresh(tx, free_names.DRAWN, draw)
        assert not set(offered) & set(first[:3])


async def test_a_name_stays_taken_after_its_case_is_gone(database: Database) -> None:
    async with database.transaction() as tx:
        await put(tx, opened())
        await tx.rows("DELETE FROM cases")
        assert await free_names.unspent(tx, [CaseName("amber-heron")]) == ()


async def test_a_name_is_taken_while_its_case_lives_however_long_ago_it_was_opened(
    database: Database,
) -> None:
    async with database.transaction() as tx:
        await put(tx, opened())
        await tx.rows("DELETE FROM spent_names")
        assert await free_names.unspent(tx, [CaseName("amber-heron")]) == ()


async def test_a_name_is_taken_for_a_time_from_the_day_its_case_goes(database: Database) -> None:
    name = CaseName("amber-heron")
    for goes in (cases.drop, leaving.begin):
        async with database.transaction() as tx:
            await put(tx, opened())
            await goes(tx, name, Millis(77))
            assert await tx.rows("SELECT at FROM spent_names") == [(77,)]
            await goes(tx, name, Millis(99))  # done a second time after a crash, nothing of it is there
            assert await tx.rows("SELECT at FROM spent_names") == [(77,)]
