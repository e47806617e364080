"""The last day of a case: supporters are warned a day before, may put it off once; then it all goes."""

from __future__ import annotations

from bot.core.cases import CLOSED
from bot.core.changes import Change, SetTimer, TimerKind
from bot.core.effects import Decision, ForgetCase, Plan, Timer, WhisperInRoom
from bot.core.model import CaseName, CommandName, Millis, RoomId, UserId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.spans import DAY, MOST_AFTER_CLOSING, OPEN_AT_MOST
from bot.core.view import CaseView, View


def since_telling(case: CaseName, room: RoomId, person: UserId, view: View) -> Change:
    """A case that nobody ever closes has a last day too."""
    return _warn(case, room, person, Millis(view.now + OPEN_AT_MOST), view)


def since_closing(case: CaseView, view: View) -> Change:
    return _of(case, Millis(view.now + view.spans.retention), view)


def since_reopening(case: CaseView, view: View) -> Change:
    return _of(case, Millis(view.now + OPEN_AT_MOST), view)


def put_off(case: CaseView, view: View) -> Change | None:
    """As long again as after a closing, and never longer than is promised. None: it is as late as it may be.

    Counted from its last day, so that whoever asks early loses nothing by it.
    """
    last = max(view.now, view.last_days.get(case.card.case, view.now))
    end = last + view.spans.retention
    if case.state is CLOSED:
        end = min(end, case.moved + MOST_AFTER_CLOSING)
    return _of(case, Millis(end), view) if end > last else None


def last_day(timer: SetTimer) -> Millis:
    """When a case goes, by the timer that is set for it."""
    return Millis(timer.due + DAY) if timer.kind is TimerKind.GOES_SOON else timer.due


def timer_of(case: CaseName) -> str:
    """Its name: one for each case."""
    return f"goes {case}"


def _of(case: CaseView, end: Millis, view: View) -> Change:
    return _warn(case.card.case, case.room or case.original_room, case.person, end, view)


def _warn(case: CaseName, room: RoomId, person: UserId, end: Millis, view: View) -> SetTimer:
    due = Millis(max(view.now, end - DAY))
    return SetTimer(timer_of(case), TimerKind.GOES_SOON, due, room, person, case)


def goes_soon(timer: Timer, view: View) -> Decision:
    case = view.thread_case
    if case is None:
        return Decision()
    due = Millis(view.now + DAY)
    goes = SetTimer(timer_of(case.card.case), TimerKind.GOES, due, timer.room, case.person, case.card.case)
    if case.room is None:
        return Decision((goes,))
    phrase = Phrase.CASE_GOES if case.postponed else Phrase.CASE_GOES_SOON
    commands = () if case.postponed else (CommandName.POSTPONE,)
    line = Whisper(Line(phrase, commands=commands), case=case.card.case)
    said = WhisperInRoom(case.room, (line,), view.room.language, case.event, case.card.case)
    return Decision((goes,), (Plan(f"goes soon {case.card.case}", (said,)),))


def goes(_timer: Timer, view: View) -> Decision:
    case = view.thread_case
    return Decision() if case is None else Decision((), (Plan("goes", (ForgetCase(case.card.case),)),))
