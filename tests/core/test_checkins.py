"""We promise that who does not answer at the time they named is not alone, and who does is left alone."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core import spans
from bot.core.case_steps import closed
from bot.core.cases import is_talk
from bot.core.changes import (
    BeginCheckIn,
    CancelTimer,
    EndCheckIn,
    KeepAlarmWord,
    OpenCase,
    PlaceCase,
    RewordCase,
    SetTimer,
    TimerKind,
)
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    Origin,
    Outcome,
    Plan,
    Reason,
    RemoveCopy,
    RemoveOriginal,
    SayInRoom,
    SayPrivately,
    TellMore,
    TellSupporters,
    Timer,
    WhisperInRoom,
)
from bot.core.limits import ALLOWED, Limit
from bot.core.model import (
    CardNote,
    CheckIn,
    EventId,
    Language,
    Millis,
    Posted,
    Removal,
    RoomId,
    Side,
    Trust,
    Unsafe,
    Urgency,
)
from bot.core.phrases import Line, Phrase
from bot.core.results import Held, Refusal, Told
from bot.core.sensitive import Sensitive
from bot.core.spans import MINUTE
from bot.core.view import CaseView, PersonView, View
from tests.core.world import (
    CHAT,
    CHICAGO,
    FALLBACK,
    MIA,
    NEWARK,
    NEWARK_ROOM,
    NOW,
    NYC,
    NYC_ROOM,
    ROSA,
    VIEW,
    effects,
    in_chat,
    on,
    phrases,
    plan,
)
from tests.core.world import says as said_by
from tests.stage import knowledge, voice

VOICE = voice(knowledge())
WORDS = Sensitive("I am at the canary hotel")
ALARM = Sensitive("purple umbrella")
RUNNING = CheckIn(MIA, CHAT, Millis(NOW + 90 * MINUTE), WORDS, (NYC,), EventId("$asked"))


def watched(running: CheckIn | None = RUNNING, word: Sensitive | None = None, view: View = VIEW) -> View:
    chat = in_chat(view)
    return replace(chat, sender=replace(chat.sender, check_in=running, alarm_word=word))


def begun(decision: Decision) -> CheckIn:
    (found,) = [change for change in decision.changes if isinstance(change, BeginCheckIn)]
    return found.check_in


def timer(decision: Decision) -> SetTimer:
    (found,) = [change for change in decision.changes if isinstance(change, SetTimer)]
    return found


def comes(kind: TimerKind, view: View) -> Decision:
    return decide(Timer("t", kind, NOW, CHAT, MIA), view)


def told(decision: Decision) -> TellSupporters:
    (found,) = [step for step in effects(decision) if isinstance(step, TellSupporters)]
    return found


# -- beginning -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "minutes"),
    [
        ("90m", 90),
        ("90", 90),
        ("2h", 120),
        ("1h30", 90),
        ("1h30m", 90),
        ("90min", 90),
        ("90 minutes", 90),
        ("2 hours", 120),
        ("2 h", 120),
        ("24h", 1440),
        ("５m", 5),
    ],
)
def test_a_time_is_understood_as_people_write_it(asked: str, minutes: int) -> None:
    decision = on(watched(None), f"!checkin {asked} #nyc room 12 at the canary hotel")
    assert timer(decision).due == NOW + minutes * MINUTE
    assert timer(decision).kind is TimerKind.CHECK_IN
    assert begun(decision).words == Sensitive("#nyc room 12 at the canary hotel")


@pytest.mark.parametrize("asked", ["soon", "4m", "25h", "-5", "0", "1.5h", "9999999", "m", "h", "²", "1h30x"])
def test_a_time_that_makes_no_sense_is_asked_for_again_and_nothing_runs(asked: str) -> None:
    decision = on(watched(None), f"!checkin {asked} words")
    assert decision.changes == () or not any(isinstance(each, BeginCheckIn) for each in decision.changes)
    assert phrases(decision) == ["HOW_TO_USE"]


@pytest.mark.parametrize("keys", [("90", "minutes"), ("90m", "minutes"), ("90", "m"), ("2", "hello")])
def test_only_what_names_the_time_is_taken_from_the_words(keys: tuple[str, ...]) -> None:
    wanted = spans.named(keys)
    if keys == ("2", "hello"):
        assert wanted is None
    else:
        assert wanted is not None
        assert wanted.words == (2 if keys[0] == "90" else 1)


def test_what_is_said_is_who_would_be_called_and_whether_words_were_left() -> None:
    assert phrases(on(watched(None), "!checkin 90m #nyc room 12")) == ["CHECKIN_BEGUN", "CHECKIN_WITH_WORDS"]
    assert phrases(on(watched(None), "!checkin 90m")) == ["CHECKIN_BEGUN_SOMEWHERE", "CHECKIN_WITHOUT_WORDS"]


def test_nobody_is_promised_supporters_that_there_are_none_of() -> None:
    alone = replace(VIEW, supporter_rooms=(), fallback=None)
    decision = on(watched(None, view=alone), "!checkin 90m #nyc")
    assert phrases(decision) == ["CHECKIN_NOBODY"]
    assert not any(isinstance(each, BeginCheckIn | SetTimer) for each in decision.changes)


def test_asked_again_the_time_moves_and_the_words_stay_unless_there_are_new_ones() -> None:
    assert begun(on(watched(), "!checkin 30m")).words == WORDS
    assert begun(on(watched(), "!checkin 30m")).cities == (NYC,)
    assert begun(on(watched(), "!checkin 30m somewhere else")).words == Sensitive("somewhere else")
    first, second = (timer(on(view, "!checkin 30m")).name for view in (watched(), watched(None)))
    assert first == second


def test_a_city_named_before_is_the_city() -> None:
    assert begun(on(watched(), "!checkin 30m #chicago")).cities == (CHICAGO,)


def test_how_it_stands_is_told_to_who_asks() -> None:
    assert phrases(on(watched(), "!checkin")) == ["CHECKIN_RUNNING", "HOW_TO_USE"]
    assert phrases(on(watched(None), "!checkin")) == ["HOW_TO_USE"]


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.UNBOUND, Trust.CHANGED])
@pytest.mark.parametrize("words", ["!fine", "!checkin off", "fine", "!checkin 24h"])
def test_nobody_else_says_that_they_are_fine(words: str, trust: Trust) -> None:
    decision = on(watched(), words, trust)
    assert not any(isinstance(each, EndCheckIn | BeginCheckIn | CancelTimer) for each in decision.changes)


# -- the time comes ----------------------------------------------------------------------------------------


def test_at_the_time_they_are_asked_and_have_ten_minutes() -> None:
    decision = comes(TimerKind.CHECK_IN, watched())
    assert phrases(decision) == ["CHECKIN_ASKS"]
    assert [step.rings for step in effects(decision) if isinstance(step, SayPrivately)] == [True]
    assert (timer(decision).kind, timer(decision).due) == (TimerKind.CHECK_IN_MISSED, NOW + 10 * MINUTE)
    assert not any(isinstance(step, TellSupporters) for step in effects(decision))


@pytest.mark.parametrize("kind", [TimerKind.CHECK_IN, TimerKind.CHECK_IN_MISSED])
def test_a_time_that_comes_after_they_said_that_they_are_fine_is_nothing(kind: TimerKind) -> None:
    assert comes(kind, watched(None)) == Decision()


def test_without_an_answer_supporters_of_the_city_get_just_those_words() -> None:
    decision = comes(TimerKind.CHECK_IN_MISSED, watched())
    card = told(decision).card
    assert (card.words, card.cities, card.urgency) == (WORDS, (NYC,), Urgency.URGENT)
    assert (card.posted, card.notes) == (Posted.PRIVATELY, (CardNote.CHECKIN_MISSED,))
    assert told(decision).rooms == (NYC_ROOM,)
    assert EndCheckIn(MIA) in decision.changes
    assert any(isinstance(each, OpenCase) and each.person == MIA for each in decision.changes)


def test_what_goes_to_supporters_names_nobody() -> None:
    named = replace(RUNNING, words=Sensitive(f"{MIA} is in room 12"))
    assert MIA not in told(comes(TimerKind.CHECK_IN_MISSED, watched(named))).card.words.reveal()


def came(decision: Decision, name: str, *, held: bool = False) -> Outcome:
    found: Plan = plan(decision, name)
    assert found.origin is not None
    step = told(decision)
    here = Told(step.card.case, NYC_ROOM, EventId("$card"), fallback=False)
    nowhere = Held(step.card.case, (Refusal(NYC_ROOM, Unsafe.STRANGER),))
    return Outcome("o", NOW, found.origin, (nowhere if held else here,))


def test_they_read_who_has_their_words_only_after_somebody_has_them() -> None:
    missed = comes(TimerKind.CHECK_IN_MISSED, watched())
    assert not any(isinstance(step, SayPrivately | SayInRoom) for step in effects(missed))
    outcome = decide(came(missed, "check-in"), watched(None))
    assert phrases(outcome, SayPrivately) == ["CHECKIN_TOLD"]
    assert any(isinstance(change, PlaceCase) for change in outcome.changes)
    held = decide(came(missed, "check-in", held=True), watched(None))
    assert "CHECKIN_HELD" in phrases(held, SayPrivately)


def a_case(note: CardNote) -> CaseView:
    running = RUNNING
    card = replace(told(comes(TimerKind.CHECK_IN_MISSED, watched(running))).card, notes=(note,))
    return CaseView(card, MIA, NOW, CHAT, EventId("$asked"), NYC_ROOM, EventId("$card"))


def test_supporters_who_were_called_hear_that_all_is_well() -> None:
    view = watched(None)
    case = a_case(CardNote.CHECKIN_MISSED)
    view = replace(view, sender=replace(view.sender, case=case, cases=(case,)))
    decision = on(view, "!fine")
    assert phrases(decision, WhisperInRoom) == ["WORKER_ALL_RIGHT"]
    assert phrases(decision, SayPrivately) == ["CHECKIN_FINE"]


# -- fine, and only to look at ---------------------------------------------------------------------------


@pytest.mark.parametrize("words", ["!fine", "!Fine", "!checkin off", "!checkin fine", "I'm fine", "!imfine"])
def test_who_is_fine_ends_it_and_the_words_go(words: str) -> None:
    decision = on(watched(), words)
    assert EndCheckIn(MIA) in decision.changes
    assert any(isinstance(change, CancelTimer) for change in decision.changes)
    assert phrases(decision) == ["CHECKIN_FINE"]
    assert not any(isinstance(step, TellSupporters | TellMore) for step in effects(decision))


def test_anything_else_they_write_meanwhile_is_a_report_and_the_check_in_runs_on() -> None:
    decision = on(watched(), "he is at the door again")
    assert told(decision).card.words == Sensitive("he is at the door again")
    assert not any(isinstance(change, EndCheckIn) for change in decision.changes)


@pytest.mark.parametrize("words", ["purple umbrella", "Purple  umbrella!", "!fine purple umbrella"])
@pytest.mark.parametrize("running", [RUNNING, None])
def test_the_alarm_word_looks_to_the_letter_like_being_fine_and_calls_supporters(
    words: str, running: CheckIn | None
) -> None:
    view = watched(running, ALARM)
    alarm, fine = on(view, words), on(view, "!fine")
    in_chat_of = [step for step in effects(alarm) if isinstance(step, SayPrivately | SayInRoom)]
    assert in_chat_of == [step for step in effects(fine) if isinstance(step, SayPrivately | SayInRoom)]
    card = told(alarm).card
    assert card.notes == (CardNote.ALARM_WORD,)
    assert card.urgency is Urgency.URGENT
    assert card.words == (WORDS if running else Sensitive(""))
    assert EndCheckIn(MIA) in alarm.changes


@pytest.mark.parametrize("held", [False, True])
def test_what_comes_of_an_alarm_is_said_to_supporters_and_stewards_and_never_in_the_chat(
    *, held: bool
) -> None:
    view = watched(RUNNING, ALARM)
    outcome = decide(came(on(view, "purple umbrella"), "check-in", held=held), view)
    said = [step for step in effects(outcome) if isinstance(step, SayPrivately)]
    assert all(step.person in view.stewards for step in said)
    assert MIA not in view.stewards
    assert bool(said) is held


def test_an_alarm_shows_nowhere_in_what_its_worker_can_be_made_to_ask() -> None:
    case = a_case(CardNote.ALARM_WORD)
    quiet = PersonView(MIA, cases=(case,), case=case if is_talk(case) else None)
    ordinary = PersonView(MIA)
    for words in ("!status", "!checkin", "!withdraw", "!menu", "!fine"):
        with_alarm, without = (on(replace(in_chat(), sender=who), words) for who in (quiet, ordinary))
        assert with_alarm == without, words
    assert not is_talk(case)


def test_a_new_check_in_does_not_tell_where_an_alarm_went() -> None:
    quiet = PersonView(MIA, cases=(a_case(CardNote.ALARM_WORD),))
    with_alarm, without = (
        on(replace(in_chat(), sender=who), "!checkin 90m") for who in (quiet, PersonView(MIA))
    )
    assert phrases(with_alarm) == phrases(without) == ["CHECKIN_BEGUN_SOMEWHERE", "CHECKIN_WITHOUT_WORDS"]


@pytest.mark.parametrize("room", [NEWARK_ROOM, FALLBACK])
def test_an_alarm_that_nobody_claims_goes_to_others_without_a_word_in_the_chat(room: RoomId) -> None:
    case = a_case(CardNote.ALARM_WORD)
    view = replace(VIEW, thread_case=case, sender=PersonView(MIA, cases=(case,)), stewards=(MIA, ROSA))
    origin = Origin(Reason.ESCALATION, NYC_ROOM, MIA, cities=(NEWARK,), case=case.card.case)
    there = Told(case.card.case, room, EventId("$there"), fallback=room == FALLBACK)
    last = decide(Timer("t", TimerKind.UNCLAIMED_LONG, NOW, NYC_ROOM, MIA, case.card.case), view)
    for decision in (decide(Outcome("o", NOW, origin, (there,)), view), last):
        assert effects(decision)
        assert not any(isinstance(step, SayPrivately) and step.person == MIA for step in effects(decision))


def test_an_alarm_whose_message_is_deleted_loses_its_words_and_stands() -> None:
    case = a_case(CardNote.ALARM_WORD)
    view = replace(watched(None), edited_cases=(case,))
    decision = decide(Removal(EventId("$r"), CHAT, MIA, case.original_event, NOW), view)
    assert decision.changes == (RewordCase(case.card.case, replace(case.card, words=Sensitive(""))),)
    assert effects(decision) == [RemoveCopy(case.card.case, case.original_event, Side.WORKER)]


def test_what_is_answered_to_an_alarms_supporters_is_passed_on_without_a_receipt() -> None:
    case = a_case(CardNote.ALARM_WORD)
    decision = on(replace(in_chat(), answered_case=case, sender=PersonView(MIA, cases=(case,))), "at the bar")
    (more,) = decision.plans
    assert isinstance(more.steps[0], TellMore)
    assert more.origin is None


def test_closing_an_alarm_writes_nothing_to_its_worker() -> None:
    decision = closed(a_case(CardNote.ALARM_WORD), MIA, watched(None))
    assert not any(isinstance(step, SayPrivately) for step in effects(decision))
    assert "CASE_CLOSED_UNSEEN" in phrases(decision)


def test_the_message_that_holds_the_alarm_word_is_taken_out_of_the_chat() -> None:
    decision = on(watched(None), "!checkin word purple umbrella")
    (kept,) = [change for change in decision.changes if isinstance(change, KeepAlarmWord)]
    assert kept.word == ALARM
    (gone,) = [step for step in effects(decision) if isinstance(step, RemoveOriginal)]
    assert gone.room == CHAT
    assert phrases(decision) == ["ALARM_WORD_KEPT"]


@pytest.mark.parametrize("words", ["!fine", "!fine purple umbrella"])
def test_no_limit_keeps_somebody_from_saying_that_they_are_fine_or_only_look_so(words: str) -> None:
    flood = {Limit.COMMAND.value: tuple(NOW for _ in range(ALLOWED[Limit.COMMAND].count))}
    for view in (watched(RUNNING, ALARM), watched(None, ALARM)):
        quick = replace(view, sender=replace(view.sender, acts=flood))
        assert effects(on(quick, words)) == effects(on(view, words))
    stranger = replace(watched(None), sender=replace(watched(None).sender, acts=flood))
    assert phrases(on(stranger, "!fine")) == ["TOO_FAST"]


def test_an_alarm_word_can_be_taken_back() -> None:
    decision = on(watched(None, ALARM), "!checkin word off")
    assert KeepAlarmWord(MIA, None) in decision.changes
    assert phrases(on(watched(None), "!checkin word")) == ["HOW_TO_USE"]


@pytest.mark.parametrize(
    "words", ["!checkin word purple umbrella", "!checkin 90m", "!checkin", "!fine", "purple umbrella"]
)
def test_an_alarm_word_is_kept_for_a_year_from_the_last_time_check_ins_were_used(words: str) -> None:
    decision = on(watched(None, ALARM), words)
    assert KeepAlarmWord(MIA, ALARM) in decision.changes
    soon = SetTimer(
        f"alarm word {MIA}", TimerKind.ALARM_WORD_GOES_SOON, Millis(NOW + 351 * spans.DAY), CHAT, MIA
    )
    assert soon in decision.changes


@pytest.mark.parametrize("words", ["!checkin 90m", "!checkin", "!fine"])
def test_who_has_no_alarm_word_gets_none_by_using_check_ins(words: str) -> None:
    changes = on(watched(None), words).changes
    assert not any(isinstance(change, KeepAlarmWord) for change in changes)
    assert not any(getattr(change, "kind", None) is TimerKind.ALARM_WORD_GOES_SOON for change in changes)


def test_before_an_alarm_word_goes_its_owner_hears_of_it_in_words_that_tell_nobody_of_it() -> None:
    soon = comes(TimerKind.ALARM_WORD_GOES_SOON, watched(None, ALARM))
    assert phrases(soon) == ["CHECKIN_UNUSED"]
    assert (timer(soon).kind, timer(soon).due) == (TimerKind.ALARM_WORD_GOES, NOW + 14 * spans.DAY)
    words = VOICE.whispered([Line(Phrase.CHECKIN_UNUSED, number=14)], Language.EN)
    shown = " ".join(getattr(block, "text", "") for block in words.blocks).lower()
    assert not any(hint in shown for hint in ("word", "alarm", "supporter", "unseen"))
    gone = comes(TimerKind.ALARM_WORD_GOES, watched(None, ALARM))
    assert KeepAlarmWord(MIA, None) in gone.changes
    assert effects(gone) == []


def test_of_an_alarm_word_that_was_taken_back_nothing_is_said() -> None:
    assert comes(TimerKind.ALARM_WORD_GOES_SOON, watched(None)) == Decision()


@pytest.mark.parametrize("trust", [Trust.INJECTED, Trust.UNBOUND])
def test_a_forged_alarm_calls_nobody(trust: Trust) -> None:
    decision = on(watched(RUNNING, ALARM), "purple umbrella", trust)
    assert not any(isinstance(step, TellSupporters) for step in effects(decision))


def test_words_that_are_deleted_are_not_passed_on_and_the_check_in_runs_on() -> None:
    removal = Removal(EventId("$r"), CHAT, MIA, RUNNING.source, NOW)
    changed = begun(decide(removal, watched()))
    assert (changed.words, changed.due) == (Sensitive(""), RUNNING.due)
    other = Removal(EventId("$r"), CHAT, MIA, EventId("$other"), NOW)
    assert decide(other, watched()) == Decision()


def test_a_message_without_words_is_no_alarm() -> None:
    view = watched(RUNNING, Sensitive("🙂"))
    assert not any(isinstance(step, TellSupporters) for step in effects(decide(said_by(view, ""), view)))
