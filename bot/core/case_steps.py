"""A step in the life of a case: what is written down, how its card changes, and who hears of it."""

from __future__ import annotations

from bot.core import escalation, retention
from bot.core.cases import (
    CLAIMED,
    CLAIMS_EACH,
    CLOSED,
    STALE_AFTER,
    WAITING,
    Event,
    No,
    is_hard,
    is_open,
    is_quiet,
    step,
)
from bot.core.changes import CancelTimer, Change, MoveCase, SetTimer, TimerKind
from bot.core.effects import (
    Decision,
    Effect,
    Origin,
    Plan,
    Reason,
    SayPrivately,
    UpdateCard,
    UpdateOldCards,
    WhisperInRoom,
)
from bot.core.model import CaseState, Millis, UserId
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.view import CaseView, View


def in_thread(
    case: CaseView, *lines: Line | Whisper, name: str = "thread", calls: tuple[UserId, ...] = ()
) -> Plan:
    """Said in the thread of a case, in its own room's language: it may be a worker who did something."""
    if case.room is None:
        return Plan(name, ())
    said = WhisperInRoom(case.room, lines, thread=case.event, case=case.card.case, calls=calls)
    return Plan(f"{name} {case.card.case}", (said,))


def new_card(case: CaseView) -> Plan:
    """The card is made to show the case as it is now, and so are those it left behind in other rooms."""
    name = case.card.case
    old: tuple[Effect, ...] = (UpdateOldCards(name),) if case.left else ()
    return Plan(f"card {name}", (UpdateCard(name), *old))


def moved(
    case: CaseView, to: CaseState, view: View, line: Line | Whisper, claimer: UserId | None = None
) -> Decision:
    """The case is in another state, its card shows it, and the thread says why."""
    changes = (MoveCase(case.card.case, to, claimer, view.now), *_watch(case, to, claimer, view))
    return Decision(changes, (new_card(case), in_thread(case, line)))


def _watch(case: CaseView, to: CaseState, claimer: UserId | None, view: View) -> tuple[Change, ...]:
    """Somebody who has a case and is not heard of for long gives it back."""
    if to is CLAIMED:
        return (escalation.calm(case.card.case), *heard_of(case, claimer, view))
    if to is WAITING:
        back = () if is_open(case) else (retention.since_reopening(case, view),)
        return (CancelTimer(_stale(case)), *escalation.watch(case, view), *back)
    over = (escalation.calm(case.card.case), retention.since_closing(case, view))
    return (CancelTimer(_stale(case)), *over)


def rests(case: CaseView) -> tuple[Change, ...]:
    """Nobody can see it just now: until somebody can, no time passes for it but that to its last day."""
    return (CancelTimer(_stale(case)), escalation.calm(case.card.case))


def heard_of(case: CaseView, claimer: UserId | None, view: View) -> tuple[Change, ...]:
    """The supporter who has the case did something for it."""
    if claimer is None or case.room is None:
        return ()
    due = Millis(view.now + STALE_AFTER)
    name = case.card.case
    return (SetTimer(_stale(case), TimerKind.STALE_CLAIM, due, case.room, claimer, name),)


def _stale(case: CaseView) -> str:
    return f"stale {case.card.case}"


# -- claiming, by word or by hand -------------------------------------------------------------------------


def claim(case: CaseView, person: UserId, view: View) -> Decision:
    """Exclusive: decided on together with what is written down, one after the other."""
    name, found = case.card.case, step(case, Event.CLAIM, person)
    match found:
        case No.NOT_NOW:
            return Decision((), (in_thread(case, Line(Phrase.CASE_WHERE)),))
        case No.YOURS_ALREADY:
            return Decision((), (in_thread(case, Whisper(Line(Phrase.CASE_YOURS), case=name)),))
        case No.ANOTHERS:
            return Decision((), (in_thread(case, taken(case, Phrase.CASE_TAKEN)),))
        case _ if has_enough(person, view):
            line = Whisper(Line(Phrase.CASE_ENOUGH, number=CLAIMS_EACH), case=name, by=person)
            return Decision((), (in_thread(case, line),))
        case _:
            line = Whisper(Line(Phrase.CASE_CLAIMED), case=name, by=person)
            return moved(case, CLAIMED, view, line, person)


def has_enough(person: UserId, view: View) -> bool:
    theirs = [case for case in view.board if case.state is CLAIMED and case.claimer == person]
    return len(theirs) >= CLAIMS_EACH


def taken(case: CaseView, phrase: Phrase) -> Whisper:
    """Who has the case, by name."""
    return Whisper(Line(phrase), case=case.card.case, by=case.claimer)


# -- what nobody asked for ----------------------------------------------------------------------------------


def claimer_gone(person: UserId, view: View) -> Decision:
    """Who leaves the room, or is no supporter here any more, takes no case along."""
    theirs = [case for case in view.board if case.state is CLAIMED and case.claimer == person]
    said = [
        moved(case, WAITING, view, Whisper(Line(Phrase.CASE_CLAIMER_GONE), case=case.card.case, by=person))
        for case in theirs
    ]
    return Decision(
        tuple(change for each in said for change in each.changes),
        tuple(plan for each in said for plan in each.plans),
    )


def stale(view: View) -> Decision:
    """A claim that nobody does anything for is no help to the worker."""
    case = view.thread_case
    if case is None or isinstance(step(case, Event.STALE), No):
        return Decision()
    return moved(case, WAITING, view, taken(case, Phrase.CASE_STALE))


def worker_left(view: View) -> tuple[Plan, ...]:
    """Supporters of every open case are told that nobody reads the private chat just now."""
    cases = (case for case in view.sender.cases if case.room is not None)
    return tuple(in_thread(case, Line(Phrase.WORKER_LEFT)) for case in cases)


# -- closing and opening again ------------------------------------------------------------------------------


def closed(case: CaseView, person: UserId, view: View) -> Decision:
    """The worker is told, and asked whether they are all right. Who had it is asked before its last day."""
    phrase = Phrase.CASE_CLOSED_UNSEEN if is_quiet(case) else Phrase.CASE_CLOSED
    line = Whisper(Line(phrase), case=case.card.case, by=person)
    here = moved(case, CLOSED, view, line, case.claimer or person)
    if is_hard(case):
        care = in_thread(case, Line(Phrase.CARE_AFTER_CLOSING), name="care")
        here = Decision(here.changes, (*here.plans, care))
    return Decision(here.changes, (*here.plans, _to_worker(case, view, Phrase.YOUR_CASE_CLOSED)))


def reopened(case: CaseView, view: View, line: Line | Whisper) -> Decision:
    here = moved(case, WAITING, view, line)
    return Decision(here.changes, (*here.plans, _to_worker(case, view, Phrase.YOUR_CASE_REOPENED)))


def _to_worker(case: CaseView, view: View, phrase: Phrase) -> Plan:
    """Which case is meant is said by what it is about: they may have several."""
    if is_quiet(case):
        return Plan(f"worker {case.card.case}", ())
    line = Line(phrase, categories=case.card.categories)
    said = SayPrivately(case.person, (line,), case=case.card.case)
    room = case.room or case.original_room
    origin = Origin(Reason.CLOSING, room, case.person, event=case.event, case=case.card.case)
    return Plan(f"worker {case.card.case}", (said,), origin)


def reopened_by_worker(case: CaseView, view: View) -> Decision:
    """What they write after the closing shows that it is not over."""
    if is_open(case):
        return Decision()
    return reopened(case, view, Line(Phrase.CASE_REOPENED_BY_WORKER))
