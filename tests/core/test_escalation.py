"""We promise that a case nobody claims is heard of by more and more people, until somebody has it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from msgspec.structs import replace

from bot.core.case_steps import claim, claimer_gone
from bot.core.changes import CancelTimer, MoveCase, PlaceCase, SetTimer, TimerKind
from bot.core.decide import decide
from bot.core.effects import (
    AskOthers,
    Decision,
    Effect,
    Origin,
    Outcome,
    Reason,
    RemoveOriginal,
    SayPrivately,
    Timer,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
)
from bot.core.model import (
    Card,
    CaseName,
    CaseState,
    Category,
    CitySlug,
    EventId,
    Millis,
    Posted,
    Reaction,
    RoomId,
    RoomKind,
    Urgency,
)
from bot.core.phrases import Phrase, Whisper
from bot.core.results import Refused, Told, Why
from bot.core.sensitive import Sensitive
from bot.core.spans import MINUTE, minutes
from bot.core.view import CaseView, Left, PersonView, RoomView, View
from tests.core.world import (
    CHAT,
    CHICAGO,
    FALLBACK,
    MIA,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    SOL,
    VIEW,
    in_team,
    phrases,
    says,
)

HERON = CaseName("amber-heron")
CARD_EVENT = EventId("$card")


def case(
    *cities: CitySlug,
    state: CaseState = CaseState.WAITING,
    urgency: Urgency = Urgency.USUAL,
    room: RoomId | None = NYC_ROOM,
    categories: tuple[Category, ...] = (Category.HELP,),
) -> CaseView:
    card = Card(HERON, categories, cities or (NYC,), Posted.PRIVATELY, urgency, Sensitive("words"))
    event = CARD_EVENT if room else None
    return CaseView(card, MIA, NOW, CHAT, EventId("$first"), room, event, state=state)


def seen(view: View, about: CaseView | None) -> View:
    cases = () if about is None else (about,)
    sender = PersonView(MIA, cases=cases)
    return replace(
        view, thread_case=about, sender=sender, room=RoomView(NYC_ROOM, RoomKind.SUPPORTER, (NYC,))
    )


def comes(kind: TimerKind, about: CaseView | None, view: View | None = None) -> Decision:
    timer = Timer("t", kind, NOW, NYC_ROOM, MIA, HERON)
    return decide(timer, seen(view or VIEW, about))


def steps(decision: Decision) -> list[Effect]:
    return [step for plan in decision.plans for step in plan.steps]


def timer_of(decision: Decision) -> SetTimer | None:
    timers = (change for change in decision.changes if isinstance(change, SetTimer))
    return next((timer for timer in timers if timer.kind.value.startswith("unclaimed")), None)


@pytest.mark.parametrize(("urgency", "wait"), [(Urgency.USUAL, 10), (Urgency.URGENT, 3)])
def test_the_waiting_begins_when_a_team_has_the_case(urgency: Urgency, wait: int) -> None:
    origin = Origin(Reason.REPORT, CHAT, MIA, categories=(Category.HELP,), cities=(NYC,), urgency=urgency)
    told = Told(HERON, NYC_ROOM, CARD_EVENT, fallback=False)
    timer = timer_of(decide(Outcome("o", NOW, origin, (told,)), seen(VIEW, None)))
    assert timer is not None
    assert (timer.kind, timer.due, timer.case) == (TimerKind.UNCLAIMED, NOW + wait * MINUTE, HERON)


@pytest.mark.parametrize("category", [Category.FYI, Category.SUPPORTER])
def test_a_tip_and_an_offer_to_help_press_nobody(category: Category) -> None:
    origin = Origin(Reason.REPORT, CHAT, MIA, categories=(category,), cities=(NYC,))
    told = Told(HERON, NYC_ROOM, CARD_EVENT, fallback=False)
    assert timer_of(decide(Outcome("o", NOW, origin, (told,)), seen(VIEW, None))) is None


def test_first_everybody_in_its_room_is_called_in_its_thread() -> None:
    done = comes(TimerKind.UNCLAIMED, case())
    (said,) = steps(done)
    assert isinstance(said, WhisperInRoom)
    assert (said.room, said.thread, said.rings, said.case) == (NYC_ROOM, CARD_EVENT, True, HERON)
    timer = timer_of(done)
    assert timer is not None
    assert (timer.kind, timer.due) == (TimerKind.UNCLAIMED_STILL, NOW + 10 * MINUTE)


def test_then_the_rooms_of_neighbouring_cities_are_asked() -> None:
    done = comes(TimerKind.UNCLAIMED_STILL, case())
    assert steps(done) == [AskOthers(HERON, (NEWARK_ROOM,))]
    timer = timer_of(done)
    assert timer is not None
    assert timer.kind is TimerKind.UNCLAIMED_LONG


def test_then_the_fallback_room_and_stewards_who_get_the_name_alone() -> None:
    asked, *told = steps(comes(TimerKind.UNCLAIMED_LONG, case()))
    assert asked == AskOthers(HERON, (FALLBACK,))
    assert told
    for each in told:
        assert isinstance(each, SayPrivately)
        assert each.rings
        (line,) = each.lines
        assert isinstance(line, Whisper)
        assert (line.line.phrase, line.case, line.quote) == (Phrase.STEWARD_UNCLAIMED, HERON, None)


def test_without_neighbours_nobody_waits_for_them() -> None:
    asked, *_ = steps(comes(TimerKind.UNCLAIMED_STILL, case(CHICAGO, room=NEWARK_ROOM)))
    assert asked == AskOthers(HERON, (FALLBACK,))


def test_a_case_that_stands_in_the_fallback_room_does_not_go_there_again() -> None:
    done = steps(comes(TimerKind.UNCLAIMED_LONG, case(room=FALLBACK)))
    assert done
    assert not any(isinstance(each, AskOthers) for each in done)


@pytest.mark.parametrize("kind", [kind for kind in TimerKind if kind.value.startswith("unclaimed")])
@pytest.mark.parametrize("state", [CaseState.CLAIMED, CaseState.CLOSED])
def test_nobody_is_called_for_a_case_that_somebody_has_or_that_is_over(
    kind: TimerKind, state: CaseState
) -> None:
    assert comes(kind, case(state=state)) == Decision()
    assert comes(kind, None) == Decision()


def test_a_clock_that_leapt_does_not_press_everybody_at_once() -> None:
    late = replace(VIEW, now=Millis(NOW + 1000 * MINUTE))
    timer = timer_of(comes(TimerKind.UNCLAIMED, case(), late))
    assert timer is not None
    assert timer.due == late.now + 10 * MINUTE


def test_the_times_are_the_operators() -> None:
    view = VIEW
    view = replace(view, spans=replace(view.spans, usual=minutes(1, 5, 6)))
    timer = timer_of(comes(TimerKind.UNCLAIMED, case(), view))
    assert timer is not None
    assert timer.due == NOW + 4 * MINUTE


# -- what came of asking others --------------------------------------------------------------------------


def hears(about: CaseView | None, *results: Told | Refused) -> Decision:
    origin = Origin(
        Reason.ESCALATION, NYC_ROOM, MIA, event=CARD_EVENT, cities=(CitySlug("newark"),), case=HERON
    )
    return decide(Outcome("o", NOW, origin, results), seen(VIEW, about))


THERE = Told(HERON, NEWARK_ROOM, EventId("$there"), fallback=False)


def test_the_worker_and_the_team_before_hear_who_has_it_now() -> None:
    done = hears(case(), THERE)
    assert PlaceCase(HERON, NEWARK_ROOM, EventId("$there"), back=True) in done.changes
    card, before, worker = steps(done)
    assert card == UpdateOldCards(HERON)
    assert isinstance(before, WhisperInRoom)
    assert (before.room, before.thread) == (NYC_ROOM, CARD_EVENT)
    assert isinstance(worker, SayPrivately)
    assert worker.person == MIA


@pytest.mark.parametrize("about", [None, case(state=CaseState.CLAIMED)])
def test_claimed_in_the_last_moment_the_card_elsewhere_is_taken_back(about: CaseView | None) -> None:
    done = hears(about, THERE)
    assert done.changes == ()
    assert steps(done) == [RemoveOriginal(NEWARK_ROOM, EventId("$there"))]


def test_nothing_is_said_of_rooms_that_could_not_be_asked() -> None:
    assert hears(case(), Refused(Why.UNSAFE)) == Decision()


# -- with the steps in a case's life ------------------------------------------------------------------------


def test_a_claim_calms_and_giving_it_back_presses_anew() -> None:

    view = seen(VIEW, case())
    calmed = claim(case(), SOL, view)
    assert MoveCase(HERON, CaseState.CLAIMED, SOL, NOW) in calmed.changes
    assert CancelTimer(f"unclaimed {HERON}") in calmed.changes
    mine = replace(case(state=CaseState.CLAIMED), claimer=SOL)
    again = claimer_gone(SOL, replace(view, board=(mine,)))
    kinds = [change.kind for change in again.changes if isinstance(change, SetTimer)]
    assert kinds == [TimerKind.UNCLAIMED]


# -- claimed where it was ------------------------------------------------------------------------------------


def gone_on(state: CaseState = CaseState.WAITING, *, may_claim: bool = True) -> CaseView:
    """It stands in Newark's room; it came from New York's."""
    return replace(case(room=NEWARK_ROOM, state=state), left=(Left(NYC_ROOM, CARD_EVENT, may_claim),))


def in_old_thread(about: CaseView, words: str = "!claim", board: tuple[CaseView, ...] = ()) -> Decision:
    view = replace(in_team(), thread_case=about, board=board)
    return decide(says(view, words, thread=CARD_EVENT), view)


def by_hand(about: CaseView, target: EventId = CARD_EVENT) -> Decision:
    view = replace(in_team(), thread_case=about)
    return decide(Reaction(EventId("$hand"), NYC_ROOM, SOL, target, NOW), view)


@pytest.mark.parametrize("claims", [in_old_thread, by_hand])
def test_who_was_there_first_may_still_take_it_while_it_waits(claims: Callable[[CaseView], Decision]) -> None:
    done = claims(gone_on())
    moves = [change for change in done.changes if isinstance(change, PlaceCase | MoveCase)]
    assert moves == [
        PlaceCase(HERON, NYC_ROOM, CARD_EVENT, back=True),
        MoveCase(HERON, CaseState.CLAIMED, SOL, NOW),
    ]
    assert CancelTimer(f"unclaimed {HERON}") in done.changes
    said = [step for step in steps(done) if isinstance(step, WhisperInRoom)]
    assert [(step.room, step.thread) for step in said] == [
        (NYC_ROOM, CARD_EVENT),
        (NEWARK_ROOM, CARD_EVENT),
    ]
    assert [step for step in steps(done) if isinstance(step, UpdateCard | UpdateOldCards)] == [
        UpdateCard(HERON),
        UpdateOldCards(HERON),
    ]


@pytest.mark.parametrize("claims", [in_old_thread, by_hand])
@pytest.mark.parametrize(
    "about",
    [gone_on(CaseState.CLAIMED), gone_on(CaseState.CLOSED), gone_on(may_claim=False)],
)
def test_what_another_team_has_is_not_taken_from_it(
    claims: Callable[[CaseView], Decision], about: CaseView
) -> None:
    done = claims(about)
    assert not any(isinstance(change, PlaceCase | MoveCase) for change in done.changes)
    assert phrases(done) == ["CASE_WITH_OTHERS"]


def test_a_room_that_is_asked_a_second_time_has_one_card_of_the_case() -> None:
    been_there = replace(case(), left=(Left(NEWARK_ROOM, EventId("$older"), may_claim=True),))
    card, gone, *_ = steps(hears(been_there, THERE))
    assert (card, gone) == (UpdateOldCards(HERON), RemoveOriginal(NEWARK_ROOM, EventId("$older")))


def test_taking_it_back_is_a_claim_like_any_other() -> None:
    mine = replace(case(state=CaseState.CLAIMED), claimer=SOL)
    full = tuple(replace(mine, card=replace(mine.card, case=CaseName(f"n-{n}"))) for n in range(5))
    assert phrases(in_old_thread(gone_on(), board=full)) == ["CASE_ENOUGH"]


@pytest.mark.parametrize("words", ["!close", "!release", "!note x", "!reply x"])
def test_nothing_else_is_done_to_a_case_from_where_it_was(words: str) -> None:
    done = in_old_thread(gone_on(), words)
    assert not any(isinstance(change, PlaceCase | MoveCase) for change in done.changes)
    assert by_hand(gone_on(), EventId("$other")) == Decision()
