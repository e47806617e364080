"""Posts in community rooms: chatter is left alone, a category becomes a case, what could harm goes."""

from __future__ import annotations

from functools import lru_cache

from bot.core.audience import HEARD
from bot.core.categories import deciding
from bot.core.changes import Change, NoteAct
from bot.core.commands import run
from bot.core.effects import Decision, Plan, Reason, RemoveOriginal
from bot.core.files import goes_along
from bot.core.forged import send_again
from bot.core.further import go_on
from bot.core.guard import exempt, findings
from bot.core.limits import within
from bot.core.model import EventId, Message, Posted
from bot.core.parse import Reading
from bot.core.report import Report, limit, origin, tell, work_out
from bot.core.view import View

_of_lists = lru_cache(maxsize=2)(exempt)
"""Worked out once for each list: the lists never change, a new one takes their place."""


def in_community(message: Message, reading: Reading, view: View) -> Decision:
    """A category is a call for help wherever it stands; a command is only one when it comes first."""
    if reading.categories:
        if message.trust not in HEARD:
            return send_again(message, reading, view)
        return post(work_out(message, reading, Posted.PUBLICLY, view), view)
    if reading.command is not None:
        return run(message, reading.command, view)
    return Decision()


def post(report: Report, view: View) -> Decision:
    """Tell supporters and take down side by side: neither waits for the other."""
    removal = take_down(report, view)
    case = view.sender.case
    counted = limit(report.reading)
    noted = NoteAct(report.message.sender, counted, view.now)
    if case is not None and not within(counted, view.sender.acts.get(counted, ()), view.now):
        # a flood stays one case: nothing is lost, and supporters can still read their room
        more = go_on(report.message, report.reading, case, view)
        return Decision((noted, *more.changes), (*more.plans, *removal))
    opened, plan = tell(report, view)
    along = goes_along(report.message, tuple(each.card.case for each in opened), view)
    changes: tuple[Change, ...] = (*opened, noted, *along.changes)
    return Decision(changes, (plan, *removal, *along.plans))


def take_down(report: Report, view: View) -> tuple[Plan, ...]:
    """The post, and an edit of it too: each holds the words."""
    found = findings(report.message.body, view.atlas.countries(), _of_lists(view.library, view.desk))
    row = deciding(report.reading.categories)
    if not row.removes(found, view.room.guard):
        return ()
    message = report.message
    events: tuple[EventId, ...] = (message.id,) if message.edits is None else (message.edits, message.id)
    steps = tuple(RemoveOriginal(message.room, event) for event in events)
    return (Plan("remove", steps, origin(report, Reason.REMOVAL, view, found)),)
