"""We promise that every case has a last day, that supporters hear of it before, and it is put off once."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from bot.core.case_steps import closed, reopened
from bot.core.changes import ForgetRoom, MoveCase, PostponeCase, SetTimer, TimerKind, TrustAgain
from bot.core.decide import decide
from bot.core.effects import (
    Decision,
    ForgetCase,
    ForgetPerson,
    LeaveRoom,
    Origin,
    Outcome,
    Reason,
    SayInRoom,
    SayPrivately,
    Timer,
    WhisperInRoom,
    WriteAnew,
)
from bot.core.model import CardNote, CaseState, Category, CommandName, KeptRows, Millis, RoomKind
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.results import Done as Did
from bot.core.results import Refused, Told, Why
from bot.core.spans import DAY
from bot.core.view import CaseView, KeptOf, PersonView, RoomView, View
from tests.core.test_escalation import CARD_EVENT, HERON, case, seen
from tests.core.world import (
    ADA,
    CHAT,
    EVE,
    MIA,
    NOW,
    NYC,
    NYC_ROOM,
    SOL,
    VIEW,
    effects,
    in_chat,
    in_team,
    on,
    phrases,
)


def goes(decision: Decision) -> SetTimer:
    (timer,) = (
        change
        for change in decision.changes
        if isinstance(change, SetTimer) and change.kind in (TimerKind.GOES_SOON, TimerKind.GOES)
    )
    return timer


@pytest.mark.parametrize("category", Category)
def test_every_case_has_a_last_day_from_its_telling(category: Category) -> None:
    origin = Origin(Reason.REPORT, CHAT, MIA, categories=(category,), cities=(NYC,))
    told = Told(HERON, NYC_ROOM, CARD_EVENT, fallback=False)
    timer = goes(decide(Outcome("o", NOW, origin, (told,)), seen(VIEW, None)))
    assert (timer.kind, timer.due, timer.case) == (TimerKind.GOES_SOON, NOW + 29 * DAY, HERON)


def test_closing_brings_it_nearer_and_reopening_takes_it_away_again() -> None:
    view = seen(VIEW, case())
    assert goes(closed(case(), SOL, view)).due == NOW + 6 * DAY
    again = reopened(case(state=CaseState.CLOSED), view, Line(Phrase.CASE_REOPENED_BY_WORKER))
    assert goes(again).due == NOW + 29 * DAY


@pytest.mark.parametrize(("days", "warned_after"), [(1, 0), (7, 6), (30, 29)])
def test_how_long_is_the_operators_choice(days: int, warned_after: int) -> None:
    view = replace(VIEW, spans=replace(VIEW.spans, retention=Millis(days * DAY)))
    assert goes(closed(case(), SOL, seen(view, case()))).due == NOW + warned_after * DAY


def _due(kind: TimerKind, view: View) -> Decision:
    return decide(Timer("t", kind, NOW, NYC_ROOM, MIA, HERON), view)


@pytest.mark.parametrize("postponed", [False, True])
def test_the_thread_is_warned_a_day_before_and_told_how_to_put_it_off_while_that_can_be(
    postponed: bool,
) -> None:
    about = replace(case(state=CaseState.CLOSED), postponed=postponed)
    done = _due(TimerKind.GOES_SOON, seen(VIEW, about))
    timer = goes(done)
    assert (timer.kind, timer.due) == (TimerKind.GOES, NOW + DAY)
    (said,) = effects(done)
    assert isinstance(said, WhisperInRoom)
    assert (said.room, said.thread, said.case) == (NYC_ROOM, CARD_EVENT, HERON)
    (line,) = said.lines
    assert isinstance(line, Whisper)
    assert line.line.commands == (() if postponed else (CommandName.POSTPONE,))


def test_on_its_last_day_all_of_it_goes() -> None:
    over = case(state=CaseState.CLOSED)
    assert effects(_due(TimerKind.GOES, seen(VIEW, over))) == [ForgetCase(HERON)]


@pytest.mark.parametrize("state", [CaseState.WAITING, CaseState.CLAIMED])
@pytest.mark.parametrize(
    ("came", "phrase"),
    [(Did(), Phrase.YOUR_CASE_EXPIRED), (Refused(Why.FORBIDDEN), Phrase.YOUR_CASE_EXPIRED_NOT_ALL)],
)
def test_the_worker_of_a_case_that_goes_while_it_is_open_hears_what_could_be_removed_when_it_is(
    state: CaseState, came: Did | Refused, phrase: Phrase
) -> None:
    (plan,) = _due(TimerKind.GOES, seen(VIEW, case(state=state))).plans
    assert plan.steps == (ForgetCase(HERON),)
    assert plan.origin is not None
    (said,) = effects(decide(Outcome("o", NOW, plan.origin, (came,)), VIEW))
    assert isinstance(said, SayPrivately)
    assert (said.person, said.case) == (MIA, None)
    assert [line.phrase for line in said.lines if isinstance(line, Line)] == [phrase]


@pytest.mark.parametrize("category", [Category.FYI, Category.SUPPORTER])
def test_the_end_of_a_tip_or_an_offer_is_no_news(category: Category) -> None:
    assert effects(_due(TimerKind.GOES, seen(VIEW, case(categories=(category,))))) == [ForgetCase(HERON)]


def test_the_end_of_an_alarm_shows_nowhere() -> None:
    quiet = replace(case(), card=replace(case().card, notes=(CardNote.ALARM_WORD,)))
    assert effects(_due(TimerKind.GOES, seen(VIEW, quiet))) == [ForgetCase(HERON)]


@pytest.mark.parametrize("state", [CaseState.CLAIMED, CaseState.CLOSED])
def test_who_has_a_case_or_had_it_last_is_called_to_the_warning(state: CaseState) -> None:
    (said,) = effects(_due(TimerKind.GOES_SOON, seen(VIEW, replace(case(state=state), claimer=SOL))))
    assert isinstance(said, WhisperInRoom)
    assert (said.calls, said.rings) == ((SOL,), False)
    assert getattr(said.lines[0], "by", None) == SOL


def test_closing_keeps_in_mind_who_had_the_case() -> None:
    claimed = replace(case(state=CaseState.CLAIMED), claimer=SOL)
    for about, who in ((claimed, SOL), (case(), ADA)):
        done = closed(about, ADA, seen(VIEW, about))
        assert MoveCase(HERON, CaseState.CLOSED, who, NOW) in done.changes


@pytest.mark.parametrize(("state", "rings"), [(CaseState.WAITING, True), (CaseState.CLOSED, False)])
def test_for_a_case_that_nobody_had_everybody_is_called_while_it_is_open(
    state: CaseState, *, rings: bool
) -> None:
    for claimer in (None, EVE):  # who is no supporter here any more is not called
        (said,) = effects(_due(TimerKind.GOES_SOON, seen(VIEW, replace(case(state=state), claimer=claimer))))
        assert isinstance(said, WhisperInRoom)
        assert (said.calls, said.rings, len(said.lines)) == ((), rings, 1)


@pytest.mark.parametrize("kind", [TimerKind.GOES_SOON, TimerKind.GOES])
def test_of_a_case_that_is_gone_already_nothing_is_said(kind: TimerKind) -> None:
    assert _due(kind, seen(VIEW, None)) == Decision()


def _postpones(
    postponed: bool,
    closed_days_ago: int = 6,
    days: int = 7,
    left: int = 1,
    state: CaseState = CaseState.CLOSED,
) -> Decision:
    moved = Millis(NOW - closed_days_ago * DAY)
    about = replace(case(state=state), postponed=postponed, moved=moved)
    view = in_team(replace(VIEW, spans=replace(VIEW.spans, retention=Millis(days * DAY))))
    last = Millis(NOW + left * DAY)
    return on(replace(view, thread_case=about, last_days={HERON: last}, sender=PersonView(SOL)), "!postpone")


def test_it_is_put_off_once() -> None:
    first = _postpones(postponed=False)
    assert PostponeCase(HERON) in first.changes
    assert goes(first).due == NOW + 7 * DAY
    second = _postpones(postponed=True)
    assert PostponeCase(HERON) not in second.changes
    assert not any(isinstance(change, SetTimer) for change in second.changes)


@pytest.mark.parametrize("left", [0, 1, 2, 15, 29, 30])
def test_asked_for_early_it_is_put_off_from_the_last_day_and_never_brought_nearer(left: int) -> None:
    assert (
        goes(_postpones(postponed=False, left=left, state=CaseState.WAITING)).due
        == NOW + (left + 7 - 1) * DAY
    )


def test_a_case_that_cannot_be_kept_longer_says_so_and_keeps_its_one_time() -> None:
    done = _postpones(postponed=False, closed_days_ago=5, days=30, left=25)
    assert not any(isinstance(change, PostponeCase | SetTimer) for change in done.changes)
    assert phrases(done) == ["CASE_AS_LATE_AS_MAY_BE"]


def test_a_closed_case_is_never_kept_for_more_than_thirty_days() -> None:
    assert goes(_postpones(postponed=False, closed_days_ago=20, days=21)).due == NOW + 9 * DAY


# -- the worker takes it back ---------------------------------------------------------------------------


def mine(*cases_: CaseView) -> View:
    view = in_chat()
    return replace(view, sender=replace(view.sender, cases=cases_, case=cases_[0] if cases_ else None))


def test_withdraw_removes_what_is_open_and_tells_its_supporters_not_to_look_for_it() -> None:
    said, gone = effects(on(mine(case()), "!withdraw"))
    assert isinstance(said, WhisperInRoom)
    assert (said.room, said.thread, said.case) == (NYC_ROOM, None, None)
    assert gone == ForgetCase(HERON)


def test_as_an_answer_withdraw_means_that_case() -> None:
    other = replace(case(), card=replace(case().card, case=VIEW.fresh_names[1]))
    view = replace(mine(case(), other), answered_case=other)
    assert effects(on(view, "!withdraw"))[-1] == ForgetCase(other.card.case)


def test_with_nothing_open_withdraw_says_so() -> None:
    (said,) = effects(on(mine(), "!withdraw"))
    assert not isinstance(said, ForgetCase)


def test_forget_means_the_person_whatever_is_open() -> None:
    gone = [ForgetPerson(MIA, CHAT, VIEW.now), WriteAnew(MIA)]
    assert effects(on(mine(), "!forget")) == gone
    assert effects(on(mine(case()), "!forget"))[-2:] == gone


def _came(reason: Reason, view: View = VIEW) -> Decision:
    view = replace(view, room=RoomView(CHAT, RoomKind.PRIVATE, person=MIA), sender=PersonView(MIA))
    return decide(Outcome("o", NOW, Origin(reason, CHAT, MIA), (Did(),)), view)


def test_that_it_is_done_is_said_when_it_is_and_then_the_bot_leaves() -> None:
    done = _came(Reason.FORGETTING)
    said, left = effects(done)
    assert isinstance(said, SayInRoom)
    assert left == LeaveRoom(CHAT)
    assert done.changes == ()


@pytest.mark.parametrize(
    ("results", "phrases"),
    [
        ((Did(), Did()), [Phrase.FORGOTTEN]),
        ((Refused(Why.FORBIDDEN), Did()), [Phrase.FORGOTTEN_NOT_ALL]),
        ((Did(), Refused(Why.NOT_NOW)), [Phrase.FORGOTTEN, Phrase.FORGOTTEN_BUT_ON_DISK]),
        (
            (Refused(Why.FORBIDDEN), Refused(Why.NOT_NOW)),
            [Phrase.FORGOTTEN_NOT_ALL, Phrase.FORGOTTEN_BUT_ON_DISK],
        ),
    ],
)
def test_what_is_left_of_somebody_is_said_to_them(
    results: tuple[Did | Refused, ...], phrases: list[Phrase]
) -> None:
    said, _ = effects(decide(Outcome("o", NOW, Origin(Reason.FORGETTING, CHAT, MIA), results), mine()))
    assert isinstance(said, SayInRoom)
    assert [line.phrase for line in said.lines] == phrases


def test_last_of_all_the_chat_is_forgotten_and_the_identity_but_of_those_a_room_depends_on() -> None:
    assert _came(Reason.FORGOTTEN).changes == (ForgetRoom(CHAT), TrustAgain(MIA))
    supporter = replace(VIEW, rosters={NYC_ROOM: frozenset({MIA})})
    assert _came(Reason.FORGOTTEN, supporter) == Decision((ForgetRoom(CHAT),))


def test_what_is_known_is_asked_of_the_store_and_told_to_the_person_alone() -> None:
    rows = (KeptRows("cases", 2, ("name", "at")),)
    (said,) = effects(on(replace(mine(), answers={KeptOf(MIA): rows}), "!whatdoyouknow"))
    (line, _) = said.lines  # type: ignore[union-attr]
    assert isinstance(line, Whisper)
    assert line.kept == rows
