"""We promise that in a surge tellings do not wait for receipts, and receipts not longer than that."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core.effects import Plan, SayInRoom
from bot.core.model import CaseName, Millis
from bot.core.phrases import Line, Phrase
from bot.loops.pace import AT_ONCE, EVERY, MORE, SURGE, WITHIN, Pace
from tests.loops.scripted import CARD, SOL, Set, tell

SAID = (Line(Phrase.RECEIPT_SOMEWHERE),)
NOW = Millis(1_000_000)


def in_a_surge() -> Pace:
    pace = Pace()
    for _ in range(SURGE):
        pace.tells(NOW)
    return pace


def test_several_tellings_within_moments_are_a_surge_that_ends_with_the_last_of_them() -> None:
    pace = Pace()
    for number in range(SURGE - 1):
        pace.tells(Millis(NOW + number))
        assert pace.surge_for(Millis(NOW + number)) == 0
    last = Millis(NOW + WITHIN)
    pace.tells(last)
    assert pace.surge_for(last) == WITHIN
    assert pace.surge_for(Millis(last + WITHIN - 1)) == 1
    assert pace.surge_for(Millis(last + WITHIN)) == 0


def test_tellings_further_apart_are_none() -> None:
    pace = Pace()
    for number in range(20):
        pace.tells(Millis(NOW + number * (WITHIN + 1)))
        assert pace.surge_for(Millis(NOW + number * (WITHIN + 1))) == 0


def test_a_clock_that_is_put_back_ends_it() -> None:
    assert in_a_surge().surge_for(Millis(NOW - 60_000)) == 0


def test_a_homeserver_that_took_more_than_the_usual_limit_is_sent_everything() -> None:
    pace = in_a_surge()
    for _ in range(AT_ONCE + MORE):
        pace.took(NOW)
        assert pace.surge_for(NOW) == WITHIN
    pace.took(NOW)
    assert pace.surge_for(NOW) == 0


def test_what_it_took_slowly_proves_nothing() -> None:
    pace = in_a_surge()
    for number in range(100):
        pace.took(Millis(NOW + number * EVERY))
    assert pace.surge_for(NOW) == WITHIN


def test_after_a_refusal_nothing_is_proven() -> None:
    pace = in_a_surge()
    for _ in range(AT_ONCE + MORE + 1):
        pace.took(NOW)
    pace.slower(NOW)
    assert pace.surge_for(NOW) == WITHIN


async def test_in_a_surge_public_words_wait_for_its_end_and_no_longer(here: Set) -> None:
    nyc = here.server.room("!nyc", SOL)
    await here.serves(nyc, SOL)
    for number in range(SURGE):
        card = replace(CARD, case=CaseName(f"case-{number}"))
        told = Plan(f"told {number}", (tell(nyc, card=card),))
        await here.plan(told, Plan(f"said {number}", (SayInRoom(here.lobby.id, SAID),)))
    assert (len(nyc.texts()), len(here.lobby.texts())) == (SURGE, SURGE - 1)
    await here.bot.pass_time(WITHIN - 1)
    assert len(here.lobby.texts()) == SURGE - 1
    await here.bot.pass_time(1)
    assert len(here.lobby.texts()) == SURGE
