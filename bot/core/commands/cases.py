"""`!claim`, `!release`, `!handoff`, `!close`, `!reopen`, `!note`, `!cases`: supporters look after cases."""

from __future__ import annotations

from collections.abc import Callable

from bot.core.audience import Right
from bot.core.case_moves import left_here, take_back
from bot.core.case_steps import (
    claim,
    closed,
    has_enough,
    heard_of,
    in_thread,
    moved,
    new_card,
    reopened,
    taken,
)
from bot.core.cases import CLAIMED, CLAIMS_EACH, WAITING, Event, No, is_open, step
from bot.core.changes import NoteCase, PostponeCase
from bot.core.commands.command import Asked, Command
from bot.core.effects import Decision, Plan, WhisperInRoom
from bot.core.model import CommandName, Millis, Side, UserId
from bot.core.parse import without_names
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.retention import put_off
from bot.core.view import CaseView

MOST_ON_BOARD = 25


def case_meant(asked: Asked) -> CaseView | None:
    """The case that is named, or else the one in whose thread this is said; only ever one of this room."""
    named = next((case for case in asked.view.board if case.card.case == asked.first), None)
    case = named or asked.view.thread_case
    return case if case is not None and case.room == asked.room else None


def with_case(name: CommandName, event: Event, do: Callable[[Asked, CaseView], Decision]) -> Command:
    """A command that is a step in the life of a case. Unknown, closed or of another room: one answer."""

    def run(asked: Asked) -> Decision:
        case = case_meant(asked)
        if case is None and event is Event.CLAIM and (back := _back(asked)) is not None:
            return back
        found = No.NOT_NOW if case is None else step(case, event, asked.sender)
        if case is None or found is No.NOT_NOW:
            return asked.answer(Line(Phrase.CASE_WHERE))
        if found is No.ANOTHERS and event is not Event.CLAIM:
            return Decision((), (in_thread(case, taken(case, Phrase.CASE_ANOTHERS)),))
        return do(asked, case)

    return Command(name, Right.ANSWER_CASES, run)


def _back(asked: Asked) -> Decision | None:
    """Claimed in the thread of a card whose case went on to others meanwhile."""
    case = asked.view.thread_case
    left = left_here(case, asked.room)
    return None if case is None or left is None else take_back(case, left, asked.sender, asked.view)


def _claim(asked: Asked, case: CaseView) -> Decision:
    return claim(case, asked.sender, asked.view)


def _release(asked: Asked, case: CaseView) -> Decision:
    return moved(case, WAITING, asked.view, taken(case, Phrase.CASE_RELEASED))


def _handoff(asked: Asked, case: CaseView) -> Decision:
    """To somebody who may read the case: a supporter of this room."""
    people = asked.words.people
    if len(people) != 1 or people[0] not in asked.view.rosters.get(asked.room, frozenset()):
        return asked.answer(Line(Phrase.CASE_HANDOFF_WHO, commands=(CommandName.HANDOFF,)))
    if people[0] == asked.sender:
        yours = Whisper(Line(Phrase.CASE_YOURS), case=case.card.case)
        return Decision((), (in_thread(case, yours),))
    if has_enough(people[0], asked.view):
        full = Whisper(
            Line(Phrase.CASE_HANDOFF_ENOUGH, number=CLAIMS_EACH), case=case.card.case, by=people[0]
        )
        return Decision((), (in_thread(case, full),))
    line = Whisper(Line(Phrase.CASE_HANDED_OVER), case=case.card.case, by=people[0])
    over = moved(case, CLAIMED, asked.view, line, people[0])
    return Decision(over.changes, (*over.plans, _summary(asked, case, people[0])))


def _summary(asked: Asked, case: CaseView, to: UserId) -> Plan:
    """What whoever takes over should know before they read the thread: numbers and ages, no words.

    They are called: whoever does not know that they have a case lets its worker wait.
    """
    view, name = asked.view, case.card.case
    ages = (
        Whisper(Line(Phrase.HANDOFF_AGE), case=name, age=Millis(max(0, view.now - case.at))),
        Whisper(Line(Phrase.HANDOFF_HELD), by=asked.sender, age=Millis(max(0, view.now - case.moved))),
    )
    said = (
        Line(Phrase.HANDOFF_FROM_WORKER, number=view.exchanged.get(Side.WORKER, 0)),
        Line(Phrase.HANDOFF_REPLIES, number=view.exchanged.get(Side.SUPPORTER, 0)),
    )
    notes = (Line(Phrase.HANDOFF_NOTES, number=len(case.notes)),) if case.notes else ()
    return in_thread(case, *ages, *said, *notes, name="summary", calls=(to,))


def _close(asked: Asked, case: CaseView) -> Decision:
    """The reason, if there is one, stands in the room already."""
    return closed(case, asked.sender, asked.view)


def _reopen(asked: Asked, case: CaseView) -> Decision:
    line = Whisper(Line(Phrase.CASE_REOPENED), case=case.card.case, by=asked.sender)
    return reopened(case, asked.view, line)


def note(asked: Asked) -> Decision:
    """Shown on the card, so that whoever takes over sees it at a glance."""
    case = asked.view.thread_case
    if case is None or case.room != asked.room or not is_open(case):
        return asked.answer(Line(Phrase.CASE_WHERE))
    if not asked.words.arguments:
        return asked.explain(CommandName.NOTE)
    words = without_names(asked.words.rest, case.person)
    mine = heard_of(case, asked.sender, asked.view) if case.claimer == asked.sender else ()
    said = in_thread(case, Line(Phrase.CASE_NOTED))
    return Decision((NoteCase(case.card.case, words), *mine), (new_card(case), said))


def postpone(asked: Asked) -> Decision:
    """Once: what is kept for long should be somebody's decision twice."""
    case = case_meant(asked)
    if case is None:
        return asked.answer(Line(Phrase.CASE_WHERE))
    name = case.card.case
    if case.postponed:
        line = Whisper(Line(Phrase.CASE_POSTPONED_ALREADY), case=name)
        return Decision((), (in_thread(case, line),))
    later = put_off(case, asked.view)
    if later is None:
        line = Whisper(Line(Phrase.CASE_AS_LATE_AS_MAY_BE), case=name)
        return Decision((), (in_thread(case, line),))
    said = in_thread(case, Whisper(Line(Phrase.CASE_POSTPONED), case=name))
    return Decision((PostponeCase(name), later), (said,))


# -- the board --------------------------------------------------------------------------------------------


def board(asked: Asked) -> Decision:
    """`!cases [city|mine|waiting]`: what is open in this room, what waits longest first."""
    lines = tuple(_row(case, asked) for case in _chosen(asked)[:MOST_ON_BOARD])
    head = Line(Phrase.BOARD, number=len(lines)) if lines else Line(Phrase.BOARD_EMPTY)
    said = WhisperInRoom(asked.room, (head, *lines), asked.language, asked.message.thread)
    return Decision((), (Plan("board", (said,)),))


def _chosen(asked: Asked) -> list[CaseView]:
    here = [case for case in asked.view.board if is_open(case)]
    if asked.first == "mine":
        here = [case for case in here if case.claimer == asked.sender]
    elif asked.first == "waiting":
        here = [case for case in here if case.state is WAITING]
    elif asked.first:
        cities = {city for word in asked.keys for city in asked.view.atlas.find(word)}
        here = [case for case in here if cities & set(case.card.cities)]
    return sorted(here, key=lambda case: (case.state is not WAITING, case.at))


def _row(case: CaseView, asked: Asked) -> Whisper:
    phrase = Phrase.BOARD_WAITING if case.state is WAITING else Phrase.BOARD_CLAIMED
    line = Line(phrase, cities=case.card.cities, categories=case.card.categories)
    age = Millis(max(0, asked.view.now - case.at))
    return Whisper(line, case=case.card.case, by=case.claimer, age=age)


CLAIM = with_case(CommandName.CLAIM, Event.CLAIM, _claim)
RELEASE = with_case(CommandName.RELEASE, Event.RELEASE, _release)
HANDOFF = with_case(CommandName.HANDOFF, Event.HANDOFF, _handoff)
CLOSE = with_case(CommandName.CLOSE, Event.CLOSE, _close)
REOPEN = with_case(CommandName.REOPEN, Event.REOPEN, _reopen)
NOTE = Command(CommandName.NOTE, Right.ANSWER_CASES, note)
CASES = Command(CommandName.CASES, Right.ANSWER_CASES, board, aliases=("board",))
POSTPONE = Command(CommandName.POSTPONE, Right.ANSWER_CASES, postpone)
