"""We promise of an alert that goes out that it can be stopped at every step, and that it has an end."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.alert_steps import PACE, PATIENCE
from bot.core.alerts import Alert, AlertPost, AlertState
from bot.core.changes import CancelTimer, TimerKind
from bot.core.consent import warns
from bot.core.decide import decide, questions
from bot.core.effects import (
    Decision,
    PostAlert,
    RemoveOriginal,
    RetractAlert,
    Timer,
    WhisperInRoom,
)
from bot.core.model import (
    CardNote,
    CaseName,
    Consent,
    EventId,
    RoomFacts,
    RoomId,
    UserId,
)
from bot.core.results import Done, Refused, Why
from bot.core.sensitive import Sensitive
from bot.core.view import FactsOf, PersonView, View
from tests.core.test_alerts import (
    APPROVED,
    CASE,
    DRAFTED,
    GOING_OUT,
    LEAVING,
    NAME,
    OUT,
    PORCH,
    WARNING,
    came,
    in_state,
    kept,
    team,
    timers,
    turn,
)
from tests.core.test_cases import case, worker
from tests.core.world import (
    ADA,
    FALLBACK,
    LOBBY,
    NEWARK_ROOM,
    NOW,
    NYC_ROOM,
    SAFE,
    SOL,
    effects,
    in_team,
    lines,
    on,
    phrases,
    says,
)

# -- going out ----------------------


def test_one_room_gets_it_at_a_time() -> None:
    first = turn(in_state(APPROVED))
    (now,) = kept(first)
    assert (now.state, now.underway, now.waiting) == (GOING_OUT, PORCH, (LOBBY,))
    assert effects(first) == [PostAlert(NAME, PORCH)]
    assert timers(first) == {TimerKind.ALERT_TURN: PATIENCE}
    after = came(now)
    (then,) = kept(after)
    assert (then.underway, then.posts) == (None, (AlertPost(PORCH, EventId("$new")),))
    assert timers(after) == {TimerKind.ALERT_TURN: PACE}


def test_a_room_that_does_not_answer_has_another_turn_after_the_others() -> None:
    second = turn(in_state(GOING_OUT))
    (now,) = kept(second)
    assert (now.underway, now.waiting, now.posts) == (LOBBY, (PORCH,), (AlertPost(PORCH),))
    assert effects(second) == [PostAlert(NAME, LOBBY)]
    assert turn(replace(now, waiting=())) == Decision()  # nobody else waits
    # its answer comes after all, while the other one is asked
    (then,) = kept(came(now))
    assert (then.underway, then.waiting) == (LOBBY, ())
    assert then.posts == (AlertPost(PORCH, EventId("$new")),)
    # or it says no: then it is asked again in its turn
    assert came(now, Refused(Why.GONE)) == Decision()
    (out,) = kept(came(then, Done(EventId("$other"), LOBBY), LOBBY))
    assert (out.state, {post.room for post in out.posts}) == (OUT, {PORCH, LOBBY})
    # asked twice, it says twice where it stands, and stands there all the same
    again = came(out)
    assert [sorted(each.posts, key=repr) for each in kept(again)] == [sorted(out.posts, key=repr)]
    assert effects(again) == []


def test_after_the_last_room_its_team_hears_where_it_stands() -> None:
    decision = came(replace(in_state(GOING_OUT), waiting=()))
    (now,) = kept(decision)
    assert now.state is OUT
    assert [(line.phrase.name, line.number) for line in lines(decision)] == [("ALERT_OUT", 1)]


@pytest.mark.parametrize("why", [Why.FORBIDDEN, Why.GONE])
def test_a_room_that_does_not_let_us_is_passed_over(why: Why) -> None:
    decision = came(in_state(GOING_OUT), Refused(why))
    (now,) = kept(decision)
    assert (now.underway, now.posts, now.waiting) == (None, (), (LOBBY,))
    assert timers(decision) == {TimerKind.ALERT_TURN: PACE}


def test_a_worker_who_does_not_agree_any_more_stops_it_at_its_turn_and_at_the_gate() -> None:
    of_case = replace(in_state(APPROVED), case=CASE)
    going = replace(in_state(GOING_OUT), case=CASE)
    for decision in (turn(of_case, agrees=False), came(going, Refused(Why.NOT_AGREED))):
        (now,) = kept(decision)
        assert (now.state, now.waiting, now.underway) == (LEAVING, (), None)
        assert [type(step) for step in effects(decision)] == [RetractAlert, WhisperInRoom]
        assert phrases(decision) == ["ALERT_NO_LONGER_AGREED"]
    (now,) = kept(came(going, Refused(Why.NOT_AGREED)))
    assert now.posts == (AlertPost(PORCH),)  # it may stand there from a try whose answer was lost


@pytest.mark.parametrize("alert", [None, in_state(LEAVING)], ids=["gone", "leaving"])
def test_what_was_sent_while_it_ended_goes_at_once(alert: Alert | None) -> None:
    assert effects(came(alert)) == [RemoveOriginal(PORCH, EventId("$new"))]
    assert came(alert, Refused(Why.GONE)) == Decision()


# -- its end ----------------------


@pytest.mark.parametrize("state", [DRAFTED, APPROVED, GOING_OUT, OUT])
@pytest.mark.parametrize("who", [SOL, ADA])
def test_anybody_of_its_room_takes_it_back_at_any_time(state: AlertState, who: UserId) -> None:
    before = in_state(state)
    decision = on(team(before, who), f"!retract {NAME}")
    (now,) = kept(decision)
    assert (now.state, now.posts) == (LEAVING, before.posts)
    assert [type(step) for step in effects(decision)] == [RetractAlert, WhisperInRoom]
    assert sum(isinstance(change, CancelTimer) for change in decision.changes) == 2
    assert phrases(decision) == ["ALERT_GONE"]


@pytest.mark.parametrize(
    ("state", "phrase"),
    [
        (DRAFTED, "ALERT_DRAFT_EXPIRED"),
        (APPROVED, "ALERT_EXPIRED"),
        (GOING_OUT, "ALERT_EXPIRED"),
        (OUT, "ALERT_EXPIRED"),
    ],
)
def test_it_has_its_time(state: AlertState, phrase: str) -> None:
    timer = Timer("t", TimerKind.ALERT_ENDS, NOW, NYC_ROOM, case=NAME)
    decision = decide(timer, team(in_state(state)))
    assert [alert.state for alert in kept(decision)] == [LEAVING]
    assert phrases(decision) == [phrase]
    assert decide(timer, team(None)) == decide(timer, team(in_state(LEAVING))) == Decision()


def of_worker(consent: Consent, *alerts: Alert) -> View:
    view = worker()
    return replace(view, sender=replace(view.sender, consent=consent, alerts=alerts))


@pytest.mark.parametrize("words", ["!share supporters", "!share nobody"])
@pytest.mark.parametrize("now", Consent)
def test_who_no_longer_agrees_has_every_alert_taken_back_first_of_all(words: str, now: Consent) -> None:
    two = (in_state(OUT), replace(in_state(DRAFTED), name=CaseName("other-name")))
    decision = on(of_worker(now, *two), words)
    assert [(alert.name, alert.state) for alert in kept(decision)] == [(each.name, LEAVING) for each in two]
    assert [step for step in effects(decision) if isinstance(step, RetractAlert)] == [
        RetractAlert(each.name) for each in two
    ]
    assert isinstance(effects(decision)[0], RetractAlert)


def test_who_agrees_again_or_asks_how_it_stands_takes_nothing_back() -> None:
    for words in ("!share alert", "!share", "!share somebody"):
        assert kept(on(of_worker(Consent.ALERT, in_state(OUT)), words)) == []


@pytest.mark.parametrize("consent", Consent)
def test_only_the_third_yes_allows_one_and_an_alarm_never_does(consent: Consent) -> None:
    assert warns(case(), consent) is (consent is Consent.ALERT)
    alarm = replace(case(), card=replace(case().card, notes=(CardNote.ALARM_WORD,)))
    assert not warns(alarm, consent)


# -- what was written changes nothing else ----------------------


def test_two_alerts_with_other_words_are_the_same_but_for_the_words() -> None:
    first, second = (on(in_team(), f"!alert nyc {words}") for words in (WARNING, "two people at the door"))
    assert first != second
    assert repr(first) == repr(second)
    blank = [replace(alert, words=Sensitive("")) for decision in (first, second) for alert in kept(decision)]
    assert blank[0] == blank[1]


# -- its room is no more ----------------------


def elsewhere(
    state: AlertState, facts: RoomFacts | None, room: RoomId = FALLBACK, *, known: bool = True
) -> View:
    """Somebody of another supporter room names it; `known`: its own room still serves its city."""
    view = in_team(team(in_state(state), ADA), room)
    rosters = {each: roster for each, roster in view.rosters.items() if known or each != NYC_ROOM}
    return replace(view, sender=PersonView(ADA), answers={FactsOf(NYC_ROOM): facts}, rosters=rosters)


REPLACED = replace(SAFE, replaced=True)


@pytest.mark.parametrize("state", [DRAFTED, APPROVED, GOING_OUT, OUT])
def test_what_stood_in_a_room_that_was_replaced_is_taken_back_by_who_serves_its_city(
    state: AlertState,
) -> None:
    view = elsewhere(state, REPLACED)
    (now,) = kept(on(view, f"!retract {NAME}"))
    assert (now.state, now.room) == (LEAVING, FALLBACK)
    said = [step for step in effects(on(view, f"!retract {NAME}")) if isinstance(step, WhisperInRoom)]
    assert [step.room for step in said] == [FALLBACK]


def test_a_draft_of_a_room_that_was_replaced_is_approved_by_a_second_supporter_as_before() -> None:
    view = elsewhere(DRAFTED, REPLACED)
    (now,) = kept(on(view, f"!approve {NAME}"))
    assert (now.state, now.room, now.author) == (APPROVED, FALLBACK, None)
    author = replace(view, sender=PersonView(SOL))
    assert phrases(on(author, f"!approve {NAME}")) == ["ALERT_SECOND"]


@pytest.mark.parametrize("words", ["!approve", "!retract"])
def test_as_long_as_its_room_stands_another_one_learns_nothing_of_it(words: str) -> None:
    for room in (FALLBACK, NEWARK_ROOM):
        unknown = on(replace(elsewhere(DRAFTED, SAFE, room), alert=None), f"{words} {NAME}")
        known = on(elsewhere(DRAFTED, SAFE, room), f"{words} {NAME}")
        assert (known, phrases(known)) == (unknown, ["ALERT_UNKNOWN"])


def test_who_serves_another_city_has_no_say_even_then() -> None:
    for facts, known in ((REPLACED, True), (None, False)):
        view = elsewhere(OUT, facts, NEWARK_ROOM, known=known)
        assert phrases(on(view, f"!retract {NAME}")) == ["ALERT_UNKNOWN"]
        assert questions(says(view, f"!retract {NAME}"), view) == ()


def test_not_knowing_whether_its_room_stands_it_can_be_taken_back_and_not_go_out() -> None:
    assert phrases(on(elsewhere(DRAFTED, None), f"!approve {NAME}")) == ["ALERT_UNKNOWN"]
    (now,) = kept(on(elsewhere(OUT, None), f"!retract {NAME}"))
    assert now.state is LEAVING
    (then,) = kept(on(elsewhere(DRAFTED, None, known=False), f"!approve {NAME}"))
    assert then.state is APPROVED  # its room serves nobody any more


def test_only_who_could_have_a_say_makes_us_ask_about_its_room() -> None:
    view = elsewhere(OUT, None)
    assert questions(says(view, f"!retract {NAME}"), view) == (FactsOf(NYC_ROOM),)
    own = team(in_state(OUT))
    assert questions(says(own, f"!retract {NAME}"), own) == ()
