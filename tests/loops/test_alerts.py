"""We promise that an alert is let through at the moment of each sending or not at all, and leaves nothing."""

from __future__ import annotations

from collections import Counter

import pytest
from msgspec.structs import replace

from bot.core.alerts import Alert, AlertPost, AlertState
from bot.core.changes import Agree, Change, KeepAlert, PlaceCase, SetRoom, SetTimer, StopServing, TimerKind
from bot.core.effects import ForgetCase, ForgetPerson, PostAlert, RetractAlert
from bot.core.model import CardNote, CaseName, Consent, EventId, Language, Millis, RoomId, RoomKind
from bot.core.results import Done, Refused, Why
from bot.core.sensitive import Sensitive
from bot.loops.alert_views import lobbies
from bot.ports import TryAgainLater
from bot.store import alerts
from tests.loops.scripted import CARD, CASE, MIA, SOL, Set, open_case
from tests.loops.test_ladder import room
from tests.stage import NYC, Dice
from tests.wire import ME

NAME = CaseName("quiet-lantern")
WORDS = "a man in a grey van pays with torn notes"
LOBBY, TEAM = RoomId("!lobby"), RoomId("!nyc")
GOING = Alert(
    *(NAME, TEAM, (NYC,), Sensitive(WORDS), Millis(5), Millis(5 + 72 * 60 * 60 * 1000)),
    state=AlertState.GOING_OUT,
    underway=LOBBY,
)
OF_CASE = replace(GOING, case=CASE)
POST, RETRACT = PostAlert(NAME, LOBBY), RetractAlert(NAME)


def agree(consent: Consent) -> Agree:
    return Agree(MIA, consent, Millis(5))


async def kept(here: Set) -> Alert | None:
    async with here.bot.around.database.transaction() as tx:
        return await alerts.by_name(tx, NAME)


async def test_an_approved_alert_stands_in_the_room_in_its_supporters_words(here: Set) -> None:
    await room(here, "nyc")
    await here.do(POST, changes=(KeepAlert(GOING),))
    (said,) = here.lobby.texts()
    assert said.splitlines()[0] == "Supporters of New York City warn, in their own words:"
    assert f"> {WORDS}" in said
    assert "after 72 h" in said
    assert here.script.outcomes() == [(Done(here.lobby.events[-1].id, LOBBY),)]


async def test_it_is_framed_in_the_language_of_the_room(here: Set) -> None:
    await room(here, "nyc")
    spanish = SetRoom(LOBBY, kind=RoomKind.COMMUNITY, language=Language.ES)
    await here.do(POST, changes=(KeepAlert(GOING), spanish))
    assert here.lobby.texts()[0].startswith("Las personas de apoyo de New York City alertan")


@pytest.mark.parametrize(
    "alert",
    [
        None,
        *(replace(GOING, state=state) for state in AlertState if state is not AlertState.GOING_OUT),
        replace(GOING, underway=None),
        replace(GOING, underway=RoomId("!other")),
    ],
)
async def test_in_any_other_state_it_goes_nowhere(here: Set, alert: Alert | None) -> None:
    await room(here, "nyc")
    await here.do(POST, changes=() if alert is None else (KeepAlert(alert),))
    assert here.lobby.texts() == []
    assert here.script.outcomes() == [(Refused(Why.GONE),)]


ALARM = open_case(replace(CARD, notes=(CardNote.ALARM_WORD,)))


@pytest.mark.parametrize(
    ("changes", "goes"),
    [
        ((open_case(), agree(Consent.ALERT)), True),
        ((open_case(), agree(Consent.SUPPORTERS)), False),
        ((open_case(), agree(Consent.LISTEN)), False),
        ((open_case(),), False),
        ((agree(Consent.ALERT),), False),
        ((ALARM, agree(Consent.ALERT)), False),
        ((open_case(), agree(Consent.ALERT), StopServing(TEAM)), False),
    ],
    ids=["agreed", "supporters only", "nobody", "said nothing", "case gone", "alarm", "no team"],
)
async def test_the_gate_asks_at_the_moment_of_sending(
    here: Set, changes: tuple[Change, ...], *, goes: bool
) -> None:
    await room(here, "nyc")
    await here.do(POST, changes=(KeepAlert(OF_CASE), *changes))
    assert bool(here.lobby.texts()) is goes
    if not goes:
        assert here.script.outcomes() == [(Refused(Why.NOT_AGREED),)]


async def test_what_may_have_been_sent_when_the_answer_was_lost_is_found_and_removed(here: Set) -> None:
    await room(here, "nyc")
    here.server.fail("announce", TryAgainLater("slow"), done_first=True)
    await here.do(POST, changes=(KeepAlert(OF_CASE), open_case(), agree(Consent.ALERT)))
    assert here.lobby.texts() != []
    assert (now := await kept(here)) is not None
    assert now.posts == (AlertPost(LOBBY),)

    await here.plan(changes=(agree(Consent.SUPPORTERS),))
    await here.bot.settle()
    assert here.script.outcomes() == [(Refused(Why.NOT_AGREED),)]
    await here.do(RETRACT)
    said = [event for event in here.lobby.events if event.sender == ME]
    assert [event.removed for event in said] == [True]
    assert await kept(here) is None


async def test_what_never_was_sent_leaves_no_words_behind_either(here: Set) -> None:
    await room(here, "nyc")
    await here.do(RETRACT, changes=(KeepAlert(replace(GOING, posts=(AlertPost(LOBBY),))),))
    said = [event for event in here.lobby.events if event.sender == ME]
    assert all(event.removed and WORDS not in event.text for event in said)
    assert await kept(here) is None


async def test_it_is_removed_from_every_room_that_is_still_within_reach(here: Set) -> None:
    await room(here, "nyc")
    await here.do(POST, changes=(KeepAlert(GOING),))
    stands = (AlertPost(RoomId("!gone"), EventId("$x")), AlertPost(LOBBY, here.lobby.events[-1].id))
    turn = SetTimer("alert turn", TimerKind.ALERT_TURN, Millis(10**13), TEAM, case=NAME)
    await here.do(RETRACT, changes=(KeepAlert(replace(GOING, posts=stands)), turn))
    assert here.lobby.texts() == []
    assert await kept(here) is None
    assert await here.bot.count("timers") == 0
    await here.do(RETRACT)  # a second time nothing is left to do
    assert here.script.outcomes()[-1] == (Done(),)


@pytest.mark.parametrize("deed", [RETRACT, ForgetCase(CASE)])
async def test_a_room_that_does_not_answer_keeps_it_standing_in_no_other(
    here: Set, deed: RetractAlert | ForgetCase
) -> None:
    nyc = await room(here, "nyc")
    porch = here.server.room("!porch", MIA)
    posts = [
        AlertPost(place.id, here.server.send(place.id, WORDS, f"alert in {place.id}"))
        for place in (here.lobby, porch)
    ]
    card = here.server.send(nyc.id, "Case amber-heron", "card")
    copy = PlaceCase(CASE, nyc.id, card)
    here.server.fail("remove", TryAgainLater("slow"), times=3, room=here.lobby)
    await here.do(deed, changes=(KeepAlert(replace(OF_CASE, posts=tuple(posts))), open_case(), copy))
    assert (porch.texts(), here.lobby.texts()) == ([], [WORDS])
    assert here.script.outcomes() == []
    await here.bot.settle()
    assert here.lobby.texts() == []
    assert await kept(here) is None


@pytest.mark.parametrize("forget", [ForgetCase(CASE), ForgetPerson(MIA, RoomId("!chat"))])
async def test_what_came_of_a_case_goes_with_the_case(here: Set, forget: ForgetCase | ForgetPerson) -> None:
    await room(here, "nyc")
    await here.do(POST, changes=(KeepAlert(OF_CASE), open_case(), agree(Consent.ALERT)))
    stands = replace(OF_CASE, posts=(AlertPost(LOBBY, here.lobby.events[-1].id),))
    other = replace(GOING, name=CaseName("other-lantern"), state=AlertState.DRAFTED, author=SOL)
    await here.do(forget, changes=(KeepAlert(stands), KeepAlert(other)))
    assert here.lobby.texts() == []
    assert await kept(here) is None
    assert await here.bot.count("alerts") == 1


async def test_rooms_with_a_city_are_drawn_in_any_order_and_supporters_rooms_never(here: Set) -> None:
    names = [RoomId(f"!room{number}") for number in range(3)]
    set_up = tuple(SetRoom(name, cities=(NYC,)) for name in names)
    chat = SetRoom(RoomId("!chat"), kind=RoomKind.PRIVATE, cities=(NYC,), person=MIA)
    await here.plan(changes=(*set_up, chat, SetRoom(RoomId("!nowhere"), kind=RoomKind.COMMUNITY)))
    firsts: Counter[RoomId] = Counter()
    async with here.bot.around.database.transaction() as tx:
        for seed in range(60):
            drawn = await lobbies(tx, {names[2]}, Dice(seed))
            assert {each.room for each in drawn} == set(names[:2])
            firsts[drawn[0].room] += 1
    assert min(firsts.values()) > 10
