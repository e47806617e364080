"""We promise that open cases of a supporter room that was replaced go to others, once and without alarm."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.changes import CancelTimer, MoveCase, PlaceCase, UnplaceCase
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    Origin,
    Outcome,
    Plan,
    Reason,
    RemoveOriginal,
    SayPrivately,
    TellSupporters,
    UpdateOldCards,
)
from bot.core.model import (
    Card,
    CardNote,
    CaseName,
    CaseState,
    Category,
    CitySlug,
    EventId,
    Posted,
    RoomChange,
    RoomFacts,
    RoomId,
    Unsafe,
    Urgency,
)
from bot.core.results import Held, Refusal, Result, Told
from bot.core.sensitive import Sensitive
from bot.core.view import CaseView, FactsOf, Left, PersonView, View
from tests.core.world import (
    BOSTON,
    CHAT,
    FALLBACK,
    MIA,
    NEWARK,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    ROSA,
    SAFE,
    SOL,
    VIEW,
    came_of,
    effects,
    in_team,
    names,
    phrases,
)

HERON, OTTER = CaseName("amber-heron"), CaseName("blue-otter")
REPLACED = replace(SAFE, replaced=True)


def case(
    *cities: CitySlug,
    name: CaseName = HERON,
    state: CaseState = CaseState.WAITING,
    room: RoomId = NYC_ROOM,
    notes: tuple[CardNote, ...] = (),
) -> CaseView:
    words, urgency = Sensitive("words"), Urgency.USUAL
    card = Card(name, (Category.HELP,), cities or (NYC,), Posted.PRIVATELY, urgency, words, notes=notes)
    claimer = SOL if state is not CaseState.WAITING else None
    return CaseView(card, MIA, NOW, CHAT, EventId("$first"), room, EventId("$card"), state, claimer)


def changes(*board: CaseView, facts: RoomFacts | None = REPLACED, view: View = VIEW) -> Decision:
    """The room of New York is not what it was, and these cases are on its board."""
    knows = replace(in_team(view), board=board, answers={FactsOf(NYC_ROOM): facts})
    return decide(RoomChange(EventId("$changed"), NYC_ROOM, NOW), knows)


def onward(decision: Decision) -> list[Plan]:
    return [plan for plan in decision.plans if plan.name.startswith("onward")]


def told_again(decision: Decision) -> list[TellSupporters]:
    return [step for step in effects(decision) if isinstance(step, TellSupporters)]


@pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.CLAIMED])
def test_an_open_case_is_put_before_others_and_nobody_has_it_until_then(state: CaseState) -> None:
    about = case(state=state)
    decision = changes(about)
    assert told_again(decision) == [TellSupporters(about.card, (), FALLBACK)]
    assert decision.changes[0] == UnplaceCase(HERON)
    assert [type(each) for each in decision.changes[1:]] == [CancelTimer, CancelTimer]
    assert phrases(decision) == ["ROOM_PAUSED", "STEWARD_ROOM_CHANGED"]


def test_a_closed_case_stays_where_it_is() -> None:
    assert onward(changes(case(state=CaseState.CLOSED))) == []
    assert changes(case(state=CaseState.CLOSED)).changes == ()


def test_other_rooms_that_serve_one_of_its_cities_come_before_the_fallback() -> None:
    (step,) = told_again(changes(case(NYC, NEWARK)))
    assert (step.rooms, step.fallback) == ((NEWARK_ROOM,), FALLBACK)
    assert step.card.cities == (NYC, NEWARK)


def test_the_replaced_fallback_room_is_not_asked_again() -> None:
    (step,) = told_again(changes(case(BOSTON), view=replace(VIEW, fallback=NYC_ROOM)))
    assert (step.rooms, step.fallback) == ((), None)


def test_what_the_card_said_about_another_room_is_not_said_again_and_an_alarm_is() -> None:
    (step,) = told_again(changes(case(notes=(CardNote.CITY_ROOM_UNSAFE, CardNote.ALARM_WORD))))
    assert step.card.notes == (CardNote.ALARM_WORD,)


def test_every_case_goes_by_itself_so_that_none_waits_for_another() -> None:
    decision = changes(case(), case(name=OTTER))
    assert [plan.name for plan in onward(decision)] == [f"onward {HERON}", f"onward {OTTER}"]


@pytest.mark.parametrize(
    "facts",
    [SAFE, None, replace(SAFE, guests=True), replace(SAFE, may_speak=False)],
    ids=["safe", "not known", "guests", "mute"],
)
def test_a_room_that_can_be_mended_keeps_its_cases(facts: RoomFacts | None) -> None:
    decision = changes(case(), facts=facts)
    assert (decision.changes, onward(decision)) == ((), [])


# -- found when further words are told --------------------------------------------------------------------


def more(about: CaseView, why: Unsafe, reason: Reason = Reason.MORE) -> Decision:
    origin = Origin(reason, CHAT, MIA, case=HERON)
    view = replace(VIEW, sender=PersonView(MIA, cases=(about,)))
    return decide(Outcome("o", NOW, origin, (Held(HERON, (Refusal(NYC_ROOM, why),)),)), view)


@pytest.mark.parametrize(("reason", "said"), [(Reason.MORE, "MORE_HELD"), (Reason.FILE, "FILE_HELD")])
def test_further_words_or_files_that_find_the_room_replaced_take_the_case_along(
    reason: Reason, said: str
) -> None:
    decision = more(case(), Unsafe.REPLACED, reason)
    assert UnplaceCase(HERON) in decision.changes
    assert len(onward(decision)) == 1
    assert phrases(decision) == [said]


@pytest.mark.parametrize(
    ("about", "why"),
    [(case(), Unsafe.GUESTS), (case(room=FALLBACK), Unsafe.REPLACED)],
    ids=["a room that can be mended", "a case that has gone on already"],
)
def test_else_further_words_move_nothing(about: CaseView, why: Unsafe) -> None:
    decision = more(about, why)
    assert (decision.changes, names(decision)) == ((), ["answer"])


# -- what came of it ---------------------------------------------------------------------------------------

GONE = Refusal(NYC_ROOM, Unsafe.REPLACED)
THERE = Told(HERON, FALLBACK, EventId("$there"), fallback=True, refused=(GONE,))


def hears(about: CaseView, result: Result, view: View = VIEW) -> Decision:
    (plan,) = onward(changes(about, view=view))
    lifted = replace(about, room=None, event=None, left=(Left(NYC_ROOM, EventId("$card")), *about.left))
    return decide(came_of(plan, result), replace(view, sender=PersonView(MIA, cases=(lifted,))))


def test_stewards_hear_who_has_it_and_its_worker_is_not_alarmed() -> None:
    decision = hears(case(), THERE)
    assert PlaceCase(HERON, FALLBACK, EventId("$there")) in decision.changes
    assert not [change for change in decision.changes if isinstance(change, MoveCase)]
    assert [step.person for step in effects(decision) if isinstance(step, SayPrivately)] == [ROSA]
    assert phrases(decision) == ["STEWARD_ROOM_UNSAFE", "STEWARD_FALLBACK_HAS_IT"]
    assert UpdateOldCards(HERON) in effects(decision)


def test_a_card_it_had_in_the_new_room_before_goes() -> None:
    about = replace(case(), left=(Left(FALLBACK, EventId("$older")),))
    assert RemoveOriginal(FALLBACK, EventId("$older")) in effects(hears(about, THERE))


def test_held_it_is_said_to_stewards_only() -> None:
    decision = hears(case(), Held(HERON, (GONE,)))
    assert decision.changes == ()
    assert phrases(decision) == ["STEWARD_ROOM_UNSAFE", "STEWARD_HELD"]


def test_who_gave_their_alarm_word_reads_nothing_even_as_a_steward() -> None:
    quiet, view = case(notes=(CardNote.ALARM_WORD,)), replace(VIEW, stewards=(MIA, ROSA))
    told = [step for step in effects(hears(quiet, THERE, view)) if isinstance(step, SayPrivately)]
    assert [step.person for step in told] == [ROSA]
