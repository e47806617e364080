"""Promises about the private chat: anything is a report, one message is enough, no question holds it back."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.changes import AnsweredCity, AskedCity, OpenCase
from bot.core.decide import decide
from bot.core.effects import Decision, SayInRoom, SayPrivately, TellMore, TellSupporters, WhisperInRoom
from bot.core.limits import ALLOWED, Limit
from bot.core.model import AttachmentKind, CardNote, Category, EventId, Millis, Posted, RoomId, Trust, Unsafe
from bot.core.resources import Scope
from bot.core.results import Held, Refusal, Told
from bot.core.view import CaseView, View
from tests.core.test_resources import LIBRARY
from tests.core.world import (
    BOSTON,
    CHAT,
    FALLBACK,
    MIA,
    NAMES,
    NEWARK,
    NEWARK_ROOM,
    NOW,
    NYC_ROOM,
    VIEW,
    came_of,
    effects,
    hears,
    in_chat,
    names,
    on,
    phrases,
    plan,
    says,
)

HOUR = 60 * 60 * 1000


def report(decision: Decision) -> TellSupporters:
    (told,) = [step for step in effects(decision) if isinstance(step, TellSupporters)]
    return told


def with_case(
    words: str = "I need help", *, asked: bool = False, at: Millis = NOW, room: RoomId | None = FALLBACK
) -> View:
    """The worker has an open case that came of these words."""
    card = report(on(in_chat(), words)).card
    case = CaseView(card, MIA, at, CHAT, EventId("$first"), room, EventId("$card") if room else None)
    name = card.case if asked else None
    sender = replace(VIEW.sender, case=case, cases=(case,), private_chat=CHAT, asked_city=name)
    return replace(in_chat(), sender=sender)


@pytest.mark.parametrize(
    "words", ["he is outside my door", "necesito ayuda", "help", "🆘", "http://x.com/a", "hi I need a lawyer"]
)
def test_any_text_is_a_report_without_any_tag(words: str) -> None:
    decision = on(in_chat(), words)
    assert report(decision).card.posted is Posted.PRIVATELY
    assert report(decision).card.categories == ()
    assert any(isinstance(change, OpenCase) for change in decision.changes)


@pytest.mark.parametrize("kind", AttachmentKind)
def test_a_picture_or_a_voice_message_alone_is_a_report(kind: AttachmentKind) -> None:
    view = in_chat()
    decision = decide(replace(says(view, ""), attachment=kind), view)
    assert report(decision).card.attachments == (kind,)
    assert "FILE_NOT_THERE" in phrases(decision, SayPrivately)


@pytest.mark.parametrize("kind", AttachmentKind)
def test_nobody_is_left_to_believe_that_a_picture_reached_supporters(kind: AttachmentKind) -> None:
    view = with_case()
    decision = decide(replace(says(view, ""), attachment=kind), view)
    (more,) = [step for step in effects(decision) if isinstance(step, TellMore)]
    assert more.attachments == (kind,)
    assert phrases(decision, SayPrivately) == ["FILE_NOT_THERE"]


def test_where_somebody_is_unknown_only_groups_for_everybody_are_offered() -> None:
    view = in_chat(replace(VIEW, library=LIBRARY))
    anywhere, here = (plan(on(view, words), "tell").origin for words in ("please help", "please help #nyc"))
    assert anywhere is not None
    assert here is not None
    scopes = {entry.scope for each in anywhere.resources if (entry := LIBRARY.get(each)) is not None}
    assert scopes <= {Scope.ONLINE, Scope.GLOBAL}
    assert set(here.resources) - set(anywhere.resources)


def test_a_report_without_a_city_goes_to_the_fallback_at_once() -> None:
    told = report(on(in_chat(), "please help"))
    assert (told.rooms, told.fallback, told.card.notes) == ((), FALLBACK, (CardNote.CITY_NOT_NAMED,))


def test_a_city_tag_works_in_private_too() -> None:
    assert report(on(in_chat(), "please help #newark")).rooms == (NEWARK_ROOM,)


@pytest.mark.parametrize("tag", ["#swsdanger", "!swsdanger"])
def test_a_tag_still_decides_what_kind_of_report_it_is(tag: str) -> None:
    assert report(on(in_chat(), f"{tag} at the motel #nyc")).card.categories == (Category.DANGER,)


@pytest.mark.parametrize("words", ["hi", "Hello?", "test", "hola", "👋 hello there"])
def test_a_bare_greeting_gets_a_note_and_the_menu_and_no_case(words: str) -> None:
    decision = on(in_chat(), words)
    assert phrases(decision, SayPrivately) == ["PRIVATE_WELCOME", "MENU_PRIVATE"]
    assert not decision.changes


def test_an_empty_message_is_nothing() -> None:
    assert on(in_chat(), "   ") == Decision()


def test_what_looks_like_a_command_but_is_a_call_for_help_is_heard_as_one() -> None:
    assert report(on(in_chat(), "!please somebody is at my door"))
    assert report(on(in_chat(), "!help me he is outside"))


def test_a_command_is_not_a_report() -> None:
    assert not [e for e in effects(on(in_chat(), "!menu")) if isinstance(e, TellSupporters)]


# -- an open case ----------------------


def test_what_is_said_next_goes_into_the_thread_of_the_open_case() -> None:
    decision = on(with_case(), f"he came back, I am {MIA}")
    (more,) = effects(decision)
    assert isinstance(more, TellMore)
    assert more.case == NAMES[0]
    assert MIA not in more.words.reveal()
    assert not decision.changes


def test_even_a_bare_greeting_belongs_to_an_open_case() -> None:
    assert names(on(with_case(), "hello?")) == ["more"]


def test_another_category_is_another_case() -> None:
    assert report(on(with_case("#swshelp"), "#swsdanger he is here")).card.categories == (Category.DANGER,)


def test_the_same_category_soon_after_is_the_same_case_and_later_a_new_one() -> None:
    assert names(on(with_case("#swshelp"), "#swshelp please")) == ["more"]
    old = with_case("#swshelp", at=Millis(NOW - 2 * HOUR))
    assert names(on(old, "#swshelp something else")) == ["tell"]


@pytest.mark.parametrize("words", ["#swshelp I am stuck #newark", "I am in #newark now"])
def test_another_city_is_another_case_for_its_supporters(words: str) -> None:
    assert report(on(with_case("#swshelp #nyc"), words)).rooms == (NEWARK_ROOM,)


@pytest.mark.parametrize("words", ["#swshelp still here #nyc", "from #nyc to #newark", "#paris is far"])
def test_the_same_city_or_one_nobody_knows_is_the_same_case(words: str) -> None:
    assert names(on(with_case("#swshelp #nyc"), words)) == ["more"]


def test_a_flood_of_categories_stays_one_case_and_loses_no_word() -> None:
    often = {Limit.REPORT.value: tuple(NOW for _ in range(ALLOWED[Limit.REPORT].count))}
    view = with_case("#swshelp")
    flooding = replace(view, sender=replace(view.sender, acts=often))
    assert names(on(flooding, "#swsharassment again")) == ["more"]


# -- the city that was asked for ----------------------


@pytest.mark.parametrize("answer", ["newark", "Newark", "#newark", "Newark!", "I'm in Newark"])
def test_naming_the_city_brings_the_kept_card_to_its_supporters(answer: str) -> None:
    view = with_case(asked=True)
    decision = on(view, answer)
    move = plan(decision, "move").steps[0]
    assert isinstance(move, TellSupporters)
    assert (move.rooms, move.fallback, move.card.cities, move.card.notes) == (
        (NEWARK_ROOM,),
        None,
        (NEWARK,),
        (),
    )
    assert move.card.case == NAMES[0]
    assert move.card.words.reveal() == "I need help"
    assert AnsweredCity(MIA) in decision.changes


def test_an_answer_of_one_city_name_is_not_passed_on_but_more_words_are() -> None:
    assert names(on(with_case(asked=True), "Newark")) == ["move"]
    assert names(on(with_case(asked=True), "newark, and please hurry")) == ["move", "more"]


def test_words_that_name_no_city_go_to_the_case_and_the_question_stays_open() -> None:
    decision = on(with_case(asked=True), "he is still outside")
    assert names(decision) == ["more"]
    assert AnsweredCity(MIA) not in decision.changes


def test_a_city_without_supporters_is_said_to_have_none_and_the_case_stays() -> None:
    decision = on(with_case(asked=True), "Boston")
    assert phrases(decision, SayPrivately) == ["CITY_WITHOUT_SUPPORTERS"]
    assert BOSTON not in [room for step in effects(decision) for room in getattr(step, "rooms", ())]


def test_when_its_supporters_have_the_case_already_they_hear_the_city_in_its_thread() -> None:
    decision = on(with_case(asked=True, room=NEWARK_ROOM), "Newark")
    assert names(decision) == ["more"]
    assert AnsweredCity(MIA) in decision.changes


def test_a_city_named_without_having_been_asked_is_just_more_words() -> None:
    assert names(on(with_case(asked=False), "Newark")) == ["more"]


def test_once_moved_the_worker_and_the_former_team_hear_who_has_it() -> None:
    view = with_case(asked=True)
    move = plan(on(view, "Newark"), "move")
    decision = hears(view, came_of(move, Told(NAMES[0], NEWARK_ROOM, EventId("$new"), fallback=False)))
    assert phrases(decision, SayPrivately) == ["RECEIPT_LATER"]
    (note,) = [step for step in effects(decision) if isinstance(step, WhisperInRoom)]
    assert (note.room, note.thread) == (FALLBACK, EventId("$card"))


def test_a_case_that_could_not_move_is_not_called_moved() -> None:
    view = with_case(asked=True)
    move = plan(on(view, "Newark"), "move")
    decision = hears(view, came_of(move, Held(NAMES[0], (Refusal(NEWARK_ROOM, Unsafe.GUESTS),))))
    assert phrases(decision, SayPrivately) == ["CITY_ROOM_LATER", "STEWARD_ROOM_UNSAFE"]
    assert not decision.changes


def test_a_case_nobody_had_that_went_to_the_fallback_is_not_said_to_be_with_its_city() -> None:
    view = with_case(asked=True, room=None)
    move = plan(on(view, "Newark"), "move")
    refused = (Refusal(NEWARK_ROOM, Unsafe.GUESTS),)
    decision = hears(view, came_of(move, Told(NAMES[0], FALLBACK, EventId("$new"), True, refused)))
    said = phrases(decision, SayPrivately)
    assert said[:2] == ["RECEIPT_LATER_SOMEWHERE", "RECEIPT_CITY_ROOM_NOT_SAFE"]


def test_the_city_is_asked_for_only_once() -> None:
    tell = plan(on(in_chat(), "please help"), "tell")
    first = hears(in_chat(), came_of(tell, Told(NAMES[0], FALLBACK, EventId("$card"), fallback=True)))
    assert "CITY_WHICH" in phrases(first, SayPrivately)
    later = hears(
        in_chat(), came_of(tell, Told(NAMES[0], FALLBACK, EventId("$card"), fallback=True), later=True)
    )
    assert "CITY_WHICH" not in phrases(later, SayPrivately)
    assert not any(isinstance(change, AskedCity) for change in later.changes)


# -- not encrypted, or not surely theirs ----------------------


def test_a_chat_without_encryption_gets_a_word_in_place_and_an_encrypted_one_and_the_report_counts() -> None:
    decision = on(in_chat(), "please help #nyc", Trust.PLAIN)
    assert report(decision).rooms == (NYC_ROOM,)
    assert phrases(decision, SayInRoom) == ["NOT_ENCRYPTED_HERE"]
    assert phrases(decision, SayPrivately) == ["ENCRYPTED_FROM_NOW_ON"]


def test_the_word_about_encryption_is_said_once_an_hour() -> None:
    first = on(in_chat(), "please help #nyc", Trust.PLAIN)
    acts = {change.act: (NOW,) for change in first.changes if hasattr(change, "act")}
    view = replace(in_chat(), sender=replace(VIEW.sender, acts=acts))
    assert "NOT_ENCRYPTED_HERE" not in phrases(on(view, "and more", Trust.PLAIN))


def test_nothing_of_a_report_is_repeated_in_a_chat_without_encryption() -> None:
    for step in effects(on(in_chat(), "secret words #atlantis", Trust.PLAIN)):
        if isinstance(step, SayInRoom):
            assert all(not line.cities and not line.near for line in step.lines)


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.UNBOUND])
def test_a_private_message_that_may_be_forged_is_asked_for_again_and_not_acted_on(trust: Trust) -> None:
    decision = on(in_chat(), "he is outside", trust)
    assert names(decision) == ["again"]
    assert not any(isinstance(change, OpenCase) for change in decision.changes)


@pytest.mark.parametrize("trust", [Trust.UNSIGNED, Trust.CHANGED])
def test_a_worker_whose_device_is_not_verified_or_who_reset_their_keys_is_still_heard(trust: Trust) -> None:
    card = report(on(in_chat(), "please help #nyc", trust)).card
    assert card.notes == (CardNote.SENDER_NOT_VERIFIED,)


def test_commands_of_somebody_who_reset_their_keys_are_not_run() -> None:
    assert phrases(on(in_chat(), "!language en", Trust.CHANGED)) == ["AGAIN_IDENTITY_CHANGED"]
