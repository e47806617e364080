"""Promises about what is said once something was done, could not be done, or is held."""

from __future__ import annotations

from itertools import product

import pytest
from msgspec.structs import replace

from bot.core.changes import AskedCity, NoteAct, PlaceCase
from bot.core.decide import decide
from bot.core.effects import Decision, Origin, Outcome, Reason, SayInRoom, SayPrivately, TellSupporters
from bot.core.model import (
    EventId,
    Millis,
    Posted,
    RoomId,
    Trust,
    Unsafe,
    UserId,
)
from bot.core.outcomes import is_news
from bot.core.phrases import Whisper
from bot.core.results import Done, Held, Refusal, Refused, Result, Told, Why
from bot.core.view import CaseView, View
from tests.core.world import (
    BOSTON,
    FALLBACK,
    LOBBY,
    MIA,
    NAMES,
    NEWARK,
    NOW,
    NYC,
    NYC_ROOM,
    ROSA,
    VIEW,
    came_of,
    effects,
    hears,
    in_chat,
    in_lobby,
    in_team,
    lines,
    names,
    on,
    phrases,
    plan,
)

CARD = EventId("$card")
DONE = Done(EventId("$said"), LOBBY)
DONE_UNOPENED = Done(EventId("$said"), LOBBY, unopened=True)


def told(
    step: object, *, fallback: bool = False, room: RoomId | None = None, why: Unsafe | None = None
) -> Told:
    assert isinstance(step, TellSupporters)
    there = FALLBACK if fallback else room or step.rooms[0]
    refused = (Refusal(step.rooms[0], why),) if why is not None else ()
    return Told(step.card.case, there, CARD, fallback, refused)


def held(step: object, why: Unsafe = Unsafe.STRANGER) -> Held:
    assert isinstance(step, TellSupporters)
    return Held(step.card.case, tuple(Refusal(room, why) for room in (*step.rooms, FALLBACK)))


def after(view: View, words: str, *, fallback: bool = False, trust: Trust = Trust.SIGNED) -> Decision:
    """What is said once everything this post asked for has been told."""
    tell = plan(on(view, words, trust), "tell")
    return hears(view, came_of(tell, *(told(step, fallback=fallback) for step in tell.steps)))


def while_held(view: View, words: str) -> Decision:
    tell = plan(on(view, words), "tell")
    return hears(view, came_of(tell, *map(held, tell.steps)))


PUBLIC = {
    "#swshelp": ["HELP_WITH_SUPPORTERS"],
    "#swsdoxx": ["DOXX_WITH_SUPPORTERS"],
    "#swsharassment": ["HARASSMENT_WITH_SUPPORTERS"],
    "#swsdanger": ["DANGER_WITH_SUPPORTERS"],
    "#swsfyi": ["FYI_THANKS"],
    "#swssupporter": [],
}
PUBLIC_WHILE_HELD = {
    "#swshelp": ["HELP_PLEASE"],
    "#swsdoxx": ["DOXX_PLEASE_DO_NOT_SHARE"],
    "#swsharassment": ["HARASSMENT_PLEASE_DO_NOT_ENGAGE"],
    "#swsdanger": [],
    "#swsfyi": [],
    "#swssupporter": [],
}
PROMISING = ("WITH_SUPPORTERS", "THANKS", "RECEIPT_SOMEWHERE", "MORE_TOLD")


@pytest.mark.parametrize("tag", PUBLIC)
def test_the_room_hears_what_the_table_says_once_supporters_have_it(tag: str) -> None:
    assert phrases(after(in_lobby(NYC), tag), SayInRoom) == PUBLIC[tag]


@pytest.mark.parametrize("tag", PUBLIC)
def test_nothing_is_said_in_public_about_a_private_message(tag: str) -> None:
    assert phrases(after(in_chat(), f"{tag} #nyc"), SayInRoom) == []


@pytest.mark.parametrize("tag", PUBLIC_WHILE_HELD)
def test_while_it_is_held_nobody_hears_that_supporters_have_it(tag: str) -> None:
    decision = while_held(in_lobby(NYC), tag)
    assert phrases(decision, SayInRoom) == PUBLIC_WHILE_HELD[tag]
    assert not [phrase for phrase in phrases(decision) if phrase.endswith(PROMISING) or phrase == "RECEIPT"]


@pytest.mark.parametrize("tag", PUBLIC)
def test_every_category_has_its_receipt_with_who_has_it_first(tag: str) -> None:
    said = phrases(after(in_lobby(NYC), tag), SayPrivately)
    assert said[0] == "RECEIPT"
    assert len(said) > 1
    talk = tag not in ("#swsfyi", "#swssupporter")
    assert ("RECEIPT_WHAT_NEXT" in said) is talk
    assert ("ANYONE_IN_DANGER" in said) is (talk and tag != "#swsdanger")


@pytest.mark.parametrize("tag", ["#swsfyi", "#swssupporter", "#swsfyi #swssupporter"])
def test_who_offers_something_is_not_asked_who_is_in_danger(tag: str) -> None:
    for heard in (after(in_lobby(NYC), tag), while_held(in_lobby(NYC), tag)):
        assert not {"ANYONE_IN_DANGER", "MEANWHILE"} & set(phrases(heard, SayPrivately))


@pytest.mark.parametrize("tag", ["#swshelp", "#swsdoxx", "#swsfyi #swshelp", ""])
def test_who_asks_for_something_is_asked_whether_anyone_is_in_danger(tag: str) -> None:
    assert "ANYONE_IN_DANGER" in phrases(after(in_chat(), f"please read {tag} #nyc"), SayPrivately)


@pytest.mark.parametrize("tag", PUBLIC)
def test_a_receipt_is_one_message_to_the_person_who_wrote(tag: str) -> None:
    receipts = [step for step in effects(after(in_lobby(NYC), tag)) if isinstance(step, SayPrivately)]
    assert [receipt.person for receipt in receipts] == [MIA]


def test_the_case_is_placed_where_it_was_told() -> None:
    assert PlaceCase(NAMES[0], NYC_ROOM, CARD) in after(in_lobby(NYC), "#swshelp").changes


def test_the_danger_report_names_the_cities_it_reached_and_without_any_just_supporters() -> None:
    (line,) = lines(after(in_lobby(), "#swsdanger #nyc"), SayInRoom)
    assert line.cities == (NYC,)
    assert phrases(after(in_lobby(), "#swsdanger #nyc", fallback=True), SayInRoom) == [
        "DANGER_WITH_SUPPORTERS_SOMEWHERE"
    ]
    assert phrases(after(in_lobby(), "#swsdanger", fallback=True), SayInRoom) == [
        "DANGER_WITH_SUPPORTERS_SOMEWHERE"
    ]


def test_help_names_only_cities_whose_own_supporters_have_it() -> None:
    view = in_lobby()
    tell = plan(on(view, "#swshelp #nyc #newark"), "tell")
    decision = hears(view, came_of(tell, told(tell.steps[0]), told(tell.steps[1], fallback=True)))
    assert [line.cities for line in lines(decision, SayInRoom)] == [(NYC,)]
    assert "RECEIPT_CITY_ROOM_NOT_SAFE" in phrases(decision, SayPrivately)
    assert phrases(after(view, "#swshelp #nyc", fallback=True), SayInRoom) == [
        "HELP_WITH_SUPPORTERS_SOMEWHERE"
    ]


def test_the_fallback_is_named_truthfully_with_its_reason() -> None:
    unserved = after(in_lobby(), "#swshelp #boston", fallback=True)
    assert phrases(unserved, SayPrivately)[:2] == [
        "RECEIPT_SOMEWHERE",
        "CITY_WITHOUT_SUPPORTERS",
    ]
    unknown = after(in_lobby(), "#swshelp #bostn", fallback=True)
    assert phrases(unknown, SayPrivately)[:3] == ["RECEIPT_SOMEWHERE", "CITY_UNKNOWN", "CITY_NEAREST"]
    assert [line.near for line in lines(unknown, SayPrivately) if line.near] == [(BOSTON,)]


def test_an_unknown_tag_is_shown_to_its_author_alone() -> None:
    decision = after(in_lobby(), "#swshelp #atlantis", fallback=True)
    quotes = {
        (type(step).__name__, line.quote.reveal())
        for step in effects(decision)
        for line in getattr(step, "lines", ())
        if isinstance(line, Whisper) and line.quote is not None
    }
    assert quotes == {("SayPrivately", "atlantis")}


def test_no_city_is_asked_for_once_and_holds_nothing_back() -> None:
    decision = after(in_lobby(), "#swshelp", fallback=True)
    assert "CITY_WHICH" in phrases(decision, SayPrivately)
    (asked,) = [change for change in decision.changes if isinstance(change, AskedCity)]
    assert (asked.person, asked.case) == (MIA, NAMES[0])
    assert asked.until > NOW


def test_a_known_city_is_not_asked_for() -> None:
    decision = after(in_lobby(NYC), "#swshelp")
    assert not any(isinstance(change, AskedCity) for change in decision.changes)


# -- late ----------------------


def after_waiting(words: str, waited: int, view: View = in_lobby(NYC)) -> Decision:  # noqa: B008
    tell = plan(on(view, words), "tell")
    outcome = came_of(tell, *(told(step) for step in tell.steps))
    return hears(view, replace(outcome, at=Millis(NOW + waited)))


@pytest.mark.parametrize("tag", PUBLIC)
def test_nobody_is_told_late_that_supporters_have_it_without_being_told_why(tag: str) -> None:
    said = after_waiting(tag, 5 * 60_000)
    assert phrases(said, SayPrivately)[:2] == ["RECEIPT", "RECEIPT_TOOK"]
    (why,) = [line for line in whispers(said) if line.line.phrase.name == "RECEIPT_TOOK"]
    assert why.age == 5 * 60_000
    assert "RECEIPT_TOOK" not in phrases(said, SayInRoom)


@pytest.mark.parametrize("waited", [-5_000, 0, 60_000, 400 * 24 * 3_600_000])
def test_nothing_is_explained_where_nothing_is_late_or_a_clock_is_wrong(waited: int) -> None:
    assert "RECEIPT_TOOK" not in phrases(after_waiting("#swshelp", waited))


def test_what_was_held_was_explained_before() -> None:
    tell = plan(on(in_lobby(NYC), "#swsdoxx"), "tell")
    late = replace(came_of(tell, told(tell.steps[0]), later=True), at=Millis(NOW + 3_600_000))
    assert phrases(hears(in_lobby(NYC), late), SayPrivately) == ["RECEIPT_LATER"]
    held_late = replace(came_of(tell, held(tell.steps[0])), at=Millis(NOW + 3_600_000))
    assert "RECEIPT_TOOK" not in phrases(hears(in_lobby(NYC), held_late))


def whispers(decision: Decision) -> list[Whisper]:
    said = (step for step in effects(decision) if isinstance(step, SayPrivately))
    return [line for step in said for line in step.lines if isinstance(line, Whisper)]


# -- held ----------------------


def test_a_held_case_is_told_truthfully_and_later_as_good_news() -> None:
    view = in_lobby(NYC)
    tell = plan(on(view, "#swsdoxx"), "tell")
    first = hears(view, came_of(tell, held(tell.steps[0])))
    assert phrases(first, SayPrivately)[0] == "RECEIPT_HELD"
    later = hears(view, came_of(tell, told(tell.steps[0]), later=True))
    assert phrases(later, SayPrivately) == ["RECEIPT_LATER"]
    assert phrases(later, SayInRoom) == ["DOXX_WITH_SUPPORTERS"]


def test_advice_does_not_wait_for_supporters() -> None:
    assert "DOXX_FIRST_STEPS" in phrases(while_held(in_lobby(NYC), "#swsdoxx"), SayPrivately)
    assert "DANGER_SAFETY_STEPS" in phrases(while_held(in_lobby(NYC), "#swsdanger"), SayPrivately)


def test_a_city_that_waits_is_named_beside_the_one_that_has_it() -> None:
    view = in_lobby()
    tell = plan(on(view, "#swshelp #nyc #newark"), "tell")
    decision = hears(view, came_of(tell, told(tell.steps[0]), held(tell.steps[1])))
    waits = [line for line in lines(decision, SayPrivately) if line.phrase.name == "RECEIPT_WAITS_FOR"]
    assert [line.cities for line in waits] == [(NEWARK,)]


def steward_lines(decision: Decision) -> list[Whisper]:
    return [
        line
        for step in effects(decision)
        if isinstance(step, SayPrivately) and step.person == ROSA
        for line in step.lines
        if isinstance(line, Whisper)
    ]


def test_stewards_hear_the_case_the_room_and_the_reason_and_nothing_else() -> None:
    said = steward_lines(while_held(in_lobby(NYC), f"#swsdoxx secret of {MIA}"))
    assert [(line.line.phrase.name, line.case, line.room, line.line.unsafe) for line in said] == [
        ("STEWARD_ROOM_UNSAFE", NAMES[0], NYC_ROOM, Unsafe.STRANGER),
        ("STEWARD_ROOM_UNSAFE", NAMES[0], FALLBACK, Unsafe.STRANGER),
        ("STEWARD_HELD", NAMES[0], None, None),
    ]
    assert all(line.quote is None and not line.people for line in said)


def test_stewards_hear_of_an_unsafe_room_even_when_the_fallback_took_the_case() -> None:
    view = in_lobby(NYC)
    tell = plan(on(view, "#swsdoxx"), "tell")
    decision = hears(view, came_of(tell, told(tell.steps[0], fallback=True, why=Unsafe.GUESTS)))
    assert [line.line.phrase.name for line in steward_lines(decision)] == [
        "STEWARD_ROOM_UNSAFE",
        "STEWARD_FALLBACK_HAS_IT",
    ]


def test_stewards_hear_nothing_when_all_went_well() -> None:
    assert not steward_lines(after(in_lobby(NYC), "#swsdoxx"))


def test_stewards_learn_when_no_fallback_is_configured() -> None:
    view = replace(in_lobby(), fallback=None)
    tell = plan(on(view, "#swshelp"), "tell")
    decision = hears(view, came_of(tell, Held(NAMES[0])))
    assert [line.line.phrase.name for line in steward_lines(decision)] == ["STEWARD_HELD_WITHOUT_FALLBACK"]


def test_one_steward_who_cannot_be_reached_holds_up_no_other() -> None:
    view = replace(in_lobby(NYC), stewards=(ROSA, UserId("@sam:example.org")))
    assert [name for name in names(while_held(view, "#swsdoxx")) if name.startswith("steward")] == [
        "steward.0",
        "steward.1",
    ]


def test_a_second_city_that_has_to_wait_is_not_called_told_and_the_room_hears_nothing_twice() -> None:
    view = in_lobby()
    tell = plan(on(view, "#swsdoxx #nyc #newark"), "tell")
    decision = hears(view, came_of(tell, held(tell.steps[1]), later=True))
    assert phrases(decision, SayInRoom) == []
    (line,) = (line for line in lines(decision, SayPrivately) if line.phrase.name.startswith("RECEIPT"))
    assert (line.phrase.name, line.cities) == ("RECEIPT_WAITS_FOR", (NEWARK,))


def test_who_posted_and_cannot_be_written_to_is_told_in_the_room_without_a_name() -> None:
    view = in_lobby(NYC)
    receipt = plan(after(view, "#swshelp"), "receipt")
    decision = hears(view, came_of(receipt, Refused(Why.UNSAFE, Unsafe.IDENTITY_MISSING)))
    assert phrases(decision) == phrases(decision, SayInRoom) == ["RECEIPT_CANNOT_BE_READ"]
    assert MIA not in repr(decision)
    assert hears(view, came_of(receipt, Done())) == Decision()
    private = plan(after(in_chat(), "please help #nyc"), "receipt")
    assert hears(in_chat(), came_of(private, Refused(Why.GONE))) == Decision()


# -- taken down ----------------------


def removal(words: str, *results: Result) -> Decision:
    view = in_lobby(NYC)
    return hears(view, came_of(plan(on(view, words), "remove"), *results))


def test_a_danger_post_that_was_taken_down_is_explained_with_how_to_repost() -> None:
    decision = removal("#swsdanger phone 212-555-0187", Done())
    assert phrases(decision) == ["REMOVED_BECAUSE", "REMOVED_HOW_TO_REPOST"]
    (because, _) = (line for step in effects(decision) for line in getattr(step, "lines", ()))
    assert [kind.value for kind in because.findings] == ["phone"]


def test_a_doxx_post_that_was_taken_down_needs_no_further_message() -> None:
    assert not removal("#swsdoxx phone 212-555-0187", Done()).plans


@pytest.mark.parametrize(
    ("words", "phrase"),
    [("#swsdoxx", "PLEASE_DELETE_DOXX"), ("#swsdanger phone 212-555-0187", "PLEASE_DELETE_BECAUSE")],
)
def test_where_the_bot_may_not_remove_the_author_is_asked_privately(words: str, phrase: str) -> None:
    decision = removal(words, Refused(Why.FORBIDDEN))
    assert phrases(decision, SayPrivately) == [phrase]
    assert phrases(decision, SayInRoom) == []


# -- further words ----------------------


def with_case(view: View, room: RoomId | None = NYC_ROOM) -> View:
    tell = plan(on(in_lobby(NYC), "#swshelp"), "tell").steps[0]
    assert isinstance(tell, TellSupporters)
    case = CaseView(
        tell.card, MIA, Millis(NOW - 1000), LOBBY, EventId("$first"), room, CARD if room else None
    )
    return replace(view, sender=replace(view.sender, case=case, cases=(case,)))


def more_outcome(view: View, *results: Result, later: bool = False) -> Decision:
    return hears(view, came_of(plan(on(view, "he is back"), "more"), *results, later=later))


def test_further_words_are_acknowledged_once_in_a_while() -> None:
    view = with_case(in_chat())
    first = more_outcome(view, Told(NAMES[0], NYC_ROOM, CARD, fallback=False))
    assert phrases(first) == ["MORE_TOLD"]
    (noted,) = [change for change in first.changes if isinstance(change, NoteAct)]
    again = replace(view, sender=replace(view.sender, acts={noted.act: (NOW,)}))
    assert not more_outcome(again, Told(NAMES[0], NYC_ROOM, CARD, fallback=False)).plans
    assert phrases(more_outcome(again, Told(NAMES[0], NYC_ROOM, CARD, fallback=False), later=True)) == [
        "MORE_TOLD"
    ]


def test_further_words_that_came_late_say_why() -> None:
    view = with_case(in_chat())
    more = came_of(plan(on(view, "he is back"), "more"), Told(NAMES[0], NYC_ROOM, CARD, fallback=False))
    late = hears(view, replace(more, at=Millis(NOW + 120_000)))
    assert phrases(late) == ["MORE_TOLD", "RECEIPT_TOOK"]


def test_further_words_that_cannot_be_passed_on_are_never_silently_held() -> None:
    view = with_case(in_chat())
    busy = replace(view, sender=replace(view.sender, acts={"more-was-said": (NOW,)}))
    assert phrases(more_outcome(busy, Held(NAMES[0]))) == ["MORE_HELD"]


def test_a_result_without_news_says_nothing() -> None:
    view = in_lobby(NYC)
    assert hears(view, came_of(plan(on(view, "#swshelp"), "tell"))) == Decision()


# -- what nobody has to hear ----------------------------------------------------------------------------


@pytest.mark.parametrize("reason", Reason)
def test_what_is_kept_from_the_core_would_have_led_to_nothing_whatever_it_knows(reason: Reason) -> None:
    for posted, case in product(Posted, (None, NAMES[0])):
        origin = Origin(reason, LOBBY, MIA, EventId("$post"), posted=posted, case=case)
        for results in ((DONE,), (DONE, DONE), (DONE_UNOPENED,)):
            if not is_news(origin, results):
                outcome = Outcome("outcome", NOW, origin, results, later=False)
                decisions = {repr(decide(outcome, view)) for view in (VIEW, in_chat(), in_team())}
                assert decisions == {repr(Decision())}


def test_whatever_went_wrong_is_news_and_so_is_every_telling() -> None:
    told = Told(NAMES[0], NYC_ROOM, CARD, False)
    results: tuple[Result, ...] = (told, Held(NAMES[0]), Refused(Why.GONE))
    for reason, result in product(Reason, results):
        origin = Origin(reason, LOBBY, MIA)
        assert is_news(origin, (result,))
        assert is_news(origin, (DONE, result))


def test_the_core_does_not_hear_that_a_receipt_was_read_out_and_no_result_at_all() -> None:
    assert not is_news(Origin(Reason.RECEIPT, LOBBY, MIA), (DONE,))
    assert not is_news(Origin(Reason.REPORT, LOBBY, MIA), ())
