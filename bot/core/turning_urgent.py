"""A case that turns urgent by what its worker says later: its card says so, and time runs faster for it."""

from __future__ import annotations

from msgspec.structs import replace

from bot.core import escalation
from bot.core.case_steps import new_card, reopened_by_worker
from bot.core.cases import NOT_TALKS, WAITING, is_open
from bot.core.changes import Change, RewordCase
from bot.core.effects import Decision, Plan, WhisperInRoom
from bot.core.model import Category, Urgency
from bot.core.parse import Reading, Yes, yes_or_no
from bot.core.phrases import Line, Phrase, Whisper
from bot.core.report import urgency
from bot.core.view import CaseView, View


def turns_urgent(case: CaseView, reading: Reading, view: View) -> Decision:
    """Once, and never back: whoever has it is called, or as long as nobody has it, everybody is.

    A case that was closed is open again.
    """
    known = case.card
    if known.urgency is Urgency.URGENT or not (_sounds_urgent(reading) or _says_yes(case, reading)):
        return Decision()
    if not is_open(case):
        again = reopened_by_worker(case, view)
        then = turns_urgent(replace(case, state=WAITING, claimer=None), reading, view)
        return Decision((*again.changes, *then.changes), (*again.plans, *then.plans))
    kinds = {*known.categories, *reading.categories} - NOT_TALKS
    more = tuple(kind for kind in Category if kind in kinds or kind in known.categories)
    now = replace(case, card=replace(known, urgency=Urgency.URGENT, categories=more))
    changes: tuple[Change, ...] = (RewordCase(known.case, now.card),)
    if case.room is None:
        return Decision(changes)
    if case.state is WAITING:
        changes = (*changes, *escalation.watch(now, view))
    calls = () if case.claimer is None else (case.claimer,)
    line = Whisper(Line(Phrase.CASE_URGENT_NOW), case=known.case)
    said = WhisperInRoom(case.room, (line,), thread=case.event, case=known.case, rings=not calls, calls=calls)
    return Decision(changes, (Plan(f"urgent {known.case}", (*new_card(now).steps, said)),))


def _sounds_urgent(reading: Reading) -> bool:
    return urgency(reading) is Urgency.URGENT


def _says_yes(case: CaseView, reading: Reading) -> bool:
    """Only the receipt has asked anything yet, and it asked whether somebody is in danger right now."""
    return case.state is WAITING and yes_or_no(reading.words) is Yes.YES
