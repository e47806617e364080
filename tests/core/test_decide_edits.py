"""Promises about edits and deletions: an edit joins the case of what it edits, and never doubles anything."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from bot.core.changes import AnsweredCity, KeepFile, OpenCase, RewordCase, WithdrawPart
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    PassOn,
    RemoveCopy,
    RemoveOldFile,
    RemoveOriginal,
    SendPicture,
    TellFile,
    TellMore,
    TellSupporters,
    UpdateCard,
    WhisperInRoom,
)
from bot.core.model import (
    Attached,
    Attachment,
    AttachmentKind,
    CardNote,
    CaseState,
    CitySlug,
    EventId,
    Handling,
    Message,
    Millis,
    PlatformId,
    Removal,
    Side,
    Trust,
)
from bot.core.phrases import Line, Phrase
from bot.core.sensitive import Sensitive
from bot.core.takedown import Desk, Platform
from bot.core.view import CaseView, PersonView, View
from tests.core.world import (
    CHAT,
    EVE,
    LOBBY,
    ME,
    MIA,
    NAMES,
    NEWARK,
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
    plan,
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
    assert reworded.card is not None
    assert reworded.card.words.reveal() == "#swshelp I found a place"
    assert not any(isinstance(change, OpenCase) for change in decision.changes)


def test_the_desk_for_a_link_that_an_edit_adds_is_on_the_card_too() -> None:
    one, two = (Platform(PlatformId(name), name, hosts=(f"{name}.example",)) for name in ("one", "two"))
    view = with_case(replace(in_lobby(NYC), desk=Desk((one, two))), "#swsdoxx https://one.example/me")
    (change,) = edited(view, "#swsdoxx https://two.example/me").changes
    assert isinstance(change, RewordCase)
    assert change.card is not None
    assert change.card.platforms == (one.id, two.id)


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


# -- what is attached ---------------------------------------------------------------------------------------


def attached(message: Message, kind: AttachmentKind, source: str = "where it lies") -> Message:
    return replace(message, attachment=kind, file=Attachment(kind, Sensitive(source)))


def carrying(view: View, how: Attached, *, first: bool = False) -> View:
    """One case has the words of what is edited, on its card or in its thread."""
    (case,) = with_case(in_chat(), "please help").edited_cases
    event = ORIGINAL if first else EventId("$before")
    return replace(view, edited_cases=(replace(case, original_event=event),), attached=how)


def test_the_same_picture_under_other_words_is_not_sent_again() -> None:
    view = carrying(in_chat(), Attached.SAME)
    (more,) = effects(decide(attached(edit(view, "by the door"), AttachmentKind.PICTURE), view))
    assert isinstance(more, TellMore)


@pytest.mark.parametrize("first", [True, False])
def test_another_picture_goes_and_the_old_one_is_removed_before_anything_is_said_of_it(first: bool) -> None:
    view = carrying(in_chat(), Attached.CHANGED, first=first)
    decision = decide(attached(edit(view, "by the door"), AttachmentKind.PICTURE), view)
    old, said = plan(decision, f"old file {NAMES[0]}").steps
    assert old == RemoveOldFile(NAMES[0], ORIGINAL, Side.WORKER)
    assert isinstance(said, WhisperInRoom)
    assert [line.phrase for line in said.lines if isinstance(line, Line)] == [Phrase.CASE_OTHER_FILE]
    told = [step for step in effects(decision) if isinstance(step, TellFile)]
    assert [(step.case, step.source, step.handling) for step in told] == [
        (NAMES[0], ORIGINAL, Handling.CLEANED)
    ]


def test_a_picture_under_words_that_had_none_takes_no_place_of_another() -> None:
    view = carrying(in_chat(), Attached.ADDED)
    decision = decide(attached(edit(view, "by the door"), AttachmentKind.PICTURE), view)
    assert plan(decision, f"old file {NAMES[0]}").steps == (RemoveOldFile(NAMES[0], ORIGINAL, Side.WORKER),)


def test_words_in_the_place_of_a_picture_take_it_away() -> None:
    for how in (Attached.CHANGED, Attached.SAME):
        decision = edited(carrying(in_chat(), how), "by the door")
        assert ("CASE_FILE_GONE" in phrases(decision)) is (how is Attached.CHANGED)
        assert not [step for step in effects(decision) if isinstance(step, TellFile)]


def test_the_card_says_what_came_with_it_by_now() -> None:
    view = carrying(in_chat(), Attached.CHANGED, first=True)
    (case,) = view.edited_cases
    old = replace(case.card, attachments=(AttachmentKind.PICTURE,), notes=(CardNote.PICTURE_FOLLOWS,))
    view = replace(view, edited_cases=(replace(case, card=old),))
    voice = decide(attached(edit(view, "hear me"), AttachmentKind.VOICE), view)
    for decision, came, notes in (
        (voice, (AttachmentKind.VOICE,), (CardNote.FILE_WAITS,)),
        (edited(view, "never mind"), (), ()),
    ):
        (card,) = [change.card for change in decision.changes if isinstance(change, RewordCase)]
        assert card is not None
        assert (card.attachments, card.notes) == (came, notes)
    assert [change.source for change in voice.changes if isinstance(change, KeepFile)] == [ORIGINAL]


def test_a_picture_edited_into_words_that_nobody_had_is_not_lost() -> None:
    (case,) = with_case(in_chat(), "please help").edited_cases
    view = replace(in_chat(), sender=PersonView(MIA, case=case, cases=(case,)))
    decision = decide(attached(edit(view, ""), AttachmentKind.PICTURE), view)
    assert [step.source for step in effects(decision) if isinstance(step, TellFile)] == [ORIGINAL]
    assert not [step for step in effects(decision) if isinstance(step, TellMore)]


def test_a_supporter_puts_another_picture_in_the_place_of_one() -> None:
    for how, sent in ((Attached.CHANGED, 1), (Attached.SAME, 0)):
        view = carrying(in_team(), how)
        decision = decide(attached(edit(view, "!reply here"), AttachmentKind.PICTURE), view)
        assert len([step for step in effects(decision) if isinstance(step, SendPicture)]) == sent
        removed = [step for step in effects(decision) if isinstance(step, RemoveOldFile)]
        assert removed == [RemoveOldFile(NAMES[0], ORIGINAL, Side.SUPPORTER)] * sent
        assert len([step for step in effects(decision) if isinstance(step, PassOn)]) == 1


@pytest.mark.parametrize("state", CaseState)
def test_what_a_supporter_attached_by_mistake_goes_even_when_nothing_new_may_come(state: CaseState) -> None:
    view = carrying(in_team(), Attached.CHANGED)
    (case,) = view.edited_cases
    view = replace(view, edited_cases=(replace(case, state=state),))
    decision = decide(attached(edit(view, "!reply here"), AttachmentKind.VOICE), view)
    assert effects(decision)[0] == RemoveOldFile(NAMES[0], ORIGINAL, Side.SUPPORTER)
    assert not [step for step in effects(decision) if isinstance(step, PassOn | SendPicture)]
    assert phrases(decision) == ["REPLY_WHERE" if state is CaseState.CLOSED else "REPLY_ONLY_PICTURES"]


# -- another city ----------------------


def moves(decision: Decision) -> list[tuple[CitySlug, ...]]:
    return [step.card.cities for step in effects(decision) if isinstance(step, TellSupporters)]


@pytest.mark.parametrize("view", [in_lobby(), in_chat()], ids=["publicly", "privately"])
def test_who_corrects_the_city_by_an_edit_reaches_its_supporters(view: View) -> None:
    for before in ("#swshelp", "#swshelp #nyc", "#swshelp #newarkk"):
        told = with_case(view, f"{before} please")
        decision = edited(told, "#swshelp #newark please")
        assert moves(decision) == [(NEWARK,)], before
        assert plan(decision, "move").origin is not None


@pytest.mark.parametrize(
    "words", ["#swshelp please", "#swshelp #nyc", "#swshelp #boston", "#swshelp #newarkk"]
)
def test_the_same_city_none_one_we_do_not_know_and_one_without_supporters_move_nothing(words: str) -> None:
    assert moves(edited(with_case(in_lobby(NYC), "#swshelp please"), words)) == []


def test_what_somebody_has_or_what_is_in_that_city_already_does_not_move() -> None:
    view = with_case(in_lobby(NYC), "#swshelp please")
    (case,) = view.edited_cases
    there = replace(case, card=replace(case.card, case=NAMES[1], cities=(NEWARK,)), room=NEWARK_ROOM)
    for cases in (
        (replace(case, state=CaseState.CLAIMED, claimer=SOL),),
        (replace(case, state=CaseState.CLOSED),),
        (replace(case, original_event=EventId("$before")),),
        (case, there),
    ):
        assert moves(edited(replace(view, edited_cases=cases), "#swshelp #newark please")) == []


def test_the_question_about_the_city_is_settled_by_an_edit_too() -> None:
    view = with_case(in_chat(), "please help")
    (case,) = view.edited_cases
    view = replace(view, sender=replace(view.sender, asked_city=case.card.case, cases=(case,)))
    assert AnsweredCity(MIA) in edited(view, "please help #newark").changes
