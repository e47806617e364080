"""The talk with one worker: anything said is a report or belongs to one, and no question holds it back."""

from __future__ import annotations

from typing import Final

from msgspec.structs import replace

from bot.core.alarm_word import is_alarm
from bot.core.audience import ACTED_ON, HEARD
from bot.core.case_steps import in_thread, reopened_by_worker
from bot.core.cases import AFTER_CLOSING, WAITING, is_open, is_quiet, is_talk
from bot.core.categories import deciding
from bot.core.changes import LetGoFiles, NoteAct
from bot.core.checkins import alarm, fine
from bot.core.commands import run, takes_as_words
from bot.core.commands.menu import MENUS
from bot.core.consent import Use, may
from bot.core.effects import Decision, Plan, SayInRoom, SayPrivately
from bot.core.files import answers_question, goes_along, let_go
from bot.core.forged import send_again
from bot.core.further import answers_city, go_on, tell_more
from bot.core.limits import within
from bot.core.model import Message, Millis, Posted, RoomKind, Trust, Urgency
from bot.core.parse import Reading, Says, Yes, yes_or_no
from bot.core.phrases import Line, Phrase
from bot.core.report import limit, tell, work_out
from bot.core.view import CaseView, View

SAME_TALK: Final = Millis(60 * 60 * 1000)
"""So long a message with the same category belongs to the open case; later it asks for something new."""
LISTENED: Final = "listened"
LISTENED_LATELY: Final = Millis(10 * 60 * 1000)
SAID_UNENCRYPTED: Final = "said-unencrypted"


def in_private(message: Message, reading: Reading, view: View) -> Decision:
    """An answer, and for a chat that is not encrypted a word about that as well."""
    if message.trust not in HEARD:
        return send_again(message, reading, view)
    decision = _answer(message, reading, view)
    return decision if message.trust is not Trust.PLAIN else _with_a_word(decision, message, view)


def _answer(message: Message, reading: Reading, view: View) -> Decision:
    if message.attachment is None and message.trust in ACTED_ON and is_alarm(reading.words, view):
        return alarm(message, view)
    if reading.command is not None and not takes_as_words(reading.command, view):
        return run(message, reading.command, view)
    if reading.says is Says.NOTHING and message.attachment is None:
        return Decision()
    if not may(Use.CASE, view.sender.consent):
        return listen(message, reading, view)
    if answers_question(message, view) and (said := yes_or_no(reading.words)) is not None:
        return let_go(message, view) if said is Yes.YES else _forget_files(message, view)
    over = _lately_closed(reading, view)
    case = None if over is not None else _meant(view)
    if case is not None and not _asks_anew(reading, case, view):
        return answers_city(message, reading, view) or go_on(message, reading, case, view)
    if not reading.categories and (answer := answers_city(message, reading, view)) is not None:
        return answer
    if over is not None:
        return _after_closing(message, reading, over, view)
    if reading.says is Says.GREETING and message.attachment is None:
        return _greet(message, view)
    if view.sender.check_in is not None and reading.says is Says.ALL_RIGHT and message.trust in ACTED_ON:
        return fine(message, view)
    opened, plan = tell(work_out(message, reading, Posted.PRIVATELY, view), view)
    along = goes_along(message, tuple(each.card.case for each in opened), view)
    noted = NoteAct(message.sender, limit(reading), view.now)
    return Decision((*opened, noted, *along.changes), (plan, *along.plans))


def listen(message: Message, reading: Reading, view: View) -> Decision:
    """Nobody reads it and it is not kept: said once in a while, and always when it sounds like a call."""
    lately = any(at > view.now - LISTENED_LATELY for at in view.sender.acts.get(LISTENED, ()))
    calls = bool(reading.categories) or reading.urgency is Urgency.URGENT or message.attachment is not None
    if lately and not calls:
        return Decision()
    said = SayPrivately(message.sender, (Line(Phrase.LISTENING),), view.sender.language)
    return Decision((NoteAct(message.sender, LISTENED, view.now),), (Plan("listening", (said,)),))


def _meant(view: View) -> CaseView | None:
    """The case whose message they answer, or else their newest that is a talk. None: it is something new."""
    answered = view.answered_case
    return answered if answered is not None and is_open(answered) else view.sender.case


def _lately_closed(reading: Reading, view: View) -> CaseView | None:
    """The case closed a short time ago, or the one they answer, when these words are about it.

    Beside another open case only "I'm fine" is: it answers what was asked at the closing, and taken for a
    word about the open one it could end the help there. All else is read where somebody is awake.
    """
    if view.answered_case is not None:
        return view.answered_case if not is_open(view.answered_case) and not reading.categories else None
    case, other = view.sender.closed, view.sender.case
    if case is None or reading.categories or view.now - case.moved >= AFTER_CLOSING:
        return None
    if not is_talk(case) or is_quiet(case):
        return None  # nothing was asked at its closing
    answers = reading.says is Says.ALL_RIGHT and (other is None or max(other.at, other.moved) < case.moved)
    return case if other is None or answers else None


def _after_closing(message: Message, reading: Reading, case: CaseView, view: View) -> Decision:
    """ "I'm fine" is passed on; anything else shows that it is not over: the case is opened again."""
    if reading.says is Says.GREETING and message.attachment is None:
        return _greet(message, view)
    if reading.says is Says.ALL_RIGHT and message.attachment is None:
        glad = SayPrivately(message.sender, (Line(Phrase.GLAD_YOU_ARE_ALL_RIGHT),), view.sender.language)
        line = in_thread(case, Line(Phrase.WORKER_ALL_RIGHT))
        words = replace(tell_more(message, reading, case), origin=None)
        return Decision((), (words, line, Plan("glad", (glad,))))
    again = reopened_by_worker(case, view)
    more = go_on(message, reading, replace(case, state=WAITING, claimer=None), view)
    return Decision((*again.changes, *more.changes), (*again.plans, *more.plans))


def _asks_anew(reading: Reading, case: CaseView, view: View) -> bool:
    """A category, or another city, is a new request: unless it repeats what is open, or is one of a flood."""
    same = deciding(reading.categories) is deciding(case.card.categories) and view.now - case.at < SAME_TALK
    if not _elsewhere(reading, case, view) and (same or not reading.categories):
        return False
    counted = limit(reading)
    return within(counted, view.sender.acts.get(counted, ()), view.now)


def _elsewhere(reading: Reading, case: CaseView, view: View) -> bool:
    """Whether cities are named, and none of them is the case's: its supporters could not help there."""
    named = {city for tag in reading.tags for city in view.atlas.find(tag.key)}
    return bool(named and case.card.cities) and named.isdisjoint(case.card.cities)


def _forget_files(message: Message, view: View) -> Decision:
    said = SayPrivately(message.sender, (Line(Phrase.FILE_FORGOTTEN),), view.sender.language)
    return Decision((LetGoFiles(message.sender),), (Plan("answer", (said,)),))


def _greet(message: Message, view: View) -> Decision:
    lines = (Line(Phrase.PRIVATE_WELCOME), MENUS[RoomKind.PRIVATE])
    return Decision((), (Plan("greeting", (SayPrivately(message.sender, lines, view.sender.language),)),))


def _with_a_word(decision: Decision, message: Message, view: View) -> Decision:
    """In place, once an hour: what was said counts, and the encrypted chat is where it goes on."""
    if view.sender.acts.get(SAID_UNENCRYPTED):
        return decision
    here = SayInRoom(message.room, (Line(Phrase.NOT_ENCRYPTED_HERE),), view.sender.language)
    there = SayPrivately(message.sender, (Line(Phrase.ENCRYPTED_FROM_NOW_ON),), view.sender.language)
    opened_anyway = any(isinstance(step, SayPrivately) for plan in decision.plans for step in plan.steps)
    steps = (here,) if opened_anyway else (there, here)
    noted = NoteAct(message.sender, SAID_UNENCRYPTED, view.now)
    return Decision((*decision.changes, noted), (*decision.plans, Plan("unencrypted", steps)))
