"""Promises about edits and deletions: an edit joins the case of what it edits, and never doubles anything."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from bot.core.changes import OpenCase, RewordCase, WithdrawPart
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    PassOn,
    RemoveCopy,
    RemoveOriginal,
    TellMore,
    TellSupporters,
    UpdateCard,
    WhisperInRoom,
)
from bot.core.model import CaseState, EventId, Message, Millis, Removal, Side, Trust
from bot.core.view import CaseView, PersonView, View
from tests.core.world import (
    CHAT,
    EVE,
    LOBBY,
    ME,
    MIA,
    NAMES,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    SOL,
    effects,
    in_chat,
    in_lobby,
    in_team,
    names,
    on,
    phrases,
    says,
)

ORIGINAL = EventId("$original")


def edit(view: View, words: str, trust: Trust = Trust.SIGNED) -> Message:
    return says(view, words, trust, edits=ORIGINAL)


def edited(view: View, words: str, trust: Trust = Trust.SIGNED) -> Decision:
    return decide(edit(view, words, trust), view)


def with_case(view: View, words: str) -> View:
    (told,) = [step for step in effects(on(view, words)) if isinstance(step, TellSupporters)]
    case = CaseView(told.card, MIA, Millis(NOW - 1000), view.room.room, ORIGINAL, NYC_ROOM, EventId("$card"))
    return replace(view, edited_cases=(case,))


def test_an_edit_of_a_post_goes_into_its_case_and_makes_no_other() -> None:
    decision = edited(with_case(in_lobby(NYC), "#swshelp"), "#swshelp I found a place")
    card, said = effects(decision)
    assert card == UpdateCard(NAMES[0])
    assert isinstance(said, WhisperInRoom)
    (reworded,) = decision.changes
    assert isinstance(reworded, RewordCase)
    assert reworded.words is not None
    assert reworded.words.reveal() == "#swshelp I found a place"
    assert not any(isinstance(change, OpenCase) for change in decision.changes)


def test_an_edit_that_takes_the_tag_away_still_reaches_supporters() -> None:
    decision = edited(with_case(in_lobby(NYC), "#swshelp"), "never mind")
    assert UpdateCard(NAMES[0]) in effects(decision)


def test_an_edit_that_adds_a_tag_to_an_ordinary_message_counts_as_the_post() -> None:
    decision = edited(in_lobby(NYC), "#swshelp please")
    assert names(decision) == ["tell"]
    (opened,) = [change for change in decision.changes if isinstance(change, OpenCase)]
    assert opened.event == ORIGINAL


def test_taking_down_an_edited_post_takes_down_both_texts() -> None:
    for view in (in_lobby(NYC), with_case(in_lobby(NYC), "#swshelp")):
        message = edit(view, "#swsdoxx he wrote it all")
        removed = [step.event for step in effects(decide(message, view)) if isinstance(step, RemoveOriginal)]
        assert removed == [ORIGINAL, message.id]


def test_an_edit_of_a_danger_post_is_judged_like_the_post() -> None:
    view = with_case(in_lobby(NYC), "#swsdanger a man in grey")
    assert names(edited(view, "a man in grey, 212-555-0187"))[-1] == "remove"


def test_an_edit_of_ordinary_talk_is_ordinary_talk() -> None:
    assert edited(in_lobby(NYC), "good morning!") == Decision()


def test_an_edit_that_may_be_forged_changes_nothing() -> None:
    for trust in (Trust.INJECTED, Trust.UNBOUND, Trust.CHANGED):
        assert names(edited(with_case(in_lobby(NYC), "#swshelp"), "all is well", trust)) == ["again"]


def test_an_edit_in_the_private_chat_goes_to_the_open_case() -> None:
    view = with_case(in_chat(), "please help")
    (case,) = view.edited_cases
    further = replace(view, edited_cases=(replace(case, original_event=EventId("$before")),))
    talking = replace(view, edited_cases=(), sender=replace(view.sender, case=case, cases=(case,)))
    for each in (further, talking):
        (more,) = effects(edited(each, "please help, at the motel"))
        assert isinstance(more, TellMore)
        assert (more.edited, more.source) == (True, ORIGINAL)


def test_an_edit_of_a_post_that_became_several_cases_reaches_all_of_them() -> None:
    view = with_case(in_lobby(NYC), "#swshelp")
    (case,) = view.edited_cases
    other = replace(case, card=replace(case.card, case=NAMES[1]), room=NEWARK_ROOM)
    decision = edited(replace(view, edited_cases=(case, other)), "#swshelp it is over")
    assert {change.case for change in decision.changes if isinstance(change, RewordCase)} == set(NAMES[:2])
    assert {step.case for step in effects(decision) if isinstance(step, UpdateCard)} == set(NAMES[:2])
    assert len(names(decision)) == len(set(names(decision)))


def test_an_edited_greeting_in_the_private_chat_is_a_report() -> None:
    assert names(edited(in_chat(), "hi, I need a lawyer")) == ["tell"]


@pytest.mark.parametrize("view", [in_lobby(NYC), in_chat(), in_team()])
def test_a_command_is_not_run_by_an_edit_and_the_person_is_told(view: View) -> None:
    assert phrases(edited(view, "!resources legal")) == ["EDITED_COMMAND"]


def test_edits_in_a_supporter_room_go_nowhere() -> None:
    assert edited(in_team(), "#swsdoxx that was a hard one") == Decision()


def test_a_post_deleted_from_a_community_room_takes_nothing_along_as_the_bot_itself_asks_for_that() -> None:
    view = with_case(in_lobby(NYC), "#swsdoxx")
    assert decide(Removal(EventId("$r"), LOBBY, MIA, ORIGINAL, NOW), view) == Decision()


def test_what_is_deleted_in_the_private_chat_is_removed_and_the_card_says_so() -> None:
    view = with_case(in_chat(), "please help")
    (case,) = view.edited_cases
    whole = decide(Removal(EventId("$r"), CHAT, MIA, ORIGINAL, NOW), view)
    assert whole.changes == (RewordCase(NAMES[0], None),)
    assert effects(whole) == [RemoveCopy(NAMES[0], ORIGINAL, Side.WORKER)]
    further = replace(view, edited_cases=(replace(case, original_event=EventId("$before")),))
    part = decide(Removal(EventId("$r"), CHAT, MIA, ORIGINAL, NOW), further)
    assert part.changes == (WithdrawPart(NAMES[0]),)
    assert effects(part) == [RemoveCopy(NAMES[0], ORIGINAL, Side.WORKER), UpdateCard(NAMES[0])]


def test_what_the_bot_removes_itself_is_no_wish_of_anybodys() -> None:
    view = with_case(in_chat(), "please help")
    assert decide(Removal(EventId("$r"), CHAT, ME, ORIGINAL, NOW), view) == Decision()


def test_a_supporter_changes_and_takes_back_what_was_passed_on() -> None:
    told = with_case(in_chat(), "please help").edited_cases
    view = replace(in_team(), edited_cases=told)
    (plan,) = edited(view, "!reply call this number instead").plans
    (change,) = plan.steps
    assert isinstance(change, PassOn)
    assert (change.words.reveal(), change.source) == ("call this number instead", ORIGINAL)
    gone = decide(Removal(EventId("$r"), NYC_ROOM, SOL, ORIGINAL, NOW), view)
    assert effects(gone) == [RemoveCopy(NAMES[0], ORIGINAL, Side.SUPPORTER)]


@pytest.mark.parametrize("how", [{"state": CaseState.CLOSED}, {"room": NEWARK_ROOM}, {"room": None}])
def test_nothing_new_reaches_the_worker_of_a_case_that_is_closed_or_elsewhere_by_an_old_reply(
    how: dict[str, Any],
) -> None:
    (told,) = with_case(in_chat(), "please help").edited_cases
    view = replace(in_team(), edited_cases=(replace(told, **how),))
    decision = edited(view, "!reply call this number instead")
    assert not any(isinstance(step, PassOn) for step in effects(decision))
    assert phrases(decision) == ["REPLY_WHERE"]
    gone = decide(Removal(EventId("$r"), NYC_ROOM, SOL, ORIGINAL, NOW), view)
    assert effects(gone) == [RemoveCopy(NAMES[0], ORIGINAL, Side.SUPPORTER)]


def test_nobody_who_may_not_answer_changes_what_was_passed_on() -> None:
    told = with_case(in_chat(), "please help").edited_cases
    view = replace(in_team(), edited_cases=told)
    assert not effects(edited(view, "!reply come alone", Trust.UNSIGNED))
    stranger = replace(view, sender=PersonView(EVE))
    assert not effects(edited(stranger, "!reply come alone"))
    assert phrases(edited(view, "!close")) == ["EDITED_COMMAND"]
