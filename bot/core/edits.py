"""Edits and deletions: an edit joins the case of what it edits, and makes one only when there was none."""

from __future__ import annotations

from dataclasses import replace

from bot.core.audience import ACTED_ON
from bot.core.commands import hint
from bot.core.effects import Decision
from bot.core.forged import send_again
from bot.core.further import tell_more
from bot.core.model import Category, Message, Posted, RoomKind
from bot.core.parse import Reading
from bot.core.phrases import Line, Phrase
from bot.core.posts import post, take_down
from bot.core.private_talk import in_private
from bot.core.report import work_out
from bot.core.view import CaseView, View


def edited(message: Message, reading: Reading, view: View) -> Decision:
    """Commands are not run by an edit: what was done once would be done twice."""
    if reading.command is not None:
        return hint(message, view, Line(Phrase.EDITED_COMMAND))
    private = view.room.kind is RoomKind.PRIVATE
    if view.room.kind is RoomKind.SUPPORTER or not (private or reading.categories or view.edited_case):
        return Decision()
    if message.trust not in ACTED_ON:
        return send_again(message, reading, view)
    case = view.edited_case or (view.sender.case if private else None)
    if case is not None:
        return _joins(message, reading, case, view)
    if private:
        return in_private(message, reading, view)
    return post(work_out(message, reading, Posted.PUBLICLY, view), view)


def _joins(message: Message, reading: Reading, case: CaseView, view: View) -> Decision:
    """The new words go into the thread; a public edit is taken down by the rule of both texts together."""
    more = tell_more(message, reading, case, edited=True)
    if view.room.kind is RoomKind.PRIVATE:
        return Decision((), (more,))
    both = {*reading.categories, *case.card.categories}
    together = replace(reading, categories=tuple(each for each in Category if each in both))
    return Decision((), (more, *take_down(work_out(message, together, Posted.PUBLICLY, view), view)))
