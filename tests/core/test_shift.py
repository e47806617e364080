"""We promise that a shift ends, that nobody carries too much, and that workers see how many, never who."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.changes import GoOffShift, GoOnShift, MoveCase
from bot.core.commands.shift import SHIFT, SNIPPETS
from bot.core.decide import decide
from bot.core.effects import Decision, SayInRoom, SayPrivately, WhisperInRoom
from bot.core.model import (
    CaseName,
    CaseState,
    Category,
    EventId,
    Membership,
    Millis,
    Presence,
    Shift,
    Side,
    Trust,
    Urgency,
)
from bot.core.phrases import Line, Whisper
from bot.core.view import CaseView, View
from tests.core.test_cases import CARD, case, hand, supporters, thread
from tests.core.world import (
    ADA,
    CHAT,
    MIA,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    SOL,
    effects,
    in_chat,
    in_lobby,
    in_team,
    on,
    phrases,
)

SOLS = Shift(SOL, NYC_ROOM, ("en", "es"), Millis(NOW + SHIFT))
ADAS = Shift(ADA, NYC_ROOM, (), Millis(NOW + SHIFT))


def with_shifts(view: View, *shifts: Shift) -> View:
    return replace(view, shifts=shifts)


def whispers(decision: Decision) -> list[Whisper]:
    said = [step.lines for step in effects(decision) if isinstance(step, WhisperInRoom)]
    return [line for lines in said for line in lines if isinstance(line, Whisper)]


# -- on shift ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "languages"),
    [("!available", ()), ("!available en es", ("en", "es")), ("!available Spanish, English", ("es", "en"))],
)
def test_who_is_available_is_so_for_twelve_hours_in_the_languages_they_name(
    words: str, languages: tuple[str, ...]
) -> None:
    decision = on(in_team(), words)
    (began,) = [change for change in decision.changes if isinstance(change, GoOnShift)]
    assert began.shift == Shift(SOL, NYC_ROOM, languages, Millis(NOW + 12 * 60 * 60 * 1000))
    assert phrases(decision) == ["SHIFT_BEGUN"]


@pytest.mark.parametrize(
    "words", ["!available klingon", "!available for anything", "!available en en es " * 3]
)
def test_a_language_nobody_knows_begins_no_shift(words: str) -> None:
    assert not any(isinstance(change, GoOnShift) for change in on(in_team(), words).changes)


def test_away_ends_it_and_so_does_leaving_the_room() -> None:
    assert GoOffShift(SOL, NYC_ROOM) in on(in_team(), "!away").changes
    left = Membership(EventId("$m"), NYC_ROOM, SOL, Presence.GONE, NOW)
    assert GoOffShift(SOL, NYC_ROOM) in decide(left, in_team()).changes


def test_supporters_of_the_room_see_who_is_there_what_they_speak_and_how_much_they_carry() -> None:
    claimed = case(state=CaseState.CLAIMED)
    view = replace(with_shifts(in_team(), SOLS, ADAS), board=(replace(claimed, claimer=SOL),))
    rows = whispers(on(view, "!supporters"))
    assert [(row.by, row.line.number, row.languages) for row in rows] == [
        (SOL, 1, ("en", "es")),
        (ADA, 0, ()),
    ]


def test_another_rooms_supporters_are_not_listed() -> None:
    assert whispers(on(with_shifts(in_team(), replace(SOLS, room=NEWARK_ROOM)), "!supporters")) == []


@pytest.mark.parametrize("view", [in_chat(), in_lobby(), in_lobby(NYC)])
@pytest.mark.parametrize("words", ["!supporters", "!supporters nyc", "!supporters newark", "!supporters xyz"])
def test_workers_see_how_many_there_are_and_never_who(view: View, words: str) -> None:
    decisions = [on(with_shifts(view, shift, ADAS), words) for shift in (SOLS, replace(SOLS, person=MIA))]
    assert decisions[0] == decisions[1]
    for step in effects(decisions[0]):
        assert isinstance(step, SayInRoom | SayPrivately)
        assert all(isinstance(line, Line) for line in step.lines)


def test_a_count_counts_people_and_is_of_the_city_asked_for() -> None:
    twice = replace(SOLS, room=NEWARK_ROOM)
    view = with_shifts(in_chat(), SOLS, twice, ADAS)
    (here, newark, every) = (on(view, f"!supporters {city}") for city in ("nyc", "newark", ""))
    counts = [line.number for each in (here, newark, every) for line in _lines(each)]
    assert counts == [2, 1, 2]


def _lines(decision: Decision) -> list[Line]:
    said = [step.lines for step in effects(decision) if isinstance(step, SayInRoom)]
    return [line for lines in said for line in lines if isinstance(line, Line)]


def test_when_nobody_is_available_it_is_said_that_help_comes_all_the_same() -> None:
    assert phrases(on(in_chat(), "!supporters nyc")) == ["SHIFT_NOBODY_THERE"]
    assert phrases(on(in_chat(), "!supporters boston")) == ["SHIFT_NO_TEAM"]
    assert phrases(on(in_chat(), "!supporters xyz")) == ["SHIFT_NO_SUCH_CITY"]
    assert phrases(on(in_chat(), "!supporters")) == ["SHIFT_NOBODY_NOW"]


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.CHANGED, Trust.UNSIGNED])
def test_nobody_is_put_on_shift_by_somebody_else(trust: Trust) -> None:
    for words in ("!available", "!away"):
        decision = on(in_team(), words, trust)
        assert not any(isinstance(change, GoOnShift | GoOffShift) for change in decision.changes)


# -- how much one carries ------------------------------------------------------------------------------------


def carrying(count: int) -> View:
    view = supporters()
    theirs = tuple(
        replace(
            case(state=CaseState.CLAIMED),
            card=replace(case().card, case=CaseName(f"case-{place}")),
            claimer=SOL,
        )
        for place in range(count)
    )
    return replace(view, board=(*view.board, *theirs))


@pytest.mark.parametrize(("count", "claims"), [(0, True), (4, True), (5, False), (9, False)])
def test_who_has_five_cases_is_asked_to_hand_one_over_first(count: int, *, claims: bool) -> None:
    for decision in (thread(carrying(count), "!claim"), hand(carrying(count), CARD)):
        assert any(isinstance(change, MoveCase) for change in decision.changes) is claims
        assert ("CASE_ENOUGH" in phrases(decision)) is not claims


def test_what_another_supporter_carries_is_no_burden_of_mine() -> None:
    view = carrying(9)
    view = replace(view, board=tuple(replace(each, claimer=ADA) for each in view.board))
    assert any(isinstance(change, MoveCase) for change in thread(view, "!claim").changes)


@pytest.mark.parametrize(("count", "goes"), [(4, True), (5, False), (9, False)])
def test_nobody_is_handed_more_than_they_may_claim_and_the_case_stays_where_it_was(
    count: int, *, goes: bool
) -> None:
    mine = replace(case(state=CaseState.CLAIMED), claimer=SOL)
    full = tuple(replace(each, claimer=ADA) for each in carrying(count).board if each.claimer is not None)
    view = replace(supporters(), thread_case=mine, board=(mine, *full))
    decision = thread(view, f"!handoff {ADA}")
    assert any(isinstance(change, MoveCase) for change in decision.changes) is goes
    assert ("CASE_HANDOFF_ENOUGH" in phrases(decision)) is not goes


def test_handing_a_case_to_oneself_changes_nothing() -> None:
    mine = replace(case(state=CaseState.CLAIMED), claimer=SOL)
    decision = thread(replace(supporters(), thread_case=mine, board=(mine,)), f"!handoff {SOL}")
    assert phrases(decision) == ["CASE_YOURS"]
    assert not any(isinstance(change, MoveCase) for change in decision.changes)


# -- handing over, closing ----------------------


def test_whoever_takes_over_reads_ages_and_numbers_and_no_words() -> None:
    view = supporters(CaseState.CLAIMED)
    mine = replace(case(state=CaseState.CLAIMED), claimer=SOL, moved=Millis(NOW - 60_000))
    view = replace(view, thread_case=mine, board=(mine,), exchanged={Side.WORKER: 4, Side.SUPPORTER: 3})
    decision = thread(view, f"!handoff {ADA}")
    said = phrases(decision)
    assert [each for each in said if each.startswith("HANDOFF")] == [
        "HANDOFF_AGE",
        "HANDOFF_HELD",
        "HANDOFF_FROM_WORKER",
        "HANDOFF_REPLIES",
    ]
    assert all(line.quote is None for line in whispers(decision))


@pytest.mark.parametrize(
    ("categories", "urgency", "hard"),
    [
        ((Category.DOXX,), Urgency.USUAL, True),
        ((Category.DANGER,), Urgency.USUAL, True),
        ((Category.HELP,), Urgency.URGENT, True),
        ((Category.HELP,), Urgency.USUAL, False),
        ((Category.FYI,), Urgency.USUAL, False),
    ],
)
def test_after_a_hard_case_there_is_a_word_for_who_was_there(
    categories: tuple[Category, ...], urgency: Urgency, *, hard: bool
) -> None:
    view = supporters()
    one = case()
    here: CaseView = replace(one, card=replace(one.card, categories=categories, urgency=urgency))
    decision = thread(replace(view, thread_case=here, board=(here,)), "!close")
    assert ("CARE_AFTER_CLOSING" in phrases(decision)) is hard


# -- sentences, and who writes ----------------------


@pytest.mark.parametrize("category", SNIPPETS)
def test_there_are_sentences_for_every_kind_of_talk(category: Category) -> None:
    for words in (f"!snippets {category}", f"!snippets sws{category}"):
        assert phrases(on(in_team(), words)) == [SNIPPETS[category].name]
    one = case()
    here = replace(one, card=replace(one.card, categories=(category,)))
    assert phrases(thread(replace(supporters(), thread_case=here), "!snippets")) == [SNIPPETS[category].name]


@pytest.mark.parametrize("words", ["!snippets fyi", "!snippets nonsense"])
def test_what_there_are_no_sentences_for_is_explained(words: str) -> None:
    assert phrases(on(in_team(), words)) == ["HOW_TO_USE"]


def test_who_is_asked_about_is_neither_confirmed_nor_denied() -> None:
    answers = {
        repr(on(with_shifts(in_chat(), SOLS), words).plans)
        for words in ("!who", f"!who {SOL}", f"!who {MIA}")
    }
    assert len(answers) == 1
    assert phrases(on(in_chat(), "!who")) == ["WHO"]
    assert all(
        step.person == MIA for step in effects(on(in_chat(), "!who")) if isinstance(step, SayPrivately)
    )
    assert in_chat().room.room == CHAT
