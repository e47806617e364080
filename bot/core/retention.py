"""The last day of a case: who has it is warned a day before, may put it off once; then it all goes."""

from __future__ import annotations

from bot.core.cases import CLOSED, is_open, is_talk, was_told
from bot.core.changes import Change, SetTimer, TimerKind
from bot.core.effects import (
    Decision,
    ForgetCase,
    Origin,
    Plan,
    Reason,
    SayPrivately,
    Timer,
    WhisperInRoom,
)
from bot.core.model import CaseName, CommandName, Language, Millis, RoomId, UserId
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
    return Decision((goes,), (_warned(case, case.room, view),))


def _warned(case: CaseView, room: RoomId, view: View) -> Plan:
    """Whoever has the case, or had it last, is called; for one that nobody ever claimed, everybody is."""
    name, phrase = case.card.case, Phrase.CASE_GOES if case.postponed else Phrase.CASE_GOES_SOON
    commands = () if case.postponed else (CommandName.POSTPONE,)
    line = Whisper(Line(phrase, commands=commands), case=name)
    theirs = case.claimer if case.claimer in view.rosters.get(room, frozenset()) else None
    lines = (line,) if theirs is None else (Whisper(Line(Phrase.CASE_WAS_YOURS), case=name, by=theirs), line)
    rings = theirs is None and is_open(case)
    calls = () if theirs is None else (theirs,)
    said = WhisperInRoom(room, lines, thread=case.event, case=name, rings=rings, calls=calls)
    return Plan(f"goes soon {name}", (said,))


def goes(_timer: Timer, view: View) -> Decision:
    case = view.thread_case
    return Decision() if case is None else Decision((), (gone(case, view.sender.language),))


def gone(case: CaseView, language: Language) -> Plan:
    """All of it is removed; its worker hears of that when nobody closed it, and may still wait for us."""
    name, steps = f"goes {case.card.case}", (ForgetCase(case.card.case),)
    if not is_open(case) or not is_talk(case):
        return Plan(name, steps)
    kinds = case.card.categories
    if was_told(case):
        origin = Origin(Reason.LAST_DAY, case.original_room, case.person, categories=kinds, language=language)
        return Plan(name, steps, origin)
    line = Line(Phrase.YOUR_CASE_NEVER_TOLD, categories=kinds)
    return Plan(name, (*steps, SayPrivately(case.person, (line,), language)))
