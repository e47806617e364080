"""We promise that words of danger are pressing whenever they come, and that nobody is called twice for it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.changes import RewordCase, SetTimer, TimerKind
from bot.core.decide import decide
from bot.core.effects import Decision, Outcome, TellMore, UpdateCard, WhisperInRoom
from bot.core.model import CaseState, Category, EventId, Removal, Urgency
from bot.core.results import Told
from bot.core.spans import MINUTE, Spans
from bot.core.view import CaseView, PersonView, View
from tests.core.test_decide_edits import ORIGINAL, edit, with_case
from tests.core.world import (
    CHAT,
    LOBBY,
    MIA,
    NAMES,
    NOW,
    NYC,
    NYC_ROOM,
    SOL,
    came_of,
    effects,
    in_chat,
    in_lobby,
    names,
    on,
    phrases,
    plan,
)

WAITING, CLAIMED, CLOSED = CaseState
HURRY = ["he is at my door now, help now", "#swsdanger he is back", "#swsdoxx look"]


def talking(state: CaseState = WAITING, urgency: Urgency = Urgency.USUAL) -> View:
    """A worker with a case that nobody called urgent yet."""
    (case,) = with_case(in_chat(), "please help").edited_cases
    card = replace(case.card, urgency=urgency)
    claimer = None if state is WAITING else SOL
    return of(replace(case, card=card, state=state, claimer=claimer, moved=NOW))


def of(case: CaseView) -> View:
    over = case.state is CLOSED
    sender = PersonView(
        MIA,
        private_chat=CHAT,
        case=None if over else case,
        cases=() if over else (case,),
        closed=case if over else None,
    )
    return replace(in_chat(), sender=sender)


def called(decision: Decision) -> list[tuple[bool, tuple[str, ...]]]:
    said = [step for step in effects(decision) if isinstance(step, WhisperInRoom)]
    return [(each.rings, each.calls) for each in said if each.rings or each.calls]


def reworded(decision: Decision) -> list[Urgency]:
    cards = [change.card for change in decision.changes if isinstance(change, RewordCase)]
    return [card.urgency for card in cards if card is not None]


def pressed(decision: Decision) -> list[int]:
    timers = [change for change in decision.changes if isinstance(change, SetTimer)]
    return [(each.due - NOW) // MINUTE for each in timers if each.kind is TimerKind.UNCLAIMED]


def test_further_words_of_danger_call_everybody_while_nobody_has_the_case() -> None:
    decision = on(talking(), HURRY[0])
    assert isinstance(plan(decision, "more").steps[0], TellMore)
    assert UpdateCard(NAMES[0]) in effects(decision)
    assert reworded(decision) == [Urgency.URGENT]
    assert called(decision) == [(True, ())]
    assert pressed(decision) == [Spans().urgent.room // MINUTE] == [3]


def test_whoever_has_it_is_called_and_nobody_else_is() -> None:
    decision = on(talking(CLAIMED), HURRY[0])
    assert called(decision) == [(False, (SOL,))]
    assert (reworded(decision), pressed(decision)) == ([Urgency.URGENT], [])


def test_a_case_that_is_urgent_already_calls_nobody_again() -> None:
    decision = on(talking(urgency=Urgency.URGENT), HURRY[0])
    assert (called(decision), reworded(decision), pressed(decision)) == ([], [], [])


@pytest.mark.parametrize("words", ["and I am cold", "no", "#swsfyi", "I'm fine"])
def test_other_words_press_nobody(words: str) -> None:
    decision = on(talking(), words)
    assert (called(decision), reworded(decision), pressed(decision)) == ([], [], [])


def test_a_closed_case_is_opened_again_by_an_edit_that_sounds_urgent_and_by_no_other() -> None:
    (case,) = with_case(in_chat(), "please help").edited_cases
    for urgency, words, opened in (
        (Urgency.USUAL, HURRY[0], True),
        (Urgency.USUAL, "please help me", False),
        (Urgency.URGENT, HURRY[0], False),
    ):
        closed = replace(case, state=CLOSED, claimer=SOL, card=replace(case.card, urgency=urgency))
        view = replace(in_chat(), edited_cases=(closed,))
        decision = decide(edit(view, words), view)
        assert ("CASE_REOPENED_BY_WORKER" in phrases(decision)) is opened
        assert len(names(decision)) == len(set(names(decision)))


def test_a_case_that_comes_back_with_danger_is_pressing_from_the_start() -> None:
    decision = on(talking(CLOSED), HURRY[0])
    assert len(names(decision)) == len(set(names(decision)))
    assert "CASE_REOPENED_BY_WORKER" in phrases(decision)
    assert called(decision) == [(True, ())]
    assert pressed(decision)[-1] == 3  # the last one set is the one that counts


@pytest.mark.parametrize("words", HURRY)
@pytest.mark.parametrize("where", [in_chat(), in_lobby(NYC)], ids=["privately", "publicly"])
@pytest.mark.parametrize("first", [True, False])
def test_an_edit_is_as_pressing_as_new_words(words: str, where: View, first: bool) -> None:
    view = with_case(where, "#swshelp please" if where.room.room == LOBBY else "please help")
    (case,) = view.edited_cases
    event = ORIGINAL if first else EventId("$before")
    view = replace(view, edited_cases=(replace(case, original_event=event),))
    decision = decide(edit(view, words), view)
    assert called(decision) == [(True, ())]
    assert reworded(decision)[-1] is Urgency.URGENT
    assert effects(decision).count(UpdateCard(NAMES[0])) == 1


def test_the_card_names_what_it_is_about_by_now_and_keeps_what_it_was_about() -> None:
    view = with_case(in_lobby(NYC), "#swshelp please")
    changes = decide(edit(view, "#swsdanger #swsfyi he is here"), view).changes
    *_, card = [change.card for change in changes if isinstance(change, RewordCase)]
    assert card is not None
    assert card.categories == (Category.DANGER, Category.HELP)


def test_what_turns_urgent_while_no_room_has_it_is_pressing_once_one_has() -> None:
    view = talking()
    (case,) = view.sender.cases
    held = replace(case, room=None, event=None)
    decision = on(of(held), HURRY[0])
    assert (called(decision), reworded(decision)) == ([], [Urgency.URGENT])
    (tell,) = [each for each in on(in_chat(), "please help").plans if each.name == "tell"]
    now = of(replace(held, card=replace(held.card, urgency=Urgency.URGENT)))
    told: Outcome = came_of(tell, Told(NAMES[0], NYC_ROOM, EventId("$card"), fallback=False), later=True)
    assert pressed(decide(told, now)) == [3]
    assert pressed(decide(told, of(held))) == [10]


def test_a_deletion_is_never_pressing() -> None:
    view = with_case(in_chat(), "please help")
    assert called(decide(Removal(EventId("$r"), CHAT, MIA, ORIGINAL, NOW), view)) == []


def test_two_urgent_messages_differ_in_nothing_but_their_words() -> None:
    first, second = (on(talking(), words) for words in ("help now, he is outside", "help now, two of them"))
    assert repr(first.changes) == repr(second.changes)


# -- a plain yes ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("yes", ["yes", "Yes!", "sí"])
def test_a_plain_yes_to_the_first_question_is_danger(yes: str) -> None:
    decision = on(talking(), yes)
    assert reworded(decision) == [Urgency.URGENT]
    assert called(decision) == [(True, ())]


def test_a_plain_yes_to_somebody_who_has_the_case_answers_them() -> None:
    decision = on(talking(CLAIMED), "yes")
    assert (called(decision), reworded(decision)) == ([], [])


@pytest.mark.parametrize("words", ["no", "yes I am fine now, thank you for asking me", "I do not know"])
def test_nothing_else_is_taken_for_a_yes(words: str) -> None:
    assert reworded(on(talking(), words)) == []
