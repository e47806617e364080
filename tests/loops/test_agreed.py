"""We promise that agreement is asked for at the moment of telling, whatever was planned before."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace

from bot.core.changes import Agree, PlaceCase, UnplaceCase
from bot.core.effects import AskOthers, Effect, TellFile, TellMore
from bot.core.model import Attachment, CardNote, Consent, EventId, Handling, Millis, Posted, RoomId
from bot.core.results import Held, Refused, Why
from bot.core.sensitive import Sensitive
from tests.loops.scripted import CARD, CASE, MIA, Set, open_case, scripted, tell
from tests.loops.test_ladder import room
from tests.store.samples import full

PRIVATE = replace(CARD, posted=Posted.PRIVATELY)
NO = (Refused(Why.NOT_AGREED),)


def agree(consent: Consent) -> Agree:
    return Agree(MIA, consent, Millis(5))


@pytest.mark.parametrize("consent", [Consent.SUPPORTERS, Consent.ALERT, None])
async def test_who_agreed_or_said_nothing_is_heard(here: Set, consent: Consent | None) -> None:
    nyc = await room(here, "nyc")
    await here.do(tell(nyc, card=PRIVATE), changes=() if consent is None else (agree(consent),))
    assert len(nyc.texts()) == 1


async def test_a_case_of_somebody_who_took_it_back_is_told_to_nobody(here: Set) -> None:
    nyc = await room(here, "nyc")
    await here.do(tell(nyc, card=PRIVATE), changes=(agree(Consent.LISTEN),))
    assert nyc.texts() == []
    assert here.script.outcomes() == [NO]


async def test_what_was_held_when_they_took_it_back_stays_untold_when_the_room_is_safe_again(
    tmp_path: Path,
) -> None:
    async with scripted(tmp_path / "data") as here:
        nyc = await room(here, "nyc", guests=True)
        await here.do(tell(nyc, card=PRIVATE))
        await here.plan(changes=(agree(Consent.LISTEN),))
        here.server.change(nyc, guests=False)
        await here.bot.settle()
        assert nyc.texts() == []


async def test_a_case_whose_room_is_replaced_while_they_pause_goes_on_when_they_do(here: Set) -> None:
    """Supporters had it: it is not over, and must not be stuck between two rooms."""
    nyc, old = await room(here, "nyc"), RoomId("!old")
    placed = (open_case(PRIVATE), PlaceCase(CASE, old, EventId("$card")), agree(Consent.LISTEN))
    await here.plan(changes=placed)
    await here.do(tell(nyc, card=PRIVATE), changes=(UnplaceCase(CASE),))
    assert nyc.texts() == []
    assert here.script.outcomes() == [(Held(CASE),)]
    await here.plan(changes=(agree(Consent.SUPPORTERS),))
    await here.bot.quiet()
    assert len(nyc.texts()) == 1


async def test_a_public_post_was_said_to_everybody_and_is_told(here: Set) -> None:
    nyc = await room(here, "nyc")
    public = replace(CARD, posted=Posted.PUBLICLY)
    await here.do(tell(nyc, card=public), changes=(agree(Consent.LISTEN),))
    assert len(nyc.texts()) == 1


async def test_words_left_for_a_check_in_are_told(here: Set) -> None:
    nyc = await room(here, "nyc")
    left = replace(PRIVATE, notes=(CardNote.CHECKIN_MISSED,))
    await here.do(tell(nyc, card=left), changes=(agree(Consent.LISTEN),))
    assert len(nyc.texts()) == 1


@pytest.mark.parametrize("deed", ["more", "file", "others"])
async def test_nothing_follows_a_card_after_they_took_it_back(here: Set, deed: str) -> None:
    nyc, others = await room(here, "nyc"), await room(here, "others")
    deeds: dict[str, Effect] = {
        "more": TellMore(CASE, Sensitive("and more"), source=EventId("$more")),
        "file": TellFile(CASE, full(Attachment), Handling.CLEANED, EventId("$file")),
        "others": AskOthers(CASE, (others.id,)),
    }
    placed = (open_case(PRIVATE), PlaceCase(CASE, nyc.id, EventId("$card")), agree(Consent.LISTEN))
    await here.plan(changes=placed)
    await here.do(deeds[deed])
    assert nyc.texts() == others.texts() == []
    assert here.script.outcomes() == [NO]
