"""The talk with one worker: anything said is a report or belongs to one, and no question holds it back."""

from __future__ import annotations

from typing import Final

from bot.core.audience import HEARD
from bot.core.categories import deciding
from bot.core.commands import run, takes_as_words
from bot.core.commands.menu import MENUS
from bot.core.effects import Decision, NoteAct, Plan, SayInRoom, SayPrivately
from bot.core.forged import send_again
from bot.core.further import answers_city, not_carried, tell_more
from bot.core.limits import within
from bot.core.model import Message, Millis, Posted, RoomKind, Trust
from bot.core.parse import Reading, Says
from bot.core.phrases import Line, Phrase
from bot.core.report import limit, tell, work_out
from bot.core.view import CaseView, View

SAME_TALK: Final = Millis(60 * 60 * 1000)
"""So long a message with the same category belongs to the open case; later it asks for something new."""
SAID_UNENCRYPTED: Final = "said-unencrypted"


def in_private(message: Message, reading: Reading, view: View) -> Decision:
    """An answer, and for a chat that is not encrypted a word about that as well."""
    if message.trust not in HEARD:
        return send_again(message, reading, view)
    decision = _answer(message, reading, view)
    decision = Decision(decision.changes, (*decision.plans, *not_carried(message, view)))
    return decision if message.trust is not Trust.PLAIN else _with_a_word(decision, message, view)


def _answer(message: Message, reading: Reading, view: View) -> Decision:
    if reading.command is not None and not takes_as_words(reading.command, view):
        return run(message, reading.command, view)
    if reading.says is Says.NOTHING and message.attachment is None:
        return Decision()
    case = view.sender.case
    if case is not None and not _asks_anew(reading, case, view):
        return answers_city(message, reading, view) or Decision((), (tell_more(message, reading, case),))
    if reading.says is Says.GREETING and message.attachment is None:
        return _greet(message, view)
    opened, plan = tell(work_out(message, reading, Posted.PRIVATELY, view), view)
    return Decision((*opened, NoteAct(message.sender, limit(reading), view.now)), (plan,))


def _asks_anew(reading: Reading, case: CaseView, view: View) -> bool:
    """A category is a new request, unless it repeats what the open case is about, or is one of a flood."""
    counted = limit(reading)
    if not reading.categories or not within(counted, view.sender.acts.get(counted, ()), view.now):
        return False
    same = deciding(reading.categories) is deciding(case.card.categories)
    return not (same and view.now - case.at < SAME_TALK)


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
