"""What is attached to an edit takes the place of what was attached before, on the other side too."""

from __future__ import annotations

from bot.core.case_steps import in_thread
from bot.core.effects import Decision, Effect, Plan, RemoveOldFile
from bot.core.files import goes_along
from bot.core.model import Attached, Message, Side
from bot.core.phrases import Line, Phrase
from bot.core.view import View


def another_file(message: Message, view: View) -> Decision:
    """For every case that got the message; nothing takes its place when nothing is attached any more."""
    if view.attached is Attached.SAME:
        return Decision()
    cases = tuple(case.card.case for case in view.edited_cases)
    along = goes_along(message, cases, view)
    return Decision(along.changes, (*old_files(message, view, Side.WORKER), *along.plans))


def old_files(message: Message, view: View, side: Side) -> tuple[Plan, ...]:
    """Removed from where it was passed on to; supporters hear why it is gone."""
    if view.attached is Attached.SAME or message.edits is None:
        return ()
    found = []
    for case in view.edited_cases:
        name = case.card.case
        steps: tuple[Effect, ...] = (RemoveOldFile(name, message.edits, side),)
        if side is Side.WORKER and view.attached is Attached.CHANGED:
            why = Phrase.CASE_FILE_GONE if message.attachment is None else Phrase.CASE_OTHER_FILE
            steps = (*steps, *in_thread(case, Line(why)).steps)
        found.append(Plan(f"old file {name}", steps))
    return tuple(found)
