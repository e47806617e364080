"""Promises about edits and deletions: an edit joins the case of what it edits, and never doubles anything."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.core.decide import decide
from bot.core.effects import Decision, OpenCase, RemoveOriginal, TellMore, TellSupporters
from bot.core.model import EventId, Message, Millis, Removal, Trust
from bot.core.view import CaseView, View
from tests.core.world import (
    CHAT,
    LOBBY,
    MIA,
    NAMES,
    NOW,
    NYC,
    NYC_ROOM,
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
    return replace(view, edited_case=case)


def test_an_edit_of_a_post_goes_into_its_case_and_makes_no_other() -> None:
    decision = edited(with_case(in_lobby(NYC), "#swshelp"), "#swshelp I found a place")
    (more,) = effects(decision)
    assert isinstance(more, TellMore)
    assert more.case == NAMES[0]
    assert more.edited
    assert not any(isinstance(change, OpenCase) for change in decision.changes)


def test_an_edit_that_takes_the_tag_away_still_reaches_supporters() -> None:
    assert names(edited(with_case(in_lobby(NYC), "#swshelp"), "never mind")) == ["more"]


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
    assert names(edited(view, "a man in grey, 212-555-0187")) == ["more", "remove"]


def test_an_edit_of_ordinary_talk_is_ordinary_talk() -> None:
    assert edited(in_lobby(NYC), "good morning!") == Decision()


def test_an_edit_that_may_be_forged_changes_nothing() -> None:
    for trust in (Trust.INJECTED, Trust.UNBOUND, Trust.CHANGED):
        assert names(edited(with_case(in_lobby(NYC), "#swshelp"), "all is well", trust)) == ["again"]


def test_an_edit_in_the_private_chat_goes_to_the_open_case() -> None:
    view = with_case(in_chat(), "please help")
    talking = replace(view, edited_case=None, sender=replace(view.sender, case=view.edited_case))
    for each in (view, talking):
        (more,) = effects(edited(each, "please help, at the motel"))
        assert isinstance(more, TellMore)
        assert more.edited


def test_an_edited_greeting_in_the_private_chat_is_a_report() -> None:
    assert names(edited(in_chat(), "hi, I need a lawyer")) == ["tell"]


@pytest.mark.parametrize("view", [in_lobby(NYC), in_chat(), in_team()])
def test_a_command_is_not_run_by_an_edit_and_the_person_is_told(view: View) -> None:
    assert phrases(edited(view, "!resources legal")) == ["EDITED_COMMAND"]


def test_edits_in_a_supporter_room_go_nowhere() -> None:
    assert edited(in_team(), "#swsdoxx that was a hard one") == Decision()


def test_a_deleted_post_is_not_spoken_of() -> None:
    for room in (LOBBY, CHAT):
        assert decide(Removal(EventId("$r"), room, MIA, ORIGINAL, NOW), in_lobby(NYC)) == Decision()
