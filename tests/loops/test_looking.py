"""We promise that a decision sees what was written down and configured, and nothing of other people."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.changes import (
    AskedCity,
    AskServe,
    ChangeRoster,
    MoveCase,
    NoteAct,
    PlaceCase,
    SetAlias,
    SetRoom,
    SetTimer,
    SettleServe,
    TakeRoster,
    TimerKind,
)
from bot.core.effects import Decision, Incoming
from bot.core.model import (
    CardNote,
    CaseName,
    CaseState,
    EventId,
    Guard,
    IdentityChange,
    Language,
    Message,
    Millis,
    Removal,
    RoomId,
    RoomKind,
    SupporterRoom,
    Trust,
    UserId,
)
from bot.core.retention import timer_of
from bot.core.sensitive import Sensitive
from bot.core.spans import DAY
from bot.core.view import View
from bot.loops import sources
from bot.loops.looking import look
from bot.loops.surroundings import Knowledge
from bot.store.changes import write_down
from tests.loops.scripted import CARD, CASE, MIA, SOL, open_case
from tests.stage import BOSTON, CHICAGO, NYC, ROSA, Stage, knowledge, stage
from tests.store.samples import full, members
from tests.wire import ME, Homeserver

LOBBY, NYC_ROOM, NEW, FALLBACK = (RoomId(f"!{name}") for name in ("lobby", "nyc", "new", "fallback"))
NOW = Millis(1_700_000_000_000)
LISTED = knowledge((SupporterRoom(NYC_ROOM, (NYC,)),), FALLBACK)
SERVE = AskServe(CaseName("some-code"), NEW, (BOSTON,), frozenset({SOL}), MIA, NOW)
CONFIRMED = SettleServe(CaseName("some-code"), confirmed=True, by=ROSA)


def message(room: RoomId = LOBBY, sender: UserId = MIA, **how: object) -> Message:
    plain = Message(EventId("$1"), room, sender, NOW, Sensitive("words"), Trust.PLAIN)
    return replace(plain, **how)


async def seen(
    folder: Path, incoming: Incoming, *changes: object, known: Knowledge = LISTED, at: Millis = NOW
) -> View:
    """The view of a decision, after these changes."""
    async with stage(folder / "data", Homeserver(), known) as bot:
        return await looked(bot, incoming, *changes, at=at)


async def looked(bot: Stage, incoming: Incoming, *changes: object, at: Millis = NOW) -> View:
    async with bot.around.database.transaction() as tx:
        for change in changes:
            await write_down(tx, change, at)  # type: ignore[arg-type]
        await sources.write_down(tx, incoming, Decision(changes), at)  # type: ignore[arg-type]
    async with bot.around.database.transaction() as tx:
        return await look(tx, incoming, {}, bot.around, NOW)


@pytest.mark.parametrize("kind", members(Incoming), ids=lambda kind: kind.__name__)
async def test_there_is_a_view_of_everything_that_can_come_in(tmp_path: Path, kind: type) -> None:
    view = await seen(tmp_path, full(kind))
    assert (view.me, view.now, view.stewards) == (ME, NOW, (ROSA,))


async def test_a_room_nobody_set_up_is_a_community_room(tmp_path: Path) -> None:
    view = await seen(tmp_path, message())
    assert (view.room.kind, view.room.cities, view.room.encrypted) == (RoomKind.COMMUNITY, (), False)


async def test_a_room_is_as_it_was_set_up(tmp_path: Path) -> None:
    view = await seen(tmp_path, message(trust=Trust.SIGNED), SetRoom(LOBBY, cities=(NYC,), guard=Guard.OFF))
    assert (view.room.cities, view.room.guard, view.room.encrypted) == ((NYC,), Guard.OFF, True)


@pytest.mark.parametrize("room", [NYC_ROOM, FALLBACK])
async def test_a_listed_room_is_a_supporter_room_whatever_was_said(tmp_path: Path, room: RoomId) -> None:
    said = SetRoom(room, kind=RoomKind.PRIVATE, cities=(BOSTON,), person=MIA)
    view = await seen(tmp_path, message(room), said)
    assert view.room.kind is RoomKind.SUPPORTER
    assert view.room.cities == ((NYC,) if room == NYC_ROOM else ())
    assert room in view.listed_rooms


async def test_supporter_rooms_are_the_listed_ones_and_the_confirmed_ones(tmp_path: Path) -> None:
    view = await seen(tmp_path, message(), SERVE, CONFIRMED, TakeRoster(NYC_ROOM, frozenset({SOL})))
    assert view.supporter_rooms == (SupporterRoom(NYC_ROOM, (NYC,)), SupporterRoom(NEW, (BOSTON,)))
    assert view.rosters == {NYC_ROOM: frozenset({SOL}), NEW: frozenset({SOL})}


async def test_a_room_that_only_asked_has_no_roster_yet(tmp_path: Path) -> None:
    view = await seen(tmp_path, message(), SERVE)
    assert (view.rosters, [each.code for each in view.serve_requests]) == ({}, ["some-code"])


async def test_a_room_that_is_listed_no_longer_is_no_supporter_room(tmp_path: Path) -> None:
    taken = TakeRoster(NYC_ROOM, frozenset({SOL}))
    view = await seen(tmp_path, message(NYC_ROOM), taken, known=knowledge())
    assert (view.supporter_rooms, view.rosters, view.room.kind) == ((), {}, RoomKind.COMMUNITY)


async def test_chat_never_contradicts_the_configuration(tmp_path: Path) -> None:
    ask = replace(SERVE, room=NYC_ROOM, cities=(CHICAGO,))
    view = await seen(tmp_path, message(), ask, CONFIRMED, ChangeRoster(NYC_ROOM, SOL, on=True))
    assert view.supporter_rooms == (SupporterRoom(NYC_ROOM, (NYC,)),)


async def test_aliases_set_in_chat_are_found(tmp_path: Path) -> None:
    async with stage(tmp_path / "data", Homeserver(), LISTED) as bot:
        assert (await looked(bot, message())).atlas.find("bigapple") == ()
        view = await looked(bot, message(), SetAlias("bigapple", NYC, LOBBY))
        assert view.atlas.find("bigapple") == (NYC,)
        assert (await looked(bot, message())).atlas.find("newyork") == (NYC,)


async def test_a_person_is_seen_with_their_case_and_what_they_did(tmp_path: Path) -> None:
    view = await seen(
        tmp_path,
        message(),
        open_case(),
        AskedCity(MIA, CASE, Millis(NOW + 5)),
        NoteAct(MIA, "report", NOW),
        SetRoom(RoomId("!chat"), kind=RoomKind.PRIVATE, person=MIA),
    )
    assert view.sender.case is not None
    assert (view.sender.case.card.case, view.sender.asked_city) == (CASE, CASE)
    assert view.sender.private_chat == "!chat"
    assert view.sender.acts == {"report": (NOW,)}


async def test_an_alarm_that_was_closed_hides_no_talk_that_was_closed_before(tmp_path: Path) -> None:
    quiet = replace(CARD, case=CaseName("blue-otter"), notes=(CardNote.ALARM_WORD,))
    over = [
        MoveCase(name, CaseState.CLOSED, None, at)
        for name, at in ((CASE, NOW), (quiet.case, Millis(NOW + 1)))
    ]
    view = await seen(tmp_path, message(), open_case(), open_case(quiet), *over)
    assert view.sender.closed is not None
    assert view.sender.closed.card.case == CASE


async def test_nothing_of_somebody_else_is_seen(tmp_path: Path) -> None:
    view = await seen(tmp_path, message(sender=SOL), open_case(), NoteAct(MIA, "report", NOW))
    assert (view.sender.case, view.sender.acts, view.sender.private_chat) == (None, {}, None)


@pytest.mark.parametrize("where", ["thread", "reply_to"])
async def test_a_word_to_a_card_is_a_word_to_its_case(tmp_path: Path, where: str) -> None:
    placed = PlaceCase(CASE, NYC_ROOM, EventId("$card"))
    said = message(NYC_ROOM, SOL, **{where: EventId("$card")})
    view = await seen(tmp_path, said, open_case(), placed)
    assert view.thread_case is not None
    assert view.thread_case.card.case == CASE


@pytest.mark.parametrize(("kind", "days"), [(TimerKind.GOES_SOON, 1), (TimerKind.GOES, 0)])
async def test_the_last_day_of_a_case_is_seen_in_its_thread_and_on_the_board(
    tmp_path: Path, kind: TimerKind, days: int
) -> None:
    told = PlaceCase(CASE, NYC_ROOM, EventId("$card"))
    timer = SetTimer(timer_of(CASE), kind, NOW, NYC_ROOM, MIA, CASE)
    roster = TakeRoster(NYC_ROOM, frozenset({SOL}))
    for thread in (EventId("$card"), None):
        word = replace(message(NYC_ROOM, SOL, thread=thread), body=Sensitive("!cases"))
        view = await seen(tmp_path / str(thread), word, open_case(), told, timer, roster)
        assert view.last_days == {CASE: NOW + days * DAY}


async def test_supporters_who_only_talk_make_nobody_look_through_all_their_cases(tmp_path: Path) -> None:
    told, roster = PlaceCase(CASE, NYC_ROOM, EventId("$card")), TakeRoster(NYC_ROOM, frozenset({SOL}))
    view = await seen(tmp_path, message(NYC_ROOM, SOL), open_case(), told, roster)
    assert view.board == ()


async def test_a_card_of_another_room_is_no_card_here(tmp_path: Path) -> None:
    placed = PlaceCase(CASE, NYC_ROOM, EventId("$card"))
    view = await seen(tmp_path, message(NEW, SOL, thread=EventId("$card")), open_case(), placed)
    assert view.thread_case is None


async def test_an_edit_and_a_deletion_belong_to_the_case_of_the_message(tmp_path: Path) -> None:
    opened = open_case()
    here = opened.room
    edit = await seen(tmp_path / "1", message(here, edits=opened.event), opened)
    removal = await seen(tmp_path / "2", Removal(EventId("$9"), here, MIA, opened.event, NOW), opened)
    for view in (edit, removal):
        assert [case.card.case for case in view.edited_cases] == [CASE]


@pytest.mark.parametrize(("room", "sender"), [(NEW, MIA), (RoomId("!lobby"), SOL)])
async def test_nobody_edits_somebody_elses_case(tmp_path: Path, room: RoomId, sender: UserId) -> None:
    opened = open_case()
    view = await seen(tmp_path, message(room, sender, edits=opened.event), opened)
    assert view.edited_cases == ()


async def test_only_words_get_names_for_cases(tmp_path: Path) -> None:
    async with stage(tmp_path / "data", Homeserver(), LISTED) as bot:
        first, silent = await looked(bot, message()), await looked(bot, IdentityChange(MIA, NOW))
    async with stage(tmp_path / "other", Homeserver(), LISTED, seed=7) as bot:
        other = await looked(bot, message())
    assert len(first.fresh_names) == len(other.fresh_names) == 8
    assert set(first.fresh_names) != set(other.fresh_names)
    assert silent.fresh_names == ()


async def test_a_name_in_use_is_never_offered(tmp_path: Path) -> None:
    """The same dice twice: what was drawn first is taken by then."""
    async with stage(tmp_path / "data", Homeserver(), LISTED, seed=7) as bot:
        offered = (await looked(bot, message())).fresh_names
        taken = [open_case(replace(open_case().card, case=name)) for name in offered]
        await looked(bot, message(), *taken)
    async with stage(tmp_path / "data", Homeserver(), LISTED, seed=7) as bot:
        assert set((await looked(bot, message())).fresh_names) & set(offered) == set()


# -- languages ----------------------


async def test_where_nobody_chose_the_configured_language_is_spoken(tmp_path: Path) -> None:
    spanish = replace(LISTED, language=Language.ES)
    chat = SetRoom(NEW, kind=RoomKind.PRIVATE, person=MIA)
    view = await seen(tmp_path, message(), SetRoom(LOBBY, cities=(NYC,)), chat, known=spanish)
    assert (view.room.language, view.sender.language) == (Language.ES, Language.ES)


async def test_what_was_chosen_for_a_room_or_a_chat_counts_there_alone(tmp_path: Path) -> None:
    mine = (SetRoom(NEW, kind=RoomKind.PRIVATE, person=MIA), SetRoom(NEW, language=Language.ES))
    view = await seen(tmp_path, message(), *mine)
    assert (view.room.language, view.sender.language) == (Language.EN, Language.ES)
    view = await seen(tmp_path / "other", message(), SetRoom(LOBBY, language=Language.ES))
    assert (view.room.language, view.sender.language) == (Language.ES, Language.EN)


async def test_a_language_goes_with_somebody_into_a_newer_chat(tmp_path: Path) -> None:
    """As when the chat was not encrypted, and they were asked into one that is."""
    old = (SetRoom(NEW, kind=RoomKind.PRIVATE, person=MIA), SetRoom(NEW, language=Language.ES))
    newer = SetRoom(RoomId("!newer"), kind=RoomKind.PRIVATE, person=MIA)
    assert (await seen(tmp_path, message(), *old, newer)).sender.language is Language.ES
