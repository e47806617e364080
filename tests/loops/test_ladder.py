"""We promise that words go to the first safe supporter room, and to none that is not; else they are held."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.changes import PlaceCase, StopServing
from bot.core.effects import Outcome, Plan, TellMore
from bot.core.model import CardNote, CaseName, EventId, History, Language, Millis, RoomId, Unsafe
from bot.core.results import Held, Refusal, Refused, Told, Why
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView
from bot.ports import Forbidden, TryAgainLater
from tests.loops.scripted import CARD, CASE, KIM, MIA, SOL, Set, open_case, scripted, tell
from tests.stage import BOSTON
from tests.wire import ME, Room

MINUTE = 60_000


async def room(here: Set, name: str, *, serves: bool = True, **how: Any) -> Room:
    made = here.server.room(f"!{name}", SOL, **how)
    if serves:
        await here.serves(made, SOL)
    return made


def cards(room: Room) -> list[str]:
    return [text for text in room.texts() if CASE in text]


async def test_the_first_room_that_is_safe_is_told_and_no_other(here: Set) -> None:
    nyc, other = await room(here, "nyc"), await room(here, "other")
    await here.do(tell(nyc, other))
    assert here.script.outcomes() == [(Told(CASE, nyc.id, nyc.events[0].id, fallback=False),)]
    assert "the words" in cards(nyc)[0]
    assert cards(other) == []


async def test_a_room_that_is_not_safe_is_passed_over_with_the_reason(here: Set) -> None:
    nyc, other = await room(here, "nyc", history=History.SHARED), await room(here, "other")
    await here.do(tell(nyc, other))
    [(told,)] = here.script.outcomes()
    assert isinstance(told, Told)
    assert (told.room, told.refused) == (other.id, (Refusal(nyc.id, Unsafe.HISTORY_OPEN),))
    assert cards(nyc) == []


async def test_whoever_gets_a_case_meant_for_others_is_told_so(here: Set) -> None:
    nyc, other = await room(here, "nyc", guests=True), await room(here, "other")
    await here.do(tell(nyc, other))
    voice, clean = here.bot.around.voice, tell(nyc).card
    assert CardNote.CITY_ROOM_UNSAFE not in clean.notes
    as_kept = CaseView(clean, MIA, Millis(0), here.lobby.id, EventId("$post"), nyc.id, EventId("$card"))
    first = voice.card(as_kept, Language.EN)
    assert cards(other)[0] != "\n".join(getattr(block, "text", "") for block in first.blocks)
    assert len(cards(other)[0]) > len("".join(getattr(block, "text", "") for block in first.blocks))


@pytest.mark.parametrize(
    ("drift", "why"),
    [
        ("stranger", Unsafe.STRANGER),
        ("invited", Unsafe.STRANGER),
        ("plain", Unsafe.NOT_ENCRYPTED),
        ("changed", Unsafe.IDENTITY_CHANGED),
        ("unpinned", Unsafe.IDENTITY_MISSING),
        ("empty", Unsafe.NOBODY_THERE),
        ("out", Unsafe.NOT_THERE),
        ("gone", Unsafe.NOT_THERE),
        ("forbidden", Unsafe.NOT_THERE),
        ("stopped", Unsafe.NOT_CONFIRMED),
    ],
)
async def test_any_drift_is_seen_at_the_moment_of_telling(here: Set, drift: str, why: Unsafe) -> None:
    nyc = await room(here, "nyc")
    match drift:
        case "stranger":
            nyc.joined.add(KIM)
        case "invited":
            nyc.invited.add(KIM)
        case "plain":
            nyc.encrypted = False
        case "changed":
            nyc.changed.add(SOL)
        case "unpinned":
            nyc.unpinned.add(SOL)
        case "empty":
            nyc.joined = {ME}
        case "out":
            nyc.joined.discard(ME)
        case "gone":
            del here.server.rooms[nyc.id]
        case "forbidden":
            here.server.fail("tell", Forbidden("no"), times=9)
        case "stopped":
            await here.plan(changes=(StopServing(nyc.id),))
    await here.do(tell(nyc))
    assert here.script.outcomes() == [(Held(CASE, (Refusal(nyc.id, why),)),)]
    assert cards(nyc) == []


async def test_a_room_nobody_confirmed_is_never_told(here: Set) -> None:
    await here.do(tell(await room(here, "nyc", serves=False)))
    assert here.script.outcomes() == [(Held(CASE, (Refusal(RoomId("!nyc"), Unsafe.NOT_CONFIRMED),)),)]


# -- held -----------------------------------------------------------------------------------------------


async def test_held_words_go_out_at_once_when_the_room_is_mended(here: Set) -> None:
    nyc = await room(here, "nyc", history=History.SHARED)
    await here.do(tell(nyc))
    nyc.history = History.JOINED
    await here.bot.quiet()
    assert cards(nyc) == []
    here.server.join(nyc, SOL)
    await here.bot.quiet()
    assert len(cards(nyc)) == 1
    [first, second] = [each for each in here.script.heard if isinstance(each, Outcome)]
    assert ([type(each) for each in (*first.results, *second.results)], second.later) == ([Held, Told], True)


async def test_held_words_go_out_by_themselves_when_nobody_tells_us_of_the_change(here: Set) -> None:
    nyc = await room(here, "nyc", history=History.SHARED)
    await here.do(tell(nyc))
    for _ in range(8):
        await here.bot.pass_time(2 * MINUTE)
    assert [type(each) for (each,) in here.script.outcomes()] == [Held]
    nyc.history = History.JOINED
    await here.bot.pass_time(2 * MINUTE)
    assert [type(each) for (each,) in here.script.outcomes()] == [Held, Told]


async def test_held_words_go_to_a_room_that_begins_to_serve_the_city(here: Set) -> None:
    await here.do(tell())
    assert here.script.outcomes() == [(Held(CASE),)]
    nyc = await room(here, "nyc")
    assert len(cards(nyc)) == 1


async def test_a_room_of_another_city_is_not_told(here: Set) -> None:
    await here.do(tell())
    boston = here.server.room("!boston", SOL)
    await here.serves(boston, SOL, cities=(BOSTON,))
    await here.bot.pass_time(10 * MINUTE)
    assert cards(boston) == []


async def test_held_words_survive_a_restart(here: Set, tmp_path: Path) -> None:
    nyc = await room(here, "nyc", history=History.SHARED)
    await here.do(tell(nyc))
    await here.bot.around.database.close()
    async with scripted(tmp_path / "data", server=here.server) as again:
        nyc.history = History.JOINED
        await again.bot.pass_time(3 * MINUTE)
    assert len(cards(nyc)) == 1


# -- the fallback ---------------------------------------------------------------------------------------


async def test_the_fallback_is_last_and_called_so(tmp_path: Path) -> None:
    async with scripted(tmp_path / "data", fallback=RoomId("!fallback")) as here:
        fallback, nyc = await room(here, "fallback"), await room(here, "nyc", guests=True)
        await here.do(tell(nyc, fallback=fallback))
        [(told,)] = here.script.outcomes()
    assert isinstance(told, Told)
    assert (told.room, told.fallback) == (fallback.id, True)


async def test_a_room_that_is_meant_is_no_fallback_even_if_it_is_the_fallback(tmp_path: Path) -> None:
    async with scripted(tmp_path / "data", fallback=RoomId("!fallback")) as here:
        fallback = await room(here, "fallback")
        await here.do(tell(fallback, fallback=fallback))
        [(told,)] = here.script.outcomes()
    assert isinstance(told, Told)
    assert told.fallback is False


async def test_a_case_that_cannot_move_to_its_city_stays_where_it_is(tmp_path: Path) -> None:
    """The fallback has it already: a second card there would be a second case to whoever reads it."""
    async with scripted(tmp_path / "data", fallback=RoomId("!fallback")) as here:
        fallback, nyc = await room(here, "fallback"), await room(here, "nyc", guests=True)
        await here.plan(changes=(open_case(), PlaceCase(CASE, fallback.id, EventId("$card"))))
        await here.do(tell(nyc))
        assert here.script.outcomes() == [(Held(CASE, (Refusal(nyc.id, Unsafe.GUESTS),)),)]
        assert cards(fallback) == []


# -- silence --------------------------------------------------------------------------------------------


async def test_a_homeserver_that_is_down_is_waited_for_and_nothing_is_held(here: Set) -> None:
    nyc = await room(here, "nyc")
    here.server.fail("*", TryAgainLater("down"), times=4)
    await here.do(tell(nyc))
    assert here.script.outcomes() == []
    await here.bot.settle()
    assert [type(each) for (each,) in here.script.outcomes()] == [Told]


async def test_silence_about_one_room_counts_as_unsafe_while_others_answer(here: Set) -> None:
    nyc, other = await room(here, "nyc"), await room(here, "other")
    here.server.fail("tell", TryAgainLater("no state"), times=99, room=nyc)
    here.server.fail("facts", TryAgainLater("no state"), times=99, room=nyc)
    await here.do(tell(nyc, other))
    await here.bot.settle()
    [(told,)] = here.script.outcomes()
    assert isinstance(told, Told)
    assert (told.room, told.refused) == (other.id, (Refusal(nyc.id, Unsafe.UNKNOWN),))


async def test_a_message_that_cannot_be_sent_is_not_taken_elsewhere(here: Set) -> None:
    """The room answers and is safe: only sending is slow, and elsewhere it might be told twice."""
    nyc, other = await room(here, "nyc"), await room(here, "other")
    here.server.fail("tell", TryAgainLater("slow"), times=12, room=nyc)
    await here.do(tell(nyc, other))
    await here.bot.settle()
    assert (len(cards(nyc)), len(cards(other))) == (1, 0)


async def test_one_silence_that_meets_many_tellings_is_one_and_takes_none_of_them_elsewhere(
    here: Set,
) -> None:
    """Another room answers meanwhile; what was asked about this one was cut off, for all at once."""
    nyc, other, third = [await room(here, name) for name in ("nyc", "other", "third")]
    here.server.fail("tell", TryAgainLater("cut off"), times=7, room=nyc, done_first=True)
    here.server.fail("facts", TryAgainLater("cut off"), times=7, room=nyc)
    where = [nyc, nyc, nyc, third, nyc, nyc, nyc, nyc]
    cases = [replace(CARD, case=CaseName(f"case-{number}")) for number in range(8)]
    await here.plan(
        *(Plan(card.case, (tell(at, other, card=card),)) for card, at in zip(cases, where, strict=True))
    )
    await here.bot.settle()
    assert [len(each.texts()) for each in (nyc, third, other)] == [7, 1, 0]


async def test_an_answer_that_was_lost_is_not_told_again(here: Set) -> None:
    nyc = await room(here, "nyc")
    here.server.fail("tell", TryAgainLater("lost"), times=3, room=nyc, done_first=True)
    await here.do(tell(nyc))
    await here.bot.settle()
    assert len(cards(nyc)) == 1


# -- more -----------------------------------------------------------------------------------------------


MORE = TellMore(CASE, Sensitive("and more"))


async def placed(here: Set) -> Room:
    nyc = await room(here, "nyc")
    await here.plan(changes=(open_case(), PlaceCase(CASE, nyc.id, EventId("$card"))))
    return nyc


async def test_further_words_go_into_the_thread_of_the_card(here: Set) -> None:
    nyc = await placed(here)
    await here.do(MORE)
    assert [(event.thread, "and more" in event.text) for event in nyc.events] == [("$card", True)]
    [(told,)] = here.script.outcomes()
    assert isinstance(told, Told)
    assert (told.case, told.room, told.event) == (CASE, nyc.id, "$card")
    assert told.message == nyc.events[-1].id


async def test_further_words_wait_until_the_card_stands(here: Set) -> None:
    nyc = await room(here, "nyc")
    await here.do(MORE, changes=(open_case(),))
    await here.bot.pass_time(10 * MINUTE)
    assert here.script.outcomes() == []
    await here.plan(changes=(PlaceCase(CASE, nyc.id, EventId("$card")),))
    assert len(nyc.texts()) == 1


async def test_further_words_to_a_held_case_are_held_and_said_to_be(here: Set) -> None:
    nyc = await room(here, "nyc", guests=True)
    await here.do(tell(nyc), changes=(open_case(),), asked=False)
    await here.do(MORE)
    assert here.script.outcomes() == [(Held(CASE),)]


async def test_further_words_are_held_when_the_room_is_no_longer_safe(here: Set) -> None:
    nyc = await placed(here)
    nyc.joined.add(KIM)
    await here.do(MORE)
    assert here.script.outcomes() == [(Held(CASE, (Refusal(nyc.id, Unsafe.STRANGER),)),)]
    here.server.leave(nyc, KIM)
    await here.bot.quiet()
    assert [type(each) for (each,) in here.script.outcomes()] == [Held, Told]


async def test_further_words_stay_in_order(here: Set) -> None:
    nyc = await placed(here)
    here.server.fail("tell", TryAgainLater("slow"), times=2)
    for number in range(3):
        await here.do(TellMore(CASE, Sensitive(f"number {number}")))
    await here.bot.settle()
    assert [text.split()[-1] for text in nyc.texts()] == ["0", "1", "2"]


async def test_further_words_to_a_case_that_is_gone_reach_nobody_and_end(here: Set) -> None:
    await here.do(TellMore(CaseName("blue-otter"), Sensitive("too late")))
    assert here.script.outcomes() == [(Refused(Why.GONE),)]
    assert await here.bot.count("outbox") == 0
